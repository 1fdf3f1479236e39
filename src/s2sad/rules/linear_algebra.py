"""Dot, matrix and outer products: where the ranks are known, each contribution is one product."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.ir import primitives_math
from s2sad.rules import registry
from s2sad.rules.arguments import array, call, is_static, kind, rank, refuse, reshape_like
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol


def _swapped(x: Any) -> Any:
    return x.T if x.rank == 2 else np.swapaxes(x, -1, -2)


def _dot(d: Any, y: Any, a: Any, b: Any, out: Any = None) -> Any:
    refuse("np.dot", out=out)
    array("np.dot", a, b)
    match rank(a), rank(b):
        case (0, _) | (_, 0) | (1, 1):
            return d * b, d * a
        case 2, 1:
            return np.outer(d, b), np.dot(d, a)
        case 1, 2:
            return np.dot(b, d), np.outer(a, d)
        case 2, 2:
            return np.dot(d, b.T), np.dot(a.T, d)
        case (None, _) | (_, None):
            return call(d, primitives_math.dot_left, d, a, b), call(d, primitives_math.dot_right, d, a, b)
        case m, n:
            return _dot_of_many(d, a, b, m, n)


def _dot_of_many(d: Any, a: Any, b: Any, m: int, n: int) -> Any:
    """Contract over everything that `a`, or `b`, does not have."""
    from_b = tuple(range(m - 1, m - 1 + n - 1))
    from_a = tuple(range(m - 1))
    of_b = tuple(k for k in range(n) if k != max(n - 2, 0))
    d_a = np.tensordot(d, b, (from_b, of_b))
    d_b = np.tensordot(a, d, (from_a, from_a))
    return d_a, np.moveaxis(d_b, 0, -2) if n > 1 else d_b


def _matmul(d: Any, y: Any, a: Any, b: Any, **options: Any) -> Any:
    refuse("np.matmul", **options)
    array("np.matmul", a, b)
    match rank(a), rank(b):
        case 1, 1:
            return d * b, d * a
        case 2, 1:
            return np.outer(d, b), d @ a
        case 1, 2:
            return b @ d, np.outer(a, d)
        case (None, _) | (_, None):
            return call(d, primitives_math.matmul_left, d, a, b), call(d, primitives_math.matmul_right, d, a, b)
        case _, 1:
            return d[..., None] * b, d[..., None] * a
        case 1, _:
            return np.sum(b * d[..., None, :], axis=-1), a[:, None] * d[..., None, :]
        case _:
            return d @ _swapped(b), _swapped(a) @ d


def _bilinear(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the pushforward of a function of two arguments that is linear in each."""

    def pushforward(tangents: Any, y: Any, a: Any, b: Any, *rest: Any, **options: Any) -> Any:
        a_dot, b_dot = tangents[0], tangents[1]
        parts = [] if a_dot is None else [_product(function, a_dot, a_dot, b, *rest, **options)]
        parts += [] if b_dot is None else [_product(function, b_dot, a, b_dot, *rest, **options)]
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]

    return pushforward


def _product(function: Callable[..., Any], active: Symbol, a: Any, b: Any, *rest: Any, **options: Any) -> Any:
    return a @ b if function is np.matmul else call(active, function, a, b, *rest, **options)


def _outer(d: Any, y: Any, a: Any, b: Any, out: Any = None) -> Any:
    refuse("np.outer", out=out)
    array("np.outer", a, b)
    d_a = np.dot(d, b if rank(b) == 1 else np.reshape(b, -1))
    d_b = np.dot(a if rank(a) == 1 else np.reshape(a, -1), d)
    return d_a if rank(a) == 1 else reshape_like(d_a, a), d_b if rank(b) == 1 else reshape_like(d_b, b)


def _inner(d: Any, y: Any, a: Any, b: Any) -> Any:
    array("np.inner", a, b)
    match rank(a), rank(b):
        case (0, _) | (_, 0) | (1, 1):
            return d * b, d * a
        case (None, _) | (_, None):
            raise Unsupported("np.inner of arrays of unknown rank has no derivative rule: use np.dot, or give types")
        case m, n:
            after = tuple(range(m - 1, m + n - 2)), tuple(range(n - 1))
            before = tuple(range(m - 1)), tuple(range(m - 1))
            return np.tensordot(d, b, after), np.tensordot(d, a, before)


