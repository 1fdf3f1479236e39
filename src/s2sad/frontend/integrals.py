"""Lowering `scipy.integrate.odeint`: the slope becomes a procedure of the program, which the solver is handed.

What the slope reads from around it comes in by further arguments, as into any procedure.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from s2sad.analysis.operands import operand
from s2sad.frontend.collections import is_function, known_length, sequence_items
from s2sad.frontend.context import Binding, Closure, Context
from s2sad.frontend.handlers import Arguments, Keywords, handles_late
from s2sad.frontend.known_calls import call_prelude
from s2sad.frontend.prelude import prelude_source
from s2sad.frontend.recursion import call_procedure, call_with_retry
from s2sad.frontend.scope import UserFunction
from s2sad.ir.procedures import Integrand, Procedure, reached
from s2sad.ir.program import Call, Value
from s2sad.ir.types import Array, Literal

_NAMES = ("func", "y0", "t", "args")
_OPTIONS = frozenset({"rtol", "atol", "hmax", "hmin", "mxstep", "mxhnil", "mxordn", "mxords"})
"""Options of the solver that hold for the derivatives too."""


def _refuse(ctx: Context, message: str, node: Any, advice: str = "check the call") -> NoReturn:
    ctx.refuse("S2S134", f"`odeint` {message}", advice, node)


@handles_late("scipy.integrate", "odeint")
def _odeint(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    from scipy.integrate import odeint

    hint = ctx.hint
    given: dict[str, Binding] = {**dict(zip(_NAMES, args, strict=False)), **kwargs}
    if len(args) > len(_NAMES) or not {"func", "y0", "t"} <= set(given):
        _refuse(ctx, "with options by position is not supported", node, "name them")
    function, rest = given.pop("func"), given.pop("args", None)
    start, times = (_vector(ctx, given.pop(name), name, node) for name in ("y0", "t"))
    is_time_first = _constant(ctx, given.pop("tfirst", None), "tfirst", node)
    options = tuple((name, _constant(ctx, value, name, node)) for name, value in given.items())
    for name, value in options:
        if name not in _OPTIONS or not isinstance(value, int | float):
            _refuse(ctx, f"with {name}= has no derivative rule", node, f"options are {', '.join(sorted(_OPTIONS))}")
    if not is_function(function):
        _refuse(ctx, "of what is no function that can be read is not supported", node)
    more = _arguments(ctx, rest, node)
    call = _slope_call(ctx, function, start, more, bool(is_time_first), node)
    assert isinstance(call.function, Procedure)
    slope = Integrand(call.function.name, odeint, options)
    slope.define(call.function.function)
    lengths = [value.type.shape[0] for value in (times, start)]  # type: ignore[union-attr, index]
    made = Value(Array(np.dtype(float), tuple(lengths)), hint or "path", hint is not None and ctx.frame.depth == 0)
    ctx.builder.add(Call(slope, (start, times, *call.operands[2:]), (), (made,), ctx.builder.origin))
    ctx.memory.place(made)
    return made


def _constant(ctx: Context, binding: Binding | None, name: str, node: Any) -> Any:
    if binding is None:
        return None
    type_ = ctx.as_value(binding, node).type
    if not isinstance(type_, Literal):
        _refuse(ctx, f"with {name}= that is no constant has no derivative rule", node)
    return type_.value


def _vector(ctx: Context, binding: Binding, name: str, node: Any) -> Value:
    """Return the initial values, or the times, as a vector of doubles."""
    value = ctx.as_value(binding, node)
    known = operand(value.type)
    if known is None or known.rank != (1 if name == "t" else known.rank) or known.rank not in (0, 1):
        _refuse(ctx, f"with {name} that is not known to be a vector is not supported", node, "give the types")
    if isinstance(value.type, Array) and known.rank == 1 and known.strong == np.float64:
        return value
    made = "np.array({0}, dtype=float)" if known.rank == 1 else "np.array([{0}], dtype=float)"
    return ctx.as_value(call_prelude(ctx, f"def vector(x): return {made.format('x')}", [value], {}, node), node)


def _arguments(ctx: Context, rest: Binding | None, node: Any) -> list[Binding]:
    if rest is None:
        return []
    if known_length(rest) is None:
        _refuse(ctx, "with args= of unknown length is not supported", node, "pass a tuple that is spelled out")
    return sequence_items(ctx, rest)


def _own_names(function: Binding, count: int) -> list[str]:
    """Return names for the arguments of a slope: those of its parameters, if it has as many."""
    source = function.source if isinstance(function, UserFunction | Closure) else None
    given = [] if source is None else [*source.node.args.posonlyargs, *source.node.args.args][len(source.bound) :]
    names = [one.id for one in given]
    return names[:count] if len(names) >= count else ["y", "t", *(f"arg{k}" for k in range(count - 2))]


def _slope_call(
    ctx: Context, function: Binding, start: Value, more: list[Binding], is_time_first: bool, node: Any
) -> Call:
    """Lower the slope as a procedure; return its call, which is not part of the program."""
    own = _own_names(function, len(more) + 2)
    state, time = (own[1], own[0]) if is_time_first else own[:2]
    called = ", ".join(own)
    name = getattr(getattr(function, "source", None), "name", "slope").rpartition(".")[2]
    name = name if name.isidentifier() else "slope"
    callee = next(one for one in ("function", "slope_", "_function_") if one not in own)
    text = f"""
def {name}({", ".join([state, time, callee, *own[2:]])}):
    return np.asarray({callee}({called}), dtype=float)
"""
    source = prelude_source(text, ctx.frame.source.file, node)
    zero = ctx.builder.constant(0.0)
    env = {state: start, time: zero, callee: function, **dict(zip(own[2:], more, strict=True))}
    call_with_retry(
        ctx, source, lambda: call_procedure(ctx, node, source, None, dict(env), None, why="is integrated")
    )
    call = ctx.builder.operations.pop()
    if not isinstance(call, Call) or not isinstance(call.function, Procedure) or not call.function.is_defined:
        _refuse(ctx, "of a slope that calls itself is not supported", node)
    if any(isinstance(one, Integrand) for one in reached(call.function.function.body)):
        _refuse(ctx, "inside a slope that is integrated itself is not supported by SciPy", node, "make it one equation")
    result = call.function.function.result.type
    if not isinstance(result, Array) or result.dtype != np.float64 or result.rank != 1:
        _refuse(ctx, f"of a slope that returns {result}, and no vector, is not supported", node, "return an array")
    return call
