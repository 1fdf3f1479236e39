"""Classes that are read from a file without running it."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from tests.hazards.conftest import close, printed, refused_source

import s2sad
from s2sad.numeric import numerical_gradient

X = np.array([0.3, -0.7, 1.2])

TEXT = """
from abc import ABC
from dataclasses import dataclass, field, replace
from typing import ClassVar, NamedTuple

import numpy as np


@dataclass
class Params:
    kind: ClassVar[str] = "affine"
    W: np.ndarray
    b: float = 0.5

    def affine(self, x):
        return self.W * x + self.b


@dataclass
class More(Params):
    c: float = field(default=2.0, kw_only=True)

    def __post_init__(self):
        self.c = self.c * 2.0


class Pair(NamedTuple):
    w: np.ndarray
    b: float = 2.0

    def dot(self, x):
        return np.sum(self.w * x)


class Base(ABC):
    scale = 2.0

    def loss(self, x):
        return np.sum(self.hidden(x)) * self.scale


class Model(Base):
    def __init__(self, w):
        self.w = w
        self.__rate = 3.0

    def hidden(self, x):
        return np.tanh(self.w * x)

    @property
    def twice(self):
        return self.__rate * 2.0

    def loss(self, x):
        return super().loss(x) * self.twice

    @classmethod
    def of_class(cls, x):
        return np.sum(x * x) * cls.scale

    @staticmethod
    def static(x):
        return np.sum(x * x)

    def changes(self, x):
        self.count = 1
        return np.sum(x * x)


def with_params(p: Params, x):
    q = replace(p, b=p.b * 2.0)
    return np.sum(p.affine(x) ** 2) * q.b


def with_pair(p: Pair, x):
    w, b = p
    return p.dot(x) * b + np.sum(w * w)


def with_model(m: Model, x):
    return m.loss(x)


def makes(x):
    p = More(x, c=x[0])
    for _ in range(3):
        p = More(p.W * x, p.b + p.W[0])
    n = Pair(x)._replace(b=x[1])
    return p.b + np.sum(p.affine(x)) * p.c + n.dot(x) * n.b + Model(x).loss(x) + Params(x).b


def unknown(p, x):
    return np.sum(p.W * x) * p.b
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "static_objects_example.py").write_text(TEXT)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module("static_objects_example")


def derivative(name, argnums=0):
    return printed(s2sad.differentiate(TEXT, name, argnums=argnums, filename="static_objects_example.py"))


def test_nothing_is_run():
    text = "raise SystemExit\n" + TEXT
    assert "def with_params_grad(p, x):" in s2sad.differentiate(text, "with_params")


@pytest.mark.parametrize("argnums", [0, 1])
def test_parameters_that_are_annotated_with_a_class(module, argnums):
    for name, record in (("with_params", module.Params(X, 0.7)), ("with_pair", module.Pair(X, 0.7))):
        found = derivative(name, argnums)(record, X)
        assert type(found) is type((record, X)[argnums])
        close(found, numerical_gradient(getattr(module, name), (record, X), argnums), 1e-6)
    assert type(derivative("unknown")(module.Params(X, 0.7), X)) is module.Params
    found = derivative("unknown", argnums)(module.Params(X, 0.7), X)
    close(found, numerical_gradient(module.unknown, (module.Params(X, 0.7), X), argnums), 1e-6)


def test_objects_made_in_the_function(module):
    close(derivative("makes")(X), numerical_gradient(module.makes, (X,)), 1e-6)


def test_methods(module):
    model = module.Model(X)
    for name in ("loss", "static", "of_class"):
        f = derivative(f"Model.{name}", "x")
        found = f(X) if name == "static" else f(model if name == "loss" else module.Model, X)
        close(found, numerical_gradient(getattr(model, name), (X,)), 1e-6)
    # 0 is what comes after the object
    close(derivative("Model.loss")(model, X), numerical_gradient(model.loss, (X,)), 1e-6)
    close(derivative("with_model", "x")(model, X), numerical_gradient(model.loss, (X,)), 1e-6)
    record = module.Params(X, 0.7)
    text = s2sad.differentiate(TEXT + "\n\ndef total(p: Params, x):\n    return np.sum(p.affine(x))\n", "total")
    np.testing.assert_allclose(printed(text)(record, X).W, X)


def test_an_object_of_another_class_is_not_taken(module):
    class Other(module.Model):
        def hidden(self, x):
            return x * 3.0

    with pytest.raises(ValueError, match="generated for"):
        derivative("Model.loss")(Other(X), X)
    model = module.Model(X)
    model.scale = 5.0
    close(derivative("Model.loss")(model, X), numerical_gradient(model.loss, (X,)), 1e-6)


def test_what_is_refused():
    refused_source(TEXT, "S2S140", "self.count = 1", "Model.changes")
    refused_source(TEXT, "S2S300", "def loss", "Model.loss", argnums="self")
    refused_source(TEXT + "def f(m: Model, x): return m.missing * x\n", "S2S123", "m.missing", argnums="x")
    head = "import numpy as np\nfrom unknown import Base, wraps\n"
    body = "    def __init__(self, a): self.a = a\ndef f(x): return C(x).a\n"
    for cls in ("class C(Base):\n", "@wraps\nclass C:\n", "class C(metaclass=Base):\n"):
        refused_source(head + cls + body, "S2S116", "C(x)")


ENUMERATION = """
from enum import Enum
import numpy as np

class Kind(Enum):
    RELU = "relu"
    TANH = "tanh"

def act(x, kind):
    if kind == Kind.RELU:
        return np.maximum(x, 0.0)
    return np.tanh(x)

def loss(x):
    return np.sum(act(x, Kind.TANH)) + (1.0 if Kind.TANH is Kind.TANH else x[0])
"""


def test_an_enumeration_is_no_plain_class():
    # a member is no string: what is read from a file knows nothing of it, so that no branch is chosen by mistake
    with pytest.raises(s2sad.DifferentiationError) as caught:
        s2sad.differentiate(ENUMERATION, "loss")
    assert caught.value.code == "S2S123"


OPERATORS = """
class Dual:
    def __init__(self, a, b=0.0):
        self.a, self.b = a, b

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.a * other.a, self.a * other.b + self.b * other.a)

    __rmul__ = __mul__

def f(x):
    d = 3.0 * Dual(x, 1.0) * Dual(x * x)
    return d.a + d.b
"""


def test_a_method_under_a_second_name_and_the_class_of_an_operand():
    text = s2sad.differentiate(OPERATORS, "f", types="x: float")
    module = {}
    exec(text, module)
    np.testing.assert_allclose(module["f_grad"](1.5), 9.0 * 1.5**2 + 6.0 * 1.5)
