"""Types of ufuncs and of the other functions that work element by element."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import Operand, broadcast, make_array, number, operand, resolve, static, to_dtype
from s2sad.analysis.types_python import number_kind, python_operator
from s2sad.ir import primitives_bessel
from s2sad.ir.program import Form
from s2sad.ir.types import (
    INT,
    UNDEFINED,
    UNKNOWN,
    Array,
    Literal,
    Scalar,
    Slice,
    Tuple,
    TupleOf,
    Type,
    Unknown,
    join,
    widen,
)

UNARY_FLOAT = (
    *(np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p, np.sqrt, np.cbrt, np.reciprocal),
    *(np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan),
    *(np.sinh, np.cosh, np.tanh, np.arcsinh, np.arccosh, np.arctanh),
    *(np.deg2rad, np.rad2deg, np.radians, np.degrees),
)
ARITHMETIC = (
    *(np.add, np.subtract, np.multiply, np.divide, np.power, np.floor_divide, np.remainder, np.fmod),
    *(np.maximum, np.minimum, np.fmax, np.fmin, np.hypot, np.arctan2, np.logaddexp, np.logaddexp2),
    *(np.negative, np.positive, np.square, np.absolute, np.fabs, np.sign, np.conjugate, np.copysign, np.heaviside),
    *(np.nextafter, np.spacing, np.gcd, np.lcm),
    *(np.floor, np.ceil, np.rint, np.trunc, np.float_power),
)
LOGICAL = (
    *(np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal),
    *(np.logical_and, np.logical_or, np.logical_xor, np.logical_not),
    *(np.isnan, np.isinf, np.isfinite, np.signbit),
    *(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift),
)

_KEEPS_LIKE = frozenset(UNARY_FLOAT) | {
    *(np.add, np.subtract, np.multiply, np.divide, np.power, np.negative, np.positive, np.square),
    *(np.maximum, np.minimum, np.logaddexp, np.hypot),
}
"""Functions whose inexact result has the dtype of their inexact operands."""

_NONE = Literal(None)
_PYTHON_BUILTINS = {np.maximum, np.minimum}


def _register(ufunc: np.ufunc) -> None:
    @types(ufunc)
    def rule(form: Form, *args: Type, **options: Type) -> Type:
        dtype = options.pop("dtype", None)
        if set(options) - {"casting", "order", "subok"}:
            return UNKNOWN
        found = ufunc_type(ufunc, form, args)
        return found if dtype is None else _in_dtype(ufunc, found, to_dtype(static(dtype)))


def _in_dtype(ufunc: np.ufunc, found: Type, dtype: np.dtype[Any] | None) -> Type:
    """Return the type of a result that is computed in another dtype."""
    if not isinstance(found, Array) or dtype is None or dtype.kind not in "iuf" or ufunc in LOGICAL:
        return UNKNOWN
    return Array(dtype, found.shape, found.scalar)


def ufunc_type(ufunc: np.ufunc, form: Form, args: tuple[Type, ...]) -> Type:
    """Return the type of a ufunc's result."""
    if len(args) != ufunc.nin:
        return UNKNOWN
    spelt_in_python = form in (Form.OPERATOR, Form.BUILTIN)
    if spelt_in_python and all(number_kind(arg) is not None for arg in args):
        return python_operator(ufunc, args)
    if spelt_in_python and any(isinstance(arg, Tuple | TupleOf) for arg in map(widen, args)):
        return _tuple_type(ufunc, args)
    if form is Form.BUILTIN and ufunc in _PYTHON_BUILTINS:
        return join(widen(args[0]), widen(args[1]))
    if spelt_in_python and not all(isinstance(widen(arg), Array | Scalar | Unknown) for arg in args):
        return UNKNOWN
    if spelt_in_python and Scalar("complex") in map(widen, args) and any(_is_numpy_scalar(arg) for arg in args):
        return UNKNOWN
    operands = [item for item in map(operand, args) if item is not None]
    if len(operands) < len(args):
        return _like(ufunc, form, args)
    return make_array(result_dtype(ufunc, operands), broadcast(operands))


def _tuple_type(ufunc: np.ufunc, args: tuple[Type, ...]) -> Type:
    """Return the type of tuples that are joined or repeated, so that the length of the whole is not known."""
    items = list(map(plain_item, args))
    if ufunc is np.add and None not in items:
        return TupleOf(item=reduce(join, [item for item in items if item is not None]))
    tuples = [item for item in items if item is not None]
    if ufunc is np.multiply and len(tuples) == 1 and any(widen(arg) == INT or number(arg) is not None for arg in args):
        return TupleOf(item=tuples[0])
    return UNKNOWN


def plain_item(type_: Type) -> Type | None:
    """Return the type of the items of a tuple of integers, slices and the like; None for any other value."""
    match type_:
        case TupleOf(item=item):
            return item  # type: ignore[no-any-return]
        case Tuple(items, None):
            return reduce(join, (UNDEFINED, *items)) if all(map(_is_plain, items)) else None
        case Literal(tuple() as items):
            return plain_item(Tuple(tuple(map(Literal, items))))
        case _:
            return None


