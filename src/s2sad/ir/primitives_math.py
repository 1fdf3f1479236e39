"""Helpers of derivative rules for values whose kind, rank or structure is known at run time only.

Like the functions in `primitives`, these are pasted into generated code that needs them, so they use nothing but NumPy
and one another.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def log_of_base(x: Any, y: Any) -> Any:
    """Return log(x) for the derivative of `x**y`: 0 where the power is real and the base not positive."""
    if np.iscomplexobj(y):
        return np.log(np.where(x == 0, 1.0, x) + 0j)[()]
    return np.log(np.where(x > 0, x, 1.0))


def positive_or_complex(x: Any, y: Any) -> Any:
    """Tell where `log_of_base` is a logarithm of `x`, and not 0 by convention."""
    return np.not_equal(x, 0) if np.iscomplexobj(y) else np.greater(x, 0)


def product_of_others(x: Any) -> Any:
    """Return for each element the product of the others along the last axis; zeros need no special case."""
    one = np.ones_like(x[..., :1])
    before = np.cumprod(np.concatenate([one, x[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([one, x[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return before * after


def count_reduced(x: Any, axis: Any) -> Any:
    """Return how many elements a reduction of `x` over `axis` combines into one."""
    if axis is None:
        return np.size(x)
    count = 1
    for one in axis if isinstance(axis, tuple) else (axis,):
        count *= np.shape(x)[one]
    return count


def expand_reduced(d: Any, axis: Any) -> Any:
    """Put back the axes that a reduction over `axis` has removed, each with length 1."""
    return d if axis is None else np.expand_dims(d, axis)


def dot_left(d: Any, a: Any, b: Any) -> Any:
    """Return the cotangent of `a` in `np.dot(a, b)`."""
    if np.ndim(a) == 0:
        return np.sum(d * b)
    if np.ndim(b) == 0:
        return d * b
    over = np.ndim(d) - np.ndim(a) + 1
    last = np.moveaxis(b, -2, 0) if np.ndim(b) > 1 else np.reshape(b, (-1,))
    return np.tensordot(d, last, (range(np.ndim(d) - over, np.ndim(d)), range(1, np.ndim(b))))[()]


def dot_right(d: Any, a: Any, b: Any) -> Any:
    """Return the cotangent of `b` in `np.dot(a, b)`."""
    if np.ndim(b) == 0:
        return np.sum(d * a)
    if np.ndim(a) == 0:
        return d * a
    summed = range(np.ndim(a) - 1)
    result = np.tensordot(a, d, (summed, summed))
    return np.moveaxis(result, 0, -2) if np.ndim(b) > 1 else result


def matmul_left(d: Any, a: Any, b: Any) -> Any:
    """Return the cotangent of `a` in `a @ b`."""
    d = np.expand_dims(d, -1) if np.ndim(b) == 1 else d
    b = np.expand_dims(b, -1) if np.ndim(b) == 1 else b
    if np.ndim(a) > 1:
        result = np.matmul(d, np.swapaxes(b, -1, -2))
    else:
        result = np.matmul(np.expand_dims(d, -2), np.swapaxes(b, -1, -2))[..., 0, :]
    return sum_to_shape(result, np.shape(a))


def matmul_right(d: Any, a: Any, b: Any) -> Any:
    """Return the cotangent of `b` in `a @ b`."""
    if np.ndim(a) == 1 == np.ndim(b):
        return d * a
    d = np.expand_dims(d, -2) if np.ndim(a) == 1 else d
    a = np.expand_dims(a, -2) if np.ndim(a) == 1 else a
    if np.ndim(b) > 1:
        result = np.matmul(np.swapaxes(a, -1, -2), d)
    else:
        result = np.matmul(np.swapaxes(a, -1, -2), np.expand_dims(d, -1))[..., 0]
    return sum_to_shape(result, np.shape(b))


def sum_to_shape(d: Any, shape: tuple[int, ...]) -> Any:
    """Sum over the axes that broadcasting has added or stretched."""
    extra = np.ndim(d) - len(shape)
    axes = tuple(k for k in range(np.ndim(d)) if k < extra or shape[k - extra] == 1 != np.shape(d)[k])
    return np.reshape(np.sum(d, axis=axes), shape) if axes else d
