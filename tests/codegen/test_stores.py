"""Stores are in place where the buffer is owned and dead, and begin with a copy where it is not."""
from __future__ import annotations

import numpy as np
import pytest
from tests.codegen.building import MATRIX, VECTOR, Build, body_of, compiled, copy_of, shape_of

import s2sad
from s2sad.codegen.module import emit_module
from s2sad.ir import primitives
from s2sad.ir.dims import Symbol
from s2sad.ir.interpret import evaluate
from s2sad.ir.program import Value
from s2sad.ir.types import FLOAT64, INT, UNKNOWN, Array, List

NEIGHBOURS = ((-1, 0), (0, -1), (0, 0), (0, 1), (1, 0))
INNER = Array(np.dtype(np.float64), (Symbol("M"),))


def agree(function, *args):
    """Check the text against the interpreter: twice, with the arguments left alone."""
    text = emit_module(function)
    kept = [np.copy(arg) for arg in args]
    program = compiled(text, function.name)
    for _ in range(2):
        np.testing.assert_array_equal(program(*args), evaluate(function, kept), err_msg=text)
    for arg, before in zip(args, kept, strict=True):
        np.testing.assert_array_equal(arg, before)
    return text


def three_loops(build, body, initial, steps, n, backwards):
    """Nest loops over `t`, `i` and `j`, the last two over the inside of an n by n grid."""

    def inside(b):
        return b.range(1, b.op(np.subtract, n, 1, type_=INT))

    def over_t(b, _, x):
        return b.loop(inside(b), (x,), over_i, backwards, "i")

    def over_i(b, i, x):
        return b.loop(inside(b), (x,), lambda inner, j, y: (body(inner, i, j, y),), backwards, "j")

    return build.loop(build.range(steps), (initial,), over_t, backwards, "t")[0]


def shifted(build, index, by):
    if not by:
        return index
    return build.op(np.add if by > 0 else np.subtract, index, 1, type_=INT)


def relax(b, i, j, grid):
    total = None
    for down, right in NEIGHBOURS:
        read = b.get(grid, (shifted(b, i, down), shifted(b, j, right)))
        total = read if total is None else b.op(np.add, total, read, type_=FLOAT64)
    return b.set(grid, (i, j), b.op(np.divide, total, 5.0, type_=FLOAT64), named=True)


def relax_back(b, i, j, d_grid):
    d_sum = b.op(np.divide, b.get(d_grid, (i, j)), 5.0, type_=FLOAT64, hint="d_sum")
    d_grid = b.set(d_grid, (i, j), 0.0)
    for down, right in NEIGHBOURS:
        d_grid = b.add(d_grid, (shifted(b, i, down), shifted(b, j, right)), d_sum)
    return d_grid


def seidel():
    build, given, steps = Build(), Value(MATRIX, "A", True), Value(INT, "steps", True)
    grid = copy_of(build, given, "A")
    n = shape_of(build, grid, 0, "n")
    last = three_loops(build, relax, grid, steps, n, backwards=False)
    build.derive()
    start = build.op(np.multiply, 2, last, type_=MATRIX, hint="d_A")
    d_grid = three_loops(build, relax_back, start, steps, n, backwards=True)
    return build.function("seidel_grad", (given, steps), d_grid)


SEIDEL = """\
A = A.copy()
n = A.shape[0]
for t in range(steps):
    for i in range(1, n - 1):
        for j in range(1, n - 1):
            A[i, j] = (A[i - 1, j] + A[i, j - 1] + A[i, j] + A[i, j + 1] + A[i + 1, j]) / 5.0

# reverse sweep
d_A = 2 * A
for t in reversed(range(steps)):
    for i in reversed(range(1, n - 1)):
        for j in reversed(range(1, n - 1)):
            d_sum = d_A[i, j] / 5.0
            d_A[i, j] = 0.0
            d_A[i - 1, j] += d_sum
            d_A[i, j - 1] += d_sum
            d_A[i, j] += d_sum
            d_A[i, j + 1] += d_sum
            d_A[i + 1, j] += d_sum
return d_A"""


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_seidel(steps):
    function = seidel()
    agree(function, np.random.default_rng(0).normal(size=(5, 5)), steps)
    assert body_of(emit_module(function, banner="reverse sweep")) == SEIDEL


def spread(b, _, u, v):
    middle = b.op(np.multiply, 0.8, b.get(u, slice(1, -1), INNER), type_=INNER)
    sides = b.op(np.add, b.get(u, slice(2, None), INNER), b.get(u, slice(None, -2), INNER), type_=INNER)
    value = b.op(np.add, middle, b.op(np.multiply, 0.1, sides, type_=INNER), type_=INNER)
    return b.set(v, slice(1, -1), value, named=True), u


