"""Giving each Python variable a name: the user's, the one that was hinted at, or one that says what it holds."""
from __future__ import annotations

import builtins
import keyword
import operator
from collections.abc import Collection

import numpy as np

from s2sad.codegen.coalesce import Classes
from s2sad.codegen.plan import Append, Loop, Plan, defined, walk
from s2sad.ir import primitives
from s2sad.ir.program import Call, Form, If, Value
from s2sad.ir.types import Literal

RESERVED = frozenset((*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "np", "numpy", "builtins"))
"""Names that no variable of generated code may take."""

_LONGEST = 24
_NUMBERS: dict[float, str] = {0: "zero", 1: "one", 2: "two", 3: "three", 4: "four", 10: "ten"}
_INFIX = {
    np.add: ("plus", "total"),
    np.subtract: ("minus", "difference"),
    np.multiply: ("times", "product"),
    np.divide: ("over", "ratio"),
    np.matmul: ("dot", "product"),
    np.power: ("to_the", "power"),
    np.floor_divide: ("over", "quotient"),
    np.remainder: ("mod", "remainder"),
    np.less: ("below", "is_less"),
    np.less_equal: ("at_most", "is_less"),
    np.greater: ("above", "is_greater"),
    np.greater_equal: ("at_least", "is_greater"),
    np.equal: ("is", "is_equal"),
    np.not_equal: ("is_not", "is_different"),
    np.bitwise_and: ("and", "both"),
    np.bitwise_or: ("or", "either"),
}
_PREFIX = {
    np.negative: "minus",
    np.invert: "not",
    np.transpose: "transposed",
    primitives.zeros_like: "zeros",
    np.zeros_like: "zeros",
    np.maximum: "max",
    np.minimum: "min",
    primitives.mask: "masked",
    np.where: "chosen",
    primitives.unbroadcast: "summed",
}


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
        self._bases: dict[str, str] = {}
        self._items = {s.value: s.item for s in walk(plan.body) if isinstance(s, Append)}
        self._sources = {
            item: source.value
            for s in walk(plan.body)
            if isinstance(s, Loop)
            for item, source in zip(s.scan.items, s.sources, strict=True)
        }
        order = list(dict.fromkeys((*params, *(v for s in walk(plan.body) for v in defined(s)))))
        self._users = {v.hint for v in order if v.named and v.hint} | set(params.values())
        for param, name in params.items():
            self._names[classes.find(param)] = self._bases[name] = name
        numbers = list(dict.fromkeys(map(classes.find, order)))
        for pick in (self._is_users, lambda number: True):
            for number in numbers:
                if number not in self._names and pick(number):
                    self._names[number] = self._choose(number)

    @property
    def used(self) -> frozenset[str]:
        """All names that have been given."""
        return frozenset(self._names.values())

    def __getitem__(self, value: Value) -> str:
        return self._names[self._classes.find(self._plan.same.get(value, value))]

    def _is_users(self, number: int) -> bool:
        return any(value.named and value.hint for value in self._classes.members(number))

    def _choose(self, number: int) -> str:
        members = self._classes.members(number)
        hints = [v.hint for v in members if v.named and v.hint] or [v.hint for v in members if v.hint]
        base = hints[0] if hints else self._describe(members[0])
        base = base if base.isidentifier() else "value"
        fair = self._is_users(number) or not (base.startswith("d_") and base in self._users)
        candidate, count = base, 0
        while not (fair or count) or not self._is_free(candidate, base, number):
            count += 1
            candidate = f"{base}_{count}"
        self._bases.setdefault(candidate, base)
        return candidate

    def _is_free(self, name: str, base: str, number: int) -> bool:
        if name in self._reserved or self._bases.get(name, base) != base:
            return False
        return not any(used == name and self._classes.clash(number, other) for other, used in self._names.items())

    # -- descriptions --------------------------------------------------------------------------------------------

    def _describe(self, value: Value) -> str:
        if value in self._items:
            return self._describe_list(self._items[value])
        if value in self._sources:
            source = self._short(self._sources[value])
            return source.removesuffix("_saved") if source.endswith("_saved") else "item"
        made = self._plan.definitions.get(value)
        if isinstance(made, If):
            return "choice"
        if not isinstance(made, Call):
            return "constant" if made is not None and made.operands == () else "value"
        if made.function in (primitives.set_at, primitives.add_at):
            return self._short(made.operands[0]) or "updated"
        return self._describe_call(made)

    def _describe_list(self, item: Value) -> str:
        made = self._plan.definitions.get(item)
        if isinstance(made, Call) and made.function in (primitives.make_tuple, primitives.pack_like):
            return "d_items" if made.origin.derived else "items_saved"
        return f"{self._short(item) or self._describe(item)}_saved"

    def _describe_call(self, call: Call) -> str:
        parts = [self._short(operand) for operand in call.operands]
        if call.function in _INFIX and len(parts) == 2:
            word, fallback = _INFIX[call.function]
            a, b = parts
            if word == "times" and isinstance(call.operands[0].type, Literal):
                word = ""
            return _fit("_".join(part for part in (a, word, b) if part) if a and b else "", fallback)
        name = call.spelling or getattr(call.function, "__name__", "") or "value"
        if call.form in (Form.FUNCTION, Form.OPERATOR):
            name = _PREFIX.get(call.function, name)
        masks = call.function in (np.where, primitives.mask)
        first = parts[1 if masks and len(parts) > 1 else 0] if parts else ""
        if call.function is operator.getitem:
            return _fit(f"{first}_item" if first else "", "item")
        if call.function is primitives.unpack:
            return _fit(f"{first}_part" if first else "", "part")
        word = name.removeprefix("make_").strip("_") or "value"
        return _fit(f"{word}_{first}" if first else "", word if word not in self._reserved else f"{word}_value")

    def _short(self, value: Value) -> str:
        """Return a word for a value, or nothing where it would take too many."""
        if (value not in self._plan.inline and value in self._plan.definitions) or value.hint:
            number = None if value in self._plan.inline else self._classes.find(self._plan.same.get(value, value))
            return self._names.get(number, "") if number in self._names else value.hint or ""
        if isinstance(value.type, Literal):
            return _NUMBERS.get(value.type.value, "") if isinstance(value.type.value, int | float) else ""
        made = self._plan.definitions.get(value)
        if made is None:
            return self._names.get(self._classes.find(value), "")
        if not isinstance(made, Call) or made.function is operator.getitem:
            return ""
        if made.function is np.negative:
            return self._short(made.operands[0])
        described = self._describe_call(made)
        return described if len(described) <= _LONGEST // 2 else ""


def _fit(name: str, fallback: str) -> str:
    return name if name and len(name) <= _LONGEST and name.isidentifier() else fallback
