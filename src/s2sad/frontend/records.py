"""What an object holds, found without running any code of its class."""

from __future__ import annotations

from dataclasses import is_dataclass
from enum import Enum
from functools import cached_property, lru_cache
from types import GetSetDescriptorType, MemberDescriptorType, SimpleNamespace
from typing import Any

from s2sad.frontend.scope import library_of
from s2sad.ir.primitives_records import record_names

_OPAQUE = (type, BaseException, Enum, int, float, complex, str, bytes, tuple, list, dict, set, frozenset)

_READING = "__getattribute__"


def is_object_class(cls: Any) -> bool:
    """Tell whether objects of a class are records of attributes: a class of the user's that builds on nothing else."""
    return _is_object_class(cls)


@lru_cache(maxsize=1024)
def _is_object_class(cls: Any) -> bool:
    if issubclass(cls, _OPAQUE) or getattr(type(cls), _READING) is not getattr(type, _READING):
        return False
    is_own = all(library_of(base) in (None, "typing") for base in cls.__mro__[:-1]) and library_of(cls) is None
    # a namespace reads its attributes as every object does, by a function of its own
    return is_own and (cls is SimpleNamespace or getattr(cls, _READING) is getattr(object, _READING))


def is_object(value: Any) -> bool:
    """Tell whether a value is an object of a class of the user's."""
    return is_object_class(type(value))


def slots_of(cls: Any) -> dict[str, MemberDescriptorType]:
    """Return the slots of a class, by name."""
    return _slots_of(cls)


@lru_cache(maxsize=1024)
def _slots_of(cls: Any) -> dict[str, MemberDescriptorType]:
    found: dict[str, MemberDescriptorType] = {}
    for base in reversed(cls.__mro__):
        found.update(
            {
                name: slot
                for name, slot in vars(base).items()
                if isinstance(slot, MemberDescriptorType) and name != "__dict__"
            }
        )
    return found


def dict_of_object(value: Any) -> dict[str, Any] | None:
    """Return the dict in which an object keeps its attributes, or None where it has none."""
    for base in type(value).__mro__:
        descriptor = vars(base).get("__dict__")
        if isinstance(descriptor, GetSetDescriptorType | MemberDescriptorType):
            found: dict[str, Any] = descriptor.__get__(value)
            return found
    return None


def state_of(value: Any) -> dict[str, Any]:
    """Return the attributes that an object holds itself; those of a dataclass in the order of its fields."""
    cls = type(value)
    found: dict[str, Any] = {}
    for name, slot in slots_of(cls).items():
        try:
            found[name] = slot.__get__(value, cls)
        except AttributeError:
            continue
    found |= dict_of_object(value) or {}
    if not is_dataclass(value):
        return found
    fields = {name: found[name] for name in record_names(value) if name in found}
    # what a dataclass holds besides is no part of it, unless it takes the place of a method
    others = {name: one for name, one in found.items() if name not in fields and _takes_place(cls, name)}
    return fields | others


def _takes_place(cls: type, name: str) -> bool:
    below = next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
    return below is not None and not isinstance(below, cached_property | MemberDescriptorType)


def is_rebuilt(value: Any) -> bool:
    """Tell whether the attributes are all there is to an object, so that a gradient can be an object of its class."""
    return is_dataclass(value) and set(state_of(value)) == set(record_names(value))
