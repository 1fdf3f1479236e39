"""Matrices that are stored by their diagonals, as `scipy.linalg.solve_banded` takes them.

With `below` diagonals below the main one and `above` above it, `ab[above + i - j, j]` is the element `[i, j]`.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def banded_transpose(ab: Any, l_and_u: Any) -> Any:
    """Return the transpose of a banded matrix; it has as many diagonals above as the matrix has below."""
    below, above = l_and_u
    result = np.zeros_like(ab)
    for row in range(below + above + 1):
        into, out_of = diagonal(np.shape(ab)[1], above - row)
        result[below + above - row, into] = ab[row, out_of]
    return result


def banded_dot(ab: Any, y: Any, l_and_u: Any) -> Any:
    """Return the product of a banded matrix with a vector or a matrix."""
    below, above = l_and_u
    result = np.zeros(np.shape(y), np.result_type(ab, y))
    for row in range(below + above + 1):
        into, out_of = diagonal(np.shape(ab)[1], above - row)
        result[into] += ab[row, out_of] * y[out_of] if np.ndim(y) == 1 else ab[row, out_of, None] * y[out_of]
    return result


def banded_outer(x: Any, y: Any, l_and_u: Any) -> Any:
    """Return the diagonals of the outer product of two vectors, or of `x @ y.T` for two matrices."""
    below, above = l_and_u
    result = np.zeros((below + above + 1, np.shape(x)[0]), np.result_type(x, y))
    for row in range(below + above + 1):
        into, out_of = diagonal(np.shape(x)[0], above - row)
        product = x[into] * y[out_of]
        result[row, out_of] = product if np.ndim(product) == 1 else np.sum(product, axis=1)
    return result


def diagonal(n: int, k: int) -> tuple[slice, slice]:
    """Return the rows and the columns of the elements on the k-th diagonal above the main one."""
    first, count = (max(-k, 0), max(k, 0)), max(n - abs(k), 0)
    return slice(first[0], first[0] + count), slice(first[1], first[1] + count)
