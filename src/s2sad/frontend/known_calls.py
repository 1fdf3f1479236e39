"""Lowering calls of functions that are objects at hand: NumPy's, Python's own, and those that make functions."""

from __future__ import annotations

import builtins
import functools
import itertools
import math
import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from s2sad import surgery
from s2sad.analysis.operands import DYNAMIC, static
from s2sad.frontend.adjoints import change_adjoint
from s2sad.frontend.collections import (
    dict_of,
    entries_of,
    is_function,
    known_length,
    sequence_items,
)
from s2sad.frontend.comprehensions import Deferred, as_sequence, decided, deferred_items
from s2sad.frontend.context import Binding, Context
from s2sad.frontend.handlers import HANDLERS, Arguments, Handler, Keywords, handler_of, handles
from s2sad.frontend.inlining import inline
from s2sad.frontend.iterated import Iterated, item_pattern, iterated_binding, iterated_builtin, name_node
from s2sad.frontend.prelude import EXTREMA, PRELUDE, prelude_source
from s2sad.frontend.scope import Collection, Compound, Known, Partial, Recomputed
from s2sad.ir import primitives
from s2sad.ir.primitives_schedule import with_snapshots
from s2sad.ir.program import Form, Value
from s2sad.ir.types import Literal, Range, Scalar, Unknown, widen
from s2sad.rules.homes import home_of
from s2sad.rules.user import has_own_rule


def call_special(
    ctx: Context, function: Any, args: Arguments, kwargs: Keywords, node: Any, hint: str | None
) -> Binding | None:
    """Lower a call of a function that is more than an operation; None for any other function."""
    if type(function).__hash__ is None:
        return None
    if function in PRELUDE:
        return call_prelude(ctx, PRELUDE[function], args, kwargs, node, hint)
    handler = handler_of(function)
    ctx.hint = hint
    return None if handler is None else handler(ctx, args, kwargs, node)


def call_prelude(
    ctx: Context, text: str, args: Arguments, kwargs: Keywords, node: Any, hint: str | None = None
) -> Binding:
    """Lower a call of a function that is given as a text."""
    settled = [as_sequence(ctx, arg, node) if isinstance(arg, Deferred) else arg for arg in args]
    source = prelude_source(text, ctx.frame.source.file, node)
    return inline(ctx, node, source, None, settled, kwargs, hint)


def refuse_homeless(ctx: Context, function: Any, node: Any) -> None:
    """Refuse a function with a rule of the user's that generated code could not import."""
    if has_own_rule(function) and home_of(function) is None:
        message = f"{function.__name__} has a rule, but no name by which generated code can import it"
        advice = "define it at the top of a module, or give `rule` its importable name as name="
        ctx.refuse("S2S203", message, advice, node)


def _refuse_arguments(ctx: Context, name: str, node: Any, advice: str = "check the call") -> Any:
    ctx.refuse("S2S134", f"`{name}` with these arguments is not supported", advice, node)


# -- functions that make functions -------------------------------------------------------------------------------------


