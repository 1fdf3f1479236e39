"""What type rules ask of argument types: the static value, the dtype and shape, the length."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from s2sad.ir import dims
from s2sad.ir.dims import Dim, Shape
from s2sad.ir.types import Array, List, Literal, Scalar, Tuple, Type, widen


class _Dynamic:
    """What `static` returns for a value that only the running program knows."""


DYNAMIC: Final = _Dynamic()

PYTHON: dict[str, type] = {"int": int, "float": float, "complex": complex}
"""The kinds of Python numbers that NumPy promotes weakly."""


@dataclass(frozen=True, slots=True)
class Operand:
    """An argument seen as an array: a dtype (or a weak Python type), and a shape; None where they are not known."""

    dtype: np.dtype[Any] | type | None
    shape: Shape | None

    @property
    def weak(self) -> bool:
        """Whether this is a Python number, which gives way to the dtype of an array."""
        return isinstance(self.dtype, type)

    @property
    def rank(self) -> int | None:
        """Number of axes, where known."""
        return None if self.shape is None else len(self.shape)

    @property
    def strong(self) -> np.dtype[Any] | None:
        """The dtype that the value has once it is made into an array."""
        return np.dtype(self.dtype) if isinstance(self.dtype, type) else self.dtype


def static(argument: Type | None, default: Any = None) -> Any:
    """Return the value of an argument that is known while compiling, `default` if it is absent, else `DYNAMIC`."""
    match argument:
        case None:
            return default
        case Literal(value):
            return value
        case Tuple(items):
            values = tuple(static(item) for item in items)
            return DYNAMIC if any(value is DYNAMIC for value in values) else values
        case List(_, items) if items is not None:
            known = [static(item) for item in items]
            return DYNAMIC if any(value is DYNAMIC for value in known) else known
        case _:
            return DYNAMIC


def operand(type_: Type) -> Operand | None:
    """Return a number, an array or nested lists of these as an `Operand`; None for anything else."""
    match type_:
        case Array(dtype, shape):
            return Operand(dtype, shape)
        case Scalar("bool"):
            return Operand(np.dtype(bool), ())
        case Scalar(kind) if kind in PYTHON:
            return Operand(PYTHON[kind], ())
        case Literal(np.ndarray() as value):
            return Operand(value.dtype, value.shape)
        case Literal(value) if isinstance(value, bool | int | float | complex | np.generic):
            return operand(widen(type_))
        case Literal(tuple() as value):
            return operand(Tuple(tuple(map(Literal, value))))
        case Literal(list() as value):
            return operand(Tuple(tuple(map(Literal, value))))
        case Tuple(items):
            return _sequence(tuple(map(operand, items)))
        case List(item, items):
            return _sequence(tuple(map(operand, items))) if items is not None else _many(operand(item))
        case _:
            return None


def _sequence(items: tuple[Operand | None, ...]) -> Operand | None:
    """Return what `np.array` makes of the items of a list."""
    if not items:
        return Operand(np.dtype(float), (0,))
    known = [item for item in items if item is not None]
    if len(known) < len(items):
        return None
    shape = known[0].shape
    for item in known[1:]:
        shape = common_shape(shape, item.shape)
    return Operand(common_dtype(known), None if shape is None else (len(items), *shape))


def _many(item: Operand | None) -> Operand | None:
    """Return what `np.array` makes of a list of unknown length; an empty one would be float64 of rank 1."""
    if item is None:
        return None
    dtype = item.strong if item.strong == np.float64 else None
    return Operand(dtype, (dims.fresh(),) if item.shape == () else None)


def common_dtype(items: list[Operand]) -> np.dtype[Any] | None:
    """Return the dtype that arrays are joined in; Python numbers count as the arrays that they become."""
    dtypes = [item.strong for item in items]
    known = [dtype for dtype in dtypes if dtype is not None]
    if not known or len(known) < len(dtypes):
        return None
    try:
        return np.result_type(*known)
    except TypeError:
        return None


def common_shape(a: Shape | None, b: Shape | None) -> Shape | None:
    """Return the shape of arrays that must agree in shape, with the more telling length for each axis."""
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(x if isinstance(x, int) or not isinstance(y, int) else y for x, y in zip(a, b, strict=True))


def broadcast(operands: list[Operand]) -> Shape | None:
    """Return the shape that operands broadcast to, where all ranks are known."""
    shapes = [item.shape for item in operands if item.shape is not None]
    return dims.broadcast_shapes(*shapes) if len(shapes) == len(operands) else None


def make_array(dtype: np.dtype[Any] | None, shape: Shape | None) -> Array:
    """Return the type of what a ufunc or a reduction returns: a NumPy scalar where there are no axes."""
    return Array(dtype, shape, scalar=shape == ())


@lru_cache(maxsize=4096)
def resolve(ufunc: np.ufunc, dtypes: tuple[np.dtype[Any] | type, ...]) -> np.dtype[Any] | None:
    """Return the dtype of a ufunc's result; None where it has none for these operands."""
    if ufunc.nout != 1 or len(dtypes) != ufunc.nin:
        return None
    try:
        return ufunc.resolve_dtypes((*dtypes, None))[-1]
    except TypeError:
        return None


def length(type_: Type) -> Dim:
    """Return the length that an int stands for where a shape is built from it; a fresh one if it is not known."""
    known = number(type_)
    # a shape holds no negative number, and a range stops at 0
    return dims.fresh() if known is None else dims.natural(known)


def number(type_: Type) -> Dim | None:
    """Return which integer a value is, where something is known of it."""
    match type_:
        case Literal(value) if isinstance(value, int | np.integer):
            return int(value)
        case Scalar("int", dim):
            return dim
        case _:
            return None


def lengths(type_: Type) -> Shape | None:
    """Return the shape that an argument such as `(n, 3)` or `n` stands for; None where its rank is not known."""
    match type_:
        case Literal(value) if isinstance(value, tuple | list):
            return tuple(length(Literal(item)) for item in value)
        case Tuple(items):
            return tuple(map(length, items))
        case List(_, items) if items is not None:
            return tuple(map(length, items))
        case Literal() | Scalar("int"):
            return (length(type_),)
        case Array(dtype, ()) if dtype is not None and dtype.kind in "iu":
            return (dims.fresh(),)
        case _:
            return None


def of_length(dim: Dim) -> Type:
    """Return the type of an int that is this number."""
    return Literal(dim) if isinstance(dim, int) else Scalar("int", dim)


def axes_of(axis: Any, rank: int) -> tuple[int, ...] | None:
    """Return the axes that an `axis` argument names, counted from 0; None where it names none that exist."""
    if axis is None:
        return tuple(range(rank))
    named = axis if isinstance(axis, tuple | list) else (axis,)
    if not all(isinstance(one, int | np.integer) and -rank <= one < rank for one in named):
        return None
    return tuple(int(one) % rank for one in named)


def dtype_of(argument: Type | None, default: np.dtype[Any] | None) -> np.dtype[Any] | None:
    """Return the dtype that a `dtype` argument names, `default` where it is absent or None."""
    value = static(argument)
    if value is None:
        return default
    return to_dtype(value)


def to_dtype(value: Any) -> np.dtype[Any] | None:
    """Return the dtype that a value such as `float` or "float32" names, if it names one."""
    if value is DYNAMIC or value is None:
        return None
    try:
        found: np.dtype[Any] = np.dtype(value)
    except TypeError:
        return None
    return found
