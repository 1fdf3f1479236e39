"""The types of results: one small function for each NumPy function, found by the function object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Type

TypeRule = Callable[..., Type]
"""Called with the types of the arguments as the function is called with the arguments; returns the result's type."""

TYPE_RULES: dict[Callable[..., Any], TypeRule] = {}
"""The type rule of each function; what has none gives a result of unknown type."""


def types(*functions: Callable[..., Any]) -> Callable[[TypeRule], TypeRule]:
    """Register a type rule for functions."""

    def register(rule: TypeRule) -> TypeRule:
        TYPE_RULES.update(dict.fromkeys(functions, rule))
        return rule

    return register


def infer(function: Callable[..., Any], form: Form, args: tuple[Type, ...], kwargs: dict[str, Type]) -> Type:
    """Return the type of a call's result; `UNKNOWN` where nothing is known."""
    rule = TYPE_RULES.get(function)
    if rule is None:
        return UNKNOWN
    try:
        return rule(form, *args, **kwargs)
    except (TypeError, ValueError, IndexError, KeyError, OverflowError, ZeroDivisionError):
        # arguments that the function does not take, or cannot compute with: no type, the program itself will say so
        return UNKNOWN
