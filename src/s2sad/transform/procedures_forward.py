"""Procedures in forward mode: each becomes one that takes tangents too, and returns its value and its tangent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from s2sad.analysis.infer import infer
from s2sad.analysis.lengths import axis_lengths
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.procedures import Integrand, Procedure
from s2sad.ir.program import Call, Exit, ExitKind, Origin, Region, Value, walk
from s2sad.ir.types import Tuple
from s2sad.transform.forward import Push
from s2sad.transform.procedures import define, varied_parameters
from s2sad.transform.refusals import checked_varied
from s2sad.transform.structure import adjoint_type


@dataclass(frozen=True, slots=True)
class Pushed:
    """A procedure with tangents; `varied` are the positions of the parameters that have one."""

    procedure: Procedure
    varied: tuple[int, ...]


def push_procedure(call: Call, push: Push) -> None:
    """Append the call of a procedure, with the tangent of its result where that varies."""
    if isinstance(call.function, Integrand):
        from s2sad.transform.integrals import push_integral

        push_integral(call, push)
        return
    given = [k for k, operand in enumerate(call.operands) if operand in push.tangents]
    pushed = _pushed(call, given, push.procedures) if given and call.result in push.varied else None
    if pushed is None:
        push.builder.add(call)
        return
    dots = [push.tangent(call.operands[k]) for k in pushed.varied]
    dot = Value(adjoint_type(call.result.type), push.name(call.result))
    whole = Value(Tuple((call.result.type, dot.type)))
    push.builder.add(replace(call, function=pushed.procedure, operands=(*call.operands, *dots), results=(whole,)))
    push.builder.add(Call(primitives.unpack, (whole,), (), (call.result, dot), call.origin))
    push.tangents[call.result] = dot


def _pushed(call: Call, given: Iterable[int], table: dict[Any, Any]) -> Pushed | None:
    """Return what a procedure becomes; None where its result does not vary."""
    procedure = call.function
    assert isinstance(procedure, Procedure)
    varied = varied_parameters(procedure, given)
    if (procedure, varied) in table:
        return table[procedure, varied]  # type: ignore[no-any-return]
    function = procedure.function
    sources = [function.body.params[k] for k in varied]
    values = checked_varied(function.body, sources)
    if function.result not in values:
        return None
    pushed = Pushed(Procedure(f"{procedure.name}_forward"), varied)
    table[procedure, varied] = pushed
    definitions = {result: operation for operation in walk(function.body) for result in operation.results}
    builder = Builder(infer, definitions=definitions, lengths=axis_lengths(function))
    dots = [Value(adjoint_type(value.type), f"{value.hint}_dot") for value in sources]
    push = Push(builder, values, dict(zip(sources, dots, strict=True)), table)
    push.operations(function.body.operations)
    builder.origin = Origin(derived=True)
    both = builder.call(primitives.make_tuple, function.result, push.tangent(function.result))
    region = Region((*function.body.params, *dots), tuple(builder.operations), Exit(ExitKind.RETURN, (both,)))
    define(pushed.procedure, function, region)
    return pushed
