"""Lowering `for` loops: what they iterate, what they carry, and the types of both at the fixpoint."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from s2sad.frontend.calls import is_builtin_name
from s2sad.frontend.context import Binding, Context, statement
from s2sad.frontend.ownership import is_fresh
from s2sad.frontend.statements import destructure, run_block, sorted_by_binding, unbound_value
from s2sad.ir.dims import Dim, fresh
from s2sad.ir.program import Form, Source, Value
from s2sad.ir.types import (
    INT,
    UNDEFINED,
    UNKNOWN,
    Array,
    List,
    Literal,
    Range,
    Tuple,
    Type,
    Unknown,
    instantiate,
    join,
    map_dims,
    widen,
)

_MAX_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Iteration:
    """What a loop iterates: sources, the type of an item of each, and how the items make the loop's item."""

    sources: tuple[Source, ...]
    types: tuple[Type, ...]
    assemble: Callable[[Context, Any, list[Value]], None]
    """Binds the loop's target, given the target and one item of each source."""
    strict: bool = True


@statement(gast.For)
def _for(ctx: Context, node: gast.For) -> None:
    if node.orelse:
        ctx.refuse("S2S109", "`else` of a loop is not supported", "put it after the loop", node)
    iteration = _iterate(ctx, node.iter, node.target)
    names = sorted_by_binding(node)
    before = {name: ctx.frame.env.get(name) for name in names}
    carried = [name for name in names if before[name] is None or _can_be_carried(before[name])]
    initial = tuple(_initial(ctx, before[name], node) for name in carried)
    types = [
        UNDEFINED if before[name] is None else widen_number(value.type)
        for name, value in zip(carried, initial, strict=True)
    ]
    loose: set[Dim] = set()
    for _ in range(_MAX_ROUNDS):
        params, values, body = _trial(ctx, node, iteration, carried, initial, types)
        joined = [join(type_, value.type, loose) for type_, value in zip(types, values, strict=True)]
        if joined == types:
            break
        types = joined
    else:
        types = [UNKNOWN] * len(types)
        params, values, body = _trial(ctx, node, iteration, carried, initial, types)
    is_top = ctx.frame.depth == 0
    # a length that differs from trip to trip is another one after the loop
    after = {dim: fresh() for dim in loose}
    results = tuple(
        Value(map_dims(type_, lambda dim: after.get(dim, dim)), name, is_top)
        for name, type_ in zip(carried, types, strict=True)
    )
    _note_unbound(ctx, iteration, zip(initial, params[len(iteration.types) :], values, results, strict=True))
    ctx.builder.scan(iteration.sources, initial, body.region(params, tuple(values)), results, iteration.strict)
    for name, result in zip(carried, results, strict=True):
        ctx.bind(name, result)


def _initial(ctx: Context, binding: Binding | None, node: Any) -> Value:
    return unbound_value(ctx) if binding is None else ctx.as_value(binding, node)


def _note_unbound(ctx: Context, iteration: Iteration, carried: Iterable[tuple[Value, Value, Value, Value]]) -> None:
    """Note which variables may not be bound after a loop, and check what the body took for granted."""
    runs = any(is_nonempty(source.value) for source in iteration.sources) and len(iteration.sources) == 1
    for start, param, value, result in carried:
        # bound only on some paths of the body, or only by a trip that may not take place
        in_trip = value is param or value in ctx.unbound
        if (param in ctx.unbound and (in_trip or not runs)) or (start not in ctx.unbound and value in ctx.unbound):
            ctx.unbound.add(result)
        if param in ctx.relied and not (value is param or is_fresh(ctx, value)):
            name = param.hint or "the variable"
            message = f"augmented assignment changes the array {name!r} in place, which others may hold"
            ctx.refuse("S2S140", message, "write it as `a = a + b`, which makes a new array", ctx.relied[param])
        if param in ctx.owned and is_fresh(ctx, value):
            ctx.owned.add(result)
            if param in ctx.numbers and value in ctx.numbers:
                ctx.numbers.add(result)


def _is_number(value: Value) -> bool:
    return isinstance(value.type, Literal) and isinstance(value.type.value, int | float | complex)


