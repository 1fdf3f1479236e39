"""The gradient by forward mode: one sweep of the tangent program for each entry of the arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from s2sad.numeric import Rewind, is_real, map_leaves


def forward_gradient(
    jvp: Callable[..., Any], wrt: Sequence[int], single: bool, *, with_value: bool, has_aux: bool
) -> Callable[..., Any]:
    """Return a function that computes a gradient by sweeps of a tangent program.

    Parameters
    ----------
    jvp : callable
        Takes the arguments, then a tangent for each of `wrt`, and returns the value and its tangent.
    wrt : sequence of int
        Positions of the arguments to differentiate by.
    single : bool
        Return the gradient of the only argument, not a tuple.
    with_value : bool
        Return `(value, gradient)`.
    has_aux : bool
        The value is a pair `(value, aux)`; without the value, `(gradient, aux)` is returned.

    Returns
    -------
    callable
        A function of the arguments. It takes as many sweeps as the arguments in `wrt` have entries.
    """

    def gradient(*args: Any) -> Any:
        zeros = [map_leaves(lambda _, leaf: _zero(leaf), args[k]) for k in wrt]
        rewind = Rewind(args)
        value: Any = None

        def entry(position: int, path: str, index: tuple[int, ...] | None) -> Any:
            nonlocal value
            tangents = list(zeros)
            tangents[position] = map_leaves(
                lambda here, zero: _unit(zero, index) if here == path else zero, zeros[position]
            )
            rewind()
            value, tangent = jvp(*args, *tangents)
            if np.ndim(tangent) != 0 or np.iscomplexobj(tangent):
                raise TypeError("the function returns no real scalar, so it has no gradient")
            return tangent

        def leaf_gradient(position: int, path: str, leaf: Any) -> Any:
            if not is_real(leaf):
                return None
            if not isinstance(leaf, np.ndarray):
                return type(leaf)(entry(position, path, None))
            result = np.zeros_like(leaf)
            for index in np.ndindex(leaf.shape):
                result[index] = entry(position, path, index)
            return result

        def argument_gradient(position: int, argument: Any) -> Any:
            return map_leaves(lambda path, leaf: leaf_gradient(position, path, leaf), argument)

        gradients = tuple(argument_gradient(position, args[k]) for position, k in enumerate(wrt))
        if (with_value or has_aux) and value is None:
            value, _ = jvp(*args, *zeros)
        result = gradients[0] if single else gradients
        if with_value:
            return value, result
        return (result, value[1]) if has_aux else result

    return gradient


def _zero(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return np.zeros_like(leaf) if leaf.dtype.kind == "f" else None
    return type(leaf)(0) if is_real(leaf) else None


def _unit(zero: Any, index: tuple[int, ...] | None) -> Any:
    if index is None:
        return type(zero)(1)
    unit = zero.copy()
    unit[index] = 1
    return unit