def spread_back(b, _, d_u, d_v):
    for index, weight in ((slice(1, -1), 0.8), (slice(2, None), 0.1), (slice(None, -2), 0.1)):
        read = b.get(d_u, slice(1, -1), INNER)
        d_v = b.add(d_v, index, b.op(np.multiply, weight, read, type_=INNER))
    return d_v, b.set(d_u, slice(1, -1), 0.0)


def heat():
    build, given, steps = Build(), Value(VECTOR, "u", True), Value(INT, "steps", True)
    u = copy_of(build, given, "u")
    v = copy_of(build, u, "v")
    u, v = build.loop(build.range(steps), (u, v), spread, item="t")
    build.derive()
    d_u = build.op(np.multiply, 2, u, type_=VECTOR, hint="d_u")
    d_v = build.call(primitives.zeros_like, v, type_=VECTOR, hint="d_v")
    d_u, d_v = build.loop(build.range(steps), (d_u, d_v), spread_back, backwards=True, item="t")
    return build.function("heat_grad", (given, steps), build.op(np.add, d_u, d_v, type_=VECTOR))


HEAT = """\
u = u.copy()
v = u.copy()
for t in range(steps):
    v[1:-1] = 0.8 * u[1:-1] + 0.1 * (u[2:] + u[:-2])
    u, v = v, u

# reverse sweep
d_u = 2 * u
d_v = np.zeros_like(v)
for t in reversed(range(steps)):
    d_v[1:-1] += 0.8 * d_u[1:-1]
    d_v[2:] += 0.1 * d_u[1:-1]
    d_v[:-2] += 0.1 * d_u[1:-1]
    d_u[1:-1] = 0.0
    d_u, d_v = d_v, d_u
return d_u + d_v"""


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_heat_swaps_its_buffers(steps):
    function = heat()
    agree(function, np.random.default_rng(0).normal(size=7), steps)
    assert body_of(emit_module(function, banner="reverse sweep")) == HEAT


def test_an_argument_is_copied():
    build, x = Build(), Value(VECTOR, "x", True)
    text = agree(build.function("f", (x,), build.set(x, 0, 1.0)), np.ones(3))
    assert body_of(text) == "x = x.copy()\nx[0] = 1.0\nreturn x"


def test_a_view_that_outlives_a_store_is_copied():
    build, x = Build(), Value(VECTOR, "x", True)
    y = build.call(np.sin, x, type_=VECTOR, hint="y", named=True)
    tail = build.get(y, slice(1, None), INNER, hint="tail", named=True)
    y = build.set(y, 1, 0.0, named=True)
    result = build.op(np.add, build.get(y, slice(1, None), INNER), tail, type_=INNER)
    text = agree(build.function("f", (x,), result), np.ones(3))
    assert body_of(text) == "y = np.sin(x)\ntail = y[1:].copy()\ny[1] = 0.0\nreturn y[1:] + tail"


def test_one_value_that_begins_two_buffers():
    build, x, n = Build(), Value(VECTOR, "x", True), Value(INT, "n", True)
    zeros = build.call(np.zeros_like, x, type_=VECTOR, hint="zeros")

    def body(b, i, u, v):
        return b.add(u, 0, 1.0, hint="u"), b.add(v, 1, 2.0, hint="v")

    u, v = build.loop(build.range(n), (zeros, zeros), body)
    function = build.function("f", (x, n), build.op(np.subtract, u, v, type_=VECTOR))
    for trips in (0, 1, 3):
        agree(function, np.ones(3), trips)


def test_a_collected_version_is_not_written_into():
    build, x, n = Build(), Value(VECTOR, "x", True), Value(INT, "n", True)
    start = build.call(np.sin, x, type_=VECTOR, hint="u")
    kept = Value(UNKNOWN, "kept")

    def body(b, i, u):
        return b.add(u, 0, 1.0), u

    u, kept = build.loop(build.range(n), (start,), body, collects=(kept,))
    first = build.call(np.sum, kept, type_=FLOAT64)
    function = build.function("f", (x, n), build.op(np.add, u, first, type_=VECTOR))
    for trips in (0, 1, 3):
        agree(function, np.ones(3), trips)


def test_an_item_of_a_list_is_replaced_and_never_added_to_in_place():
    build, x = Build(), Value(VECTOR, "x", True)
    items = build.call(primitives.make_list, x, x, type_=UNKNOWN, hint="items")
    items = build.add(items, 0, x)
    function = build.function("f", (x,), items)
    text = emit_module(function)
    assert "items[0] = _accumulate(items[0], x)" in text
    agree(function, np.ones(3))


