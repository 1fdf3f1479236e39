"""Numerical derivatives: central differences, extrapolated until rounding takes over.

References
----------
C. J. F. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software 4 (1982).
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

_FIRST_STEP = 2.0**-6
_HALVINGS = 26
_PATIENCE = 4.0


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of every leaf of nested tuples, lists, dicts and dataclasses."""
    match tree:
        case tuple() if hasattr(tree, "_fields"):
            for name, item in zip(tree._fields, tree, strict=True):
                yield from leaves(item, f"{path}.{name}")
        case tuple() | list():
            for i, item in enumerate(tree):
                yield from leaves(item, f"{path}[{i}]")
        case dict():
            for key, item in tree.items():
                yield from leaves(item, f"{path}[{key!r}]")
        case _ if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
            for entry in dataclasses.fields(tree):
                yield from leaves(getattr(tree, entry.name), f"{path}.{entry.name}")
        case _:
            yield path, tree


def map_leaves(change: Callable[[str, Any], Any], tree: Any, path: str = "") -> Any:
    """Return the tree with `change(path, leaf)` in place of every leaf."""
    match tree:
        case tuple() if hasattr(tree, "_fields"):
            pairs = zip(tree._fields, tree, strict=True)
            return type(tree)(*(map_leaves(change, item, f"{path}.{name}") for name, item in pairs))
        case tuple() | list():
            return type(tree)(map_leaves(change, item, f"{path}[{i}]") for i, item in enumerate(tree))
        case dict():
            return {key: map_leaves(change, item, f"{path}[{key!r}]") for key, item in tree.items()}
        case _ if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
            names = [entry.name for entry in dataclasses.fields(tree)]
            return dataclasses.replace(
                tree, **{name: map_leaves(change, getattr(tree, name), f"{path}.{name}") for name in names}
            )
        case _:
            return change(path, tree)


def is_real(leaf: Any) -> bool:
    """Tell whether a leaf holds real inexact numbers."""
    return isinstance(leaf, float) or (isinstance(leaf, np.ndarray | np.floating) and leaf.dtype.kind == "f")


def numerical_gradient(f: Callable[..., Any], args: Sequence[Any], argnum: int = 0) -> Any:
    """Compute the gradient of a scalar function by extrapolated central differences.

    Parameters
    ----------
    f : callable
        The function; it is called with float64 in place of narrower floats, so that rounding does not hide the result.
    args : sequence
        Its arguments: numbers, arrays, and nested tuples, lists and dicts of them.
    argnum : int
        The position of the argument to differentiate with respect to.

    Returns
    -------
    object
        The structure of the argument with a float64 gradient for every real leaf, and None for every other leaf.
    """
    wide = [map_leaves(_widen, arg) for arg in args]

    def partial(path: str, leaf: Any) -> Any:
        if not is_real(leaf):
            return None
        gradient = np.zeros(np.shape(leaf))
        for index in np.ndindex(gradient.shape):

            def along(step: float, index: tuple[int, ...] = index) -> float:
                moved = np.array(leaf, dtype=np.float64)
                moved[index] += step
                arg = map_leaves(lambda at, own: _like(moved, own) if at == path else _own(own), wide[argnum])
                others = [map_leaves(lambda _, own: _own(own), other) for other in wide]
                return _value(f, [*others[:argnum], arg, *others[argnum + 1 :]])

            gradient[index] = _slope(along, abs(float(np.asarray(leaf)[index])))
        return gradient if isinstance(leaf, np.ndarray) else float(gradient)

    return map_leaves(partial, wide[argnum])


def _widen(_path: str, leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray | np.floating) and leaf.dtype.kind == "f":
        return leaf.astype(np.float64)
    return leaf


def _like(moved: np.ndarray[Any, Any], leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return moved
    return type(leaf)(moved[()])


def _own(leaf: Any) -> Any:
    # a function that writes into its arguments must not spoil the next evaluation
    return leaf.copy() if isinstance(leaf, np.ndarray) else leaf


def _value(f: Callable[..., Any], args: list[Any]) -> float:
    """Evaluate; outside the function's domain the value is NaN."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value = f(*args)
    except (ArithmeticError, ValueError):
        return float("nan")
    return float("nan") if isinstance(value, complex | np.complexfloating) else float(value)


def _slope(along: Callable[[float], float], size: float) -> float:
    """Extrapolate `(along(h) - along(-h)) / 2h` to h = 0; the entry whose neighbours agree best is the answer."""
    step = _FIRST_STEP * max(1.0, size)
    best, best_error = float("nan"), float("inf")
    previous: list[float] = []
    for _ in range(_HALVINGS):
        row = [(along(step) - along(-step)) / (2.0 * step)]
        if not np.isfinite(row[0]):
            # the step left the function's domain: begin again with shorter ones
            previous, step = [], step / 2.0
            continue
        for k, coarser in enumerate(previous, start=1):
            factor = 4.0**k
            row.append((factor * row[k - 1] - coarser) / (factor - 1.0))
            error = max(abs(row[k] - row[k - 1]), abs(row[k] - coarser))
            if error < best_error:
                best, best_error = row[k], error
        good = best_error < 1e-7 * max(1.0, abs(best))
        if good and previous and abs(row[-1] - previous[-1]) > _PATIENCE * best_error:
            break
        previous, step = row, step / 2.0
    return best
