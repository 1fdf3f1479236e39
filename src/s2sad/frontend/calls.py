"""Lowering calls: NumPy functions and methods become operations, the user's own functions are lowered in place."""

from __future__ import annotations

import builtins
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gast
import numpy as np

import s2sad.rules  # noqa: F401 - fills the tables
from s2sad.analysis.infer import TYPE_RULES
from s2sad.frontend.context import Binding, Closure, Context, Frame, expression
from s2sad.frontend.expressions import index, items_of, refuse_missing_attribute
from s2sad.frontend.scope import Entity, Known, UserFunction, attribute
from s2sad.frontend.source import FunctionSource
from s2sad.ir import primitives
from s2sad.ir.program import Form, Value
from s2sad.ir.types import Dict, List, Literal, Scalar, Tuple
from s2sad.rules.registry import CONSTANT, RULES

METHODS: dict[str, Callable[..., Any]] = {
    name: getattr(np, name)
    for name in [
        "all",
        "any",
        "argmax",
        "argmin",
        "argsort",
        "clip",
        "copy",
        "cumprod",
        "cumsum",
        "diagonal",
        "dot",
        "max",
        "mean",
        "min",
        "nonzero",
        "prod",
        "ptp",
        "ravel",
        "repeat",
        "reshape",
        "round",
        "searchsorted",
        "squeeze",
        "std",
        "sum",
        "swapaxes",
        "take",
        "trace",
        "transpose",
        "var",
    ]
} | {"astype": primitives.astype, "item": primitives.item, "flatten": np.ravel, "conj": np.conj, "conjugate": np.conj}
"""What a method of an array is: the function that it calls."""

MUTATORS = frozenset(
    [
        "append",
        "clear",
        "extend",
        "fill",
        "insert",
        "itemset",
        "partition",
        "pop",
        "popitem",
        "put",
        "remove",
        "resize",
        "reverse",
        "setdefault",
        "setfield",
        "setflags",
        "sort",
        "update",
    ]
)
"""Methods that change the object they are called on."""

BUILTINS: dict[Callable[..., Any], Callable[..., Any]] = {
    abs: np.absolute,
    float: float,
    int: int,
    bool: bool,
    len: len,
    range: range,
    sum: sum,
    isinstance: isinstance,
    round: round,
}
"""Builtins that are operations, and the function whose rule each follows."""

_MAX_DEPTH = 64


@expression(gast.Call)
def _call(ctx: Context, node: gast.Call) -> Binding:
    hint = ctx.hint
    callee = _callee(ctx, node)
    if isinstance(callee, Value):
        return _method_call(ctx, node, callee, hint)
    match callee:
        case UserFunction(source):
            return inline(ctx, node, source, None, hint)
        case Closure(source, frame):
            return inline(ctx, node, source, frame, hint)
        case Known(function) if callable(function):
            args, kwargs = _arguments(ctx, node)
            ctx.hint = hint
            return call_known(ctx, function, args, kwargs, node)
        case _:
            name = ctx.frame.source.file.segment(node.func)
            ctx.refuse(
                "S2S130", f"{name} is not a function that can be read", "call a function defined in a file", node
            )


def _callee(ctx: Context, node: gast.Call) -> Binding:
    """Return what is called; for a method of a value, the value that it is called on."""
    if not isinstance(node.func, gast.Attribute):
        return ctx.lower(node.func)
    owner = ctx.lower(node.func.value)
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
            ctx.refuse("S2S131", "`**` in a call is not supported", "spell the keywords out", node)
        kwargs[keyword.arg] = ctx.lower(keyword.value, hints.get(keyword.arg))
    return args, kwargs


def _expanded(ctx: Context, node: gast.Starred) -> list[Value]:
    value = ctx.value(node.value)
    if isinstance(value.type, Tuple) or (isinstance(value.type, Literal) and isinstance(value.type.value, tuple)):
        return items_of(ctx, value)
    if isinstance(value.type, List) and value.type.items is not None:
        return [index(ctx, value, ctx.builder.constant(i)) for i in range(len(value.type.items))]
    ctx.refuse("S2S131", "what is unpacked into this call has no known length", "spell the arguments out", node)


# -- NumPy and builtins ---------------------------------------------------------------------------------------------


def call_known(
    ctx: Context, function: Any, args: list[Binding], kwargs: dict[str, Binding], node: gast.Call
) -> Binding:
    """Append a call of a function that is an object at hand: NumPy's, or a builtin."""
    operands = [ctx.as_value(arg, node) for arg in args]
    named = {key: ctx.as_value(value, node) for key, value in kwargs.items()}
    if _hashable(function) and function in _SPECIAL:
        special = _SPECIAL[function](ctx, operands, named, node)
        if special is not None:
            return special
    if _hashable(function) and function in BUILTINS:
        return ctx.call(BUILTINS[function], *operands, form=Form.BUILTIN, spelling=function.__name__, **named)
    _refuse_out(ctx, function, operands, named, node)
    if not is_supported(function):
        name = ctx.frame.source.file.segment(node.func)
        advice = "write it with functions that have a rule (`s2sad rules` lists them)"
        ctx.refuse("S2S200", f"there is no derivative rule for {name}", advice, node)
    return ctx.call(function, *operands, **named)


