"""Generated derivatives against numerical ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from s2sad.api import Derivative
from s2sad.compiler import Options
from s2sad.numeric import is_real, leaves, map_leaves, numerical_gradient, own_copies
from s2sad.seeding import fit_seed

_TOLERANCE = {2: 3e-2, 4: 1e-3, 8: 1e-6}
"""The relative tolerance for floats of each width in bytes."""

Mode = Literal["fwd", "rev"]
_SWEEPS: dict[str, str] = {"fwd": "forward", "rev": "reverse"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where the generated gradient of one argument is farthest from the numerical one.

    Attributes
    ----------
    place : str
        The argument, the path inside it and the index: `params[0][1][3]`.
    generated, numerical : float
        The two numbers at that place.
    difference : float
        The largest difference over the argument, relative to `max(1, largest generated number)`.
    agrees : bool
        Whether that is within the tolerance.
    complaint : str
        What is wrong, in words; empty where they agree.
    """

    place: str
    generated: float
    numerical: float
    difference: float
    agrees: bool
    complaint: str = ""


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 1,
    modes: Iterable[Mode] = ("fwd", "rev"),
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Compare the derivatives that s2sad generates for a scalar function with numerical ones.

    Parameters
    ----------
    f : callable
        The function.
    args : sequence
        Where to compare; every argument that holds floats is differentiated.
    order : int
        The order of derivative to go up to. Beyond the first, the derivative of the order before is taken along a fixed
        direction by forward sweeps, and the gradient of that is compared.
    modes : iterable of {"fwd", "rev"}
        The sweeps to check.
    rtol : float, optional
        The difference that is allowed, relative to the largest entry of the gradient or to 1, whichever is larger;
        1e-6 for float64 unless given.
    atol : float, optional
        The difference that is allowed in absolute terms as well; nothing unless given.

    Raises
    ------
    AssertionError
        The derivatives part; the message has both numbers, the argument and the index.
    """
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise ValueError(f"order must be an integer of 1 or more, not {order!r}")
    argnums = differentiable_positions(args)
    if not argnums:
        raise ValueError("no argument holds floats, so there is nothing to differentiate")
    modes = tuple(modes)
    for mode in modes:
        if mode not in _SWEEPS:
            raise ValueError(f"modes are 'fwd' and 'rev', not {mode!r}")
    function, directions = f, list[Any]()
    for k in range(1, order + 1):
        _check_gradient(f, function, args, directions, argnums, modes, k, rtol, atol)
        if k < order:
            function = Derivative(function, Options(argnums, "tangent"))
            directions += [_direction(args[i], 10 * k + i) for i in argnums]


def _check_gradient(
    f: Callable[..., Any],
    function: Callable[..., Any],
    args: Sequence[Any],
    directions: Sequence[Any],
    argnums: tuple[int, ...],
    modes: Iterable[Mode],
    order: int,
    rtol: float | None,
    atol: float | None,
) -> None:
    """Compare the gradient of a function, or of a derivative of it along directions, with the numerical one."""

    def along(*here: Any) -> Any:
        if not isinstance(function, Derivative):
            return function(*here)
        return function.sweep(function.positional(here, {}))(*function.positional(here, {}), *_like(directions, here))

    def _like(seeds: Sequence[Any], here: Sequence[Any]) -> list[Any]:
        # differences are taken in float64, and a tangent has the dtype of its argument
        owners = [here[i] for _ in range(order - 1) for i in argnums]
        return [fit_seed("the direction", own, seed) for own, seed in zip(owners, seeds, strict=True)]

    names = parameter_names(f, len(args))
    numerical = {i: numerical_gradient(along, args, i) for i in argnums}
    for mode in modes:
        derivative = Derivative(function, Options(argnums, _SWEEPS[mode]))
        values = derivative.positional(tuple(args), {})
        gradients = derivative.sweep(values)(*map(own_copies, values), *directions)
        for i, gradient in zip(argnums, gradients, strict=True):
            result = compare(names[i], args[i], gradient, numerical[i], rtol, atol)
            if not result.agrees:
                which = "" if order == 1 else f", order {order}"
                raise AssertionError(f"{_SWEEPS[mode]} mode{which}: {result.complaint}")


def _direction(arg: Any, seed: int) -> Any:
    """Return a direction in the structure of an argument: numbers around one, None where there is no float."""
    random = np.random.default_rng(seed)

    def change(_: str, leaf: Any) -> Any:
        if not is_real(leaf):
            return None
        numbers = random.uniform(0.5, 1.5, np.shape(leaf)) * random.choice([-1.0, 1.0], np.shape(leaf))
        return numbers.astype(leaf.dtype) if isinstance(leaf, np.ndarray) else type(leaf)(numbers)

    return map_leaves(change, arg)


def differentiable_positions(args: Sequence[Any]) -> tuple[int, ...]:
    """Return the positions of the arguments that hold real inexact numbers."""
    return tuple(i for i, arg in enumerate(args) if any(is_real(leaf) for _, leaf in leaves(arg)))


def parameter_names(f: Callable[..., Any], count: int) -> list[str]:
    """Return what to call the first `count` arguments of a function."""
    import inspect

    try:
        names = list(inspect.signature(f).parameters)
    except (TypeError, ValueError):
        names = []
    return [names[i] if i < len(names) else f"argument {i}" for i in range(count)]


def compare(
    name: str, arg: Any, generated: Any, numerical: Any, rtol: float | None = None, atol: float | None = None
) -> Comparison:
    """Compare two gradients of one argument, by the worst of their entries.

    Parameters
    ----------
    name : str
        What to call the argument.
    arg : object
        The argument.
    generated, numerical : object
        The gradients, in the structure of the argument.
    rtol, atol : float, optional
        See `check_grads`.

    Returns
    -------
    Comparison
        The verdict and the entry where they are farthest apart.
    """
    ours, reference = dict(leaves(generated)), dict(leaves(numerical))
    scale, tolerance = 1.0, rtol or 0.0
    worst = Comparison(name, 0.0, 0.0, 0.0, True)
    real = [(path, leaf) for path, leaf in leaves(arg) if is_real(leaf)]
    for path, leaf in real:
        if path not in ours or np.shape(ours[path]) != np.shape(leaf):
            found = f"has shape {np.shape(ours[path])}" if path in ours else "is missing"
            complaint = f"{name}{path}: the generated gradient {found} where the argument has shape {np.shape(leaf)}"
            return Comparison(f"{name}{path}", float("nan"), float("nan"), float("inf"), False, complaint)
        if np.size(leaf):
            scale = max(scale, float(np.max(np.abs(ours[path]))))
        if rtol is None:
            tolerance = max(tolerance, _TOLERANCE.get(np.asarray(leaf).itemsize, 1e-6))
    for path, leaf in real:
        if not np.size(leaf):
            continue
        g, n = np.asarray(ours[path], dtype=np.float64), np.asarray(reference[path], dtype=np.float64)
        gap = np.where(np.isfinite(g) & np.isfinite(n), np.abs(g - n), np.inf)
        gap = np.where((g == n) | (np.isnan(g) & np.isnan(n)), 0.0, gap)
        index = np.unravel_index(int(np.argmax(gap)), gap.shape)
        difference = float(gap[index]) / scale
        if difference > worst.difference or worst.place == name:
            where = "".join(f"[{', '.join(map(str, index))}]" if index else "")
            agrees = difference <= tolerance + (atol or 0.0) / scale
            worst = Comparison(f"{name}{path}{where}", float(g[index]), float(n[index]), difference, agrees)
    return worst if worst.agrees else _explain(worst)


def _explain(worst: Comparison) -> Comparison:
    if worst.generated == 0.0 and not np.isnan(worst.numerical):
        complaint = f"{worst.place}: generated says 0 where numerical does not: {worst.numerical!r}"
    else:
        complaint = (
            f"{worst.place}: generated {worst.generated!r}, numerical {worst.numerical!r}, "
            f"relative difference {worst.difference:.2e}"
        )
    return Comparison(worst.place, worst.generated, worst.numerical, worst.difference, False, complaint)
