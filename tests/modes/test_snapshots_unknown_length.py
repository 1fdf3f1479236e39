"""Loops under `checkpoint` that may end before their range does: states are kept further and further apart."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad import checkpoint

X = np.array([0.3, 0.5, 0.8])


def until_small(x: Any, n: int, k: int) -> Any:
    """Leave the loop at the end of a step."""
    for t in checkpoint(range(n), snapshots=4):
        x = np.cos(x) * 0.9 + 0.1 * x * x
        if np.sum(x * x) < 0.2 or t == k:
            break
    return np.sum(x)


def until_small_plain(x: Any, n: int, k: int) -> Any:
    """Keep everything."""
    for t in range(n):
        x = np.cos(x) * 0.9 + 0.1 * x * x
        if np.sum(x * x) < 0.2 or t == k:
            break
    return np.sum(x)


def returning(x: Any, n: int, k: int) -> Any:
    """Return from the middle of a step of a range that begins later."""
    for t in checkpoint(range(3, n, 2), snapshots=3):
        y = np.sin(x * t)
        if t > k:
            return np.sum(y * x)
        x = x + 0.1 * y
    return np.sum(x)


def returning_plain(x: Any, n: int, k: int) -> Any:
    """Keep everything."""
    for t in range(3, n, 2):
        y = np.sin(x * t)
        if t > k:
            return np.sum(y * x)
        x = x + 0.1 * y
    return np.sum(x)


def at_the_start(x: Any, n: int, k: int) -> Any:
    """Leave the loop at the start of a step, with a number of states that is computed, and an else."""
    for t in checkpoint(range(n), snapshots=n // 4 + 1):
        if t == k:
            break
        x = np.sin(x) * x
    else:
        x = x * 2.0
    return np.sum(x)


def at_the_start_plain(x: Any, n: int, k: int) -> Any:
    """Keep everything."""
    for t in range(n):
        if t == k:
            break
        x = np.sin(x) * x
    else:
        x = x * 2.0
    return np.sum(x)


PAIRS = [(until_small, until_small_plain), (returning, returning_plain), (at_the_start, at_the_start_plain)]


@pytest.mark.parametrize(("f", "plain"), PAIRS, ids=lambda f: f.__name__)
def test_the_same_as_without(f: Any, plain: Any) -> None:
    gradient, other = s2sad.grad(f), s2sad.grad(plain)
    untyped: dict[str, Any] = {}
    exec(gradient.source, untyped)
    for n, k in itertools.product((0, 1, 2, 3, 17, 40), (0, 3, 25, 100)):
        wanted = other(X, n, k)
        assert np.array_equal(gradient(X, n, k), wanted)
        assert np.array_equal(untyped[f"{f.__name__}_grad"](X, n, k), wanted)
    direction = (np.ones(3), None, None)
    for n, k in ((2, 9), (40, 25), (40, 100)):
        along = [s2sad.hvp(one, (X, n, k), direction)[0] for one in (f, plain)]
        np.testing.assert_allclose(*along, rtol=1e-10)
        assert s2sad.jvp(f, (X, n, k), direction) == s2sad.jvp(plain, (X, n, k), direction)


def long(x: Any, n: int, k: int) -> Any:
    """Go on until a step that is not known beforehand."""
    for t in checkpoint(range(n), snapshots=8):
        x = x - 0.01 * x * np.sin(x)
        if t == k:
            break
    return np.sum(x)


def test_no_more_states_are_kept_than_there_is_room_for() -> None:
    x = np.linspace(0.0, 1.0, 20_000)
    gradient = s2sad.grad(long)
    gradient(x, 10, 4)
    tracemalloc.start()
    gradient(x, 10**9, 300)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # the states, and one more before every other one is dropped; what one step takes besides
    assert peak <= (9 + 8) * x.nbytes


def test_the_text_is_made_of_ordinary_loops() -> None:
    gradient = s2sad.grad(long)
    gradient(X, 10, 4)
    body = gradient.source[gradient.source.index("    snapshots = []") :]
    assert body == """\
    snapshots = []
    stride = 1
    trips = 0
    for t in range(n):
        if t % stride == 0:
            snapshots.append((t, x))
            if len(snapshots) > 8:
                snapshots = snapshots[::2]
                stride = 2 * stride
        x = x - 0.01 * x * np.sin(x)
        trips = trips + 1
        if t == k:
            break

    # reverse sweep
    d_x = np.broadcast_to(1.0, x.shape)
    for t in reversed(range(trips)):
        reached, x = snapshots[-1]
        while reached < t:
            following = _next_snapshot(reached, t, 8 - len(snapshots))
            for t_1 in range(reached, following):
                x = x - 0.01 * x * np.sin(x)
            snapshots.append((following, x))
            reached = following
        d_x = d_x - d_x * (0.01 * x) * np.cos(x) + d_x * np.sin(x) * -0.01
        snapshots = snapshots[:-1]
    return d_x.copy()
"""
