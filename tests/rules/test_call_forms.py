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
    "dtypes": "np.sum(np.add(a, a, dtype=float) ** 2)"
    " + np.sum(np.multiply(a, 2, dtype=np.float64, casting='safe') ** 2)",
    "ways to store": "np.sum(np.exp(a, order='F', subok=False) ** 2)"
    " + np.sum(np.multiply(a, c, casting='same_kind') ** 2)",
    "conversions": "np.sum(a.astype(float, copy=False) ** 2) + np.sum(np.array(a, order='F') ** 2)"
    " + np.float64(a[0, 0])",
    "variance of some": "np.var(a, where=a > 0.42) + np.sum(np.var(a, axis=0, where=c > 1, ddof=1) ** 2)",
    "deviation of some": "np.std(a, where=a > 0.42) + np.sum(np.std(a, axis=1, where=c != 4, keepdims=True) * a)",
    "corrected variance": "np.var(a, correction=1, dtype=float) + np.std(a, axis=0, correction=1)[1]"
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0" else "np.var(a, ddof=1)",
    "an average and its weights": "np.sum(np.average(a, axis=0, weights=a * a, returned=True)[0] ** 2)",
    "the sum of weights": "np.sum(np.average(a, axis=1, weights=a[0], returned=True)[1] ** 2)"
    " + np.average(a, returned=True)[0]",
    "taken from all": "np.sum(np.take(a, [0, 5, 5]) ** 2) + np.take(a, 1) ** 2 + np.sum(a.take([[0, 1]]) ** 3)",
    "taken along an axis": "np.sum(np.take(a, [0, 2], axis=-1) ** 2) + np.sum(np.take(a, (0, 2), -2) ** 3)",
    "taken beyond the end": "np.sum(np.take(a, [0, 4, -2], axis=1, mode='wrap') ** 2 * c)",
    "taken at the end": "np.sum(np.take(a, [0, 14], mode='clip') ** 2) + np.sum(np.take(a, 5, 0, mode='clip') ** 2)",
    "quotients of polynomials": "np.sum(np.polydiv(np.append(a[0], a[1]), a[2])[0] ** 2)",
    "remainders of polynomials": "np.sum(np.polydiv(np.append(a[0], a[1]), a[2])[1] ** 2)"
    " + np.sum(np.polydiv([1.0, a[0, 0]], [a[1, 1], 2.0])[0] ** 2)",
    "complex roots": "np.sum(np.abs(np.roots(a[0]) + 1.0) ** 2)"
    " + np.sum(np.abs(np.roots([1.0, a[1, 0], a[1, 1], a[2, 2]]) - 2.0) ** 2)",
    "real roots": "np.sum(np.roots([a[0, 0], 5.0, a[0, 1]]) ** 3)"
    " + np.sum(np.roots([0.0, a[0, 0], 5.0, a[0, 1], 0.0]) ** 2)",
    "least squares with a limit": "np.sum(np.linalg.lstsq(a, a[0], rcond=1e-10)[0] ** 2)"
    " + np.sum(np.linalg.lstsq(a, a, -1)[0] ** 2)",
    "complex numbers of parts": "abs(complex(a[0, 0], a[0, 1]) * complex(a[0, 2])) ** 2"
    " + complex(imag=a[1, 1], real=2.0).imag ** 2",
    "a diagonal of too few values": FILL.format((3, 3), "a[1, :2]"),
    "a diagonal of too many values": FILL.format((3, 3), "a * 2"),
    "a diagonal that wraps": FILL.format((7, 3), "a[0] * 2, wrap=True"),
    "a broad diagonal": "    b = np.zeros((3, 5))"
    " + a[0, 0]\n    np.fill_diagonal(b, (a[0, 1], 2.0), True)\n    return np.sum(b**3)",
    "a diagonal of cubes": "    b = np.zeros((3, 3, 3))\n    np.fill_diagonal(b, a[0] * a[1])\n    return np.sum(b**3)",
    "a diagonal of what varies": "    b = a * 1.0\n    np.fill_diagonal(b, np.diag(a) ** 2)\n    return np.sum(b**3 * c"
    ")",
    "a product over axes": "np.sum(np.prod(np.stack([a, a * a]), axis=(0, 2)) ** 2)"
    " + np.prod(a, (0, 1), keepdims=True)[0, 0]",
    "sorted as one": "np.sum(np.sort(a, axis=None) * np.arange(9.0)) + np.partition(a, 2, axis=None)[2] ** 2",
    "a product of all so far": "np.sum(np.cumprod(a) ** 2) + np.sum(a.cumprod(axis=None) * np.arange(9.0))",
    "several quantiles": "np.sum(np.quantile(a, [0.25, 0.6]) ** 2) + np.sum(np.percentile(a, (30, 45.0), axis=1) ** 2)",
    "joined as one": "np.sum(np.concatenate([a, a[0] * a[1]], axis=None) ** 2 * np.arange(12.0))",
    "the order of columns": "np.sum(a[:2].reshape(3, 2, order='F')[1:] ** 2)"
    " + np.sum(np.reshape(a, (-1, 1), 'F')[4:] ** 3)",
    "columns after columns": "np.sum(a.ravel('F')[3:5] ** 2) + np.sum(a.flatten(order='F')[1:3] ** 3)"
    " + np.ravel(a, order='F')[1]",
    "bounds by name": "np.sum(np.clip(a, a_min=a[0] * 0.9, a_max=None) ** 2)"
    " + np.sum(np.clip(a, min=a[1, 1] * 2, max=0.6) ** 2)"
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0" else "np.sum(np.clip(a, a_min=a[0] * 0.9, a_max=None) ** 2)",
    "beyond the ends": "np.sum(np.interp(a[0] * 3, np.array([0.0, 0.5, 1.0]), a[1], left=2.0, right=a[0, 0]) ** 2)",
    "other diagonals": "np.sum(np.diag(a, 1) ** 2) + np.sum(np.diag(a[:2], k=-1) ** 3)"
    " + np.sum(np.diag(a[:, :2]) ** 2)",
    "conditions in other norms": "np.linalg.cond(a, 1) + np.linalg.cond(a, np.inf) + np.linalg.cond(a, 'fro')",
    "whole singular vectors": "np.sum(np.linalg.svd(a)[1] ** 3) + np.sum(np.linalg.svd(a)[0] ** 2 * a)"
    "",
    "factors of stacks": "np.sum(np.linalg.cholesky(np.stack([a @ a.T + np.eye(3), a.T @ a + np.eye(3)])) ** 3)",
    "in rows": "np.sum(np.r_[a[0], 1.0, a[1] * a[2], 0:3] ** 2 * np.arange(10.0)) + np.sum(np.r_[a[0, 0], 2.0] ** 3)",
    "in columns": "np.sum(np.c_[a[0], a[1] * a[2]] ** 2) + np.sum(np.c_[a, a[0]] ** 3)",
    "counts of a list": "np.sum(np.bincount([0, 1, 1], weights=a[0] * a[1]) ** 2)",
    "numbers without axes": "np.asarray(a[0, 0])[()] ** 2 + np.vdot(a[0, 0], 2.0)"
    " + np.sum(np.expand_dims(a, [0, 1]) ** 2)",
    "numbers that a dtype has": "np.sum(a**2) * np.finfo(a.dtype).eps * np.iinfo(np.int32).max"
    " + a.dtype.itemsize * a[0, 0]",
    "whole and fraction": "np.sum(np.modf(a * 3.1)[0] ** 2 * np.modf(a * 3.1)[1])",
    "quotient and remainder": "np.sum(np.divmod(a * 3.1, 0.7)[1] ** 2 * np.divmod(a * 3.1, a[0])[0])",
    "mantissa and exponent": "np.sum(np.frexp(a * 3.1)[0] ** 2 * np.frexp(a * 3.1)[1]) + np.sum(np.ldexp(a, 3) ** 2)",
}


