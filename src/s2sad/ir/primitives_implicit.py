"""Operations for values that solve an equation, and whose derivatives are those of the equation."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np

_numbers = count(1)


class Equation:
    """What a transform must know of an equation `g(x, *others) = 0` where `x` is known to solve it.

    Attributes
    ----------
    pullback : Procedure
        Takes `x`, the others, and the cotangent of `x`, and returns the cotangents of `varied` others: a tuple, or the
        only one.
    pushforward : Procedure
        Takes `x`, the others, and tangents of `varied` others, and returns the tangent of `x`.
    varied : tuple of int
        The positions among the others of those that have a derivative.
    """

    __slots__ = ("number", "pullback", "pushforward", "varied")

    def __init__(self, pullback: Any, pushforward: Any, varied: tuple[int, ...]) -> None:
        self.pullback, self.pushforward, self.varied = pullback, pushforward, varied
        self.number = next(_numbers)

    def __repr__(self) -> str:
        # constants are told from each other by this
        return f"equation {self.number}"


def solution(x: Any, _equation: Equation, *_others: Any) -> Any:
    """Return the value itself, which solves an equation; that says how it depends on the others."""
    return x


def check_regular(jacobian: Any, x: Any) -> None:
    """Raise `LinAlgError` where the Jacobian of an equation by its solution has no inverse that floats could hold."""
    n = np.size(x)
    a = np.reshape(jacobian, (-1, n))
    if a.shape != (n, n) or not np.linalg.cond(a, 1) * np.finfo(a.dtype).eps < 1:
        raise np.linalg.LinAlgError("the equation does not determine its solution: its Jacobian is singular")
