"""Random programs, shrunk by Hypothesis where one of them is differentiated wrongly."""
from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from campaign import ENGINES, Seeded, kind_of, load_program
from examine import examine
from generate import Generator, arguments
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NUMBERS = count()


class Drawn:
    """Choices that Hypothesis makes and shrinks; the first option is the simplest."""

    def __init__(self, draw):
        self._draw = draw

    def integer(self, low, high):
        return self._draw(st.integers(low, high))


@st.composite
def program_texts(draw):
    return Generator(Drawn(draw), budget=8).program()


def check(text, seed, folder):
    with np.errstate(all="ignore"):
        verdict = examine(load_program(text, arguments(text, seed), folder, next(NUMBERS)), ENGINES)
    assert kind_of(verdict) != "wrong", f"{text}\n{verdict}"
    # without types `a += b` may change an array in place, and is refused
    assert all("S2S140" in refusal for refusal in verdict.refusals), f"{text}\n{verdict}"
    return kind_of(verdict)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("programs"))


@settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(text=program_texts(), seed=st.integers(0, 5))
def test_drawn_programs(text, seed, folder):
    check(text, seed, folder)


@pytest.mark.parametrize(
    "first", [*range(0, 40, 10), *(pytest.param(first, marks=pytest.mark.slow) for first in range(40, 160, 10))]
)
def test_seeded_programs(first, folder):
    kinds = [check(Generator(Seeded(seed)).program(), seed, folder) for seed in range(first, first + 10)]
    assert kinds.count("right") >= 7


@pytest.mark.parametrize("trips", [0, 1, 3])
def test_trips(trips, folder):
    """The same loop-heavy programs with every number of trips."""
    for seed in range(1000, 1008):
        text = Generator(Seeded(seed)).program().replace("range(3)", "range(n)").replace("range(2, -1, -1)", "range(n)")
        check(text, (1, 2, 2, 0)[trips], folder)
