"""Lowering stores: assignment to items, `out=`, and the methods and functions that change an object.

A store into an array is a new version of the root of its memory (`memory`), with the whole path of views in one
operation: `y[1:][0] = v` is one store into `y`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import gast
import numpy as np

from s2sad.frontend.context import Binding, Context
from s2sad.frontend.expressions import is_whole
from s2sad.frontend.indices import is_slice
from s2sad.frontend.places import Place
from s2sad.frontend.views import listed_entries
from s2sad.ir import primitives, primitives_stores
from s2sad.ir.program import Call, Form, Value
from s2sad.ir.types import Array, Dict, List, Literal, Slice, Tuple, Unknown, is_differentiable, widen

Store = Callable[..., Any]

AUGMENTED = "augmented"
"""How a store is spelt that the user wrote as `a[i] += e`."""


def store(
    ctx: Context, owner: Value, at: Value | None, value: Value, node: Any, function: Store = primitives.set_at
) -> None:
    """Lower `owner[at] = value`; without `at` the whole of `owner` is written.

    Raises
    ------
    DifferentiationError
        S2S140: the object cannot be stored into, or it came from outside the function; S2S141: floats are stored into
        an array of integers; S2S142: the object's memory may be shared in a way that cannot be told.
    """
    owner = ctx.current(owner)
    match widen(owner.type):
        case List() | Dict():
            store_item(ctx, owner, at, value, node)
        case Array(scalar=False) | Unknown():
            _store_part(ctx, owner, at, value, node, function)
        case other:
            ctx.refuse("S2S140", f"a value of type {other} cannot be changed in place", "make a new value", node)


def _store_part(ctx: Context, owner: Value, at: Value | None, value: Value, node: Any, function: Store) -> None:
    if isinstance(owner.type, Array):
        _check_kinds(ctx, owner.type, value, node)
    place = writable(ctx, owner, node)
    if at is None and place.steps and not isinstance(place.root.initial.type, Array):
        # all of an array that a list may hold, not what stands there in the list
        at = ctx.builder.constant(Ellipsis)
    indices = [*(step.operands[1] for step in place.steps if step.function is operator.getitem), *([at] if at else [])]
    deep = len(indices) > 1 or isinstance(node, gast.AugAssign)
    # only an array has a tuple for an index, or a part that is changed by augmented assignment to a slice
    is_array = isinstance(owner.type, Array) or (indices and isinstance(widen(indices[0].type), Tuple | Slice))
    if deep and not is_array and not (indices and is_slice(indices[0])):
        # what is changed may be an array in a list
        if not ctx.memory.is_plain(place.root) or place.root.holds_itself:
            message = "what is changed in place may be held by other lists, for all that is known without types"
            ctx.refuse("S2S142", message, "give types, or write `a[i] = a[i] … `", node)
        ctx.memory.write_inside(place.root, node)
    version = ctx.memory.versions.get(place.root, place.root.initial)
    index = path(ctx, place, at)
    initial = place.root.initial
    type_ = version.type if isinstance(version.type, Array) else None
    known = isinstance(version.type, Array) and version.type.dtype is not None
    if not known and is_differentiable(value.type) and not isinstance(value.type, Literal):
        ctx.builder.call(primitives_stores.check_kinds, version, value, type_=Literal(None))
    spelling = AUGMENTED if isinstance(node, gast.AugAssign) else None
    new = ctx.builder.call(
        function, version, index, value, spelling=spelling, hint=initial.hint, named=initial.named, type_=type_
    )
    if not isinstance(version.type, Array):
        # a list or an object array, for all that is known
        place.root.holds_itself |= ctx.memory.root(value) is place.root
        ctx.memory.hold(place.root, value)
    ctx.memory.write(place.root, new, node, ctx.builder, len(place.steps) + 1)


def replace_whole(ctx: Context, owner: Value, value: Value, node: Any) -> None:
    """Lower the replacement of all elements of an array by those of `value`."""
    place = writable(ctx, owner, node)
    apart = bool(place.steps) or place.root.is_flat
    if apart or not isinstance(owner.type, Array) or value.type != owner.type or owner.type.shape is None:
        store(ctx, owner, None, value, node)
        return
    ctx.memory.write(place.root, value, node, ctx.builder)


def writable(ctx: Context, owner: Value, node: Any) -> Place:
    """Return the place of an object that is stored into, which must be known and the function's own to change."""
    place = ctx.memory.place(owner)
    assert place is not None
    if any(place.root.initial is value for value, _ in ctx.captures.values()):
        message = f"{place.root.initial.hint!r} is changed in place, and it was not made by the function"
        ctx.refuse("S2S140", message, "pass it as an argument, or change a copy of it", node)
    return place


def path(ctx: Context, place: Place, at: Value | None) -> Value:
    """Return the index of a store: the steps of a place, then `at`."""
    steps, arguments = [], []
    for step in place.steps:
        operands = list(step.operands[1:])
        if len(operands) > 1 and step.function in (np.reshape, np.transpose):
            # as a method these take lengths and axes one by one
            operands = [ctx.builder.call(primitives.make_tuple, *operands)]
        steps.append((step.function, len(operands)))
        arguments += operands
    if at is not None:
        steps.append((operator.getitem, 1))
        arguments.append(at)
    if not steps:
        return ctx.builder.constant(Ellipsis)
    if len(steps) == 1 and steps[0][0] is operator.getitem:
        return arguments[0]
    return ctx.builder.call(primitives_stores.make_path, ctx.builder.constant(tuple(steps)), *arguments)


