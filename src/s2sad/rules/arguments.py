"""What rules ask of the arguments they get, and the few operations that many of them share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.ir import primitives
from s2sad.ir.program import Form
from s2sad.ir.types import Dict, List, Record, Scalar, Tuple, Unknown
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol, lift, record

ABSENT: Any = np._NoValue
"""The default of options that NumPy leaves out."""


def refuse(function: str, **options: Any) -> None:
    """Raise `Unsupported` for each option that is given.

    Raises
    ------
    Unsupported
        An option is neither absent nor None.
    """
    for name, value in options.items():
        if isinstance(value, Symbol) or not (value is ABSENT or value is None):
            raise Unsupported(f"{function} with {name}= has no derivative rule")


def array(function: str, *values: Any) -> None:
    """Raise `Unsupported` where an argument is a list, tuple or dict, which the rule takes for an array."""
    for value in values:
        is_container = isinstance(value, tuple | list | dict)
        if is_container or (isinstance(value, Symbol) and isinstance(value.type, Tuple | List | Dict | Record)):
            raise Unsupported(f"{function} of a list or tuple has no derivative rule: make it an array with np.array")


def flag(function: str, name: str, value: Any) -> bool:
    """Return an option that must be known while compiling, such as `keepdims`."""
    if value is ABSENT:
        return False
    if isinstance(value, Symbol):
        raise Unsupported(f"{function} with a {name}= that is not a constant has no derivative rule")
    return bool(value)


def rank(x: Any) -> int | None:
    """Return the number of axes of an argument, None where it is not known."""
    return x.rank if isinstance(x, Symbol) else int(np.ndim(x))


def kind(x: Any) -> str | None:
    """Return the kind of an argument's dtype as NumPy's letter, None where it is not known."""
    return x.kind if isinstance(x, Symbol) else np.asarray(x).dtype.kind


def is_number(x: Any) -> bool:
    """Tell whether an argument is a number that is known while compiling."""
    return isinstance(x, int | float | complex | np.number)


def is_unknown(x: Any) -> bool:
    """Tell whether nothing is known of an argument."""
    return isinstance(x, Symbol) and isinstance(x.type, Unknown)


def call(d: Symbol, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Append a call of a function that NumPy's protocols do not see."""
    return record(d.builder, function, *args, **kwargs)


def named(hint: str, d: Symbol, function: Callable[..., Any], *args: Any, form: Form = Form.FUNCTION) -> Any:
    """Append a call whose result is to be printed under a name."""
    operands = [lift(d.builder, arg) for arg in args]
    return Symbol(d.builder.call(function, *operands, form=form, hint=hint), d.builder)


def mask(condition: Any, d: Symbol) -> Any:
    """Return `d` where the condition holds, and zero elsewhere."""
    return record(d.builder, primitives.mask, condition, d)


def broadcast_like(d: Symbol, x: Any) -> Any:
    """Return `d` broadcast to the shape of `x`."""
    return record(d.builder, primitives.broadcast_like, d, x)


def whole_shape(x: Symbol) -> Any:
    """Return the shape as one value, to be handed on as it is."""
    if isinstance(x.type, Unknown) or x.rank is None or isinstance(x.type, Scalar):
        return record(x.builder, np.shape, x)
    value = x.builder.call(np.shape, x.value, form=Form.ATTRIBUTE, spelling="shape")
    return Symbol(value, x.builder)


def reshape_like(d: Any, x: Any) -> Any:
    """Return `d` in the shape of `x`."""
    if d.rank is None or d.rank == 0:
        return record(d.builder, np.reshape, d, whole_shape(x))
    return record(d.builder, np.reshape, d, whole_shape(x), form=Form.METHOD)


def along(axis: Any, keepdims: bool) -> dict[str, Any]:
    """Return the keywords of a reduction, without those that have the default value."""
    return ({} if axis is None else {"axis": axis}) | ({"keepdims": True} if keepdims else {})


def axes_of(axis: Any, rank: int) -> tuple[int, ...]:
    """Return the axes that a static `axis` argument names, counted from 0."""
    if axis is None:
        return tuple(range(rank))
    return tuple(int(one) % rank for one in (axis if isinstance(axis, tuple | list) else (axis,)))


def is_static(axis: Any) -> bool:
    """Tell whether an `axis` argument is known while compiling."""
    if isinstance(axis, tuple | list):
        return all(map(is_static, axis))
    return not isinstance(axis, Symbol)
