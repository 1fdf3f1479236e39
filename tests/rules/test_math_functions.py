"""The functions of `math` and `operator` on Python's floats, against central differences."""
from __future__ import annotations

import math
import operator

import numpy as np
import pytest

import s2sad
from s2sad.rules.registry import CONSTANT, RULES

NAMES = sorted(function.__name__ for function in RULES if getattr(function, "__module__", None) == "math")
CALLS = {
    **{name: f"math.{name}(x, y)" for name in ("atan2", "hypot", "pow", "copysign", "nextafter", "remainder")},
    "fmod": "math.fmod(5.3 * x, y * y)",
    "acosh": "math.acosh(x + 0.7)",
    "ldexp": "math.ldexp(x * y, 3)",
    "modf": "math.modf(5.3 * x)[0] * math.modf(7.1 * y)[1] * y",
    "frexp": "math.frexp(x * y)[0] * math.frexp(6.2 * y)[1]",
    "dist": "math.dist((x, y, 1.0), [y * y, x * y, 0])",
    "fsum": "math.fsum([x, y * x, 1.0, x])",
    "prod": "math.prod((x, y, x), start=y)",
    "sumprod": "math.sumprod([x, y], (y, x * x))",
}
MORE = {
    "log of a base": "math.log(x, y) + math.log(x, 3)",
    "hypot of many": "math.hypot(x, y, x * y)",
    "fsum of a generator": "math.fsum(x * k * y for k in range(3))",
    "prod of a generator": "math.prod(x + k * y for k in range(3))",
    "prod of an array": "math.prod(np.array([x, y])) * math.prod((2, 3))",
    "dist of arrays": "math.dist(np.array([x, y]), np.array([y, 3.0]))",
    "lgamma left of 0": "math.lgamma(-x * y)",
    "steps": "x * y * math.trunc(5.3 * x) * math.comb(5, 2) * math.factorial(3) * math.isqrt(17) * math.perm(4, 2)",
    "divisors": "x * y * math.gcd(4, 6) * math.lcm(4, 6) * 2.0**52 * math.ulp(x) * math.isclose(x, y)+ x",
    "call": "operator.call(math.sin, x) * y",
    "in place": "operator.iadd(x, y) * operator.imul(x, y) - operator.isub(x, y) * operator.itruediv(x, y)",
    "in place too": "operator.ipow(x, y) + operator.imod(5.3 * x, y) + operator.ifloordiv(5.3 * x, y) * y",
    "counted": "x * y * operator.index(3) + x * operator.countOf([1, 2, 2], 2) + y * operator.indexOf([1, 2], 2)",
}
if not hasattr(operator, "call"):
    # new in Python 3.11
    del MORE["call"]
ALL = {**{name: CALLS.get(name, f"math.{name}(x) * y") for name in NAMES}, **MORE}


def function(name, home):
    text = f"import math, operator\nimport numpy as np\ndef f(x, y):\n    return {ALL[name]}\n"
    path = home / "calls.py"
    path.write_text(text, "utf-8")
    space = {}
    exec(compile(text, str(path), "exec"), space)
    return text, space["f"]


def slopes(f, x, y, step=1e-6):
    return (f(x + step, y) - f(x - step, y)) / (2 * step), (f(x, y + step) - f(x, y - step)) / (2 * step)


def compiled(text, types):
    space = {}
    exec(s2sad.differentiate(text, "f", argnums=(0, 1), types=types), space)
    return space["f_grad"]


def test_there_are_such_rules():
    assert {"sin", "exp", "log", "sqrt", "tanh", "pow", "gamma", "frexp"} <= set(NAMES)
    public = {value for name, value in vars(math).items() if callable(value) and not name.startswith("_")}
    assert public <= {*RULES, *CONSTANT}


IN_PLACE = ("in place", "in place too")


@pytest.mark.parametrize("name", IN_PLACE)
def test_what_may_be_an_array_that_would_change_is_refused(name, tmp_path):
    text, _ = function(name, tmp_path)
    with pytest.raises(s2sad.DifferentiationError, match="may change the array") as caught:
        compiled(text, None)
    assert str(caught.value).startswith("<string>:4:") and "S2S140" in str(caught.value)


KINDS = [(name, types) for name in ALL for types in (None, "x: float; y: float") if types or name not in IN_PLACE]


@pytest.mark.parametrize(("name", "types"), KINDS)
def test_math_agrees(name, types, tmp_path):
    text, f = function(name, tmp_path)
    x, y = 0.6, 0.71
    gradient = compiled(text, types)
    np.testing.assert_allclose(gradient(x, y), slopes(f, x, y), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", ALL)
def test_forward_mode_and_second_derivatives_agree(name, tmp_path):
    _, f = function(name, tmp_path)
    point, dots, step = (0.6, 0.71), (0.8, -0.5), 1e-5
    gradient = s2sad.grad(f, argnums=(0, 1))
    assert s2sad.jvp(f, point, dots)[1] == pytest.approx(np.dot(gradient(*point), dots), rel=1e-12)
    high, low = (gradient(*(x + s * step * d for x, d in zip(point, dots, strict=True))) for s in (1, -1))
    expected = (np.array(high) - low) / (2 * step)
    np.testing.assert_allclose(s2sad.hvp(f, point, dots), expected, rtol=1e-6, atol=1e-8)


def test_fmod_counts_as_its_value_does():
    # 1.0 / 0.1 is 10.0, but the remainder is that of 9 times 0.1
    assert s2sad.grad(lambda y: math.fmod(1.0, y))(0.1) == -9.0
    assert s2sad.grad(lambda y: np.fmod(1.0, y))(0.1) == -9.0


def test_the_derivative_of_gamma_is_refused_without_scipy(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "scipy.special", None)
    with pytest.raises(s2sad.DifferentiationError, match=r"S2S201.*SciPy"):
        s2sad.differentiate("import math\ndef f(x):\n    return math.gamma(x)\n", "f")


STORES = {
    "iadd": "z = operator.iadd(y, x)\n    z[0] = 2.0 * x[1]",
    "setitem": "operator.setitem(y, 0, x[1])\n    operator.imul(y, 3.0)",
    "delitem": "y = [x[0], x[1]]\n    operator.delitem(y, 0)\n    y = y[0] * x",
    "iconcat": "y = [x[0]]\n    operator.iconcat(y, [x[1]])\n    y = y[1] * y[0] * x",
}


@pytest.mark.parametrize("name", STORES)
def test_what_operators_store_is_seen(name):
    body = f"    y = x * x\n    {STORES[name]}\n    return np.sum(y * y)\n"
    text = f"import operator\nimport numpy as np\ndef f(x):\n{body}"
    space, made = {}, {}
    exec(text, space)
    exec(s2sad.differentiate(text, "f", types="x: float64[2]"), made)
    x, step = np.array([0.6, 0.7]), 1e-6
    expected = [(space["f"](x + e) - space["f"](x - e)) / (2 * step) for e in step * np.eye(2)]
    np.testing.assert_allclose(made["f_grad"](x), expected, rtol=1e-7)
