"""Iterators are lazy, and lists are gone through as they are: neither may differ from what is computed here at once.

What a generator expression or `map` yields is computed when a loop asks for it, between its trips; here it is computed
before the loop. A loop over a list goes through what is in it when a trip begins; here the number of items is that of
the beginning. Both come to the same as long as nothing is stored meanwhile into what is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import gast

from s2sad.frontend.collections import Entries, known_length
from s2sad.frontend.context import Binding, Context, statement
from s2sad.frontend.iterated import Iterated
from s2sad.frontend.roots import Root
from s2sad.ir.program import Operation, Value, regions
from s2sad.ir.types import Dict, List, widen


class Settled(gast.Pass):  # type: ignore[misc]
    """Ends a turn of a loop over lists: they must be as long as they were."""

    def __init__(self, what: Iterated) -> None:
        super().__init__()
        self.what = what


@statement(Settled)
def _settled(ctx: Context, node: Settled) -> None:
    check_lengths(ctx, node.what, node)


def check_lengths(ctx: Context, what: Iterated, node: Any) -> None:
    """Refuse lists and dicts that have become longer or shorter, and the memory that an iterator has read, changed."""
    for value in _containers(what):
        found = ctx.settled(value)
        if isinstance(found, Value) and known_length(found) != known_length(value):
            _refuse(ctx, "a list or a dict gets longer or shorter while it is gone through", node)
    for root, version in watched(what).items():
        if ctx.memory.versions.get(root) is not version or root in ctx.memory.stale:
            _refuse(ctx, "what an iterator reads is stored into while it is gone through", node)


def _refuse(ctx: Context, message: str, node: Any) -> None:
    ctx.refuse("S2S142", message, "make a list of it first, `list(…)`, and go through that", node)


def _containers(what: Iterated) -> Iterator[Value]:
    for part in what.parts:
        owner = part.owner if isinstance(part, Entries) else part
        if isinstance(owner, Iterated):
            yield from _containers(owner)
        elif isinstance(owner, Value) and isinstance(widen(owner.type), List | Dict):
            yield owner


def watched(what: Iterated) -> dict[Root, Value | None]:
    """Return the memory that has been read ahead of time, and what it held then."""
    found = dict(what.watched)
    for part in what.parts:
        if isinstance(part, Iterated):
            found |= watched(part)
    return found


def container_roots(ctx: Context, what: Iterated) -> list[Root]:
    """Return the memory of the lists and dicts that are gone through."""
    return [root for root in map(ctx.memory.root, _containers(what)) if root is not None]


class Moment:
    """What memory held at some point of the program, and what has been appended to it by then."""

    def __init__(self, ctx: Context) -> None:
        self.versions, self.clock = dict(ctx.memory.versions), ctx.builder.clock
        self.operations = len(ctx.builder.operations)

    def refuse_changed(self, ctx: Context, roots: Iterable[Root], node: Any) -> None:
        """Refuse memory that holds something else since."""
        if any(ctx.memory.versions.get(root) is not self.versions.get(root) for root in roots):
            _refuse(ctx, "what an iterator goes through is stored into before that", node)

    def read_since(self, ctx: Context, node: Any) -> dict[Root, Value | None]:
        """Return the memory that has been read since, and what it holds; refuse stores."""
        memory = ctx.memory
        if any(
            root.birth < self.clock and self.versions.get(root) is not version
            for root, version in memory.versions.items()
        ):
            _refuse(ctx, "what is gone through is computed by calls that store, between the trips of the loop", node)
        operands = _operands(ctx.builder.operations[self.operations :])
        roots = [memory.root(operand) for operand in operands if memory.births.get(operand, -1) < self.clock]
        return {root: memory.versions.get(root) for root in roots if root is not None}


def _operands(operations: Iterable[Operation]) -> Iterator[Value]:
    for operation in operations:
        yield from operation.operands
        for region in regions(operation):
            yield from _operands(region.operations)
            yield from region.exit.values


def binding_of(ctx: Context, binding: Binding, node: Any) -> tuple[Binding, dict[Root, Value | None]]:
    """Return what is iterated as a container or a value, and the memory that was read for it ahead of time."""
    from s2sad.frontend.comprehensions import Deferred, as_sequence

    begin = Moment(ctx)
    sequence = as_sequence(ctx, binding, node)
    if not isinstance(binding, Deferred):
        return sequence, {}
    roots = container_roots(ctx, binding.first)
    read = begin.read_since(ctx, node)
    return sequence, read | {root: ctx.memory.versions.get(root) for root in roots}
