"""Programs at the edge of the language: refused with a code and a place, or right; never wrong, and never a crash."""
from __future__ import annotations

from itertools import count

import pytest
from campaign import load_program
from edge import EDGE, INVALID, MAY_BE_UNBOUND
from examine import examine

import s2sad

NUMBERS = count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("edge"))


def load(body, folder, *args):
    return load_program(f"import numpy as np\n\n\n{body}", args, folder, f"edge_{next(NUMBERS)}", "f")


@pytest.mark.parametrize("name", EDGE)
def test_refused_or_right(name, folder):
    verdict = examine(load(EDGE[name], folder, 1.3))
    assert not verdict.complaints, str(verdict)
    assert all("S2S" in refusal or "refused when called" in refusal for refusal in verdict.refusals)


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_program_is_refused(name, folder):
    program = load(INVALID[name], folder, 1.3)
    with pytest.raises(s2sad.DifferentiationError) as live:
        s2sad.grad(program.function)(1.3)
    with pytest.raises(s2sad.DifferentiationError) as static:
        s2sad.differentiate(program.text, "f", filename=program.filename)
    for error in (live.value, static.value):
        (diagnostic,) = error.diagnostics
        assert diagnostic.code.startswith("S2S")
        assert diagnostic.span is not None
        assert diagnostic.advice


@pytest.mark.parametrize("name", MAY_BE_UNBOUND)
def test_a_variable_that_is_not_bound_raises_as_in_the_primal(name, folder):
    program = load(MAY_BE_UNBOUND[name], folder, -1.0)
    derivative = s2sad.grad(program.function)
    assert derivative(1.0) == pytest.approx(2.0)
    for function in (program.function, derivative):
        with pytest.raises(UnboundLocalError):
            function(-1.0)
