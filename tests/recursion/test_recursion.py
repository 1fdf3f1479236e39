"""Recursive functions: their text, their derivatives of orders 1 to 3 in both modes, and what is refused."""
from __future__ import annotations

import ast
import copy
import inspect

import numpy as np
import pytest
from tests.hazards.conftest import agrees, close, identical, printed, refused, run_text, same
from tests.recursion import programs

import s2sad
from s2sad.compiler import Options, compile_derivative, differentiate_program
from s2sad.frontend.arguments import type_of_arguments
from s2sad.frontend.live import live_function
from s2sad.frontend.lower import lower_function
from s2sad.ir.interpret import evaluate
from s2sad.ir.procedures import reached
from s2sad.ir.verify import verify
from s2sad.numeric import numerical_gradient

LINE = np.array([0.4, 1.1, -0.7, 0.9, 1.3])
SQUARE = np.array([[0.5, 0.2, 0.3], [0.1, 0.7, -0.4], [0.6, -0.2, 0.8]])
VECTOR = np.array([0.3, -0.6, 0.9])

SCALARS = {
    "power": (1.3, [0, 1, 5]),
    "fibonacci": (0.8, [0, 1, 5]),
    "even": (1.2, [0, 1, 2, 5]),
    "first_of_three": (0.8, [0, 1, 6]),
    "from_two_starts": (0.4, [0, 1, 5]),
    "early": (0.4, [0, 1, 2]),
    "in_a_loop": (0.3, [0, 1, 4]),
    "of_a_pair": (0.4, [0, 1, 4]),
    "of_functions": (0.4, [0, 1, 3]),
    "of_a_global": (0.6, [1, 3]),
    "closure": (0.7, [0, 1, 5]),
    "closures": (0.4, [0, 1, 2]),
    "keywords": (0.9, [0, 1, 3]),
    "continued": (0.3, [0, 1, 3]),
}
"""Functions of a number and a depth."""

OTHERS = {
    "factorial": [(0.5,), (1.5,), (4.5,)],
    "sum_of_squares": [([],), ([0.5],), ([0.5, -1.0, 2.0],)],
    "product": [([0.5],), ([0.5, -1.0, 2.0],)],
    "tree": [(0.5,), ((0.5, 2.0),), (((1.0, 2.0), (3.0, (4.0, 5.0))),)],
    "forest": [([[0.3, [0.5, 0.2]], [0.1]],), ([0.5, 0.25],)],
    "halves": [(LINE[:1],), (LINE[:2],), (LINE,)],
    "log_sum": [(LINE[:1],), (LINE,)],
    "merged_loss": [(LINE[:1],), (LINE,)],
    "leading_minors": [(SQUARE[:1, :1],), (SQUARE,)],
    "horner": [(LINE[:1], 0.7), (LINE, 0.7)],
    "of_two_types": [(1.3, LINE)],
    "network_loss": [(SQUARE, VECTOR, 0), (SQUARE, VECTOR, 1), (SQUARE, VECTOR, 4)],
}


@pytest.mark.parametrize(("name", "x", "n"), [(name, x, n) for name, (x, depths) in SCALARS.items() for n in depths])
def test_functions_of_a_number(name, x, n):
    # a file that is only read does not tell what is in an array
    agrees(getattr(programs, name), x, n, static=name not in ("of_a_global", "closure"))


@pytest.mark.parametrize(("name", "args"), [(name, args) for name, several in OTHERS.items() for args in several])
def test_functions_of_containers(name, args):
    agrees(getattr(programs, name), *args)


@pytest.mark.parametrize("name", ["horner", "of_two_types", "network_loss"])
def test_several_arguments_at_once(name):
    args = OTHERS[name][-1]
    agrees(getattr(programs, name), *args, argnums=(0, 1))


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_procedure_writes_into_arrays_of_its_own(n):
    given = LINE.copy()
    for _ in range(2):
        close(s2sad.grad(programs.of_own_copy)(given, n), numerical_gradient(programs.of_own_copy, (LINE, n), 0), 1e-6)
    identical(given, LINE)
    module = {}
    exec(s2sad.differentiate(inspect.getsource(programs), "of_own_copy"), module)
    close(module["of_own_copy_grad"](given, n), numerical_gradient(programs.of_own_copy, (LINE, n), 0), 1e-6)
    identical(given, LINE)


def test_methods():
    agrees(programs.method, 0.9, 3, static=False)


@pytest.mark.parametrize("name", SCALARS)
def test_higher_orders(name):
    f, (x, depths) = getattr(programs, name), SCALARS[name]
    first = s2sad.grad(f)
    second = s2sad.grad(first)
    for n in depths:
        close(second(x, n), numerical_gradient(first, (x, n), 0), 1e-6)


@pytest.mark.parametrize("name", ["power", "fibonacci", "even", "of_a_pair"])
def test_third_order(name):
    f, (x, depths) = getattr(programs, name), SCALARS[name]
    second = s2sad.grad(s2sad.grad(f))
    third = s2sad.grad(second)
    close(third(x, depths[-1]), numerical_gradient(second, (x, depths[-1]), 0), 1e-5)


@pytest.mark.parametrize("name", SCALARS)
def test_forward_over_reverse(name):
    f, (x, depths) = getattr(programs, name), SCALARS[name]
    second = s2sad.grad(s2sad.grad(f))
    n = depths[-1]
    names = ("x", "n")
    types = dict(zip(names, type_of_arguments((x, n)), strict=True))
    sweep = compile_derivative(live_function(f), Options(mode="jvp"), types, before=(Options(),))
    _, along = printed(sweep.text)(x, n, 1.0, **sweep.captures)
    np.testing.assert_allclose(along, second(x, n), rtol=1e-10)


