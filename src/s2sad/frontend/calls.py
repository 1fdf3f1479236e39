"""Lowering calls: NumPy functions and methods become operations, the user's own functions are lowered in place."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import gast
import numpy as np

import s2sad.frontend.displays
import s2sad.frontend.effects
import s2sad.frontend.integrals
import s2sad.frontend.sequences
import s2sad.frontend.ufunc_methods
import s2sad.rules  # noqa: F401 - fills the tables
from s2sad.analysis.infer import TYPE_RULES
from s2sad.frontend.collections import dict_method, entries_of, is_dict, known_length, sequence_items
from s2sad.frontend.comprehensions import as_sequence
from s2sad.frontend.construct import as_callable, call_object
from s2sad.frontend.context import Binding, Closure, Context, Frame, expression
from s2sad.frontend.derived import apply, call_derived, call_linear
from s2sad.frontend.expressions import refuse_missing_attribute
from s2sad.frontend.inlining import argument_hints, bound_names, inline, local_names, nested_function
from s2sad.frontend.known_calls import call_special, refuse_homeless
from s2sad.frontend.mapped import call_vectorized
from s2sad.frontend.methods import MUTATORS, may_draw, method_function
from s2sad.frontend.mutation import copied_container, store_out
from s2sad.frontend.mutators import call_mutator, call_writer, writer_of
from s2sad.frontend.objects import member
from s2sad.frontend.out_arguments import out_position, take_out
from s2sad.frontend.recomputing import call_recomputed
from s2sad.frontend.scope import (
    Applied,
    Collection,
    Decorated,
    Derived,
    Entity,
    Known,
    Linear,
    Noted,
    Partial,
    Recomputed,
    Solver,
    Unreadable,
    UserFunction,
    Vectorized,
    attribute,
)
from s2sad.frontend.solvers import call_solver, refuse_solver
from s2sad.frontend.text import is_text, refuse_numbers_from_text, text_method
from s2sad.ir.primitives_python import EFFECTS
from s2sad.ir.program import Form, Value
from s2sad.ir.types import Array, Literal
from s2sad.rules.lazy import load_rules_of
from s2sad.rules.registry import CONSTANT, HARMLESS, RULES

__all__ = [
    "bound_names",
    "call_binding",
    "call_known",
    "inline",
    "is_builtin_name",
    "is_supported",
    "local_names",
    "nested_function",
    "out_position",
]

BUILTINS: dict[Callable[..., Any], Callable[..., Any]] = {
    abs: np.absolute,
    float: float,
    int: int,
    bool: bool,
    complex: complex,
    len: len,
    range: range,
    round: round,
    str: str,
    repr: repr,
    format: format,
    print: print,
    breakpoint: breakpoint,
}
"""Builtins that are operations, and the function whose rule each follows."""


@expression(gast.Call)
def _call(ctx: Context, node: gast.Call) -> Binding:
    hint = ctx.hint
    callee = _callee(ctx, node)
    if isinstance(callee, Value | Collection):
        return _method_call(ctx, node, callee, hint)
    hints = argument_hints(ctx, callee.source) if isinstance(callee, UserFunction | Closure) else {}
    args, kwargs = _arguments(ctx, node, hints)
    return call_binding(ctx, callee, args, kwargs, node, hint)


def call_binding(
    ctx: Context,
    callee: Binding,
    args: list[Any],
    kwargs: Mapping[str, Any],
    node: Any,
    hint: str | None = None,
) -> Binding:
    """Lower a call of something that is known while compiling, with arguments that have been lowered.

    Parameters
    ----------
    ctx : Context
        The state of lowering.
    callee : Binding
        What is called.
    args, kwargs : list and mapping
        The arguments; functions among them are bindings, not values.
    node : gast node
        The call.
    hint : str, optional
        The name of the variable that the result will be bound to.
    """
    made = call_object(ctx, callee, args, kwargs, node, hint)
    if made is not None:
        return made
    match callee:
        case UserFunction(source):
            return inline(ctx, node, source, None, args, kwargs, hint)
        case Closure(source, frame):
            return inline(ctx, node, source, frame, args, kwargs, hint)
        case Partial(function, before, named):
            return call_binding(ctx, function, [*before, *args], {**named, **kwargs}, node, hint)
        case Decorated():
            return call_binding(ctx, undecorated(ctx, callee, node), args, kwargs, node, hint)
        case Recomputed(function):
            return call_recomputed(ctx, function, args, kwargs, node, hint)
        case Vectorized(function):
            return call_vectorized(ctx, function, args, kwargs, node, hint)
        case Noted(note):
            note(value := ctx.as_value(args[0], node))
            return value
        case Derived():
            return call_derived(ctx, callee, args, kwargs, node, hint)
        case Linear():
            return call_linear(ctx, callee, args, kwargs, node, hint)
        case Applied(procedure):
            return apply(ctx, procedure, [ctx.as_value(arg, node) for arg in args], hint)
        case Solver():
            return call_solver(ctx, callee, args, kwargs, node, hint)
        case Known(function) if callable(function):
            load_rules_of(function)
            special = call_special(ctx, function, args, kwargs, node, hint)
            ctx.hint = hint
            return call_known(ctx, function, args, kwargs, node) if special is None else special
        case _:
            name = ctx.frame.source.file.segment(getattr(node, "func", node))
            ctx.refuse(
                "S2S130", f"{name} is not a function that can be read", "call a function defined in a file", node
            )


def undecorated(ctx: Context, callee: Decorated, node: Any) -> Binding:
    """Apply the decorators of a function, which are read where it is defined."""
    below = replace(callee.function.source, file=callee.file, scope=callee.scope)
    caller = ctx.frame
    result: Binding = callee.function
    for decorator in reversed(callee.decorators):
        ctx.frame = Frame(below, {}, frozenset(), caller.depth + 1, None, caller)
        try:
            result = call_binding(ctx, ctx.lower(decorator), [result], {}, decorator)
        finally:
            ctx.frame = caller
    return result


def _callee(ctx: Context, node: gast.Call) -> Binding:
    """Return what is called; for a method of a value, the value that it is called on."""
    if not isinstance(node.func, gast.Attribute):
        callee = as_callable(ctx, ctx.lower(node.func), node)
        if isinstance(callee, Value | Collection):
            what = "a container" if isinstance(callee, Collection) else f"a value of type {callee.type}"
            ctx.refuse("S2S130", f"{what} is called", "call a function that can be read", node)
        return callee
    owner = ctx.lower(node.func.value)
    if may_draw(owner, node.func.attr) or (isinstance(owner, Unreadable) and owner.origin is None):
        return ctx.as_value(owner, node.func.value)
    own = member(ctx, owner, node.func.attr, node)
    if own is not None:
        return as_callable(ctx, own, node)
    if isinstance(owner, Collection):
        return owner
    if isinstance(owner, Value | Closure | UserFunction):
        return ctx.as_value(owner, node.func.value)
    found = attribute(owner, node.func.attr)
    if found is not None:
        return found
    refuse_missing_attribute(ctx, owner, node.func.attr, node.func)
    return ctx.as_value(owner, node.func.value)


def _arguments(
    ctx: Context, node: gast.Call, hints: Mapping[int | str, str] | None = None
) -> tuple[list[Any], dict[str, Any]]:
    """Lower arguments in the order of evaluation; functions among them stay bindings."""
    hints = hints or {}
    args: list[Binding] = []
    for arg in node.args:
        if isinstance(arg, gast.Starred):
            args += _expanded(ctx, arg)
        else:
            args.append(ctx.lower(arg, hints.get(len(args))))
    kwargs: dict[str, Binding] = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            named = _named(ctx, keyword.value)
        else:
            named = {keyword.arg: ctx.lower(keyword.value, hints.get(keyword.arg))}
        for name in named:
            if name in kwargs:
                ctx.refuse("S2S134", f"the keyword {name!r} is passed twice", "check the call", node)
        kwargs |= named
    return args, kwargs


def _expanded(ctx: Context, node: gast.Starred) -> list[Binding]:
    """Lower `*sequence` in a call."""
    sequence = as_sequence(ctx, ctx.lower(node.value), node.value)
    if known_length(sequence) is None:
        message = "what is unpacked into this call has no known length"
        ctx.refuse("S2S131", message, "spell the arguments out", node)
    return sequence_items(ctx, sequence)


def _named(ctx: Context, node: Any) -> dict[str, Binding]:
    """Lower `**options` in a call."""
    options = ctx.lower(node)
    if isinstance(options, Known):
        options = ctx.as_value(options, node)
    entries = entries_of(ctx, options)
    if entries is None or not all(isinstance(key, str) for key in entries):
        message = "what is unpacked into this call has no known keys"
        ctx.refuse("S2S131", message, "spell the keywords out", node)
    return entries


# -- NumPy and builtins ---------------------------------------------------------------------------------------------


def call_known(ctx: Context, function: Any, args: list[Any], kwargs: Mapping[str, Any], node: Any) -> Binding:
    """Append a call of a function that is an object at hand: NumPy's, or a builtin."""
    refuse_solver(ctx, function, node)
    operands = [ctx.as_value(arg, node) for arg in args]
    named = {key: ctx.as_value(value, node) for key, value in kwargs.items()}
    refuse_numbers_from_text(ctx, function, operands, node)
    if _hashable(function) and function in BUILTINS:
        result = ctx.call(BUILTINS[function], *operands, form=Form.BUILTIN, spelling=function.__name__, keywords=named)
        # nothing may read the result of what is done for its effect, so that it stands in a statement of its own
        return ctx.builder.constant(None) if function in EFFECTS else result
    writer = writer_of(function)
    if writer is not None:
        return call_writer(ctx, writer, operands, named, node)
    out = take_out(function, operands, named)
    if out is not None and getattr(function, "nout", 1) > 1:
        ctx.refuse("S2S140", "`out=` of a function with several results is not supported", "assign them", node)
    if out is not None:
        is_ufunc = isinstance(function, np.ufunc)
        where = named.pop("where", None) if is_ufunc else None
        if where is not None and where.type != Literal(True):
            operands = [_harmless(ctx, function, operand, where) for operand in operands]
        result = ctx.as_value(call_known(ctx, function, operands, named, node), node)
        if where is not None:
            # where the condition does not hold, the array keeps what it has
            result = ctx.call(np.where, where, result, ctx.current(out))
        return store_out(ctx, out, result, node, is_ufunc=is_ufunc)
    if not is_supported(function):
        name = ctx.frame.source.file.segment(getattr(node, "func", node))
        advice = "write it with functions that have a rule (`s2sad rules` lists them)"
        ctx.refuse("S2S200", f"there is no derivative rule for {name}", advice, node)
    refuse_homeless(ctx, function, node)
    result = ctx.call(function, *operands, keywords=named)
    return ctx.builder.constant(None) if function in EFFECTS else result


