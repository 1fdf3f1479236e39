"""The entry of the frontend: from the text of a function to its program."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import gast

import s2sad.frontend.loops  # noqa: F401 - registers its handlers
from s2sad.errors import DifferentiationError
from s2sad.frontend.annotations import annotation_type
from s2sad.frontend.calls import local_names
from s2sad.frontend.context import Context, Frame
from s2sad.frontend.scope import Known
from s2sad.frontend.source import FunctionSource, parameter_names
from s2sad.frontend.statements import lower_body
from s2sad.ir.program import ExitKind, Function, Parameter, Value
from s2sad.ir.types import UNKNOWN, Tuple, Type, Unknown


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
    node = source.node
    _check_names(source, types)
    frame = Frame(source, {}, local_names(node))
    ctx = Context(frame)
    if isinstance(node, gast.FunctionDef) and source.bound:
        ctx.refuse("S2S116", "methods are not supported", "pass what the method reads as arguments", node)
    parameters = _parameters(ctx, source)
    params = []
    for parameter in parameters:
        type_ = types.get(parameter.name) or _declared(ctx, source, parameter.name) or UNKNOWN
        if parameter.kind == "VAR_KEYWORD":
            ctx.refuse("S2S131", f"`**{parameter.name}` is not supported", "spell the parameters out", node)
        if parameter.kind == "VAR_POSITIONAL" and not isinstance(type_, Tuple):
            ctx.refuse("S2S131", f"`*{parameter.name}` needs types", "spell the parameters out", node)
        if isinstance(type_, Unknown):
            type_ = Unknown(parameter.name)
        value = Value(type_, parameter.name, True)
        params.append(value)
        ctx.bind(parameter.name, value)
    if isinstance(node, gast.Lambda):
        result = ctx.value(node.body)
    else:
        returns = [inner for inner in gast.walk(node) if isinstance(inner, gast.Return)]
        result = ctx.as_value(lower_body(ctx, source, hint=_result_name(frame)), returns[-1] if returns else node)
    captured = [value for value, _ in ctx.captures.values()]
    parameters += [Parameter(name, "KEYWORD_ONLY") for name in ctx.captures]
    body = ctx.builder.region((*params, *captured), (result,), ExitKind.RETURN)
    doc = None if isinstance(node, gast.Lambda) else gast.get_docstring(node)
    name = source.name.rpartition(".")[2].replace("<lambda>", "function")
    function = Function(name, tuple(parameters), body, doc, source.file.name)
    return Lowered(function, {name: value for name, (_, value) in ctx.captures.items()})


def _check_names(source: FunctionSource, types: Mapping[str, Type]) -> None:
    names = parameter_names(source.node)
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
            return annotation_type(param.annotation, source.scope)
    return None
