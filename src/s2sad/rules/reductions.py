"""Sums, means and products, and their cumulative forms."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.ir import primitives_math
from s2sad.rules import registry
from s2sad.rules.arguments import (
    ABSENT,
    along,
    array,
    axes_of,
    broadcast_like,
    call,
    flag,
    is_static,
    mask,
    rank,
    refuse,
    reshape_like,
)
from s2sad.rules.registry import Unsupported


def expanded(d: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Put back the axes that a reduction of `x` has removed, so that the result broadcasts against `x`."""
    if keepdims or axis is None:
        return d
    if not is_static(axis):
        return call(d, primitives_math.expand_reduced, d, axis)
    known = rank(x)
    if known is None:
        return np.expand_dims(d, axis)
    axes = axes_of(axis, known)
    index = [None if k in axes else slice(None) for k in range(known)]
    while index and index[0] is None:
        # broadcasting adds leading axes by itself
        del index[0]
    while index and index[-1] is not None:
        del index[-1]
    return d[tuple(index)] if index else d


def count(d: Any, x: Any, axis: Any) -> Any:
    """Return how many elements a reduction of `x` combines into one: a number or a symbol."""
    if not is_static(axis):
        return call(d, primitives_math.count_reduced, x, axis)
    if axis is None:
        return x.size
    shape, total = x.shape, None
    for one in axis if isinstance(axis, tuple | list) else (axis,):
        total = shape[one] if total is None else total * shape[one]
    return 1 if total is None else total


def _sum(
    d: Any,
    y: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = ABSENT,
    initial: Any = ABSENT,
    where: Any = ABSENT,
) -> Any:
    # a start value adds a constant, and another dtype is undone where the contribution is collected
    refuse("np.sum", out=out, initial=initial)
    array("np.sum", a)
    d_a = broadcast_like(expanded(d, a, axis, flag("np.sum", "keepdims", keepdims)), a)
    return d_a if where is ABSENT else mask(where, d_a)


def _mean(
    d: Any,
    y: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = ABSENT,
    *,
    where: Any = ABSENT,
) -> Any:
    refuse("np.mean", out=out)
    array("np.mean", a)
    if where is not ABSENT:
        kept = flag("np.mean", "keepdims", keepdims)
        chosen = np.sum(np.broadcast_to(where, np.shape(a)), **along(axis, kept))
        return mask(where, broadcast_like(expanded(d / chosen, a, axis, kept), a))
    return broadcast_like(expanded(d / count(d, a, axis), a, axis, flag("np.mean", "keepdims", keepdims)), a)


def _cumsum(d: Any, y: Any, a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    refuse("np.cumsum", out=out)
    array("np.cumsum", a)
    if not is_static(axis):
        raise Unsupported("np.cumsum over an axis that is not a constant has no derivative rule")
    along = 0 if axis is None else axis
    summed = np.flip(np.cumsum(np.flip(d, axis=along), axis=along), axis=along)
    return summed if axis is not None or rank(a) == 1 else reshape_like(summed, a)


def _sum_forward(
    tangents: Any,
    y: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = ABSENT,
    initial: Any = ABSENT,
    where: Any = ABSENT,
) -> Any:
    refuse("np.sum", out=out, initial=initial)
    return _applied(np.sum, tangents[0], axis, dtype, keepdims, where)


def _mean_forward(
    tangents: Any,
    y: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = ABSENT,
    *,
    where: Any = ABSENT,
) -> Any:
    refuse("np.mean", out=out)
    return _applied(np.mean, tangents[0], axis, dtype, keepdims, where)


def _applied(function: Any, a_dot: Any, axis: Any, dtype: Any, keepdims: Any, where: Any) -> Any:
    """Apply a linear reduction to a tangent, with the options that the user gave."""
    options = {"axis": axis, "dtype": dtype} | ({} if keepdims is ABSENT else {"keepdims": keepdims})
    options |= {} if where is ABSENT else {"where": where}
    return function(a_dot, **{key: value for key, value in options.items() if value is not None})


registry.full(np.sum, _sum, _sum_forward)
registry.full(np.mean, _mean, _mean_forward)
registry.linear(np.cumsum, _cumsum)


# -- products --------------------------------------------------------------------------------------------------------


def _others(d: Any, x: Any, axis: Any) -> Any:
    """Return for each element of `x` the product of those that are multiplied with it."""
    if not isinstance(axis, int | None):
        raise Unsupported("np.prod over several axes has no derivative rule")
    if axis is None:
        flat = x if rank(x) == 1 else np.reshape(x, -1)
        others = call(d, primitives_math.product_of_others, flat)
        return others if rank(x) == 1 else reshape_like(others, x)
    known = rank(x)
    if axis == -1 or (known is not None and axis == known - 1):
        return call(d, primitives_math.product_of_others, x)
    return np.swapaxes(call(d, primitives_math.product_of_others, np.swapaxes(x, axis, -1)), axis, -1)


def _prod(
    d: Any,
    y: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    out: Any = None,
    keepdims: Any = ABSENT,
    initial: Any = ABSENT,
    where: Any = ABSENT,
) -> Any:
    refuse("np.prod", dtype=dtype, out=out, initial=initial, where=where)
    array("np.prod", a)
    return expanded(d, a, axis, flag("np.prod", "keepdims", keepdims)) * _others(d, a, axis)


def _prod_forward(tangents: Any, y: Any, a: Any, axis: Any = None, **options: Any) -> Any:
    (a_dot, *_) = tangents
    kept = flag("np.prod", "keepdims", options.pop("keepdims", ABSENT))
    refuse("np.prod", **options)
    return np.sum(a_dot * _others(a_dot, a, axis), **along(axis, kept))


def _others_of_one(x: Any) -> tuple[Any, Any]:
    """Return the matrix whose row i is `x` with element i replaced by 1, and where it differs from that element."""
    n = x.shape[-1]
    off_diagonal = call(x, np.eye, n) == 0
    return np.where(off_diagonal, x[..., None, :], 1.0), off_diagonal


def _product_of_others(d: Any, y: Any, x: Any) -> Any:
    rows, off_diagonal = _others_of_one(x)
    second = mask(off_diagonal, call(d, primitives_math.product_of_others, rows))
    return np.sum(d[..., :, None] * second, axis=-2)


def _product_of_others_forward(tangents: Any, y: Any, x: Any) -> Any:
    (x_dot,) = tangents
    rows, off_diagonal = _others_of_one(x)
    second = mask(off_diagonal, call(x_dot, primitives_math.product_of_others, rows))
    return np.sum(second * x_dot[..., None, :], axis=-1)


registry.full(np.prod, _prod, _prod_forward)
registry.full(primitives_math.product_of_others, _product_of_others, _product_of_others_forward)


# -- helpers for axes that are known at run time only ----------------------------------------------------------------


def _expand_reduced(d: Any, y: Any, x: Any, axis: Any) -> Any:
    return reshape_like(d, x)


registry.linear(primitives_math.expand_reduced, _expand_reduced)
registry.constant(primitives_math.count_reduced)
