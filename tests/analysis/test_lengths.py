"""Lengths of slices: equal where they are one expression, another one in every trip, never more than is known."""

from __future__ import annotations

import itertools
import operator

import numpy as np
import pytest

import s2sad
from s2sad.analysis.infer import infer
from s2sad.ir import dims
from s2sad.ir.dims import Number, Opaque, Symbol
from s2sad.ir.program import Form
from s2sad.ir.types import Array, Literal, Scalar, Slice, identified, instantiate
from s2sad.numeric import numerical_gradient

N, NATURAL, NUMBER = Symbol("N"), Opaque(), Number()


# -- the algebra ------------------------------------------------------------------------------------------------------


def computed(dim, numbers):
    """Return the number that an expression stands for; `replace_atoms` computes it by the constructors."""
    result = dims.replace_atoms(dim, numbers.__getitem__)
    assert isinstance(result, int), dim
    return result


BOUNDS = [
    *(None, 0, 1, 3, -1, -3),
    *(NATURAL, NUMBER, dims.add(NATURAL, 1), dims.add(NUMBER, -1), dims.subtract(N, NATURAL)),
    *(dims.computed("//", N, 2), dims.multiply(2, NATURAL)),
]


@pytest.mark.parametrize("step", [None, 1, 2, 3, -1, -2])
def test_a_slice_leaves_what_python_says(step):
    lengths = (N, dims.shorter(N, 1), dims.strided(N, 2))
    for base, start, stop in itertools.product(lengths, BOUNDS, BOUNDS):
        dim = dims.cut(base, start, stop, step)
        for n, i, k in itertools.product((0, 1, 2, 5), (0, 1, 4), (-4, -1, 0, 2)):
            numbers = {N: n, NATURAL: i, NUMBER: k}
            bounds = [None if bound is None else computed(bound, numbers) for bound in (start, stop)]
            expected = len(range(*slice(*bounds, step).indices(computed(base, numbers))))
            assert computed(dim, numbers) == expected, (base, start, stop, dim, numbers)


def taken(*bounds):
    types = [bound if isinstance(bound, Scalar) else Literal(bound) for bound in bounds]
    if all(isinstance(one, Literal) for one in types):
        part = Literal(slice(*bounds))
    else:
        part = Slice(*types)
    return infer(operator.getitem, Form.OPERATOR, (Array(np.dtype(float), (N,)), part), {}).shape[0]


def test_equal_lengths_are_equal_expressions():
    k = identified(Scalar("int"))
    assert taken(1, -1, 2) == taken(None, -2, 2) == taken(2, None, 2)
    assert taken(k, None, None) == taken(k, None, None)
    assert taken(-3, None, None) == taken(None, 3, None)
    assert dims.add(taken(-1, None, None), taken(None, -1, None)) == N


def test_lengths_that_may_differ_are_other_expressions():
    k, m = identified(Scalar("int")), identified(Scalar("int"))
    assert taken(None, None, 2) != taken(1, None, 2)
    assert taken(k, None, None) != taken(m, None, None)
    assert taken(k, None, None) != dims.natural(dims.subtract(N, k.dim))
    assert taken(1, None, None) != N


def test_an_item_of_a_list_has_lengths_of_its_own():
    item = Array(np.dtype(float), (dims.cut(N, None, NUMBER, None),))
    assert instantiate(item) != instantiate(item)


# -- programs ---------------------------------------------------------------------------------------------------------


def other_lengths_in_each_trip(x):
    total = 0.0
    for i in range(1, 3):
        row = np.sin(x[:i])
        total = total + np.sum(row * row * x[i : 2 * i])
    return total


def part_carried_to_the_next_trip(x):
    row = x[:1]
    total = 0.0
    for i in range(1, 4):
        # in the first trips one of them has length 1 and is broadcast
        total = total + np.sum(row * x[:i][:1] * np.ones(i))
        row = np.cos(x[:1]) * x[:1] if i < 3 else x[:i]
    return total + np.sum(row**2)


def length_carried_unbound(x):
    total = 0.0
    for i in range(3):
        if i > 0:
            # the length of what an earlier trip has left, 1 in the last trip
            total = total + np.sum(last * x[: 5 - 2 * i])  # noqa: F821
        last = np.sin(x[: 3 - i])  # noqa: F841
    return total


def shrinking(x):
    u = x
    total = 0.0
    for i in range(2):
        if i > 0:
            total = total + np.sum(v * u[1:])  # noqa: F821
        v = u[1:]  # noqa: F841
        u = u[2:]
    return total


def number_rebound_in_a_branch(x):
    n = 1
    if np.sum(x) > 0:
        n = 3
    head = x[:n]
    n = 2
    return np.sum(np.sin(head) * x[:1]) + np.sum(x[:n] ** 2)


def number_rebound_in_a_loop(x):
    n = 0
    total = 0.0
    for _ in range(3):
        a = x[:n]
        n = n + 1
        total = total + np.sum(np.outer(a, x[:n])) + np.sum(x[:n] * x[n - 1 : n])
    return total


def beyond_the_end(x, k):
    return np.sum(np.sin(x[k:]) * x[k:]) + np.sum(x[:k] ** 2) + np.sum(x[k + 1 :] * x[k + 1 :])


