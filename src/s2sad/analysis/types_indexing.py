"""Types of what an index takes out of arrays, tuples, lists and dicts."""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import number, operand
from s2sad.ir import dims
from s2sad.ir.dims import Dim, Shape
from s2sad.ir.program import Form
from s2sad.ir.types import (
    INT,
    STR,
    UNKNOWN,
    Array,
    Dict,
    List,
    Literal,
    Range,
    Record,
    Scalar,
    Slice,
    Tuple,
    TupleOf,
    Type,
    instantiate,
    join,
    widen,
)


@types(operator.getitem)
def _getitem(_form: Form, x: Type, index: Type) -> Type:
    match x:
        case Array(dtype, shape):
            return _of_array(dtype, shape, index)
        case Tuple(items):
            return _of_tuple(items, index)
        case List(item, items):
            return _of_list(item, items, index)
        case Dict(item, entries):
            return _of_dict(item, entries, index)
        case Record(entries=entries):
            return dict(entries)[index.value] if isinstance(index, Literal) else UNKNOWN
        case Range():
            return INT if _is_integer(index) else UNKNOWN
        case TupleOf(item=item):
            return instantiate(item) if _is_integer(index) else x if is_slice(index) else UNKNOWN
        case Literal(value) if isinstance(value, tuple | list | str | dict | range) and isinstance(index, Literal):
            return Literal(value[index.value])
        case Literal(tuple() | list() as value):
            return _of_tuple(tuple(map(Literal, value)), index)
        case Literal(str()) | Scalar("str"):
            return STR
        case _:
            return UNKNOWN


def _of_tuple(items: tuple[Type, ...], index: Type) -> Type:
    match index:
        case Literal(slice() as known):
            return Tuple(items[known])
        case Literal(value):
            return items[operator.index(value)]
        case _ if _is_integer(index) and items:
            return reduce(join, items)
        case _:
            return UNKNOWN


def _of_list(item: Type, items: tuple[Type, ...] | None, index: Type) -> Type:
    match index:
        case Literal(slice() as known):
            return List(item, None if items is None else items[known])
        case Slice():
            return List(item)
        case Literal(value) if items is not None:
            return items[operator.index(value)]
        case _ if _is_integer(index):
            return instantiate(item)
        case _:
            return UNKNOWN


def _of_dict(item: Type, entries: tuple[tuple[object, Type], ...] | None, index: Type) -> Type:
    if entries is None:
        return instantiate(item)
    if isinstance(index, Literal):
        return next((type_ for key, type_ in entries if key == index.value), UNKNOWN)
    return reduce(join, [type_ for _, type_ in entries]) if entries else UNKNOWN


def is_slice(type_: Type) -> bool:
    """Tell whether a value is a slice."""
    return isinstance(type_, Slice) or (isinstance(type_, Literal) and isinstance(type_.value, slice))


def _is_integer(type_: Type) -> bool:
    match widen(type_):
        case Scalar("int"):
            return True
        case Array(dtype, ()) if dtype is not None:
            return dtype.kind in "iu"
        case _:
            return False


def _of_array(dtype: np.dtype[Any] | None, shape: Shape | None, index: Type) -> Type:
    parts = split_index(index)
    taken = None if shape is None else _taken(shape, parts)
    if taken is None:
        return Array(dtype, None)
    result, is_view = taken
    return Array(dtype, result, scalar=result == () and not is_view)


def split_index(index: Type) -> list[Type]:
    """Return the parts of an index, one for each thing between commas."""
    match index:
        case Literal(tuple() as values):
            return list(map(Literal, values))
        case Tuple(items):
            return list(items)
        case _:
            return [index]


def is_mask(type_: Type) -> int:
    """Return the rank of a boolean array; 0 for anything else, a boolean number included."""
    seen = operand(type_)
    return seen.rank or 0 if seen is not None and seen.strong == np.bool_ else 0


def _taken(shape: Shape, parts: list[Type]) -> tuple[Shape, bool] | None:
    """Return the shape of what an index takes, and whether an Ellipsis makes it an array without axes."""
    wide = [k for k, part in enumerate(parts) if isinstance(part, Literal) and part.value is Ellipsis]
    used = sum(is_mask(part) or 1 for part in parts if not _is_free(part))
    if len(wide) > 1 or used > len(shape):
        return None
    at = wide[0] if wide else len(parts)
    filled = [*parts[:at], *[Literal(slice(None))] * (len(shape) - used), *parts[at + 1 :]]
    result: list[Dim] = []
    arrays: list[Shape] = []
    positions: list[int] = []
    integers: list[int] = []
    axis = 0
    for k, part in enumerate(filled):
        if isinstance(part, Literal) and part.value is None:
            result.append(1)
            continue
        rank = is_mask(part)
        if rank:
            arrays.append((dims.fresh(),))
            positions.append(k)
            _mark(integers, result)
            axis += rank
            continue
        if isinstance(part, Slice) or (isinstance(part, Literal) and isinstance(part.value, slice)):
            result.append(sliced(shape[axis], part))
        elif _is_integer(part):
            positions.append(k)
            _mark(integers, result)
            if not _is_scalar_index(part):
                arrays.append(())
        else:
            seen = operand(part)
            if seen is None or seen.shape is None or seen.strong is None or seen.strong.kind not in "iu":
                return None
            arrays.append(seen.shape)
            positions.append(k)
            _mark(integers, result)
        axis += 1
    if not arrays or arrays == [()] * len(arrays):
        return tuple(result), bool(wide)
    together = positions == list(range(positions[0], positions[-1] + 1))
    place = integers[0] if together else 0
    joined = dims.broadcast_shapes(*arrays)
    return (*result[:place], *joined, *result[place:]), False


def _is_free(part: Type) -> bool:
    """Tell whether a part of an index takes no axis; it may be an array, which is not to be compared."""
    return isinstance(part, Literal) and (part.value is None or part.value is Ellipsis)


def _mark(integers: list[int], result: list[Dim]) -> None:
    integers.append(len(result))


def _is_scalar_index(part: Type) -> bool:
    return isinstance(widen(part), Scalar) or (isinstance(part, Array) and part.scalar)


def sliced(dim: Dim, part: Type) -> Dim:
    """Return the length that a slice leaves of an axis."""
    bounds: list[Type]
    match part:
        case Literal(slice() as known):
            bounds = [Literal(bound) for bound in (known.start, known.stop, known.step)]
        case Slice(start, stop, step):
            bounds = [start, stop, step]
        case _:
            return dims.fresh()
    numbers = list(map(number, bounds))
    if any(one is None and bound != Literal(None) for one, bound in zip(numbers, bounds, strict=True)):
        return dims.fresh()
    return dims.cut(dim, *numbers)
