"""Functions of every kind: defaults, closures, rebinding, decorators, methods, calls, argnums, aux and nesting."""
from __future__ import annotations

import functools
import inspect
import operator
import sys
from collections import namedtuple
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from tests.hazards.conftest import agrees, printed, refused, refused_source

import s2sad

X = np.array([0.3, -0.7, 1.2])


# -- parameters and defaults ----------------------------------------------------------------------------------------------------


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
    for f in (list_after_a_number, number_after_an_array):
        assert printed(s2sad.grad(f).source)(1.0, w=[1.0, 3.0], n=2) is not None


# -- closures and globals --------------------------------------------------------------------------------------------------------

factor = 3.0
weights = np.array([1.0, 2.0, 3.0])


def uses_factor(x):
    return factor * x * x


def uses_weights(x):
    return np.sum(weights * x)


def helper(x):
    return x * x


def uses_helper(x):
    return helper(x) * 2.0


def replacement(x):
    return x * x * x


def test_a_global_that_is_rebound(monkeypatch):
    live = s2sad.grad(uses_factor)
    assert live(2.0) == 12.0
    monkeypatch.setattr(sys.modules[__name__], "factor", 5.0)
    assert live(2.0) == 20.0
    monkeypatch.setattr(sys.modules[__name__], "factor", np.float64(1.0))
    assert live(2.0) == 4.0
    monkeypatch.undo()
    assert live(2.0) == 12.0


def test_a_global_array_that_is_rebound_or_changed(monkeypatch):
    live = s2sad.grad(uses_weights)
    np.testing.assert_array_equal(live(X), weights)
    monkeypatch.setattr(sys.modules[__name__], "weights", np.array([4.0, 5.0, 6.0]))
    np.testing.assert_array_equal(live(X), [4.0, 5.0, 6.0])
    weights[1] = -1.0
    np.testing.assert_array_equal(live(X), [4.0, -1.0, 6.0])
    monkeypatch.setattr(sys.modules[__name__], "weights", np.array([[1.0], [2.0]]))
    np.testing.assert_array_equal(live(X), [3.0, 3.0, 3.0])
    monkeypatch.setattr(sys.modules[__name__], "weights", 2.0)
    np.testing.assert_array_equal(live(X), [2.0, 2.0, 2.0])


def test_a_captured_array_whose_shape_is_changed_in_place():
    table = np.arange(1.0, 4.0)

    def f(x):
        return np.sum(table * x)

    live = s2sad.grad(f)
    np.testing.assert_array_equal(live(X), [1.0, 2.0, 3.0])
    table.resize((3, 1), refcheck=False)
    try:
        np.testing.assert_array_equal(live(X), [6.0, 6.0, 6.0])
    except ValueError as error:
        assert "generated for" in str(error)


def test_a_helper_that_is_redefined(monkeypatch):
    live = s2sad.grad(uses_helper)
    assert live(2.0) == 8.0
    monkeypatch.setattr(sys.modules[__name__], "helper", replacement)
    assert live(2.0) == 24.0


def test_a_function_of_numpy_that_is_rebound(monkeypatch):
    namespace = sys.modules[__name__]
    monkeypatch.setattr(namespace, "helper", np.sin)
    assert s2sad.grad(uses_helper)(0.0) == 2.0


def test_cells_that_are_rebound():
    scale = 2.0

    def f(x):
        return x * scale

    def rebind(value):
        nonlocal scale
        scale = value

    live = s2sad.grad(f)
    assert live(1.0) == 2.0
    rebind(7.0)
    assert live(1.0) == 7.0
    rebind(X)
    np.testing.assert_array_equal(s2sad.grad(lambda x: np.sum(f(x)))(np.ones(3)), X)


def test_late_binding_closures():
    functions = [lambda x: x * k for k in range(4)]
    assert [s2sad.grad(f)(1.0) for f in functions] == [3.0] * 4
    functions = [lambda x, k=k: x * k for k in range(4)]
    assert [s2sad.grad(f)(1.0) for f in functions] == [0.0, 1.0, 2.0, 3.0]


def make(scale, table):
    def f(x):
        return np.sum(x * table) * scale

    return f


def test_closures_of_one_text_do_not_share_what_they_read():
    first, second = make(2.0, X), make(3.0, X * 10.0)
    a, b = s2sad.grad(first), s2sad.grad(second)
    for _ in range(2):
        np.testing.assert_array_equal(a(np.ones(3)), 2.0 * X)
        np.testing.assert_array_equal(b(np.ones(3)), 3.0 * (X * 10.0))


