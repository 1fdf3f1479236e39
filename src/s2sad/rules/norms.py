"""Norms of vectors and matrices.

A norm has one gradient that serves both modes: the cotangent of the argument is a multiple of it, and a tangent its
inner product with that of the argument. At zero, where a norm has a kink, the gradient is zero by convention; where
several elements (or sums, or singular values) attain a maximum or minimum they share it equally.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules import registry
from s2sad.rules.arguments import ABSENT, along, array, axes_of, call, flag, is_static, kind, rank
from s2sad.rules.reductions import expanded
from s2sad.rules.registry import Unsupported


def _check(name: str, x: Any, ord: Any, axis: Any) -> None:
    array(name, x)
    if not is_static(axis) or not is_static(ord):
        raise Unsupported(f"{name} with an ord or an axis that is not a constant has no derivative rule")


def _is_vector(x: Any, ord: Any, axis: Any) -> bool:
    """Tell whether what `np.linalg.norm` takes the norm of is a vector, or all elements as one."""
    if ord is None:
        return True
    if axis is not None:
        return not isinstance(axis, tuple | list) or len(axis) == 1
    axes = rank(x)
    if axes not in (1, 2):
        raise Unsupported(f"np.linalg.norm with ord={ord!r} has no derivative rule for what is of unknown rank")
    return axes == 1


def _safe(y: Any) -> Any:
    return np.where(y == 0, 1.0, y)


def _is_real(x: Any) -> bool:
    """Tell whether an argument is known to be real; the gradient of any other is the conjugate one."""
    return kind(x) not in ("c", None)


def _conjugate(x: Any, gradient: Any = None) -> Any:
    """Return the conjugate of what is not known to be real: of `x` itself, or of a gradient by it."""
    value = x if gradient is None else gradient
    return value if _is_real(x) else np.conj(value)


def _direction(x: Any) -> Any:
    """Return the gradient of the modulus: the sign of real numbers, 0 at 0."""
    return np.sign(x) if _is_real(x) else np.conj(x) / _safe(np.abs(x))


def _along(gradient: Any, x: Any, a_dot: Any, options: dict[str, Any]) -> Any:
    """Return the inner products of a gradient and a tangent."""
    total = np.sum(gradient * a_dot, **options)
    return total if _is_real(x) else np.real(total)


def _of_vector(x: Any, y: Any, ord: Any, axis: Any, kept: bool) -> Any:
    """Return the gradient of a norm of vectors; None where it is zero."""
    if ord == 0:
        return None
    if ord == 1:
        return _direction(x)
    if ord in (np.inf, -np.inf):
        return _direction(x) * _share(np.abs(x) == expanded(y, x, axis, kept), axis)
    if not isinstance(ord, int | float) or 0 < ord < 1:
        raise Unsupported(f"a norm with ord={ord!r} has no derivative rule")
    ratio = np.abs(x) / expanded(_safe(y), x, axis, kept)
    if ord > 1:
        return _direction(x) * ratio ** (ord - 1)
    # of a vector with a zero in it, it is zero; elsewhere no element is
    gradient = _direction(x) * np.where(x == 0, 1.0, ratio) ** (ord - 1)
    return np.where(expanded(y, x, axis, kept) == 0, 0.0, gradient)


def _share(hit: Any, axis: Any) -> Any:
    return hit / np.sum(hit, axis=axis, keepdims=True)


def _of_matrix(x: Any, ord: Any, axes: tuple[int, int]) -> Any:
    """Return the gradient of a norm of matrices whose rows and columns are counted along two axes."""
    rows, columns = axes
    if ord in (1, -1, np.inf, -np.inf):
        added, over = (rows, columns) if ord in (1, -1) else (columns, rows)
        sums = np.sum(np.abs(x), axis=added, keepdims=True)
        most = (np.max if ord > 0 else np.min)(sums, axis=over, keepdims=True)
        return _direction(x) * _share(sums == most, over)
    if ord not in (2, -2, "nuc"):
        raise Unsupported(f"np.linalg.norm of matrices with ord={ord!r} has no derivative rule")
    last = axes == ((rank(x) or 0) - 2, (rank(x) or 0) - 1)
    turned = x if last else np.moveaxis(x, axes, (-2, -1))
    y = call(x, np.linalg.svd, turned, full_matrices=False)
    weights = np.sign(y[1])
    if ord != "nuc":
        place = slice(0, 1) if ord == 2 else slice(-1, None)
        weights = weights * _share(y[1] == y[1][..., place], -1)
    gradient = _conjugate(x, (y[0] * weights[..., None, :]) @ y[2])
    return gradient if last else np.moveaxis(gradient, (-2, -1), axes)


def _pair(x: Any, axis: Any) -> tuple[int, int]:
    axes = rank(x)
    if axes is None or axes < 2:
        raise Unsupported("a norm of matrices has no derivative rule where the rank is not known: give the types")
    rows, columns = axes_of(axis, axes)
    return rows, columns


def _gradient(x: Any, y: Any, ord: Any, axis: Any, kept: bool) -> Any:
    if _is_vector(x, ord, axis):
        return _of_vector(x, y, ord, axis, kept)
    return _of_matrix(x, ord, _pair(x, axis))


def _is_euclidean(x: Any, ord: Any, axis: Any) -> bool:
    """Tell whether a norm is the root of the sum of squares."""
    _check("np.linalg.norm", x, ord, axis)
    return ord is None or ord == "fro" or (ord == 2 and _is_vector(x, ord, axis))


def _norm(d: Any, y: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: Any = ABSENT) -> Any:
    kept = flag("np.linalg.norm", "keepdims", keepdims)
    if _is_euclidean(x, ord, axis):
        return _conjugate(x) * expanded(d / _safe(y), x, axis, kept)
    gradient = _gradient(x, y, ord, axis, kept)
    return None if gradient is None else expanded(d, x, axis, kept) * gradient


def _norm_forward(tangents: Any, y: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: Any = ABSENT) -> Any:
    kept = flag("np.linalg.norm", "keepdims", keepdims)
    options = along(axis, kept)
    if _is_euclidean(x, ord, axis):
        return _along(_conjugate(x), x, tangents[0], options) / _safe(y)
    gradient = _gradient(x, y, ord, axis, kept)
    return np.zeros_like(y) if gradient is None else _along(gradient, x, tangents[0], options)


registry.full(np.linalg.norm, _norm, _norm_forward)

# -- the two of the array API ----------------------------------------------------------------------------------------


def _vector_norm(d: Any, y: Any, x: Any, /, *, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Any:
    kept = flag("np.linalg.vector_norm", "keepdims", keepdims)
    _check("np.linalg.vector_norm", x, ord, axis)
    if ord == 2:
        return _conjugate(x) * expanded(d / _safe(y), x, axis, kept)
    gradient = _of_vector(x, y, ord, axis, kept)
    return None if gradient is None else expanded(d, x, axis, kept) * gradient


def _vector_norm_forward(
    tangents: Any, y: Any, x: Any, /, *, axis: Any = None, keepdims: Any = False, ord: Any = 2
) -> Any:
    kept = flag("np.linalg.vector_norm", "keepdims", keepdims)
    _check("np.linalg.vector_norm", x, ord, axis)
    if ord == 2:
        return _along(_conjugate(x), x, tangents[0], along(axis, kept)) / _safe(y)
    gradient = _of_vector(x, y, ord, axis, kept)
    return np.zeros_like(y) if gradient is None else _along(gradient, x, tangents[0], along(axis, kept))


def _matrix_norm(d: Any, y: Any, x: Any, /, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    _pair(x, (-2, -1))
    return _norm(d, y, x, ord, (-2, -1), keepdims)


def _matrix_norm_forward(tangents: Any, y: Any, x: Any, /, *, keepdims: Any = False, ord: Any = "fro") -> Any:
    _pair(x, (-2, -1))
    return _norm_forward(tangents, y, x, ord, (-2, -1), keepdims)


registry.full(np.linalg.vector_norm, _vector_norm, _vector_norm_forward)
registry.full(np.linalg.matrix_norm, _matrix_norm, _matrix_norm_forward)
