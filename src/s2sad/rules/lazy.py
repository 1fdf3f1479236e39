"""Rules of SciPy's functions, of `numpy.fft` and of random draws, loaded once a program could call such a function.

Importing s2sad imports no SciPy, and of NumPy no more than NumPy does itself. Whoever holds a function of a module has
imported that, so the modules that have been imported tell which rules can be wanted.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from s2sad.rules.registry import CONSTANT, RULES, is_key

WAITING = {
    "numpy.fft": ("s2sad.rules.fourier",),
    "numpy.polynomial": ("s2sad.rules.quadrature",),
    "numpy.random": ("s2sad.rules.random_draws",),
    "random": ("s2sad.rules.random_draws",),
    "scipy.special": ("s2sad.rules.scipy_special",),
    "scipy.linalg": ("s2sad.rules.scipy_linalg", "s2sad.rules.scipy_banded"),
    "scipy.signal": ("s2sad.rules.scipy_signal",),
    "scipy.stats": ("s2sad.rules.scipy_stats",),
}
"""The modules that declare the rules for the functions of each module, until they are loaded."""

LOADED: list[str] = []
"""The modules of rules that have been loaded."""


def load_rules_of(function: Callable[..., Any]) -> None:
    """Load the rules that a function could be among."""
    if WAITING and is_key(function) and function not in RULES and function not in CONSTANT:
        load_all_imported()


def load_all_imported() -> None:
    """Load the rules for all that has been imported."""
    for module in [name for name in WAITING if name in sys.modules]:
        load(module)


def load(module: str) -> None:
    """Load the rules for the functions of a module."""
    for rules in WAITING.pop(module, ()):
        if rules not in LOADED:
            import_module(rules)
            LOADED.append(rules)


def load_all() -> None:
    """Load all rules that wait, as far as what they are for is installed."""
    for module in list(WAITING):
        try:
            import_module(module)
        except ImportError:
            continue
        load(module)
