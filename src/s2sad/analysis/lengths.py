"""Which lengths of axes are equal: by the operations that would fail otherwise, and by assumption.

A matrix product has a result only if its inner lengths agree, so they are equal wherever the program goes on. Two
lengths that meet in an elementwise operation agree too, or one of them is 1 and broadcasts. Lengths that can be named
(`float64[N, D]`) are taken for what their names say; the lengths of the items of a list cannot be named, so that they
agree where they meet is assumed, and stated as a condition that the printed module checks when it is called.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from s2sad.analysis.infer import infer
from s2sad.ir import primitives
from s2sad.ir.dims import Combined, Computed, Cut, Dim, Opaque, Shorter, Strided, Symbol, atoms, replace_atoms
from s2sad.ir.program import Call, Constant, Exit, Function, If, Operation, Region, Scan, Source, Value, regions
from s2sad.ir.types import Array, Dict, List, Literal, Record, Tuple, Type, map_dims, widen
from s2sad.rules.registry import RULES

_MAX_ROUNDS = 10
_PRODUCTS = (np.matmul, np.dot)


def axis_lengths(function: Function) -> dict[Any, tuple[Value, int]]:
    """Return, for each symbolic length, the first parameter that has an axis of this length, and the axis."""
    lengths: dict[Any, tuple[Value, int]] = {}
    for param in function.body.params:
        if isinstance(param.type, Array) and param.type.shape is not None:
            for axis, dim in enumerate(param.type.shape):
                if not isinstance(dim, int):
                    lengths.setdefault(dim, (param, axis))
    return lengths


@dataclass(slots=True)
class Lengths:
    """What is known of lengths: a union-find over them, and where each can be read from the arguments.

    `places` has the expression of a length that stands in an argument, `items` what the length of a loop's item is
    called in the type of the list that is iterated; `homes` has the region that a length comes into being in.
    """

    parents: dict[Dim, Dim] = field(default_factory=dict)
    places: dict[Dim, str] = field(default_factory=dict)
    items: dict[Dim, Dim] = field(default_factory=dict)
    homes: dict[Dim, Region] = field(default_factory=dict)
    conditions: dict[str, None] = field(default_factory=dict)
    changed: bool = False

    def find(self, dim: Dim) -> Dim:
        """Return the representative of a length."""
        found = replace_atoms(dim, lambda atom: self.find(self.parents[atom]) if atom in self.parents else atom)
        return self.find(self.parents[found]) if found in self.parents else found

    def unite(self, a: Dim, b: Dim, where: Region | None = None) -> None:
        """Note that two lengths are equal; only an opaque one can be replaced, or one computed from others by an atom.

        With `where`, only one that comes into being in this region is replaced: the region need not be run.
        """
        a, b = self.find(a), self.find(b)
        if a == b:
            return
        for wanted in (Opaque, Shorter | Strided | Combined | Computed | Cut):
            for old, new in ((a, b), (b, a)):
                is_here = where is None or any(self.homes.get(atom) is where for atom in atoms(old))
                is_new = (
                    all(old != atom for atom in atoms(new))
                    if wanted is Opaque
                    else isinstance(new, int | Symbol | Opaque)
                )
                if isinstance(old, wanted) and is_here and is_new:
                    self.parents[old] = new
                    self.changed = True
                    return

    def type(self, type_: Type) -> Type:
        """Return a type with representatives for its lengths."""
        return map_dims(type_, self.find) if self.parents else type_


def settle_lengths(function: Function, *, assume: bool) -> tuple[Function, tuple[str, ...]]:
    """Return the function with equal lengths made one, and the conditions on its arguments that were assumed.

    Parameters
    ----------
    function : Function
        A program as it was lowered.
    assume : bool
        Whether lengths may be assumed to agree; if not, only what follows from the program is used.
    """
    lengths = Lengths()
    for _ in range(_MAX_ROUNDS):
        lengths.changed = False
        _note_places(function, lengths)
        lengths.homes.clear()
        _note_homes(function.body, lengths)
        for operation, region in _operations(function.body):
            _note_equalities(operation, region, lengths, assume, region is function.body)
        if not lengths.changed:
            break
        function = _retype(function, lengths)
    return function, tuple(lengths.conditions)


def _operations(region: Region) -> Iterator[tuple[Operation, Region]]:
    """Yield every operation, and the region that it stands in."""
    for operation in region.operations:
        yield operation, region
        for inner in regions(operation):
            yield from _operations(inner)


def _note_homes(region: Region, lengths: Lengths) -> None:
    """Note the region that each length comes into being in: the first to mention it."""

    def note(values: Iterable[Value]) -> None:
        for value in values:
            for dim in _dims(value.type):
                for atom in atoms(dim):
                    lengths.homes.setdefault(atom, region)

    note(region.params)
    for operation in region.operations:
        for inner in regions(operation):
            _note_homes(inner, lengths)
        note(operation.results)


# -- where lengths can be read ----------------------------------------------------------------------------------------


def _note_places(function: Function, lengths: Lengths) -> None:
    paths = {v: p.name for p, v in zip(function.parameters, function.body.params, strict=True)}
    for value, path in paths.items():
        _note_type(value.type, path, lengths)
    for operation in function.body.operations:
        match operation:
            case Call(function=operator.getitem, operands=(owner, at)) if owner in paths and isinstance(
                at.type, Literal
            ):
                item_path = _item_path(paths[owner], at.type.value, isinstance(owner.type, Record))
                if isinstance(owner.type, List) and isinstance(at.type.value, int):
                    _note_items(owner.type.item, operation.result.type, lengths)
                if item_path is not None:
                    paths[operation.result] = item_path
                    _note_type(operation.result.type, item_path, lengths)
            case Call(function=primitives.unpack, operands=(owner,)) if owner in paths:
                for k, result in enumerate(operation.results):
                    paths[result] = f"{paths[owner]}[{k}]"
                    _note_type(result.type, paths[result], lengths)
            case Scan():
                for source, item in zip(operation.sources, operation.items, strict=True):
                    if source.value in paths and isinstance(source.value.type, List):
                        _note_items(source.value.type.item, item.type, lengths)
            case _:
                pass


def _item_path(path: str, key: object, is_attribute: bool) -> str | None:
    match key:
        case str() if is_attribute:
            return f"{path}.{key}"
        case bool():
            return None
        case int() | str():
            return f"{path}[{key!r}]"
        case slice(start=start, stop=stop, step=None):
            return f"{path}[{'' if start is None else start}:{'' if stop is None else stop}]"
        case _:
            return None


def _note_type(type_: Type, path: str, lengths: Lengths) -> None:
    """Note where the lengths of an argument, or of a part of it that is always there, can be read."""
    match widen(type_):
        case Array(shape=tuple() as shape):
            for axis, dim in enumerate(shape):
                if isinstance(dim, Opaque | Symbol):
                    lengths.places.setdefault(dim, f"{path}.shape[{axis}]")
        case Tuple(items):
            for k, item in enumerate(items):
                _note_type(item, f"{path}[{k}]", lengths)
        case Dict(entries=tuple() as entries):
            for key, item in entries:
                _note_type(item, f"{path}[{key!r}]", lengths)
        case Record(entries=entries):
            for name, item in entries:
                _note_type(item, f"{path}.{name}", lengths)
        case _:
            pass


def _note_items(declared: Type, item: Type, lengths: Lengths) -> None:
    """Note what the lengths of a loop's item are called in the type of the list."""
    for outer, inner in zip(_dims(declared), _dims(item), strict=False):
        if isinstance(outer, Opaque) and isinstance(inner, Opaque):
            lengths.items[inner] = outer


