"""Names of the user's that are those of generated code, or look like others."""
from __future__ import annotations

import math
from textwrap import dedent

import numpy as np
import pytest
from tests.hazards.conftest import agrees, printed, refused, refused_source, run_text

import s2sad

X = np.array([0.3, -0.7, 1.2])
Y = np.array([1.1, 0.4, 0.9])


# -- the user's variables are called what generated code calls its own -------------------------------------------------


def takes_d_x(x, d_x):
    y = x * d_x
    d_y = np.sin(y) * d_x
    return np.sum(d_y * y)


def takes_tangents(x, x_dot):
    y = np.sin(x) * x_dot
    y_dot = y * y
    return np.sum(y_dot + x_dot)


def takes_saved(h, h_saved, n):
    hs = h_saved
    for i in range(n):
        h = np.tanh(h) * hs + h_saved
        h_items = h * h
        hs = h_items + h_saved
    return np.sum(h * hs)


def numbered(v0, v1):
    v2 = v0 * v1
    v3 = np.sin(v2)
    v4 = v3 + v1
    v_0 = v4 * v2
    return np.sum(v_0)


def takes_helpers(_unbroadcast, _matmul_left):
    _stack_like = _unbroadcast * _matmul_left
    _accumulate = np.exp(_stack_like)
    return np.sum(_accumulate @ _unbroadcast)


def numbered_suffixes(x, x_1):
    x_2 = x * x_1
    x = np.sin(x_2)
    x_1 = x * x_2
    x_3 = x_1 + x
    return np.sum(x_3 * x_3)


def adjoint_of_adjoint(x, y):
    d_d_x = x * y
    d_x = np.sin(d_d_x)
    d_y = d_x * d_d_x
    d_d_y = d_y + d_x
    return np.sum(d_d_y)


def item_and_value(item, value):
    out = item * value
    reverse = np.sin(out)
    primal = reverse * item
    seed = primal + out
    total = np.sum(seed)
    return total


def derived_words(x, cos_x):
    sin_x = x * cos_x
    exp_x = np.sin(sin_x) + np.exp(sin_x)
    minus_x = -exp_x * cos_x
    d_sum = np.cos(x) * minus_x
    return np.sum(d_sum)


@pytest.mark.parametrize(
    ("f", "rest"),
    [
        (takes_d_x, (Y,)), (takes_tangents, (Y,)), (takes_saved, (Y, 2)), (numbered, (Y,)), (takes_helpers, (Y,)),
        (numbered_suffixes, (Y,)), (adjoint_of_adjoint, (Y,)), (item_and_value, (Y,)), (derived_words, (Y,)),
    ],
    ids=lambda p: getattr(p, "__name__", ""),
)  # fmt: skip
def test_variables_named_like_generated_ones(f, rest):
    agrees(f, X, *rest, argnums=(0, 1))
    agrees(f, X, *rest)


def broadcast_with_helper_names(np_sum, _unbroadcast):
    return np.sum(np.sin(np_sum) * _unbroadcast)


def test_a_helper_that_is_pasted_in_does_not_collide_with_a_parameter():
    agrees(broadcast_with_helper_names, X, np.array([[1.0], [2.0]]), argnums=(0, 1))


def own_tangent(x, x_dot):
    return x * x_dot + np.sin(x)


def test_forward_mode_keeps_apart_a_parameter_named_like_a_tangent():
    text = s2sad.differentiate(
        "import numpy as np\ndef f(x, x_dot):\n    return x * x_dot + np.sin(x)\n", "f", argnums=(0, 1), mode="forward"
    )
    value, tangent = printed(text)(0.3, 2.0, 1.0, 10.0)
    assert value == own_tangent(0.3, 2.0)
    assert tangent == pytest.approx(1.0 * 2.0 + 0.3 * 10.0 + math.cos(0.3), rel=1e-14)


def loss_grad(x):
    loss_grad_value = x * x
    return loss_grad_value


def test_a_function_that_is_called_like_a_gradient():
    assert agrees(loss_grad, 3.0) == 6.0


def shadows_itself(x):
    shadows_itself = x * x  # noqa: F841
    shadows_itself_grad = x * 3.0
    return shadows_itself_grad * x


def test_a_variable_that_is_called_like_the_function():
    assert agrees(shadows_itself, 2.0) == pytest.approx(12.0)


def f_grad(x):
    return np.sin(x)


def calls_a_helper_named_like_its_gradient(x):
    return f_grad(x) * x


def f(x):
    return f_grad(x) * f_grad(2 * x)


def test_a_helper_that_is_called_like_the_printed_function():
    agrees(f, 0.7)
    agrees(calls_a_helper_named_like_its_gradient, 0.7)


# -- Python's rules of names -------------------------------------------------------------------------------------------


def test_names_that_python_folds_are_one_variable():
    # U+017F (long s) and U+FB01 (the ligature fi) fold to s and fi
    source = "import numpy as np\ndef f(\u017fx, \ufb01):\n    return np.\u017fin(sx) * fi * sx\n"
    text = s2sad.differentiate(source, "f", argnums=("sx", "fi"))
    d_sx, d_fi = printed(text)(0.7, 2.0)
    assert d_sx == pytest.approx(2.0 * (math.cos(0.7) * 0.7 + math.sin(0.7)), rel=1e-14)
    assert d_fi == pytest.approx(math.sin(0.7) * 0.7, rel=1e-14)


def greek(α, β):
    λ = α * β
    return np.sin(λ) + λ * α


def test_names_in_other_scripts():
    agrees(greek, 0.3, 0.7, argnums=(0, 1))
    assert "d_α" in s2sad.differentiate("def f(α):\n    return α * α * α\n", "f", style="ssa")


