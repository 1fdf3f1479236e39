"""Functions that rearrange an array; each is linear, and its transpose puts the elements back."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.ir import primitives, primitives_nested
from s2sad.ir.program import Form
from s2sad.ir.types import Array, TupleOf
from s2sad.rules import registry
from s2sad.rules.arguments import array, broadcast_like, call, is_static, rank, refuse, reshape_like
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol, record


def _order(name: str, order: Any) -> None:
    if order != "C":
        raise Unsupported(f"{name} with order={order!r} has no derivative rule")


def _reshape(d: Any, y: Any, a: Any, *shape: Any, order: Any = "C", **options: Any) -> Any:
    _order("np.reshape", order)
    refuse("np.reshape", copy=options.pop("copy", None))
    if set(options) - {"shape"}:
        raise Unsupported(f"np.reshape with {', '.join(options)} has no derivative rule")
    if len(shape) == 2 and isinstance(shape[1], str):
        _order("np.reshape", shape[1])
    array("np.reshape", a)
    if rank(a) == 0:
        return record(d.builder, primitives.item, d, form=Form.METHOD)
    return reshape_like(d, a)


def _ravel(d: Any, y: Any, a: Any, order: Any = "C") -> Any:
    _order("np.ravel", order)
    array("np.ravel", a)
    return d if rank(a) == 1 else reshape_like(d, a)


def _transpose(d: Any, y: Any, a: Any, *args: Any, **options: Any) -> Any:
    array("np.transpose", a)
    axes = options.pop("axes", args[0] if len(args) == 1 else args or None)
    refuse("np.transpose", **options)
    if axes is None:
        return d.T
    if isinstance(axes, Symbol) and isinstance(axes.type, TupleOf):
        return np.transpose(d, np.argsort(np.remainder(axes, np.ndim(d))))
    if not isinstance(axes, tuple | list) or not is_static(axes):
        raise Unsupported("np.transpose with axes that are not constants has no derivative rule")
    order = [int(axis) % len(axes) for axis in axes]
    if order == list(range(len(axes)))[::-1]:
        return d.T
    return np.transpose(d, tuple(order.index(k) for k in range(len(axes))))


def _swapaxes(d: Any, y: Any, a: Any, axis1: Any, axis2: Any) -> Any:
    array("np.swapaxes", a)
    return np.swapaxes(d, axis1, axis2)


def _moveaxis(d: Any, y: Any, a: Any, source: Any, destination: Any) -> Any:
    array("np.moveaxis", a)
    return np.moveaxis(d, destination, source)


def _expand_dims(d: Any, y: Any, a: Any, axis: Any) -> Any:
    array("np.expand_dims", a)
    return np.squeeze(d, axis=tuple(axis) if isinstance(axis, list) else axis)


def _squeeze(d: Any, y: Any, a: Any, axis: Any = None) -> Any:
    array("np.squeeze", a)
    return reshape_like(d, a) if axis is None or isinstance(axis, Symbol) else np.expand_dims(d, axis)


def _broadcast_to(d: Any, y: Any, a: Any, shape: Any, **options: Any) -> Any:
    refuse("np.broadcast_to", subok=options.pop("subok", None), **options)
    array("np.broadcast_to", a)
    return d


def _flip(d: Any, y: Any, a: Any, axis: Any = None) -> Any:
    array("np.flip", a)
    return np.flip(d, axis=axis)


def _tril(d: Any, y: Any, m: Any, k: Any = 0) -> Any:
    _square_enough("np.tril", m)
    return np.tril(d, k)


def _triu(d: Any, y: Any, m: Any, k: Any = 0) -> Any:
    _square_enough("np.triu", m)
    return np.triu(d, k)


def _square_enough(name: str, m: Any) -> None:
    array(name, m)
    if rank(m) is None or rank(m) == 1:
        raise Unsupported(f"{name} of an array that is not known to be a matrix has no derivative rule: give the types")


def _diag(d: Any, y: Any, v: Any, k: Any = 0) -> Any:
    array("np.diag", v)
    if rank(v) == 1:
        return np.diag(d) if isinstance(k, int) and k == 0 else np.diag(d, k)
    # the diagonal of a matrix that is not square would have to be put back into its shape
    shape = v.type.shape if isinstance(v, Symbol) and isinstance(v.type, Array) else None
    if shape is not None and len(shape) == 2 and shape[0] == shape[1] and k == 0:
        return np.diag(d)
    raise Unsupported("np.diag of what is neither a vector nor known to be square has no derivative rule")


def _copy(d: Any, y: Any, a: Any, *order: Any, **options: Any) -> Any:
    array("copy", a)
    return d


registry.linear(np.reshape, _reshape)
registry.linear(np.ravel, _ravel)
registry.linear(np.transpose, _transpose)
registry.linear(np.swapaxes, _swapaxes)
registry.linear(np.moveaxis, _moveaxis)
registry.linear(np.expand_dims, _expand_dims)
registry.linear(np.squeeze, _squeeze)
registry.linear(np.broadcast_to, _broadcast_to, broadcasts=(0,))
registry.linear(np.flip, _flip)
registry.linear(np.tril, _tril)
registry.linear(np.triu, _triu)
registry.linear(np.diag, _diag)
registry.linear(np.copy, _copy)


# -- conversions -----------------------------------------------------------------------------------------------------


def _astype(d: Any, y: Any, x: Any, dtype: Any, **options: Any) -> Any:
    refuse("astype", **{key: value for key, value in options.items() if key not in _HOW})
    array("astype", x)
    return call(d, primitives_nested.of_inexact, d, y) if isinstance(dtype, Symbol) else d


_HOW = ("order", "casting", "subok", "copy")
"""Options of a conversion that say nothing of its values."""


def _item(d: Any, y: Any, x: Any, *index: Any) -> Any:
    if not index:
        return broadcast_like(d, x)
    if len(index) == 1 and rank(x) != 1:
        raise Unsupported("x.item(k) of an array that is not known to have one axis has no derivative rule: index it")
    return call(d, primitives.add_at, call(d, primitives.zeros_like, x), index[0] if len(index) == 1 else index, d)


def _float(d: Any, y: Any, x: Any) -> Any:
    return d if rank(x) == 0 else broadcast_like(d, x)


registry.linear(primitives.astype, _astype, broadcasts=(0,))
registry.linear(primitives.item, _item)
registry.linear(float, _float)
