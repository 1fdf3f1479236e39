"""Arguments and results: argnums, aux, structures, what has no gradient, and other types at a second call."""
from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest
from tests.hazards.conftest import agrees, printed

import s2sad

X = np.array([0.3, -0.7, 1.2])


# -- argnums -----------------------------------------------------------------------------------------------------------


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


# -- results and aux ---------------------------------------------------------------------------------------------------


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
            assert error.code == "S2S300"
            continue
        assert found == {"n": None, "w": 9.0, "s": None, "i": None, "b": None, "none": None}


# -- structures --------------------------------------------------------------------------------------------------------

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
