"""The procedures of a program as functions of the module: their names, and early returns in place of nesting."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from s2sad.codegen.names import RESERVED
from s2sad.ir import primitives
from s2sad.ir.procedures import Procedure
from s2sad.ir.program import Call, Constant, Exit, ExitKind, Function, If, Operation, Region, Value


def procedure_names(procedures: Iterable[Procedure], taken: Collection[str]) -> dict[Procedure, str]:
    """Return the name of each procedure: its own, with a number where that is taken."""
    names: dict[Procedure, str] = {}
    for procedure in procedures:
        name, count = procedure.name, 0
        while name in taken or name in RESERVED or name in names.values():
            count += 1
            name = f"{procedure.name}_{count}"
        names[procedure] = name
    return names


def with_early_returns(function: Function) -> Function:
    """Return the function so that the arms of a branch at its end return what the function would."""
    return replace(function, body=_returning(function.body))


def _returning(region: Region) -> Region:
    last = _last_branch(region.operations)
    if last is None:
        return replace(region, exit=replace(region.exit, kind=ExitKind.RETURN))
    branch, after = region.operations[last], region.operations[last + 1 :]
    assert isinstance(branch, If)
    (value,) = region.exit.values
    then, orelse = (_returning(_followed(arm, branch, after, value)) for arm in (branch.then, branch.orelse))
    result = replace(value)
    returning = replace(branch, then=then, orelse=orelse, results=(result,))
    return Region(region.params, (*region.operations[:last], returning), Exit(ExitKind.RETURN, (result,)))


def _last_branch(operations: Sequence[Operation]) -> int | None:
    """Return the position of a branch that only the making of the result comes after."""
    for position in range(len(operations) - 1, -1, -1):
        match operations[position]:
            case If():
                return position
            case Constant() | Call(function=primitives.make_tuple):
                continue
            case _:
                return None
    return None


def _followed(arm: Region, branch: If, after: Sequence[Operation], value: Value) -> Region:
    """Return an arm that goes on with what comes after the branch."""
    new = dict(zip(branch.results, arm.exit.values, strict=True))
    copies: list[Operation] = []
    for operation in after:
        match operation:
            case Constant(result=result):
                new[result] = replace(result)
                copies.append(replace(operation, result=new[result]))
            case Call(results=(result,)):
                new[result] = replace(result)
                operands = tuple(new.get(operand, operand) for operand in operation.operands)
                copies.append(replace(operation, operands=operands, results=(new[result],)))
    exit_ = Exit(ExitKind.RETURN, (new.get(value, value),))
    return Region((), (*arm.operations, *copies), exit_)