@handles(functools.partial)
def _partial(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    if not args:
        _refuse_arguments(ctx, "partial", node)
    return Partial(args[0], tuple(args[1:]), dict(kwargs))


@handles(functools.lru_cache, functools.cache)
def _cached(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    if len(args) == 1 and is_function(args[0]):
        return args[0]
    # `lru_cache(maxsize=8)` returns the decorator
    return Known(functools.cache)


@handles(surgery.checkpoint)
def _checkpoint(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    if "snapshots" in kwargs and len(args) == len(kwargs) == 1:
        return _with_snapshots(ctx, args[0], ctx.as_value(kwargs["snapshots"], node), node)
    if len(args) != 1 or kwargs or not is_function(args[0]) or isinstance(args[0], Deferred | Collection):
        _refuse_arguments(ctx, "checkpoint", node, "pass one function, or a range and `snapshots=`")
    return Recomputed(args[0])


def _with_snapshots(ctx: Context, steps: Binding, count: Value, node: Any) -> Binding:
    if isinstance(steps, Compound) or not isinstance(widen(ctx.as_value(steps, node).type), Range):
        advice = "go through `range(…)` and index"
        ctx.refuse("S2S150", "`checkpoint` with snapshots of what is no range is not supported", advice, node)
    known = count.type.value if isinstance(count.type, Literal) else 1
    kind = widen(count.type)
    if (
        type(known) is not int
        or known < 1
        or not (isinstance(kind, Unknown) or (isinstance(kind, Scalar) and kind.kind == "int"))
    ):
        what = repr(known) if isinstance(count.type, Literal) else f"a value of type {count.type}"
        ctx.refuse("S2S134", f"`snapshots` must be an integer of 1 or more, not {what}", "give a number", node)
    return ctx.call(with_snapshots, ctx.as_value(steps, node), count)


@handles(surgery.adjoint)
def _adjoint(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    if len(args) != 2 or kwargs:
        _refuse_arguments(ctx, "adjoint", node, "pass a value and a function")
    return change_adjoint(ctx, args[0], args[1], node, ctx.hint)


# -- iterators ---------------------------------------------------------------------------------------------------------


def _builtin_iterator(kind: str) -> Handler:
    def handler(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
        return deferred_items(ctx, iterated_builtin(ctx, kind, args, kwargs, node), node)

    return handler


HANDLERS.update({function: _builtin_iterator(function.__name__) for function in (zip, enumerate, reversed)})


@handles(iter)
def _iter(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    if len(args) != 1 or kwargs:
        _refuse_arguments(ctx, "iter", node)
    return deferred_items(ctx, iterated_binding(ctx, args[0], node), node)


@handles(map)
def _map(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    if len(args) < 2 or kwargs:
        _refuse_arguments(ctx, "map", node)
    function, *sequences = args
    first = _in_step(ctx, sequences, node)
    pattern = item_pattern(first, store=False)
    parts = pattern.elts if len(sequences) > 1 else [pattern]
    return deferred_items(ctx, first, node, gast.Call(name_node("function"), parts, []), {"function": function})


@handles(itertools.starmap)
def _starmap(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    if len(args) != 2 or kwargs:
        _refuse_arguments(ctx, "starmap", node)
    first = iterated_binding(ctx, args[1], node)
    unpacked = gast.Starred(item_pattern(first, store=False), gast.Load())
    return deferred_items(ctx, first, node, gast.Call(name_node("function"), [unpacked], []), {"function": args[0]})


@handles(filter)
def _filter(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    if len(args) != 2 or kwargs:
        _refuse_arguments(ctx, "filter", node)
    first = iterated_binding(ctx, args[1], node)
    item = item_pattern(first, store=False)
    is_none = isinstance(args[0], Known | Value) and ctx.as_value(args[0], node).type == Literal(None)
    condition = item if is_none else gast.Call(name_node("function"), [item], [])
    element = item_pattern(first, store=False)
    return deferred_items(ctx, first, node, element, {"function": args[0]}, condition)


def _in_step(ctx: Context, sequences: Arguments, node: Any) -> Iterated:
    if len(sequences) > 1:
        return iterated_builtin(ctx, "zip", sequences, {}, node)
    return iterated_binding(ctx, sequences[0], node)


@handles(next)
def _next(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    ctx.refuse("S2S126", "`next` is not supported", "index the sequence, or loop over it", node)


# -- what consumes iterators -------------------------------------------------------------------------------------------


@handles(sum)
def _sum(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    hint = ctx.hint
    if not 1 <= len(args) + len(kwargs) <= 2 or not args or not set(kwargs) <= {"start"}:
        _refuse_arguments(ctx, "sum", node)
    items = ctx.as_value(as_sequence(ctx, args[0], node), node)
    start = [ctx.as_value(one, node) for one in (*args[1:], *kwargs.values())]
    ctx.hint = hint
    return ctx.call(sum, items, *start, form=Form.BUILTIN, spelling="sum")


def _of_numbers(function: Callable[..., Any]) -> Handler:
    def handler(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
        hint = ctx.hint
        operands = [ctx.as_value(as_sequence(ctx, arg, node), node) for arg in args]
        named = {name: ctx.as_value(one, node) for name, one in kwargs.items()}
        ctx.hint = hint
        return ctx.call(function, *operands, keywords=named)

    return handler


HANDLERS.update({one: _of_numbers(one) for one in (math.fsum, math.prod, math.dist, operator.countOf)})


def _decision(is_any: bool) -> Handler:
    def handler(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding | None:
        name = "any" if is_any else "all"
        if len(args) != 1 or kwargs:
            _refuse_arguments(ctx, name, node)
        if isinstance(args[0], Deferred):
            return decided(ctx, args[0], is_any)
        return ctx.call(getattr(builtins, name), ctx.as_value(args[0], node), form=Form.BUILTIN, spelling=name)

    return handler


HANDLERS.update({any: _decision(True), all: _decision(False)})


def _extremum(function: Callable[..., Any], python: Callable[..., Any]) -> Handler:
    spelling = python.__name__

    def handler(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
        hint = ctx.hint
        if kwargs or not args:
            advice = f"use np.{spelling}, np.argmax or a loop"
            ctx.refuse("S2S134", f"`{spelling}` with `key` or `default` is not supported", advice, node)
        items = args
        if len(args) == 1:
            sequence = as_sequence(ctx, args[0], node)
            if not known_length(sequence):
                return call_prelude(ctx, EXTREMA[python], [sequence], {}, node, hint)
            items = sequence_items(ctx, sequence)
        operands = [ctx.as_value(item, node) for item in items]
        result = operands[0]
        for k, operand in enumerate(operands[1:], start=2):
            ctx.hint = hint if k == len(operands) else None
            result = ctx.call(function, result, operand, form=Form.BUILTIN, spelling=spelling)
        return result

    return handler


HANDLERS.update({max: _extremum(np.maximum, max), min: _extremum(np.minimum, min)})


def _about_dtype(function: Callable[..., Any]) -> Handler:
    def handler(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding | None:
        known = static(ctx.as_value(args[0], node).type) if len(args) == 1 and not kwargs else DYNAMIC
        if known is DYNAMIC:
            return None
        try:
            return Known(function(known))
        except (TypeError, ValueError):
            return _refuse_arguments(ctx, function.__name__, node)  # type: ignore[no-any-return]

    return handler


HANDLERS.update({one: _about_dtype(one) for one in (np.dtype, np.finfo, np.iinfo)})


@handles(dict)
def _to_dict(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    entries: dict[Any, Binding] = {}
    for arg in args:
        known = entries_of(ctx, arg)
        if known is None:
            ctx.refuse("S2S122", "the keys of this dict are not known", "spell the dict out", node)
        entries |= known
    return dict_of(ctx, {**entries, **kwargs}, node)


@handles(set, frozenset)
def _to_set(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    ctx.refuse("S2S126", "a set as a value is not supported, since its order is not known", "use a tuple", node)


@handles(sorted)
def _sorted(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    if len(args) != 1 or not set(kwargs) <= {"reverse"}:
        _refuse_arguments(ctx, "sorted", node, "sort without a key, or use np.argsort")
    items = ctx.as_value(as_sequence(ctx, args[0], node), node)
    named = {name: ctx.as_value(one, node) for name, one in kwargs.items()}
    return ctx.call(sorted, items, form=Form.BUILTIN, spelling="sorted", **named)


@handles(np.ndarray)
def _ndarray(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    """Lower `np.ndarray(shape, dtype)`, which is an empty array."""
    if not 1 <= len(args) + len(kwargs) <= 2 or not len(args) <= 2 or not set(kwargs) <= {"shape", "dtype"}:
        _refuse_arguments(ctx, "ndarray", node, "use np.empty")
    operands = [ctx.as_value(arg, node) for arg in args]
    return ctx.call(np.empty, *operands, keywords={key: ctx.as_value(one, node) for key, one in kwargs.items()})


@handles(len)
def _len(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding | None:
    if len(args) == 1 and isinstance(args[0], Collection):
        return ctx.builder.constant(len(args[0].items), hint=ctx.hint)
    return None


@handles(slice)
def _slice(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    if kwargs or not 1 <= len(args) <= 3:
        _refuse_arguments(ctx, "slice", node)
    values = [ctx.as_value(arg, node) for arg in args]
    none = ctx.builder.constant(None)
    start, stop, step = (none, values[0], none) if len(values) == 1 else (*values, none)[:3]
    if all(isinstance(part.type, Literal) for part in (start, stop, step)):
        return ctx.builder.constant(slice(start.type.value, stop.type.value, step.type.value))  # type: ignore[union-attr]
    return ctx.call(primitives.make_slice, start, stop, step)


@handles(callable)
def _callable(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding | None:
    if len(args) == 1 and is_function(args[0]):
        return ctx.builder.constant(not isinstance(args[0], Collection | Deferred), hint=ctx.hint)
    return None


# -- operations of Python's own ----------------------------------------------------------------------------------------


@handles(pow)
def _pow(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    if len(args) != 2 or kwargs:
        _refuse_arguments(ctx, "pow", node)
    base, exponent = (ctx.as_value(arg, node) for arg in args)
    return ctx.call(np.power, base, exponent, form=Form.OPERATOR)


@handles(isinstance)
def _isinstance(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding | None:
    from s2sad.analysis.types_python import is_instance

    if len(args) != 2 or kwargs:
        _refuse_arguments(ctx, "isinstance", node)
    if is_function(args[0]):
        ctx.refuse("S2S112", "the class of a function is asked for", "remove the test", node)
    value, classes = (ctx.as_value(arg, node) for arg in args)
    known = is_instance(value.type, classes.type)
    if known is not None:
        return ctx.builder.constant(known, hint=ctx.hint)
    return ctx.call(isinstance, value, classes, form=Form.BUILTIN, spelling="isinstance")


@handles(operator.attrgetter, operator.methodcaller)
def _getter(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
    ctx.refuse("S2S130", "functions that read attributes are not supported", "write a lambda", node)
