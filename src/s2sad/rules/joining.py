"""Functions that make one array of several: the cotangent is cut into the pieces again."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.ir import primitives, primitives_nested
from s2sad.rules import registry
from s2sad.rules.arguments import call, is_number, is_static, kind, rank, refuse
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol


def _at(index: Any, axis: int, known: int | None) -> tuple[Any, ...]:
    """Return the index that applies `index` along an axis, of an array whose rank may not be known."""
    if axis >= 0:
        return (*(slice(None),) * axis, index)
    if known is not None:
        return _at(index, axis % known, known)
    return (..., index, *(slice(None),) * (-axis - 1))


def _pieces(name: str, axis: Any) -> int:
    if not is_static(axis) or not isinstance(axis, int):
        raise Unsupported(f"{name} with an axis that is not a constant has no derivative rule")
    return axis


def _piece(x: Any, piece: Any) -> Any:
    """Return a cotangent in the structure of an item, which may be a nested list itself."""
    if isinstance(x, list | tuple):
        make = primitives.make_list if isinstance(x, list) else primitives.make_tuple
        return call(piece, make, *(_piece(one, piece[k]) for k, one in enumerate(x)))
    return _real_like(piece, x)


def _real_like(d: Any, x: Any) -> Any:
    """Return the cotangent of an item, which may be real where another one is complex."""
    may_differ = isinstance(x, Symbol) and kind(x) is None and d.kind in ("c", None)
    return call(d, primitives_nested.real_like, d, x) if may_differ else d


def _length(x: Any, axis: int) -> Any:
    if isinstance(x, Symbol):
        return x.shape[axis]
    return np.shape(x)[axis] if isinstance(x, np.ndarray) or is_number(x) else _nested_length(x, axis)


def _nested_length(x: Any, axis: int) -> int:
    if axis != 0 or not isinstance(x, list | tuple):
        raise Unsupported("np.concatenate of nested lists has no derivative rule: make them arrays with np.array")
    return len(x)


def _concatenate(d: Any, y: Any, arrays: Any, axis: Any = 0, **options: Any) -> Any:
    refuse("np.concatenate", **options)
    along = _pieces("np.concatenate", axis)
    if isinstance(arrays, Symbol):
        return call(d, primitives_nested.split_like, d, arrays, along)
    known = next((rank(x) for x in arrays if isinstance(x, Symbol) and rank(x) is not None), None)
    pieces, start = [], None
    for k, x in enumerate(arrays):
        last = k == len(arrays) - 1
        stop = None if last else _length(x, along) if start is None else start + _length(x, along)
        pieces.append(_piece(x, d[_flat(_at(slice(start, stop), along, known))]))
        start = stop
    return pieces


def _flat(index: tuple[Any, ...]) -> Any:
    return index[0] if len(index) == 1 else index


def _stack(d: Any, y: Any, arrays: Any, axis: Any = 0, **options: Any) -> Any:
    refuse("np.stack", **options)
    along = _pieces("np.stack", axis)
    if isinstance(arrays, Symbol):
        return call(d, primitives_nested.unstack, d, along)
    return [_piece(x, d[_flat(_at(k, along, rank(y)))]) for k, x in enumerate(arrays)]


def _array(d: Any, y: Any, value: Any, dtype: Any = None, **options: Any) -> Any:
    refuse("np.array", **{key: option for key, option in options.items() if key not in ("copy", "order", "subok")})
    if isinstance(dtype, Symbol):
        d = call(d, primitives_nested.of_inexact, d, y)
    if isinstance(value, list | tuple):
        return [_nested(d, one, (k,)) for k, one in enumerate(value)]
    return d if rank(value) is not None else call(d, primitives_nested.nested_like, d, value)


def _nested(d: Any, value: Any, place: tuple[int, ...]) -> Any:
    if isinstance(value, list | tuple):
        make = primitives.make_list if isinstance(value, list) else primitives.make_tuple
        return call(d, make, *(_nested(d, one, (*place, k)) for k, one in enumerate(value)))
    return _real_like(d[_flat(place)], value) if isinstance(value, Symbol) else 0.0


registry.linear(np.concatenate, _concatenate)
registry.linear(np.stack, _stack)
for _function in (np.array, np.asarray, np.asanyarray):
    registry.linear(_function, _array)


# -- helpers for lists whose length is known at run time only --------------------------------------------------------

registry.linear(primitives_nested.split_like, lambda d, y, x, arrays, axis: call(d, np.concatenate, d, axis=axis))
registry.linear(primitives_nested.of_inexact, lambda d, y, x, like: call(d, primitives_nested.of_inexact, d, like))
registry.linear(primitives_nested.real_like, lambda d, y, x, like: d)
registry.linear(primitives_nested.unstack, lambda d, y, x, axis: call(d, np.stack, d, axis=axis))
registry.linear(primitives_nested.nested_like, lambda d, y, x, like: call(d, np.array, d))
