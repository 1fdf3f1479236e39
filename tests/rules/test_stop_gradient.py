"""`stop_gradient`: the identity that no derivative passes, and that leaves no trace in printed code."""
from __future__ import annotations

import numpy as np
import pytest

import s2sad
import s2sad as ad
from s2sad import DifferentiationError, stop_gradient
from s2sad import stop_gradient as stop

X = np.array([1.0, 2.0, 3.0])


def structures(x, p):
    q = stop_gradient(p)
    a, b = stop((x, [2.0 * x]))
    return np.sum(x * a * b[0]) * q["w"] + ad.stop_gradient(3.0) * p["w"]


def in_a_loop(x):
    y = x
    for _ in range(2):
        y = y * s2sad.stop_gradient(y) + x
    return np.sum(y)


def exponent(x):
    return np.sum(np.exp(stop(x)) * x**2)


def stored_in_the_result(x):
    z = x * 2.0
    y = stop(z)
    y[0] = 5.0 * x[0]
    return np.sum(x * y)


def stored_and_read_by_the_other_name(x):
    z = x * 2.0
    y = stop(z)
    y[0] = 5.0 * x[0]
    return np.sum(x * z)


def stored_in_the_argument(x):
    z = x * 2.0
    y = stop(z)
    z[0] = 5.0 * x[0]
    return np.sum(x * y)


def test_at_run_time_it_is_the_identity():
    tree = {"a": [X, (1.0, 2)]}
    assert stop_gradient(tree) is tree and stop_gradient(X) is X


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_no_derivative_passes_whatever_the_structure(mode):
    d_x, d_p = s2sad.grad(structures, argnums=(0, 1), mode=mode)(X, {"w": 2.0})
    np.testing.assert_allclose(d_x, 4 * X * X)
    assert d_p == {"w": 3.0}
    np.testing.assert_allclose(s2sad.grad(in_a_loop, mode=mode)(X), (X + 1) * (X * X + X) + 1)


def test_nor_in_the_second_order():
    np.testing.assert_allclose(s2sad.hvp(exponent, (X,), (np.ones(3),)), 2 * np.exp(X))
    second = s2sad.grad(s2sad.grad(lambda a: np.exp(stop(a)) * a**3))
    assert second(0.7) == pytest.approx(6 * 0.7 * np.exp(0.7))


def test_a_result_that_does_not_vary_has_a_gradient_of_zero():
    np.testing.assert_array_equal(s2sad.grad(lambda x: np.sum(stop(x) ** 2))(X), np.zeros(3))


def test_the_printed_code_has_the_argument_in_its_place():
    gradient = s2sad.grad(structures)
    untyped = gradient.source
    gradient(X, {"w": 2.0})
    for text in (untyped, gradient.source):
        code = "\n".join(line.partition("#")[0] for line in text.splitlines())
        assert "s2sad" not in code and "stop" not in code
    assert "a, b = x, [2.0 * x]" in gradient.source


def test_static_reading_knows_it_under_every_name():
    text = (
        "import numpy as np\nimport s2sad\nimport s2sad as ad\nfrom s2sad import stop_gradient as stop\n"
        "def f(x):\n    return np.sum(stop(x) * x * s2sad.stop_gradient(np.sin(x)) + ad.stop_gradient(x))\n"
    )
    for mode in ("reverse", "forward"):
        module = {}
        printed = s2sad.differentiate(text, "f", mode=mode, types="x: float64[N]")
        exec(printed, module)
        assert "import s2sad" not in printed
    assert module["f_jvp"](X, np.ones(3))[1] == pytest.approx(np.sum(X * np.sin(X)))


def test_a_store_into_shared_memory_is_right_or_refused():
    np.testing.assert_allclose(s2sad.grad(stored_in_the_result)(X), [10.0, 4.0, 6.0])
    for function in (stored_and_read_by_the_other_name, stored_in_the_argument):
        with pytest.raises(DifferentiationError, match="S2S142"):
            s2sad.grad(function)(X)
