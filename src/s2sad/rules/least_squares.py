"""Solutions of least squares, and of equations between tensors.

A solution of least squares is `pinv(a) @ b`, so it has a derivative where the rank of the matrix does not change near
by: where it is full, say. Source: G. H. Golub and V. Pereyra, "The differentiation of pseudo-inverses and nonlinear
least squares problems whose variables separate" (1973), equation 4.12.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.ir import primitives, primitives_matrices
from s2sad.rules import registry
from s2sad.rules.arguments import along, array, call, is_static, kind, rank
from s2sad.rules.composing import composed
from s2sad.rules.matrices import matrix
from s2sad.rules.rearranging import axes_of, shape
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol

# -- least squares ---------------------------------------------------------------------------------------------------


def _check(a: Any, b: Any, rcond: Any) -> None:
    matrix("np.linalg.lstsq", a, stacked=False)
    array("np.linalg.lstsq", b)
    if rank(b) not in (1, 2) or kind(a) != "f" or kind(b) != "f":
        raise Unsupported("np.linalg.lstsq of what is not known to be real arrays has no derivative rule")


def _inverse(a: Any, number: Any, rcond: Any) -> Any:
    """Return the pseudoinverse; a matrix of which `rcond` leaves singular values out has no derivative here."""
    return np.linalg.pinv(a) if rcond is None else call(a, primitives_matrices.inverse_of_rank, a, number)


composed(primitives_matrices.inverse_of_rank, lambda a, number: np.linalg.pinv(a))


def _outer(left: Any, right: Any) -> Any:
    return np.outer(left, right) if rank(left) == 1 else left @ right.T


def _lstsq(d: Any, y: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    _check(a, b, rcond)
    (d_x, d_squares, _, d_s), (x, squares, _, _) = d, y
    d_a: Any = None
    d_b: Any = None
    if d_x is not None:
        inverse = _inverse(a, y[2], rcond)
        d_b = inverse.T @ d_x
        d_a = _outer(b - a @ x, inverse @ d_b) - _outer(d_b, x) + _outer(inverse.T @ x, d_x - a.T @ d_b)
    if d_squares is not None:
        # how far the solution moves does not matter, since it is the best one
        zeros = np.zeros_like(x[:1] if rank(x) == 1 else x[0])
        spread = call(d_squares, primitives.add_at, zeros, slice(None, np.size(squares)), d_squares)
        d_r = 2 * (b - a @ x) * spread
        part = -_outer(d_r, x)
        d_a, d_b = (part, d_r) if d_a is None else (d_a + part, d_b + d_r)
    if d_s is not None:
        found = call(d_s, np.linalg.svd, a, full_matrices=False)
        part = (found[0] * d_s) @ found[2]
        d_a = part if d_a is None else d_a + part
    return d_a, d_b


def _lstsq_forward(tangents: Any, y: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    _check(a, b, rcond)
    a_dot, b_dot = tangents[:2]
    x, squares, number, s = y
    r = b - a @ x
    inverse = _inverse(a, number, rcond)
    moved = b_dot if a_dot is None else -(a_dot @ x) if b_dot is None else b_dot - a_dot @ x
    x_dot = inverse @ moved
    s_dot: Any = np.zeros_like(s)
    if a_dot is not None:
        turned = a_dot.T @ (inverse.T @ x)
        x_dot = x_dot + inverse @ (inverse.T @ (a_dot.T @ r)) + turned - inverse @ (a @ turned)
        found = call(a_dot, np.linalg.svd, a, full_matrices=False)
        s_dot = np.sum(found[0] * (a_dot @ found[2].T), axis=0)
    squares_dot = 2 * np.sum(r * moved, **along(0, rank(b) == 1))
    return x_dot, squares_dot[: np.size(squares)], np.zeros_like(number), s_dot


registry.full(np.linalg.lstsq, _lstsq, _lstsq_forward, several=True)

# -- tensors ---------------------------------------------------------------------------------------------------------


def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    count = axes_of("np.linalg.tensorsolve", a)
    if not is_static(axes):
        raise Unsupported("np.linalg.tensorsolve with axes that are not constants has no derivative rule")
    if axes is not None:
        behind = [int(axis) % count for axis in axes]
        a = np.transpose(a, (*(k for k in range(count) if k not in behind), *behind))
    solved = shape(a)[axes_of("np.linalg.tensorsolve", b) :]
    size = b.size if isinstance(b, Symbol) else int(np.size(b))
    x = np.linalg.solve(np.reshape(a, (size, size)), np.ravel(b))
    return np.reshape(x, solved)


def _tensorinv(a: Any, ind: Any = 2) -> Any:
    axes_of("np.linalg.tensorinv", a)
    lengths = shape(a)
    if not isinstance(ind, int) or not 0 < ind < len(lengths):
        raise Unsupported("np.linalg.tensorinv with ind= that is not a constant has no derivative rule")
    inverse = np.linalg.inv(np.reshape(a, (-1, a[(0,) * ind].size)))
    return np.reshape(inverse, (*lengths[ind:], *lengths[:ind]))


composed(np.linalg.tensorsolve, _tensorsolve)
composed(np.linalg.tensorinv, _tensorinv)
