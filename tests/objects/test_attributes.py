"""Attributes of objects that the function makes, assigned to in branches, loops and methods."""

from __future__ import annotations

from enum import Enum

import numpy as np
import pytest
from tests.hazards.conftest import agrees, refused

import s2sad

X = np.array([0.3, -0.7, 1.2])


class Counter:
    step = 0.5

    def __init__(self, start):
        self.total = start
        self.count = 0
        self.last = None
        self.seen = []

    def push(self, v):
        """Return from either arm, with other attributes changed."""
        if v > 0:
            self.total += v**2
            self.count += 1
            return 1
        self.total -= v
        self.last = v
        return 0

    def shrink(self):
        while self.total > 0.5:
            self.total = self.step * self.total
        self.seen.append(self.total)


class Buffers:
    def __init__(self, n):
        self.new = np.zeros(n)
        self.old = np.zeros(n)

    def advance(self, v):
        self.new, self.old = self.old, self.new
        self.new[:] = self.old + v
        self.new[0] *= 2.0


class Node:
    def __init__(self, v):
        self.v = v
        self.child = None


def branches(x, n):
    counter, hits = Counter(0.1 * x[0]), 0
    for k in range(n):
        hits += counter.push(x[k % 3])
        if counter.last is not None:
            counter.total = counter.total + 0.1 * counter.last
    return counter.total * (1 + hits) / (1 + counter.count)


def class_value(x, n):
    counter = Counter(x[1])
    for k in range(n):
        if x[k % 3] > 0:
            counter.step = x[k % 3] * counter.step
    return counter.step * x[0] + counter.total


def inner_while(x, n):
    counter = Counter(x[2] ** 2)
    for k in range(n):
        counter.shrink()
        counter.total = counter.total + x[k % 3] ** 2
    return counter.total + sum(counter.seen)


def two_names(x, n):
    one = Counter(2.0 * x[0])
    other = one
    for k in range(n):
        one.push(x[k % 3])
        other.total = other.total * 1.5
    return one.total * other.total


def two_objects(x, n):
    one, other = Counter(x[0]), Counter(x[1])
    for k in range(n):
        for j in range(2):
            one.total = one.total + x[j] * other.total
            other.total = other.total + 0.1 * one.total
    return one.total * other.total


def made_in_the_loop(x, n):
    total = 0.0
    for k in range(n):
        counter = Counter(x[k % 3])
        for j in range(2):
            counter.total = counter.total * x[j]
        total = total + counter.total
    return total + x[0]


def swapped_buffers(x, n):
    buffers = Buffers(len(x))
    for k in range(n):
        buffers.advance(x * (k + 1))
    return np.sum(buffers.new**2) + np.sum(buffers.old * x)


def nested_objects(x, n):
    node = Node(x[0])
    node.child = Node(x[1])
    for _ in range(n):
        node.v = node.v * x[2] + node.child.v
        node.child.v = node.child.v + 0.1 * node.v
    return node.v * node.child.v


def left_early(x, n):
    counter = Counter(x[0] ** 2)
    for k in range(n):
        if counter.total > 1.0:
            counter.count = 7
            break
        counter.total = counter.total + x[k % 3] ** 2
    else:
        counter.total = counter.total * 2.0
    return counter.total * (1 + counter.count)


def comprehension(x, n):
    counter = Counter(2.0 * x[0])
    hits = sum([counter.push(x[k % 3]) for k in range(n)])
    return counter.total * (1 + hits)


