"""Functions that fit, count, transform and join numbers: where they are refused, and where generated code raises."""
from __future__ import annotations

import numpy as np
import pytest

import s2sad

V = np.array([0.3, -0.7, 0.45, 1.2])


@pytest.mark.parametrize("p", [np.array([0.0, 0.3, 0.7]), np.array([0.0, 0.0])])
def test_a_product_of_polynomials_drops_leading_zeros_and_has_no_derivative_there(p):
    for f in (lambda p: np.sum(np.polymul(p, V) ** 2), lambda p: np.sum(np.polymul(p, np.array([1.0, 2.0])))):
        with pytest.raises(ValueError, match="leading coefficient is 0"):
            s2sad.grad(f)(p)
        with pytest.raises(ValueError, match="leading coefficient is 0"):
            s2sad.jvp(f, (p,), (np.ones_like(p),))


REFUSED = {
    "slope of a constant": (lambda x: np.sum(np.polyder([x[0]])), "is a constant"),
    "roots of unknown number": (lambda x: np.sum(np.poly(x)), "known length"),
    "covariance of a fit": (lambda x: np.sum(np.polyfit(x, x, 1, cov=True)[0]), "cov="),
    "points between arrays": (lambda x: np.sum(np.geomspace(x + 2.0, x + 3.0, 4)), "between arrays"),
    "places that are a mask": (lambda x: np.sum(np.insert(x, x > 0, 1.0)), "integers"),
    "several axes to trim": (lambda x: np.sum(np.trim_zeros(x[:, None] * x)), "no vector"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_rule_is_refused_where_it_stands(name):
    f, says = REFUSED[name]
    with pytest.raises(s2sad.DifferentiationError, match=says) as caught:
        s2sad.grad(f)(V.copy())
    assert "test_numeric_functions.py" in str(caught.value)
    assert "S2S201" in str(caught.value)
