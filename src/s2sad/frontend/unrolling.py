"""Loops that are taken apart because only their single turns tell what shares memory, or what is called.

A loop is one body for all of its trips: of an item that it takes out of a list it is not known which one it is, so a
store into it may be seen in all of them, and much is refused that is clear in each turn. Where the number of turns is
known and small, such a loop is lowered once more, turn by turn.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import gast

from s2sad.errors import DifferentiationError
from s2sad.frontend.collections import known_range
from s2sad.frontend.comprehensions import own_jumps, turn_statements
from s2sad.frontend.context import Context
from s2sad.frontend.flow import contains_return
from s2sad.frontend.iterated import Iterated, count, iterated
from s2sad.frontend.roots import forget
from s2sad.ir.program import Value
from s2sad.ir.types import Range, widen

_MAX_TURNS = 16
_MAX_STATEMENTS = 100
UNCLEAR = frozenset({"S2S113", "S2S117", "S2S130", "S2S132", "S2S140", "S2S142"})
"""What is refused because it is not known what shares memory, or which function or object is meant."""


class Attempt:
    """The state of lowering before something that may be taken back."""

    def __init__(self, ctx: Context) -> None:
        memory = ctx.memory
        self.ctx = ctx
        self.operations = len(ctx.builder.operations)
        self.env, self.checked, self.memory = dict(ctx.frame.env), set(ctx.checked), memory.snapshot()
        self.problems, self.loop_types = dict(ctx.problems), dict(ctx.loop_types)
        self.objects, self.records, self.changing = dict(ctx.objects), dict(ctx.records), dict(ctx.changing)
        self.made, self.clock = len(memory.made), ctx.builder.clock
        self.stores = {root: len(stores) for root, stores in memory.stores.items()}

    def is_unclear(self) -> bool:
        """Tell whether something has been refused since that single turns may tell."""
        return any(problem.code in UNCLEAR for problem in self.ctx.problems if problem not in self.problems)

    def take_back(self) -> None:
        """Undo what has been lowered since."""
        ctx, memory = self.ctx, self.ctx.memory
        del ctx.builder.operations[self.operations :]
        ctx.frame.env, ctx.checked = dict(self.env), set(self.checked)
        ctx.problems, ctx.loop_types = dict(self.problems), dict(self.loop_types)
        ctx.objects, ctx.records, ctx.changing = dict(self.objects), dict(self.records), dict(self.changing)
        memory.restore(self.memory)
        for root in memory.made[self.made :]:
            if root.birth >= self.clock:
                forget(root)
        memory.stores = {root: memory.stores[root][:length] for root, length in self.stores.items()}


def lower_loop(ctx: Context, node: gast.For | gast.While, lower_block: Callable[[Context, list[Any]], Any]) -> None:
    """Lower a loop, turn by turn if nothing else makes it clear what shares memory."""
    before = Attempt(ctx)
    # a loop is tried once for each way in which those around it are lowered: nests stay cheap
    key = (*ctx.frame.path, id(node), ctx.turning)
    ctx.run(node)
    if not isinstance(node, gast.For) or not before.is_unclear() or key in ctx.unclear or not _can_be_unrolled(node):
        return
    before.take_back()
    turns = _turns(ctx, node)
    if turns is None:
        ctx.unclear.add(key)
        before.take_back()
        ctx.run(node)
        return
    ctx.turning += 1
    try:
        lower_block(ctx, turns)
    finally:
        ctx.turning -= 1
    if before.is_unclear():
        ctx.unclear.add(key)


def _turns(ctx: Context, node: gast.For) -> list[Any] | None:
    """Return the statements of a loop, one turn after another; None where there are too many, or nobody knows."""
    with suppress(DifferentiationError), ctx.at(node, is_statement=True):
        what = _spelt_out(ctx, iterated(ctx, node.iter))
        length = None if what is None else count(what)
        if what is not None and length is not None and length <= _MAX_TURNS and length * _size(node) <= _MAX_STATEMENTS:
            return turn_statements(ctx, what, node)
    return None


def _spelt_out(ctx: Context, what: Iterated) -> Iterated | None:
    """Return what is iterated with the numbers of ranges instead of these; None where they are not known, or many."""
    parts = []
    for part in what.parts:
        found = _spelt_out(ctx, part) if isinstance(part, Iterated) else _numbers(ctx, part)
        if found is None:
            return None
        parts.append(found)
    return replace(what, parts=tuple(parts))


def _numbers(ctx: Context, part: Any) -> Any:
    if not isinstance(part, Value) or not isinstance(widen(part.type), Range):
        return part
    numbers = known_range(ctx, part)
    return None if numbers is None or len(numbers) > _MAX_TURNS else ctx.builder.constant(tuple(numbers))


def _can_be_unrolled(node: gast.For) -> bool:
    return not contains_return(node) and not any(own_jumps(node.body))


def _size(node: gast.For) -> int:
    return sum(isinstance(inner, gast.stmt) for inner in gast.walk(node)) - 1
