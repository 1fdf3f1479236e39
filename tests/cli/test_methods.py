"""`s2sad check`: the step of each numerical derivative, and the four ways to a derivative side by side."""
from __future__ import annotations

import math

import numpy as np
import pytest

from s2sad.methods import chart, compare_ways
from s2sad.numeric import numerical_estimates
from s2sad.symbolic import NotSymbolic, symbolic_gradient

TEXT = """
import numpy as np

def f(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)

def by_hand(x1, x2):
    return 1.0 / x1 + x2, x1 - np.cos(x2)

def loop(x):
    total = 0.0
    for one in x:
        total = total + np.abs(one) * one
    return total
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "lecture.py"
    file.write_text(TEXT)
    return file


def lecture(x1, x2):
    return np.log(x1) + x1 * x2 - np.sin(x2)


def test_complex_steps_are_taken_where_differences_confirm_them():
    def f(x):
        return np.sum(np.exp(x["a"])) + np.abs(x["b"]) ** 3 + (x["n"] > 2)

    point = {"a": np.array([0.5, -1.0]), "b": -2.0, "n": 3}
    gradient, found = numerical_estimates(f, (point,), complex_steps=True)
    assert [place for place, one in found.items() if one.is_complex] == ["['a'][0]", "['a'][1]"]
    assert gradient["a"].tolist() == np.exp(point["a"]).tolist()
    assert gradient["b"] == pytest.approx(-12.0, rel=1e-9) and gradient["n"] is None
    assert found["['a'][1]"].step < 1e-20 < 1e-9 < found["['b']"].step

    def drops(x):
        kept = np.zeros(2)
        kept[:] = x
        return np.sum(kept * x)

    # half of the imaginary part is lost on the way
    gradient, found = numerical_estimates(drops, (np.array([1.0, 2.0]),), complex_steps=True)
    np.testing.assert_allclose(gradient, [2.0, 4.0], rtol=1e-9)
    assert not any(one.is_complex for one in found.values())


def test_the_table_names_the_step(s2sad, path):
    done = s2sad("check", f"{path}:f", "--args", "2.0, 5.0")
    assert done.returncode == 0 and done.stdout.splitlines()[1].split()[-3:] == ["7.9e-31", "complex", "agree"]
    done = s2sad("check", f"{path}:loop", "--args", "np.array([1.0, -2.0])")
    assert done.stdout.splitlines()[1].split()[-2:] == ["Richardson", "agree"], done.stdout


def test_four_ways_side_by_side(s2sad, path):
    done = s2sad("check", f"{path}:f", "--args", "2.0, 5.0", "--manual", "by_hand")
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()[1:5]]
    assert [row[0] for row in rows] == ["manual", "numerical", "symbolic", "automatic"]
    assert [float(row[3]) < 1e-15 for row in rows] == [True, False, True, True]
    assert "error of difference quotients against their step" in done.stdout and "power of ten" in done.stdout
    done = s2sad("check", f"{path}:loop", "--args", "np.array([1.0, -2.0])", "--methods")
    assert "none was given" in done.stdout and "only for functions of numbers" in done.stdout
    done = s2sad("check", f"{path}:f", "--args", "2.0, 5.0", "--manual", "missing")
    assert done.returncode == 2 and "has no function 'missing'" in done.stderr


def test_errors_are_measured_against_many_digits():
    ways = compare_ways(lecture, (2.0, 5.0), (0, 1), lambda a, b: (1.0 / a + b, a + math.cos(b)))
    errors = {way.name: way.error for way in ways}
    assert errors["manual"] == pytest.approx(2.0 * math.cos(5.0) / 5.5)
    assert 1e-14 < errors["numerical"] < 1e-9 and max(errors["symbolic"], errors["automatic"]) < 1e-15
    wrong = compare_ways(lecture, (2.0, 5.0), (0, 1), lambda a, b: (a,))[0]
    assert wrong.error is None and "1 gradients where 2 are needed" in wrong.remark


def branch(x):
    return x if x > 0.0 else -x


@pytest.mark.parametrize(
    ("f", "x", "reason"),
    [
        (branch, 1.0, "only for straight-line code"), (lambda x: x * 2.0, np.ones(2), "only for functions of numbers"),
        (lambda x: np.floor(x) + x, 1.5, "`floor` is not among the functions translated"),
    ],
)
def test_what_sympy_is_not_asked(f, x, reason):
    with pytest.raises(NotSymbolic, match=reason):
        symbolic_gradient(f, (x,), (0,))


def test_the_drawing_has_the_valley_of_both_quotients():
    drawn = chart(np.exp, (1.0,), 0, math.e)
    rows = [line for line in drawn.splitlines() if "|" in line]
    assert len(rows) == 10 and max(map(len, drawn.splitlines())) < 100
    deepest = {mark: max(k for k, row in enumerate(rows) if mark in row) for mark in "ox"}
    assert deepest["o"] < deepest["x"] or "*" in rows[deepest["x"]]
