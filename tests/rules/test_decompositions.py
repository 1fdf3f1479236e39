"""Decompositions of matrices: against differences of what NumPy computes, in both modes and twice."""
from __future__ import annotations

import numpy as np
import pytest

import s2sad

_random = np.random.default_rng(3)
A = _random.normal(size=(4, 4)) + 3 * np.diag([1.0, 2.0, 3.5, 5.0])
TALL, WIDE = _random.normal(size=(5, 3)), _random.normal(size=(3, 5))
SPD = A @ A.T + np.eye(4)
STACK = np.stack([A, A.T @ A / 4])
W4, W44 = np.arange(1.0, 5.0), np.cos(np.arange(16.0)).reshape(4, 4)


def eigenvalues(a):
    return np.sum(np.sin(np.linalg.eigvalsh(a)) * W4)


def eigenvalues_upper(a):
    return np.sum(np.sin(np.linalg.eigvalsh(a, "U")) * W4)


def eigenvalues_of_eigh(a):
    w, _ = np.linalg.eigh(a)
    return np.sum(np.log(w * w + 1.0) * W4)


def eigenvectors(a):
    w, v = np.linalg.eigh(a)
    return np.sum((v @ np.diag(np.sin(w)) @ v.T) * W44) + np.sum(v * v * W44)


def eigenvectors_upper(a):
    w, v = np.linalg.eigh(a, UPLO="U")
    return np.sum(v * v * W44) + w[0] * w[1]


def by_index(a):
    return np.sum(np.linalg.eigh(a)[1][:, 0] ** 3)


def cholesky(a):
    return np.sum(np.linalg.cholesky(a) * W44)


def log_likelihood(a):
    low = np.linalg.cholesky(a)
    return 2 * np.sum(np.log(np.diag(low))) + np.sum(np.linalg.solve(low, W4) ** 2)


def singular_values(a):
    return np.sum(np.linalg.svd(a, compute_uv=False) ** 3)


def singular_vectors(a):
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return np.sum((u * np.log(s + 1.0)) @ vh * np.sin(np.arange(a.size)).reshape(a.shape))


def left_vectors(a):
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return np.sum(u[:, 0] ** 4) + np.sum(vh[0] ** 4) + s[1] * s[0]


def factors(a):
    q, r = np.linalg.qr(a)
    return np.sum(np.sin(q) * np.arange(a.size).reshape(a.shape)) + np.sum(r**3)


def log_determinant(a):
    sign, log = np.linalg.slogdet(a)
    return np.sum(sign * log * log)


def log_determinant_by_index(a):
    return np.sum(np.linalg.slogdet(a)[1])


def pseudoinverse(a):
    y = np.linalg.pinv(a)
    return np.sum(np.sin(y) * np.arange(y.size).reshape(y.shape))


B3, B5 = np.array([0.3, -0.7, 0.45, 1.2, 0.9])[:3], np.array([0.3, -0.7, 0.45, 1.2, 0.9])


def right_side(a):
    return (B3 if a.shape[0] == 3 else B5) * a[0, 0] + a[:, 1]


def solution(a):
    return np.sum(np.sin(np.linalg.lstsq(a, right_side(a))[0]) * np.arange(1.0, a.shape[1] + 1))


def solutions(a):
    found, _, _, _ = np.linalg.lstsq(a, np.stack([right_side(a), a[:, 2] ** 2], axis=1), rcond=None)
    return np.sum(np.sin(found) * np.arange(found.size).reshape(found.shape))


def all_of_least_squares(a):
    x, squares, rank, s = np.linalg.lstsq(a, right_side(a))
    return np.sum(x**3) + np.sum(np.sin(squares)) * rank + np.sum(np.log(s))


def squares_of_columns(a):
    return np.sum(np.linalg.lstsq(a, np.stack([right_side(a), a[:, 1] ** 2], axis=1))[1] ** 2) + a[0, 0]


def general_eigenvalues(a):
    w, _ = np.linalg.eig(a)
    return np.sum(np.abs(w) ** 2) + np.real(np.sum(w * w * w))


def general_eigenvalues_alone(a):
    w = np.linalg.eigvals(a)
    return np.sum(np.abs(w) ** 2) + np.real(np.sum(w * w * w))


def partitioned(a):
    return np.sum(np.partition(a, 1) ** 3 * np.arange(a.size).reshape(a.shape))


def partitioned_columns(a):
    return np.sum(np.sin(np.partition(a, 2, axis=0)[0]))


ROTATING = np.array([[0.3, 1.7, 0.2], [-1.1, 0.4, 0.5], [0.1, -0.6, 2.0]])

def named_results(a):
    found, parts = np.linalg.eigh(a), np.linalg.svd(a, full_matrices=False)
    total = found.eigenvalues[0] * np.sum(found.eigenvectors[:, 1] ** 4) + np.sum(parts.S**2)
    return total + np.linalg.slogdet(a).logabsdet


def named_factors(a):
    return np.sum(np.linalg.qr(a).R ** 3)