def _harmless(ctx: Context, function: Any, operand: Value, where: Value) -> Value:
    """Return an operand with a number in the places that a function with singularities leaves out."""
    rule = RULES.get(function)
    if rule is None or not rule.singular or not isinstance(operand.type, Array) or operand.type.scalar:
        # a Python number gives way to the dtype of arrays, and has to stay one
        return operand
    return ctx.builder.call(np.where, where, ctx.current(operand), ctx.builder.constant(HARMLESS.get(function, 1)))


def _hashable(function: Any) -> bool:
    return type(function).__hash__ is not None


def is_supported(function: Any) -> bool:
    """Tell whether a function can stand in a program: it has a rule, or its result carries no derivative."""
    return _hashable(function) and (function in RULES or function in CONSTANT or function in TYPE_RULES)


# -- methods --------------------------------------------------------------------------------------------------------


def _method_call(ctx: Context, node: gast.Call, owner: Value | Collection, hint: str | None) -> Binding:
    name = node.func.attr
    if is_dict(owner) and (result := _dict_method(ctx, node, owner, hint)) is not None:
        return result
    if name == "copy" and isinstance(owner, Value) and (copied := copied_container(ctx, owner)) is not None:
        return copied
    if isinstance(owner, Collection):
        ctx.refuse("S2S132", f"the method {name!r} of a container of functions is not supported", "index it", node)
    if name in MUTATORS:
        args, kwargs = _arguments(ctx, node)
        values = [ctx.as_value(arg, node) for arg in args]
        return call_mutator(ctx, owner, name, values, {k: ctx.as_value(v, node) for k, v in kwargs.items()}, node)
    function = method_function(owner, name)
    if function in _OF_LENGTHS and any(isinstance(arg, gast.Starred) for arg in node.args):
        node = _in_one_tuple(node)
    if function is None and not is_text(owner):
        ctx.refuse("S2S132", f"the method {name!r} of {owner.type} is not supported", "write it in other terms", node)
    args, kwargs = _arguments(ctx, node)
    ctx.hint = hint
    if function is None:
        return text_method(ctx, owner, name, args, kwargs, node)
    operands = [ctx.as_value(arg, node) for arg in args]
    named = {key: ctx.as_value(value, node) for key, value in kwargs.items()}
    operands = [owner, *operands]
    out = take_out(function, operands, named)
    if not is_supported(function):
        ctx.refuse("S2S200", f"there is no derivative rule for the method {name!r}", "write it in other terms", node)
    ctx.hint = hint
    result = ctx.call(function, *operands, form=Form.METHOD, spelling=name, **named)
    return result if out is None else store_out(ctx, out, result, node, is_ufunc=False)


_OF_LENGTHS = (np.reshape, np.transpose)
"""Methods that take several integers or a tuple of them."""


def _in_one_tuple(node: gast.Call) -> gast.Call:
    """Return `x.reshape((*lengths, -1))` for `x.reshape(*lengths, -1)`."""
    whole = gast.copy_location(gast.Tuple(node.args, gast.Load()), node)
    return gast.copy_location(gast.Call(node.func, [whole], node.keywords), node)


def _dict_method(ctx: Context, node: gast.Call, owner: Binding, hint: str | None) -> Binding | None:
    if node.func.attr in MUTATORS:
        return None
    args, kwargs = _arguments(ctx, node)
    ctx.hint = hint
    return None if kwargs else dict_method(ctx, owner, node.func.attr, args, node)


def is_builtin_name(entity: Entity | Closure | Value, name: str) -> bool:
    """Tell whether a callee is the builtin of a name."""
    return isinstance(entity, Known) and entity.value is getattr(builtins, name)