def _refuse_out(
    ctx: Context, function: Any, operands: Sequence[Value], named: Mapping[str, Value], node: gast.Call
) -> None:
    position = out_position(function)
    given = [named["out"]] if "out" in named else [*operands[position:]][:1] if position is not None else []
    if any(value.type != Literal(None) for value in given):
        ctx.refuse("S2S140", "`out=` writes into an array, which is not supported", "use the function's result", node)


@functools.cache
def out_position(function: Any) -> int | None:
    """Return the position at which a function takes the array that it writes its result into, None if at none."""
    if isinstance(function, np.ufunc):
        return function.nin
    if function in _OUT_POSITIONS:
        return _OUT_POSITIONS[function]
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return None
    return names.index("out") if "out" in names else None


_OUT_POSITIONS: dict[Any, int] = {np.dot: 2, np.concatenate: 2, np.clip: 3}
"""Functions that are written in C and have no signature to read."""


def _hashable(function: Any) -> bool:
    return type(function).__hash__ is not None


def is_supported(function: Any) -> bool:
    """Tell whether a function can stand in a program: it has a rule, or its result carries no derivative."""
    return _hashable(function) and (function in RULES or function in CONSTANT or function in TYPE_RULES)


def _scalar_extremum(function: Callable[..., Any], spelling: str) -> Callable[..., Value | None]:
    def special(ctx: Context, operands: list[Value], named: Mapping[str, Value], node: gast.Call) -> Value | None:
        if len(operands) < 2 or named:
            advice = f"use np.{spelling} on an array, or give {spelling} two numbers"
            ctx.refuse("S2S200", f"`{spelling}` of a sequence or with a key is not supported", advice, node)
        hint, result = ctx.hint, operands[0]
        for k, operand in enumerate(operands[1:], start=2):
            ctx.hint = hint if k == len(operands) else None
            result = ctx.call(function, result, operand, form=Form.BUILTIN, spelling=spelling)
        return result

    return special


def _to_tuple(ctx: Context, operands: list[Value], named: Mapping[str, Value], node: gast.Call) -> Value | None:
    if len(operands) == 1 and isinstance(operands[0].type, Tuple):
        return operands[0]
    if not operands:
        return ctx.builder.constant(())
    ctx.refuse("S2S200", "`tuple` of this is not supported", "spell the items out: (a, b)", node)


def _to_list(ctx: Context, operands: list[Value], named: Mapping[str, Value], node: gast.Call) -> Value | None:
    if not operands:
        return ctx.call(primitives.make_list)
    if len(operands) == 1 and isinstance(operands[0].type, Tuple):
        return ctx.call(primitives.make_list, *items_of(ctx, operands[0]))
    if len(operands) == 1 and isinstance(operands[0].type, List):
        return operands[0]
    ctx.refuse("S2S200", "`list` of this is not supported", "spell the items out: [a, b]", node)


_SPECIAL: dict[Any, Callable[..., Value | None]] = {
    max: _scalar_extremum(np.maximum, "max"),
    min: _scalar_extremum(np.minimum, "min"),
    tuple: _to_tuple,
    list: _to_list,
}


# -- methods --------------------------------------------------------------------------------------------------------


def _method_call(ctx: Context, node: gast.Call, owner: Value, hint: str | None) -> Value:
    if not isinstance(node.func, gast.Attribute):
        ctx.refuse("S2S130", f"a value of type {owner.type} is called", "call a function that can be read", node)
    name = node.func.attr
    function = METHODS.get(name)
    if name in MUTATORS:
        advice = "build a new value instead"
        ctx.refuse("S2S140", f"the method {name!r} changes its object, which is not supported", advice, node)
    if (
        function is None
        or isinstance(owner.type, Scalar)
        or (isinstance(owner.type, Tuple | List | Dict) and name != "copy")
    ):
        ctx.refuse("S2S132", f"the method {name!r} of {owner.type} is not supported", "write it in other terms", node)
    args, kwargs = _arguments(ctx, node)
    operands = [ctx.as_value(arg, node) for arg in args]
    named = {key: ctx.as_value(value, node) for key, value in kwargs.items()}
    _refuse_out(ctx, function, [owner, *operands], named, node)
    if not is_supported(function):
        ctx.refuse("S2S200", f"there is no derivative rule for the method {name!r}", "write it in other terms", node)
    ctx.hint = hint
    return ctx.call(function, owner, *operands, form=Form.METHOD, spelling=name, **named)


# -- the user's own functions ----------------------------------------------------------------------------------------


