"""Lowering comprehensions and generator expressions: as the loops that they stand for, or item by item.

A comprehension over a tuple or list whose items are known one by one is taken apart, so that each item keeps its type
and a list of known length gives a list of known length. Any other is lowered as the `for` statement that it stands for,
in a frame of its own, where a hidden list collects the items.

A generator expression, and what `map`, `filter`, `zip` and `enumerate` return, is `Deferred`: it is not a value, and
has to be consumed in the expression in which it stands, so that whether it is computed early or late makes no
difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import gast

from s2sad.frontend.collections import Entries, dict_of, is_dict, is_function, made
from s2sad.frontend.context import Binding, Context, Frame, expression
from s2sad.frontend.expressions import of_objects
from s2sad.frontend.inlining import bound_names
from s2sad.frontend.iterated import (
    Iterated,
    bind_target,
    count,
    item_pattern,
    iterated,
    loop_expression,
    lower_turn,
    name_node,
    turns,
)
from s2sad.frontend.laziness import Moment, Settled, check_lengths, container_roots
from s2sad.frontend.logic import truth
from s2sad.frontend.prelude import placed
from s2sad.frontend.scope import Collection, Compound, Known, Made
from s2sad.ir import primitives
from s2sad.ir.program import Value
from s2sad.ir.types import Literal

_MAX_UNROLLED = 16
_COLLECTED = "collected items"
"""The hidden list; no variable of the user's has a blank in its name."""


@dataclass(frozen=True, slots=True, eq=False)
class Deferred(Compound):
    """What yields items when it is iterated: `element` for each turn of `generators`, read in `frame`.

    `first` is what the first generator iterates, which is lowered where the expression stands. Where it `is_bare` the
    items are those of `first` themselves.
    """

    element: Any
    generators: tuple[Any, ...]
    frame: Frame
    node: Any
    first: Iterated
    moment: Moment
    is_bare: bool = False
    description = "an iterator"


@expression(gast.ListComp)
def _list_comprehension(ctx: Context, node: gast.ListComp) -> Binding:
    hint = ctx.hint
    return collected(ctx, _deferred(ctx, node, node.elt), hint)


@expression(gast.GeneratorExp)
def _generator(ctx: Context, node: gast.GeneratorExp) -> Binding:
    return _deferred(ctx, node, node.elt)


@expression(gast.DictComp)
def _dict_comprehension(ctx: Context, node: gast.DictComp) -> Binding:
    pair = gast.copy_location(gast.Tuple([node.key, node.value], gast.Load()), node)
    hint = ctx.hint
    items = _one_by_one(ctx, _deferred(ctx, node, pair), limit=None)
    if items is None:
        ctx.refuse("S2S122", "the keys of this dict are not known", "make a list, or spell the dict out", node)
    entries: dict[Any, Binding] = {}
    for item in items:
        key, value = item.items if isinstance(item, Collection) else (None, None)
        if not isinstance(key, Value) or not isinstance(key.type, Literal):
            ctx.refuse("S2S122", "the keys of this dict are not known", "make a list, or spell the dict out", node)
        entries[key.type.value] = value
    ctx.hint = hint
    return dict_of(ctx, entries, node)


@expression(gast.SetComp, gast.Set)
def _set(ctx: Context, node: Any) -> Binding:
    advice = "use a tuple; `x in {1, 2}` is fine with constants"
    ctx.refuse("S2S126", "a set as a value is not supported, since its order is not known", advice, node)


def _deferred(ctx: Context, node: Any, element: Any) -> Deferred:
    """Lower what the first generator iterates, and leave the rest for later."""
    for inner in gast.walk(node):
        if isinstance(inner, gast.NamedExpr):
            message = "an assignment expression stands inside a comprehension"
            ctx.refuse("S2S125", message, "write the comprehension as a loop", inner)
        if isinstance(inner, gast.comprehension) and inner.is_async:
            ctx.refuse("S2S100", "an asynchronous comprehension is not supported", "write it as a loop", node)
    first = iterated(ctx, node.generators[0].iter)
    return Deferred(element, tuple(node.generators), ctx.frame, node, first, Moment(ctx))


def deferred_items(
    ctx: Context,
    first: Iterated,
    node: Any,
    element: Any = None,
    env: dict[str, Binding] | None = None,
    condition: Any = None,
) -> Deferred:
    """Return what yields `element` for each item of `first`, or the items themselves.

    Parameters
    ----------
    ctx : Context
        The state of lowering.
    first : Iterated
        What is iterated.
    node : gast node
        What the diagnostics point at.
    element : gast node, optional
        An expression of the variables of `item_pattern`.
    env : dict, optional
        What else it reads.
    condition : gast node, optional
        What decides whether there is an element for an item.
    """
    frame = Frame(ctx.frame.source, dict(env or {}), frozenset(env or ()), ctx.frame.depth, None, ctx.frame)
    conditions = [] if condition is None else [placed(condition, node)]
    generator = gast.comprehension(placed(item_pattern(first, store=True), node), None, conditions, 0)
    shown = item_pattern(first, store=False) if element is None else element
    is_bare = element is None and condition is None
    return Deferred(placed(shown, node), (generator,), frame, node, first, Moment(ctx), is_bare)


