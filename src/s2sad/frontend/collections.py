"""Tuples, lists and dicts as they are put together, and those that hold functions, which exist while compiling only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from s2sad.frontend.context import Binding, Closure, Context
from s2sad.frontend.expressions import index, items_of
from s2sad.frontend.scope import Collection, Compound, Known, Made, UserFunction
from s2sad.ir import primitives
from s2sad.ir.program import Call, Value
from s2sad.ir.types import Dict, List, Literal, Tuple


@dataclass(frozen=True, slots=True, eq=False)
class Entries(Made):
    """What `items`, `keys` and `values` of a dict return: a view, which shows what the dict holds by now."""

    owner: Value | Collection
    kind: str
    description = "a view of a dict"

    def settled(self, ctx: Context) -> Entries:
        """Return the view of what the dict is by now."""
        return Entries(ctx.current(self.owner), self.kind) if isinstance(self.owner, Value) else self

    def entry(self, key: Value, item: Binding) -> Binding:
        """Return what there is for one key."""
        return {"keys": key, "values": item}.get(self.kind, Collection(tuple, (key, item)))

    def as_value(self, ctx: Context, node: Any) -> Value:
        """Return a tuple of what there is, which nobody may read once the dict has been given other items."""
        items = [ctx.as_value(as_plain(ctx, item, node), node) for item in sequence_items(ctx, self)]
        found = made(ctx, primitives.make_tuple, *items)
        root = ctx.memory.root(found)
        if root is not None and isinstance(self.owner, Value):
            ctx.memory.hold(root, self.owner)
        return found


def is_function(binding: Binding) -> bool:
    """Tell whether something is a function, or holds functions, so that it is no value of the program."""
    match binding:
        case Entries(owner=owner):
            return is_function(owner)
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


def as_plain(ctx: Context, binding: Binding, node: Any) -> Binding:
    """Return a tuple that was kept apart as a value, if it holds no function."""
    if isinstance(binding, Collection) and binding.kind is tuple:
        return tuple_of(ctx, [as_plain(ctx, item, node) for item in binding.items], node)
    return binding


def known_length(binding: Binding) -> int | None:
    """Return how many items something has whose items are known one by one; None for anything else."""
    match binding:
        case Entries(owner=owner):
            return known_length(owner)
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


def known_range(ctx: Context, binding: Binding) -> range | None:
    """Return a range between numbers that are known; None for anything else."""
    made = ctx.builder.definitions.get(binding) if isinstance(binding, Value) else None
    if not isinstance(made, Call) or made.function is not range:
        return None
    ends = [one.type.value for one in made.operands if isinstance(one.type, Literal) and type(one.type.value) is int]
    return None if len(ends) < len(made.operands) or ends[2:] == [0] else range(*ends)


def sequence_items(ctx: Context, binding: Binding) -> list[Binding]:
    """Return what iterating something gives for which `known_length` is not None."""
    match binding:
        case Entries():
            entries = entries_of(ctx, binding.owner) or {}
            return [binding.entry(ctx.builder.constant(key), item) for key, item in entries.items()]
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
    if not isinstance(known, Literal):
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
        case "items" | "keys" | "values", [] if isinstance(owner, Value | Collection):
            return Entries(owner, name)
        case "copy", []:
            return dict_of(ctx, entries, node)
        case "get", [Value(type=Literal(key)), *default] if len(default) <= 1:
            return entries.get(key, default[0] if default else ctx.builder.constant(None))
        case _:
            return None
