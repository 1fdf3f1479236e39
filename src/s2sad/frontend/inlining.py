"""Lowering calls of functions that can be read: the body of the function takes the place of the call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast

from s2sad.frontend.collections import dict_of, tuple_of
from s2sad.frontend.context import Binding, Closure, Context, Frame
from s2sad.frontend.source import FunctionSource

_MAX_DEPTH = 64


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


def argument_hints(ctx: Context, source: FunctionSource) -> dict[int | str, str]:
    """Return the names that values get which are made as arguments of a function, by position and by keyword."""
    if ctx.recursion is not None and source.node in ctx.recursion.nodes:
        # it is called, so these are no variables here
        return {}
    declared = source.node.args
    positional = [param.id for param in (*declared.posonlyargs, *declared.args)]
    hints: dict[int | str, str] = {name: name for name in positional}
    hints |= {k - len(source.bound): name for k, name in enumerate(positional)}
    return hints | {param.id: param.id for param in declared.kwonlyargs}


def inline(
    ctx: Context,
    node: Any,
    source: FunctionSource,
    outer: Frame | None,
    args: list[Any],
    kwargs: Mapping[str, Any],
    hint: str | None = None,
) -> Binding:
    """Lower a call of a function in place of the call.

    Parameters
    ----------
    ctx : Context
        The state of lowering.
    node : gast node
        The call.
    source : FunctionSource
        The function.
    outer : Frame or None
        The frame in which a nested function was defined.
    args : list
        What is passed by position.
    kwargs : mapping
        What is passed by keyword.
    hint : str, optional
        The name of the variable that the result will be bound to.
    """
    from s2sad.frontend.recursion import attempt, call_procedure, is_recursive

    refuse_depth(ctx, node)
    recursive = is_recursive(ctx, source)
    env = bind_arguments(ctx, node, source, [*source.bound, *args], kwargs)
    if recursive:
        return call_procedure(ctx, node, source, outer, env, hint)
    with attempt(ctx, source) as given_up:
        return _in_place(ctx, node, source, outer, dict(env), hint)
    assert given_up
    return call_procedure(ctx, node, source, outer, env, hint)


def _in_place(
    ctx: Context, node: Any, source: FunctionSource, outer: Frame | None, env: dict[str, Binding], hint: str | None
) -> Binding:
    from s2sad.frontend.statements import lower_body

    caller = ctx.frame
    path = (*caller.path, id(node))
    ctx.frame = Frame(source, env, local_names(source.node), caller.depth + 1, outer, caller, path=path)
    ctx.hint = None
    try:
        if isinstance(source.node, gast.Lambda):
            ctx.frame.depth = caller.depth
            return ctx.lower(source.node.body, hint)
        return lower_body(ctx, source, hint)
    finally:
        ctx.frame = caller


def refuse_depth(ctx: Context, node: Any) -> None:
    """Refuse a call that is nested too deeply."""
    frame: Frame | None = ctx.frame
    depth = 0
    while frame is not None:
        frame, depth = frame.caller, depth + 1
    if depth > _MAX_DEPTH:
        ctx.refuse("S2S133", "calls are nested too deeply", "use fewer layers of functions", node)


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
        env[declared.vararg.id] = tuple_of(ctx, extra, node)
    elif extra:
        message = f"{source.name!r} takes {len(positional)} arguments and gets {len(args)}"
        ctx.refuse("S2S134", message, "check the call", node)
    others: dict[str, Binding] = {}
    for key, value in kwargs.items():
        is_own = key in positional[len(declared.posonlyargs) :] or key in keyword_only
        if (is_own and key in env) or (not is_own and declared.kwarg is None):
            ctx.refuse("S2S134", f"{source.name!r} cannot take the keyword {key!r} here", "check the call", node)
        (env if is_own else others)[key] = value
    if declared.kwarg is not None:
        env[declared.kwarg.id] = dict_of(ctx, others, node)
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
            case gast.Lambda():
                pass
            case gast.ListComp() | gast.SetComp() | gast.DictComp() | gast.GeneratorExp() as comprehension:
                # its own variables are not seen outside; those of assignment expressions are
                inner = gast.walk(comprehension)
                names |= {one.target.id for one in inner if isinstance(one, gast.NamedExpr)}
            case gast.Name(id=name, ctx=gast.Store() | gast.Del()):
                names.add(name)
            case gast.Import() | gast.ImportFrom() as imported:
                names |= {alias.asname or alias.name.partition(".")[0] for alias in imported.names}
            case gast.MatchAs(name=str() as name) | gast.MatchStar(name=str() as name):
                names.add(name)
            case other:
                waiting.extend(gast.iter_child_nodes(other))
    return names
