"""Lowering calls that change an object: the methods of lists, dicts and arrays, and NumPy's functions that write."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from s2sad.frontend.context import Context
from s2sad.frontend.mutation import listed, replace_listed, replace_whole, store, store_item, writable
from s2sad.frontend.views import listed_entries
from s2sad.ir import primitives, primitives_stores
from s2sad.ir.program import Form, Value
from s2sad.ir.types import Array, Dict, List, Literal, Scalar, Unknown, widen
from s2sad.rules.gathering import places_along_axis
from s2sad.rules.matrices import diagonal_places, repeated_values
from s2sad.rules.rearranging import as_array
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol, lift, lower


def call_mutator(
    ctx: Context, owner: Value, name: str, operands: Sequence[Value], named: Mapping[str, Value], node: Any
) -> Value:
    """Lower a call of a method that changes its object, such as `append`, and return its result."""
    owner = ctx.current(owner)
    match widen(owner.type):
        case List():
            handler = _LIST_METHODS.get(name)
        case Dict():
            handler = _DICT_METHODS.get(name)
        case Array(scalar=False):
            handler = _ARRAY_METHODS.get(name)
        case Unknown() if name == "append":
            handler = _append
        case Unknown() if name in ("fill", "sort"):
            handler = _ARRAY_METHODS[name]
        case _:
            handler = None
    if handler is None or (named and name not in ("sort", "partition", "update")):
        advice = "build a new value instead"
        ctx.refuse(
            "S2S140",
            f"the method {name!r} of {owner.type} changes its object in a way that is not supported",
            advice,
            node,
        )
    try:
        result: Value | None = handler(ctx, owner, node, *operands, **named)
    except TypeError:
        ctx.refuse(
            "S2S134", f"the method {name!r} is called with arguments that it does not take", "check the call", node
        )
    return ctx.builder.constant(None) if result is None else result


def _append(ctx: Context, owner: Value, node: Any, item: Value) -> None:
    place = writable(ctx, owner, node)
    display = ctx.memory.display(owner)
    if display is not None:
        replace_listed(ctx, place, listed(ctx, display, [*display.operands, item]), node)
        return
    initial = place.root.initial
    new = ctx.builder.call(primitives_stores.append, owner, item, hint=initial.hint, named=initial.named)
    ctx.memory.hold(place.root, item)
    ctx.memory.write(place.root, new, node, ctx.builder)


def _extend(ctx: Context, owner: Value, node: Any, items: Value) -> None:
    place = writable(ctx, owner, node)
    display, other = ctx.memory.display(owner), ctx.memory.display(items)
    if display is not None and other is not None and other.function is not primitives.make_dict:
        replace_listed(ctx, place, listed(ctx, display, [*display.operands, *other.operands]), node)
        return
    if not isinstance(widen(items.type), List):
        ctx.refuse("S2S140", f"a list is extended by a value of type {items.type}", "extend it by a list", node)
    initial = place.root.initial
    new = ctx.builder.call(primitives.concatenate_lists, owner, items, hint=initial.hint, named=initial.named)
    ctx.memory.hold(place.root, items)
    ctx.memory.write(place.root, new, node, ctx.builder)


def _insert(ctx: Context, owner: Value, node: Any, at: Value, item: Value) -> None:
    place = writable(ctx, owner, node)
    display = ctx.memory.display(owner)
    position = at.type.value if isinstance(at.type, Literal) else None
    if display is not None and isinstance(position, int):
        operands = list(display.operands)
        operands.insert(position, item)
        replace_listed(ctx, place, listed(ctx, display, operands), node)
        return
    if position != 0:
        ctx.refuse("S2S140", "an item is inserted at a place that is not known", "append it, or insert it at 0", node)
    initial = place.root.initial
    front = ctx.builder.call(primitives.make_list, item)
    new = ctx.builder.call(primitives.concatenate_lists, front, owner, hint=initial.hint, named=initial.named)
    ctx.memory.hold(place.root, item)
    ctx.memory.write(place.root, new, node, ctx.builder)


def _pop(ctx: Context, owner: Value, node: Any, at: Value | None = None) -> Value:
    place = writable(ctx, owner, node)
    display = ctx.memory.display(owner)
    position: Any = -1
    if at is not None:
        position = at.type.value if isinstance(at.type, Literal) else None
    if display is not None and isinstance(position, int):
        operands = list(display.operands)
        if not -len(operands) <= position < len(operands):
            ctx.refuse("S2S140", f"the list has {len(operands)} items, and none at {position}", "check the index", node)
        taken = operands.pop(position)
        replace_listed(ctx, place, listed(ctx, display, operands), node)
        return ctx.current(taken)
    if position not in (0, -1):
        ctx.refuse("S2S140", "an item is taken out at a place that is not known", "take the first or the last", node)
    item = ctx.call(operator.getitem, owner, ctx.builder.constant(position), form=Form.OPERATOR)
    rest = slice(None, -1) if position else slice(1, None)
    initial = place.root.initial
    new = ctx.builder.call(
        operator.getitem, owner, ctx.builder.constant(rest), form=Form.OPERATOR, hint=initial.hint, named=initial.named
    )
    ctx.memory.write(place.root, new, node, ctx.builder)
    return item


def _clear(ctx: Context, owner: Value, node: Any) -> None:
    place = writable(ctx, owner, node)
    initial = place.root.initial
    ctx.memory.write(
        place.root, ctx.builder.call(primitives.make_list, hint=initial.hint, named=initial.named), node, ctx.builder
    )


def _reverse(ctx: Context, owner: Value, node: Any) -> None:
    place = writable(ctx, owner, node)
    display = ctx.memory.display(owner)
    if display is not None:
        replace_listed(ctx, place, listed(ctx, display, display.operands[::-1]), node)
        return
    initial = place.root.initial
    backwards = ctx.builder.constant(slice(None, None, -1))
    new = ctx.builder.call(
        operator.getitem, owner, backwards, form=Form.OPERATOR, hint=initial.hint, named=initial.named
    )
    ctx.memory.write(place.root, new, node, ctx.builder)


def _update(ctx: Context, owner: Value, node: Any, other: Value | None = None, **named: Value) -> None:
    place = writable(ctx, owner, node)
    display = ctx.memory.display(owner)
    added = ctx.memory.display(other) if other is not None else display
    if display is None or added is None or added.function is not primitives.make_dict:
        ctx.refuse("S2S140", "a dict is updated by what has no known keys", "assign its items one by one", node)
    entries = listed_entries(display)
    entries |= listed_entries(added)
    entries |= named
    replace_listed(ctx, place, listed(ctx, display, list(entries.values()), tuple(entries)), node)


def _take_key(ctx: Context, owner: Value, node: Any, key: Value, default: Value | None = None) -> Value:
    place = writable(ctx, owner, node)
    display = ctx.memory.display(owner)
    if display is None or not isinstance(key.type, Literal):
        ctx.refuse("S2S140", "an item of a dict is taken out by a key that is not known", "read it instead", node)
    entries = listed_entries(display)
    taken = entries.pop(key.type.value, default)
    if taken is None:
        ctx.refuse("S2S140", f"the dict has no key {key.type.value!r}", "check the key", node)
    replace_listed(ctx, place, listed(ctx, display, list(entries.values()), tuple(entries)), node)
    return ctx.current(taken)


def _set_default(ctx: Context, owner: Value, node: Any, key: Value, default: Value) -> Value:
    held = ctx.memory.held(owner, key.type.value) if isinstance(key.type, Literal) else None
    if held is not None:
        return ctx.current(held)
    if ctx.memory.display(owner) is None:
        ctx.refuse("S2S140", "a dict gets a key that is not known", "assign to it before", node)
    store_item(ctx, owner, key, default, node)
    return default


def _fill(ctx: Context, owner: Value, node: Any, value: Value) -> None:
    store(ctx, owner, None, value, node)


def _sort(ctx: Context, owner: Value, node: Any, axis: Value | None = None) -> None:
    options = {} if axis is None else {"axis": axis}
    replace_whole(ctx, owner, ctx.builder.call(np.sort, owner, keywords=options), node)


def _put(ctx: Context, owner: Value, node: Any, at: Value, value: Value) -> None:
    if not isinstance(owner.type, Array) or owner.type.rank != 1:
        ctx.refuse("S2S140", "`put` into an array that has not one axis", "assign to its items: a[…] = …", node)
    store(ctx, owner, at, value, node)


_LIST_METHODS: dict[str, Callable[..., Value | None]] = {
    "append": _append,
    "extend": _extend,
    "insert": _insert,
    "pop": _pop,
    "clear": _clear,
    "reverse": _reverse,
}
_DICT_METHODS: dict[str, Callable[..., Value | None]] = {
    "update": _update,
    "pop": _take_key,
    "setdefault": _set_default,
}
_ARRAY_METHODS: dict[str, Callable[..., Value | None]] = {"fill": _fill, "sort": _sort, "put": _put}


def _add_at(ctx: Context, node: Any, owner: Value, at: Value, value: Value) -> None:
    store(ctx, owner, at, value, node, primitives_stores.add_each_at)


def _subtract_at(ctx: Context, node: Any, owner: Value, at: Value, value: Value) -> None:
    negative = ctx.builder.call(np.negative, value, form=Form.OPERATOR)
    store(ctx, owner, at, negative, node, primitives_stores.add_each_at)


def _copy_to(ctx: Context, node: Any, owner: Value, value: Value, where: Value | None = None) -> None:
    if where is not None:
        value = ctx.builder.call(np.where, where, value, owner)
    store(ctx, owner, None, value, node)


def _put_into(ctx: Context, node: Any, owner: Value, at: Value, value: Value) -> None:
    _put(ctx, owner, node, at, value)


def _put_mask(ctx: Context, node: Any, owner: Value, mask: Value, value: Value) -> None:
    if not isinstance(widen(value.type), Scalar):
        ctx.refuse("S2S140", "`np.putmask` with more than one value repeats them", "assign: a[mask] = …", node)
    store(ctx, owner, mask, value, node)


def _fill_diagonal(ctx: Context, node: Any, a: Value, val: Value, wrap: Value | None = None) -> None:
    rank = a.type.rank if isinstance(a.type, Array) else None
    again = False if wrap is None else wrap.type.value if isinstance(wrap.type, Literal) else None
    if rank is None or rank < 2 or again is None:
        message = "`np.fill_diagonal` of an array of unknown number of axes, or with a `wrap` that is no constant"
        ctx.refuse("S2S140", message, "assign to its items", node)
    lengths = [Symbol(_length(ctx, a, axis), ctx.builder) for axis in range(rank)]
    places, count = diagonal_places(lengths, bool(again))
    value = repeated_values(Symbol(val, ctx.builder), count)
    at = lift(ctx.builder, places)
    store(ctx, a, at, lift(ctx.builder, value), node)


def _put_along_axis(ctx: Context, node: Any, owner: Value, indices: Value, values: Value, axis: Value) -> None:
    known = axis.type.value if isinstance(axis.type, Literal) else None
    try:
        arr, at = Symbol(owner, ctx.builder), lower(indices, ctx.builder, ctx.builder.definitions.get)
        places = lift(ctx.builder, places_along_axis("np.put_along_axis", arr, as_array(at), known))
    except Unsupported as error:
        ctx.refuse("S2S140", str(error), "assign to items: a[…] = …", node)
    store(ctx, owner, places, values, node)


def _length(ctx: Context, owner: Value, axis: int) -> Value:
    shape = ctx.builder.call(np.shape, owner, form=Form.ATTRIBUTE, spelling="shape")
    return ctx.builder.call(operator.getitem, shape, ctx.builder.constant(axis), form=Form.OPERATOR)


_WRITERS: dict[str, Callable[..., None]] = {
    "copyto": _copy_to,
    "put": _put_into,
    "putmask": _put_mask,
    "place": _put_mask,
    "fill_diagonal": _fill_diagonal,
    "put_along_axis": _put_along_axis,
}
_AT: dict[Any, Callable[..., None]] = {np.add: _add_at, np.subtract: _subtract_at}


def writer_of(function: Any) -> Callable[..., Any] | None:
    """Return what lowers a call of a function that writes into its first argument; None for any other function."""
    name = getattr(function, "__name__", None)
    if name == "at" and isinstance(getattr(function, "__self__", None), np.ufunc):
        added: Callable[..., Any] = _AT.get(function.__self__, _refuse_at)
        return added
    writer: Callable[..., Any] | None = _WRITERS.get(str(name))
    return writer if getattr(np, str(name), None) is function else None


def _refuse_at(ctx: Context, node: Any, *operands: Value) -> None:
    ctx.refuse("S2S140", "this `ufunc.at` is not supported", "use np.add.at, or a loop", node)


def call_writer(
    ctx: Context, writer: Callable[..., None], operands: Sequence[Value], named: Mapping[str, Value], node: Any
) -> Value:
    """Lower a call of a function that writes into its first argument."""
    try:
        writer(ctx, node, *map(ctx.current, operands), **named)
    except TypeError:
        ctx.refuse("S2S140", "this function is called in a way that is not supported", "assign to items instead", node)
    return ctx.builder.constant(None)
