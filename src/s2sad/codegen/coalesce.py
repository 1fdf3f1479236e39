"""Merging the values that hand on to each other into one Python variable, as far as their lifetimes allow."""

from __future__ import annotations

from s2sad.codegen.liveness import Liveness
from s2sad.codegen.plan import Compute, Moves, Plan, Stmt, Store, blocks
from s2sad.ir.program import Value


class Classes:
    """A partition of the variables; each class becomes one Python variable."""

    def __init__(self, liveness: Liveness, fixed: tuple[Value, ...], all_named: bool) -> None:
        self._liveness = liveness
        self._parent = list(range(len(liveness.variables)))
        self._members = [1 << index for index in self._parent]
        self._interferes = list(liveness.interferes)
        self._fixed = frozenset(fixed)
        self._all_named = all_named

    def find(self, value: Value) -> int:
        """Return the number of a variable's class."""
        index = self._liveness.index(value)
        while self._parent[index] != index:
            index = self._parent[index]
        return index

    def members(self, number: int) -> list[Value]:
        """Return the variables of a class, in program order."""
        return self._liveness.members(self._members[number])

    def clash(self, a: int, b: int) -> bool:
        """Tell whether two classes may not share a name."""
        return bool(self._interferes[a] & self._members[b] or self._interferes[b] & self._members[a])

    def claims(self, number: int) -> tuple[int, int]:
        """Return the variables of a class and those it interferes with, as sets of bits."""
        return self._members[number], self._interferes[number]

    def merge(self, a: Value, b: Value) -> None:
        """Make two variables one if they are never alive with different values and no user's name is lost."""
        one, other = sorted((self.find(a), self.find(b)))
        if one == other or self.clash(one, other) or not self._agree(one, other):
            return
        self._parent[other] = one
        self._members[one] |= self._members[other]
        self._interferes[one] |= self._interferes[other]

    def _agree(self, a: int, b: int) -> bool:
        first, second = self._names(a), self._names(b)
        if not first or not second or first & second:
            return True
        return not any(map(self._is_named, (*self.members(a), *self.members(b))))

    def _names(self, number: int) -> set[str]:
        members = self.members(number)
        return {v.hint for v in members if v.hint and self._is_named(v)} or {v.hint for v in members if v.hint}

    def _is_named(self, value: Value) -> bool:
        return value.named or value in self._fixed or (self._all_named and value.hint is not None)


def coalesce(plan: Plan, liveness: Liveness, params: tuple[Value, ...], all_named: bool) -> Classes:
    """Return the classes of a plan's variables.

    Parameters
    ----------
    plan : Plan
        The statements.
    liveness : Liveness
        The interference of its variables.
    params : tuple of Value
        The function's parameters, whose names are fixed.
    all_named : bool
        Every name that is hinted at is kept, as if the user had chosen it.

    Returns
    -------
    Classes
        The partition.
    """
    classes = Classes(liveness, params, all_named)
    pairs: list[tuple[int, int, Value, Value]] = []

    def visit(body: list[Stmt], depth: int) -> None:
        for statement in body:
            match statement:
                case Store():
                    pairs.append((0, 0, statement.new, statement.base))
                case Compute(target=Value() as target) if target in plan.added:
                    pairs.append((0, 0, target, plan.added[target]))
                case Moves(moves):
                    pairs.extend((1, -depth, target, source) for target, source in moves if source not in plan.inline)
            for block in blocks(statement):
                visit(block, depth + 1)

    visit(plan.body, 0)
    for _, _, target, source in sorted(pairs, key=lambda pair: pair[:2]):
        classes.merge(target, plan.same.get(source, source))
    return classes
