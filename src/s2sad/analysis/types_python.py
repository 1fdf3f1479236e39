"""Types of operators on Python numbers, which keep Python's meaning, and of Python's own functions."""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from s2sad.analysis.infer import infer, types
from s2sad.analysis.operands import number, of_length
from s2sad.ir import dims
from s2sad.ir.dims import Dim
from s2sad.ir.interpret import OPERATORS
from s2sad.ir.program import Form
from s2sad.ir.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    KINDS,
    UNKNOWN,
    Array,
    Dict,
    List,
    Literal,
    Range,
    Scalar,
    Tuple,
    TupleOf,
    Type,
    Unknown,
    join,
    widen,
)

COMPARISONS = (np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal)

_BUILTINS: dict[Any, Any] = {np.absolute: abs, np.maximum: max, np.minimum: min}
_WIDER = (np.add, np.subtract, np.multiply, np.floor_divide, np.remainder, np.negative, np.positive)
_CHOICES = (np.maximum, np.minimum)
_BITWISE = (np.bitwise_and, np.bitwise_or, np.bitwise_xor)
_SHIFTS = (np.left_shift, np.right_shift)
_ZERO = Literal(0)
_NONE = Literal(None)
_LARGEST = 2**62
_LARGEST_EXPONENT = 64


def number_kind(type_: Type) -> int | None:
    """Return where a Python number stands in `KINDS`; None for anything else, NumPy's scalars included."""
    match widen(type_):
        case Scalar(kind) if kind in KINDS:
            return KINDS.index(kind)
        case _:
            return None


def python_operator(function: Any, args: tuple[Type, ...]) -> Type:
    """Return the type of an operator (or `abs`, `max`, `min`) applied to Python numbers."""
    folded = _fold(function, args)
    if folded is not None:
        return folded
    kinds = [kind for kind in map(number_kind, args) if kind is not None]
    widest = Scalar(KINDS[max(*kinds, 1)])
    if function in COMPARISONS:
        return BOOL
    if function in _CHOICES and set(kinds) != {KINDS.index("int")}:
        return join(widen(args[0]), widen(args[1]))
    if function is np.divide:
        return widest if widest == COMPLEX else FLOAT
    if function is np.power:
        return _power(*args)
    if function is np.absolute:
        return FLOAT if widest == COMPLEX else _integer(function, args) if widest == INT else widest
    if function in _BITWISE and widest == INT:
        return BOOL if max(kinds) == 0 else INT
    if function in _SHIFTS or function is np.invert:
        return INT if widest == INT else UNKNOWN
    if function not in _WIDER or (widest == COMPLEX and function in (np.floor_divide, np.remainder)):
        return UNKNOWN
    return _integer(function, args) if widest == INT else widest


def _fold(function: Any, args: tuple[Type, ...]) -> Type | None:
    """Compute small results of known integers, and the sign of known numbers: both are exact."""
    if not all(isinstance(arg, Literal) for arg in args):
        return None
    values = [arg.value for arg in args if isinstance(arg, Literal)]
    python = _BUILTINS.get(function) or OPERATORS.get(function)
    if python is None:
        return None
    exact = all(isinstance(value, int) for value in values)
    if not exact and function not in (np.negative, np.positive, np.maximum, np.minimum, *COMPARISONS):
        return None
    if (function is np.power and not 0 <= values[1] <= _LARGEST_EXPONENT) or function in _SHIFTS:
        return None
    result = python(*values)
    if isinstance(result, int) and abs(result) > _LARGEST:
        return INT
    return Literal(result) if isinstance(result, bool | int | float | complex) else None


def _power(base: Type, exponent: Type) -> Type:
    """Return the type of `base ** exponent`: a negative base may give a complex number, a negative exponent a float."""
    kinds = number_kind(base), number_kind(exponent)
    if KINDS.index("complex") in kinds:
        return COMPLEX
    known = base.value if isinstance(base, Literal) else None
    power = exponent.value if isinstance(exponent, Literal) else None
    if kinds[1] is not None and kinds[1] < KINDS.index("float"):
        if kinds[0] == KINDS.index("float"):
            return FLOAT
        return UNKNOWN if power is None else INT if power >= 0 else FLOAT
    return FLOAT if known is not None and known >= 0 else UNKNOWN


_ARITHMETIC: dict[Any, Callable[..., Dim]] = {
    np.add: dims.add,
    np.subtract: dims.subtract,
    np.multiply: dims.multiply,
    np.negative: partial(dims.multiply, -1),
    np.positive: dims.add,
    np.floor_divide: partial(dims.computed, "//"),
    np.remainder: partial(dims.computed, "%"),
    np.absolute: partial(dims.computed, "abs"),
    np.maximum: partial(dims.computed, "max"),
    np.minimum: partial(dims.computed, "min"),
}


