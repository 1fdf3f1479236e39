"""Lists and tuples of numbers that are given where a function makes an array of them first.

Such a call is composed of `np.array` and of the function itself. What takes several arrays in a list (`np.concatenate`)
has rules of its own, and so have lists that say how, not what (the `q` of `np.quantile`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.ir.program import Call
from s2sad.ir.types import List, Tuple, Type, is_differentiable, widen
from s2sad.rules.composing import SPECIAL
from s2sad.rules.registry import Rule, Unsupported
from s2sad.rules.staging import Symbol, record

_OF_SEVERAL = frozenset(
    {
        *(np.concatenate, np.stack, np.hstack, np.vstack, np.dstack, np.column_stack, np.block, np.select, np.choose),
        *(np.array, np.asarray, np.asanyarray, np.linalg.multi_dot, np.pad),
    }
)
"""Functions that take several arrays in a list, or make an array of it by rules of their own."""

_HOMES = ("numpy", "scipy.special", "scipy.linalg")
_SETTINGS = frozenset({"q", "range", "order", "axis"})
"""Parameters that are no arrays."""


def _of_lists(rule: Rule | None, call: Call) -> Rule | None:
    """Return the rule of a call that is given lists of numbers for arrays; None for any other call."""
    if rule is None or rule.own or not any(_is_list(operand.type) for operand in call.operands):
        return None
    function = call.function
    if function in _OF_SEVERAL or not _home(function).startswith(_HOMES):
        return None
    names = [one.name for one in rule.parameters]
    places = [names[k] if k < len(names) else "" for k in range(len(call.positional))] + list(call.keywords)
    given = {k for k, operand in enumerate(call.operands) if _is_list(operand.type) and places[k] not in _SETTINGS}
    if not given:
        return None
    count = len(call.positional)
    by_name = frozenset(name for k, name in enumerate(call.keywords, count) if k in given)
    return Rule(function, "composed", functools.partial(_with_arrays, function, frozenset(given), by_name))


def _with_arrays(
    function: Callable[..., Any], places: frozenset[int], names: frozenset[str], *args: Any, **named: Any
) -> Any:
    symbol = _symbol_in([*args, *named.values()])
    if symbol is None:
        raise Unsupported(f"np.{function.__name__} of constants has no derivative rule")

    def made(value: Any) -> Any:
        return record(symbol.builder, np.array, value if isinstance(value, Symbol) else list(value))

    given = [made(arg) if k in places else arg for k, arg in enumerate(args)]
    rest = {name: made(value) if name in names else value for name, value in named.items()}
    return record(symbol.builder, function, *given, **rest)


def _symbol_in(values: Any) -> Symbol | None:
    """Return a symbol among values and the items of lists."""
    for value in values:
        found = value if isinstance(value, Symbol) else _symbol_in(value) if isinstance(value, list | tuple) else None
        if found is not None:
            return found
    return None


def _is_list(type_: Type) -> bool:
    """Tell whether a value is a list or tuple that may hold floats."""
    return isinstance(widen(type_), List | Tuple) and is_differentiable(type_)


def _home(function: Any) -> str:
    if isinstance(function, np.ufunc) or isinstance(getattr(function, "__self__", None), np.ufunc):
        return "numpy"
    return getattr(function, "__module__", None) or ""


SPECIAL.append(_of_lists)
