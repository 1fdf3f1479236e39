"""Derivatives of what solves an equation, by the implicit function theorem: `x_dot = -(dg/dx)^-1 dg/dp p_dot`.

The primal sweep keeps the solution as it is. What a reverse or a forward sweep does instead of going through the solver
has been lowered with it, as procedures of the solution and of what the equation reads (`frontend/solvers.py`). These
are programs like any other, and so have derivatives of their own. See Griewank and Walther, "Evaluating Derivatives"
(2nd ed., 2008), chapter 15.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from s2sad.ir import primitives
from s2sad.ir.primitives_implicit import Equation, solution
from s2sad.ir.primitives_stop import stop_gradient
from s2sad.ir.program import Call, Function, If, Operation, Region, Scan, Value, walk
from s2sad.ir.types import Literal, Tuple
from s2sad.transform.cotangents import Accumulator, Whole
from s2sad.transform.rewrite import substitute, substitute_exit
from s2sad.transform.structure import adjoint_name, adjoint_type

if TYPE_CHECKING:
    from s2sad.transform.forward import Push


def _equation(call: Call) -> tuple[Equation, list[Value]]:
    """Return the equation that a value solves, and the operands that it reads besides."""
    _, known, *others = call.operands
    assert isinstance(known.type, Literal)
    return known.type.value, others


def pull_solution(call: Call, cotangent: Any, accumulator: Accumulator, active: set[Value]) -> None:
    """Contribute to the cotangents of what an equation reads."""
    equation, others = _equation(call)
    d, builder = accumulator.whole(call.result, cotangent), accumulator.builder
    varied = [others[k] for k in equation.varied]
    parts = tuple(Value(adjoint_type(one.type), adjoint_name(one)) for one in varied)
    whole = parts[0] if len(parts) == 1 else Value(Tuple(tuple(part.type for part in parts)))
    builder.add(Call(equation.pullback, (call.result, *others, d), (), (whole,), builder.origin))
    if len(parts) > 1:
        builder.add(Call(primitives.unpack, (whole,), (), parts, builder.origin))
    for operand, part in zip(varied, parts, strict=True):
        if operand in active:
            accumulator.taint(part, d)
            accumulator.add(operand, Whole(part))


def push_solution(call: Call, push: Push) -> Value:
    """Append the tangent of a solution, and return it."""
    equation, others = _equation(call)
    dots = [push.tangent(others[k]) for k in equation.varied]
    dot = Value(adjoint_type(call.result.type), push.name(call.result))
    operands = (call.result, *others, *dots)
    push.builder.add(Call(equation.pushforward, operands, (), (dot,), push.builder.origin))
    return dot


def settle_solutions(function: Function) -> Function:
    """Forget which equations values solve, once nothing is differentiated any more."""
    calls = (operation for operation in walk(function.body) if isinstance(operation, Call))
    stopped = {call.operands[0] for call in calls if call.function is solution}
    return replace(function, body=_settled(function.body, stopped)) if stopped else function


def _settled(region: Region, stopped: set[Value]) -> Region:
    values: dict[Value, Value] = {}

    def settled(operations: Sequence[Operation]) -> Iterator[Operation]:
        for operation in operations:
            operation = substitute(operation, values)
            match operation:
                case Call(function=found) if found is solution or (
                    found is stop_gradient and operation.result in stopped
                ):
                    values[operation.result] = operation.operands[0]
                    continue
                case If():
                    then, orelse = (_settled(arm, stopped) for arm in (operation.then, operation.orelse))
                    operation = replace(operation, then=then, orelse=orelse)
                case Scan():
                    test = None if operation.test is None else _settled(operation.test, stopped)
                    operation = replace(operation, body=_settled(operation.body, stopped), test=test)
            yield operation

    operations = tuple(settled(region.operations))
    return Region(region.params, operations, substitute_exit(region.exit, values))
