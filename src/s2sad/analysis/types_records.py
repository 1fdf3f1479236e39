"""Types of records as they are made."""

from __future__ import annotations

from s2sad.analysis.infer import types
from s2sad.ir.primitives import pack_like
from s2sad.ir.primitives_records import RecordKind, build_record, make_record
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Literal, Record, Tuple, Type, widen


@types(make_record)
def _record(_form: Form, kind: Type, *values: Type) -> Type:
    if not isinstance(kind, Literal) or not isinstance(kind.value, RecordKind):
        return UNKNOWN
    return record_type(kind.value, values)


def record_type(kind: RecordKind, values: tuple[Type, ...]) -> Type:
    """Return the type of a record of a class, or of a named tuple, whose attributes have these types."""
    if getattr(kind.cls, "_fields", None) is not None:
        return Tuple(values, kind.cls)
    return Record(kind.cls, tuple(zip(kind.names, map(widen, values), strict=True)))


@types(build_record)
def _built(_form: Form, _cls: Type, _names: Type, *_values: Type) -> Type:
    # the class is known at run time only; whoever makes the call says what it is
    return UNKNOWN


@types(pack_like)
def _packed(_form: Form, like: Type, *parts: Type) -> Type:
    match like:
        case Tuple(_, cls):
            return Tuple(parts, cls)
        case Record(cls, entries, rebuilt) if len(entries) == len(parts):
            return Record(cls, tuple((name, part) for (name, _), part in zip(entries, parts, strict=True)), rebuilt)
        case _:
            return UNKNOWN
