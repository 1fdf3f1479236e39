"""Deciding which stores are done in place, and where a copy must be made first.

A store may write into the buffer of the old version if the function owns it and nothing that is alive afterwards may
share its memory. Everything is in place at first; each conflict that is found is settled by a copy, the smallest there
is: of the view that is in the way, of a buffer as it enters a loop, or else of the buffer that is written.
"""

from __future__ import annotations

import operator

import numpy as np

from s2sad.codegen.aliases import FOREIGN, Aliases
from s2sad.codegen.liveness import Liveness
from s2sad.codegen.memory import Memory, is_immutable, is_store, may_harm, memory_of
from s2sad.codegen.plan import Append, Loop, Plan, Store, walk
from s2sad.ir import primitives
from s2sad.ir.program import Call, Constant, Function, Operation, Value
from s2sad.ir.types import Array, Literal, Scalar

_VIEWS = (operator.getitem, np.transpose, np.swapaxes, np.reshape, np.ravel, np.squeeze, np.expand_dims, np.moveaxis)


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
    stores = liveness.after_stores()
    if not stores:
        return
    placing = _Placing(plan)
    while True:
        aliases = Aliases(function, plan.copies)
        before = len(plan.copies)
        for store, after in stores:
            if store.new not in plan.copies:
                plan.copies.update(placing.settle(store, liveness.members(after), aliases))
        if len(plan.copies) == before:
            return


class _Placing:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.collected: dict[Value, Value] = {}
        self.begins: dict[Value, Value] = {}
        for statement in walk(plan.body):
            match statement:
                case Append(value, item):
                    self.collected[value] = item
                case Loop(scan):
                    self.begins.update(zip(scan.carried, scan.initial, strict=True))

    def settle(self, store: Store, alive: list[Value], aliases: Aliases) -> set[Value]:
        """Return what to copy so that the store can be done; nothing where it can be done as it is."""
        base, index, value = store.operation.operands
        if not is_basic(index, self.plan) and any(aliases.related(base, read) for read in (index, value)):
            # NumPy reads as it writes through masks and lists of indices
            self.plan.detached.add(store.new)
        if is_immutable(base.type):
            return {store.new}
        harmed = [
            other
            for other in (*alive, FOREIGN)
            if other is not store.new and may_harm(base.type, other.type) and aliases.related(other, base)
        ]
        if not harmed:
            return set()
        views = {view for other in harmed if (view := self._view(other)) is not None}
        if len(views) == len(harmed):
            return views
        entry = self._entry(base)
        if entry is not None and all(aliases.related(other, self.begins[entry]) for other in harmed):
            return {entry}
        return {store.new}

    def _view(self, value: Value) -> Value | None:
        """Return the view that can be copied so that `value` shares no memory, if there is one."""
        value = self.collected.get(value, value)
        made = self.plan.definitions.get(value)
        if value in self.plan.copies or not isinstance(made, Call) or made.function not in _VIEWS:
            return None
        if memory_of(made) is not Memory.VIEW or not isinstance(value.type, Array) or value.type.scalar:
            return None
        return value

    def _entry(self, base: Value) -> Value | None:
        """Return the carried value of the outermost loop that `base` is a version of, unless that is copied already."""
        found: Value | None = None
        while True:
            made = self.plan.definitions.get(base)
            if base in self.begins:
                found, base = base, self.begins[base]
            elif made is not None and is_store(made):
                base = made.operands[0]
            else:
                return found if found not in self.plan.copies else None


def is_basic(index: Value, plan: Plan) -> bool:
    """Tell whether an index is made of integers and slices only, so that what it selects is a view or an element."""
    match index.type:
        case Scalar(kind):
            return kind in ("int", "str")
        case Literal(known):
            parts = known if isinstance(known, tuple) else (known,)
            return all(part is None or part is Ellipsis or isinstance(part, int | str | slice) for part in parts)
        case _:
            return _is_basic_operation(plan.definitions.get(index), plan)


def _is_basic_operation(made: Operation | None, plan: Plan) -> bool:
    match made:
        case Call(function=primitives.make_slice):
            return True
        case Call(function=primitives.make_tuple):
            return all(is_basic(part, plan) for part in made.operands)
        case Constant(result=result):
            return isinstance(result.type, Literal) and is_basic(result, plan)
        case _:
            return False
