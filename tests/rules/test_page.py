"""The page of the rules says what the tables say, and its conventions hold."""
from __future__ import annotations

import numpy as np
import pytest
from tests.rules.conventions import CONVENTIONS
from tests.rules.page import PAGE, markdown, versions

import s2sad


@pytest.mark.parametrize("row", CONVENTIONS, ids=lambda row: row.point[:30])
def test_a_convention_holds(row):
    expected = np.asarray(row.expected, float)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(s2sad.grad(row.function)(row.x), expected, atol=0)
        gradient = gradient_of_unknown_types(row.function)
        if gradient is not None:
            np.testing.assert_allclose(gradient(row.x), expected, atol=0)


def gradient_of_unknown_types(function):
    """Return the gradient that knows no types; None for a rule that has to know the axes."""
    try:
        text = s2sad.grad(function).source
    except s2sad.DifferentiationError as error:
        if "give the types" in str(error):
            return None
        raise
    module = {}
    exec(text, module)
    return next(value for name, value in module.items() if name.endswith("_grad"))


def test_the_page_is_what_the_tables_say():
    text = PAGE.read_text("utf-8")
    numpy, scipy = versions().values()
    if f"NumPy {numpy}" not in text or f"SciPy {scipy}" not in text:
        pytest.skip("the page is written for other versions of NumPy or SciPy, whose functions are others")
    assert text == markdown(), "run `make docs`"
