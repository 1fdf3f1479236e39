"""Kinks, guarded branches, singular points, infinities and NaN."""
from __future__ import annotations

import warnings

import numpy as np
import pytest
from tests.hazards.conftest import both_modes

import s2sad

X = np.array([0.3, -0.7, 1.2])
F32 = X.astype(np.float32)
I64 = np.array([1, 2, 3])
NAN, INF = np.nan, np.inf


# -- conventions at kinks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "args", "expected"),
    [
        (lambda x: np.sum(np.maximum(x, 0.0)), (np.array([-1.0, 0.0, -0.0, 2.0]),), [0, 0, 0, 1]),
        (lambda x: np.sum(np.maximum(0.0, x)), (np.array([-1.0, 0.0, 2.0]),), [0, 0, 1]),
        (lambda x: np.sum(np.maximum(x, 0)), (np.array([-1.0, 0.0, 2.0]),), [0, 0, 1]),
        (lambda x: np.sum(np.minimum(x, 1.0)), (np.array([0.0, 1.0, 2.0]),), [1, 0, 0]),
        (lambda x, y: np.sum(np.maximum(x, y)), (np.array([1.0, 2.0, 0.0]), np.array([1.0, 1.0, 1.0])), [0.5, 1, 0]),
        (lambda x: np.max(x), (np.array([1.0, 2.0, 2.0]),), [0, 0.5, 0.5]),
        (lambda x: np.max(x), (np.zeros(4),), [0.25] * 4),
        (lambda x: np.min(x), (np.array([1.0, 2.0, 1.0]),), [0.5, 0, 0.5]),
        (lambda x: np.sum(np.max(x, axis=1)), (np.array([[1.0, 1.0], [0.0, 3.0]]),), [[0.5, 0.5], [0, 1]]),
        (lambda x: np.sum(np.clip(x, 0.0, 1.0)), (np.array([-1.0, 0.0, 0.5, 1.0, 2.0]),), [0, 1, 1, 1, 0]),
        (lambda x: np.sum(x.clip(0.0, 1.0)), (np.array([-1.0, 0.0, 0.5, 1.0, 2.0]),), [0, 1, 1, 1, 0]),
        (lambda x: np.sum(np.abs(x)), (np.array([-2.0, 0.0, -0.0, 2.0]),), [-1, 0, 0, 1]),
        (lambda x: np.sum(abs(x)), (np.array([-2.0, 0.0, 2.0]),), [-1, 0, 1]),
        (lambda x: abs(x), (0.0,), 0),
        (lambda x: max(x, 0.0), (0.0,), 0),
        (lambda x: np.sum(np.sign(x) * x), (np.array([-2.0, 0.0, 2.0]),), [-1, 0, 1]),
        (lambda x: np.std(x), (np.array([2.0, 2.0, 2.0]),), [0, 0, 0]),
        (lambda x: np.var(x), (np.array([2.0, 2.0]),), [0, 0]),
        (lambda x: np.sum(x**0), (np.array([0.0, 2.0]),), [0, 0]),
        (lambda x: np.sum(x**1), (np.array([0.0, 2.0]),), [1, 1]),
        (lambda x: np.sum(x**2), (np.array([0.0, -3.0]),), [0, -6]),
        (lambda x: np.sum(x**3), (np.array([0.0, -3.0]),), [0, 27]),
        (lambda x: np.sum(x**2.0), (np.array([0.0, -3.0]),), [0, -6]),
        (lambda x, p: np.sum(x**p), (np.array([0.0, -3.0]), 2.0), [0, -6]),
        (lambda x, p: np.sum(x**p), (np.array([0.0, 3.0]), 0.0), [0, 0]),
        (lambda x, n: np.sum(x**n), (np.array([0.0, -3.0]), 2), [0, -6]),
        (lambda x, n: np.sum(x**n), (np.array([0.0, -3.0]), 0), [0, 0]),
        (lambda x: x**0, (0.0,), 0),
        (lambda x: x**2, (0.0,), 0),
        (lambda x: x**2, (-3.0,), -6),
        (lambda x, n: x**n, (0.0, 0), 0),
        (lambda x, n: x**n, (0.0, 1), 1),
        (lambda x, n: x**n, (-2.0, 3), 12),
        (lambda x: np.prod(x), (np.array([0.0, 2.0, 3.0]),), [6, 0, 0]),
        (lambda x: np.prod(x), (np.array([0.0, 0.0, 3.0]),), [0, 0, 0]),
        (lambda x: np.prod(x), (np.zeros(0),), []),
        (lambda x: np.logaddexp(x, 0.0), (-800.0,), 0),
        (lambda x: np.logaddexp(x, 0.0), (800.0,), 1),
        (lambda x: np.sum(np.logaddexp(0.0, x)), (np.array([-1e4, 0.0, 1e4]),), [0, 0.5, 1]),
    ],
)  # fmt: skip
def test_conventions(f, args, expected):
    found = both_modes(f, *args)
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected, float), rtol=1e-14)


