"""What comprehensions and iterators iterate: sequences, and `zip`, `enumerate` and `reversed` of them."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gast

from s2sad.frontend.collections import Entries, known_length, made, sequence_items
from s2sad.frontend.context import Binding, Context
from s2sad.frontend.prelude import placed
from s2sad.frontend.roots import Root
from s2sad.frontend.scope import Collection, Known
from s2sad.ir import primitives
from s2sad.ir.program import Value
from s2sad.ir.types import List, Literal


@dataclass(frozen=True, slots=True, eq=False)
class Iterated:
    """What a loop iterates, with its parts lowered.

    `kind` is "zip", "enumerate" or "reversed", whose `parts` are iterated too, or None for one sequence.
    """

    kind: str | None
    parts: tuple[Any, ...]
    strict: bool = False
    start: Value | None = None
    watched: Mapping[Root, Value | None] = field(default_factory=dict)
    """Memory that has been read ahead of time, and what it held then."""


def iterated(ctx: Context, node: Any) -> Iterated:
    """Lower the expression that a comprehension iterates."""
    return iterated_binding(ctx, ctx.lower(node), node)


def iterated_binding(ctx: Context, binding: Binding, node: Any) -> Iterated:
    """Return what iterating something means that has been lowered."""
    from s2sad.frontend.comprehensions import Deferred
    from s2sad.frontend.laziness import binding_of, container_roots

    if isinstance(binding, Deferred) and binding.is_bare:
        binding.moment.refuse_changed(ctx, container_roots(ctx, binding.first), node)
        return binding.first
    sequence, watched = binding_of(ctx, binding, node)
    return Iterated(None, (sequence,), watched=watched)


def iterated_builtin(
    ctx: Context, kind: str, args: Sequence[Binding], kwargs: Mapping[str, Binding], node: Any
) -> Iterated:
    """Return what iterating `zip`, `enumerate` or `reversed` of something means."""
    inner = tuple(iterated_binding(ctx, arg, node) for arg in (args if kind == "zip" else args[:1]))
    rest = [*(args[1:] if kind != "zip" else ()), *kwargs.values()]
    match kind, set(kwargs), rest:
        case "zip", names, _ if inner and names <= {"strict"}:
            strict = [ctx.as_value(one, node).type for one in rest]
            if all(isinstance(one, Literal) for one in strict):
                return Iterated(kind, inner, strict=any(one.value for one in strict if isinstance(one, Literal)))
        case "enumerate", names, _ if inner and len(rest) <= 1 and names <= {"start"}:
            start = ctx.as_value(rest[0], node) if rest else ctx.builder.constant(0)
            return Iterated(kind, inner, start=start)
        case "reversed", _, [] if inner:
            return Iterated(kind, inner)
    ctx.refuse("S2S134", f"`{kind}` does not take these arguments", "check the call", node)


def count(what: Iterated) -> int | None:
    """Return how many turns iterating something takes, where its items are known one by one."""
    if what.kind is None:
        return known_length(what.parts[0])
    if what.start is not None and not isinstance(what.start.type, Literal):
        return None
    counts = [count(part) for part in what.parts]
    known = [one for one in counts if one is not None]
    return min(known) if len(known) == len(counts) else None


def turns(ctx: Context, what: Iterated, node: Any) -> list[Any]:
    """Return expressions of the items of what has a `count`: to be lowered turn by turn, as stores may change them."""
    return [placed(one, node) for one in _turns(ctx, what, node)]


def _turns(ctx: Context, what: Iterated, node: Any) -> list[Any]:
    if what.kind is None:
        return _items_in_turn(ctx, what.parts[0])
    parts = [_turns(ctx, part, node) for part in what.parts]
    match what.kind:
        case "reversed":
            return parts[0][::-1]
        case "enumerate":
            assert what.start is not None and isinstance(what.start.type, Literal)
            counter = range(what.start.type.value, what.start.type.value + len(parts[0]))
            parts.insert(0, [gast.Constant(number, None) for number in counter])
    if what.strict and len({*map(len, parts)}) > 1:
        ctx.refuse("S2S134", "the sequences of this strict `zip` have different lengths", "check them", node)
    return [gast.Tuple(list(items), gast.Load()) for items in zip(*parts, strict=False)]


def _items_in_turn(ctx: Context, sequence: Binding) -> list[Any]:
    match sequence:
        case Entries(owner=owner, kind=kind):
            entries = _hidden(ctx, owner)
            keys = [_hidden(ctx, key) for key in sequence_items(ctx, Entries(owner, "keys"))]
            values = [gast.Subscript(entries, key, gast.Load()) for key in keys]
            pairs = [gast.Tuple(list(pair), gast.Load()) for pair in zip(keys, values, strict=True)]
            return {"keys": keys, "values": values}.get(kind, pairs)
        case Value(type=List(items=tuple() as items)):
            owner = _hidden(ctx, sequence)
            return [gast.Subscript(owner, gast.Constant(k, None), gast.Load()) for k in range(len(items))]
        case _:
            return [_kept(ctx, item) for item in sequence_items(ctx, sequence)]


def _hidden(ctx: Context, binding: Binding) -> gast.Name:
    """Bind a variable that no text can name, and return an expression that reads it."""
    name = f"item {len(ctx.frame.env)}"
    ctx.bind(name, binding)
    return name_node(name)


def _kept(ctx: Context, item: Binding) -> Any:
    """Return an expression that reads an item, out of hidden variables."""
    if isinstance(item, Collection) and item.kind is tuple:
        return gast.Tuple([_kept(ctx, one) for one in item.items], gast.Load())
    return _hidden(ctx, item)


def lower_turn(ctx: Context, expression: Any) -> Binding:
    """Lower one of `turns`; a tuple stays apart."""
    if isinstance(expression, gast.Tuple):
        return Collection(tuple, tuple(lower_turn(ctx, item) for item in expression.elts))
    return ctx.lower(expression)


def loop_expression(what: Iterated, env: dict[str, Binding], node: Any) -> Any:
    """Return an expression that iterates it; variables of `env` that no text can name hold what has been lowered."""

    def hidden(binding: Binding) -> gast.Name:
        name = f"part {len(env)}"
        env[name] = binding
        return name_node(name)

    def built(one: Iterated) -> Any:
        if one.kind is None:
            return hidden(one.parts[0])
        args = [built(part) for part in one.parts]
        if one.start is not None:
            args.append(hidden(one.start))
        strict = [gast.keyword("strict", gast.Constant(True, None))] if one.strict else []
        return gast.Call(hidden(Known(getattr(builtins, one.kind))), args, strict)

    return placed(built(what), node)


def name_node(name: str, store: bool = False) -> gast.Name:
    """Return the node of a variable."""
    return gast.Name(name, gast.Store() if store else gast.Load(), None, None)


def bind_target(ctx: Context, target: Any, binding: Binding) -> None:
    """Bind the target of a loop to one item."""
    from s2sad.frontend.statements import destructure

    if isinstance(target, gast.Tuple | gast.List) and isinstance(binding, Collection):
        if len(target.elts) != len(binding.items) or any(isinstance(one, gast.Starred) for one in target.elts):
            message = f"{len(binding.items)} values are unpacked into {len(target.elts)} names"
            ctx.refuse("S2S106", message, "match their numbers", target)
        for one, item in zip(target.elts, binding.items, strict=True):
            bind_target(ctx, one, item)
    elif isinstance(binding, Collection) and all(isinstance(item, Value) for item in binding.items):
        destructure(ctx, target, made(ctx, primitives.make_tuple, *binding.items))
    else:
        destructure(ctx, target, binding)


def item_pattern(what: Iterated, store: bool, prefix: str = "item") -> Any:
    """Return the expression that an item of something has, made of variables; with `store`, the target of a loop."""
    if what.kind is None:
        return name_node(prefix, store)
    if what.kind == "reversed":
        return item_pattern(what.parts[0], store, prefix)
    parts = [item_pattern(part, store, f"{prefix}_{k}") for k, part in enumerate(what.parts)]
    if what.kind == "enumerate":
        parts = [name_node(f"{prefix}_number", store), *parts]
    return gast.Tuple(parts, gast.Store() if store else gast.Load())
