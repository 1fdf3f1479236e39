"""Lowering `tuple(…)` and `list(…)`: what is iterated becomes a tuple or a list, item by item or in a loop."""

from __future__ import annotations

from typing import Any

from s2sad.frontend.collections import known_length, known_range, sequence_items, tuple_of
from s2sad.frontend.comprehensions import Deferred, as_sequence, collected, deferred_items
from s2sad.frontend.context import Binding, Context
from s2sad.frontend.expressions import index, tuple_of_values
from s2sad.frontend.handlers import Arguments, Keywords, handles
from s2sad.frontend.iterated import Iterated
from s2sad.frontend.scope import Collection
from s2sad.ir import primitives
from s2sad.ir.program import Form, Value
from s2sad.ir.types import Array, List, Literal, Range, Tuple, TupleOf, Unknown, widen

_MAX_COUNTED = 64


@handles(tuple)
def _to_tuple(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    hint = ctx.hint
    if not args:
        return ctx.builder.constant((), hint=hint)
    sequence = as_sequence(ctx, args[0], node)
    ctx.hint = hint
    if isinstance(sequence, Value) and isinstance(sequence.type, Tuple | TupleOf | Literal):
        return sequence
    items = counted(ctx, sequence)
    if items is not None:
        return tuple_of_values(ctx, items)
    if known_length(sequence) is not None:
        return tuple_of(ctx, sequence_items(ctx, sequence), node)
    value = ctx.as_value(sequence, node)
    if not isinstance(value.type, Range):
        value = _listed(ctx, value, node)
    return ctx.call(tuple, value, form=Form.BUILTIN, spelling="tuple")


@handles(list)
def _to_list(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    hint = ctx.hint
    if not args:
        return ctx.call(primitives.make_list)
    if isinstance(args[0], Deferred):
        return collected(ctx, args[0], hint)
    if isinstance(args[0], Collection):
        return Collection(list, tuple(sequence_items(ctx, args[0])))
    value = ctx.as_value(args[0], node)
    ctx.hint = hint
    return as_list(ctx, value, node)


def as_list(ctx: Context, value: Value, node: Any) -> Value:
    """Return the items of a sequence as a list of its own."""
    if isinstance(value.type, List):
        return index(ctx, value, ctx.builder.constant(slice(None)))
    items = counted(ctx, value)
    if items is None and known_length(value) is not None:
        items = [ctx.as_value(item, node) for item in sequence_items(ctx, value)]
    return _listed(ctx, value, node) if items is None else ctx.call(primitives.make_list, *items)


def counted(ctx: Context, sequence: Binding) -> list[Value] | None:
    """Return the items of a short range between numbers that are known; None for anything else."""
    numbers = known_range(ctx, sequence)
    return None if numbers is None or len(numbers) > _MAX_COUNTED else list(map(ctx.builder.constant, numbers))


def _listed(ctx: Context, value: Value, node: Any) -> Value:
    """Return the items of a sequence as a list."""
    if isinstance(value.type, List):
        return value
    if not isinstance(widen(value.type), Range | Array | Unknown):
        ctx.refuse("S2S200", f"a list of the items of {value.type} is not supported", "spell the items out", node)
    return ctx.as_value(collected(ctx, deferred_items(ctx, Iterated(None, (value,)), node), ctx.hint), node)