def is_nonempty(value: Value) -> bool:
    """Tell whether a sequence is known to have an item."""
    match value.type:
        case Range(int() as length):
            return length > 0
        case Literal(tuple() | range() as known):
            return len(known) > 0
        case Tuple(items) | List(items=tuple() as items):
            return len(items) > 0
        case Array(shape=tuple() as shape) if shape and isinstance(shape[0], int):
            return shape[0] > 0
        case _:
            return False


def widen_number(type_: Type) -> Type:
    """Forget the value of a number that a loop may change; other literals stay."""
    return widen(type_) if isinstance(type_, Literal) and isinstance(type_.value, int | float | complex) else type_


def _can_be_carried(binding: Binding | None) -> bool:
    from s2sad.frontend.context import BINDING_CLASSES

    return isinstance(binding, BINDING_CLASSES)


def _trial(
    ctx: Context,
    node: gast.For,
    iteration: Iteration,
    carried: list[str],
    initial: tuple[Value, ...],
    types: list[Type],
) -> tuple[tuple[Value, ...], list[Value], Any]:
    """Lower the body once, for carried variables of the given types."""
    is_top = ctx.frame.depth == 0
    with ctx.region() as inner:
        items = _items(node.target, iteration, is_top)
        params = [Value(type_, name, is_top) for name, type_ in zip(carried, types, strict=True)]
        for name, param, start in zip(carried, params, initial, strict=True):
            if ctx.frame.env.get(name) is None or start in ctx.unbound:
                ctx.unbound.add(param)
            elif (start in ctx.owned or is_fresh(ctx, start)) and not any(s.value is start for s in iteration.sources):
                ctx.owned.add(param)
                if start in ctx.numbers or _is_number(start):
                    ctx.numbers.add(param)
        for name, param in zip(carried, params, strict=True):
            ctx.bind(name, param)
        iteration.assemble(ctx, node.target, items)
        run_block(ctx, node.body)
        values = [ctx.as_value(ctx.frame.env[name], node) for name in carried]
    return (*items, *params), values, inner


def _items(target: Any, iteration: Iteration, is_top: bool) -> list[Value]:
    names: list[str | None] = [None] * len(iteration.types)
    if len(names) == 1 and isinstance(target, gast.Name):
        names = [target.id]
    if len(names) > 1 and isinstance(target, gast.Tuple) and len(target.elts) == len(names):
        names = [item.id if isinstance(item, gast.Name) else None for item in target.elts]
    pairs = zip(iteration.types, names, strict=True)
    return [Value(instantiate(type_), name, is_top and name is not None) for type_, name in pairs]


# -- what is iterated -------------------------------------------------------------------------------------------------


def _iterate(ctx: Context, node: Any, target: Any) -> Iteration:
    """Lower the expression that a loop iterates."""
    if isinstance(node, gast.Call) and not any(isinstance(arg, gast.Starred) for arg in node.args):
        callee = ctx.lower(node.func) if isinstance(node.func, gast.Name) else None
        for name, handler in _ITERATORS.items():
            if callee is not None and is_builtin_name(callee, name):
                return handler(ctx, node, target)
    value = ctx.value(node)
    return _over(ctx, value, node)


def _bind_one(ctx: Context, target: Any, items: list[Value]) -> None:
    destructure(ctx, target, items[0])


def _over(ctx: Context, value: Value, node: Any, backwards: bool = False) -> Iteration:
    """Iterate one value."""
    if isinstance(value.type, Literal) and isinstance(value.type.value, str):
        ctx.refuse("S2S150", "a loop over a string is not supported", "loop over a range", node)
    item = _item_type(value.type)
    if item is None:
        advice = "loop over a range, a list, a tuple or an array"
        ctx.refuse("S2S150", f"a loop over {value.type} is not supported", advice, node)
    return Iteration((Source(value, backwards),), (item,), _bind_one)


def _item_type(type_: Type) -> Type | None:
    match widen(type_):
        case Range():
            return INT
        case List(item):
            return UNKNOWN if item == UNDEFINED else item
        case Tuple(items):
            result: Type = items[0] if items else UNKNOWN
            for item in items[1:]:
                result = join(result, item)
            return result
        case Array(dtype, shape) if shape != ():
            rest = None if shape is None else shape[1:]
            return Array(dtype, rest, scalar=rest == ()) if rest is not None else UNKNOWN
        case Unknown():
            return UNKNOWN
        case _:
            return None


