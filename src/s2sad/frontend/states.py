"""Places in which live functions look names up: the attributes of objects and classes, the items of containers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from s2sad.frontend.records import dict_of_object, slots_of


class State(Protocol):
    """A place in which names are looked up: the attributes of an object or a class."""

    def get(self, name: str, default: Any = None) -> Any:
        """Return what stands under a name."""


@dataclass(frozen=True, slots=True, eq=False)
class ObjectState:
    """The attributes that an object holds itself; it holds none any more once it is an object of another class."""

    value: Any
    cls: type

    def get(self, name: str, default: Any = None) -> Any:
        """Return an attribute, running no code of the class."""
        if type(self.value) is not self.cls:
            return default
        slot = slots_of(self.cls).get(name)
        if slot is not None:
            try:
                return slot.__get__(self.value, self.cls)
            except AttributeError:
                return default
        return (dict_of_object(self.value) or {}).get(name, default)


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """The items of a container as they are now; none once it has others or is longer or shorter."""

    value: Any
    keys: tuple[Any, ...]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the item whose position or key is spelt like this."""
        keys = tuple(self.value) if isinstance(self.value, dict) else tuple(range(len(self.value)))
        if keys != self.keys:
            return default
        return next((self.value[key] for key in keys if str(key) == name), default)
