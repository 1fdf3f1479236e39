"""Methods, callable objects and partial applications; what they read from objects around them."""

from __future__ import annotations

import functools
import pickle
import threading

import numpy as np
import pytest
from tests.hazards.conftest import close, refused

import s2sad
from s2sad.numeric import numerical_gradient

X = np.array([0.3, -0.7, 1.2])


class Base:
    scale = 2.0

    def penalty(self):
        return 0.5 * np.sum(self.w**2)

    def loss(self, x):
        return self.penalty() * np.sum(x)


class Model(Base):
    def __init__(self, w, power=2):
        self.w = w
        self.power = power
        self.rate = 0.5
        self.__hidden = 3.0

    def hidden(self, x):
        return np.tanh(x * self.w) * self.scale

    @property
    def twice(self):
        return 2.0 * self.rate

    @functools.cached_property
    def cached(self):
        return self.rate * 3.0

    def loss(self, x):
        y = np.sum(self.hidden(x) ** self.power) * self.twice
        return y + super().loss(x) + self.__hidden * np.sum(x * x)

    def with_cached(self, x):
        return np.sum(x * x) * self.cached

    def __call__(self, x):
        return self.loss(x) * 2.0

    @classmethod
    def of_class(cls, x):
        return np.sum(x * x) * cls.scale

    @staticmethod
    def static(x):
        return np.sum(x * x)

    @s2sad.grad(argnums=1)
    def decorated(self, x):
        return np.sum(self.w * x * x)


class Scale:
    __slots__ = ("__factor", "w")

    def __init__(self, w):
        self.w = w
        self.__factor = 2.0

    def __call__(self, x):
        return self.w * x * self.__factor


class Tanh:
    def __call__(self, x):
        return np.tanh(x)


class Chain:
    def __init__(self, *layers):
        self.layers = list(layers)
        self.activation = np.tanh
        self.options = {"k": 2.0, "n": 3}
        self.weights = [(np.ones((3, 3)), np.zeros(3)), (np.eye(3) * 0.1, np.ones(3))]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return np.sum(x)

    def dense(self, x):
        for w, b in self.weights:
            x = self.activation(w @ x + b)
        return np.sum(x) * self.options["k"] ** self.options["n"]


def right(f, *args, argnums=0):
    """Assert that a gradient is the numerical one, at the first and at the second call; return it."""
    live = s2sad.grad(f, argnums)
    given = [np.copy(arg) if isinstance(arg, np.ndarray) else arg for arg in args]
    for _ in range(2):
        found = live(*args)
        close(found, numerical_gradient(f, args, argnums), 1e-6)
    for arg, before in zip(args, given, strict=True):
        if isinstance(arg, np.ndarray):
            np.testing.assert_array_equal(arg, before)
    return live


def test_bound_methods():
    model = Model(X * 0.4)
    for f in (model.loss, model, model.of_class, model.static, model.with_cached, Model.of_class, Model.static):
        right(f, X)
    right(Model.loss, model, X, argnums=1)
    assert right(model, X).source.splitlines()[0] == "# The gradient of `model` (test_methods.py) by x."


def test_the_object_is_looked_up_at_each_call():
    model = Model(X * 0.4)
    live = s2sad.grad(model.loss)
    expected = []
    for change in (
        lambda: None,
        lambda: setattr(model, "w", model.w * 2.0),
        lambda: model.w.__setitem__(0, 3.0),
        lambda: setattr(model, "rate", 0.25),
        lambda: setattr(model, "power", 3),
        lambda: setattr(model, "w", 0.7),
        lambda: setattr(model, "w", np.ones((2, 3))),
        lambda: setattr(model, "hidden", lambda x: x**2),
        lambda: setattr(model, "scale", 5.0),
    ):
        change()
        close(live(X), numerical_gradient(model.loss, (X,)), 1e-6)
        expected.append(live(X))
    assert not np.allclose(expected[0], expected[1])
    assert not np.allclose(expected[2], expected[3])


def test_an_array_that_is_bound_anew_is_no_reason_to_compile_again(monkeypatch):
    model = Model(X * 0.4)
    live = s2sad.grad(model.loss)
    live(X)
    monkeypatch.setattr("s2sad.api.compile_derivative", None)
    model.w = model.w - 0.1 * live(X)
    model.rate = 0.75
    close(live(X), numerical_gradient(model.loss, (X,)), 1e-6)


def test_classes_that_change(monkeypatch):
    model = Model(X * 0.4)
    live = s2sad.grad(model.loss)
    live(X)
    monkeypatch.setattr(Base, "scale", 7.0)
    close(live(X), numerical_gradient(model.loss, (X,)), 1e-6)
    monkeypatch.setattr(Model, "hidden", lambda self, x: x * self.w)
    close(live(X), numerical_gradient(model.loss, (X,)), 1e-6)
    monkeypatch.setattr(Model, "twice", 4.0)
    close(live(X), numerical_gradient(model.loss, (X,)), 1e-6)


def test_an_attribute_that_goes_away():
    model = Model(X)
    live = s2sad.grad(model.loss)
    live(X)
    del model.w
    refused(lambda: live(X), "S2S123", "self.w", __file__)
    model.w = X
    close(live(X), numerical_gradient(model.loss, (X,)), 1e-6)


