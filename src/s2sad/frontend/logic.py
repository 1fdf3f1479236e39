"""Lowering comparisons, `and` and `or`, and conditional expressions: what may not be computed stands in a region."""

from __future__ import annotations

import operator
from collections.abc import Callable
from enum import Enum
from typing import Any, TypeGuard

import gast
import numpy as np

from s2sad.analysis.operands import DYNAMIC, static
from s2sad.frontend.context import Binding, Context, expression
from s2sad.frontend.expressions import of_objects, operate
from s2sad.frontend.scope import Known, Made
from s2sad.ir.interpret import OPERATORS
from s2sad.ir.program import Value
from s2sad.ir.types import Literal, Type, Unknown, join

COMPARISONS: dict[type, Callable[..., Any]] = {
    gast.Lt: np.less,
    gast.LtE: np.less_equal,
    gast.Gt: np.greater,
    gast.GtE: np.greater_equal,
    gast.Eq: np.equal,
    gast.NotEq: np.not_equal,
    gast.Is: operator.is_,
    gast.IsNot: operator.is_not,
    gast.In: operator.contains,
    gast.NotIn: operator.contains,
}


@expression(gast.Compare)
def _compare(ctx: Context, node: gast.Compare) -> Binding:
    hint = ctx.hint
    left = _side(ctx, node.left)
    return _compare_chain(ctx, node, left, list(zip(node.ops, node.comparators, strict=True)), hint)


def _side(ctx: Context, node: Any) -> Binding:
    """Lower what is compared; objects that the function makes and members of enumerations are no values."""
    found = ctx.lower(node)
    return found if isinstance(found, Made) or _is_member(found) else ctx.as_value(found, node)


def _compare_chain(ctx: Context, node: Any, left: Binding, links: list[tuple[Any, Any]], hint: str | None) -> Value:
    """Lower `a < b < c` as `a < b and b < c`, with `b` computed once and `c` only if it is reached."""
    (op, comparator), *rest = links
    if isinstance(op, gast.In | gast.NotIn) and isinstance(comparator, gast.Set):
        # whether something is in a set does not depend on its order
        comparator = gast.copy_location(gast.Tuple(comparator.elts, gast.Load()), comparator)
    right = _side(ctx, comparator)
    ctx.hint = None if rest else hint
    first = _compare_once(ctx, op, left, right, node)
    if not rest:
        return first
    chain = lambda: _compare_chain(ctx, node, right, rest, None)  # noqa: E731
    return short_circuit(ctx, first, chain, node, is_and=True, hint=hint)


def _compare_once(ctx: Context, op: Any, one: Binding, other: Binding, node: Any) -> Value:
    function = COMPARISONS[type(op)]
    own = of_objects(ctx, function, [one, other], node)
    if own is not None:
        return ctx.as_value(own, node)
    if isinstance(op, gast.Eq | gast.NotEq | gast.Is | gast.IsNot) and _is_member(one) and _is_member(other):
        return ctx.builder.constant((one.value is other.value) == isinstance(op, gast.Eq | gast.Is), hint=ctx.hint)
    left, right = ctx.as_value(one, node), ctx.as_value(other, node)
    known = _of_dtypes(op, static(left.type), static(right.type))
    if known is not None:
        return ctx.builder.constant(known, hint=ctx.hint)
    if isinstance(op, gast.In | gast.NotIn):
        inside = operate(ctx, function, right, left, node=node)
        return inside if isinstance(op, gast.In) else operate(ctx, operator.not_, inside, node=node)
    if isinstance(op, gast.Is | gast.IsNot):
        known = _is_none(left.type, right.type)
        if known is not None:
            return ctx.builder.constant(known == isinstance(op, gast.Is), hint=ctx.hint)
    match left.type, right.type:
        case Literal(int() | str() | bool() | None as a), Literal(int() | str() | bool() | None as b) if type(
            a
        ) is type(b):
            if a is not None:
                return ctx.builder.constant(bool(OPERATORS.get(function, function)(a, b)), hint=ctx.hint)
    return operate(ctx, function, left, right, node=node)