def _check_kinds(ctx: Context, array: Array, value: Value, node: Any) -> None:
    """Refuse to store floats into an array of integers, which would cut them off."""
    integers = array.dtype is not None and array.dtype.kind in "iub"
    if integers and is_differentiable(value.type) and not isinstance(value.type, Literal):
        message = f"a value of type {value.type} is stored into an array of type {array.dtype}, which cuts it off"
        ctx.refuse("S2S141", message, "make the array one of floats, or convert the value with int()", node)


# -- lists and dicts ---------------------------------------------------------------------------------------------------


def store_item(ctx: Context, owner: Value, at: Value | None, value: Value, node: Any) -> None:
    """Lower `owner[at] = value` of a list or dict."""
    place = writable(ctx, owner, node)
    if place.steps or at is None:
        ctx.refuse("S2S140", "a list inside an array is changed", "keep it apart", node)
    display = ctx.memory.display(owner)
    if display is not None and isinstance(at.type, Literal):
        changed = _with_item(ctx, display, at.type.value, value, node)
        if changed is not None:
            replace_listed(ctx, place, changed, node)
            return
    if isinstance(widen(owner.type), List) and not is_whole(at.type):
        ctx.refuse("S2S140", "a slice of a list is assigned to", "build a new list", node)
    if isinstance(owner.type, Dict) and (owner.type.entries is None or not isinstance(at.type, Literal)):
        ctx.refuse("S2S140", "a dict gets a key that is not known", "use a list, or keys that are constants", node)
    initial = place.root.initial
    new = ctx.builder.call(primitives.set_at, owner, at, value, hint=initial.hint, named=initial.named)
    ctx.memory.hold(place.root, value)
    ctx.memory.write(place.root, new, node, ctx.builder)


def _with_item(ctx: Context, display: Call, key: Any, value: Value, node: Any) -> Value | None:
    """Return a listed container with one item replaced; None where there is no such item."""
    if display.function is primitives.make_dict:
        entries = listed_entries(display) | {key: value}
        return listed(ctx, display, list(entries.values()), tuple(entries))
    count = len(display.operands)
    if isinstance(key, slice):
        return None
    if not isinstance(key, int) or not -count <= key < count:
        ctx.refuse("S2S140", f"the list has {count} items, and none at {key!r}", "check the index", node)
    operands = list(display.operands)
    operands[key] = value
    return listed(ctx, display, operands)


def listed(ctx: Context, display: Call, items: Sequence[Value], keys: tuple[Any, ...] = ()) -> Value:
    """Return a container like one that is listed, with other items."""
    named = display.result
    operands = [*([ctx.builder.constant(keys)] if display.function is primitives.make_dict else []), *items]
    return ctx.builder.call(display.function, *operands, hint=named.hint, named=named.named)


def copied_container(ctx: Context, owner: Value) -> Value | None:
    """Return a list or dict with the same items; None for anything else."""
    owner = ctx.current(owner)
    if not isinstance(widen(owner.type), List | Dict):
        return None
    display = ctx.memory.display(owner)
    if display is not None:
        return ctx.call(display.function, *display.operands)
    if isinstance(widen(owner.type), Dict):
        return None
    return ctx.call(operator.getitem, owner, ctx.builder.constant(slice(None)), form=Form.OPERATOR)


def replace_listed(ctx: Context, place: Place, version: Value, node: Any) -> None:
    """Let a container hold what a new display lists."""
    made = ctx.memory.definitions.get(version)
    for operand in made.operands if made is not None else ():
        ctx.memory.hold(place.root, operand)
    ctx.memory.write(place.root, version, node, ctx.builder)


# -- attributes and results -------------------------------------------------------------------------------------------


def store_attribute(ctx: Context, target: Any, binding: Binding) -> None:
    """Lower `owner.name = value`."""
    from s2sad.frontend.construct import assign_attribute

    assign_attribute(ctx, target, binding)


def store_out(ctx: Context, out: Value, value: Value, node: Any, *, is_ufunc: bool) -> Value:
    """Lower `out=`: the array gets the result's elements, and is the result."""
    if isinstance(widen(out.type), Tuple):
        display = ctx.memory.display(out)
        if display is None or len(display.operands) != 1:
            ctx.refuse("S2S140", "`out=` takes one array here", "pass the array itself", node)
        (out,) = display.operands
    if not isinstance(out.type, Array | Unknown):
        ctx.refuse("S2S140", f"`out=` of type {out.type} cannot be written into", "pass an array", node)
    shape = out.type.shape if isinstance(out.type, Array) else None
    given = value.type.shape if isinstance(value.type, Array) else ()
    if not is_ufunc and (shape is None or given is None or len(shape) != len(given)):
        ctx.refuse("S2S140", "`out=` is not known to have the shape of the result", "assign: a[...] = …", node)
    replace_whole(ctx, ctx.current(out), value, node)
    return ctx.current(out)
