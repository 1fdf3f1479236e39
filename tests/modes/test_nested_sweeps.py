"""Tangents, cotangents, Jacobians and their like, called inside functions that are differentiated themselves."""

from __future__ import annotations

import functools
import importlib

import numpy as np
import pytest

import s2sad
from s2sad import derivative, grad, hessian, hvp, jacfwd, jacobian, jacrev, jvp, vjp
from s2sad.cli import main

P, XS = np.array([0.3, 0.7]), np.array([0.1, 0.5, 0.9])


def u(x, p):
    return np.sin(p[0] * x) + p[1] * x * x


def field(x, p):
    return np.stack([x[0] * x[1] * p[0], np.sin(x[2]) * p[1], p[0] * x[0] ** 3])


def energy(x, p):
    return np.sum(np.sin(x * p[0]) * x[::-1]) + p[1] * x[0] ** 2


def network(x, p):
    return np.tanh(x[:, None] * p[0] + np.array([0.1, -0.4])) @ (p[1] * np.array([1.0, 2.0]))


du = derivative(u)
d2u = derivative(du)
hess = hessian(energy)


def tangent(p, xs):
    value, dot = jvp(u, (xs[0], p), (2.0, None))
    return value * dot


def tangent_by_two(p, xs):
    _, dot = jvp(energy, (xs, p), (np.cos(xs), p * p))
    return dot**2


def tangent_of_an_array(p, xs):
    _, dot = jvp(field, (xs, p), (xs * p[1], None))
    return np.sum(dot**2)


def cotangent(p, xs):
    value, pullback = vjp(field, xs, p)
    d_xs, d_p = pullback(value * p[0])
    return np.sum(d_xs**2) + np.sum(d_p * p)


def twice_pulled(p, xs):
    _, pullback = vjp(u, xs[1], p)
    first, second = pullback(1.0), pullback(p[0])
    return first[0] * second[0]


def curvature(p, xs):
    product = hvp(energy, (xs, p), (xs * p[0], None))
    return np.sum(product[0] ** 2)


def curvature_of_one(p, xs):
    return hvp(lambda x: u(x, p), (xs[0],), (p[1],))


def slope_at_a_number(p, xs):
    return du(xs[0], p) * d2u(xs[1], p)


def slope_at_an_array(p, xs):
    return np.sum((derivative(u)(xs, p) - xs) ** 2)


def heat(p, xs):
    d2 = derivative(derivative(network))(xs, p)
    return np.mean((d2 - network(xs, p)) ** 2) + derivative(network)(xs, p)[0]


def slope_by_name(p, xs):
    return np.sum(derivative(lambda q, x: np.sin(x) * np.sum(q), "x")(p, xs))


def matrix(p, xs):
    return np.sum(jacobian(field)(xs, p) ** 2)


def matrix_forward(p, xs):
    return np.sum(jacfwd(field)(xs, p) * p[0])


def matrix_reverse(p, xs):
    return np.sum(jacrev(field)(xs, p) ** 2)


def matrices(p, xs):
    by_x, by_p = jacobian(field, argnums=(0, 1))(xs, p)
    return np.sum((by_x @ by_p) ** 2)


def column(p, xs):
    return np.sum(jacobian(lambda t: np.sin(t * xs) * p[0])(p[1]) ** 2)


def row(p, xs):
    return np.sum(jacrev(energy)(xs, p) ** 2) + np.sum(jacfwd(energy)(xs, p) * xs)


def of_matrices(p, xs):
    a = np.outer(xs, p)
    jac = jacobian(lambda m: m @ p * xs)(a)
    other = jacfwd(lambda m: m.T * m[0, 0])(a)
    return np.sum(jac**2) + np.sum(other * a)


def second_derivatives(p, xs):
    return np.sum(hess(xs, p) ** 2)


def newton_step(p, xs):
    g, h = grad(energy)(xs, p), hessian(energy)(xs, p)
    return energy(xs - np.linalg.solve(h + 3 * np.eye(3), g), p)


