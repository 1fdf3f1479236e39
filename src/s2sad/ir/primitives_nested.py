"""Helpers of derivative rules for lists, tuples and dicts whose structure is known at run time only.

Like the functions in `primitives`, these are pasted into generated code that needs them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.ir.primitives import unbroadcast


def real_like(d: Any, x: Any) -> Any:
    """Return the cotangent of what may be real, of which it takes the real part then."""
    return np.real(d) if np.iscomplexobj(d) and not np.iscomplexobj(x) else d


def of_inexact(d: Any, y: Any) -> Any:
    """Return the cotangent of `y`: zeros where that was rounded to integers, which do not vary."""
    return d if np.asarray(y).dtype.kind in "fc" else np.zeros(np.shape(d))


def split_like(d: Any, arrays: Any, axis: Any) -> list[Any]:
    """Cut an array into pieces that have the lengths of `arrays` along an axis."""
    stops = np.cumsum([np.shape(one)[axis] for one in arrays])
    return list(map(real_like, np.split(d, stops[:-1], axis=axis), arrays))


def unstack(d: Any, axis: Any) -> list[Any]:
    """Return the slices of an array along an axis as a list."""
    return list(np.moveaxis(d, axis, 0))


def nested_like(d: Any, like: Any) -> Any:
    """Take an array apart into the nested lists that it was made of."""
    if not isinstance(like, list | tuple):
        return real_like(d, like)
    return type(like)([nested_like(d[k], one) for k, one in enumerate(like)])


def repeated_like(d: Any, items: Any) -> Any:
    """Return one `d` for each item, summed where the item was broadcast."""
    if isinstance(items, np.ndarray):
        return np.broadcast_to(d, items.shape)
    return type(items)([unbroadcast(d, one) for one in items])


def rows_like(d: Any, items: Any) -> list[Any]:
    """Return as many items of `d` as `items` has, as a list."""
    return [d[k] for k in range(len(items))]
