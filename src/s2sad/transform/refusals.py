"""Refusals of the transforms: located at the call that has no derivative."""

from __future__ import annotations

import linecache
from typing import Any

from s2sad.errors import Diagnostic, DifferentiationError, DifferentiationTypeError
from s2sad.ir.builder import Builder
from s2sad.ir.primitives_surgery import with_adjoint
from s2sad.ir.program import Call, Value
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
