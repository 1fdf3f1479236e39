"""What types tell of memory and of indices: which values have any, and which indices take a view."""

from __future__ import annotations

from typing import Any

from s2sad.analysis.memory import is_immutable
from s2sad.ir import primitives
from s2sad.ir.program import Call, Operation, Value
from s2sad.ir.types import Array, Dict, List, Literal, Scalar, Slice, Tuple, Type, Undefined, widen


def is_slice(index: Value) -> bool:
    """Tell whether an index is a slice."""
    known = index.type.value if isinstance(index.type, Literal) else None
    return isinstance(index.type, Slice) or isinstance(known, slice)


def has_memory(type_: Type) -> bool:
    """Tell whether a value of a type can be changed in place, or holds one that can."""
    match widen(type_):
        case Undefined():
            return False
        case Tuple(items):
            return any(map(has_memory, items))
        case other:
            return not is_immutable(other)


def is_basic(index: Value, definitions: dict[Value, Operation]) -> bool | None:
    """Tell whether an index takes a view of an array; None where its type does not tell."""
    match widen(index.type):
        case Scalar(kind):
            return kind == "int"
        case Literal(known):
            return known is None or known is Ellipsis or isinstance(known, slice)
        case Slice():
            return True
        case Array(dtype, shape, scalar):
            if dtype is not None and dtype.kind == "b":
                return False
            return None if shape is None else scalar and dtype is not None
        case List():
            return False
        case Tuple(items):
            made = definitions.get(index)
            if isinstance(made, Call) and made.function is primitives.make_tuple:
                return _all_basic([is_basic(part, definitions) for part in made.operands])
            return _all_basic([is_basic(Value(item), definitions) for item in items])
        case _:
            return None


def _all_basic(parts: list[bool | None]) -> bool | None:
    if any(part is False for part in parts):
        return False
    return None if None in parts else True


def known_keys(type_: Type) -> list[Any] | None:
    """Return the keys of a plain tuple, list or dict whose items are known one by one, else None."""
    match widen(type_):
        case Tuple(items, None) | List(items=tuple() as items):
            return list(range(len(items)))
        case Dict(entries=tuple() as entries):
            return [key for key, _ in entries]
        case _:
            return None


def counted(type_: Type, key: Any) -> Any:
    """Return a key counted from the front, where the length is known."""
    match widen(type_):
        case Tuple(items) | List(items=tuple() as items) if isinstance(key, int) and key < 0:
            return key + len(items)
        case Dict() | _:
            return key