def meta_learning(p, xs):
    def inner(q):
        return np.sum((q[0] * xs + q[1] - np.cos(xs) * p[1]) ** 2)

    value, pullback = vjp(inner, p)
    (d_p,) = pullback(1.0)
    return inner(p - 0.05 * d_p) + value


def closures(p, xs):
    slope = derivative(lambda x: u(x, p) * p[0])
    return grad(lambda x: slope(x) * x)(xs[0])


def of_a_slope_at_an_array(p, xs):
    return np.sum(grad(lambda v: np.sum(derivative(network)(v, p)))(xs) ** 2)


def grad_of_jacobian(p, xs):
    return np.sum(jacobian(lambda x: jacobian(field)(x, p)[0])(xs) ** 2)


class Wave:
    def __init__(self, speed):
        self.speed = speed

    def u(self, x, p):
        return np.sin(p[0] * x) * self.speed


wave = Wave(2.0)


def of_methods(p, xs):
    return derivative(wave.u)(xs[0], p) + np.sum(derivative(functools.partial(u, p=p))(xs))


def of_containers(p, xs):
    def f(q, x):
        return {"a": q["a"] * x * x, "b": (np.sum(q["b"]) * x, x)}

    q = {"a": p[0], "b": p[1] * xs}
    value, pullback = vjp(f, q, xs[0])
    d_q, d_x = pullback({"a": 2.0, "b": (p[0], 1.0)})
    _, dots = jvp(f, (q, xs[0]), ({"a": 1.0, "b": p[0] * xs}, None))
    return np.sum(d_q["b"]) * d_q["a"] + d_x + dots["a"] * dots["b"][0] + value["a"]


def with_a_checkpoint(p, xs):
    def f(n, x):
        return s2sad.stop_gradient(x) * x**n * p[0]

    return grad(s2sad.checkpoint(lambda x: f(3, x)))(xs[0]) + vjp(f, 2, xs[1])[1](1.0)[1]


def in_a_loop(p, xs):
    total = 0.0
    for x in xs:
        total = total + derivative(u)(x, p) * jvp(u, (x, p), (p[0], None))[1]
    return total


FUNCTIONS = [
    *(tangent, tangent_by_two, tangent_of_an_array, cotangent, twice_pulled, curvature, curvature_of_one),
    *(slope_at_a_number, slope_at_an_array, heat, slope_by_name, matrix, matrix_forward, matrix_reverse, matrices),
    *(column, row, of_matrices, second_derivatives, newton_step, meta_learning, closures, of_a_slope_at_an_array),
    *(grad_of_jacobian, in_a_loop, of_methods, of_containers, with_a_checkpoint),
]


def check(f):
    """Compare the derivatives of a function with each other, and with those of its own compiled values."""

    def along(step):
        return s2sad.jvp(f, (P + step * direction, XS), (direction, None))

    direction, step = np.array([0.6, -0.8]), 1e-5
    value, dot = along(0.0)
    assert value == pytest.approx(float(f(P, XS)), rel=1e-12)
    assert dot == pytest.approx((along(step)[0] - along(-step)[0]) / (2 * step), rel=1e-6, abs=1e-9)
    assert s2sad.grad(f)(P, XS) @ direction == pytest.approx(dot, rel=1e-10)
    assert "import s2sad" not in s2sad.grad(f).signature_source(P, XS)


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_derivatives_of_what_calls_derivatives(f):
    check(f)


def test_a_file_means_the_same_as_a_function():
    check(as_in_the_file)


def test_second_derivatives_of_what_calls_derivatives():
    for f in (slope_at_a_number, curvature_of_one, column):
        gradient, step, along = s2sad.grad(f), 1e-5, np.array([0.6, -0.8])
        across = (gradient(P + step * along, XS) - gradient(P - step * along, XS)) / (2 * step)
        np.testing.assert_allclose(s2sad.hvp(f, (P, XS), (along, None))[0], across, rtol=1e-5, atol=1e-7)


