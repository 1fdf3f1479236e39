"""Types of inverses, solutions, determinants, traces and norms of matrices, and of rolled arrays."""

from __future__ import annotations

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import Operand, axes_of, make_array, operand, static
from s2sad.analysis.types_reductions import _reduce, is_whole
from s2sad.ir import dims
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Array, List, Literal, Tuple, Type


def floats(type_: Type) -> Operand | None:
    """Return an array of floats of known rank, or nested lists of them; None for anything else."""
    x = operand(type_) if isinstance(type_, Array | List | Tuple) else None
    known = x is not None and x.shape is not None and x.strong is not None and x.strong.kind == "f"
    return x if known else None


def numbers(type_: Type) -> Operand | None:
    """Return an array of floats or complex numbers of known rank, or nested lists of them; None for anything else."""
    x = operand(type_) if isinstance(type_, Array | List | Tuple) else None
    known = x is not None and x.shape is not None and x.strong is not None and x.strong.kind in "fc"
    return x if known else None


@types(np.linalg.inv)
def _inv(_form: Form, a: Type) -> Type:
    x = numbers(a)
    return UNKNOWN if x is None or x.rank in (0, 1) else Array(x.strong, x.shape)


@types(np.linalg.solve)
def _solve(_form: Form, a: Type, b: Type) -> Type:
    x, y = numbers(a), numbers(b)
    if x is None or y is None or not x.shape or not y.shape or len(x.shape) < 2 or not x.strong or not y.strong:
        return UNKNOWN
    dtype = np.result_type(x.strong, y.strong)
    if len(y.shape) == 1:
        return Array(dtype, (*x.shape[:-2], *y.shape))
    return Array(dtype, (*dims.broadcast_shapes(x.shape[:-2], y.shape[:-2]), *y.shape[-2:]))


@types(np.linalg.det)
def _det(_form: Form, a: Type) -> Type:
    x = numbers(a)
    return UNKNOWN if x is None or x.shape is None or len(x.shape) < 2 else make_array(x.strong, x.shape[:-2])


@types(np.trace)
def _trace(
    _form: Form,
    a: Type,
    offset: Type | None = None,
    axis1: Type | None = None,
    axis2: Type | None = None,
    **options: Type,
) -> Type:
    x = floats(a)
    axes = (static(axis1, 0), static(axis2, 1))
    if x is None or x.shape is None or options or not all(isinstance(axis, int) for axis in axes):
        return UNKNOWN
    gone = axes_of(axes, len(x.shape))
    if gone is None:
        return UNKNOWN
    return make_array(x.strong, tuple(length for k, length in enumerate(x.shape) if k not in gone))


@types(np.linalg.trace)
def _linalg_trace(form: Form, a: Type, offset: Type | None = None, **options: Type) -> Type:
    return _trace(form, a, offset, Literal(-2), Literal(-1), **options)


@types(np.linalg.vector_norm)
def _vector_norm(
    _form: Form, x: Type, axis: Type | None = None, keepdims: Type | None = None, **_options: Type
) -> Type:
    seen = floats(x)
    return UNKNOWN if seen is None or seen.strong is None else _reduce(seen, seen.strong, axis, keepdims)


@types(np.linalg.matrix_norm)
def _matrix_norm(form: Form, x: Type, keepdims: Type | None = None, **_options: Type) -> Type:
    return _vector_norm(form, x, Literal((-2, -1)), keepdims)


@types(np.linalg.norm)
def _norm(
    _form: Form, x: Type, ord: Type | None = None, axis: Type | None = None, keepdims: Type | None = None
) -> Type:
    seen = floats(x)
    if seen is None or seen.strong is None:
        return make_array(None, ()) if is_whole(axis, keepdims) else UNKNOWN
    return _reduce(seen, seen.strong, axis, keepdims)


@types(np.roll)
def _roll(_form: Form, a: Type, *_rest: Type, **_options: Type) -> Type:
    x = operand(a) if isinstance(a, Array) else None
    return UNKNOWN if x is None else Array(x.strong, x.shape)
