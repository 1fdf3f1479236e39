"""Parameters, defaults, calls in the body, and derivatives inside derivatives."""
from __future__ import annotations

import numpy as np
import pytest
from tests.hazards.conftest import agrees, printed, refused, refused_source, right_or_refused

import s2sad

X = np.array([0.3, -0.7, 1.2])


# -- parameters and defaults -------------------------------------------------------------------------------------------


def with_defaults(x, scale=2.0, n=2, table=(1.0, 3.0), name="mean"):
    y = x * scale
    for _ in range(n):
        y = y * x * table[1]
    return y + 1.0 if name == "mean" else y


def positional_only(x, y, /, z=3.0):
    return x * y * z


def keyword_only(x, *, scale, power=2):
    return scale * x**power


def keyword_only_differentiated(x, *, scale=3.0):
    return scale * x * x


def test_defaults():
    live = s2sad.grad(with_defaults)
    assert live(1.5) == pytest.approx(2.0 * 9.0 * 3 * 1.5**2)
    assert live(1.5, n=0) == 2.0
    assert live(1.5, 1.0, 1) == pytest.approx(9.0)
    assert live(1.5, name="sum", n=1) == pytest.approx(18.0)
    text = live.source
    assert printed(text)(1.5, name="sum", n=1) == pytest.approx(18.0)


def test_defaults_are_printed():
    source = "def f(x, scale=2.0, n=2, *, shift=-1.0):\n    return scale * x**n + shift * x\n"
    g = printed(s2sad.differentiate(source, "f"))
    assert g(3.0) == pytest.approx(11.0)
    assert g(3.0, shift=1.0) == pytest.approx(13.0)


def test_calls_with_defaults_left_out_are_compiled_once():
    live = s2sad.grad(with_defaults)
    live(1.5)
    before = live._entries  # the compilations at hand
    count = len(before)
    for _ in range(3):
        live(1.5)
        live(2.5)
    assert len(live._entries) == count
    found = [live._entries[key] for key in live._entries]
    live(1.5)
    assert [live._entries[key] for key in live._entries] == found


def test_positional_only_parameters():
    assert agrees(positional_only, 2.0, 3.0, argnums=(0, 1)) == (9.0, 6.0)
    assert s2sad.grad(positional_only)(2.0, 3.0, z=1.0) == 3.0
    with pytest.raises(TypeError):
        s2sad.grad(positional_only)(x=2.0, y=3.0)


def test_keyword_only_parameters():
    assert s2sad.grad(keyword_only)(2.0, scale=3.0) == pytest.approx(12.0)
    assert s2sad.grad(keyword_only)(2.0, power=3, scale=3.0) == pytest.approx(36.0)
    assert s2sad.grad(keyword_only, "scale")(2.0, scale=3.0) == pytest.approx(4.0)
    assert s2sad.grad(keyword_only_differentiated, ("x", "scale"))(2.0) == (12.0, 4.0)
    text = s2sad.grad(keyword_only).source
    assert printed(text)(2.0, scale=3.0) == pytest.approx(12.0)
    with pytest.raises(TypeError):
        s2sad.grad(keyword_only)(2.0, 3.0)
    with pytest.raises(TypeError):
        s2sad.grad(keyword_only)(2.0)


def mutable_default(x, weights=[1.0, 2.0]):
    return weights[0] * x * x + weights[1] * x


def test_a_mutable_default_is_read_at_each_call():
    live = s2sad.grad(mutable_default)
    assert live(3.0) == 8.0
    weights = mutable_default.__defaults__[0]
    weights[0] = 10.0
    try:
        assert live(3.0) == 62.0
    finally:
        weights[0] = 1.0
    assert live(3.0) == 8.0


def array_default(x, w=np.array([1.0, 2.0, 3.0])):
    return np.sum(x * w)


def test_an_array_as_a_default():
    live = s2sad.grad(array_default, "x")
    np.testing.assert_array_equal(live(X), [1.0, 2.0, 3.0])
    array_default.__defaults__[0][0] = 5.0
    try:
        np.testing.assert_array_equal(live(X), [5.0, 2.0, 3.0])
    finally:
        array_default.__defaults__[0][0] = 1.0


def test_defaults_that_are_replaced():
    def f(x, scale=2.0):
        return x * scale

    live = s2sad.grad(f)
    assert live(1.0) == 2.0
    f.__defaults__ = (5.0,)
    assert live(1.0) == 5.0


def helper_with_default(x, scale=2.0):
    return x * scale


def calls_a_helper_with_default(x):
    return helper_with_default(x) * x


def test_defaults_of_a_helper_that_are_replaced():
    live = s2sad.grad(calls_a_helper_with_default)
    assert live(3.0) == 12.0
    helper_with_default.__defaults__ = (5.0,)
    try:
        assert live(3.0) == 30.0
    finally:
        helper_with_default.__defaults__ = (2.0,)


def test_code_that_is_replaced_is_noticed():
    def f(x):
        return x * x

    def other(x):
        return x * x * x

    live = s2sad.grad(f)
    assert live(2.0) == 4.0
    f.__code__ = other.__code__
    assert live(2.0) == 12.0


def variadic(x, *args):
    return x * args[0] * args[1]


def variadic_keywords(x, **kwargs):
    return x * kwargs["a"]


def test_variadic_parameters_are_right_or_refused():
    refused_source("def f(x, *args):\n    return x * args[0]\n", "S2S131", "def f")
    refused_source("def f(x, **kwargs):\n    return x * kwargs['a']\n", "S2S131", "def f")
    right_or_refused(lambda: s2sad.grad(variadic)(1.0, 2.0, 5.0), 10.0)
    right_or_refused(lambda: s2sad.grad(variadic)(1.0, 2.0, 5.0, 7.0), 10.0)
    refused(lambda: s2sad.grad(variadic_keywords)(1.0, a=2.0), "S2S131")


