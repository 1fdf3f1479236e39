"""What must hold of the arguments for them to have the types that a program was specialised to.

The conditions come in an order in which each is safe to evaluate where those before it hold: containers and numbers,
classes of arrays, dtypes, ranks, lengths, and last what is in lists. Equal demands are chained, which is cheap and
short. A length that stands in several places is measured at one of them, its home, and the others are compared.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad.codegen.functions import Imports
from s2sad.ir.dims import Combined, Dim, Opaque, Shape, Shorter, Symbol
from s2sad.ir.types import Array, Dict, List, Literal, Range, Record, Scalar, Tuple, Type

Place = tuple[str, Type]
"""The expression of a value and its type."""

_CHAIN = 88
"""How long a chain of comparisons gets."""

_OWN_DTYPES = {np.dtype(np.float64): "float", np.dtype(np.complex128): "complex", np.dtype(np.bool_): "bool"}


def conditions(places: Sequence[Place], imports: Imports) -> list[str]:
    """Return the expressions that must all be true, in the order in which they can be evaluated.

    Parameters
    ----------
    places : sequence of (str, Type)
        The parameters.
    imports : Imports
        How NumPy and the builtins are spelled.
    """
    checks = Checks(imports)
    lists = list(_lists(type_ for _, type_ in places))
    homes = checks.homes(places)
    met = [dim for item, _ in lists for dim in _symbols(item) if dim not in homes]
    nested = {dim for item, depth in lists if depth for dim in _symbols(item)}
    checks.scattered.update(dim for dim in met if met.count(dim) > 1 or dim in nested)
    return [*checks.all(places, {}, ()), *checks.agreements()]


def _lists(types: Iterable[Type], depth: int = 0) -> Iterable[tuple[Type, int]]:
    """Yield the item type of every list of unknown length, and how many such lists are around it."""
    for type_ in types:
        inner = _parts("", type_)
        if inner is not None:
            yield from _lists((part for _, part in inner), depth)
        elif isinstance(type_, List | Dict):
            yield type_.item, depth
            yield from _lists((type_.item,), depth + 1)


def _parts(path: str, type_: Type) -> list[Place] | None:
    """Return the parts of a container whose parts are known one by one."""
    match type_:
        case Tuple(items):
            return [(f"{path}[{k}]", item) for k, item in enumerate(items)]
        case List(items=items) if items is not None:
            return [(f"{path}[{k}]", item) for k, item in enumerate(items)]
        case Dict(entries=entries) if entries is not None:
            return [(f"{path}[{key!r}]", item) for key, item in entries]
        case Record(entries=entries):
            return [(f"{path}.{name}", item) for name, item in entries]
        case _:
            return None


def _leaves(places: Iterable[Place]) -> Iterable[Place]:
    """Yield what is not a container of known parts."""
    for path, type_ in places:
        inner = _parts(path, type_)
        if inner is None:
            yield path, type_
        else:
            yield from _leaves(inner)


def _symbols(item: Type) -> set[Symbol]:
    """Return the lengths with a name in the items of a list, those of lists inside them aside."""
    arrays = (type_.shape for _, type_ in _leaves([("", item)]) if isinstance(type_, Array) and type_.shape)
    return {dim for shape in arrays for dim in shape if isinstance(dim, Symbol)}


@dataclass(slots=True)
class Checks:
    """Writes the conditions on values, and on the items of lists among them.

    Attributes
    ----------
    scattered : set of Symbol
        Lengths that no single item can be asked for, because they stand in several lists or in lists of lists.
    """

    imports: Imports
    scattered: set[Dim] = field(default_factory=set)
    _found: dict[Dim, list[str]] = field(default_factory=dict)
    _ranks: dict[str, int | None] = field(default_factory=dict)

    def all(self, places: Sequence[Place], known: dict[Dim, str], loops: tuple[str, ...]) -> list[str]:
        """Return the conditions on values and what they hold.

        Parameters
        ----------
        places : sequence of (str, Type)
            The values.
        known : dict
            Lengths that have a home elsewhere.
        loops : tuple of str
            The comprehensions that the conditions stand in: `item in params`.
        """
        leaves = list(_leaves(places))
        arrays = [(path, type_) for path, type_ in leaves if isinstance(type_, Array) and not type_.scalar]
        own = self.homes(places)
        homes = {**own, **known}
        self._ranks.update((path, type_.rank) for path, type_ in arrays)
        for dim in self.scattered & own.keys() - known.keys():
            self._found.setdefault(dim, []).append(f"{own[dim]} for {' for '.join(loops)}")
        found = [condition for place in places for condition in self._structure(*place)]
        classes = [f"{self._builtin('type')}({path})" for path, _ in arrays]
        found += _chained(classes, "is", f"{self.imports.numpy}.ndarray")
        for dtype in dict.fromkeys(type_.dtype for _, type_ in arrays if type_.dtype is not None):
            alike = [f"{path}.dtype" for path, type_ in arrays if type_.dtype_text == dtype.str]
            found += _chained(alike, "==", self._dtype(dtype))
        whole = {path: self._shape(path, type_.shape, homes) for path, type_ in arrays if type_.shape}
        # comparing a shape with a known one settles the rank; but an item may be compared with itself
        ranks = [
            (type_.rank, path) for path, type_ in arrays if type_.rank is not None and (loops or not whole.get(path))
        ]
        for rank in sorted({rank for rank, _ in ranks}):
            found += _chained([f"{path}.ndim" for other, path in ranks if other == rank], "==", str(rank))
        for path, type_ in leaves:
            shape = whole.get(path)
            found += self._axes(path, type_, homes) if shape is None else [f"{path}.shape == {shape}"]
        for path, type_ in leaves:
            if isinstance(type_, List | Dict):
                found += self._items(path, type_, homes, loops)
        return found

    def homes(self, places: Sequence[Place]) -> dict[Dim, str]:
        """Return where each length is measured: at an array of one axis if there is one, else where it first stands."""
        leaves = list(_leaves(places))
        arrays = [(p, t.shape) for p, t in leaves if isinstance(t, Array) and not t.scalar and t.shape]
        homes: dict[Dim, str] = {}
        for path, shape in sorted(arrays, key=lambda place: len(place[1]) > 1):
            for axis, dim in enumerate(shape):
                if isinstance(dim, Symbol | Opaque):
                    homes.setdefault(dim, self._axis(path, axis))
        for path, type_ in leaves:
            if isinstance(type_, Scalar) and isinstance(type_.dim, Symbol | Opaque):
                homes.setdefault(type_.dim, path)
        return homes

    def agreements(self) -> list[str]:
        """Return the conditions on lengths that many items have to share."""
        found = []
        for places in self._found.values():
            spelled = f"{{{places[0]}}}" if len(places) == 1 else f"{{{', '.join(f'*({place})' for place in places)}}}"
            found.append(f"{self._builtin('len')}({spelled}) <= 1")
        return found

    # -- containers and numbers ------------------------------------------------------------------------------------

    def _structure(self, path: str, type_: Type) -> list[str]:
        """Return the conditions on what is no array, the items of lists aside."""
        match type_:
            case Scalar(kind):
                return [self._is(path, *_numbers(kind, self._builtin, self.imports.numpy))]
            case Array(dtype, scalar=True):
                return [self._is(path, f"{self.imports.numpy}.{'generic' if dtype is None else dtype.type.__name__}")]
            case Range():
                return [self._is(path, self._builtin("range"))]
            case Literal(value):
                return self._literal(path, value)
            case Tuple(items):
                own = self._sized(path, "tuple", len(items))
            case List(items=items):
                own = (
                    [self._is(path, self._builtin("list"))] if items is None else self._sized(path, "list", len(items))
                )
            case Dict(entries=entries):
                own = [self._is(path, self._builtin("dict"))]
                if entries is not None:
                    keys = ", ".join(repr(key) for key, _ in entries)
                    own.append(f"{self._builtin('list')}({path}) == [{keys}]")
            case Record(cls=cls):
                # what the methods of a class below it do may be something else
                own = [f"{self._builtin('type')}({path}).__name__ == {cls.__name__!r}"]
            case _:
                return []
        return [*own, *(condition for part in _parts(path, type_) or () for condition in self._structure(*part))]

    def _sized(self, path: str, name: str, length: int) -> list[str]:
        return [self._is(path, self._builtin(name)), f"{self._builtin('len')}({path}) == {length}"]

    def _is(self, path: str, *classes: str) -> str:
        spelled = classes[0] if len(classes) == 1 else f"({', '.join(classes)})"
        return f"{self._builtin('isinstance')}({path}, {spelled})"

    def _literal(self, path: str, value: object) -> list[str]:
        match value:
            case None | bool():
                return [f"{path} is {value}"]
            case int() | float() | str():
                return [f"{self._builtin('type')}({path}) is {type(value).__name__}", f"{path} == {value!r}"]
            case _:
                return []

    # -- arrays ----------------------------------------------------------------------------------------------------

    def _dtype(self, dtype: np.dtype[Any]) -> str:
        if dtype in _OWN_DTYPES:
            return self._builtin(_OWN_DTYPES[dtype])
        return f"{self.imports.numpy}.{dtype.name}" if dtype.isnative and hasattr(np, dtype.name) else repr(dtype.str)

    def _axis(self, path: str, axis: int) -> str:
        return f"{path}.shape[{axis}]" if axis else f"{self._builtin('len')}({path})"

    def _axes(self, path: str, type_: Type, homes: dict[Dim, str]) -> list[str]:
        """Return the conditions on one length after the other."""
        match type_:
            case Scalar(dim=dim) if dim is not None:
                places = [(path, dim)]
            case Array(shape=shape, scalar=False) if shape:
                places = [(self._axis(path, axis), dim) for axis, dim in enumerate(shape)]
            case _:
                return []
        lengths = ((place, self._length(dim, homes)) for place, dim in places)
        return [f"{place} == {length}" for place, length in lengths if length not in (None, place)]

    def _shape(self, path: str, shape: Shape, homes: dict[Dim, str]) -> str | None:
        """Return the expression of a whole shape if every length is measured elsewhere."""
        lengths = [self._length(dim, homes) or "" for dim in shape]
        known = [length for axis, length in enumerate(lengths) if length not in ("", self._axis(path, axis))]
        if len(known) < len(shape):
            return None
        owner = known[0].removeprefix(f"{self._builtin('len')}(").removesuffix(")")
        of_owner = [self._axis(owner, axis) for axis in range(self._ranks.get(owner) or 0)]
        if len(shape) > 1 and known == of_owner:
            return f"{owner}.shape"
        return f"({', '.join(known)}{',' if len(known) == 1 else ''})"

    def _length(self, dim: Dim, homes: dict[Dim, str]) -> str | None:
        """Return the expression of a length that is measured somewhere, or None."""
        match dim:
            case int():
                return str(dim)
            case Symbol() | Opaque():
                return homes.get(dim)
            case Shorter(base, amount):
                inner = self._length(base, homes)
                return None if inner is None else f"{self._builtin('max')}({inner} - {amount}, 0)"
            case Combined(operator, parts) if operator in ("+", "*"):
                inners = [self._length(part, homes) for part in parts]
                return None if None in inners else f"({f' {operator} '.join(filter(None, inners))})"
            case _:
                return None

    # -- lists -----------------------------------------------------------------------------------------------------

    def _items(self, path: str, type_: List | Dict, known: dict[Dim, str], loops: tuple[str, ...]) -> list[str]:
        """Return the condition that every item has a type; a length with a name is that of the first item."""
        iterated = path if isinstance(type_, List) else f"{path}.values()"
        first = f"{path}[0]" if isinstance(type_, List) else f"next(iter({iterated}))"
        name = f"item_{len(loops)}" if loops else "item"
        own: dict[Dim, str] = {
            dim: place
            for dim, place in self.homes([(first, type_.item)]).items()
            if isinstance(dim, Symbol) and dim not in self.scattered
        }
        inner = (*loops, f"{name} in {iterated}")
        found = self.all([(name, type_.item)], {**own, **known}, inner)
        return [f"{self._builtin('all')}({' and '.join(found)} for {name} in {iterated})"] if found else []

    def _builtin(self, name: str) -> str:
        return ast.unparse(self.imports.builtin(name))


def _numbers(kind: str, builtin: Callable[[str], str], numpy: str) -> tuple[str, ...]:
    """Return the classes of a kind of number or string."""
    wider = {"bool": "bool_", "int": "integer"}
    return (builtin(kind), f"{numpy}.{wider[kind]}") if kind in wider else (builtin(kind),)


def _chained(parts: list[str], sign: str, last: str) -> list[str]:
    """Return chains of comparisons that end in one value: `a == b == last`."""
    chains: list[str] = []
    line: list[str] = []
    for part in parts:
        if line and len(f" {sign} ".join([*line, part, last])) > _CHAIN:
            chains.append(f" {sign} ".join([*line, last]))
            line = []
        line.append(part)
    return [*chains, f" {sign} ".join([*line, last])] if line else chains