def test_a_captured_list_that_grows():
    parts = [1.0, 2.0]

    def f(x):
        total = x * 0.0
        for p in parts:
            total = total + p * x
        return total

    live = s2sad.grad(f)
    assert live(1.0) == 3.0
    parts.append(10.0)
    assert live(1.0) == 13.0
    parts[0] = X[0]
    assert live(1.0) == 12.3


def test_a_captured_dict_that_changes():
    config = {"scale": 2.0, "shift": 1.0}

    def f(x):
        return x * config["scale"] + config["shift"]

    live = s2sad.grad(f)
    assert live(1.0) == 2.0
    config["scale"] = 5.0
    assert live(1.0) == 5.0


def test_a_value_of_a_users_module():
    module = ModuleType("settings")
    module.rate = 2.0
    module.table = X

    def f(x):
        return np.sum(x * module.table) * module.rate

    live = s2sad.grad(f)
    np.testing.assert_array_equal(live(np.ones(3)), 2.0 * X)
    module.rate = 3.0
    np.testing.assert_array_equal(live(np.ones(3)), 3.0 * X)


def test_an_object_of_the_users_is_refused():
    thing = SimpleNamespace(rate=2.0)

    def f(x):
        return x * thing.rate

    with pytest.raises(s2sad.DifferentiationError) as caught:
        s2sad.grad(f)(1.0)
    assert caught.value.code in ("S2S113", "S2S114", "S2S123")


def test_an_unbound_global_is_refused():
    refused(lambda: s2sad.grad(lambda x: x * does_not_exist)(1.0), "S2S111", "does_not_exist")  # noqa: F821


# -- finding the text ---------------------------------------------------------------------------------------------------------


def test_two_lambdas_on_one_line():
    f, g = (lambda x: x * x), (lambda x: x * x * x)
    assert (s2sad.grad(f)(2.0), s2sad.grad(g)(2.0)) == (4.0, 12.0)


def doubled(function):
    @functools.wraps(function)
    def wrapper(x):
        return function(x) * 2.0

    return wrapper


@doubled
def wrapped(x):
    return x * x


def test_a_wrapper_is_what_is_called_not_what_it_wraps():
    assert s2sad.grad(wrapped)(3.0) == 12.0
    assert s2sad.grad(lambda x: wrapped(x) * x)(3.0) == pytest.approx(54.0)


@functools.lru_cache
def cached(x):
    return x * x


@pytest.mark.parametrize(
    "thing",
    [cached, functools.partial(positional_only, 2.0), np.sin, len, operator.mul, SimpleNamespace, functools.reduce],
    ids=["cached", "partial", "ufunc", "builtin", "operator", "class", "reduce"],
)
def test_what_is_no_plain_function_is_refused(thing):
    refused(lambda: s2sad.grad(thing)(2.0), "S2S012")


@pytest.mark.parametrize("thing", [3, None.__class__, "f", [helper]])
def test_what_is_not_callable_is_refused_at_once(thing):
    with pytest.raises((s2sad.DifferentiationError, TypeError)) as caught:
        s2sad.grad(thing)(2.0)
    assert isinstance(caught.value, s2sad.DifferentiationError)


def test_a_function_without_a_text():
    namespace = {}
    exec("def f(x):\n    return x * x\n", namespace)
    refused(lambda: s2sad.grad(namespace["f"])(1.0), "S2S006")


def recursive(x, n):
    return x if n == 0 else x * recursive(x, n - 1)


def even(x, n):
    return x if n == 0 else odd(x, n - 1)


def odd(x, n):
    return x * even(x, n - 1)


def test_recursion_is_refused():
    refused(lambda: s2sad.grad(recursive)(2.0, 3), "S2S133", "recursive(x, n - 1)", __file__)
    refused(lambda: s2sad.grad(even)(2.0, 4), "S2S133", None, __file__)


def yields(x):
    yield x


async def waits(x):
    return x


def test_generators_and_coroutines_are_refused():
    refused(lambda: s2sad.grad(yields)(1.0), "S2S011")
    refused(lambda: s2sad.grad(waits)(1.0), "S2S011")


# -- methods ---------------------------------------------------------------------------------------------------------------------


