"""Lowering calls of NumPy's functions that apply a function of the user's: to elements, rows, parts and indices.

Each is given as a text, as what is in the prelude, that calls the function. NumPy makes an array of the dtype of the
first result and rounds the others to that, so what is collected must be known to be floats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from s2sad.analysis.operands import operand
from s2sad.errors import DifferentiationError
from s2sad.frontend.collections import is_function, known_length, sequence_items
from s2sad.frontend.context import Binding, Context
from s2sad.frontend.floats import is_float
from s2sad.frontend.handlers import Arguments, Keywords, handles
from s2sad.frontend.known_calls import call_prelude
from s2sad.frontend.scope import Noted, Vectorized
from s2sad.ir.dims import Dim, fresh
from s2sad.ir.program import Value
from s2sad.ir.types import Array, Literal, Scalar, widen

_TYPES = "give the types, or write a loop"


def _refuse(ctx: Context, message: str, node: Any, advice: str = _TYPES) -> NoReturn:
    ctx.refuse("S2S134", message, advice, node)


def _rank_of(ctx: Context, name: str, value: Value, node: Any) -> int:
    """Return the number of axes of an array, which has to be known."""
    x = operand(ctx.current(value).type)
    if x is None or x.rank is None:
        _refuse(ctx, f"`{name}` of an array of unknown number of axes is not supported", node)
    return x.rank


@dataclass(slots=True)
class _Results:
    """What is known of the results of a function: all of them are floats of one dtype, with as many axes."""

    ctx: Context
    name: str
    node: Any
    dtype: np.dtype[Any] | None = None
    rank: int | None = None
    elements: set[Value] = field(default_factory=set)
    refusal: DifferentiationError | None = None

    def note(self, result: Value) -> None:
        """Take in one more result; refuse what is not known to be floats, or not like the others."""
        try:
            self._note(result)
        except DifferentiationError as error:
            self.refusal = error
            raise

    def _note(self, result: Value) -> None:
        match widen(result.type):
            case Scalar("float"):
                dtype, rank = np.dtype(float), 0
            case Array(np.dtype(kind="f") as dtype, tuple() as shape):
                rank = len(shape)
            case other:
                message = f"`{self.name}` of a function whose results are not known to be floats, but {other}"
                _refuse(self.ctx, f"{message}, is not supported", self.node, "return floats, and give the types")
        if self.rank is not None and (dtype, rank) != (self.dtype, self.rank):
            _refuse(self.ctx, f"`{self.name}` of a function whose results differ is not supported", self.node)
        if not is_float(result, self.ctx.builder.definitions, self.elements):
            message = f"`{self.name}` of a function whose results may be integers is not supported"
            _refuse(self.ctx, message, self.node, "return floats in every case: 0.0, not 0")
        self.dtype, self.rank = dtype, rank

    def settled_rank(self) -> int:
        """Return how many axes the results have; refuse again what has been refused, or results that are not known."""
        if self.refusal is not None:
            raise self.refusal
        if self.rank is None:
            _refuse(self.ctx, f"`{self.name}` of nothing is not supported", self.node)
        return self.rank

    def element(self, value: Value) -> None:
        """Note an element that the function is applied to."""
        self.elements.add(value)

    def joined(self, results: Binding, count: Dim) -> Value:
        """Return the array of a list of results."""
        assert self.rank is not None
        type_ = Array(self.dtype, (count, *(fresh() for _ in range(self.rank))))
        value = self.ctx.builder.call(np.array, self.ctx.as_value(results, self.node), type_=type_)
        self.ctx.memory.place(value)
        return value


def _letters(count: int) -> list[str]:
    return list("abcdefgh"[:count]) if count <= 8 else _names("a", count)


def _names(letter: str, count: int) -> list[str]:
    return [f"{letter}{k}" for k in range(count)]


# -- elements ----------------------------------------------------------------------------------------------------------


@handles(np.vectorize)
def _vectorize(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    if len(args) != 1 or kwargs or not is_function(args[0]):
        _refuse(ctx, "`np.vectorize` with more than a function is not supported", node, "pass one function")
    return Vectorized(args[0])


def call_vectorized(
    ctx: Context, function: Binding, args: Sequence[Binding], kwargs: Keywords, node: Any, hint: str | None
) -> Binding:
    """Lower a call of a function that `np.vectorize` has made: a loop over the elements of its arguments."""
    if not args or kwargs:
        _refuse(ctx, "a vectorized function is called by position only", node, "check the call")
    values = [ctx.as_value(arg, node) for arg in args]
    arrays = [value for value in values if _rank_of(ctx, "np.vectorize", value, node)]
    results = _Results(ctx, "np.vectorize", node)
    names = _letters(len(values))
    if not arrays:
        text = f"def vectorized(function, noted, {', '.join(names)}): return noted(function({', '.join(names)}))"
        result = ctx.as_value(call_prelude(ctx, text, [function, Noted(results.note), *values], {}, node), node)
        if results.settled_rank() != 0:
            _refuse(ctx, "`np.vectorize` of a function that returns arrays is not supported", node)
        return call_prelude(ctx, "def array(result): return np.array(result)", [result], {}, node, hint)
    if len({getattr(one.type, "shape", None) for one in arrays}) > 1:
        spread = ", ".join(_letters(len(arrays)))
        text = f"def spread({spread}): return np.broadcast_arrays({spread})"
        parts = iter(sequence_items(ctx, call_prelude(ctx, text, list(arrays), {}, node)))
        values = [ctx.as_value(next(parts), node) if value in arrays else value for value in values]
        arrays = [value for value in values if _rank_of(ctx, "np.vectorize", value, node)]
    rows = [f"np.ravel({name})" for name, value in zip(names, values, strict=True) if value in arrays]
    items = [f"{name}_item" for name, value in zip(names, values, strict=True) if value in arrays]
    given = [f"element({name}_item)" if value in arrays else name for name, value in zip(names, values, strict=True)]
    source = rows[0] if len(rows) == 1 else f"zip({', '.join(rows)})"
    text = f"""
