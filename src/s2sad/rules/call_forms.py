"""Calls in forms that their rules leave to other functions: flattened arrays, several axes, orders of storage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.operands import DYNAMIC, operand, static
from s2sad.ir.program import Call
from s2sad.ir.types import List, Literal, Tuple, widen
from s2sad.rules.arguments import ABSENT, array, axes_of, flag, rank, refuse
from s2sad.rules.composing import composed_where
from s2sad.rules.rearranging import as_array, items
from s2sad.rules.rearranging import axes_of as count_axes
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import is_integer


def _argument(call: Call, name: str, position: int) -> Any:
    """Return the value of an argument that is known while compiling, `DYNAMIC` for any other, or `ABSENT`."""
    named = dict(zip(call.keywords, call.operands[len(call.positional) :], strict=True))
    if name in named:
        return static(named[name].type)
    return static(call.positional[position].type) if position < len(call.positional) else ABSENT


def _axes(call: Call) -> int | None:
    """Return the number of axes of the first argument, None where it is not known."""
    seen = operand(call.operands[0].type)
    return None if seen is None else seen.rank


# -- several axes, and all elements as one axis ------------------------------------------------------------------------


def _prod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = ABSENT, **rest: Any) -> Any:
    refuse("np.prod", dtype=dtype, out=out, **rest)
    kept: dict[str, Any] = {"keepdims": True} if flag("np.prod", "keepdims", keepdims) else {}
    over = sorted(axes_of(axis, count_axes("np.prod", a)), reverse=True)
    for one in over:
        a = np.prod(a, axis=one, **kept)
    return a if over else np.multiply(a, 1)


composed_where(np.prod, lambda call: isinstance(_argument(call, "axis", 1), tuple), _prod)


def _flattened(function: Callable[..., Any], positions: int) -> Callable[..., Any]:
    """Return the definition of a function that works on all elements as on one axis."""

    def definition(a: Any, *args: Any, **options: Any) -> Any:
        array(f"np.{function.__name__}", a)
        rest = {key: value for key, value in options.items() if key != "axis"}
        return function(np.ravel(a), *args[:positions], axis=0, **rest)

    return definition


composed_where(np.sort, lambda call: _argument(call, "axis", 1) is None, _flattened(np.sort, 0))
composed_where(np.partition, lambda call: _argument(call, "axis", 2) is None, _flattened(np.partition, 1))
for _running in (np.cumprod, np.nancumprod):
    composed_where(
        _running,
        lambda call: _argument(call, "axis", 1) in (None, ABSENT) and _axes(call) != 1,
        _flattened(_running, 0),
    )


def _concatenate(arrays: Any, axis: Any = None, **options: Any) -> Any:
    refuse("np.concatenate", **options)
    return np.concatenate([np.ravel(as_array(one)) for one in items("np.concatenate", arrays)])


composed_where(np.concatenate, lambda call: _argument(call, "axis", 1) is None, _concatenate)

# -- several quantiles -------------------------------------------------------------------------------------------------


def _several(function: Callable[..., Any]) -> Callable[..., Any]:
    def definition(a: Any, q: Any, *args: Any, **options: Any) -> Any:
        return np.stack([function(a, one, *args, **options) for one in q])

    return definition


def _has_several(call: Call) -> bool:
    return isinstance(_argument(call, "q", 1), tuple | list)


for _quantile in (np.quantile, np.percentile, np.nanquantile, np.nanpercentile):
    composed_where(_quantile, _has_several, _several(_quantile))

# -- the order of FORTRAN ----------------------------------------------------------------------------------------------


def _reshape(a: Any, *shape: Any, order: Any = "F", **options: Any) -> Any:
    refuse("np.reshape", **options)
    array("np.reshape", a)
    asked = shape[0] if len(shape) == 1 or (len(shape) == 2 and isinstance(shape[1], str)) else shape
    lengths = asked if isinstance(asked, tuple | list) else (asked,)
    if not all(isinstance(length, int) or is_integer(length) for length in lengths):
        raise Unsupported("np.reshape with order= and a shape that is not known has no derivative rule: give the types")
    return np.transpose(np.reshape(np.transpose(a), tuple(lengths[::-1])))


def _is_fortran(call: Call) -> bool:
    given = dict(zip(call.keywords, call.operands[len(call.positional) :], strict=True))
    asked = [given["order"]] if "order" in given else call.positional[1:]
    return any(one.type == Literal("F") for one in asked)


composed_where(np.reshape, _is_fortran, _reshape)
composed_where(np.ravel, _is_fortran, lambda a, order="F": np.ravel(np.transpose(a)))

# -- bounds, and values beyond the ends --------------------------------------------------------------------------------


def _clip(a: Any, *args: Any, **named: Any) -> Any:
    low, high, *rest = (*args, None, None)[:2]
    low, high = (named.pop(name, old) for name, old in (("a_min", low), ("a_max", high)))
    low, high = (named.pop(name, old) for name, old in (("min", low), ("max", high)))
    refuse("np.clip", **named)
    return np.clip(a, low, high, *rest)


def _varies(call: Call) -> bool:
    return any(static(value.type) is DYNAMIC for value in call.operands[len(call.positional) :])


composed_where(np.clip, _varies, _clip)


def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    refuse("np.interp", period=period)
    y = np.interp(x, xp, fp)
    y = y if left is None else np.where(x < xp[0], left, y)
    return y if right is None else np.where(x > xp[-1], right, y)


composed_where(np.interp, lambda call: len(call.operands) > 3, _interp)

# -- diagonals beside the main one -------------------------------------------------------------------------------------


def _is_other_diagonal(call: Call) -> bool:
    seen = operand(call.operands[0].type)
    if isinstance(widen(call.operands[0].type), List | Tuple) or seen is None or seen.shape is None:
        return False
    rows, columns = (*seen.shape, None, None)[:2]
    return len(seen.shape) == 2 and (rows != columns or _argument(call, "k", 1) not in (0, ABSENT))


def _diagonal(v: Any, k: Any = 0) -> Any:
    if rank(v) != 2:
        raise Unsupported("np.diag of what is not known to be a matrix has no derivative rule: give the types")
    return np.diagonal(v, k)


composed_where(np.diag, _is_other_diagonal, _diagonal)