class Model:
    scale = 3.0

    def __init__(self, w):
        self.w = w

    def loss(self, x):
        return np.sum(x * x)

    def weighted(self, x):
        return np.sum(self.w * x)

    @staticmethod
    def static(x):
        return x * x

    @classmethod
    def of_class(cls, x):
        return x * cls.scale

    @s2sad.grad(argnums=1)
    def decorated(self, x):
        return x * x

    def __call__(self, x):
        return x * x


class Slots:
    __slots__ = ()

    @s2sad.grad
    def plain(x):
        return x * x


def right_or_refused(call, expected):
    try:
        found = call()
    except s2sad.DifferentiationError as error:
        assert error.code.startswith("S2S1") or error.code in ("S2S012", "S2S300", "S2S200"), str(error)  # noqa: PT017
        assert error.diagnostics[0].advice  # noqa: PT017
        return
    np.testing.assert_allclose(found, expected)


def test_methods_are_right_or_refused():
    model = Model(X)
    right_or_refused(lambda: s2sad.grad(model.loss)(X), 2 * X)
    right_or_refused(lambda: s2sad.grad(model.weighted)(X), X)
    right_or_refused(lambda: s2sad.grad(Model.loss, 1)(model, X), 2 * X)
    right_or_refused(lambda: model.decorated(3.0), 6.0)
    right_or_refused(lambda: Model.decorated(model, 3.0), 6.0)
    right_or_refused(lambda: s2sad.grad(Model.of_class)(3.0), 3.0)
    right_or_refused(lambda: s2sad.grad(model)(3.0), 6.0)
    assert s2sad.grad(Model.static)(3.0) == 6.0
    assert s2sad.grad(model.static)(3.0) == 6.0
    assert Slots.plain(3.0) == 6.0


def test_an_object_passed_in_is_right_or_refused():
    model = Model(X)
    right_or_refused(lambda: s2sad.grad(lambda m, x: np.sum(m.w * x), 1)(model, X), X)


def test_a_method_that_is_refused_is_never_an_attribute_error():
    model = Model(X)
    for call in (lambda: s2sad.grad(model.weighted)(X), lambda: s2sad.grad(model.weighted).source):
        try:
            call()
        except s2sad.DifferentiationError:
            pass


# -- decorators ------------------------------------------------------------------------------------------------------------------


@s2sad.grad
def square_gradient(x: float) -> float:
    """Return x times x."""
    return x * x


@s2sad.value_and_grad(argnums=("W", "b"))
def affine(x, W, b=0.5, *, power: int = 2):
    """Affine."""
    return np.sum((x @ W + b) ** power)


def test_decorators():
    assert square_gradient(3.0) == 6.0
    value, (d_w, d_b) = affine(X, X)
    assert value == pytest.approx((X @ X + 0.5) ** 2)
    np.testing.assert_allclose(d_w, 2 * (X @ X + 0.5) * X)
    assert d_b == pytest.approx(2 * (X @ X + 0.5))


def test_what_a_decorated_function_says_of_itself():
    assert square_gradient.__name__ == "square_gradient"
    assert square_gradient.__doc__ == "Return x times x."
    assert square_gradient.__module__ == __name__
    assert square_gradient.__qualname__ == "square_gradient"
    assert list(inspect.signature(square_gradient).parameters) == ["x"]
    assert str(inspect.signature(affine)) == "(x, W, b=0.5, *, power: int = 2)".replace("int", "'int'")
    assert square_gradient.primal(3.0) == 9.0
    assert "square_gradient" in repr(square_gradient)


def test_source_before_and_after_the_first_call(tmp_path):
    live = s2sad.grad(uses_factor)
    before = live.source
    assert "unknown" in before.split("import numpy")[0]
    live(2.0)
    after = live.source
    assert "float" in after.split("import numpy")[0]
    assert printed(before)(2.0) == printed(after)(2.0) == 12.0
    live(np.array(2.0))
    assert live.source != after
    live.save(tmp_path / "out.py")
    assert (tmp_path / "out.py").read_text(encoding="utf-8") == live.source
    live.save(str(tmp_path / "text.py"))
    assert (tmp_path / "text.py").read_text(encoding="utf-8") == live.source


