"""Records: objects that are nothing but their attributes, such as dataclasses.

Like the functions in `primitives`, these are pasted into generated code that needs them. A record is rebuilt without
its constructor, which may compute or check things that are meant for the user's own values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A class and the attributes that its objects have; `keywords` where the constructor takes just these by name.

    `name` is what the class is called where the record is made.
    """

    cls: Any
    names: tuple[str, ...]
    keywords: bool = False

    def __repr__(self) -> str:
        return f"{self.cls.__name__}({', '.join(self.names)})"


def make_record(kind: Any, *values: Any) -> Any:
    """Return a record: `Point(x=..., y=...)`."""
    return build_record(kind.cls, kind.names, *values)


def build_record(cls: Any, names: tuple[str, ...], *values: Any) -> Any:
    """Return an object of a class with these attributes, or a named tuple of these; no constructor runs."""
    if issubclass(cls, tuple):
        return cls._make(values)
    record = object.__new__(cls)
    for name, value in zip(names, values, strict=True):
        object.__setattr__(record, name, value)
    return record


def record_names(x: Any) -> list[str]:
    """Return the names of the fields of a dataclass, or of all that an object holds."""
    fields = getattr(x, "__dataclass_fields__", None)
    if fields is None:
        return list(vars(x))
    # class variables and arguments of the constructor stand there too
    return [name for name, entry in fields.items() if entry._field_type.name == "_FIELD"]


def map_record(change: Any, like: Any, *others: Any) -> Any:
    """Return an object of the class of `like` with `change` of each attribute; no constructor runs."""
    record = object.__new__(type(like))
    for name in record_names(like):
        object.__setattr__(record, name, change(*(getattr(one, name) for one in (like, *others))))
    return record
