"""Going on after a refusal, so that all problems of a function are reported at once.

A statement that is refused is noted, and what it would have bound is poisoned. Reading a poisoned variable is a
consequence, not a problem of its own: the statement that does so is poisoned too, without a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import gast

from s2sad.errors import Diagnostic, DifferentiationError
from s2sad.frontend.scope import Compound

if TYPE_CHECKING:
    from s2sad.frontend.context import Context

_FATAL = frozenset({"S2S103", "S2S133"})
"""Refusals after which going on would only say the same again: the program is too large, or calls itself."""


class Poisoned(Compound):
    """What a variable is bound to whose value has been refused."""

    __slots__ = ()
    description = "a refused value"


POISONED = Poisoned()


class Consequence(DifferentiationError):
    """What cannot be lowered only because something that it reads has been refused."""

    def __init__(self) -> None:
        super().__init__([])


def check_poison(binding: Any) -> None:
    """Raise `Consequence` for what has been refused before."""
    if isinstance(binding, Poisoned):
        raise Consequence


@contextmanager
def recovering(ctx: Context, node: Any) -> Iterator[None]:
    """Note what is refused meanwhile, and poison what the statement would have bound."""
    try:
        yield
    except DifferentiationError as error:
        note(ctx.problems, error)
        if any(diagnostic.code in _FATAL for diagnostic in error.diagnostics):
            raise
        _poison(ctx, node)


def note(problems: dict[Diagnostic, None], error: DifferentiationError) -> None:
    """Add the problems of a refusal to those found so far, each place once."""
    places = {(problem.code, problem.span) for problem in problems}
    problems.update(dict.fromkeys(one for one in error.diagnostics if (one.code, one.span) not in places))


@contextmanager
def reporting(ctx: Context) -> Iterator[None]:
    """Raise all that has been noted, in the order of the text: at the end, or at the first fatal refusal."""
    try:
        yield
    except DifferentiationError as error:
        note(ctx.problems, error)
        raise DifferentiationError(_sorted(ctx.problems)) from None
    if ctx.problems:
        raise DifferentiationError(_sorted(ctx.problems))


def _sorted(problems: dict[Diagnostic, None]) -> list[Diagnostic]:
    """Sort by place within a file; files stay in the order in which they were met."""
    files = list(dict.fromkeys(problem.span.file if problem.span else "" for problem in problems))

    def place(problem: Diagnostic) -> tuple[int, int, int]:
        if problem.span is None:
            return files.index(""), 0, 0
        return files.index(problem.span.file), problem.span.line, problem.span.column

    return sorted(problems, key=place)


def _poison(ctx: Context, node: Any) -> None:
    from s2sad.frontend.flow import RESULT
    from s2sad.frontend.inlining import bound_names

    for name in sorted(bound_names(node)):
        ctx.frame.env[name] = POISONED
    if any(isinstance(inner, gast.Return) for inner in gast.walk(node)):
        ctx.frame.env[RESULT] = POISONED
