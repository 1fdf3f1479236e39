"""The entry of the frontend: from the text of a function to its program."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import gast

import s2sad.frontend.augmented
import s2sad.frontend.loops  # noqa: F401 - registers its handlers
from s2sad.analysis.infer import infer
from s2sad.errors import DifferentiationError
from s2sad.frontend.annotations import annotation_type
from s2sad.frontend.calls import local_names
from s2sad.frontend.context import Context, Frame
from s2sad.frontend.indices import has_memory
from s2sad.frontend.lifting import recursion_of
from s2sad.frontend.objects import argument
from s2sad.frontend.recovery import reporting
from s2sad.frontend.recursion import Recursive, call_procedure
from s2sad.frontend.scope import Known
from s2sad.frontend.source import FunctionSource
from s2sad.frontend.statements import lower_body
from s2sad.ir import primitives, primitives_stores
from s2sad.ir.builder import Builder
from s2sad.ir.program import Call, ExitKind, Function, Operation, Parameter, Value
from s2sad.ir.types import UNKNOWN, Array, Literal, Tuple, Type, Unknown, identified


@dataclass(frozen=True, slots=True)
class Lowered:
    """A program, and the objects from around the function that it takes as further keyword-only parameters."""

    function: Function
    captures: Mapping[str, Any]


def lower_function(source: FunctionSource, types: Mapping[str, Type] | None = None) -> Lowered:
    """Lower a function to its program.

    Parameters
    ----------
    source : FunctionSource
        Its text and the meaning of its names.
    types : mapping from str to Type, optional
        Types of parameters; the others have the type of their annotation, or are unknown.

    Returns
    -------
    Lowered
        The program, whose parameters are those of the function followed by what it reads from around it.

    Raises
    ------
    DifferentiationError
        The function uses something that is not supported.
    """
    types = types or {}
    _check_names(source, types)
    try:
        return _lower(source, types)
    except Recursive:
        return _lower(source, types, is_recursive=True)


def _lower(source: FunctionSource, types: Mapping[str, Type], *, is_recursive: bool = False) -> Lowered:
    node = source.node
    frame = Frame(source, {}, local_names(node))
    ctx = Context(frame)
    parameters = _parameters(ctx, source)
    for parameter, entity in zip(parameters, source.bound, strict=False):
        ctx.bind(parameter.name, argument(ctx, parameter.name, entity, node))
    parameters = parameters[len(source.bound) :]
    params = []
    for parameter in parameters:
        type_ = types.get(parameter.name) or _declared(ctx, source, parameter.name) or UNKNOWN
        if parameter.kind == "VAR_KEYWORD":
            ctx.refuse("S2S131", f"`**{parameter.name}` is not supported", "spell the parameters out", node)
        if parameter.kind == "VAR_POSITIONAL" and not isinstance(type_, Tuple):
            ctx.refuse("S2S131", f"`*{parameter.name}` needs types", "spell the parameters out", node)
        if isinstance(type_, Unknown):
            type_ = Unknown(parameter.name)
        value = Value(identified(type_), parameter.name, True)
        params.append(value)
        ctx.bind(parameter.name, value)
    if is_recursive:
        recursion_of(ctx).nodes.add(node)
        with reporting(ctx), ctx.at(node):
            result = call_procedure(ctx, node, source, None, dict(frame.env), None)
    elif isinstance(node, gast.Lambda):
        result = ctx.value(node.body)
    else:
        returns = [inner for inner in gast.walk(node) if isinstance(inner, gast.Return)]
        with reporting(ctx):
            result = ctx.as_value(lower_body(ctx, source, hint=_result_name(frame)), returns[-1] if returns else node)
    checks = _apart(ctx, [value for value in params if has_memory(value.type)])
    captured = [value for value, _ in ctx.captures.values()]
    parameters += [Parameter(name, "KEYWORD_ONLY") for name in ctx.captures]
    body = ctx.builder.region((*params, *captured), (result,), ExitKind.RETURN)
    body = replace(body, operations=(*checks, *body.operations))
    doc = None if isinstance(node, gast.Lambda) else gast.get_docstring(node)
    owner, _, name = source.name.rpartition(".")
    # a callable object goes by the name of its class
    name = owner.rpartition(".")[2].lower() if name == "__call__" else name.replace("<lambda>", "function")
    function = Function(name, tuple(parameters), body, doc, source.file.name)
    return Lowered(function, {name: value for name, (_, value) in ctx.captures.items()})


def _apart(ctx: Context, params: list[Value]) -> list[Operation]:
    """Return checks that the arguments which are changed in place share no memory with others that are read."""
    written: dict[Value, None] = {}
    for root in ctx.memory.written:
        value: Value | None = root.initial
        while value is not None and value not in params:
            made = ctx.memory.definitions.get(value)
            taken = isinstance(made, Call) and made.function in (operator.getitem, primitives.unpack)
            value = made.operands[0] if isinstance(made, Call) and taken else None
        if value is not None:
            written[value] = None
    others = [*params, *(value for value, _ in ctx.captures.values() if has_memory(value.type))]
    checks = Builder(infer, definitions=dict(ctx.memory.definitions))
    for one in written:
        for other in others:
            if other in written and others.index(other) < others.index(one):
                continue
            if other is not one and _may_overlap(one.type, other.type):
                _check_apart(checks, one, other, f"{one.hint} and {other.hint}")
            elif other is one and not isinstance(one.type, Array):
                _check_apart(checks, one, one, f"parts of {one.hint}")
    return checks.operations


def _may_overlap(a: Type, b: Type) -> bool:
    """Tell whether arguments of two types may share memory: arrays of different dtypes are taken not to."""
    both = isinstance(a, Array) and isinstance(b, Array)
    return not both or None in (a.dtype_text, b.dtype_text) or a.dtype_text == b.dtype_text  # type: ignore[union-attr]


def _check_apart(builder: Builder, one: Value, other: Value, names: str) -> None:
    text = builder.constant(names)
    builder.call(primitives_stores.check_apart, one, other, text, type_=Literal(None))


def _check_names(source: FunctionSource, types: Mapping[str, Type]) -> None:
    names = source.names
    for name in types:
        if name not in names:
            advice = f"its parameters are {', '.join(names)}" if names else "it has no parameters"
            message = f"a type is given for {name!r}, which is no parameter of {source.name!r}"
            raise DifferentiationError([source.file.diagnostic("S2S010", message, advice, source.node)])


def _result_name(frame: Frame) -> str:
    """Choose a name for the value that the function returns: what its name says it is, if that is free."""
    name = frame.source.name
    taken = frame.local_names
    for word in ("loss", "energy", "cost", "error", "objective"):
        if word in name.lower() and word not in taken:
            return word
    return next(candidate for candidate in ("y", "value", "result", "result_1") if candidate not in taken)


def _parameters(ctx: Context, source: FunctionSource) -> list[Parameter]:
    args = source.node.args
    kinds = [
        *((param, "POSITIONAL_ONLY") for param in args.posonlyargs),
        *((param, "POSITIONAL_OR_KEYWORD") for param in args.args),
        *((param, "VAR_POSITIONAL") for param in (args.vararg,) if param is not None),
        *((param, "KEYWORD_ONLY") for param in args.kwonlyargs),
        *((param, "VAR_KEYWORD") for param in (args.kwarg,) if param is not None),
    ]
    parameters = [Parameter(param.id, kind, _default_text(source, param.id)) for param, kind in kinds]
    # what follows a default must have one: where one cannot be written down, those before it go too
    lacking = [k for k, p in enumerate(parameters) if p.kind.startswith("POSITIONAL") and p.default is None]
    return [replace(p, default=None) if k < max(lacking, default=-1) else p for k, p in enumerate(parameters)]


def _default_text(source: FunctionSource, name: str) -> str | None:
    default = source.defaults.get(name)
    return _literal_text(default.value) if isinstance(default, Known) else None


def _literal_text(value: Any) -> str | None:
    """Return a value as text that means the same anywhere; None where it has none."""
    if type(value) is float and not math.isfinite(value):
        return f'float("{value}")'
    if type(value) is tuple:
        parts = [_literal_text(item) for item in value]
        return None if None in parts else f"({', '.join(map(str, parts))}{',' * (len(parts) == 1)})"
    if value is Ellipsis:
        return "..."
    plain = type(value) in (type(None), bool, int, float, complex, str, bytes)
    return repr(value) if plain and not (type(value) is complex and "n" in repr(value)) else None


def _declared(ctx: Context, source: FunctionSource, name: str) -> Type | None:
    """Return the type that a parameter's annotation gives."""
    args = source.node.args
    for param in (*args.posonlyargs, *args.args, *args.kwonlyargs):
        if param.id == name:
            declared = annotation_type(param.annotation, source.scope)
            # the first parameter of a method that is read from a file
            is_receiver = param is next(iter((*args.posonlyargs, *args.args)), None)
            return getattr(source.scope, "receiver", None) if declared is None and is_receiver else declared
    return None
