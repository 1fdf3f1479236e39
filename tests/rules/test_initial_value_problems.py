"""What `solve_ivp` finds: derivatives by initial values, by arguments and by what the slope reads."""
from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import s2sad
from s2sad.frontend.live import live_function
from s2sad.frontend.lower import lower_function
from s2sad.ir.dims import Symbol
from s2sad.ir.interpret import evaluate
from s2sad.ir.types import Array

TIMES = np.array([0.4, 1.0, 1.7])
START, P = np.array([1.0, 0.2]), np.array([0.3, 2.0, 0.7])


def pendulum(t, y, damping, stiffness):
    angle, speed = y
    return [speed, -damping * speed - stiffness * np.sin(angle) + 0.1 * t]


def at_times(y0, p):
    sol = solve_ivp(pendulum, (0.0, 2.0), y0, t_eval=TIMES, args=(p[0], p[1]), method="DOP853", rtol=1e-10, atol=1e-10)
    return np.sum(sol.y[0] ** 2 * sol.t) + sol.y[1, 1] * p[2]


def from_the_first_time(y0, p):
    times = np.linspace(0.0, 2.0, 4)
    sol = solve_ivp(pendulum, [0, 2], y0, "DOP853", times, args=[p[0], p[1]], rtol=1e-10, atol=1e-10)
    return sol.y[:, -1] @ y0 + np.sum(sol["y"][:, 0] ** 3)


def at_the_end(y0, p):
    tight = {"rtol": 1e-10, "atol": 1e-10}
    sol = solve_ivp(lambda t, y: pendulum(t, y, p[0], p[1]), (0.5, 2.0), [y0[0], y0[1] * p[0]], "LSODA", **tight)
    return sol.y[0, -1] * p[1] + sol.t[-1] if sol.success and sol.status == 0 else 0.0


def backwards(y0, p):
    times = [1.5, 0.2]
    sol = solve_ivp(pendulum, (2.0, 0.0), y0, "DOP853", times, args=(p[0], p[1]), rtol=1e-10, atol=1e-10)
    return np.prod(sol.y)


def stiff(y0, p):
    def slope(t, y):
        return np.array([-80.0 * p[0] * (y[0] - np.cos(p[1] * t)), y[0] - y[1] * p[2]])

    sol = solve_ivp(slope, (0.0, 1.0), y0, method="Radau", t_eval=[1.0], rtol=1e-6, atol=1e-8)
    return np.sum(sol.y**2)


def stored_into(y0, p):
    sol = solve_ivp(pendulum, (0.0, 2.0), y0, t_eval=TIMES, args=(p[0], p[1]), method="DOP853", rtol=1e-10, atol=1e-10)
    sol.y[0] = 0.0
    sol.y[:, 1] *= y0
    return np.sum(sol.y**2)


def of_either_kind(y0, p):
    for k in range(2):
        if k == 0:
            sol = solve_ivp(lambda t, y: -y * p[0], (0.0, 1.0), y0, "DOP853", rtol=1e-10, atol=1e-10)
        else:
            sol = solve_ivp(lambda t, y: y[::-1] * p[1], (0.0, 1.0), y0, "DOP853", (0.5, 1.0), rtol=1e-10)
        y0 = y0 + sol.y[:, -1]
    return np.sum(y0**2)


def taken_for_a_dict(y0, p):
    sol = solve_ivp(lambda t, y: -y * p[1], (0.0, 1.0), y0, "DOP853", rtol=1e-10, atol=1e-10)
    scale = len(sol) + (10.0 if sol["sol"] is None else 0.0) + (100.0 if "success" in sol else 0.0)
    return scale * np.sum(sol["y"][:, -1])


def of_no_length(y0, p):
    return np.sum(solve_ivp(pendulum, (1.0, 1.0), y0, args=(p[0], p[1])).y ** 2)


def in_a_branch(y0, p):
    sol = solve_ivp(pendulum, (0.0, 1.0), y0, "DOP853", TIMES[:2], args=(p[0], p[1]), rtol=1e-10, atol=1e-10)
    if sol.y[0, -1] > 0.0:
        sol = solve_ivp(lambda t, y: -y * p[2], (0.0, 1.0), y0, "DOP853", [0.7], rtol=1e-10, atol=1e-10)
    return np.sum(sol.y * sol.t)


