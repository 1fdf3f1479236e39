"""Functions that hand on the memory of their first argument, and those whose result is stored in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from s2sad.analysis.memory import STORES, Memory, memory_of
from s2sad.ir import primitives
from s2sad.ir.program import Call, Form, Operation, Value
from s2sad.ir.types import Array, List, Literal, Scalar, Tuple, Unknown

SAME = (np.asarray, np.asanyarray, primitives.identity)
"""Functions that return their first argument where that is an array."""

_EXACT = frozenset(
    {
        *(np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze, np.flip, np.diagonal, np.broadcast_to),
        *(np.rollaxis, getattr(np, "matrix_transpose", np.transpose), getattr(np, "permute_dims", np.transpose)),
    }
)
"""Functions whose result is a view of their first argument, whatever that is."""

CONTIGUOUS: frozenset[Any] = frozenset({np.zeros, np.ones, np.full, np.empty, np.arange, np.linspace, np.eye, np.outer})
"""Functions whose result is stored in the order of its indices."""


def is_exact_view(call: Call) -> bool:
    """Tell whether the result of a call is certainly a view of its first operand."""
    owner = call.operands[0].type if call.operands else None
    known = call.function in _EXACT and not call.keywords and len(call.results) == 1
    return known and isinstance(owner, Array) and not owner.scalar


def is_contiguous(value: Value, definitions: Mapping[Value, Operation]) -> bool:
    """Tell whether an array is sure to be stored in the order of its indices."""
    made = definitions.get(value)
    if not isinstance(made, Call):
        return False
    if made.function in STORES:
        return is_contiguous(made.operands[0], definitions)
    if memory_of(made) is not Memory.FRESH or not isinstance(value.type, Array):
        return False
    if isinstance(made.function, np.ufunc) and not made.keywords:
        # a result is laid out like what it is computed from
        arrays = [v for v in made.operands if isinstance(v.type, Array) and not v.type.scalar]
        known = all(isinstance(v.type, Array | Scalar | Literal) for v in made.operands)
        same = all(isinstance(v.type, Array) and v.type.rank == value.type.rank for v in arrays)
        return value.type.rank == 1 or (known and same and all(is_contiguous(v, definitions) for v in arrays))
    if made.function is np.array and isinstance(made.operands[0].type, List | Tuple):
        return not made.keywords
    if made.function is np.copy:
        return value.type.rank == 1 or (made.form is Form.METHOD and len(made.operands) == 1)
    return value.type.rank == 1 or (made.function in CONTIGUOUS and "order" not in made.keywords)


def is_shallow_copy(call: Call) -> bool:
    """Tell whether a call may copy a list, whose items are shared then."""
    return call.function is np.copy and call.form is Form.METHOD and isinstance(call.operands[0].type, Unknown)


def listed_entries(display: Call) -> dict[Any, Value]:
    """Return the items of a dict that lists them, by their keys."""
    keys, *items = display.operands
    return dict(zip(keys.type.value, items, strict=True))  # type: ignore[union-attr]
