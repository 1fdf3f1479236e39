"""The programs that show what printed code should be like: right, and nothing is saved that is not read."""
from __future__ import annotations

import copy

import numpy as np
import pytest
from tests.kernels.measure import directions, inner, slope
from tests.kernels.saved import saved_lists

import s2sad


def recurrence(x, n):
    y = x
    for i in range(n):
        y = y * np.sin(y) + x
    return y


def newton_sqrt(a):
    x = a
    while True:
        step = (x * x - a) / (2 * x)
        x = x - step
        if abs(step) < 1e-12:
            break
    return x


def seidel(A, steps):
    A = A.copy()
    n = A.shape[0]
    for t in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                A[i, j] = (A[i - 1, j] + A[i, j - 1] + A[i, j] + A[i, j + 1] + A[i + 1, j]) / 5.0
    return np.sum(A * A)


def burgers(u, steps, dt):
    u = u.copy()
    for t in range(steps):
        flux = 0.5 * u * u
        u[1:-1] -= dt * (flux[2:] - flux[:-2])
    return np.sum(u * u)


def heat(u, steps):
    u = u.copy()
    v = u.copy()
    for t in range(steps):
        v[1:-1] = 0.8 * u[1:-1] + 0.1 * (u[2:] + u[:-2])
        u, v = v, u
    return np.sum(u * u)


def view_written(x):
    y = np.sin(x)
    tail = y[1:]
    tail *= y[:-1]
    return np.sum(y * y)


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


VECTOR = np.random.default_rng(0).normal(size=6)
MATRIX = np.random.default_rng(1).normal(size=(5, 5))
# the number of lists that a reverse sweep by hand fills, and the statements that it has, the header and guard aside
TARGETS = {
    "4": (recurrence, [(0.7, n) for n in (0, 1, 3)], 1, 12),
    "5": (newton_sqrt, [(2.3,), (9.0,)], 1, 17),
    "6": (seidel, [(MATRIX, n) for n in (0, 1, 3)], 0, 19),
    "6b": (burgers, [(VECTOR, n, 0.1) for n in (0, 1, 3)], 1, 15),
    "6c": (heat, [(VECTOR, n) for n in (0, 1, 3)], 0, 15),
    "6d": (view_written, [(VECTOR,)], 0, 11),
    "7": (power, [(1.3, n) for n in (0, 1, 3)], 0, 15),
}


@pytest.mark.parametrize("name", TARGETS)
def test_gradient(name):
    function, cases, _, _ = TARGETS[name]
    live = s2sad.value_and_grad(function)
    for args in cases:
        given = copy.deepcopy(args)
        value, gradient = live(*args)
        assert value == function(*args)
        np.testing.assert_array_equal(args[0], given[0])
        along = directions(args, (0,), np.random.default_rng(2))
        expected = slope(function, args, (0,), along)
        assert inner([gradient], along)[0] == pytest.approx(expected, rel=1e-7, abs=1e-8)
        assert np.array_equal(live(*args)[1], gradient)


@pytest.mark.parametrize("name", TARGETS)
def test_saved(name):
    function, cases, saved, _ = TARGETS[name]
    text = s2sad.grad(function).signature_source(*cases[-1])
    assert saved_lists(text) == saved, text


def statements(text):
    """Count the lines that do something: no comments, no imports, no docstring, no guard, no helpers."""
    lines = text.split("\ndef ")[-1].splitlines()
    counted, inside_guard, in_text = 0, False, False
    for line in lines:
        bare = line.strip()
        quotes = bare.count('"""')
        if in_text or quotes:
            in_text = in_text != (quotes % 2 == 1)
            continue
        guards = bare.startswith(("if not (", "if not isinstance"))
        inside_guard = guards or (inside_guard and not bare.startswith("raise"))
        if bare and not bare.startswith(("#", "raise ValueError", "raise TypeError")) and not inside_guard:
            counted += 1
    return counted


@pytest.mark.parametrize("name", [name for name in TARGETS if name != "7"])
def test_statements(name):
    """The text has no more lines than the one written by hand (`def` and `return` counted in both)."""
    function, cases, _, by_hand = TARGETS[name]
    text = s2sad.grad(function).signature_source(*cases[-1])
    assert statements(text) <= by_hand, text
