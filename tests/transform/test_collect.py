"""Lists that a loop appends to are collected; what no trip changes is not carried."""

from __future__ import annotations

import numpy as np
import pytest
from tests.codegen.building import body_of, compiled
from tests.transform.uncounted import Write

from s2sad.codegen.module import emit_module
from s2sad.compiler import Options, differentiate_program
from s2sad.ir import primitives
from s2sad.ir.interpret import evaluate
from s2sad.ir.primitives_stores import append
from s2sad.ir.program import Call, ExitKind, Scan, Value, walk
from s2sad.ir.types import FLOAT, INT, List
from s2sad.ir.verify import verify
from s2sad.numeric import numerical_gradient
from s2sad.transform.collect import collect_lists
from s2sad.transform.dead import eliminate_dead_code
from s2sad.transform.invariant import remove_invariants

ITEM = Value(INT, "i", True)


def appended(w, kept, item):
    return w.call(append, kept, item, hint="kept", type_=List(FLOAT))


def listing(first, twice=False):
    """Return a function that appends to a list, which begins with x if `first` says so, and sums it up."""
    w, x, n = Write(), Value(FLOAT, "x", True), Value(INT, "n", True)
    start = w.call(primitives.make_list, *((x,) if first else ()), type_=List(FLOAT))

    def body(b, i, y, kept):
        y = b.op(np.multiply, b.call(np.sin, y), x, hint="y")
        kept = appended(b, kept, b.op(np.multiply, y, y))
        return y, appended(b, kept, y) if twice else kept

    _, kept = w.loop(body, {"y": x, "kept": start}, (w.range(n),), (Value(INT, "i", True),))
    total = w.call(
        np.sum, w.call(np.array, w.call(primitives.concatenate_lists, kept, w.call(primitives.make_list, 0.0)))
    )
    return w.function("listing", (x, n), total)


def listing_py(x, n, first, twice):
    y, total = x, x if first else 0.0
    for _ in range(n):
        y = np.sin(y) * x
        total += y * y + (y if twice else 0.0)
    return total


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("first", [False, True])
def test_lists_are_collected(first, twice):
    function = listing(first, twice)
    found = verify(collect_lists(function))
    appends = [op for op in walk(found.body) if isinstance(op, Call) and op.function is append]
    assert len(appends) == (2 if twice else 0)
    for n in (0, 1, 3):
        assert evaluate(found, (0.7, n)) == evaluate(function, (0.7, n))
        if twice:
            continue
        derivative = differentiate_program(function, Options(0, value=True))
        program = compiled(emit_module(derivative), derivative.name)
        for _ in range(2):
            value, gradient = program(0.7, n)
            assert value == evaluate(function, (0.7, n))
            expected = numerical_gradient(lambda x, n: listing_py(x, n, first, twice), (0.7, n), 0)
            np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-8)


def test_a_list_that_a_loop_inside_a_loop_goes_on_with_stays_carried():
    """To put the lists together after each inner loop would take longer with each trip."""
    w, x, n = Write(), Value(FLOAT, "x", True), Value(INT, "n", True)

    def outer(b, i, kept):
        def inner(c, j, kept):
            return (appended(c, kept, c.op(np.multiply, x, j)),)

        return b.loop(inner, {"kept": kept}, (b.range(n),), (Value(INT, "j", True),))

    start = w.call(primitives.make_list, type_=List(FLOAT))
    (kept,) = w.loop(outer, {"kept": start}, (w.range(n),), (Value(INT, "i", True),))
    found = collect_lists(w.function("grid", (x, n), w.call(len, kept)))
    assert not any(isinstance(op, Call) and op.function is primitives.concatenate_lists for op in walk(found.body))
    assert evaluate(found, (0.5, 3)) == 9


def loops(function):
    return [operation for operation in walk(function.body) if isinstance(operation, Scan)]


def test_what_no_trip_changes_is_not_carried():
    w, x, n = Write(), Value(FLOAT, "x", True), Value(INT, "n", True)

    def body(b, i, y, same, other, twin):
        return b.op(np.multiply, y, b.op(np.add, same, twin)), same, b.op(np.add, other, i), b.op(np.add, twin, i)

    start = {"y": x, "same": x, "other": 1.0, "twin": 2.0}
    y, same, other, twin = w.loop(body, start, (w.range(n),), (Value(INT, "i", True),))
    function = w.function("f", (x, n), w.op(np.add, w.op(np.add, y, same), w.op(np.multiply, other, twin)))
    found = verify(remove_invariants(function))
    assert len(loops(found)[0].initial) == 3
    for trips in (0, 1, 3):
        assert evaluate(found, (1.3, trips)) == evaluate(function, (1.3, trips))


def test_values_that_begin_and_go_on_alike_are_one():
    w, x, n = Write(), Value(FLOAT, "x", True), Value(INT, "n", True)

    def body(b, i, y, z):
        new = b.op(np.multiply, y, z)
        return new, new, b.op(np.greater, z, 9.0)

    y, z = w.loop(body, {"y": x, "z": x}, (w.range(n),), (Value(INT, "i", True),))
    function = w.function("f", (x, n), w.op(np.subtract, w.op(np.multiply, y, 2.0), z))
    found = verify(remove_invariants(function))
    assert len(loops(found)[0].initial) == 1
    for trips in (0, 1, 3, 9):
        assert evaluate(found, (1.3, trips)) == evaluate(function, (1.3, trips))


def test_a_branch_that_only_ends_the_loop_goes():
    w, x = Write(), Value(FLOAT, "x", True)

    def body(b, y):
        new = b.op(np.multiply, y, 0.5, hint="y")
        return b.branch(b.op(np.less, new, 1.0), lambda _: (new, True), lambda _: (new, False), ("y", None))

    (y,) = w.loop(body, {"y": x})
    text = emit_module(eliminate_dead_code(remove_invariants(w.function("f", (x,), y))))
    assert body_of(text) == "y = x\nwhile True:\n    y = y * 0.5\n    if y < 1.0:\n        break\nreturn y"


def test_flags_that_only_say_how_the_loop_ended_are_set_on_the_way_out():
    w, x, n = Write(), Value(FLOAT, "x", True), Value(INT, "n", True)

    def body(b, i, y, broke):
        new = b.op(np.multiply, y, y, hint="y")
        kinds = (ExitKind.YIELD, ExitKind.YIELD)
        broke, stop = b.branch(
            b.op(np.greater, new, 9.0), lambda _: (True, True), lambda _: (False, False), (None, None), kinds=kinds
        )
        return new, broke, stop

    y, broke = w.loop(body, {"y": x, "broke": False}, (w.range(n),), (Value(INT, "i", True),))
    function = w.function("f", (x, n), w.call(primitives.make_tuple, y, broke))
    text = emit_module(function)
    assert text.count("broke = False") == 1
    assert "stop" not in text
    for x_, trips in ((1.0, 0), (1.0, 3), (2.0, 1), (2.0, 3)):
        assert compiled(text, "f")(x_, trips) == evaluate(function, (x_, trips))
