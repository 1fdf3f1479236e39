"""Calls of what `s2sad.implicit` and `s2sad.fixed_point` make: the solver as it is, and derivatives of its equation.

The equation becomes a procedure of the solution and of all else that it reads, so that what it reads from around it has
a derivative as its arguments have. The sweeps through it, and the linear systems that they meet in, are ordinary text,
which is lowered here; the transforms call them (`transform/implicit.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from s2sad import equations
from s2sad.errors import DifferentiationError
from s2sad.frontend.collections import is_function, made
from s2sad.frontend.context import Binding, Closure, Context
from s2sad.frontend.derived import arguments_of, sweep
from s2sad.frontend.fitting import is_array_or_number, is_number, rank
from s2sad.frontend.handlers import Arguments, Keywords, handles
from s2sad.frontend.prelude import prelude_source
from s2sad.frontend.scope import (
    Applied,
    Decorated,
    Derived,
    Known,
    Partial,
    Recomputed,
    Solver,
    UserFunction,
    library_of,
)
from s2sad.ir.primitives_implicit import Equation, check_regular, solution
from s2sad.ir.primitives_stop import stop_gradient
from s2sad.ir.procedures import Procedure
from s2sad.ir.program import Call, Value
from s2sad.ir.types import is_differentiable
from s2sad.rules.homes import home_of
from s2sad.rules.user import has_own_rule

_PULLBACK = """
def {name}_pullback(_jacobian, _pull, _check, {functions}, {read}, d_{x}):
    slope = _jacobian({read})
    _check(slope, {x})
    return _pull({read}, {solved})
"""
_PUSHFORWARD = """
def {name}_pushforward(_jacobian, _push, _check, {functions}, {read}, {dots}):
    slope = _jacobian({read})
    _check(slope, {x})
    residual_dot = _push({read}, {dots})
    return {solved}
