"""Refusals of the transforms: located at the call that has no derivative."""

from __future__ import annotations

import linecache
from collections.abc import Container, Iterable, Iterator
from typing import Any

from s2sad.analysis.activity import varied_values
from s2sad.errors import Diagnostic, DifferentiationError, DifferentiationTypeError
from s2sad.ir.builder import Builder
from s2sad.ir.primitives_random import DRAWS, MAKERS
from s2sad.ir.primitives_surgery import with_adjoint
from s2sad.ir.procedures import reached
from s2sad.ir.program import Call, Form, Function, Operation, Region, Value, walk
from s2sad.ir.types import Literal, Scalar
from s2sad.rules.registry import MISSING, Rule
from s2sad.rules.staging import Symbol, lower

_RULES_ADVICE = "write it with functions that have a rule (`s2sad rules` lists them)"


def missing_rule(call: Call) -> DifferentiationError:
    """Return the refusal of a function that has no rule."""
    if call.function is with_adjoint:
        message = "`adjoint` changes what a reverse sweep computes, and forward mode has no reverse sweep"
        return unsupported(call, message, advice="use reverse mode, as in `grad` and `jacrev`")
    return unsupported(call, f"there is no derivative rule for {call.function.__name__}", "S2S200", _RULES_ADVICE)


def unsupported(
    call: Call, message: str, code: str = "S2S201", advice: str = "write it in other terms"
) -> DifferentiationError:
    """Return a refusal of a call."""
    span = call.origin.span
    line = None if span is None else linecache.getline(span.file, span.line) or None
    return DifferentiationError([Diagnostic(code, message, advice, span, line)])


def checked_varied(region: Region, sources: Iterable[Value]) -> set[Value]:
    """Return the values that vary with `sources`, where no random draw does."""
    varied = varied_values(region, sources)
    check_draws(region, varied)
    return varied


def check_draws(region: Region, varied: Container[Value]) -> None:
    """Refuse random draws whose arguments vary: their results are taken to be constants."""
    for operation in walk(region):
        if isinstance(operation, Call) and operation.function in DRAWS and any(v in varied for v in operation.operands):
            message = f"the arguments of the random draw `{operation.function.__name__}` vary with the inputs"
            advice = "draw from a fixed distribution and compute with what was drawn: `mu + sigma * rng.normal()`"
            raise unsupported(operation, message, advice=advice)


def check_repeatable(function: Function, rewound: Container[str]) -> None:
    """Refuse random draws that another sweep could not do again, but for those from the arguments that are set back."""
    arguments = {value for value in function.body.params if value.hint in rewound}
    made: set[Value] = set()
    for operation in _everything(function.body):
        if isinstance(operation, Call) and operation.function in DRAWS:
            known = arguments | made
            seeds = operation.operands if operation.function in MAKERS else ()
            if seeds and all(_is_seed(value, known) for value in seeds):
                made.update(operation.results)
            elif operation.form is not Form.METHOD or operation.operands[0] not in known:
                message = f"the random draw `{operation.function.__name__}` would draw other numbers in each sweep"
                raise unsupported(operation, message, advice="pass the generator as an argument, or use reverse mode")


def _is_seed(value: Value, known: Container[Value]) -> bool:
    """Tell whether a generator that is made from a value is the same each time."""
    if value in known:
        return True
    return (isinstance(value.type, Literal) and value.type.value is not None) or isinstance(value.type, Scalar)


def draws_in(region: Region) -> bool:
    """Tell whether a region, or a procedure that it calls, draws random numbers."""
    return any(isinstance(operation, Call) and operation.function in DRAWS for operation in _everything(region))


def _everything(region: Region) -> Iterator[Operation]:
    yield from walk(region)
    for procedure in reached(region):
        yield from walk(procedure.function.body)


def check_known(call: Call, position: int, part: Any) -> None:
    """Refuse a contribution that no rule is known for."""
    if part is MISSING:
        name = call.function.__name__
        message = f"the derivative of {name} by its argument {position} has no rule, and the argument varies"
        raise unsupported(call, message, advice="make the argument a constant")


def check_linear(rule: Rule, call: Call, position: int) -> None:
    """Refuse an argument that varies where the user has declared a function to be linear in others only."""
    if rule.own and rule.kind == "linear" and position not in rule.argnums:
        name = call.function.__name__
        message = f"{name} is declared to be linear in others than its argument {position}, which varies"
        raise unsupported(call, message, advice="name it in `argnums` of the rule, or declare a full rule")


def check_covered(rule: Rule, call: Call, builder: Builder) -> None:
    """Refuse a call that the transpose of a linear function does not cover; what it records goes into the builder.

    Forward mode calls the function itself on tangents, which is wrong where an option makes it affine or where more
    than what it is linear in varies: the transpose is what knows of these.

    Raises
    ------
    Unsupported
        The transpose does not cover the call.
    """
    args = [lower(operand, builder, builder.definitions.get) for operand in call.operands]
    split = len(call.positional)
    d, y = Symbol(Value(call.result.type), builder), Symbol(call.result, builder)
    rule.pullback(d, y, *args[:split], **dict(zip(call.keywords, args[split:], strict=True)))


def type_error(code: str, message: str, advice: str) -> DifferentiationError:
    """Return a refusal that is a `TypeError` too."""
    return DifferentiationTypeError([Diagnostic(code, message, advice)])
