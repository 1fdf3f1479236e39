"""Loops that write into views: right, to the bit in the value, and without a copy of the whole array in each trip."""
from __future__ import annotations

import numpy as np
import pytest
from tests.hazards.conftest import right

import s2sad


def smear(x):
    y = np.sin(x)
    odd = y[1::2]
    for _ in range(3):
        odd += 0.3 * y[:-1:2] ** 2
        y[0] = y[0] * odd[-1]
    return np.sum(y * x)


def columns(x):
    a = np.outer(x, x) + np.eye(4)
    for j in range(a.shape[1]):
        c = a[:, j]
        c /= np.sqrt(np.sum(c * c))
        for k in range(j + 1, a.shape[1]):
            a[:, k] -= np.dot(c, a[:, k]) * c
    return np.sum(a**3)


def settle(x):
    v = x * 1.0
    n = 0
    while n < 50:
        left, right = v[:-1], v[1:]
        gap = right - left
        left += 0.2 * gap
        n += 1
        if np.max(np.abs(gap)) < 0.3:
            break
    return np.sum(v * v)


X = np.array([0.3, -0.7, 1.2, 0.4])


@pytest.mark.parametrize("f", [smear, columns, settle], ids=lambda f: f.__name__)
def test_loops_that_write_into_views(f):
    right(s2sad.value_and_grad(f), f, X)


@pytest.mark.parametrize("f", [smear, columns, settle], ids=lambda f: f.__name__)
def test_no_trip_copies_a_whole_array(f):
    derivative = s2sad.grad(f)
    derivative(X)
    lines = derivative.source.splitlines()
    copies = [line for line in lines if line.startswith(" " * 8) and line.endswith(".copy()")]
    assert [line for line in copies if line.strip() in ("y = y.copy()", "a = a.copy()", "v = v.copy()")] == []
    assert [line for line in copies if line.strip().startswith("d_") and line.strip().split(" = ")[1] in (
        "d_y.copy()", "d_a.copy()", "d_v.copy()"
    )] == []


def view_of_an_item_in_the_same_list(x, vs):
    vs.append(vs[0][::-1])
    vs[0][1] *= x[0]
    return np.sum(vs[-1] * x)


def item_found_again_in_a_loop(x, vs):
    vs[0] = np.tanh(vs[-1] * x)
    b = vs[0]
    for _ in range(2):
        vs[0][:] += 0.5 * np.sin(vs[0])
    return np.sum(vs[0]) + np.sum(b * x)


def lists_that_share_what_a_trip_has_made(x, vs):
    found, before = [], []
    for k in range(3):
        if k > 0:
            first = before[0]
            first[0] = 5.0
        found.append(x * (k + 1.0))
        before = found[:]
    return np.sum(found[0] * vs[0]) + np.sum(found[2])


def held_by_a_list_in_a_list(x, vs):
    found, last = [], x * 1.0
    for k in range(3):
        last[0] = last[0] * 2.0
        last = x * (k + 1.0)
        found.append([last])
    return np.sum(found[0][0] * vs[0])


@pytest.mark.parametrize(
    "f",
    [
        view_of_an_item_in_the_same_list,
        item_found_again_in_a_loop,
        lists_that_share_what_a_trip_has_made,
        held_by_a_list_in_a_list,
    ],
    ids=lambda f: f.__name__,
)
def test_a_list_that_holds_memory_twice_is_refused(f):
    with pytest.raises(s2sad.DifferentiationError) as caught:
        s2sad.value_and_grad(f)(X, [X.copy(), 2.0 * X])
    assert {diagnostic.code for diagnostic in caught.value.diagnostics} == {"S2S142"}


def stored_first_in_an_inner_loop(x):
    c = np.full(4, 0.3)
    for _ in range(2):
        for _ in c:
            x[:-1] = x[:-1] * 1.1
        x, c = c, np.tanh(x)[::-1]
    return np.sum(np.sin(x)) + 3.0 * np.sum(np.sin(c))


def stored_first_in_a_branch(x):
    c = np.full(4, 0.3)
    for k in range(3):
        if k != 1:
            x[1:] *= 0.5
        x, c = c, x
    return np.sum(x * x) + np.sum(np.sin(c))


def one_arm_changes_an_item_the_other_the_list(x):
    items = [np.full(3, 0.3)]
    if x[1] > 0.1:
        items[-1] *= 0.5
    else:
        items[-1] = x[1:]
    return np.sum(items[0] * x[1:]) + np.sum(x)


@pytest.mark.parametrize(
    "f",
    [stored_first_in_an_inner_loop, stored_first_in_a_branch, one_arm_changes_an_item_the_other_the_list],
    ids=lambda f: f.__name__,
)
@pytest.mark.parametrize("x", [X, -X], ids=["positive", "negative"])
def test_stores_at_the_beginning_of_a_trip_or_an_arm_count(f, x):
    right(s2sad.value_and_grad(f), f, x)


def collected_in_nested_loops(x):
    found = []
    for row in ([x * 1.0], [x * 2.0, x * x]):
        for item in row:
            found.append(item)
    return np.sum(found[0] * found[1] * found[2])


def test_items_that_are_only_collected_are_followed():
    right(s2sad.value_and_grad(collected_in_nested_loops), collected_in_nested_loops, X)


def repeated_index_of_a_column(a):
    b = np.tanh(np.arange(9.0).reshape(3, 3))
    column = b[::-1][:, 0]
    column[[0, 0]] = column[:-1]
    return np.sum(a * b)


def test_an_index_of_a_view_with_a_constant_tuple():
    right(s2sad.value_and_grad(repeated_index_of_a_column), repeated_index_of_a_column, np.outer(X, X)[:3, :3])
    derivative = s2sad.grad(repeated_index_of_a_column)
    derivative(np.eye(3))
    assert "_own" not in derivative.source


def left_early(b, x, n):
    k = 0
    while k < n and np.sum(x) < 0.1:
        k += 1
        b[b < -0.1] *= 0.5
        if k == 1:
            break
        b[1:, :-1][-1] *= np.sin(x[:-1] * b[:, 0])
        x[:] = np.tanh(np.sum(x)) * np.sin(x[-1])
        break
    return np.sum(np.sin(b)) + np.sum(np.sin(x))


@pytest.mark.parametrize("n", [0, 1, 3])
def test_what_a_trip_that_ends_early_does_not_save(n):
    b, x = np.array([[-0.5, 0.2, 0.4], [0.3, -0.6, 0.8]]), np.array([-0.4, -0.3, 0.2])
    right(s2sad.value_and_grad(left_early), left_early, b, x, n)


def nested_rows(a):
    a = a * 1.0
    for i, row in enumerate(a):
        for j, v in enumerate(row):
            a[i, j] = v**2 if i == j else v * a[0, 0]
    return np.sum(a**2)


def test_rows_that_an_inner_loop_writes_through_the_whole():
    a = np.outer(X, X)
    right(s2sad.value_and_grad(nested_rows), nested_rows, a)
