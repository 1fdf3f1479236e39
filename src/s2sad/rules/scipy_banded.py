"""Systems with banded matrices, by `scipy.linalg`, and the products of such matrices that their derivatives need."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg as linalg

from s2sad.ir.primitives_banded import banded_dot, banded_outer, banded_transpose
from s2sad.rules import registry
from s2sad.rules.arguments import array, call, kind, rank
from s2sad.rules.homes import HOMES
from s2sad.rules.registry import Unsupported


def _check(ab: Any, b: Any, options: dict[str, Any]) -> None:
    array("linalg.solve_banded", ab, b)
    if any(kind(one) == "c" for one in (ab, b)) or any(options.get(key) for key in ("overwrite_ab", "overwrite_b")):
        raise Unsupported("linalg.solve_banded has a rule for real numbers, and for arguments that are not overwritten")
    if set(options) - {"overwrite_ab", "overwrite_b", "check_finite"} or rank(ab) not in (2, None):
        raise Unsupported("linalg.solve_banded called in this way has no derivative rule")


def _swapped(l_and_u: Any) -> Any:
    if not isinstance(l_and_u, tuple) or len(l_and_u) != 2:
        raise Unsupported("linalg.solve_banded needs the numbers of diagonals as a tuple of two")
    return l_and_u[1], l_and_u[0]


def _solve(d: Any, y: Any, l_and_u: Any, ab: Any, b: Any, **options: Any) -> Any:
    _check(ab, b, options)
    transposed = call(d, banded_transpose, ab, l_and_u)
    d_b = call(d, linalg.solve_banded, _swapped(l_and_u), transposed, d)
    return None, -call(d, banded_outer, d_b, y, l_and_u), d_b


def _solve_forward(tangents: Any, y: Any, l_and_u: Any, ab: Any, b: Any, **options: Any) -> Any:
    _check(ab, b, options)
    _, ab_dot, b_dot = [*tangents, None][:3]
    right = b_dot
    if ab_dot is not None:
        changed = call(y, banded_dot, ab_dot, y, l_and_u)
        right = -changed if b_dot is None else b_dot - changed
    return call(y, linalg.solve_banded, l_and_u, ab, right)


def _transpose(d: Any, y: Any, ab: Any, l_and_u: Any) -> Any:
    return call(d, banded_transpose, d, _swapped(l_and_u))


def _dot(d: Any, z: Any, ab: Any, y: Any, l_and_u: Any) -> Any:
    transposed = call(d, banded_transpose, ab, l_and_u)
    return call(d, banded_outer, d, y, l_and_u), call(d, banded_dot, transposed, d, _swapped(l_and_u))


def _outer(d: Any, z: Any, x: Any, y: Any, l_and_u: Any) -> Any:
    transposed = call(d, banded_transpose, d, l_and_u)
    return call(d, banded_dot, d, y, l_and_u), call(d, banded_dot, transposed, x, _swapped(l_and_u))


def _bilinear(function: Any) -> Any:
    """Return the pushforward of a function that is linear in each of its first two arguments."""

    def pushforward(tangents: Any, z: Any, x: Any, y: Any, l_and_u: Any) -> Any:
        x_dot, y_dot = [*tangents, None][:2]
        terms = [] if x_dot is None else [call(z, function, x_dot, y, l_and_u)]
        terms += [] if y_dot is None else [call(z, function, x, y_dot, l_and_u)]
        return terms[0] if len(terms) == 1 else np.add(*terms)

    return pushforward


registry.full(linalg.solve_banded, _solve, _solve_forward)
HOMES[linalg.solve_banded] = ("scipy.linalg", "solve_banded")
registry.linear(banded_transpose, _transpose)
registry.full(banded_dot, _dot, _bilinear(banded_dot))
registry.full(banded_outer, _outer, _bilinear(banded_outer))
