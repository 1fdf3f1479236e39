"""Symbolic lengths of array axes: canonical expressions that are equal only where they are provably equal.

The integers of a program are such expressions too, since lengths are computed from them: `x[k + 1 :]`, `np.zeros(n)`.
A length is never negative, an integer may be. What is not understood (`x[-k:]`, `n % k`) is an expression all the same,
equal to the same expression of the same parts.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator
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
    """A length, or an integer that is not negative, of which nothing is known; equal to itself alone."""

    serial: int = field(default_factory=lambda: next(_serial))

    def __str__(self) -> str:
        return "_"


@dataclass(frozen=True, slots=True)
class Number:
    """An integer of which nothing is known, its sign included; equal to itself alone."""

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
class Strided:
    """The length `base` divided by `step` and rounded up, which is what `x[::step]` leaves."""

    base: Dim
    step: int

    def __str__(self) -> str:
        return f"{self.base}/{self.step}"


@dataclass(frozen=True, slots=True)
class Combined:
    """A number computed from others: `operator` is "+" (concatenation), "*" (flattening) or "|" (broadcasting)."""

    operator: str
    parts: tuple[Dim, ...]

    def __str__(self) -> str:
        return "(" + self.operator.join(map(str, self.parts)) + ")"


@dataclass(frozen=True, slots=True)
class Computed:
    """What a function makes of numbers, whatever that is: `function` is a name in `_FUNCTIONS`."""

    function: str
    parts: tuple[Dim, ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.parts))})"


@dataclass(frozen=True, slots=True)
class Cut:
    """What a slice leaves of an axis of length `base`, whatever that is."""

    base: Dim
    start: Dim | None
    stop: Dim | None
    step: Dim | None

    def __str__(self) -> str:
        return f"{self.base}[{':'.join('' if p is None else str(p) for p in (self.start, self.stop, self.step))}]"


Dim = int | Symbol | Opaque | Number | Shorter | Strided | Combined | Computed | Cut
Shape = tuple[Dim, ...]

_FUNCTIONS: dict[str, Callable[..., int]] = {
    "//": operator.floordiv,
    "%": operator.mod,
    "abs": abs,
    "min": min,
    "max": max,
}


def fresh() -> Opaque:
    """Return a length that equals no other."""
    return Opaque()


def tick() -> int:
    """Return a number that is less than the serial numbers of all that is made from now on."""
    return next(_serial)


# -- arithmetic -------------------------------------------------------------------------------------------------------


def add(*dims: Dim) -> Dim:
    """Return the sum of numbers."""
    number, coefficients = 0, dict[Dim, int]()
    for dim in dims:
        for factor, term in _terms(dim):
            if term is None:
                number += factor
            else:
                coefficients[term] = coefficients.get(term, 0) + factor
    parts = [_product(factor, term) for term, factor in coefficients.items() if factor]
    return _combined("+", [*parts, number] if number or not parts else parts)


def multiply(*dims: Dim) -> Dim:
    """Return the product of numbers."""
    number, rest = 1, list[Dim]()
    for dim in dims:
        for part in dim.parts if isinstance(dim, Combined) and dim.operator == "*" else (dim,):
            if isinstance(part, int):
                number *= part
            else:
                rest.append(part)
    if number == 0 or not rest:
        return number
    if number == 1:
        return _combined("*", rest)
    if len(rest) == 1 and isinstance(rest[0], Combined) and rest[0].operator == "+":
        return add(*(multiply(number, part) for part in rest[0].parts))
    return _combined("*", [*rest, number])


def subtract(a: Dim, b: Dim) -> Dim:
    """Return the difference of numbers."""
    return add(a, multiply(-1, b))


def computed(function: str, *parts: Dim) -> Dim:
    """Return what a function of `_FUNCTIONS` makes of numbers."""
    known = [part for part in parts if isinstance(part, int)]
    if len(known) < len(parts) or (function in ("//", "%") and known[1] == 0):
        return Computed(function, parts)
    return _FUNCTIONS[function](*known)


def _combined(sign: str, parts: list[Dim]) -> Dim:
    return parts[0] if len(parts) == 1 else Combined(sign, tuple(sorted(parts, key=repr)))


def _product(factor: int, term: Dim) -> Dim:
    return term if factor == 1 else multiply(factor, term)


def _terms(dim: Dim) -> Iterator[tuple[int, Dim | None]]:
    """Yield the terms of a sum, each as a factor and what it multiplies; None for a plain number."""
    match dim:
        case int():
            yield dim, None
        case Combined("+", parts):
            for part in parts:
                yield from _terms(part)
        case Combined("*", parts) if any(isinstance(part, int) for part in parts):
            (factor,) = (part for part in parts if isinstance(part, int))
            yield factor, _combined("*", [part for part in parts if not isinstance(part, int)])
        case _:
            yield 1, dim


# -- what slices leave ------------------------------------------------------------------------------------------------


def is_natural(dim: Dim) -> bool:
    """Tell whether a number is known not to be negative."""
    match dim:
        case int():
            return dim >= 0
        case Number():
            return False
        case Combined("*", parts):
            return all(map(is_natural, parts))
        case Combined("+"):
            return _is_natural_sum(list(_terms(dim)))
        case Computed("//" | "min", parts):
            return all(map(is_natural, parts))
        case Computed("%", (_, divisor)):
            return is_natural(divisor)
        case Computed("max", parts):
            return any(map(is_natural, parts))
        case _:
            return True


def _is_natural_sum(terms: list[tuple[int, Dim | None]]) -> bool:
    """Tell whether a sum is known not to be negative: `N - max(N - i, 0)` for a natural i."""
    added = [term for factor, term in terms if factor == 1 and term is not None]
    for factor, term in terms:
        if factor > 0:
            if term is not None and not is_natural(term):
                return False
            continue
        if factor != -1 or not isinstance(term, Shorter):
            return False
        larger = next((other for other in added if _is_at_least(other, term)), None)
        if larger is None:
            return False
        added.remove(larger)
    return True


def _is_at_least(a: Dim, b: Shorter) -> bool:
    whole = subtract(a.base, a.amount) if isinstance(a, Shorter) else a
    return is_natural(a) and is_natural(add(subtract(whole, b.base), b.amount))


def natural(dim: Dim) -> Dim:
    """Return `max(dim, 0)` in canonical form."""
    return shorter(dim, 0)


def shorter(base: Dim, amount: int) -> Dim:
    """Return `max(base - amount, 0)` in canonical form; `amount` is not negative."""
    match base:
        case int():
            return max(base - amount, 0)
        case Shorter(inner, removed):
            return Shorter(inner, removed + amount)
        case Combined("+", parts) if any(isinstance(part, int) for part in parts):
            number = sum(part for part in parts if isinstance(part, int))
            rest = add(*(part for part in parts if not isinstance(part, int)))
            if number <= amount:
                return shorter(rest, amount - number)
            longer = add(rest, number - amount)
            return longer if is_natural(longer) else Shorter(longer, 0)
        case _:
            return base if amount == 0 and is_natural(base) else Shorter(base, amount)


def strided(base: Dim, step: int) -> Dim:
    """Return a length divided by a positive step, rounded up, in canonical form."""
    if step == 1:
        return base
    if isinstance(base, int):
        return -(-base // step)
    if isinstance(base, Strided):
        return Strided(base.base, base.step * step)
    terms = list(_terms(base))
    if any(factor % step for factor, _ in terms):
        return Strided(base, step)
    return add(*(factor // step if term is None else _product(factor // step, term) for factor, term in terms))


def cut(base: Dim, start: Dim | None, stop: Dim | None, step: Dim | None) -> Dim:
    """Return the length that a slice leaves of an axis."""
    bounds = (start, stop, step)
    if isinstance(base, int) and step != 0:
        known = [bound for bound in bounds if bound is None or isinstance(bound, int)]
        if len(known) == len(bounds):
            return len(range(*slice(*known).indices(base)))
    if step is None or (isinstance(step, int) and step > 0):
        return strided(_between(base, start, stop), step or 1)
    if isinstance(step, int) and step < 0 and start is None and stop is None:
        return strided(base, -step)
    return Cut(base, start, stop, step)


def _between(base: Dim, start: Dim | None, stop: Dim | None) -> Dim:
    """Return the length of `x[start:stop]`, computed from how much of the axis lies behind each of the bounds."""
    if stop == 0:
        return 0
    before, after = _behind(base, 0 if start is None else start), 0 if stop in (None, base) else _behind(base, stop)
    if before is None or after is None:
        return Cut(base, start, stop, None)
    if after == 0:
        return before
    if isinstance(start, int) and start >= 0 and isinstance(stop, int) and stop < 0:
        return shorter(base, start - stop)
    apart = subtract(before, after)
    return apart if is_natural(apart) else Cut(base, start, stop, None)


def _behind(base: Dim, bound: Dim) -> Dim | None:
    """Return the length of `x[bound:]`; None where the sign of the bound is not known, which tells where it counts."""
    if is_natural(bound):
        return natural(subtract(base, bound))
    return subtract(base, shorter(base, -bound)) if isinstance(bound, int) else None


# -- broadcasting -----------------------------------------------------------------------------------------------------


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


# -- parts ------------------------------------------------------------------------------------------------------------


def atoms(dim: Dim | None) -> Iterator[Symbol | Opaque | Number]:
    """Yield what a number is computed from."""
    match dim:
        case Symbol() | Opaque() | Number():
            yield dim
        case Shorter(base) | Strided(base):
            yield from atoms(base)
        case Combined(_, parts) | Computed(_, parts):
            for part in parts:
                yield from atoms(part)
        case Cut(base, start, stop, step):
            for bound in (base, start, stop, step):
                yield from atoms(bound)
        case _:
            pass


def is_fixed(dim: Dim) -> bool:
    """Tell whether a length is the same wherever it is mentioned, in every trip of a loop."""
    return all(isinstance(atom, Symbol) for atom in atoms(dim))


def replace_atoms(dim: Dim, change: Callable[[Symbol | Opaque | Number], Dim]) -> Dim:
    """Return a number computed again from what `change` returns for each of its atoms."""

    def again(part: Dim) -> Dim:
        return replace_atoms(part, change)

    match dim:
        case int():
            return dim
        case Symbol() | Opaque() | Number():
            return change(dim)
        case Shorter(base, amount):
            return shorter(again(base), amount)
        case Strided(base, step):
            return strided(again(base), step)
        case Combined("+", parts):
            return add(*map(again, parts))
        case Combined("*", parts):
            return multiply(*map(again, parts))
        case Combined(_, parts):
            return broadcast_shapes(*((again(part),) for part in parts))[0]
        case Computed(function, parts):
            return computed(function, *map(again, parts))
        case Cut(base):
            bounds = [None if bound is None else again(bound) for bound in (dim.start, dim.stop, dim.step)]
            return cut(again(base), *bounds)
