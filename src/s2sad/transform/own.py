"""Results that nobody else holds: a returned gradient shares no memory with an argument or with another result."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from s2sad.analysis.infer import infer
from s2sad.analysis.memory import Memory, is_product, memory_of
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.primitives_records import make_record
from s2sad.ir.procedures import Integrand, Procedure
from s2sad.ir.program import Call, Constant, Form, Function, If, Operation, Origin, Scan, Value, walk
from s2sad.ir.types import Array, Dict, List, Record, Scalar, Tuple, Unknown, widen

_VIEWS = frozenset({operator.getitem, primitives.broadcast_like, primitives.unpack, np.broadcast_to})
"""Functions whose result may be the same memory however often they are called."""

_DISPLAYS = (primitives.make_tuple, primitives.make_list, primitives.make_dict, make_record, primitives.pack_like)


def own_results(function: Function, keep: int = 0) -> Function:
    """Return the function with its gradients copied where they may share memory.

    `keep` counts the leading items of the returned tuple that are the user's own values and stay as they are.
    """
    definitions = {result: op for op in walk(function.body) for result in op.results}
    builder = Builder(infer, Origin(derived=True), definitions=dict(definitions))
    owner = _Owner(builder, definitions, set(function.body.params))
    made = definitions.get(function.result)
    if keep and isinstance(made, Call) and made.function is primitives.make_tuple:
        owner.taken.update(made.operands[:keep])
        items = (*made.operands[:keep], *(owner.own(item) for item in made.operands[keep:]))
        result = builder.call(primitives.make_tuple, *items)
    else:
        result = owner.own(function.result)
    if result is function.result:
        return function
    operations = (*function.body.operations, *builder.operations)
    exit_ = replace(function.body.exit, values=(result,))
    return replace(function, body=replace(function.body, operations=operations, exit=exit_))


class _Owner:
    def __init__(self, builder: Builder, definitions: Mapping[Value, Operation], params: set[Value]) -> None:
        self.builder = builder
        self.definitions = definitions
        self.params = params
        self.taken: set[Value] = set()

    def own(self, value: Value) -> Value:
        """Return the value itself, or a copy where somebody else may hold it."""
        made = self.definitions.get(value)
        if isinstance(made, Call) and made.function in _DISPLAYS:
            # the first operand of the last two says what is made, and is not in it
            first = 1 if made.function in (make_record, primitives.pack_like) else 0
            operands = (*made.operands[:first], *(self.own(operand) for operand in made.operands[first:]))
            if operands == made.operands:
                return value
            return self.builder.call(made.function, *operands, hint=value.hint, type_=value.type)
        if isinstance(made, Constant) or _is_immutable(value):
            return value
        if value not in self.taken and not self._may_be_shared(value, set()):
            self.taken.add(value)
            return value
        return self._copy(value, made)

    def _copy(self, value: Value, made: Operation | None) -> Value:
        if isinstance(made, Call) and made.function is primitives.broadcast_like:
            number, like = made.operands
            if _is_immutable(number) and isinstance(like.type, Array) and like.type == value.type:
                return self.builder.call(np.full_like, like, number, hint=value.hint)
        if isinstance(value.type, Array) and value.type.shape == ():
            return self.builder.call(np.array, value, hint=value.hint, type_=value.type)
        if isinstance(value.type, Array):
            return self.builder.call(np.copy, value, form=Form.METHOD, spelling="copy", hint=value.hint)
        return self.builder.call(primitives.own, value, hint=value.hint, type_=value.type)

    def _may_be_shared(self, value: Value, seen: set[Value]) -> bool:
        """Tell whether a value may share memory with a parameter, a constant or a result already taken."""
        if value in seen:
            return False
        seen.add(value)
        if value in self.params or value in self.taken:
            return True
        if _is_immutable(value):
            return False
        made = self.definitions.get(value)
        match made:
            case None:
                return self._comes_from_region(value, seen)
            case Constant():
                return False
            case Call(function=Integrand()):
                return False
            case Call(function=Procedure() | primitives.broadcast_like):
                return True
            case Call(function=np.diagonal | np.diag) if not _is_matrix(value):
                # NumPy makes it read-only
                return True
            case Call():
                return _may_share(made) and any(self._may_be_shared(v, seen) for v in made.operands)
            case If():
                k = made.results.index(value)
                return any(self._may_be_shared(arm.exit.values[k], seen) for arm in (made.then, made.orelse))
            case Scan() if value in made.lists:
                item = made.body.exit.values[made.results.index(value)]
                return not self._is_made_each_trip(item, made)
            case Scan():
                k = made.results.index(value)
                starts = made.initial[k : k + 1]
                return any(self._may_be_shared(v, seen) for v in (*starts, made.body.exit.values[k]))

    def _is_made_each_trip(self, item: Value, loop: Scan) -> bool:
        """Tell whether a collected item is an object of its own in every trip."""
        if _is_immutable(item):
            return True
        made = next((op for op in loop.body.operations if item in op.results), None)
        if not isinstance(made, Call) or made.function in _VIEWS:
            return False
        if _may_share(made):
            operands = [v for v in made.operands if not _is_immutable(v)]
            distinct = len(set(operands)) == len(operands)
            return distinct and all(self._is_made_each_trip(v, loop) for v in operands)
        return True

    def _comes_from_region(self, value: Value, seen: set[Value]) -> bool:
        """Look behind the parameter of a loop's body: the item of a source, or a carried value."""
        for operation in self.definitions.values():
            if isinstance(operation, Scan) and value in operation.body.params:
                k = operation.body.params.index(value)
                if k < len(operation.sources):
                    return self._may_be_shared(operation.sources[k].value, seen)
                k -= len(operation.sources)
                return any(self._may_be_shared(v, seen) for v in (operation.initial[k], operation.body.exit.values[k]))
        return True


def _may_share(made: Call) -> bool:
    """Tell whether the result of a call may share memory with an operand, or hold it."""
    return memory_of(made) is not Memory.FRESH and not is_product(made)


def _is_matrix(value: Value) -> bool:
    return isinstance(value.type, Array) and value.type.shape is not None and len(value.type.shape) > 1


def _is_immutable(value: Value) -> bool:
    match widen(value.type):
        case Scalar():
            return True
        case Array(scalar=scalar):
            return scalar
        case Tuple() | List() | Dict() | Record() | Unknown():
            return False
        case _:
            return True
