"""Calls under `checkpoint`: the same numbers to the last bit, saving nothing but the arguments."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad import checkpoint

SCALE = 0.5
X, W = np.linspace(-1.0, 1.0, 3), np.arange(9.0).reshape(3, 3) / 9.0


def layer(x: Any, w: Any, count: int = 3) -> Any:
    """Return what a loop, a branch and a store make of an array."""
    h = np.tanh(w @ x)
    for k in range(count):
        h = h * np.sin(h) + SCALE * x if k % 2 else h * h
    h[0] = h[1] * 2.0
    return h


again = checkpoint(layer)
short = checkpoint(functools.partial(layer, count=1))


@checkpoint
def decorated(x: Any, w: Any) -> Any:
    """Print, and call another function that is computed again."""
    print("called")
    assert x[0] < 100.0
    return again(x, w) + w[0] @ x


@checkpoint
def power(x: Any, n: int) -> Any:
    """Call itself."""
    return x if n == 0 else np.sin(x) * power(x, n - 1)


@checkpoint
def pair(x: Any, y: Any) -> Any:
    """Return two results, one of them an argument."""
    return x * y, y


def plain(x: Any, w: Any) -> Any:
    """Do what `recomputed` does."""
    for _ in range(4):
        x = layer(x, w)
    x, w2 = x * w[1], w[1]
    x = np.sin(x) * np.sin(x) * x + layer(layer(w2, w, 1), w) + w[0] @ layer(w2, w, 1)
    return np.sum(x)


def recomputed(x: Any, w: Any) -> Any:
    """Call functions under `checkpoint` in all ways."""
    for _ in range(4):
        x = again(x, w)
    x, w2 = pair(x, w[1])
    x = power(x, 2) + decorated(short(w2, w), w)
    return np.sum(x)


def test_the_same_gradient_and_only_arguments_are_saved(capsys: pytest.CaptureFixture[str]) -> None:
    gradient = s2sad.grad(recomputed, (0, 1))
    found = gradient(X, W)
    assert capsys.readouterr().out == "called\n"
    for one, other in zip(found, s2sad.grad(plain, (0, 1))(X, W), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-13)
    main = gradient.source[gradient.source.index("def recomputed_grad") :]
    assert "s2sad" not in gradient.source.partition("import numpy")[2]
    assert "layer_reverse(" in main and "np.tanh" not in main and "layer_primal" not in gradient.source
    assert "print" not in gradient.source[gradient.source.index("def decorated_reverse") :].split("\ndef ")[0]
    s2sad.check_grads(recomputed, (X, W))


def test_bit_by_bit_and_to_the_second_order() -> None:
    def loop(x: Any, w: Any) -> Any:
        for _ in range(3):
            x = again(x, w)
        return np.sum(x)

    def loop_plain(x: Any, w: Any) -> Any:
        for _ in range(3):
            x = layer(x, w)
        return np.sum(x)

    for mode in ("reverse", "forward"):
        one, other = (s2sad.grad(f, (0, 1), mode=mode)(X, W) for f in (loop, loop_plain))
        assert all(map(np.array_equal, one, other))
    s2sad.check_grads(loop, (X, W), order=2)
    np.testing.assert_allclose(s2sad.hessian(loop)(X, W), s2sad.hessian(loop_plain)(X, W), rtol=1e-12, atol=1e-12)


def test_a_store_into_a_result_leaves_the_argument_alone() -> None:
    @checkpoint
    def same(x: Any) -> Any:
        return x if x[0] > 5.0 else x[::-1]

    def f(x: Any) -> Any:
        y = x * 2.0
        z = same(y * y)
        w = np.sum(z * z)
        z[0] = 0.0
        return w + np.sum(z * y)

    s2sad.check_grads(f, (np.array([1.5, 0.5, 2.0]),))
    s2sad.check_grads(f, (np.array([4.5, 0.5, 2.0]),))


TEXT = """
import numpy as np
import s2sad
from s2sad import checkpoint

def inner(x, n):
    for _ in range(n):
        x = np.sin(x) * x
    return x

module_level = checkpoint(inner)

@s2sad.checkpoint
def decorated(x):
    return x * np.exp(x)

def f(x, n):
    local = checkpoint(lambda y: y * np.cos(y))
    return module_level(x, n) + decorated(x) + local(x)
"""


def test_static_text_is_standalone() -> None:
    text = s2sad.differentiate(TEXT, "f", types="x: float; n: int")
    assert "import s2sad" not in text and "inner_reverse" in text and "decorated_reverse" in text
    space: dict[str, Any] = {}
    exec(text, space)
    user: dict[str, Any] = {}
    exec(TEXT, user)
    slope = (user["f"](0.7 + 1e-6, 3) - user["f"](0.7 - 1e-6, 3)) / 2e-6
    assert space["f_grad"](0.7, 3) == pytest.approx(slope, rel=1e-8)
    assert s2sad.differentiate(TEXT, "decorated", types="x: float").count("def ") == 1


def test_what_is_refused() -> None:
    @checkpoint
    def store(x: Any) -> Any:
        x[0] = 1.0
        return x

    def stores(x: Any) -> Any:
        y = x * 2.0
        return np.sum(store(y))

    with pytest.raises(s2sad.DifferentiationError, match=r"'store' is under `checkpoint`, and it writes into 'x'"):
        s2sad.grad(stores)(X)
    with pytest.raises(s2sad.DifferentiationError, match=r"S2S134"):
        s2sad.grad(lambda x: checkpoint(x)(x))(X)
    with pytest.raises(TypeError, match="checkpoint takes a function"):
        checkpoint(3)
    assert np.array_equal(again(X, W), layer(X, W))


class Model:
    """An object with methods that are computed again."""

    def __init__(self, w: Any) -> None:
        self.w = w

    def apply(self, x: Any) -> Any:
        """Return a layer."""
        return np.tanh(self.w @ x)

    @checkpoint
    def decorated(self, x: Any) -> Any:
        """Return a layer."""
        return np.tanh(self.w @ x)


def test_methods() -> None:
    model = Model(W)
    s2sad.check_grads(lambda x: np.sum(checkpoint(model.apply)(x) ** 2), (X,))
    assert np.array_equal(model.decorated(X), np.tanh(W @ X))
    decorated = s2sad.grad(lambda x: np.sum(model.decorated(x) ** 2))
    assert np.array_equal(decorated(X), s2sad.grad(lambda x: np.sum(model.apply(x) ** 2))(X))
    assert "def decorated_reverse(" in decorated.source

    def by_object(model: Any, x: Any) -> Any:
        return np.sum(model.decorated(x) ** 2) + np.sum(model.w)

    d_x = s2sad.grad(by_object, 1)(model, X)
    assert np.array_equal(d_x, decorated(X))
