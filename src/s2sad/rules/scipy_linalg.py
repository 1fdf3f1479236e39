"""Functions of `scipy.linalg`: systems, inverses, and functions of matrices.

The formulas for systems are those of M. B. Giles, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008). A function f of a matrix is differentiated by applying it to a block matrix, of
which f(A) and its derivative are blocks (N. J. Higham, "Functions of Matrices", 2008, theorem 3.6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.linalg as linalg

from s2sad.analysis.infer import types
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Array, Type
from s2sad.rules import registry
from s2sad.rules.arguments import array, call, rank
from s2sad.rules.decompositions import folded, unfolded
from s2sad.rules.homes import HOMES
from s2sad.rules.registry import RULES, Unsupported
from s2sad.rules.staging import Symbol

_HARMLESS = frozenset({"check_finite", "overwrite_a", "overwrite_b"})
"""Options that say how a result is computed, or which argument may be lost: never those of a derivative."""


def _matrices(name: str, *values: Any) -> None:
    array(f"linalg.{name}", *values)
    if any(rank(value) != 2 for value in values):
        raise Unsupported(f"linalg.{name} of what is not known to be a matrix has no derivative rule: give the types")


def _only_harmless(name: str, options: dict[str, Any]) -> None:
    if any(options.get(key) for key in ("overwrite_a", "overwrite_b")):
        raise Unsupported(f"linalg.{name} that may overwrite its argument has no derivative rule")
    if unknown := [key for key in options if key not in _HARMLESS]:
        raise Unsupported(f"linalg.{name} with {', '.join(unknown)} has no derivative rule")


def _full(name: str, pullback: Callable[..., Any], pushforward: Callable[..., Any]) -> None:
    function = getattr(linalg, name)
    registry.full(function, pullback, pushforward)
    HOMES[function] = ("scipy.linalg", name)


# -- inverses, determinants and systems ------------------------------------------------------------------------------


def _inv(d: Any, y: Any, a: Any, **options: Any) -> Any:
    _only_harmless("inv", options)
    _matrices("inv", a)
    return -(y.T @ d @ y.T)


def _inv_forward(tangents: Any, y: Any, a: Any, **options: Any) -> Any:
    _inv(tangents[0], y, a, **options)
    return -(y @ tangents[0] @ y)


def _det(d: Any, y: Any, a: Any, **options: Any) -> Any:
    _only_harmless("det", options)
    _matrices("det", a)
    return d * y * np.linalg.inv(a).T


def _det_forward(tangents: Any, y: Any, a: Any, **options: Any) -> Any:
    return np.sum(_det(1.0, y, a, **options) * tangents[0])


def _right_side(name: str, a: Any, b: Any) -> bool:
    """Tell whether the right-hand side of a system is a vector."""
    _matrices(name, a)
    array(f"linalg.{name}", b)
    if rank(b) not in (1, 2):
        raise Unsupported(f"linalg.{name} has a rule for a vector or a matrix on the right: give the types")
    return rank(b) == 1


def _solve(d: Any, y: Any, a: Any, b: Any, **options: Any) -> Any:
    _only_harmless("solve", options)
    is_vector = _right_side("solve", a, b)
    d_b = np.linalg.solve(a.T, d)
    return -(np.outer(d_b, y) if is_vector else d_b @ y.T), d_b


def _solve_forward(tangents: Any, y: Any, a: Any, b: Any, **options: Any) -> Any:
    _only_harmless("solve", options)
    _right_side("solve", a, b)
    return np.linalg.solve(a, _moved(tangents, y))


def _moved(tangents: Any, y: Any, matrix: Any = None) -> Any:
    """Return the tangent of `b - a @ y`, the right-hand side of the tangent's system."""
    a_dot, b_dot = [*tangents, None][:2]
    if a_dot is None:
        return b_dot
    changed = (a_dot if matrix is None else matrix(a_dot)) @ y
    return -changed if b_dot is None else b_dot - changed


