"""Dataclasses and named tuples: as arguments, and as values that are made in the function."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pytest
from tests.hazards.conftest import agrees, close, refused

import s2sad
from s2sad.numeric import numerical_gradient

X = np.array([0.3, -0.7, 1.2])


@dataclass
class Params:
    W: np.ndarray
    b: float = 0.5

    def affine(self, x):
        return self.W * x + self.b

    @property
    def penalty(self):
        return 0.5 * np.sum(self.W**2)


@dataclass
class Nested:
    inner: Params
    scale: float
    layers: list[np.ndarray]
    degree: int = 2
    name: str = "net"
    extra: None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    a: float
    w: np.ndarray
    twice: float = field(init=False, default=0.0)

    def __post_init__(self):
        object.__setattr__(self, "twice", self.a * 2.0)


class Pair(NamedTuple):
    w: np.ndarray
    b: float = 2.0

    @property
    def doubled(self):
        return self.w * 2.0

    def dot(self, x):
        return np.sum(self.w * x)


def reads_fields(p, x):
    return np.sum(np.tanh(p.W * x)) * p.b


def calls_methods(p: Params, x):
    return np.sum(p.affine(x) ** 2) + p.penalty


def nested(p: Nested, x):
    y = x
    for w in p.layers:
        y = np.tanh(y * w)
    return np.sum(p.inner.affine(y) ** 2) * p.scale


def in_a_loop(p, x):
    total = 0.0
    for k in range(3):
        total = total + np.sum(p.W * x) * p.b * k
    return total


def pair(p: Pair, x):
    w, b = p
    return p.dot(x) * p[1] + np.sum(p.doubled * w) * b


def test_arguments():
    gradient = agrees(reads_fields, Params(X * 2.0, 1.5), X)
    assert type(gradient) is Params
    agrees(calls_methods, Params(X * 2.0, 1.5), X)
    agrees(calls_methods, Params(X * 2.0, 1.5), X, argnums=(0, 1))
    agrees(in_a_loop, Params(X * 2.0, 1.5), X)
    assert type(agrees(pair, Pair(X, 0.3), X)) is Pair


def test_fields_without_a_derivative_have_none():
    p = Nested(Params(X, 0.1), 1.5, [X + 1.0, X * 2.0])
    gradient = agrees(nested, p, X, static=False)
    assert type(gradient) is Nested
    assert type(gradient.inner) is Params
    assert (gradient.degree, gradient.name, gradient.extra) == (None, None, None)


def frozen(p: Frozen, x):
    return np.sum(p.w * x) * p.a + p.twice


def test_a_gradient_is_made_without_the_constructor():
    p = Frozen(a=0.5, w=X)
    value, gradient = s2sad.value_and_grad(frozen)(p, X)
    assert type(gradient) is Frozen
    assert value == frozen(p, X)
    assert gradient.a == np.sum(X * X)
    assert gradient.twice == 1.0
    np.testing.assert_array_equal(gradient.w, X * 0.5)


def makes(x):
    p = Params(x * 2.0, b=x[0])
    q = Params(W=p.W + 1.0)
    return np.sum(p.affine(x) * q.affine(x)) + q.b


def replaces(x):
    p = Params(x * 2.0)
    q = replace(p, b=p.b * x[1])
    return np.sum(q.affine(x))


def replaces_argument(p: Params, x):
    q = dataclasses.replace(p, W=p.W * x)
    return np.sum(q.affine(x)) * q.b


def replaces_item(x):
    p = Pair(x)._replace(b=x[0])
    w, b = p
    return np.sum(w**2) * b + p.dot(x)


def post_init(x):
    p = Frozen(a=x[0], w=x)
    q = replace(p, a=p.twice * x[1])
    return np.sum(q.w) * q.twice


def carried(x):
    p = Params(x, 0.5)
    for _ in range(3):
        p = Params(p.W * x, p.b + np.sum(p.affine(x)))
    return p.b


def carried_argument(p: Params, x, n):
    for _ in range(n):
        p = Params(p.W * x, p.b + np.sum(p.W))
    return np.sum(p.W) + p.b * p.b


def chosen(x):
    if x[0] > 0.5:
        p = Params(x, 1.0)
    else:
        p = Params(2.0 * x, x[0])
    return np.sum(p.affine(x))


def assigned(x):
    p = Params(x * 1.0)
    q = p
    p.b = p.b * x[0]
    q.b += x[1]
    q.W[0] = 5.0 * x[2]
    p.W *= 2.0
    return np.sum(q.affine(x)) * p.b


def shared_array(x):
    a = x * 1.0
    p = Params(a, 1.0)
    a[0] = 5.0 * x[1]
    return np.sum(p.affine(x))


@pytest.mark.parametrize(
    "f", [makes, replaces, replaces_item, post_init, carried, chosen, assigned, shared_array], ids=lambda f: f.__name__
)
def test_records_made_in_the_function(f):
    agrees(f, X, static=False)
    agrees(f, X + 1.0, static=False)
    # what is made and taken apart in the function is not made by the derivative
    assert ("tests.objects" in s2sad.grad(f).source) == (f is carried)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_record_that_a_loop_replaces(n):
    agrees(carried_argument, Params(X, 0.4), X, n, static=False)
    agrees(replaces_argument, Params(X, 0.4), X, static=False)


def sums_a_list(ps, x):
    return sum(np.sum(p.W * x) * p.b for p in ps)


def returns_a_record(x):
    return np.sum(x * x), Params(x, 2.0)


def test_lists_of_records_and_records_as_results():
    gradient = s2sad.grad(sums_a_list)([Params(X, 1.0), Params(X * 2.0, 3.0)], X)
    assert [type(one) for one in gradient] == [Params, Params]
    np.testing.assert_allclose(gradient[1].W, 3.0 * X)
    np.testing.assert_allclose(gradient[1].b, np.sum(2.0 * X * X))
    gradient, made = s2sad.grad(returns_a_record, has_aux=True)(X)
    np.testing.assert_allclose(gradient, 2.0 * X)
    assert type(made) is Params
    assert made.b == 2.0


@dataclass
class Complex:
    re: float
    im: float

    def __add__(self, other):
        return Complex(self.re + other.re, self.im + other.im)

    def __mul__(self, other):
        return Complex(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)

    def __neg__(self):
        return Complex(-self.re, -self.im)

    def __abs__(self):
        return self.re * self.re + self.im * self.im


def operators(x):
    a, b = Complex(x[0], x[1]), Complex(x[1], x[2])
    c = a * b + -a
    for _ in range(2):
        c = c * a
    return abs(c) + c.re


def test_operators_are_those_of_the_class():
    agrees(operators, X, static=False)


def as_a_number(p, x):
    return np.sum(p)


def as_a_dict(p, x):
    return p["b"] * 2.0


def iterated(p, x):
    total = 0.0
    for one in p:
        total = total + one
    return total


def compared(p, x):
    return p.b if p == x else p.b * 2.0


def missing(p, x):
    return p.c * 2.0


def frozen_assigned(x):
    p = Frozen(a=x[0], w=x)
    p.a = 3.0
    return p.a * x[0]


def assigned_in_three_turns(x):
    p = Params(x, 1.0)
    for k in range(3):
        p.b = p.b * x[k]
    return p.b


def assigned_after_it_was_stored(x):
    p = Params(x, 1.0)
    held = [p, p] if x[0] > 0.0 else [p]
    p.b = x[0]
    return held[0].b * x[1]


def argument_assigned(p, x):
    p.b = x[0]
    return p.b * x[1]


@pytest.mark.parametrize("f", [as_a_number, as_a_dict, iterated, compared, missing, argument_assigned])
def test_what_is_done_to_an_argument_is_refused(f):
    diagnostic = refused(lambda: s2sad.grad(f, argnums=1)(Params(X, 1.0), X), refusals[f], file=__file__)
    assert "Params" in diagnostic.message or "attribute" in diagnostic.message


refusals = {
    as_a_number: "S2S120",
    as_a_dict: "S2S120",
    iterated: "S2S150",
    compared: "S2S120",
    missing: "S2S123",
    argument_assigned: "S2S140",
}


def test_a_loop_of_few_turns_is_taken_apart():
    agrees(assigned_in_three_turns, X)


def test_assignments_that_are_refused():
    refused(lambda: s2sad.grad(frozen_assigned)(X), "S2S140", "p.a = 3.0", __file__)
    with pytest.raises(s2sad.DifferentiationError):
        s2sad.grad(assigned_after_it_was_stored)(X)


def test_calls_of_constructors_that_do_not_match():
    refused(lambda: s2sad.grad(lambda x: Params(x, 1.0, 2.0).b)(X), "S2S134")
    refused(lambda: s2sad.grad(lambda x: Params(b=x).b)(X), "S2S134")
    refused(lambda: s2sad.grad(lambda x: Params(x, c=x).b)(X), "S2S134")


def test_classes_that_do_more_than_hold_fields():
    made = dataclasses.make_dataclass("Made", [("a", float), ("b", dataclasses.InitVar[float])])
    refused(lambda: s2sad.grad(lambda x: made(x, 1.0).a)(2.0), "S2S116")

    class Meta(type):
        pass

    class Strange(metaclass=Meta):
        def __init__(self, a):
            self.a = a

    class New:
        def __new__(cls, a):
            return object.__new__(cls)

    class Assigns:
        def __init__(self, a):
            self.a = a

        def __setattr__(self, name, value):
            object.__setattr__(self, name, value * 2.0)

    for cls in (Strange, New, Assigns):
        refused(lambda cls=cls: s2sad.grad(lambda x: cls(x).a)(2.0), "S2S116")


def test_equal_classes_by_another_name_are_compiled_apart():
    @dataclass
    class Other(Params):
        def affine(self, x):
            return self.W * x * 3.0

    live = s2sad.grad(calls_methods)
    live(Params(X, 0.5), X)
    first = live.source
    found = live(Other(X, 0.5), X)
    assert type(found) is Other
    np.testing.assert_allclose(found.W, 2.0 * (X * X * 3.0) * X * 3.0 + X)
    namespace = {}
    exec(first, namespace)
    with pytest.raises(ValueError, match="generated for"):
        namespace["calls_methods_grad"](Other(X, 0.5), X)


def identical_objects(x):
    p = Params(x, 1.0)
    q = p
    return np.sum(p.W) if p is q else np.sum(p.W) * 5.0


def no_object(x):
    p = Params(x, 1.0)
    return np.sum(x) if p is None else np.sum(p.W) * 5.0


def test_identity_of_objects():
    refused(lambda: s2sad.grad(identical_objects)(X), "S2S120", "p is q", __file__)
    agrees(no_object, X, static=False)


def test_a_class_that_is_defined_anew(monkeypatch):
    @dataclass
    class Other:
        W: np.ndarray
        b: float = 0.0

        def affine(self, x):
            return self.W * x * 7.0

    live = s2sad.grad(carried)
    live(X)
    monkeypatch.setitem(globals(), "Params", Other)
    close(live(X), numerical_gradient(carried, (X,)), 1e-6)


def cubic(t):
    q = Params(X * t, t)
    for _ in range(2):
        q = Params(q.W * t, q.b * t)
    return np.sum(q.W) * q.b


def test_second_derivatives():
    twice = s2sad.grad(s2sad.grad(cubic))(2.0)
    np.testing.assert_allclose(twice, np.sum(X) * 30.0 * 2.0**4)
