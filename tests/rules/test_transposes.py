"""Both sweeps of every rule against each other, and the sweeps of its sweep against differences.

For a function with the Jacobian J, <J v, w> = <v, Jᵀ w> for any v and w: forward mode computes one side and reverse
mode the other, so that a wrong rule shows up to rounding, where differences leave half of the digits.
"""
from __future__ import annotations

import numpy as np
import pytest
from tests.rules.harness import Program, Sample, calls, inexact, leaves, seed
from tests.rules.samples_composed import COMPOSED
from tests.rules.test_rules import SAMPLES, directions, moved, paired, widened

from s2sad.ir import primitives_nested
from s2sad.ir.interpret import evaluate
from s2sad.rules.registry import CONSTANT, RULES
from s2sad.transform.forward import jvp
from s2sad.transform.pullback import vjp

ALL = [*SAMPLES, *(Sample(function, args, options) for function, args, options in COMPOSED)]
# what has to be a constant of the program would be an input here
ALL = [one for one in ALL if not (one.function is np.pad and "constant_values" in one.kwargs)]
ALL = [one for one in ALL if not (one.function is np.repeat and isinstance(one.args[1], np.ndarray))]
ALL = [one for one in ALL if one.function is not primitives_nested.split_like]
SOME: dict = {}
for _sample in ALL:
    if not any(np.isnan(leaf).any() for leaf in leaves(_sample.args) if inexact(leaf)):
        SOME.setdefault((_sample.function, _sample.form), []).append(_sample)
TWO = [sample for samples in SOME.values() for sample in samples[:2]]
FIRST = [samples[0] for samples in SOME.values()]
"""A call or two in each form of every function; `test_rules` compares all of them with differences."""


def program(sample):
    """Return the program of a call, its inputs, and which of these vary; complex numbers are taken apart."""
    made = Program(sample, "literal")
    inputs = made.inputs
    varies = [k for k, value in enumerate(inputs) if any(map(inexact, leaves(value)))]
    function = made.finish(made.symbol(made.y))
    if any(map(np.iscomplexobj, leaves(evaluate(function, inputs)))):
        made = Program(sample, "literal")
        y = made.symbol(made.y)
        function = made.finish((np.real(y), np.imag(y)))
    return function, inputs, varies


def norm(value):
    return np.sqrt(paired(value, value))


@pytest.mark.parametrize("sample", TWO, ids=[f"{k}-{sample}" for k, sample in enumerate(TWO)])
def test_forward_and_reverse_are_transposes(sample):
    function, inputs, varies = program(widened(sample))
    rng = np.random.default_rng(11)
    v = [directions(inputs[k], rng) for k in varies]
    w = seed(evaluate(function, inputs))
    tangent = evaluate(jvp(function, varies, with_value=False), [*inputs, *v])
    cotangents = evaluate(vjp(function, varies, with_value=False), [*inputs, w])
    found, expected = paired(tangent, w), paired(list(cotangents), v)
    assert abs(found - expected) <= 1e-12 * max(norm(tangent) * norm(w), norm(list(cotangents)) * norm(v), 1e-300)


@pytest.mark.parametrize("sample", FIRST, ids=[f"{k}-{sample}" for k, sample in enumerate(FIRST)])
def test_the_reverse_sweep_has_a_derivative(sample):
    function, inputs, varies = program(widened(sample))
    rng = np.random.default_rng(13)
    v = [directions(inputs[k], rng) for k in varies]
    w = seed(evaluate(function, inputs))
    pullback = vjp(function, varies, with_value=False)
    second = jvp(pullback, varies, with_value=False)
    emitted = calls(pullback) | calls(second)
    assert {f for f in emitted if f not in RULES and f not in CONSTANT and f is not np.arange} == set()
    found = evaluate(second, [*inputs, w, *v])

    def cotangents(step):
        there = list(inputs)
        for k, direction in zip(varies, v, strict=True):
            there[k] = moved(inputs[k], direction, step)
        return evaluate(pullback, [*there, w])

    def slope(step):
        pairs = zip(cotangents(step), cotangents(-step), strict=True)
        return [(flat(high) - flat(low)) / (2 * step) for high, low in pairs]

    expected = [(4 * a - b) / 3 for a, b in zip(slope(5e-4), slope(1e-3), strict=True)]
    for ours, theirs in zip(map(flat, found), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)


def flat(value):
    """Return the numbers of a structure in a row."""
    if value is None:
        return np.zeros(0)
    return np.concatenate([np.ravel(np.asarray(leaf, float)) for leaf in leaves(value)] or [np.zeros(0)])