_TRANSPOSED: dict[Any, int] = {0: 0, "N": 0, 1: 1, "T": 1}


def _triangle(a: Any, b: Any, trans: Any, lower: Any, unit_diagonal: Any, options: dict[str, Any]) -> Any:
    """Return whether `b` is a vector, the matrix is transposed, and what its derivative is restricted to."""
    _only_harmless("solve_triangular", options)
    if any(isinstance(one, Symbol) for one in (trans, lower, unit_diagonal)) or trans not in _TRANSPOSED:
        raise Unsupported("linalg.solve_triangular has a rule for constant options, and for trans=0 and 1")
    k = 1 if unit_diagonal else 0

    def restricted(matrix: Any) -> Any:
        return np.tril(matrix, -k) if lower else np.triu(matrix, k)

    return _right_side("solve_triangular", a, b), bool(_TRANSPOSED[trans]), restricted


def _solve_triangular(
    d: Any, y: Any, a: Any, b: Any, trans: Any = 0, lower: Any = False, unit_diagonal: Any = False, **options: Any
) -> Any:
    is_vector, is_transposed, restricted = _triangle(a, b, trans, lower, unit_diagonal, options)
    d_b = call(d, linalg.solve_triangular, a, d, **_named(not is_transposed, lower, unit_diagonal))
    left, right = (y, d_b) if is_transposed else (d_b, y)
    return -restricted(np.outer(left, right) if is_vector else left @ right.T), d_b


def _solve_triangular_forward(
    tangents: Any,
    y: Any,
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: Any = False,
    unit_diagonal: Any = False,
    **options: Any,
) -> Any:
    _, is_transposed, restricted = _triangle(a, b, trans, lower, unit_diagonal, options)
    right = _moved(tangents, y, lambda dot: restricted(dot).T if is_transposed else restricted(dot))
    return call(right, linalg.solve_triangular, a, right, **_named(is_transposed, lower, unit_diagonal))


def _named(is_transposed: bool, lower: Any, unit_diagonal: Any) -> dict[str, Any]:
    """Return the options that are not the default ones."""
    options = {"trans": int(is_transposed), "lower": bool(lower), "unit_diagonal": bool(unit_diagonal)}
    return {key: value for key, value in options.items() if value}


def _solve_sylvester(d: Any, y: Any, a: Any, b: Any, q: Any) -> Any:
    _matrices("solve_sylvester", a, b, q)
    d_q = call(d, linalg.solve_sylvester, a.T, b.T, d)
    return -(d_q @ y.T), -(y.T @ d_q), d_q


def _solve_sylvester_forward(tangents: Any, y: Any, a: Any, b: Any, q: Any) -> Any:
    _matrices("solve_sylvester", a, b, q)
    a_dot, b_dot, q_dot = [*tangents, None, None][:3]
    total = q_dot
    for term in ([a_dot @ y] if a_dot is not None else []) + ([y @ b_dot] if b_dot is not None else []):
        total = -term if total is None else total - term
    return call(total, linalg.solve_sylvester, a, b, total)


def _half(matrix: Any) -> Any:
    """Return the lower triangle of a matrix with half of its diagonal."""
    return (np.tril(matrix) + np.tril(matrix, -1)) / 2


def _is_lower(a: Any, lower: Any, options: dict[str, Any]) -> bool:
    _only_harmless("cholesky", options)
    _matrices("cholesky", a)
    if isinstance(lower, Symbol):
        raise Unsupported("linalg.cholesky has a rule for a constant lower=")
    return bool(lower)


def _cholesky(d: Any, y: Any, a: Any, lower: Any = False, **options: Any) -> Any:
    is_lower = _is_lower(a, lower, options)
    root, d_root = (y, d) if is_lower else (y.T, d.T)
    inner = call(d, linalg.solve_triangular, root, _half(root.T @ np.tril(d_root)), trans=1, lower=True)
    whole = call(d, linalg.solve_triangular, root, inner.T, trans=1, lower=True)
    return folded(0.5 * (whole + whole.T), is_lower)


