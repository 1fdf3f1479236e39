"""Lowering statements: assignments, branches, returns; loops are in `loops`."""

from __future__ import annotations

from typing import Any

import gast

from s2sad.frontend.calls import bound_names, nested_function
from s2sad.frontend.context import BINDING_CLASSES, Binding, Context, statement
from s2sad.frontend.expressions import BINARY, index, items_of, operate
from s2sad.frontend.logic import truth
from s2sad.frontend.ownership import is_immutable, is_owned, keeps_type
from s2sad.frontend.source import FunctionSource
from s2sad.ir import primitives
from s2sad.ir.program import Call, Constant, Value
from s2sad.ir.types import UNDEFINED, Array, List, Literal, Tuple, Type, Unknown, join, widen

_MUTATION_ADVICE = "compute a new value instead, for example with np.where or np.concatenate"
_MAX_COPIES = 200


def lower_body(ctx: Context, source: FunctionSource, hint: str | None = None) -> Binding:
    """Lower the statements of a function and return what it returns."""
    result = _block(ctx, _without_docstring(source.node.body), hint, [0])
    return ctx.builder.constant(None) if result is None else result


def _without_docstring(body: list[Any]) -> list[Any]:
    first = body[0] if body else None
    if isinstance(first, gast.Expr) and isinstance(first.value, gast.Constant) and isinstance(first.value.value, str):
        return body[1:]
    return body


def run_block(ctx: Context, body: list[Any]) -> None:
    """Lower statements that do not return."""
    for node in body:
        ctx.run(node)


def _block(ctx: Context, body: list[Any], hint: str | None, copies: list[int]) -> Binding | None:
    """Lower statements up to a return; the result is what is returned, or None where the end is reached."""
    for k, node in enumerate(body):
        if isinstance(node, gast.Return):
            with ctx.at(node, is_statement=True):
                return ctx.builder.constant(None) if node.value is None else ctx.lower(node.value, hint)
        if isinstance(node, gast.If) and _returns(node):
            return _returning_branch(ctx, node, body[k + 1 :], hint, copies)
        if isinstance(node, gast.For | gast.While) and _returns(node):
            ctx.refuse("S2S102", "`return` inside a loop is not supported", "return after the loop", node)
        ctx.run(node)
    return None


def _returns(node: Any) -> bool:
    match node:
        case gast.Return():
            return True
        case gast.If() | gast.For() | gast.While() | gast.With() | gast.Try():
            return any(map(_returns, gast.iter_child_nodes(node)))
        case _:
            return False


def _returning_branch(
    ctx: Context, node: gast.If, rest: list[Any], hint: str | None, copies: list[int]
) -> Binding | None:
    """Lower an `if` that returns: what follows it belongs to the arms that go on."""
    copies[0] += 1
    if copies[0] > _MAX_COPIES:
        ctx.refuse("S2S103", "too many returns are nested in branches", "return once, at the end", node)
    with ctx.at(node):
        test = ctx.value(node.test)
    known = truth(test.type)
    if known is not None:
        return _block(ctx, [*(node.body if known else node.orelse), *rest], hint, copies)
    arms, values = [], []
    for arm in (node.body, node.orelse):
        with ctx.region() as inner:
            returned = _block(ctx, [*arm, *rest], hint, copies)
            value = inner.constant(None) if returned is None else ctx.as_value(returned, node)
            arms.append(inner.region((), (value,)))
            values.append(value)
    if sum(value.type == Literal(None) for value in values) == 1:
        message = "on some paths the function returns None, on others a value"
        ctx.refuse("S2S107", message, "return a value on every path", node)
    result = Value(join(values[0].type, values[1].type), hint or values[0].hint or values[1].hint)
    with ctx.at(node, is_statement=True):
        ctx.builder.branch(test, arms[0], arms[1], (result,))
    return result


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
    if node.decorator_list:
        ctx.refuse("S2S104", "a decorator on a nested function is not supported", "call it without the decorator", node)
    ctx.bind(node.name, nested_function(ctx, node.name, node))


@statement(gast.AnnAssign)
def _annotated(ctx: Context, node: gast.AnnAssign) -> None:
    if node.value is not None:
        assign(ctx, node.target, node.value)