def test_objects_that_are_arguments():
    live = s2sad.grad(Model.loss, 1)
    for model in (Model(X * 0.4), Model(X * 2.0, 3), Model(0.3), Model(np.ones((2, 3)))):
        close(live(model, X), numerical_gradient(model.loss, (X,)), 1e-6)
    model.hidden = lambda x: x**2
    refused(lambda: live(model, X), "S2S132")
    refused(lambda: s2sad.grad(Model.loss)(Model(X), X), "S2S300")
    assert "self: Model(w: float64[N], power: int, rate: float, _Model__hidden: float)" in live.signature_source(
        Model(X), X
    )


def test_only_what_is_read_of_an_object_is_checked():
    model = Model(X)
    model.log, model.history, model.parent = ["text"], [object()], model
    live = s2sad.grad(Model.loss, 1)
    close(live(model, X), numerical_gradient(model.loss, (X,)), 1e-6)
    assert "history" not in live.source


def test_chains_of_objects():
    chain = Chain(Scale(X * 2.0), Tanh(), Scale(X))
    live = right(chain, X)
    chain.layers[0] = Tanh()
    close(live(X), numerical_gradient(chain, (X,)), 1e-6)
    chain.layers.append(Scale(X * 5.0))
    close(live(X), numerical_gradient(chain, (X,)), 1e-6)
    chain.layers[-1].w = X * 7.0
    close(live(X), numerical_gradient(chain, (X,)), 1e-6)
    live = right(chain.dense, X)
    chain.weights[0] = (np.ones((3, 3)) * 0.3, np.ones(3))
    chain.activation = np.sin
    chain.options["k"] = 3.0
    close(live(X), numerical_gradient(chain.dense, (X,)), 1e-6)


model_of_the_module = Model(X * 0.4)


def uses_a_global_object(x):
    m = model_of_the_module
    return m(x) * m.power + m.of_class(x) + Model.static(x) + Model.scale


def makes_an_object(x):
    return Model(x * 2.0).loss(x) + Chain(Tanh(), Scale(x))(x)


def test_objects_in_the_function():
    right(uses_a_global_object, X)
    right(makes_an_object, X)


def test_a_decorator_in_a_class_gets_the_object_first():
    model = Model(X)
    np.testing.assert_allclose(model.decorated(X), 2.0 * X * X)
    np.testing.assert_allclose(Model.decorated(model, X), 2.0 * X * X)


def weighted(a, b, x, power=1):
    return np.sum(a * x**power) * b


def test_partial_applications():
    right(functools.partial(weighted, X, 2.0), X)
    right(functools.partial(functools.partial(weighted, X), 3.0), X)
    right(functools.partial(Model.loss, Model(X)), X)
    right(functools.partial(Model(X).loss), X)
    live = s2sad.grad(functools.partial(weighted, X, b=2.0, power=2), "x")
    np.testing.assert_allclose(live(x=X), 4.0 * X * X)
    np.testing.assert_allclose(live(x=X, b=3.0), 6.0 * X * X)


def test_pickles():
    live = s2sad.grad(Model(X * 0.4).loss)
    expected = live(X)
    again = pickle.loads(pickle.dumps(live))
    np.testing.assert_array_equal(again(X), expected)
    np.testing.assert_array_equal(again(X[:3] * 2.0), live(X * 2.0))


def test_threads_that_share_a_derivative():
    models = [Model(X * k) for k in (1.0, 2.0, 3.0, 4.0)]
    live = s2sad.grad(Model.loss, 1)
    found = {}
    threads = [threading.Thread(target=lambda k=k, m=m: found.update({k: live(m, X)})) for k, m in enumerate(models)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k, model in enumerate(models):
        close(found[k], numerical_gradient(model.loss, (X,)), 1e-6)


class Counts:
    def __init__(self):
        self.count = 0
        self.total = np.zeros(3)

    def rebinds(self, x):
        self.count += 1
        return np.sum(x * x)

    def stores(self, x):
        self.total[0] = x[0]
        return np.sum(x * self.total)

    @property
    def counted(self):
        self.count = self.count + 1
        return 2.0

    def property_with_an_effect(self, x):
        return np.sum(x * x) * self.counted


def test_an_object_from_outside_is_never_changed():
    for f in (Counts().rebinds, Counts().stores, Counts().property_with_an_effect):
        refused(lambda f=f: s2sad.grad(f)(X), "S2S140", None, __file__)


class Computed:
    def __getattr__(self, name):
        raise RuntimeError("user code has run")

    def loss(self, x):
        return np.sum(x * self.w)


class Intercepted:
    def __init__(self):
        object.__setattr__(self, "w", 2.0)

    def __getattribute__(self, name):
        return object.__getattribute__(self, name)

    def loss(self, x):
        return np.sum(x * self.w)


class Descriptor:
    def __get__(self, instance, owner):
        return 2.0


class Described:
    w = Descriptor()

    def loss(self, x):
        return np.sum(x * self.w)


def test_attributes_that_are_computed_are_refused():
    refused(lambda: s2sad.grad(Computed().loss)(X), "S2S123", "self.w", __file__)
    refused(lambda: s2sad.grad(Described().loss)(X), "S2S123", "self.w", __file__)
    with pytest.raises(s2sad.DifferentiationError):
        s2sad.grad(Intercepted().loss)(X)


@pytest.mark.parametrize("thing", [np.vectorize(np.sin), functools.lru_cache(weighted), Model])
def test_other_callables_are_refused(thing):
    refused(lambda: s2sad.grad(thing)(X), "S2S012")
