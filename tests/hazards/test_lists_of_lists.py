"""Tables as lists of lists, and lists of arrays that are changed at an index: right, or refused where items are shared."""
from __future__ import annotations

import numpy as np
import pytest
from tests.hazards.conftest import printed, right

import s2sad
from s2sad.numeric import numerical_gradient


def warping(a, b):
    n, m = len(a), len(b)
    table = [[1e9] * (m + 1) for _ in range(n + 1)]
    table[0][0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = (a[i - 1] - b[j - 1]) ** 2
            table[i][j] = cost + min(table[i - 1][j], table[i][j - 1], table[i - 1][j - 1])
    return table[n][m]


def products(a, b):
    g = [[a[i] * b[j] for j in range(3)] for i in range(len(a))]
    for i in range(1, len(a)):
        for j in range(3):
            g[i][j] += g[i - 1][j] * g[i][j]
    return sum(sum(row) for row in g)


def two_rows(a, b):
    g = [list(a), list(b)]
    for j in range(1, 3):
        g[0][j] += g[0][j - 1] ** 2
        g[1][j] += g[1][j - 1] * g[0][j]
    return g[1][-1]


def rows_of_unknown_number(a, b):
    rows = []
    for k in range(len(a)):
        row = [a[k]]
        row.append(b[k])
        rows.append(row)
    for k in range(1, len(a)):
        rows[k][0] = rows[k - 1][0] * rows[k][1]
    return rows[-1][0]


def arrays_of_unknown_number(a, b):
    states = []
    for k in range(len(a)):
        states.append(a * b[k])
    for k in range(1, len(a)):
        states[k] *= states[k - 1]
        states[k][0] += 1.0
    return np.sum(states[-1]) + np.sum(states[0])


def last_of_a_list(a, b):
    states = []
    for k in range(3):
        a = a + b * a**2
        states.append(a)
    states[-1] *= 2.0
    return sum(np.sum(state**2) for state in states)


CLEAR = [
    warping, products, two_rows, rows_of_unknown_number, arrays_of_unknown_number, last_of_a_list,
]  # fmt: skip


# -- where one list or array is at several places ------------------------------------------------------------------------


def one_row_repeated(a, b):
    table = [[a[0], b[0]]] * 3
    for i in range(len(a)):
        table[i][0] = table[i - 1][0] * b[i]
    return table[0][0] * table[1][1]


def one_row_twice(a, b):
    row = [a[0], b[0]]
    table = [row, row]
    for i in range(len(a) - 1):
        table[i][0] = table[i - 1][0] * b[i]
    return table[0][0] * table[1][1]


def one_row_in_each_trip(a, b):
    row, table = [a[0], b[0]], []
    for _ in range(len(a)):
        table.append(row)
    for i in range(len(a)):
        table[i][0] = table[i - 1][0] * b[i]
    return table[0][0] * table[1][1]


def one_row_in_two_tables(a, b):
    one, two = [], []
    for k in range(len(a)):
        row = [a[k], b[k]]
        one.append(row)
        two.append(row)
    for i in range(len(a)):
        one[i][0] = one[i - 1][0] * two[i][0]
    return two[0][0] * one[1][1]


def a_row_with_a_name(a, b):
    table = [[a[k], b[k]] for k in range(len(a))]
    row = table[1]
    for i in range(len(a)):
        table[i][0] = table[i - 1][0] * b[i]
    return row[0] * table[2][0]


def a_row_that_was_named_before(a, b):
    table, row = [], [a[0]]
    for k in range(len(a)):
        row = [a[k], b[k]]
        table.append(row)
    for i in range(len(a)):
        table[i][0] = table[i - 1][0] * b[i]
    return row[0] * table[2][0]


def rows_exchanged(a, b):
    table = [[a[k], b[k]] for k in range(len(a))]
    for i in range(1, len(a)):
        table[i], table[i - 1] = table[i - 1], table[i]
        table[i][0] = table[i - 1][0] * b[i]
    return table[0][0] * table[1][0]


def a_row_put_at_two_places(a, b):
    table = [[a[k], b[k]] for k in range(len(a))]
    for i in range(1, len(a)):
        table[i] = table[i - 1]
        table[i][0] = table[i][0] * b[i]
    return table[0][0] * table[1][0]


def a_shallow_copy(a, b):
    table = [[a[k], b[k]] for k in range(len(a))]
    other = table[:]
    for i in range(len(a)):
        table[i][0] = table[i - 1][0] * b[i]
    return other[0][0] * other[1][0]


def a_row_taken_out(a, b):
    table = [[a[k], b[k]] for k in range(len(a))]
    row = table.pop()
    for i in range(len(a) - 1):
        table[i][0] = table[i - 1][0] * row[0]
        row[0] = table[i][0]
    return table[0][0] * row[0]


def a_row_replaced(a, b):
    table = [[a[k], b[k]] for k in range(len(a))]
    for i in range(1, len(a)):
        row = table[i]
        table[i] = [a[i] * 2, b[i]]
        row[0] = table[i][0] * 3
        table[i][1] = row[0] * table[i - 1][0]
    return table[1][1] * table[2][1]


def an_array_and_its_view(a, b):
    states = []
    for k in range(len(a)):
        state = a * b[k]
        states.append(state)
        states.append(state[1:])
    for k in range(3):
        states[k] *= 2.0
    return np.sum(states[0]) * np.sum(states[1]) * np.sum(states[2])


def two_indices_that_meet(a, b):
    states = [a * b[k] for k in range(len(a))]
    for i in range(len(a)):
        one, two = states[i], states[2 - i]
        states[i] *= b[0]
        states[0][1] = one[0] * two[1]
    return np.sum(states[0] * states[1] * states[2])


SHARED = [
    one_row_repeated, one_row_twice, one_row_in_each_trip, one_row_in_two_tables, a_row_with_a_name,
    a_row_that_was_named_before, rows_exchanged, a_row_put_at_two_places, a_shallow_copy, a_row_taken_out, a_row_replaced,
    an_array_and_its_view, two_indices_that_meet,
]  # fmt: skip
A, B = np.array([0.3, 0.4, 0.9]), np.array([0.5, -0.7, 0.2])


@pytest.mark.parametrize("f", CLEAR, ids=lambda f: f.__name__)
def test_items_of_their_own(f):
    right(s2sad.value_and_grad(f), f, A, B)
    right(s2sad.value_and_grad(f, argnums=1), f, A, B, argnums=1)
    np.testing.assert_allclose(s2sad.jacfwd(f)(A, B), s2sad.grad(f)(A, B), rtol=1e-12)


@pytest.mark.parametrize("f", SHARED + CLEAR, ids=lambda f: f.__name__)
@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_shared_items(f, known):
    derivative = s2sad.value_and_grad(f)
    try:
        value, gradient = (derivative if known else printed(derivative.source))(A, B)
    except s2sad.DifferentiationError as error:
        assert "S2S14" in str(error)
        return
    assert value == pytest.approx(f(A, B), rel=1e-14)
    np.testing.assert_allclose(gradient, numerical_gradient(f, (A, B), 0), rtol=1e-6, atol=1e-9)
