"""Types of functions that make new arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.infer import infer, types
from s2sad.analysis.operands import dtype_of, length, lengths, number, of_length, operand, resolve, static
from s2sad.ir import dims
from s2sad.ir.dims import Dim
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Array, Literal, Range, Scalar, Type, widen

_FLOAT = np.dtype(float)
_POINTS = Literal(50)


@types(np.zeros, np.ones, np.empty)
def _zeros(_form: Form, shape: Type, dtype: Type | None = None, *_order: Type, **_options: Type) -> Type:
    return Array(dtype_of(dtype, _FLOAT), lengths(shape))


@types(np.full)
def _full(_form: Form, shape: Type, fill_value: Type, dtype: Type | None = None, **_options: Type) -> Type:
    fill = operand(fill_value)
    return Array(dtype_of(dtype, None if fill is None else fill.strong), lengths(shape))


@types(np.zeros_like, np.ones_like, np.empty_like)
def _zeros_like(_form: Form, a: Type, dtype: Type | None = None, **options: Type) -> Type:
    x = operand(a)
    if x is None or any(static(value) is not None for value in options.values()):
        return UNKNOWN
    return Array(dtype_of(dtype, x.strong), x.shape)


@types(np.full_like)
def _full_like(_form: Form, a: Type, fill_value: Type, dtype: Type | None = None, **options: Type) -> Type:
    return _zeros_like(_form, a, *(() if dtype is None else (dtype,)), **options)


@types(np.copy)
def _copy(form: Form, a: Type, *_order: Type, **_options: Type) -> Type:
    if form is Form.METHOD:
        # a list has a method of this name as well
        return a
    x = operand(a)
    return UNKNOWN if x is None else Array(x.strong, x.shape)


@types(np.eye, np.identity)
def _eye(_form: Form, n: Type, *args: Type, dtype: Type | None = None, **options: Type) -> Type:
    columns = options.get("M", args[0] if args else None)
    columns = None if static(columns) is None else columns
    rows = length(n)
    if len(args) > 1:
        return Array(dtype_of(dtype, _FLOAT), None)
    return Array(dtype_of(dtype, _FLOAT), (rows, rows if columns is None else length(columns)))


@types(np.arange)
def _arange(_form: Form, *args: Type, dtype: Type | None = None, **options: Type) -> Type:
    if options or not args:
        return UNKNOWN
    kinds = [operand(arg) for arg in args]
    # NumPy scalars among them promote with the step, which is an integer unless it is given
    known = [item.strong for item in kinds if item is not None and item.weak and item.strong is not None]
    default = np.result_type(*known) if len(known) == len(args) else None
    return Array(dtype_of(dtype, default), (_arange_length(args),))


def _arange_length(args: tuple[Type, ...]) -> Dim:
    numbers = [known for known in map(number, args) if known is not None]
    if len(numbers) < len(args):
        return dims.fresh()
    counted = infer(range, Form.BUILTIN, tuple(map(of_length, numbers)), {})
    known = counted.length if isinstance(counted, Range) else None
    return dims.fresh() if known is None else known


@types(np.linspace)
def _linspace(_form: Form, start: Type, stop: Type, num: Type = _POINTS, **options: Type) -> Type:
    dtype = options.pop("dtype", None)
    ends = [operand(start), operand(stop)]
    known = [item for item in ends if item is not None]
    if len(known) < len(ends) or not set(options) <= {"endpoint"} or any(item.shape != () for item in known):
        return UNKNOWN
    # Python numbers give way to NumPy scalars here, and integers become floats
    dtypes = tuple(item.dtype for item in known if item.dtype is not None)
    default = resolve(np.divide, dtypes) if len(dtypes) == len(known) else None
    if default is not None and default != _FLOAT:
        default = None
    return Array(dtype_of(dtype, default), (length(num),))


def _conversion(dtype: np.dtype[Any]) -> Callable[..., Type]:
    def rule(_form: Form, x: Type) -> Type:
        match widen(x):
            case Scalar() | Array(shape=()):
                return Array(dtype, (), scalar=True)
            case Array(shape=shape):
                return Array(dtype, shape)
            case _:
                return UNKNOWN

    return rule


_INTEGERS = (np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)

for _scalar_type in (np.float64, np.float32, np.float16, np.bool_, *_INTEGERS):
    types(_scalar_type)(_conversion(np.dtype(_scalar_type)))