def test_signature_source():
    live = s2sad.grad(affine.primal, "x")
    text = live.signature_source(X, X)
    assert printed(text)(X, X) is not None
    assert live.signature_source(X, W=X, power=3) is not None
    with pytest.raises(ValueError, match="generated for"):
        printed(text)(np.ones((4, 3)), X)


# -- argnums ---------------------------------------------------------------------------------------------------------------------


def three(x, y, z):
    return x * y * y * z * z * z


@pytest.mark.parametrize(
    ("argnums", "expected"),
    [
        (0, 108.0), (1, 108.0), (2, 108.0), (-1, 108.0), (-3, 108.0), ("y", 108.0), ((0,), (108.0,)),
        ([0, 2], (108.0, 108.0)), (("z", "x"), (108.0, 108.0)), ((2, "x", -2), (108.0, 108.0, 108.0)),
        (np.int64(1), 108.0), ([np.int32(0)], (108.0,)), (["y"], (108.0,)),
    ],
)  # fmt: skip
def test_argnums(argnums, expected):
    found = s2sad.grad(three, argnums)(1.0, 2.0, 3.0)
    assert type(found) is type(expected)
    np.testing.assert_allclose(found, expected)


def test_argnums_are_not_mixed_up():
    a, b, c = 2.0, 3.0, 5.0
    by = {"x": b * b * c**3, "y": a * 2 * b * c**3, "z": a * b * b * 3 * c * c}
    assert s2sad.grad(three, ("z", "x"))(a, b, c) == pytest.approx((by["z"], by["x"]))
    assert s2sad.grad(three, [1, -1])(a, b, c) == pytest.approx((by["y"], by["z"]))
    assert s2sad.grad(three, "y")(z=c, y=b, x=a) == pytest.approx(by["y"])
    assert s2sad.grad(three, "y")(a, z=c, y=b) == pytest.approx(by["y"])


@pytest.mark.parametrize("argnums", [3, -4, "w", (0, 0), ("x", 0), (0, -3), ("x", "q"), (), 1.0, None, (0, None), True, {0}, "", ((0, 1),)])
def test_argnums_that_do_not_exist_are_refused(argnums):
    with pytest.raises(s2sad.DifferentiationError) as caught:
        s2sad.grad(three, argnums)(1.0, 2.0, 3.0)
    assert caught.value.code == "S2S302"


def test_calls_that_do_not_fit_the_signature():
    live = s2sad.grad(three)
    for args, kwargs in [((1.0,), {}), ((1.0, 2.0, 3.0, 4.0), {}), ((1.0, 2.0, 3.0), {"z": 1.0}), ((1.0, 2.0), {"q": 3.0})]:
        with pytest.raises(TypeError):
            live(*args, **kwargs)
    assert live(1.0, 2.0, 3.0) == 108.0
    for args, kwargs in [((1.0,), {}), ((1.0, 2.0, 3.0, 4.0), {})]:
        with pytest.raises(TypeError):
            live(*args, **kwargs)


# -- results and aux ------------------------------------------------------------------------------------------------------------


def with_aux(x, y):
    z = x * y
    return z * z, {"z": z, "parts": [x, (y, 2)], "name": "aux"}


def test_has_aux():
    gradient, aux = s2sad.grad(with_aux, has_aux=True)(2.0, 3.0)
    assert gradient == 36.0
    assert aux == {"z": 6.0, "parts": [2.0, (3.0, 2)], "name": "aux"}
    (value, aux), gradients = s2sad.value_and_grad(with_aux, (0, 1), has_aux=True)(2.0, 3.0)
    assert (value, gradients) == (36.0, (36.0, 24.0))
    assert aux["z"] == 6.0
    gradient, aux = s2sad.grad(with_aux, has_aux=True, mode="forward")(2.0, 3.0)
    assert (gradient, aux["z"]) == (36.0, 6.0)


def pair(x):
    return x, x


def vector(x):
    return x * x


