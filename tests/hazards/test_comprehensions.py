"""Comprehensions, generator expressions and what consumes iterators."""
from __future__ import annotations

import numpy as np
import pytest
from tests.hazards.conftest import agrees, refused_source

import s2sad

X = np.array([0.3, 1.2, 0.7])


def over_an_array(x):
    return sum([t * t for t in x])


def generator(x):
    return sum(t * np.sin(t) for t in x)


def with_a_condition(x):
    return sum([t * i for i, t in enumerate(x) if i > 0])


def zipped(x):
    return np.sum(np.array([a * b for a, b in zip(x, x[::-1])]))


def two_loops(x):
    return sum(a * b * b for i, a in enumerate(x) for j, b in enumerate(x) if i > j)


def a_known_list(x):
    ys = [np.sin(x) * k for k in (1.0, 2.0, 3.0)]
    return np.sum(ys[0] * ys[2]) * len(ys)


def parameters_of_layers(x):
    layers = [(x, 1.0), (x * 2.0, 2.0)]
    h = x
    for w, b in layers:
        h = np.tanh(h * w + b)
    return np.sum(h) + sum(np.sum(w) * b for w, b in layers)


def a_dict(x):
    weights = {"w": x, "b": 2.0 * x}
    changed = {name: np.tanh(v) for name, v in weights.items() if name != "c"}
    return np.sum(changed["w"] * changed["b"]) + sum(np.sum(v) for v in weights.values())


def a_loop_over_a_dict(x):
    weights, total = {"a": x, "b": x * 2.0}, 0.0
    for name, v in weights.items():
        if name != "a":
            total = total + np.sum(v * v)
        else:
            total = total + np.sum(v)
    return total + np.sum(weights.get("a"))


def the_variable_does_not_leak(x):
    t = 2.0 * x[0]
    total = sum([t * t for t in x])
    return total * t


def the_first_iterable_is_read_outside(x):
    return sum([x * x for x in x])


def nested(x):
    return np.sum(np.array([[a * b for b in x] for a in x])) + sum(sum(a * b for b in x) * a for a in x)


def closures_see_the_last_item(x):
    fs = [lambda t: t * w for w in (1.0, 2.0, 3.0)]
    return np.sum(fs[0](x) * x)


def mapped(x):
    return sum(map(lambda a, b: a * b, x, x[::-1])) + sum(list(map(np.sin, (x[0], x[1]))))


def known_filter(x):
    return sum(filter(None, [x[0], x[1] * x[1]])) if False else sum(v for v in [x[0], x[1] * x[1]])


def decided(x):
    if any(t > 100.0 for t in x):
        return np.sum(x)
    return np.sum(x * x) if all(t > -100.0 for t in x) else 0.0


def stops_early(x):
    values = [1.0, 0.0, 2.0]
    if any(v == 0.0 or 1.0 / v > 5.0 for v in values):
        return np.sum(x * x)
    return np.sum(x)


def extremum_of_a_generator(x):
    return max(t * t for t in x)


def repeated(x):
    xs = [x] * 3
    return np.sum(xs[0] * xs[2]) + sum([2.0] * len(x)) * x[0]


def unpacked(x):
    w = [x, x * 2.0, x * 3.0]
    a, *rest = w
    total = np.sum(a) + sum(np.sum(r) for r in rest)
    return total + np.sum([*w, x][3] * {**{"a": x}}["a"])


def started(x):
    return sum([t * t for t in x], start=x[0] * 3.0) if False else sum((x[0] * x[1], x[2]), x[0] * 3.0)


def a_list_of_its_own(x):
    xs = [x[0], x[1]]
    ys = list(xs)
    ys.append(x[2] * x[2])
    return sum(xs) * sum(ys) * len(xs)


def a_range(x):
    return sum(x[k] * k for k in range(len(x))) + sum([x[k] for k in list(range(2))])


@pytest.mark.parametrize(
    "f",
    [
        *(over_an_array, generator, with_a_condition, zipped, two_loops, a_known_list, parameters_of_layers, a_dict),
        *(a_loop_over_a_dict, the_variable_does_not_leak, the_first_iterable_is_read_outside, nested),
        *(closures_see_the_last_item, mapped, known_filter, decided, stops_early, extremum_of_a_generator, repeated),
        *(unpacked, started, a_list_of_its_own, a_range),
    ],
    ids=lambda f: f.__name__,
)
def test_comprehensions_agree(f):
    agrees(f, X)


@pytest.mark.parametrize("length", [0, 1, 3])
@pytest.mark.parametrize("f", [over_an_array, with_a_condition, two_loops], ids=lambda f: f.__name__)
def test_any_number_of_items(f, length):
    value, gradient = s2sad.value_and_grad(f)(X[:length])
    assert value == f(X[:length])
    assert gradient.shape == (length,)


def test_a_list_of_known_length_has_no_loop():
    text = s2sad.differentiate("import numpy as np\ndef f(a, b):\n    return sum([np.sin(v) for v in (a, b)])\n", "f")
    lines = text.partition("def f_grad")[2].splitlines()
    assert not [line for line in lines if line.strip().startswith("for ")]


REFUSED = {
    "[(y := t) for t in x][0]": ("S2S125", "y := t"),
    "{t for t in x}": ("S2S126", "{t for"),
    "len({1, 2})": ("S2S126", "{1, 2}"),
    "len({t: t for t in x})": ("S2S122", "{t: t"),
    "zip(x, x)[0]": ("S2S112", "zip(x, x)"),
    "np.array(t for t in x)[0]": ("S2S112", "np.array"),
}


@pytest.mark.parametrize("expression", REFUSED)
def test_what_is_refused(expression):
    code, needle = REFUSED[expression]
    refused_source(f"import numpy as np\ndef f(x):\n    return x[0] * {expression}\n", code, needle)


def kept_iterator(x):
    items = (t * t for t in x)
    x = x * 2.0
    return sum(items) + x[0]


def test_an_iterator_that_is_kept_goes_through_what_was_iterated():
    agrees(kept_iterator, X)


def generator_in_a_generator(x):
    return sum([v * v for v in (t for t in x)])


def test_a_generator_in_a_generator():
    agrees(generator_in_a_generator, X)
