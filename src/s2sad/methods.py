"""The four ways to the derivative of a function side by side: by hand, by differences, by symbols, automatic.

The error of difference quotients falls with their step until rounding takes over, and grows again from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.numeric import is_real, leaves, map_leaves, numerical_estimates, own_copies
from s2sad.symbolic import NotSymbolic, symbolic_gradient

_ROOT = float(np.finfo(float).eps) ** (1.0 / 3.0)
_DIGITS = 40
_BUDGET = 0.05
"""How long each way is run to measure its time, in seconds."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a gradient: its numbers, its error and the time of one evaluation; None where it is not open."""

    name: str
    gradients: tuple[Any, ...]
    error: float | None
    seconds: float | None
    remark: str = ""


def compare_ways(
    f: Callable[..., Any],
    args: Sequence[Any],
    argnums: Sequence[int],
    manual: Callable[..., Any] | None = None,
) -> list[Way]:
    """Compute the gradient of a scalar function in four ways.

    Parameters
    ----------
    f : callable
        The function.
    args : sequence
        Where to differentiate it.
    argnums : sequence of int
        The positions to differentiate by.
    manual : callable, optional
        The gradient as it was worked out by hand: a function of the same arguments that returns the gradient, or a
        tuple of gradients where there are several positions.

    Returns
    -------
    list of Way
        Manual, numerical, symbolic and automatic, in this order. Errors are relative to the largest entry or to 1; what
        they are measured against is the symbolic derivative with 40 digits, and extrapolated differences or complex
        steps where there is none.
    """
    from s2sad import grad

    argnums = tuple(argnums)
    derivative = grad(f, argnums)
    exact, symbolic, remark = _symbolic(f, args, argnums)
    if exact is None:
        exact = tuple(numerical_estimates(f, args, k, complex_steps=True)[0] for k in argnums)

    def by_hand() -> tuple[Any, ...]:
        assert manual is not None
        found = manual(*args)
        return tuple(found) if len(argnums) > 1 else (found,)

    given = by_hand if manual is not None else None
    return [
        _way("manual", given, exact, "by hand" if given else "none was given: --manual NAME"),
        _way("numerical", lambda: _central(f, args, argnums), exact, "central differences"),
        _way("symbolic", symbolic, exact, remark),
        _way("automatic", lambda: derivative(*map(own_copies, args)), exact, "reverse mode"),
    ]


def _way(name: str, compute: Callable[[], tuple[Any, ...]] | None, exact: tuple[Any, ...], remark: str) -> Way:
    if compute is None:
        return Way(name, (), None, None, remark)
    gradients = compute()
    if len(gradients) != len(exact):
        return Way(name, (), None, None, f"{len(gradients)} gradients where {len(exact)} are needed")
    return Way(name, gradients, _error(gradients, exact), _seconds(compute), remark)


def _error(found: tuple[Any, ...], exact: tuple[Any, ...]) -> float:
    """Return the largest difference, relative to the largest entry or to 1; infinite where the shapes differ."""
    ours, wanted = dict(leaves(found)), {path: leaf for path, leaf in leaves(exact) if leaf is not None}
    scale = max(1.0, *(float(np.max(np.abs(leaf), initial=0.0)) for leaf in wanted.values()))
    error = 0.0
    for path, leaf in wanted.items():
        if path not in ours or np.shape(ours[path]) != np.shape(leaf):
            return float("inf")
        gap = np.abs(np.asarray(ours[path], dtype=np.float64) - leaf)
        error = max(error, float(np.max(gap, initial=0.0)) / scale)
    return error


def _seconds(compute: Callable[[], Any]) -> float:
    """Return the time of one evaluation, the least of several."""
    best, end = float("inf"), time.perf_counter() + _BUDGET
    while True:
        start = time.perf_counter()
        compute()
        now = time.perf_counter()
        best = min(best, now - start)
        if now > end:
            return best


