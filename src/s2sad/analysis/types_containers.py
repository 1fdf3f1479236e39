"""Types of tuples, lists and dicts as they are made and taken apart."""

from __future__ import annotations

from functools import reduce

from s2sad.analysis.infer import types
from s2sad.ir import primitives
from s2sad.ir.program import Form
from s2sad.ir.types import UNDEFINED, UNKNOWN, Array, Dict, List, Literal, Slice, Tuple, Type, join, widen


@types(primitives.make_tuple)
def _tuple(_form: Form, *items: Type) -> Type:
    return Tuple(items)


@types(primitives.make_list)
def _list(_form: Form, *items: Type) -> Type:
    return List(reduce(join, map(widen, items)) if items else UNDEFINED, items)


@types(primitives.make_dict)
def _dict(_form: Form, keys: Type, *values: Type) -> Type:
    item = reduce(join, map(widen, values)) if values else UNKNOWN
    if not isinstance(keys, Literal):
        return Dict(item)
    return Dict(item, tuple(zip(keys.value, values, strict=True)))


@types(primitives.make_slice)
def _slice(_form: Form, start: Type, stop: Type, step: Type) -> Type:
    match start, stop, step:
        case Literal(a), Literal(b), Literal(c):
            return Literal(slice(a, b, c))
        case _:
            return Slice(start, stop, step)


@types(primitives.unpack)
def _unpack(_form: Form, items: Type) -> Type:
    match items:
        case Tuple(known) | List(_, tuple() as known):
            return Tuple(known)
        case Literal(tuple() | list() as values):
            return Tuple(tuple(map(Literal, values)))
        case Array(dtype, (int() as count, *rest)):
            return Tuple((Array(dtype, tuple(rest), scalar=not rest),) * count)
        case _:
            return UNKNOWN


@types(primitives.concatenate_lists)
def _concatenate(_form: Form, a: Type, b: Type) -> Type:
    if not isinstance(a, List) or not isinstance(b, List):
        return UNKNOWN
    items = None if a.items is None or b.items is None else (*a.items, *b.items)
    if a.items == ():
        return List(b.item, items)
    return a if b.items == () else List(join(a.item, b.item), items)


@types(primitives.empty_slots)
def _slots(_form: Form, like: Type) -> Type:
    return UNKNOWN