def as_sequence(ctx: Context, binding: Binding, node: Any) -> Binding:
    """Return what is iterated as a container or a value: the items of an iterator are computed now."""
    match binding:
        case Deferred():
            return collected(ctx, binding)
        case Entries():
            return binding.settled(ctx)
        case Collection():
            return binding
        case Made() if (own := of_objects(ctx, iter, [binding], node)) is not None:
            return as_sequence(ctx, own, node)
        case _:
            return ctx.as_value(binding, node)


# -- item by item, or as a loop ----------------------------------------------------------------------------------------


def collected(ctx: Context, deferred: Deferred, hint: str | None = None) -> Binding:
    """Return the list of what an iterator yields."""
    deferred.moment.refuse_changed(ctx, container_roots(ctx, deferred.first), deferred.node)
    items = _one_by_one(ctx, deferred, _MAX_UNROLLED)
    if items is None:
        append = gast.Attribute(name_node(_COLLECTED), "append", gast.Load())
        statement = gast.Expr(gast.Call(append, [deferred.element], []))
        with _entered(ctx, deferred):
            ctx.hint = hint
            ctx.bind(_COLLECTED, ctx.call(primitives.make_list))
            ctx.hint = None
            _run(ctx, _loop(ctx, deferred, _placed(statement, deferred.node)))
            check_lengths(ctx, deferred.first, deferred.node)
            return ctx.as_value(ctx.frame.env[_COLLECTED], deferred.node)
    if any(map(is_function, items)) and not all(map(_is_plain_tuple, items)):
        return Collection(list, tuple(items))
    ctx.hint = hint
    return ctx.call(primitives.make_list, *(_packed(ctx, item, deferred.node) for item in items))


def decided(ctx: Context, deferred: Deferred, is_any: bool) -> Value:
    """Lower `any` or `all` of an iterator, which stops at the first item that decides."""
    from s2sad.frontend.statements import lower_body

    test = deferred.element if is_any else gast.UnaryOp(gast.Not(), deferred.element)
    answers = [gast.Return(gast.Constant(known, None)) for known in (is_any, not is_any)]
    found = _placed(gast.If(test, [answers[0]], []), deferred.node)
    with _entered(ctx, deferred):
        body = [_loop(ctx, deferred, found), _placed(answers[1], deferred.node)]
        ctx.frame.source = replace(ctx.frame.source, node=_function(body))
        return ctx.as_value(lower_body(ctx, ctx.frame.source), deferred.node)


def _function(body: list[Any]) -> gast.FunctionDef:
    nothing = gast.arguments([], [], None, [], [], None, [])
    return gast.FunctionDef("decide", nothing, body, [], None, None, [])


def _one_by_one(ctx: Context, deferred: Deferred, limit: int | None) -> list[Binding] | None:
    """Lower an element for each item, one after another; None where the items or the conditions are not known."""
    length = count(deferred.first)
    if len(deferred.generators) != 1 or length is None:
        return None
    (generator,) = deferred.generators
    if limit is not None and length > (4 * limit if _goes_through_functions(deferred.first) else limit):
        return None
    found: list[Binding] = []
    with _entered(ctx, deferred):
        for item in turns(ctx, deferred.first, deferred.node):
            bind_target(ctx, generator.target, lower_turn(ctx, item))
            known = [truth(ctx.value(condition).type) for condition in generator.ifs]
            if None in known:
                return None
            if all(known):
                found.append(_element(ctx, deferred.element))
            check_lengths(ctx, deferred.first, deferred.node)
    return found


def _goes_through_functions(what: Any) -> bool:
    match what:
        case Iterated(parts=parts):
            return any(map(_goes_through_functions, parts))
        case Entries(owner=owner):
            return _holds_function(owner)
        case _:
            return _holds_function(what)


def _holds_function(binding: Binding) -> bool:
    if isinstance(binding, Collection):
        return any(map(_holds_function, binding.items))
    return is_function(binding)


def _element(ctx: Context, node: Any) -> Binding:
    if isinstance(node, gast.Tuple) and not any(isinstance(item, gast.Starred) for item in node.elts):
        return Collection(tuple, tuple(ctx.lower(item) for item in node.elts))
    return ctx.lower(node)


def _is_plain_tuple(binding: Binding) -> bool:
    """Tell whether something is a value, or a tuple that was kept apart although it holds no function."""
    if isinstance(binding, Collection) and binding.keys is None:
        return not _holds_function(binding)
    return not is_function(binding)


def _packed(ctx: Context, binding: Binding, node: Any) -> Value:
    if isinstance(binding, Collection):
        return made(ctx, primitives.make_tuple, *(_packed(ctx, item, node) for item in binding.items))
    return ctx.as_value(binding, node)


