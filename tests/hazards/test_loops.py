"""Loops of zero, one and more trips over everything that can be looped over."""
from __future__ import annotations

import numpy as np
import pytest
from tests.hazards.conftest import agrees, printed

import s2sad

X = np.array([0.3, -0.7, 1.2])


# -- loops of few trips ------------------------------------------------------------------------------------------------


def rebinds(x, n):
    y = x
    for i in range(n):
        y = y * np.sin(y) + x * i
    return np.sum(y)


def starts_from_a_constant(x, n):
    total = 0.0
    for i in range(n):
        total = total + np.sum(x) * i
    return total + np.sum(x * x)


def starts_from_zeros(x, n):
    total = np.zeros(3)
    for i in range(n):
        total = total + x * x * i
    return np.sum(total * total)


def uses_a_value_from_before(x, n):
    before = np.sin(x)
    after = x
    for _ in range(n):
        after = after * before
    return np.sum(after + before * before)


def local_each_trip(x, n):
    total = np.sum(x)
    for i in range(n):
        local = np.sin(x) * i
        local = local * x
        total = total + np.sum(local * local)
    return total


def only_the_last_trip_counts(x, n):
    y = x
    for i in range(n):
        y = np.sin(x) * (i + 1)
    return np.sum(y * y)


def two_that_swap(x, n):
    a, b = x, np.cos(x)
    for _ in range(n):
        a, b = b, a * b
    return np.sum(a + 2.0 * b)


def loop_variable_afterwards(x, n):
    i = 7
    y = x
    for i in range(n):
        y = y * x
    return np.sum(y) * i


def unused_loop(x, n):
    y = x
    for i in range(n):
        y = np.exp(y) * i
    return np.sum(x * x)


def inner_count_depends_on_outer(x, n):
    y = x
    for i in range(n):
        for j in range(i):
            y = y * 0.5 + np.sin(x) * j
        y = y + x * y
    return np.sum(y)


def nested_with_reset(x, n):
    total = np.sum(x)
    for i in range(n):
        row = x
        for j in range(n):
            row = np.tanh(row) * (i + j + 1)
        total = total + np.sum(row)
    return total


def branch_in_a_loop(x, n):
    y = x
    for i in range(n):
        if i % 2 == 0:
            y = np.sin(y) * x
        elif i == 3:
            y = y
        else:
            y = y * y
            z = y + 1.0
            y = z * x
    return np.sum(y)


def loop_in_a_branch(x, n):
    if n > 1:
        y = x
        for i in range(n):
            y = y * x + i
    else:
        y = np.exp(x)
    return np.sum(y)


def backwards(x, n):
    y = x
    for i in range(n, 0, -1):
        y = y * x + i
    for i in reversed(range(n)):
        y = np.sin(y) * (i + 1.0)
    return np.sum(y)


LOOPS = [
    rebinds, starts_from_a_constant, starts_from_zeros, uses_a_value_from_before, local_each_trip,
    only_the_last_trip_counts, two_that_swap, loop_variable_afterwards, unused_loop, inner_count_depends_on_outer,
    nested_with_reset, branch_in_a_loop, loop_in_a_branch, backwards,
]  # fmt: skip


@pytest.mark.parametrize("n", [0, 1, 2, 4])
@pytest.mark.parametrize("f", LOOPS, ids=lambda f: f.__name__)
def test_loops_of_few_trips(f, n):
    agrees(f, X, n)


@pytest.mark.parametrize("f", [rebinds, two_that_swap, branch_in_a_loop, backwards], ids=lambda f: f.__name__)
def test_loops_over_a_python_float(f):
    live = s2sad.grad(f)
    for n in (0, 1, 3):
        expected = s2sad.grad(f)(np.array([0.7]), n)
        assert live(0.7, n) == pytest.approx(expected[0], rel=1e-12)


def over_rows(x):
    total = 0.0
    for row in x:
        total = total + np.sum(np.sin(row)) * total + np.sum(row)
    return total


def over_entries(x, w):
    total = 1.0
    for v in x:
        total = total * v + w
    return total


def over_zip(x, y):
    total = 0.0
    for a, b in zip(x, y):
        total = total + a * np.sin(b)
    return total


def over_zip_strict(x, y):
    total = 0.0
    for a, b in zip(x, y, strict=True):
        total = total + a * np.sin(b)
    return total


