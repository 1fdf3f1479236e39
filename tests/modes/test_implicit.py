"""Derivatives of what solves an equation: by the implicit function theorem, in both modes and to any order."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import s2sad
from s2sad import fixed_point, implicit
from s2sad.cli import main

P, XS = np.array([0.3, 0.7]), np.array([0.1, 0.5, 0.9])
A = np.array([[0.1, 0.2], [0.3, 0.05]])


def system(x, p):
    return np.stack([x[0] ** 2 + x[1] - p[0] - 1.0, x[1] ** 3 + x[0] * p[1] - 1.0])


@implicit(system)
def solve(p, x0, n=20):
    x = x0
    for _ in range(n):
        x = x - np.linalg.solve(s2sad.jacobian(system)(x, p), system(x, p))
    return x


def newton(p, xs):
    return np.sum(solve(p, xs[:2] + 0.5) ** 2)


def step(x, p, xs):
    return 0.5 * np.cos(x) * p[0] + xs * p[1]


@fixed_point(step)
def settle(p, xs, n=60):
    x = xs * 0.0
    for _ in range(n):
        x = step(x, p, xs)
    return x


def settled(p, xs):
    return np.sum(settle(xs=xs * p[0], p=p, n=50) ** 2)


@implicit(lambda x, p: x - p[0] * A @ x @ x - p[1] * np.eye(2))
def matrix(p):
    x = np.eye(2)
    for _ in range(80):
        x = p[0] * A @ x @ x + p[1] * np.eye(2)
    return x


def of_a_matrix(p, xs):
    return np.sum(np.sin(matrix(p)))


def closures(p, xs):
    @implicit(lambda y, a: y**3 + p[1] * y - a)
    def cubic(a):
        y = 1.0
        for _ in range(30):
            y = y - (y**3 + p[1] * y - a) / (3 * y**2 + p[1])
        return y

    return cubic(p[0] * xs[0]) * xs[1] + cubic(1.0)


@implicit(lambda x, q: x * x * q["a"] + x - q["b"][0])
def quadratic(q):
    return (np.sqrt(1 + 4 * q["a"] * q["b"][0]) - 1) / (2 * q["a"])


def of_containers_in_a_loop(p, xs):
    total = 0.0
    for x in xs:
        if x > 0.2:
            total = total + quadratic({"a": p[0] * x, "b": (p[1], x)}) * p[0]
    return total


def objective(w, p, xs):
    return np.sum((w[0] * xs + w[1] - np.sin(xs * p[0])) ** 2) + p[1] * np.sum(w**2)


@implicit(s2sad.grad(objective))
def argmin(p, xs):
    w = np.zeros(2)
    for _ in range(3):
        w = w - np.linalg.solve(s2sad.hessian(objective)(w, p, xs), s2sad.grad(objective)(w, p, xs))
    return w


def two_levels(p, xs):
    return argmin(p, xs) @ np.array([1.0, 2.0])


@fixed_point(lambda z, p: 0.3 * np.cos(quadratic({"a": z * z + 1.0, "b": (p[1],)})) * p[0])
def inside(p):
    z = 0.1
    for _ in range(40):
        z = 0.3 * np.cos(quadratic({"a": z * z + 1.0, "b": (p[1],)})) * p[0]
    return z


def one_in_another(p, xs):
    return inside(p) * xs[0]


class Model:
    def __init__(self):
        self.start = 2.0

    @implicit(lambda x, p: x**3 + p[0] * x - p[1])
    def solve(self, p):
        x = self.start
        for _ in range(40):
            x = x - (x**3 + p[0] * x - p[1]) / (3 * x * x + p[0])
        return x


MODEL = Model()


def of_a_method(p, xs):
    return MODEL.solve(p) * xs[1]


def in_an_inner_derivative(p, xs):
    return s2sad.grad(lambda q: np.sum(settle(q, xs)))(p)[0]


FUNCTIONS = [newton, settled, of_a_matrix, closures, of_containers_in_a_loop, two_levels, one_in_another, of_a_method]


def check(f, tolerance=1e-7):
    """Compare derivatives, and second ones, with differences; both modes with each other."""
    direction, h = np.array([0.6, -0.8]), 1e-4

    def along(t):
        return s2sad.jvp(f, (P + t * direction, XS), (direction, None))

    (value, dot), after, before = along(0.0), along(h), along(-h)
    assert value == pytest.approx(float(f(P, XS)), rel=1e-12)
    assert dot == pytest.approx((after[0] - before[0]) / (2 * h), rel=tolerance, abs=tolerance)
    assert s2sad.grad(f)(P, XS) @ direction == pytest.approx(dot, rel=1e-10)
    bent = s2sad.hvp(f, (P, XS), (direction, None))[0] @ direction
    assert bent == pytest.approx((after[1] - before[1]) / (2 * h), rel=tolerance, abs=tolerance)


@pytest.mark.parametrize("f", [*FUNCTIONS, in_an_inner_derivative], ids=lambda f: f.__name__)
def test_derivatives_of_solutions(f):
    check(f)
    text = s2sad.grad(f).signature_source(P, XS)
    assert "import s2sad" not in text
    assert "linalg.solve" in text or " / slope" in text


def root_residual(x, a):
    return x * x - a


@implicit(root_residual)
def root(a, x):
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


def test_a_solver_itself_is_differentiated_by_its_equation():
    assert root(4.0, 1.0) == pytest.approx(2.0)
    d_a, d_x = s2sad.grad(root, (0, 1))(4.0, 1.0)
    assert d_a == pytest.approx(0.25, rel=1e-12)
    # not small: the sweep does not go through the iteration
    assert d_x == 0.0
    assert s2sad.jvp(root, (4.0, 1.0), (0.0, 1.0))[1] == 0.0
    text = s2sad.grad(root).signature_source(4.0, 1.0)
    assert text.count("while ") == 1
    assert s2sad.grad(s2sad.grad(root))(4.0, 1.0) == pytest.approx(-1 / 32, rel=1e-12)
    third = s2sad.grad(s2sad.grad(s2sad.grad(root)))
    assert third(4.0, 1.0) == pytest.approx(3 / 8 / 32, rel=1e-11)


def test_the_derivative_is_that_of_the_equation_at_what_the_solver_returns():
    @implicit(lambda x, a: x - 3.0 * a)
    def rough(a):
        return 0.0 * a + 6.1

    assert s2sad.grad(rough)(2.0) == pytest.approx(3.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_and_shapes(dtype):
    value, dot = s2sad.jvp(settle, (P.astype(dtype), XS.astype(dtype), 60), (P.astype(dtype), XS.astype(dtype), None))
    (d_p, d_xs) = s2sad.vjp(settle, P.astype(dtype), XS.astype(dtype))[1](XS.astype(dtype))
    assert value.dtype == dot.dtype == d_p.dtype == d_xs.dtype == dtype
    assert value.shape == dot.shape == d_xs.shape == (3,)


@implicit(lambda x, a: (x - a) ** 2)
def double_root(a):
    return a * 1.0


@implicit(lambda x, p: np.stack([x[0] + x[1] * p[0], 0.1 * x[0] + 0.1 * p[0] * x[1]]))
def dependent(p):
    return p * 0.0


@implicit(lambda x, p: x * np.inf - p)
def infinite(p):
    return p * 1.0


@pytest.mark.parametrize(("f", "x"), [(double_root, 2.0), (dependent, P), (infinite, P)])
def test_a_singular_jacobian_raises(f, x):
    for run in (
        lambda: s2sad.grad(lambda p: np.sum(f(p)))(x),
        lambda: s2sad.jvp(f, (x,), (x,)),
        lambda: s2sad.hvp(lambda p: np.sum(f(p)), (x,), (x,)),
    ):
        with np.errstate(all="ignore"), pytest.raises(np.linalg.LinAlgError, match="singular"):
            run()


FILE = """
import numpy as np
import s2sad
from s2sad import implicit as solves


