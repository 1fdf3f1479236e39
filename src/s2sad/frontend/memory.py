"""Which values share memory, and what that memory holds by now: stores without mutation.

A program of the IR has no mutation, so while a function is lowered its memory is followed here. A *root* is memory that
was made at one place; it has a present *version*, the value of the program that it holds by now. A value that the user
holds under some name is a reference: it stands for a *place*, which is a root and the steps of a path into it. A store
gives its root a new version, and to read a reference means to read its place in the present version. So every name that
shares memory sees the store. (The idea is known as functionalisation.)

What memory may be the same, and what containers hold, is in `roots`: a store into one root leaves those *stale* that
may be changed by it in a way that is not known, and reading or writing what is stale is refused.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad.analysis.memory import Memory as Kind
from s2sad.analysis.memory import memory_of
from s2sad.frontend import roots
from s2sad.frontend.indices import known_keys
from s2sad.frontend.places import DISPLAYS, Place, Places, rank_of
from s2sad.frontend.roots import Root
from s2sad.frontend.scope import Compound
from s2sad.frontend.views import is_shallow_copy
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.program import Call, Form, Value
from s2sad.ir.types import Dict, List, widen


@dataclass(frozen=True, slots=True)
class Point:
    """What memory is like at one point of the program."""

    versions: dict[Root, Value]
    stale: dict[Root, Any]
    views: dict[tuple[Value, Any], Value] = field(default_factory=dict)
    items: dict[tuple[Root, Value, Any], Root] = field(default_factory=dict)
    trips: tuple[int, ...] = ()


class Stale(Exception):
    """What is read may have been changed by a store into memory that it may share."""

    def __init__(self, root: Root, store: Any) -> None:
        super().__init__()
        self.root, self.store = root, store


@dataclass(frozen=True, eq=False)
class Lost(Compound):
    """What a variable is bound to whose value cannot be told any more; nothing may read it."""

    root: Root
    store: Any


@dataclass(slots=True, eq=False, repr=False)
class Memory(Places):
    """The state of memory at one point of the program.

    `versions`, `stale`, `views` and `items` (the roots of what stands at known places of containers) belong to the
    point, the rest to the whole program: `places` has the place of each value, `written` what has been stored into,
    `stores` when items of what has no known rank were stored into, and at what depth of it.
    """

    stale: dict[Root, Any] = field(default_factory=dict)
    views: dict[tuple[Value, Any], Value] = field(default_factory=dict)
    written: dict[Root, None] = field(default_factory=dict)
    stores: dict[Root, list[tuple[int, int, Any]]] = field(default_factory=dict)

    def _is_listed(self, container: Root, root: Root) -> bool:
        """Tell whether a container lists the memory that it holds of a root, so that it can be listed anew."""
        display = self.display(container.initial)
        if display is None:
            return False
        return any(other is root or self._is_listed(other, root) for other in self._roots(display.operands))

    # -- reading and writing -------------------------------------------------------------------------------------

    def current(self, value: Value, builder: Builder) -> Value:
        """Return what a reference stands for by now, appending what it takes to read it.

        Raises
        ------
        Stale
            A store may have changed it.
        """
        if not self.versions and not self.stale:
            return value
        place = self.place(value)
        if place is None:
            return value
        if place.root in self.stale:
            raise Stale(place.root, self.stale[place.root])
        version = self.versions.get(place.root)
        if version is None:
            if place.steps:
                return value
            # another value for the same container was made before its items changed
            listed = self._listed(place.root.initial, builder)
            return value if listed is place.root.initial else listed
        if not place.steps:
            return self._listed(version, builder)
        if place.steps[0].operands[0] is version:
            return value
        store = self._replaced(value, place)
        if store is not None:
            raise Stale(place.root, store)
        if (value, version) not in self.views:
            self.views[value, version] = self._read(value, place, version, builder)
        return self.views[value, version]

    def _replaced(self, value: Value, place: Place) -> Any:
        """Return the store that has put another item there since a value was taken; only a view shows that."""
        version, taken = self.versions.get(place.root), self.births.get(value, -1)
        if version is None or not place.steps or place.steps[0].operands[0] is version:
            return None
        for clock, depth, store in reversed(self.stores.get(place.root, ())):
            if clock <= taken:
                return None
            if any(not isinstance(rank_of(step.operands[0].type), int) for step in place.steps[depth - 1 :]):
                return store
        return None

    def _read(self, value: Value, place: Place, version: Value, builder: Builder) -> Value:
        found = version
        for step in place.steps:
            _, *rest = step.operands
            keywords = dict(zip(step.keywords, rest[len(rest) - len(step.keywords) :], strict=True))
            arguments = rest[: len(rest) - len(step.keywords)]
            kind = step.results[0].type
            found = builder.call(
                step.function, found, *arguments, form=step.form, spelling=step.spelling, type_=kind, keywords=keywords
            )
        self.places[found] = place
        return found

    def _listed(self, value: Value, builder: Builder) -> Value:
        """Return a container with what its items are by now."""
        made = self.definitions.get(value)
        if not isinstance(made, Call) or made.function not in DISPLAYS:
            return value
        operands = tuple(self.current(operand, builder) for operand in made.operands)
        if all(map(operator.is_, operands, made.operands)):
            return value
        if (value, operands) not in self.views:
            result = builder.call(made.function, *operands, hint=value.hint, named=value.named)
            self.places[result] = self.place(value)
            self.views[value, operands] = result
        return self.views[value, operands]

    def listed_versions(self, value: Value) -> list[Value | None]:
        """Return the versions of what a container lists, and of what that lists in turn."""
        display = self.display(value)
        found: list[Value | None] = []
        for operand in () if display is None else display.operands:
            root = self.root(operand)
            if root is not None:
                found += [self.versions.get(root), *self.listed_versions(operand)]
        return found

    def lost(self, value: Value) -> Lost | None:
        """Return what to bind where a value, or an item of a listed container, cannot be told any more."""
        place = self.place(value)
        if place is not None:
            store = self.stale.get(place.root) or self._replaced(value, place)
            if store is not None:
                return Lost(place.root, store)
        display = self.display(value)
        found = (self.lost(operand) for operand in display.operands) if display is not None else ()
        return next((one for one in found if one is not None), None)

    def write(self, root: Root, version: Value, store: Any, builder: Builder, depth: int = 1) -> set[Root]:
        """Give a root a new version; what may share its memory becomes stale.

        `depth` counts the indices that lead to what was stored. The root is returned with the containers that have a
        new version because they hold it.
        """
        self.note_store(root, depth, store, builder)
        self.versions[root] = version
        self.places[version] = Place(root)
        self.written[root] = None
        done = {root}
        for other in roots.affected(root):
            if other in done or self._is_listed(other, root) or self._list(other, root, builder):
                continue
            new = self._put_back(other, root, builder)
            if new is None:
                self.stale[other] = store
            else:
                done |= self.write(other, new, store, builder, depth + 1)
        return done

    def note_store(self, root: Root, depth: int, store: Any, builder: Builder) -> None:
        """Note that items at a depth of a root are others from here on."""
        if rank_of(root.initial.type) is None:
            self.stores.setdefault(root, []).append((builder.clock, depth, store))

    def lose(self, value: Value, store: Any) -> None:
        """Note that it cannot be told whether a store into a value took place: whoever may see it reads it no more."""
        root = self.root(value)
        if root is not None:
            self.stale.update(dict.fromkeys((root, *roots.affected(root)), store))

    def is_made(self, value: Value) -> bool:
        """Tell whether an operation has made a value anew."""
        made = self.definitions.get(value)
        if not isinstance(made, Call):
            return False
        return memory_of(made) is Kind.FRESH or (made.form is Form.OPERATOR and isinstance(made.function, np.ufunc))

    def _list(self, container: Root, root: Root, builder: Builder) -> bool:
        """List the items of a container of known structure, of which one is about to change; tell whether it could."""
        value = self.versions.get(container, container.initial)
        keys = known_keys(value.type)
        if keys is None or root not in [self.items.get((container, value, key)) for key in keys]:
            return False
        items = [builder.call(operator.getitem, value, builder.constant(k), form=Form.OPERATOR) for k in keys]
        for item in items:
            self.place(item)
        kind: Any = {List: primitives.make_list, Dict: primitives.make_dict}.get(
            type(value.type), primitives.make_tuple
        )
        if kind is primitives.make_dict:
            items.insert(0, builder.constant(tuple(keys)))
        listed = builder.call(kind, *items, hint=value.hint, named=value.named)
        self.versions[container] = listed
        self.places[listed] = Place(container)
        return True

    def _put_back(self, container: Root, root: Root, builder: Builder) -> Value | None:
        """Put what has changed at a known place of a list back there; return the new list, or None."""
        value = self.versions.get(container, container.initial)
        here = {
            key: part for (owner, version, key), part in self.items.items() if owner is container and version is value
        }
        keys = [key for key, part in here.items() if part is root]
        if len(keys) != 1 or not isinstance(widen(value.type), List) or roots.stands_elsewhere(container, root):
            return None
        at = keys[0] if isinstance(keys[0], Value) else builder.constant(keys[0])
        new = builder.call(primitives.set_at, value, at, self.versions[root], hint=value.hint, named=value.named)
        others = roots.near(root)
        self.items.update({(container, new, key): part for key, part in here.items() if part not in others})
        return new

    def can_put_back(self, value: Value) -> bool:
        """Tell whether a value stands at a known place of a list that holds it at no other."""
        root = self.root(value)
        return any(
            part is root and owner.is_distinct and self.versions.get(owner, owner.initial) is version
            for (owner, version, _), part in self.items.items()
        )

    def is_plain(self, root: Root) -> bool:
        """Tell whether memory of unknown type is an argument, or an array of its own: no sum of lists in any case."""
        made = self.definitions.get(root.initial)
        if made is None:
            return root.birth < 0
        return isinstance(made, Call) and memory_of(made) is Kind.FRESH and not is_shallow_copy(made)

    def write_inside(self, root: Root, store: Any) -> None:
        """Note that what is held by a value of unknown type may have changed; so have the sums that hold it too."""
        self.stale.update(dict.fromkeys((*roots.all_sums(root), *roots.inside(root)), store))

    # -- points of the program -------------------------------------------------------------------------------------

    def snapshot(self) -> Point:
        """Return what belongs to this point of the program."""
        return Point(dict(self.versions), dict(self.stale), dict(self.views), dict(self.items), self.trips)

    def begin_trip(self, builder: Builder) -> None:
        """Note that what is made from here on is made once for each trip of a loop."""
        self.trips = (*self.trips, builder.clock)

    def restore(self, point: Point) -> None:
        """Go back to another point."""
        self.versions, self.stale = dict(point.versions), dict(point.stale)
        self.views, self.items, self.trips = dict(point.views), dict(point.items), point.trips