@pytest.mark.parametrize("name", SMOOTH)
def test_both_sweeps_agree_with_differences(name, tmp_path):
    f = written(SMOOTH[name], tmp_path)
    s2sad.check_grads(f, (A,))
    found = s2sad.grad(f)(A)
    assert found.shape == A.shape
    assert found.dtype == A.dtype


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_have_gradients(name, tmp_path):
    f, direction, step = written(SMOOTH[name], tmp_path), np.cos(np.arange(9.0)).reshape(3, 3), 1e-5
    gradient = s2sad.grad(f)
    high, low = (gradient(A + sign * step * direction) for sign in (1, -1))
    product = s2sad.hvp(f, (A,), (direction,))
    np.testing.assert_allclose(product, (high - low) / (2 * step), rtol=1e-5, atol=1e-7)


WHERE_SINGULAR = ["np.divide(1.0, a - 0.45, o, where=a != 0.45)", "np.sqrt(a - 0.44, out=o, where=a > 0.44)",
                  "np.log(a * (c - 2), out=o, where=c > 2)", "np.power(a - 0.44, -1.5, out=o, where=a > 0.44)",
                  "np.arccosh(a * 2, out=o, where=a > 0.505)", "np.arcsin(a * 2, out=o, where=a < 0.49)"]  # fmt: skip


