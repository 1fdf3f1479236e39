"""Functions that fit, count, transform and join numbers: where they are refused, and where generated code raises."""
from __future__ import annotations

import numpy as np
import pytest
from scipy.special import i0, i1, iv

import s2sad

V = np.array([0.3, -0.7, 0.45, 1.2])


@pytest.mark.parametrize("p", [np.array([0.0, 0.3, 0.7]), np.array([0.0, 0.0])])
def test_a_product_of_polynomials_drops_leading_zeros_and_has_no_derivative_there(p):
    for f in (lambda p: np.sum(np.polymul(p, V) ** 2), lambda p: np.sum(np.polymul(p, np.array([1.0, 2.0])))):
        with pytest.raises(ValueError, match="leading coefficient is 0"):
            s2sad.grad(f)(p)
        with pytest.raises(ValueError, match="leading coefficient is 0"):
            s2sad.jvp(f, (p,), (np.ones_like(p),))


def test_what_is_equal_stands_first_in_a_set():
    x = np.array([2.0, 0.5, 2.0, 1.0])
    np.testing.assert_array_equal(s2sad.grad(lambda x: np.dot(np.unique(x), 2.0 ** np.arange(3)))(x), [4, 1, 0, 2])
    np.testing.assert_array_equal(s2sad.grad(lambda x: np.sum(np.setdiff1d(x, [2.0, 3.0]) ** 2))(x), [0, 1, 0, 2])
    d_x, d_y = s2sad.grad(lambda x, y: np.sum(np.setxor1d(x, y) ** 2), argnums=(0, 1))(x, np.array([1.0, 3.0]))
    np.testing.assert_array_equal(d_x, [4, 1, 0, 0])
    np.testing.assert_array_equal(d_y, [0, 6])


def mantissas(x):
    parts, exponents = np.frexp(x)
    return np.sum(np.ldexp(parts**2, exponents + 1) * x)


def whole_parts(x):
    part, whole = np.modf(3.0 * x)
    quotient, rest = np.divmod(x, 0.31)
    return np.sum(part**2 * whole) + np.sum(rest**2 * quotient) + np.sum(np.ldexp(x, 3) ** 2)


def weighed(x):
    counts, edges = np.histogram(x, 3, weights=x**2)
    return np.sum(np.bincount(np.array([0, 2, 2, 1]), weights=x**3) ** 2) + np.sum(counts**2 * np.diff(edges))


def counted(x):
    labels, counts = np.unique(np.array([3, 1, 3, 3]), return_counts=True)
    return np.sum(x[labels] * counts) + x[0] * np.intersect1d([1, 3], [3, 4])[0] ** 2


def stored_along_axis(x):
    rows = x[:, None] * x
    columns = np.sin(rows)
    np.put_along_axis(rows, np.argmin(rows, axis=1, keepdims=True), x[:, None] ** 2, axis=1)
    np.put_along_axis(columns, np.array([[0, 3, 3, 1], [1, 0, 3, 2]]), np.stack([x, x**3]), 0)
    line = x * 2.0
    np.put_along_axis(line, np.array([1, 3]), x[:2] ** 2, -1)
    return np.sum(rows**2) + np.sum(columns**3) + np.sum(line**2 * x)


@pytest.mark.parametrize("f", [mantissas, whole_parts, weighed, counted, stored_along_axis], ids=lambda f: f.__name__)
def test_both_sweeps_agree_with_differences(f):
    s2sad.check_grads(f, (V,))
    gradient, along = s2sad.grad(f), np.cos(np.arange(4.0))
    across = (gradient(V + 1e-5 * along) - gradient(V - 1e-5 * along)) / 2e-5
    np.testing.assert_allclose(s2sad.hvp(f, (V,), (along,)), across, rtol=1e-6, atol=1e-8)
    assert gradient(V.astype("f4")).dtype == np.float32


