"""Lowering the methods of ufuncs that are functions of NumPy's by another name."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.operands import operand
from s2sad.frontend.context import Binding, Context
from s2sad.frontend.handlers import HANDLERS, Arguments, Handler, Keywords
from s2sad.ir.program import Form, Value
from s2sad.ir.types import Array, Scalar, widen

_REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}
_ACCUMULATIONS: dict[np.ufunc, Callable[..., Any]] = {np.add: np.cumsum, np.multiply: np.cumprod}
_BINARY = [one for one in vars(np).values() if isinstance(one, np.ufunc) and one.nin == 2 and one.signature is None]


def _renamed(function: Callable[..., Any], name: str, options: frozenset[str]) -> Handler:
    def handler(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
        if not 1 <= len(args) <= 2 or set(kwargs) - options or (len(args) == 2 and "axis" in kwargs):
            ctx.refuse("S2S134", f"`{name}` with these arguments is not supported", "check the call", node)
        hint = ctx.hint
        array, *axis = (ctx.as_value(arg, node) for arg in args)
        named = {key: ctx.as_value(value, node) for key, value in kwargs.items()}
        # unlike the functions, the methods take the first axis unless told otherwise
        named["axis"] = axis[0] if axis else named.get("axis", ctx.builder.constant(0))
        ctx.hint = hint
        return ctx.call(function, array, **named)

    return handler


for _ufunc, _function in _REDUCTIONS.items():
    _options = frozenset({"axis", "keepdims", "initial", "where"})
    HANDLERS[_ufunc.reduce] = _renamed(_function, f"np.{_ufunc.__name__}.reduce", _options)
for _ufunc, _function in _ACCUMULATIONS.items():
    HANDLERS[_ufunc.accumulate] = _renamed(_function, f"np.{_ufunc.__name__}.accumulate", frozenset({"axis"}))


def _outer(ufunc: np.ufunc) -> Handler:
    """Return what lowers `ufunc.outer(a, b)`: the first array gets an axis for each of the second's."""
    name = f"np.{ufunc.__name__}.outer"

    def handler(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
        hint = ctx.hint
        if len(args) != 2 or kwargs:
            ctx.refuse("S2S134", f"`{name}` with these arguments is not supported", "check the call", node)
        left, right = (ctx.as_value(arg, node) for arg in args)
        seen = [operand(one.type) for one in (left, right)]
        ranks = [None if one is None else one.rank for one in seen]
        if ranks[0] is None or ranks[1] is None or not _is_array(left):
            advice = "give the types, or index: a[:, None]"
            ctx.refuse("S2S134", f"`{name}` of arrays of unknown number of axes is not supported", advice, node)
        if ranks[0] and ranks[1]:
            spread = (*(slice(None),) * ranks[0], *(None,) * ranks[1])
            left = ctx.call(operator.getitem, left, ctx.builder.constant(spread), form=Form.OPERATOR)
        ctx.hint = hint
        return ctx.call(ufunc, left, right)

    return handler


def _is_array(value: Value) -> bool:
    """Tell whether a value can be indexed with new axes: a list cannot."""
    return isinstance(widen(value.type), Array | Scalar)


HANDLERS.update({ufunc.outer: _outer(ufunc) for ufunc in _BINARY})
