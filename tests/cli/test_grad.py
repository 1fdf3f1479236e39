"""`s2sad grad` from outside, as a process."""
from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

PRIMAL = "import numpy as np\n\ndef f(x, y):\n    return np.sum(x * np.sin(y))\n"


def run_module(text):
    scope = {"__name__": "emitted"}
    exec(compile(text, "<emitted>", "exec"), scope)
    return scope


def test_it_prints_a_module_that_runs(s2sad):
    done = s2sad("grad", "examples/lecture.py:f", "--wrt", "x1,x2")
    assert done.returncode == 0
    assert done.stderr == ""
    gradient = run_module(done.stdout)["f_grad"](2.0, 5.0)
    np.testing.assert_allclose(gradient, (5.5, 2.0 - np.cos(5.0)), rtol=1e-14)


def test_standard_input_is_a_target(s2sad):
    done = s2sad("grad", "-:f", stdin=PRIMAL)
    assert done.returncode == 0
    y = np.array([1.0, 2.0])
    np.testing.assert_allclose(run_module(done.stdout)["f_grad"](np.ones(2), y), np.sin(y), rtol=1e-14)


def test_forward_mode_prints_the_jvp(s2sad):
    done = s2sad("grad", "examples/lecture.py:f", "--mode", "forward", "--types", "x1: float; x2: float")
    assert done.returncode == 0
    value, tangent = run_module(done.stdout)["f_jvp"](2.0, 5.0, 1.0)
    assert tangent == pytest.approx(5.5, abs=1e-14)
    assert value == pytest.approx(11.652071, abs=1e-6)


def test_output_and_check(s2sad, tmp_path):
    path = tmp_path / "f_grad.py"
    assert s2sad("grad", "examples/lecture.py:f", "-o", path, "--check").returncode == 1
    assert s2sad("grad", "examples/lecture.py:f", "-o", path).returncode == 0
    assert s2sad("grad", "examples/lecture.py:f", "-o", path, "--check").returncode == 0
    path.write_text(path.read_text("utf-8") + "# edited\n", "utf-8")
    done = s2sad("grad", "examples/lecture.py:f", "-o", path, "--check")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_colours_only_where_they_are_wanted(s2sad):
    plain = s2sad("grad", "examples/lecture.py:f").stdout
    assert "\x1b" not in plain
    assert "\x1b[35mdef" in s2sad("grad", "examples/lecture.py:f", "--color", "always").stdout
    assert s2sad("grad", "examples/lecture.py:f", "--color", "always", NO_COLOR="1").stdout == plain


@pytest.mark.parametrize("trap", ["open('ran', 'w').close()", "raise SystemExit('ran')", "1 / 0"])
def test_the_file_is_not_executed(s2sad, tmp_path, trap):
    path = tmp_path / "trap.py"
    head = f"import numpy as np\nimport os\nos.chdir({str(tmp_path)!r})\n{trap}\n\n"
    path.write_text(f"{head}def f(x):\n    return np.sum(x * x)\n")
    done = s2sad("grad", f"{path}:f")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "ran").exists()
    np.testing.assert_allclose(run_module(done.stdout)["f_grad"](np.array([1.0, 3.0])), [2.0, 6.0])


