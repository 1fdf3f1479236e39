"""Where functions that NumPy has not got are found by those who import them: a module, and a dotted name in it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import BuiltinMethodType
from typing import Any

from s2sad.rules.registry import is_key

HOMES: dict[Callable[..., Any], tuple[str, str]] = {}
"""The module and the name of each function that says nothing of this itself, such as a ufunc."""


def home_of(function: Callable[..., Any]) -> tuple[str, str] | None:
    """Return the module and the dotted name that lead to a function; None where none is known that does."""
    known = HOMES.get(function) if is_key(function) else None
    own = (getattr(function, "__module__", None) or "", getattr(function, "__qualname__", None) or "")
    # what is written in C says that it belongs to `_warnings` or `_operator`
    for module, path in (*([known] if known else []), (own[0].lstrip("_"), own[1]), own):
        if module and path and leads_to(module, path, function):
            return module, path
    return None


def leads_to(module: str, path: str, function: Callable[..., Any]) -> bool:
    """Tell whether a dotted name in a module that has been imported is this function."""
    found: Any = sys.modules.get(module)
    for name in path.split("."):
        found = getattr(found, name, None)
    # a bound method is made anew each time that it is asked for
    return found is function or (found is not None and type(found) is type(function) and _is_same(found, function))


def _is_same(found: Any, function: Any) -> bool:
    if isinstance(found, BuiltinMethodType):
        # a method of a ufunc
        return bool(found == function)
    has_owner = getattr(found, "__func__", None) is not None
    return has_owner and found.__func__ is function.__func__ and found.__self__ is function.__self__
