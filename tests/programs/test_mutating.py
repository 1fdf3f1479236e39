"""Random programs that write into arrays: right or refused, never wrong and never a crash."""
from __future__ import annotations

from collections import Counter
from itertools import count

import numpy as np
import pytest
from campaign import Seeded, load_program
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judge import judge
from mutating_programs import TRIPS, Mutating, arguments

NUMBERS = count()
MOST_REFUSED = 0.5
"""The share of programs that may be refused; it goes down as the language grows."""


class Drawn:
    """Choices that Hypothesis makes and shrinks; the first option is the simplest."""

    def __init__(self, draw):
        self._draw = draw

    def integer(self, low, high):
        return self._draw(st.integers(low, high))


@st.composite
def program_texts(draw):
    return Mutating(Drawn(draw), budget=8).program()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("mutating"))


def verdict_of(text, seed, folder, thorough=False):
    number = next(NUMBERS)
    with np.errstate(all="ignore"):
        programs = [load_program(text, arguments(text, seed, trips), folder, f"m{number}") for trips in TRIPS]
        verdict = judge(programs, thorough)
    assert verdict.kind in ("right", "refused"), f"{verdict.fault}\n\n{text}\n{verdict.text}"
    return verdict


@settings(
    max_examples=40, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(text=program_texts(), seed=st.integers(0, 5))
def test_drawn_programs(text, seed, folder):
    verdict_of(text, seed, folder)


@pytest.mark.parametrize(
    "first", [*range(0, 120, 40), *(pytest.param(first, marks=pytest.mark.slow) for first in range(120, 480, 40))]
)
def test_seeded_programs(first, folder):
    """Every fourth is compiled for unknown types and in forward mode as well."""
    kinds = Counter(
        verdict_of(Mutating(Seeded(seed)).program(), seed, folder, thorough=seed % 4 == 0).kind
        for seed in range(first, first + 40)
    )
    print(f"{kinds['refused']} of 40 programs are refused")
    assert kinds["refused"] <= MOST_REFUSED * 40


def test_generated_programs_run(folder):
    """The generator writes programs that raise nothing and return a number of moderate size."""
    distinct = set()
    for seed in range(300):
        text = Mutating(Seeded(seed)).program()
        distinct.add(text)
        with np.errstate(all="ignore"):
            for trips in TRIPS:
                program = load_program(text, arguments(text, seed, trips), folder, f"r{seed}")
                value = program.function(*program.args)
                assert np.ndim(value) == 0
                assert abs(value) < 1e4
    assert len(distinct) >= 290
