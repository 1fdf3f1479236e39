"""The notation for types: `float64[N, D]`, `list[tuple[float64[I, O], float64[O]]]`."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from s2sad.errors import Diagnostic, DifferentiationError
from s2sad.frontend.generators import KINDS
from s2sad.ir.dims import Dim, Symbol, fresh
from s2sad.ir.program import Span
from s2sad.ir.types import BOOL, COMPLEX, FLOAT, INT, STR, UNKNOWN, Array, Dict, Generator, List, Literal, Tuple, Type

DTYPES: dict[str, np.dtype[Any]] = {np.dtype(char).name: np.dtype(char) for char in "?bBhHiIlLqQefdgFDG"}
DTYPES |= {name: np.dtype(name) for name in ("half", "single", "double", "longdouble", "intp", "uintp", "bool_")}
"""NumPy's names of its number types."""

_PYTHON: dict[str, Type] = {"float": FLOAT, "int": INT, "bool": BOOL, "complex": COMPLEX}
_PLAIN: dict[str, Type] = {
    **_PYTHON,
    "str": STR,
    "None": Literal(None),
    "Any": UNKNOWN,
    "list": List(UNKNOWN),
    "tuple": UNKNOWN,
    "dict": Dict(UNKNOWN),
    "array": Array(),
    **{kind: Generator(kind) for kind in KINDS},
}
_CONTAINERS = {"list": (1, 1), "tuple": (0, 64), "dict": (2, 2)}
_TOKEN = re.compile(r"\s*(?:(?P<name>[^\W\d]\w*)|(?P<number>\d+)|(?P<sign>\.\.\.|[\[\](),;:])|(?P<end>$))")
_MAXIMUM_DEPTH = 32
_LARGEST_LENGTH = 2**62


def parse_types(text: str) -> dict[str, Type]:
    """Read the types of several parameters.

    Parameters
    ----------
    text : str
        `name: type`, separated by semicolons: `x: float64[N, D]; n: int`.

    Returns
    -------
    dict of str to Type
        The type of each name. A dimension with a name is the same wherever the name stands.

    Raises
    ------
    DifferentiationError
        S2S010, at the place in the text.
    """
    reader = _Reader(text)
    types: dict[str, Type] = {}
    while reader.token.kind != "end":
        name = reader.take_name("the name of a parameter")
        if name.text in types:
            reader.refuse(f"`{name.text}` has two types", "give each parameter once", name)
        reader.take(":", f"a colon and the type of `{name.text}`")
        types[name.text] = reader.type(0)
        if reader.token.kind != "end":
            reader.take(";", "a semicolon or the end")
    return types


def parse_type(text: str) -> Type:
    """Read one type, such as `float64[N, D]`; raises `DifferentiationError` (S2S010) at the place in the text."""
    reader = _Reader(text)
    type_ = reader.type(0)
    if reader.token.kind != "end":
        reader.refuse("there is more after the type", "give one type", reader.token)
    return type_


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