def vectorized(function, noted, element, {", ".join(names)}):
    return [noted(function({", ".join(given)})) for {", ".join(items)} in {source}]
"""
    given_functions = [function, Noted(results.note), Noted(results.element)]
    found = call_prelude(ctx, text, [*given_functions, *values], {}, node)
    if results.settled_rank() != 0:
        _refuse(ctx, "`np.vectorize` of a function that returns arrays is not supported", node)
    text = "def shaped(results, array): return np.reshape(results, array.shape)"
    return call_prelude(ctx, text, [results.joined(found, fresh()), arrays[0]], {}, node, hint)


# -- rows --------------------------------------------------------------------------------------------------------------


@handles(np.apply_along_axis)
def _apply_along_axis(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    hint = ctx.hint
    if len(args) < 3 or not is_function(args[0]):
        _refuse(ctx, "`np.apply_along_axis` with these arguments is not supported", node, "pass them by position")
    function, axis, array, *rest = args
    arr, goal = ctx.as_value(array, node), ctx.as_value(axis, node).type
    rank = _rank_of(ctx, "np.apply_along_axis", arr, node)
    if not isinstance(goal, Literal) or not isinstance(goal.value, int) or not -rank <= goal.value < rank:
        _refuse(ctx, "`np.apply_along_axis` along an axis that is no constant is not supported", node)
    over = goal.value % rank
    last = rank - 1
    moved = "arr" if over == last else f"np.moveaxis(arr, {over}, -1)"
    rows = {1: f"{moved}[None]", 2: moved}.get(rank, f"np.reshape({moved}, (-1, arr.shape[{over}]))")
    others, named = _names("other", len(rest)), list(kwargs)
    inside = ", ".join(["row", *others, *(f"{name}={name}" for name in named)])
    text = f"""
def apply_along_axis(function, noted, arr, {", ".join([*others, *named])}):
    return [noted(function({inside})) for row in {rows}]
