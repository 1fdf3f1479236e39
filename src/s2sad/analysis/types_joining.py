"""Types of functions that make one array of several."""

from __future__ import annotations

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import DYNAMIC, Operand, common_dtype, common_shape, dtype_of, operand, static
from s2sad.ir import dims
from s2sad.ir.dims import Shape
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Array, List, Literal, Tuple, Type, Unknown


def _items(arrays: Type) -> list[Operand] | None:
    match arrays:
        case Tuple(types_) | List(_, tuple() as types_):
            items = [operand(type_) for type_ in types_]
        case Literal(tuple() | list() as values):
            items = [operand(Literal(value)) for value in values]
        case _:
            return None
    known = [item for item in items if item is not None]
    return known if known and len(known) == len(items) else None


@types(np.concatenate)
def _concatenate(_form: Form, arrays: Type, axis: Type | None = None, **options: Type) -> Type:
    if any(static(value) is not None for value in options.values()):
        return UNKNOWN
    items, along = _items(arrays), static(axis, 0)
    if items is None:
        return _like_item(arrays, 0)
    return Array(common_dtype(items), None if along is DYNAMIC else _joined(items, along))


def _like_item(arrays: Type, added: int) -> Type:
    """Return the type of what a list of unknown length is joined into."""
    item = operand(arrays.item) if isinstance(arrays, List) else None
    if item is None:
        return UNKNOWN
    return Array(item.strong, None if item.rank is None else tuple(dims.fresh() for _ in range(item.rank + added)))


def _joined(items: list[Operand], axis: int | None) -> Shape | None:
    shapes = [item.shape for item in items if item.shape is not None]
    if len(shapes) < len(items):
        return None
    if axis is None:
        return (dims.add(*(dims.multiply(*shape) for shape in shapes)),)
    rank = len(shapes[0])
    if any(len(shape) != rank for shape in shapes) or not -rank <= axis < rank:
        return None
    result = shapes[0]
    for shape in shapes[1:]:
        result = common_shape(result, shape) or result
    joined = dims.add(*(shape[axis] for shape in shapes))
    return tuple(joined if k == axis % rank else dim for k, dim in enumerate(result))


@types(np.stack)
def _stack(_form: Form, arrays: Type, axis: Type | None = None, **options: Type) -> Type:
    if any(static(value) is not None for value in options.values()):
        return UNKNOWN
    items, along = _items(arrays), static(axis, 0)
    if items is None:
        return _like_item(arrays, 1)
    shape = items[0].shape
    for item in items[1:]:
        shape = common_shape(shape, item.shape)
    dtype = common_dtype(items)
    if shape is None or not isinstance(along, int) or not -len(shape) - 1 <= along <= len(shape):
        return Array(dtype, None)
    position = along % (len(shape) + 1)
    return Array(dtype, (*shape[:position], len(items), *shape[position:]))


@types(np.array, np.asarray, np.asanyarray)
def _array(_form: Form, value: Type, dtype: Type | None = None, **options: Type) -> Type:
    x = operand(value)
    if static(options.pop("copy", None)) is DYNAMIC or options:
        return UNKNOWN
    if x is None:
        return value if isinstance(value, Unknown) and static(dtype) is None and value.like is None else UNKNOWN
    return Array(dtype_of(dtype, x.strong), x.shape)