@pytest.mark.parametrize("n", [0, 1, 4])
@pytest.mark.parametrize(
    "f",
    [
        branches, class_value, inner_while, two_names, two_objects, made_in_the_loop, swapped_buffers, nested_objects,
        left_early, comprehension,
    ],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_attributes_are_handed_on(f, n):
    agrees(f, X, n)


def adds_in_place(x):
    y = x * 1.0
    node = Node(y)
    node.v += 1.0
    return np.sum(y * node.v**2)


def test_in_place_addition_to_an_attribute_changes_the_array():
    np.testing.assert_allclose(s2sad.grad(adds_in_place)(X), (X + 1.0) ** 2 * 3.0)
    # where types are unknown, the attribute may be a number, which is bound anew
    refused(lambda: s2sad.grad(adds_in_place).source, "S2S142", "y * node.v**2", __file__)


def extends(x):
    counter = Counter(x[0])
    seen = counter.seen
    counter.seen += [x[1], x[2]]
    return np.sum(np.array(seen)) * counter.total


def test_in_place_addition_to_an_attribute_extends_the_list():
    agrees(extends, X)


def may_not_be_reached(x):
    counter = Counter(2.0 * x[0])
    return counter.total * (counter.push(x[1]) if x[0] > 0.5 else x[2])


def holds_a_function(x, n):
    node = Node(np.sin)
    total = 0.0
    for k in range(n):
        total = total + node.v(x[k])
        node.v = np.cos
    return total


def carried_as_a_value(x):
    node = Node(x[0])
    nodes = []
    nodes.append(node)
    node.v = x[1]
    return nodes[0].v * x[2]


def test_assignments_that_are_refused():
    refused(lambda: s2sad.grad(may_not_be_reached)(X), "S2S140", "self.total += v**2", __file__)
    refused(lambda: s2sad.grad(holds_a_function)(X, 2), "S2S132", "node.v(x[k])", __file__)
    refused(lambda: s2sad.grad(carried_as_a_value)(X), "S2S140", "node.v = x[1]", __file__)


def unbound(x, n):
    node = Node(x[0])
    if x[0] > n:
        node.extra = x[1]
    return node.extra * x[2]


def test_an_attribute_that_one_branch_sets():
    assert s2sad.grad(unbound)(X, 0)[1] == X[2]
    with pytest.raises(UnboundLocalError, match="extra"):
        s2sad.grad(unbound)(X, 1)


class Layer:
    def __call__(self, x):
        return self.forward(x)


class Scale(Layer):
    def __init__(self, w):
        self.w = w

    def forward(self, x):
        return self.w * x


class Chain(Layer):
    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self):
        return len(self.layers)

    def __iter__(self):
        return iter(self.layers)

    def __getitem__(self, k):
        return self.layers[k]


def chain(x):
    net = Chain(Scale(x), Chain(Scale(2.0 * x), Scale(x[0])))
    for k, layer in enumerate(net):
        x = x + k * layer(x)
    return np.sum(net(x)) * len(net) + np.sum(net[0].w)


def test_a_method_that_calls_itself_for_other_objects():
    agrees(chain, X)
    # an object that is made and taken apart in the function is not made by the derivative
    assert "tests" not in s2sad.grad(chain).source.partition("import numpy")[2]


class Table:
    def __init__(self, a, b):
        self.items = {"a": a, "b": b}

    def __getitem__(self, key):
        return self.items[key]

    def __setitem__(self, key, value):
        self.items[key] = value

    def __lt__(self, other):
        return self["a"] < other["a"]

    def __add__(self, other):
        return Table(self["a"] + other["a"], self["b"] * other["b"])


def items(x):
    one, other = Table(x[0], x[1]), Table(x[1], x[2])
    one["a"] = one["a"] * other["b"]
    one["b"] = one["b"] + x[0] ** 2
    if one < other:
        one["b"] = one["b"] * 3.0
    both = one + other
    return both["a"] * both["b"]


def named(x):
    node = Node(x[0])
    for name, value in {"v": x[1], "extra": x[2]}.items():
        setattr(node, name, getattr(node, name, 2.0) * value)
    return node.v * node.extra


def two_loops(x):
    one, other = Counter(x[0] ** 2), Counter(x[1] ** 2)
    for _ in range(2):
        for counter in (one, other):
            counter.total = counter.total * x[2]
        for counter in (other, one):
            counter.total = counter.total + other.total
    return one.total * other.total


