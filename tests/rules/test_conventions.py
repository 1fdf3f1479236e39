"""Points where a derivative is a matter of convention or of care, and calls that are refused."""
from __future__ import annotations

import operator

import numpy as np
import pytest
from tests.rules.harness import Program, Sample, Staged, run

from s2sad.ir.primitives_math import product_of_others
from s2sad.ir.program import Form
from s2sad.rules.registry import RULES, Unsupported

OPERATOR = Form.OPERATOR
A = np.array([[0.3, 0.7, 0.45], [0.62, 0.11, 0.83]])


def cotangents(function, *args, form=Form.FUNCTION, variant="literal", **kwargs):
    """Return the contributions to the arguments for a cotangent of ones."""
    sample = Sample(function, args, kwargs, form)
    staged = Staged(sample, variant)
    program, inputs = staged.reverse()
    *rest, d = inputs
    return run(program, [*rest, np.ones_like(d) if isinstance(d, np.ndarray) else type(d)(1.0)])


@pytest.mark.parametrize("variant", ["literal", "unknown"])
@pytest.mark.parametrize(
    ("function", "args", "expected"),
    [
        (np.maximum, (np.array([-1.0, 0.0, 1.0]), 0), [0, 0, 1]),
        (np.minimum, (np.array([-1.0, 0.0, 1.0]), 0), [1, 0, 0]),
        (np.maximum, (np.array([1.0, 2.0]), np.array([1.0, 3.0])), [0.5, 0]),
        (np.max, (np.array([1.0, 3.0, 3.0]),), [0, 0.5, 0.5]),
        (np.min, (np.array([[1.0, 1.0], [2.0, 3.0]]), 1), [[0.5, 0.5], [1, 0]]),
        (np.absolute, (np.array([-2.0, 0.0, 2.0]),), [-1, 0, 1]),
        (np.clip, (np.array([-1.0, 0.0, 0.5, 1.0, 2.0]), 0, 1), [0, 1, 1, 1, 0]),
        (np.clip, (np.array([0.5, 3.0]), 2.0, 1.0), [0, 0]),
        (np.std, (np.array([2.0, 2.0]),), [0, 0]),
        (np.var, (np.array([2.0, 2.0]),), [0, 0]),
        (np.hypot, (np.array([0.0]), np.array([0.0])), [0]),
        (np.prod, (np.array([0.0, 2.0, 3.0]),), [6, 0, 0]),
        (np.prod, (np.array([0.0, 0.0, 3.0]),), [0, 0, 0]),
        (np.power, (np.array([0.0, 2.0]), 2), [0, 4]),
        (np.power, (np.array([0.0, 2.0]), 1), [1, 1]),
        (np.power, (np.array([0.0, -2.0]), 3), [0, 12]),
        (np.power, (np.array([0.0, 0.0, 2.0]), np.array([0, 1, -1])), [0, 1, -0.25]),
        (np.power, (np.array([0.0, 0.0]), np.array([2.0, 1.0])), [0, 1]),
        (np.where, (np.array([True, False]), 1.0, 2.0), [True, False]),
        (np.logaddexp, (np.array([-np.inf, 0.0]), np.array([-np.inf, 0.0])), [0, 0.5]),
        (np.logaddexp, (np.array([-800.0, 800.0]), 0), [0, 1]),
    ],
)  # fmt: skip
def test_convention(function, args, expected, variant):
    contributions = cotangents(function, *args, variant=variant)
    found = contributions[1] if function is np.where else contributions[0]
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), rtol=1e-12, atol=0)


@pytest.mark.parametrize("x", [np.array([0.0, 2.0]), np.array([-1.0, 2.0])])
def test_the_exponent_of_a_base_that_is_not_positive_gets_zero_without_a_warning(x):
    (_, d_p) = cotangents(np.power, x, np.array([2.0, 3.0]))
    np.testing.assert_allclose(d_p, [0.0, 8.0 * np.log(2.0)])


def test_a_complex_power_of_a_python_float_has_its_own_logarithm():
    (_, d_p) = cotangents(np.power, -2.0, 0.5, form=OPERATOR, variant="unknown")
    assert d_p == pytest.approx((-2.0) ** 0.5 * np.log(-2.0 + 0j))


