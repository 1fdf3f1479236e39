"""What zeros are made like: any array of the right type will do, so one that is at hand anyway is chosen.

`np.zeros_like(x)` reads nothing of `x` but its shape and dtype. In the reverse of a loop, asking for `x` itself could
mean to save it in every trip.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from s2sad.ir import primitives
from s2sad.ir.dims import is_fixed
from s2sad.ir.program import Call, If, Operation, Region, Scan, Value
from s2sad.ir.types import Array, Type

_PATTERNS = (np.zeros_like, primitives.zeros_like)


def at_hand(region: Region, values: Iterable[Value]) -> Region:
    """Return the region with zeros made like one of `values`, or like what a loop carries, where a type is right."""
    available: dict[Type, Value] = {}
    for value in values:
        if has_fixed_shape(value.type):
            available.setdefault(value.type, value)
    return _region(region, available)


def _region(region: Region, available: Mapping[Type, Value], carried: Iterable[Value] = ()) -> Region:
    here = dict(available)
    for param in carried:
        if has_fixed_shape(param.type):
            here.setdefault(param.type, param)
    return replace(region, operations=tuple(_operation(operation, here) for operation in region.operations))


def _operation(operation: Operation, available: Mapping[Type, Value]) -> Operation:
    match operation:
        case Call() if operation.function in _PATTERNS and operation.origin.derived and len(operation.operands) == 1:
            found = available.get(operation.operands[0].type)
            return operation if found is None else replace(operation, operands=(found,))
        case If():
            then, orelse = (_region(arm, available) for arm in (operation.then, operation.orelse))
            return replace(operation, then=then, orelse=orelse)
        case Scan():
            # the items of a loop may be missing in some trips
            return replace(operation, body=_region(operation.body, available, operation.carried))
        case _:
            return operation


def has_fixed_shape(type_: Type) -> bool:
    """Tell whether every value of a type has the same shape, whatever trip of a loop it belongs to."""
    if not isinstance(type_, Array) or type_.shape is None or type_.scalar:
        return False
    return all(map(is_fixed, type_.shape))
