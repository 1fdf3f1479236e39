"""Clearing late: where a reverse sweep takes an adjoint out of an array and puts zero there.

The clearing is a store, and what was taken may be a view. Done directly before its result is first used, and not where
differentiation found it, the store comes after the last use of the view, which then need not be a copy.
"""

from __future__ import annotations

from dataclasses import replace

from s2sad.ir import primitives
from s2sad.ir.program import Call, Function, If, Operation, Region, Scan, Value, free_values, regions
from s2sad.ir.types import Literal


def sink_clears(function: Function) -> Function:
    """Return the function with each clearing store directly before its first use."""
    return replace(function, body=_region(function.body))


def _region(region: Region) -> Region:
    operations = [_inside(operation) for operation in region.operations]
    first_uses: dict[Value, int] = {}
    for position, operation in enumerate(operations):
        for value in (*operation.operands, *(v for inner in regions(operation) for v in free_values(inner))):
            first_uses.setdefault(value, position)
    late: dict[int, list[Operation]] = {}
    for operation in operations:
        if _clears(operation):
            late.setdefault(first_uses.get(operation.results[0], len(operations)), []).append(operation)
    placed: list[Operation] = []

    positions = {operation: k for k, operation in enumerate(operations)}

    def settle(position: int) -> None:
        """Append what is first used at a position, and before each of these what is first used by it."""
        for operation in late.get(position, ()):
            settle(positions[operation])
            placed.append(operation)

    for position, operation in enumerate(operations):
        if not _clears(operation):
            settle(position)
            placed.append(operation)
    settle(len(operations))
    return replace(region, operations=tuple(placed))


def _inside(operation: Operation) -> Operation:
    match operation:
        case If():
            return replace(operation, then=_region(operation.then), orelse=_region(operation.orelse))
        case Scan():
            return replace(operation, body=_region(operation.body))
        case _:
            return operation


def _clears(operation: Operation) -> bool:
    if not isinstance(operation, Call) or operation.function is not primitives.set_at or not operation.origin.derived:
        return False
    value = operation.operands[2].type
    return isinstance(value, Literal) and isinstance(value.value, float) and value.value == 0.0
