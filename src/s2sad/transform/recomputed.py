"""What of a program is computed again: everything but its effects, and the random numbers that it has drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from s2sad.ir.primitives_python import EFFECTS, ignore_warnings
from s2sad.ir.primitives_random import DRAWS
from s2sad.ir.procedures import Procedure
from s2sad.ir.program import Call, If, Operation, Region, Scan, Value
from s2sad.ir.types import Literal
from s2sad.transform.dead import has_effect
from s2sad.transform.refusals import unsupported

_DONE_ONCE = EFFECTS - {ignore_warnings}
"""Functions that are called for what they do in the primal sweep."""


def drawn(operations: Iterable[Operation]) -> dict[Value, str]:
    """Return the results of the random draws among operations, which what is computed again is given, with names."""
    draws = (one for one in operations if isinstance(one, Call) and one.function in DRAWS)
    return {one.result: one.result.hint or one.function.__name__ for one in draws if one.result.type != Literal(None)}


def without_effects(operations: Iterable[Operation], quiet: dict[Procedure, Procedure]) -> tuple[Operation, ...]:
    """Return operations that compute the same, and print and check nothing; random draws cannot be done again."""

    def change(operation: Operation) -> Operation:
        match operation:
            case Call(function=function) if function in DRAWS:
                message = f"the random draw `{function.__name__}` stands in what is computed again"
                raise unsupported(operation, message, advice="draw before, and pass on what was drawn")
            case Call(function=Procedure() as procedure) if has_effect(operation):
                if procedure not in quiet:
                    quiet[procedure] = made = procedure.renewed()
                    made.define(replace(procedure.function, body=silent(procedure.function.body)))
                return replace(operation, function=quiet[procedure])
            case If():
                return replace(operation, then=silent(operation.then), orelse=silent(operation.orelse))
            case Scan():
                test = None if operation.test is None else silent(operation.test)
                return replace(operation, body=silent(operation.body), test=test)
            case _:
                return operation

    def silent(region: Region) -> Region:
        return replace(region, operations=without_effects(region.operations, quiet))

    kept = (one for one in operations if not (isinstance(one, Call) and one.function in _DONE_ONCE))
    return tuple(map(change, kept))
