"""NumPy and builtins under other names, and other things under theirs."""
from __future__ import annotations

import builtins
import math
from math import sin as math_sin
from textwrap import dedent

import numpy
import numpy as np
import numpy as xp
from numpy import exp
from numpy import log as ln
from tests.hazards.conftest import agrees, printed, refused_source

import s2sad

X = np.array([0.3, -0.7, 1.2])
Y = np.array([1.1, 0.4, 0.9])


# -- NumPy under other names -------------------------------------------------------------------------------------------


def uses_xp(x):
    return xp.sum(xp.sin(x) * numpy.cos(x))


def uses_bare(x):
    return np.sum(exp(x) + ln(x * x))


def scalar_math(x):
    return math.exp(x) * math_sin(x) + math.pi * np.pi


def test_numpy_under_other_names():
    agrees(uses_xp, X)
    agrees(uses_bare, X)


def test_functions_of_math():
    agrees(scalar_math, 0.7)


def takes_np(np):
    y = np * np
    return y * 3.0


def takes_numpy(numpy, x):
    np = numpy * x
    return np * np


def np_is_a_variable(x):
    y = xp.sin(x)
    np = y * y
    return xp.sum(np * y)


def test_np_is_a_parameter_or_a_variable():
    assert agrees(takes_np, 2.0) == 12.0
    agrees(takes_numpy, 2.0, 3.0, argnums=(0, 1))
    agrees(np_is_a_variable, X)


def takes_np_and_broadcasts(np, x):
    return xp.sum(np * xp.sin(x))


def test_np_is_a_parameter_where_helpers_need_numpy():
    agrees(takes_np_and_broadcasts, X, np.array([[1.0], [2.0]]), argnums=(0, 1))


def test_another_module_called_np():
    text = s2sad.differentiate("import math as np\ndef f(x):\n    return np.sin(x) * x\n", "f", types="x: float")
    module = {}
    exec(text, module)
    assert abs(module["f_grad"](0.7) - (math.cos(0.7) * 0.7 + math.sin(0.7))) < 1e-12
    refused_source("import math as np\ndef f(x):\n    return np.square(x) * x\n", "S2S111", "np.square")


def test_an_object_called_np_is_not_numpy():
    refused_source("np = 3.0\ndef f(x):\n    return np.sin(x)\n", "S2S132", "np.sin(x)")


def imports_numpy(x):
    import numpy
    from numpy import cos as sin

    return numpy.sin(x) * sin(x)


def test_numpy_imported_inside_the_function():
    agrees(imports_numpy, 0.7)


# -- builtins ----------------------------------------------------------------------------------------------------------


def takes_builtins(sum, max, len):
    list = sum * max
    float = np.sin(list)
    return np.sum(float * len)


def takes_scan_builtins(range, zip, reversed):
    enumerate = range
    for _ in (1, 2, 3):
        enumerate = np.sin(enumerate) * zip + reversed
        isinstance = enumerate * enumerate
        enumerate = isinstance + range
    return np.sum(enumerate)


def test_builtins_as_parameters():
    agrees(takes_builtins, X, Y, 2.0, argnums=(0, 1, 2))
    agrees(takes_scan_builtins, X, Y, Y + 1, argnums=(0, 1, 2))


def test_builtins_as_parameters_of_a_list_of_layers():
    source = dedent("""
        import numpy as np
        def f(zip, reversed, len, list, isinstance, None_):
            range = reversed
            for W, b in zip:
                range = np.tanh(range @ W + b)
            return np.sum(range * len) + np.sum(list) * isinstance
    """)
    rng = np.random.default_rng(0)
    layers = [(rng.normal(size=(3, 3)), rng.normal(size=3)) for _ in range(2)]
    text = s2sad.differentiate(source, "f", argnums=(0, 1))
    plain = {}
    exec(compile(source, "plain", "exec"), plain)
    (d_layers, d_x) = printed(text)(layers, X, 2.0, Y, 3.0, None)
    from s2sad.numeric import numerical_gradient

    args = (layers, X, 2.0, Y, 3.0, None)
    np.testing.assert_allclose(d_x, numerical_gradient(plain["f"], args, 1), atol=1e-7)
    for (d_w, d_b), (n_w, n_b) in zip(d_layers, numerical_gradient(plain["f"], args, 0), strict=True):
        np.testing.assert_allclose(d_w, n_w, atol=1e-7)
        np.testing.assert_allclose(d_b, n_b, atol=1e-7)


def abs(x):
    return x * x


def uses_own_abs(x):
    return abs(x) * 3.0


def uses_builtin_abs(x):
    return builtins.abs(x) * 3.0


def test_a_shadowed_builtin_is_the_users_function():
    assert agrees(uses_own_abs, -2.0) == -12.0


def test_builtins_by_way_of_their_module():
    assert agrees(uses_builtin_abs, -2.0) == -3.0