def over_enumerate(xs, w):
    total = 0.0
    for i, x in enumerate(xs):
        total = total + np.sum(x * w) * i
    return total


def over_enumerate_zip(xs, ys):
    total = 0.0
    for i, (x, y) in enumerate(zip(xs, ys), start=1):
        total = total + np.sum(x * y) ** i
    return total


def over_nested_pairs(pairs):
    total = 1.0
    for (a, b), c in pairs:
        total = total + np.sum(a * c) * np.sum(b)
    return total


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_loops_over_arrays(rows):
    agrees(over_rows, np.arange(rows * 2.0).reshape(rows, 2) / 5.0)
    agrees(over_entries, X[:rows], 0.5, argnums=(0, 1), value=False)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_zip_of_equal_lengths(n):
    x, y = [0.3, -0.7, 1.2][:n], [1.1, 0.4, 0.9][:n]
    agrees(over_zip, x, y, argnums=(0, 1))
    agrees(over_zip, X[:n], np.array(y), argnums=(0, 1), value=False)


@pytest.mark.parametrize(("m", "n"), [(0, 2), (1, 3), (3, 1), (2, 0)])
@pytest.mark.parametrize("make", [list, np.array])
def test_zip_of_unequal_lengths_is_right_or_raises(m, n, make):
    """The primal stops at the shorter; generated code may refuse to, but never gives another number."""
    x, y = make([0.3, -0.7, 1.2][:m]), make([1.1, 0.4, 0.9][:n])
    try:
        agrees(over_zip, x, y, argnums=(0, 1), value=False)
    except ValueError as error:
        assert "zip" in str(error)


def test_a_strict_zip_of_unequal_lengths_raises_as_the_primal_does():
    agrees(over_zip_strict, [0.3, -0.7], [1.1, 0.4], argnums=(0, 1))
    live = s2sad.grad(over_zip_strict, (0, 1))
    text = live.source
    for g in (live, printed(text)):
        with pytest.raises(ValueError, match=r"shorter|longer|lengths|generated"):
            g([0.3, -0.7], [1.1])


@pytest.mark.parametrize("n", [0, 1, 3])
def test_loops_over_lists(n):
    xs = [X * (k + 1) for k in range(n)]
    agrees(over_enumerate, xs, X, argnums=(0, 1))
    agrees(over_enumerate_zip, xs, [X] * n, argnums=(0, 1))
    agrees(over_nested_pairs, [((X, X * 2.0), X + k) for k in range(n)])


def over_items_of_other_lengths(xs):
    total = 0.0
    for x in xs:
        total = total + np.sum(x * x) * np.sum(x)
    return total


def test_items_of_different_lengths_and_ranks():
    agrees(over_items_of_other_lengths, [X, X[:2], X[:1], np.ones((2, 3))])


def type_changes_between_trips(x, n):
    s = 0.0
    for _ in range(n):
        s = s + x
    return np.sum(s)


def rank_grows(x, n):
    y = x
    for _ in range(n):
        y = y * np.array([[1.0], [2.0]])
    return np.sum(y * y)


def int_becomes_float(x, n):
    s = 0
    for i in range(n):
        s = s + x * i
    return s * 1.0


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_variable_whose_type_changes_between_trips(n):
    agrees(type_changes_between_trips, X, n, value=n > 0)
    agrees(rank_grows, X, n)
    agrees(int_becomes_float, 1.3, n)


def spread_of_a_vector(x, v, n):
    for i in range(n):
        v = np.eye(3)[:, 1] + np.std(v + np.array([0.1, 0.5, 1.2]))
        x = x * 0.5 + v[i % 3]
    return np.sin(x + np.sum(v))


def mean_of_what_was_a_number(x, v, n):
    b = 0.0
    for k in range(n):
        b = b + np.stack([v, v * x]) * (k + 1)
    c = (np.array([0.2, -0.4, 0.7]) + np.mean(b))[:, None]
    return np.sum(c * c)


@pytest.mark.parametrize("f", [spread_of_a_vector, mean_of_what_was_a_number], ids=lambda f: f.__name__)
def test_a_scalar_of_unknown_dtype_is_spread(f):
    agrees(f, 0.7, np.array([0.3, -0.2, 0.5]), 3, argnums=(0, 1))
