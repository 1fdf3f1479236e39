"""The rows of the table of the language, each tied to programs that show what it says.

A program is an ordinary function. Its arguments follow from the names of its parameters, so that loops run with three
trips, none and one; `more` adds cases.
"""
from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Row:
    """One program of the table: what it shows, and the code that refuses it, if one does."""

    area: str
    construct: str
    function: Callable[..., Any]
    note: str
    code: str | None
    more: tuple[tuple[Any, ...], ...]
    only: tuple[tuple[Any, ...], ...]

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__

    def cases(self) -> list[tuple[Any, ...]]:
        """Return the arguments that the function is called with, in turn."""
        if self.only:
            return list(self.only)
        names = list(inspect.signature(self.function).parameters)
        trips = (3, 0, 1) if "n" in names else (3,)
        return [*(tuple(argument(name, n) for name in names) for n in trips), *self.more]


ROWS: list[Row] = []


def argument(name: str, n: int) -> Any:
    """Return the argument for a parameter of this name."""
    rng = np.random.default_rng(5)
    make: dict[str, Callable[[], Any]] = {
        "a": lambda: 1.3,
        "b": lambda: 0.7,
        "x": lambda: rng.normal(size=3),
        "y": lambda: rng.normal(size=3) + 2.0,
        "A": lambda: rng.normal(size=(3, 3)),
        "B": lambda: rng.normal(size=(2, 3)),
        "xs": lambda: [rng.normal(size=3) for _ in range(3)],
        "pair": lambda: (1.1, rng.normal(size=3)),
        "table": lambda: {"w": rng.normal(size=3), "b": 0.4},
        "flag": lambda: True,
        "n": lambda: n,
    }
    return make[name]()


class Area:
    """A part of the table; its methods are decorators."""

    def __init__(self, title: str) -> None:
        self.title = title

    def supported(self, construct: str, note: str = "", more: Any = (), only: Any = ()) -> Callable[[Any], Any]:
        """Say that a construct is differentiated right."""
        return self._add(construct, note, None, tuple(more), tuple(only))

    def refused(self, construct: str, code: str, note: str = "", only: Any = ()) -> Callable[[Any], Any]:
        """Say that a construct is refused, with this code, at its place."""
        return self._add(construct, note, code, (), tuple(only))

    def _add(self, construct: str, note: str, code: str | None, more: Any, only: Any) -> Callable[[Any], Any]:
        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            ROWS.append(Row(self.title, construct, function, note, code, more, only))
            return function

        return add


def text_without_decorators(path: str) -> str:
    """Return the text of a file with the decorators of this table left out, every line in its place."""
    text = Path(path).read_text("utf-8")
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if ast.unparse(decorator).startswith("AREA."):
                    first, last = decorator.lineno, decorator.end_lineno or decorator.lineno
                    lines[first - 1 : last] = [""] * (last + 1 - first)
    return "\n".join(lines) + "\n"


def markdown(rows: list[Row]) -> str:
    """Return the page: one table for each area, one line for each construct."""
    parts = [HEAD]
    for title in dict.fromkeys(row.area for row in rows):
        parts += [f"## {title}", "", "| construct | | notes |", "| --- | --- | --- |"]
        own = [row for row in rows if row.area == title]
        for construct in dict.fromkeys(row.construct for row in own):
            same = [row for row in own if row.construct == construct]
            codes = list(dict.fromkeys(row.code for row in same if row.code))
            state = "supported, in part" if codes else "supported"
            if all(row.code for row in same):
                state = "refused"
            linked = ", ".join(f"[{code}](errors.md)" for code in codes)
            notes = "; ".join(dict.fromkeys(row.note for row in same if row.note))
            parts.append(f"| {construct} | {state}{f': {linked}' if linked else ''} | {notes} |")
        parts.append("")
    return "\n".join(parts)


HEAD = """# The language

What of Python and NumPy a differentiated function may contain. Every line is tied to programs in `tests/language/`:
those of a supported construct are differentiated and compared with numerical derivatives, in loops with no trip, one
and three; those of a refused one must be refused with this code and point at the place. This page is written by
`make docs`.
"""
