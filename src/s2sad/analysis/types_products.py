"""Types of dot products, matrix products and their kin."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import Operand, common_dtype, make_array, operand, resolve, static
from s2sad.ir import dims
from s2sad.ir.dims import Shape
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Array, Type


def _pair(a: Type, b: Type) -> tuple[Operand, Operand] | None:
    x, y = operand(a), operand(b)
    return None if x is None or y is None else (x, y)


@types(np.matmul)
def _matmul(_form: Form, a: Type, b: Type, **options: Type) -> Type:
    pair = _pair(a, b)
    if pair is None or options:
        return UNKNOWN
    x, y = pair
    dtype = resolve(np.matmul, (x.strong, y.strong)) if x.strong is not None and y.strong is not None else None
    return make_array(dtype, _matmul_shape(x.shape, y.shape))


def _matmul_shape(a: Shape | None, b: Shape | None) -> Shape | None:
    if a is None or b is None or not a or not b:
        return None
    rows, columns = a[-2:-1], b[-1:] if len(b) > 1 else ()
    return (*dims.broadcast_shapes(a[:-2], b[:-2]), *rows, *columns)


@types(np.dot)
def _dot(_form: Form, a: Type, b: Type, **options: Type) -> Type:
    pair = _pair(a, b)
    if pair is None or options:
        return UNKNOWN
    return make_array(_product_dtype(pair), _dot_shape(pair[0].shape, pair[1].shape))


def _product_dtype(pair: tuple[Operand, Operand]) -> np.dtype[Any] | None:
    """Return the dtype of a product for which Python numbers are arrays, which holds for two of a kind at least."""
    return common_dtype(list(pair)) if pair[0].weak == pair[1].weak or pair[0].strong == pair[1].strong else None


def _dot_shape(a: Shape | None, b: Shape | None) -> Shape | None:
    if a is None or b is None:
        return None
    if not a or not b:
        return (*a, *b)
    return (*a[:-1], *b[:-2], *(b[-1:] if len(b) > 1 else ()))


@types(np.outer)
def _outer(_form: Form, a: Type, b: Type, out: Type | None = None) -> Type:
    pair = _pair(a, b)
    if pair is None or static(out) is not None:
        return UNKNOWN
    rows, columns = (dims.multiply(*one.shape) if one.shape is not None else dims.fresh() for one in pair)
    return Array(_product_dtype(pair), (rows, columns))


@types(np.inner)
def _inner(_form: Form, a: Type, b: Type) -> Type:
    pair = _pair(a, b)
    if pair is None:
        return UNKNOWN
    x, y = pair[0].shape, pair[1].shape
    if x is None or y is None:
        return Array(_product_dtype(pair), None)
    return make_array(_product_dtype(pair), (*x[:-1], *y[:-1]) if x and y else (*x, *y))


@types(np.vdot)
def _vdot(_form: Form, a: Type, b: Type) -> Type:
    pair = _pair(a, b)
    return make_array(None if pair is None else _product_dtype(pair), ())


@types(np.tensordot)
def _tensordot(_form: Form, a: Type, b: Type, axes: Type | None = None) -> Type:
    pair = _pair(a, b)
    if pair is None:
        return UNKNOWN
    x, y, over = pair[0].shape, pair[1].shape, contracted(static(axes, 2), pair[0].rank, pair[1].rank)
    shape: Shape | None = None
    if x is not None and y is not None and over is not None:
        shape = tuple(dim for k, dim in enumerate(x) if k not in over[0])
        shape += tuple(dim for k, dim in enumerate(y) if k not in over[1])
    # tensordot returns an array even where no axis is left
    return Array(_product_dtype(pair), shape, scalar=False)


def contracted(axes: Any, rank_a: int | None, rank_b: int | None) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Return the axes of each operand that `np.tensordot` sums over, counted from 0."""
    if rank_a is None or rank_b is None:
        return None
    if isinstance(axes, int):
        return tuple(range(rank_a - axes, rank_a)), tuple(range(axes))
    if not isinstance(axes, tuple | list) or len(axes) != 2:
        return None
    left, right = (tuple(one) if isinstance(one, tuple | list) else (one,) for one in axes)
    if not all(isinstance(one, int) for one in (*left, *right)):
        return None
    return tuple(one % rank_a for one in left), tuple(one % rank_b for one in right)
