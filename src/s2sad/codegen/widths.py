"""How wide a value is in print, before it has a name."""

from __future__ import annotations

import operator

from s2sad.analysis.memory import is_store
from s2sad.ir import primitives
from s2sad.ir.program import Call, Form, Value
from s2sad.ir.types import Literal


def width_of_name(value: Value) -> int:
    """Estimate how many characters a value's name has."""
    if value.hint:
        return len(value.hint)
    return literal_width(value.type.value) if isinstance(value.type, Literal) else 8


def literal_width(value: object) -> int:
    """Estimate how many characters a constant has."""
    match value:
        case slice():
            return 1 + sum(len(repr(part)) for part in (value.start, value.stop, value.step) if part is not None)
        case tuple():
            return sum(literal_width(part) + 2 for part in value)
        case float() | int() | str() | None:
            return len(repr(value))
        case _:
            return len("np.float64")


def width_of_call(operation: Call, widths: list[int]) -> int:
    """Estimate how many characters a call has, given those of its arguments."""
    name = len(operation.spelling or str(getattr(operation.function, "__name__", "")))
    if operation.function is primitives.make_slice:
        return 2 + sum(width for width in widths if width != len("None"))
    if is_store(operation):
        return len("[] += ") + sum(widths)
    if operation.function in (primitives.make_tuple, primitives.make_list):
        return sum(widths) + 2 * len(widths)
    match operation.form:
        case Form.OPERATOR:
            return sum(widths) + (3 if len(widths) == 2 and operation.function is not operator.getitem else 2)
        case Form.ATTRIBUTE | Form.METHOD:
            return name + 1 + sum(widths) + 2 * (len(widths) - 1)
        case _:
            return len("np.") + name + sum(widths) + 2 * len(widths)
