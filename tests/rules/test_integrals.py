"""Solutions of differential equations: derivatives by initial values, arguments, times and what the slope reads."""
from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import odeint

import s2sad
from s2sad.frontend.live import live_function
from s2sad.frontend.lower import lower_function
from s2sad.ir.dims import Symbol
from s2sad.ir.interpret import evaluate
from s2sad.ir.types import Array

TIMES = np.array([0.0, 0.4, 1.0, 1.7])
START, P = np.array([1.0, 0.2]), np.array([0.3, 2.0, 0.7])


def pendulum(y, t, damping, stiffness):
    angle, speed = y
    return [speed, -damping * speed - stiffness * np.sin(angle) + 0.1 * t]


def forced(t, y, force):
    return np.array([y[1], force[0] * np.cos(t) - y[0] * force[1]]) / (1.0 + t)


def initial_values(y0, p):
    path = odeint(pendulum, y0, TIMES, args=(p[0], p[1]), rtol=1e-11, atol=1e-11)
    return np.sum(path[:, 0] ** 2) + path[2, 1] * p[2]


def last_value(y0, p):
    return odeint(forced, y0, TIMES, (p[:2],), tfirst=True, rtol=1e-11, atol=1e-11)[-1, 0]


def read_from_around(y0, p):
    scale = p[2] * 2.0

    def slope(y, t):
        if scale > 0.5:
            return -p[0] * y * scale + p[1] * np.sin(t)
        return -y

    return np.sum(odeint(slope, [y0[0], p[0] * y0[1]], TIMES, rtol=1e-11, atol=1e-11) ** 2)


def one_component(y0, p):
    times = [0.0, p[1] * 0.2 + 0.5]
    path = odeint(lambda y, t, a: a @ y * y[0], y0[:1] * 0.3, times, (p[None, :1],), rtol=1e-11, atol=1e-11)
    return path[1, 0] * p[0]


def stored_into(y0, p):
    path = odeint(pendulum, y0, TIMES, args=(p[0], p[1]), rtol=1e-11, atol=1e-11)
    path[0] = 0.0
    path[1] *= y0
    return np.sum(path**2)


def again_and_again(y0, p):
    for k in range(2):
        if y0[0] > 0:
            y0 = odeint(lambda y, t: -y * (p[0] + k), y0, TIMES, rtol=1e-11, atol=1e-11)[-1] + y0
    return np.sum(y0**2)


def computed_again(y0, p):
    path = s2sad.checkpoint(lambda y: odeint(pendulum, y, TIMES, args=(p[0], p[1]), rtol=1e-11, atol=1e-11))(y0)
    return np.sum(path**2)


PROGRAMS = [initial_values, last_value, read_from_around, stored_into, again_and_again]


@pytest.mark.parametrize("f", [*PROGRAMS, computed_again], ids=lambda f: f.__name__)
def test_both_sweeps_agree_with_differences(f):
    s2sad.check_grads(f, (START, P))


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_a_tangent_has_a_tangent(f):
    direction, step = np.array([0.3, 0.5]), 1e-4
    first = s2sad.derivative(lambda e: f(START + e * direction, P))
    along = (first(step) - first(-step)) / (2 * step)
    np.testing.assert_allclose(s2sad.derivative(first)(0.0), along, rtol=1e-6, atol=1e-8)


def test_times_have_derivatives():
    s2sad.check_grads(one_component, (START, P), modes=("rev",))

    def at(t):
        path = odeint(pendulum, START, t, args=(0.3, 2.0), rtol=1e-11, atol=1e-11)
        return np.sum(path**2 * np.arange(8.0).reshape(4, 2))

    s2sad.check_grads(at, (TIMES + 0.1,), modes=("rev",))
    with pytest.raises(s2sad.DifferentiationError, match="in reverse mode only"):
        s2sad.jvp(at, (TIMES,), (np.ones(4),))