def _dims(type_: Type) -> list[Dim]:
    found: list[Dim] = []

    def note(dim: Dim) -> Dim:
        found.append(dim)
        return dim

    map_dims(type_, note)
    return found


# -- what operations say ----------------------------------------------------------------------------------------------


def _note_equalities(operation: Operation, region: Region, lengths: Lengths, assume: bool, is_top: bool) -> None:
    if not isinstance(operation, Call) or operation.keywords:
        return
    types = [widen(v.type) for v in operation.operands]
    shapes = [t.shape for t in types if isinstance(t, Array) and t.shape is not None]
    if operation.function in _PRODUCTS and len(shapes) == 2 and min(map(len, shapes)) >= 1:
        left, right = shapes
        lengths.unite(left[-1], right[-2] if len(right) > 1 else right[0], region)
        return
    rule = RULES.get(operation.function)
    if not assume or rule is None or rule.kind != "elementwise":
        return
    for axis in range(1, max(map(len, shapes), default=0) + 1):
        dims = {lengths.find(shape[-axis]) for shape in shapes if len(shape) >= axis} - {1}
        if len(dims) == 2:
            first, second = sorted(dims, key=repr)
            _assume_equal(first, second, lengths, is_top)


def _assume_equal(a: Dim, b: Dim, lengths: Lengths, is_top: bool) -> None:
    if a in lengths.items and b in lengths.items:
        lengths.unite(lengths.items[a], lengths.items[b])
        lengths.unite(a, b)
        return
    if not is_top or (isinstance(a, Symbol | int) and isinstance(b, Symbol | int)):
        return
    if all(dim in lengths.places or isinstance(dim, int) for dim in (a, b)):
        left, right = (str(dim) if isinstance(dim, int) else lengths.places[dim] for dim in (a, b))
        lengths.conditions[f"{left} == {right}"] = None
        lengths.unite(a, b)


