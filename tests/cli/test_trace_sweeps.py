"""The adjoints and tangents of traces, against numerical derivatives, over loops, branches and arrays."""
from __future__ import annotations

import numpy as np
import pytest

from s2sad.errors import DifferentiationError
from s2sad.frontend.lower import lower_function
from s2sad.frontend.static import read_function
from s2sad.ir.interpret import evaluate
from s2sad.ir.types import FLOAT
from s2sad.numeric import numerical_gradient
from s2sad.trace import trace_text
from s2sad.trace.record import materialize, record
from s2sad.trace.sweeps import pull, push

X = np.array([[0.3, -1.2, 0.7], [1.1, 0.4, -0.2]])
BODIES = {
    "sums": ("np.sum(x * x) / np.mean(np.exp(x))", X),
    "broadcast": ("np.sum(x * x[0] + x[:, :1])", X),
    "stacked": ("np.sum(np.stack([x[0], np.sin(x[1])]) ** 2)", X),
    "matrix": ("np.sum((x @ x.T) * (x @ x.T).T)", X),
    "where": ("np.sum(np.where(x > 0, np.sqrt(np.abs(x)), x))", X),
    "extremes": ("np.max(x) * np.min(x) + np.sum(np.maximum(x, 0.0))", X),
    "power": ("x ** 3 + 2.0 ** x", 1.3),
    "filled": ("np.sum(np.full((2,), x) * np.array([1.0, 3.0]))", 1.3),
    "quotient": ("(x + 1.0) / (x * x)", 1.3),
}


def program(body):
    text = f"import numpy as np\ndef f(x):\n    return {body}\n"
    return lower_function(read_function("f.py", "f", text)).function


def adjoint(trace):
    adjoints = {trace.result: 1.0}
    for node in reversed(list(trace.nodes)):
        if node in adjoints:
            for target, term in pull(node, adjoints[node]):
                adjoints[target] = adjoints[target] + term.value if target in adjoints else term.value
    return adjoints[trace.inputs[0]]


@pytest.mark.parametrize("name", BODIES)
def test_the_adjoint_is_the_gradient(name):
    body, x = BODIES[name]
    function = program(body)
    expected = numerical_gradient(lambda x: evaluate(function, (x,)), (x,))
    np.testing.assert_allclose(adjoint(record(function, (x,))), expected, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", BODIES)
def test_the_tangent_is_the_slope_along_the_seed(name):
    body, x = BODIES[name]
    function = program(body)
    trace = record(function, (x,))
    tangents = {trace.inputs[0]: np.ones_like(x)[()]}
    for node in trace.nodes:
        tangents[node] = push(node, tangents).value
    gradient = numerical_gradient(lambda x: evaluate(function, (x,)), (x,))
    assert tangents[trace.result] == pytest.approx(np.sum(gradient), rel=1e-8, abs=1e-9)


def test_the_trace_ends_with_the_value_of_the_program():
    function = program("np.sum(np.sin(x) * x)")
    assert materialize(record(function, (X,)).result) == evaluate(function, (X,))


def test_a_vector_has_no_adjoints():
    with pytest.raises(DifferentiationError, match="returns an array of shape \\(2, 3\\)"):
        trace_text(program("np.sin(x)"), (X,), "reverse")


def test_what_does_not_reach_the_result_has_the_adjoint_zero():
    assert trace_text(program("1.0 + 0.0 * np.floor(2.5)"), (2.0,), "reverse").endswith("∂v₀ = ∂y/∂x = 0\n")


def test_an_argument_without_a_rule_is_refused():
    text = "from scipy.special import jv\ndef f(n, x):\n    return jv(n, x)\n"
    function = lower_function(read_function("f.py", "f", text)).function
    for mode in ("reverse", "forward"):
        with pytest.raises(DifferentiationError, match="the derivative of jv by its argument 0 has no rule"):
            trace_text(function, [1.5, 2.0], mode)


def test_a_composed_function_is_refused_with_its_place():
    text = "import numpy as np\ndef f(x, y):\n    return np.fmax(x, y)\n"
    function = lower_function(read_function("f.py", "f", text)).function
    for mode in ("reverse", "forward"):
        with pytest.raises(DifferentiationError, match="no formula that a trace could show") as caught:
            trace_text(function, [1.5, 2.0], mode)
        assert str(caught.value).startswith("f.py:3:") and "S2S201" in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        "odeint(lambda y, t, k: -k * y, np.ones(1), np.array([0.0, 1.0]), (k,))[1, 0]",
        "solve_ivp(lambda t, y: -k * y, (0.0, 1.0), np.ones(1), rtol=1e-8).y[0, -1]",
    ],
)
def test_a_differential_equation_has_a_value_and_no_formula(call):
    text = f"import numpy as np\nfrom scipy.integrate import odeint, solve_ivp\ndef f(k):\n    return {call}\n"
    function = lower_function(read_function("f.py", "f", text), {"k": FLOAT}).function
    assert materialize(record(function, (0.5,)).result) == pytest.approx(np.exp(-0.5), rel=1e-6)
    with pytest.raises(DifferentiationError, match="no formula that a trace could show"):
        trace_text(function, [0.5], "reverse")