@pytest.mark.parametrize(
    ("f", "options", "args", "code"),
    [
        (vector, {}, (X,), "S2S301"), (vector, {}, (np.ones((1,)),), "S2S301"), (pair, {}, (1.0,), "S2S301"),
        (vector, {"has_aux": True}, (1.0,), "S2S303"), (lambda x: None, {}, (1.0,), "S2S301"),
        (lambda x: 3, {}, (1.0,), "S2S301"), (lambda x: x > 1.0, {}, (1.0,), "S2S301"),
        (lambda x: [x], {}, (1.0,), "S2S301"), (lambda x: {"a": x}, {}, (1.0,), "S2S301"),
        (lambda x: np.argmax(x), {}, (X,), "S2S301"), (lambda x: "text", {}, (1.0,), "S2S301"),
        (vector, {}, (3,), "S2S300"), (vector, {}, (True,), "S2S300"), (vector, {}, (np.arange(3),), "S2S300"),
        (vector, {}, (np.int64(3),), "S2S300"), (vector, {}, (np.array(3),), "S2S300"), (vector, {}, ("x",), "S2S300"),
        (vector, {}, (None,), "S2S300"), (lambda x: np.sum(x > 0), {}, (X,), "S2S301"),
    ],
)  # fmt: skip
def test_results_and_arguments_without_a_gradient_are_refused(f, options, args, code):
    for make in (s2sad.grad, s2sad.value_and_grad):
        for mode in ("reverse", "forward"):
            with pytest.raises(s2sad.DifferentiationError) as caught:
                make(f, mode=mode, **options)(*args)
            assert isinstance(caught.value, TypeError)
            assert caught.value.code == code, str(caught.value)


def constant_result(x):
    return 3.0


def ignores(x, y):
    return np.sum(y * y)


def through_int(x):
    return np.sum(x) * int(np.floor(x[0]))


def test_a_result_that_does_not_depend_on_the_argument():
    assert s2sad.grad(constant_result)(2.0) == 0.0
    zeros = s2sad.grad(ignores)(X, X)
    np.testing.assert_array_equal(zeros, np.zeros(3))
    assert zeros.dtype == np.float64
    found = s2sad.grad(ignores)({"a": (X, 2.0), "b": [np.float32([1.0])]}, X)
    assert found["b"][0].dtype == np.float32
    assert found["a"][1] == 0.0


def mixed_leaves(p):
    return p["n"] * p["w"] * np.sum(p["i"])


def test_leaves_without_a_derivative():
    """Zero would be a wrong number: the value does depend on the integers."""
    tree = {"n": 3, "w": 2.0, "s": "adam", "i": np.arange(3), "b": True, "none": None}
    for mode in ("reverse", "forward"):
        try:
            found = s2sad.grad(mixed_leaves, mode=mode)(tree)
        except s2sad.DifferentiationError as error:
            assert error.code == "S2S300"  # noqa: PT017
            continue
        assert found == {"n": None, "w": 9.0, "s": None, "i": None, "b": None, "none": None}


# -- structures ------------------------------------------------------------------------------------------------------------------

Point = namedtuple("Point", "x y")


@dataclass
class Layer:
    W: np.ndarray
    b: np.ndarray


def of_point(p):
    return p.x * p.y * p[0]


def of_layer(layer, x):
    return np.sum(x @ layer.W + layer.b)


def of_dict(params, x):
    return np.sum(np.tanh(x @ params["W"] + params["b"])) * params["scale"]


def of_nested(tree):
    first, (second, third) = tree
    return np.sum(first["w"] * second) + third[0] * third[-1]


def test_structures():
    found = s2sad.grad(of_dict)({"W": np.eye(3), "b": X, "scale": 2.0, "unused": X}, X)
    assert list(found) == ["W", "b", "scale", "unused"]
    agrees(of_dict, {"W": np.eye(3), "b": X, "scale": 2.0, "unused": X}, X, argnums=(0, 1))
    agrees(of_nested, ({"w": X}, [X, (2.0, 3.0)]))
    agrees(of_nested, ({"w": X}, (X, [2.0, 3.0, 4.0])))


def test_named_tuples_and_dataclasses_are_right_or_refused():
    try:
        found = s2sad.grad(of_point)(Point(2.0, 3.0))
    except s2sad.DifferentiationError:
        pass
    else:
        assert type(found) is Point
        assert found == Point(12.0, 4.0)
    try:
        found = s2sad.grad(of_layer)(Layer(np.eye(3), X), X)
    except s2sad.DifferentiationError:
        return
    assert type(found) is Layer
    np.testing.assert_allclose(found.b, np.ones(3))


