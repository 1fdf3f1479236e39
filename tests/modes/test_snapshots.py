"""Loops under `checkpoint(range(…), snapshots=…)`: the binomial schedule, and the same numbers to the last bit."""

from __future__ import annotations

import tracemalloc
from math import comb
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad import checkpoint
from s2sad.ir.primitives_schedule import next_snapshot, snapshot_steps

X, W = np.linspace(-1.0, 1.0, 3), np.arange(9.0).reshape(3, 3) / 9.0


def optimum(steps: int, snapshots: int) -> int:
    """Return the least number of steps forward that reverse a chain (Griewank and Walther, 2000)."""
    repeats = 0
    while comb(snapshots + repeats, snapshots) < steps:
        repeats += 1
    return repeats * steps - (comb(snapshots + repeats, repeats - 1) if repeats else 0)


def walk(steps: int, snapshots: int) -> tuple[int, int]:
    """Do what generated code does; return the number of steps forward before the last one, and of states kept."""
    kept = snapshot_steps(steps, snapshots)
    forward, most = steps - 1, len(kept)
    for last in reversed(range(steps)):
        reached = kept[-1]
        while reached < last:
            following = next_snapshot(reached, last, snapshots - len(kept))
            forward, reached = forward + following - reached, following
            kept.append(reached)
            most = max(most, len(kept))
        assert kept.pop() == last
    return forward, most


def test_the_schedule_is_optimal() -> None:
    for steps in (1, 2, 3, 4, 7, 10, 11, 34, 57, 100, 1001, 10_000):
        for snapshots in (1, 2, 3, 5, 10, 200):
            if steps * steps < 10**7 or snapshots > 2:
                forward, most = walk(steps, snapshots)
                assert forward == optimum(steps, snapshots), (steps, snapshots)
                assert most <= snapshots + 1


def body(h: Any, v: Any, w: Any, t: Any) -> Any:
    """Do one step with stores, a branch, a loop and two states."""
    h = np.tanh(w @ h) + 0.01 * t
    h[0] = h[1] * v
    if t % 3 == 1:
        for k in range(2):
            v = v * 0.5 + h[k]
    v = v * 1.01
    return h, v


def with_snapshots(x: Any, w: Any, n: int, k: int) -> Any:
    """Go through a range with a start and a step, and store into what the loop carries."""
    h, v = x, 1.0
    z = x * 2.0
    for t in checkpoint(range(5, 5 + 2 * n, 2), snapshots=k):
        h, v = body(h, v, w, t)
        z[1] += h[0] * z[0]
        z = z * 0.9
    return np.sum(h * h) * v + np.sum(z)


def without(x: Any, w: Any, n: int, k: int) -> Any:
    """Do the same by an ordinary loop."""
    h, v = x, 1.0
    z = x * 2.0
    for t in range(5, 5 + 2 * n, 2):
        h, v = body(h, v, w, t)
        z[1] += h[0] * z[0]
        z = z * 0.9
    return np.sum(h * h) * v + np.sum(z)


def same(one: Any, other: Any) -> bool:
    """Tell whether gradients are equal to the last bit."""
    return all(map(np.array_equal, one, other))


def test_the_same_to_the_last_bit() -> None:
    gradient, other = s2sad.grad(with_snapshots, (0, 1)), s2sad.grad(without, (0, 1))
    for n in range(14):
        for k in (1, 2, 5, 20):
            wanted = other(X, W, n, k)
            assert same(gradient(X, W, n, k), wanted)
    assert "next_snapshot" in gradient.source and "s2sad" not in gradient.source.partition("import numpy")[2]
    forward = s2sad.grad(with_snapshots, (0, 1), mode="forward")
    assert same(forward(X, W, 6, 2), s2sad.grad(without, (0, 1), mode="forward")(X, W, 6, 2))
    assert "snapshot" not in forward.source.partition("import numpy")[2].replace("with_snapshots", "")
    for wrong in (0, -1):
        with pytest.raises(ValueError, match="snapshots must be an integer of 1 or more"):
            gradient(X, W, 3, wrong)
    s2sad.check_grads(with_snapshots, (X, W, 6, 2), order=2)


def nested(x: Any, n: int) -> Any:
    """Loop inside a loop, a print, and a function under `checkpoint` with such a loop."""

    @checkpoint
    def inner(y: Any, m: int) -> Any:
        for _ in checkpoint(range(m), snapshots=2):
            y = np.sin(y) * y + 0.5
        return y

    for t in checkpoint(range(n), snapshots=2):
        print(t)
        for _ in checkpoint(range(3), snapshots=1):
            x = np.cos(x) * x
        x = inner(x, t)
    for _ in range(2):
        for _ in checkpoint(range(4), snapshots=2):
            x = np.sin(x)
    return x


