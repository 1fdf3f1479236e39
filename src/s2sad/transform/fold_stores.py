"""Stores that undo each other: an adjoint that is taken out, cleared, and added to at the same place.

The reverse of `a[i] = f(a[i])` reads `d_a[i]`, puts zero there and adds the adjoint of the old `a[i]`; one store of the
sum does the same. Where what is added is just what was cleared, as after `a[i] += e`, nothing needs to be done.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Hashable
from dataclasses import replace

import numpy as np

from s2sad.ir import primitives
from s2sad.ir.primitives_stores import make_path
from s2sad.ir.program import Call, Function, If, Operation, Region, Scan, Value, definitions, regions
from s2sad.ir.types import Array, Dict, List, Literal, Type
from s2sad.transform.rewrite import substitute, substitute_region

_INDICES = (primitives.make_tuple, primitives.make_slice, make_path)


def fold_stores(function: Function) -> Function:
    """Return the function with each clearing store and the addition at the same place made one."""
    return replace(function, body=_Folder(function).region(function.body))


class _Folder:
    def __init__(self, function: Function) -> None:
        self.made = definitions(function.body)
        self.uses: Counter[Value] = Counter()
        self.same: dict[Value, Value] = {}
        self._count(function.body)

    def _count(self, region: Region) -> None:
        self.uses.update(region.exit.values)
        for operation in region.operations:
            self.uses.update(operation.operands)
            for inner in regions(operation):
                self._count(inner)

    def region(self, region: Region) -> Region:
        placed: dict[Value, Operation] = {}
        kept: list[Operation | None] = []
        positions: dict[Operation, int] = {}
        for operation in region.operations:
            operation = substitute(operation, self.same) if self.same else operation
            match operation:
                case If():
                    operation = replace(
                        operation, then=self.region(operation.then), orelse=self.region(operation.orelse)
                    )
                case Scan():
                    operation = replace(operation, body=self.region(operation.body))
                case Call() if operation.function is primitives.add_at:
                    chain = self._chain(operation, placed)
                    if chain is not None:
                        for old in chain:
                            kept[positions.pop(old)] = None
                        for new in self._folded(operation, chain):
                            positions[new] = len(kept)
                            kept.append(new)
                            placed[new.result] = new
                        continue
                case _:
                    pass
            positions[operation] = len(kept)
            kept.append(operation)
            placed.update(dict.fromkeys(operation.results, operation))
        result = replace(region, operations=tuple(operation for operation in kept if operation is not None))
        if not self.same:
            return result
        return replace(result, exit=substitute_region(replace(result, operations=()), self.same).exit)

    def _chain(self, addition: Call, placed: dict[Value, Operation]) -> list[Call] | None:
        """Return the clearing store at the same place and the additions between, each read by the next alone."""
        base, at, value = addition.operands
        if not isinstance(base.type, Array | List | Dict):
            return None
        chain: list[Call] = []
        while True:
            made = placed.get(base)
            if not isinstance(made, Call) or self.uses[base] != 1:
                return None
            chain.append(made)
            if made.function is primitives.set_at:
                clears = made.origin.derived and self._is_zero(made.operands[2], value.type)
                return chain[::-1] if clears and self._key(made.operands[1]) == self._key(at) else None
            if made.function is not primitives.add_at:
                return None
            base = made.operands[0]

    def _folded(self, addition: Call, chain: list[Call]) -> list[Call]:
        """Return what takes the place of a chain and the addition at its end."""
        cleared, *between = chain
        old, at, _ = cleared.operands
        value = addition.operands[2]
        result: list[Call] = []
        base = old
        if not self._is_item(value, old, at):
            result.append(replace(cleared, operands=(old, at, value)))
            base = cleared.result
        for call in between:
            result.append(replace(call, operands=(base, *call.operands[1:])))
            base = call.result
        if not result:
            self.same[addition.result] = self.same.get(old, old)
            return []
        result[-1] = replace(result[-1], results=addition.results)
        return result

    def _is_item(self, value: Value, owner: Value, at: Value) -> bool:
        path = self.made.get(at)
        steps: list[Hashable] = [(operator.getitem, self._key(at))]
        if isinstance(path, Call) and path.function is make_path:
            waiting = iter(path.operands[1:])
            kinds = path.operands[0].type.value  # type: ignore[union-attr]
            steps = [(kind, *(self._key(next(waiting)) for _ in range(count))) for kind, count in kinds]
        while steps:
            made = self.made.get(value)
            if not isinstance(made, Call) or (made.function, *map(self._key, made.operands[1:])) != steps.pop():
                return False
            value = self.same.get(made.operands[0], made.operands[0])
        return value is owner

    def _key(self, index: Value) -> Hashable:
        """Return what two indices share that are the same."""
        if isinstance(index.type, Literal):
            return index.type
        made = self.made.get(index)
        if isinstance(made, Call) and (made.function in _INDICES or made.function.__name__ in ("add", "subtract")):
            return (made.function, *map(self._key, made.operands))
        return index

    def _is_zero(self, value: Value, added: Type) -> bool:
        """Tell whether a value is zero, and adding something of a type to it comes to that very thing."""
        made = self.made.get(value)
        if isinstance(made, Call) and made.function in (np.zeros_like, primitives.zeros_like):
            return value.type == added and isinstance(added, Array) and added.shape is not None
        known = value.type.value if isinstance(value.type, Literal) else None
        return isinstance(known, float) and known == 0.0
