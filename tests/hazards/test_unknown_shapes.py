"""What NumPy broadcasts or takes apart where nothing is known of shapes: the gradient has the argument's shape."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from tests.hazards.conftest import agrees, close

import s2sad
from s2sad.numeric import numerical_gradient

A = np.arange(12.0).reshape(3, 4) * 0.3 + 0.05
V = 1.3
W = np.array([0.4, -1.1, 0.7])


def full(v, a):
    return np.sum(np.full((3, 4), v) * a)


def full_like(v, a):
    return np.sum(np.full_like(a, v) * a)


def filled_and_changed(v, a):
    s = np.full(4, v)
    s += v * (1.0 - s)
    return np.sum(s * a[0])


def linspace(v, a):
    return np.sum(np.linspace(v, v * v, 4) * a[0])


def logspace(v, a):
    return np.sum(np.logspace(v, 0.5 * v, 4) * a[0])


def broadcast_to(v, a):
    return np.sum(np.broadcast_to(v, (3, 4)) * a)


def choose(v, a):
    return np.sum(np.choose([0, 1, 0, 1], [v, a[0]]) * a[1])


def stored_everywhere(v, a):
    y = a * 1.0
    y[1:, :2] = v
    y[a > 2.0] = v * v
    np.copyto(y[0], v)
    return np.sum(y * a)


def with_dtype(v, a):
    y = np.empty(a.shape, dtype=a.dtype)
    z = np.ndarray(a.shape, a.dtype)
    y[:] = v
    z[:] = a * v
    return np.sum(y * z)


@pytest.mark.parametrize(
    "f",
    [full, full_like, filled_and_changed, linspace, logspace, broadcast_to, choose, stored_everywhere, with_dtype],
    ids=lambda f: f.__name__,
)
def test_a_number_that_is_broadcast(f):
    agrees(f, V, A, argnums=(0, 1))


def places_of_rows(x, k):
    y = x * 2.0
    y[np.arange(len(k)), k] = 0
    return y.sum()


def places_of_one_row(x, k):
    y = np.maximum(0, x)
    y[0, k] = 0
    return np.sum(y * x)


@pytest.mark.parametrize("f", [places_of_rows, places_of_one_row], ids=lambda f: f.__name__)
def test_an_index_that_is_a_tuple_with_an_array_in_it(f):
    agrees(f, A, np.array([0, 2, 2]))


def diagonal_matrix(w, a):
    return np.sum(np.diag(w) @ a)


def taken(w, a):
    return np.sum(np.take(w, [0, 2, 2]) * a[0, :3]) + np.sum(np.take(a, [0, 1], axis=-1) ** 2)


def joined(w, a):
    columns = np.c_[np.ones(3), w, a[:, 0]]
    return np.sum(np.r_[w, w[0], 0:3, 2.0] ** 2) + np.sum(columns @ w)


@pytest.mark.parametrize("f", [diagonal_matrix, taken, joined], ids=lambda f: f.__name__)
def test_gradients_are_arrays_of_their_own(f):
    _, gradient = s2sad.value_and_grad(f)(W, A)
    assert gradient.flags.writeable
    s2sad.check_grads(f, (W, A))


def grid(w):
    y, x = np.mgrid[0:3, -1:1:4j]
    rows, columns = np.ogrid[:3, 0:8:2]
    return np.sum(np.sin(w[0] * x + w[1] * y)) + np.sum(w[2] * rows * columns**2) + np.sum(np.mgrid[0:3] * w)


def accumulated(w):
    products = itertools.accumulate(w, lambda a, b: a * b, initial=2.0)
    return sum(itertools.accumulate(w)) + sum(products) + sum(itertools.islice(w, 1, 3))


def pairs_of_places(w):
    total = 0.0
    for i, j in itertools.combinations(range(3), 2):
        total += w[i] * w[j]
    for i, j in itertools.combinations_with_replacement(range(2), 2):
        total += np.sin(w[i] * w[j])
    return total


def triples(w):
    total = 0.0
    for i, j, k in itertools.product(range(2), repeat=3):
        total += w[i] * w[j] ** 2 * w[k]
    for i, j, k in itertools.combinations(range(3), 3):
        total += w[i] * w[j] ** 2 * w[k]
    return total


def permuted(w):
    return sum(a * b**2 for a, b in itertools.permutations([w[0], w[1]], 2))


def quadrature(w):
    nodes, weights = np.polynomial.legendre.leggauss(5)
    return np.sum(weights * np.exp(w[0] * nodes)) * w[1]


@pytest.mark.parametrize(
    "f", [grid, accumulated, pairs_of_places, triples, permuted, quadrature], ids=lambda f: f.__name__
)
def test_what_is_made_of_constants_and_of_combinations(f):
    agrees(f, W)


def pairs(x):
    found = [(i, j) for i in range(len(x)) for j in range(i + 1, len(x))]
    total = 0.0
    for i, j in found:
        total += x[i] * x[j]
    return total


def test_what_a_list_holds_that_was_empty_is_known():
    agrees(pairs, W)
    derivative = s2sad.grad(pairs)
    derivative(W)
    assert "_unbroadcast" not in derivative.source
    assert "d_x[j] += x[i]" in derivative.source


def transformed(x, w):
    if len(x) == 1:
        return x.astype(complex)
    even, odd = transformed(x[::2], w), transformed(x[1::2], w)
    turn = np.exp(-2j * np.pi * np.arange(len(x) // 2) / len(x))
    return np.concatenate([even + turn * odd, even - turn * odd])


def spectrum(x, w):
    return np.sum(np.abs(transformed(x, w)) ** 2 * w)


def test_complex_adjoints_of_real_parts():
    agrees(spectrum, A[0], A[1])


def bands(w, a):
    n = len(w)
    m = np.diag(2.0 + w) + np.diag(-w[0] * np.ones(n - 1), 1) + np.diag(-0.5 * np.ones(n - 1), -1)
    return np.sum(np.linalg.solve(m, a[:, 0] * w))


def assembled(w, a):
    free = np.arange(1, 3)
    k = np.zeros((3, 3))
    for e in range(2):
        k[np.ix_([e, e + 1], [e, e + 1])] += w[e] ** 2 * np.array([[1.0, -1.0], [-1.0, 1.0]])
    return np.sum(np.linalg.solve(k[np.ix_(free, free)], a[1:, 0] * w[2]))


def aligned(w, a):
    u, s, vt = np.linalg.svd(np.outer(w, a[:, 0]) + np.diag(w))
    return np.sum(u @ vt * np.outer(np.arange(3), np.arange(3) + 1.0)) + s[0]


def differences(w, a):
    steps = np.diff(a, axis=0)
    smooth = np.apply_along_axis(lambda row: np.convolve(row, w, mode="same"), 1, a)
    at = np.interp(a[0], np.array([0.0, 1.0, 4.0]), w)
    return np.sum(steps @ at) + np.sum(smooth[:, 1:] * np.average(a, axis=1, weights=at)[:, None])


@pytest.mark.parametrize("f", [bands, assembled, aligned, differences], ids=lambda f: f.__name__)
def test_shapes_that_are_known_behind_a_function(f):
    gradients = s2sad.grad(f, (0, 1))(W, A)
    for k, gradient in enumerate(gradients):
        close(gradient, numerical_gradient(f, (W, A), k), 1e-6)


def halved(k, b):
    def parts(low, high, depth):
        middle = (low + high) / 2
        if depth <= 0:
            return np.sin(k * middle)
        return parts(low, middle, depth - 1) + parts(middle, high, depth - 1)

    return parts(0.0, b, 3)


def test_a_nested_function_that_calls_itself_with_arguments_of_other_types():
    agrees(halved, 0.7, 1.9, argnums=(0, 1))


def windows(w, a):
    rows = np.lib.stride_tricks.sliding_window_view(a[0], len(w))
    patches = np.lib.stride_tricks.sliding_window_view(a, a[:2, :3].shape)
    return np.sum((rows @ w) ** 2) + np.sum(np.einsum("ijkl,l->ij", patches, w) ** 2)


def test_windows_of_lengths_that_the_program_computes():
    gradients = s2sad.grad(windows, (0, 1))(W, A)
    for k, gradient in enumerate(gradients):
        close(gradient, numerical_gradient(windows, (W, A), k), 1e-6)
