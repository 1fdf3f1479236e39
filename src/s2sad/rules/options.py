"""Calls with options that change what a function computes: such a call is composed of plainer ones."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from s2sad.ir.primitives import astype
from s2sad.ir.program import Call
from s2sad.rules.arguments import ABSENT, array, flag, rank, refuse
from s2sad.rules.composing import SPECIAL, composed_with
from s2sad.rules.rearranging import as_array, axes_of, one_axis, shape
from s2sad.rules.registry import Rule, Unsupported
from s2sad.rules.staging import Symbol, record
from s2sad.rules.statistics import weights_like

# -- reductions that start from a value, or leave elements out ---------------------------------------------------------


def _reduction(reduce: Any, combine: Any, neutral: float) -> None:
    """Declare `initial=` and `where=` of a reduction: what is left out is its neutral element."""
    name = f"np.{reduce.__name__}"

    def definition(a: Any, axis: Any = None, *, initial: Any = ABSENT, where: Any = True, **options: Any) -> Any:
        array(name, a)
        kept = {} if axis is None else {"axis": axis}
        if "keepdims" in options:
            kept["keepdims"] = options.pop("keepdims")
        refuse(name, **options)
        result = reduce(a if where is True else np.where(where, a, neutral), **kept)
        return result if initial is ABSENT else combine(result, initial)

    composed_with(reduce, ("initial",) if reduce is np.sum else ("initial", "where"), definition)


_reduction(np.sum, np.add, 0.0)
_reduction(np.prod, np.multiply, 1.0)
for _max in {np.max, np.amax}:
    _reduction(_max, np.maximum, -np.inf)
for _min in {np.min, np.amin}:
    _reduction(_min, np.minimum, np.inf)

# -- averages and the sums of their weights ----------------------------------------------------------------------------


def _average(a: Any, axis: Any = None, weights: Any = None, *, returned: Any = False, keepdims: Any = ABSENT) -> Any:
    kept: dict[str, Any] = {"keepdims": True} if flag("np.average", "keepdims", keepdims) else {}
    average = np.average(a, axis, weights, **kept)
    if not flag("np.average", "returned", returned):
        return average
    spread = np.ones_like(a) if weights is None else np.broadcast_to(weights_like(a, axis, weights), np.shape(a))
    return average, np.sum(spread, axis=axis, **kept)


composed_with(np.average, ("returned",), _average)

# -- differences of what is longer at its ends -------------------------------------------------------------------------


def _diff(a: Any, n: Any = 1, axis: Any = -1, prepend: Any = ABSENT, append: Any = ABSENT) -> Any:
    axes = axes_of("np.diff", a)
    along = one_axis("np.diff", axis, axes)
    lengths = shape(a)

    def end(values: Any) -> list[Any]:
        if values is ABSENT:
            return []
        values = as_array(values)
        if rank(values) is None:
            raise Unsupported("np.diff with ends of unknown number of axes has no derivative rule: give the types")
        if rank(values) != 0:
            return [values]
        one = (*lengths[:along], 1, *lengths[along + 1 :])
        symbol = next((x for x in (a, values) if isinstance(x, Symbol)), None)
        if symbol is None:
            return [np.broadcast_to(values, one)]
        return [record(symbol.builder, np.broadcast_to, values, one)]

    return np.diff(np.concatenate([*end(prepend), a, *end(append)], axis=along), n, axis=along)


composed_with(np.diff, ("prepend", "append"), _diff)

# -- options of ufuncs -------------------------------------------------------------------------------------------------

_HOW = frozenset({"dtype", "casting", "order", "subok"})
"""Options of every ufunc that say in which dtype it computes, and how its result is stored."""


def _of_ufunc(rule: Rule | None, call: Call) -> Rule | None:
    function = call.function
    if rule is None or not call.keywords or not isinstance(function, np.ufunc) or not _HOW.issuperset(call.keywords):
        return None
    return Rule(function, "composed", functools.partial(_computed_in, function))


def _computed_in(function: np.ufunc, *args: Any, dtype: Any = None, **_how: Any) -> Any:
    if isinstance(dtype, Symbol):
        raise Unsupported(f"np.{function.__name__} with a dtype= that is not a constant has no derivative rule")
    if dtype is None:
        return function(*args)
    return function(*(record(arg.builder, astype, arg, dtype) if isinstance(arg, Symbol) else arg for arg in args))


SPECIAL.append(_of_ufunc)
