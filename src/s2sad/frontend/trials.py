"""What lowering the body of a loop on trial takes for granted, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from s2sad.frontend.attributes import Variable
from s2sad.frontend.context import BINDING_CLASSES, Binding, Context
from s2sad.frontend.iteration import Iteration, is_nonempty
from s2sad.frontend.memory import Lost, Memory
from s2sad.frontend.procedure_types import kind_of, lengths_of
from s2sad.frontend.roots import Root, Tie, ties
from s2sad.ir.builder import Builder
from s2sad.ir.dims import Dim, atoms, fresh, replace_atoms
from s2sad.ir.program import Region, Value
from s2sad.ir.types import UNDEFINED, Array, List, Literal, Tuple, Type, forget, identified, join, map_dims, widen


@dataclass(slots=True, repr=False)
class Assumed:
    """What is taken for granted of each trip.

    Attributes
    ----------
    types : dict
        The type of each carried variable.
    roots : dict
        The memory from around the loop that trips store into, with the type of what it holds.
    around : dict
        For each carried variable, how it may be related to memory from around the loop.
    pairs : dict
        How carried variables may be related to each other.
    stale : dict
        The memory from around the loop that is stale when a trip begins.
    loose : set of Dim
        The lengths that differ from trip to trip.
    depths : dict
        At what depth of memory trips store items.
    """

    types: dict[Variable, Type]
    roots: dict[Root, Type]
    around: dict[Variable, dict[Root, Tie]]
    pairs: dict[tuple[Variable, Variable], Tie]
    stale: dict[Root, Any] = field(default_factory=dict)
    loose: set[Dim] = field(default_factory=set)
    depths: dict[Root, int] = field(default_factory=dict)

    def state(self) -> tuple[Any, ...]:
        """Return what tells whether something has been added to this."""
        around = {name: dict(roots) for name, roots in self.around.items()}
        return dict(self.types), dict(self.roots), around, dict(self.pairs), len(self.stale), dict(self.depths)

    def lasting(self, type_: Type, clock: int) -> Type:
        """Return what a type says once a trip is over that began at `clock`.

        A number that is made in the trip is another one in the next trip, and so is a length that is loose.
        """

        def is_gone(dim: Dim) -> bool:
            return any(atom in self.loose or getattr(atom, "serial", 0) > clock for atom in atoms(dim))

        return forget(type_, is_gone, self.loose)

    def resumed(self, type_: Type, earlier: Type) -> Type:
        """Return the type to begin with if `earlier` was found when the loop was lowered before, in another place."""
        before = lengths_of(earlier)
        if kind_of(type_) != kind_of(earlier) or len(lengths_of(type_)) != len(before):
            return join(type_, earlier, self.loose)
        others = iter(before)
        return map_dims(type_, lambda dim: other if (other := next(others)) in self.loose else dim)

    def afterwards(self) -> Callable[[Type], Type]:
        """Return what says of a type what it is after the loop: a loose length is another one than in the last trip."""
        after: dict[Dim, Dim] = {dim: fresh() for dim in self.loose}

        def settled(type_: Type) -> Type:
            return identified(map_dims(type_, lambda dim: replace_atoms(dim, lambda atom: after.get(atom, atom))))

        return settled


@dataclass(slots=True, repr=False)
class Trial:
    """What lowering the body once has come to."""

    builder: Builder
    items: list[Value]
    params: dict[Variable, Value]
    held: dict[Root, Value]
    values: dict[Variable, Value]
    ends: dict[Variable, Root | None]
    versions: dict[Root, Value]
    stale: dict[Root, Any]
    stale_names: dict[Variable, Lost]
    stop: Value | None
    test: Region | None
    again: list[Variable]
    """The variables for which the loop has to be lowered again."""
    stored_items: set[int] = field(default_factory=set)
    """The sources of the loop whose items are stored into, and that can be read by index instead."""
    stores_into_source: bool = False
    depths: dict[Root, int] = field(default_factory=dict)


def note_stores(
    trial: Trial,
    memory: Memory,
    iteration: Iteration,
    listed: Sequence[list[Value | None]],
    before: Callable[[Root], Value | None],
) -> None:
    """Note what the trip at hand has stored into of what its loop goes through.

    `listed` has the versions of what each sequence listed when the trip began, `before` returns that of other memory.
    """

    def is_changed(root: Root | None) -> bool:
        return root is not None and (root in memory.stale or memory.versions.get(root) is not before(root))

    trial.stores_into_source |= any(map(is_changed, iteration.watched))
    for k, (value, versions) in enumerate(zip(iteration.sequences, listed, strict=True)):
        if memory.root(value) is None:
            continue
        changed = is_changed(memory.root(value))
        trial.stores_into_source |= changed and not isinstance(widen(value.type), Array)
        changed |= memory.root(trial.items[k]) in memory.versions or memory.listed_versions(value) != versions
        if changed and k not in iteration.indexed and isinstance(widen(value.type), Array | List | Tuple):
            trial.stored_items.add(k)


def ties_around(start: int, root: Root | None) -> dict[Root, Tie]:
    """Return how a root is related to memory from around the loop that began at `start`."""
    known = {} if root is None else ties(root)
    return {other: how for other, how in known.items() if other.birth < start}


def note_results(
    ctx: Context, iteration: Iteration | None, initial: Mapping[Any, Value], trial: Trial, results: Mapping[Any, Value]
) -> None:
    """Note which variables may not be bound after a loop, and which are numbers or arrays."""
    sources = () if iteration is None else iteration.sources
    runs = len(sources) == 1 and is_nonempty(sources[0].value)
    runs = runs or (not sources and trial.test is None)
    for name, result in results.items():
        start, param, value = initial[name], trial.params[name], trial.values[name]
        # bound only on some paths of the body, or only by a trip that may not take place
        in_trip = value is param or value in ctx.unbound
        if (param in ctx.unbound and (in_trip or not runs)) or (start not in ctx.unbound and value in ctx.unbound):
            ctx.unbound.add(result)
        if param in ctx.numbers and ctx.is_arithmetic(value):
            ctx.numbers.add(result)


def is_number(value: Value) -> bool:
    """Tell whether a value is a number that is known."""
    return isinstance(value.type, Literal) and isinstance(value.type.value, int | float | complex)


def widen_number(type_: Type) -> Type:
    """Forget the value of a number that a loop may change; other literals stay."""
    match type_:
        case Literal(value) if isinstance(value, int | float | complex):
            return widen(type_)
        case List(item, items) if items is not None:
            return List(join(item, UNDEFINED), items)
        case _:
            return type_


def is_array(binding: Binding | None) -> bool:
    """Tell whether a variable is known to be an array."""
    return isinstance(binding, Value) and isinstance(binding.type, Array) and not binding.type.scalar


def can_be_carried(binding: Binding | None) -> bool:
    """Tell whether a loop can hand a variable on from trip to trip."""
    return binding is None or isinstance(binding, BINDING_CLASSES)
