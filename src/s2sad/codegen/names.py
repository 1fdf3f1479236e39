"""Giving each Python variable a name: the user's, the one that was hinted at, or one that says what it holds."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Collection

from s2sad.codegen.coalesce import Classes
from s2sad.codegen.descriptions import Descriptions
from s2sad.codegen.plan import Plan, defined, walk
from s2sad.ir.program import Value

RESERVED = frozenset((*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "np", "numpy", "builtins"))
"""Names that no variable of generated code may take."""


class Names:
    """The name of each variable of a plan.

    Parameters
    ----------
    plan : Plan
        The statements.
    classes : Classes
        Which variables are one.
    params : dict
        The parameters and their names.
    taken : collection of str
        Further names that may not be used.
    """

    def __init__(self, plan: Plan, classes: Classes, params: dict[Value, str], taken: Collection[str]) -> None:
        self._plan = plan
        self._classes = classes
        self._reserved = RESERVED | frozenset(taken)
        self._names: dict[int, str] = {}
        self._holders: dict[str, list[int]] = {}
        self._claims: dict[str, tuple[int, int]] = {}
        self._last: dict[str, int] = {}
        self._bases: dict[str, str] = {}
        self._descriptions = Descriptions(plan, self._given)
        order = list(dict.fromkeys((*params, *(v for s in walk(plan.body) for v in defined(s)))))
        self._users = {v.hint for v in order if v.named and v.hint} | set(params.values())
        for param, name in params.items():
            self._bases[name] = name
            self._give(classes.find(param), name)
        numbers = list(dict.fromkeys(map(classes.find, order)))
        # what is only described makes way for what has a name, and a list is called after what is put into it
        for pick in (self._is_users, self._is_hinted, self._is_no_list, lambda number: True):
            for number in numbers:
                if number not in self._names and pick(number):
                    self._give(number, self._choose(number))

    @property
    def used(self) -> frozenset[str]:
        """All names that have been given."""
        return frozenset(self._names.values())

    def __getitem__(self, value: Value) -> str:
        return self._names[self._classes.find(self._plan.same.get(value, value))]

    def _is_users(self, number: int) -> bool:
        return any(value.named and value.hint for value in self._classes.members(number))

    def _is_hinted(self, number: int) -> bool:
        return any(value.hint for value in self._classes.members(number))

    def _is_no_list(self, number: int) -> bool:
        return not self._descriptions.is_list(self._classes.members(number))

    def _given(self, value: Value) -> str:
        """Return the name of a variable, or nothing where it has none yet."""
        return self._names.get(self._classes.find(self._plan.same.get(value, value)), "")

    def _choose(self, number: int) -> str:
        members = self._classes.members(number)
        hints = [v.hint for v in members if v.named and v.hint] or [v.hint for v in members if v.hint]
        # `_` is what nobody reads
        base = next((hint for hint in hints if hint != "_"), None) or self._descriptions.best(members)
        base = base if base.isidentifier() else "value"
        fair = self._is_users(number) or not (base.startswith("d_") and base in self._users)
        candidate, count = base, 0
        # variables that are all alive at once are numbered on from the last one
        if self._holders.get(base) and self._classes.clash(number, self._holders[base][-1]):
            count = max(self._last.get(base, 0) - 1, 0)
            candidate = f"{base}_{count}" if count else base
        while not (fair or count) or not self._is_free(candidate, base, number):
            count += 1
            candidate = f"{base}_{count}"
        self._bases.setdefault(candidate, base)
        self._last[base] = count
        return candidate

    def _give(self, number: int, name: str) -> None:
        self._names[number] = name
        self._holders.setdefault(name, []).append(number)
        held, against = self._claims.get(name, (0, 0))
        members, interferes = self._classes.claims(number)
        self._claims[name] = held | members, against | interferes

    def _is_free(self, name: str, base: str, number: int) -> bool:
        if name in self._reserved or self._bases.get(name, base) != base:
            return False
        held, against = self._claims.get(name, (0, 0))
        members, interferes = self._classes.claims(number)
        return not (members & against or interferes & held)
