"""Random programs that keep arrays and views in containers: right or refused, never wrong and never a crash."""
from __future__ import annotations

from collections import Counter
from itertools import count

import numpy as np
import pytest
from campaign import Seeded, load_sharing, run_sharing
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from judge import judge
from runs import runs
from sharing_programs import Sharing
from shrink import shrink
from test_mutating import Drawn

NUMBERS = count()
MOST_REFUSED = 0.7
"""The share of programs that may be refused; it goes down as the language grows."""

CONSTRUCTS = (
    "Box(", "Pair(", ".step(", "helper0(", "inner0(", "class Box", ".items()", ".values()", "zip(", "enumerate(",
    "reversed(", "while ", ".pop(", ".append(", ".insert(", ".extend(", ".update(", ".get(", ".copy()", "dict(",
    "list(", "tuple(", " * 2", ".T", ".diagonal()", "[::-1]", ".reshape(-1)", "out=", ".fill(", "np.copyto(", " if ",
    "map(", "*c", "break", "continue", "later1", "reduce(", "np.split(", "._replace(", "|=", "setattr(", "del ",
)
"""What the generator is meant to write."""


@st.composite
def program_texts(draw):
    return Sharing(Drawn(draw), budget=5).program()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("sharing"))


def accept(verdict, text):
    assert verdict.kind in ("right", "refused"), f"{verdict.fault}\n\n{text}\n{verdict.text}"


@settings(
    max_examples=40, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(text=program_texts(), seed=st.integers(0, 5))
def test_drawn_programs(text, seed, folder):
    with np.errstate(all="ignore"):
        programs = load_sharing(text, seed, folder, f"d{next(NUMBERS)}")
        assume(all(runs(program.function, program.args) for program in programs))
        accept(judge(programs), text)


@pytest.mark.parametrize(
    "first", [*range(0, 240, 80), *(pytest.param(first, marks=pytest.mark.slow) for first in range(240, 1200, 80))]
)
def test_seeded_programs(first, folder):
    """Every fourth is compiled for unknown types and in forward mode as well."""
    kinds = Counter()
    for seed in range(first, first + 80):
        with np.errstate(all="ignore"):
            text, verdict = run_sharing(seed, folder, thorough=seed % 4 == 0)
        accept(verdict, text)
        kinds[verdict.kind] += 1
    print(f"{kinds['refused']} of 80 programs are refused")
    assert kinds["refused"] <= MOST_REFUSED * 80


def test_generated_programs_run(folder):
    """Most programs that the generator writes run, and hardly any two are the same."""
    texts = [Sharing(Seeded(seed)).program() for seed in range(300)]
    running = 0
    for seed, text in enumerate(texts):
        with np.errstate(all="ignore"):
            programs = load_sharing(text, seed, folder, f"r{seed}")
            running += all(runs(program.function, program.args) for program in programs)
    assert running >= 240
    assert len(set(texts)) >= 290


def test_the_generator_writes_every_construct():
    texts = "".join(Sharing(Seeded(seed)).program() for seed in range(1000))
    assert [construct for construct in CONSTRUCTS if construct not in texts] == []


def test_programs_that_do_not_end_do_not_run():
    def endless():
        while True:
            pass

    assert not runs(endless, ())
    assert runs(lambda x: x + 1.0, (2.0,))


def test_shrinking_keeps_what_fails():
    loop = "    for i in range(n):\n        if t < x:\n            t += fill(x) * 2\n"
    text = f"def program(x, n):\n    t = 0.0\n{loop}    return t\n"
    small = shrink(text, lambda smaller: "fill(" in smaller and "return" in smaller)
    assert small == "def program(x, n):\n    t += fill(x)\n    return t\n"
