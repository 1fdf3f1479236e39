"""Names that say what a variable holds, for those that nobody has named."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from s2sad.codegen.plan import Append, Loop, Plan, walk
from s2sad.ir import primitives, primitives_math
from s2sad.ir.primitives_random import DRAWS
from s2sad.ir.program import Call, If, Value
from s2sad.ir.types import Literal

_LONGEST = 24
_LONGEST_PART = 18
_LONGEST_LIST = 30
_NUMBERS: dict[float, str] = {0: "zero", 1: "one", 2: "two", 3: "three", 4: "four", 10: "ten"}
_INFIX: dict[Callable[..., Any], tuple[str, str]] = {
    np.add: ("plus", "total"),
    np.subtract: ("minus", "difference"),
    np.multiply: ("times", "product"),
    np.divide: ("over", "ratio"),
    np.matmul: ("dot", "product"),
    np.dot: ("dot", "product"),
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
_SCALING = (np.multiply, np.divide)
_PREFIX: dict[Callable[..., Any], str] = {
    np.negative: "minus",
    np.invert: "not",
    np.absolute: "abs",
    np.concatenate: "joined",
    np.stack: "stacked",
    primitives.zeros_like: "zeros",
    np.zeros_like: "zeros",
    np.maximum: "max",
    np.minimum: "min",
}
_SUFFIX: dict[Callable[..., Any], str] = {
    np.transpose: "T",
    np.expand_dims: "expanded",
    np.reshape: "reshaped",
    np.broadcast_to: "broadcast",
    primitives.astype: "cast",
}
_ADJOINT_OF: dict[Callable[..., Any], int] = {
    primitives.unbroadcast: 1,
    primitives.broadcast_like: 1,
    primitives.scatter: 0,
    primitives.pack_like: 0,
    primitives.stack_like: 0,
    primitives_math.matmul_left: 1,
    primitives_math.matmul_right: 2,
    primitives_math.dot_left: 1,
    primitives_math.dot_right: 2,
}
"""Functions whose result is a cotangent of one of their operands."""

_CONTAINERS = (primitives.make_tuple, primitives.make_list)


class Descriptions:
    """Describes the variables of a plan.

    Parameters
    ----------
    plan : Plan
        The statements.
    given : callable
        Returns the name of a variable, or nothing where it has none yet.
    """

    def __init__(self, plan: Plan, given: Callable[[Value], str]) -> None:
        self._plan = plan
        self._given = given
        self._collected = {s.value: s.item for s in walk(plan.body) if isinstance(s, Append)}
        self._sources = {
            item: source.value
            for s in walk(plan.body)
            if isinstance(s, Loop)
            for item, source in zip(s.scan.items, s.sources, strict=True)
        }

    def best(self, values: Sequence[Value]) -> str:
        """Return a name for several values that are one variable: that of the first which says anything."""
        return next(filter(None, map(self._describe, values)), "") or (
            "choice" if any(isinstance(self._plan.definitions.get(value), If) for value in values) else "value"
        )

    def is_list(self, values: Iterable[Value]) -> bool:
        """Tell whether a variable is a list that a loop fills."""
        return any(value in self._collected for value in values)

    def _describe(self, value: Value) -> str:
        if value in self._collected:
            return self._list(value)
        if value in self._sources:
            return self._item(self._sources[value])
        made = self._plan.definitions.get(value)
        if isinstance(made, If):
            arms = [region.exit.values[made.results.index(value)] for region in (made.then, made.orelse)]
            # a number that one arm has says less than what the other computes
            arms.sort(key=lambda arm: isinstance(arm.type, Literal))
            return next(filter(None, map(self._short, arms)), "")
        if not isinstance(made, Call):
            return "constant" if made is not None and made.operands == () else ""
        if made.function in (primitives.set_at, primitives.add_at):
            return self._short(made.operands[0]) or "updated"
        return self._call(made)

    def _list(self, kept: Value) -> str:
        item = self._collected[kept]
        made = self._plan.definitions.get(item)
        if isinstance(made, Call) and made.function in (primitives.make_tuple, primitives.pack_like):
            return "d_items" if made.origin.derived else "items_saved"
        name = self._short(item) or self._describe(item) or "values"
        saved = f"{name}_saved"
        return saved if len(saved) <= _LONGEST_LIST else "values_saved"

    def _item(self, source: Value) -> str:
        """Return the name that an item had where its list was made."""
        item = self._inside(source)
        if item is None:
            return "item"
        return self._short(item) or self._describe(item) or "value"

    def _inside(self, sequence: Value) -> Value | None:
        """Return what is collected in a list, or in the lists that are the items of one."""
        kept = self._plan.same.get(sequence, sequence)
        if kept in self._collected:
            return self._collected[kept]
        around = self._inside(self._sources[kept]) if kept in self._sources else None
        return None if around is None else self._inside(around)

    def _call(self, call: Call) -> str:
        function, parts = call.function, [self._short(operand) for operand in call.operands]
        if function in _ADJOINT_OF:
            of, cotangent = parts[_ADJOINT_OF[function]], parts[0]
            return _fit(f"d_{of}" if of else "", cotangent if cotangent.startswith("d_") else "d_value")
        if function is primitives.mask:
            return _fit(f"{parts[1]}_masked" if parts[1] else "", "masked")
        if function in _INFIX and len(parts) == 2:
            return self._infix(call, parts)
        if function is operator.getitem:
            return self._part(call, parts)
        if function in DRAWS:
            return call.spelling or function.__name__
        first = parts[1 if function is np.where and len(parts) > 1 else 0] if parts else ""
        if function is primitives.unpack:
            return _fit(f"{first}_part" if first else "", "part")
        if function in _SUFFIX:
            return _fit(f"{first}_{_SUFFIX[function]}" if first else "", _SUFFIX[function].lower())
        name = _PREFIX.get(function) or call.spelling or str(getattr(function, "__name__", ""))
        word = name.removeprefix("make_").strip("_") or "value"
        return _fit(f"{word}_{first}" if first else "", f"{word}_value")

    def _infix(self, call: Call, parts: list[str]) -> str:
        word, noun = _INFIX[call.function]
        a, b = parts
        if word == "times" and isinstance(call.operands[0].type, Literal):
            word = ""
        whole = "_".join(part for part in (a, word, b) if part) if a and b else ""
        if _fit(whole, ""):
            return whole
        if call.function in _SCALING and (scaled := self._cotangent(call)):
            return scaled if scaled.endswith("_scaled") else _fit(f"{scaled}_scaled", noun)
        if a.endswith(noun):
            return a
        return _fit(f"{a}_{noun}" if a and not isinstance(call.operands[0].type, Literal) else "", noun)

    def _cotangent(self, call: Call) -> str:
        """Return the name of the cotangent that a product begins with."""
        first = call.operands[0]
        made = self._plan.definitions.get(first)
        if first in self._plan.inline and isinstance(made, Call) and made.function in _SCALING:
            return self._cotangent(made)
        name = self._short(first)
        return name if name.startswith("d_") else ""

    def _part(self, call: Call, parts: list[str]) -> str:
        holder, index = parts[0], call.operands[1]
        if not holder:
            return "item"
        match index.type:
            case Literal(slice(start=1, stop=None)):
                return _fit(f"{holder}_tail", "tail")
            case Literal(slice(start=None, stop=-1)):
                return _fit(f"{holder}_head", "head")
            case Literal(slice() | tuple() | list() | np.ndarray()):
                return _fit(f"{holder}_part", "part")
            case Literal(0):
                return _fit(f"{holder}_first", "first")
            case Literal(-1):
                return _fit(f"{holder}_last", "last")
            case Literal(str(key)) if key.isidentifier():
                return _fit(f"{holder}_{key}", "item")
            case _:
                made = self._plan.definitions.get(index)
                if isinstance(made, Call) and made.function in (primitives.make_slice, primitives.make_tuple):
                    return _fit(f"{holder}_part", "part")
                return _fit(f"{holder}_{parts[1]}" if index.named and parts[1] else "", _fit(f"{holder}_item", "item"))

    def _short(self, value: Value) -> str:
        """Return a word for a value, or nothing where it would take too many."""
        if value not in self._plan.inline:
            known = value in self._plan.definitions or value.hint
            return (self._given(value) or value.hint or "") if known else self._given(value)
        if value.hint:
            return value.hint
        if isinstance(value.type, Literal):
            known = value.type.value
            return _NUMBERS.get(known, "") if isinstance(known, int | float) and not isinstance(known, bool) else ""
        made = self._plan.definitions.get(value)
        if not isinstance(made, Call):
            return ""
        if made.function is np.negative:
            return self._short(made.operands[0])
        if made.function in _CONTAINERS:
            return self._short(made.operands[0]) if made.operands else ""
        described = self._call(made)
        return described if len(described) <= _LONGEST_PART else ""


def _fit(name: str, fallback: str) -> str:
    return name if name and len(name) <= _LONGEST and name.isidentifier() else fallback