"""
_FUNCTIONS = {"_solve": np.linalg.solve} | {f"_{f.__name__}": f for f in (np.reshape, np.shape, np.size)}
_STEP = "def residual(_step, {read}): return _step({read}) - {x}"


def _makes_solver(function: Callable[..., Any], is_fixed_point: bool) -> None:
    def handler(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
        if len(args) != 1 or kwargs or not is_function(args[0]):
            message = f"`{function.__name__}` with these arguments is not supported"
            ctx.refuse("S2S134", message, "pass one function", node)
        return Partial(Known(equations.solver), (Known(function.__name__), args[0], Known(is_fixed_point)), {})

    handles(function)(handler)


_makes_solver(equations.implicit, False)
_makes_solver(equations.fixed_point, True)


@handles(equations.solver)
def _solver(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    if len(args) != 4 or kwargs or not is_function(args[3]):
        ctx.refuse("S2S134", "what is decorated here is no function that can be read", "decorate a `def`", node)
    return Solver(args[3], args[1], bool(getattr(args[2], "value", False)))


def call_solver(
    ctx: Context, solver: Solver, args: list[Any], kwargs: Mapping[str, Any], node: Any, hint: str | None
) -> Binding:
    """Lower a call of a function whose result solves an equation."""
    bound = arguments_of(ctx, solver, args, kwargs, node)
    x = _solved(ctx, solver, args, kwargs, node, hint)
    if not is_array_or_number(x.type):
        message = f"a solver that returns a value of type {x.type} has no implicit derivative"
        ctx.refuse("S2S305", message, "return one float or one array of floats", node)
    x = made(ctx, stop_gradient, x)
    residual, operands = _residual(ctx, solver, x, bound, node)
    captured = {value for value, _ in ctx.captures.values()}
    own = [is_differentiable(operand.type) and operand not in captured for operand in operands[1:]]
    varied = tuple(k for k, is_own in enumerate(own) if is_own)
    if not varied:
        return x
    equation = ctx.builder.constant(_equation(ctx, residual, operands, varied, node))
    ctx.hint = hint
    return ctx.call(solution, x, equation, *operands[1:])


def _solved(
    ctx: Context, solver: Solver, args: list[Any], kwargs: Mapping[str, Any], node: Any, hint: str | None
) -> Value:
    """Append what the solver does; where that is not supported, a call of the solver by its name."""
    from s2sad.frontend.calls import call_binding

    memory, count, problems = ctx.memory, len(ctx.builder.operations), dict(ctx.problems)
    snapshot, written, captures = memory.snapshot(), dict(memory.written), dict(ctx.captures)
    objects, records = dict(ctx.objects), dict(ctx.records)
    try:
        x = ctx.as_value(call_binding(ctx, solver.function, args, kwargs, node, hint), node)
        if len(ctx.problems) == len(problems):
            return x
        raise DifferentiationError(list(ctx.problems)[len(problems) :])
    except DifferentiationError:
        if solver.value is None or home_of(solver.value) is None:
            raise
    del ctx.builder.operations[count:]
    memory.restore(snapshot)
    memory.written, ctx.captures, ctx.problems = written, captures, problems
    ctx.objects, ctx.records = objects, records
    # so that no sweep asks for a rule of the solver
    values = [made(ctx, stop_gradient, ctx.as_value(arg, node)) for arg in args]
    named = {key: made(ctx, stop_gradient, ctx.as_value(value, node)) for key, value in kwargs.items()}
    ctx.hint = hint
    return ctx.call(solver.value, *values, keywords=named)


def _residual(
    ctx: Context, solver: Solver, x: Value, bound: Mapping[str, Binding], node: Any
) -> tuple[Procedure, tuple[Value, ...]]:
    """Return the residual as a procedure, and its operands: the solution first."""
    first, *others = parameters_of(ctx, solver.equation, node)
    read = {name: bound[name] for name in others if name in bound}
    residual = solver.equation
    if solver.is_fixed_point:
        names = ", ".join([first, *read])
        source = prelude_source(_STEP.format(read=names, x=first), ctx.frame.source.file, node)
        residual = Partial(UserFunction("residual", lambda: source), (residual,), {})
    zero = sweep(ctx, residual, [x], read, node, None)
    call = ctx.builder.operations.pop()
    assert isinstance(call, Call) and isinstance(call.function, Procedure)
    ranks = rank(zero.type), rank(x.type)
    if not is_array_or_number(zero.type) or (None not in ranks and ranks[0] != ranks[1]):
        message = f"the equation of {call.function.name!r} gives a value of type {zero.type} for {x.type}"
        ctx.refuse("S2S306", message, "return what has the shape of the solution", node)
    return call.function, call.operands


def parameters_of(ctx: Context, callee: Binding, node: Any) -> list[str]:
    """Return the names of the parameters of a function that can be read."""
    from s2sad.frontend.calls import undecorated

    match callee:
        case UserFunction(source) | Closure(source):
            names = source.names
        case Decorated():
            names = parameters_of(ctx, undecorated(ctx, callee, node), node)
        case Partial(function, before, named):
            names = [name for name in parameters_of(ctx, function, node)[len(before) :] if name not in named]
        case Derived(function) | Recomputed(function) | Solver(function):
            names = parameters_of(ctx, function, node)
        case _:
            names = []
    if not names:
        advice = "pass a function whose text can be read, and whose first parameter is the solution"
        ctx.refuse("S2S134", "this is no equation whose derivative is supported", advice, node)
    return names


def _equation(
    ctx: Context, residual: Procedure, operands: tuple[Value, ...], varied: tuple[int, ...], node: Any
) -> Equation:
    """Return what the transforms need to know, as procedures."""
    names = [parameter.name for parameter in residual.function.parameters]
    x, others = names[0], [names[k + 1] for k in varied]
    dots = [f"{name}_dot" for name in others]
    g = Applied(residual)
    jacobian = Derived(g, x, "jacrev")

    def solved(transposed: str, right: str) -> str:
        if is_number(operands[0].type):
            return f"-{right} / slope"
        if rank(operands[0].type) == 1:
            return f"_solve(slope{transposed}, -{right})"
        matrix = f"_reshape(slope, (_size({x}), _size({x})))"
        return f"_reshape(_solve({matrix}{transposed}, -_reshape({right}, (_size({x}),))), _shape({x}))"

    parts = {"name": residual.name, "read": ", ".join(names), "x": x, "dots": ", ".join(dots)}
    parts["functions"] = ", ".join(_FUNCTIONS)
    wrt = others[0] if len(others) == 1 else tuple(others)
    pull, push = Derived(g, wrt, "vjp"), Derived(g, tuple(others), "tangent")
    pullback = _PULLBACK.format(solved=solved(".T", f"d_{x}"), **parts)
    pushforward = _PUSHFORWARD.format(solved=solved("", "residual_dot"), **parts)
    seeds = tuple(operands[k + 1] for k in varied)
    return Equation(
        _lowered(ctx, pullback, (jacobian, pull), (*operands, operands[0]), node),
        _lowered(ctx, pushforward, (jacobian, push), (*operands, *seeds), node),
        varied,
    )


def _lowered(
    ctx: Context, text: str, sweeps: tuple[Derived, Derived], operands: tuple[Value, ...], node: Any
) -> Procedure:
    """Return a text as a procedure that can be called with such operands."""
    source = prelude_source(text, ctx.frame.source.file, node)
    given = [*sweeps, Known(check_regular), *map(Known, _FUNCTIONS.values()), *operands]
    sweep(ctx, UserFunction(source.name, lambda: source), given, {}, node, None)
    # not to be called here, but by the derivative
    call = ctx.builder.operations.pop()
    assert isinstance(call, Call) and isinstance(call.function, Procedure) and len(call.operands) == len(operands)
    return call.function


_ADVICE = {
    "scipy.optimize": "call it in a function under `s2sad.implicit`, which is given the equation that it solves",
    "scipy.integrate": "take the steps of the method in a loop of your own, under `s2sad.checkpoint` if they are many",
}


def refuse_solver(ctx: Context, function: Any, node: Any) -> None:
    """Refuse a solver of SciPy's by its name: how its result depends on what it is given, it does not say."""
    package = ".".join((getattr(function, "__module__", None) or "").split(".")[:2])
    if package in _ADVICE and callable(function) and not has_own_rule(function) and library_of(function) == "scipy":
        name = getattr(function, "__name__", package)
        ctx.refuse("S2S200", f"there is no derivative rule for {package}.{name}", _ADVICE[package], node)
