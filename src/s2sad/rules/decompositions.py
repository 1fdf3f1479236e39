"""Eigenvalues, singular values, Cholesky and QR factors, log-determinants and pseudoinverses.

Where an algorithm reads one triangle of a symmetric matrix, the adjoint stands in this triangle: it is the derivative
of what NumPy computes. Vectors that belong to equal eigenvalues or singular values have no derivative, and generated
code raises LinAlgError there; the values themselves are no problem. The eigenvectors of a general matrix are taken as
LAPACK returns them: of norm 1, with the largest element real.

Sources: M. B. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation"
(2008), section 3; I. Murray, "Differentiation of the Cholesky decomposition" (2016), section 3; J. Townsend,
"Differentiating the singular value decomposition" (2016); S. F. Walter and L. Lehmann, "Algorithmic differentiation of
linear algebra functions" (2010); G. H. Golub and V. Pereyra, "The differentiation of pseudo-inverses" (1973).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.ir import primitives_matrices
from s2sad.ir.types import Array
from s2sad.rules import registry
from s2sad.rules.arguments import call, is_static, kind, rank, refuse
from s2sad.rules.matrices import matrix, transposed
from s2sad.rules.rearranging import shape
from s2sad.rules.registry import Unsupported


def _real_matrix(name: str, a: Any, *, stacked: bool = True) -> int:
    """Return the number of axes of an argument that has to be a real matrix, or a stack of them."""
    axes = matrix(name, a, stacked=stacked)
    if kind(a) != "f":
        raise Unsupported(f"{name} of what is not known to be real has no derivative rule: give the types")
    return axes


def _number_matrix(name: str, a: Any) -> bool:
    """Tell whether an argument is a real matrix, where it has to be a real or a complex one."""
    if kind(a) != "c":
        _real_matrix(name, a)
        return True
    matrix(name, a, stacked=True)
    return False


def _columns(v: Any) -> Any:
    """Return a vector as the factors of the columns of a matrix."""
    return v[..., None, :] if rank(v) != 1 else v


def _gaps(d: Any, values: Any) -> Any:
    return call(d, primitives_matrices.gap_reciprocals, values)


def _gaps_back(d: Any, y: Any, values: Any) -> Any:
    moved = -d * y * y
    return np.sum(moved, axis=-2) - np.sum(moved, axis=-1)


def _gaps_forward(tangents: Any, y: Any, values: Any) -> Any:
    dot = tangents[0]
    return -y * y * (dot[..., None, :] - dot[..., :, None])


registry.full(primitives_matrices.gap_reciprocals, _gaps_back, _gaps_forward)

# -- symmetric matrices ----------------------------------------------------------------------------------------------


def _lower(name: str, triangle: Any) -> bool:
    if triangle not in ("L", "U", "l", "u"):
        raise Unsupported(f"{name} with UPLO= that is not a constant has no derivative rule")
    return bool(triangle in "Ll")


def folded(s: Any, lower: bool) -> Any:
    """Return the adjoint of the triangle that is read, from that of a symmetric matrix."""
    return np.tril(s) + np.tril(transposed(s), -1) if lower else np.triu(s) + np.triu(transposed(s), 1)


def unfolded(dot: Any, lower: bool) -> Any:
    """Return the symmetric matrix that a triangle stands for."""
    return np.tril(dot) + transposed(np.tril(dot, -1)) if lower else np.triu(dot) + transposed(np.triu(dot, 1))


def _eigh(d: Any, y: Any, a: Any, UPLO: Any = "L") -> Any:  # noqa: N803 - NumPy's name
    _real_matrix("np.linalg.eigh", a)
    (d_w, d_v), (w, v) = d, y
    total = None if d_w is None else (v * _columns(d_w)) @ transposed(v)
    if d_v is not None:
        turned = v @ ((transposed(v) @ d_v) * _gaps(d_v, w)) @ transposed(v)
        total = turned if total is None else total + turned
    return folded(total, _lower("np.linalg.eigh", UPLO))


def _eigh_forward(tangents: Any, y: Any, a: Any, UPLO: Any = "L") -> Any:  # noqa: N803
    _real_matrix("np.linalg.eigh", a)
    w, v = y
    inner = transposed(v) @ unfolded(tangents[0], _lower("np.linalg.eigh", UPLO)) @ v
    return np.diagonal(inner, 0, -2, -1), v @ (inner * _gaps(inner, w))


def _eigvalsh(d: Any, y: Any, a: Any, UPLO: Any = "L") -> Any:  # noqa: N803
    is_real = _number_matrix("np.linalg.eigvalsh", a)
    lower = _lower("np.linalg.eigvalsh", UPLO)
    v = call(d, np.linalg.eigh, a, *([] if lower else ["U"]))[1]
    if is_real:
        return folded((v * _columns(d)) @ transposed(v), lower)
    whole = (np.conj(v) * _columns(d)) @ transposed(v)
    return np.tril(whole) + np.tril(whole, -1) if lower else np.triu(whole) + np.triu(whole, 1)


def _eigvalsh_forward(tangents: Any, y: Any, a: Any, UPLO: Any = "L") -> Any:  # noqa: N803
    is_real = _number_matrix("np.linalg.eigvalsh", a)
    lower = _lower("np.linalg.eigvalsh", UPLO)
    v = call(tangents[0], np.linalg.eigh, a, *([] if lower else ["U"]))[1]
    if is_real:
        return np.sum(v * (unfolded(tangents[0], lower) @ v), axis=-2)
    dot = np.tril(tangents[0]) if lower else np.triu(tangents[0])
    outer = np.tril(tangents[0], -1) if lower else np.triu(tangents[0], 1)
    return np.real(np.sum(np.conj(v) * ((dot + np.conj(transposed(outer))) @ v), axis=-2))


def _eigenvalues_back(d_w: Any, v: Any) -> Any:
    turned = transposed(v)
    return np.linalg.inv(turned) @ (d_w[..., :, None] * turned)


def _pinned(v: Any) -> Any:
    """Return a mask of the element of each eigenvector that LAPACK makes real: the largest of those that are."""
    largest = np.argmax(np.where(np.isreal(v), np.absolute(v), -1.0), axis=-2)
    return call(v, np.arange, shape(v)[-1])[:, None] == largest[..., None, :]


def _imaginary(z: Any) -> Any:
    """Return the imaginary part, times i; of real numbers it is a real zero."""
    return (z - np.conj(z)) / 2.0


def _eig(d: Any, y: Any, a: Any) -> Any:
    _number_matrix("np.linalg.eig", a)
    (d_w, d_v), (w, v) = d, y
    if d_v is None:
        return None if d_w is None else _eigenvalues_back(d_w, v)
    # a vector is free to move but along itself: its norm stays 1, and one element real
    along, pinned = np.sum(v * d_v, axis=-2, keepdims=True), _pinned(v)
    turn = np.where(pinned, _imaginary(along) / np.where(pinned, np.real(v), 1.0), 0.0)
    inner = (transposed(v) @ (d_v - np.conj(v) * np.real(along) - turn)) * _gaps(d_v, w)
    if d_w is not None:
        inner = inner + d_w[..., :, None] * call(v, np.eye, shape(v)[-1])
    return np.linalg.inv(transposed(v)) @ inner @ transposed(v)


def _eig_forward(tangents: Any, y: Any, a: Any) -> Any:
    _number_matrix("np.linalg.eig", a)
    w, v = y
    inner = np.linalg.inv(v) @ tangents[0] @ v
    dot, pinned = v @ (inner * _gaps(inner, w)), _pinned(v)
    turn = np.where(pinned, _imaginary(dot) / np.where(pinned, np.real(v), 1.0), 0.0)
    along = np.real(np.sum(np.conj(v) * dot, axis=-2, keepdims=True)) + np.sum(turn, axis=-2, keepdims=True)
    return np.diagonal(inner, 0, -2, -1), dot - v * along


def _eigvals(d: Any, y: Any, a: Any) -> Any:
    _number_matrix("np.linalg.eigvals", a)
    return _eigenvalues_back(d, call(d, np.linalg.eig, a)[1])


def _eigvals_forward(tangents: Any, y: Any, a: Any) -> Any:
    _number_matrix("np.linalg.eigvals", a)
    v = call(tangents[0], np.linalg.eig, a)[1]
    return np.diagonal(np.linalg.inv(v) @ tangents[0] @ v, 0, -2, -1)


def _halved(a: Any) -> Any:
    """Return the lower triangle of a matrix with half of the diagonal."""
    return (np.tril(a) + np.tril(a, -1)) / 2


def _is_upper(a: Any, upper: Any) -> bool:
    _real_matrix("np.linalg.cholesky", a)
    if not isinstance(upper, bool):
        raise Unsupported("np.linalg.cholesky with upper= that is not a constant has no derivative rule")
    return upper


def _cholesky(d: Any, y: Any, a: Any, *, upper: Any = False) -> Any:
    is_upper = _is_upper(a, upper)
    turned, d = (y, transposed(d)) if is_upper else (transposed(y), d)
    inner = np.linalg.solve(turned, _halved(turned @ d))
    return folded(transposed(np.linalg.solve(turned, transposed(inner))), not is_upper)


def _cholesky_forward(tangents: Any, y: Any, a: Any, *, upper: Any = False) -> Any:
    is_upper = _is_upper(a, upper)
    factor = transposed(y) if is_upper else y
    half = np.linalg.solve(factor, unfolded(tangents[0], not is_upper))
    dot = factor @ _halved(np.linalg.solve(factor, transposed(half)))
    return transposed(dot) if is_upper else dot


registry.full(np.linalg.eigh, _eigh, _eigh_forward, several=True)
registry.full(np.linalg.eigvalsh, _eigvalsh, _eigvalsh_forward)
registry.full(np.linalg.eig, _eig, _eig_forward, several=True)
registry.full(np.linalg.eigvals, _eigvals, _eigvals_forward)
registry.full(np.linalg.cholesky, _cholesky, _cholesky_forward)

# -- singular values -------------------------------------------------------------------------------------------------


def _thin(a: Any, full_matrices: Any, compute_uv: Any, hermitian: Any, *, only_values: bool = False) -> bool:
    """Tell whether singular vectors are asked for; refuse what has no rule."""
    if not is_static((full_matrices, compute_uv, hermitian)) or hermitian:
        raise Unsupported("np.linalg.svd with hermitian=True, or options that are not constants, has no rule")
    lengths = shape(a)[-2:] if rank(a) is not None and isinstance(a.type, Array) else (None,)
    is_square = len(lengths) == 2 and a.type.shape[-1] == a.type.shape[-2]
    if compute_uv and full_matrices and not is_square and not only_values:
        raise Unsupported("np.linalg.svd with full_matrices=True has no derivative rule: pass full_matrices=False")
    return bool(compute_uv)


def _svd(d: Any, y: Any, a: Any, full_matrices: Any = True, compute_uv: Any = True, hermitian: Any = False) -> Any:
    only_values = compute_uv is True and isinstance(d, tuple) and d[0] is None and d[2] is None
    if not _thin(a, full_matrices, compute_uv, hermitian, only_values=only_values) or only_values:
        is_real = _number_matrix("np.linalg.svd", a)
        d = d[1] if only_values else d
        u, _, vh = _thin_vectors(y) if only_values else _vectors(d, a)
        return (u * _columns(d)) @ vh if is_real else np.conj((u * _columns(d)) @ vh)
    _real_matrix("np.linalg.svd", a)
    (d_u, d_s, d_vh), (u, s, vh) = d, y
    inner = None if d_s is None else call(d_s, np.eye, s.shape[-1]) * _columns(d_s)
    outer = []
    if d_u is not None:
        turned = transposed(u) @ d_u
        part = (_gaps(d_u, s * s) * (turned - transposed(turned))) * _columns(s)
        inner = part if inner is None else inner + part
        across = d_u / _columns(s)
        outer.append((across - u @ (transposed(u) @ across)) @ vh)
    if d_vh is not None:
        turned = vh @ transposed(d_vh)
        part = s[..., :, None] * (_gaps(d_vh, s * s) * (turned - transposed(turned)))
        inner = part if inner is None else inner + part
        across = d_vh / s[..., :, None]
        outer.append(u @ (across - (across @ transposed(vh)) @ vh))
    total = u @ inner @ vh
    for part in outer:
        total = total + part
    return total


def _thin_vectors(y: Any) -> tuple[Any, Any, Any]:
    """Return singular vectors and values, without vectors that belong to no value."""
    u, s, vh = y
    count = np.shape(s)[-1]
    return u[..., :, :count], s, vh[..., :count, :]


def _vectors(d: Any, a: Any) -> Any:
    found = call(d, np.linalg.svd, a, full_matrices=False)
    return found[0], found[1], found[2]


def _svd_forward(
    tangents: Any, y: Any, a: Any, full_matrices: Any = True, compute_uv: Any = True, hermitian: Any = False
) -> Any:
    dot = tangents[0]
    if not _thin(a, full_matrices, compute_uv, hermitian):
        is_real = _number_matrix("np.linalg.svd", a)
        u, _, vh = _vectors(dot, a)
        if is_real:
            return np.sum(u * (dot @ transposed(vh)), axis=-2)
        return np.real(np.sum(np.conj(u) * (dot @ np.conj(transposed(vh))), axis=-2))
    _real_matrix("np.linalg.svd", a)
    u, s, vh = y
    inner = transposed(u) @ dot @ transposed(vh)
    gaps, scaled = _gaps(dot, s * s), inner * _columns(s)
    raised = s[..., :, None] * inner
    u_dot = u @ (gaps * (scaled + transposed(scaled)))
    v_dot = transposed(vh) @ (gaps * (raised + transposed(raised)))
    across, along = dot @ transposed(vh) / _columns(s), transposed(dot) @ u / _columns(s)
    u_dot = u_dot + across - u @ (transposed(u) @ across)
    v_dot = v_dot + along - transposed(vh) @ (vh @ along)
    return u_dot, np.diagonal(inner, 0, -2, -1), transposed(v_dot)


registry.full(np.linalg.svd, _svd, _svd_forward, several=True)

# -- other factors ---------------------------------------------------------------------------------------------------


def _qr(d: Any, y: Any, a: Any, mode: Any = "reduced") -> Any:
    _real_matrix("np.linalg.qr", a, stacked=False)
    if mode != "reduced":
        raise Unsupported(f"np.linalg.qr with mode={mode!r} has no derivative rule")
    (d_q, d_r), (q, r) = d, y
    inner: Any = None if d_r is None else r @ d_r.T
    if d_q is not None:
        inner = -(d_q.T @ q) if inner is None else inner - d_q.T @ q
    total = q @ (np.tril(inner) + np.tril(inner, -1).T)
    return np.linalg.solve(r, (total if d_q is None else total + d_q).T).T


def _qr_forward(tangents: Any, y: Any, a: Any, mode: Any = "reduced") -> Any:
    _real_matrix("np.linalg.qr", a, stacked=False)
    if mode != "reduced":
        raise Unsupported(f"np.linalg.qr with mode={mode!r} has no derivative rule")
    q, r = y
    across = np.linalg.solve(r.T, tangents[0].T).T
    inner = q.T @ across
    turned = np.tril(inner, -1) - np.tril(inner, -1).T
    return q @ turned + across - q @ inner, (inner - turned) @ r


def _slogdet(d: Any, y: Any, a: Any) -> Any:
    is_real = _number_matrix("np.linalg.slogdet", a)
    d_sign, scale = d
    if d_sign is not None and not is_real:
        # the sign is the direction of the determinant, which the imaginary part of the trace turns
        turned = -1j * np.real(1j * d_sign * y[0])
        scale = turned if scale is None else scale + turned
    if scale is None:
        return None
    return (scale if rank(a) == 2 else scale[..., None, None]) * transposed(np.linalg.inv(a))


def _slogdet_forward(tangents: Any, y: Any, a: Any) -> Any:
    is_real = _number_matrix("np.linalg.slogdet", a)
    axes: dict[str, Any] = {} if rank(a) == 2 else {"axis": (-2, -1)}
    moved = np.sum(transposed(np.linalg.inv(a)) * tangents[0], **axes)
    if is_real:
        return np.zeros_like(y[0]), moved
    return 1j * y[0] * np.imag(moved), np.real(moved)


def _pinv(d: Any, y: Any, a: Any, **options: Any) -> Any:
    # the rank must not change near by
    refuse("np.linalg.pinv", **options)
    _real_matrix("np.linalg.pinv", a)
    left, right = transposed(d) @ (y @ transposed(y)), transposed(y) @ (y @ transposed(d))
    return left - a @ (y @ left) + right - (right @ y) @ a - transposed(y) @ d @ transposed(y)


def _pinv_forward(tangents: Any, y: Any, a: Any, **options: Any) -> Any:
    refuse("np.linalg.pinv", **options)
    _real_matrix("np.linalg.pinv", a)
    dot = tangents[0]
    left, right = y @ transposed(y) @ transposed(dot), transposed(dot) @ transposed(y) @ y
    return left - (left @ a) @ y + right - y @ (a @ right) - y @ dot @ y


registry.full(np.linalg.qr, _qr, _qr_forward, several=True)
registry.full(np.linalg.slogdet, _slogdet, _slogdet_forward, several=True)
registry.full(np.linalg.pinv, _pinv, _pinv_forward)
registry.constant(np.linalg.matrix_rank)