def test_the_emitted_file_needs_numpy_alone(s2sad, tmp_path):
    path = tmp_path / "loss.py"
    types = "weights: float64[D]; inputs: float64[N, D]; targets: float64[N]"
    assert s2sad("grad", "examples/logistic.py:training_loss", "--value", "--types", types, "-o", path).returncode == 0
    probe = (
        "import sys, numpy as np; before = {name.partition('.')[0] for name in sys.modules}; import loss; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} - before - {'loss'})); "
        "print(loss.training_loss_value_and_grad(np.zeros(2), np.ones((3, 2)), np.ones(3))[1])"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[-1.5 -1.5]"]


SOURCES = {
    "unsupported": "import numpy as np\ndef f(x):\n    global total\n    total = x\n    return x\n",
    "no_rule": "import numpy as np\ndef f(x):\n    return np.sum(np.roots(x))\n",
    "syntax": "def f(x:\n    return x\n",
    "vector": "import numpy as np\ndef f(x):\n    return np.sin(x)\n",
    "integer": "def f(n):\n    return n * 2.0\n",
    "nested": "def f(x):\n    return " + "(" * 3000 + "x" + ")" * 3000 + "\n",
    "nul": "def f(x):\n    return x\0\n",
    "raises": "1 / 0\n\ndef f(x):\n    return x\n",
}
REFUSED = {
    "missing file": ["grad", "TMP/none.py:f"],
    "directory": ["grad", "TMP:f"],
    "missing function": ["grad", "examples/lecture.py:g"],
    "no function": ["grad", "examples/lecture.py"],
    "syntax error": ["grad", "TMP/syntax.py:f"],
    "nested": ["grad", "TMP/nested.py:f"],
    "NUL byte": ["grad", "TMP/nul.py:f"],
    "unsupported statement": ["grad", "TMP/unsupported.py:f"],
    "no rule": ["grad", "TMP/no_rule.py:f"],
    "integer argument": ["grad", "TMP/integer.py:f", "--types", "n: int"],
    "vector output": ["grad", "TMP/vector.py:f", "--types", "x: float64[N]"],
    "unknown parameter": ["grad", "examples/lecture.py:f", "--wrt", "z"],
    "bad types": ["grad", "examples/lecture.py:f", "--types", "x1: flot"],
    "types of nobody": ["grad", "examples/lecture.py:f", "--types", "x9: float"],
    "numba": ["grad", "examples/lecture.py:f", "--backend", "numba"],
    "order": ["grad", "examples/lecture.py:f", "--order", "0"],
    "check of nothing": ["grad", "examples/lecture.py:f", "--check"],
    "unknown option": ["grad", "examples/lecture.py:f", "--fast"],
    "unknown command": ["frobnicate"],
    "unwritable": ["grad", "examples/lecture.py:f", "-o", "TMP/no/where.py"],
    "unknown rule": ["rules", "np.frobnicate"],
    "too few arguments": ["trace", "examples/lecture.py:f", "--at", "2"],
    "arguments that raise": ["trace", "examples/lecture.py:f", "--at", "1/0"],
    "file that raises": ["trace", "TMP/raises.py:f", "--at", "1"],
    "adjoints of a vector": ["trace", "TMP/vector.py:f", "--at", "np.ones(3)", "--mode", "reverse"],
    "no floats": ["check", "examples/lecture.py:f", "--args", "2, 5"],
}


def refused(s2sad, tmp_path, case):
    for name, text in SOURCES.items():
        (tmp_path / f"{name}.py").write_text(text)
    return s2sad(*(part.replace("TMP", str(tmp_path)) for part in REFUSED[case]))


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_is_one_diagnostic_and_status_2(s2sad, tmp_path, case):
    done = refused(s2sad, tmp_path, case)
    assert done.returncode == 2, done.stdout
    assert done.stdout == ""
    assert done.stderr.startswith("s2sad: ")
    assert done.stderr.count("s2sad: ") == 1
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr


@pytest.mark.parametrize("case", ["unsupported statement", "no rule", "syntax error"])
def test_a_refused_program_is_shown_with_its_place(s2sad, tmp_path, case):
    lines = refused(s2sad, tmp_path, case).stderr.splitlines()
    assert f"{tmp_path}" in lines[0]
    assert ":S2S" in lines[0].replace(" ", "")
    assert any(set(line.strip()) == {"^"} for line in lines)
    assert any("help:" in line for line in lines)


def test_a_closed_pipe_is_no_traceback(root):
    command = f"{sys.executable} -m s2sad rules | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=root, check=False)
    assert done.stderr == ""


def test_without_arguments_it_prints_help(s2sad):
    done = s2sad()
    assert done.returncode == 0
    for command in ("grad", "trace", "check", "rules", "demo"):
        assert f"\n    {command} " in done.stdout
