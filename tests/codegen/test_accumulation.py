"""Adjoints are summed up in place where the sum's buffer is the function's own and nobody reads the old sum."""
from __future__ import annotations

import numpy as np
import pytest

import s2sad

X = np.array([0.3, -1.1, 0.7, 2.0])


def in_stages(x):
    y = np.sin(x) * x
    y = np.tanh(y) * x - y
    y = np.cos(y) * x + y
    y = np.exp(-y) * x + y
    return np.sum(y * y)


def seeded_by_an_argument(x, c):
    y = x * c
    return np.dot(y, c) + np.dot(np.sin(y), x)


def handed_on(x):
    # the adjoint of y is that of z as well, and both are read again
    y = x * x
    z = y + np.sin(x)
    return np.sum(np.exp(z) * y) + np.sum(z * z)


def shared_parts(x):
    a, b = x[:2], x[2:]
    total = a + b
    total = total + a * b
    return np.sum(total * a) + np.sum(total * total)


def in_a_loop(x, n):
    y = x
    for _ in range(n):
        y = np.sin(y) * x + y * y * 0.1
    return np.sum(y * x)


def narrower(x):
    row = np.sum(x[:, None] * x[None, :], axis=0)
    return np.sum(row * x) + np.sum(np.outer(x, row) * np.outer(row, x))


CASES = [
    (in_stages, (X,)),
    (seeded_by_an_argument, (X, np.cos(X))),
    (handed_on, (X,)),
    (shared_parts, (X,)),
    (in_a_loop, (X, 0)),
    (in_a_loop, (X, 3)),
    (narrower, (X,)),
]


@pytest.mark.parametrize(("f", "args"), CASES, ids=lambda value: getattr(value, "__name__", None))
def test_sums_in_place_are_right(f, args):
    kept = [np.copy(arg) for arg in args]
    gradient = s2sad.grad(f, argnums=tuple(i for i, arg in enumerate(args) if isinstance(arg, np.ndarray)))
    first = gradient(*args)
    for again, before in zip(gradient(*args), first, strict=True):
        np.testing.assert_array_equal(again, before)
    for arg, before in zip(args, kept, strict=True):
        np.testing.assert_array_equal(arg, before)
    s2sad.check_grads(f, args)


def test_a_sum_is_written_as_people_write_it():
    text = s2sad.grad(in_stages).signature_source(X)
    assert " d_x += " in text
    assert "d_x = d_x" not in text, text


def test_text_for_unknown_types_leaves_buffers_alone():
    assert "+=" not in s2sad.grad(in_stages).source
