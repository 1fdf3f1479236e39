"""Tuples, lists and dicts as they are put together, and those that hold functions, which exist while compiling only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from s2sad.frontend.context import Binding, Closure, Context
from s2sad.frontend.expressions import index, items_of
from s2sad.frontend.scope import Collection, Compound, Known, UserFunction
from s2sad.ir import primitives
from s2sad.ir.program import Value
from s2sad.ir.types import Dict, List, Literal, Tuple


def is_function(binding: Binding) -> bool:
    """Tell whether something is a function, or holds functions, so that it is no value of the program."""
    match binding:
        case UserFunction() | Closure() | Compound():
            return True
        case Known(value):
            return callable(value) and not isinstance(value, type)
        case _:
            return False


def made(ctx: Context, function: Callable[..., Any], *operands: Value) -> Value:
    """Append a call whose result is not the value that the variable at hand will be bound to."""
    hint, ctx.hint = ctx.hint, None
    try:
        return ctx.call(function, *operands)
    finally:
        ctx.hint = hint


def tuple_of(ctx: Context, items: Sequence[Binding], node: Any) -> Binding:
    """Return a tuple of bindings."""
    if any(map(is_function, items)):
        return Collection(tuple, tuple(items))
    return made(ctx, primitives.make_tuple, *(ctx.as_value(item, node) for item in items))


def dict_of(ctx: Context, items: Mapping[Any, Binding], node: Any) -> Binding:
    """Return a dict of bindings."""
    if any(map(is_function, items.values())):
        return Collection(dict, tuple(items.values()), tuple(items))
    values = [ctx.as_value(item, node) for item in items.values()]
    return ctx.call(primitives.make_dict, ctx.builder.constant(tuple(items)), *values)


def entries_of(ctx: Context, binding: Binding) -> dict[Any, Binding] | None:
    """Take a dict apart whose keys are known; None for anything else."""
    match binding:
        case Collection(keys=tuple() as keys, items=items):
            return dict(zip(keys, items, strict=True))
        case Value() as value:
            value = ctx.current(value)
            if not isinstance(value.type, Dict) or value.type.entries is None:
                return None
            return {key: index(ctx, value, ctx.builder.constant(key)) for key, _ in value.type.entries}
        case _:
            return None


def known_length(binding: Binding) -> int | None:
    """Return how many items something has whose items are known one by one; None for anything else."""
    match binding:
        case Collection(items=items):
            return len(items)
        case Value(type=Tuple(items) | List(items=tuple() as items)):
            return len(items)
        case Value(type=Literal(tuple() as items)):
            return len(items)
        case Value(type=Dict(entries=tuple() as entries)):
            return len(entries)
        case _:
            return None


def sequence_items(ctx: Context, binding: Binding) -> list[Binding]:
    """Return what iterating something gives for which `known_length` is not None."""
    match binding:
        case Collection(keys=None, items=items):
            return list(items)
        case Collection(keys=keys):
            return [ctx.builder.constant(key) for key in keys or ()]
        case Value(type=Dict(entries=tuple() as entries)):
            return [ctx.builder.constant(key) for key, _ in entries]
        case Value(type=List(items=tuple() as items)) as value:
            return [index(ctx, value, ctx.builder.constant(k)) for k in range(len(items))]
        case Value() as value:
            return list(items_of(ctx, value))
        case _:
            raise AssertionError("the items of this are not known")


def item_of(ctx: Context, owner: Collection, key: Binding, node: Any) -> Binding:
    """Lower `owner[key]` for a container that holds functions."""
    known = key.type if isinstance(key, Value) else None
    if not isinstance(known, Literal) or not isinstance(known.value, int | str | slice):
        message = "which function is meant here is known only when the program runs"
        ctx.refuse("S2S117", message, "choose with an `if` that calls the functions one by one", node)
    if isinstance(known.value, slice) and owner.keys is None:
        return Collection(owner.kind, owner.items[known.value])
    position = owner.position(known.value)
    if position is None:
        ctx.refuse("S2S117", f"there is no item {known.value!r} here", "check the key", node)
    found: Binding = owner.items[position]
    return found


def is_dict(binding: Binding) -> bool:
    """Tell whether something is a dict whose keys are known."""
    match binding:
        case Collection(keys=tuple()):
            return True
        case Value(type=Dict(entries=tuple())):
            return True
        case _:
            return False


def dict_method(ctx: Context, owner: Binding, name: str, args: Iterable[Binding], node: Any) -> Binding | None:
    """Lower a method of a dict whose keys are known; None for a method that is not one of those for reading."""
    entries, given = entries_of(ctx, owner), list(args)
    assert entries is not None
    match name, given:
        case "items", []:
            pairs = [Collection(tuple, (ctx.builder.constant(key), item)) for key, item in entries.items()]
            return Collection(tuple, tuple(pairs))
        case "keys", []:
            return ctx.builder.constant(tuple(entries))
        case "values", []:
            return tuple_of(ctx, list(entries.values()), node)
        case "copy", []:
            return dict_of(ctx, entries, node)
        case "get", [Value(type=Literal(key)), *default] if len(default) <= 1:
            return entries.get(key, default[0] if default else ctx.builder.constant(None))
        case _:
            return None
