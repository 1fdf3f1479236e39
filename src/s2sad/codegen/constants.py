"""Spelling constants as expressions."""

from __future__ import annotations

import ast
import builtins
import math
from collections.abc import Callable
from typing import Any

import numpy as np


class Unspellable(Exception):
    """A constant has no text that stands for it: a defect of the compiler, which must not have made it."""


def spell(value: Any, numpy_name: str = "np") -> ast.expr:
    """Return the expression that evaluates to a constant.

    Parameters
    ----------
    value : object
        A number, string, None, Ellipsis, dtype, type, slice, or a container of these.
    numpy_name : str
        The name that NumPy is imported under.

    Returns
    -------
    ast.expr
        The expression.
    """

    def inner(part: Any) -> ast.expr:
        return spell(part, numpy_name)

    def numpy(name: str) -> ast.expr:
        return ast.Attribute(ast.Name(numpy_name, ast.Load()), name, ast.Load())

    match value:
        case None | bool() | str() | bytes():
            return ast.Constant(value)
        case _ if value is Ellipsis:
            return ast.Constant(value)
        case np.dtype():
            return (
                numpy(value.name)
                if value.isnative and hasattr(np, value.name)
                else _call(numpy("dtype"), ast.Constant(value.str))
            )
        case np.bool_():
            return numpy("True_" if value else "False_")
        case np.floating() if isinstance(value.item(), np.floating):
            # no Python number holds a long double
            return _call(numpy("longdouble"), ast.Constant(str(value)))
        case np.generic() if not isinstance(value.item(), np.generic):
            return _call(numpy(type(value).__name__), inner(value.item()))
        case int() | float():
            return _number(value, numpy)
        case complex():
            return _complex(value, numpy)
        case slice():
            return _call(ast.Name("slice", ast.Load()), *map(inner, (value.start, value.stop, value.step)))
        case tuple():
            return ast.Tuple([inner(part) for part in value], ast.Load())
        case list():
            return ast.List([inner(part) for part in value], ast.Load())
        case dict():
            return ast.Dict([inner(key) for key in value], [inner(part) for part in value.values()])
        case range():
            return _call(ast.Name("range", ast.Load()), *map(ast.Constant, (value.start, value.stop, value.step)))
        case type(__name__=name) if getattr(builtins, name, None) is value:
            return ast.Name(name, ast.Load())
        case object(__name__=str() as name) if getattr(np, name, None) is value:
            return numpy(name)
        case np.ndarray():
            return _call(numpy("array"), inner(value.tolist()), dtype=inner(value.dtype))
        case _:
            raise Unspellable(f"a constant of type {type(value).__name__} cannot be written down")


def _call(function: ast.expr, *args: ast.expr, **keywords: ast.expr) -> ast.expr:
    return ast.Call(function, list(args), [ast.keyword(name, value) for name, value in keywords.items()])


def _number(value: int | float, numpy: Callable[[str], ast.expr]) -> ast.expr:
    if math.isnan(value):
        return numpy("nan")
    negative = math.copysign(1.0, value) < 0 if isinstance(value, float) else value < 0
    if negative:
        return ast.UnaryOp(ast.USub(), _number(-value, numpy))
    return numpy("inf") if math.isinf(value) else ast.Constant(value)


def _complex(value: complex, numpy: Callable[[str], ast.expr]) -> ast.expr:
    # "2j" and "0j" stand for themselves; whatever has a real part or a sign is put together
    if repr(value.real) == "0.0" and math.isfinite(value.imag) and math.copysign(1.0, value.imag) > 0:
        return ast.Constant(value)
    parts = (_number(value.real, numpy), _number(value.imag, numpy))
    return _call(ast.Name("complex", ast.Load()), *parts)


def spell_index(value: Any, numpy_name: str = "np") -> ast.expr:
    """Return what stands between brackets for a constant index: slices are written `start:stop:step`."""
    match value:
        case slice():
            parts = (value.start, value.stop, value.step)
            return ast.Slice(*(None if part is None else spell(part, numpy_name) for part in parts))
        case tuple() if value:
            return ast.Tuple([spell_index(part, numpy_name) for part in value], ast.Load())
        case _:
            return spell(value, numpy_name)