def between(x, k):
    return np.sum(x[k : k + 2] * x[k : k + 2]) + np.sum(x[k::2] ** 3) + np.sum(x[k - 1 :] * 2.0)


def made_of_a_number(x, n):
    out = np.zeros(n)
    for i in range(n):
        out[i] = np.sin(x[i % len(x)])
    return np.sum(out * x[:n][: len(out)]) if n <= len(x) else np.sum(out)


def broadcast_of_a_part(x, k):
    return np.sum(x[:k] * x[1:])


def reshaped_by_a_number(x, n):
    return np.sum(x.reshape(n) * x)


def product_in_one_branch(x, n):
    if n == 2:
        return np.sum(np.ones(n) @ x[:n])
    return np.sum(np.ones(n) * x[:1]) + np.sum(np.zeros(n) + x[:1])


def in_a_while(x):
    k = len(x)
    total = 0.0
    while k > 0:
        part = x[:k]
        k = k // 2
        total = total + np.sum(part) * np.sum(x[:k] ** 2) + np.sum(part[:1] * x[: k + 1])
    return total


def collected(x):
    parts = [x[:i] * 2.0 for i in range(1, 4)]
    total = 0.0
    for a in parts:
        for b in parts:
            total = total + np.sum(np.outer(a, b))
    return total + np.sum(parts[0] * parts[2])


def halves(x):
    h = len(x) // 2
    return np.sum(x[:h] * np.cos(x[h : 2 * h])) + np.sum(x[::-2])


VECTOR = np.array([0.3, -0.7, 1.1, 0.4, 0.9])
PROGRAMS = [
    *((f, (VECTOR,)) for f in (other_lengths_in_each_trip, part_carried_to_the_next_trip, length_carried_unbound)),
    *((shrinking, (VECTOR[:n],)) for n in (4,)),
    *((number_rebound_in_a_branch, (sign * VECTOR,)) for sign in (1, -1)),
    (number_rebound_in_a_loop, (VECTOR,)),
    *((f, (VECTOR, k)) for f in (beyond_the_end, between) for k in (-7, -2, -1, 0, 1, 2, 4, 5, 6)),
    *((made_of_a_number, (VECTOR, n)) for n in (0, 1, 3, 7)),
    *((broadcast_of_a_part, (VECTOR, k)) for k in (1, 4, -1)),
    *((reshaped_by_a_number, (VECTOR, n)) for n in (-1, 5)),
    *((product_in_one_branch, (VECTOR, n)) for n in (2, 3, 0, 1)),
    *((f, (VECTOR[:n],)) for f in (in_a_while, halves) for n in (0, 1, 2, 5)),
    (collected, (VECTOR,)),
]


@pytest.mark.parametrize(("function", "args"), PROGRAMS, ids=lambda one: getattr(one, "__name__", None))
def test_gradient(function, args):
    given = args[0].copy()
    gradient = s2sad.value_and_grad(function)
    for _ in range(2):
        value, d_x = gradient(*args)
        assert value == function(*args)
        assert d_x.shape == given.shape
        step = 1e-6
        for k in range(len(given)):
            ends = [function(given + sign * step * (np.arange(len(given)) == k), *args[1:]) for sign in (1, -1)]
            np.testing.assert_allclose(d_x[k], (ends[0] - ends[1]) / (2 * step), atol=1e-7)
        np.testing.assert_array_equal(args[0], given)


# -- printed text -----------------------------------------------------------------------------------------------------


def red_black(u, load):
    u[1:-1:2] = 0.5 * (u[:-2:2] + u[2::2] + load[1:-1:2])
    return np.sum(u**2)


def eliminate(A):
    for k in range(A.shape[0]):
        A[k + 1 :, k] = A[k + 1 :, k] / A[k, k]
        A[k + 1 :, k + 1 :] -= np.outer(A[k + 1 :, k], A[k, k + 1 :])
    return np.sum(A)


def triangular(L, b):
    y = np.zeros(L.shape[0])
    for i in range(L.shape[0]):
        y[i] = (b[i] - L[i, :i] @ y[:i]) / L[i, i]
    return np.sum(y)


def windows(x, taps):
    total = 0.0
    for k in range(len(x) - len(taps) + 1):
        total = total + np.tanh(np.dot(x[k : k + len(taps)], taps))
    return total


def around(u):
    return np.sum((np.concatenate((u[-1:], u[:-1])) - u) ** 3)


SQUARE = np.eye(4) * 3 + np.arange(16.0).reshape(4, 4) / 10


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (red_black, (VECTOR, VECTOR + 1.0)),
        (eliminate, (SQUARE,)),
        (triangular, (SQUARE, VECTOR[:4])),
        (windows, (VECTOR, VECTOR[:2])),
        (around, (VECTOR,)),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_lengths_that_agree_need_no_helper(function, args):
    gradient = s2sad.grad(function)
    found = gradient(*args)
    assert "_unbroadcast" not in gradient.source
    expected = numerical_gradient(lambda x, *rest: function(x.copy(), *rest), args)
    np.testing.assert_allclose(found, expected, atol=1e-6)
