"""The forms in which NumPy's functions are called: both sweeps agree with differences, or both refuse."""
from __future__ import annotations

import numpy as np
import pytest

import s2sad

A = np.array([[0.3, 0.7, 0.45], [0.62, 0.11, 0.83], [0.51, 0.4, 0.2]])


def written(body, home):
    """Return a function of the array `a` and the array `c` of its size, whose text is at hand."""
    lines = body if "return" in body else f"    return {body}"
    text = f"import numpy as np\n\n\ndef f(a):\n    c = np.arange(9.0).reshape(3, 3)\n{lines}\n"
    path = home / "calls.py"
    path.write_text(text, "utf-8")
    space = {}
    exec(compile(text, str(path), "exec"), space)
    return space["f"]


REFUSED = {
    "points that vary": ("np.sum(np.trapezoid(a, x=a[0]) ** 2)", "S2S201"),
    "a width that varies": ("np.sum(np.trapezoid(a, dx=a[0, 0]) ** 2)", "S2S201"),
    "a spacing that varies": ("np.sum(np.gradient(a[0], a[0, 0]) ** 3)", "S2S201"),
    "a coordinate that varies": ("np.sum(np.gradient(a[0], a[1]) ** 3)", "S2S201"),
}


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_covered_is_refused_in_both_modes(name, mode, tmp_path):
    expression, code = REFUSED[name]
    with pytest.raises(s2sad.DifferentiationError, match=rf"calls.py:6:\d+: {code}"):
        s2sad.grad(written(expression, tmp_path), mode=mode)(A)
