"""The array that a NumPy function is asked to write its result into."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np

from s2sad.ir.program import Value
from s2sad.ir.types import Literal


def take_out(function: Any, operands: list[Value], named: dict[str, Value]) -> Value | None:
    """Take the array that a result is written into out of the arguments of a call; None where there is none."""
    position = out_position(function)
    out: Value | None = None
    if "out" in named:
        out = named.pop("out")
    elif position is not None and len(operands) > position:
        out = operands.pop(position)
    return None if out is None or out.type == Literal(None) else out


@functools.cache
def out_position(function: Any) -> int | None:
    """Return the position at which a function takes the array that it writes its result into, None if at none."""
    if isinstance(function, np.ufunc):
        return function.nin
    if function in _OUT_POSITIONS:
        return _OUT_POSITIONS[function]
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    names = [one.name for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    return names.index("out") if "out" in names else None


_OUT_POSITIONS: dict[Any, int] = {np.dot: 2, np.concatenate: 2, np.clip: 3}
"""Functions that are written in C and have no signature to read."""
