"""What the user does to adjoints in the middle of a reverse sweep, put in its place there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from s2sad.ir.primitives import identity
from s2sad.ir.primitives_implicit import solution
from s2sad.ir.primitives_surgery import checked_adjoint, with_adjoint
from s2sad.ir.procedures import Procedure
from s2sad.ir.program import Call, If, Operation, Origin, Region, Scan, Value
from s2sad.ir.types import Literal
from s2sad.transform.cotangents import Accumulator, Whole
from s2sad.transform.implicit import pull_solution
from s2sad.transform.rewrite import copy_region
from s2sad.transform.structure import adjoint_name, is_same_shape


def change_adjoint(call: Call, cotangent: Any, accumulator: Accumulator, _active: set[Value]) -> None:
    """Do to a cotangent what the user's function does, whose body takes the place of a call of it."""
    x, change, *read = call.operands
    assert isinstance(change.type, Literal) and isinstance(change.type.value, Procedure)
    body = change.type.value.function.body
    builder = accumulator.builder
    d = accumulator.whole(call.result, cotangent)
    (result,), param = body.exit.values, body.params[0]
    values = dict(zip(body.params, (d, *read), strict=True))
    is_alike = is_same_shape(result.type, param.type) and is_same_shape(d.type, x.type)
    if is_alike and result not in values:
        # the procedure has names of its own for the lengths that both have
        values[result] = Value(d.type, adjoint_name(x))
    copied = copy_region(Region((), body.operations, body.exit), values)
    for operation in _placed(copied.operations, builder.origin):
        builder.add(operation)
    (new,) = copied.exit.values
    if new is d or new.type == Literal(None):
        # it has only been looked at
        accumulator.add(x, Whole(d))
        return
    if not is_alike:
        new = builder.call(checked_adjoint, new, d, hint=adjoint_name(x), type_=d.type)
    accumulator.taint(new, d)
    accumulator.add(x, Whole(new))


def _placed(operations: Sequence[Operation], origin: Origin) -> tuple[Operation, ...]:
    """Return operations that come from another place."""

    def region(inner: Region) -> Region:
        return replace(inner, operations=_placed(inner.operations, origin))

    placed: list[Operation] = []
    for operation in operations:
        match operation:
            case If():
                operation = replace(operation, then=region(operation.then), orelse=region(operation.orelse))
            case Scan():
                test = None if operation.test is None else region(operation.test)
                operation = replace(operation, body=region(operation.body), test=test)
        placed.append(replace(operation, origin=origin))
    return tuple(placed)


def without_surgery(call: Call) -> Call:
    """Return what stands for a call in a derivative: what is done to its adjoint has been done."""
    if call.function is not with_adjoint:
        return call
    return replace(call, function=identity, operands=call.operands[:1], origin=replace(call.origin, derived=True))


SURGERY: dict[Any, Callable[[Call, Any, Accumulator, set[Value]], None]] = {
    with_adjoint: change_adjoint,
    solution: pull_solution,
}
"""What the reverse sweep does at calls that say so themselves."""
