"""Numerical derivatives: central differences, extrapolated until rounding takes over, and complex steps.

References
----------
W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40 (1998).

C. J. F. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Advances in Engineering Software 4 (1982).
"""

from __future__ import annotations

import copy
import dataclasses
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

_OF_GENERATORS = ("numpy.random._generator", "numpy.random.mtrand", "random")
"""The modules whose objects random numbers are drawn from."""

_FIRST_STEP = 2.0**-6
_HALVINGS = 26
_PATIENCE = 4.0
_COMPLEX_STEP = 2.0**-100
_CONFIRMED = 1e-6
"""How near a complex step must come to the extrapolated differences to be taken for valid, relative to 1 or more."""


@dataclasses.dataclass(frozen=True, slots=True)
class Estimate:
    """A partial derivative, and how it was found: the last step of a difference, or a complex step."""

    slope: float
    step: float
    is_complex: bool = False


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
    return numerical_estimates(f, args, argnum)[0]


def numerical_estimates(
    f: Callable[..., Any], args: Sequence[Any], argnum: int = 0, *, complex_steps: bool = False
) -> tuple[Any, dict[str, Estimate]]:
    """Compute the gradient of a scalar function, and say how each entry was found.

    Parameters
    ----------
    f, args, argnum
        See `numerical_gradient`.
    complex_steps : bool
        Try a complex step too, which has no rounding error. It is taken where the extrapolated differences confirm it:
        a function that is not analytic, or that drops imaginary parts on the way, is found out like this.

    Returns
    -------
    tuple
        The gradient, and the estimate of each entry by path and index, as in `[0].w[1, 2]`.
    """
    wide = [map_leaves(_widen, arg) for arg in args]
    estimates: dict[str, Estimate] = {}

    def partial(path: str, leaf: Any) -> Any:
        if not is_real(leaf):
            return None
        gradient = np.zeros(np.shape(leaf))
        for index in np.ndindex(gradient.shape):

            def along(step: complex, index: tuple[int, ...] = index) -> list[Any]:
                moved = np.array(leaf, dtype=np.result_type(np.float64, type(step)))
                moved[index] += step
                arg = map_leaves(lambda at, own: _like(moved, own) if at == path else _own(own), wide[argnum])
                others = [own_copies(other) for other in wide]
                return [*others[:argnum], arg, *others[argnum + 1 :]]

            def value(step: float, along: Callable[[complex], list[Any]] = along) -> float:
                return _value(f, along(step))

            found = _slope(value, abs(float(np.asarray(leaf)[index])))
            if complex_steps:
                found = _confirmed(_imaginary(f, along(1j * _COMPLEX_STEP)) / _COMPLEX_STEP, found)
            where = f"[{', '.join(map(str, index))}]" if index else ""
            estimates[f"{path}{where}"] = found
            gradient[index] = found.slope
        return gradient if isinstance(leaf, np.ndarray) else float(gradient)

    return map_leaves(partial, wide[argnum]), estimates


def _confirmed(slope: float, by_differences: Estimate) -> Estimate:
    """Return what a complex step has found if differences say nearly the same, else what they say."""
    near = abs(slope - by_differences.slope) <= _CONFIRMED * max(1.0, abs(by_differences.slope))
    return Estimate(slope, _COMPLEX_STEP, is_complex=True) if near else by_differences


def _imaginary(f: Callable[..., Any], args: list[Any]) -> float:
    """Return the imaginary part of a function's value; NaN where it does not take complex numbers."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value = f(*args)
            return float(np.imag(value)) if np.iscomplexobj(value) else float("nan")
    except Exception:
        # what is not made for complex numbers may raise anything
        return float("nan")


def _widen(_path: str, leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray | np.floating) and leaf.dtype.kind == "f":
        return leaf.astype(np.float64)
    return leaf


def _like(moved: np.ndarray[Any, Any], leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return moved
    return complex(moved[()]) if np.iscomplexobj(moved) else type(leaf)(moved[()])


class Rewind:
    """Sets the generators of random numbers among arguments back, so that evaluations draw the same numbers."""

    def __init__(self, args: Sequence[Any]) -> None:
        found = [leaf for arg in args for _, leaf in leaves(arg) if type(leaf).__module__ in _OF_GENERATORS]
        self._states = [(generator, _state(generator)) for generator in found]

    def __call__(self) -> None:
        """Put each generator into the state that it was in when this was made."""
        for generator, state in self._states:
            if hasattr(generator, "bit_generator"):
                generator.bit_generator.state = state
            elif hasattr(generator, "set_state"):
                generator.set_state(state)
            else:
                generator.setstate(state)


def _state(generator: Any) -> Any:
    if hasattr(generator, "bit_generator"):
        return generator.bit_generator.state
    return generator.get_state() if hasattr(generator, "get_state") else generator.getstate()


def own_copies(arg: Any) -> Any:
    """Return an argument in which one evaluation may write and draw, and not spoil the next one."""
    return map_leaves(lambda _, leaf: _own(leaf), arg)


def _own(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return leaf.copy()
    return copy.deepcopy(leaf) if type(leaf).__module__ in _OF_GENERATORS else leaf


def _value(f: Callable[..., Any], args: list[Any]) -> float:
    """Evaluate; outside the function's domain the value is NaN."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            value = f(*args)
    except (ArithmeticError, ValueError):
        return float("nan")
    return float("nan") if isinstance(value, complex | np.complexfloating) else float(value)


def _slope(along: Callable[[float], float], size: float) -> Estimate:
    """Extrapolate `(along(h) - along(-h)) / 2h` to h = 0; the entry whose neighbours agree best is the answer."""
    step = _FIRST_STEP * max(1.0, size)
    best, best_error, best_step = float("nan"), float("inf"), step
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
                best, best_error, best_step = row[k], error, step
        good = best_error < 1e-7 * max(1.0, abs(best))
        if good and previous and abs(row[-1] - previous[-1]) > _PATIENCE * best_error:
            break
        previous, step = row, step / 2.0
    return Estimate(best, best_step)