def _cholesky_forward(tangents: Any, y: Any, a: Any, lower: Any = False, **options: Any) -> Any:
    is_lower = _is_lower(a, lower, options)
    (a_dot, *_), root = tangents, y if is_lower else y.T
    inner = call(y, linalg.solve_triangular, root, unfolded(a_dot, is_lower), lower=True)
    root_dot = root @ _half(call(y, linalg.solve_triangular, root, inner.T, lower=True))
    return root_dot if is_lower else root_dot.T


_full("inv", _inv, _inv_forward)
_full("det", _det, _det_forward)
_full("solve", _solve, _solve_forward)
_full("solve_triangular", _solve_triangular, _solve_triangular_forward)
_full("cholesky", _cholesky, _cholesky_forward)
_full("solve_sylvester", _solve_sylvester, _solve_sylvester_forward)

# -- functions of matrices -------------------------------------------------------------------------------------------


def _of_matrix(name: str) -> None:
    """Declare a function f of a matrix: the upper right block of f([[A, E], [0, A]]) is its derivative along E."""
    function = getattr(linalg, name)

    def derivative(a: Any, direction: Any) -> Any:
        upper = np.concatenate([a, direction], axis=1)
        lower = np.concatenate([np.zeros_like(a), a], axis=1)
        n = a.shape[0]
        return call(direction, function, np.concatenate([upper, lower], axis=0))[:n, n:]

    def pullback(d: Any, y: Any, a: Any) -> Any:
        _matrices(name, a)
        return derivative(a.T, d)

    def pushforward(tangents: Any, y: Any, a: Any) -> Any:
        _matrices(name, a)
        return derivative(a, tangents[0])

    _full(name, pullback, pushforward)


_OF_MATRICES = ("expm", "logm", "sqrtm", "sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm")

for _name in _OF_MATRICES:
    _of_matrix(_name)

if np.linalg.norm in RULES:
    registry.register(replace(RULES[np.linalg.norm], function=linalg.norm))
    HOMES[linalg.norm] = ("scipy.linalg", "norm")

# -- types -----------------------------------------------------------------------------------------------------------


def _double(type_: Type, rank: int | None = None) -> bool:
    is_double = isinstance(type_, Array) and type_.dtype == np.float64
    return is_double and isinstance(type_, Array) and type_.rank in ((1, 2) if rank is None else (rank,))


@types(linalg.inv, linalg.expm, linalg.cholesky)
def _type_of_square(_form: Form, a: Type, *_more: Type, **_options: Type) -> Type:
    is_double = isinstance(a, Array) and a.rank == 2 and a.dtype is not None and a.dtype.char in "dD"
    return Array(a.dtype, a.shape) if is_double and isinstance(a, Array) else UNKNOWN


@types(*(getattr(linalg, name) for name in _OF_MATRICES if name != "expm"))
def _type_of_function(_form: Form, a: Type, *more: Type, **options: Type) -> Type:
    # that of a real matrix may be complex
    known = isinstance(a, Array) and a.rank == 2 and not more and not options
    return Array(None, a.shape) if known and isinstance(a, Array) else UNKNOWN


@types(linalg.solve, linalg.solve_triangular)
def _type_of_solution(_form: Form, a: Type, b: Type, *_more: Type, **_options: Type) -> Type:
    return Array(np.dtype(float), b.shape) if isinstance(b, Array) and _double(a, 2) and _double(b) else UNKNOWN


@types(linalg.solve_sylvester)
def _type_of_sylvester(_form: Form, a: Type, b: Type, q: Type) -> Type:
    known = isinstance(q, Array) and all(_double(one, 2) for one in (a, b, q))
    return Array(np.dtype(float), q.shape) if known and isinstance(q, Array) else UNKNOWN
