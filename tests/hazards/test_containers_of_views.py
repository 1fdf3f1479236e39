"""Containers of arrays and of views that are written through other names: right, or refused, never as they were."""
from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import pytest
from tests.hazards.conftest import printed, right

import s2sad
from s2sad.numeric import numerical_gradient


def views_in_a_list(z):
    u = np.outer(z, z)
    for e in [u[1], u[0]]:
        u[0] *= e
    return np.sum(u)


def views_in_a_zip(z):
    u = np.outer(z, z)
    for i, (e, v) in enumerate(zip([u[1], u[0]], z)):
        u[0] *= e * v + i
    return np.sum(u)


def last_item_of_a_list(z):
    u = np.outer(z, z)
    c = [u[1], u[0]]
    for e in c:
        c[-1] *= e
    return np.sum(u)


def tuples_in_a_list(z):
    a, b, t = z * 1.0, z * 2.0, 0.0
    for x, y in [(a, b), (b, a)]:
        a *= 1.5
        b += a
        t = t + np.sum(x * x * y)
    return t


def rows_in_a_list(z):
    u, t = np.outer(z, z), 0.0
    rows = [r[:] for r in u]
    for r in rows:
        u[1] *= r
        t += np.sum(r)
    return t


def items_of_a_dict(z):
    d, t = {"a": z * 1.0, "b": z * 2.0}, 0.0
    for _, v in d.items():
        d["b"] = d["b"] + v
        t = t + np.sum(v**2)
    return t


def values_of_a_dict(z):
    d, t = {"a": z * 1.0, "b": z * 2.0}, 0.0
    for v in d.values():
        d["b"] = d["b"] * np.sin(v)
        t = t + np.sum(v**2)
    return t


def view_of_a_dict(z):
    d = {"a": z * 1.0, "b": z * 2.0}
    values, pairs = d.values(), d.items()
    d["b"] = z * z
    return np.sum(sum(values)) + sum(np.sum(v * (k == "b")) for k, v in pairs)


def list_in_a_comprehension(z):
    c = [z * 1.0, z * 2.0]

    def put(e):
        c[1] = c[1] * e
        return np.sum(e)

    return sum([put(e) for e in c])


class Part:
    def __init__(self, z):
        self.p, self.q = z * 1.0, z * 2.0


def objects_in_a_list(z):
    one, two, t = Part(z), Part(z * 0.3), 0.0
    for part in [one, two]:
        two.q *= part.q
        one.p = part.q + one.p
        t += np.sum(part.q * part.p)
    return t


def unpacked_rows(z):
    u = np.outer(z, z)
    p, q = u
    u[0] = u[0] * 2
    return np.sum(p * q)


def unpacked_columns(z):
    u = np.outer(z, z)
    p, q = u.T
    u[0] = u[0] * 2
    return np.sum(p * q)


def nested_lists(z):
    a, t = z * 1.0, 0.0
    for w in [[a[0:1], a[1:2]], [a, a[::-1]]]:
        for v in w:
            a[:] = a * v
            t += np.sum(a * v)
    return t


def growing(z):
    s = 0.0
    for _ in range(2):
        s += z
    return s


def sum_in_an_object(z):
    s = growing(z)
    part = Part(s)
    part.p = s
    s += 1.0
    return np.sum(part.p * s)


def sum_in_a_list_of_functions(z):
    s = growing(z)
    functions = [np.sin, s]
    s += 1.0
    return np.sum(functions[1] * s)


def sum_in_a_partial(z):
    s = growing(z)
    times = functools.partial(np.multiply, s)
    s += 1.0
    return np.sum(times(s))


def sum_in_a_map(z):
    s = growing(z)
    sines = map(np.sin, [s, s])
    s += 1.0
    return np.sum(sum(sines))


def last_row_of_a_list(z):
    u = np.outer(z, z)
    rows = list(u)
    rows[-1].fill(np.cos(rows[-1][-1]))
    return np.sum(u**2)


def item_read_before(z):
    a = z[0]
    z[0] = 5 * z[1]
    return a * z[0]


def items_swapped(z):
    for i in range(1):
        t = z[i]
        z[i] = z[i + 1] * 3
        z[i + 1] = t
    return z[0] * z[1] ** 2


def item_in_a_list(z):
    c = [z[0], z[1]]
    z[0] = z[1] * 2
    return c[0] * c[1] * z[0]


def item_as_a_default(z):
    def first(r=z[0]):
        return r * 2

    z[0] = z[1] * 2
    return first() * z[1]


class Two(NamedTuple):
    one: np.ndarray
    two: tuple


def constant_parts_of_a_tuple(z):
    c = np.zeros(2)
    two = Two(z * 2, (c, [z, c])) if np.sum(z) > 0 else Two(z, (c, [z * 3, c]))
    return np.sum(two.one * two.two[1][0] + two.two[0] * two.two[1][1])


def list_of_the_items_of_a_dict(y):
    y = y * 1.0
    d = {"a": y, "b": y[::-1]}
    for _, e in list(d.items()):
        d["b"][0] = np.tanh(np.sum(e))
    return np.sum(d["a"] ** 2)


