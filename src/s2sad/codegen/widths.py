"""How wide a value is in print, before it has a name."""

from __future__ import annotations

from s2sad.ir.program import Value
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
