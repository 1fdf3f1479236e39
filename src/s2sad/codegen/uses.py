"""How values are used: as indices, as lengths, as buffers that are written into."""

from __future__ import annotations

import builtins
import operator
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from s2sad.analysis.memory import is_store
from s2sad.ir import primitives
from s2sad.ir.primitives_python import EFFECTS
from s2sad.ir.primitives_random import DRAWS
from s2sad.ir.primitives_stores import make_path
from s2sad.ir.procedures import Procedure
from s2sad.ir.program import Call, Constant, ExitKind, Form, Operation, Region, Value, regions, walk
from s2sad.ir.types import Literal, Scalar, Tuple

_LENGTHS = (np.shape, np.size, np.ndim, builtins.len, operator.getitem)
_ARITHMETIC = (np.add, np.subtract, np.multiply, np.floor_divide, np.remainder, np.negative)
_SUMS = frozenset((np.add, np.subtract))


@dataclass(slots=True)
class Use:
    """One reading of a value: the region, the position in it, and which statement that is a part of."""

    region: Region
    position: int
    by: Operation | Region
    slot: int


def stands_alone(operation: Operation) -> bool:
    """Tell whether an operation is a statement whatever reads its result: a store, or an unpacking."""
    return isinstance(operation, Call) and (is_store(operation) or operation.function is primitives.unpack)


def may_be_moved(operation: Operation, between: Iterable[Operation]) -> bool:
    """Tell whether an operation may be done after others: a random draw may not, where these have effects as well."""
    if not isinstance(operation, Call) or operation.function not in DRAWS:
        return True
    return all(isinstance(other, Constant) or (isinstance(other, Call) and _is_pure(other)) for other in between)


def _is_pure(call: Call) -> bool:
    return not isinstance(call.function, Procedure) and call.function not in DRAWS and call.function not in EFFECTS


def is_return(by: Operation | Region) -> bool:
    """Tell whether what is used at the end of a region is what the function returns."""
    return isinstance(by, Region) and by.exit.kind is ExitKind.RETURN


def is_index_of(use: Use) -> bool:
    """Tell whether a value is used as an index."""
    by = use.by
    if isinstance(by, Call) and by.function is make_path:
        return use.slot > 0
    return isinstance(by, Call) and use.slot == 1 and (by.function is operator.getitem or is_store(by))


def is_length(call: Call) -> bool:
    """Tell whether a call asks for a length or computes an index from integers."""
    if call.function in _ARITHMETIC:
        return call.form is Form.OPERATOR and all(is_index(v) for v in (call.result, *call.operands))
    if call.function is operator.getitem:
        return is_index(call.result) and isinstance(call.operands[1].type, Literal) and _is_shape(call.operands[0])
    return call.function in _LENGTHS


def is_index(value: Value) -> bool:
    """Tell whether a value is known to be an integer."""
    match value.type:
        case Scalar(kind):
            return kind == "int"
        case Literal(known):
            return isinstance(known, int)
        case _:
            return False


def _is_shape(value: Value) -> bool:
    """Tell whether a value can only be a shape: a tuple of lengths."""
    if not isinstance(value.type, Tuple) or not value.type.items:
        return False
    return all(isinstance(item, Scalar | Literal) for item in value.type.items)


def written(operation: Operation) -> list[Value]:
    """Return the buffers that an operation, or what is inside it, stores into."""
    found = [operation.operands[0]] if is_store(operation) else []
    for region in regions(operation):
        found += [inner.operands[0] for inner in walk(region) if is_store(inner)]
    return found


def is_running_sum(operation: Operation, use: Use) -> bool:
    """Tell whether an operation adds to what is summed up under one name, and its use goes on with that."""
    by = use.by
    if not isinstance(operation, Call) or not isinstance(by, Call) or not {operation.function, by.function} <= _SUMS:
        return False
    return operation.result.hint is not None and operation.result.hint == by.result.hint


def is_container(operation: Operation) -> bool:
    """Tell whether an operation writes out a tuple or a list."""
    return isinstance(operation, Call) and operation.function in (primitives.make_tuple, primitives.make_list)
