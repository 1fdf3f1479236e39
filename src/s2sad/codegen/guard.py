"""The check that a specialised module begins with: that its arguments have the types that it relies on."""
from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad.ir.dims import Combined, Dim, Opaque, Shape, Shorter, Symbol
from s2sad.ir.program import Function
from s2sad.ir.types import Array, Dict, List, Literal, Range, Scalar, Tuple, Type, Unknown

_WIDTH = 100
_INDENT = "    "
_SCALARS = {
    "bool": "bool | {np}.bool_",
    "int": "int | {np}.integer",
    "float": "float",
    "complex": "complex",
    "str": "str",
}


def guard_lines(function: Function, extra: tuple[str, ...], numpy_name: str) -> list[str]:
    """Return the statement that refuses arguments of other types; nothing where nothing is known of them.

    Parameters
    ----------
    function : Function
        The program; the types of its parameters say what to check.
    extra : tuple of str
        Further conditions.
    numpy_name : str
        The name that NumPy is imported under.

    Returns
    -------
    list of str
        Lines, not indented.
    """
    made = Guard(numpy_name)
    pairs = [(p.name, value.type) for p, value in zip(function.parameters, function.body.params, strict=True)]
    conditions = [condition for name, type_ in pairs for condition in made.conditions(name, type_)]
    conditions += extra
    if not conditions:
        return []
    whole = f"if not ({' and '.join(conditions)}):"
    test = [whole] if len(whole) <= _WIDTH else ["if not (", *_wrapped(conditions, _INDENT), "):"]
    types = ", ".join(f"{name}: {type_}" for name, type_ in pairs if not isinstance(type_, Unknown))
    message = f"{function.name} was generated for {types or 'other values'}"
    return [*test, *_raising(message)]


def _wrapped(conditions: list[str], indent: str) -> list[str]:
    """Return conditions in lines that are not too long."""
    lines: list[str] = []
    for condition in conditions:
        joined = f"and {condition}" if lines else condition
        if len(indent) + len(joined) > _WIDTH and condition.startswith("all("):
            checked, _, items = condition.removeprefix("all(").removesuffix(")").rpartition(" for ")
            inner = _wrapped(checked.split(" and "), indent + _INDENT)
            lines += [f"{'and ' if lines else ''}all(", *(line.removeprefix(indent) for line in inner)]
            lines += [f"{_INDENT}for {items}", ")"]
        elif lines and lines[-1] != ")" and len(indent) + len(lines[-1]) + len(joined) + 1 <= _WIDTH:
            lines[-1] += f" {joined}"
        else:
            lines.append(joined)
    return [indent + line for line in lines]


def _raising(message: str) -> list[str]:
    """Return the lines that raise a `ValueError`, its message cut at spaces where it is long."""
    pieces = textwrap.wrap(message, _WIDTH - 20, drop_whitespace=False, break_long_words=False)
    if len(pieces) == 1:
        return [f"{_INDENT}raise ValueError({_quoted(pieces[0])})"]
    return [f"{_INDENT}raise ValueError(", *(f"{_INDENT * 2}{_quoted(piece)}" for piece in pieces), f"{_INDENT})"]


def _quoted(text: str) -> str:
    return repr(text) if '"' in text or "\\" in text else f'"{text}"'


