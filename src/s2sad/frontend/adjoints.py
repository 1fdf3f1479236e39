"""Lowering `s2sad.adjoint(x, change)`: the function becomes a procedure, which the reverse sweep takes in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from s2sad.frontend.collections import is_function
from s2sad.frontend.context import Binding, Context
from s2sad.frontend.lifting import ADJOINT
from s2sad.frontend.prelude import prelude_source
from s2sad.ir.primitives_surgery import with_adjoint
from s2sad.ir.program import Call, Value
from s2sad.ir.types import Array, Scalar, Unknown, widen

_TEXT = "def adjoint(d, change): return change(d)"


def change_adjoint(ctx: Context, x: Binding, change: Binding, node: Any, hint: str | None) -> Value:
    """Lower a call of `adjoint`."""
    from s2sad.frontend.recursion import call_procedure, call_with_retry

    value = ctx.as_value(x, node)
    if not is_function(change):
        ctx.refuse("S2S134", "`adjoint` is given no function to change the adjoint with", "pass a function", node)
    if not isinstance(widen(value.type), Array | Scalar | Unknown):
        advice = "take it apart, and change the adjoints of its items"
        ctx.refuse("S2S201", f"`adjoint` of a value of type {value.type} is not supported", advice, node)
    source = replace(prelude_source(_TEXT, ctx.frame.source.file, node), name=ADJOINT)
    env: dict[str, Binding] = {"d": value, "change": change}
    why = "changes an adjoint"
    call_with_retry(ctx, source, lambda: call_procedure(ctx, node, source, None, dict(env), None, why=why))
    # not to be called here, but where the adjoint is known
    call = ctx.builder.operations.pop()
    assert isinstance(call, Call)
    procedure = ctx.builder.constant(call.function)
    ctx.hint = hint
    return ctx.call(with_adjoint, value, procedure, *call.operands[1:])