@pytest.mark.parametrize("name", ["halves", "merged_loss", "network_loss", "leading_minors", "log_sum"])
def test_second_order_of_arrays(name):
    f, args = getattr(programs, name), OTHERS[name][-1]
    gradient = s2sad.grad(f)
    direction = np.random.default_rng(3).normal(size=args[0].shape)
    names = [parameter.name for parameter in lower_function(live_function(f)).function.parameters]
    types = dict(zip(names, type_of_arguments(args), strict=True))
    sweep = compile_derivative(live_function(f), Options(mode="jvp"), types, before=(Options(),))
    _, found = printed(sweep.text)(*args, direction)
    step = 1e-6
    ahead, behind = (gradient(args[0] + sign * step * direction, *args[1:]) for sign in (1.0, -1.0))
    close(found, (ahead - behind) / (2 * step), 1e-6)


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.parametrize("name", [*SCALARS, *OTHERS])
def test_the_interpreter_says_the_same(name, typed):
    f = getattr(programs, name)
    args = OTHERS[name][-1] if name in OTHERS else (SCALARS[name][0], SCALARS[name][1][-1])
    source = live_function(f)
    types = dict(zip(source.names, type_of_arguments(args), strict=False)) if typed else {}
    lowered = lower_function(source, types)
    given = copy.deepcopy(args)
    same(evaluate(lowered.function, [*args, *lowered.captures.values()]), f(*args))
    derivative = differentiate_program(lowered.function, Options(value=True))
    for procedure in reached(derivative.body):
        verify(procedure.function)
    _, found = evaluate(derivative, [*args, *lowered.captures.values()])
    same(found, s2sad.grad(f)(*args), rtol=1e-10)
    identical(args, given)


def test_an_exact_zero_wins_against_an_infinite_derivative():
    value, gradient = s2sad.value_and_grad(programs.half_of_a_pair)(0.0, 2)
    assert (value, gradient) == (0.0, 0.0)
    with np.errstate(all="ignore"):
        for engine in (s2sad.grad(programs.masked), printed(s2sad.grad(programs.masked).source)):
            assert engine(0.7, 3) == 1.0
            np.testing.assert_allclose(engine(1.7, 1), 0.5 / np.sqrt(1.2))


# -- text --------------------------------------------------------------------------------------------------------------

POWER = '''\
def power_primal(x, n):
    if n == 0:
        return 1.0, None
    # return x * power(x, n - 1)
    value, saved = power_primal(x, n - 1)
    return x * value, (value, saved)


def power_reverse(x, n, saved, d_out):
    if n == 0:
        return 0.0
    value, saved = saved
    return d_out * value + power_reverse(x, n - 1, saved, d_out * x)


def power_grad(x, n):
    if not (isinstance(x, float) and isinstance(n, (int, np.integer))):
        raise ValueError("power_grad was generated for x: float, n: int")
    _, saved = power_primal(x, n)
    return power_reverse(x, n, saved, 1.0)
'''


def test_the_text_of_a_pair():
    text = s2sad.grad(programs.power).signature_source(2.0, 3)
    assert text.endswith(POWER)


def test_the_text_of_a_tangent():
    types = dict(zip(("x", "n"), type_of_arguments((2.0, 3)), strict=True))
    text = compile_derivative(live_function(programs.power), Options(mode="jvp"), types).text
    assert list(run_text(text)) == ["power_forward", "power_jvp"]
    assert "value, value_dot = power_forward(x, n - 1, x_dot)" in text


@pytest.mark.parametrize("name", [*SCALARS, *OTHERS])
def test_modules_stand_alone(name):
    f = getattr(programs, name)
    args = OTHERS[name][-1] if name in OTHERS else (SCALARS[name][0], SCALARS[name][1][-1])
    text = s2sad.grad(f).signature_source(*args)
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)]
    assert {alias.name for node in imports for alias in node.names} <= {"numpy", "math"}
    assert text == s2sad.grad(f).signature_source(*args)
    assert all(len(line) <= 120 for line in text.splitlines())


def test_what_a_procedure_does_not_read_is_not_passed():
    text = s2sad.grad(programs.fibonacci).signature_source(0.5, 4)
    assert "def fibonacci_reverse(n, saved, d_out):" in text


CLASHES = '''\
def power(x, power_primal, saved, d_out):
    if power_primal == 0:
        return x * saved * d_out
    return x * power(x, power_primal - 1, saved, d_out)
'''


def test_names_do_not_clash():
    types = "x: float; power_primal: int; saved: float; d_out: float"
    function = printed(s2sad.differentiate(CLASHES, "power", types=types))
    np.testing.assert_allclose(function(2.0, 3, 1.5, 0.5), 4 * 8.0 * 0.75)


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["writes", "writes_a_view", "of_written_result"])
def test_procedures_do_not_write_into_arguments(name):
    message = refused(lambda: s2sad.grad(getattr(programs, name))(LINE, 2), "S2S133").message
    assert "writes into 'x'" in message


def test_recursion_without_end():
    refused(lambda: s2sad.grad(programs.endless)(1.0, 2), "S2S133")


def test_ever_new_functions_and_types():
    refused(lambda: s2sad.grad(programs.of_ever_new_functions)(1.0, 2), "S2S133")
    refused(lambda: s2sad.grad(programs.of_ever_new_types)(1.0, 2), "S2S103")
