"""Lowering expressions: operators, comparisons, indexing, attributes, displays and conditional expressions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any

import gast
import numpy as np

from s2sad.analysis.types_elementwise import plain_item
from s2sad.frontend.context import Binding, Closure, Context, expression
from s2sad.frontend.recovery import check_poison
from s2sad.frontend.scope import Compound, Known, Made, Namespace, Unreadable, UserFunction, attribute
from s2sad.ir import primitives, primitives_python, primitives_seeds
from s2sad.ir.program import Form, Value
from s2sad.ir.types import INT, STR, Array, Dict, List, Literal, Scalar, Tuple, Type, Unknown, widen

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
    "nbytes": primitives_python.nbytes,
    "itemsize": primitives_python.itemsize,
    "dtype": primitives_seeds.dtype_of,
}
"""What an attribute of an array is: the function that computes it."""


@expression(gast.Constant)
def _constant(ctx: Context, node: gast.Constant) -> Binding:
    return ctx.builder.constant(node.value, hint=ctx.hint)


@expression(gast.Name)
def _name(ctx: Context, node: gast.Name) -> Binding:
    binding = ctx.read(node.id, node)
    check_poison(binding)
    return binding


def operate(ctx: Context, function: Callable[..., Any], *operands: Value, node: Any) -> Value:
    """Append an operator; operators on lists, tuples and strings are operations of their own."""
    from s2sad.frontend.operators import operate_on_objects

    own = operate_on_objects(ctx, function, operands, node)
    if own is not None:
        return ctx.as_value(own, node)
    types = [widen(operand.type) for operand in operands]
    if function in _BITWISE and any(is_float(type_) for type_ in types):
        ctx.refuse("S2S120", "a bitwise operator on floats is an error", "use comparisons and np.where", node)
    if any(type_ == STR for type_ in types) and len(operands) == 2:
        from s2sad.frontend.text import operate_on_text

        result = operate_on_text(ctx, function, *operands)
        if result is not None:
            return result
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
    match function, [_without_value(operand.type) for operand in operands]:
        case np.add, [List(), List()]:
            return ctx.call(primitives.concatenate_lists, *operands)
        case np.add, [Tuple(), Tuple()]:
            return tuple_of_values(ctx, [item for operand in operands for item in items_of(ctx, operand)])
        case np.add, [Tuple(), Unknown()] | [Unknown(), Tuple()]:
            # a tuple whose length is known only when the program runs
            return ctx.call(np.add, *operands, form=Form.OPERATOR)
        case np.multiply, [List() | Tuple(), other] if is_whole(other):
            return _repeated(ctx, operands, operands[0], operands[1], node)
        case np.multiply, [other, List() | Tuple()] if is_whole(other):
            return _repeated(ctx, operands, operands[1], operands[0], node)
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


def _without_value(type_: Type) -> Type:
    """Return the type of a tuple that is a constant as that of any other tuple."""
    return widen(type_) if isinstance(type_, Literal) and isinstance(type_.value, tuple) else type_


def tuple_of_values(ctx: Context, values: list[Value]) -> Value:
    """Append a tuple; one of constants that indices and shapes are made of is a constant."""
    if all(_is_plain(value.type) for value in values):
        return ctx.builder.constant(tuple(value.type.value for value in values), hint=ctx.hint)  # type: ignore[union-attr]
    return ctx.call(primitives.make_tuple, *values)


def _is_plain(type_: Type) -> bool:
    """Tell whether a literal may be part of a literal tuple: what indices and axes are made of."""
    return isinstance(type_, Literal) and isinstance(type_.value, int | str | slice | None | type(Ellipsis) | tuple)


def is_whole(type_: Type) -> bool:
    """Tell whether a value is known to be an integer of Python's."""
    return widen(type_) == INT or (isinstance(type_, Scalar) and type_.kind == "int")


_MAX_REPEATED = 64


def _repeated(ctx: Context, operands: tuple[Value, ...], items: Value, times: Value, node: Any) -> Value:
    """Lower `items * times`, with the operands in either order."""
    from s2sad.frontend.known_calls import call_prelude
    from s2sad.frontend.prelude import REPEATED

    hint = ctx.hint
    known = times.type.value if isinstance(times.type, Literal) else None
    kind = _without_value(items.type)
    is_tuple, parts = isinstance(kind, Tuple), kind.items  # type: ignore[union-attr]
    if known is not None and parts is not None and len(parts) * known <= _MAX_REPEATED:
        repeated = items_of(ctx, items) * known
        ctx.hint = hint
        return tuple_of_values(ctx, repeated) if is_tuple else ctx.call(primitives.make_list, *repeated)
    if is_tuple and plain_item(items.type) is not None:
        return ctx.call(np.multiply, *operands, form=Form.OPERATOR)
    if is_tuple:
        ctx.refuse("S2S120", "a tuple that is repeated many times is not supported", "use a list or an array", node)
    return ctx.as_value(call_prelude(ctx, REPEATED, [items, times], {}, node, hint), node)


