"""Functions that sort, average and difference, through the compiler: typed and untyped, in both modes, and twice."""

from __future__ import annotations

import numpy as np
import pytest

from s2sad import DifferentiationError, check_grads, grad

L = np.array([0.31, 0.12, 0.97, 0.55, 0.74])
A = np.array([[0.3, 0.7, 0.45], [0.62, 0.11, 0.83]])
KNOTS = np.array([0.0, 0.2, 0.5, 0.8, 1.3])


def sort(x):
    return np.sum(np.sort(x) * np.array([1.0, 2.0, 3.0, 4.0, 5.0]) * x)


def sort_method_products(x):
    return np.sum(x.cumprod() * x)


def ptp(x):
    return np.ptp(x) * np.sum(x)


def nan_sums(x):
    return np.nansum(x * x) * np.nanmean(x) + np.nanvar(x) + np.nanstd(x, ddof=1) + np.nanmax(x) * np.nanmin(x)


def median(x):
    return np.median(x) * np.sum(x * x)


def percentiles(x):
    return np.percentile(x, 30) ** 2 + np.quantile(x, 0.9) * x[0]


def differences(x):
    return np.sum(np.diff(x, n=2) ** 3) + np.sum(np.ediff1d(x) ** 2)


def gradients(x):
    return np.sum(np.gradient(x, 0.5) ** 3)


def integral(x):
    return np.trapezoid(x**3, dx=0.1)


def interpolated(x):
    return np.sum(np.interp(x, KNOTS, x**2 + 1) ** 2)


def knots(x):
    return np.sum(np.interp(KNOTS, np.cumsum(x), x) ** 2)


def convolved(x):
    return np.sum(np.convolve(x, x[:3], "same") ** 2) + np.sum(np.convolve(x, x[1:3], mode="valid") ** 3)


def correlated(x):
    return np.sum(np.correlate(x, x[:2]) ** 2)


def average(x):
    return np.average(x**2, weights=np.exp(x)) * np.average(x)


def average_of_rows(x):
    rows = np.array([[1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 1.0, 4.0, 3.0, 7.0]])
    return np.sum(np.average(rows * x, axis=1, weights=x) ** 2)


def reduced(x):
    rows = x[:, None] * x + 1
    return np.sum(np.add.reduce(rows) ** 2) + np.multiply.reduce(x, axis=0) + np.sum(np.maximum.reduce(rows, axis=1))


def accumulated(x):
    return np.sum(np.add.accumulate(x) ** 2) + np.sum(np.multiply.accumulate(x, axis=0) * x)


FUNCTIONS = [sort, sort_method_products, ptp, nan_sums, median, percentiles, differences, gradients, integral]
FUNCTIONS += [interpolated, knots, convolved, correlated, average, average_of_rows, reduced, accumulated]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_agrees_with_numerical_derivatives(function):
    check_grads(function, (L.copy(),))


UNTYPED = [sort, ptp, nan_sums, integral, convolved, correlated]


@pytest.mark.parametrize("function", UNTYPED, ids=lambda f: f.__name__)
def test_the_untyped_text_gives_the_same(function):
    derivative = grad(function)
    scope = {}
    exec(derivative.source, scope)
    untyped = scope[f"{function.__name__}_grad"]
    assert np.allclose(untyped(L.copy()), derivative(L.copy()), rtol=1e-12)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_single_precision_stays(function):
    found = grad(function)(L.astype("f4"))
    assert found.dtype == np.float32
    assert np.allclose(found, grad(function)(L), rtol=2e-3, atol=1e-4)


def test_ties_share_equally():
    x = np.array([0.5, 0.2, 0.5, 0.5, 0.9])
    assert np.allclose(grad(lambda x: np.median(x))(x), [1 / 3, 0, 1 / 3, 1 / 3, 0])
    assert np.allclose(grad(lambda x: np.ptp(x))(np.array([1.0, 1.0, 3.0])), [-0.5, -0.5, 1])
    assert np.allclose(grad(lambda x: np.nanmax(x))(np.array([1.0, np.nan, 1.0])), [0.5, 0, 0.5])


def test_equal_elements_are_sorted_in_their_order():
    found = grad(lambda x: np.sort(x)[1] * 3.0)(np.array([0.5, 0.2, 0.5]))
    assert np.array_equal(found, [3.0, 0.0, 0.0])


def test_what_is_no_number_has_derivative_zero():
    x = np.array([0.5, np.nan, 2.0])
    assert np.array_equal(grad(lambda x: np.nansum(x))(x), [1.0, 0.0, 1.0])
    assert np.array_equal(grad(lambda x: np.nanmean(x))(x), [0.5, 0.0, 0.5])
    assert np.allclose(grad(lambda x: np.nanvar(x))(x), [-0.75, 0.0, 0.75])


def test_products_and_cumulative_sums_without_nan():
    x = np.array([0.5, np.nan, 2.0])
    assert np.array_equal(grad(lambda x: np.nanprod(x))(x), [2.0, 0.0, 0.5])
    assert np.array_equal(grad(lambda x: np.sum(np.nancumsum(x)))(x), [3.0, 0.0, 1.0])


def chosen(x):
    return np.mean(x**2, where=x > 0.5) * np.sum(x)


def test_means_of_some():
    check_grads(chosen, (L.copy(),))


def test_products_with_zeros():
    found = grad(lambda x: np.sum(np.cumprod(x)))(np.array([2.0, 0.0, 3.0, 0.0]))
    assert np.array_equal(found, [1.0, 8.0, 0.0, 0.0])


def test_interpolation_outside_is_constant():
    found = grad(lambda x: np.sum(np.interp(x, np.array([0.0, 1.0]), np.array([2.0, 5.0]))))(np.array([-1.0, 0.5, 2.0]))
    assert np.array_equal(found, [0.0, 3.0, 0.0])


def sorted_result_is_its_own(x):
    y = np.sort(x)
    y[0] = x[1] * 2.0
    return np.sum(y * x)


def test_a_store_into_a_sorted_copy_leaves_the_argument():
    check_grads(sorted_result_is_its_own, (L.copy(),))


def sorted_in_place(x):
    z = x * x
    part = z[1:]
    z.sort()
    return np.sum(z * x) + part[0] * x[2]


def test_sorting_in_place():
    check_grads(sorted_in_place, (L.copy(),))


REFUSED = {
    "quantile": lambda x: np.quantile(x, x[0]),
    "method": lambda x: np.quantile(x, 0.4, method="lower"),
    "period": lambda x: np.sum(np.interp(x, KNOTS, x, period=2.0)),
    "two axes": lambda x: np.sum(np.median(np.ones((5, 2, 2)) * x[:, None, None], axis=(0, 1))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_forms_are_refused(name):
    with pytest.raises(DifferentiationError):
        grad(REFUSED[name])(L.copy())


def differences_of_order_zero(x):
    z = np.diff(x, 0)
    z[0] = 3.0 * x[1]
    return np.sum(x * x)


def test_differences_of_order_zero_share_memory():
    with pytest.raises(DifferentiationError):
        grad(differences_of_order_zero)(L.copy())
