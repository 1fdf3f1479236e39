"""Deciding which stores are done in place, and where a copy must be made first.

A store may write into the buffer of the old version if the function owns it and nothing that is alive afterwards may
share its memory. Everything is in place at first; each conflict that is found is settled by a copy, the smallest there
is: of the view that is in the way, of a buffer as it enters a loop, or else of the buffer that is written.
"""

from __future__ import annotations

import operator

import numpy as np

from s2sad.analysis.memory import Memory, index_of, is_immutable, is_store, may_harm, memory_of
from s2sad.codegen.aliases import Aliases
from s2sad.codegen.liveness import Liveness
from s2sad.codegen.plan import Append, Loop, Plan, Store, walk
from s2sad.ir import primitives, primitives_stores
from s2sad.ir.program import Call, Constant, Function, If, Operation, Scan, Value
from s2sad.ir.types import Array, Literal, Scalar, Slice, Tuple, Type

_VIEWS = (operator.getitem, np.transpose, np.swapaxes, np.reshape, np.ravel, np.squeeze, np.expand_dims, np.moveaxis)


_EXACT = (
    *(operator.getitem, np.add, np.subtract, np.multiply, np.divide, np.negative, np.absolute, np.sqrt, np.square),
    *(np.maximum, np.minimum, np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal, np.shape),
)
"""Functions that are rounded alike however their operands lie in memory; sums and products of matrices are not."""


def place_copies(plan: Plan, function: Function, liveness: Liveness) -> None:
    """Fill `plan.copies` so that no store changes a value that is read afterwards.

    Parameters
    ----------
    plan : Plan
        The statements.
    function : Function
        The program that they come from.
    liveness : Liveness
        Which variables are alive where.
    """
    stores = liveness.after(Store)
    if not stores:
        return
    placing = _Placing(plan, liveness)
    while True:
        aliases = Aliases(function, plan.copies)
        placing.recent.clear()
        for store, after in stores:
            if store.new not in plan.copies:
                found = placing.settle(store, after, aliases) - plan.copies
                plan.copies |= found
                placing.recent |= found
        if not placing.recent:
            break
    # a copy on entry that a later copy has made needless goes again
    placing.recent.clear()
    for entered in [value for value in placing.begins if value in plan.copies]:
        aliases = Aliases(function, plan.copies - {entered})
        kept = [(store, after) for store, after in stores if store.new not in plan.copies]
        if not any(placing.settle(store, after, aliases) for store, after in kept):
            plan.copies.remove(entered)


