"""Tuples, lists and dicts, and the operations on cotangents that differentiation introduces."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from s2sad.ir import primitives, primitives_nested
from s2sad.ir.program import Form
from s2sad.ir.types import Array, List, Record, Tuple
from s2sad.rules import registry
from s2sad.rules.arguments import broadcast_like, call, is_unknown
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol, record


def _items(d: Any, y: Any, *items: Any) -> Any:
    return tuple(d[k] for k in range(len(items)))


def filled(d: Symbol, tangents: Any, items: Any) -> list[Any]:
    """Return tangents with zeros for the items that do not vary; what is put together of parts has a list of them."""
    return [_whole(d, tangent, item) for tangent, item in zip(tangents, items, strict=True)]


def _whole(d: Symbol, tangent: Any, item: Any) -> Any:
    if active(tangent) is None:
        return call(d, primitives.zeros_like, item)
    if not isinstance(tangent, list):
        return tangent
    make = primitives.make_list if isinstance(item, list) else primitives.make_tuple
    return call(d, make, *filled(d, tangent, item))


def active(tangent: Any) -> Any:
    """Return a part of a tangent that is not zero; None where there is none."""
    if not isinstance(tangent, list | tuple):
        return tangent
    return next((part for part in map(active, tangent) if part is not None), None)


def _tuple_forward(tangents: Any, y: Any, *items: Any) -> Any:
    d = active(tangents)
    return call(d, primitives.make_tuple, *filled(d, tangents, items))


def _list_forward(tangents: Any, y: Any, *items: Any) -> Any:
    d = active(tangents)
    return call(d, primitives.make_list, *filled(d, tangents, items))


def _dict(d: Any, y: Any, keys: Any, *values: Any) -> Any:
    return (None, *(d[key] for key in keys))


def _dict_forward(tangents: Any, y: Any, keys: Any, *values: Any) -> Any:
    d = active(tangents)
    return call(d, primitives.make_dict, keys, *filled(d, tangents[1:], values))


def _unpack(d: Any, y: Any, items: Any) -> Any:
    """Put the cotangents of the parts together; `d` has one for each, None where there is none."""
    some = active(d)
    if isinstance(items, tuple | list):
        return list(d)
    parts = [call(some, primitives.zeros_like, items[k]) if part is None else part for k, part in enumerate(d)]
    match items.type:
        case List():
            return call(some, primitives.make_list, *parts)
        case Tuple():
            return call(some, primitives.make_tuple, *parts)
        case Array():
            return np.stack(parts)
        case _:
            return call(some, primitives.pack_like, items, *parts)


def _packed(d: Any, y: Any, items: Any, *parts: Any) -> Any:
    keys = items.type.names if isinstance(getattr(items, "type", None), Record) else range(len(parts))
    return (None, *(d[key] for key in keys))


def _packed_forward(tangents: Any, y: Any, items: Any, *parts: Any) -> Any:
    d = active(tangents)
    return call(d, primitives.pack_like, items, *filled(d, tangents[1:], parts))


def _concatenate_lists(d: Any, y: Any, a: Any, b: Any) -> Any:
    length = len(a) if isinstance(a, list | tuple) else record(d.builder, len, a, form=Form.BUILTIN)
    return d[:length], d[length:]


registry.full(primitives.make_tuple, _items, _tuple_forward)
registry.full(primitives.make_list, _items, _list_forward)
registry.full(primitives.make_dict, _dict, _dict_forward)
registry.linear(primitives.unpack, _unpack)
registry.full(primitives.pack_like, _packed, _packed_forward)
registry.linear(
    primitives.stack_like,
    lambda d, y, like, items: (None, call(d, primitives_nested.rows_like, d, items)),
    argnums=(1,),
)
registry.linear(primitives_nested.rows_like, lambda d, y, x, items: call(d, primitives.stack_like, x, d))
registry.linear(primitives.concatenate_lists, _concatenate_lists, argnums=(0, 1))


# -- sums of a list --------------------------------------------------------------------------------------------------


def _sum(d: Any, y: Any, items: Any, *start: Any) -> Any:
    return (_sum_items(d, items), *(d for _ in start))


def _sum_items(d: Any, items: Any) -> Any:
    if isinstance(items, list | tuple):
        return type(items)(d for _ in items)
    if isinstance(items.type, Array):
        return broadcast_like(d, items)
    if isinstance(items.type, List | Tuple) or is_unknown(items):
        return call(d, primitives_nested.repeated_like, d, items)
    raise Unsupported("`sum` of this has no derivative rule")


def _sum_forward(tangents: Any, y: Any, items: Any, *start: Any) -> Any:
    total = _sum_of_tangents(tangents)
    if len(tangents) < 2 or tangents[1] is None:
        return total
    return tangents[1] if total is None else tangents[1] + total


def _sum_of_tangents(tangents: Any) -> Any:
    if tangents[0] is None:
        return None
    if isinstance(tangents[0], list):
        # the items one by one; those that do not vary have no tangent
        total = None
        for tangent in tangents[0]:
            if tangent is not None:
                total = tangent if total is None else total + tangent
        return 0.0 if total is None else total
    return record(tangents[0].builder, builtins.sum, tangents[0], form=Form.BUILTIN)


def _repeated(d: Any, y: Any, x: Any, items: Any) -> Any:
    return record(d.builder, builtins.sum, d, form=Form.BUILTIN)


def _as_list(d: Any, y: Any, items: Any) -> Any:
    return record(d.builder, builtins.list, d, form=Form.BUILTIN)


def _as_tuple(d: Any, y: Any, items: Any) -> Any:
    return record(d.builder, builtins.tuple, d, form=Form.BUILTIN)


registry.linear(builtins.tuple, _as_list)
registry.linear(builtins.list, _as_tuple)
registry.full(builtins.sum, _sum, _sum_forward)
registry.linear(primitives_nested.repeated_like, _repeated)


# -- operations on cotangents ----------------------------------------------------------------------------------------

registry.linear(primitives.broadcast_like, lambda d, y, x, like: d, broadcasts=(0,))
registry.linear(primitives.accumulate, lambda d, y, a, b: (d, d), argnums=(0, 1))
registry.linear(primitives.unbroadcast, lambda d, y, x, like: broadcast_like(d, x))
registry.linear(primitives.own, lambda d, y, x: d)
