"""`s2sad check`, `check_grads` and the numerical derivatives that they trust."""
from __future__ import annotations

import numpy as np
import pytest

import s2sad as library
from s2sad.check import compare
from s2sad.numeric import numerical_gradient


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (np.log, 1e-3, 1e3), (np.sqrt, 1e-6, 500.0), (np.exp, 700.0, np.exp(700.0)), (np.abs, 1e-4, 1.0),
        (np.tan, 1.57, 1.0 / np.cos(1.57) ** 2), (lambda x: x**3, 100.0, 3e4), (lambda x: x, 0.0, 1.0),
    ],
)
def test_numerical_slopes_are_near_rounding(f, x, slope):
    assert numerical_gradient(f, (x,)) == pytest.approx(slope, rel=1e-9)


def test_the_structure_of_the_argument_is_kept():
    tree = {"W": np.array([1.0, 2.0]), "n": 3, "pair": (0.5, [np.float32(2.0)])}
    gradient = numerical_gradient(lambda t: np.sum(t["W"] ** 2) + t["pair"][0] * t["pair"][1][0], (tree,))
    np.testing.assert_allclose(gradient["W"], [2.0, 4.0], rtol=1e-10)
    assert gradient["n"] is None
    assert gradient["pair"][0] == pytest.approx(2.0)
    assert gradient["pair"][1][0] == pytest.approx(0.5)


def test_the_caller_s_arrays_are_left_alone():
    x = np.ones(3)

    def spoil(x):
        x *= 2.0
        return np.sum(x)

    np.testing.assert_allclose(numerical_gradient(spoil, (x,)), [2.0, 2.0, 2.0], rtol=1e-10)
    assert x.tolist() == [1.0, 1.0, 1.0]


def test_a_wrong_entry_is_named():
    row = compare("params", [(np.ones((2, 2)), 1.0)], [(np.array([[1.0, 2.0], [3.0, 4.5]]), 0.0)],
                  [(np.array([[1.0, 2.0], [3.0, 4.0]]), 0.0)])
    assert not row.agrees
    assert row.place == "params[0][0][1, 1]"
    assert "generated 4.5, numerical 4.0" in row.complaint


def test_a_silent_zero_is_a_verdict_of_its_own():
    row = compare("x", 2.0, 0.0, 3.0)
    assert row.complaint == "x: generated says 0 where numerical does not: 3.0"


def test_a_gradient_of_the_wrong_shape_is_refused():
    assert not compare("x", np.ones(3), np.ones((3, 1)), np.ones(3)).agrees


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_disagrees(bad):
    assert not compare("x", 2.0, bad, 3.0).agrees


def product(x, y):
    return np.sum(x * y)


def test_check_grads_passes_where_they_agree():
    library.check_grads(product, (np.array([1.0, 2.0]), np.array([3.0, 4.0])))


def test_check_grads_has_nothing_to_say_about_integers():
    with pytest.raises(ValueError, match="no argument holds floats"):
        library.check_grads(product, (1, 2))


def test_the_command_prints_a_row_an_argument(s2sad):
    done = s2sad("check", "examples/lecture.py:f", "--args", "2.0, 5.0")
    assert done.returncode == 0, done.stderr
    rows = done.stdout.splitlines()
    assert [row.split()[0] for row in rows[1:]] == ["x1", "x2"]
    assert all(row.endswith("agree") for row in rows[1:])


def test_the_command_exits_1_where_they_differ(s2sad, tmp_path):
    path = tmp_path / "kink.py"
    path.write_text("import numpy as np\n\ndef f(x, y):\n    return np.maximum(x, 0.0) + y\n")
    done = s2sad("check", f"{path}:f", "--args", "0.0, 1.0")
    assert done.returncode == 1, done.stdout + done.stderr
    assert [row.split()[-1] for row in done.stdout.splitlines()[1:]] == ["0", "agree"]
    assert "generated says 0" in done.stdout


@pytest.mark.parametrize("form", ["npz", "json", "txt"])
def test_arguments_come_from_files(s2sad, tmp_path, form):
    path = tmp_path / f"point.{form}"
    if form == "npz":
        np.savez(path, x1=2.0, x2=5.0)
    else:
        path.write_text('{"x2": 5.0, "x1": 2.0}' if form == "json" else "2.0, 5.0\n")
    done = s2sad("check", "examples/lecture.py:f", "--args", path)
    assert done.returncode == 0, done.stderr
    assert "5.5" in done.stdout.splitlines()[1]
