"""Gradients that are called inside functions which are differentiated themselves."""
from __future__ import annotations

import numpy as np
import pytest

import s2sad
from s2sad import grad, value_and_grad

P, XS = np.array([0.3, 0.7]), np.array([0.1, 0.5, 0.9])


def u(x, p):
    return np.sin(p[0] * x) + p[1] * x * x


du = grad(u)
both = s2sad.value_and_grad(u, argnums="x")


def in_a_loop(p, xs):
    total = 0.0
    for x in xs:
        total = total + (grad(u)(x, p) - 1.0) ** 2
    return total


def made_outside(p, xs):
    return du(xs[0], p) * du(xs[1], p) + np.sum(p)


def with_value(p, xs):
    value, slope = both(xs[2], p)
    return value * slope


def second_derivative(p, xs):
    return grad(grad(u))(xs[1], p) ** 2 + s2sad.grad(lambda x: grad(u)(x, p) * x)(xs[0])


def third_derivative(p, xs):
    return grad(grad(grad(u)))(xs[1], p)


def closure(p, xs):
    def inner(w):
        return np.sum((w * xs - np.sin(p[1] * xs)) ** 2)

    w = p[0]
    for _ in range(3):
        w = w - 0.1 * grad(inner)(w)
    return w * w


def meta_learning(p, xs):
    def inner(q):
        return np.sum((q[0] * xs + q[1] - np.cos(xs) * p[1]) ** 2)

    adapted = p - 0.05 * grad(inner)(p)
    return inner(adapted)


def confusion(x, y):
    # the inner derivative of x + z is 1, whatever x is
    return x * grad(lambda z: x + z)(y)


def confusion_of_products(x, y):
    return x * grad(lambda z: x * z * z)(y)


def newton(p, xs):
    def solve(f, x):
        for _ in range(4):
            x = x - f(x) / grad(f)(x)
        return x

    return solve(lambda x: x * x - p[0] - p[1], 1.0) + xs[0]


def by_several(p, xs):
    d_x, d_p = grad(u, argnums=(0, 1))(xs[0], p)
    return d_x * np.sum(d_p * d_p)


def by_name(p, xs):
    return np.sum(grad(u, argnums="p")(xs[0], p) ** 2)


def of_arrays(p, xs):
    d_xs = grad(lambda v: np.sum(np.sin(v) * v * p[0]))(xs)
    return np.sum(d_xs**2) * p[1]


def with_auxiliary(p, xs):
    def f(x):
        return x * x * p[0], x + p[1]

    slope, aux = grad(f, has_aux=True)(xs[0])
    return slope * aux


def in_a_branch(p, xs):
    if xs[0] > 0:
        return value_and_grad(u)(xs[0], p)[1] * p[0]
    return p[1]


FUNCTIONS = [
    *(in_a_loop, made_outside, with_value, second_derivative, third_derivative, closure, meta_learning, newton),
    *(by_several, by_name, of_arrays, with_auxiliary, in_a_branch),
]


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_derivatives_of_what_calls_gradients(f):
    s2sad.check_grads(f, (P, XS))
    assert "import s2sad" not in s2sad.grad(f).signature_source(P, XS)


@pytest.mark.parametrize("f", [closure, meta_learning, in_a_loop], ids=lambda f: f.__name__)
def test_second_derivatives_of_what_calls_gradients(f):
    gradient, step, along = s2sad.grad(f), 1e-5, np.array([0.6, -0.8])
    across = (gradient(P + step * along, XS) - gradient(P - step * along, XS)) / (2 * step)
    found = s2sad.hvp(f, (P, XS), (along, np.zeros(3)))
    np.testing.assert_allclose(found[0], across, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("f", "expected"), [(confusion, 1.0), (confusion_of_products, 2 * 2 * 3.0 * 2.0)])
def test_variables_of_the_outer_derivative_are_constants_of_the_inner_one(f, expected):
    assert s2sad.grad(f)(3.0, 2.0) == pytest.approx(expected)
    assert s2sad.grad(f, mode="forward")(3.0, 2.0) == pytest.approx(expected)


SOURCE = """
import numpy as np
from s2sad import grad
import s2sad as ad


def u(x, p):
    return np.sin(p[0] * x) + p[1] * x * x


def f(p, xs):
    return grad(u)(xs[0], p) * ad.value_and_grad(u)(xs[1], p)[1]
"""


@pytest.mark.parametrize("types", ["p: float64[N]; xs: float64[M]", None], ids=["typed", "untyped"])
def test_files_that_are_not_run(types):
    text = s2sad.differentiate(SOURCE, "f", types=types)
    assert "import s2sad" not in text
    space = {}
    exec(text, space)
    np.testing.assert_allclose(space["f_grad"](P, XS), s2sad.grad(lambda p, xs: du(xs[0], p) * du(xs[1], p))(P, XS))


def itself(p, xs):
    return 0.0 if p[0] > 9 else grad(itself)(p, xs)[0]


def writes(x):
    x[0] = x[1]
    return np.sum(x * x)


def test_what_is_not_supported_is_refused():
    for f, says in (
        (lambda p, xs: grad(writes)(xs)[0], "is differentiated in here, and it writes"),
        (lambda p, xs: grad(u, argnums=5)(xs[0], p), "names no argument"),
        (lambda p, xs: grad(u, mode="forward")(xs[0], p), "not supported in here"),
        (lambda p, xs: grad(np.sum)(xs)[0], "whose text can be read"),
        (lambda p, xs: np.sum(grad(lambda v: v * p[0])(xs)), "real scalar"),
        (itself, "S2S"),
    ):
        with pytest.raises(s2sad.DifferentiationError, match=says):
            s2sad.grad(f)(P, XS)
