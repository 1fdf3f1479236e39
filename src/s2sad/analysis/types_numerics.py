"""Types of numerics along one axis: differences, interpolation, convolutions, weighted means, places."""

from __future__ import annotations

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import DYNAMIC, Operand, make_array, operand, resolve, static
from s2sad.analysis.types_reductions import _averaged, _reduce
from s2sad.ir import dims
from s2sad.ir.dims import Dim
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Array, Tuple, Type

_INDEX, _FLOAT = np.dtype(np.intp), np.dtype(float)


def _floats(type_: Type) -> Operand | None:
    """Return an array of floats or a number, whose axes are known."""
    x = operand(type_)
    known = x is not None and x.shape is not None and x.strong is not None and x.strong.kind == "f"
    return x if known else None


@types(np.diff)
def _diff(_form: Form, a: Type, n: Type | None = None, axis: Type | None = None, **options: Type) -> Type:
    x, times, along = _floats(a), static(n, 1), static(axis, -1)
    if x is None or not x.shape or options or not isinstance(times, int) or not isinstance(along, int):
        return UNKNOWN
    if times < 0 or not -len(x.shape) <= along < len(x.shape):
        return UNKNOWN
    shape = list(x.shape)
    shape[along] = dims.shorter(shape[along], times)
    return Array(x.strong, tuple(shape))


@types(np.interp)
def _interp(_form: Form, x: Type, xp: Type, fp: Type, *_ends: Type, **options: Type) -> Type:
    at, values = operand(x), operand(fp)
    if at is None or at.shape is None or "period" in options or values is None or values.strong is None:
        return UNKNOWN
    return make_array(_FLOAT, at.shape) if values.strong.kind in "fiu" else UNKNOWN


def _convolved(a: Type, v: Type, mode: object) -> Type:
    one, other = _floats(a), _floats(v)
    if one is None or other is None or one.rank != 1 or other.rank != 1 or mode is DYNAMIC:
        return UNKNOWN
    assert one.shape and other.shape
    (n,), (m,) = one.shape, other.shape
    length: Dim = dims.add(n, m, -1) if mode == "full" else dims.fresh()
    if isinstance(n, int) and isinstance(m, int) and mode in ("same", "valid"):
        length = max(n, m) if mode == "same" else max(n, m) - min(n, m) + 1
    return Array(resolve(np.multiply, (one.strong, other.strong)), (length,))


@types(np.convolve)
def _convolve(_form: Form, a: Type, v: Type, mode: Type | None = None) -> Type:
    return _convolved(a, v, static(mode, "full"))


@types(np.correlate)
def _correlate(_form: Form, a: Type, v: Type, mode: Type | None = None) -> Type:
    return _convolved(a, v, static(mode, "valid"))


@types(np.average)
def _average(_form: Form, a: Type, axis: Type | None = None, weights: Type | None = None, **options: Type) -> Type:
    x, factors = _floats(a), None if weights is None else operand(weights)
    if x is None or set(options) - {"keepdims"}:
        return UNKNOWN
    if static(weights) is not None and (factors is None or factors.strong != x.strong):
        return UNKNOWN
    return _reduce(x, _averaged(x.strong), axis, options.get("keepdims"))


@types(np.flatnonzero)
def _places(_form: Form, _a: Type) -> Type:
    return Array(_INDEX, (dims.fresh(),))


@types(np.digitize)
def _bins(_form: Form, x: Type, *_args: Type, **_options: Type) -> Type:
    seen = operand(x)
    return UNKNOWN if seen is None or seen.shape is None else make_array(_INDEX, seen.shape)


@types(np.ix_)
def _open_mesh(_form: Form, *sequences: Type) -> Type:
    seen = [operand(one) for one in sequences]
    parts = []
    for k, one in enumerate(seen):
        if (
            one is None
            or one.shape is None
            or len(one.shape) != 1
            or one.strong is None
            or one.strong.kind not in "iub"
        ):
            return UNKNOWN
        length = dims.fresh() if one.strong.kind == "b" else one.shape[0]
        shape: list[Dim] = [1] * len(seen)
        shape[k] = length
        parts.append(Array(_INDEX if one.strong.kind == "b" else one.strong, tuple(shape)))
    return Tuple(tuple(parts))