def test_a_tie_of_two_variables_is_shared_whatever_is_active():
    f = lambda x, y: np.maximum(x, y)  # noqa: E731
    assert s2sad.grad(f)(1.0, 1.0) == 0.5
    assert s2sad.grad(f, 1)(1.0, 1.0) == 0.5
    assert s2sad.grad(f, (0, 1))(1.0, 1.0) == (0.5, 0.5)
    assert s2sad.grad(lambda x: np.maximum(x, x))(1.0) == 1.0


# -- branches that are guarded -----------------------------------------------------------------------------------------


def guarded_root(x):
    return np.sum(np.where(x > 0.0, np.sqrt(np.where(x > 0.0, x, 1.0)), 0.0))


def half_guarded_root(x):
    return np.sum(np.where(x > 0.0, np.sqrt(x), 0.0))


def half_guarded_log(x):
    return np.sum(np.where(x > 0.0, np.log(x) * x, 0.0))


def half_guarded_division(x):
    return np.sum(np.where(x != 0.0, np.sin(x) / x, 1.0))


def half_guarded_power(x):
    return np.sum(np.where(x > 0.0, x**0.5 * 2.0, 3.0))


def half_guarded_norm(x):
    n = np.sqrt(np.sum(x * x, axis=1))
    return np.sum(np.where(n > 0.0, n, 0.0))


def masks_that_meet(x):
    r = np.sqrt(x)
    return np.sum(np.where(x > 0.0, r, 0.0) + np.where(x > 1.0, r * r, 0.0))


def guarded_through_shapes(x):
    r = np.sqrt(x.reshape(2, 2).T)
    picked = np.where(x.reshape(2, 2).T > 0.0, r * np.array([1.0, 3.0]), 0.0)
    return np.sum(picked[0]) + np.sum(picked)


def guarded_by_maximum(x):
    return np.sum(np.sqrt(np.maximum(x, 0.0)) * 0.0) + np.sum(x)


def guarded_entropy(p):
    return -np.sum(np.where(p > 0.0, p * np.log(p), 0.0))


GUARDED = [
    (guarded_root, [0.0, 4.0, -1.0, 1.0], [0, 0.25, 0, 0.5]),
    (half_guarded_root, [0.0, 4.0, 0.0, 1.0], [0, 0.25, 0, 0.5]),
    (half_guarded_power, [0.0, 4.0, 0.0, 1.0], [0, 0.5, 0, 1.0]),
    (masks_that_meet, [0.0, 4.0, 0.0, 0.25], [0, 1.25, 0, 1.0]),
    (guarded_through_shapes, [0.0, 4.0, 1.0, 0.0], [0, 0.25 * 3 * 1, 0.5 * 3 * 2 / 2, 0]),
]


@pytest.mark.parametrize(("f", "x", "expected"), GUARDED[:4], ids=lambda p: getattr(p, "__name__", ""))
def test_a_branch_that_is_not_taken_gives_exactly_zero_without_a_warning(f, x, expected):
    np.testing.assert_allclose(both_modes(f, np.array(x)), expected, rtol=1e-14)


