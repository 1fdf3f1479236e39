"""The forms in which NumPy's functions are called: both sweeps agree with differences, or both refuse."""
from __future__ import annotations

import numpy as np
import pytest

import s2sad

A = np.array([[0.3, 0.7, 0.45], [0.62, 0.11, 0.83], [0.51, 0.4, 0.2]])


def written(body, home):
    """Return a function of the array `a` and the array `c` of its size, whose text is at hand."""
    lines = body if body.startswith(" ") else f"    return {body}"
    text = f"import numpy as np\n\n\ndef f(a):\n    c = np.arange(9.0).reshape(3, 3)\n{lines}\n"
    path = home / "calls.py"
    path.write_text(text, "utf-8")
    space = {}
    exec(compile(text, str(path), "exec"), space)
    return space["f"]


WHERE = """    o = a * a
    {}
    return np.sum(o * o * c)"""
FILL = """    b = np.zeros({}) + a[0]
    np.fill_diagonal(b, {})
    return np.sum(b * b * np.arange(1.0, 4.0))"""

SMOOTH = {
    "where and out": WHERE.format("np.exp(a, out=o, where=a > 0.42)"),
    "where and out by position": WHERE.format("np.multiply(a, 2.0, o, where=c > 3)"),
    "where and out of a singular function": WHERE.format("np.log(a - 0.42, out=o, where=a > 0.42)"),
    "out that is a part": "    o = np.zeros((4, 3))\n    np.exp(a, out=o[1:])\n    return np.sum(o * o)",
    "outer of vectors": "np.sum(np.add.outer(a[0], a[1]) ** 2 + np.hypot.outer(a[0], a[2]) * c)",
    "outer of a matrix": "np.sum(np.multiply.outer(a, a[1]) ** 2) + np.sum(np.power.outer(a[0], a) ** 2)",
    "outer of a number": "np.sum(np.subtract.outer(a[0, 0], a[1]) ** 2) + np.sum(np.maximum.outer(a[0], 0.42))",
    "outer of a comparison": "np.sum(np.less.outer(a[0], a[1]) * a)",
    "running maximum": "np.sum(np.maximum.accumulate(a) * c) + np.sum(np.maximum.accumulate(a, axis=1) * c)",
    "running minimum": "np.sum(np.minimum.accumulate(a, 1) * c) + np.sum(np.minimum.accumulate(a[1]) * a[0])",
    "running product": "np.sum(np.multiply.accumulate(a, axis=1) * c) + np.sum(np.add.accumulate(a) * c)",
    "logaddexp of a vector": "np.logaddexp.reduce(a[0]) ** 2",
    "logaddexp of rows": "np.sum(np.logaddexp.reduce(a, axis=1, keepdims=True) * a)",
    "logaddexp of columns": "np.sum(np.logaddexp.reduce(a) ** 2)",
    "logaddexp of all": "np.logaddexp.reduce(a, axis=None) + np.logaddexp.reduce(a, axis=(0, 1)) ** 2",
    "maximum from a value": "np.sum(np.maximum.reduce(a, initial=0.5) ** 2) + np.max(a[0], initial=a[1, 2]) ** 2",
    "maximum of some": "np.sum(np.maximum.reduce(a, initial=0.1, where=c > 3) ** 2)",
    "minimum of some": "np.sum(np.minimum.reduce(a, axis=1, keepdims=True) * a) + np.min(a, initial=0.9, where=c > 3)",
    "sum from a value": "np.sum(np.add.reduce(a, initial=2.0) ** 2) + np.sum(a[0], initial=a[1, 1]) ** 2",
    "sum of some": "np.sum(np.add.reduce(a, where=c > 3) ** 2) + np.sum(a, axis=1, initial=1.0, where=c < 6)[0] ** 2",
    "product of some": "np.prod(a, where=a > 0.42) + np.sum(np.multiply.reduce(a, where=c > 3) ** 2)",
    "product from a value": "np.prod(a, initial=2.0) + np.prod(a[0], initial=a[1, 1])",
    "mean of some": "np.mean(a, where=a > 0.42) ** 2",
    "sums of pieces": "np.sum(np.add.reduceat(a[0], [0, 2]) ** 2) + np.sum(np.add.reduceat(a, [0, 2, 1], axis=1) ** 2)",
    "differences of more": "np.sum(np.diff(a, prepend=0.5) ** 3) + np.sum(np.diff(a, append=a[0, 0]) ** 3)",
    "differences of rows": "np.sum(np.diff(a, axis=0, prepend=a[:1] * 2, append=a[:2]) ** 3)",
    "differences of a vector": "np.sum(np.diff(a[0], 2, prepend=a[1, 1], append=[a[0, 1], 1.0]) ** 3)",
    "trapezoids over points": "np.sum(np.trapezoid(a, x=a[0]) ** 2) + np.sum(np.trapezoid(a, a * a) ** 2)",
    "trapezoids of a width": "np.sum(np.trapezoid(a, dx=0.3, axis=0) ** 2) + np.trapezoid(a[0], dx=a[1, 1])",
    "trapezoids over rows": "np.sum(np.trapezoid(a, x=a[:, 1], axis=0) ** 2) + np.trapezoid(a[0], dx=a[1, :2])",
    "slopes along two axes": "np.sum(np.gradient(a)[0] ** 3) + np.sum(np.gradient(a, axis=(1, 0))[0] ** 2)",
    "slopes over coordinates": "np.sum(np.gradient(a, np.array([0.0, 0.5, 2.0]), axis=0) ** 3)",
    "slopes over what varies": "np.sum(np.gradient(a[0], a[0, 0]) ** 3) + np.sum(np.gradient(a[0], a[1] * 2) ** 3)",
    "slopes of two spacings": "np.sum(np.gradient(a, 0.2, [0.0, 0.5, 2.0])[1] ** 3)",
    "slopes at the edges": "np.sum(np.gradient(a, axis=1, edge_order=2) ** 3) + np.sum(np.gradient(a[0], 0.3) ** 3)",
    "slopes at uneven edges": "np.sum(np.gradient(a, np.array([0.0, 0.5, 2.0]), axis=0, edge_order=2) ** 3)",
    "a ramp": "np.sum(np.pad(a, 2, mode='linear_ramp') ** 3)",
    "ramps to a value": "np.sum(np.pad(a, ((1, 2), (0, 3)), mode='linear_ramp', end_values=1.5) ** 3)",
    "padded with maxima": "np.sum(np.pad(a, 1, mode='maximum') ** 3)",
    "padded with minima": "np.sum(np.pad(a, ((2, 0), (0, 2)), mode='minimum') ** 3)",
    "padded with means": "np.sum(np.pad(a, 2, mode='mean') ** 3)",
    "padded with means of ends": "np.sum(np.pad(a, 1, mode='mean', stat_length=2) ** 3)",
    "padded with medians": "np.sum(np.pad(a, 1, mode='median') ** 3)",
    "windows of a vector": "np.sum(np.lib.stride_tricks.sliding_window_view(a[0], 2) ** 3 * c[:2, :2])",
    "windows of a matrix": "np.sum(np.lib.stride_tricks.sliding_window_view(a, (2, 2)) ** 3)",
    "windows along an axis": "np.sum(np.prod(np.lib.stride_tricks.sliding_window_view(a, 2, axis=1), axis=-1) ** 2)",
    "a diagonal of one value": FILL.format((3, 3), "a[1, 0]"),
    "a diagonal of values": FILL.format((3, 3), "[a[0, 0], 1.0, a[1, 1]]"),
    "the diagonal of more rows": FILL.format((5, 3), "a[0] * 2"),
    "a weighted mean": "np.average(a, weights=a * a) + np.sum(np.average(a, axis=1, weights=a[0]) ** 2)",
    "whole and fraction": "np.sum(np.modf(a * 3.1)[0] ** 2 * np.modf(a * 3.1)[1])",
    "quotient and remainder": "np.sum(np.divmod(a * 3.1, 0.7)[1] ** 2 * np.divmod(a * 3.1, a[0])[0])",
    "mantissa and exponent": "np.sum(np.frexp(a * 3.1)[0] ** 2 * np.frexp(a * 3.1)[1]) + np.sum(np.ldexp(a, 3) ** 2)",
}


