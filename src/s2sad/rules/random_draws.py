"""The functions of `numpy.random` and `random`: they draw from a generator that the module holds, or make one.

Loaded once one of these modules has been imported. No rule differentiates a draw: its result is a constant, and one
whose parameters vary with the inputs is refused.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.infer import TYPE_RULES, TypeRule
from s2sad.analysis.types_random import RULES_OF_NUMPY, RULES_OF_PYTHON
from s2sad.ir.primitives_random import DRAWS, MAKERS, METHODS
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Generator, Type
from s2sad.rules.homes import HOMES


def _unknown(_form: Form, *_args: Type, **_named: Type) -> Type:
    return UNKNOWN


def _made(kind: str) -> TypeRule:
    def rule(_form: Form, *_args: Type, **_named: Type) -> Type:
        return Generator(kind)

    return rule


def _declare(module: Any, name: str, function: Callable[..., Any], rule: TypeRule) -> None:
    DRAWS.add(function)
    TYPE_RULES[function] = rule
    HOMES[function] = (module.__name__, name)


for _module, _rules in ((np.random, RULES_OF_NUMPY), (random, RULES_OF_PYTHON)):
    for _name in METHODS:
        if hasattr(_module, _name):
            _declare(_module, _name, getattr(_module, _name), _rules.get(_name, _unknown))

# a name leads to the class or function that makes a generator, or its source of bits
for _module, _name, _kind in (
    *((np.random, name, name) for name in ("Generator", "RandomState")),
    (np.random, "default_rng", "Generator"),
    (random, "Random", "Random"),
    *((np.random, name, None) for name in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")),
):
    _function = getattr(_module, _name)
    _declare(_module, _name, _function, _unknown if _kind is None else _made(_kind))
    MAKERS.add(_function)