def _range(ctx: Context, node: gast.Call, target: Any) -> Iteration:
    args = [ctx.value(arg) for arg in node.args]
    if node.keywords or not 1 <= len(args) <= 3:
        ctx.refuse("S2S134", "`range` takes one to three positional arguments", "check the call", node)
    return _over(ctx, ctx.builder.call(range, *args, form=Form.BUILTIN, spelling="range"), node)


def _reversed(ctx: Context, node: gast.Call, target: Any) -> Iteration:
    if node.keywords or len(node.args) != 1:
        ctx.refuse("S2S134", "`reversed` takes one argument", "check the call", node)
    inner = _iterate(ctx, node.args[0], target)
    if len(inner.sources) != 1 or inner.assemble is not _bind_one:
        ctx.refuse("S2S150", "`reversed` of this is not supported", "reverse its parts", node)
    (source,) = inner.sources
    return Iteration((Source(source.value, not source.backwards),), inner.types, _bind_one)


def _enumerate(ctx: Context, node: gast.Call, target: Any) -> Iteration:
    starts = [*node.args[1:], *(keyword.value for keyword in node.keywords if keyword.arg == "start")]
    if (
        not node.args
        or len(node.args) + len(node.keywords) > 2
        or len(starts) != len(node.args) + len(node.keywords) - 1
    ):
        ctx.refuse("S2S134", "`enumerate` takes a sequence and a start", "check the call", node)
    inner = _iterate(ctx, node.args[0], target)
    start = ctx.value(starts[0]) if starts else ctx.builder.constant(0)
    length = ctx.builder.call(len, inner.sources[0].value, form=Form.BUILTIN, spelling="len")
    if start.type == Literal(0):
        counter = ctx.builder.call(range, length, form=Form.BUILTIN, spelling="range")
    else:
        stop = ctx.builder.call(np.add, start, length, form=Form.OPERATOR)
        counter = ctx.builder.call(range, start, stop, form=Form.BUILTIN, spelling="range")

    def assemble(ctx: Context, target: Any, items: list[Value]) -> None:
        if not isinstance(target, gast.Tuple | gast.List) or len(target.elts) != 2:
            ctx.refuse(
                "S2S106", "the pairs of `enumerate` must be unpacked", "write `for i, x in enumerate(…)`", target
            )
        destructure(ctx, target.elts[0], items[0])
        inner.assemble(ctx, target.elts[1], items[1:])

    return Iteration((Source(counter), *inner.sources), (INT, *inner.types), assemble, inner.strict)


def _zip(ctx: Context, node: gast.Call, target: Any) -> Iteration:
    strict = any(keyword.arg == "strict" and _is_true(keyword.value) for keyword in node.keywords)
    if not node.args or any(keyword.arg != "strict" for keyword in node.keywords):
        ctx.refuse("S2S134", "`zip` takes sequences and `strict`", "check the call", node)
    inner = [_iterate(ctx, arg, target) for arg in node.args]
    sources = tuple(source for one in inner for source in one.sources)

    def assemble(ctx: Context, target: Any, items: list[Value]) -> None:
        if not isinstance(target, gast.Tuple | gast.List) or len(target.elts) != len(inner):
            ctx.refuse("S2S106", "the tuples of `zip` must be unpacked", "write `for a, b in zip(…)`", target)
        start = 0
        for one, part in zip(inner, target.elts, strict=True):
            one.assemble(ctx, part, items[start : start + len(one.sources)])
            start += len(one.sources)

    types = tuple(type_ for one in inner for type_ in one.types)
    known = strict or len(sources) == 1 or _same_length([source.value.type for source in sources])
    return Iteration(sources, types, assemble, known and all(one.strict for one in inner))


def _is_true(node: Any) -> bool:
    return isinstance(node, gast.Constant) and node.value is True


def _same_length(types: list[Type]) -> bool:
    """Tell whether sequences are known to have one length."""
    lengths: list[Any] = []
    for type_ in map(widen, types):
        match type_:
            case Array(shape=tuple() as shape) if shape:
                lengths.append(shape[0])
            case Range(length) if length is not None:
                lengths.append(length)
            case Tuple(items) | List(items=tuple() as items):
                lengths.append(len(items))
            case _:
                return False
    return all(map(operator.eq, lengths, lengths[1:]))


_ITERATORS: dict[str, Callable[[Context, gast.Call, Any], Iteration]] = {
    "range": _range,
    "reversed": _reversed,
    "enumerate": _enumerate,
    "zip": _zip,
}
