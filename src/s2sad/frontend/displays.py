"""Lowering tuples, lists and dicts as they are written, and what is read out of them by a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from s2sad.frontend.collections import dict_of, entries_of, is_function, item_of, known_length, made, sequence_items
from s2sad.frontend.comprehensions import as_sequence
from s2sad.frontend.context import Binding, Context, expression
from s2sad.frontend.expressions import index
from s2sad.frontend.scope import Collection, Known
from s2sad.ir import primitives
from s2sad.ir.program import Value
from s2sad.ir.types import List, Literal, Tuple, Type

_MAX_LEAVES = 10_000


@expression(gast.Tuple)
def _tuple(ctx: Context, node: gast.Tuple) -> Binding:
    return _display(ctx, node, tuple)


@expression(gast.List)
def _list(ctx: Context, node: gast.List) -> Binding:
    return _display(ctx, node, list)


def _display(ctx: Context, node: Any, kind: type) -> Binding:
    """Lower `(a, b)` or `[a, b]`: what is unpacked in it is taken apart, and lists of any length are joined."""
    hint = ctx.hint
    parts: list[Value | list[Binding]] = [[]]
    for item in node.elts:
        if not isinstance(item, gast.Starred):
            parts[-1].append(ctx.lower(item))  # type: ignore[union-attr]
            continue
        sequence = as_sequence(ctx, ctx.lower(item.value), item.value)
        if known_length(sequence) is not None:
            parts[-1].extend(sequence_items(ctx, sequence))  # type: ignore[union-attr]
        elif kind is list and isinstance(sequence, Value) and isinstance(sequence.type, List):
            parts += [sequence, []]
        else:
            ctx.refuse("S2S121", "what is unpacked here has no known length", "index its items one by one", item)
    if len(parts) == 1:
        assert isinstance(parts[0], list)
        return _of_items(ctx, parts[0], kind, node, hint)
    lists = [_as_list(ctx, part, node) for part in parts if part != []]
    total = lists[0]
    for part in lists[1:]:
        total = made(ctx, primitives.concatenate_lists, total, part)
    return total if len(lists) > 1 else index(ctx, total, ctx.builder.constant(slice(None)))


def _as_list(ctx: Context, part: Value | list[Binding], node: Any) -> Value:
    if isinstance(part, Value):
        return part
    return made(ctx, primitives.make_list, *(ctx.as_value(item, node) for item in part))


def _of_items(ctx: Context, items: list[Binding], kind: type, node: Any, hint: str | None) -> Binding:
    if any(map(is_function, items)):
        return Collection(kind, tuple(items))
    values = [ctx.as_value(item, node) for item in items]
    if kind is tuple and all(_is_plain(value.type) for value in values):
        known = tuple(value.type.value for value in values)  # type: ignore[union-attr]
        return ctx.builder.constant(known, hint=hint)
    if sum(leaf_count(value.type) for value in values) > _MAX_LEAVES:
        ctx.refuse("S2S103", "a tuple or list of this size is not supported", "use an array", node)
    ctx.hint = hint
    function: Callable[..., Any] = primitives.make_tuple if kind is tuple else primitives.make_list
    return ctx.call(function, *values)


def leaf_count(type_: Type) -> int:
    """Return how many values a tuple or list of known length holds, those of its items included."""
    match type_:
        case Tuple(items) | List(items=tuple() as items):
            return sum(map(leaf_count, items))
        case _:
            return 1


def _is_plain(type_: Type) -> bool:
    """Tell whether a literal may be part of a literal tuple: what indices and axes are made of."""
    return isinstance(type_, Literal) and isinstance(type_.value, int | str | slice | None | type(Ellipsis) | tuple)


@expression(gast.Dict)
def _dict(ctx: Context, node: gast.Dict) -> Binding:
    hint = ctx.hint
    items: dict[Any, Binding] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            options = ctx.lower(value)
            entries = entries_of(ctx, ctx.as_value(options, value) if isinstance(options, Known) else options)
            if entries is None:
                ctx.refuse("S2S122", "the keys of what is unpacked are not known", "spell the keys out", value)
            items |= entries
            continue
        known = ctx.value(key).type
        if not isinstance(known, Literal):
            ctx.refuse("S2S122", "a dict with keys that are not constants is not supported", "spell the keys out", node)
        items[known.value] = ctx.lower(value)
    ctx.hint = hint
    return dict_of(ctx, items, node)


@expression(gast.Subscript)
def _subscript(ctx: Context, node: gast.Subscript) -> Binding:
    hint = ctx.hint
    if isinstance(node.value, gast.Attribute) and node.value.attr == "flat":
        owner: Binding = made(ctx, np.ravel, ctx.value(node.value.value))
    else:
        owner = ctx.lower(node.value)
    if isinstance(owner, Collection):
        return item_of(ctx, owner, ctx.lower(node.slice), node)
    whole = ctx.as_value(owner, node.value)
    at = ctx.value(node.slice)
    ctx.hint = hint
    return index(ctx, whole, at)
