"""The types that a procedure is made for: the kinds of its arguments, and which of their lengths are equal.

A procedure knows the lengths of its arguments by names of its own, so that it can be called with shorter arrays. Two
lengths in its types are one where they are equal at every call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from s2sad.ir.dims import Dim, Number, Opaque, Symbol, fresh, replace_atoms
from s2sad.ir.types import (
    UNKNOWN,
    Array,
    Dict,
    List,
    Literal,
    Range,
    Record,
    Scalar,
    Tuple,
    Type,
    Unknown,
    join,
    map_dims,
    widen,
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """The types of parameters or of arguments, by the names of the parameters."""

    types: Mapping[str, Type]

    @classmethod
    def of(cls, types: Mapping[str, Type]) -> Pattern:
        """Return the pattern of arguments, whose numbers and texts may be others in another call."""
        return cls({name: plain(one) for name, one in types.items()})

    def general(self) -> Pattern:
        """Return the types of parameters: the lengths have names of their own."""
        names: dict[Dim, Dim] = {}
        return Pattern(
            {
                name: map_dims(one, lambda dim: names[dim] if dim in names else names.setdefault(dim, fresh()))
                for name, one in self.types.items()
            }
        )

    def covers(self, given: Pattern) -> bool:
        """Tell whether arguments can be passed to parameters of these types."""
        pairs: dict[tuple[Dim, Dim], None] = {}
        for name, one in self.types.items():
            two = given.types[name]
            if kind_of(one) != kind_of(two) and kind_of(join(one, two)) != kind_of(one):
                return False
            lengths = lengths_of(one), lengths_of(two)
            if len(lengths[0]) == len(lengths[1]):
                pairs.update(dict.fromkeys(zip(*lengths, strict=True)))
            elif lengths[0]:
                return False
        return len(pairs) == len({length for length, _ in pairs})

    def joined(self, given: Pattern) -> Pattern | None:
        """Return the types of parameters for other arguments too; None where too little would be known of them."""
        pairs: dict[tuple[Dim, Dim], Dim] = {}
        types: dict[str, Type] = {}
        for name, one in self.types.items():
            two = given.types[name]
            if kind_of(one) == kind_of(two):
                others = iter(lengths_of(two))
                types[name] = map_dims(one, lambda dim, others=others: _paired(pairs, dim, next(others)))  # type: ignore[misc]
                continue
            both = join(one, two)
            if is_vague(both) and not is_vague(one):
                return None
            types[name] = map_dims(both, lambda _: fresh())
        return Pattern(types)

    def seen_from(self, given: Pattern, result: Type) -> Type:
        """Return the type that a result has for the caller: in terms of the lengths of its arguments."""
        known: dict[Dim, Dim] = {}
        for name, one in self.types.items():
            lengths = lengths_of(one), lengths_of(given.types[name])
            if len(lengths[0]) == len(lengths[1]):
                known.update(zip(*lengths, strict=True))
        return map_dims(result, lambda dim: _renamed(dim, known))


def _paired(pairs: dict[tuple[Dim, Dim], Dim], a: Dim, b: Dim) -> Dim:
    if (a, b) not in pairs:
        pairs[a, b] = fresh()
    return pairs[a, b]


def _renamed(dim: Dim, known: dict[Dim, Dim]) -> Dim:
    if dim in known:
        return known[dim]

    def rename(atom: Symbol | Opaque | Number) -> Dim:
        # what is not known of the arguments is another length at each call
        return known.get(atom, atom) if isinstance(atom, Symbol) else known.setdefault(atom, type(atom)())

    return replace_atoms(dim, rename)


def lengths_of(type_: Type) -> list[Dim]:
    """Return the lengths in a type, in order."""
    found: list[Dim] = []

    def note(dim: Dim) -> Dim:
        found.append(dim)
        return dim

    map_dims(type_, note)
    return found


def kind_of(type_: Type) -> Type:
    """Return the type without its lengths."""
    return map_dims(type_, lambda _: 0)


def plain(type_: Type) -> Type:
    """Return what a type says of all values of its kind: not which number it is, nor what it is like."""
    match widen(type_):
        case Scalar(kind):
            return Scalar(kind)
        case Unknown():
            return UNKNOWN
        case Range():
            return Range()
        case Tuple(items, cls):
            return Tuple(tuple(map(plain, items)), cls)
        case List(item, items):
            return List(plain(item), None if items is None else tuple(map(plain, items)))
        case Dict(item, entries):
            return Dict(plain(item), None if entries is None else tuple((key, plain(one)) for key, one in entries))
        case Record(cls, entries, rebuilt):
            return Record(cls, tuple((name, plain(one)) for name, one in entries), rebuilt)
        case other:
            return other


def is_vague(type_: Type) -> bool:
    """Tell whether a type leaves open what kind of value something is."""
    match type_:
        case Unknown():
            return True
        case Array(dtype, shape):
            return dtype is None or shape is None
        case Tuple(items) | List(items=tuple() as items):
            return any(map(is_vague, items))
        case List(item):
            return is_vague(item)
        case Dict(item, entries):
            return is_vague(item) if entries is None else any(is_vague(one) for _, one in entries)
        case Record(entries=entries):
            return any(is_vague(one) for _, one in entries)
        case Literal() | _:
            return False
