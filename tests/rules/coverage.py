"""What s2sad makes of each function that autograd differentiates, and of each public function of NumPy.

`python -m tests.rules.coverage` prints the tables, which `docs/rules.md` has as well.
"""
from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np

from s2sad.analysis.infer import TYPE_RULES
from s2sad.frontend.calls import BUILTINS
from s2sad.frontend.handlers import LATE, handler_of
from s2sad.frontend.mutators import writer_of
from s2sad.frontend.prelude import PRELUDE
from s2sad.rules import lazy
from s2sad.rules.homes import HOMES
from s2sad.rules.registry import CONSTANT, RULES

DIFFERENTIATED, IS_CONSTANT, IDLE, REFUSED = "differentiated", "constant", "idle", "refused"

NAMESPACES = {"numpy": np, "numpy.linalg": np.linalg, "numpy.fft": np.fft, "math": math, "operator": operator}

_DISTRIBUTIONS = ("beta", "chi2", "dirichlet", "gamma", "multivariate_normal", "norm", "poisson", "t")

AUTOGRAD = (
    *("numpy", "numpy.linalg", "numpy.fft", "scipy.special", "scipy.linalg", "scipy.signal", "scipy.integrate"),
    *(f"scipy.stats.{name}" for name in _DISTRIBUTIONS),
)
"""The modules of autograd that declare derivatives."""

_STAND_INS = {
    "array_from_args": np.array,
    "_array_from_scalar_or_array": np.array,
    "concatenate_args": np.concatenate,
    "__getitem__": operator.getitem,
}
"""Functions of autograd's own that stand for one of NumPy's."""


_DECISIONS = frozenset(
    {
        *(operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge, operator.floordiv),
        *(operator.and_, operator.or_, operator.xor, operator.invert, operator.lshift, operator.rshift),
    }
)
"""Operators whose results carry no derivative."""


def status(function: Any) -> str:
    """Return what happens to a call of a function whose arguments vary."""
    if type(function).__hash__ is None:
        return REFUSED
    function = BUILTINS.get(function, function)
    if function in CONSTANT or function in _DECISIONS:
        return IS_CONSTANT
    if function in RULES or handler_of(function) is not None or function in PRELUDE or writer_of(function) is not None:
        return DIFFERENTIATED
    return IDLE if function in TYPE_RULES else REFUSED


def public_functions(module: Any) -> dict[str, Callable[..., Any]]:
    """Return the functions that a module offers, each under its first name."""
    offered = getattr(module, "__all__", None) or dir(module)
    found: dict[Any, str] = {}
    for name in sorted(offered):
        value = getattr(module, name, None)
        if callable(value) and not inspect.isclass(value) and not name.startswith("_"):
            found.setdefault(value, name)
    return {name: value for value, name in found.items()}


def statuses(module: Any) -> dict[str, list[str]]:
    """Return the names of a module's functions by what happens to them."""
    table: dict[str, list[str]] = {DIFFERENTIATED: [], IS_CONSTANT: [], IDLE: [], REFUSED: []}
    for name, function in public_functions(module).items():
        table[status(function)].append(name)
    return table


def autograd_primitives() -> Iterator[tuple[str, Any]]:
    """Yield the name and the function of each primitive of NumPy's and SciPy's that autograd has a derivative for."""
    for name in AUTOGRAD:
        import_module(f"autograd.{name}")
    from autograd.core import primitive_vjps

    seen = set()
    for primitive in primitive_vjps:
        function = _STAND_INS.get(primitive.__name__, primitive.fun)
        if primitive.__module__.startswith("autograd.scipy.signal") or _home(primitive.fun) == "autograd.scipy.signal":
            function = import_module("scipy.signal").convolve
        home = _home(function)
        if home.startswith("autograd") or function in seen:
            # the machinery of its tapes and containers
            continue
        seen.add(function)
        yield _named(function), function


def _home(function: Any) -> str:
    return getattr(function, "__module__", None) or ""


def _named(function: Any) -> str:
    """Return a function's public name: `scipy.stats.norm.pdf` for a method of a distribution."""
    name, owner = function.__name__, getattr(function, "__self__", None)
    if owner is not None and not inspect.ismodule(owner):
        stats = import_module("scipy.stats")
        distribution = next(key for key, value in vars(stats).items() if value is owner)
        return f"scipy.stats.{distribution}.{name}"
    places = ("numpy", "numpy.linalg", "numpy.fft", "scipy.special", "scipy.linalg", "scipy.signal", "scipy.integrate")
    found = (place for place in places if getattr(import_module(place), name, None) is function)
    return f"{next(found, _home(function))}.{name}"


def lacking() -> set[str]:
    """Return the primitives of autograd that s2sad does not differentiate."""
    load_everything()
    return {name for name, function in autograd_primitives() if status(function) in (IDLE, REFUSED)}


def load_everything() -> None:
    """Load the rules that are loaded when a function is met."""
    lazy.load_all()


def markdown() -> str:
    """Return the tables of the page."""
    load_everything()
    lines = []
    for title, module in NAMESPACES.items():
        lines += [f"### `{title}`", ""]
        for state, names in statuses(module).items():
            if names:
                lines += [_line(state, names)]
    known = {(module, path) for function, (module, path) in HOMES.items() if function in RULES} | set(LATE)
    for module in sorted({module for module, _ in known if module.startswith("scipy.")}):
        names = sorted(path for own, path in known if own == module)
        lines += [f"### `{module}`", "", _line(DIFFERENTIATED, names)]
    return "\n".join(lines)


def _line(state: str, names: list[str]) -> str:
    return f"**{state.capitalize()}** ({len(names)}): {', '.join(f'`{name}`' for name in names)}.\n"


if __name__ == "__main__":
    print(markdown())
    print("Lacking of what autograd differentiates:", *sorted(lacking()), sep="\n  ")