def _integer(function: Any, args: tuple[Type, ...]) -> Type:
    """Return the int that results, as a number computed from the operands."""
    numbers = [one for one in map(number, args) if one is not None]
    if len(numbers) < len(args) or function not in _ARITHMETIC:
        return INT
    return of_length(_ARITHMETIC[function](*numbers))


@types(operator.not_, operator.truth, builtins.bool)
def _truth(_form: Form, argument: Type) -> Type:
    return BOOL


@types(operator.is_, operator.is_not, operator.contains, isinstance, builtins.any, builtins.all, callable, hasattr)
def _test(_form: Form, *_args: Type) -> Type:
    return BOOL


@types(builtins.float)
def _float(_form: Form, argument: Type) -> Type:
    return Literal(float(argument.value)) if isinstance(argument, Literal) and type(argument.value) is float else FLOAT


@types(builtins.int)
def _int(_form: Form, argument: Type) -> Type:
    return argument if isinstance(argument, Scalar) and argument.kind == "int" else INT


@types(builtins.complex)
def _complex(_form: Form, *_args: Type, **_parts: Type) -> Type:
    return COMPLEX


@types(builtins.len)
def _len(_form: Form, argument: Type) -> Type:
    match argument:
        case Array(_, shape) if shape:
            return of_length(shape[0])
        case Tuple(items):
            return Literal(len(items))
        case List(_, items) if items is not None:
            return Literal(len(items))
        case Dict(_, entries) if entries is not None:
            return Literal(len(entries))
        case Literal(value) if isinstance(value, tuple | list | dict | str | range):
            return Literal(len(value))
        case Range(known) if known is not None:
            return of_length(known)
        case _:
            return Scalar("int", dims.fresh())


@types(builtins.range)
def _range(_form: Form, *args: Type) -> Type:
    numbers = list(map(number, args))
    if len(numbers) == 1:
        numbers.insert(0, 0)
    start, stop, step = (*numbers, 1)[:3]
    if not isinstance(step, int) or step == 0:
        return Range()
    first, last = (start, stop) if step > 0 else (stop, start)
    length: Dim | None = None
    if first is not None and last is not None:
        length = dims.strided(dims.natural(dims.subtract(last, first)), abs(step))
    # a range that runs down ends above its stop
    low = first if step > 0 or first is None else dims.add(first, 1)
    return Range(length, low is not None and dims.is_natural(low))


@types(builtins.sum)
def _sum(_form: Form, items: Type, start: Type = _ZERO) -> Type:
    match items:
        case Tuple(known, None) | List(_, tuple() as known):
            total: Type = start
            for item in known:
                total = infer(np.add, Form.OPERATOR, (total, item), {})
            return total
        case _:
            return UNKNOWN


@types(builtins.reversed, builtins.sorted)
def _reordered(_form: Form, items: Type) -> Type:
    return List(items.item) if isinstance(items, List) else Unknown()


@types(builtins.round)
def _round(_form: Form, value: Type, digits: Type = _NONE) -> Type:
    match widen(value), digits:
        case Scalar(kind), Literal(None) if kind in KINDS:
            return INT
        case Scalar("float"), _:
            return FLOAT
        case _:
            return UNKNOWN


@types(builtins.tuple)
def _tuple(_form: Form, items: Type) -> Type:
    match items:
        case List(items=tuple() as known):
            return Tuple(known)
        case List(Scalar("int")) | Range():
            return TupleOf(item=INT)
        case _:
            return UNKNOWN


_CLASSES = (bool, int, float, complex, str, bytes, list, tuple, dict, set, np.ndarray)
"""Classes of which it is known from the type of a value whether the value is an instance."""


def is_instance(type_: Type, classes: Type) -> bool | None:
    """Decide `isinstance(value, classes)` where the types tell; None where they don't."""
    if not isinstance(classes, Literal):
        return None
    given = classes.value if isinstance(classes.value, tuple) else (classes.value,)
    if isinstance(type_, Literal) and all(isinstance(one, type) for one in given):
        return isinstance(type_.value, given)
    kind: type
    match type_:
        case Array(shape=tuple() as shape, scalar=False) if shape:
            kind = np.ndarray
        case List():
            kind = list
        case Dict():
            kind = dict
        case Tuple(cls=None):
            kind = tuple
        case Scalar("str"):
            kind = str
        case Scalar("float"):
            # NumPy's float64 is a float too
            return None if any(one not in _CLASSES for one in given) else float in given
        case _:
            return None
    return any(issubclass(kind, one) for one in given) if all(one in _CLASSES for one in given) else None
