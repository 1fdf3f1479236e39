"""From structured SSA to statements: loops and branches hand values on by moves."""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from s2sad.analysis.memory import is_store
from s2sad.codegen.exits import Exits, Known
from s2sad.codegen.plan import (
    Append,
    Branch,
    Compute,
    Leave,
    Loop,
    Moves,
    NewList,
    Plan,
    Return,
    Stmt,
    Store,
    Target,
    drop_unread,
)
from s2sad.codegen.schedule import Schedule
from s2sad.ir import primitives
from s2sad.ir.program import (
    Call,
    Constant,
    Exit,
    ExitKind,
    Function,
    If,
    Operation,
    Origin,
    Region,
    Scan,
    Value,
    definitions,
    regions,
)
from s2sad.ir.types import Undefined


def lower(function: Function, schedule: Schedule) -> Plan:
    """Return the statements of a function.

    Parameters
    ----------
    function : Function
        The program.
    schedule : Schedule
        Which values are nested.

    Returns
    -------
    Plan
        The statements; every value that is not nested is a variable of its own.
    """
    lowering = _Lowering(function, schedule)
    body = lowering.returning(function.body)
    plan = Plan(body, frozenset(schedule.inline), lowering.definitions, frozenset(schedule.nested), lowering.same)
    drop_unread(plan, lowering.flags)
    return plan


_WayOut = Callable[[Known, ExitKind], list[Stmt]]
"""Gives what is still to be done where a region is left early, up to and with the `break` or `continue`."""

_Ended = tuple[list[Stmt], Known | None]
"""Statements, and what is known after them; None where nothing comes after them."""


class _NoWayOut(Exception):
    """What comes after a branch would have to be written down on the way out too."""