def nested_plain(x: Any, n: int) -> Any:
    """Do the same by ordinary loops."""
    for t in range(n):
        for _ in range(3):
            x = np.cos(x) * x
        for _ in range(t):
            x = np.sin(x) * x + 0.5
    for _ in range(2):
        for _ in range(4):
            x = np.sin(x)
    return x


def test_loops_in_loops_and_effects_are_done_once(capsys: pytest.CaptureFixture[str]) -> None:
    found = s2sad.grad(nested)(0.7, 5)
    assert capsys.readouterr().out == "0\n1\n2\n3\n4\n"
    assert found == s2sad.grad(nested_plain)(0.7, 5)
    second = s2sad.grad(s2sad.grad(nested))(0.7, 4)
    assert second == pytest.approx(s2sad.grad(s2sad.grad(nested_plain))(0.7, 4), rel=1e-12)


def big(x: Any, n: int) -> Any:
    """Make many steps with a state that shows in the memory."""
    for _ in checkpoint(range(n), snapshots=10):
        x = x - 0.01 * x * np.sin(x)
    return np.sum(x)


def big_plain(x: Any, n: int) -> Any:
    """Do the same by an ordinary loop."""
    for _ in range(n):
        x = x - 0.01 * x * np.sin(x)
    return np.sum(x)


def peak(f: Any, *args: Any) -> int:
    """Return the peak of memory of a call, in bytes."""
    f(*args)
    tracemalloc.start()
    f(*args)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def test_memory_and_ten_thousand_steps() -> None:
    gradient = s2sad.grad(big)
    untyped: dict[str, Any] = {}
    exec(gradient.source, untyped)
    x = np.linspace(0.0, 1.0, 20_000)
    # with a cotangent that takes memory, so of two steps, and without the state that is saved for the second
    one_step = peak(s2sad.grad(big_plain), x, 2) - x.nbytes
    assert peak(gradient, x, 300) <= 10 * x.nbytes + one_step + x.nbytes // 10
    assert np.array_equal(gradient(x, 300), s2sad.grad(big_plain)(x, 300))
    small = np.array([0.5, 1.0])
    wanted = s2sad.grad(big_plain)(small, 10_000)
    assert np.array_equal(gradient(small, 10_000), wanted)
    assert np.array_equal(untyped["big_grad"](small, 10_000), wanted)


def collecting(x: Any) -> Any:
    """Collect a list."""
    items = []
    for t in checkpoint(range(9), snapshots=2):
        x = x * x
        items.append(x * t)
    return items[3] + items[4]


def two(x: Any) -> Any:
    """Go through two things."""
    for a, _ in zip([1.0, 2.0, 3.0], checkpoint(range(3), snapshots=2), strict=True):
        x = x * a
    return x


def no_range(x: Any) -> Any:
    """Go through a list."""
    for a in checkpoint([1.0, 2.0], snapshots=2):
        x = x * a
    return x


def none_kept(x: Any) -> Any:
    """Keep nothing."""
    for _ in checkpoint(range(3), snapshots=0):
        x = x * x
    return x


def half_kept(x: Any) -> Any:
    """Keep a fraction."""
    for _ in checkpoint(range(3), snapshots=2.5):
        x = x * x
    return x


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (collecting, "S2S201: a loop under `checkpoint` collects a list"),
        (two, "S2S201: a loop under `checkpoint` goes through more than the range"),
        (no_range, "S2S150: `checkpoint` with snapshots of what is no range"),
        (none_kept, "S2S134: `snapshots` must be an integer of 1 or more, not 0"),
        (half_kept, "S2S134: `snapshots` must be an integer of 1 or more, not 2.5"),
    ],
)
def test_refusals_name_the_loop(f: Any, message: str) -> None:
    with pytest.raises(s2sad.DifferentiationError, match=r"test_snapshots.py:\d+") as caught:
        s2sad.grad(f)(1.1)
    assert message in str(caught.value)


def test_the_range_itself_at_run_time() -> None:
    assert checkpoint(range(3), snapshots=2) == range(3)
    for wrong, kind in ((0, ValueError), (1.5, TypeError), (True, TypeError)):
        with pytest.raises(kind, match="snapshots must be"):
            checkpoint(range(3), snapshots=wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="takes a range"):
        checkpoint([1, 2], snapshots=2)