def _symbolic(
    f: Callable[..., Any], args: Sequence[Any], argnums: tuple[int, ...]
) -> tuple[tuple[Any, ...] | None, Callable[[], tuple[Any, ...]] | None, str]:
    """Return the derivative with many digits, how to evaluate it in floats, and what is to be said of it."""
    try:
        symbols, partials, _ = symbolic_gradient(f, args, argnums)
    except NotSymbolic as error:
        return None, None, str(error)
    import sympy

    values = dict(zip(symbols, (sympy.Rational(arg) for arg in args), strict=True))
    exact = [sympy.N(partial.subs(values), _DIGITS) for partial in partials]
    if not all(one.is_real for one in exact):
        return None, None, "SymPy finds no real number here"
    evaluate = sympy.lambdify(symbols, partials, "numpy")
    count = sum(sympy.count_ops(partial) for partial in partials)
    remark = f"SymPy, {count} operations"
    return tuple(float(one) for one in exact), lambda: tuple(float(one) for one in evaluate(*args)), remark


# -- difference quotients --------------------------------------------------------------------------------------------


def _central(f: Callable[..., Any], args: Sequence[Any], argnums: tuple[int, ...]) -> tuple[Any, ...]:
    """Return central differences with the step that balances truncation and rounding."""

    def by(k: int) -> Any:
        def partial(path: str, leaf: Any) -> Any:
            if not is_real(leaf):
                return None
            slopes = np.zeros(np.shape(leaf))
            for index in np.ndindex(slopes.shape):
                step = _ROOT * max(1.0, abs(float(np.asarray(leaf)[index])))
                ahead, behind = (_shifted(f, args, k, path, index, sign * step) for sign in (1.0, -1.0))
                slopes[index] = (ahead - behind) / (2.0 * step)
            return slopes if isinstance(leaf, np.ndarray) else float(slopes)

        return map_leaves(partial, args[k])

    return tuple(map(by, argnums))


def _shifted(
    f: Callable[..., Any], args: Sequence[Any], k: int, path: str, index: tuple[int, ...], step: float
) -> float:
    """Return the function's value with one entry of an argument moved."""

    def moved(at: str, leaf: Any) -> Any:
        if at != path:
            return own_copies(leaf)
        whole = np.array(leaf, dtype=np.float64)
        whole[index] += step
        return whole if isinstance(leaf, np.ndarray) else type(leaf)(whole[()])

    own = [own_copies(arg) for arg in args]
    own[k] = map_leaves(moved, args[k])
    with np.errstate(all="ignore"):
        try:
            return float(f(*own))
        except (ArithmeticError, ValueError):
            return float("nan")


def chart(f: Callable[..., Any], args: Sequence[Any], argnum: int, gradient: Any) -> str:
    """Draw the error of difference quotients against their step, for the first number of an argument.

    Parameters
    ----------
    f, args
        The function and where it is differentiated.
    argnum : int
        The position of the argument.
    gradient : object
        The derivative by it that the errors are measured against.

    Returns
    -------
    str
        A drawing with the powers of ten of the step from left to right, and those of the error from bottom to top.
    """
    path, leaf = next((path, leaf) for path, leaf in leaves(args[argnum]) if is_real(leaf) and np.size(leaf))
    index = (0,) * np.ndim(leaf)
    exact = float(np.asarray(dict(leaves(gradient))[path])[index])
    here = _shifted(f, args, argnum, path, index, 0.0)
    powers = range(-16, 1)
    marks: dict[tuple[int, int], str] = {}
    for power in powers:
        step = 10.0**power
        ahead, behind = (_shifted(f, args, argnum, path, index, sign * step) for sign in (1.0, -1.0))
        for mark, slope in (("o", (ahead - here) / step), ("x", (ahead - behind) / (2.0 * step))):
            error = abs(slope - exact) / max(1.0, abs(exact))
            if np.isfinite(error):
                row = int(np.clip(np.round(np.log10(max(error, 1e-16))), -16, 2))
                marks[row, power] = "*" if (row, power) in marks else mark
    lines = ["error of difference quotients against their step", ""]
    for row in range(2, -17, -2):
        # two powers of ten to a line keep the drawing in a window
        cells = [{marks[one, power] for one in (row, row - 1) if (one, power) in marks} for power in powers]
        text = "  ".join(" " if not cell else cell.copy().pop() if len(cell) == 1 else "*" for cell in cells)
        lines.append(f"  1e{row:+03d} | {text}".rstrip())
    lines.append("        +" + "-" * (3 * len(powers)))
    lines.append(
        "         " + "".join(f"{power:<6}" for power in powers if power % 2 == 0) + "power of ten of the step"
    )
    lines += ["", "o: forward, (f(x + h) - f(x)) / h;  x: central, (f(x + h) - f(x - h)) / 2h;  *: both"]
    return "\n".join(lines) + "\n"