@pytest.mark.parametrize("call", WHERE_SINGULAR)
def test_what_where_leaves_out_raises_no_warning_and_has_no_derivative(call, tmp_path):
    f = written(f"    o = np.zeros((3, 3))\n    {call}\n    return np.sum(o**2)", tmp_path)
    value, found = s2sad.value_and_grad(f)(A)
    assert value == f(A)
    for place in np.ndindex(3, 3):
        high, low = A.copy(), A.copy()
        high[place] += 1e-6
        low[place] -= 1e-6
        # what is left out at one point alone has no derivative to differ from
        slope = 0.0 if "!=" in call and A[place] == 0.45 else (f(high) - f(low)) / 2e-6
        np.testing.assert_allclose(found[place], slope, rtol=1e-6, atol=1e-6)


def test_a_rank_that_rcond_cuts_has_no_derivative():
    flat = np.diag([1.0, 1e-8])
    np.testing.assert_allclose(s2sad.grad(lambda a: np.linalg.lstsq(a, np.ones(2), 1e-9)[0][0])(flat)[0, 0], -1.0)
    with pytest.raises(np.linalg.LinAlgError, match="singular values"):
        s2sad.grad(lambda a: np.linalg.lstsq(a, np.ones(2), 1e-4)[0][0])(flat)


def test_singular_values_of_a_broad_matrix_beside_all_its_vectors():
    s2sad.check_grads(lambda a: np.sum(np.linalg.svd(a)[1] ** 3), (A[:2],), modes=("rev",))
    with pytest.raises(s2sad.DifferentiationError, match="full_matrices"):
        s2sad.grad(lambda a: np.sum(np.linalg.svd(a)[2] ** 2))(A[:2])


DTYPES = ["a.dtype == float", "a.dtype == 'float64'", "a.dtype != np.dtype('f4')", "a.dtype in (np.float32, float)",
          "a.dtype is not np.float64", "a.dtype.kind == 'f'", "str(a.dtype) == 'float64'", "a.dtype == c.dtype",
          "f'{a.dtype}' == 'float64'", "a.dtype.name == 'float64'", "np.issubdtype(a.dtype, np.floating)",
          "not a.dtype == complex", "np.dtype(float) == a.dtype", "a.dtype not in (int, 'f4')"]  # fmt: skip


@pytest.mark.parametrize("condition", DTYPES)
def test_a_dtype_is_equal_to_whatever_names_it(condition, tmp_path):
    f = written(f"np.sum(a**2) if {condition} else np.sum(a)", tmp_path)
    assert f(A) == np.sum(A**2)
    value, found = s2sad.value_and_grad(f)(A)
    assert value == f(A)
    np.testing.assert_array_equal(found, 2 * A)
    space = {}
    exec(s2sad.grad(f).source, space)
    np.testing.assert_array_equal(space["f_grad"](A), 2 * A)


