"""The lattice of types: what is known of a value before the program runs.

`Undefined` is the bottom (a variable that no path has bound yet) and `Unknown` the top. `join` is the least upper
bound; the frontend iterates it over loop bodies until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad.ir.dims import Dim, Number, Opaque, Shape, Symbol, fresh, replace_atoms

KINDS = ("bool", "int", "float", "complex")
"""Python's numbers, from narrow to wide."""


@dataclass(frozen=True, slots=True)
class Undefined:
    """The type of a variable that has not been bound on this path."""

    def __str__(self) -> str:
        return "undefined"


@dataclass(frozen=True, slots=True)
class Unknown:
    """Any value at all.

    `like` names what the value has its shape and kind of dtype from (a parameter, say): two unknown values that carry
    the same `like` agree in shape, and in dtype if they are inexact. None claims nothing.
    """

    like: str | None = None

    def __str__(self) -> str:
        return f"?{self.like}" if self.like else "?"


@dataclass(frozen=True, slots=True)
class TupleOf(Unknown):
    """A tuple of unknown length of what shapes and indices are made of: integers, slices, None and `...`."""

    item: Any = None

    def __str__(self) -> str:
        return f"tuple[{self.item}, ...]"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A Python number (`kind` is one of `KINDS`) or a string ("str"); `dim` is which integer an int is."""

    kind: str
    dim: Dim | None = None

    def __str__(self) -> str:
        return self.kind if self.dim is None or isinstance(self.dim, Number | Opaque) else f"{self.kind}={self.dim}"


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is known: a constant, a dtype, a slice, None, a function. Compared by type and text."""

    value: Any = field(compare=False)
    text: str = field(default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", f"{type(self.value).__qualname__}:{self.value!r}")

    def __str__(self) -> str:
        return repr(self.value)


@dataclass(frozen=True, slots=True)
class Array:
    """A NumPy array, or with `scalar` a NumPy scalar such as `np.float64`.

    `dtype` is None where only "an array" is known; `shape` is None where the rank is not known.
    """

    dtype: np.dtype[Any] | None = field(default=None, compare=False)
    shape: Shape | None = None
    scalar: bool = False
    dtype_text: str | None = field(default=None, init=False, repr=False)
    """What stands for the dtype in comparisons, since NumPy's float64 equals None."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "dtype_text", None if self.dtype is None else self.dtype.str)

    @property
    def rank(self) -> int | None:
        """Number of axes, where known."""
        return None if self.shape is None else len(self.shape)

    def __str__(self) -> str:
        name = "array" if self.dtype is None else self.dtype.name
        if self.scalar:
            return name
        return f"{name}[...]" if self.shape is None else f"{name}[{', '.join(map(str, self.shape))}]"


@dataclass(frozen=True, slots=True)
class Tuple:
    """A tuple with the types of its items; `cls` is the class of a named tuple."""

    items: tuple[Type, ...]
    cls: type | None = None

    def __str__(self) -> str:
        return f"tuple[{', '.join(map(str, self.items))}]"


@dataclass(frozen=True, slots=True)
class List:
    """A list whose items all have type `item`; `items` has them one by one where the length is known."""

    item: Type
    items: tuple[Type, ...] | None = None

    def __str__(self) -> str:
        return f"list[{self.item}]" if self.items is None else f"list[{', '.join(map(str, self.items))};]"


@dataclass(frozen=True, slots=True)
class Dict:
    """A dict; `entries` where the keys are known, else `item` is the type of every value."""

    item: Type
    entries: tuple[tuple[Any, Type], ...] | None = None

    def __str__(self) -> str:
        if self.entries is None:
            return f"dict[{self.item}]"
        return "dict[" + ", ".join(f"{key!r}: {value}" for key, value in self.entries) + "]"


@dataclass(frozen=True, slots=True)
class Record:
    """An object with attributes: `cls` is its class, or what stands for a class that is known from its text.

    `rebuilt` says that the attributes are all there is to it (a dataclass, or an object made in the program), so that
    a gradient can be an object of the same class.
    """

    cls: Any
    entries: tuple[tuple[str, Type], ...]
    rebuilt: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the attributes."""
        return tuple(name for name, _ in self.entries)

    def __str__(self) -> str:
        return f"{self.cls.__name__}({', '.join(f'{name}: {type_}' for name, type_ in self.entries)})"


@dataclass(frozen=True, slots=True)
class Generator:
    """A generator of random numbers; `kind` names its class: `Generator` or `RandomState` of NumPy's, or `Random`."""

    kind: str

    def __str__(self) -> str:
        return self.kind


@dataclass(frozen=True, slots=True)
class Range:
    """A `range`; `length` where known, and whether its items are known not to be negative."""

    length: Dim | None = None
    natural: bool = False

    def __str__(self) -> str:
        return "range"


@dataclass(frozen=True, slots=True)
class Slice:
    """A slice that holds values which are not all known (a known one is a `Literal`)."""

    start: Type
    stop: Type
    step: Type

    def __str__(self) -> str:
        return f"slice[{self.start}, {self.stop}, {self.step}]"


@dataclass(frozen=True, slots=True)
class Path:
    """The way from an array to a part of it that a store writes."""

    def __str__(self) -> str:
        return "path"


Type = Undefined | Unknown | Scalar | Literal | Array | Tuple | List | Dict | Record | Range | Slice | Path | Generator

UNDEFINED = Undefined()
UNKNOWN = Unknown()
BOOL, INT, FLOAT, COMPLEX, STR = (Scalar(kind) for kind in (*KINDS, "str"))
FLOAT64 = Array(np.dtype(np.float64), (), scalar=True)


def widen(type_: Type) -> Type:
    """Forget the value of a literal and keep its type."""
    if not isinstance(type_, Literal):
        return type_
    match type_.value:
        case bool():
            return BOOL
        case np.generic() as value:
            return Array(value.dtype, (), scalar=True)
        case int():
            return INT
        case float():
            return FLOAT
        case complex():
            return COMPLEX
        case str():
            return STR
        case tuple() as items:
            return Tuple(tuple(widen(Literal(item)) for item in items))
        case range():
            return Range()
        case _:
            return type_


def join(a: Type, b: Type, loose: set[Dim] | None = None) -> Type:
    """Return the narrowest type that holds every value of both types.

    Lengths that differ become fresh ones. A fixpoint passes the same set `loose` each time: the fresh lengths are kept
    in it, and one of them in `a` stands for any length in `b`, so that the join returns `a` itself once it is stable.
    """
    if a == b:
        return a
    loose = set() if loose is None else loose
    match a, b:
        case Undefined(), _:
            return b
        case _, Undefined():
            return a
        case _:
            a, b = widen(a), widen(b)
    match a, b:
        case _ if a == b:
            return a
        case Scalar(), Scalar() if a.kind == b.kind:
            return Scalar(a.kind)
        case Scalar("int" | "float"), Scalar("int" | "float"):
            # an accumulator that begins as 0: a number all the same
            return FLOAT
        case (Scalar("int" | "float"), Array(shape=(), scalar=True) as numpy) | (
            Array(shape=(), scalar=True) as numpy,
            Scalar("int" | "float"),
        ) if numpy.dtype is None or numpy.dtype == np.float64:
            # a Python float may stand in for a float64 scalar: it promotes no further than that one does
            return numpy
        case Array(), Array() if a.scalar == b.scalar:
            return Array(
                a.dtype if a.dtype_text == b.dtype_text else None, _join_shapes(a.shape, b.shape, loose), a.scalar
            )
        case Tuple(), Tuple() if len(a.items) == len(b.items) and a.cls is b.cls:
            return Tuple(_join_all(a.items, b.items, loose), a.cls)
        case List(), List():
            if a.items is not None and b.items is not None and len(a.items) == len(b.items):
                return List(join(a.item, b.item, loose), _join_all(a.items, b.items, loose))
            return List(join(a.item, b.item, loose))
        case Dict(), Dict():
            keys_a, keys_b = ([key for key, _ in d.entries] if d.entries is not None else None for d in (a, b))
            if keys_a is not None and keys_a == keys_b:
                pairs = zip(a.entries or (), b.entries or (), strict=True)
                entries = tuple((key, join(x, y, loose)) for (key, x), (_, y) in pairs)
                return Dict(join(a.item, b.item, loose), entries)
            return Dict(join(a.item, b.item, loose))
        case Record(), Record() if a.cls is b.cls and a.names == b.names:
            types = _join_all(tuple(one for _, one in a.entries), tuple(one for _, one in b.entries), loose)
            return Record(a.cls, tuple(zip(a.names, types, strict=True)), a.rebuilt and b.rebuilt)
        case Range(), Range():
            return Range(a.length if a.length == b.length else None, a.natural and b.natural)
        case Slice(), Slice():
            return Slice(*_join_all((a.start, a.stop, a.step), (b.start, b.stop, b.step), loose))
        case _:
            return UNKNOWN


def _join_all(a: tuple[Type, ...], b: tuple[Type, ...], loose: set[Dim]) -> tuple[Type, ...]:
    return tuple(join(x, y, loose) for x, y in zip(a, b, strict=True))


def _join_shapes(a: Shape | None, b: Shape | None, loose: set[Dim]) -> Shape | None:
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(x if x == y or x in loose else _loosen(loose) for x, y in zip(a, b, strict=True))


def _loosen(loose: set[Dim]) -> Dim:
    dim = fresh()
    loose.add(dim)
    return dim


def instantiate(item: Type) -> Type:
    """Return the type of one item read from a list or dict whose items have type `item`.

    An opaque length in the type of an item holds for that item alone, so each reading gets opaque lengths of its own.
    """
    own: dict[Dim, Dim] = {}

    def renew(atom: Symbol | Opaque | Number) -> Dim:
        return atom if isinstance(atom, Symbol) else own.setdefault(atom, type(atom)())

    return identified(map_dims(item, lambda dim: replace_atoms(dim, renew)))


def identified(type_: Type) -> Type:
    """Return the type of one value, in which an int of which nothing is known is a number of its own."""
    match type_:
        case Scalar("int", None):
            return Scalar("int", Number())
        case Tuple(items, cls):
            return Tuple(tuple(map(identified, items)), cls)
        case Record(cls, entries, rebuilt):
            return Record(cls, tuple((name, identified(one)) for name, one in entries), rebuilt)
        case _:
            return type_


def forget(type_: Type, is_gone: Callable[[Dim], bool], loose: set[Dim]) -> Type:
    """Return the type without the numbers that are gone; lengths that stand in for them are added to `loose`."""
    return map_dims(
        type_, lambda dim: _loosen(loose) if is_gone(dim) else dim, lambda dim: None if is_gone(dim) else dim
    )


def map_dims(
    type_: Type, change: Callable[[Dim], Dim], change_number: Callable[[Dim], Dim | None] | None = None
) -> Type:
    """Return the type with every length in it replaced by `change` of it, or by `change_number` if it is an int's."""
    of_number = change_number or change

    def again(part: Type) -> Type:
        return map_dims(part, change, change_number)

    match type_:
        case Scalar(kind, dim) if dim is not None:
            return Scalar(kind, of_number(dim))
        case Range(length, natural) if length is not None:
            return Range(of_number(length), natural)
        case Array(dtype, shape, scalar) if shape is not None:
            return Array(dtype, tuple(map(change, shape)), scalar)
        case Tuple(items, cls):
            return Tuple(tuple(again(item) for item in items), cls)
        case List(item, items):
            kept = None if items is None else tuple(again(one) for one in items)
            return List(again(item), kept)
        case Dict(item, entries):
            pairs = None if entries is None else tuple((key, again(one)) for key, one in entries)
            return Dict(again(item), pairs)
        case Record(cls, entries, rebuilt):
            return Record(cls, tuple((name, again(one)) for name, one in entries), rebuilt)
        case Slice(start, stop, step):
            return Slice(again(start), again(stop), again(step))
        case _:
            return type_


def is_differentiable(type_: Type) -> bool:
    """Tell whether a value of this type can carry a derivative: whether it is, or may hold, inexact numbers."""
    match type_:
        case Unknown():
            return not isinstance(type_, TupleOf)
        case Scalar(kind):
            return kind in ("float", "complex")
        case Literal(value):
            return isinstance(value, float | complex | np.inexact)
        case Array(dtype):
            return dtype is None or dtype.kind in "fc"
        case Tuple(items):
            return not items or any(map(is_differentiable, items))
        case List(Undefined()):
            return True
        case List(item, items):
            return any(map(is_differentiable, items)) if items else items == () or is_differentiable(item)
        case Record(entries=entries):
            return any(is_differentiable(one) for _, one in entries)
        case Dict(item, entries):
            if entries is None:
                return is_differentiable(item)
            return not entries or any(is_differentiable(one) for _, one in entries)
        case _:
            return False
