"""Loops, branches and returns: every path that is taken has its own gradient; other control flow is refused by name."""
from __future__ import annotations

import numpy as np
import pytest
from tests.hazards.conftest import agrees, printed, refused, refused_source

import s2sad

X = np.array([0.3, -0.7, 1.2])


# -- loops of few trips --------------------------------------------------------------------------------------------------------


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
        with pytest.raises(ValueError, match="shorter|longer|lengths|generated"):
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


# -- branches --------------------------------------------------------------------------------------------------------------------


def one_branch_is_constant(x):
    if x > 0.0:
        y = x * x
    else:
        y = 3.0
    return y * 2.0


def one_branch_of_returns_is_constant(x):
    if x > 0.0:
        return x * x
    return 3.0


def early_returns(x):
    if x > 2.0:
        return x * x
    if x > 1.0:
        y = np.sin(x)
        if y > 0.9:
            return y * x
    elif x > 0.0:
        return np.exp(x)
    else:
        x = -x
    return x * 3.0


def short_circuit(x, y):
    if y != 0.0 and x / y > 1.0:
        return x / y
    return x * y


def chained_comparison(x):
    return x * x if 0.0 < x < 1.0 else -x


def negated(x):
    if not (x > 0.0 or x < -1.0):
        return x * 5.0
    return x * x * x


def value_of_or(x):
    return (x or 3.0) * x


def nested_conditionals(x):
    return (x * x if x < 3.0 else x) if x > 0.0 else (np.sin(x) if x > -1.0 else x * 7.0)


def defined_in_one_branch(x, flag):
    if flag:
        y = x * x
    z = x
    if flag:
        z = y + x
    return z


SCALARS = [one_branch_is_constant, one_branch_of_returns_is_constant, early_returns, chained_comparison, negated,
           value_of_or, nested_conditionals]  # fmt: skip


@pytest.mark.parametrize("x", [-1.5, -0.5, 0.5, 1.05, 1.5, 2.5, 3.5])
@pytest.mark.parametrize("f", SCALARS, ids=lambda f: f.__name__)
def test_branches(f, x):
    agrees(f, x)


@pytest.mark.parametrize("y", [0.5, 4.0])
def test_short_circuit_guards_a_division(y):
    agrees(short_circuit, 2.0, y, argnums=(0, 1))


def test_what_is_guarded_is_not_evaluated():
    assert agrees(short_circuit, 2.0, 0.0) == 0.0


def bound_in_one_branch(x, c):
    if c > 0.0:
        y = x * x
    return y


def bound_in_a_loop(x, n):
    for i in range(n):
        y = x * i
    return y


def loop_variable_of_no_trip(x, n):
    for i in range(n):
        x = x * x
    return x * i


def reaches_the_end(x):
    if x > 0.0:
        return x * x


@pytest.mark.parametrize(
    ("f", "args", "bad"),
    [
        (bound_in_one_branch, (2.0, 1.0), (2.0, -1.0)), (bound_in_a_loop, (2.0, 3), (2.0, 0)),
        (loop_variable_of_no_trip, (2.0, 3), (2.0, 0)), (reaches_the_end, (2.0,), (-2.0,)),
    ],
    ids=lambda p: getattr(p, "__name__", ""),
)  # fmt: skip
def test_a_path_without_a_value_raises_or_is_refused(f, args, bad):
    """Where the primal has no value there is no gradient, and zero is not one."""
    for make in (s2sad.grad, s2sad.value_and_grad):
        try:
            text = make(f).source
            live = make(f)
            live(*args)
            typed = live.source
        except s2sad.DifferentiationError as error:
            assert error.code in ("S2S107", "S2S110")  # noqa: PT017 - the other outcome is tested below
            continue
        for g in (live, printed(text), printed(typed)):
            with pytest.raises((UnboundLocalError, TypeError, s2sad.DifferentiationError)):
                g(*bad)


def test_a_variable_read_before_it_is_bound_is_refused():
    refused_source("def f(x):\n    y = x * z\n    z = x\n    return y * z\n", "S2S110", "z")


