"""Types of matrix decompositions; those with several results are tuples."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import Operand, make_array, operand, static
from s2sad.analysis.types_matrices import floats, numbers
from s2sad.ir import dims, primitives_matrices
from s2sad.ir.dims import Dim
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Array, Tuple, Type

_EIGH, _EIG, _SVD, _QR, _SLOGDET = (
    type(function(np.eye(1)))
    for function in (np.linalg.eigh, np.linalg.eig, np.linalg.svd, np.linalg.qr, np.linalg.slogdet)
)
"""The named tuples that NumPy 2 returns; NumPy 1 returned plain ones in some places."""


def _several(cls: type, *items: Type) -> Tuple:
    return Tuple(items, None if cls is tuple else cls)


def _real(type_: Type) -> Operand | None:
    """Return a matrix, or a stack of matrices, of single or double precision."""
    x = floats(type_)
    return x if x is not None and x.rank not in (0, 1) and x.strong in (np.float64, np.float32) else None


def _number(type_: Type) -> tuple[Operand, np.dtype[Any], np.dtype[Any]] | None:
    """Return a real or complex matrix, or a stack of them, its dtype, and the dtype of real and imaginary parts."""
    x = numbers(type_)
    if x is None or x.rank in (0, 1) or x.strong is None or x.strong.char not in "fdFD":
        return None
    return x, x.strong, np.empty(0, x.strong).real.dtype


def _fewer(rows: Dim, columns: Dim) -> Dim:
    """Return the smaller one of two lengths."""
    if isinstance(rows, int) and isinstance(columns, int):
        return min(rows, columns)
    return rows if rows == columns else dims.fresh()


@types(np.linalg.eigh)
def _eigh(_form: Form, a: Type, *_triangle: Type, **_options: Type) -> Type:
    x = _real(a)
    if x is None or x.shape is None:
        return UNKNOWN
    return _several(_EIGH, Array(x.strong, x.shape[:-1]), Array(x.strong, x.shape))


@types(np.linalg.eig)
def _eig(_form: Form, a: Type) -> Type:
    found = _number(a)
    if found is None or found[0].shape is None:
        return UNKNOWN
    # those of a real matrix are complex unless all eigenvalues are real
    shape, dtype = found[0].shape, found[1] if found[1].kind == "c" else None
    return _several(_EIG, Array(dtype, shape[:-1]), Array(dtype, shape))


@types(np.linalg.eigvals)
def _eigvals(_form: Form, a: Type) -> Type:
    found = _number(a)
    if found is None or found[0].shape is None:
        return UNKNOWN
    return Array(found[1] if found[1].kind == "c" else None, found[0].shape[:-1])


@types(np.linalg.eigvalsh)
def _eigvalsh(_form: Form, a: Type, *_triangle: Type, **_options: Type) -> Type:
    found = _number(a)
    return UNKNOWN if found is None or found[0].shape is None else Array(found[2], found[0].shape[:-1])


@types(np.linalg.cholesky)
def _cholesky(_form: Form, a: Type, **_options: Type) -> Type:
    x = _real(a)
    return UNKNOWN if x is None else Array(x.strong, x.shape)


@types(np.linalg.slogdet)
def _slogdet(_form: Form, a: Type) -> Type:
    found = _number(a)
    if found is None or found[0].shape is None:
        return UNKNOWN
    return _several(_SLOGDET, *(make_array(dtype, found[0].shape[:-2]) for dtype in found[1:]))


@types(np.linalg.svd)
def _svd(
    _form: Form,
    a: Type,
    full_matrices: Type | None = None,
    compute_uv: Type | None = None,
    hermitian: Type | None = None,
) -> Type:
    found = _number(a)
    full, vectors = static(full_matrices, True), static(compute_uv, True)
    if found is None or found[0].shape is None or hermitian is not None or not isinstance(vectors, bool):
        return UNKNOWN
    *stack, rows, columns = found[0].shape
    dtype, fewer = found[1], _fewer(rows, columns)
    values = Array(found[2], (*stack, fewer))
    if not vectors:
        return values
    if not isinstance(full, bool):
        return UNKNOWN
    left, right = (rows, columns) if full else (fewer, fewer)
    return _several(_SVD, Array(dtype, (*stack, rows, left)), values, Array(dtype, (*stack, right, columns)))


@types(np.linalg.qr)
def _qr(_form: Form, a: Type, mode: Type | None = None) -> Type:
    x = _real(a)
    if x is None or x.shape is None or static(mode, "reduced") != "reduced":
        return UNKNOWN
    *stack, rows, columns = x.shape
    fewer = _fewer(rows, columns)
    return _several(_QR, Array(x.strong, (*stack, rows, fewer)), Array(x.strong, (*stack, fewer, columns)))


@types(np.linalg.pinv)
def _pinv(_form: Form, a: Type, *_rest: Type, **_options: Type) -> Type:
    x = _real(a)
    return UNKNOWN if x is None or x.shape is None else Array(x.strong, (*x.shape[:-2], x.shape[-1], x.shape[-2]))


@types(np.linalg.lstsq)
def _lstsq(_form: Form, a: Type, b: Type, rcond: Type | None = None) -> Type:
    x, y = _real(a), floats(b)
    if x is None or x.shape is None or x.strong is None or y is None or not y.shape or y.strong is None:
        return UNKNOWN
    rows, columns = x.shape
    dtype, number = np.promote_types(x.strong, y.strong), Array(np.dtype(np.int32), (), scalar=True)
    solution, values = Array(dtype, (columns, *y.shape[1:])), Array(dtype, (_fewer(rows, columns),))
    return Tuple((solution, Array(dtype, (dims.fresh(),)), number, values))


@types(primitives_matrices.gap_reciprocals)
def _gaps(_form: Form, values: Type) -> Type:
    x = operand(values)
    return UNKNOWN if x is None or x.shape is None else Array(x.strong, (*x.shape, x.shape[-1]))
