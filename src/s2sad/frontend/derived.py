"""Calls of gradients inside functions: `s2sad.grad(u)(x)` becomes a procedure, the derivative of the procedure of `u`.

What `u` reads from around it comes into the procedure by further parameters, so it is a constant of the inner
derivative and a variable of the outer one: derivatives inside each other are not confused. The transform itself is
handed in by those who know it (`declare`), because it reads what is lowered here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from s2sad.frontend.context import Binding, Closure, Context, Frame
from s2sad.frontend.handlers import Arguments, Keywords, handles
from s2sad.frontend.inlining import bind_arguments, refuse_depth
from s2sad.frontend.scope import Decorated, Derived, Known, UserFunction
from s2sad.frontend.source import FunctionSource
from s2sad.ir.procedures import Procedure
from s2sad.ir.program import Call, Function, Value
from s2sad.ir.types import Literal, Type

Differentiate = Callable[[Function, tuple[int, ...], bool, bool, bool], Function]
"""From a function, positions, whether there is one only, whether the value is wanted and whether there is more, to the
function of the gradient."""

TypeOf = Callable[[tuple[Type, ...], bool, Type | None, bool, bool], Type]
"""From the types of arguments, whether there is one only, and that of the value, to the type of the result."""

_TRANSFORM: dict[str, Any] = {}
_OPTIONS = ("fun", "argnums", "has_aux", "mode", "backend")


def declare(gradients: Mapping[Callable[..., Any], bool], differentiate: Differentiate, type_of: TypeOf) -> None:
    """Make known which functions make gradients (and whether with the value), and what differentiates a function."""
    _TRANSFORM.update(differentiate=differentiate, type_of=type_of)
    for function, with_value in gradients.items():
        handles(function)(_maker(function.__name__, with_value))


def _maker(name: str, with_value: bool) -> Callable[[Context, Arguments, Keywords, Any], Binding]:
    def handler(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
        given = {**dict(zip(_OPTIONS, args, strict=False)), **kwargs}
        function = given.pop("fun", None)
        known = {key: _constant(value) for key, value in given.items()}
        wrong = known.get("mode", "reverse") != "reverse" or known.get("backend", "numpy") != "numpy"
        if function is None or len(args) > 2 or wrong or set(given) - set(_OPTIONS) or _UNKNOWN in known.values():
            advice = "pass one function, and constants for `argnums` and `has_aux`"
            ctx.refuse("S2S134", f"`{name}` with these arguments is not supported in here", advice, node)
        return Derived(function, known.get("argnums", 0), with_value, bool(known.get("has_aux", False)))

    return handler


_UNKNOWN: Any = object()


def _constant(binding: Any) -> Any:
    match binding:
        case Known(value) | Value(type=Literal(value)):
            return value
        case _:
            return _UNKNOWN


def call_derived(
    ctx: Context, derived: Derived, args: list[Any], kwargs: Mapping[str, Any], node: Any, hint: str | None
) -> Binding:
    """Lower a call of a gradient."""
    refuse_depth(ctx, node)
    return _emit(ctx, derived, args, kwargs, node, hint)[0]


def _emit(
    ctx: Context, callee: Binding, args: list[Any], kwargs: Mapping[str, Any], node: Any, hint: str | None
) -> tuple[Value, list[str]]:
    """Append the call of a function as a procedure; return the result, and the names of its parameters in order."""
    from s2sad.frontend.calls import undecorated
    from s2sad.frontend.recursion import call_procedure, call_with_retry

    source: FunctionSource
    outer: Frame | None
    match callee:
        case UserFunction(source):
            outer = None
        case Closure(source, outer):
            pass
        case Decorated():
            return _emit(ctx, undecorated(ctx, callee, node), args, kwargs, node, hint)
        case Derived(function):
            result, names = _emit(ctx, function, args, kwargs, node, None)
            return _differentiated(ctx, callee, result, names, node, hint), names
        case _:
            advice = "pass a function whose text can be read"
            ctx.refuse("S2S134", "the gradient of this is not supported inside a function", advice, node)
    env = bind_arguments(ctx, node, source, [*source.bound, *args], kwargs)
    names = list(env)[len(source.bound) :]
    why = "is differentiated in here"
    made = call_with_retry(ctx, source, lambda: call_procedure(ctx, node, source, outer, dict(env), hint, why=why))
    return made, names


def _differentiated(
    ctx: Context, derived: Derived, result: Value, names: list[str], node: Any, hint: str | None
) -> Value:
    """Put the call of the derivative in the place of the call of a procedure, which was the last operation."""
    call = ctx.builder.operations[-1]
    if not isinstance(call, Call) or not isinstance(call.function, Procedure) or not call.function.is_defined:
        ctx.refuse("S2S133", "the gradient of a function inside itself is not supported", "write it as a loop", node)
    function = call.function.function
    argnums = derived.argnums
    wanted = [names[k] if isinstance(k, int) and -len(names) <= k < len(names) else k for k in _listed(argnums)]
    params = [parameter.name for parameter in function.parameters]
    if not wanted or any(one not in names or one not in params for one in wanted):
        message = f"{derived.argnums!r} names no argument of {function.name!r} that has a derivative"
        ctx.refuse("S2S302", message, f"its parameters are {', '.join(names)}", node)
    wrt = tuple(params.index(one) for one in wanted)
    single = not isinstance(argnums, tuple | list)
    procedure = Procedure(f"{function.name}_{'value_and_grad' if derived.with_value else 'grad'}")
    procedure.define(_TRANSFORM["differentiate"](function, wrt, single, derived.with_value, derived.has_aux))
    types = tuple(call.operands[k].type for k in wrt)
    value = result.type if derived.with_value or derived.has_aux else None
    type_ = _TRANSFORM["type_of"](types, single, value, derived.with_value, derived.has_aux)
    named = hint is not None and ctx.frame.depth == 0
    made = Value(type_, hint or "slope", named)
    ctx.builder.operations.pop()
    ctx.builder.add(Call(procedure, call.operands, (), (made,), call.origin))
    ctx.memory.place(made)
    return made


def _listed(argnums: Any) -> tuple[Any, ...]:
    return tuple(argnums) if isinstance(argnums, tuple | list) else (argnums,)