class Model:
    def loss(x, __scale):
        __hidden = x * __scale
        return __hidden * __hidden


def test_class_private_names():
    found = s2sad.grad(Model.loss, argnums=(0, 1))(2.0, 3.0)
    assert found == (pytest.approx(36.0), pytest.approx(24.0))


def test_an_inner_scope_keeps_its_own_variables():
    def outer(x):
        y = x * x

        def inner(z):
            y = z * 3.0
            return y

        return inner(x) + y

    assert agrees(outer, 2.0) == pytest.approx(7.0)


def test_a_nested_function_sees_the_variable_as_it_is_when_called():
    def outer(x):
        scale = 1.0

        def inner(z):
            return z * scale

        scale = x
        return inner(x)

    assert agrees(outer, 3.0) == pytest.approx(6.0)


def deletes(x):
    y = x * x
    z = y
    del y
    return z


def test_a_name_is_deleted_and_not_its_value():
    agrees(deletes, 0.7)
    refused_source("def f(x):\n    y = x * x\n    del y\n    return y\n", "S2S110", "y")


def variable_of_a_comprehension(x):
    v = x[0]
    return sum([v * v for v in x]) * v


def variable_in_a_list(x):
    v = x[1]
    return np.sum([v * v for v in x]) * v


def test_the_variable_of_a_comprehension_is_another_one():
    agrees(variable_of_a_comprehension, X)
    agrees(variable_in_a_list, X)


@pytest.mark.parametrize("word", ["global", "nonlocal"])
def test_declarations_are_refused(word):
    if word == "nonlocal":
        source = "def f(x):\n    y = x\n    def h():\n        nonlocal y\n        y = y * 2.0\n    h()\n    return y\n"
        refused_source(source, "S2S162", "nonlocal")
    else:
        refused_source("y = 1.0\ndef f(x):\n    global y\n    y = x\n    return y\n", "S2S162", "global")


def test_a_name_that_is_not_defined():
    refused_source("def f(x):\n    return x * wieght\n", "S2S111", "wieght")


def test_a_misspelt_function_of_numpy():
    refused_source("import numpy as np\ndef f(x):\n    return np.exq(x)\n", "S2S111", "np.exq")


def walrus(x):
    return (y := x * x) + y * x


def walrus_in_a_condition(x):
    if (y := x * x) > 1.0:
        return y * x
    return y * 3.0


def test_assignment_expressions():
    agrees(walrus, 3.0)
    agrees(walrus_in_a_condition, 3.0)
    agrees(walrus_in_a_condition, 0.3)


@pytest.mark.parametrize(
    ("expression", "needle"),
    [
        ("c > 0.0 and (y := x * x) > 0.0 and y * x", "y := x * x"), ("((y := x * x) if c > 0.0 else 1.0) * y", "y := x * x"),
        ("(c or (y := x * x)) * y", "y := x * x"), ("(0.0 < c < (y := x * x)) * y", "y := x * x"),
    ],
)  # fmt: skip
def test_assignment_expressions_that_may_not_run_are_refused(expression, needle):
    refused_source(f"def f(x, c):\n    y = x\n    return {expression}\n", "S2S125", needle)


# -- two things of one name --------------------------------------------------------------------------------------------

scale = 3.0
table = np.array([1.0, 2.0, 4.0])


def helper_reads_scale(x):
    return x * scale


def variable_named_like_a_global_of_a_helper(x):
    scale = x * 2.0
    return helper_reads_scale(x) * scale


def helper_reads_table(x):
    return np.sum(x * table)


def variable_named_like_an_array_of_a_helper(x):
    table = x * 2.0
    return helper_reads_table(x) * np.sum(table)


def test_a_variable_named_like_a_constant_of_a_helper():
    assert agrees(variable_named_like_a_global_of_a_helper, 2.0) == pytest.approx(24.0)


def test_a_variable_named_like_an_array_of_a_helper_is_refused():
    refused(lambda: s2sad.grad(variable_named_like_an_array_of_a_helper)(X), "S2S115", "table")


def reads_table(x, y):
    return np.sum(np.sin(x) * table) * y


def test_a_global_array_becomes_a_keyword():
    agrees(reads_table, X, 2.0, argnums=(0, 1), static=False)
    refused_source("import numpy as np\ntable = np.ones(3)\ndef f(x):\n    return np.sum(x * table)\n", "S2S113", "table")
    text = s2sad.value_and_grad(reads_table).source
    assert "table" in __import__("inspect").signature(printed(text)).parameters


def test_every_generated_name_is_free_of_the_users():
    source = dedent("""
        import numpy as np
        def f(x, n):
            h = x
            d_h = np.sin(x)
            for i in range(n):
                d_h_1 = h * d_h
                h_saved = np.tanh(d_h_1)
                i_1 = h_saved * i
                h = h + i_1 * h_saved
                d_x = h * d_h
                d_h = d_x
            return np.sum(h * d_h)
    """)
    plain = {}
    exec(compile(source, "plain", "exec"), plain)
    from s2sad.numeric import numerical_gradient

    for style in ("readable", "ssa"):
        for n in (0, 1, 3):
            function = printed(s2sad.differentiate(source, "f", style=style))
            np.testing.assert_allclose(function(X, n), numerical_gradient(plain["f"], (X, n), 0), atol=1e-6)


def test_the_public_name_is_the_users_with_what_it_is():
    names = set(run_text(s2sad.differentiate("def loss(x):\n    return x * x\n", "loss")))
    assert names == {"loss_grad"}
