"""The text of a function: files, places in them, and their syntax trees."""

from __future__ import annotations

import ast
import re
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

import gast

from s2sad.errors import Diagnostic, DifferentiationError
from s2sad.frontend.convert import to_gast
from s2sad.ir.program import Span
from s2sad.parsing import syntax_tree

if TYPE_CHECKING:
    from s2sad.frontend.scope import Entity, Scope

AstFunction = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_LEADING_SPACE = re.compile(r"[ \t\f]*")


@dataclass(frozen=True, slots=True, eq=False)
class SourceFile:
    """A file of Python text; `name` is what diagnostics call it.

    Lines end where Python's tokenizer ends them: at a line feed, a carriage return or both.
    """

    name: str
    text: str = field(repr=False)
    lines: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lines = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        object.__setattr__(self, "lines", tuple(lines))

    def line(self, number: int) -> str | None:
        """Return the line of this number, counted from 1, or None."""
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else None

    def _column(self, line: int, offset: int) -> int:
        """Turn an offset in UTF-8 bytes, which is what syntax trees hold, into one in characters."""
        text = self.line(line)
        if text is None or text.isascii():
            return offset
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))

    def span(self, node: Any) -> Span:
        """Return the place of a node of an `ast` or `gast` tree."""
        end_line = node.end_lineno if getattr(node, "end_lineno", None) is not None else node.lineno
        end_offset = getattr(node, "end_col_offset", None)
        end = self._column(end_line, end_offset if end_offset is not None else node.col_offset + 1)
        return Span(self.name, node.lineno, self._column(node.lineno, node.col_offset), end_line, end)

    def segment(self, node: Any) -> str:
        """Return the text of a node word for word; lines after the first lose the indentation of the first."""
        span = self.span(node)
        lines = list(self.lines[span.line - 1 : span.end_line])
        if not lines:
            return ""
        lines[-1] = lines[-1][: span.end_column]
        indent = len(_match_space(lines[0]))
        first = lines[0][span.column :]
        return "\n".join([first, *(line[min(indent, len(_match_space(line))) :] for line in lines[1:])])

    def diagnostic(self, code: str, message: str, advice: str, node: Any = None) -> Diagnostic:
        """Return a diagnostic that points at a node, or at the file as a whole."""
        if node is None:
            return Diagnostic(code, message, advice, Span(self.name, 1, 0, 1, 0))
        span = self.span(node)
        return Diagnostic(code, message, advice, span, self.line(span.line))

    def refuse(self, code: str, message: str, advice: str, node: Any = None) -> NoReturn:
        """Raise a `DifferentiationError` with one diagnostic."""
        raise DifferentiationError([self.diagnostic(code, message, advice, node)])


def _match_space(line: str) -> str:
    found = _LEADING_SPACE.match(line)
    return found.group() if found else ""


@dataclass(frozen=True, slots=True, eq=False)
class FunctionSource:
    """A function whose text is at hand.

    Attributes
    ----------
    name : str
        `f`, `Class.method`, or `<lambda>` for one that has no name.
    node : gast.FunctionDef or gast.Lambda
        The definition, with its decorators. It is shared: never change it.
    file : SourceFile
        The file that it stands in.
    scope : Scope
        What its free names mean.
    defaults : mapping of str to Entity
        The value of each default.
    bound : tuple of Entity
        What its first parameters are bound to: the object of a bound method.
    """

    name: str
    node: gast.FunctionDef | gast.Lambda
    file: SourceFile
    scope: Scope
    defaults: Mapping[str, Entity]
    bound: tuple[Entity, ...] = ()

    @property
    def names(self) -> list[str]:
        """The names of the parameters that are left for a caller, in the order of a call."""
        return parameter_names(self.node)[len(self.bound) :]


@lru_cache(maxsize=256)
def open_source(name: str, text: str) -> SourceFile:
    """Return the file of this name and text; the same one for the same text, so that trees are made once."""
    return SourceFile(name, text)


@lru_cache(maxsize=256)
def parse(file: SourceFile) -> ast.Module:
    """Parse a file; a text that Python does not accept is refused with its place."""
    if "\0" in file.text:
        number = next(i for i, line in enumerate(file.lines, start=1) if "\0" in line)
        column = file.lines[number - 1].index("\0")
        span = Span(file.name, number, column, number, column + 1)
        _refuse("S2S009", "the text holds a NUL character", "remove it: Python does not accept it", span)
    try:
        with no_warnings():
            tree: ast.Module = syntax_tree(file.text, file.name)
            return tree
    except SyntaxError as error:
        _refuse_syntax(file, error)
    except (RecursionError, MemoryError):
        _refuse("S2S009", "the text is nested too deeply to be parsed", "split the expression", _start(file))
    except (ValueError, OverflowError) as error:
        _refuse("S2S009", f"the text cannot be parsed ({error})", "remove what Python does not accept", _start(file))


_filtering = threading.Lock()


@contextmanager
def no_warnings() -> Iterator[None]:
    """Silence Python's warnings about literals: they are for whoever runs the file. One thread at a time."""
    with _filtering, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _start(file: SourceFile) -> Span:
    return Span(file.name, 1, 0, 1, 0)


def _refuse(code: str, message: str, advice: str, span: Span, line: str | None = None) -> NoReturn:
    raise DifferentiationError([Diagnostic(code, message, advice, span, line)]) from None


def _refuse_syntax(file: SourceFile, error: SyntaxError) -> NoReturn:
    """Turn Python's syntax error into a diagnostic; its numbers may lie outside the file."""
    number = min(max(error.lineno or 1, 1), len(file.lines))
    line = file.lines[number - 1]
    column = min(max((error.offset or 1) - 1, 0), len(line)) if number == error.lineno else len(line)
    end_line = max(error.end_lineno or number, number)
    end = (error.end_offset or 0) - 1
    if end_line == number and end <= column:
        end = column + 1
    span = Span(file.name, number, column, end_line, end)
    _refuse("S2S003", f"syntax error: {error.msg}", "correct the file; Python does not accept it either", span, line)


def convert(file: SourceFile, node: AstFunction) -> gast.FunctionDef | gast.Lambda:
    """Return a definition in the form that is the same for every version of Python."""
    try:
        return to_gast(node)
    except (RecursionError, MemoryError):
        file.refuse("S2S009", "the function is nested too deeply", "split its expressions into statements", node)


def parameter_names(node: gast.FunctionDef | gast.Lambda) -> list[str]:
    """Return the names of all parameters, in the order of a call."""
    args = node.args
    params = (*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg)
    return [param.id for param in params if param is not None]


def parameters(node: gast.FunctionDef | gast.Lambda | AstFunction) -> tuple[list[Any], list[Any]]:
    """Return the parameters that have a default, and the default of each, as nodes."""
    positional = [*node.args.posonlyargs, *node.args.args]
    defaults = list(node.args.defaults)
    pairs = [*zip(positional[len(positional) - len(defaults) :], defaults, strict=True)]
    pairs += [(p, d) for p, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is not None]
    return [p for p, _ in pairs], [d for _, d in pairs]