"""
    results = _Results(ctx, "np.apply_along_axis", node)
    found = call_prelude(ctx, text, [function, Noted(results.note), arr, *rest], kwargs, node)
    inner = results.settled_rank()
    if inner > 1:
        _refuse(ctx, "`np.apply_along_axis` of a function that returns matrices is not supported", node)
    lead = [f"arr.shape[{k}]" for k in range(rank) if k != over]
    whole = "results"
    if rank != 2:
        whole = f"np.reshape(results, ({', '.join(lead + ['-1'] * inner)},))" if rank > 1 else "results[0]"
    if inner and over != last:
        whole = f"np.moveaxis({whole}, -1, {over})"
    if rank == 1 and not inner:
        whole = f"np.array({whole})"
    text = f"def applied(results, arr): return {whole}"
    return call_prelude(ctx, text, [results.joined(found, fresh()), arr], {}, node, hint)


# -- parts -------------------------------------------------------------------------------------------------------------


@handles(np.piecewise)
def _piecewise(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    hint = ctx.hint
    if len(args) < 3:
        _refuse(ctx, "`np.piecewise` with these arguments is not supported", node, "pass them by position")
    x = ctx.as_value(args[0], node)
    if known_length(args[1]) is None or known_length(args[2]) is None:
        _refuse(ctx, "`np.piecewise` is not supported with conditions or functions that are no lists", node)
    conditions, functions = sequence_items(ctx, args[1]), sequence_items(ctx, args[2])
    if len(functions) not in (len(conditions), len(conditions) + 1) or not conditions:
        _refuse(ctx, "`np.piecewise` needs a function for each condition, and at most one more", node, "check the call")
    rank = _rank_of(ctx, "np.piecewise", x, node)
    type_ = operand(x.type)
    if type_ is None or type_.strong is None or type_.strong.kind != "f":
        _refuse(ctx, "`np.piecewise` of what is not known to be floats is not supported", node)
    for one in conditions:
        if _rank_of(ctx, "np.piecewise", ctx.as_value(one, node), node) != rank:
            _refuse(ctx, "`np.piecewise` with conditions of another number of axes is not supported", node)
    wheres, pieces = _names("where", len(conditions)), _names("piece", len(functions))
    others = _names("other", len(args) - 3)
    lines = ["whole = np.atleast_1d(x)" if rank == 0 else "whole = x", "result = np.zeros_like(whole)"]
    kinds = {name: operand(ctx.as_value(one, node).type) for name, one in zip(wheres, conditions, strict=True)}
    lines += [
        f"{name} = np.asarray({name}, dtype=bool)"
        for name, kind in kinds.items()
        if kind is None or kind.strong != np.dtype(bool)
    ]
    if rank == 0:
        lines += [f"{name} = np.atleast_1d({name})" for name in wheres]
    if len(functions) > len(conditions):
        lines.append(f"otherwise = ~({' | '.join(wheres)})")
    inside = "".join(f", {one}" for one in (*others, *(f"{key}={key}" for key in kwargs)))
    for where, piece, function in zip([*wheres, "otherwise"], pieces, functions, strict=False):
        value = f"{piece}(whole[{where}]{inside})" if is_function(function) else piece
        lines.append(f"result[{where}] = {value}")
    lines.append("return np.reshape(result, ())" if rank == 0 else "return result")
    body = "\n    ".join(lines)
    text = f"def piecewise({', '.join(['x', *wheres, *pieces, *others, *kwargs])}):\n    {body}\n"
    return call_prelude(ctx, text, [x, *conditions, *functions, *args[3:]], kwargs, node, hint)


# -- indices -----------------------------------------------------------------------------------------------------------


@handles(np.fromfunction)
def _fromfunction(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    hint = ctx.hint
    if len(args) != 2 or "like" in kwargs or not is_function(args[0]):
        _refuse(ctx, "`np.fromfunction` with these arguments is not supported", node, "pass a function and a shape")
    shape = args[1]
    count = known_length(shape)
    if count is None:
        _refuse(ctx, "`np.fromfunction` with a shape of unknown length is not supported", node)
    named = {key: value for key, value in kwargs.items() if key != "dtype"}
    kinds = {"dtype": kwargs["dtype"]} if "dtype" in kwargs else {}
    dtype = "dtype" if kinds else "float"
    inside = [f"grid[{k}]" for k in range(count)] + [f"{key}={key}" for key in named]
    text = f"""
def fromfunction(function, shape, {", ".join([*kinds, *named])}):
    grid = np.indices(shape, dtype={dtype})
    return function({", ".join(inside)})
"""
    return call_prelude(ctx, text, [args[0], shape], kwargs, node, hint)