def _loop(ctx: Context, deferred: Deferred, body: Any) -> Any:
    """Return the statement that a comprehension stands for, with `body` for each item."""
    last = deferred.generators[0]
    for generator in reversed(deferred.generators):
        for condition in reversed(generator.ifs):
            body = _placed(gast.If(condition, [body], []), condition)
        source = generator.iter
        if generator is last:
            source = loop_expression(deferred.first, ctx.frame.env, deferred.node)
        body = _placed(gast.For(generator.target, source, [body], [], None), deferred.node)
    return body


def _placed(node: Any, place: Any) -> Any:
    """Give the nodes that are new the place of an old one."""
    for inner in gast.walk(node):
        if "lineno" in getattr(inner, "_attributes", ()) and getattr(inner, "lineno", None) is None:
            gast.copy_location(inner, place)
    return node


@contextmanager
def _entered(ctx: Context, deferred: Deferred) -> Iterator[None]:
    """Lower meanwhile in a frame in which the variables of a comprehension live."""
    caller, names = ctx.frame, {_COLLECTED}
    for generator in deferred.generators:
        names |= bound_names(generator.target)
    outer = deferred.frame
    ctx.frame = Frame(outer.source, {}, frozenset(names), caller.depth + 1, outer, caller)
    try:
        yield
    finally:
        ctx.frame = caller


def _run(ctx: Context, statement: Any) -> None:
    from s2sad.frontend.blocks import run_block

    run_block(ctx, [statement])


# -- loops over functions ----------------------------------------------------------------------------------------------


def unrolled(ctx: Context, node: gast.For) -> list[Any] | None:
    """Return the statements of a loop over functions, or over the entries of a dict, one turn after another.

    None stands for any other loop. Hidden variables hold the items; the statements are to be lowered in place of the
    loop.
    """
    if not _must_unroll(ctx, node.iter):
        return None
    with ctx.at(node, is_statement=True):
        what = iterated(ctx, node.iter)
    if count(what) is None:
        return None
    for inner in own_jumps(node.body):
        message = "a loop over functions or over the entries of a dict cannot be left early"
        ctx.refuse("S2S151", message, "use an `if` instead, or write the turns out", inner)
    return turn_statements(ctx, what, node)


def turn_statements(ctx: Context, what: Iterated, node: gast.For) -> list[Any]:
    """Return the statements of a loop, one turn after another."""
    statements: list[Any] = []
    header = gast.copy_location(gast.Pass(), node)
    header.end_lineno, header.end_col_offset = node.iter.end_lineno, node.iter.end_col_offset
    for item in turns(ctx, what, node.iter):
        assignment = gast.Assign([node.target], item, None)
        first, last = gast.copy_location(_placed(assignment, node.target), header), Settled(what)
        statements += [first, *node.body, gast.copy_location(last, header)]
    return [*statements, *node.orelse]


def _must_unroll(ctx: Context, node: Any) -> bool:
    match node:
        case gast.Name() | gast.Attribute():
            return isinstance(_peek(ctx, node), Collection | Made) or is_dict(_peek(ctx, node))
        case gast.Tuple(elts=items) | gast.List(elts=items):
            return any(isinstance(item, gast.Lambda) or _is_known_function(ctx, item) for item in items)
        case gast.Call(func=gast.Attribute(value=owner, attr="items" | "keys" | "values"), args=[]):
            return isinstance(owner, gast.Dict) or is_dict(_peek(ctx, owner))
        case gast.Call(func=gast.Name(), args=args):
            callee = _peek(ctx, node.func)
            known = callee.value if isinstance(callee, Known) else None
            return known in (zip, enumerate, reversed) and any(_must_unroll(ctx, arg) for arg in args)
        case _:
            return False


def _is_known_function(ctx: Context, node: Any) -> bool:
    if isinstance(node, gast.Tuple | gast.List):
        return any(_is_known_function(ctx, item) for item in node.elts)
    return isinstance(node, gast.Lambda) or is_function(_peek(ctx, node))


def _peek(ctx: Context, node: Any) -> Binding:
    """Return what a dotted name is bound to; None for anything that would have to be computed."""
    match node:
        case gast.Name():
            return ctx.lower(node)
        case gast.Attribute(value=owner) if not isinstance(_peek(ctx, owner), Value | None):
            return ctx.lower(node)
        case _:
            return None  # type: ignore[return-value]


def own_jumps(body: list[Any]) -> Iterator[Any]:
    """Yield the `break` and `continue` statements that belong to a loop with this body."""
    for node in body:
        match node:
            case gast.Break() | gast.Continue():
                yield node
            case gast.For() | gast.While():
                yield from own_jumps(node.orelse)
            case gast.FunctionDef() | gast.Lambda() | gast.ClassDef():
                pass
            case _:
                yield from own_jumps(list(gast.iter_child_nodes(node)))
