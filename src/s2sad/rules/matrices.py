"""Inverses, linear systems, determinants and traces of matrices and of stacks of them, and rolled arrays.

The formulas are those of M. B. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008), sections 2.2.3 to 2.2.5 and 2.3.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.analysis.operands import number
from s2sad.ir.program import Form
from s2sad.ir.types import List, Tuple
from s2sad.rules import registry
from s2sad.rules.arguments import array, call, is_static, rank, refuse
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol, record


def matrix(name: str, a: Any, *, stacked: bool = False) -> int:
    """Return the number of axes of an argument that has to be a matrix, or a stack of them."""
    array(name, a)
    axes = rank(a)
    if axes is None or axes < 2 or (axes > 2 and not stacked):
        raise Unsupported(f"{name} of what is not known to be a matrix has no derivative rule: give the types")
    return axes


def transposed(a: Any) -> Any:
    """Return the transpose of a matrix, or of each one of a stack."""
    return a.T if rank(a) == 2 else np.swapaxes(a, -1, -2)


# -- inverses and systems --------------------------------------------------------------------------------------------


def _inv(d: Any, y: Any, a: Any) -> Any:
    matrix("np.linalg.inv", a, stacked=True)
    turned = transposed(y)
    return -(turned @ d @ turned)


def _inv_forward(tangents: Any, y: Any, a: Any) -> Any:
    matrix("np.linalg.inv", a, stacked=True)
    return -(y @ tangents[0] @ y)


def _system(a: Any, b: Any) -> bool:
    """Tell whether the right-hand side is one vector, which it is if it has one axis."""
    matrix("np.linalg.solve", a, stacked=True)
    array("np.linalg.solve", b)
    axes = rank(b)
    if axes is None or axes == 0:
        raise Unsupported("np.linalg.solve of arrays of unknown rank has no derivative rule: give the types")
    return axes == 1


def _solved(a: Any, b: Any, is_vector: bool) -> Any:
    """Solve for right-hand sides that may be a vector for each matrix of a stack."""
    if is_vector and rank(a) != 2:
        return np.linalg.solve(a, b[..., None])[..., 0]
    return np.linalg.solve(a, b)


def _applied(a: Any, y: Any, is_vector: bool) -> Any:
    return (a @ y[..., None])[..., 0] if is_vector and rank(a) != 2 else a @ y


def _solve(d: Any, y: Any, a: Any, b: Any) -> Any:
    is_vector = _system(a, b)
    d_b = _solved(transposed(a), d, is_vector)
    if is_vector:
        return -(np.outer(d_b, y) if rank(a) == 2 else d_b[..., :, None] * y[..., None, :]), d_b
    return -(d_b @ transposed(y)), d_b


def _solve_forward(tangents: Any, y: Any, a: Any, b: Any) -> Any:
    is_vector = _system(a, b)
    a_dot, b_dot = tangents
    if a_dot is None:
        return np.linalg.solve(a, b_dot)
    moved = _applied(a_dot, y, is_vector)
    return _solved(a, -moved if b_dot is None else b_dot - moved, is_vector)


registry.full(np.linalg.inv, _inv, _inv_forward)
registry.full(np.linalg.solve, _solve, _solve_forward, broadcasts=None)

# -- determinants and traces -----------------------------------------------------------------------------------------


def _det(d: Any, y: Any, a: Any) -> Any:
    # a singular matrix has a derivative too, but no inverse to compute it from: NumPy raises LinAlgError
    scale = d * y if matrix("np.linalg.det", a, stacked=True) == 2 else (d * y)[..., None, None]
    return scale * transposed(np.linalg.inv(a))


def _det_forward(tangents: Any, y: Any, a: Any) -> Any:
    axes: dict[str, Any] = {} if matrix("np.linalg.det", a, stacked=True) == 2 else {"axis": (-2, -1)}
    return y * np.sum(transposed(np.linalg.inv(a)) * tangents[0], **axes)


def _trace(
    d: Any, y: Any, a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, dtype: Any = None, out: Any = None
) -> Any:
    refuse("np.trace", dtype=dtype, out=out)
    axes = matrix("np.trace", a, stacked=True)
    if not is_static(offset) or not is_static(axis1) or not is_static(axis2):
        raise Unsupported("np.trace with an offset or axes that are not constants has no derivative rule")
    lengths = (a.shape[axis1], a.shape[axis2])
    ones = call(d, np.eye, *lengths, offset) if offset else call(d, np.eye, *lengths)
    if axes == 2 and axis1 % 2 == 0:
        return d * ones
    return np.moveaxis(np.expand_dims(d, (-2, -1)) * ones, (-2, -1), (axis1, axis2))


def _linalg_trace(d: Any, y: Any, x: Any, /, *, offset: Any = 0, dtype: Any = None) -> Any:
    return _trace(d, y, x, offset, -2, -1, dtype)


registry.full(np.linalg.det, _det, _det_forward)
registry.linear(np.trace, _trace)
registry.linear(np.linalg.trace, _linalg_trace)

# -- rolled arrays ---------------------------------------------------------------------------------------------------


def _roll(d: Any, y: Any, a: Any, shift: Any, axis: Any = None) -> Any:
    array("np.roll", a)
    back = tuple(-one for one in shift) if isinstance(shift, tuple | list) else -shift
    return np.roll(d, back) if axis is None else np.roll(d, back, axis=axis)


registry.linear(np.roll, _roll)

# -- diagonals that are filled ---------------------------------------------------------------------------------------


def diagonal_places(lengths: list[Any], wrap: bool) -> tuple[tuple[Any, ...], Any]:
    """Return the places of a diagonal that `np.fill_diagonal` writes, an index for each axis, and their number."""
    builder = lengths[0].builder
    rows, columns = lengths[0], lengths[1]
    if wrap and len(lengths) == 2:
        # below a row that is left out the diagonal begins again
        count = (rows * columns + columns) // (columns + 1)
        flat = record(builder, np.arange, count) * (columns + 1)
        return (flat // columns, np.remainder(flat, columns)), count
    count = rows if len(lengths) > 2 else record(builder, min, rows, columns, form=Form.BUILTIN)
    positions = record(builder, np.arange, count)
    return (positions,) * len(lengths), count


def repeated_values(value: Any, count: Any) -> Any:
    """Return the values that fill a diagonal: they are repeated where they are too few, and the rest is left out."""
    if rank(value) == 0:
        return value
    if isinstance(value.type, List | Tuple):
        value = record(value.builder, np.array, value)
    flat = value if rank(value) == 1 else np.ravel(value)
    if rank(value) == 1 and _is_same(value.shape[0], count):
        return flat
    return flat[np.remainder(record(value.builder, np.arange, count), np.size(value))]


def _is_same(length: Any, count: Any) -> bool:
    if isinstance(length, Symbol) and isinstance(count, Symbol):
        return number(length.type) is not None and number(length.type) == number(count.type)
    return isinstance(count, Symbol) and number(count.type) == length
