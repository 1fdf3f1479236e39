"""Lowering `odeint` and `solve_ivp` of `scipy.integrate`: the slope becomes a procedure, which the solver is handed.

What the slope reads from around it comes in by further arguments, as into any procedure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from s2sad.analysis.operands import Operand, operand
from s2sad.frontend.collections import is_function, known_length, made, sequence_items
from s2sad.frontend.context import Binding, Closure, Context
from s2sad.frontend.expressions import index
from s2sad.frontend.handlers import Arguments, Keywords, handles_late
from s2sad.frontend.known_calls import call_prelude
from s2sad.frontend.prelude import prelude_source
from s2sad.frontend.recursion import call_procedure, call_with_retry
from s2sad.frontend.scope import UserFunction
from s2sad.ir import primitives
from s2sad.ir.dims import fresh
from s2sad.ir.primitives_integrals import SOLUTION, solution
from s2sad.ir.procedures import Integrand, Procedure, reached
from s2sad.ir.program import Call, Value
from s2sad.ir.types import BOOL, INT, STR, UNKNOWN, Array, Dict, Literal, Type

_METHODS = ("RK23", "RK45", "DOP853", "Radau", "BDF", "LSODA")

_ODEINT = dict.fromkeys(("rtol", "atol", "hmax", "hmin", "mxstep", "mxhnil", "mxordn", "mxords"), (int, float))
"""Options of `odeint` that hold for the derivatives too, and of which types they are."""

_SOLVE_IVP: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("rtol", "atol", "max_step", "min_step"), (int, float)),
    "method": (str,),
}
"""Those of `solve_ivp`."""

_OFF = {"dense_output": False, "events": None, "vectorized": False, "first_step": None, "jac": None}
"""What `solve_ivp` can do besides and is not supported, with the values by which it is not asked for."""

_ABSENT = ("sol", "t_events", "y_events")
"""What is None in a solution for which no more is asked for."""


def _odeint(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    from scipy.integrate import odeint

    hint = ctx.hint
    call = _Solving(ctx, "odeint", node)
    given = call.named(("func", "y0", "t", "args"), args, kwargs, required=3)
    function, rest = given.pop("func"), given.pop("args", None)
    start, times = (call.vector(given.pop(name), name, ranks) for name, ranks in (("y0", (0, 1)), ("t", (1,))))
    is_time_first = call.constant(given.pop("tfirst", None), "tfirst")
    slope, more = call.slope(function, start, rest, bool(is_time_first), (odeint, call.options(given, _ODEINT)))
    lengths = [value.type.shape[0] for value in (times, start)]  # type: ignore[union-attr, index]
    return call.append(slope, (start, times, *more), Array(np.dtype(float), tuple(lengths)), hint, "path")


def _solve_ivp(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    hint = ctx.hint
    call = _Solving(ctx, "solve_ivp", node)
    given = call.named(("fun", "t_span", "y0", "method", "t_eval"), args, kwargs, required=3)
    function, rest, at = given.pop("fun"), given.pop("args", None), given.pop("t_eval", None)
    for name in [name for name in given if name in _OFF]:
        call.refuse_unless_off(name, given.pop(name))
    options = call.options({k: v for k, v in given.items() if k not in ("t_span", "y0")}, _SOLVE_IVP)
    start = call.vector(given["y0"], "y0", (1,))
    span = call.sequence(given["t_span"], "t_span", (1,))[0]
    asked = ctx.builder.constant(None) if at is None else ctx.as_value(at, node)
    if asked.type != Literal(None):
        asked = call.vector(asked, "t_eval", (1,))
    slope, more = call.slope(function, start, rest, True, (solution, options))
    # the solver may stop before the last of the times
    length = fresh()
    values = Array(np.dtype(float), (start.type.shape[0], length))  # type: ignore[union-attr, index]
    types: dict[str, Type] = dict.fromkeys(_ABSENT, Literal(None))
    types |= {"t": Array(np.dtype(float), (length,)), "y": values, "message": STR, "success": BOOL}
    result = Dict(UNKNOWN, tuple((key, types.get(key, INT)) for key in SOLUTION))
    times = made(ctx, primitives.make_tuple, span, asked)
    return call.append(slope, (start, times, *more), result, hint, "solution")


handles_late("scipy.integrate", "odeint")(_odeint)
handles_late("scipy.integrate", "solve_ivp")(_solve_ivp)


def member_of_solution(ctx: Context, owner: Value, name: str, node: Any) -> Value | None:
    """Return an attribute of what `solve_ivp` returns, which is a dict; None for any other value."""
    type_ = owner.type
    if not isinstance(type_, Dict) or tuple(key for key, _ in type_.entries or ()) != SOLUTION:
        return None
    if name not in SOLUTION or name in _ABSENT:
        message = f"the attribute {name!r} of what `solve_ivp` returns is not supported"
        there = ", ".join(key for key in SOLUTION if key not in _ABSENT)
        ctx.refuse("S2S123", message, f"there are {there}", node)
    return index(ctx, ctx.current(owner), ctx.builder.constant(name))


@dataclass(frozen=True, slots=True)
class _Solving:
    """The call of a solver, while it is lowered."""

    ctx: Context
    solver: str
    node: Any

    def refuse(self, message: str, advice: str = "check the call") -> NoReturn:
        """Refuse the call."""
        self.ctx.refuse("S2S134", f"`{self.solver}` {message}", advice, self.node)

    def named(self, names: tuple[str, ...], args: Arguments, kwargs: Keywords, required: int) -> dict[str, Binding]:
        """Return the arguments by name; the first of the names are required."""
        given: dict[str, Binding] = {**dict(zip(names, args, strict=False)), **kwargs}
        if len(args) > len(names) or not set(names[:required]) <= set(given):
            self.refuse("with options by position is not supported", "name them")
        return given

    def constant(self, binding: Binding | None, name: str) -> Any:
        """Return the value of an option, which has to be known."""
        if binding is None:
            return None
        type_ = self.ctx.as_value(binding, self.node).type
        if not isinstance(type_, Literal):
            self.refuse(f"with {name}= that is no constant has no derivative rule")
        return type_.value

    def options(
        self, given: Mapping[str, Binding], known: Mapping[str, tuple[type, ...]]
    ) -> tuple[tuple[str, Any], ...]:
        """Return the options that the solver has and the derivatives take over."""
        options = tuple((name, self.constant(value, name)) for name, value in given.items())
        for name, value in options:
            is_known = name in known and isinstance(value, known[name])
            if not is_known or (name == "method" and value not in _METHODS):
                self.refuse(f"with {name}= has no derivative rule", f"options are {', '.join(sorted(known))}")
        return options

    def refuse_unless_off(self, name: str, binding: Binding) -> None:
        """Refuse an option that does more than its default."""
        value = None if is_function(binding) else self.ctx.as_value(binding, self.node)
        if value is None or value.type != Literal(_OFF[name]):
            advice = f"options are {', '.join(sorted(_SOLVE_IVP))}"
            self.refuse(f"with {name}= has no derivative rule", advice)

    def sequence(self, binding: Binding, name: str, ranks: tuple[int, ...]) -> tuple[Value, Operand]:
        """Return what has to be known to be a vector of real numbers, or a number where that is one of the ranks."""
        value = self.ctx.as_value(binding, self.node)
        known = operand(value.type)
        if known is None or known.rank not in ranks:
            self.refuse(f"with {name} that is not known to be a vector is not supported", "give the types")
        if known.strong is not None and known.strong.kind == "c":
            self.refuse(f"with {name} of complex numbers has no derivative rule", "solve for both parts")
        return value, known

    def vector(self, binding: Binding, name: str, ranks: tuple[int, ...]) -> Value:
        """Return the initial values, or the times, as a vector of doubles."""
        value, known = self.sequence(binding, name, ranks)
        if isinstance(value.type, Array) and known.rank == 1 and known.strong == np.float64:
            return value
        text = "np.array({0}, dtype=float)" if known.rank == 1 else "np.array([{0}], dtype=float)"
        vector = call_prelude(self.ctx, f"def vector(x): return {text.format('x')}", [value], {}, self.node)
        return self.ctx.as_value(vector, self.node)

    def slope(
        self,
        function: Binding,
        start: Value,
        rest: Binding | None,
        is_time_first: bool,
        solver: tuple[Callable[..., Any], tuple[tuple[str, Any], ...]],
    ) -> tuple[Integrand, tuple[Value, ...]]:
        """Lower the slope, for a solver with options; return it with what it takes after state and time."""
        if not is_function(function):
            self.refuse("of what is no function that can be read is not supported")
        call = self._slope_call(function, start, self._arguments(rest), is_time_first)
        assert isinstance(call.function, Procedure)
        slope = Integrand(call.function.name, *solver)
        slope.define(call.function.function)
        return slope, call.operands[2:]

    def append(self, slope: Integrand, operands: tuple[Value, ...], type_: Type, hint: str | None, name: str) -> Value:
        """Append the call, and give its result memory of its own."""
        ctx = self.ctx
        result = Value(type_, hint or name, hint is not None and ctx.frame.depth == 0)
        ctx.builder.add(Call(slope, operands, (), (result,), ctx.builder.origin))
        ctx.memory.place(result)
        return result

    def _arguments(self, rest: Binding | None) -> list[Binding]:
        if rest is None or (isinstance(rest, Value) and rest.type == Literal(None)):
            return []
        if known_length(rest) is None:
            self.refuse("with args= of unknown length is not supported", "pass a tuple that is spelled out")
        return sequence_items(self.ctx, rest)

    def _slope_call(self, function: Binding, start: Value, more: list[Binding], is_time_first: bool) -> Call:
        """Lower the slope as a procedure; return its call, which is not part of the program."""
        ctx, node = self.ctx, self.node
        own = _own_names(function, ("t", "y") if is_time_first else ("y", "t"), len(more))
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
            self.refuse("of a slope that calls itself is not supported")
        if any(isinstance(one, Integrand) for one in reached(call.function.function.body)):
            self.refuse("inside a slope that is integrated itself is not supported by SciPy", "make it one equation")
        result = call.function.function.result.type
        if not isinstance(result, Array) or result.dtype != np.float64 or result.rank != 1:
            self.refuse(f"of a slope that returns {result}, and no vector, is not supported", "return an array")
        return call


def _own_names(function: Binding, usual: tuple[str, str], count: int) -> list[str]:
    """Return names for the arguments of a slope: those of its parameters, if it has as many."""
    source = function.source if isinstance(function, UserFunction | Closure) else None
    given = [] if source is None else [*source.node.args.posonlyargs, *source.node.args.args][len(source.bound) :]
    names = [one.id for one in given]
    return names[: 2 + count] if len(names) >= 2 + count else [*usual, *(f"arg{k}" for k in range(count))]
