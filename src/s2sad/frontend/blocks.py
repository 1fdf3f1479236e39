"""Lowering blocks of statements: branches, and the ways to leave a block early.

A region of the IR has one exit, so what follows a statement that may leave the block is lowered into the arm that goes
on. Where both arms of an `if` may go on, a flag tells afterwards whether the block has been left. What has been
returned, and these flags, are variables like any other; their names are no identifiers, so they clash with none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import gast

from s2sad.frontend.branches import Arm, merge
from s2sad.frontend.comprehensions import unrolled
from s2sad.frontend.context import Binding, Context
from s2sad.frontend.flow import (
    BROKE,
    DONE,
    RESULT,
    RETURNED,
    STOP,
    Exhausted,
    Flow,
    Leave,
    contains_break,
    contains_return,
    flag,
    is_endless,
    names_bound,
    outcome,
    synthetic,
)
from s2sad.frontend.logic import truth
from s2sad.frontend.recovery import recovering
from s2sad.frontend.scope import Known
from s2sad.frontend.unrolling import lower_loop


def lower_block(ctx: Context, body: Sequence[Any]) -> Flow:
    """Lower statements up to where the block is left."""
    for k, node in enumerate(body):
        rest = body[k + 1 :]
        match node:
            case gast.Return():
                with recovering(ctx, node):
                    _return(ctx, node)
                return Flow.ENDS
            case Exhausted():
                _leave(ctx, [STOP])
                return Flow.ENDS
            case gast.Break() | gast.Continue():
                _leave(ctx, [STOP, BROKE] if isinstance(node, gast.Break) else [])
                return Flow.ENDS
            case Leave():
                if node.returned:
                    _leave(ctx, [STOP, RETURNED] if ctx.frame.loops else [])
                return Flow.ENDS
            case gast.Raise():
                ctx.run(node)
                _leave(ctx, [])
                return Flow.ENDS
            case gast.If():
                flow = None
                with recovering(ctx, node):
                    flow = _branch(ctx, node, rest)
                if flow is not None:
                    return flow
            case gast.Match():
                from s2sad.frontend.effects import as_branches

                return lower_block(ctx, [*as_branches(ctx, node), *rest])
            case gast.With():
                from s2sad.frontend.effects import as_block

                return lower_block(ctx, [*as_block(ctx, node), *rest])
            case gast.For() if (turns := unrolled(ctx, node)) is not None:
                return lower_block(ctx, [*turns, *rest])
            case gast.For() | gast.While():
                lower_loop(ctx, node, lower_block)
                if is_endless(node):
                    _leave(ctx, [STOP, RETURNED] if ctx.frame.loops else [])
                    return Flow.ENDS
                after = _after_loop(node, rest)
                if after is not None:
                    return lower_block(ctx, after)
            case _:
                ctx.run(node)
    return Flow.FALLS


def run_block(ctx: Context, body: Sequence[Any]) -> None:
    """Lower statements that do not leave the block."""
    if outcome(body) is not Flow.FALLS:
        ctx.refuse("S2S102", "a statement that leaves the block is not supported here", "move it out", body[0])
    lower_block(ctx, body)


def _leave(ctx: Context, flags: Iterable[str]) -> None:
    for name in (DONE, *flags):
        ctx.bind(name, Known(True))


def _return(ctx: Context, node: gast.Return) -> None:
    with ctx.at(node, is_statement=True):
        value: Binding = Known(None)
        if node.value is not None:
            value = ctx.lower(node.value, ctx.frame.result_hint)
        ctx.bind(RESULT, value)
    _leave(ctx, [STOP, RETURNED] if ctx.frame.loops else [])


def _after_loop(node: Any, rest: Sequence[Any]) -> list[Any] | None:
    """Return what follows a loop, where that depends on how the loop was left; None where nothing does."""
    statements = list(rest)
    if node.orelse:
        statements = [*node.orelse, *rest]
        if contains_break(node):
            test = flag(BROKE, node)
            statements = [synthetic(gast.If(test, [gast.Pass()], node.orelse), node), *rest]
    if not contains_return(node):
        return statements if node.orelse else None
    return [synthetic(gast.If(flag(RETURNED, node), [Leave(True)], statements), node)]


# -- branches ----------------------------------------------------------------------------------------------------------


def _branch(ctx: Context, node: gast.If, rest: Sequence[Any]) -> Flow | None:
    """Lower an `if`; the result is None where the statements that follow it are still to be lowered."""
    shown = not getattr(node, "synthetic", False)
    with ctx.at(node, is_statement=shown):
        test = ctx.value(node.test)
    known = truth(test.type)
    if known is not None:
        return lower_block(ctx, [*(node.body if known else node.orelse), *rest])
    bodies, consumed = _distribute(node, rest)
    start = ctx.builder.clock
    arms = []
    for body in bodies:
        with ctx.region(hands_on=True) as inner:
            ctx.bind(DONE, Known(False))
            flow = lower_block(ctx, body)
            memory = ctx.memory
            arms.append(
                Arm(
                    inner, dict(ctx.frame.env), dict(memory.versions), dict(memory.stale), dict(ctx.objects), flow,
                    _last(body, flow),
                )
            )  # fmt: skip
    with ctx.at(node, is_statement=shown):
        names = [name for body in bodies for statement in body for name in names_bound(statement)]
        merge(ctx, test, arms, names, node, start)
    flows = {arm.flow for arm in arms}
    if not consumed:
        if flows == {Flow.FALLS} or not rest:
            return None if flows == {Flow.FALLS} else Flow.MAY
        left = synthetic(gast.If(flag(DONE, node), [Leave(False)], list(rest)), node)
        return lower_block(ctx, [left])
    return flows.pop() if len(flows) == 1 else Flow.MAY


def _distribute(node: gast.If, rest: Sequence[Any]) -> tuple[list[list[Any]], bool]:
    """Return the bodies of both arms, and whether what follows the `if` is part of them."""
    bodies = [list(node.body), list(node.orelse)]
    flows = [outcome(body) for body in bodies]
    going_on = [k for k, flow in enumerate(flows) if flow is not Flow.ENDS]
    if Flow.MAY in flows and len(going_on) == 2 and not _is_short(rest):
        return bodies, False
    if flows == [Flow.FALLS, Flow.FALLS]:
        return bodies, False
    for k in going_on:
        bodies[k] += rest
    return bodies, True


def _is_short(rest: Sequence[Any]) -> bool:
    """Tell whether statements may as well stand in both arms of a branch: one that returns or leaves a loop."""
    return len(rest) == 1 and isinstance(rest[0], gast.Return | gast.Break | gast.Continue | gast.Raise)


def _last(body: Sequence[Any], flow: Flow) -> Any:
    if flow is not Flow.ENDS:
        return None
    for node in body:
        if outcome([node]) is Flow.ENDS:
            if isinstance(node, gast.If):
                ends = [_last(arm, Flow.ENDS) for arm in (node.body, node.orelse)]
                return ends[0] if all(isinstance(end, type(ends[0])) for end in ends) else None
            return node
    return None
