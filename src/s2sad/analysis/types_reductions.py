"""Types of functions that reduce axes, and of cumulative ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import DYNAMIC, Operand, axes_of, dtype_of, make_array, operand, static
from s2sad.ir import dims
from s2sad.ir.dims import Shape
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Array, Type

_DTYPE = np.dtype[Any]


def reduced_shape(shape: Shape | None, axis: Any, keepdims: Any) -> Shape | None:
    """Return the shape that is left of `shape`; `axis` and `keepdims` are static values."""
    if axis is None and keepdims is False:
        return ()
    if shape is None or axis is DYNAMIC or not isinstance(keepdims, bool):
        return None
    axes = axes_of(axis, len(shape))
    if axes is None:
        return None
    if keepdims:
        return tuple(1 if k in axes else dim for k, dim in enumerate(shape))
    return tuple(dim for k, dim in enumerate(shape) if k not in axes)


def _reducible(a: Type, axis: Type | None, keepdims: Type | None = None) -> Operand | None:
    """Return what is reduced; over all axes anything comes to a scalar, whatever it is."""
    return operand(a) or (Operand(None, None) if is_whole(axis, keepdims) else None)


def is_whole(axis: Type | None, keepdims: Type | None) -> bool:
    """Tell whether a reduction is over all axes and leaves none."""
    return static(axis) is None and static(keepdims, False) in (False, np._NoValue)


def _reduce(x: Operand, dtype: _DTYPE | None, axis: Type | None, keepdims: Type | None) -> Type:
    kept = static(keepdims, False)
    shape = reduced_shape(x.shape, static(axis), False if kept is np._NoValue else kept)
    return make_array(dtype, shape)


def _added(dtype: _DTYPE | None) -> _DTYPE | None:
    """Return the dtype in which NumPy adds: small integers are summed in the platform's own."""
    if dtype is None or dtype.kind not in "biu" or dtype.itemsize >= np.dtype(int).itemsize:
        return dtype
    return np.dtype(np.uint) if dtype.kind == "u" else np.dtype(int)


def _averaged(dtype: _DTYPE | None) -> _DTYPE | None:
    return np.dtype(float) if dtype is not None and dtype.kind in "biu" else dtype


def _real(dtype: _DTYPE | None) -> _DTYPE | None:
    return np.empty(0, dtype).real.dtype if dtype is not None else None


@types(np.sum, np.prod)
def _sum(
    _form: Form,
    a: Type,
    axis: Type | None = None,
    dtype: Type | None = None,
    out: Type | None = None,
    keepdims: Type | None = None,
    **options: Type,
) -> Type:
    x = _reducible(a, axis, keepdims)
    if x is None or static(out) is not None or "initial" in options:
        return UNKNOWN
    return _reduce(x, dtype_of(dtype, _added(x.strong)), axis, keepdims)


@types(np.mean)
def _mean(
    _form: Form,
    a: Type,
    axis: Type | None = None,
    dtype: Type | None = None,
    out: Type | None = None,
    keepdims: Type | None = None,
    **_options: Type,
) -> Type:
    x = _reducible(a, axis, keepdims)
    if x is None or static(out) is not None:
        return UNKNOWN
    return _reduce(x, dtype_of(dtype, _averaged(x.strong)), axis, keepdims)


@types(np.var, np.std)
def _var(
    _form: Form,
    a: Type,
    axis: Type | None = None,
    dtype: Type | None = None,
    out: Type | None = None,
    ddof: Type | None = None,
    keepdims: Type | None = None,
    **_options: Type,
) -> Type:
    x = _reducible(a, axis, keepdims)
    if x is None or static(out) is not None:
        return UNKNOWN
    return _reduce(x, _real(dtype_of(dtype, _averaged(x.strong))), axis, keepdims)


@types(np.max, np.min, np.amax, np.amin)
def _max(
    _form: Form,
    a: Type,
    axis: Type | None = None,
    out: Type | None = None,
    keepdims: Type | None = None,
    **options: Type,
) -> Type:
    x = _reducible(a, axis, keepdims)
    if x is None or static(out) is not None or "initial" in options:
        return UNKNOWN
    return _reduce(x, x.strong, axis, keepdims)


@types(np.any, np.all)
def _any(
    _form: Form,
    a: Type,
    axis: Type | None = None,
    out: Type | None = None,
    keepdims: Type | None = None,
    **_options: Type,
) -> Type:
    x = _reducible(a, axis, keepdims)
    return UNKNOWN if x is None or static(out) is not None else _reduce(x, np.dtype(bool), axis, keepdims)


@types(np.count_nonzero)
def _count(_form: Form, a: Type, axis: Type | None = None, **options: Type) -> Type:
    x = operand(a)
    if x is None or axis is None:
        return UNKNOWN
    return _reduce(x, np.dtype(np.intp), axis, options.get("keepdims"))


@types(np.argmax, np.argmin)
def _argmax(
    _form: Form, a: Type, axis: Type | None = None, out: Type | None = None, keepdims: Type | None = None
) -> Type:
    x = _reducible(a, axis, keepdims)
    return UNKNOWN if x is None or static(out) is not None else _reduce(x, np.dtype(np.intp), axis, keepdims)


@types(np.argsort)
def _argsort(_form: Form, a: Type, axis: Type | None = None, *_args: Type, **_options: Type) -> Type:
    x = operand(a)
    if x is None or x.shape is None or x.shape == () or static(axis, -1) in (None, DYNAMIC):
        return Array(np.dtype(np.intp), None)
    return Array(np.dtype(np.intp), x.shape)


@types(np.cumsum, np.cumprod)
def _cumulative(
    _form: Form, a: Type, axis: Type | None = None, dtype: Type | None = None, out: Type | None = None
) -> Type:
    x = operand(a)
    if x is None or static(out) is not None:
        return UNKNOWN
    along, shape = static(axis), x.shape
    if along is None:
        shape = (dims.multiply(*shape) if shape is not None else dims.fresh(),)
    elif along is DYNAMIC or shape == ():
        shape = None
    return Array(dtype_of(dtype, _added(x.strong)), shape)