def test_masks_pass_through_shapes():
    x = np.array([0.0, 4.0, 1.0, 0.0])
    found = both_modes(guarded_through_shapes, x)
    assert found[0] == found[3] == 0.0
    moved = np.array([1e-300, 4.0, 1.0, 1e-300])
    for k in (1, 2):
        high, low = moved.copy(), moved.copy()
        high[k] += 1e-6
        low[k] -= 1e-6
        slope = (guarded_through_shapes(high) - guarded_through_shapes(low)) / 2e-6
        assert found[k] == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (half_guarded_log, [0.0, np.e, -1.0, 1.0], [0, 2.0, 0, 1.0]),
        (half_guarded_division, [0.0, np.pi, 0.0, -np.pi], [0, -1 / np.pi, 0, 1 / np.pi]),
        (half_guarded_root, [-1.0, 4.0, 0.0, 1.0], [0, 0.25, 0, 0.5]),
        (guarded_entropy, [0.0, 1.0, 0.0, np.e], [0, -1, 0, -2]),
    ],
    ids=lambda p: getattr(p, "__name__", ""),
)
def test_a_branch_that_warns_in_the_primal_still_gives_exactly_zero(f, x, expected):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        np.testing.assert_allclose(both_modes(f, np.array(x)), expected, rtol=1e-13, atol=1e-16)


def test_a_norm_of_zero_rows_under_a_guard():
    x = np.array([[0.0, 0.0], [3.0, 4.0]])
    np.testing.assert_allclose(both_modes(half_guarded_norm, x), [[0, 0], [0.6, 0.8]], rtol=1e-14)


def guarded_by_a_branch(x):
    if x > 0.0:
        return np.sqrt(x)
    return x * 0.0


def safe_division(x, y):
    return x / y if y != 0.0 else 0.0


def test_branches_guard_scalars():
    assert both_modes(guarded_by_a_branch, 0.0) == 0.0
    assert both_modes(guarded_by_a_branch, 4.0) == 0.25
    assert both_modes(safe_division, 1.0, 0.0, argnums=(0, 1), forward=False) == (0.0, 0.0)


# -- singular points, infinities, NaN ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (lambda x: np.sum(np.sqrt(x)), np.array([0.0, 4.0]), [INF, 0.25]),
        (lambda x: np.sum(np.log(x)), np.array([0.0, 4.0]), [INF, 0.25]),
        (lambda x: np.sum(1.0 / x), np.array([0.0, 2.0]), [-INF, -0.25]),
        (lambda x: np.sum(x**0.5), np.array([0.0, 4.0]), [INF, 0.25]),
        (lambda x: np.sum(x * x), np.array([NAN, 1.0]), [NAN, 2.0]),
        (lambda x: np.sum(x * x), np.array([INF, 1.0]), [INF, 2.0]),
        (lambda x: np.sum(np.exp(x)), np.array([-INF, 0.0]), [0.0, 1.0]),
        (lambda x: np.sum(np.tanh(x)), np.array([INF, -INF, 0.0]), [0.0, 0.0, 1.0]),
        (lambda x: np.sum(x), np.array([INF, NAN]), [1.0, 1.0]),
        (lambda x: np.sum(np.maximum(x, 0.0)), np.array([INF, -INF]), [1.0, 0.0]),
        (lambda x: np.sum(np.abs(x)), np.array([INF, -INF]), [1.0, -1.0]),
        (lambda x: np.sum(np.where(x > 0.0, x, 0.0)), np.array([INF, NAN, -1.0]), [1.0, 0.0, 0.0]),
        (lambda x: np.sum(0.0 * x), np.array([INF, 1.0]), [0.0, 0.0]),
        (lambda x: np.sum(np.clip(x, 0.0, 1.0)), np.array([INF, -INF, 0.5]), [0.0, 0.0, 1.0]),
        (lambda x: np.sum(np.arctan(x)), np.array([INF, 0.0]), [0.0, 1.0]),
        (lambda x: np.max(x), np.array([INF, 1.0, INF]), [0.5, 0.0, 0.5]),
    ],
)
def test_singular_points(f, x, expected):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        # forward, a zero tangent meets an infinite factor: 0 · ∞ is NaN there
        found = both_modes(f, x, forward=False)
    np.testing.assert_array_equal(found, expected)