@pytest.mark.parametrize(
    ("default", "use", "expected"),
    [
        ("s=np.inf", "1.0 if s > 9.0 else 2.0", 1.0), ("s=-np.inf", "1.0 if s > 9.0 else 2.0", 2.0),
        ("s=np.nan", "1.0 if s > 9.0 else 2.0", 2.0), ("s=1e400", "1.0 if s > 9.0 else 2.0", 1.0),
        ("s=-0.0", "s", -0.0), ("s=(1.0, -2.0)", "s[1]", -2.0), ("s=None", "2.0", 2.0), ("s='a\\n\"\"\"'", "2.0", 2.0),
        ("s=2**70", "s", 2.0**70), ("s=True", "s", 1.0), ("s=...", "2.0", 2.0), ("s=1j", "2.0", 2.0),
    ],
)  # fmt: skip
def test_defaults_that_are_hard_to_print(default, use, expected):
    source = f"import numpy as np\ndef f(x, {default}):\n    return x * ({use})\n"
    assert printed(s2sad.differentiate(source, "f"))(3.0) == expected


def list_after_a_number(x, n=2, w=[1.0, 3.0]):
    return x * n * w[1]


def number_after_an_array(x, w=np.array([1.0, 3.0]), n=2):
    return np.sum(x * w) * n


def infinite_default(x, bound=np.inf):
    return x * x if x < bound else x


def test_defaults_that_cannot_be_printed():
    assert s2sad.grad(list_after_a_number)(1.0) == 6.0
    assert s2sad.grad(list_after_a_number)(1.0, w=[1.0, 5.0]) == 10.0
    assert s2sad.grad(number_after_an_array)(1.0) == 8.0
    assert s2sad.grad(infinite_default)(3.0) == 6.0
    assert s2sad.grad(infinite_default)(3.0, 1.0) == 1.0
    assert printed(s2sad.grad(list_after_a_number).source)(1.0, w=[1.0, 3.0], n=2) == 6.0
    assert printed(s2sad.grad(number_after_an_array).source)(1.0, w=np.array([1.0, 3.0]), n=2) == 8.0


# -- derivatives of derivatives ----------------------------------------------------------------------------------------


def cube(x):
    return x * x * x


def test_gradients_of_gradients_are_right_or_refused():
    right_or_refused(lambda: s2sad.grad(s2sad.grad(cube))(2.0), 12.0)
    right_or_refused(lambda: s2sad.grad(s2sad.grad(s2sad.grad(cube)))(2.0), 6.0)


def test_a_gradient_inside_a_function_is_right_or_refused():
    inner = s2sad.grad(cube)
    right_or_refused(lambda: s2sad.grad(lambda x: x * inner(x))(2.0), 36.0)
    right_or_refused(lambda: s2sad.grad(lambda x: x * s2sad.grad(cube)(x))(2.0), 36.0)


def test_perturbation_confusion_is_right_or_refused():
    right_or_refused(lambda: s2sad.grad(lambda x: x * s2sad.grad(lambda y: x + y)(1.0))(1.0), 1.0)


def test_forward_mode_is_forward():
    live = s2sad.grad(cube, mode="forward")
    assert live(2.0) == 12.0
    assert "reverse sweep" not in live.source
    assert live.source != s2sad.grad(cube).source


# -- calls in the body -------------------------------------------------------------------------------------------------


def square(x):
    return x * x


def apply(function, x):
    return function(x) * 2.0


def higher_order(x):
    return apply(np.sin, x) + apply(lambda v: v * v, x) + apply(square, x)


def starred(x):
    pair = (x, x * x)
    return positional_only(*pair) + keyword_only(x, scale=x)


def swapped_keywords(x, y):
    return subtract(b=x, a=y) * 2.0


def subtract(a, b=1.0):
    return a - b * b


def unpacked_keywords(x):
    return subtract(**{"b": x, "a": x * x})


def test_calls():
    agrees(unpacked_keywords, 0.7)
    agrees(higher_order, 0.7)
    agrees(starred, 0.7)
    agrees(swapped_keywords, 0.7, 0.9, argnums=(0, 1))


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("g()", "S2S134"), ("g(x, x, x)", "S2S134"), ("g(x, a=x)", "S2S134"), ("g(x, c=x)", "S2S134"),
        ("g(**x)", "S2S131"), ("g(*x)", "S2S131"), ("x(1.0)", "S2S130"), ("'a'(x)", "S2S130"), ("np.sum(g)", "S2S112"), ("np.sum(np)", "S2S112"),
        ("np.histogram2d(x, x)[0]", "S2S200"), ("np.frompyfunc(g, 1, 1)(x)", "S2S112"), ("eval('x')", "S2S200"),
        ("exec('x = 1')", "S2S200"), ("open('x')", "S2S200"), ("np.random.get_state()", "S2S200"), ("getattr(x, 'T')", "S2S200"),
        ("locals()", "S2S200"), ("np.frombuffer(x)[0]", "S2S200"), ("np.histogram_bin_edges(x)", "S2S200"), ("x.nosuch()", "S2S132"), ("x.nosuch", "S2S123"),
    ],
)  # fmt: skip
def test_calls_that_are_refused(call, code):
    source = f"import numpy as np\ndef g(a, b=1.0):\n    return a * b\ndef f(x):\n    return {call}\n"
    with pytest.raises(s2sad.DifferentiationError) as caught:
        s2sad.differentiate(source, "f", types="x: float64[3]")
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.code == code, str(caught.value)
    assert diagnostic.span.line == 5
