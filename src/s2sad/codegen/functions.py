"""Where functions are found by generated code: NumPy's namespaces, builtins, importable modules."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from s2sad.codegen.constants import Unspellable
from s2sad.codegen.helpers import is_helper, printed_name
from s2sad.ir.procedures import Procedure
from s2sad.rules.homes import home_of

_NAMESPACES = ("", "linalg", "fft", "random", "lib.stride_tricks")
"""Where NumPy keeps its functions. A namespace that nobody has imported yet is not imported to look into it."""


@dataclass(slots=True)
class Imports:
    """What a module has to import or to paste for the functions that it calls.

    Attributes
    ----------
    shadowed : frozenset of str
        Names of parameters, which hide what else has these names.
    used : frozenset of str
        All names of variables and constants, which helpers have to leave alone.
    modules : dict
        The modules to import and the names that they go by, in order of first use.
    helpers : dict
        The functions to paste, in order of first use.
    procedures : mapping
        The names of the functions of the program that are called.
    """

    shadowed: frozenset[str]
    used: frozenset[str] = frozenset()
    modules: dict[str, str] = field(default_factory=dict)
    helpers: dict[Callable[..., Any], None] = field(default_factory=dict)
    procedures: Mapping[Procedure, str] = field(default_factory=dict)

    @property
    def numpy(self) -> str:
        """The name that NumPy goes by."""
        return next(name for name in ("np", "numpy", "_np") if name not in self.shadowed)

    def builtin(self, name: str) -> ast.expr:
        """Return the expression of a builtin function."""
        if name not in self.shadowed:
            return ast.Name(name, ast.Load())
        return dotted(f"{self._module('builtins')}.{name}")

    def function(self, function: Callable[..., Any]) -> ast.expr:
        """Return the expression of a function object."""
        if isinstance(function, Procedure):
            return ast.Name(self.procedures[function], ast.Load())
        if is_helper(function):
            self.helpers[function] = None
            return ast.Name(printed_name(function, self.used), ast.Load())
        name = getattr(function, "__name__", "")
        for path in _NAMESPACES:
            namespace = sys.modules.get(f"numpy.{path}" if path else "numpy")
            if name and getattr(namespace, name, None) is function:
                return dotted(".".join(part for part in (self.numpy, path, name) if part))
        if getattr(builtins, name, None) is function:
            return self.builtin(name)
        home = home_of(function)
        if home is not None:
            return self.member(*home)
        raise Unspellable(f"{function!r} cannot be found by name")

    def member(self, module: str, path: str) -> ast.expr:
        """Return the expression of what a module has under a dotted name."""
        return dotted(f"{self.numpy if module == 'numpy' else self._module(module)}.{path}")

    def _module(self, module: str) -> str:
        """Return the name that a module goes by: its own unless a parameter has that."""
        alias = module
        if module.partition(".")[0] in self.shadowed:
            alias = f"_{module.replace('.', '_')}"
            while alias in self.used:
                alias = f"_{alias}"
        return self.modules.setdefault(module, alias)


def dotted(path: str) -> ast.expr:
    """Return the expression of a dotted name."""
    first, *rest = path.split(".")
    expression: ast.expr = ast.Name(first, ast.Load())
    for name in rest:
        expression = ast.Attribute(expression, name, ast.Load())
    return expression