@pytest.mark.parametrize("f", [items, named, two_loops], ids=lambda f: f.__name__)
def test_objects_stay_objects(f):
    agrees(f, X, static=f is not named)


def rebinds_a_function(x, n):
    h = lambda v: v  # noqa: E731
    for _ in range(n):
        x = h(x)
        h = lambda v: v * v  # noqa: E731
    return np.sum(x)


def rebinds_a_container(x, n):
    functions = [lambda v: v, lambda v: v * v]
    for _ in range(n):
        x = functions[0](x)
        functions = [functions[1], functions[0]]
    return np.sum(functions[0](x))


def reads_it_afterwards(x, n):
    one, other = Counter(x[0]), Counter(x[1])
    for k in range(n):
        for counter in (one, other):
            counter.total = counter.total * x[k]
    return counter.total


@pytest.mark.parametrize("f", [rebinds_a_function, rebinds_a_container], ids=lambda f: f.__name__)
def test_what_a_loop_binds_to_functions(f):
    # single turns tell what is meant; one body for all of them would not
    agrees(lambda x: f(x, 2), X, static=False)
    refused(lambda: s2sad.grad(f)(X, 2), "S2S130" if f is rebinds_a_function else "S2S113")


def test_an_object_that_a_loop_goes_through_is_not_read_afterwards():
    refused(lambda: s2sad.grad(reads_it_afterwards)(X, 2), "S2S113", "return counter.total", __file__)


def defines_in_the_loop(x):
    total = 0.0
    for k in range(3):

        def g(v, k=k):
            return v**2 * (k + 1)

        h = lambda v: np.sin(v)  # noqa: E731
        total = total + np.sum(h(g(x)))
    return total


def test_functions_that_are_defined_in_a_loop():
    agrees(defines_in_the_loop, X)


class Kind(Enum):
    RELU = "relu"
    TANH = "tanh"


def activated(x, kind):
    if kind is Kind.RELU:
        return np.maximum(x, 0.0)
    return np.tanh(x) * len(kind.value)


def by_kind(x):
    return np.sum(activated(x, Kind.TANH)) + np.sum(activated(x, Kind.RELU))


def test_members_of_enumerations_choose_branches_while_compiling():
    agrees(by_kind, X, static=False)
    assert "relu" not in s2sad.grad(by_kind).source


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def __mul__(self, scale):
        return Point(self.x * scale, self.y * scale)

    def dot(self, other):
        return self.x * other.x + self.y * other.y


def moved(p, t):
    if p.x > t:
        return p * 3.0
    return p + Point(t, t)


def chosen_object(x):
    p = Point(x[0], x[1])
    q = p
    if x[2] > 0:
        q = p * 2.0
    if x[0] > 0.1:
        p = p * x[2]
    else:
        p = p + Point(x[1], 1.0)
    if x[1] > 5.0:
        q = p + q
    return moved(p, 0.1).dot(moved(q, 0.5)) + p.dot(q)


def test_branches_choose_between_objects():
    for x in (X, -X, 10.0 * X):
        agrees(chosen_object, x)


def chosen_and_changed(x):
    p, q = Point(x[0], x[1]), Point(x[1], x[2])
    r = p
    if x[0] > 0.1:
        r = q
    p.x = 3.0 * x[0]
    return r.dot(p)


def chosen_and_array_changed(x):
    p, q = Point(x * 1.0, x[1]), Point(x * 2.0, x[2])
    held = p.x
    r = q
    if x[0] > 0.1:
        r = p
    held[0] = 5.0 * x[1]
    return np.sum(r.x * p.x)


def test_objects_that_a_branch_has_chosen_are_not_changed():
    refused(lambda: s2sad.grad(chosen_and_changed)(X), "S2S140", "p.x = 3.0 * x[0]", __file__)
    refused(lambda: s2sad.grad(chosen_and_array_changed)(X), "S2S142", None, __file__)
