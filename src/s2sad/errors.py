"""What s2sad says when it refuses a program: a code, a place, what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from s2sad.ir.program import Span

_WINDOW = 160
"""How much is shown of a line that is longer."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is refused.

    Attributes
    ----------
    code : str
        `S2S` and three digits; `docs/errors.md` has a paragraph on each.
    message : str
        What is wrong, in one sentence.
    advice : str
        What to do about it, in one sentence.
    span : Span or None
        Where it is wrong.
    line : str or None
        The source line that `span` begins in.
    """

    code: str
    message: str
    advice: str
    span: Span | None = None
    line: str | None = None

    def __str__(self) -> str:
        head = f"{self.code}: {self.message}"
        if self.span is None:
            return f"{head}\n  help: {self.advice}"
        place = f"{self.span.file}:{self.span.line}:{self.span.column + 1}: {head}"
        if self.line is None:
            return f"{place}\n  help: {self.advice}"
        line = self.line.rstrip("\n")
        end = self.span.end_column if self.span.end_line == self.span.line else len(line)
        start = max(0, self.span.column - _WINDOW // 2) if len(line) > _WINDOW else 0
        line, column, end = line[start : start + _WINDOW], self.span.column - start, end - start
        pad = "".join("\t" if c == "\t" else " " for c in line[:column])
        caret = "^" * max(1, min(end, len(line)) - column)
        return f"{place}\n    {line}\n    {pad}{caret}\n  help: {self.advice}"


class DifferentiationError(Exception):
    """A program that s2sad does not differentiate; `diagnostics` holds every reason that was found."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(map(str, self.diagnostics)))

    @property
    def code(self) -> str:
        """The code of the first diagnostic."""
        return self.diagnostics[0].code

    def __reduce__(self) -> tuple[type[DifferentiationError], tuple[tuple[Diagnostic, ...]]]:
        return type(self), (self.diagnostics,)


class DifferentiationTypeError(DifferentiationError, TypeError):
    """A refusal that others raise as `TypeError`: a result that is not a scalar, an argument that is an integer."""


class DifferentiationValueError(DifferentiationError, ValueError):
    """A refusal that others raise as `ValueError`: a tangent or cotangent of another shape."""