PROGRAMS = [
    list_of_the_items_of_a_dict,
    constant_parts_of_a_tuple,
    item_read_before, items_swapped, item_in_a_list, item_as_a_default,
    last_row_of_a_list,
    sum_in_an_object, sum_in_a_list_of_functions, sum_in_a_partial, sum_in_a_map,
    views_in_a_list, views_in_a_zip, last_item_of_a_list, tuples_in_a_list, rows_in_a_list, items_of_a_dict,
    values_of_a_dict, view_of_a_dict, list_in_a_comprehension, objects_in_a_list, unpacked_rows, unpacked_columns,
    nested_lists,
]  # fmt: skip
RIGHT = [
    constant_parts_of_a_tuple, item_read_before, items_swapped, item_in_a_list,
    views_in_a_list, views_in_a_zip, items_of_a_dict, values_of_a_dict, view_of_a_dict, list_in_a_comprehension,
    unpacked_rows, unpacked_columns,
]  # fmt: skip
"""Those of known types that are not refused."""
Z = np.array([0.5, 0.8])


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_known_types(f):
    try:
        value, gradient = s2sad.value_and_grad(f)(Z)
    except s2sad.DifferentiationError as error:
        assert f not in RIGHT
        assert "S2S14" in str(error)
        return
    assert value == pytest.approx(f(Z.copy()), rel=1e-14)
    np.testing.assert_allclose(gradient, numerical_gradient(f, (Z,), 0), rtol=1e-6)
    np.testing.assert_allclose(s2sad.jacfwd(f)(Z), gradient, rtol=1e-12)


def descent(params, x):
    params = [p * 1.0 for p in params]
    for _ in range(2):
        grads = [2 * p * np.sum(x) for p in params]
        for p, g in zip(params, grads, strict=True):
            p -= 0.1 * g
    return sum(np.sum(p**2) for p in params)


def descent_by_index(params, x):
    for _ in range(2):
        grads = [2 * p * np.sum(x) for p in params]
        for i in range(len(params)):
            params[i] -= 0.1 * grads[i]
    return sum(np.sum(p**2) for p in params)


def descent_of_arguments(params, x):
    for p in params:
        p -= 0.1 * p * np.sum(x)
    return sum(np.sum(p**2) for p in params)


def momentum(params, x):
    w, b = params
    m = [np.zeros_like(p) for p in params]
    for _ in range(2):
        for i, p in enumerate([w, b]):
            m[i] = 0.9 * m[i] + p * np.sum(x)
            p -= 0.1 * m[i]
    return np.sum(w**2) * np.sum(b)


@pytest.mark.parametrize("f", [descent, descent_by_index, descent_of_arguments, momentum], ids=lambda f: f.__name__)
def test_arrays_in_a_list_are_changed_in_turn(f):
    right(s2sad.value_and_grad(f), f, [Z * 1.0, Z[::-1] * 2.0], Z)
    right(s2sad.value_and_grad(f), f, [Z * 1.0, np.array(2.0) * Z[:1]], Z)


def swapped(c):
    c[0], c[1] = c[1], c[0]
    return np.sum(c[0] * c[1] ** 2)


def kept_in_a_branch(c):
    r = c[0]
    if np.sum(r) > 0:
        c[0] = 2 * c[1]
    return np.sum(r * c[1])


def put_and_changed(c):
    v = c[1] * 1.0
    c[0] = v
    c[0][1] = 9.0
    return np.sum(v * c[1])


def changed_in_place(c):
    for i in range(2):
        row = c[i]
        row[0] = row[1] ** 2
    return np.sum(c[0] * c[1])


@pytest.mark.parametrize("f", [swapped, kept_in_a_branch, put_and_changed, changed_in_place], ids=lambda f: f.__name__)
@pytest.mark.parametrize("rows", [np.array, list], ids=["array", "list"])
def test_what_may_be_a_matrix_or_a_list_of_arrays(f, rows):
    c = rows([Z * 1.0, Z[::-1] * 2.0])
    expected = np.array(numerical_gradient(f, (c,), 0))
    for text in (lambda: s2sad.grad(f).source, lambda: s2sad.grad(f).signature_source(c)):
        try:
            gradient = printed(text())(c)
        except s2sad.DifferentiationError as error:
            assert "S2S14" in str(error)
            continue
        np.testing.assert_allclose(np.array(gradient), expected, rtol=1e-6)


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_unknown_types(f):
    try:
        text = s2sad.value_and_grad(f).source
    except s2sad.DifferentiationError as error:
        assert "S2S14" in str(error)
        return
    value, gradient = printed(text)(Z)
    assert value == pytest.approx(f(Z.copy()), rel=1e-14)
    np.testing.assert_allclose(gradient, numerical_gradient(f, (Z,), 0), rtol=1e-6)


def fortran_copy(a):
    b = a.copy("F")
    r = b.ravel()
    r *= 2.0
    return np.sum(b * b)


def accumulator_without_axes(a):
    total = np.array(0.0)
    for row in a:
        total += np.sum(row) * row[0]
    other = np.asarray(a[0, 1])
    other *= a[1, 0]
    return total * total + other


@pytest.mark.parametrize("f", [fortran_copy, accumulator_without_axes], ids=lambda f: f.__name__)
def test_copies_that_lie_otherwise_and_arrays_without_axes(f):
    try:
        right(s2sad.value_and_grad(f), f, np.outer(Z, Z))
    except s2sad.DifferentiationError as error:
        assert f is fortran_copy
        assert "S2S142" in str(error)
