"""Which attributes of its parameters a program reads."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

from s2sad.ir.program import Call, Function, Value, walk
from s2sad.ir.types import Literal, Record, Type


def narrow_records(function: Function) -> dict[str, Type]:
    """Return the types of parameters without the attributes of objects that the program never looks at.

    Parameters
    ----------
    function : Function
        A program; objects that a gradient is made of keep all their attributes.

    Returns
    -------
    mapping from str to Type
        The parameters whose type becomes narrower.
    """
    reads: dict[Value, list[Call] | None] = {}
    for operation in walk(function.body):
        for value in operation.operands:
            is_read = isinstance(operation, Call) and operation.function is operator.getitem
            found = reads.setdefault(value, [])
            if not is_read:
                reads[value] = None
            elif found is not None:
                found.append(operation)  # type: ignore[arg-type]
    narrowed = {}
    for parameter, value in zip(function.parameters, function.body.params, strict=True):
        type_ = _narrow(value, value.type, reads) if value is not function.result else value.type
        if type_ != value.type:
            narrowed[parameter.name] = type_
    return narrowed


def _narrow(value: Value, type_: Type, reads: Mapping[Value, list[Call] | None]) -> Type:
    found: Any = reads.get(value, [])
    if not isinstance(type_, Record) or type_.rebuilt or found is None:
        return type_
    read = {call.operands[1].type.value: call.result for call in found if isinstance(call.operands[1].type, Literal)}
    entries = ((name, one) for name, one in type_.entries if name in read)
    return Record(type_.cls, tuple((name, _narrow(read[name], one, reads)) for name, one in entries), False)
