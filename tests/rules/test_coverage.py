"""What autograd differentiates, s2sad does: but for a list that only gets shorter."""
from __future__ import annotations

import operator

import numpy as np
import pytest
from tests.rules import coverage

LACKING: set[str] = set()
"""Primitives of autograd that have no rule: there are none."""


def test_nothing_is_lacking_that_autograd_differentiates_but_what_is_listed():
    pytest.importorskip("autograd")
    assert coverage.lacking() == LACKING


def test_a_function_is_differentiated_constant_idle_or_refused():
    expected = {
        **dict.fromkeys([np.sin, np.sum, abs, operator.getitem, operator.add, np.put], "differentiated"),
        **dict.fromkeys([np.argmax, np.floor, operator.eq, len], "constant"),
        **dict.fromkeys([np.save, np.frombuffer], "refused"),
    }
    assert {function: coverage.status(function) for function in expected} == expected
