"""The structure of cotangents: their types and names, and the items of containers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from s2sad.ir.program import Call, Value
from s2sad.ir.types import FLOAT64, UNKNOWN, Array, Dict, List, Record, Scalar, Tuple, Type, Unknown, widen
from s2sad.rules.registry import Rule


def adjoint_type(type_: Type) -> Type:
    """Return the type of the cotangent of a value."""
    match widen(type_):
        case Scalar("float"):
            return FLOAT64
        case Scalar("complex"):
            return Array(np.dtype(complex), (), scalar=True)
        case Array(dtype, shape, scalar) if dtype is not None and dtype.kind not in "fc":
            return Array(np.dtype(float), shape, scalar)
        case Scalar():
            return FLOAT64
        case Tuple(items, cls):
            return Tuple(tuple(map(adjoint_type, items)), cls)
        case List(item, items):
            return List(adjoint_type(item), None if items is None else tuple(map(adjoint_type, items)))
        case Dict(item, entries):
            pairs = None if entries is None else tuple((key, adjoint_type(one)) for key, one in entries)
            return Dict(adjoint_type(item), pairs)
        case Record(cls, entries, rebuilt):
            return Record(cls, tuple((name, adjoint_type(one)) for name, one in entries), rebuilt)
        case other:
            return other


def adjoint_name(value: Value) -> str | None:
    """Return the name of the cotangent of a value."""
    return None if value.hint is None else f"d_{value.hint}"


def cover(slots: Sequence[tuple[int | slice, Value]]) -> list[Value | list[Value]] | None:
    """Return the pieces of a list in order, where slots are sure to cover it without meeting; else None.

    The slots must be one slice `[front:-back]` and the items before it or after it, not both: a list shorter than
    `front + back` would have items that both ends claim.
    """
    slices = [(key, d) for key, d in slots if isinstance(key, slice)]
    items = {key: d for key, d in slots if isinstance(key, int)}
    if len(slices) != 1 or len(items) != len(slots) - 1 or slices[0][0].step is not None:
        return None
    (key, middle), *_ = slices
    front, back = key.start or 0, -(key.stop or 0)
    if front > 0 and key.stop is None and sorted(items) == list(range(front)):
        return [[items[k] for k in range(front)], middle]
    if back > 0 and front == 0 and sorted(items) == list(range(-back, 0)):
        return [middle, [items[k] for k in range(-back, 0)]]
    return None


def item_type(type_: Type, key: Any) -> Type:
    """Return the type of the item of a container at a position or key."""
    match widen(type_):
        case Tuple(items) | List(items=tuple() as items) if isinstance(key, int):
            return items[key]
        case Dict(entries=tuple() as entries) | Record(entries=entries):
            found: Type = next(type_ for name, type_ in entries if name == key)
            return found
        case _:
            return UNKNOWN


def is_same_shape(d: Type, value: Type) -> bool:
    """Tell whether a cotangent is known to have the shape and dtype of its value; of unknown types by their names."""
    d, value = widen(d), widen(value)
    if isinstance(value, Unknown):
        return d == value and value.like is not None
    return d == value


def positions(type_: Type) -> list[Any] | None:
    """Return the keys of the items of a container whose items are known one by one, else None."""
    match widen(type_):
        case Tuple(items) | List(items=tuple() as items):
            return list(range(len(items)))
        case Dict(entries=tuple() as entries) | Record(entries=entries):
            return [key for key, _ in entries]
        case _:
            return None


def all_known(*facts: object) -> bool:
    """Tell whether no fact is missing; by identity, for a dtype equals None where that stands for float64."""
    return all(fact is not None for fact in facts)


def argument_positions(call: Call, rule: Rule) -> list[int | None]:
    """Return, for each operand, which argument of the function it is; None for a keyword that the rule does not name.

    A rule's parameters are those of its function, after the cotangent and the result.
    """
    count = len(call.positional)
    positions: list[int | None] = list(range(count))
    if call.keywords:
        names = [one.name for one in rule.parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
        positions += [names.index(name) if name in names else None for name in call.keywords]
    return positions


def contribution(parts: Any, k: int) -> Any:
    """Return what a rule gives for the argument at a position: what is no tuple is for the first argument alone."""
    each = parts if isinstance(parts, tuple) else (parts,)
    return each[k] if k < len(each) else None
