"""Loops that end when a test fails, or after any trip: derivatives of orders 1 and 2, and the printed text."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from tests.codegen.building import compiled
from tests.transform.uncounted import PROGRAMS

from s2sad.codegen.module import emit_module
from s2sad.compiler import Options, differentiate_program
from s2sad.ir.interpret import evaluate
from s2sad.numeric import leaves, numerical_gradient

CASES = [(name, args) for name, (_, _, tuples) in PROGRAMS.items() for args in tuples]
IDS = [f"{name}-{k}" for name, (_, _, tuples) in PROGRAMS.items() for k in range(len(tuples))]
STYLES = ("readable", "ssa")


def numbers(value):
    return [np.asarray(leaf) for _, leaf in leaves(value) if leaf is not None]


def agree(found, expected, tolerance=1e-6):
    found, expected = numbers(found), numbers(expected)
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def run(function, args, style):
    """Return what the interpreter gives, once the text gives the same twice and leaves the arguments alone."""
    expected = evaluate(function, copy.deepcopy(args))
    program = compiled(emit_module(function, style=style), function.name)
    given = copy.deepcopy(args)
    for _ in range(2):
        agree(program(*given), expected, 1e-13)
    agree(given, args, 0)
    return expected


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("name", "args"), CASES, ids=IDS)
def test_values(name, args, style):
    build, python, _ = PROGRAMS[name]
    agree(run(build(), args, style), python(*args), 1e-13)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("name", "args"), CASES, ids=IDS)
def test_gradients(name, args, style):
    build, python, _ = PROGRAMS[name]
    derivative = differentiate_program(build(), Options(0, value=True, style=style))
    value, gradient = run(derivative, args, style)
    agree(value, python(*args), 1e-13)
    agree(gradient, numerical_gradient(python, args, 0))


@pytest.mark.parametrize(("name", "args"), CASES, ids=IDS)
def test_tangents(name, args):
    build, python, _ = PROGRAMS[name]
    derivative = differentiate_program(build(), Options(0, mode="jvp"))
    direction = np.array([0.3, -0.7, 0.2])[: np.size(args[0])] if np.ndim(args[0]) else 0.7
    value, tangent = run(derivative, (*args[:1], *args[1:], direction), "readable")
    agree(value, python(*args), 1e-13)
    agree(tangent, np.sum(numerical_gradient(python, args, 0) * direction))


@pytest.mark.parametrize(("name", "args"), CASES, ids=IDS)
def test_second_order(name, args):
    build, _, _ = PROGRAMS[name]
    gradient = differentiate_program(build(), Options(0))
    if np.ndim(args[0]) == 0:
        second = differentiate_program(build(), Options(0, order=2))
        agree(run(second, args, "readable"), numerical_gradient(lambda *a: evaluate(gradient, a), args, 0), 1e-5)
    direction = np.array([0.3, -0.7, 0.2])[: np.size(args[0])] if np.ndim(args[0]) else 0.7
    along = differentiate_program(gradient, Options(0, mode="jvp"))
    _, product = run(along, (*args, direction), "readable")
    step = 1e-6
    ends = [evaluate(gradient, (args[0] + sign * step * direction, *args[1:])) for sign in (1, -1)]
    agree(product, (ends[0] - ends[1]) / (2 * step), 1e-5)
