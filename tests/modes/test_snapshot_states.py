"""What a loop with snapshots may carry: names of generated code, containers, views, new variables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad import checkpoint


def born_inside(x: Any, n: int) -> Any:
    """Use the loop's variable, and one that the loop makes, after it."""
    for t in checkpoint(range(n), snapshots=2):
        y = x * t
        x = np.sin(x) + y
    return x * y + t


def born_inside_plain(x: Any, n: int) -> Any:
    """Do the same by an ordinary loop."""
    for t in range(n):
        y = x * t
        x = np.sin(x) + y
    return x * y + t


def names(x: Any, n: int) -> Any:
    """Call variables what generated code calls its own."""
    marks, reached, snapshots, following, step = x * 2.0, 1.0, x, 3.0, 0.1
    for t in checkpoint(range(n), snapshots=2):
        marks, reached = marks * np.sin(reached), reached * x
        snapshots = snapshots + marks * t
        step = step * following
        following = following * 0.5 + np.cos(x) * step
    return marks + reached + snapshots + following


def names_plain(x: Any, n: int) -> Any:
    """Do the same by an ordinary loop."""
    marks, reached, snapshots, following, step = x * 2.0, 1.0, x, 3.0, 0.1
    for t in range(n):
        marks, reached = marks * np.sin(reached), reached * x
        snapshots = snapshots + marks * t
        step = step * following
        following = following * 0.5 + np.cos(x) * step
    return marks + reached + snapshots + following


def containers(x: Any, n: int) -> Any:
    """Carry a tuple with a dict in it, a count, and a list that is stored into."""
    s: Any = (x, {"a": x * 2.0, "k": 1})
    c = 0
    items = [x, x * x]
    for _ in checkpoint(range(n), snapshots=3):
        s = (s[0] * np.sin(s[1]["a"]), {"a": s[0] + s[1]["a"], "k": 1})
        c = c + 1
        items[0] = items[1] * c
        items[1] = items[0] + s[0]
    return s[0] * c + s[1]["a"] + items[0] * items[1]


def containers_plain(x: Any, n: int) -> Any:
    """Do the same by an ordinary loop."""
    s: Any = (x, {"a": x * 2.0, "k": 1})
    c = 0
    items = [x, x * x]
    for _ in range(n):
        s = (s[0] * np.sin(s[1]["a"]), {"a": s[0] + s[1]["a"], "k": 1})
        c = c + 1
        items[0] = items[1] * c
        items[1] = items[0] + s[0]
    return s[0] * c + s[1]["a"] + items[0] * items[1]


def views(x: Any, n: int) -> Any:
    """Store into an array and through a view of it, while a range runs down."""
    x = x.copy()
    for t in checkpoint(range(n, 0, -1), snapshots=2):
        x[t % 3] = np.sin(x[t % 3]) * x[(t + 1) % 3]
        v = x[1:]
        v[0] = v[1] * v[0]
    return np.sum(x * x)


def views_plain(x: Any, n: int) -> Any:
    """Do the same by an ordinary loop."""
    x = x.copy()
    for t in range(n, 0, -1):
        x[t % 3] = np.sin(x[t % 3]) * x[(t + 1) % 3]
        v = x[1:]
        v[0] = v[1] * v[0]
    return np.sum(x * x)


X = np.array([0.3, 0.6, 0.9])


@pytest.mark.parametrize(
    ("f", "plain", "x"),
    [
        (born_inside, born_inside_plain, 0.4),
        (names, names_plain, 0.4),
        (containers, containers_plain, 0.4),
        (views, views_plain, X),
        (views, views_plain, X.astype(np.float32)),
    ],
)
def test_the_same_as_without(f: Any, plain: Any, x: Any) -> None:
    gradient, other = s2sad.grad(f), s2sad.grad(plain)
    for n in (1, 2, 3, 7, 11):
        one, two = gradient(x, n), other(x, n)
        assert np.array_equal(one, two) and np.asarray(one).dtype == np.asarray(two).dtype
    if f is containers:
        # its second derivative takes seconds to compile
        return
    along = s2sad.hvp(f, (x, 5), (x, None))[0]
    np.testing.assert_allclose(along, s2sad.hvp(plain, (x, 5), (x, None))[0], rtol=1e-4 if x is not X else 1e-10)


def noisy(x: Any, rng: Any) -> Any:
    for _ in checkpoint(range(9), snapshots=2):
        shift = rng.normal(size=3)
        x = np.sin(x * rng.normal() + shift) * x
    return np.sum(x)


def noisy_plain(x: Any, rng: Any) -> Any:
    for _ in range(9):
        shift = rng.normal(size=3)
        x = np.sin(x * rng.normal() + shift) * x
    return np.sum(x)


def test_random_draws_inside_are_saved() -> None:
    own, other = np.random.default_rng(3), np.random.default_rng(3)
    one, two = s2sad.grad(noisy)(X, own), s2sad.grad(noisy_plain)(X, other)
    assert np.array_equal(one, two)
    assert own.bit_generator.state == other.bit_generator.state
    along = [s2sad.hvp(f, (X, np.random.default_rng(3)), (X, None))[0] for f in (noisy, noisy_plain)]
    np.testing.assert_allclose(*along, rtol=1e-10)
