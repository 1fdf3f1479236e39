"""The functions of `math` on Python's floats, against central differences."""
from __future__ import annotations

import math

import numpy as np
import pytest

import s2sad
from s2sad.rules.registry import RULES

NAMES = sorted(function.__name__ for function in RULES if getattr(function, "__module__", None) == "math")
TWO = ("atan2", "hypot", "pow")


def test_there_are_such_rules():
    assert {"sin", "exp", "log", "sqrt", "tanh"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("types", [None, "x: float; y: float"], ids=["unknown", "float"])
def test_math_agrees(name, types):
    start = 1.3 if name == "acosh" else 0.6
    call = f"math.{name}(x, y)" if name in TWO else f"math.{name}(x) * y"
    text = s2sad.differentiate(f"import math\ndef f(x, y):\n    return {call}\n", "f", argnums=(0, 1), types=types)
    module: dict[str, object] = {}
    exec(text, module)
    function = getattr(math, name)

    def f(x, y):
        return function(x, y) if name in TWO else function(x) * y

    found = module["f_grad"](start, 0.7)
    h = 1e-6
    expected = [
        (f(start + h, 0.7) - f(start - h, 0.7)) / (2 * h),
        (f(start, 0.7 + h) - f(start, 0.7 - h)) / (2 * h),
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)