# -- new types --------------------------------------------------------------------------------------------------------


def _retype(function: Function, lengths: Lengths) -> Function:
    """Return the function with representatives for lengths, and the types of calls computed again."""
    new: dict[Value, Value] = {}
    return replace(function, body=_retype_region(function.body, new, lengths))


def _retype_region(region: Region, new: dict[Value, Value], lengths: Lengths) -> Region:
    params = _renew(region.params, new, lengths)
    operations = tuple(_retype_operation(operation, new, lengths) for operation in region.operations)
    return Region(params, operations, Exit(region.exit.kind, tuple(new.get(v, v) for v in region.exit.values)))


def _renew(values: Iterable[Value], new: dict[Value, Value], lengths: Lengths) -> tuple[Value, ...]:
    values = tuple(values)
    for value in values:
        new[value] = replace(value, type=lengths.type(value.type))
    return tuple(new[value] for value in values)


def _retype_operation(operation: Operation, new: dict[Value, Value], lengths: Lengths) -> Operation:
    match operation:
        case Constant():
            return replace(operation, result=_renew((operation.result,), new, lengths)[0])
        case Call():
            operands = tuple(new.get(v, v) for v in operation.operands)
            results = _renew(operation.results, new, lengths)
            if len(results) == 1 and _is_recomputable(operation):
                results = (replace(results[0], type=lengths.type(_inferred(operation, operands))),)
                new[operation.result] = results[0]
            return replace(operation, operands=operands, results=results)
        case If():
            test = new.get(operation.test, operation.test)
            then, orelse = (_retype_region(arm, new, lengths) for arm in (operation.then, operation.orelse))
            return replace(
                operation, test=test, then=then, orelse=orelse, results=_renew(operation.results, new, lengths)
            )
        case Scan():
            sources = tuple(Source(new.get(s.value, s.value), s.backwards) for s in operation.sources)
            initial = tuple(new.get(v, v) for v in operation.initial)
            body = _retype_region(operation.body, new, lengths)
            again = None if operation.test is None else _retype_region(operation.test, new, lengths)
            results = _renew(operation.results, new, lengths)
            return replace(operation, sources=sources, initial=initial, body=body, results=results, test=again)


def _is_recomputable(call: Call) -> bool:
    """Tell whether the type of a call depends on nothing but its operands' types: no new lengths come into being."""
    rule = RULES.get(call.function)
    return call.function in _PRODUCTS or (rule is not None and rule.kind == "elementwise")


def _inferred(call: Call, operands: tuple[Value, ...]) -> Type:
    split = len(call.positional)
    types = tuple(operand.type for operand in operands)
    return infer(call.function, call.form, types[:split], dict(zip(call.keywords, types[split:], strict=True)))
