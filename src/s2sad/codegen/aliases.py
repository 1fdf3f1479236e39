"""Which values may share memory, if every store that is not marked as copying is done in place.

The relation is over pairs of values that exist at the same moment (in the same trip of every loop around them), so two
buffers that swap names stay apart: a loop's parameters are related as the values that they take together are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from s2sad.analysis.memory import Memory, is_immutable, is_store, memory_of, shared_operands
from s2sad.ir.program import Call, Constant, Function, If, Operation, Region, Scan, Value, walk
from s2sad.ir.types import UNKNOWN, Array, Range, Unknown

FOREIGN = Value(UNKNOWN, "foreign")
"""Memory that the function does not own: its arguments, read-only views, what an unknown function returns."""

FOREIGN_ARRAY = Value(Array(), "foreign")
"""Foreign memory that is known to be an array: a list that holds one is the function's own all the same."""


class Aliases:
    """The relation, computed on construction.

    Parameters
    ----------
    function : Function
        The program.
    copies : collection of Value
        New versions, carried values and views that begin as copies.
    """

    def __init__(self, function: Function, copies: Collection[Value] = ()) -> None:
        self._related: dict[Value, set[Value]] = {FOREIGN: {FOREIGN}, FOREIGN_ARRAY: {FOREIGN_ARRAY}}
        self._copies = copies
        self._locals: dict[Region, frozenset[Value]] = {}
        self._links = 0
        for param in function.body.params:
            self._join(param, (FOREIGN,))
        self._region(function.body)

    def related(self, a: Value, b: Value) -> bool:
        """Tell whether two values may share memory."""
        return a is b or b in self._related.get(a, ())

    def relatives(self, value: Value) -> Iterable[Value]:
        """Return a value and all that it may share memory with."""
        return (value, *self._related.get(value, ()))

    def foreign(self, value: Value) -> list[Value]:
        """Return what stands for the foreign memory that a value may share."""
        return [one for one in (FOREIGN, FOREIGN_ARRAY) if self.related(value, one)]

    def _link(self, a: Value, b: Value) -> None:
        if a is b or is_immutable(a.type) or is_immutable(b.type):
            return
        mine = self._related.setdefault(a, set())
        if b not in mine:
            mine.add(b)
            self._related.setdefault(b, set()).add(a)
            self._links += 1

    def _join(self, value: Value, sources: Sequence[Value]) -> None:
        """Let a value share the memory of all that its sources share theirs with."""
        if is_immutable(value.type):
            return
        mine = self._related.setdefault(value, set())
        for source in sources:
            if not is_immutable(source.type):
                found = {source, *self._related.get(source, ())}
                if FOREIGN in found and isinstance(source.type, Array) and not isinstance(value.type, Array | Unknown):
                    # the value holds the array, and is another object
                    found = found - {FOREIGN} | {FOREIGN_ARRAY}
                found -= mine
                found.discard(value)
                mine |= found
                self._links += len(found)
                for other in found:
                    self._related.setdefault(other, set()).add(value)

    def _merge(self, targets: Sequence[Value], sources: Sequence[Value], local: frozenset[Value]) -> None:
        """Let targets take the values of sources all at once; nothing in `local` exists any more."""
        for target, source in zip(targets, sources, strict=True):
            if is_immutable(source.type):
                continue
            for other in tuple(self.relatives(source)):
                if other not in local:
                    self._link(target, other)
        for i, a in enumerate(sources):
            for j in range(i + 1, len(sources)):
                b = sources[j]
                if not is_immutable(a.type) and self.related(a, b):
                    self._link(targets[i], targets[j])

    def _inside(self, region: Region) -> frozenset[Value]:
        if region not in self._locals:
            found = set(region.params)
            for operation in walk(region):
                found.update(operation.results)
                if isinstance(operation, Scan):
                    found.update(operation.body.params)
            self._locals[region] = frozenset(found)
        return self._locals[region]

    def _region(self, region: Region) -> None:
        for operation in region.operations:
            self._operation(operation)

    def _operation(self, operation: Operation) -> None:
        match operation:
            case Constant(result=result):
                self._join(result, (FOREIGN,))
            case Call():
                self._call(operation)
            case If():
                for region in (operation.then, operation.orelse):
                    self._region(region)
                    self._merge(operation.results, region.exit.values, self._inside(region))
            case Scan():
                self._scan(operation)

    def _call(self, call: Call) -> None:
        if is_store(call):
            base, *_, value = call.operands
            if call.result not in self._copies:
                self._join(call.result, (base,))
            if not isinstance(base.type, Array):
                self._join(call.result, (value, base))
            return
        if any(result in self._copies for result in call.results):
            return
        match memory_of(call):
            case Memory.FRESH:
                pass
            case Memory.VIEW:
                for result in call.results:
                    self._join(result, shared_operands(call))
            case Memory.FOREIGN:
                for result in call.results:
                    self._join(result, (*call.operands, FOREIGN))

    def _scan(self, scan: Scan) -> None:
        local = self._inside(scan.body)
        tests = () if scan.test is None else (scan.test,)
        self._enter(scan)
        while True:
            before = self._links
            for item, source in zip(scan.items, scan.sources, strict=True):
                if not isinstance(source.value.type, Range):
                    self._join(item, (source.value,))
            for region in (*tests, scan.body):
                self._region(region)
            twins: dict[Value, Value] = {}
            for kept, item in zip(scan.lists, scan.collected, strict=True):
                # lists with equal content become one list
                if twins.setdefault(item, kept) not in self._copies:
                    self._join(kept, (item, twins[item]))
            self._merge(scan.carried, scan.next_values, local)
            if self._links == before:
                break
        self._merge(scan.finals, scan.carried, local)

    def _enter(self, scan: Scan) -> None:
        """Give the carried values what they begin with, but for those that begin as a copy."""
        begun = [(p, i) for p, i in zip(scan.carried, scan.initial, strict=True) if p not in self._copies]
        self._merge([param for param, _ in begun], [initial for _, initial in begun], frozenset())