def stable_logsumexp(z):
    top = np.max(z)
    return top + np.log(np.sum(np.exp(z - top)))


def stable_softmax_loss(z, y):
    z = z - np.max(z, axis=1, keepdims=True)
    return -np.sum(y * (z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))))


def test_overflow_is_avoided_where_the_primal_avoids_it():
    found = both_modes(stable_logsumexp, np.array([1000.0, 1000.0, -1000.0]))
    np.testing.assert_allclose(found, [0.5, 0.5, 0.0], rtol=1e-14)
    z = np.array([[1e4, 0.0, -1e4], [5.0, 5.0, 5.0]])
    found = both_modes(stable_softmax_loss, z, np.eye(3)[[0, 1]])
    np.testing.assert_allclose(found, [[0, 0, 0], [1 / 3, -2 / 3, 1 / 3]], rtol=1e-14, atol=1e-16)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def log_loss(x):
    return np.sum(np.log(sigmoid(x)))


def test_no_warning_that_the_primal_does_not_give():
    x = np.array([-30.0, 0.0, 30.0, 700.0])
    found = both_modes(log_loss, x)
    np.testing.assert_allclose(found, 1.0 / (1.0 + np.exp(x)), rtol=1e-10, atol=1e-300)


def keeps_nan_of_zero_times(x, y):
    return np.sum(x * 0.0 * y)


def adds_zero(x):
    return x + 0.0


def test_values_are_not_folded():
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value, _ = s2sad.value_and_grad(keeps_nan_of_zero_times)(np.array([INF, 1.0]), np.array([1.0, 1.0]))
    assert np.isnan(value)
    value, _ = s2sad.value_and_grad(adds_zero)(-0.0)
    assert np.signbit(value) == np.signbit(adds_zero(-0.0))
    value, _ = s2sad.value_and_grad(lambda x: x * 1)(-0.0)
    assert np.signbit(value)
    value, _ = s2sad.value_and_grad(lambda x: -(-x) - 0.0)(-0.0)
    assert np.signbit(value)
    value, _ = s2sad.value_and_grad(lambda x: 0.0 - x)(0.0)
    assert not np.signbit(value)


def reciprocal(x):
    return 1.0 / x


def test_python_floats_keep_pythons_semantics():
    live = s2sad.value_and_grad(reciprocal)
    with pytest.raises(ZeroDivisionError):
        live(0.0)
    assert live(2.0) == (0.5, -0.25)


@pytest.mark.parametrize("join", [np.stack, np.array, np.concatenate], ids=lambda join: join.__name__)
def test_zeros_of_a_branch_stay_zeros_in_what_is_joined(join):
    def f(x):
        first, second = (x[:1] * 2.0, np.sqrt(x[1:])) if join is np.concatenate else (x[0] * 2.0, np.sqrt(x[1]))
        return np.sum(np.where(x > 0, join([first, second]), 0.0))

    np.testing.assert_array_equal(s2sad.grad(f)(np.array([1.0, 0.0])), [2.0, 0.0])


def test_an_exact_zero_is_converted_to_single_precision():
    def f(x, c):
        return np.sum(np.where(x > 0, np.stack([c * x[0], c * c * x[1]]), 0.0))

    d_x, d_c = s2sad.grad(f, argnums=(0, 1))(np.array([1.0, -1.0], "f4"), np.float64(0.5))
    np.testing.assert_array_equal(d_x, np.array([0.5, 0.0], "f4"))
    assert (d_x.dtype, d_c) == (np.float32, 1.0)
