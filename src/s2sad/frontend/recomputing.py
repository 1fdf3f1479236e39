"""Calls of functions under `checkpoint`: they become procedures, which a reverse sweep computes again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from s2sad.frontend.context import Binding, Closure, Context, Frame
from s2sad.frontend.inlining import bind_arguments, refuse_depth
from s2sad.frontend.scope import Decorated, Partial, Recomputed, UserFunction
from s2sad.frontend.source import FunctionSource
from s2sad.ir.program import Value


def call_recomputed(
    ctx: Context, callee: Binding, args: list[Any], kwargs: Mapping[str, Any], node: Any, hint: str | None
) -> Binding:
    """Lower a call of a function that the reverse sweep computes again: it is called, and not lowered in place."""
    from s2sad.frontend.calls import call_binding, undecorated

    match callee:
        case UserFunction(source):
            return _call(ctx, source, None, args, kwargs, node, hint)
        case Closure(source, frame):
            return _call(ctx, source, frame, args, kwargs, node, hint)
        case Partial(function, before, named):
            return call_recomputed(ctx, function, [*before, *args], {**named, **kwargs}, node, hint)
        case Recomputed(function):
            return call_recomputed(ctx, function, args, kwargs, node, hint)
        case Decorated():
            return call_recomputed(ctx, undecorated(ctx, callee, node), args, kwargs, node, hint)
        case _:
            # what cannot be read has no inside to be saved
            return call_binding(ctx, callee, args, kwargs, node, hint)


def _call(
    ctx: Context,
    source: FunctionSource,
    outer: Frame | None,
    args: list[Any],
    kwargs: Mapping[str, Any],
    node: Any,
    hint: str | None,
) -> Binding:
    from s2sad.frontend.recursion import call_procedure, call_with_retry

    refuse_depth(ctx, node)
    env = bind_arguments(ctx, node, source, [*source.bound, *args], kwargs)

    def call() -> Value:
        why = "is under `checkpoint`"
        return call_procedure(ctx, node, source, outer, dict(env), hint, is_recomputed=True, why=why)

    return call_with_retry(ctx, source, call)