def test_a_power_zero_contributes_nothing():
    assert cotangents(np.power, np.array([0.0, 1.0]), 0, form=OPERATOR) == [None, None]


def test_an_index_that_repeats_adds_up():
    (d_x, _) = cotangents(operator.getitem, np.array([1.0, 2.0]), np.array([1, 1, 0]), form=OPERATOR)
    np.testing.assert_array_equal(d_x, [1, 2])


def test_an_array_of_integers_gets_no_integer_adjoint():
    (d_x, _) = cotangents(operator.getitem, np.array([1, 2]), 0, form=OPERATOR, variant="unknown")
    assert d_x.dtype == np.float64


F32 = A.astype(np.float32)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (np.max, (F32, 1)), (np.mean, (F32, 0)), (np.std, (F32,)), (np.power, (F32, 2)), (np.power, (F32, F32)),
        (np.tanh, (F32,)), (np.sqrt, (F32,)), (np.log2, (F32,)), (np.maximum, (F32, F32 + 1)), (np.maximum, (F32, 0)),
        (np.logaddexp, (F32, F32)), (np.absolute, (F32,)), (np.clip, (F32, 0, 1)), (np.hypot, (F32, F32)),
        (np.prod, (F32, 1)), (np.power, (2, F32)), (np.reciprocal, (F32,)), (np.dot, (F32[0], F32[1])),
    ],
)  # fmt: skip
def test_float32_stays_float32(function, args):
    found = [np.asarray(c).dtype for c in cotangents(function, *args) if c is not None]
    assert found == [np.dtype(np.float32)] * len(found)


def test_a_product_with_a_zero_has_the_right_second_derivative():
    x = np.array([0.0, 2.0, 3.0])
    for k in range(3):
        e = np.eye(3)[k]
        step = 1e-5
        high, low = (cotangents(np.prod, x + s * e)[0] for s in (step, -step))
        column = second(x, e)
        np.testing.assert_allclose(column, (high - low) / (2 * step), atol=1e-8)


def second(x, direction):
    program, inputs = Staged(Sample(product_of_others, (x,))).forward([direction])
    return run(program, inputs)[0]


C = np.array([1 + 1j, 2.0])


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "words"),
    [
        (np.sum, (A,), {"initial": 1.0}, "initial"),
        (np.var, (A,), {"out": A}, "out"),
        (np.max, (A,), {"initial": 0.0}, "initial"),
        (np.max, (A,), {"where": A > 0.5, "initial": 0.0}, "where"),
        (np.var, (A,), {"mean": 0.5}, "mean"),
        (np.std, (A,), {"dtype": int}, "dtype"),
        (np.prod, (A, (0, 1)), {}, "axes"),
        (np.exp, (A,), {"where": A > 0.5}, "where"),
        (np.add, (A, A), {"dtype": np.float32}, "dtype"),
        (np.exp, ([0.1, 0.2],), {}, "list"),
        (np.add, ([0.1], A), {}, "list"),
        (np.sum, ([A, A],), {}, "list"),
        (np.dot, ([0.1, 0.2], A), {}, "list"),
        (np.absolute, (C,), {}, "complex"),
        (np.maximum, (C, C), {}, "complex"),
        (np.median, (C,), {}, "complex"),
        (np.reshape, (A, (3, 2)), {"order": "F"}, "order"),
        (np.ravel, (A, "F"), {}, "order"),
        (np.concatenate, ((A, A),), {"axis": None}, "axis"),
        (np.array, ([0.1, 0.2],), {"ndmin": 2}, "ndmin"),
        (np.linspace, (A[0], A[1], 4), {"axis": 1}, "axis"),
        (np.clip, (A,), {"a_min": A}, "position"),
        (operator.getitem, ((0.1, 0.2), slice(1)), {}, "slice"),
    ],
)
def test_what_is_not_covered_is_refused(function, args, kwargs, words):
    program = Program(Sample(function, args, kwargs), "literal")
    d = program.symbol(program.parameter(0.0))
    with pytest.raises(Unsupported, match=words):
        RULES[function].pullback(d, program.symbol(program.y), *program.positional, **program.named)


def test_lists_of_lists_keep_their_structure():
    (d_x,) = cotangents(np.array, [[0.5, 1], [2.0, 3.0]])
    assert [len(row) for row in d_x] == [2, 2]