def residual(x, p):
    return x**3 + p[0] * x - p[1]


@solves(residual)
def cubic(p, x=1.0):
    for _ in range(30):
        x = x - (x**3 + p[0] * x - p[1]) / (3 * x * x + p[0])
    return x


@s2sad.fixed_point(lambda x, p: np.cos(x) * p[0])
def settle(p):
    x = p * 0.0
    for _ in range(60):
        x = np.cos(x) * p[0]
    return x


def f(p):
    return cubic(p) * np.sum(settle(p))
"""


@pytest.mark.parametrize("types", ["p: float64[N]", None], ids=["typed", "untyped"])
def test_files_that_are_not_run(tmp_path, monkeypatch, types):
    (tmp_path / "solvers_in_a_file.py").write_text(FILE)
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("solvers_in_a_file")
    for name, live in (("f", s2sad.grad(module.f)), ("cubic", s2sad.grad(module.cubic))):
        text, space = s2sad.differentiate(FILE, name, types=types), {}
        exec(text, space)
        assert "import s2sad" not in text
        args = (P,) if name == "f" else (P, 1.0)
        assert space[f"{name}_grad"](*args) == pytest.approx(live(*args), rel=1e-12)
    check(lambda p, xs: module.f(p) * xs[0])


LIBRARY = """
import numpy as np
import scipy.optimize
import s2sad