def test_quantiles_leave_out_what_is_no_number():
    rows = np.array([[np.nan, 3.0, 1.0, 2.0], [np.nan] * 4, [1.0, np.nan, 2.0, 2.0]])
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning, match="All-NaN"):
        found = s2sad.grad(lambda x: np.sum(np.nan_to_num(np.nanmedian(x, axis=1))))(rows)
    np.testing.assert_array_equal(found, [[0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0.5, 0.5]])
    found = s2sad.grad(lambda x: np.nanpercentile(x, 75.0))(rows[0])
    np.testing.assert_allclose(found, [0, 0.5, 0, 0.5])


def test_the_derivative_of_i0_is_i1_at_every_size():
    x = np.concatenate([-np.logspace(-300, 2.85, 200), [0.0], np.logspace(-9, 2.8499, 200)])
    np.testing.assert_allclose(s2sad.grad(lambda x: np.sum(np.i0(x)))(x), i1(x), rtol=2e-15)
    second = s2sad.grad(lambda x: np.sum(s2sad.grad(lambda x: np.sum(np.i0(x)))(x)))(x)
    np.testing.assert_allclose(second, (i0(x) + iv(2, x)) / 2, rtol=1e-13)


def test_a_matrix_of_one_variable_has_a_variance():
    expected = s2sad.grad(lambda x: np.var(x, ddof=1))
    for x in (V, V[None]):
        np.testing.assert_allclose(s2sad.grad(lambda x: np.sum(np.cov(x)))(x), expected(x))


def constants(x):
    points = np.geomspace(1.0, 8.0, 4) + np.logspace(0, 1, 4) + np.polyfit([0.0, 1.0, 2.0, 3.0], [1, 2, 1, 4], 3)
    points = points + np.insert([1.0, 2.0, 3.0], 1, 4.0) + np.unique([3, 1, 2, 5]) + np.poly([1.0, 2.0, 3.0])
    counts, edges = np.histogram([0.1, 0.5, 0.7], 4)
    points = points + counts + edges[1:] + np.bincount([0, 1, 1, 3]) + np.trim_zeros([0.0, 1.0, 2.0, 3.0, 4.0])
    points = points + np.polyadd([1, 2, 3, 4], [1.0]) + np.polymul([1.0, 2.0], [1, 2, 3]) + np.polyder([1, 2, 3, 4, 5])
    points = points + np.polyint([1.0, 2.0, 3.0]) + np.diagflat([1.0, 2.0, 3.0, 4.0])[1] + np.union1d([1, 2], [3, 4])
    points = points + np.setdiff1d([1, 2, 3, 4, 5], [3]) + np.setxor1d([1, 2], [3, 4]) + np.require([1, 2, 3, 4], float)
    points = points + np.cov([1.0, 2.0, 4.0]) + np.corrcoef([1.0, 2.0, 4.0], [1, 3, 2])[0, 1] + np.i0(0.5)
    points = points + np.modf(2.5)[0] + np.divmod(7, 2)[1] + np.frexp(5.0)[0] + np.ldexp(0.5, 3) + np.nanmedian([1, 3])
    points = points + np.linalg.lstsq(np.eye(4), np.ones(4))[0] + np.asarray_chkfinite([1.0, 2.0, 3.0, 4.0])
    return np.dot(points, x)


def test_constants_are_left_to_numpy():
    found = s2sad.grad(constants)(V)
    np.testing.assert_allclose([constants(row) for row in np.eye(4)], found, rtol=1e-12)


REFUSED = {
    "places of no array": (lambda x: np.put_along_axis(x * 1.0, np.array([[1]]), 2.0, 0), "number of axes"),
    "complex Bessel": (lambda x: np.sum(np.abs(np.i0(x + 1j))), "complex"),
    "names of bins": (lambda x: np.sum(np.histogram(x, "auto")[1]), "estimator"),
    "unique rows": (lambda x: np.sum(np.unique(x[:, None] * x, axis=0)), "axis="),
    "counts in two directions": (lambda x: np.sum(np.histogram2d(x, x)[0]), "no derivative rule for np.histogram2d"),
    "quantiles in words": (lambda x: np.nanquantile(x, 0.3, method="lower"), "method="),
    "exact covariance": (lambda x: np.sum(np.cov(x, dtype=np.float32)), "dtype="),
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
    assert "S2S20" in str(caught.value) or ("S2S140" in str(caught.value) and "places" in name)