@dataclass(slots=True)
class Guard:
    """Collects the conditions on a function's arguments; lengths are tied to where they first stand."""

    numpy_name: str
    lengths: dict[Dim, str] = field(default_factory=dict)

    def conditions(self, path: str, type_: Type, depth: int = 0) -> list[str]:
        """Return what must hold of the value at `path` for it to have a type.

        Parameters
        ----------
        path : str
            The expression of the value.
        type_ : Type
            What the program takes it for.
        depth : int
            How many comprehensions the condition stands in.

        Returns
        -------
        list of str
            Conditions, each safe to evaluate where those before it hold.
        """
        match type_:
            case Scalar(kind, dim):
                known = [f"isinstance({path}, {_SCALARS[kind].format(np=self.numpy_name)})"]
                return known if dim is None else known + self._tie(path, dim)
            case Array(dtype, shape, scalar):
                return self._array(path, dtype, shape, scalar)
            case Tuple(items):
                return [
                    f"isinstance({path}, tuple)",
                    f"len({path}) == {len(items)}",
                    *self._each([(f"{path}[{k}]", item) for k, item in enumerate(items)], depth),
                ]
            case List(items=items) if items is not None:
                return [
                    f"isinstance({path}, list)",
                    f"len({path}) == {len(items)}",
                    *self._each([(f"{path}[{k}]", item) for k, item in enumerate(items)], depth),
                ]
            case List(item):
                return [f"isinstance({path}, list)", *self._all(path, f"{path}[0]", item, depth)]
            case Dict(entries=entries) if entries is not None:
                keys = ", ".join(repr(key) for key, _ in entries)
                pairs = [(f"{path}[{key!r}]", item) for key, item in entries]
                return [f"isinstance({path}, dict)", f"list({path}) == [{keys}]", *self._each(pairs, depth)]
            case Dict(item):
                values = f"{path}.values()"
                return [f"isinstance({path}, dict)", *self._all(values, f"next(iter({values}))", item, depth)]
            case Range():
                return [f"isinstance({path}, range)"]
            case Literal(value):
                return self._literal(path, value)
            case _:
                return []

    def _each(self, parts: list[tuple[str, Type]], depth: int) -> list[str]:
        return [condition for path, item in parts for condition in self.conditions(path, item, depth)]

    def _all(self, iterated: str, first: str, item: Type, depth: int) -> list[str]:
        """Return the condition that every item has a type; a length with a name is that of the first item."""
        name = "item" if depth == 0 else f"item_{depth}"
        inner = Guard(self.numpy_name, dict(self.lengths))
        inner.conditions(first, item, depth + 1)
        named: dict[Dim, str] = {dim: path for dim, path in inner.lengths.items() if isinstance(dim, Symbol)}
        checked = Guard(self.numpy_name, {**self.lengths, **named}).conditions(name, item, depth + 1)
        # a length that is the item's own first one needs no check where there are no items, so the path is safe
        self.lengths.update({dim: path for dim, path in named.items() if dim in self.lengths})
        return [f"all({' and '.join(checked)} for {name} in {iterated})"] if checked else []

    def _array(self, path: str, dtype: np.dtype[Any] | None, shape: Shape | None, scalar: bool) -> list[str]:
        np_ = self.numpy_name
        if scalar:
            return [f"isinstance({path}, {np_}.{'generic' if dtype is None else dtype.type.__name__})"]
        found = [f"isinstance({path}, {np_}.ndarray)"]
        if dtype is not None:
            spelled = f"{np_}.{dtype.name}" if hasattr(np, dtype.name) else repr(dtype.str)
            found.append(f"{path}.dtype == {spelled}")
        if shape is None:
            return found
        known = [self._length(dim) for dim in shape]
        if shape and all(length is not None for length in known):
            comma = "," if len(shape) == 1 else ""
            return [*found, f"{path}.shape == ({', '.join(filter(None, known))}{comma})"]
        found.append(f"{path}.ndim == {len(shape)}")
        for axis, dim in enumerate(shape):
            found += self._tie(f"{path}.shape[{axis}]", dim)
        return found

    def _tie(self, path: str, dim: Dim) -> list[str]:
        length = self._length(dim)
        if length is not None:
            return [f"{path} == {length}"]
        if isinstance(dim, Symbol | Opaque):
            self.lengths[dim] = path
        return []

    def _length(self, dim: Dim) -> str | None:
        """Return the expression of a length that is known from what stands before, or None."""
        match dim:
            case int():
                return str(dim)
            case Symbol() | Opaque():
                return self.lengths.get(dim)
            case Shorter(base, amount):
                inner = self._length(base)
                return None if inner is None else f"max({inner} - {amount}, 0)"
            case Combined(operator, parts) if operator in ("+", "*"):
                inners = [self._length(part) for part in parts]
                return None if None in inners else f"({f' {operator} '.join(filter(None, inners))})"
            case Combined():
                return None

    @staticmethod
    def _literal(path: str, value: object) -> list[str]:
        match value:
            case None | bool():
                return [f"{path} is {value}"]
            case int() | float() | str():
                return [f"type({path}) is {type(value).__name__}", f"{path} == {value!r}"]
            case _:
                return []
