"""What must hold of every program; run after every pass in tests."""

from __future__ import annotations

from s2sad.ir.primitives import unpack
from s2sad.ir.program import Call, ExitKind, Function, If, Operation, Region, Scan, Value, regions


class InvalidProgram(Exception):
    """A pass has built a program that breaks the rules of the IR: a defect of the compiler, never of the user."""


def verify(function: Function) -> Function:
    """Return the program if it is well formed.

    Raises
    ------
    InvalidProgram
        A value is read before it is defined or outside its region, is defined twice, or a region does not hand on
        what its operation promises.
    """
    defined: set[Value] = set()
    if len(function.parameters) != len(function.body.params):
        raise InvalidProgram(f"{function.name} declares {len(function.parameters)} parameters and binds another number")
    if function.body.exit.kind is not ExitKind.RETURN or len(function.body.exit.values) != 1:
        raise InvalidProgram(f"{function.name} does not return one value")
    _verify_region(function.body, frozenset(), defined)
    return function


def _define(values: tuple[Value, ...], defined: set[Value]) -> None:
    for value in values:
        if value in defined:
            raise InvalidProgram(f"value {value} is defined twice")
        defined.add(value)


def _verify_region(region: Region, outer: frozenset[Value], defined: set[Value]) -> None:
    _define(region.params, defined)
    scope = set(outer) | set(region.params)
    for operation in region.operations:
        _read(operation.operands, scope, operation)
        for inner in regions(operation):
            _verify_region(inner, frozenset(scope), defined)
            if isinstance(operation, Scan):
                # the test of a loop comes after the body, and sees its parameters
                scope.update(inner.params)
        scope.difference_update(operation.body.params if isinstance(operation, Scan) else ())
        _verify_promises(operation)
        _define(operation.results, defined)
        scope.update(operation.results)
    _read(region.exit.values, scope, region)


def _read(values: tuple[Value, ...], scope: set[Value], where: Operation | Region) -> None:
    for value in values:
        if value not in scope:
            raise InvalidProgram(f"{value} is read by {type(where).__name__} where it is not defined")


def _verify_promises(operation: Operation) -> None:
    match operation:
        case Call() if operation.function is not unpack and len(operation.results) != 1:
            raise InvalidProgram(f"a call of {operation.function.__name__} has {len(operation.results)} results")
        case Call() if len(operation.keywords) > len(operation.operands):
            raise InvalidProgram(f"a call of {operation.function.__name__} has more keywords than operands")
        case If():
            for region in (operation.then, operation.orelse):
                if region.params or len(region.exit.values) != len(operation.results):
                    raise InvalidProgram("a branch does not yield what its `if` promises")
        case Scan():
            if not operation.sources and operation.test is None and operation.stop is None:
                raise InvalidProgram("a loop iterates nothing, and nothing ends it")
            if len(operation.body.params) != len(operation.sources) + len(operation.initial):
                raise InvalidProgram("a loop's body does not take what the loop hands it")
            if len(operation.body.exit.values) - len(operation.results) not in (0, 1):
                raise InvalidProgram("a loop's body does not yield what the loop promises")
            if operation.test is not None and (operation.test.params or len(operation.test.exit.values) != 1):
                raise InvalidProgram("the test of a loop does not yield one value")
        case _:
            pass