def confused_tangent(x, y):
    return x * jvp(lambda z: x * z, (y,), (1.0,))[1]


def confused_slope(x, y):
    return x * derivative(lambda z: x + z)(y)


def confused_cotangent(x, y):
    return x * vjp(lambda z: x * z, y)[1](x)[0]


def confused_matrix(x, y):
    return x * jacobian(lambda z: x * z * z)(y)


CONFUSED = [(confused_tangent, 6.0), (confused_slope, 1.0), (confused_cotangent, 27.0), (confused_matrix, 24.0)]


@pytest.mark.parametrize(("f", "expected"), CONFUSED)
def test_variables_of_the_outer_derivative_are_constants_of_the_inner_one(f, expected):
    assert s2sad.grad(f)(3.0, 2.0) == pytest.approx(expected)
    assert s2sad.grad(f, mode="forward")(3.0, 2.0) == pytest.approx(expected)


def test_keywords_in_another_order():
    def f(p, xs):
        return grad(u)(p=p, x=xs[0]) * derivative(u, "x")(p=p, x=xs[1])

    check(f)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes_and_shapes(dtype):
    def f(x, p):
        return jacobian(field)(x, p)[0] + jacrev(field)(x, p)[1] + derivative(u)(x, p)

    p, xs = P.astype(dtype), XS.astype(dtype)
    value, dot = s2sad.jvp(f, (xs, p), (xs, p))
    expected = jacobian(field)(xs, p)
    assert value.dtype == dot.dtype == expected.dtype == dtype
    np.testing.assert_allclose(value, f(xs, p), rtol=1e-5)


SOURCE = """
import numpy as np
import s2sad
from s2sad import derivative, hvp, jacfwd, jvp, vjp


def u(x, p):
    return np.sin(p[0] * x) + p[1] * x * x


def g(x, p):
    return np.stack([x[0] * x[1] * p[0], np.sin(x[2]) * p[1], x[0] ** 3])


def f(p, xs):
    value, pullback = vjp(g, xs, p)
    pulled = pullback(value)[0]
    slope = derivative(derivative(u))(xs, p) + hvp(lambda x: np.sum(u(x, p)), (xs,), (pulled,))
    return np.sum(slope * jvp(g, (xs, p), (xs, None))[1]) + np.sum(jacfwd(g)(xs, p) @ s2sad.jacrev(g)(xs, p))
"""


def as_in_the_file(p, xs):
    def g(x, p):
        return np.stack([x[0] * x[1] * p[0], np.sin(x[2]) * p[1], x[0] ** 3])

    value, pullback = vjp(g, xs, p)
    pulled = pullback(value)[0]
    slope = derivative(derivative(u))(xs, p) + hvp(lambda x: np.sum(u(x, p)), (xs,), (pulled,))
    return np.sum(slope * jvp(g, (xs, p), (xs, None))[1]) + np.sum(jacfwd(g)(xs, p) @ s2sad.jacrev(g)(xs, p))


@pytest.mark.parametrize("types", ["p: float64[N]; xs: float64[M]", None], ids=["typed", "untyped"])
def test_files_that_are_not_run(types):
    text = s2sad.differentiate(SOURCE, "f", types=types)
    assert "import s2sad" not in text
    space = {}
    exec(text, space)
    assert space["f_grad"](P, XS) == pytest.approx(s2sad.grad(as_in_the_file)(P, XS), rel=1e-12)