def _vdot(d: Any, y: Any, a: Any, b: Any) -> Any:
    array("np.vdot", a, b)
    if "c" in (kind(a), kind(b)):
        raise Unsupported("np.vdot of complex numbers has no derivative rule")
    if None in (kind(a), kind(b)):
        d_a = reshape_like(np.conj(d) * np.conj(np.ravel(b)), a) if isinstance(a, Symbol) else None
        return d_a, reshape_like(d * np.conj(np.ravel(a)), b) if isinstance(b, Symbol) else None
    if rank(a) == rank(b) == 0:
        return d * b, d * a
    return d * (b if rank(b) == 1 else np.reshape(b, -1) if rank(a) == 1 else reshape_like(b, a)), d * (
        a if rank(a) == 1 else np.reshape(a, -1) if rank(b) == 1 else reshape_like(a, b)
    )


# -- tensordot -------------------------------------------------------------------------------------------------------


def _contracted(axes: Any, m: int, n: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if isinstance(axes, int):
        return tuple(range(m - axes, m)), tuple(range(axes))
    left, right = (tuple(one) if isinstance(one, tuple | list) else (one,) for one in axes)
    return tuple(one % m for one in left), tuple(one % n for one in right)


def _tensordot(d: Any, y: Any, a: Any, b: Any, axes: Any = 2) -> Any:
    array("np.tensordot", a, b)
    m, n = rank(a), rank(b)
    if m is None or n is None or not is_static(axes):
        raise Unsupported("np.tensordot of arrays of unknown rank has no derivative rule: give the types")
    over_a, over_b = _contracted(axes, m, n)
    free_a = tuple(k for k in range(m) if k not in over_a)
    free_b = tuple(k for k in range(n) if k not in over_b)
    # d has the free axes of a, then those of b
    d_a = np.tensordot(d, b, (tuple(range(len(free_a), len(free_a) + len(free_b))), free_b))
    d_b = np.tensordot(a, d, (free_a, tuple(range(len(free_a)))))
    left_b = tuple(k for k in range(n) if k in over_b)
    left_a = tuple(k for k in range(m) if k in over_a)
    # what is left has the contracted axes in the order of the other operand
    order_a = (*free_a, *(over_a[over_b.index(k)] for k in left_b))
    order_b = (*(over_b[over_a.index(k)] for k in left_a), *free_b)
    return _permuted(d_a, order_a), _permuted(d_b, order_b)


def _permuted(x: Any, order: tuple[int, ...]) -> Any:
    """Put axis `k` of `x` in the place `order[k]`."""
    if order == tuple(range(len(order))):
        return x
    return np.transpose(x, tuple(order.index(k) for k in range(len(order))))


# -- helpers for ranks that are known at run time only ---------------------------------------------------------------


def _left(product: Callable[..., Any], right: Callable[..., Any]) -> Callable[..., Any]:
    """Return the pullback of `left(d, a, b)`, which is defined by <left(d, a, b), e> = <d, product(e, b)>."""

    def pullback(e: Any, y: Any, d: Any, a: Any, b: Any) -> Any:
        return _product(product, e, e, b), None, call(e, right, d, e, b)

    return pullback


def _right(product: Callable[..., Any], left: Callable[..., Any]) -> Callable[..., Any]:
    """Return the pullback of `right(d, a, b)`, which is defined by <right(d, a, b), e> = <d, product(a, e)>."""

    def pullback(e: Any, y: Any, d: Any, a: Any, b: Any) -> Any:
        return _product(product, e, a, e), call(e, left, d, a, e), None

    return pullback


def _helper_forward(function: Callable[..., Any], other: int) -> Callable[..., Any]:
    """Return the pushforward of such a function, linear in its first argument and in the one at `other`."""

    def pushforward(tangents: Any, y: Any, *args: Any) -> Any:
        parts = []
        for k in (0, other):
            if tangents[k] is not None:
                parts.append(call(tangents[k], function, *(tangents[k] if j == k else x for j, x in enumerate(args))))
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]

    return pushforward


registry.full(np.dot, _dot, _bilinear(np.dot), broadcasts=None)
registry.full(np.matmul, _matmul, _bilinear(np.matmul), broadcasts=None)
registry.full(np.outer, _outer, _bilinear(np.outer), broadcasts=None)
registry.full(np.inner, _inner, _bilinear(np.inner), broadcasts=None)
registry.full(np.vdot, _vdot, _bilinear(np.vdot), broadcasts=None)
registry.full(np.tensordot, _tensordot, _bilinear(np.tensordot), broadcasts=None)
for _l, _r, _of in (
    (primitives_math.dot_left, primitives_math.dot_right, np.dot),
    (primitives_math.matmul_left, primitives_math.matmul_right, np.matmul),
):
    registry.full(_l, _left(_of, _r), _helper_forward(_l, 2), broadcasts=None)
    registry.full(_r, _right(_of, _l), _helper_forward(_r, 1), broadcasts=None)