def test_arguments_of_single_precision_have_gradients_of_theirs():
    found = s2sad.grad(initial_values, argnums=(0, 1))(START.astype("f4"), P.astype("f4"))
    assert [one.dtype for one in found] == [np.float32] * 2
    for one, exact in zip(found, s2sad.grad(initial_values, argnums=(0, 1))(START, P), strict=True):
        np.testing.assert_allclose(one, exact, rtol=1e-4)


def test_the_program_itself_computes_the_same():
    vector = Array(np.dtype(float), (Symbol("N"),))
    function = lower_function(live_function(initial_values), {"y0": vector, "p": vector}).function
    np.testing.assert_allclose(evaluate(function, (START, P, TIMES)), initial_values(START, P), rtol=1e-12)


def test_the_text_stands_alone():
    gradient = s2sad.grad(initial_values)
    expected = gradient(START, P)
    assert "import scipy.integrate" in gradient.source
    assert "s2sad" not in gradient.source.partition("import")[2]
    scope = {}
    exec(gradient.source, scope)
    np.testing.assert_array_equal(scope["initial_values_grad"](START, P, TIMES=TIMES), expected)


def writes(y, t):
    y[0] = 2.0
    return -y


def nested(y, t):
    return odeint(pendulum, y, TIMES, (t, t))[0]


REFUSED = {
    "a Jacobian": (lambda y: np.sum(odeint(pendulum, y, TIMES, (0.3, 2.0), Dfun=pendulum)), "Dfun="),
    "messages": (lambda y: np.sum(odeint(pendulum, y, TIMES, (0.3, 2.0), full_output=True)[0]), "full_output="),
    "tolerances that vary": (lambda y: np.sum(odeint(pendulum, y, TIMES, (0.3, 2.0), rtol=y[0])), "rtol="),
    "a slope in C": (lambda y: np.sum(odeint(y, y, TIMES)), "no function"),
    "matrices": (lambda y: np.sum(odeint(pendulum, np.outer(y, y), TIMES, (0.3, 2.0))), "y0"),
    "a solution in a slope": (lambda y: np.sum(odeint(nested, y, TIMES)), "SciPy"),
    "a slope that writes": (lambda y: np.sum(odeint(writes, y, TIMES)), "it writes into"),
    "a slope that is a number": (lambda y: np.sum(odeint(lambda y, t: 1.0, y, TIMES)), "no vector"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_supported_is_refused_where_it_stands(name):
    f, says = REFUSED[name]
    with pytest.raises(s2sad.DifferentiationError, match=says) as caught:
        s2sad.grad(f)(START)
    assert "test_integrals.py" in str(caught.value)


@pytest.mark.filterwarnings("ignore::scipy.integrate.ODEintWarning")
def test_an_adjoint_equation_that_cannot_be_solved_is_no_gradient():
    def damped(rate):
        return odeint(lambda y, t: -rate * (y - np.cos(t)), np.array([1.5]), np.array([0.0, 1.0]))[-1, 0]

    with pytest.raises(RuntimeError, match="the adjoint equation is not solved"):
        s2sad.grad(damped)(100.0)


def test_second_derivatives_through_the_reverse_are_refused():
    with pytest.raises(s2sad.DifferentiationError, match="reverse of a differential equation"):
        s2sad.hvp(lambda y: initial_values(y, P), (START,), (START,))
    with pytest.raises(s2sad.DifferentiationError, match="not known to be an array"):
        s2sad.grad(lambda p: np.sum(odeint(lambda y, t, q: y * q["rate"], START, TIMES, (p,))))({"rate": 0.3})


def test_a_file_that_is_only_read():
    text = (
        "import numpy as np\nfrom scipy.integrate import odeint\n\ndef decay(t, y, k):\n    return -k * y\n\n"
        "def f(k, y, times):\n    return np.sum(odeint(decay, y, times, (k,), tfirst=True)[-1])\n"
    )
    source = s2sad.differentiate(text, "f", types="k: float; y: float64[N]; times: float64[M]")
    scope = {}
    exec(source, scope)
    found = scope["f_grad"](0.3, START, TIMES)
    np.testing.assert_allclose(found, -1.7 * np.sum(START) * np.exp(-0.3 * 1.7), rtol=1e-6)
