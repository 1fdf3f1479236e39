"""Types of functions that rearrange an array, and of what tells its shape."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import DYNAMIC, Operand, axes_of, length, lengths, number, of_length, operand, static
from s2sad.ir import dims
from s2sad.ir.dims import Dim, Shape
from s2sad.ir.program import Form
from s2sad.ir.types import INT, UNKNOWN, Array, Literal, Tuple, TupleOf, Type, Unknown


@types(np.shape)
def _shape(_form: Form, a: Type) -> Type:
    x = operand(a)
    if x is None or x.shape is None:
        return TupleOf(item=INT)
    if all(isinstance(dim, int) for dim in x.shape):
        return Literal(x.shape)
    return Tuple(tuple(map(of_length, x.shape)))


@types(np.ndim)
def _ndim(_form: Form, a: Type) -> Type:
    x = operand(a)
    return INT if x is None or x.shape is None else Literal(len(x.shape))


@types(np.size)
def _size(_form: Form, a: Type, axis: Type | None = None) -> Type:
    x, along = operand(a), static(axis)
    if x is None or x.shape is None or along is DYNAMIC:
        return INT
    axes = axes_of(along, len(x.shape))
    return INT if axes is None else of_length(dims.multiply(*(x.shape[k] for k in axes)))


def _array(a: Type, shape: Shape | None) -> Type:
    x = operand(a)
    return UNKNOWN if x is None else Array(x.strong, shape)


def _variadic(form: Form, args: tuple[Type, ...]) -> Type | None:
    """Return one argument for `x.reshape(2, 3)` and `x.reshape((2, 3))`; None where there is none."""
    if form is Form.METHOD and len(args) > 1:
        return Tuple(args)
    return args[0] if args else None


@types(np.reshape)
def _reshape(form: Form, a: Type, *args: Type, **options: Type) -> Type:
    if form is not Form.METHOD and len(args) > 1:
        return UNKNOWN
    asked = options.pop("shape", _variadic(form, args))
    x = operand(a)
    if isinstance(a, Unknown) and form is Form.FUNCTION:
        # whatever it is, the function makes an array of it
        x = Operand(None, None)
    if x is None or asked is None or static(options.pop("copy", None)) is DYNAMIC:
        return UNKNOWN
    shape = lengths(asked)
    if shape is None:
        return Array(x.strong, None)
    parts = _parts(asked, len(shape))
    shape = tuple(map(_asked, shape, parts))
    return Array(x.strong, tuple(_reshaped(x.shape, shape, parts, k) for k in range(len(shape))))


def _parts(asked: Type, count: int) -> tuple[Type | None, ...]:
    match asked:
        case Tuple(items):
            return items
        case Literal(tuple() | list() as values):
            return tuple(map(Literal, values))
        case _:
            return (asked,) if count == 1 else (None,) * count


def _asked(dim: Dim, part: Type | None) -> Dim:
    """Return the length that is asked for; a number that may be negative may be -1."""
    known = None if part is None else number(part)
    return dim if known is None or dims.is_natural(known) else dims.fresh()


def _reshaped(old: Shape | None, new: Shape, parts: tuple[Type | None, ...], k: int) -> Dim:
    """Return the length of axis k; one that is asked for as -1 takes what the others leave."""
    if parts[k] != Literal(-1):
        return new[k]
    if old is None:
        return new[k]
    rest = [dim for j, dim in enumerate(new) if j != k]
    if all(dim == 1 for dim in rest):
        return dims.multiply(*old)
    remaining = list(old)
    for dim in rest:
        if dim in remaining and not isinstance(dim, int):
            remaining.remove(dim)
        elif isinstance(dim, int):
            continue
        else:
            return new[k]
    asked = math.prod(dim for dim in rest if isinstance(dim, int))
    had = math.prod(dim for dim in remaining if isinstance(dim, int))
    symbols = [dim for dim in remaining if not isinstance(dim, int)]
    if asked == 0 or had % asked:
        return new[k]
    return dims.multiply(had // asked, *symbols)


@types(np.ravel)
def _ravel(_form: Form, a: Type, *_order: Type, **_options: Type) -> Type:
    x = operand(a)
    return UNKNOWN if x is None else Array(x.strong, (dims.fresh() if x.shape is None else dims.multiply(*x.shape),))


@types(np.transpose)
def _transpose(form: Form, a: Type, *args: Type, **options: Type) -> Type:
    asked = options.pop("axes", _variadic(form, args))
    x = operand(a)
    if x is None or options:
        return UNKNOWN
    axes = static(asked)
    if x.shape is None or axes is DYNAMIC:
        return Array(x.strong, None)
    if x.shape == () and isinstance(a, Array) and form in (Form.ATTRIBUTE, Form.METHOD):
        return a
    if axes is None:
        return Array(x.strong, x.shape[::-1])
    order = axes_of(axes, len(x.shape))
    return Array(x.strong, None if order is None else tuple(x.shape[k] for k in order))


@types(np.swapaxes)
def _swapaxes(_form: Form, a: Type, axis1: Type, axis2: Type) -> Type:
    x = operand(a)
    one, two = static(axis1), static(axis2)
    if x is None or x.shape is None or not isinstance(one, int) or not isinstance(two, int):
        return _array(a, None)
    shape = list(x.shape)
    shape[one], shape[two] = shape[two], shape[one]
    return Array(x.strong, tuple(shape))


@types(np.moveaxis)
def _moveaxis(_form: Form, a: Type, source: Type, destination: Type) -> Type:
    x = operand(a)
    if x is None or x.shape is None:
        return _array(a, None)
    order = moved(static(source), static(destination), len(x.shape))
    return Array(x.strong, None if order is None else tuple(x.shape[k] for k in order))


def moved(source: Any, destination: Any, rank: int) -> tuple[int, ...] | None:
    """Return the permutation that `np.moveaxis` applies."""
    if DYNAMIC in (source, destination):
        return None
    start, end = axes_of(source, rank), axes_of(destination, rank)
    if start is None or end is None or len(start) != len(end):
        return None
    order = [k for k in range(rank) if k not in start]
    for to, axis in sorted(zip(end, start, strict=True)):
        order.insert(to, axis)
    return tuple(order)


@types(np.expand_dims)
def _expand_dims(_form: Form, a: Type, axis: Type) -> Type:
    x, named = operand(a), static(axis)
    if x is None or x.shape is None or named is DYNAMIC:
        return _array(a, None)
    rank = len(x.shape) + (len(named) if isinstance(named, tuple | list) else 1)
    axes = axes_of(named, rank)
    if axes is None:
        return Array(x.strong, None)
    kept = iter(x.shape)
    return Array(x.strong, tuple(1 if k in axes else next(kept) for k in range(rank)))


@types(np.squeeze)
def _squeeze(form: Form, a: Type, axis: Type | None = None) -> Type:
    x, named = operand(a), static(axis)
    if x is None or x.shape is None or named is DYNAMIC:
        return _array(a, None)
    if named is None:
        # an axis that is not known to be of length 1 may be so all the same
        if not all(isinstance(dim, int) for dim in x.shape):
            return Array(x.strong, None)
        return Array(x.strong, tuple(dim for dim in x.shape if dim != 1), scalar=isinstance(a, Array) and a.scalar)
    axes = axes_of(named, len(x.shape))
    return Array(x.strong, None if axes is None else tuple(dim for k, dim in enumerate(x.shape) if k not in axes))


@types(np.broadcast_to)
def _broadcast_to(_form: Form, a: Type, shape: Type, **options: Type) -> Type:
    return UNKNOWN if options else _array(a, lengths(shape))


@types(np.flip)
def _flip(_form: Form, a: Type, axis: Type | None = None) -> Type:
    x = operand(a)
    return _array(a, None if x is None or x.shape == () else x.shape)


@types(np.atleast_1d)
def _atleast_1d(_form: Form, a: Type) -> Type:
    x = operand(a)
    return UNKNOWN if x is None else Array(x.strong, x.shape if x.shape is None else x.shape or (1,))


@types(np.tril, np.triu)
def _triangle(_form: Form, m: Type, k: Type | None = None) -> Type:
    x = operand(m)
    return _array(m, x.shape if x is not None and x.rank is not None and x.rank > 1 else None)


@types(np.diag)
def _diag(_form: Form, v: Type, k: Type | None = None) -> Type:
    x, offset = operand(v), static(k, 0)
    if x is None or x.shape is None or not isinstance(offset, int):
        return _array(v, None)
    match x.shape:
        case (n,):
            side = dims.add(n, abs(offset))
            return Array(x.strong, (side, side))
        case (n, m):
            return Array(x.strong, (n if n == m and offset == 0 else length(UNKNOWN),))
        case _:
            return Array(x.strong, None)
