"""Refusals of the transforms: located at the call that has no derivative."""

from __future__ import annotations

import linecache

from s2sad.errors import Diagnostic, DifferentiationError, DifferentiationTypeError
from s2sad.ir.program import Call

_RULES_ADVICE = "write it with functions that have a rule (`s2sad rules` lists them)"


def missing_rule(call: Call) -> DifferentiationError:
    """Return the refusal of a function that has no rule."""
    return unsupported(call, f"there is no derivative rule for {call.function.__name__}", "S2S200", _RULES_ADVICE)


def unsupported(
    call: Call, message: str, code: str = "S2S201", advice: str = "write it in other terms"
) -> DifferentiationError:
    """Return a refusal of a call."""
    span = call.origin.span
    line = None if span is None else linecache.getline(span.file, span.line) or None
    return DifferentiationError([Diagnostic(code, message, advice, span, line)])


def type_error(code: str, message: str, advice: str) -> DifferentiationError:
    """Return a refusal that is a `TypeError` too."""
    return DifferentiationTypeError([Diagnostic(code, message, advice)])
