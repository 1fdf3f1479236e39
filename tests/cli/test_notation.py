from __future__ import annotations

import numpy as np
import pytest

from s2sad import notation


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2.0, "2"), (10.0, "10"), (0.6931471, "0.693"), (-0.9589242, "−0.959"), (5.5, "5.5"), (-0.0, "0"),
        (1e-5, "1 × 10⁻⁵"), (float("inf"), "∞"), (float("nan"), "nan"), (-1234567.25, "−1.235 × 10⁶"),
    ],
)
def test_numbers_have_three_decimals(value, text):
    assert notation.number(value) == text


def test_names_with_one_letter_take_a_subscript():
    written = {"x1": "x₁", "x12": "x₁₂", "weights": "weights", "W1": "W₁", "log2e": "log2e"}
    assert {name: notation.variable(name) for name in written} == written


def test_long_arrays_are_abridged():
    text = notation.literal(np.arange(1000.0)).text
    assert text == "[0 1 … 998 999] 1000"


def test_the_sum_with_a_negative_number_is_a_difference():
    assert notation.add(notation.literal(2.0), notation.literal(-3.0)).text == "2 − 3"