@statement(gast.Assign)
def _assign(ctx: Context, node: gast.Assign) -> None:
    first, *others = node.targets
    assign(ctx, first, node.value)
    for target in others:
        if not (isinstance(target, gast.Name) and isinstance(first, gast.Name)):
            ctx.refuse("S2S105", "chained assignment to anything but names is not supported", "assign twice", node)
        ctx.bind(target.id, ctx.frame.env[first.id])


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
        and not any(isinstance(item, gast.Starred) for item in (*target.elts, *node.elts))
    ):
        hints = [item.id if isinstance(item, gast.Name) else None for item in target.elts]
        bindings = [ctx.lower(item, hint) for item, hint in zip(node.elts, hints, strict=True)]
        for item, binding in zip(target.elts, bindings, strict=True):
            destructure(ctx, item, binding)
        return
    destructure(ctx, target, ctx.lower(node))


def destructure(ctx: Context, target: Any, binding: Binding) -> None:
    """Bind the names of a target to a value, taking it apart where the target is a tuple."""
    match target:
        case gast.Name():
            ctx.bind(target.id, binding)
        case gast.Tuple() | gast.List():
            _unpack(ctx, target, ctx.as_value(binding, target))
        case gast.Subscript():
            ctx.refuse("S2S140", "assignment to an item is not supported", _MUTATION_ADVICE, target)
        case gast.Attribute():
            ctx.refuse("S2S140", "assignment to an attribute is not supported", "use a variable", target)
        case _:
            ctx.refuse("S2S105", "this target of an assignment is not supported", "assign to names", target)


def _unpack(ctx: Context, target: Any, value: Value) -> None:
    count = len(target.elts)
    if any(isinstance(item, gast.Starred) for item in target.elts):
        _unpack_starred(ctx, target, value)
        return
    made = _made_by(ctx, value)
    if isinstance(made, Call) and made.function in (primitives.make_tuple, primitives.make_list):
        items = list(made.operands)
    elif isinstance(value.type, Literal) and isinstance(value.type.value, tuple):
        items = items_of(ctx, value)
    else:
        items = _take_apart(ctx, target, value)
    if len(items) != count:
        ctx.refuse("S2S106", f"{len(items)} values are unpacked into {count} names", "match their numbers", target)
    for item, part in zip(target.elts, items, strict=True):
        destructure(ctx, item, part)


def _made_by(ctx: Context, value: Value) -> Call | Constant | None:
    for operation in reversed(ctx.builder.operations):
        if value in operation.results:
            return operation if isinstance(operation, Call | Constant) else None
    return None


def _take_apart(ctx: Context, target: Any, value: Value) -> list[Value]:
    types = item_types(value.type, len(target.elts))
    if types is None:
        ctx.refuse("S2S106", f"a value of type {value.type} cannot be unpacked here", "match their numbers", target)
    is_top = ctx.frame.depth == 0
    results = tuple(
        Value(type_, item.id if isinstance(item, gast.Name) else None, is_top and isinstance(item, gast.Name))
        for item, type_ in zip(target.elts, types, strict=True)
    )
    ctx.builder.add(Call(primitives.unpack, (value,), (), results, ctx.builder.origin))
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
        case Unknown():
            return [Unknown()] * count
        case _:
            return None


def _unpack_starred(ctx: Context, target: Any, value: Value) -> None:
    """Lower `a, *rest, z = value` by indices and one slice."""
    if not isinstance(value.type, List | Tuple | Unknown):
        ctx.refuse("S2S106", f"a value of type {value.type} is unpacked with a star", "index it instead", target)
    (star,) = (k for k, item in enumerate(target.elts) if isinstance(item, gast.Starred))
    after = len(target.elts) - star - 1
    for k, item in enumerate(target.elts):
        if k == star:
            at: Any = slice(star, -after or None)
            ctx.hint = item.value.id if isinstance(item.value, gast.Name) else None
            part = index(ctx, value, ctx.builder.constant(at))
            destructure(ctx, item.value, part)
        else:
            ctx.hint = item.id if isinstance(item, gast.Name) else None
            at = k if k < star else k - len(target.elts)
            destructure(ctx, item, index(ctx, value, ctx.builder.constant(at)))


