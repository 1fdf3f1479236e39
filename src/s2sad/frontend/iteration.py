"""What a loop iterates: ranges, sequences and arrays, in step, backwards and counted."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import gast
import numpy as np

from s2sad.frontend.calls import is_builtin_name
from s2sad.frontend.context import Context
from s2sad.frontend.expressions import index
from s2sad.frontend.roots import Root
from s2sad.frontend.statements import destructure
from s2sad.ir.dims import fresh
from s2sad.ir.program import Form, Source, Value
from s2sad.ir.types import (
    INT,
    UNDEFINED,
    UNKNOWN,
    Array,
    List,
    Literal,
    Range,
    Scalar,
    Tuple,
    TupleOf,
    Type,
    Unknown,
    join,
    widen,
)


@dataclass(frozen=True, slots=True)
class Iteration:
    """What a loop iterates: sources, the type of an item of each, and how the items make the loop's item."""

    sources: tuple[Source, ...]
    types: tuple[Type, ...]
    assemble: Callable[[Context, Any, list[Value]], None]
    """Binds the loop's target, given the target and one item of each source."""
    strict: bool = True
    indexed: Mapping[int, Value] = field(default_factory=dict)
    """The sequences of which sources are the positions; any other source is itself what is gone through."""
    watched: tuple[Root, ...] = ()
    """What has been read ahead of time, which trips may not store into."""

    @property
    def sequences(self) -> list[Value]:
        """What the loop goes through."""
        return [self.indexed.get(k, source.value) for k, source in enumerate(self.sources)]

    def rows(self) -> set[int]:
        """Return the sources that are arrays, whose rows could be read by index instead."""
        return {k for k, source in enumerate(self.sources) if isinstance(widen(source.value.type), Array)}

    def item_names(self, target: Any) -> list[str | None]:
        """Return what to call one item of each source, given the loop's target."""
        names: list[str | None] = [None] * len(self.sources)
        if len(names) == 1 and isinstance(target, gast.Name):
            names = [target.id]
        if len(names) > 1 and isinstance(target, gast.Tuple) and len(target.elts) == len(names):
            names = [item.id if isinstance(item, gast.Name) else None for item in target.elts]
        return ["k" if k in self.indexed else name for k, name in enumerate(names)]


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


def iterate(ctx: Context, node: Any, target: Any) -> Iteration:
    """Lower the expression that a loop iterates."""
    if isinstance(node, gast.Call) and not any(isinstance(arg, gast.Starred) for arg in node.args):
        callee = ctx.lower(node.func) if isinstance(node.func, gast.Name) else None
        for name, handler in _ITERATORS.items():
            if callee is not None and is_builtin_name(callee, name):
                return handler(ctx, node, target)
    from s2sad.frontend.laziness import binding_of

    sequence, watched = binding_of(ctx, ctx.lower(node), node)
    return replace(_over(ctx, ctx.as_value(sequence, node), node), watched=tuple(watched))


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


def by_index(ctx: Context, iteration: Iteration, taken: set[int]) -> Iteration:
    """Iterate positions of some sources, whose items must be read when reached: they are stored into meanwhile."""
    sources, types, sequences = list(iteration.sources), list(iteration.types), iteration.sequences
    for k in taken:
        display = ctx.memory.display(sequences[k])
        if display is None:
            length = ctx.builder.call(len, sequences[k], form=Form.BUILTIN, spelling="len")
        else:
            length = ctx.builder.constant(len(display.operands))
        positions = ctx.builder.call(range, length, form=Form.BUILTIN, spelling="range")
        sources[k], types[k] = Source(positions, sources[k].backwards), Scalar("int", fresh())

    def assemble(ctx: Context, target: Any, items: list[Value]) -> None:
        given = list(items)
        for k in taken:
            ctx.hint = target.id if isinstance(target, gast.Name) else None
            given[k] = index(ctx, ctx.current(sequences[k]), items[k])
        iteration.assemble(ctx, target, given)

    indexed = {**iteration.indexed, **{k: sequences[k] for k in taken}}
    return Iteration(tuple(sources), tuple(types), assemble, iteration.strict, indexed, iteration.watched)


def _item_type(type_: Type) -> Type | None:
    match widen(type_):
        case Range(natural=natural):
            return Scalar("int", fresh()) if natural else INT
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
        case TupleOf(item=item):
            return item  # type: ignore[no-any-return]
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
    inner = iterate(ctx, node.args[0], target)
    if len(inner.sources) != 1 or inner.assemble is not _bind_one:
        ctx.refuse("S2S150", "`reversed` of this is not supported", "reverse its parts", node)
    (source,) = inner.sources
    turned = (Source(source.value, not source.backwards),)
    return Iteration(turned, inner.types, _bind_one, watched=inner.watched)


def _enumerate(ctx: Context, node: gast.Call, target: Any) -> Iteration:
    starts = [*node.args[1:], *(keyword.value for keyword in node.keywords if keyword.arg == "start")]
    if (
        not node.args
        or len(node.args) + len(node.keywords) > 2
        or len(starts) != len(node.args) + len(node.keywords) - 1
    ):
        ctx.refuse("S2S134", "`enumerate` takes a sequence and a start", "check the call", node)
    inner = iterate(ctx, node.args[0], target)
    start = ctx.value(starts[0]) if starts else ctx.builder.constant(0)
    length = ctx.builder.call(len, inner.sources[0].value, form=Form.BUILTIN, spelling="len")
    if start.type == Literal(0):
        counter = ctx.builder.call(range, length, form=Form.BUILTIN, spelling="range")
    else:
        stop = ctx.builder.call(np.add, start, length, form=Form.OPERATOR)
        counter = ctx.builder.call(range, start, stop, form=Form.BUILTIN, spelling="range")
    number = _item_type(counter.type) or INT

    def assemble(ctx: Context, target: Any, items: list[Value]) -> None:
        if not isinstance(target, gast.Tuple | gast.List) or len(target.elts) != 2:
            ctx.refuse(
                "S2S106", "the pairs of `enumerate` must be unpacked", "write `for i, x in enumerate(…)`", target
            )
        destructure(ctx, target.elts[0], items[0])
        inner.assemble(ctx, target.elts[1], items[1:])

    sources = (Source(counter), *inner.sources)
    return Iteration(sources, (number, *inner.types), assemble, inner.strict, watched=inner.watched)


def _zip(ctx: Context, node: gast.Call, target: Any) -> Iteration:
    strict = any(keyword.arg == "strict" and _is_true(keyword.value) for keyword in node.keywords)
    if not node.args or any(keyword.arg != "strict" for keyword in node.keywords):
        ctx.refuse("S2S134", "`zip` takes sequences and `strict`", "check the call", node)
    inner = [iterate(ctx, arg, target) for arg in node.args]
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
    watched = tuple(root for one in inner for root in one.watched)
    return Iteration(sources, types, assemble, known and all(one.strict for one in inner), watched=watched)


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
