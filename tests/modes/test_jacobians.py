"""Matrices of derivatives: shapes, structures, modes and errors."""
from __future__ import annotations

import pickle

import numpy as np
import pytest

import s2sad
from s2sad import DifferentiationError, grad, hessian, jacfwd, jacobian, jacrev

RNG = np.random.default_rng(7)
MODES = pytest.mark.parametrize("mode", [jacobian, jacfwd, jacrev], ids=["auto", "forward", "reverse"])


def module_level(x):
    return np.sin(x) * x[0]


@MODES
def test_axes_are_those_of_the_result_and_then_of_the_argument(mode):
    a = RNG.normal(size=(4, 3))
    np.testing.assert_allclose(mode(lambda x: a @ x)(np.ones(3)), a)
    x = RNG.normal(size=(2, 3))
    j = mode(lambda x: np.outer(x[0], x[1]))(x)
    assert j.shape == (3, 3, 2, 3)
    expected = np.zeros((3, 3, 2, 3))
    for i in range(3):
        for k in range(3):
            expected[i, k, 0, i] += x[1, k]
            expected[i, k, 1, k] += x[0, i]
    np.testing.assert_allclose(j, expected)


@MODES
def test_numbers(mode):
    assert mode(lambda x: x * x)(3.0) == 6.0
    assert type(mode(lambda x: x * x)(3.0)) is float
    assert type(mode(lambda x: x * x)(np.float32(3.0))) is np.float32
    np.testing.assert_array_equal(mode(lambda x: np.array([1.0, 2.0]) * x)(3.0), [1.0, 2.0])
    j = mode(lambda x: x * x)(np.array(3.0))
    assert isinstance(j, np.ndarray)
    assert j.shape == ()
    assert j == 6.0
    assert mode(lambda x: x * 2.0)(np.zeros(0)).shape == (0, 0)
    assert mode(lambda x: np.sum(x))(np.zeros((0, 2))).shape == (0, 2)


@MODES
def test_the_dtype_is_that_of_the_argument(mode):
    assert mode(lambda x: x * x)(np.ones(2, np.float32)).dtype == np.float32


@MODES
def test_containers_nest(mode):
    def f(p, x, n):
        h = p["w"] * x * n
        return {"h": h, "s": (np.sum(h), p["b"][0] * x)}

    p, x = {"w": RNG.normal(size=3), "b": [2.0, 1.0]}, RNG.normal(size=3)
    j = mode(f, argnums=("p", "x"))(p, x, 2)
    np.testing.assert_allclose(j["h"][0]["w"], np.diag(2 * x))
    np.testing.assert_allclose(j["h"][1], np.diag(2 * p["w"]))
    np.testing.assert_allclose(j["s"][0][0]["w"], 2 * x)
    assert j["s"][0][0]["b"] == [0.0, 0.0]
    np.testing.assert_allclose(j["s"][1][0]["b"][0], x)
    np.testing.assert_allclose(j["s"][1][0]["b"][1], np.zeros(3))
    np.testing.assert_allclose(j["s"][1][1], 2.0 * np.eye(3))


@MODES
def test_what_the_result_does_not_depend_on_gets_zeros(mode):
    j = mode(lambda x, y: x * 2.0, argnums=(0, 1))(np.ones(2), np.ones((3, 2), np.float32))
    np.testing.assert_array_equal(j[1], np.zeros((2, 3, 2)))
    assert j[1].dtype == np.float32


def test_the_mode_is_the_cheaper_one():
    tall = jacobian(lambda x: np.outer(x, np.ones(50)))
    tall(np.ones(3))
    assert "d_out" not in tall.source
    wide = jacobian(lambda x: np.sum(x.reshape(2, -1), axis=1))
    wide(np.ones(100))
    assert "d_out" in wide.source


@MODES
def test_through_loops_branches_and_stores(mode):
    def f(x):
        y = np.zeros(3)
        for i in range(3):
            if x[i] > 0:
                y[i] = x[i] ** 2 * x[i - 1]
            else:
                y[i] = np.sin(x[i])
        return y

    x = np.array([0.5, -1.0, 2.0])
    expected = [[2 * 0.5 * 2, 0, 0.25], [0, np.cos(-1.0), 0], [0, 4.0, 4 * -1.0]]
    np.testing.assert_allclose(mode(f)(x), expected)


def test_hessians():
    a = RNG.normal(size=(3, 3))
    np.testing.assert_allclose(hessian(lambda x: x @ a @ x)(np.ones(3)), a + a.T)
    h = hessian(lambda x, y: np.sum(x) * y**2 + x[0] ** 3, argnums=(0, 1))(np.ones(2), 3.0)
    np.testing.assert_allclose(h[0][0], [[6.0, 0.0], [0.0, 0.0]])
    np.testing.assert_allclose(h[0][1], [6.0, 6.0])
    np.testing.assert_allclose(h[1][0], [6.0, 6.0])
    assert h[1][1] == 4.0
    assert hessian(lambda x: x**3)(2.0) == 12.0


