"""Lowering augmented assignment, which binds a number anew and changes an array in place."""

from __future__ import annotations

import operator
from typing import Any

import gast

from s2sad.frontend.context import Context, statement
from s2sad.frontend.expressions import BINARY, index, of_objects, operand, operate
from s2sad.frontend.indices import has_memory
from s2sad.frontend.mutation import replace_whole, store
from s2sad.frontend.mutators import call_mutator
from s2sad.frontend.scope import Made
from s2sad.ir.program import Value
from s2sad.ir.types import Array, Dict, List, Literal, Tuple, Unknown, widen


@statement(gast.AugAssign)
def _augmented(ctx: Context, node: gast.AugAssign) -> None:
    match node.target:
        case gast.Name(id=name):
            _name(ctx, node, name)
        case gast.Subscript():
            _item(ctx, node)
        case _:
            _attribute(ctx, node)


def _name(ctx: Context, node: gast.AugAssign, name: str) -> None:
    """Lower `x += e`."""
    old = ctx.as_value(ctx.read(name, node.target), node.target)
    right = ctx.value(node.value)
    old = ctx.current(old)
    if isinstance(widen(old.type), List | Dict):
        _extend(ctx, node, old, right)
        return
    place = ctx.memory.place(old)
    is_part = isinstance(old.type, Array) and place is not None and bool(place.steps)
    ctx.hint = None if is_part else name
    new = operate(ctx, BINARY[type(node.op)], old, right, node=node)
    if not has_memory(old.type) or isinstance(widen(old.type), Tuple):
        if old in ctx.numbers:
            ctx.numbers.add(new)
        ctx.bind(name, new)
        return
    if isinstance(old.type, Array):
        replace_whole(ctx, old, new, node)
        return
    if not ctx.is_arithmetic(old):
        message = f"augmented assignment may change the array {name!r} in place"
        ctx.refuse("S2S140", message, f"write `{name} = {name} … `, which makes a new array, or give types", node)
    _change(ctx, old, new, node)
    ctx.bind(name, new)


def _change(ctx: Context, old: Value, new: Value, node: gast.AugAssign) -> None:
    """Note that a number or an array has become another: an array under all its names, a number under this one."""
    ctx.memory.lose(old, node)
    ctx.numbers.add(new)


def _extend(ctx: Context, node: gast.AugAssign, old: Value, right: Value) -> None:
    """Lower `items += more` of a list and `entries |= more` of a dict."""
    method = {(List, gast.Add): "extend", (Dict, gast.BitOr): "update"}.get((type(widen(old.type)), type(node.op)))
    if method is None:
        ctx.refuse("S2S120", f"this operator on {old.type} is not supported", "write it in other terms", node)
    call_mutator(ctx, old, method, [right], {}, node)


def _item(ctx: Context, node: gast.AugAssign) -> None:
    """Lower `a[i] += e`: the item is read, changed and stored."""
    found = operand(ctx, node.target.value)
    if isinstance(found, Made) and _of_object(ctx, found, node):
        return
    owner, at = ctx.as_value(found, node.target.value), ctx.value(node.target.slice)
    with ctx.at(node.target):
        old = index(ctx, ctx.current(owner), at)
    right = ctx.value(node.value)
    old = ctx.current(old)
    new = operate(ctx, BINARY[type(node.op)], old, right, node=node)
    owner = ctx.current(owner)
    if isinstance(owner.type, Array) or not has_memory(old.type):
        store(ctx, owner, at, new, node)
        return
    is_at_place = isinstance(at.type, Literal) or ctx.memory.can_put_back(old)
    if isinstance(owner.type, List | Dict | Tuple) and isinstance(old.type, Array) and is_at_place:
        # an array in a list is changed itself, under all its names
        replace_whole(ctx, old, new, node)
        return
    if isinstance(owner.type, Unknown) and isinstance(widen(old.type), Unknown):
        # an element of an array, as far as can be told: what it is computed from is stored in its place
        store(ctx, owner, at, new, node)
        return
    message = "augmented assignment changes what a list holds at a place that is not known, which others may hold"
    ctx.refuse("S2S142", message, "write `a[i] = a[i] … `, which makes a new item", node)


def _of_object(ctx: Context, owner: Made, node: gast.AugAssign) -> bool:
    """Lower `o[k] += e` by the methods of an object; tell whether it has them."""
    at = ctx.lower(node.target.slice)
    old = of_objects(ctx, operator.getitem, [owner, at], node.target)
    if old is None:
        return False
    item = ctx.as_value(old, node.target)
    if has_memory(item.type):
        message = "augmented assignment may change an array that the object gives out, in place"
        ctx.refuse("S2S140", message, "write `o[k] = o[k] … `, which makes a new array", node)
    new = operate(ctx, BINARY[type(node.op)], item, ctx.value(node.value), node=node)
    return of_objects(ctx, operator.setitem, [owner, at, new], node.target) is not None


def _attribute(ctx: Context, node: gast.AugAssign) -> None:
    from s2sad.frontend.mutation import store_attribute

    target: Any = node.target
    with ctx.at(target):
        old = ctx.value(gast.Attribute(target.value, target.attr, gast.Load(), **_place(target)))
    right = ctx.value(node.value)
    if isinstance(widen(old.type), List | Dict):
        _extend(ctx, node, ctx.current(old), right)
        return
    new = operate(ctx, BINARY[type(node.op)], ctx.current(old), right, node=node)
    if isinstance(old.type, Array) and has_memory(old.type):
        replace_whole(ctx, ctx.current(old), new, node)
        return
    if isinstance(old.type, Unknown):
        _change(ctx, old, new, node)
    store_attribute(ctx, target, new)


def _place(node: Any) -> dict[str, Any]:
    names = ("lineno", "col_offset", "end_lineno", "end_col_offset")
    return {name: getattr(node, name) for name in names if hasattr(node, name)}
