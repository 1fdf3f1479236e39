"""Where values are in memory: the root and the path of each value, by the operation that made it."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad.analysis.memory import Memory as Kind
from s2sad.analysis.memory import is_store, memory_of
from s2sad.frontend import roots
from s2sad.frontend.indices import counted, has_memory, is_basic, is_slice, known_keys
from s2sad.frontend.roots import Root
from s2sad.frontend.views import SAME, is_contiguous, is_exact_view, is_shallow_copy, listed_entries
from s2sad.ir import primitives
from s2sad.ir.program import Call, Form, If, Operation, Scan, Value
from s2sad.ir.types import STR, Array, Dict, List, Literal, Tuple, Type, Unknown, widen

DISPLAYS = (primitives.make_tuple, primitives.make_list, primitives.make_dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a root: `steps` are the calls that take a view of a view."""

    root: Root
    steps: tuple[Call, ...] = ()


def rank_of(type_: Type) -> int | None:
    """Return the number of axes of an array, None where it is not known, or where this may be no array."""
    return type_.rank if isinstance(type_, Array) else None


@dataclass(slots=True, eq=False, repr=False)
class Places:
    """Where values are.

    `places` has the place of each value, `versions` what roots that have been stored into hold at this point of the
    program, `items` the roots of what stands at known places of containers at this point, `made` all roots.
    """

    definitions: dict[Value, Operation]
    births: dict[Value, int]
    versions: dict[Root, Value] = field(default_factory=dict)
    places: dict[Value, Place | None] = field(default_factory=dict)
    items: dict[tuple[Root, Value, Any], Root] = field(default_factory=dict)
    made: list[Root] = field(default_factory=list)
    trips: tuple[int, ...] = ()
    """How many values there were when the trips at hand began, of the loops around."""

    def place(self, value: Value) -> Place | None:
        """Return the place that a value stands for; None for a value without memory, such as a number."""
        if value not in self.places:
            self.places[value] = self._find(value) if has_memory(value.type) else None
        return self.places[value]

    def root(self, value: Value) -> Root | None:
        """Return the root of a value's place."""
        place = self.place(value)
        return None if place is None else place.root

    def fresh(self, value: Value, sharing: Iterable[Root] = ()) -> Place | None:
        """Give a value a root of its own, which may be the memory of others."""
        if not has_memory(value.type):
            self.places[value] = None
            return None
        root = self._new_root(value)
        for other in tuple(sharing):
            roots.link(root, other)
        self.places[value] = Place(root)
        return self.places[value]

    def _new_root(self, value: Value) -> Root:
        root = Root(value, self.births.get(value, -1))
        # parts of arguments that share memory are refused when the text runs
        root.is_distinct = root.birth < 0 and isinstance(value.type, List) and isinstance(value.type.item, Array)
        self.made.append(root)
        return root

    def item_of(self, source: Value, item: Value) -> None:
        """Give the item that a loop takes of a sequence or an array its memory."""
        place = self.fresh(item)
        whole = self.root(source)
        if place is None or whole is None:
            return
        if isinstance(widen(source.type), Array):
            roots.link(place.root, whole)
            return
        if isinstance(source.type, Unknown):
            # a row of an array, or what a list holds
            roots.link(place.root, whole)
        roots.take(whole, place.root)

    def row_of(self, array: Value, at: Value, row: Value, made: Call) -> None:
        """Give a row of an array, which `made` has unpacked, the place of `array[at]`."""
        base = self.place(array)
        if base is not None and has_memory(row.type):
            step = Call(operator.getitem, (array, at), (), (row,), made.origin, Form.OPERATOR)
            self.places[row] = Place(base.root, (*base.steps, step))

    def _find(self, value: Value) -> Place | None:
        made = self.definitions.get(value)
        if isinstance(made, If):
            k = made.results.index(value)
            return self.fresh(value, self._roots(arm.exit.values[k] for arm in (made.then, made.orelse)))
        if isinstance(made, Scan):
            k = made.results.index(value)
            return self.fresh(value, self._roots((*made.initial[k : k + 1], made.body.exit.values[k])))
        if not isinstance(made, Call) or is_store(made):
            return self.fresh(value)
        if made.function is operator.getitem:
            return self._of_item(value, made)
        if made.function is primitives.unpack:
            return self._of_part(value, made.operands[0], made.results.index(value), made)
        if made.function in DISPLAYS:
            place = self.fresh(value)
            if place is not None:
                place.root.is_distinct = made.function is primitives.make_list
                for operand in made.operands:
                    self.hold(place.root, operand)
            return place
        if made.function in SAME and isinstance(made.operands[0].type, Array) and has_memory(made.operands[0].type):
            return self.place(made.operands[0])
        if is_exact_view(made) or self._is_flat_view(made):
            return self._step(made)
        if is_shallow_copy(made):
            return self._sum(value, made.operands)
        if memory_of(made) is Kind.FRESH:
            return self.fresh(value)
        if made.form is Form.OPERATOR and isinstance(made.function, np.ufunc):
            return self._sum(value, made.operands)
        return self._entangled(value, made.operands)

    def hold(self, container: Root, value: Value) -> None:
        """Note that a container holds a value."""
        place = self.place(value)
        if place is not None:
            container.is_distinct &= not place.steps and self._is_own(container, place.root)
            roots.hold(container, place.root)

    def _is_own(self, container: Root, item: Root) -> bool:
        """Tell whether memory was made for one place of a container, and for one trip of the loop around."""
        made = self.definitions.get(item.initial)
        trip = self.trips[-1] if self.trips else -1
        if item.peers or item.pools or not isinstance(made, Call) or (container.birth < trip and item.birth < trip):
            return False
        return made.function is primitives.make_list or memory_of(made) is Kind.FRESH

    def _sum(self, value: Value, operands: Iterable[Value]) -> Place | None:
        """Give a value memory of its own that may be a new list with the items of the operands."""
        place = self.fresh(value)
        for operand in self._roots(operands):
            if place is not None and isinstance(widen(operand.initial.type), List | Tuple | Dict):
                roots.share_items(place.root, operand)
            elif place is not None:
                operand.sums[place.root] = None
        return place

    def _entangled(self, value: Value, operands: Iterable[Value]) -> Place | None:
        """Give a value memory that may be that of operands, hold them or be held by them, for all that is known."""
        place = self.fresh(value)
        for operand in operands:
            known = self.place(operand)
            if place is None or known is None:
                continue
            roots.entangle(place.root, known.root)
            if known.steps and known.root.pool is not None:
                # what is held there, or a view of it
                roots.take(known.root, place.root)
        return place

    def _of_unknown(self, value: Value, owner: Value) -> Place | None:
        """Give an item of what may be an array or a container its memory."""
        place, whole = self._entangled(value, (owner,)), self.root(owner)
        if place is not None and whole is not None and whole.pool is not None:
            roots.take(whole, place.root)
        return place

    def _is_flat_view(self, call: Call) -> bool:
        """Tell whether the result of a call is an array's elements in their order in memory, in another shape."""
        if call.function not in (np.reshape, np.ravel) or call.keywords or call.spelling == "flatten":
            return False
        place = self.place(call.operands[0])
        if place is None or place.steps:
            return False
        if not is_contiguous(self.versions.get(place.root, place.root.initial), self.definitions):
            return False
        place.root.is_flat = True
        return True

    def _roots(self, values: Iterable[Value]) -> Iterator[Root]:
        for value in values:
            root = self.root(value)
            if root is not None:
                yield root

    def _step(self, call: Call) -> Place | None:
        base = self.place(call.operands[0])
        return None if base is None else Place(base.root, (*base.steps, call))

    def _of_item(self, value: Value, call: Call) -> Place | None:
        owner, at = call.operands
        if isinstance(owner.type, Array):
            basic = is_basic(at, self.definitions)
            if basic is None:
                return self.fresh(value, self._roots((owner,)))
            return self._step(call) if basic else self.fresh(value)
        if isinstance(owner.type, Unknown) and widen(at.type) != STR:
            # a slice of a list is a copy, one of an array a view; whatever else can be an index tells them apart
            known = is_basic(at, self.definitions) and not is_slice(at)
            return self._step(call) if known else self._of_unknown(value, owner)
        if isinstance(at.type, Literal) and not isinstance(at.type.value, slice):
            return self._of_part(value, owner, at.type.value, call)
        if not is_slice(at):
            return self._taken(value, owner, at)
        place, whole = self.fresh(value), self.root(owner)
        if place is not None and whole is not None:
            roots.share_items(place.root, whole)
        return place

    def _taken(self, value: Value, owner: Value, key: Any) -> Place | None:
        """Return the place of an item of a container at a key of which it is not known what others stand for it."""
        whole = self.root(owner)
        if whole is None:
            return self.fresh(value)
        key = (whole, self.versions.get(whole, whole.initial), key)
        if key in self.items:
            return Place(self.items[key])
        place = self.fresh(value)
        if place is not None:
            roots.take(whole, place.root)
            if whole.is_distinct:
                self.items[key] = place.root
        return place

    def _of_part(self, value: Value, owner: Value, key: Any, call: Call) -> Place | None:
        """Return the place of the item of a container at a known key."""
        if isinstance(owner.type, Array):
            return self.fresh(value, self._roots((owner,)))
        if isinstance(owner.type, Unknown) and self.display(owner) is None:
            return self._of_unknown(value, owner)
        held = self.held(owner, key)
        if held is not None:
            return self.place(held)
        whole = self.root(owner)
        if whole is None:
            return self.fresh(value)
        if isinstance(key, int) and key < 0 and known_keys(owner.type) is None:
            # the last item may be the first
            return self._taken(value, owner, key)
        key = (whole, self.versions.get(whole, whole.initial), counted(owner.type, key))
        if key not in self.items:
            root = self._new_root(value)
            known = self.items.items()
            roots.take_part(whole, root, [part for (one, now, _), part in known if one is whole and now is key[1]])
            self.items[key] = root
        return Place(self.items[key])

    # -- containers ------------------------------------------------------------------------------------------------

    def display(self, value: Value) -> Call | None:
        """Return the operation that lists the items of a container, where there is one."""
        place = self.place(value)
        if place is not None and place.steps:
            return None
        made = self.definitions.get(value if place is None else self.versions.get(place.root, place.root.initial))
        return made if isinstance(made, Call) and made.function in DISPLAYS else None

    def held(self, value: Value, key: Any) -> Value | None:
        """Return the item of a container at a key, where the items are listed."""
        display = self.display(value)
        if display is None:
            return None
        if display.function is primitives.make_dict:
            return listed_entries(display).get(key)
        if isinstance(key, int) and -len(display.operands) <= key < len(display.operands):
            return display.operands[key]
        return None
