"""Finding the text of a function, methods, and the objects that decorators make."""
from __future__ import annotations

import contextlib
import functools
import inspect
import operator
from types import SimpleNamespace

import numpy as np
import pytest
from tests.hazards.conftest import agrees, printed, refused, right_or_refused

import s2sad

X = np.array([0.3, -0.7, 1.2])


# -- finding the text --------------------------------------------------------------------------------------------------


def test_two_lambdas_on_one_line():
    f, g = (lambda x: x * x), (lambda x: x * x * x)
    assert (s2sad.grad(f)(2.0), s2sad.grad(g)(2.0)) == (4.0, 12.0)


def product(x, y):
    return x * y


def parabola(x):
    return 3.0 * x * x


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
    [cached, functools.partial(np.add, 2.0), np.sin, len, operator.mul, SimpleNamespace, functools.reduce],
    ids=["cached", "partial", "ufunc", "builtin", "operator", "class", "reduce"],
)
def test_what_is_no_plain_function_is_refused(thing):
    refused(lambda: s2sad.grad(thing)(2.0), "S2S012")


@pytest.mark.parametrize("thing", [3, None.__class__, "f", [product]])
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


def endless(x):
    return x * endless(x)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_recursion(n):
    agrees(recursive, 1.5, n)
    agrees(even, 1.5, 2 * n)


def test_recursion_without_end_is_refused():
    refused(lambda: s2sad.grad(endless)(2.0), "S2S133", None, __file__)


def yields(x):
    yield x


async def waits(x):
    return x


def test_generators_and_coroutines_are_refused():
    refused(lambda: s2sad.grad(yields)(1.0), "S2S011")
    refused(lambda: s2sad.grad(waits)(1.0), "S2S011")


# -- methods -----------------------------------------------------------------------------------------------------------


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
        with contextlib.suppress(s2sad.DifferentiationError):
            call()


# -- decorators --------------------------------------------------------------------------------------------------------


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
    live = s2sad.grad(parabola)
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
