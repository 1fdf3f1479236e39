"""Running a rule's body of the user's so that every function that has a rule is recorded, however it is called.

NumPy's functions record themselves. Others would run on symbols, so a body gets stand-ins for those that it names: in
its globals, its closure, in modules, and in the functions of the user's that it calls.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CellType, FunctionType, ModuleType
from typing import Any

import numpy as np

from s2sad.ir.builder import Builder
from s2sad.rules.registry import CONSTANT, RULES, Unsupported, is_key
from s2sad.rules.staging import Symbol, record

_OWN = frozenset({"numpy", "s2sad", "builtins"})
"""Packages whose functions record themselves."""


class Recorder:
    """Makes the stand-ins for one run of a body."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder

    def view(self, value: Any) -> Any:
        """Return what stands in for a value while a body runs; most values stand for themselves."""
        if isinstance(value, ModuleType):
            return value if value.__name__.partition(".")[0] in _OWN else _Module(value, self)
        if _is_recorded(value):
            return self._recorded(value)
        if isinstance(value, FunctionType) and value.__globals__.get("__name__", "").partition(".")[0] not in _OWN:
            return self._function(value)
        return value

    def _recorded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            if not any(map(_has_symbol, (*args, *kwargs.values()))):
                return function(*args, **kwargs)
            return record(self._builder, function, *args, **kwargs)

        return called

    def _function(self, function: FunctionType) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            variables = {name: self._shallow(value) for name, value in function.__globals__.items()}
            cells = tuple(map(self._cell, function.__closure__ or ()))
            copied = FunctionType(function.__code__, variables, function.__name__, function.__defaults__, cells)
            copied.__kwdefaults__ = function.__kwdefaults__
            return copied(*args, **kwargs)

        return called

    def _cell(self, cell: CellType) -> CellType:
        try:
            return CellType(self._shallow(cell.cell_contents))
        except ValueError:
            return cell

    def _shallow(self, value: Any) -> Any:
        return value if isinstance(value, type) else self.view(value)


class _Module:
    """A module whose functions are recorded."""

    def __init__(self, module: ModuleType, recorder: Recorder) -> None:
        self._module, self._recorder = module, recorder

    def __getattr__(self, name: str) -> Any:
        return self._recorder.view(getattr(self._module, name))


def _is_recorded(value: Any) -> bool:
    if isinstance(value, type | np.ufunc) or not is_key(value):
        return False
    if hasattr(value, "_implementation") and type(value).__module__.startswith("numpy"):
        return False
    return value in RULES or value in CONSTANT


def _has_symbol(value: Any) -> bool:
    return isinstance(value, Symbol) or (isinstance(value, tuple | list) and any(map(_has_symbol, value)))


def builder_of(values: Any) -> Builder:
    """Return the builder of the first symbol in nested values."""
    for value in values:
        if isinstance(value, Symbol):
            return value.builder
        if isinstance(value, tuple | list) and _has_symbol(value):
            return builder_of(value)
    raise Unsupported("a rule is applied to constants only")