def computed_again(y0, p):
    def end(y):
        return solve_ivp(pendulum, (0.0, 2.0), y, args=(p[0], p[1]), method="DOP853", rtol=1e-10, atol=1e-10).y[:, -1]

    return np.sum(s2sad.checkpoint(end)(y0) ** 2)


MORE = [stiff, of_no_length, in_a_branch, taken_for_a_dict, computed_again]
PROGRAMS = [at_times, from_the_first_time, at_the_end, backwards, stored_into, of_either_kind]


@pytest.mark.parametrize("f", [*PROGRAMS, *MORE], ids=lambda f: f.__name__)
def test_both_sweeps_agree_with_differences(f):
    s2sad.check_grads(f, (START, P))


@pytest.mark.parametrize("f", [at_times, at_the_end, backwards], ids=lambda f: f.__name__)
def test_a_tangent_has_a_tangent(f):
    direction, step = np.array([0.3, 0.5]), 1e-4
    first = s2sad.derivative(lambda e: f(START + e * direction, P))
    along = (first(step) - first(-step)) / (2 * step)
    np.testing.assert_allclose(s2sad.derivative(first)(0.0), along, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("method", ["RK23", "RK45", "DOP853", "Radau", "BDF", "LSODA"])
def test_every_method_has_the_derivative_of_the_exact_solution(method):
    def decayed(y0, k):
        return solve_ivp(lambda t, y: -k * y, (0.0, 1.5), y0, method=method, rtol=1e-7, atol=1e-9).y[:, -1].sum()

    value, (d_y0, d_k) = s2sad.value_and_grad(decayed, argnums=(0, 1))(START, 0.6)
    assert value == decayed(START, 0.6)
    np.testing.assert_allclose(d_y0, np.exp([-0.9, -0.9]), rtol=1e-5)
    np.testing.assert_allclose(d_k, -1.5 * np.exp(-0.9) * np.sum(START), rtol=1e-5)


def test_values_at_chosen_times_have_the_derivative_of_the_solution_there():
    def path(y0):
        return solve_ivp(lambda t, y: -0.6 * y, (0.0, 1.5), y0, rtol=1e-8, atol=1e-10).y

    times = solve_ivp(lambda t, y: -0.6 * y, (0.0, 1.5), START, rtol=1e-8, atol=1e-10).t
    exact = np.zeros((2, len(times), 2))
    exact[0, :, 0] = exact[1, :, 1] = np.exp(-0.6 * times)
    for jacobian in (s2sad.jacrev, s2sad.jacfwd):
        np.testing.assert_allclose(jacobian(path)(START), exact, rtol=1e-6, atol=1e-9)


def test_small_cotangents_are_as_exact_as_large_ones():
    def scaled(y0, scale):
        return scale * np.sum(solve_ivp(pendulum, (0.0, 2.0), y0, args=(0.3, 2.0), t_eval=TIMES).y)

    large = s2sad.grad(scaled)(START, 1.0)
    np.testing.assert_allclose(s2sad.grad(scaled)(START, 1e-9), 1e-9 * large, rtol=1e-9)


def test_a_solution_that_ends_early_has_the_derivative_of_what_is_there():
    def exploding(y0):
        sol = solve_ivp(lambda t, y: y**2, (0.0, 5.0), y0, t_eval=[0.2, 0.4, 4.0], rtol=1e-9, atol=1e-9)
        return np.sum(sol.y[:, -1]) * (1.0 if sol.success else 2.0)

    found = s2sad.grad(exploding)(np.array([1.0]))
    np.testing.assert_allclose(found, [2.0 / (1.0 - 0.4) ** 2], rtol=1e-6)


def test_arguments_of_other_precisions_have_gradients_of_theirs():
    found = s2sad.grad(at_times, argnums=(0, 1))(START.astype("f4"), P.astype("f4"))
    assert [one.dtype for one in found] == [np.float32] * 2
    assert [one.shape for one in found] == [(2,), (3,)]
    for one, exact in zip(found, s2sad.grad(at_times, argnums=(0, 1))(START, P), strict=True):
        np.testing.assert_allclose(one, exact, rtol=1e-4)


def test_the_program_itself_computes_the_same():
    vector = Array(np.dtype(float), (Symbol("N"),))
    function = lower_function(live_function(at_times), {"y0": vector, "p": vector}).function
    np.testing.assert_allclose(evaluate(function, (START, P, TIMES)), at_times(START, P), rtol=1e-14)


def test_a_file_that_is_only_read():
    text = (
        "import numpy as np\nfrom scipy.integrate import solve_ivp\n\ndef decay(t, y, k):\n    return -k * y\n\n"
        "def f(k, y, times):\n    return np.sum(solve_ivp(decay, (0.0, 2.0), y, t_eval=times, args=(k,)).y[:, -1])\n"
    )
    source = s2sad.differentiate(text, "f", types="k: float; y: float64[N]; times: float64[M]")
    assert "s2sad" not in source.partition("import")[2]
    scope = {}
    exec(source, scope)
    found = scope["f_grad"](0.3, START, TIMES)
    np.testing.assert_allclose(found, -1.7 * np.sum(START) * np.exp(-0.3 * 1.7), rtol=1e-3)


SPAN = (0.0, 1.0)


def decay(t, y):
    return -y


def first_component(t, y):
    return y[0]


def nested(t, y):
    return solve_ivp(decay, SPAN, y).y[:, -1]


REFUSED = {
    "a dense result": (lambda y: np.sum(solve_ivp(decay, SPAN, y, dense_output=True).y), "dense_output="),
    "events": (lambda y: np.sum(solve_ivp(decay, SPAN, y, events=first_component).y), "events="),
    "a Jacobian": (lambda y: np.sum(solve_ivp(decay, SPAN, y, method="BDF", jac=decay).y), "jac="),
    "vectors at once": (lambda y: np.sum(solve_ivp(decay, SPAN, y, vectorized=True).y), "vectorized="),
    "a first step": (lambda y: np.sum(solve_ivp(decay, SPAN, y, first_step=0.1).y), "first_step="),
    "an unknown method": (lambda y: np.sum(solve_ivp(decay, SPAN, y, method="Euler").y), "method="),
    "tolerances that vary": (lambda y: np.sum(solve_ivp(decay, SPAN, y, rtol=y[0]).y), "rtol="),
    "a tolerance for each": (lambda y: np.sum(solve_ivp(decay, SPAN, y, atol=[1e-3, 1e-4]).y), "atol="),
    "an interpolant": (lambda y: solve_ivp(decay, SPAN, y).sol(0.5)[0], "the method 'sol'"),
    "times of events": (lambda y: solve_ivp(decay, SPAN, y).t_events[0], "the attribute 't_events'"),
    "an end that varies": (lambda y: np.sum(solve_ivp(decay, (0.0, y[0]), y).y[:, -1]), "times of `solve_ivp` vary"),
    "times that vary": (lambda y: np.sum(solve_ivp(decay, SPAN, START, t_eval=y / 2).y), "times of `solve_ivp` vary"),
    "only times, which vary": (lambda y: solve_ivp(decay, (0.0, y[0]), y).t[-1], "times of `solve_ivp` vary"),
    "a number": (lambda y: np.sum(solve_ivp(decay, SPAN, y[0]).y), "y0"),
    "complex numbers": (lambda y: np.sum(solve_ivp(decay, SPAN, y * 1j).y.real), "complex"),
    "a slope in C": (lambda y: np.sum(solve_ivp(y, SPAN, y).y), "no function"),
    "a solution in a slope": (lambda y: np.sum(solve_ivp(nested, SPAN, y).y), "SciPy"),
    "a slope that is a number": (lambda y: np.sum(solve_ivp(lambda t, y: 1.0, SPAN, y).y), "no vector"),
}


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_supported_is_refused_where_it_stands(name, mode):
    f, says = REFUSED[name]
    with pytest.raises(s2sad.DifferentiationError) as caught:
        s2sad.grad(f)(START) if mode == "reverse" else s2sad.jvp(f, (START,), (START,))
    # the lines below show the text of the program, which says much too
    assert says in str(caught.value).splitlines()[0]
    assert "test_initial_value_problems.py" in str(caught.value)


def test_second_derivatives_through_the_reverse_are_refused():
    with pytest.raises(s2sad.DifferentiationError, match="reverse of a differential equation"):
        s2sad.hvp(lambda y: at_times(y, P), (START,), (START,))
