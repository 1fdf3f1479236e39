"""Branches, loops and returns: the path that is taken has its own gradient; what is not supported is refused by name."""
from __future__ import annotations

import numpy as np
import pytest
from tests.hazards.conftest import agrees, function_from, printed, refused, refused_source, verdict

import s2sad

X = np.array([0.3, -0.7, 1.2])


# -- branches ----------------------------------------------------------------------------------------------------------


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
            assert error.code in ("S2S107", "S2S110")
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


# -- statements, one by one --------------------------------------------------------------------------------------------

RIGHT = "right"
STATEMENTS = [
    ("while x > 1.0:\n        x = x / 2.0", RIGHT, None),
    ("for i in range(3):\n        if x > 1.0:\n            break\n        x = x * x", RIGHT, None),
    ("for i in range(3):\n        if x > 1.0:\n            continue\n        x = x * x", RIGHT, None),
    ("for i in range(3):\n        x = x * x\n    else:\n        x = x + 1.0", RIGHT, None),
    ("for i in range(3):\n        return x", RIGHT, None),
    ("for i in range(3):\n        if x > 1.0:\n            return x\n        x = x * x", RIGHT, None),
    ("try:\n        x = x * x\n    except ValueError:\n        x = 1.0", "S2S101", "try"),
    ("try:\n        x = x * x\n    finally:\n        x = x * 2.0", "S2S101", "try"),
    ("with np.errstate():\n        x = x * x", RIGHT, None),
    ("if x > 9.0:\n        raise ValueError(x)", RIGHT, None),
    ("raise ValueError(x)", "S2S301", "def f"),
    ("assert x > 0.0", RIGHT, None),
    ("x = [v for v in (x, x)][0]", RIGHT, None),
    ("x = {v: v for v in (x, x)}[x]", "S2S122", "{v: v"),
    ("x = {k: x * x for k in ('a', 'b')}['b']", RIGHT, None),
    ("x = sum(v for v in (x, x))", RIGHT, None),
    ("match x:\n        case 0.0:\n            x = 1.0", RIGHT, None),
    ("class A:\n        pass", "S2S101", "class"),
    ("import math\n    x = x * math.pi", RIGHT, None),
    ("from numpy import sin\n    x = sin(x)", RIGHT, None),
    ("print(x)", RIGHT, None),
    ("label = f'{x}'\n    x = x * x", RIGHT, None),
    ("x = f'{x}'", "S2S301", "def f"),
    ("x = {x, x}", "S2S126", "{x"),
    ("async def g():\n        pass", "S2S101", "async"),
]


@pytest.mark.parametrize("x", [0.8, 1.7])
@pytest.mark.parametrize(("body", "code", "needle"), STATEMENTS, ids=range(len(STATEMENTS)))
def test_statements_are_right_or_refused_where_they_stand(body, code, needle, x, tmp_path):
    source = f"import numpy as np\n\n\ndef f(x):\n    {body}\n    return x\n"
    f = function_from(source, tmp_path / "body.py")
    for types in (None, "x: float"):
        if code == RIGHT:
            assert verdict(source, f, x, types=types) == RIGHT
        else:
            refused_source(source, code, needle, types=types)
    if code == RIGHT:
        agrees(f, x)


def test_what_is_printed_is_printed_once_by_each_call(capsys):
    run = printed(s2sad.differentiate("def f(x):\n    print('x is', x)\n    return x * x\n", "f"))
    assert run(3.0) == 6.0
    assert capsys.readouterr().out == "x is 3.0\n"


def test_an_exception_is_raised_as_in_the_primal():
    source = "def f(x):\n    assert x > 0.0, 'small'\n    if x > 9.0:\n        raise KeyError(x)\n    return x * x\n"
    for types in (None, "x: float"):
        run = printed(s2sad.differentiate(source, "f", types=types))
        assert run(3.0) == 6.0
        with pytest.raises(AssertionError, match="small"):
            run(-1.0)
        with pytest.raises(KeyError, match="10"):
            run(10.0)


def tries(x):
    try:
        x = x / 2.0
    except ZeroDivisionError:
        x = 0.0
    return x


def test_a_live_refusal_names_the_file():
    diagnostic = refused(lambda: s2sad.grad(tries)(3.0), "S2S101", "try", __file__)
    assert diagnostic.line.strip() == "try:"


def test_a_refusal_is_a_refusal_each_time():
    live = s2sad.grad(tries)
    for _ in range(2):
        refused(lambda: live(3.0), "S2S101")
    refused(lambda: live.source, "S2S101")


def halves(x):
    while x > 1.0:
        x = x / 2.0
    return x


@pytest.mark.parametrize(("x", "slope"), [(0.5, 1.0), (1.5, 0.5), (7.0, 0.125)])
def test_a_loop_that_runs_while_a_test_holds(x, slope):
    assert agrees(halves, x) == slope