OF_INTEGERS = ["np.array(a * 10, dtype=int)", "np.asarray(a * 10, int)", "np.sum(a, dtype=int)", "a.astype('i4')",
               "np.mean(a, dtype=int)", "np.cumsum(a * 10, dtype=int)", "np.full_like(a, a[0, 0], dtype=bool)",
               "np.require(a, dtype=int)", "np.full_like(np.arange(3), a[0, 0] * 7)", "np.int64(a[0, 0] * 7)",
               "(a * 10).astype(c.astype(int).dtype)", "np.multiply(a, 7, dtype=int, casting='unsafe')"]  # fmt: skip


def test_integers_do_not_vary_whatever_is_known_of_what_they_are_made_of(tmp_path):
    for k, expression in enumerate(OF_INTEGERS):
        f = written(f"np.sum({expression}) * 1.0 + a[0, 0]", tmp_path)
        space = {}
        exec(s2sad.grad(f).source, space)
        expected = np.zeros((3, 3))
        expected[0, 0] = 1.0
        np.testing.assert_array_equal(space["f_grad"](A + 0.012), expected, err_msg=f"{k}: {expression}")
        np.testing.assert_array_equal(s2sad.grad(f)(A + 0.012), expected, err_msg=expression)


def test_the_first_array_stands_for_what_both_have():
    x = np.array([3.0, 1.0, 2.0, 1.0])
    f = lambda x: np.sum(np.intersect1d(x, np.array([1.0, 3.0, 5.0])) ** 2)  # noqa: E731
    np.testing.assert_array_equal(s2sad.grad(f)(x), [6.0, 2.0, 0.0, 0.0])
    np.testing.assert_array_equal(s2sad.grad(lambda x: np.sum(np.intersect1d(x, x[1:]) ** 2))(x), [0.0, 2.0, 4.0, 0.0])


def test_running_extrema_and_sums_at_ties_and_infinities():
    x, w = np.array([1.0, 3.0, 3.0, 2.0]), np.array([1.0, 2.0, 4.0, 8.0])
    np.testing.assert_array_equal(s2sad.grad(lambda x: np.sum(np.maximum.accumulate(x) * w))(x), [1.0, 2.0, 12.0, 0.0])
    low = np.full(3, -np.inf)
    np.testing.assert_array_equal(s2sad.grad(lambda x: np.logaddexp.reduce(x))(low), [0.0, 0.0, 0.0])


REFUSED = {
    "uninitialised entries": ("np.sum(np.exp(a, where=a > 0.42))", "S2S201"),
    "a signature": ("np.sum(np.add(a, a, signature='dd->d'))", "S2S201"),
    "another ufunc's reduction": ("np.sum(np.subtract.reduce(a) ** 2)", "S2S200"),
    "another ufunc's accumulation": ("np.sum(np.logaddexp.accumulate(a))", "S2S200"),
    "pieces of another ufunc": ("np.sum(np.maximum.reduceat(a[0], [0, 2]))", "S2S200"),
    "several results into arrays": ("np.sum(np.modf(a, c, c)[0])", "S2S140"),
    "outer of a list": ("np.sum(np.add.outer([a[0, 0], 1.0], a[1]) ** 2)", "S2S134"),
    "uninitialised padding": ("np.sum(np.pad(a, 1, mode='empty'))", "S2S201"),
    "a deviation from a value": ("np.std(a, mean=np.mean(a, keepdims=True))", "S2S201"),
    "taken along an unknown axis": ("np.sum(np.take(a, [0, 2], axis=int(a[0, 0])) ** 2)", "S2S201"),
    "a diagonal that may wrap": ("np.fill_diagonal(a * 1.0, 0.0, wrap=a[0, 0] > 0)", "S2S140"),
}


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_covered_is_refused_in_both_modes(name, mode, tmp_path):
    expression, code = REFUSED[name]
    with pytest.raises(s2sad.DifferentiationError, match=rf"calls.py:6:\d+: {code}"):
        s2sad.grad(written(expression, tmp_path), mode=mode)(A)
