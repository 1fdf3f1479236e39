"""Printed text against the interpreter, which copies at every store, on random programs."""
from __future__ import annotations

import copy
import warnings

import numpy as np
import pytest
from tests.codegen.building import compiled
from tests.codegen.random_programs import LENGTH, Generator

from s2sad.codegen.module import emit_module
from s2sad.ir.interpret import evaluate
from s2sad.ir.verify import verify

SEEDS_EACH = 40


def same(a, b):
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return np.array_equal(a, b, equal_nan=True)


def check(seed, typed, style):
    function = verify(Generator(seed, typed).function())
    text = emit_module(function, style=style)
    program = compiled(text, "program")
    random = np.random.default_rng(seed)
    for trips in (0, 1, 3):
        args = (random.normal(size=LENGTH), random.normal(size=LENGTH), trips)
        given = copy.deepcopy(args)
        want = evaluate(function, copy.deepcopy(args))
        first = copy.deepcopy(program(*given))
        second = program(*given)
        assert same(first, want), f"seed {seed}, {trips} trips:\n{text}"
        assert same(second, want), f"seed {seed}, {trips} trips, second call:\n{text}"
        assert same(given, args), f"seed {seed}, {trips} trips: an argument was written into\n{text}"


@pytest.mark.parametrize("style", ["readable", "ssa"])
@pytest.mark.parametrize("typed", [True, False], ids=["typed", "untyped"])
@pytest.mark.parametrize("block", [0, *(pytest.param(block, marks=pytest.mark.slow) for block in range(1, 9))])
def test_text_does_what_the_program_does(block, typed, style):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # loops of random arithmetic overflow now and then
        for seed in range(block * SEEDS_EACH, (block + 1) * SEEDS_EACH):
            check(seed, typed, style)


def test_text_is_the_same_each_time():
    for seed in range(20):
        assert emit_module(Generator(seed).function()) == emit_module(Generator(seed).function())
