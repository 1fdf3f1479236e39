"""Common subexpressions: a derived operation that repeats an earlier one is that one."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace

import numpy as np

from s2sad.ir import primitives, primitives_stores
from s2sad.ir.primitives_random import DRAWS
from s2sad.ir.program import Call, Constant, Exit, Function, If, Operation, Region, Scan, Source, Value

_OWNED = frozenset(
    {
        primitives.zeros_like,
        primitives.make_list,
        primitives.make_dict,
        primitives.empty_slots,
        primitives.set_at,
        primitives.add_at,
        primitives_stores.add_each_at,
        primitives_stores.append,
        primitives.undefined,
        np.copy,
        np.zeros_like,
        np.zeros,
    }
)
"""Functions whose every result is a buffer of its own, to be written into later."""


def merge_common(function: Function) -> Function:
    """Return the function with each repeated derived operation computed once."""
    return replace(function, body=_Merger().region(function.body, {}))


@dataclass(slots=True)
class _Merger:
    new: dict[Value, Value] = field(default_factory=dict)
    constants: dict[Value, Hashable] = field(default_factory=dict)

    def region(self, region: Region, known: dict[Hashable, Value]) -> Region:
        known = dict(known)
        operations = tuple(self.kept(region, known))
        values = tuple(self.get(value) for value in region.exit.values)
        return Region(region.params, operations, Exit(region.exit.kind, values))

    def get(self, value: Value) -> Value:
        return self.new.get(value, value)

    def kept(self, region: Region, known: dict[Hashable, Value]) -> list[Operation]:
        kept: list[Operation] = []
        for operation in region.operations:
            match operation:
                case Constant():
                    self.constants[operation.result] = (
                        type(operation.value).__name__,
                        repr(operation.value),
                        operation.name,
                    )
                case Call():
                    operation = operation.reading(tuple(map(self.get, operation.operands)))
                    if self.is_repeated(operation, known):
                        continue
                case If():
                    arms = (self.region(arm, known) for arm in (operation.then, operation.orelse))
                    then, orelse = arms
                    operation = replace(operation, test=self.get(operation.test), then=then, orelse=orelse)
                case Scan():
                    sources = tuple(Source(self.get(s.value), s.backwards) for s in operation.sources)
                    initial = tuple(map(self.get, operation.initial))
                    body = self.region(operation.body, known)
                    # what the body computes is not visible in the test
                    again = None if operation.test is None else self.region(operation.test, known)
                    operation = replace(operation, sources=sources, initial=initial, body=body, test=again)
            kept.append(operation)
        return kept

    def is_repeated(self, call: Call, known: dict[Hashable, Value]) -> bool:
        if call.function in _OWNED or call.function in DRAWS or len(call.results) != 1:
            return False
        key = (call.function, call.form, call.keywords, tuple(self.constants.get(v, v) for v in call.operands))
        found = known.get(key)
        if found is None:
            known[key] = call.result
            return False
        if not call.origin.derived:
            return False
        self.new[call.result] = found
        return True
