"""Arguments that the result does not depend on: zeros like them, and a comment that says so."""

from __future__ import annotations

import numpy as np
import pytest

import s2sad

NOTE = "is zero: the result does not depend on"
LIKES = {
    "float": 2.0,
    "float32": np.float32(2.0),
    "array": np.arange(3.0),
    "matrix": np.ones((2, 3), np.float32),
    "none": np.zeros((0, 2)),
    "list": [np.arange(2.0), np.ones((2, 2))],
    "dict": {"a": np.arange(2.0, dtype=np.float32), "b": 1.0},
    "nested": ({"w": [np.ones(2), 3.0]}, np.float64(1.0)),
}


def f(x, idle):
    return np.sum(x * x)


def constant(x, idle):
    return 3.0


def same(found, like):
    """Tell whether something is zeros just like a value."""
    if isinstance(like, dict):
        return type(found) is dict and list(found) == list(like) and all(same(found[key], like[key]) for key in like)
    if isinstance(like, tuple | list):
        return type(found) is type(like) and len(found) == len(like) and all(map(same, found, like))
    if isinstance(like, np.ndarray):
        return type(found) is np.ndarray and found.dtype == like.dtype and found.shape == like.shape and not found.any()
    # a number of double precision may be one of Python's or of NumPy's
    return found == 0.0 and (type(found) is type(like) or isinstance(like, float))


X = np.arange(1.0, 4.0)


@pytest.mark.parametrize("idle", LIKES.values(), ids=LIKES)
@pytest.mark.parametrize("g", [f, constant])
def test_gradients_are_zeros_like_the_argument(g, idle):
    expected = 2 * X if g is f else 0 * X
    for argnums in (1, -1, "idle"):
        gradient = s2sad.grad(g, argnums)
        assert same(gradient(X, idle), idle)
        assert f"by idle {NOTE} it" in gradient.source
    for argnums in ((1, 0), ["idle", "x"], (-1, -2)):
        d_idle, d_x = s2sad.grad(g, argnums)(X, idle)
        assert same(d_idle, idle)
        np.testing.assert_array_equal(d_x, expected)
    value, (d_x, d_idle) = s2sad.value_and_grad(g, (0, 1))(X, idle)
    assert (value, same(d_idle, idle)) == (g(X, idle), True)
    assert same(s2sad.vjp(g, X, idle)[1](1.0)[1], idle)


@pytest.mark.parametrize("idle", LIKES.values(), ids=LIKES)
def test_tangents_are_zero(idle):
    value, dot = s2sad.jvp(f, (X, idle), (None, idle))
    assert (value, dot) == (14.0, 0.0)
    value, dot = s2sad.jvp(f, (X, idle), (X, idle))
    assert dot == 28.0
    product = s2sad.hvp(f, (X, idle), (X, idle))
    np.testing.assert_array_equal(product[0], 2 * X)
    assert same(product[1], idle)


def test_arrays_are_zeros_in_forward_mode():
    def several(x, idle):
        return {"a": x * x, "b": np.sum(x)}

    _, dot = s2sad.jvp(several, (X, 1.0), (None, 1.0))
    assert same(dot["a"], X)
    assert dot["b"] == 0.0
    assert same(s2sad.grad(f, "idle", mode="forward")(X, X[:2]), X[:2])
    assert same(s2sad.jacobian(lambda x, idle: x * x, 1)(X, X[:2]), np.zeros((3, 2)))


TEXT = """
import numpy as np
def f(x, y, z):
    return np.sum(x * x)
def g(x, y, z):
    return x * np.floor(y) + np.sum(np.round(z)) if y > 0 else x
"""


@pytest.mark.parametrize("style", ["readable", "ssa"])
@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("types", ["x: float64[N]; y: float32[M, M]; z: float", None], ids=["typed", "untyped"])
def test_a_comment_says_so(style, mode, types):
    options = {"mode": mode, "style": style, "types": types}
    text = s2sad.differentiate(TEXT, "f", argnums=(0, 1, 2), **options)
    assert f"# The derivative by y and z {NOTE} them." in text.splitlines()
    assert f"# The derivative by z {NOTE} it." in s2sad.differentiate(TEXT, "f", argnums="z", **options).splitlines()
    assert NOTE not in s2sad.differentiate(TEXT, "f", argnums=0, **options)


def test_what_only_constants_depend_on_is_told_apart():
    text = s2sad.differentiate(TEXT, "g", argnums=("y", "z"), types="x: float; y: float; z: float64[N]")
    assert "# The derivative by y and z is zero: no derivative reaches them." in text.splitlines()
    assert "does not depend" not in text
