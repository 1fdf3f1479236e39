"""The elementwise derivative."""
from __future__ import annotations

import pickle

import numpy as np
import pytest

from s2sad import DifferentiationError, derivative


def nested(f, order):
    for _ in range(order):
        f = derivative(f)
    return f


def test_entries_and_numbers():
    x = np.linspace(-2, 2, 101)
    np.testing.assert_allclose(derivative(lambda x: np.sin(np.exp(x)))(x), np.cos(np.exp(x)) * np.exp(x))
    assert derivative(lambda x: x**3)(2.0) == 12.0
    assert type(derivative(lambda x: x**3)(2.0)) is float
    assert derivative(lambda x: x**3)(np.array(2.0)).shape == ()
    assert derivative(lambda x: x * x)(np.zeros((0, 3))).shape == (0, 3)
    assert derivative(lambda x: x * x)(np.ones((2, 3), np.float32)).dtype == np.float32
    np.testing.assert_array_equal(derivative(lambda x, y: x * y, argnums="y")(x, x + 1.0), x)


def test_higher_orders():
    x = np.linspace(-2, 2, 11)
    t = np.tanh(x)
    np.testing.assert_allclose(nested(lambda x: np.tanh(x), 2)(x), -2 * t * (1 - t * t))
    third = (1 - t * t) * (6 * t * t - 2)
    np.testing.assert_allclose(nested(lambda x: np.tanh(x), 3)(x), third, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(nested(lambda x: x**5, 5)(x), np.full(11, 120.0))
    assert nested(lambda x: np.exp(2.0 * x), 5)(0.0) == pytest.approx(32.0)


def test_loops_over_entries():
    def f(x):
        y = np.zeros(len(x))
        for i in range(len(x)):
            y[i] = x[i] ** 2 if x[i] > 0 else -x[i]
        return y

    np.testing.assert_array_equal(derivative(f)(np.array([1.0, -2.0, 3.0])), [2.0, -1.0, 6.0])


def test_infinite_derivatives_are_no_reason_to_refuse():
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(derivative(lambda x: np.sqrt(x))(np.array([0.0, 4.0])), [np.inf, 0.25])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x[::-1] * 2.0,
        lambda x: np.concatenate([x[1:], x[:1]]),
        lambda x: np.cumsum(x),
        lambda x: x - np.mean(x),
        lambda x: x / np.sum(x),
        lambda x: np.sum(x),
        lambda x: np.outer(x, x),
        lambda x: (x, x),
        lambda x: x + 1e-6 * np.sum(x),
    ],
    ids=range(9),
)
def test_what_is_not_elementwise_is_refused(f):
    for n in (3, 200):
        with pytest.raises(DifferentiationError) as error:
            derivative(f)(np.linspace(1.0, 2.0, n))
        assert error.value.code == "S2S306"
        assert isinstance(error.value, ValueError)


def test_every_order_is_checked():
    def f(x):
        return x**2 + np.sin(np.concatenate([x[1:], x[:1]]) - x)

    with pytest.raises(DifferentiationError, match="elementwise"):
        derivative(derivative(f))(np.ones(3))


@pytest.mark.parametrize("x", [3, np.arange(3), 1j, [1.0, 2.0], "a"], ids=str)
def test_arguments_that_are_refused(x):
    with pytest.raises(DifferentiationError) as error:
        derivative(lambda x: x * 2.0)(x)
    assert isinstance(error.value, TypeError)


def test_several_arguments_are_refused():
    with pytest.raises(DifferentiationError, match="one argument"):
        derivative(lambda x, y: x * y, argnums=(0, 1))


def test_source_and_pickles():
    d = derivative(derivative(lambda x: x**3))
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(d(x), 6 * x)
    namespace = {}
    exec(d.source, namespace)
    (name,) = [name for name in namespace if name.startswith("function")]
    np.testing.assert_array_equal(namespace[name](x), 6 * x)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(d))(x), 6 * x)
