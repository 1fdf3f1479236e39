"""Stores: operations whose result is a new version of an array or a list, and the paths that lead to what they write.

Each function here is the meaning of the operation of its name, and copies; where nobody else holds the old version,
generated code writes in place.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: `function(x, *arguments)`, a view of `x`."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    def take(self, x: Any) -> Any:
        """Return the view."""
        return self.function(x, *self.arguments)


@dataclass(frozen=True, slots=True)
class Path:
    """The way from an array to a part of it, as in `x.T[1:][0]`: views of views."""

    steps: tuple[Step, ...]

    def read(self, x: Any) -> Any:
        """Return the part."""
        for step in self.steps:
            x = step.take(x)
        return x

    def write(self, x: Any, value: Any, change: Callable[[Any, Any], Any]) -> None:
        """Replace the part by `change(part, value)`, in place."""
        *steps, last = self.steps
        for step in steps:
            x = step.take(x)
        at: Any = Ellipsis
        if last.function is operator.getitem:
            (at,) = last.arguments
        else:
            x = last.take(x)
        x[at] = change(x[at], value)


def make_path(steps: tuple[tuple[Callable[..., Any], int], ...], *arguments: Any) -> Path:
    """Return a path; `steps` has the function of each step and the number of its arguments."""
    waiting = iter(arguments)
    return Path(tuple(Step(function, tuple(next(waiting) for _ in range(count))) for function, count in steps))


def append(items: list[Any], item: Any) -> list[Any]:
    """Return a list with one item more: `items.append(item)`."""
    return [*items, item]


def add_each_at(base: Any, index: Any, value: Any) -> Any:
    """Return a new version of an array with `value` added at `index`, each time that an element is met."""
    result = base.copy()
    if isinstance(index, Path):
        *steps, last = index.steps
        (at,) = last.arguments
        np.add.at(Path(tuple(steps)).read(result), at, value)
    else:
        np.add.at(result, index, value)
    return result


def check_apart(written: Any, other: Any, names: str) -> None:
    """Raise `ValueError` where an argument changed in place shares memory with another or itself."""
    ours = arrays_in(written)
    theirs = ours if other is written else arrays_in(other)
    for k, a in enumerate(ours):
        if any(np.shares_memory(a, b) for b in (theirs[k + 1 :] if other is written else theirs)):
            raise ValueError(f"{names} share memory, and one is changed in place: pass copies")


def arrays_in(x: Any) -> list[Any]:
    """Return the arrays that a value is or holds."""
    if isinstance(x, np.ndarray):
        return [x]
    if isinstance(x, list | tuple | dict):
        items = x.values() if isinstance(x, dict) else x
    else:
        items = getattr(x, "__dict__", {}).values()
    return [array for item in items for array in arrays_in(item)]


def check_kinds(base: Any, value: Any) -> None:
    """Raise `TypeError` where floats are stored into an array of integers, which would cut them off."""
    kinds = (getattr(getattr(base, "dtype", None), "kind", "f"), np.asarray(value).dtype.kind)
    if kinds[0] in "iub" and kinds[1] in "fc":
        raise TypeError("floats are stored into an array of integers, which cuts them off")


def stored_at(d: Any, index: Any) -> Any:
    """Return `d[index]`, with zeros where a store at this index writes an element again later."""
    taken = d[index]
    if not isinstance(d, np.ndarray) or not isinstance(taken, np.ndarray) or np.may_share_memory(d, taken):
        return taken
    order = np.arange(taken.size).reshape(taken.shape)
    last = np.zeros(d.shape, dtype=int)
    last[index] = order
    return np.where(last[index] == order, taken, 0.0)
