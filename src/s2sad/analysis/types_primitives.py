"""Types of the operations that differentiation introduces."""

from __future__ import annotations

import operator

import numpy as np

from s2sad.analysis.infer import infer, types
from s2sad.analysis.operands import broadcast, operand, static, to_dtype
from s2sad.analysis.types_elementwise import result_dtype
from s2sad.analysis.types_indexing import is_slice
from s2sad.ir import primitives, primitives_math, primitives_stop, primitives_stores
from s2sad.ir.program import Form
from s2sad.ir.types import (
    COMPLEX,
    FLOAT,
    FLOAT64,
    INT,
    UNKNOWN,
    Array,
    Dict,
    List,
    Literal,
    Path,
    Record,
    Scalar,
    Tuple,
    Type,
    Unknown,
    join,
    widen,
)


@types(primitives_stop.stop_gradient)
def _stop_gradient(_form: Form, x: Type) -> Type:
    return x


@types(primitives.astype)
def _astype(form: Form, x: Type, dtype: Type, **options: Type) -> Type:
    seen, wanted = operand(x), to_dtype(static(dtype))
    if seen is None or set(options) - {"order", "casting", "subok", "copy"}:
        return UNKNOWN
    # a method of an array without axes gives such an array, the function a NumPy scalar
    scalar = seen.shape == () and (form is not Form.METHOD or not isinstance(x, Array) or x.scalar)
    return Array(wanted, seen.shape, scalar=scalar)


@types(primitives.item)
def _item(_form: Form, x: Type, *_index: Type) -> Type:
    seen = operand(x)
    kinds = {"f": FLOAT, "i": INT, "u": INT, "b": Scalar("bool"), "c": COMPLEX}
    return UNKNOWN if seen is None or seen.strong is None else kinds.get(seen.strong.kind, UNKNOWN)


@types(primitives.mask)
def _mask(_form: Form, condition: Type, x: Type) -> Type:
    seen = operand(x)
    test = operand(condition)
    if seen is None or test is None:
        return UNKNOWN
    dtype = result_dtype(np.add, [seen, operand(FLOAT) or seen])
    shape = broadcast([test, seen])
    return Array(dtype, shape, scalar=shape == ())


@types(primitives.set_at)
def _set_at(_form: Form, base: Type, index: Type, value: Type) -> Type:
    match base:
        case Array():
            return base
        case List(item) if not is_slice(index):
            return List(join(item, value))
        case Dict(item, entries):
            if entries is not None and isinstance(index, Literal):
                known = dict(entries) | {index.value: value}
                return Dict(join(item, value), tuple(known.items()))
            return Dict(join(item, value))
        case _:
            return UNKNOWN


@types(primitives_stores.make_path)
def _make_path(_form: Form, steps: Type, *arguments: Type) -> Type:
    return Path()


@types(primitives_stores.append)
def _append(_form: Form, items: Type, item: Type) -> Type:
    return List(join(items.item, item)) if isinstance(items, List) else UNKNOWN


@types(primitives_stores.add_each_at)
def _add_each_at(_form: Form, base: Type, index: Type, value: Type) -> Type:
    return base if isinstance(base, Array) else UNKNOWN


@types(primitives_stores.stored_at)
def _stored_at(_form: Form, d: Type, index: Type) -> Type:
    return infer(operator.getitem, Form.OPERATOR, (d, index), {})


@types(primitives.add_at)
def _add_at(_form: Form, base: Type, index: Type, value: Type) -> Type:
    match base, value:
        case Array(), _:
            return base
        case List(item), List(added):
            return List(join(item, _accumulate(_form, item, added)))
        case List(item), _:
            return List(join(item, _accumulate(_form, item, value)))
        case _:
            return UNKNOWN


@types(primitives.scatter)
def _scatter(_form: Form, like: Type, index: Type, d: Type) -> Type:
    return zeros_type(like) if isinstance(like, Array) else UNKNOWN


@types(primitives.stack_like)
def _stack_like(_form: Form, like: Type, items: Type) -> Type:
    return zeros_type(like) if isinstance(like, Array) else UNKNOWN


