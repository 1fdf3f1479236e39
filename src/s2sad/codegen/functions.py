"""Where functions are found by generated code: NumPy's namespaces, builtins, importable modules."""
from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from s2sad.codegen.constants import Unspellable
from s2sad.codegen.helpers import is_helper, printed_name

_NAMESPACES: tuple[tuple[str, ModuleType], ...] = (
    ("", np),
    ("linalg", np.linalg),
    ("fft", np.fft),
    ("random", np.random),
    ("lib.stride_tricks", np.lib.stride_tricks),
)


@dataclass(slots=True)
class Imports:
    """What a module has to import or to paste for the functions that it calls.

    Attributes
    ----------
    shadowed : frozenset of str
        Names of parameters, which hide what else has these names.
    modules : dict
        The modules to import, in order of first use.
    helpers : dict
        The functions to paste, in order of first use.
    """

    shadowed: frozenset[str]
    modules: dict[str, None] = field(default_factory=dict)
    helpers: dict[Callable[..., Any], None] = field(default_factory=dict)

    @property
    def numpy(self) -> str:
        """The name that NumPy goes by."""
        return next(name for name in ("np", "numpy", "_np") if name not in self.shadowed)

    def builtin(self, name: str) -> ast.expr:
        """Return the expression of a builtin function."""
        if name not in self.shadowed:
            return ast.Name(name, ast.Load())
        self.modules["builtins"] = None
        return dotted(f"builtins.{name}")

    def function(self, function: Callable[..., Any]) -> ast.expr:
        """Return the expression of a function object."""
        if is_helper(function):
            self.helpers[function] = None
            return ast.Name(printed_name(function), ast.Load())
        name = getattr(function, "__name__", "")
        for path, namespace in _NAMESPACES:
            if name and getattr(namespace, name, None) is function:
                return dotted(".".join(part for part in (self.numpy, path, name) if part))
        if getattr(builtins, name, None) is function:
            return self.builtin(name)
        module = getattr(function, "__module__", None)
        if module and getattr(sys.modules.get(module), name, None) is function:
            self.modules[module] = None
            return dotted(f"{module}.{name}")
        raise Unspellable(f"{function!r} cannot be found by name")


def dotted(path: str) -> ast.expr:
    """Return the expression of a dotted name."""
    first, *rest = path.split(".")
    expression: ast.expr = ast.Name(first, ast.Load())
    for name in rest:
        expression = ast.Attribute(expression, name, ast.Load())
    return expression