def nested_function(ctx: Context, name: str, node: Any) -> Closure:
    """Return the binding of a function defined inside the function that is being lowered."""
    defaults: dict[str, Any] = {}
    params = [*node.args.posonlyargs, *node.args.args]
    for param, default in zip(params[len(params) - len(node.args.defaults) :], node.args.defaults, strict=True):
        defaults[param.id] = ctx.lower(default)
    for param, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if default is not None:
            defaults[param.id] = ctx.lower(default)
    source = FunctionSource(name, node, ctx.frame.source.file, ctx.frame.source.scope, defaults)
    return Closure(source, ctx.frame)


def inline(ctx: Context, node: gast.Call, source: FunctionSource, outer: Frame | None, hint: str | None) -> Binding:
    """Lower a call of a user's function in place of the call."""
    from s2sad.frontend.statements import lower_body

    frame: Frame | None = ctx.frame
    depth = 0
    while frame is not None:
        if frame.source.node is source.node:
            advice = "write it as a loop"
            ctx.refuse("S2S133", f"{source.name!r} calls itself, and recursion is not supported", advice, node)
        frame, depth = frame.caller, depth + 1
    if depth > _MAX_DEPTH:
        ctx.refuse("S2S133", "calls are nested too deeply", "use fewer layers of functions", node)
    declared = source.node.args
    positional = [param.id for param in (*declared.posonlyargs, *declared.args)]
    hints: dict[int | str, str] = dict(enumerate(positional)) | {name: name for name in positional}
    hints |= {param.id: param.id for param in declared.kwonlyargs}
    shift = len(source.bound)
    args, kwargs = _arguments(ctx, node, {k - shift if isinstance(k, int) else k: v for k, v in hints.items()})
    env = bind_arguments(ctx, node, source, [*source.bound, *args], kwargs)
    caller = ctx.frame
    ctx.frame = Frame(source, env, local_names(source.node), caller.depth + 1, outer, caller)
    ctx.hint = None
    try:
        if isinstance(source.node, gast.Lambda):
            ctx.frame.depth = caller.depth
            return ctx.lower(source.node.body, hint)
        return lower_body(ctx, source, hint)
    finally:
        ctx.frame = caller


def bind_arguments(
    ctx: Context, node: Any, source: FunctionSource, args: list[Any], kwargs: Mapping[str, Any]
) -> dict[str, Binding]:
    """Match arguments with parameters as Python does."""
    declared = source.node.args
    positional = [param.id for param in (*declared.posonlyargs, *declared.args)]
    keyword_only = [param.id for param in declared.kwonlyargs]
    env: dict[str, Binding] = dict(zip(positional, args, strict=False))
    extra = args[len(positional) :]
    if declared.vararg is not None:
        env[declared.vararg.id] = ctx.builder.call(primitives.make_tuple, *(ctx.as_value(arg, node) for arg in extra))
    elif extra:
        message = f"{source.name!r} takes {len(positional)} arguments and gets {len(args)}"
        ctx.refuse("S2S134", message, "check the call", node)
    if declared.kwarg is not None:
        ctx.refuse(
            "S2S131", f"{source.name!r} takes `**{declared.kwarg.id}`, which is not supported", "spell it out", node
        )
    for key, value in kwargs.items():
        if key in env or key not in positional[len(declared.posonlyargs) :] + keyword_only:
            ctx.refuse("S2S134", f"{source.name!r} cannot take the keyword {key!r} here", "check the call", node)
        env[key] = value
    for name in (*positional, *keyword_only):
        if name not in env and name not in source.defaults:
            ctx.refuse("S2S134", f"the call of {source.name!r} lacks its argument {name!r}", "check the call", node)
        if name not in env:
            env[name] = source.defaults[name]
    return env


def local_names(node: Any) -> frozenset[str]:
    """Return the variables of a function: its parameters and every name that it binds."""
    args = node.args
    params = [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg))]
    names = {param.id for param in params}
    body = [node.body] if isinstance(node, gast.Lambda) else node.body
    for statement in body:
        names |= bound_names(statement)
    return frozenset(names)


def bound_names(node: Any) -> set[str]:
    """Return the names that a statement binds, not looking into functions and comprehensions defined in it."""
    names: set[str] = set()
    waiting = [node]
    while waiting:
        match waiting.pop():
            case gast.FunctionDef() | gast.AsyncFunctionDef() | gast.ClassDef() as definition:
                names.add(definition.name)
            case gast.Lambda() | gast.ListComp() | gast.SetComp() | gast.DictComp() | gast.GeneratorExp():
                pass
            case gast.Name(id=name, ctx=gast.Store() | gast.Del()):
                names.add(name)
            case other:
                waiting.extend(gast.iter_child_nodes(other))
    return names


def is_builtin_name(entity: Entity | Closure | Value, name: str) -> bool:
    """Tell whether a callee is the builtin of a name."""
    return isinstance(entity, Known) and entity.value is getattr(builtins, name)