def test_a_hessian_through_loops_branches_recursion_and_stores():
    def power(x, n):
        return np.sin(x) if n == 0 else power(x, n - 1) * x

    def f(x):
        y = np.zeros(4)
        for i in range(4):
            y[i] = x[i] * x[i - 1] if x[i] > 0 else np.exp(x[i])
        for _ in range(2):
            y[1:] += y[:-1] * y[1:]
        return power(y, 2) @ x

    x = np.array([0.5, -0.3, 0.8, 0.2])
    h = hessian(f)(x)
    np.testing.assert_allclose(h, h.T, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(h, jacrev(grad(f))(x), rtol=1e-12, atol=1e-12)
    step = 1e-6
    for k in range(4):
        e = np.eye(4)[k] * step
        np.testing.assert_allclose(h[:, k], (grad(f)(x + e) - grad(f)(x - e)) / (2 * step), rtol=1e-6, atol=1e-7)


def test_a_jacobian_of_a_jacobian_of_a_scalar_is_the_hessian():
    def f(x):
        return np.sum(x**3) * x[0]

    x = RNG.normal(size=3)
    for nested in (jacfwd(jacrev(f)), jacrev(jacfwd(f)), jacrev(jacrev(f)), jacfwd(jacfwd(f)), jacobian(grad(f))):
        np.testing.assert_allclose(nested(x), hessian(f)(x), rtol=1e-12)
    assert grad(jacobian(lambda x: x**3))(2.0) == 12.0


def test_a_jacobian_of_a_jacobian_of_an_array_is_refused():
    with pytest.raises(DifferentiationError, match="scalar"):
        jacfwd(jacfwd(lambda x: x * x))(np.ones(2))


def test_third_derivatives():
    assert grad(grad(grad(lambda x: x**4)))(2.0) == 48.0
    assert hessian(grad(lambda x: x**4))(2.0) == pytest.approx(48.0)
    t = jacobian(grad(grad(lambda x: x**5)))(1.0)
    assert t == pytest.approx(60.0)


@MODES
def test_keywords_methods_and_decorators(mode):
    assert mode(lambda x, *, c=2.0: x * x * c)(3.0, c=1.0) == 6.0

    class Model:
        def __init__(self, w):
            self.w = w

        def predict(self, x):
            return self.w * x

    np.testing.assert_array_equal(mode(Model(np.ones(2)).predict)(3.0), np.ones(2))

    @mode
    def decorated(x):
        """Square."""
        return x * x

    assert decorated(3.0) == 6.0
    assert decorated.__name__ == "decorated"
    assert decorated.__doc__ == "Square."


@MODES
def test_source_and_pickles(mode, tmp_path):
    j = mode(module_level)
    assert "unknown" in j.source
    x = RNG.normal(size=3)
    expected = j(x)
    assert "float64[N]" in j.source
    assert j.signature_source(x) == j.source
    j.save(tmp_path / "j.py")
    assert (tmp_path / "j.py").read_text("utf-8") == j.source
    assert j.primal is module_level
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(j))(x), expected)
    unnamed = mode(lambda x: x**3 + x[0])
    expected = unnamed(x)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(unnamed))(x), expected)


@pytest.mark.parametrize(
    ("f", "args", "also", "words"),
    [
        (lambda x: (x, 1), (1.0,), TypeError, "the result[1] is an int"),
        (lambda x: 1, (1.0,), TypeError, "no derivative"),
        (lambda x: x * 1j, (1.0,), TypeError, "complex"),
        (lambda x: x * x, (3,), TypeError, "does not exist"),
        (lambda x: x * x, (np.arange(3),), TypeError, "does not exist"),
        (lambda x: x > 0, (1.0,), TypeError, "no derivative"),
        (lambda x: x * x, (1j,), TypeError, "does not exist"),
    ],
    ids=range(7),
)
@MODES
def test_what_has_no_jacobian_is_refused(mode, f, args, also, words):
    with pytest.raises(DifferentiationError) as error:
        mode(f)(*args)
    assert isinstance(error.value, also)
    assert words in str(error.value)


def test_an_unknown_parameter_is_refused():
    with pytest.raises(DifferentiationError, match="no parameter"):
        jacobian(lambda x: x, argnums=3)(1.0)


def test_arguments_come_back_unchanged():
    def f(x):
        x[0] = x[1] * 2.0
        return x

    x = np.array([1.0, 2.0])
    for mode in (jacobian, jacfwd, jacrev):
        np.testing.assert_array_equal(mode(f)(x), [[0.0, 2.0], [0.0, 1.0]])
        np.testing.assert_array_equal(x, [1.0, 2.0])
    assert s2sad.jvp(f, (x,), (np.ones(2),))[1].tolist() == [2.0, 1.0]


def test_a_first_argument_without_a_derivative_is_passed_on():
    found = jacobian(lambda n, x: x**n, argnums=1)(3, np.array([2.0, 1.0]))
    np.testing.assert_array_equal(found, [[12.0, 0.0], [0.0, 3.0]])
    assert s2sad.vjp(lambda n, x: x**n, 3, 2.0)[1](1.0) == (None, 12.0)
