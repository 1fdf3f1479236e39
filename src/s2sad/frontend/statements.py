"""Lowering statements: assignments to names, items and attributes; blocks and branches are in `blocks`."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import gast

from s2sad.frontend.blocks import lower_block
from s2sad.frontend.collections import sequence_items
from s2sad.frontend.context import Binding, Context, statement
from s2sad.frontend.decorating import decorated
from s2sad.frontend.expressions import index, items_of, of_objects, operand
from s2sad.frontend.flow import DONE, RESULT, Flow
from s2sad.frontend.mutation import store, store_attribute
from s2sad.frontend.objects import as_tuple
from s2sad.frontend.scope import Collection, Known, Made
from s2sad.frontend.source import FunctionSource
from s2sad.ir import primitives
from s2sad.ir.program import Call, Value
from s2sad.ir.types import Array, List, Literal, Tuple, TupleOf, Type, Unknown, widen


def lower_body(ctx: Context, source: FunctionSource, hint: str | None = None) -> Binding:
    """Lower the statements of a function and return what it returns."""
    ctx.frame.result_hint = hint
    ctx.bind(DONE, Known(False))
    flow = lower_block(ctx, _without_docstring(source.node.body))
    result = ctx.frame.env.get(RESULT)
    if flow is Flow.FALLS or result is None:
        return ctx.builder.constant(None)
    nothing = (isinstance(result, Known) and result.value is None) or getattr(result, "type", None) == Literal(None)
    if flow is Flow.MAY and not nothing:
        message = "on some paths the function returns None, on others a value"
        ctx.refuse("S2S107", message, "return a value on every path", source.node)
    return result


def _without_docstring(body: list[Any]) -> list[Any]:
    first = body[0] if body else None
    if isinstance(first, gast.Expr) and isinstance(first.value, gast.Constant) and isinstance(first.value.value, str):
        return body[1:]
    return body


# -- simple statements -------------------------------------------------------------------------------------------------


@statement(gast.Pass)
def _pass(ctx: Context, node: gast.Pass) -> None:
    pass


@statement(gast.Expr)
def _expression_statement(ctx: Context, node: gast.Expr) -> None:
    if not isinstance(node.value, gast.Constant):
        ctx.lower(node.value)


@statement(gast.FunctionDef)
def _nested_def(ctx: Context, node: gast.FunctionDef) -> None:
    ctx.bind(node.name, decorated(ctx, node))


@statement(gast.AnnAssign)
def _annotated(ctx: Context, node: gast.AnnAssign) -> None:
    if node.value is not None:
        assign(ctx, node.target, node.value)


@statement(gast.Assign)
def _assign(ctx: Context, node: gast.Assign) -> None:
    first, *others = node.targets
    if not others:
        assign(ctx, first, node.value)
        return
    bound = ctx.lower(node.value, hint=first.id if isinstance(first, gast.Name) else None)
    for target in node.targets:
        destructure(ctx, target, bound)


def assign(ctx: Context, target: Any, node: Any) -> None:
    """Lower `target = node`."""
    if isinstance(target, gast.Name):
        ctx.bind(target.id, ctx.lower(node, hint=target.id))
        return
    sequence = isinstance(target, gast.Tuple | gast.List)
    if (
        sequence
        and isinstance(node, gast.Tuple | gast.List)
        and len(node.elts) == len(target.elts)
        and not _is_starred([*target.elts, *node.elts])
    ):
        hints = [item.id if isinstance(item, gast.Name) else None for item in target.elts]
        bindings = [ctx.lower(item, hint) for item, hint in zip(node.elts, hints, strict=True)]
        for item, binding in zip(target.elts, bindings, strict=True):
            destructure(ctx, item, binding)
        return
    destructure(ctx, target, ctx.lower(node, target.attr if isinstance(target, gast.Attribute) else None))


def destructure(ctx: Context, target: Any, binding: Binding) -> None:
    """Bind the names of a target to a value, taking it apart where the target is a tuple."""
    match target:
        case gast.Name():
            ctx.bind(target.id, binding)
        case gast.Tuple() | gast.List() if isinstance(binding, Collection) and not _is_starred(target.elts):
            _bind_items(ctx, target, sequence_items(ctx, binding))
        case gast.Tuple() | gast.List():
            _unpack(ctx, target, ctx.as_value(as_tuple(ctx, binding, target), target))
        case gast.Subscript():
            with ctx.at(target):
                _store_item(ctx, target, binding)
        case gast.Attribute():
            store_attribute(ctx, target, binding)
        case _:
            ctx.refuse("S2S105", "this target of an assignment is not supported", "assign to names", target)


def _store_item(ctx: Context, target: gast.Subscript, binding: Binding) -> None:
    owner = operand(ctx, target.value)
    if isinstance(owner, Made):
        at = ctx.lower(target.slice)
        if of_objects(ctx, operator.setitem, [owner, at, binding], target) is not None:
            return
    value, at = ctx.as_value(owner, target.value), ctx.value(target.slice)
    store(ctx, value, at, ctx.as_value(binding, target), target)


def _is_starred(targets: list[Any]) -> bool:
    return any(isinstance(target, gast.Starred) for target in targets)


def _unpack(ctx: Context, target: Any, value: Value) -> None:
    if _is_starred(target.elts):
        _unpack_starred(ctx, target, value)
        return
    display = ctx.memory.display(value)
    if display is not None and display.function is not primitives.make_dict:
        items = list(map(ctx.current, display.operands))
    elif isinstance(value.type, Literal) and isinstance(value.type.value, tuple):
        items = items_of(ctx, value)
    else:
        items = _take_apart(ctx, target, value)
    _bind_items(ctx, target, items)


def _bind_items(ctx: Context, target: Any, items: Sequence[Binding]) -> None:
    count = len(target.elts)
    if len(items) != count:
        ctx.refuse("S2S106", f"{len(items)} values are unpacked into {count} names", "match their numbers", target)
    for item, part in zip(target.elts, items, strict=True):
        destructure(ctx, item, part)


def _take_apart(ctx: Context, target: Any, value: Value) -> list[Value]:
    types = item_types(value.type, len(target.elts))
    if types is None:
        ctx.refuse("S2S106", f"a value of type {value.type} cannot be unpacked here", "match their numbers", target)
    is_top = ctx.frame.depth == 0
    results = tuple(
        Value(type_, item.id if isinstance(item, gast.Name) else None, is_top and isinstance(item, gast.Name))
        for item, type_ in zip(target.elts, types, strict=True)
    )
    unpack = Call(primitives.unpack, (value,), (), results, ctx.builder.origin)
    ctx.builder.add(unpack)
    for k, result in enumerate(results):
        if isinstance(value.type, Array):
            ctx.memory.row_of(value, ctx.builder.constant(k), result, unpack)
        ctx.memory.place(result)
    return list(results)


def item_types(type_: Type, count: int) -> list[Type] | None:
    """Return the types of the items of a sequence of `count` items, or None where it cannot have so many."""
    match widen(type_):
        case Tuple(items) | List(items=tuple() as items):
            return list(items) if len(items) == count else None
        case List(item):
            from s2sad.ir.types import instantiate

            return [instantiate(item) for _ in range(count)]
        case Array(dtype, shape) if shape is None or shape:
            if shape is not None and isinstance(shape[0], int) and shape[0] != count:
                return None
            rest = None if shape is None else shape[1:]
            return [Array(dtype, rest, scalar=rest == ())] * count
        case TupleOf(item=item):
            return [item] * count
        case Unknown():
            return [Unknown()] * count
        case _:
            return None


def _unpack_starred(ctx: Context, target: Any, value: Value) -> None:
    """Lower `a, *rest, z = value` by indices and the list of one slice."""
    from s2sad.frontend.sequences import as_list

    if not isinstance(value.type, List | Tuple | Unknown | Array):
        ctx.refuse("S2S106", f"a value of type {value.type} is unpacked with a star", "index it instead", target)
    (star,) = (k for k, item in enumerate(target.elts) if isinstance(item, gast.Starred))
    after = len(target.elts) - star - 1
    places: list[Any] = [k if k < star else k - len(target.elts) for k in range(len(target.elts))]
    places[star] = slice(star, -after or None)
    names = [item.value if isinstance(item, gast.Starred) else item for item in target.elts]
    parts = []
    for name, place in zip(names, places, strict=True):
        hint = name.id if isinstance(name, gast.Name) else None
        # a slice of a list is a list already
        becomes_list = isinstance(place, slice) and not isinstance(value.type, List)
        ctx.hint = None if becomes_list else hint
        part = index(ctx, value, ctx.builder.constant(place))
        ctx.hint = hint
        parts.append(as_list(ctx, part, target) if becomes_list else part)
    # all of it is taken apart before anything is bound or stored
    for name, part in zip(names, parts, strict=True):
        destructure(ctx, name, part)