@statement(gast.AugAssign)
def _augmented(ctx: Context, node: gast.AugAssign) -> None:
    """Lower `x += e` for numbers and tuples, which it rebinds; on an array it is a mutation."""
    if not isinstance(node.target, gast.Name):
        ctx.refuse("S2S140", "augmented assignment to an item or attribute is not supported", _MUTATION_ADVICE, node)
    name = node.target.id
    old = ctx.as_value(ctx.read(name, node.target), node.target)
    right = ctx.value(node.value)
    ctx.hint = name
    new = operate(ctx, BINARY[type(node.op)], old, right, node=node)
    if not is_immutable(old.type) and not (is_owned(ctx, old, name) and keeps_type(ctx, old, new)):
        advice = f"write `{name} = {name} … `, which makes a new array"
        ctx.refuse("S2S140", f"augmented assignment changes the array {name!r} in place", advice, node)
    if old in ctx.owned:
        ctx.relied.setdefault(old, node)
    if old in ctx.numbers:
        ctx.numbers.add(new)
    ctx.bind(name, new)


# -- branches ----------------------------------------------------------------------------------------------------------


@statement(gast.If)
def _if(ctx: Context, node: gast.If) -> None:
    test = ctx.value(node.test)
    known = truth(test.type)
    if known is not None:
        run_block(ctx, node.body if known else node.orelse)
        return
    before = dict(ctx.frame.env)
    regions, envs = [], []
    for arm in (node.body, node.orelse):
        with ctx.region() as inner:
            run_block(ctx, arm)
            regions.append(inner)
            envs.append(dict(ctx.frame.env))
    names = [name for name in sorted_by_binding(node) if any(env.get(name) is not before.get(name) for env in envs)]
    yields: tuple[list[Value], list[Value]] = ([], [])
    results, bound = [], []
    for name in names:
        arms = [env.get(name) for env in envs]
        if not all(arm is None or isinstance(arm, BINDING_CLASSES) for arm in arms):
            ctx.refuse("S2S108", f"{name!r} is bound to a function in a branch", "call it in the branch", node)
        values = []
        for arm, region in zip(arms, regions, strict=True):
            with _into(ctx, region):
                values.append(unbound_value(ctx) if arm is None else ctx.as_value(arm, node))
        for side, value in zip(yields, values, strict=True):
            side.append(value)
        first, second = (UNDEFINED if arm is None else value.type for arm, value in zip(arms, values, strict=True))
        type_ = join(first, second)
        results.append(Value(type_, name, ctx.frame.depth == 0))
        if any(arm is None or arm in ctx.unbound for arm in arms):
            ctx.unbound.add(results[-1])
        if all(value in ctx.numbers for value in values):
            ctx.numbers.add(results[-1])
        bound.append(name)
    closed = [inner.region((), tuple(side)) for inner, side in zip(regions, yields, strict=True)]
    ctx.builder.branch(test, closed[0], closed[1], tuple(results))
    for name, result in zip(bound, results, strict=True):
        ctx.bind(name, result)


class _into:  # noqa: N801 - reads as a statement
    """Build into a given region for a while."""

    def __init__(self, ctx: Context, builder: Any) -> None:
        self.ctx, self.builder = ctx, builder

    def __enter__(self) -> None:
        self.outer, self.ctx.builder = self.ctx.builder, self.builder

    def __exit__(self, *_: object) -> None:
        self.ctx.builder = self.outer


def unbound_value(ctx: Context) -> Value:
    """Return what stands for a variable that is not bound on this path."""
    return ctx.builder.constant(None)


def sorted_by_binding(node: Any) -> list[str]:
    """Return the names that a statement binds, in the order of their places in the text."""
    found: dict[str, None] = {}
    waiting = [node]
    while waiting:
        match waiting.pop():
            case gast.FunctionDef() | gast.ClassDef() | gast.Lambda() as definition:
                found.update(dict.fromkeys(sorted(bound_names(definition))))
            case gast.Name(id=name, ctx=gast.Store()):
                found[name] = None
            case other:
                waiting.extend(reversed(list(gast.iter_child_nodes(other))))
    return list(found)
