"""Operators on objects of the user's classes: their methods are lowered; what else is done to objects is refused."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

import numpy as np

from s2sad.frontend.context import Binding, Context
from s2sad.frontend.inlining import inline
from s2sad.frontend.objects import view_of
from s2sad.frontend.scope import UserFunction
from s2sad.ir import primitives, primitives_records, primitives_stop, primitives_stores
from s2sad.ir.program import Form, Value
from s2sad.ir.types import Literal, Record

_METHODS: dict[Callable[..., Any], tuple[str, str | None]] = {
    np.add: ("__add__", "__radd__"),
    np.subtract: ("__sub__", "__rsub__"),
    np.multiply: ("__mul__", "__rmul__"),
    np.divide: ("__truediv__", "__rtruediv__"),
    np.floor_divide: ("__floordiv__", "__rfloordiv__"),
    np.remainder: ("__mod__", "__rmod__"),
    np.power: ("__pow__", "__rpow__"),
    np.matmul: ("__matmul__", "__rmatmul__"),
    np.negative: ("__neg__", None),
    np.positive: ("__pos__", None),
    np.absolute: ("__abs__", None),
    np.less: ("__lt__", "__gt__"),
    np.less_equal: ("__le__", "__ge__"),
    np.greater: ("__gt__", "__lt__"),
    np.greater_equal: ("__ge__", "__le__"),
    np.equal: ("__eq__", "__eq__"),
    operator.getitem: ("__getitem__", None),
    operator.setitem: ("__setitem__", None),
    len: ("__len__", None),
    iter: ("__iter__", None),
}
"""The method that an operator calls, and the one of the right operand where the left one has none."""

_HARMLESS = frozenset(
    {
        *(primitives.make_tuple, primitives.make_list, primitives.make_dict, primitives.identity),
        *(primitives_stop.stop_gradient, primitives.check_bound, primitives.undefined, primitives_stores.append),
        *(primitives_records.make_record, primitives_records.build_record, print),
    }
)
"""Functions that only hand an object on, or look at which one it is."""


def operate_on_objects(ctx: Context, function: Any, operands: Sequence[Binding], node: Any) -> Binding | None:
    """Lower an operator that a class of an operand defines; None where no operand is an object with such a method."""
    names = _METHODS.get(function)
    if names is None:
        return None
    orders = ((operands[0], operands[1:]), *((one, operands[:1]) for one in operands[1:2]))
    for (owner, others), name in zip(orders, names, strict=False):
        view = None if name is None else view_of(ctx, owner)
        found = None if view is None or name is None else view.find(name)
        if found is not None and found.kind == "method" and _is_written(found.entity):
            return inline(ctx, node, found.entity.source, None, [owner, *others], {}, ctx.hint)
    return None


def _is_written(method: Any) -> TypeGuard[UserFunction]:
    """Tell whether a method has a text, which those that a dataclass makes have not."""
    return isinstance(method, UserFunction) and getattr(method.value, "__code__", _WRITTEN).co_filename != "<string>"


_WRITTEN = _is_written.__code__


def check_operands(ctx: Context, function: Any, operands: Sequence[Value], form: Form) -> None:
    """Refuse what is done to an object by a function that knows nothing of its class."""
    is_read = function is operator.getitem and form is Form.ATTRIBUTE
    is_test_for_none = function in (operator.is_, operator.is_not) and any(v.type == Literal(None) for v in operands)
    if is_read or is_test_for_none or function in _HARMLESS:
        return
    for value in operands:
        if isinstance(value.type, Record):
            name = value.type.cls.__name__
            message = f"an object of the class {name} is passed to a function or an operator that is not its own"
            ctx.refuse("S2S120", message, "pass its attributes", ctx.node)
