"""Which variables are alive where, over the structure of loops and branches, and which may not share a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from s2sad.codegen.plan import Branch, Compute, Leave, Loop, Moves, Plan, Return, Stmt, Store, bound, defined, walk
from s2sad.ir.program import ExitKind, Value
from s2sad.ir.types import Range

Visitor = Callable[[Stmt, int], None]

_Kind = TypeVar("_Kind", Compute, Store)


class Liveness:
    """Liveness of a plan's variables; sets of variables are the bits of an int.

    Attributes
    ----------
    variables : list of Value
        The variables, in program order; the position is the bit.
    interferes : list of int
        For each variable, those that are alive where it is bound, with which it may not share its name (nor they with
        it); filled by `find_interference`.
    """

    def __init__(self, plan: Plan, params: tuple[Value, ...]) -> None:
        self.variables: list[Value] = list(params)
        self._bit: dict[Value, int] = {}
        for statement in walk(plan.body):
            self.variables += defined(statement)
        self.variables = list(dict.fromkeys(self.variables))
        self._bit = {value: index for index, value in enumerate(self.variables)}
        self.interferes = [0] * len(self.variables)
        self._plan = plan
        self._params = params
        self._heads: dict[Loop, int] = {}
        # a loop in a loop is asked again and again, twice as often with each loop around it
        self._entries: dict[tuple[Loop, int], int] = {}
        # of the loops around a statement: what is alive after each, and where its trips begin
        self._around: list[tuple[int, int]] = []

    def index(self, value: Value) -> int:
        """Return the bit of a variable."""
        return self._bit[value]

    def members(self, live: int) -> list[Value]:
        """Return the variables of a set, in program order."""
        found = []
        while live:
            lowest = live & -live
            found.append(self.variables[lowest.bit_length() - 1])
            live ^= lowest
        return found

    def alive_among(self, values: Iterable[Value], live: int) -> list[Value]:
        """Return the variables of a set that are among some values, in program order."""
        return self.members(live & self._bits(value for value in values if value in self._bit))

    def find_interference(self) -> None:
        """Record for each variable which others are alive where it is bound, given what is copied."""
        self._visit(self._record)
        entry = self._block(self._plan.body, 0, None)
        for value in self._params:
            self._clash(value, entry | self._bits(self._params))

    def after(self, kind: type[_Kind]) -> list[tuple[_Kind, int]]:
        """Return each statement of a kind with the variables that are alive after it."""
        found: list[tuple[_Kind, int]] = []

        def visit(statement: Stmt, after: int) -> None:
            if isinstance(statement, kind):
                found.append((statement, after))

        self._visit(visit)
        found.reverse()
        return found

    def _bits(self, values: Iterable[Value]) -> int:
        bits = 0
        for value in values:
            bits |= 1 << self._bit[value]
        return bits

    def _visit(self, visitor: Visitor) -> None:
        self._block(self._plan.body, 0, visitor)

    def _block(self, body: list[Stmt], live: int, visitor: Visitor | None) -> int:
        for statement in reversed(body):
            live = self._statement(statement, live, visitor)
        return live

    def _statement(self, statement: Stmt, after: int, visitor: Visitor | None) -> int:
        used = self._bits(self._plan.uses(statement))
        match statement:
            case Branch(then=then, orelse=orelse):
                return used | self._block(then, after, visitor) | self._block(orelse, after, visitor)
            case Loop() if visitor is None and (statement, after) in self._entries:
                return self._entries[statement, after]
            case Loop(body=body, targets=targets):
                held = self._held(statement)
                targets_bits = self._bits(bound(targets))
                ended = after if statement.ends_at_head else 0
                tested = 0 if statement.test is None else self._bits(self._plan.reads(statement.test))
                head = self._heads.get(statement, 0) | ended | tested | held
                while True:
                    entry = self._trip(body, after, head, None) & ~targets_bits
                    if entry | head == head:
                        break
                    head |= entry
                self._heads[statement] = head
                if visitor is not None:
                    visitor(statement, self._trip(body, after, head, visitor))
                # what is alive only because the loop goes round is not alive before the first trip
                self._entries[statement, after] = used | ended | entry
                return used | ended | entry
            case Return():
                return used
            case Leave(kind):
                left, head = self._around[-1]
                return left if kind is ExitKind.BREAK else head
            case _:
                if visitor is not None:
                    visitor(statement, after)
                return after & ~self._bits(defined(statement)) | used

    def _trip(self, body: list[Stmt], after: int, head: int, visitor: Visitor | None) -> int:
        self._around.append((after, head))
        entry = self._block(body, head, visitor)
        self._around.pop()
        return entry

    def _held(self, loop: Loop) -> int:
        """Return the sequences that the loop goes through, which must not change meanwhile."""
        return self._bits(self._plan.union(tuple(s.value for s in loop.sources if not isinstance(s.value.type, Range))))

    def _record(self, statement: Stmt, after: int) -> None:
        match statement:
            case Moves(pairs):
                together = self._bits(tuple(target for target, _ in pairs))
                for target, source in pairs:
                    equal = source not in self._plan.inline and not self._plan.is_copied(statement, target)
                    held = self._plan.reads(source) if equal else frozenset[Value]()
                    self._clash(target, (after | together) & ~self._bits(held))
            case Store():
                # the new version is bound before the value is computed, so it may not be a name that is read in that
                read = self._plan.uses(statement) - self._plan.reads(statement.base)
                self._clash(statement.new, after | self._bits(read))
            case _:
                together = self._bits(defined(statement))
                for value in defined(statement):
                    self._clash(value, after | together)

    def _clash(self, value: Value, others: int) -> None:
        mine = self._bit[value]
        self.interferes[mine] |= others & ~(1 << mine)
