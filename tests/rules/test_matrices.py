"""Functions of matrices in whole programs, and where their derivatives are a matter of convention."""
from __future__ import annotations

import numpy as np
import pytest

import s2sad

M = np.array([[1.3, 0.7, 0.45], [0.62, 2.1, 0.83], [0.2, 0.9, 1.7]])
V = np.array([0.3, 0.7, 0.45])


def quadratic_form(a, x):
    return x @ np.linalg.solve(a, x) + np.log(np.linalg.det(a))


def inverse_in_a_loop(a, x):
    total = 0.0
    for k in range(3):
        x = np.linalg.inv(a + k * np.eye(3)) @ x
        total += np.linalg.norm(x) + np.trace(a * k)
    return total


def rolled(a, x):
    return np.sum((np.roll(a, 1, axis=0) - a) ** 2) + np.dot(np.roll(x, -1), x)


def largest(a):
    b = np.linalg.norm(a - 0.9, np.inf, axis=0)
    return np.sum(b**2) + np.linalg.norm(a[0] - 0.9, -np.inf) ** 3 + np.linalg.vector_norm(a, ord=2.5, axis=(0, 1))


MATRIX_NORMS = {
    "fro": lambda a: np.linalg.norm(a, "fro"),
    "nuc": lambda a: np.linalg.norm(a, "nuc"),
    2: lambda a: np.linalg.norm(a, 2),
    -2: lambda a: np.linalg.norm(a, -2),
    1: lambda a: np.linalg.norm(a, 1),
    -1: lambda a: np.linalg.norm(a, -1),
    np.inf: lambda a: np.linalg.norm(a, np.inf),
}


@pytest.mark.parametrize("f", [quadratic_form, inverse_in_a_loop, rolled], ids=lambda f: f.__name__)
def test_programs_agree_with_numerical_derivatives(f):
    s2sad.check_grads(f, (M, V))


def test_the_norm_alone_and_in_a_product():
    gradient = s2sad.grad(lambda x: np.linalg.norm(x))
    second = s2sad.grad(lambda x: np.linalg.norm(x) * x[0])(V)
    np.testing.assert_allclose(gradient(V), V / np.linalg.norm(V), rtol=1e-14)
    np.testing.assert_allclose(second, V / np.linalg.norm(V) * V[0] + np.linalg.norm(V) * np.eye(3)[0], rtol=1e-14)


def norm_of_order(ord):
    return lambda x: np.linalg.norm(x, ord)


def test_the_norm_of_zero_has_derivative_zero():
    for ord in (None, 1, 3, np.inf, -np.inf, 0):
        np.testing.assert_array_equal(s2sad.grad(norm_of_order(ord))(np.zeros(3)), np.zeros(3))
    for ord in ("fro", "nuc", 2, -2, 1, -1, np.inf):
        np.testing.assert_array_equal(s2sad.grad(MATRIX_NORMS[ord])(np.zeros((3, 2))), np.zeros((3, 2)))


def test_second_derivatives_of_norms_agree():
    for f in (*MATRIX_NORMS.values(), lambda a: np.linalg.norm(a[0], 3), lambda a: np.linalg.norm(a[0], -2.5), largest):
        gradient = s2sad.grad(f)
        s2sad.check_grads(f, (M,))
        along = (gradient(M + 1e-5 * M.T) - gradient(M - 1e-5 * M.T)) / 2e-5
        np.testing.assert_allclose(np.tensordot(s2sad.jacrev(gradient)(M), M.T, 2), along, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_gradients_have_the_dtype_of_their_argument(dtype):
    for f in (lambda a: np.linalg.det(a), lambda a: np.linalg.norm(np.linalg.inv(a)), lambda a: np.trace(a)):
        assert s2sad.grad(f)(M.astype(dtype)).dtype == np.dtype(dtype)


@pytest.mark.parametrize(
    "f",
    [
        lambda a: np.linalg.norm(a[0], 0.5),
        lambda a: np.trace(a, dtype=np.float32),
    ],
)
def test_forms_without_a_rule_are_refused(f):
    with pytest.raises(s2sad.DifferentiationError):
        s2sad.grad(f)(M)
