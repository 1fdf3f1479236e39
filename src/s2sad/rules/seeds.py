"""Rules and types of what derivatives inside functions need besides sweeps: directions and their checks."""

from __future__ import annotations

from s2sad.analysis.infer import types
from s2sad.analysis.operands import operand
from s2sad.ir import dims
from s2sad.ir.primitives_seeds import (
    check_elementwise,
    dtype_of,
    fitted_seed,
    is_scaled,
    joined_shapes,
    probe_like,
    units,
)
from s2sad.ir.program import Form
from s2sad.ir.types import BOOL, UNKNOWN, Array, Literal, Type
from s2sad.rules import registry

registry.linear(fitted_seed, lambda d, y, seed, like: d)
registry.constant(units, dtype_of, joined_shapes, probe_like, is_scaled, check_elementwise)


@types(fitted_seed)
def _fitted_seed(_form: Form, _seed: Type, like: Type) -> Type:
    return like


@types(units)
def _units(_form: Form, like: Type) -> Type:
    x = operand(like)
    if x is None or x.shape is None:
        return UNKNOWN
    return Array(x.strong, (dims.multiply(*x.shape), *x.shape))


@types(dtype_of, joined_shapes)
def _no_type(_form: Form, *_args: Type) -> Type:
    return UNKNOWN


@types(probe_like)
def _probe_like(_form: Form, like: Type) -> Type:
    x = operand(like)
    return UNKNOWN if x is None else Array(x.strong, x.shape)


@types(is_scaled)
def _is_scaled(_form: Form, *_args: Type) -> Type:
    return BOOL


@types(check_elementwise)
def _check_elementwise(_form: Form, *_args: Type) -> Type:
    return Literal(None)
