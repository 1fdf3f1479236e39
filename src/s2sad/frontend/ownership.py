"""Whether nobody but one variable holds a value, so that changing it in place is like binding a new one."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.frontend.context import Context, Frame
from s2sad.ir import primitives
from s2sad.ir.program import Call, Constant, If, Operation, Scan, Value
from s2sad.ir.types import Array, Scalar, Tuple, Type, Unknown, widen
from s2sad.rules.registry import RULES

_COPYING = frozenset(
    {
        *(np.sum, np.mean, np.prod, np.max, np.min, np.std, np.var, np.matmul, np.dot, np.outer, np.copy),
        *(np.zeros, np.ones, np.full, np.zeros_like, np.ones_like, np.full_like, np.concatenate, np.stack, np.cumsum),
        *(np.shape, np.ndim, np.size, len, primitives.check_bound),
    }
)
"""Functions that are not elementwise and give a result of its own memory."""


def keeps_type(ctx: Context, old: Value, new: Value) -> bool:
    """Tell whether changing a value in place and making a new one give the same value."""
    if isinstance(old.type, Array):
        return old.type.dtype is not None and old.type == new.type
    # what began as a number is bound anew by the first trip, and is an array of the trip's own making from then on
    return isinstance(old.type, Unknown) and old in ctx.numbers


def is_owned(ctx: Context, value: Value, name: str) -> bool:
    """Tell whether nothing but one variable holds a value, so that changing it in place is like binding a new one."""
    if not (value in ctx.owned or is_fresh(ctx, value)):
        return False
    parts = _parts(ctx, value)
    frame: Frame | None = ctx.frame
    while frame is not None:
        names = [other for other, binding in frame.env.items() if binding in parts]
        if names != ([name] if frame is ctx.frame else []):
            return False
        frame = frame.caller
    uses = set(ctx.builder.definitions.values())
    return not any(_shares(operation, parts) for operation in uses if not parts & set(operation.results))


def _parts(ctx: Context, value: Value) -> set[Value]:
    """Return the values whose memory a value may be: itself, and for the result of a branch what its arms yield."""
    made = ctx.builder.definitions.get(value)
    if not isinstance(made, If):
        return {value}
    k = made.results.index(value)
    return {value}.union(*(_parts(ctx, arm.exit.values[k]) for arm in (made.then, made.orelse)))


def _shares(operation: Operation, parts: set[Value]) -> bool:
    """Tell whether an operation makes a value's memory known under another name."""
    match operation:
        case Constant():
            return False
        case Call():
            return not _takes_a_copy(operation.function) and not parts.isdisjoint(operation.operands)
        case If():
            return any(not parts.isdisjoint(arm.exit.values) for arm in (operation.then, operation.orelse))
        case Scan():
            return not parts.isdisjoint((*operation.operands, *operation.body.exit.values))


def is_fresh(ctx: Context, value: Value) -> bool:
    """Tell whether a value was just computed: a number, or an array that arithmetic made."""
    made = ctx.builder.definitions.get(value)
    if isinstance(made, If):
        arms = [arm.exit.values[made.results.index(value)] for arm in (made.then, made.orelse)]
        return all(arm in ctx.owned or is_fresh(ctx, arm) for arm in arms)
    if isinstance(made, Constant):
        return isinstance(made.value, int | float | complex)
    return isinstance(made, Call) and _takes_a_copy(made.function)


def _takes_a_copy(function: Any) -> bool:
    """Tell whether a function's result shares no memory with its operands."""
    rule = RULES.get(function)
    return (rule is not None and rule.kind == "elementwise") or function in _COPYING


def is_immutable(type_: Type) -> bool:
    """Tell whether augmented assignment to a value of this type binds a new value."""
    match widen(type_):
        case Scalar() | Tuple():
            return True
        case Array(scalar=scalar):
            return scalar
        case _:
            return False
