"""Operations that NumPy has no function for, as ordinary Python functions.

Each function here is the meaning of the operation of its name. Those that generated code cannot spell as an
expression are pasted into it, so they use nothing but NumPy and one another.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.ir.primitives_records import map_record
from s2sad.ir.primitives_stores import Path


def make_tuple(*items: Any) -> tuple[Any, ...]:
    """Return a tuple of the items: `(a, b)`."""
    return items


def make_list(*items: Any) -> list[Any]:
    """Return a list of the items: `[a, b]`."""
    return list(items)


def make_dict(keys: tuple[Any, ...], *values: Any) -> dict[Any, Any]:
    """Return a dict: `{key: value}`."""
    return dict(zip(keys, values, strict=True))


def make_slice(start: Any, stop: Any, step: Any) -> slice:
    """Return a slice, as it stands inside an index: `start:stop:step`."""
    return slice(start, stop, step)


def unpack(items: Any) -> tuple[Any, ...]:
    """Take a sequence apart: `a, b = items` (a call of this function has one result for each target)."""
    return tuple(items)


def concatenate_lists(a: list[Any], b: list[Any]) -> list[Any]:
    """Return the items of two lists in one: `a + b`."""
    return a + b


def empty_slots(like: Any) -> list[Any]:
    """Return a list of as many None as `like` has items, to be filled by `set_at`: `[None] * len(like)`."""
    return [None] * len(like)


def astype(x: Any, dtype: Any) -> Any:
    """Convert an array: `x.astype(dtype)`."""
    return np.asarray(x).astype(dtype)[()]


def item(x: Any, *index: Any) -> Any:
    """Return one element as a Python number: `x.item()`."""
    return x.item(*index)


def mask(condition: Any, x: Any) -> Any:
    """Return `x` where the condition holds, and exactly zero elsewhere, whatever `x` is there."""
    return np.where(condition, x, 0.0)[()]


def set_at(base: Any, index: Any, value: Any) -> Any:
    """Return a new version of `base` with `value` at `index`: `base[index] = value`."""
    if isinstance(index, Path):
        result = own(base)
        index.write(result, value, lambda _, new: new)
        return result
    result = base.copy()
    result[index] = value
    return result


def add_at(base: Any, index: Any, value: Any) -> Any:
    """Return a new version of `base` with `value` added at `index`, where no element is met twice."""
    if isinstance(index, Path):
        result = own(base)
        index.write(result, value, accumulate)
        return result
    result = base.copy()
    result[index] = accumulate(result[index], value)
    return result


def broadcast_like(d: Any, x: Any) -> Any:
    """Return `d` broadcast to the shape of `x`."""
    return np.broadcast_to(d, np.shape(x)) if np.ndim(x) else d


def zeros_like(x: Any) -> Any:
    """Return zeros with the structure, shapes and dtypes of `x`; None for what has no derivative."""
    if isinstance(x, dict):
        return {key: zero_item(value) for key, value in x.items()}
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*map(zero_item, x))
    if isinstance(x, list | tuple):
        return type(x)(map(zero_item, x))
    if hasattr(x, "__dataclass_fields__"):
        return map_record(zero_item, x)
    if isinstance(x, np.ndarray):
        return np.zeros_like(x) if x.dtype.kind in "fc" else np.zeros(x.shape)
    return type(x)(0) if isinstance(x, float | complex | np.inexact) else 0.0


def zero_item(x: Any) -> Any:
    """Return zeros like an item of a container; None for a string, an integer and the like."""
    if isinstance(x, np.ndarray):
        return zeros_like(x) if x.dtype.kind in "fc" else None
    has_items = isinstance(x, dict | list | tuple) or hasattr(x, "__dataclass_fields__")
    return zeros_like(x) if has_items or isinstance(x, float | complex | np.inexact) else None


def accumulate(a: Any, b: Any) -> Any:
    """Return the sum of two cotangents of one structure; None stands for zero."""
    if a is None or b is None:
        return b if a is None else a
    if isinstance(a, dict):
        return {key: accumulate(value, b[key]) for key, value in a.items()}
    if isinstance(a, tuple) and hasattr(a, "_fields"):
        return type(a)(*map(accumulate, a, b))
    if isinstance(a, list | tuple):
        return type(a)(map(accumulate, a, b))
    return map_record(accumulate, a, b) if hasattr(a, "__dataclass_fields__") else a + b


def unbroadcast(d: Any, x: Any) -> Any:
    """Sum a cotangent over the axes along which `x` was broadcast, and give it the dtype of `x`."""
    if not isinstance(x, np.ndarray | np.generic | float | int | complex):
        raise TypeError(f"cannot differentiate arithmetic on a value of type {type(x).__name__}")
    shape = np.shape(x)
    if np.shape(d) != shape:
        full = np.broadcast_shapes(np.shape(d), shape)
        extra = len(full) - len(shape)
        repeated = (axis for axis, n in enumerate(full) if axis < extra or shape[axis - extra] == 1 != n)
        d = np.sum(np.broadcast_to(d, full), axis=tuple(repeated)).reshape(shape)
    if np.iscomplexobj(d) and not np.iscomplexobj(x):
        d = np.real(d)
    if isinstance(x, np.ndarray):
        return np.asarray(d, dtype=x.dtype if x.dtype.kind in "fc" else None)
    if isinstance(x, np.inexact):
        return x.dtype.type(d)
    return d.item() if isinstance(d, np.ndarray) else d


def check_scalar(value: Any, name: str) -> None:
    """Raise `TypeError` where a function whose gradient is wanted does not return a real scalar."""
    if np.ndim(value) != 0 or np.iscomplexobj(value):
        raise TypeError(f"{name} returns no real scalar, so it has no gradient")


def check_bound(value: Any, name: str) -> None:
    """Raise what Python raises where a variable is read that no path has bound; None stands for that."""
    if value is None:
        raise UnboundLocalError(f"{name} is read where it has not been bound")


def undefined() -> None:
    """Return the place-holder for a variable that has not been bound on this path; nothing may read it."""


def scatter(like: Any, index: Any, d: Any) -> Any:
    """Return zeros like `like` with `d` added at `index`, summed where the index repeats."""
    result = zeros_like(like)
    if isinstance(like, np.ndarray):
        np.add.at(result, index, np.real(d) if np.iscomplexobj(d) and not np.iscomplexobj(like) else d)
        return result
    if hasattr(like, "__dataclass_fields__"):
        object.__setattr__(result, index, accumulate(getattr(result, index), d))
        return result
    items = list(result) if isinstance(like, tuple) else result
    if isinstance(index, str) and hasattr(like, "_fields"):
        index = like._fields.index(index)
    items[index] = accumulate(items[index], d) if not isinstance(index, slice) else list(d)
    return pack_like(like, *items) if isinstance(like, tuple) else items


def pack_like(like: Any, *items: Any) -> Any:
    """Return the items as the kind of sequence that `like` is."""
    if isinstance(like, np.ndarray):
        return np.array(items).reshape(like.shape)
    if hasattr(like, "_fields"):
        return type(like)(*items)
    if not isinstance(like, list | tuple):
        parts = iter(items)
        return map_record(lambda _: next(parts), like)
    return type(like)(items)


def stack_like(like: Any, items: list[Any]) -> Any:
    """Return cotangents of the items of `like` as one of `like` itself; rows past the last one are zero."""
    if not isinstance(like, np.ndarray):
        return pack_like(like, *items, *map(zeros_like, like[len(items) :]))
    result = zeros_like(like)
    for k, item in enumerate(items):
        result[k] = item
    return result


def identity(x: Any) -> Any:
    """Return the value itself, under another name."""
    return x


def own(x: Any) -> Any:
    """Return a value that shares no memory with `x`."""
    if isinstance(x, dict):
        return {key: own(value) for key, value in x.items()}
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*map(own, x))
    if isinstance(x, list | tuple):
        return type(x)(map(own, x))
    if hasattr(x, "__dataclass_fields__"):
        return map_record(own, x)
    return x.copy() if isinstance(x, np.ndarray) else x