class _Placing:
    """Settles conflicts in rounds; `recent` has the copies of this round, which the relation does not know yet."""

    def __init__(self, plan: Plan, liveness: Liveness) -> None:
        self.plan = plan
        self.liveness = liveness
        self.recent: set[Value] = set()
        self.readers: dict[Value, list[Call]] = {}
        self.collected: dict[Value, Value] = {}
        self.begins: dict[Value, Value] = {}
        for statement in walk(plan.body):
            match statement:
                case Append(value, item):
                    self.collected[value] = item
                case Loop(scan):
                    self.begins.update(zip(scan.carried, scan.initial, strict=True))

    def settle(self, store: Store, after: int, aliases: Aliases) -> set[Value]:
        """Return what to copy so that the store can be done; nothing where it can be done as it is."""
        base, *_, value = store.operation.operands
        index = index_of(store.operation)
        if index is not None and self._is_entangled(base, index, value, aliases):
            # NumPy reads as it writes through masks and lists of indices
            self.plan.detached.add(store.new)
        if is_immutable(base.type):
            return {store.new}
        related = self.liveness.alive_among(aliases.relatives(base), after)
        related += aliases.foreign(base)
        harmed = [other for other in related if other is not store.new and may_harm(base.type, other.type)]
        if not harmed or self._has_just_been_copied(base):
            return set()
        smallest = [self._smallest(other) for other in harmed]
        if all(one is not None for one in smallest):
            return {one for one in smallest if one is not None}
        entry = self._entry(base)
        if entry is None or not self._can_copy(entry):
            return {store.new}
        if all(aliases.related(other, self.begins[entry]) for other in harmed):
            return {entry}
        return {store.new}

    def _has_just_been_copied(self, base: Value) -> bool:
        """Tell whether this is a later version of what a copy of this round has made: the next round settles it."""
        while base not in self.recent:
            made = self.plan.definitions.get(base)
            if made is None or not is_store(made):
                return False
            base = made.operands[0]
        return True

    def _may_be_missing(self, item: Value) -> bool:
        """Tell whether a value is None on some ways: one that is saved in one arm of a branch only."""
        made = self.plan.definitions.get(item)
        if not isinstance(made, If):
            return False
        k = made.results.index(item)
        arms = [arm.exit.values[k] for arm in (made.then, made.orelse)]
        return any(isinstance(arm.type, Literal) or self._may_be_missing(arm) for arm in arms)

    def _smallest(self, value: Value) -> Value | None:
        """Return what can be copied so that `value` shares no memory: a view, or arrays as a list collects them."""
        while True:
            if self._is_view(value) and self._can_copy(value) and self._keeps_bits(value):
                return value
            value = self.plan.same.get(value, value)
            item = self.collected.get(value)
            if item is None or self._may_be_missing(item):
                return None
            if _is_array(item.type):
                return value if self._can_copy(value) else None
            # a list of lists that inner loops have collected
            value = item

    def _keeps_bits(self, view: Value) -> bool:
        """Tell whether the user's own statements compute the same to the bit from a copy, which lies in order."""
        if not self.readers:
            for made in self.plan.definitions.values():
                if isinstance(made, Call) and not made.origin.derived:
                    for operand in made.operands:
                        self.readers.setdefault(operand, []).append(made)
        return all(reader.function in _EXACT or is_store(reader) for reader in self.readers.get(view, ()))

    def _can_copy(self, value: Value) -> bool:
        """Tell whether a copy of a value has not been found to be too little."""
        return value not in self.plan.copies or value in self.recent

    def _is_entangled(self, base: Value, index: Value, value: Value, aliases: Aliases) -> bool:
        return not is_basic(index, self.plan) and any(aliases.related(base, read) for read in (index, value))

    def _is_view(self, value: Value) -> bool:
        made = self.plan.definitions.get(value)
        viewing = isinstance(made, Call) and made.function in _VIEWS and memory_of(made) is Memory.VIEW
        return viewing and _is_array(value.type)

    def _entry(self, base: Value) -> Value | None:
        """Return the carried value of the outermost loop that `base` is a version of."""
        found: Value | None = None
        while True:
            made = self.plan.definitions.get(base)
            match made:
                case _ if base in self.begins:
                    found, base = base, self.begins[base]
                case Scan() if base in made.finals:
                    base = made.initial[made.finals.index(base)]
                case If():
                    base = made.then.exit.values[made.results.index(base)]
                case Call() if is_store(made):
                    base = made.operands[0]
                case _:
                    return found


def _is_array(type_: Type) -> bool:
    return isinstance(type_, Array) and not type_.scalar


def is_basic(index: Value, plan: Plan) -> bool:
    """Tell whether an index is made of integers and slices only, so that what it selects is a view or an element."""
    match index.type:
        case Scalar(kind):
            return kind in ("int", "str")
        case Literal(known):
            parts = known if isinstance(known, tuple) else (known,)
            return all(part is None or part is Ellipsis or isinstance(part, int | str | slice) for part in parts)
        case Slice():
            return True
        case Tuple(items) if all(isinstance(item, Slice) or _is_basic_part(item) for item in items):
            return True
        case _:
            return _is_basic_operation(plan.definitions.get(index), plan)


def _is_basic_part(type_: Type) -> bool:
    if isinstance(type_, Scalar):
        return type_.kind == "int"
    known = type_.value if isinstance(type_, Literal) else 0.0
    return known is None or known is Ellipsis or isinstance(known, slice) or type(known) is int


def _is_basic_operation(made: Operation | None, plan: Plan) -> bool:
    match made:
        case Call(function=primitives.make_slice):
            return True
        case Call(function=primitives_stores.make_path):
            # the first operand says what the steps are
            return all(is_basic(part, plan) for part in made.operands[1:])
        case Call(function=primitives.make_tuple):
            return all(is_basic(part, plan) for part in made.operands)
        case Constant(result=result):
            return isinstance(result.type, Literal) and is_basic(result, plan)
        case _:
            return False
