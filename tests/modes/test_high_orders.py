"""Derivatives up to the fifth: their values, and how long their text is."""

from __future__ import annotations

import ast
from typing import Any

import mpmath
import numpy as np
import pytest

import s2sad


def sin_exp(x: Any) -> Any:
    """Return a function whose derivatives grow."""
    return np.sin(np.exp(x))


def tanh(x: Any) -> Any:
    """Return a function whose derivatives are polynomials of itself."""
    return np.tanh(x)


@pytest.mark.parametrize(("f", "exact"), [(sin_exp, lambda x: mpmath.sin(mpmath.exp(x))), (tanh, mpmath.tanh)])
def test_values_and_length(f: Any, exact: Any) -> None:
    derivative = f
    for order in range(1, 6):
        derivative = s2sad.grad(derivative)
        for x in np.linspace(-2.0, 2.0, 9):
            with mpmath.workdps(40):
                wanted = float(mpmath.diff(exact, mpmath.mpf(x), order))
            assert abs(derivative(float(x)) - wanted) <= 1e-9 * max(1.0, abs(wanted))
        (function,) = [one for one in ast.parse(derivative.source).body if isinstance(one, ast.FunctionDef)]
        # the guard of the types is not counted: an `if` with a `raise` in it
        counted = [node for node in ast.walk(function) if isinstance(node, ast.stmt)]
        assert len(counted) - 3 <= 3**order


def test_powers_of_python_floats_have_mixed_derivatives() -> None:
    """The logarithm in the derivative by the exponent varies with the base alone."""

    def f(x: Any, y: Any) -> Any:
        return x**y

    x, y, log = 0.6, 0.71, np.log(0.6)
    mixed = x ** (y - 1) * (1 + y * log)
    rows = [s2sad.hvp(f, (x, y), seed) for seed in ((1.0, 0.0), (0.0, 1.0))]
    np.testing.assert_allclose(rows, [[y * (y - 1) * x ** (y - 2), mixed], [mixed, x**y * log**2]], rtol=1e-12)
