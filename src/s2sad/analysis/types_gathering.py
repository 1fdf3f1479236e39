"""Types of functions that select or repeat elements: how many they are is known, or a number of its own."""

from __future__ import annotations

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import DYNAMIC, Operand, axes_of, lengths, operand, static
from s2sad.ir import dims
from s2sad.ir.dims import Dim
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Array, Type


def _changed(x: Operand | None, axis: object, length: Dim | None = None) -> Type:
    """Return an array with another length along an axis; along the only one where the axis is None."""
    if x is None or x.shape is None or axis is DYNAMIC:
        return UNKNOWN
    length = dims.fresh() if length is None else length
    if axis is None:
        return Array(x.strong, (length,))
    axes = axes_of(axis, len(x.shape))
    if axes is None or len(axes) != 1:
        return UNKNOWN
    return Array(x.strong, tuple(length if k == axes[0] else dim for k, dim in enumerate(x.shape)))


@types(np.delete)
def _delete(_form: Form, arr: Type, obj: Type, axis: Type | None = None) -> Type:
    return _changed(operand(arr), static(axis))


@types(np.insert)
def _insert(_form: Form, arr: Type, obj: Type, values: Type, axis: Type | None = None) -> Type:
    return _changed(operand(arr), static(axis))


@types(np.repeat)
def _repeat(_form: Form, a: Type, repeats: Type, axis: Type | None = None) -> Type:
    x, along, count = operand(a), static(axis), lengths(repeats)
    axes = None if x is None or x.shape is None or along is DYNAMIC else axes_of(along, len(x.shape))
    if x is None or x.shape is None or axes is None or count is None or len(count) != 1:
        return _changed(x, along)
    times = operand(repeats)
    if times is None or times.shape != ():
        return _changed(x, along)
    return _changed(x, along, dims.multiply(count[0], *(x.shape[k] for k in axes)))


@types(np.resize)
def _resize(_form: Form, a: Type, new_shape: Type) -> Type:
    x = operand(a)
    return UNKNOWN if x is None else Array(x.strong, lengths(new_shape))


@types(np.diagonal)
def _diagonal(
    _form: Form, a: Type, offset: Type | None = None, axis1: Type | None = None, axis2: Type | None = None
) -> Type:
    x, one, two = operand(a), static(axis1, 0), static(axis2, 1)
    if x is None or x.shape is None or not isinstance(one, int) or not isinstance(two, int):
        return UNKNOWN
    axes = axes_of((one, two), len(x.shape))
    if axes is None:
        return UNKNOWN
    kept = [dim for k, dim in enumerate(x.shape) if k not in axes]
    square = static(offset, 0) == 0 and x.shape[axes[0]] == x.shape[axes[1]]
    return Array(x.strong, (*kept, x.shape[axes[0]] if square else dims.fresh()))


@types(np.pad)
def _pad(_form: Form, array: Type, pad_width: Type, *_mode: Type, **_options: Type) -> Type:
    x, width = operand(array), static(pad_width)
    if x is None or x.shape is None or width is DYNAMIC or isinstance(width, dict):
        return UNKNOWN
    widths = np.broadcast_to(np.asarray(width), (len(x.shape), 2)).tolist()
    return Array(x.strong, tuple(dims.add(dim, *pair) for dim, pair in zip(x.shape, widths, strict=True)))