def residual(x, p):
    return np.tanh(x) + p[0] * x - p[1]


@s2sad.implicit(residual)
def solve(p, x0):
    return scipy.optimize.root(lambda x: residual(x, p), x0, tol=1e-13).x


@s2sad.implicit(lambda x, a: x**3 + x - a)
def bracket(a):
    return scipy.optimize.brentq(lambda x: x**3 + x - a, -10, 10, xtol=1e-14)


def f(p, xs):
    return np.sum(solve(p, x0=xs) * xs) * bracket(p[0])
"""


def test_a_solver_that_cannot_be_read_is_called_by_its_name(tmp_path, monkeypatch):
    pytest.importorskip("scipy")
    (tmp_path / "solvers_of_a_library.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(tmp_path)
    f = importlib.import_module("solvers_of_a_library").f
    check(f, 1e-5)
    text = s2sad.grad(f).signature_source(P, XS)
    assert "solvers_of_a_library.solve(p, x0=xs)" in text
    assert "import s2sad" not in text
    with pytest.raises(s2sad.DifferentiationError, match="S2S200"):
        s2sad.differentiate(LIBRARY, "f", types="p: float64[N]; xs: float64[M]")


@implicit(lambda x, q: x - q)
def without_its_argument(p):
    return p * 1.0


@implicit(lambda x, p: x)
def of_two(p):
    return p, p


@implicit(lambda x, p: np.sum(x) - p[0])
def of_another_shape(p):
    return p * 1.0


@implicit(np.sin)
def of_no_text(p):
    return p * 1.0


@implicit(lambda x, p: x[:1] - p[:1])
def of_another_length(p):
    return p * 1.0


@pytest.mark.parametrize(
    ("f", "says"),
    [
        (without_its_argument, "lacks its argument 'q'"),
        (of_two, "no implicit derivative"),
        (of_another_shape, "gives a value of type float64 for float64.N."),
        (of_no_text, "whose text can be read"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_what_is_no_equation_is_refused(f, says):
    with pytest.raises(s2sad.DifferentiationError, match=says) as caught:
        s2sad.grad(lambda p: np.sum(f(p)))(P)
    assert caught.value.diagnostics[0].span is not None


def test_an_equation_of_another_length_raises():
    with pytest.raises(np.linalg.LinAlgError):
        s2sad.grad(lambda p: np.sum(of_another_length(p) * p))(P)


def test_what_is_no_function_is_refused_at_once():
    for bad in (lambda: implicit(3), lambda: implicit(system)(4), lambda: fixed_point("T")):
        with pytest.raises(TypeError, match="takes a function"):
            bad()


def test_solvers_of_a_library_are_refused_by_name():
    optimize, integrate = pytest.importorskip("scipy.optimize"), pytest.importorskip("scipy.integrate")

    def root(p):
        return optimize.brentq(lambda x: x**3 + p * x - 1.0, 0.0, 1.0)

    def decayed(p):
        return integrate.quad(lambda t: np.exp(-p * t), 0.0, 1.0)[0]

    for f, says in ((root, r"scipy.optimize.brentq(.|\n)*s2sad.implicit"), (decayed, "scipy.integrate.quad")):
        with pytest.raises(s2sad.DifferentiationError, match=says) as caught:
            s2sad.grad(f)(2.0)
        assert caught.value.code == "S2S200"


def test_a_trace_of_the_derivative_is_refused(tmp_path, capsys):
    (tmp_path / "traced.py").write_text(FILE)
    place = f"{tmp_path / 'traced.py'}:cubic"
    assert main(["trace", place, "--at", "[0.3, 0.7], 1.0"]) == 0
    assert "solution(" in capsys.readouterr().out
    assert main(["trace", place, "--at", "[0.3, 0.7], 1.0", "--mode", "reverse"]) == 2
    assert "no derivative rule for solution" in capsys.readouterr().err