class _Reader:
    """The text, and the token that comes next."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.token = self._next(0)

    def _next(self, position: int) -> _Token:
        found = _TOKEN.match(self.text, position)
        if found is None or found.lastgroup is None:
            start = position + len(self.text[position:]) - len(self.text[position:].lstrip())
            self.refuse(f"{self.text[start]!r} has no meaning here", _ADVICE, _Token("?", "", start, start + 1))
        kind = found.lastgroup
        return _Token(kind, unicodedata.normalize("NFKC", found[kind]), found.start(kind), found.end(kind))

    def advance(self) -> _Token:
        """Return the next token and go on."""
        token = self.token
        self.token = self._next(token.end)
        return token

    def take(self, sign: str, wanted: str) -> _Token:
        """Return the next token, which must be this sign."""
        if self.token.text != sign:
            self.refuse(f"{wanted} is missing", _ADVICE, self.token)
        return self.advance()

    def take_name(self, wanted: str) -> _Token:
        """Return the next token, which must be a name."""
        if self.token.kind != "name":
            self.refuse(f"{wanted} is missing", _ADVICE, self.token)
        return self.advance()

    def refuse(self, message: str, advice: str, token: _Token) -> NoReturn:
        """Raise an error that points at a token."""
        line = self.text.count("\n", 0, token.start)
        begin = self.text.rfind("\n", 0, token.start) + 1
        span = Span("<types>", line + 1, token.start - begin, line + 1, max(token.end, token.start + 1) - begin)
        shown = self.text.split("\n")[line]
        raise DifferentiationError([Diagnostic("S2S010", message, advice, span, shown)])

    def type(self, depth: int) -> Type:
        """Read a type."""
        if depth > _MAXIMUM_DEPTH:
            self.refuse("the type is nested too deeply", "leave the inner types out", self.token)
        name = self.take_name("a type")
        if name.text in _CONTAINERS and self.token.text == "[":
            return self._container(name, depth)
        if name.text not in _PLAIN and name.text not in DTYPES:
            self.refuse(f"`{name.text}` is not a type", _suggest(name.text), name)
        if self.token.text != "[":
            return _PLAIN[name.text] if name.text in _PLAIN else Array(DTYPES[name.text], (), scalar=True)
        if name.text not in DTYPES and name.text not in _PYTHON and name.text != "array":
            self.refuse(f"`{name.text}` takes no dimensions", "only arrays have them: `float64[N, D]`", self.token)
        dtype = None if name.text == "array" else DTYPES.get(name.text, np.dtype(name.text))
        return Array(dtype, self._shape())

    def _container(self, name: _Token, depth: int) -> Type:
        least, most = _CONTAINERS[name.text]
        items: list[Type] = []
        self.take("[", "a bracket")
        while self.token.text != "]":
            if self.token.text == "...":
                advice = "write the type of each item, or leave the type out"
                self.refuse("a tuple of any length has no type here", advice, self.token)
            items.append(self.type(depth + 1))
            if self.token.text != "]":
                self.take(",", "a comma or a closing bracket")
        end = self.advance()
        if not least <= len(items) <= most:
            self.refuse(f"`{name.text}` takes {_COUNT[name.text]}", _ADVICE, end)
        match name.text:
            case "list":
                return List(items[0])
            case "tuple":
                return Tuple(tuple(items))
            case _:
                if items[0] not in (STR, INT):
                    self.refuse("the keys of a dict are `str` or `int`", "write `dict[str, T]`", name)
                return Dict(items[1])

    def _shape(self) -> tuple[Dim, ...] | None:
        self.take("[", "a bracket")
        dims: list[Dim] = []
        any_number = False
        while self.token.text != "]":
            token = self.advance()
            if token.text == "...":
                any_number = True
            elif token.kind == "number":
                if len(token.text) > 19 or int(token.text) > _LARGEST_LENGTH:
                    self.refuse("no array is as long as that", "give a smaller dimension", token)
                dims.append(int(token.text))
            elif token.kind == "name":
                dims.append(fresh() if token.text == "_" else Symbol(token.text))
            else:
                self.refuse("a dimension is missing", _ADVICE, token)
            if self.token.text != "]":
                self.take(",", "a comma or a closing bracket")
        self.advance()
        return None if any_number else tuple(dims)


_COUNT = {"list": "one type", "tuple": "at most 64 types", "dict": "the type of its keys and that of its values"}
_ADVICE = "write for example `x: float64[N, D]; n: int; params: list[tuple[float64[_, _], float64[_]]]`"


def _suggest(name: str) -> str:
    from difflib import get_close_matches  # needed for this message alone, and slow to import

    similar = get_close_matches(name, [*_PLAIN, *DTYPES], n=1)
    return f"did you mean `{similar[0]}`?" if similar else _ADVICE