class _Lowering:
    def __init__(self, function: Function, schedule: Schedule) -> None:
        self.schedule = schedule
        self.definitions = definitions(function.body)
        self.exits = Exits(function)
        self.same: dict[Value, Value] = {}
        self.uses: Counter[Value] = Counter()
        self.flags: set[Value] = set()
        self.plan = Plan([], frozenset(schedule.inline), self.definitions)
        self._count(function.body)

    def _count(self, region: Region) -> None:
        self.uses.update(region.exit.values)
        for operation in region.operations:
            self.uses.update(operation.operands)
            for inner in regions(operation):
                self._count(inner)

    def block(self, operations: Iterable[Operation]) -> list[Stmt]:
        return [statement for operation in operations for statement in self.operation(operation)]

    def returning(self, region: Region) -> list[Stmt]:
        """Return the statements of a region at whose end the function returns."""
        last = region.operations[-1] if region.operations else None
        if isinstance(last, If) and last.then.exit.kind is ExitKind.RETURN:
            then, orelse = self.returning(last.then), self.returning(last.orelse)
            return [*self.block(region.operations[:-1]), Branch(last, then), *orelse]
        (value,) = region.exit.values
        return [*self.block(region.operations), Return(value)]

    def operation(self, operation: Operation) -> list[Stmt]:
        if any(result in self.schedule.inline for result in operation.results):
            return []
        match operation:
            case Call() if is_store(operation):
                return [Store(operation)]
            case Call(function=primitives.unpack):
                return [Compute(operation, tuple(map(self.target, operation.results)))]
            case Constant() | Call():
                return [Compute(operation, self.target(operation.results[0]))]
            case If():
                return self.branch(operation)
            case Scan():
                return self.loop(operation)

    def target(self, value: Value) -> Target:
        return value if self.uses[value] else None

    def moves(
        self, targets: tuple[Value, ...], sources: tuple[Value, ...], origin: Origin, enters: bool = False
    ) -> list[Stmt]:
        pairs = tuple(
            (target, source)
            for target, source in zip(targets, sources, strict=True)
            if self.uses[target] and not isinstance(source.type, Undefined)
        )
        return [Moves(pairs, origin, enters)] if pairs else []

    def branch(self, branch: If) -> list[Stmt]:
        if branch in self.schedule.conditional:
            return [Compute(branch, branch.results[0])]
        then, orelse = (
            [*self.block(region.operations), *self.moves(branch.results, region.exit.values, branch.origin)]
            for region in (branch.then, branch.orelse)
        )
        return [Branch(branch, then, orelse)]

    def loop(self, scan: Scan) -> list[Stmt]:
        # a final version is what the parameter holds after the last trip, so the parameter is needed where that is
        for param, final in zip(scan.carried, scan.finals, strict=True):
            self.uses[param] += self.uses[final]
        lists = self.lists(scan)
        targets, folded = self.heads(scan)
        operations = [operation for operation in scan.body.operations if operation not in folded]
        made = {result for operation in operations for result in operation.results}
        test, body = self.head(scan)
        body += [Append(kept, item, scan.origin) for item, kept in lists.items() if item not in made]
        rounds: list[tuple[Known, list[Stmt]]] = []

        def way_out(known: Known, kind: ExitKind) -> list[Stmt]:
            stops = scan.stop is not None and known.of(scan.stop)
            if stops is not (kind is ExitKind.BREAK):
                raise _NoWayOut
            kept = [k for k, value in enumerate(scan.next_values) if not self.is_gone(known, value)]
            values = tuple(self.on_way(known, scan.next_values[k]) for k in kept)
            following = self.moves(tuple(scan.carried[k] for k in kept), values, scan.origin)
            if kind is ExitKind.CONTINUE:
                rounds.append((known, following))
            return [*following, Leave(kind, scan.origin)]

        trip, known = self.steps(operations, Known(), way_out, lists)
        body += trip
        if known is not None:
            following = self.moves(scan.carried, scan.next_values, scan.origin)
            rounds.append((known, following))
            body += self.trip_end(scan, known, following)
        settle_flags(scan, rounds)
        return [
            *self.moves(scan.carried, scan.initial, scan.origin, enters=True),
            *(NewList(kept, scan.origin) for kept in lists.values()),
            Loop(scan, targets, body, self.is_counted(scan), test),
            *self.moves(scan.finals, scan.carried, scan.origin),
        ]

    def head(self, scan: Scan) -> tuple[Value | None, list[Stmt]]:
        """Return the test if it is an expression that can stand in the header, and else how a trip begins with it."""
        if scan.test is None:
            return None, []
        (test,) = scan.test.exit.values
        statements = self.block(scan.test.operations)
        if not statements and not scan.sources:
            return test, []
        return None, [*statements, self.leave_where(test, scan, negated=True)]

    def leave_where(self, test: Value, scan: Scan, before: Sequence[Stmt] = (), *, negated: bool = False) -> Branch:
        """Return `if test: …; break`."""
        nothing = Region((), (), Exit(ExitKind.YIELD, ()))
        leaving: list[Stmt] = [*before, Leave(ExitKind.BREAK, scan.origin)]
        then, orelse = ([], leaving) if negated else (leaving, [])
        return Branch(If(test, nothing, nothing, (), scan.origin), then, orelse)

    def trip_end(self, scan: Scan, known: Known, following: list[Stmt]) -> list[Stmt]:
        """Return how a trip ends that has come to the end of the body."""
        if scan.stop is None or known.of(scan.stop) is False:
            return following
        if known.of(scan.stop):
            return [*following, Leave(ExitKind.BREAK, scan.origin)]
        # what the test reads may be handed on by then
        moved = {target for move in following if isinstance(move, Moves) for target, _ in move.pairs}
        if self.reads(scan.stop).isdisjoint(moved):
            return [*following, self.leave_where(scan.stop, scan)]
        return [self.leave_where(scan.stop, scan, following), *following]

    def reads(self, value: Value) -> frozenset[Value]:
        """Return the variables that the expression of a value reads."""
        return self.plan.reads(value)

    def steps(self, operations: Sequence[Operation], known: Known, out: _WayOut, lists: dict[Value, Value]) -> _Ended:
        """Return the statements of a region in which the trip of a loop may end.

        An arm that ends the trip gets all that is to be done on its way out, so that the other arm need not be nested.
        """
        statements: list[Stmt] = []
        for position, operation in enumerate(operations):
            rest = operations[position + 1 :]
            if isinstance(operation, If) and (operation in self.exits.branches or known.of(operation.test) is not None):
                try:
                    found, after = self.fork(operation, known, self.passing(operation, rest, out, lists))
                except _NoWayOut:
                    found, after = self.operation(operation), known
                statements += found
                if after is None:
                    return statements, None
                known = after
            else:
                statements += self.operation(operation)
            statements += self.appends(operation, lists, Known())
        return statements, known

    def appends(self, operation: Operation, lists: dict[Value, Value], known: Known) -> list[Stmt]:
        kept = [result for result in operation.results if result in lists]
        return [Append(lists[result], self.on_way(known, result), operation.origin) for result in kept]

    def is_gone(self, known: Known, value: Value) -> bool:
        """Tell whether a value is never read any more on a way."""
        return isinstance(known.value(value).type, Undefined)

    def on_way(self, known: Known, result: Value) -> Value:
        """Return what a result of a branch is on the way at hand, unless that would be computed again at each use."""
        value = known.value(result)
        return result if value in self.schedule.nested else value

    def passing(self, branch: If, rest: Sequence[Operation], out: _WayOut, lists: dict[Value, Value]) -> _WayOut:
        """Return the way out for the arms of a branch: past what comes after it, of which nothing may be left to do."""

        def way_out(known: Known, kind: ExitKind) -> list[Stmt]:
            statements = self.appends(branch, lists, known)
            for operation in rest:
                if isinstance(operation, If) and (truth := known.of(operation.test)) is not None:
                    arm = operation.then if truth else operation.orelse
                    if self.block(arm.operations):
                        raise _NoWayOut
                    self.flags.update(operation.results)
                    statements += self.moves(operation.results, arm.exit.values, operation.origin)
                    known = known.after(operation, arm)
                elif self.operation(operation):
                    raise _NoWayOut
                statements += self.appends(operation, lists, known)
            return [*statements, *out(known, kind)]

        return way_out

    def fork(self, branch: If, known: Known, out: _WayOut) -> _Ended:
        """Return the statements of a branch from which a way leads out of the trip, or whose test is known."""
        truth = known.of(branch.test)
        if truth is not None:
            return self.arm(branch, branch.then if truth else branch.orelse, known, out)
        then, after_then = self.arm(branch, branch.then, known, out)
        orelse, after_orelse = self.arm(branch, branch.orelse, known, out)
        if after_then is None:
            return [Branch(branch, then), *orelse], after_orelse
        if after_orelse is None:
            return [Branch(branch, [], orelse), *then], after_then
        return [Branch(branch, then, orelse)], after_then.common(after_orelse)

    def arm(self, branch: If, arm: Region, known: Known, out: _WayOut) -> _Ended:
        self.flags.update(branch.results)

        def moves() -> list[Stmt]:
            return self.moves(branch.results, arm.exit.values, branch.origin)

        def way_out(known: Known, kind: ExitKind) -> list[Stmt]:
            return [*moves(), *out(known.after(branch, arm), kind)]

        statements, after = self.steps(arm.operations, known, way_out, {})
        if after is None:
            return statements, None
        if arm in self.exits.arms:
            return [*statements, *self.needed(way_out(after, self.exits.arms[arm]))], None
        return [*statements, *moves()], after.after(branch, arm)

    def needed(self, way_out: list[Stmt]) -> list[Stmt]:
        """Take moves to results of branches that a way out does not read out of it; nothing else can read them."""
        read: set[Value] = set()
        for statement in reversed(way_out):
            if isinstance(statement, Moves):
                statement.pairs = tuple(
                    pair for pair in statement.pairs if pair[0] not in self.flags or pair[0] in read
                )
            read |= self.plan.uses(statement)
        return way_out

    def lists(self, scan: Scan) -> dict[Value, Value]:
        """Return the list that each item is collected in; lists with equal content are one list."""
        lists: dict[Value, Value] = {}
        for kept, item in zip(scan.lists, scan.collected, strict=True):
            if self.uses[kept]:
                self.same[kept] = lists.setdefault(item, kept)
        return lists

    def heads(self, scan: Scan) -> tuple[tuple[Target, ...], set[Operation]]:
        """Return what the loop binds, and the unpackings at the top of its body that this includes."""
        folded: set[Operation] = set()
        # `for i in range(n)` keeps its name even where nothing reads it; among several `_` says so
        alone = len(scan.sources) == 1 and scan.items[0].hint not in (None, "_")
        targets: dict[Value, Target] = {item: item if alone else self.target(item) for item in scan.items}
        parts: dict[Value, tuple[Value, ...]] = {}
        for operation in scan.body.operations:
            if not isinstance(operation, Call) or operation.function is not primitives.unpack:
                break
            (item,) = operation.operands
            if item not in targets or self.uses[item] != 1:
                break
            folded.add(operation)
            parts[item] = operation.results
            targets.update({result: self.target(result) for result in operation.results})

        def whole(value: Value) -> Target:
            return tuple(map(whole, parts[value])) if value in parts else targets[value]

        return tuple(map(whole, scan.items)), folded

    def is_counted(self, scan: Scan) -> bool:
        """Tell whether the first two sources are `range(len(x))` and `x`."""
        if len(scan.sources) < 2 or any(source.backwards for source in scan.sources[:2]):
            return False
        counter, sequence = (source.value for source in scan.sources[:2])
        match self.definitions.get(counter):
            case Call(function=builtins.range, operands=(stop,)):
                match self.definitions.get(stop):
                    case Call(function=builtins.len, operands=(measured,)):
                        return measured is sequence
        return False


def settle_flags(scan: Scan, rounds: Sequence[tuple[Known, list[Stmt]]]) -> None:
    """Take moves to flags that are what they began with on every way to another trip out of these ways.

    Parameters
    ----------
    scan : Scan
        The loop.
    rounds : sequence of (Known, list of Stmt)
        The ways to another trip: what is known there, and what the loop hands on.
    """
    settled: set[Value] = set()
    for start, param, following in zip(scan.initial, scan.carried, scan.next_values, strict=True):
        begun = Known().of(start)
        if begun is not None and all(known.of(following) is begun for known, _ in rounds):
            settled.add(param)
    for statement in (statement for _, statements in rounds for statement in statements):
        if isinstance(statement, Moves):
            statement.pairs = tuple(pair for pair in statement.pairs if pair[0] not in settled)
