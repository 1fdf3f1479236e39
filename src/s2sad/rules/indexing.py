"""Reading, writing and masking elements."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from s2sad.ir import primitives
from s2sad.ir.types import Array, Dict, List, Literal, Scalar, Slice
from s2sad.rules import registry
from s2sad.rules.arguments import call, kind, refuse
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol


def meets_once(index: Any) -> bool:
    """Tell whether an index of an array is known to meet no element twice."""
    if isinstance(index, tuple):
        return all(map(meets_once, index))
    if not isinstance(index, Symbol):
        return index is None or index is Ellipsis or isinstance(index, int | np.integer | slice)
    match index.type:
        case Scalar("int") | Slice() | Literal(int() | slice()):
            return True
        case Array(dtype, shape) if dtype is not None:
            return dtype.kind == "b" or (dtype.kind in "iu" and shape == ())
        case _:
            return False


def zeros_for(d: Any, x: Any) -> Any:
    """Return zeros with the structure of `x`, to which the cotangents of its elements are added."""
    is_float_array = isinstance(x, Symbol) and isinstance(x.type, Array) and kind(x) in ("f", "c")
    return np.zeros_like(x) if is_float_array else call(d, primitives.zeros_like, x)


def _getitem(d: Any, y: Any, x: Any, index: Any) -> Any:
    if isinstance(x, tuple | list):
        if isinstance(index, int):
            return [d if k == index % len(x) else None for k in range(len(x))]
        raise Unsupported("a slice of a tuple has no derivative rule: name its items")
    if not isinstance(x, Symbol):
        raise Unsupported(f"an item of a {type(x).__name__} has no derivative rule")
    if isinstance(x.type, List | Dict) or (isinstance(x.type, Array) and meets_once(index)):
        return call(d, primitives.add_at, zeros_for(d, x), index, d)
    return call(d, primitives.scatter, x, index, d)


def _add_at(d: Any, y: Any, base: Any, index: Any, value: Any) -> Any:
    return d, None, d[index]


def _set_at(d: Any, y: Any, base: Any, index: Any, value: Any) -> Any:
    if isinstance(base, Symbol) and isinstance(base.type, Array) and not meets_once(index):
        raise Unsupported("a store at an index that may repeat has no derivative rule")
    is_array = isinstance(base, Symbol) and isinstance(base.type, Array)
    zero = 0.0 if is_array or not isinstance(value, Symbol) else call(d, primitives.zeros_like, value)
    return call(d, primitives.set_at, d, index, zero), None, d[index]


def _take(d: Any, y: Any, a: Any, indices: Any, axis: Any = None, **options: Any) -> Any:
    refuse("np.take", **options)
    if not isinstance(axis, int) or axis < 0:
        raise Unsupported("np.take without an axis counted from 0 has no derivative rule: index the array")
    index = (*(slice(None),) * axis, indices) if axis else indices
    return call(d, primitives.scatter, a, index, d)


def _mask(d: Any, y: Any, condition: Any, x: Any) -> Any:
    return None, call(d, primitives.mask, condition, d)


registry.linear(operator.getitem, _getitem)
registry.linear(np.take, _take)
registry.linear(primitives.add_at, _add_at, argnums=(0, 2))
registry.linear(primitives.scatter, lambda d, y, like, index, value: (None, None, d[index]), argnums=(2,))
registry.linear(primitives.set_at, _set_at, argnums=(0, 2))
registry.linear(primitives.mask, _mask, argnums=(1,))
