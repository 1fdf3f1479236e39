"""`s2sad trace`: the lecture's numbers in the lecture's numbering and order."""
from __future__ import annotations

PRIMAL = """\
v₋₁ = x₁ = 2
v₀ = x₂ = 5
v₁ = ln v₋₁ = ln 2 = 0.693
v₂ = v₋₁ × v₀ = 2 × 5 = 10
v₃ = sin v₀ = sin 5 = −0.959
v₄ = v₁ + v₂ = 0.693 + 10 = 10.693
v₅ = v₄ − v₃ = 10.693 + 0.959 = 11.652
y = v₅ = 11.652
"""

ADJOINTS = """\
∂v₅ = ∂y/∂y = 1
∂v₄ = ∂v₅ ∂v₅/∂v₄ = ∂v₅ × 1 = 1 × 1 = 1
∂v₃ = ∂v₅ ∂v₅/∂v₃ = ∂v₅ × −1 = 1 × −1 = −1
∂v₁ = ∂v₄ ∂v₄/∂v₁ = ∂v₄ × 1 = 1 × 1 = 1
∂v₂ = ∂v₄ ∂v₄/∂v₂ = ∂v₄ × 1 = 1 × 1 = 1
∂v₀ = ∂v₃ ∂v₃/∂v₀ = ∂v₃ × cos v₀ = −1 × cos 5 = −0.284
∂v₋₁ = ∂v₂ ∂v₂/∂v₋₁ = ∂v₂ × v₀ = 1 × 5 = 5
∂v₀ = ∂v₀ + ∂v₂ ∂v₂/∂v₀ = ∂v₀ + ∂v₂ × v₋₁ = −0.284 + 1 × 2 = 1.716
∂v₋₁ = ∂v₋₁ + ∂v₁ ∂v₁/∂v₋₁ = ∂v₋₁ + ∂v₁ / v₋₁ = 5 + 1 / 2 = 5.5
∂v₀ = ∂y/∂x₂ = 1.716
∂v₋₁ = ∂y/∂x₁ = 5.5
"""

TANGENTS = ["1", "0", "0.5", "5", "0", "5.5", "5.5", "5.5"]


def traced(s2sad, *arguments):
    done = s2sad("trace", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_the_lecture_s_values(s2sad):
    assert traced(s2sad, "examples/lecture.py:f", "--at", "2, 5") == PRIMAL


def test_the_lecture_s_adjoints(s2sad):
    assert traced(s2sad, "examples/lecture.py:f", "--at", "2, 5", "--mode", "reverse") == f"{PRIMAL}\n{ADJOINTS}"


def test_the_lecture_s_tangents(s2sad):
    lines = traced(s2sad, "examples/lecture.py:f", "--at", "2, 5", "--mode", "forward").splitlines()
    assert [line.rpartition(" = ")[2] for line in lines] == TANGENTS
    assert [line.partition("    ")[0].rstrip() for line in lines] == PRIMAL.splitlines()


def test_the_second_sweep_has_the_other_seed(s2sad):
    lines = traced(s2sad, "examples/lecture.py:f", "--at", "2, 5", "--mode", "forward", "--wrt", "x2").splitlines()
    assert lines[-1].endswith("∂y = ∂v₅ = 1.716")


def test_only_what_is_asked_for_has_an_adjoint(s2sad):
    lines = traced(s2sad, "examples/lecture.py:f", "--at", "2, 5", "--mode", "reverse", "--wrt", "x1").splitlines()
    assert lines[-1] == "∂v₋₁ = ∂y/∂x₁ = 5.5"
    assert not any(line.startswith(("∂v₀", "∂v₃")) for line in lines)


def test_loops_are_followed_trip_by_trip(s2sad, tmp_path):
    path = tmp_path / "power.py"
    path.write_text("def f(x, n):\n    y = 1.0\n    for i in range(3):\n        y = y * x\n    return y + n\n")
    text = traced(s2sad, f"{path}:f", "--at", "2, 1", "--mode", "reverse")
    assert "line 3: trip 3" in text
    assert "v₃ = v₂ × v₋₁ = 4 × 2 = 8" in text
    assert text.endswith("∂v₀ = ∂y/∂n = 1\n∂v₋₁ = ∂y/∂x = 12\n")


def test_a_branch_is_followed_and_named(s2sad, tmp_path):
    path = tmp_path / "branch.py"
    path.write_text("def f(x):\n    if x > 1.0:\n        y = x * x\n    else:\n        y = -x\n    return y\n")
    text = traced(s2sad, f"{path}:f", "--at", "3", "--mode", "reverse")
    assert "line 2: v₀ > 1 is true" in text
    assert text.endswith("∂v₀ = ∂y/∂x = 6\n")


def test_arrays_and_lists_of_layers(s2sad):
    point = "[(np.ones((2, 3)), np.zeros(3)), (np.eye(3), np.zeros(3))], np.eye(2), np.eye(3)[:2]"
    # `y` is a parameter here, so the result has another name
    text = traced(s2sad, "examples/mlp.py:mlp_loss", "--at", point, "--mode", "reverse")
    assert "v₋₅ = params[0][0] = " in text
    assert "∂z/∂params[1][1] = " in text
