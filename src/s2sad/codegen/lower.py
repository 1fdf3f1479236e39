"""From structured SSA to statements: loops and branches hand values on by moves."""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Iterable

from s2sad.codegen.memory import is_store
from s2sad.codegen.plan import Append, Branch, Compute, Loop, Moves, NewList, Plan, Return, Stmt, Store, Target
from s2sad.codegen.schedule import Schedule
from s2sad.ir import primitives
from s2sad.ir.program import Call, Constant, Function, If, Operation, Origin, Region, Scan, Value, definitions, regions
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
    body = lowering.block(function.body.operations)
    body.append(Return(function.result))
    return Plan(body, frozenset(schedule.inline), lowering.definitions, frozenset(schedule.nested), lowering.same)


class _Lowering:
    def __init__(self, function: Function, schedule: Schedule) -> None:
        self.schedule = schedule
        self.definitions = definitions(function.body)
        self.same: dict[Value, Value] = {}
        self.uses: Counter[Value] = Counter()
        self._count(function.body)

    def _count(self, region: Region) -> None:
        self.uses.update(region.exit.values)
        for operation in region.operations:
            self.uses.update(operation.operands)
            for inner in regions(operation):
                self._count(inner)

    def block(self, operations: Iterable[Operation]) -> list[Stmt]:
        return [statement for operation in operations for statement in self.operation(operation)]

    def operation(self, operation: Operation) -> list[Stmt]:
        if any(result in self.schedule.inline for result in operation.results):
            return []
        match operation:
            case Call() if is_store(operation):
                return [Store(operation)]
            case Call(function=primitives.unpack):
                return [Compute(operation, tuple(map(self.target, operation.results)))]
            case Constant() | Call():
                return [Compute(operation, operation.results[0])]
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
        made = {result for operation in scan.body.operations if operation not in folded for result in operation.results}
        body: list[Stmt] = [Append(kept, item, scan.origin) for item, kept in lists.items() if item not in made]
        for operation in scan.body.operations:
            if operation not in folded:
                body += self.operation(operation)
                body += [Append(lists[result], result, scan.origin) for result in operation.results if result in lists]
        body += self.moves(scan.carried, scan.next_values, scan.origin)
        return [
            *self.moves(scan.carried, scan.initial, scan.origin, enters=True),
            *(NewList(kept, scan.origin) for kept in lists.values()),
            Loop(scan, targets, body, self.is_counted(scan)),
            *self.moves(scan.finals, scan.carried, scan.origin),
        ]

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
