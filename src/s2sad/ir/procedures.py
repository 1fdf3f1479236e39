"""Procedures: functions of the program that are called and not inlined: most of them because they call themselves.

A call of a procedure is a `Call` like any other, whose function is the procedure. A procedure is made before its body,
which may call it, and gets the body once. A pass over a program with procedures makes new ones (`map_procedures`), so
that no program is ever changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from s2sad.ir.primitives_integrals import integrated_back, solution
from s2sad.ir.program import Call, Constant, Function, If, Operation, Region, Scan, walk


class Procedure:
    """A function of the program that is called; compared by identity.

    Parameters
    ----------
    name : str
        What it is called, if that name is free where it is printed.
    is_recomputed : bool
        A reverse sweep runs it forward again, and keeps nothing of it but its arguments.
    why : str
        Why it is called, as diagnostics say it.
    """

    __slots__ = ("_function", "is_recomputed", "name", "why")
    __module__ = "s2sad.ir.procedures"

    def __init__(self, name: str, is_recomputed: bool = False, why: str = "calls itself") -> None:
        self.name = name
        self.why = why
        self.is_recomputed = is_recomputed
        self._function: Function | None = None

    @property
    def __name__(self) -> str:
        """The name, as functions have it."""
        return self.name

    @property
    def function(self) -> Function:
        """What is done by a call."""
        assert self._function is not None, f"{self.name} has no body yet"
        return self._function

    @property
    def is_defined(self) -> bool:
        """Whether the body is there."""
        return self._function is not None

    def define(self, function: Function) -> None:
        """Give the procedure its body, once."""
        assert self._function is None, f"{self.name} has a body already"
        self._function = function

    def renewed(self) -> Procedure:
        """Return a procedure of this kind without a body."""
        return Procedure(self.name, self.is_recomputed)

    def required(self, count: int) -> set[int]:
        """Return which of `count` parameters it has to have, read or not."""
        return set()

    def __repr__(self) -> str:
        return f"Procedure({self.name!r})"

    def __call__(self, *args: Any) -> Any:
        """Run the body."""
        from s2sad.ir.interpret import evaluate

        return evaluate(self.function, args)


class Integrand(Procedure):
    """The slope of a differential equation: it is handed to a solver, which calls it.

    A call of it has the initial values, the times and the further arguments of the slope as its operands, and what the
    solver makes of these as its result: the values at the times. A solver that may choose the times itself gets
    a tuple in place of the times, and its result is a dict of times and values (`primitives_integrals.solution`).

    Parameters
    ----------
    name : str
        What the slope is called.
    solver : callable
        Called as `scipy.integrate.odeint`, or a helper that is called so.
    options : tuple of pairs
        What else the solver is called with, by name.
    is_reverse : bool
        What is returned besides the slope are cotangents, for the cotangent of the slope as the last argument; what
        is called is `primitives_integrals.integrated_back`, which the solver takes from each time to the one before,
        and which gets the path, and its cotangent as the last operand.
    """

    __slots__ = ("is_reverse", "options", "solver")
    __module__ = "s2sad.ir.procedures"

    def __init__(
        self, name: str, solver: Callable[..., Any], options: tuple[tuple[str, Any], ...], is_reverse: bool = False
    ) -> None:
        super().__init__(name, why="is integrated")
        self.solver, self.options, self.is_reverse = solver, options, is_reverse

    @property
    def is_solution(self) -> bool:
        """Whether the result is a dict, which holds the times besides."""
        return self.solver is solution

    @property
    def home(self) -> tuple[str, str]:
        """The module of the solver, and its name there."""
        return "scipy.integrate", self.solver.__name__

    def renewed(self) -> Integrand:
        """Return a slope without a body, for the same solver."""
        return Integrand(self.name, self.solver, self.options, self.is_reverse)

    def required(self, count: int) -> set[int]:
        """Return the positions of what a solver passes in any case."""
        return {0, 1, count - 1} if self.is_reverse else {0, 1}

    def __call__(self, state: Any, times: Any, *rest: Any) -> Any:
        """Solve the equation."""
        slope, options = super().__call__, dict(self.options)
        if not self.is_reverse:
            return self.solver(slope, state, times, args=rest, **options)
        return integrated_back(self.solver, slope, state, times, rest[:-1], rest[-1], **options)


def called(region: Region) -> tuple[Procedure, ...]:
    """Return the procedures that a region calls itself, each once, in the order of their first calls."""
    functions = (operation.function for operation in walk(region) if isinstance(operation, Call))
    return tuple(dict.fromkeys(function for function in functions if isinstance(function, Procedure)))


def reached(region: Region) -> tuple[Procedure, ...]:
    """Return the procedures that are run when a region is run, in the order of their first calls.

    Those that have no body yet are left out.
    """
    found: dict[Procedure, None] = {}

    def visit(procedures: Iterable[Procedure]) -> None:
        for procedure in procedures:
            if procedure not in found and procedure.is_defined:
                found[procedure] = None
                visit(called(procedure.function.body))

    visit(called(region))
    return tuple(found)


def map_procedures(function: Function, change: Callable[[Function], Function]) -> Function:
    """Return a program with itself and the bodies of all that it calls changed; what it calls is made anew."""
    old = reached(function.body)
    if not old:
        return change(function)
    new = {procedure: procedure.renewed() for procedure in old}
    for procedure, made in new.items():
        made.define(redirect(change(procedure.function), new))
    return redirect(change(function), new)


def redirect(function: Function, procedures: Mapping[Procedure, Procedure]) -> Function:
    """Return the function with calls of other procedures."""

    def change(call: Call, procedure: Procedure) -> Call:
        return replace(call, function=procedures.get(procedure, procedure))

    return replace(function, body=map_calls(function.body, change))


def map_calls(region: Region, change: Callable[[Call, Procedure], Call]) -> Region:
    """Return the region with every call of a procedure changed."""

    def changed(operation: Operation) -> Operation:
        match operation:
            case Constant():
                return operation
            case Call(function=Procedure() as procedure):
                return change(operation, procedure)
            case Call():
                return operation
            case If():
                then, orelse = (map_calls(arm, change) for arm in (operation.then, operation.orelse))
                return replace(operation, then=then, orelse=orelse)
            case Scan():
                test = None if operation.test is None else map_calls(operation.test, change)
                return replace(operation, body=map_calls(operation.body, change), test=test)

    return replace(region, operations=tuple(map(changed, region.operations)))