CASES = [
    (named_results, SPD),
    (named_factors, TALL),
    *((f, x) for f in (partitioned, partitioned_columns) for x in (A, TALL)),
    (partitioned, np.array([3.0, 1.0, 2.0, 1.5, 5.0, 0.5])),
    *((f, SPD) for f in (eigenvalues, eigenvalues_upper, eigenvalues_of_eigh, eigenvectors, eigenvectors_upper)),
    *((f, SPD) for f in (by_index, cholesky, log_likelihood)),
    *((f, STACK + np.swapaxes(STACK, 1, 2)) for f in (eigenvalues, eigenvalues_of_eigh)),
    *((f, x) for f in (singular_values, singular_vectors, left_vectors) for x in (A, TALL, WIDE)),
    (singular_values, STACK),
    *((factors, x) for x in (A, TALL)),
    *((f, x) for f in (log_determinant, log_determinant_by_index) for x in (A, STACK)),
    *((pseudoinverse, x) for x in (A, TALL, WIDE)),
    *((f, x) for f in (solution, solutions, all_of_least_squares, squares_of_columns) for x in (TALL, WIDE)),
]


@pytest.mark.parametrize(("f", "a"), CASES, ids=[f"{k}-{f.__name__}" for k, (f, _) in enumerate(CASES)])
def test_both_sweeps_agree_with_differences(f, a):
    s2sad.check_grads(f, (a,))
    gradient, step, along = s2sad.grad(f), 1e-5, np.cos(np.arange(a.size)).reshape(a.shape)
    if f is not log_likelihood and a.ndim == 2:
        across = (gradient(a + step * along) - gradient(a - step * along)) / (2 * step)
        np.testing.assert_allclose(s2sad.hvp(f, (a,), (along,)), across, rtol=1e-5, atol=1e-6)
    single = gradient(a.astype("f4"))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, gradient(a), rtol=2e-2, atol=2e-2)


def test_equal_eigenvalues_have_no_eigenvectors_to_differentiate():
    a = np.diag([1.0, 2.0, 2.0, 3.0])
    with pytest.raises(np.linalg.LinAlgError, match="equal values"):
        s2sad.grad(eigenvectors)(a)
    np.testing.assert_allclose(s2sad.grad(lambda a: np.sum(np.linalg.eigvalsh(a)))(a), np.eye(4), atol=1e-12)


def _full(a):
    u, s, _ = np.linalg.svd(a[:2])
    return np.sum(u) + np.sum(s)


def test_what_has_no_rule_is_refused():
    for f, says in (
        (_full, "full_matrices=False"),
        (lambda a: np.sum(np.linalg.qr(a, "complete")[0]), "mode="),
        (lambda a: np.sum(np.linalg.pinv(a, 1e-3)), "pinv"),
        (lambda a: np.sum(np.linalg.svd(a + 0j, False)[0].real), "known to be real"),
        (lambda a: np.sum(np.linalg.eigh(a + 0j)[1].real), "known to be real"),
        (lambda a: np.sum(np.linalg.cholesky(a + 0j).real), "known to be real"),
    ):
        with pytest.raises(s2sad.DifferentiationError, match=says):
            s2sad.grad(f)(SPD)


@pytest.mark.parametrize("a", [ROTATING, A], ids=["complex", "real"])
def test_eigenvalues_of_general_matrices(a):
    numerical = np.zeros_like(a)
    for k in np.ndindex(a.shape):
        step = np.zeros_like(a)
        step[k] = 1e-6
        numerical[k] = (general_eigenvalues(a + step) - general_eigenvalues(a - step)) / 2e-6
    np.testing.assert_allclose(s2sad.grad(general_eigenvalues)(a), numerical, rtol=1e-6, atol=1e-7)
    s2sad.check_grads(general_eigenvalues_alone, (a,), modes=("rev", "fwd"))


def general_eigenvectors(a):
    w, v = np.linalg.eig(a)
    v = v.astype(complex)
    # the parts tell whether each vector has the norm and the phase that LAPACK gives it
    n = len(a)
    return np.sum(np.real(v) * W44[:n, :n]) + np.sum(np.imag(v) * W44.T[:n, :n]) + np.sum(np.real(w) * W4[:n])


def sizes_of_eigenvectors(a):
    return np.sum(np.abs(np.linalg.eig(a)[1]) ** 4 * W44[: len(a), : len(a)])


@pytest.mark.parametrize("a", [ROTATING, np.diag([1.0, 2.0, 3.5, 5.0]) + 0.2 * W44], ids=["complex", "real"])
@pytest.mark.parametrize("f", [general_eigenvectors, sizes_of_eigenvectors], ids=lambda f: f.__name__)
def test_eigenvectors_of_general_matrices(f, a):
    assert np.iscomplexobj(np.linalg.eig(a)[1]) == (a is ROTATING)
    numerical = np.zeros_like(a)
    for k in np.ndindex(a.shape):
        step = np.zeros_like(a)
        step[k] = 1e-6
        numerical[k] = (f(a + step) - f(a - step)) / 2e-6
    gradient = s2sad.grad(f)
    found = gradient(a)
    assert found.dtype == a.dtype
    np.testing.assert_allclose(found, numerical, rtol=1e-6, atol=1e-7 * np.max(np.abs(numerical)))
    np.testing.assert_allclose(s2sad.grad(f, mode="forward")(a), found, rtol=1e-9, atol=1e-10)
    step = 1e-5 * np.cos(np.arange(a.size)).reshape(a.shape)
    along = (gradient(a + step) - gradient(a - step)) / 2
    product = s2sad.hvp(f, (a,), (step,))
    np.testing.assert_allclose(product, along, rtol=1e-5, atol=1e-6 * np.max(np.abs(along)))