def _of_dtypes(op: Any, left: Any, right: Any) -> bool | None:
    """Decide a comparison with a dtype, which is equal to whatever stands for it: `a.dtype == float`."""
    if left is DYNAMIC or right is DYNAMIC or not any(isinstance(one, np.dtype) for one in (left, right)):
        return None
    try:
        return bool(_DTYPE_COMPARISONS[type(op)](left, right))
    except (KeyError, TypeError):
        return None


_DTYPE_COMPARISONS: dict[type, Callable[..., Any]] = {
    gast.Eq: operator.eq,
    gast.NotEq: operator.ne,
    gast.Is: operator.is_,
    gast.IsNot: operator.is_not,
    gast.In: lambda left, right: left in right,
    gast.NotIn: lambda left, right: left not in right,
}


def _is_member(binding: Binding) -> TypeGuard[Known]:
    """Tell whether something is a member of an enumeration that compares by identity."""
    value = binding.value if isinstance(binding, Known) else None
    return isinstance(value, Enum) and type(value).__eq__ is object.__eq__


def _is_none(left: Type, right: Type) -> bool | None:
    """Decide `x is None` where the types tell; None where they don't."""
    match left, right:
        case Literal(None), Literal(None):
            return True
        case (Literal(None), other) | (other, Literal(None)):
            return None if isinstance(other, Unknown) else False
    return None


@expression(gast.BoolOp)
def _boolean(ctx: Context, node: gast.BoolOp) -> Binding:
    return _boolean_chain(ctx, node.values, isinstance(node.op, gast.And), ctx.hint)


def _boolean_chain(ctx: Context, nodes: list[Any], is_and: bool, hint: str | None) -> Value:
    first = ctx.value(nodes[0], hint if len(nodes) == 1 else None)
    if len(nodes) == 1:
        return first
    if isinstance(first.type, Literal) and isinstance(first.type.value, bool | None):
        return _boolean_chain(ctx, nodes[1:], is_and, hint) if bool(first.type.value) == is_and else first
    chain = lambda: _boolean_chain(ctx, nodes[1:], is_and, None)  # noqa: E731
    return short_circuit(ctx, first, chain, gast.Tuple(nodes[1:], gast.Load()), is_and=is_and, hint=hint)


def short_circuit(
    ctx: Context, first: Value, rest: Callable[[], Value], node: Any, *, is_and: bool, hint: str | None
) -> Value:
    """Lower `first and rest()` or `first or rest()`: the second is computed only where the first leaves it open."""
    env = dict(ctx.frame.env)
    with ctx.expression_region() as inner:
        second = rest()
        _refuse_rebinding(ctx, env, node)
        evaluated = inner.region((), (second,))
    kept = ctx.builder.nested().region((), (first,))
    result = Value(join(first.type, second.type), hint, hint is not None and ctx.frame.depth == 0)
    then, orelse = (evaluated, kept) if is_and else (kept, evaluated)
    ctx.builder.branch(first, then, orelse, (result,))
    return result


@expression(gast.IfExp)
def _conditional(ctx: Context, node: gast.IfExp) -> Binding:
    hint = ctx.hint
    test = ctx.value(node.test)
    known = truth(test.type)
    if known is not None:
        return ctx.lower(node.body if known else node.orelse, hint)
    arms, values = [], []
    for arm in (node.body, node.orelse):
        env = dict(ctx.frame.env)
        with ctx.expression_region() as inner:
            value = ctx.value(arm)
            _refuse_rebinding(ctx, env, arm)
            arms.append(inner.region((), (value,)))
            values.append(value)
    result = Value(join(values[0].type, values[1].type), hint, hint is not None and ctx.frame.depth == 0)
    ctx.builder.branch(test, arms[0], arms[1], (result,))
    return result


def _refuse_rebinding(ctx: Context, before: dict[str, Binding], node: Any) -> None:
    """Refuse an assignment expression in a part of an expression that may not be computed."""
    if any(before.get(name) is not binding for name, binding in ctx.frame.env.items()):
        message = "an assignment expression stands where it may not be reached"
        place = next((inner for inner in gast.walk(node) if isinstance(inner, gast.NamedExpr)), node)
        ctx.refuse("S2S125", message, "assign in a statement of its own", place)


def truth(type_: Type) -> bool | None:
    """Return the truth of a value where its type tells, else None."""
    match type_:
        case Literal(value) if isinstance(value, bool | int | str | float | tuple) or value is None:
            return bool(value)
        case _:
            return None