# the printed code computes the elements that `where=` leaves out as well, and takes none of them
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("name", SMOOTH)
def test_both_sweeps_agree_with_differences(name, tmp_path):
    f = written(SMOOTH[name], tmp_path)
    s2sad.check_grads(f, (A,))
    found = s2sad.grad(f)(A)
    assert found.shape == A.shape
    assert found.dtype == A.dtype


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_have_gradients(name, tmp_path):
    f, direction, step = written(SMOOTH[name], tmp_path), np.cos(np.arange(9.0)).reshape(3, 3), 1e-5
    gradient = s2sad.grad(f)
    high, low = (gradient(A + sign * step * direction) for sign in (1, -1))
    product = s2sad.hvp(f, (A,), (direction,))
    np.testing.assert_allclose(product, (high - low) / (2 * step), rtol=1e-5, atol=1e-7)


def test_running_extrema_and_sums_at_ties_and_infinities():
    x, w = np.array([1.0, 3.0, 3.0, 2.0]), np.array([1.0, 2.0, 4.0, 8.0])
    np.testing.assert_array_equal(s2sad.grad(lambda x: np.sum(np.maximum.accumulate(x) * w))(x), [1.0, 2.0, 12.0, 0.0])
    low = np.full(3, -np.inf)
    np.testing.assert_array_equal(s2sad.grad(lambda x: np.logaddexp.reduce(x))(low), [0.0, 0.0, 0.0])


REFUSED = {
    "uninitialised entries": ("np.sum(np.exp(a, where=a > 0.42))", "S2S201"),
    "a dtype": ("np.sum(np.add(a, a, dtype=np.float32))", "S2S201"),
    "another ufunc's reduction": ("np.sum(np.subtract.reduce(a) ** 2)", "S2S200"),
    "another ufunc's accumulation": ("np.sum(np.logaddexp.accumulate(a))", "S2S200"),
    "pieces of another ufunc": ("np.sum(np.maximum.reduceat(a[0], [0, 2]))", "S2S200"),
    "several results into arrays": ("np.sum(np.modf(a, c, c)[0])", "S2S140"),
    "outer of a list": ("np.sum(np.add.outer([a[0, 0], 1.0], a[1]) ** 2)", "S2S134"),
    "uninitialised padding": ("np.sum(np.pad(a, 1, mode='empty'))", "S2S201"),
    "a deviation of some": ("np.std(a, where=a > 0.42)", "S2S201"),
    "the sum of weights": ("np.average(a, returned=True)[0]", "S2S201"),
}


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_covered_is_refused_in_both_modes(name, mode, tmp_path):
    expression, code = REFUSED[name]
    with pytest.raises(s2sad.DifferentiationError, match=rf"calls.py:6:\d+: {code}"):
        s2sad.grad(written(expression, tmp_path), mode=mode)(A)