def test_branch_on_an_array_raises_as_the_primal_does():
    with pytest.raises(ValueError, match="truth value"):
        s2sad.grad(one_branch_is_constant)(X)


def depends_on_values(x):
    total = 0.0
    for v in x:
        if v > 0.0:
            total = total + v * v
        else:
            total = total - v * total
    return total


def test_branches_that_each_trip_chooses():
    agrees(depends_on_values, np.array([0.5, -0.3, 1.5, -2.0]), value=False)


def aux_through_a_branch(x):
    if x > 0.0:
        aux = x
        y = x * 3.0
    else:
        aux = 1.0
        y = x * x
    return y, aux


def test_aux_through_a_branch():
    assert s2sad.grad(aux_through_a_branch, has_aux=True)(2.0) == (3.0, 2.0)
    assert s2sad.grad(aux_through_a_branch, has_aux=True)(-2.0) == (-4.0, 1.0)


def raises_half_way(x, n):
    y = x
    for i in range(n):
        y = y * (1.0 / (2 - i)) * x
    return y


def test_an_exception_half_way_leaves_nothing_behind():
    live = s2sad.grad(raises_half_way)
    before = live(1.5, 2)
    with pytest.raises(ZeroDivisionError):
        live(1.5, 4)
    assert live(1.5, 2) == before


# -- what is refused ----------------------------------------------------------------------------------------------------------

STATEMENTS = [
    ("while x > 1.0:\n        x = x / 2.0", "S2S101", "while"),
    ("for i in range(3):\n        if x > 1.0:\n            break\n        x = x * x", "S2S101", "break"),
    ("for i in range(3):\n        if x > 1.0:\n            continue\n        x = x * x", "S2S101", "continue"),
    ("for i in range(3):\n        x = x * x\n    else:\n        x = x + 1.0", "S2S109", "for"),
    ("for i in range(3):\n        return x", "S2S102", "for"),
    ("for i in range(3):\n        if x > 1.0:\n            return x\n        x = x * x", "S2S102", "for"),
    ("try:\n        x = x * x\n    except ValueError:\n        x = 1.0", "S2S101", "try"),
    ("try:\n        x = x * x\n    finally:\n        x = x * 2.0", "S2S101", "try"),
    ("with np.errstate():\n        x = x * x", "S2S101", "with"),
    ("raise ValueError(x)", "S2S101", "raise"),
    ("assert x > 0.0", "S2S101", "assert"),
    ("x = [v for v in (x, x)][0]", "S2S100", "[v for"),
    ("x = {v: v for v in (x, x)}[x]", "S2S100", "{v: v"),
    ("x = sum(v for v in (x, x))", "S2S100", "(v for"),
    ("match x:\n        case 0.0:\n            x = 1.0", "S2S101", "match"),
    ("class A:\n        pass", "S2S101", "class"),
    ("import math", "S2S101", "import"),
    ("from numpy import sin", "S2S101", "from"),
    ("print(x)", "S2S200", "print"),
    ("x = f'{x}'", "S2S124", "f'"),
    ("x = {x, x}", "S2S100", "{x"),
    ("async def g():\n        pass", "S2S101", "async"),
]


@pytest.mark.parametrize(("body", "code", "needle"), STATEMENTS, ids=[f"{n}-{k}" for k, (_, _, n) in enumerate(STATEMENTS)])
def test_control_flow_that_is_refused(body, code, needle):
    refused_source(f"import numpy as np\n\n\ndef f(x):\n    {body}\n    return x\n", code, needle)


def loops_for_ever(x):
    while x > 1.0:
        x = x / 2.0
    return x


def test_a_live_refusal_names_the_file():
    diagnostic = refused(lambda: s2sad.grad(loops_for_ever)(3.0), "S2S101", "while", __file__)
    assert diagnostic.line.strip() == "while x > 1.0:"


def test_a_refusal_is_a_refusal_each_time():
    live = s2sad.grad(loops_for_ever)
    for _ in range(2):
        refused(lambda: live(3.0), "S2S101")
    refused(lambda: live.source, "S2S101")
