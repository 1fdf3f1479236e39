"""Lowering tuples, lists and dicts as they are written, and what is read out of them by a key."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import gast
import numpy as np

from s2sad.analysis.operands import operand
from s2sad.frontend.collections import dict_of, entries_of, is_function, item_of, known_length, made, sequence_items
from s2sad.frontend.comprehensions import as_sequence
from s2sad.frontend.context import Binding, Context, expression
from s2sad.frontend.expressions import index, of_objects, tuple_of_values
from s2sad.frontend.index_tricks import trick
from s2sad.frontend.scope import Collection, Known, Made
from s2sad.frontend.sequences import as_list, counted
from s2sad.ir import primitives
from s2sad.ir.program import Form, Value
from s2sad.ir.types import List, Literal, Range, Tuple, TupleOf, Type

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
        items: Sequence[Binding] | None = counted(ctx, sequence)
        if items is None and known_length(sequence) is not None:
            items = sequence_items(ctx, sequence)
        if items is not None:
            parts[-1].extend(items)  # type: ignore[union-attr]
        else:
            parts += [_of_any_length(ctx, sequence, kind, item), []]
    if len(parts) == 1:
        assert isinstance(parts[0], list)
        return _of_items(ctx, parts[0], kind, node, hint)
    whole = [_as_value(ctx, part, kind, node) for part in parts if part != []]
    total = whole[0]
    for part in whole[1:]:
        total = _joined(ctx, total, part, kind)
    return total if len(whole) > 1 else index(ctx, total, ctx.builder.constant(slice(None)))


def _of_any_length(ctx: Context, sequence: Binding, kind: type, node: Any) -> Value:
    """Return what is unpacked as a list, or as a tuple of integers, whose length the program finds out."""
    if isinstance(sequence, Value) and isinstance(sequence.type, List | TupleOf | Range):
        if isinstance(sequence.type, List if kind is list else TupleOf):
            return sequence
        if kind is list:
            return as_list(ctx, sequence, node)
        joined = ctx.call(tuple, sequence, form=Form.BUILTIN, spelling="tuple")
        if isinstance(joined.type, TupleOf):
            return joined
    ctx.refuse("S2S121", "what is unpacked here has no known length", "index its items one by one", node)


def _as_value(ctx: Context, part: Value | list[Binding], kind: type, node: Any) -> Value:
    if isinstance(part, Value):
        return part
    items = [ctx.as_value(item, node) for item in part]
    return tuple_of_values(ctx, items) if kind is tuple else made(ctx, primitives.make_list, *items)


def _joined(ctx: Context, first: Value, second: Value, kind: type) -> Value:
    if kind is list:
        return made(ctx, primitives.concatenate_lists, first, second)
    return ctx.call(np.add, first, second, form=Form.OPERATOR)


def _of_items(ctx: Context, items: list[Binding], kind: type, node: Any, hint: str | None) -> Binding:
    if any(map(is_function, items)):
        return Collection(kind, tuple(items))
    values = [ctx.as_value(item, node) for item in items]
    ctx.hint = hint
    if sum(leaf_count(value.type) for value in values) > _MAX_LEAVES:
        ctx.refuse("S2S103", "a tuple or list of this size is not supported", "use an array", node)
    return tuple_of_values(ctx, values) if kind is tuple else ctx.call(primitives.make_list, *values)


def leaf_count(type_: Type) -> int:
    """Return how many values a tuple or list of known length holds, those of its items included."""
    match type_:
        case Tuple(items) | List(items=tuple() as items):
            return sum(map(leaf_count, items))
        case _:
            return 1


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
    if isinstance(node.value, gast.Attribute) and node.value.attr in ("r_", "c_"):
        joined = _joined_in_brackets(ctx, node)
        if joined is not None:
            return joined
    if isinstance(node.value, gast.Attribute) and node.value.attr == "flat":
        owner: Binding = made(ctx, np.ravel, ctx.value(node.value.value))
    else:
        owner = ctx.lower(node.value)
    if isinstance(owner, Collection):
        return item_of(ctx, owner, ctx.lower(node.slice), node)
    ctx.hint = hint
    made_by_trick = trick(ctx, owner, node)
    if made_by_trick is not None:
        return made_by_trick
    if isinstance(owner, Made):
        own = of_objects(ctx, operator.getitem, [owner, ctx.lower(node.slice)], node)
        if own is not None:
            return own
    whole = ctx.as_value(owner, node.value)
    at = ctx.value(node.slice)
    ctx.hint = hint
    return index(ctx, whole, at)


_WIDE = (np.dtype(float), np.dtype(int), np.dtype(bool))


def _joined_in_brackets(ctx: Context, node: Any) -> Binding | None:
    """Lower `np.r_[a, 1.0, 0:3]` and `np.c_[a, b]`: vectors and numbers in a row, and columns side by side."""
    owner = ctx.lower(node.value)
    if not isinstance(owner, Known) or (owner.value is not np.r_ and owner.value is not np.c_):
        return None
    hint, is_row = ctx.hint, owner.value is np.r_
    parts = [_row_part(ctx, one) for one in (node.slice.elts if isinstance(node.slice, gast.Tuple) else [node.slice])]
    seen = [operand(part.type) for part in parts]
    known = [one for one in seen if one is not None and one.rank in ((0, 1) if is_row else (1, 2))]
    # Python's numbers give way to the dtype of arrays here
    gives_way = any(one.weak for one in known) and any(one.strong not in _WIDE for one in known)
    if not parts or len(known) < len(parts) or gives_way:
        advice = "use np.concatenate, np.hstack or np.column_stack"
        ctx.refuse("S2S120", f"`np.{'r_' if is_row else 'c_'}` of these values is not supported", advice, node)
    ctx.hint = hint
    return ctx.call(np.hstack if is_row else np.column_stack, ctx.builder.call(primitives.make_list, *parts))


def _row_part(ctx: Context, node: Any) -> Value:
    if not isinstance(node, gast.Slice):
        return ctx.value(node)
    ends = [gast.Constant(0, None) if node.lower is None else node.lower, node.upper]
    if node.upper is None or (isinstance(node.step, gast.Constant) and isinstance(node.step.value, complex)):
        ctx.refuse("S2S120", "this range in `np.r_` is not supported", "use np.arange or np.linspace", node)
    steps = [] if node.step is None else [node.step]
    return made(ctx, np.arange, *(ctx.value(gast.copy_location(one, node)) for one in (*ends, *steps)))