@types(primitives_math.product_of_others)
def _product_of_others(_form: Form, x: Type) -> Type:
    seen = operand(x)
    known = seen is not None and seen.strong is not None and seen.strong.kind == "f"
    return Array(seen.strong, seen.shape) if seen is not None and known else UNKNOWN


@types(primitives_math.dot_left, primitives_math.matmul_left)
def _left(_form: Form, d: Type, a: Type, b: Type) -> Type:
    seen = operand(a)
    return Array(None, seen.shape) if seen is not None and seen.rank else UNKNOWN


@types(primitives_math.dot_right, primitives_math.matmul_right)
def _right(_form: Form, d: Type, a: Type, b: Type) -> Type:
    seen = operand(b)
    return Array(None, seen.shape) if seen is not None and seen.rank else UNKNOWN


@types(primitives_math.count_reduced)
def _count(_form: Form, x: Type, axis: Type) -> Type:
    return INT


@types(primitives.broadcast_like)
def _broadcast_like(_form: Form, d: Type, x: Type) -> Type:
    seen, like = operand(d), operand(x)
    if seen is None or like is None or like.shape is None:
        return UNKNOWN
    if like.shape == ():
        return widen(d)
    return Array(seen.strong, like.shape)


@types(primitives.zeros_like)
def _zeros_like(_form: Form, x: Type) -> Type:
    match widen(x):
        case Unknown(like):
            return Unknown(like)
        case Scalar(kind):
            return COMPLEX if kind == "complex" else FLOAT
        case Array(dtype, shape, scalar):
            if dtype is not None and dtype.kind in "fc":
                return Array(dtype, shape, scalar)
            if scalar:
                return FLOAT if dtype is not None else UNKNOWN
            return Array(None if dtype is None else FLOAT64.dtype, shape)
        case Tuple(items, cls):
            return Tuple(tuple(map(zeros_type, items)), cls)
        case List(item, items):
            return List(zeros_type(item), None if items is None else tuple(map(zeros_type, items)))
        case Dict(item, entries):
            kept = None if entries is None else tuple((key, zeros_type(one)) for key, one in entries)
            return Dict(zeros_type(item), kept)
        case Record(cls, entries, rebuilt):
            return Record(cls, tuple((name, zeros_type(one)) for name, one in entries), rebuilt)
        case _:
            return UNKNOWN


def zeros_type(type_: Type) -> Type:
    """Return the type of zeros in the structure of a type."""
    return _zeros_like(Form.FUNCTION, type_)


@types(primitives.accumulate)
def _accumulate(_form: Form, a: Type, b: Type) -> Type:
    match a, b:
        case Literal(None), _:
            return b
        case _, Literal(None):
            return a
        case Tuple(), Tuple() if len(a.items) == len(b.items):
            return Tuple(tuple(_accumulate(_form, x, y) for x, y in zip(a.items, b.items, strict=True)), a.cls)
        case List(), List():
            items = None
            if a.items is not None and b.items is not None and len(a.items) == len(b.items):
                items = tuple(_accumulate(_form, x, y) for x, y in zip(a.items, b.items, strict=True))
            return List(_accumulate(_form, a.item, b.item), items)
        case (Dict(), Dict()) | (Record(), Record()) if a == b:
            return a
        case Unknown(), Unknown():
            # both are cotangents of one value, so what one is like the other is like
            return a if a == b else UNKNOWN
        case _:
            return infer(np.add, Form.OPERATOR, (a, b), {})


@types(primitives.unbroadcast)
def _unbroadcast(_form: Form, d: Type, x: Type) -> Type:
    match widen(x):
        case Array(dtype, shape, False) if dtype is not None and dtype.kind in "fc":
            return Array(dtype, shape)
        case Unknown(like):
            return Unknown(like)
        case _:
            return UNKNOWN if operand(d) is None or operand(x) is None else _number(widen(d), widen(x))


def _number(d: Type, x: Type) -> Type:
    """Return the type of a cotangent of a number: a Python number only where it is computed from nothing else."""
    if isinstance(d, Scalar) and d.kind == "float":
        return d
    known = isinstance(d, Array) and d.shape == () and d.scalar
    if known and isinstance(x, Array) and x.scalar and x.dtype is not None and x.dtype.kind in "fc":
        return x
    return d if known and isinstance(x, Scalar) and x.kind == "float" else UNKNOWN