def _is_plain(type_: Type) -> bool:
    if isinstance(type_, Literal):
        return type_.value is None or type_.value is Ellipsis or isinstance(type_.value, int | slice)
    return isinstance(type_, Slice) or (isinstance(type_, Scalar) and type_.kind == "int")


def _is_numpy_scalar(type_: Type) -> bool:
    return isinstance(type_, Array) and (type_.scalar or type_.shape in (None, ()))


def result_dtype(ufunc: np.ufunc, operands: list[Operand]) -> np.dtype[Any] | None:
    """Return the dtype of a ufunc's result, where the dtypes of its operands are known."""
    dtypes = tuple(item.dtype for item in operands if item.dtype is not None)
    return resolve(ufunc, dtypes) if len(dtypes) == len(operands) else None


def _like(ufunc: np.ufunc, form: Form, args: tuple[Type, ...]) -> Type:
    """Return an unknown type that keeps what is known of an operand: that the result has its shape and dtype."""
    unknown = {arg for arg in args if isinstance(arg, Unknown)}
    others = [arg for arg in args if not isinstance(arg, Unknown)]
    if ufunc not in _KEEPS_LIKE or len(unknown) != 1 or not all(number_kind(arg) in (1, 2) for arg in others):
        return UNKNOWN
    (like,) = unknown
    # a list may stand behind an unknown value: `x + x` and `2 * x` of a list are longer than the list
    repeats = ufunc is np.multiply and any(widen(arg) == Scalar("int") for arg in others)
    if form is Form.OPERATOR and ((ufunc is np.add and not others) or repeats):
        return UNKNOWN
    if ufunc is np.power and not _is_real_power(form, *args):
        return UNKNOWN
    return like


def _is_real_power(form: Form, base: Type, exponent: Type) -> bool:
    """Tell whether a power of real numbers is real: a negative Python float to a fraction is complex."""
    if form is not Form.OPERATOR:
        return True
    if isinstance(base, Literal):
        return bool(base.value > 0)
    return widen(exponent) == Scalar("int")


for _ufunc in (*UNARY_FLOAT, *ARITHMETIC, *LOGICAL, np.ldexp):
    _register(_ufunc)


@types(np.i0)
def _i0(_form: Form, x: Type) -> Type:
    # of a number it is an array without axes
    seen = operand(x)
    return Array(seen.strong, seen.shape) if seen is not None and seen.strong in (np.float64, np.float32) else UNKNOWN


@types(primitives_bessel.bessel_i1)
def _bessel_i1(_form: Form, x: Type) -> Type:
    seen = operand(x)
    return UNKNOWN if seen is None else make_array(np.dtype(float), seen.shape)


@types(np.frexp)
def _frexp(_form: Form, x: Type) -> Type:
    seen = operand(x)
    if seen is None or seen.strong is None or seen.strong.kind != "f":
        return UNKNOWN
    return Tuple((make_array(seen.strong, seen.shape), make_array(np.dtype(np.intc), seen.shape)))


@types(np.clip)
def _clip(form: Form, x: Type, a_min: Type = _NONE, a_max: Type = _NONE, **options: Type) -> Type:
    low, high = options.pop("min", a_min), options.pop("max", a_max)
    if options:
        return UNKNOWN
    if isinstance(x, Unknown) and all(number_kind(bound) in (1, 2) or bound == _NONE for bound in (low, high)):
        return x
    result: Type = x
    for ufunc, bound in ((np.maximum, low), (np.minimum, high)):
        if bound != _NONE:
            result = ufunc_type(ufunc, Form.FUNCTION, (result, bound))
    return result if result is not x else UNKNOWN


@types(np.where)
def _where(_form: Form, condition: Type, x: Type, y: Type) -> Type:
    operands = [operand(condition), operand(x), operand(y)]
    known = [item for item in operands if item is not None]
    if len(known) < len(operands):
        return UNKNOWN
    return Array(result_dtype(np.add, known[1:]), broadcast(known))


@types(np.isclose)
def _isclose(_form: Form, x: Type, y: Type, *_options: Type, **_named: Type) -> Type:
    known = [item for item in (operand(x), operand(y)) if item is not None]
    return make_array(np.dtype(bool), broadcast(known)) if len(known) == 2 else UNKNOWN


@types(np.real, np.imag)
def _part(_form: Form, x: Type) -> Type:
    seen = operand(x)
    if seen is None or not isinstance(x, Array) or seen.strong is None:
        return UNKNOWN
    return Array(np.empty(0, seen.strong).real.dtype, seen.shape, x.scalar)


@types(np.sinc)
def _sinc(_form: Form, x: Type) -> Type:
    seen = operand(x)
    return make_array(resolve(np.sin, (seen.dtype,)), seen.shape) if seen is not None and seen.dtype else UNKNOWN


@types(np.round, np.around)
def _round(_form: Form, x: Type, decimals: Type | None = None) -> Type:
    seen = operand(x)
    known = seen is not None and seen.dtype is not None and not isinstance(static(decimals), float)
    return make_array(seen.strong, seen.shape) if seen is not None and known and isinstance(x, Array) else UNKNOWN
