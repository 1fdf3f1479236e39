"""The functions of `math`, which have the derivatives of NumPy's functions of these names."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from s2sad.rules.registry import RULES

_SAME = ("exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "hypot")
_NAMES = {
    **dict(zip(_SAME, _SAME, strict=True)),
    **{"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "fabs": "absolute", "pow": "power"},
    **{"asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh"},
}
"""The name in NumPy of each function of `math`."""

for _own, _name in _NAMES.items():
    _rule = RULES.get(getattr(np, _name))
    if _rule is not None and _rule.kind == "elementwise":
        RULES[getattr(math, _own)] = replace(_rule, function=getattr(math, _own))
