"""Functions of NumPy's that apply a function of the user's: against differences, and refused where they round."""
from __future__ import annotations

import numpy as np
import pytest

import s2sad

V = np.array([0.3, -0.7, 0.45, 1.2])


def step(t, a=2.0):
    if t > 0:
        return a * t * t
    return np.sin(t)


def counted(t, total=0):
    for _ in range(2):
        if t > 0:
            total = total + t
    return total


def recursive(t, weights, n=2):
    return 0 if n == 0 or t < 0 else t + recursive(t * weights[n], weights, n - 1)


def summed(t):
    total = 0.0
    for k in range(3):
        total += t * k if t > 0 else -t
    return total


outside = np.vectorize(step)


@np.vectorize
def decorated(a, b):
    return a * b if a > b else a


def elements(x):
    return np.sum(np.vectorize(step)(x) * x) + np.sum(outside(x[:, None] * x) ** 2) + np.sum(decorated(x, 0.4) * x)


def pairs(x):
    rows = np.vectorize(lambda a, b: a * b if a > b else a + b * b)(x[:, None], x)
    return np.sum(rows * x) + np.vectorize(step)(x[0]) * x[1]


def rows_and_columns(x):
    rows = x[:, None] * x + 1.0
    products = np.apply_along_axis(np.prod, 0, rows) + np.apply_along_axis(lambda row: np.sum(row**3), 1, rows)
    return np.sum(products * x) + np.sum(np.apply_along_axis(np.linalg.norm, -1, rows, 1) ** 2)


def vectors_of_rows(x):
    cube = np.sin(x[:, None, None] * x[:3, None] * x[:2])
    total = 0.0
    for made in (
        np.apply_along_axis(lambda row, s: np.cumsum(row)[1:] * s, 0, x[:, None] * x[:3], x[1]),
        np.apply_along_axis(lambda row: row[:2] * row[1:], 1, cube),
        np.apply_along_axis(lambda row: np.flip(row), 2, cube),
        np.apply_along_axis(np.sort, 0, x),
    ):
        total += np.sum(made**2 * np.arange(1.0, made.size + 1).reshape(made.shape))
    return total + np.sum(np.apply_along_axis(lambda row: np.sum(row**2), 0, x))


def parts(x):
    whole = np.piecewise(x, [x < 0, x > 1], [lambda v: v**2, lambda v: -v, 3.0])
    shifted = np.piecewise(x * 2.0, [x < 0, x >= 0.4], [lambda v, k: np.sin(v) * k, lambda v, k: v * k], x[1])
    return np.sum(whole * x) + np.sum(shifted**2) + np.piecewise(x[0], [x[0] < 0, x[0] >= 0], [np.sin, np.cos]) * x[1]


def overlapping_parts(x):
    return np.sum(np.piecewise(x * x, [x > 0, x > 0.4], [lambda v: v * 3.0, lambda v: v - np.mean(v)]) ** 2)


def of_indices(x):
    table = np.fromfunction(lambda i, j, a: a * i + x[0] ** i * x[3] * j + x[1], (3, 2), a=x[2])
    return np.sum(table**2) + np.sum(np.fromfunction(lambda k: x[k] * k, (4,), dtype=int))


FUNCTIONS = [elements, pairs, rows_and_columns, vectors_of_rows, parts, overlapping_parts, of_indices]


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_both_sweeps_agree_with_differences(f):
    s2sad.check_grads(f, (V,))
    assert s2sad.grad(f)(V.astype("f4")).dtype == np.float32
    value, _ = s2sad.value_and_grad(f)(V)
    np.testing.assert_allclose(value, f(V), rtol=1e-15)


def test_sums_that_begin_as_floats():
    s2sad.check_grads(lambda x: np.sum(np.vectorize(summed)(x) ** 2), (V,))
    with pytest.raises(s2sad.DifferentiationError, match="known to be floats"):
        s2sad.grad(lambda x: np.sum(np.vectorize(summed)(x) ** 2))(V.astype("f4"))


REFUSED = {
    "integers among them": (lambda x: np.sum(np.vectorize(lambda t: 0 if t < 0 else t)(x)), "may be integers"),
    "an integer that grows": (lambda x: np.sum(np.vectorize(counted)(x)), "may be integers"),
    "an integer at the bottom": (
        lambda x: np.sum(np.apply_along_axis(lambda row: recursive(row[0], row), 0, x)), "may be integers|known to be"),
    "the larger one": (lambda x: np.sum(np.vectorize(lambda t: max(t, 0))(x)), "may be integers"),
    "integers": (lambda x: np.sum(np.vectorize(lambda t: 1)(x)), "known to be floats"),
    "options": (lambda x: np.sum(np.vectorize(step, otypes=[int])(x)), "more than a function"),
    "keywords": (lambda x: np.sum(np.vectorize(step)(x, a=3.0)), "by position"),
    "arrays": (lambda x: np.sum(np.vectorize(lambda t: np.array([t, t]))(x)), "returns arrays"),
    "matrices": (lambda x: np.sum(np.apply_along_axis(lambda r: np.outer(r, r), 0, x)), "returns matrices"),
    "whole numbers": (lambda x: np.sum(np.piecewise(np.array([1, 2]), [x[:2] > 0], [lambda v: v * x[0]])), "floats"),
    "missing parts": (lambda x: np.sum(np.piecewise(x, [x > 0, x > 1, x > 2], [np.sin])), "for each condition"),
    "axes that vary": (lambda x: np.sum(np.apply_along_axis(np.sum, np.argmax(x), x)), "no constant"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_rounded_or_is_not_known_is_refused(name):
    f, says = REFUSED[name]
    with pytest.raises(s2sad.DifferentiationError, match=says) as caught:
        s2sad.grad(f)(V)
    assert "S2S134" in str(caught.value)
    assert "test_mapped.py" in str(caught.value)


def test_nothing_is_claimed_without_types():
    with pytest.raises(s2sad.DifferentiationError, match="give the types"):
        s2sad.differentiate("import numpy as np\ndef f(x): return np.sum(np.vectorize(np.sin)(x))\n", "f")


def test_a_file_that_is_only_read():
    source = "import numpy as np\ndef g(t):\n    return t * t\ndef f(x):\n    return np.sum(np.vectorize(g)(x))\n"
    found = s2sad.differentiate(source, "f", types="x: float64[N]")
    scope = {}
    exec(found.source if hasattr(found, "source") else found, scope)
    np.testing.assert_allclose(scope["f_grad"](V), 2 * V)
