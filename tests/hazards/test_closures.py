"""What a function reads from around it: closures, globals, helpers, and what happens when they change."""
from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from tests.hazards.conftest import refused

import s2sad

X = np.array([0.3, -0.7, 1.2])


# -- closures and globals ----------------------------------------------------------------------------------------------

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


def test_an_object_of_the_users():
    thing = SimpleNamespace(rate=2.0)

    def f(x):
        return x * x * thing.rate

    live = s2sad.grad(f)
    assert live(1.5) == 6.0
    thing.rate = 3.0
    assert live(1.5) == 9.0
    thing.rate = "fast"
    with pytest.raises((TypeError, s2sad.DifferentiationError)):
        live(1.5)


def test_an_unbound_global_is_refused():
    refused(lambda: s2sad.grad(lambda x: x * does_not_exist)(1.0), "S2S111", "does_not_exist")  # noqa: F821
