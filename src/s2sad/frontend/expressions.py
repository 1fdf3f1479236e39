"""Lowering expressions: operators, comparisons, indexing, attributes, displays and conditional expressions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any

import gast
import numpy as np

from s2sad.frontend.context import Binding, Closure, Context, expression
from s2sad.frontend.scope import Known, Namespace, Unreadable, attribute
from s2sad.ir import primitives
from s2sad.ir.program import Form, Value
from s2sad.ir.types import STR, Array, Dict, List, Literal, Scalar, Tuple, Type, Unknown, widen

BINARY: dict[type, Callable[..., Any]] = {
    gast.Add: np.add,
    gast.Sub: np.subtract,
    gast.Mult: np.multiply,
    gast.Div: np.divide,
    gast.FloorDiv: np.floor_divide,
    gast.Mod: np.remainder,
    gast.Pow: np.power,
    gast.MatMult: np.matmul,
    gast.BitAnd: np.bitwise_and,
    gast.BitOr: np.bitwise_or,
    gast.BitXor: np.bitwise_xor,
    gast.LShift: np.left_shift,
    gast.RShift: np.right_shift,
}
UNARY: dict[type, Callable[..., Any]] = {
    gast.USub: np.negative,
    gast.UAdd: np.positive,
    gast.Invert: np.invert,
    gast.Not: operator.not_,
}
ATTRIBUTES: dict[str, Callable[..., Any]] = {
    "T": np.transpose,
    "shape": np.shape,
    "ndim": np.ndim,
    "size": np.size,
    "real": np.real,
    "imag": np.imag,
}
"""What an attribute of an array is: the function that computes it."""


@expression(gast.Constant)
def _constant(ctx: Context, node: gast.Constant) -> Binding:
    return ctx.builder.constant(node.value, hint=ctx.hint)


@expression(gast.Name)
def _name(ctx: Context, node: gast.Name) -> Binding:
    return ctx.read(node.id, node)


def operate(ctx: Context, function: Callable[..., Any], *operands: Value, node: Any) -> Value:
    """Append an operator; operators on lists, tuples and strings are operations of their own."""
    types = [widen(operand.type) for operand in operands]
    if function in _BITWISE and any(is_float(type_) for type_ in types):
        ctx.refuse("S2S120", "a bitwise operator on floats is an error", "use comparisons and np.where", node)
    if any(isinstance(type_, List | Tuple | Dict) or type_ == STR for type_ in types):
        return _operate_on_containers(ctx, function, operands, node)
    return ctx.call(function, *operands, form=Form.OPERATOR)


_BITWISE = (np.invert, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.left_shift, np.right_shift)


def is_float(type_: Type) -> bool:
    """Tell whether a value is known to be a float or an array of floats."""
    match type_:
        case Scalar(kind):
            return kind in ("float", "complex")
        case Array(dtype):
            return dtype is not None and dtype.kind in "fc"
        case _:
            return False


def _operate_on_containers(ctx: Context, function: Callable[..., Any], operands: tuple[Value, ...], node: Any) -> Value:
    match function, [operand.type for operand in operands]:
        case np.add, [List(), List()]:
            return ctx.call(primitives.concatenate_lists, *operands)
        case np.add, [Tuple(), Tuple()]:
            items = [item for operand in operands for item in items_of(ctx, operand)]
            return ctx.call(primitives.make_tuple, *items)
        case ((operator.is_ | operator.is_not | operator.contains | operator.not_ | np.equal | np.not_equal), _):
            return ctx.call(function, *operands, form=Form.OPERATOR)
        case _, types if any(isinstance(t, Array) for t in types) and any(isinstance(t, List | Tuple) for t in types):
            arrays = [ctx.builder.call(np.array, o) if isinstance(o.type, List | Tuple) else o for o in operands]
            return ctx.call(function, *arrays, form=Form.OPERATOR)
        case _:
            kinds = " and ".join(str(operand.type) for operand in operands)
            ctx.refuse(
                "S2S120", f"this operator on {kinds} is not supported", "use arrays, or write it in other terms", node
            )


def items_of(ctx: Context, value: Value) -> list[Value]:
    """Take a tuple of known length apart."""
    if isinstance(value.type, Literal):
        return [ctx.builder.constant(item) for item in value.type.value]
    assert isinstance(value.type, Tuple)
    return [index(ctx, value, ctx.builder.constant(i)) for i in range(len(value.type.items))]


@expression(gast.BinOp)
def _binary(ctx: Context, node: gast.BinOp) -> Binding:
    # a long sum leans to the left: its operators are taken one after another, not one inside another
    hint, spine = ctx.hint, [node]
    while isinstance(spine[-1].left, gast.BinOp):
        spine.append(spine[-1].left)
    left = ctx.value(spine[-1].left)
    for operator_node in reversed(spine):
        with ctx.at(operator_node):
            right = ctx.value(operator_node.right)
            ctx.hint = hint if operator_node is node else None
            left = _binary_once(ctx, operator_node, left, right)
    return left


def _binary_once(ctx: Context, node: gast.BinOp, left: Value, right: Value) -> Value:
    function = BINARY[type(node.op)]
    folded = _fold(function, left, right)
    if folded is not None:
        return ctx.builder.constant(folded, hint=ctx.hint)
    return operate(ctx, function, left, right, node=node)


_FOLDABLE = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.floor_divide: operator.floordiv,
    np.remainder: operator.mod,
}


def _fold(function: Callable[..., Any], left: Value, right: Value) -> int | None:
    """Compute with integers that are known, so that shapes and indices stay known."""
    match left.type, right.type:
        case Literal(int() as a), Literal(int() as b) if function in _FOLDABLE and max(abs(a), abs(b)) < 2**31:
            if b == 0 and function in (np.floor_divide, np.remainder):
                return None
            return int(_FOLDABLE[function](a, b))
    return None


@expression(gast.UnaryOp)
def _unary(ctx: Context, node: gast.UnaryOp) -> Binding:
    operand = ctx.value(node.operand)
    match node.op, operand.type:
        case gast.USub(), Literal(int() | float() | complex() as number) if not isinstance(number, bool | np.generic):
            return ctx.builder.constant(-number, hint=ctx.hint)
        case gast.Not(), Literal(known) if isinstance(known, bool | None):
            return ctx.builder.constant(not known, hint=ctx.hint)
    return operate(ctx, UNARY[type(node.op)], operand, node=node)


@expression(gast.Tuple)
def _tuple(ctx: Context, node: gast.Tuple) -> Binding:
    return _display(ctx, node, primitives.make_tuple)


@expression(gast.List)
def _list(ctx: Context, node: gast.List) -> Binding:
    return _display(ctx, node, primitives.make_list)


def _display(ctx: Context, node: Any, function: Callable[..., Any]) -> Value:
    hint = ctx.hint
    if any(isinstance(item, gast.Starred) for item in node.elts):
        return _starred_display(ctx, node, function, hint)
    items = [ctx.value(item) for item in node.elts]
    if function is primitives.make_tuple and all(_is_plain(item.type) for item in items):
        return ctx.builder.constant(tuple(item.type.value for item in items), hint=hint)  # type: ignore[union-attr]
    if sum(leaf_count(item.type) for item in items) > _MAX_LEAVES:
        ctx.refuse("S2S103", "a tuple or list of this size is not supported", "use an array", node)
    ctx.hint = hint
    return ctx.call(function, *items)


_MAX_LEAVES = 10_000


def leaf_count(type_: Type) -> int:
    """Return how many values a tuple or list of known length holds, those of its items included."""
    match type_:
        case Tuple(items) | List(items=tuple() as items):
            return sum(map(leaf_count, items))
        case _:
            return 1


def _is_plain(type_: Type) -> bool:
    """Tell whether a literal may be part of a literal tuple: what indices and axes are made of."""
    return isinstance(type_, Literal) and isinstance(type_.value, int | str | slice | None | type(Ellipsis) | tuple)


def _starred_display(ctx: Context, node: Any, function: Callable[..., Any], hint: str | None) -> Value:
    """Lower `[*a, b]`: tuples are taken apart; lists of any length are joined."""
    parts: list[Value | list[Value]] = [[]]
    for item in node.elts:
        value = ctx.value(item.value if isinstance(item, gast.Starred) else item)
        if not isinstance(item, gast.Starred):
            parts[-1].append(value)  # type: ignore[union-attr]
        elif isinstance(value.type, Tuple) or (isinstance(value.type, Literal) and isinstance(value.type.value, tuple)):
            parts[-1].extend(items_of(ctx, value))  # type: ignore[union-attr]
        elif isinstance(value.type, List) and function is primitives.make_list:
            parts += [value, []]
        else:
            ctx.refuse("S2S121", "what is unpacked here has no known length", "index its items one by one", item)
    lists = [ctx.builder.call(function, *part) if isinstance(part, list) else part for part in parts if part != []]
    if not lists:
        lists = [ctx.builder.call(function)]
    total = lists[0]
    for part in lists[1:]:
        total = ctx.builder.call(primitives.concatenate_lists, total, part)
    return total


@expression(gast.Dict)
def _dict(ctx: Context, node: gast.Dict) -> Binding:
    hint = ctx.hint
    keys = []
    for key in node.keys:
        lowered = None if key is None else ctx.value(key)
        if lowered is None or not isinstance(lowered.type, Literal):
            ctx.refuse("S2S122", "a dict with keys that are not constants is not supported", "spell the keys out", node)
        keys.append(lowered.type.value)
    values = [ctx.value(value) for value in node.values]
    ctx.hint = hint
    return ctx.call(primitives.make_dict, ctx.builder.constant(tuple(keys)), *values)


@expression(gast.Attribute)
def _attribute(ctx: Context, node: gast.Attribute) -> Binding:
    hint = ctx.hint
    owner = ctx.lower(node.value)
    ctx.hint = hint
    if isinstance(owner, Known | Namespace | Unreadable):
        found = attribute(owner, node.attr)
        if found is not None:
            return found
        refuse_missing_attribute(ctx, owner, node.attr, node)
    if isinstance(owner, Closure):
        ctx.refuse("S2S123", "attributes of functions are not supported", "use a variable", node)
    value = ctx.as_value(owner, node.value)
    if node.attr == "dtype" and isinstance(value.type, Array) and value.type.dtype is not None:
        return ctx.builder.constant(value.type.dtype.type, hint=hint)
    if isinstance(value.type, Tuple) and value.type.cls is not None and node.attr in value.type.cls._fields:  # type: ignore[attr-defined]
        position = value.type.cls._fields.index(node.attr)  # type: ignore[attr-defined]
        return index(ctx, value, ctx.builder.constant(position))
    function = ATTRIBUTES.get(node.attr)
    if function is None or not isinstance(value.type, Array | Unknown | Scalar):
        advice = "pass what is needed as an argument of its own"
        ctx.refuse("S2S123", f"the attribute {node.attr!r} of {value.type} is not supported", advice, node)
    return ctx.call(function, value, form=Form.ATTRIBUTE, spelling=node.attr)


def refuse_missing_attribute(ctx: Context, owner: Binding, name: str, node: Any) -> None:
    """Refuse an attribute that a module or class does not have."""
    is_module = isinstance(owner, Known) and isinstance(owner.value, ModuleType | type)
    if is_module or isinstance(owner, Namespace):
        whole = ctx.frame.source.file.segment(node)
        ctx.refuse("S2S111", f"there is no {whole}: no attribute {name!r} there", "check the spelling", node)


@expression(gast.Subscript)
def _subscript(ctx: Context, node: gast.Subscript) -> Binding:
    hint = ctx.hint
    owner = ctx.value(node.value)
    at = ctx.value(node.slice)
    ctx.hint = hint
    return index(ctx, owner, at)


def index(ctx: Context, owner: Value, at: Value) -> Value:
    """Append `owner[at]`."""
    match owner.type, at.type:
        case Literal(tuple() as known), Literal(int() | slice() as position):
            return ctx.builder.constant(known[position], hint=ctx.hint)
    return ctx.call(operator.getitem, owner, at, form=Form.OPERATOR)


@expression(gast.Slice)
def _slice(ctx: Context, node: gast.Slice) -> Binding:
    none = gast.Constant(None, None)
    parts = [ctx.value(gast.copy_location(part or none, node)) for part in (node.lower, node.upper, node.step)]
    if all(isinstance(part.type, Literal) for part in parts):
        return ctx.builder.constant(slice(*(part.type.value for part in parts)))  # type: ignore[union-attr]
    return ctx.call(primitives.make_slice, *parts)


@expression(gast.Lambda)
def _lambda(ctx: Context, node: gast.Lambda) -> Binding:
    from s2sad.frontend.calls import nested_function

    return nested_function(ctx, "<lambda>", node)


@expression(gast.NamedExpr)
def _walrus(ctx: Context, node: gast.NamedExpr) -> Binding:
    binding = ctx.lower(node.value, hint=node.target.id)
    ctx.bind(node.target.id, binding)
    return binding


@expression(gast.JoinedStr)
def _f_string(ctx: Context, node: gast.JoinedStr) -> Binding:
    ctx.refuse("S2S124", "f-strings are not supported here", "format the text outside the function", node)