def test_a_broadcast_is_never_written_into():
    build, x = Build(), Value(VECTOR, "x", True)
    total = build.call(np.sum, x, type_=FLOAT64)
    d = build.call(primitives.broadcast_like, total, x, type_=VECTOR, hint="d_x")
    text = agree(build.function("f", (x,), build.add(d, 0, 1.0)), np.ones(3))
    assert "d_x = d_x.copy()" in text


def test_a_mask_index_with_a_view_of_the_buffer_as_value():
    build, x = Build(), Value(VECTOR, "x", True)
    y = build.call(np.sin, x, type_=VECTOR, hint="y")
    chosen = build.op(np.greater, x, 0.0, type_=Array(np.dtype(bool), VECTOR.shape))
    backwards = build.get(y, slice(None, None, -1), VECTOR)
    every_other = build.get(backwards, slice(None, None, 2), INNER)
    function = build.function("f", (x,), build.set(y, chosen, every_other))
    random = np.random.default_rng(0)
    for _ in range(20):
        text = agree(function, random.permutation(np.array([1.0, 2.0, 3.0, 4.0, -1.0, -2.0, -3.0, -4.0])))
    assert "y[np.array(x > 0.0)] = np.array(y[::-1][::2])" in text


def test_two_names_for_one_new_buffer_after_each_trip():
    build, x, n = Build(), Value(VECTOR, "x", True), Value(INT, "n", True)
    u, v = (build.call(f, x, type_=VECTOR, hint=hint) for f, hint in ((np.sin, "u"), (np.cos, "v")))

    def body(b, i, u, v):
        u = b.add(u, 0, 1.0)
        both = b.op(np.add, u, v, type_=VECTOR)
        return both, both

    u, v = build.loop(build.range(n), (u, v), body)
    function = build.function("f", (x, n), build.op(np.multiply, u, v, type_=VECTOR))
    for trips in (0, 1, 3):
        agree(function, np.ones(3), trips)


def test_an_array_in_the_list_that_a_loop_goes_through_is_not_written_into():
    build, x = Build(), Value(VECTOR, "x", True)
    wave = build.call(np.sin, x, type_=VECTOR, hint="u")
    items = build.call(primitives.make_list, x, wave, wave, type_=List(VECTOR), hint="items")

    def body(b, item, u):
        return (b.add(u, 0, b.get(item, 0)),)

    (u,) = build.loop(items, (wave,), body)
    text = agree(build.function("f", (x,), u), np.ones(3))
    assert text.count("u.copy()") == 1


def test_stores_in_a_row_into_what_is_read_later_copy_it_once():
    build, x = Build(), Value(VECTOR, "x", True)
    wave = build.call(np.sin, x, type_=VECTOR, hint="u")
    changed = wave
    for place in range(3):
        changed = build.add(changed, place, 1.0)
    function = build.function("f", (x,), build.op(np.multiply, changed, wave, type_=VECTOR))
    assert agree(function, np.ones(3)).count(".copy()") == 1


def test_an_array_that_several_loops_write_is_copied_once():
    source = (
        "def lu(a):\n    n = a.shape[0]\n    for i in range(n):\n        for j in range(i):\n"
        "            for k in range(j):\n                a[i, j] -= a[i, k] * a[k, j]\n"
        "            if a[j, j] != 0.0:\n                a[i, j] /= a[j, j]\n"
        "        for j in range(i, n):\n            for k in range(i):\n                a[i, j] -= a[i, k] * a[k, j]\n"
        "    return a[0, 0] * a[n - 1, n - 1]\n"
    )
    text = s2sad.differentiate(source, "lu", types="a: float64[N, N]")
    assert text.count(".copy()") == 1, text


def diagonal_from_first_row(a):
    b = a * 1.0
    b[np.arange(3), np.arange(3)] = a[0]
    return np.sum(b**3 * np.arange(9.0).reshape(3, 3))


def diagonal_of_a_number(a):
    b = a * 1.0
    i = np.arange(3)
    b[i, i] = 2.0
    return np.sum(b**3)


@pytest.mark.parametrize("f", [diagonal_from_first_row, diagonal_of_a_number])
def test_an_index_of_several_arrays_that_has_a_name_stays_one(f):
    a, direction, step = np.cos(np.arange(9.0)).reshape(3, 3), np.sin(np.arange(9.0) ** 2).reshape(3, 3), 1e-5
    s2sad.check_grads(f, (a,))
    high, low = (s2sad.grad(f)(a + sign * step * direction) for sign in (1, -1))
    expected = (high - low) / (2 * step)
    twice = s2sad.grad(lambda a: np.sum(s2sad.grad(f)(a) * direction))
    np.testing.assert_allclose(twice(a), expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(s2sad.hvp(f, (a,), (direction,)), expected, rtol=1e-6, atol=1e-7)
