"""Symbolic lengths of array axes: canonical expressions that are equal exactly when they are provably equal."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

_serial = itertools.count()


@dataclass(frozen=True, slots=True)
class Symbol:
    """A length with a name, such as the `N` of `float64[N, D]`; it may be any number, 0 and 1 included."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Opaque:
    """A length of which nothing is known; equal to itself alone."""

    serial: int = field(default_factory=lambda: next(_serial))

    def __str__(self) -> str:
        return "_"


@dataclass(frozen=True, slots=True)
class Shorter:
    """The length `max(base - amount, 0)`, which is what a slice such as `x[1:]` leaves."""

    base: Dim
    amount: int

    def __str__(self) -> str:
        return f"{self.base}-{self.amount}"


@dataclass(frozen=True, slots=True)
class Combined:
    """A length computed from others: `operator` is "+" (concatenation), "*" (flattening) or "|" (broadcasting)."""

    operator: str
    parts: tuple[Dim, ...]

    def __str__(self) -> str:
        return "(" + self.operator.join(map(str, self.parts)) + ")"


Dim = int | Symbol | Opaque | Shorter | Combined
Shape = tuple[Dim, ...]


def fresh() -> Opaque:
    """Return a length that equals no other."""
    return Opaque()


def shorter(base: Dim, amount: int) -> Dim:
    """Return `max(base - amount, 0)` in canonical form."""
    if amount == 0:
        return base
    match base:
        case int():
            return max(base - amount, 0)
        case Shorter(inner, removed):
            return Shorter(inner, removed + amount)
        case _:
            return Shorter(base, amount)


def _combine(operator: str, dims: tuple[Dim, ...], neutral: int) -> Dim:
    """Flatten, fold the numbers together, and sort what is left."""
    number, rest = neutral, list[Dim]()
    for dim in dims:
        parts = dim.parts if isinstance(dim, Combined) and dim.operator == operator else (dim,)
        for part in parts:
            if isinstance(part, int):
                number = number + part if operator == "+" else number * part
            else:
                rest.append(part)
    if operator == "*" and number == 0:
        return 0
    if not rest:
        return number
    if number != neutral:
        rest.append(number)
    return rest[0] if len(rest) == 1 else Combined(operator, tuple(sorted(rest, key=repr)))


def add(*dims: Dim) -> Dim:
    """Return the sum of lengths."""
    return _combine("+", dims, 0)


def multiply(*dims: Dim) -> Dim:
    """Return the product of lengths."""
    return _combine("*", dims, 1)


def broadcast(a: Dim, b: Dim) -> Dim:
    """Return the length that two axes broadcast to, if they broadcast at all."""
    if a == b or b == 1:
        return a
    if a == 1:
        return b
    # a number other than 1 decides: whatever meets it is that number, or 1, or an error at run time
    if isinstance(a, int):
        return a
    if isinstance(b, int):
        return b
    parts = set[Dim]()
    for dim in (a, b):
        parts.update(dim.parts if isinstance(dim, Combined) and dim.operator == "|" else (dim,))
    return Combined("|", tuple(sorted(parts, key=repr)))


def broadcast_shapes(*shapes: Shape) -> Shape:
    """Return the shape that shapes of known rank broadcast to."""
    rank = max(map(len, shapes), default=0)
    result: list[Dim] = [1] * rank
    for shape in shapes:
        for axis, dim in enumerate(shape, start=rank - len(shape)):
            result[axis] = broadcast(result[axis], dim)
    return tuple(result)
