"""Lowering the methods of ufuncs that are functions of NumPy's by another name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.frontend.context import Binding, Context
from s2sad.frontend.handlers import HANDLERS, Arguments, Handler, Keywords

_REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}
_ACCUMULATIONS: dict[np.ufunc, Callable[..., Any]] = {np.add: np.cumsum, np.multiply: np.cumprod}


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
    HANDLERS[_ufunc.reduce] = _renamed(_function, f"np.{_ufunc.__name__}.reduce", frozenset({"axis", "keepdims"}))
for _ufunc, _function in _ACCUMULATIONS.items():
    HANDLERS[_ufunc.accumulate] = _renamed(_function, f"np.{_ufunc.__name__}.accumulate", frozenset({"axis"}))