AT_THE_TOP = """
import numpy as np
import s2sad
from s2sad import derivative, grad


def u(x, p):
    return np.sin(p[0] * x) + p[1] * x * x


du = derivative(u)
d2 = derivative(du)
by_p = s2sad.grad(u, argnums=1)
twice = s2sad.hessian(u, 1)


@derivative
def dv(x, p):
    return x * x * p[0]


@grad(argnums="p")
def dw(x, p):
    return x * x * p[0]


def f(p, xs):
    total = np.sum(du(xs, p) * d2(xs, p)) + np.sum(by_p(xs[0], p)) + np.sum(twice(xs[0], p))
    return total + dv(xs[0], p) + dw(xs[1], p)[0] * p[1]
"""


def test_derivatives_made_at_the_top_of_a_file(tmp_path, monkeypatch):
    (tmp_path / "made_at_the_top.py").write_text(AT_THE_TOP)
    monkeypatch.syspath_prepend(tmp_path)
    f = importlib.import_module("made_at_the_top").f
    check(f)
    main(["grad", str(tmp_path / "made_at_the_top.py:f"), "-o", str(tmp_path / "out.py")])
    space = {}
    exec((tmp_path / "out.py").read_text(), space)
    assert space["f_grad"](P, XS) == pytest.approx(s2sad.grad(f)(P, XS), rel=1e-12)


def mixing(x):
    return np.cumsum(x * x)


def changed(p, xs):
    a = xs * 1.0
    _, pullback = vjp(mixing, a)
    a[0] = 9.0
    return np.sum(pullback(a)[0])


REFUSED = [
    (lambda p, xs: jvp(u, (xs[0], p), (p, None))[1], "is of type float64.N. where one like"),
    (lambda p, xs: jvp(u, (xs[0], p), (1.0,))[1], "tuples of one length"),
    (lambda p, xs: jvp(u, (xs[0], p), (None, None))[1], "nothing to differentiate by"),
    (lambda p, xs: jvp(np.sin, (xs[0],), (1.0,))[1], "whose text can be read"),
    (lambda p, xs: vjp(u, xs[0], p)[1](xs)[0], "where one like"),
    (lambda p, xs: np.sum(hvp(field, (xs, p), (xs, None))[0]), "real scalar"),
    (lambda p, xs: np.sum(derivative(u, argnums=(0, 1))(xs, p)), "takes one argument|names"),
    (lambda p, xs: jacobian(lambda x: (x, p))(xs[0])[0], "returns a value of type"),
    (lambda p, xs: np.sum(jacobian(u, argnums=7)(xs[0], p)), "names no argument"),
    (lambda p, xs: np.sum(hessian(u, argnums=(0, 1))(xs[0], p)[0]), "returns a value of type"),
    (changed, "may share its memory|writes into"),
]


@pytest.mark.parametrize(("f", "says"), REFUSED, ids=[str(k) for k in range(len(REFUSED))])
def test_what_is_not_supported_is_refused(f, says):
    with pytest.raises(s2sad.DifferentiationError, match=says) as caught:
        s2sad.grad(f)(P, XS)
    assert caught.value.diagnostics[0].span is not None


@pytest.mark.parametrize(
    "f",
    [
        lambda p, xs: np.sum(derivative(mixing)(xs) * p[0]),
        lambda p, xs: np.sum(derivative(lambda x: x[::-1] * x)(xs) * p[0]),
        lambda p, xs: np.sum(derivative(derivative(mixing))(xs) * p[0]),
        lambda p, xs: grad(derivative(lambda x: np.sum(x * x)))(xs)[0] * p[0],
        lambda p, xs: np.sum(derivative(lambda x: np.sum(x))(xs)) * p[0],
    ],
)
def test_elementwise_derivatives_are_checked_to_be_elementwise(f):
    with pytest.raises((ValueError, TypeError, s2sad.DifferentiationError), match=r"elementwise|scalar"):
        s2sad.grad(f)(P, XS)


def test_seeds_are_checked_when_the_program_runs():
    def f(p, xs):
        return np.sum(jvp(field, (xs, p), (xs[:2], None))[1])

    with pytest.raises(ValueError, match=r"shape \(2,\) is given where \(3,\) is needed"):
        s2sad.grad(f)(P, XS)
