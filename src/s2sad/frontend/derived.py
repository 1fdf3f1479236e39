"""Calls of derivatives inside functions: `s2sad.grad(u)(x)` becomes a procedure, a derivative of the procedure of `u`.

What `u` reads from around it comes into the procedure by further parameters, so it is a constant of the inner
derivative and a variable of the outer one: derivatives inside each other are not confused. The transform itself is
handed in by those who know it (`declare`), because it reads what is lowered here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from s2sad.errors import DifferentiationError
from s2sad.frontend.context import Binding, Closure, Context, Frame
from s2sad.frontend.inlining import bind_arguments, refuse_depth
from s2sad.frontend.lifting import recursion_of
from s2sad.frontend.prelude import prelude_source
from s2sad.frontend.procedure_types import Pattern
from s2sad.frontend.scope import Applied, Decorated, Derived, Linear, Partial, Recomputed, Solver, UserFunction
from s2sad.frontend.source import FunctionSource, parameter_names
from s2sad.ir.procedures import Procedure
from s2sad.ir.program import Call, Function, Value
from s2sad.ir.types import Type

Differentiate = Callable[[Function, tuple[int, ...], bool, Derived], Function]
"""From a function, positions, and whether there is one only, to the function of its derivative."""

TypeOf = Callable[[tuple[Type, ...], bool, Type, Derived], Type]
"""From the types of arguments, whether there is one only, and that of the value, to the type of the result."""

Driver = Callable[[Context, Derived, list[Any], Mapping[str, Any], Any, str | None], Binding]

DRIVERS: dict[str, Driver] = {}
"""How a derivative is lowered that is more than a sweep, by its mode."""

_TRANSFORM: dict[str, Any] = {}
_SUFFIXES = {"reverse": "grad", "ones": "derivative"}
_HINTS = {"tangent": "tangent", "vjp": "cotangent", "jvp": "pair"}


def declare(differentiate: Differentiate, type_of: TypeOf) -> None:
    """Make known what differentiates a function, and of which type the result is."""
    _TRANSFORM.update(differentiate=differentiate, type_of=type_of)


def call_derived(
    ctx: Context, derived: Derived, args: list[Any], kwargs: Mapping[str, Any], node: Any, hint: str | None
) -> Binding:
    """Lower a call of a derivative."""
    refuse_depth(ctx, node)
    if derived.mode in DRIVERS:
        return DRIVERS[derived.mode](ctx, derived, args, kwargs, node, hint)
    count = {"reverse": 0, "ones": 0, "vjp": 1}.get(derived.mode, len(_listed(derived.argnums)))
    split = len(args) - count
    # a sweep with seeds takes them last
    seeds = [ctx.as_value(seed, node) for seed in args[split:]]
    return sweep(ctx, derived, args[:split], kwargs, node, hint, seeds)


def _listed(argnums: Any) -> tuple[Any, ...]:
    return tuple(argnums) if isinstance(argnums, tuple | list) else (argnums,)


def call_linear(
    ctx: Context, linear: Linear, args: list[Any], kwargs: Mapping[str, Any], node: Any, hint: str | None
) -> Binding:
    """Lower a call of a sweep at arguments that have been given before."""
    from s2sad.frontend.collections import tuple_of
    from s2sad.frontend.expressions import items_of
    from s2sad.frontend.fitting import fit_seed

    if len(args) != 1 or kwargs:
        ctx.refuse("S2S134", "a pullback takes one cotangent, by position", "check the call", node)
    for one in (*linear.args, *linear.kwargs.values()):
        if isinstance(one, Value) and ctx.settled(one) is not one:
            ctx.refuse_stale(one.hint, node)
    seed = ctx.as_value(args[0], node)
    if linear.like is not None:
        seed = fit_seed(ctx, "the cotangent", linear.like, seed, node)
    if linear.places is None:
        return sweep(ctx, linear.derived, list(linear.args), linear.kwargs, node, hint, (seed,))
    parts = items_of(ctx, sweep(ctx, linear.derived, list(linear.args), linear.kwargs, node, None, (seed,)))
    none = ctx.builder.constant(None)
    return tuple_of(ctx, [none if place is None else parts[place] for place in linear.places], node)


def arguments_of(
    ctx: Context, callee: Binding, args: list[Any], kwargs: Mapping[str, Any], node: Any
) -> dict[str, Binding]:
    """Return what the parameters of a function are bound to, in the order in which it declares them."""
    from s2sad.frontend.calls import undecorated

    match callee:
        case UserFunction(source) | Closure(source):
            bound = bind_arguments(ctx, node, source, [*source.bound, *args], kwargs)
            return {name: bound[name] for name in source.names}
        case Decorated():
            return arguments_of(ctx, undecorated(ctx, callee, node), args, kwargs, node)
        case Partial(function, before, named):
            bound = arguments_of(ctx, function, [*before, *args], {**named, **kwargs}, node)
            return {name: bound[name] for name in list(bound)[len(before) :] if name not in named}
        case Applied(procedure):
            names = [parameter.name for parameter in procedure.function.parameters]
            return dict(zip(names, args, strict=True))
        case Derived(function) | Recomputed(function) | Solver(function):
            return arguments_of(ctx, function, args, kwargs, node)
        case _:
            advice = "pass a function whose text can be read"
            ctx.refuse("S2S134", "the derivative of this is not supported inside a function", advice, node)


def resolve(ctx: Context, derived: Derived, names: Sequence[str], node: Any) -> tuple[list[str], bool]:
    """Return the names of the arguments that a derivative is taken by, and whether it is by one that is no tuple."""
    argnums = derived.argnums
    single = not isinstance(argnums, tuple | list)
    wanted: list[str] = []
    for one in _listed(argnums):
        if type(one) is int and -len(names) <= one < len(names):
            one = names[one]
        if one not in names or one in wanted:
            message = f"{argnums!r} names no argument that has a derivative, or one twice"
            ctx.refuse("S2S302", message, f"the parameters are {', '.join(names)}", node)
        wanted.append(one)
    if not wanted:
        ctx.refuse("S2S302", "no argument is named to differentiate by", "name at least one", node)
    return wanted, single


def sweep(
    ctx: Context,
    callee: Binding,
    args: list[Any],
    kwargs: Mapping[str, Any],
    node: Any,
    hint: str | None,
    seeds: Sequence[Value] = (),
    *,
    unchecked: bool = False,
) -> Value:
    """Append the call of a function, or of a sweep through one, as a procedure, and return the result.

    Parameters
    ----------
    ctx : Context
        The state of lowering.
    callee : binding
        The function, or a `Derived` whose mode is a sweep.
    args, kwargs : list and mapping
        The arguments of the function.
    node : gast node
        The call.
    hint : str or None
        The name of the variable that the result will be bound to.
    seeds : sequence of Value
        Tangents, or a cotangent, that the sweep takes.
    unchecked : bool
        The caller sees to it that elementwise derivatives in the function are such.
    """
    from s2sad.frontend.calls import undecorated

    match callee:
        case UserFunction(source):
            return _procedure(ctx, source, None, args, kwargs, node, hint)
        case Closure(source, outer):
            return _procedure(ctx, source, outer, args, kwargs, node, hint)
        case Decorated():
            return sweep(ctx, undecorated(ctx, callee, node), args, kwargs, node, hint, unchecked=unchecked)
        case Partial(function, before, named):
            merged = {**named, **kwargs}
            return sweep(ctx, function, [*before, *args], merged, node, hint, unchecked=unchecked)
        case Applied(procedure):
            return apply(ctx, procedure, [ctx.as_value(arg, node) for arg in args], hint)
        case Recomputed(function):
            return sweep(ctx, function, args, kwargs, node, hint, unchecked=unchecked)
        case Derived(Derived(mode=mode) as inner) if mode in DRIVERS and not (unchecked and mode == "ones"):
            made = _wrapped(ctx, inner, args, kwargs, node)
        case Derived(function):
            made = sweep(ctx, function, args, kwargs, node, None, unchecked=unchecked)
        case _:
            advice = "pass a function whose text can be read"
            ctx.refuse("S2S134", "the derivative of this is not supported inside a function", advice, node)
    return _differentiated(ctx, callee, made, list(arguments_of(ctx, callee, args, kwargs, node)), seeds, node, hint)


def apply(ctx: Context, procedure: Procedure, operands: list[Value], hint: str | None) -> Value:
    """Append a call of a procedure whose body is there."""
    function = procedure.function
    names = [parameter.name for parameter in function.parameters]
    own = Pattern({name: value.type for name, value in zip(names, function.body.params, strict=True)})
    given = Pattern.of({name: value.type for name, value in zip(names, operands, strict=True)})
    named = hint is not None and ctx.frame.depth == 0
    result = Value(own.seen_from(given, function.result.type), hint or "value", named)
    ctx.builder.add(Call(procedure, tuple(operands), (), (result,), ctx.builder.origin))
    ctx.memory.place(result)
    return result


def _procedure(
    ctx: Context,
    source: FunctionSource,
    outer: Frame | None,
    args: list[Any],
    kwargs: Mapping[str, Any],
    node: Any,
    hint: str | None,
) -> Value:
    from s2sad.frontend.recursion import call_procedure, call_with_retry

    bound = bind_arguments(ctx, node, source, [*source.bound, *args], kwargs)
    env = {name: bound[name] for name in parameter_names(source.node)}
    why = "is differentiated in here"
    return call_with_retry(ctx, source, lambda: call_procedure(ctx, node, source, outer, dict(env), hint, why=why))


def _wrapped(ctx: Context, derived: Derived, args: list[Any], kwargs: Mapping[str, Any], node: Any) -> Value:
    """Append the call of a procedure that calls a derivative which is more than a sweep."""
    env = arguments_of(ctx, derived, args, kwargs, node)
    names = ", ".join(env)
    passed = ", ".join(f"{name}={name}" if name in kwargs else name for name in env)
    text = f"def {derived.mode if derived.mode != 'ones' else 'derivative'}(_, {names}): return _({passed})"
    source = prelude_source(text, ctx.frame.source.file, node)
    return _procedure(ctx, source, None, [derived, *env.values()], {}, node, None)


@contextmanager
def _located(ctx: Context, node: Any) -> Iterator[None]:
    """Place what is refused of a derivative as a whole where it is called."""
    try:
        yield
    except DifferentiationError as error:
        file = ctx.frame.source.file
        raise type(error)(
            [
                file.diagnostic(one.code, one.message, one.advice, node) if one.span is None else one
                for one in error.diagnostics
            ]
        ) from error.__cause__


def _differentiated(
    ctx: Context,
    derived: Derived,
    result: Value,
    names: list[str],
    seeds: Sequence[Value],
    node: Any,
    hint: str | None,
) -> Value:
    """Put the call of the derivative in the place of the call of a procedure, which was the last operation."""
    call = ctx.builder.operations[-1]
    if not isinstance(call, Call) or not isinstance(call.function, Procedure) or not call.function.is_defined:
        ctx.refuse("S2S133", "the derivative of a function inside itself is not supported", "write it as a loop", node)
    function = call.function.function
    params = [parameter.name for parameter in function.parameters]
    wanted, single = resolve(ctx, derived, names, node)
    if any(one not in params for one in wanted):
        message = f"{derived.argnums!r} names no argument of {function.name!r} that has a derivative"
        ctx.refuse("S2S302", message, f"its parameters are {', '.join(names)}", node)
    wrt = tuple(params.index(one) for one in wanted)
    suffix = "value_and_grad" if derived.with_value else _SUFFIXES.get(derived.mode, derived.mode)
    # one function for all calls that mean the same
    table = recursion_of(ctx).derivatives
    key = (call.function, wrt, single, derived.mode, derived.with_value, derived.has_aux)
    if key not in table:
        table[key] = procedure = Procedure(f"{function.name}_{suffix}", why="is differentiated in here")
        with _located(ctx, node):
            procedure.define(_TRANSFORM["differentiate"](function, wrt, single, derived))
    type_ = _TRANSFORM["type_of"](tuple(call.operands[k].type for k in wrt), single, result.type, derived)
    named = hint is not None and ctx.frame.depth == 0
    made = Value(type_, hint or _HINTS.get(derived.mode, "slope"), named)
    ctx.builder.operations.pop()
    ctx.builder.add(Call(table[key], (*call.operands, *seeds), (), (made,), call.origin))
    ctx.memory.place(made)
    return made
