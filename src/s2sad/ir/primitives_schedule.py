"""The binomial schedule: where snapshots of a loop stand while it is reversed.

References
----------
A. Griewank and A. Walther, "Algorithm 799: revolve" (2000), doi 10.1145/347837.347846.
"""

from __future__ import annotations

from typing import Any


def with_snapshots(steps: Any, _snapshots: Any) -> Any:
    """Return what a loop goes through; the reverse of the loop keeps no more than so many of its states."""
    return steps


def room_for(snapshots: Any) -> Any:
    """Return how many states are to be kept: an integer of 1 or more."""
    if not hasattr(snapshots, "__index__") or isinstance(snapshots, bool) or snapshots < 1:
        raise ValueError(f"snapshots must be an integer of 1 or more, not {snapshots!r}")
    return snapshots


def snapshot_steps(steps: Any, snapshots: Any) -> list[int]:
    """Return the steps before which a loop keeps its state on the way forward; the last step is always one."""
    marks = [0]
    while marks[-1] < steps - 1:
        marks.append(next_snapshot(marks[-1], steps - 1, snapshots - len(marks)))
    return marks


def next_snapshot(step: Any, last: Any, free: Any) -> int:
    """Return where to keep the next state on the way from a kept one, at `step`, to `last`: the binomial schedule."""
    if free < 1:
        return int(last)
    length, repeats, reach, before = last - step + 1, 0, 1, 0
    while reach < length:
        # the steps that can be reversed where none is repeated more often
        repeats, before, reach = repeats + 1, reach, reach * (free + 2 + repeats) // (repeats + 1)
    return int(step + min(before, length - before * (free + 1) // (free + repeats)))