def test_other_shapes_dtypes_and_structures_compile_anew():
    live = s2sad.value_and_grad(lambda p, x: np.sum(np.sin(p * x)))
    for p in (2.0, np.float32(2.0), X, X[:1], X[:, None], np.float32(X), np.ones((2, 3)), np.array(2.0)):
        for x in (3.0, 3, X, np.arange(3), X.astype(np.float32), np.array([True, False, True])):
            value, gradient = live(p, x)
            np.testing.assert_array_equal(value, np.sum(np.sin(p * x)))
            assert np.shape(gradient) == np.shape(p)
            full = np.cos(p * x) * x
            lead = tuple(range(full.ndim - np.ndim(p)))
            summed = np.sum(full, axis=lead) if lead else full
            ones = tuple(k for k, n in enumerate(np.shape(p)) if n == 1)
            summed = np.sum(summed, axis=ones, keepdims=True) if ones else summed
            np.testing.assert_allclose(gradient, summed, rtol=2e-6)


def test_the_emitted_typed_module_refuses_other_arguments():
    live = s2sad.grad(lambda p, x: np.sum((p - x) ** 2))
    g = printed(live.signature_source(X, X))
    np.testing.assert_allclose(g(X, X * 2), -2 * X)
    for p, x in [
        (X, X[:, None]), (X[:, None], X), (X, X[:2]), (X, 2.0), (2.0, X), (X.astype(np.float32), X), (X, np.arange(3)),
        (X[:1], X), (X, X[:1]), (list(X), X), (X[None], X[None]), (np.float64(2.0), X), (X + 0j, X), (X, None),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match="generated for"):
            g(p, x)
    np.testing.assert_allclose(g(np.ones(5), np.zeros(5)), 2 * np.ones(5))


def test_the_emitted_typed_module_refuses_other_structures():
    live = s2sad.grad(of_dict)
    g = printed(live.signature_source({"W": np.eye(3), "b": X, "scale": 2.0}, X))
    for params in [
        {"W": np.eye(3), "b": X}, {"W": np.eye(3), "b": X[:1], "scale": 2.0}, [np.eye(3), X, 2.0], {}, None,
        {"W": np.eye(3), "b": X[:, None], "scale": 2.0}, {"W": np.ones((3, 1)), "b": X, "scale": 2.0},
        {"W": np.eye(3), "b": X, "scale": X},
    ]:  # fmt: skip
        with pytest.raises(ValueError, match="generated for"):
            g(params, X)


# -- derivatives of derivatives -----------------------------------------------------------------------------------------------


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


# -- calls in the body -----------------------------------------------------------------------------------------------------------


def apply(function, x):
    return function(x) * 2.0


def higher_order(x):
    return apply(np.sin, x) + apply(lambda v: v * v, x) + apply(helper, x)


def starred(x):
    pair = (x, x * x)
    return positional_only(*pair) + keyword_only(x, scale=x)


def swapped_keywords(x, y):
    return subtract(b=x, a=y) * 2.0


def subtract(a, b=1.0):
    return a - b * b


def test_calls():
    agrees(higher_order, 0.7)
    agrees(starred, 0.7)
    agrees(swapped_keywords, 0.7, 0.9, argnums=(0, 1))


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("g()", "S2S134"), ("g(x, x, x)", "S2S134"), ("g(x, a=x)", "S2S134"), ("g(x, c=x)", "S2S134"),
        ("g(**{'a': x})", "S2S131"), ("g(*x)", "S2S131"), ("x(1.0)", "S2S130"), ("'a'(x)", "S2S130"), ("np.sum(g)", "S2S112"), ("np.sum(np)", "S2S112"),
        ("np.linalg.svd(x)", "S2S200"), ("np.vectorize(g)(x)", "S2S112"), ("eval('x')", "S2S200"),
        ("exec('x = 1')", "S2S200"), ("open('x')", "S2S200"), ("np.random.normal(x)", "S2S200"), ("getattr(x, 'T')", "S2S200"),
        ("locals()", "S2S200"), ("np.sort(x)[0]", "S2S200"), ("np.cumprod(x)[0]", "S2S200"), ("x.nosuch()", "S2S132"), ("x.nosuch", "S2S123"),
    ],
)  # fmt: skip
def test_calls_that_are_refused(call, code):
    source = f"import numpy as np\ndef g(a, b=1.0):\n    return a * b\ndef f(x):\n    return {call}\n"
    with pytest.raises(s2sad.DifferentiationError) as caught:
        s2sad.differentiate(source, "f", types="x: float64[3]")
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.code == code, str(caught.value)
    assert diagnostic.span.line == 5