def items_of(ctx: Context, value: Value) -> list[Value]:
    """Take a tuple of known length apart."""
    if isinstance(value.type, Literal):
        return [ctx.builder.constant(item) for item in value.type.value]
    assert isinstance(value.type, Tuple | List)
    hint, ctx.hint = ctx.hint, None
    items = [index(ctx, value, ctx.builder.constant(i)) for i in range(len(value.type.items or ()))]
    ctx.hint = hint
    return items


@expression(gast.BinOp)
def _binary(ctx: Context, node: gast.BinOp) -> Binding:
    # a long sum leans to the left: its operators are taken one after another, not one inside another
    hint, spine = ctx.hint, [node]
    while isinstance(spine[-1].left, gast.BinOp):
        spine.append(spine[-1].left)
    left = operand(ctx, spine[-1].left)
    for operator_node in reversed(spine):
        with ctx.at(operator_node):
            right = operand(ctx, operator_node.right)
            ctx.hint = hint if operator_node is node else None
            left = _binary_once(ctx, operator_node, left, right)
    return left


def operand(ctx: Context, node: Any) -> Binding:
    """Lower an operand; an object that the function makes stays one, for the methods of its class."""
    found = ctx.lower(node)
    return found if isinstance(found, Made) else ctx.as_value(found, node)


def _binary_once(ctx: Context, node: gast.BinOp, left: Binding, right: Binding) -> Binding:
    function = BINARY[type(node.op)]
    own = of_objects(ctx, function, [left, right], node)
    if own is not None:
        return own
    left, right = ctx.as_value(left, node.left), ctx.as_value(right, node.right)
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


def of_objects(ctx: Context, function: Callable[..., Any], operands: list[Binding], node: Any) -> Binding | None:
    """Lower an operator on an object that the function makes; None where there is no such operand or method."""
    from s2sad.frontend.operators import operate_on_objects

    return operate_on_objects(ctx, function, operands, node) if any(isinstance(o, Made) for o in operands) else None


@expression(gast.UnaryOp)
def _unary(ctx: Context, node: gast.UnaryOp) -> Binding:
    found = operand(ctx, node.operand)
    own = of_objects(ctx, UNARY[type(node.op)], [found], node)
    if own is not None:
        return own
    value = ctx.as_value(found, node.operand)
    match node.op, value.type:
        case gast.USub(), Literal(int() | float() | complex() as number) if not isinstance(number, bool | np.generic):
            return ctx.builder.constant(-number, hint=ctx.hint)
        case gast.Not(), Literal(known) if isinstance(known, bool | None):
            return ctx.builder.constant(not known, hint=ctx.hint)
    return operate(ctx, UNARY[type(node.op)], value, node=node)


@expression(gast.Attribute)
def _attribute(ctx: Context, node: gast.Attribute) -> Binding:
    from s2sad.frontend.integrals import member_of_solution
    from s2sad.frontend.objects import member

    hint = ctx.hint
    owner = ctx.lower(node.value)
    ctx.hint = hint
    own = member(ctx, owner, node.attr, node)
    if own is not None:
        return own
    if isinstance(owner, Known | Namespace | Unreadable):
        found = attribute(owner, node.attr)
        if found is not None:
            return found
        refuse_missing_attribute(ctx, owner, node.attr, node)
    if isinstance(owner, Closure | Compound | UserFunction):
        ctx.refuse("S2S123", "attributes of functions are not supported", "use a variable", node)
    value = ctx.as_value(owner, node.value)
    item = member_of_solution(ctx, value, node.attr, node)
    if item is not None:
        return item
    if node.attr == "dtype" and isinstance(value.type, Array) and value.type.dtype is not None:
        return Known(value.type.dtype)
    if node.attr == "real" and _is_real(value.type):
        return value
    function = ATTRIBUTES.get(node.attr)
    is_number = isinstance(value.type, Scalar) and node.attr != "dtype"
    if function is None or not (is_number or isinstance(value.type, Array | Unknown)):
        advice = "pass what is needed as an argument of its own"
        ctx.refuse("S2S123", f"the attribute {node.attr!r} of {value.type} is not supported", advice, node)
    return ctx.call(function, value, form=Form.ATTRIBUTE, spelling=node.attr)


def _is_real(type_: Type) -> bool:
    match widen(type_):
        case Scalar(kind):
            return kind in ("bool", "int", "float")
        case Array(dtype):
            return dtype is not None and dtype.kind in "fiub"
        case _:
            return False


def refuse_missing_attribute(ctx: Context, owner: Binding, name: str, node: Any) -> None:
    """Refuse an attribute that a module or class does not have."""
    is_module = isinstance(owner, Known) and isinstance(owner.value, ModuleType | type)
    if is_module or isinstance(owner, Namespace):
        whole = ctx.frame.source.file.segment(node)
        ctx.refuse("S2S111", f"there is no {whole}: no attribute {name!r} there", "check the spelling", node)


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
