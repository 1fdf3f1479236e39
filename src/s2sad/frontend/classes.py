"""Classes: what an attribute of a class is, looked up as Python does but without running any code of it."""

from __future__ import annotations

import dataclasses
import functools
from abc import ABC, ABCMeta, abstractmethod
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Any

from s2sad.equations import Solver
from s2sad.frontend.live import ABSENT, Dependencies, live_entity
from s2sad.frontend.records import is_object_class
from s2sad.frontend.scope import Entity
from s2sad.surgery import Checkpointed

_STATE = (MemberDescriptorType, GetSetDescriptorType)
_TUPLE_GETTER = type(vars(namedtuple("_Example", "x"))["x"])
_DESCRIPTOR = ("__get__", "__set__", "__delete__")


@dataclass(frozen=True, slots=True)
class Member:
    """An attribute of a class.

    `kind` is "property", "method", "static", "class" (a class method), "value", "state" (a slot), "data" for another
    descriptor that takes part in assignments, or "opaque" for any other descriptor. `entity` is the function, for a
    value the value, and `home` the class that it stands in.
    """

    kind: str
    entity: Entity | None
    home: Any


@dataclass(frozen=True, slots=True)
class FieldOfClass:
    """A field of a dataclass or of a named tuple; `factory` makes its default."""

    name: str
    default: Entity | None = None
    factory: Entity | None = None
    is_argument: bool = True
    keyword_only: bool = False


class ClassName:
    """What stands for a class that is known from its text, in types and in what is printed."""

    def __init__(self, view: ClassView, module: str, name: str, fields: tuple[str, ...] | None) -> None:
        self.view = view
        self.__module__ = module
        self.__name__ = self.__qualname__ = name
        self._fields = fields
        """The fields of a class of named tuples."""


class ClassView(ABC):
    """What is known of a class, live or read from a file."""

    __slots__ = ()

    @property
    @abstractmethod
    def cls(self) -> Any:
        """What stands for the class in types: it has `__name__`, `__module__` and `__qualname__`."""

    @property
    @abstractmethod
    def is_frozen(self) -> bool:
        """Whether attributes of its objects cannot be assigned to."""

    @property
    @abstractmethod
    def is_named_tuple(self) -> bool:
        """Whether it is a class of named tuples."""

    @abstractmethod
    def find(self, name: str, after: Any = None) -> Member | None:
        """Return an attribute of the class or of what it inherits from; `after` a class, of what comes after that."""

    @abstractmethod
    def fields(self) -> Sequence[FieldOfClass] | None:
        """Return the fields that the constructor takes as arguments; None where the class has written its own."""

    @abstractmethod
    def obstacle(self) -> str | None:
        """Return why objects of the class cannot be made while compiling, or None."""


@dataclass(frozen=True, slots=True)
class LiveClass(ClassView):
    """A class object; `record` notes what is looked up in it."""

    handle: type
    record: Dependencies

    @property
    def cls(self) -> Any:
        """The class."""
        return self.handle

    def find(self, name: str, after: Any = None) -> Member | None:
        """Return an attribute of the class or of what it inherits from; `after` a class, of what comes after that."""
        order = self.handle.__mro__
        if after is None:
            state = self.record.class_state(self.handle)
            self.record.record(state, name, state.get(name, ABSENT))
        for base in order[order.index(after) + 1 if after in order else 0 :]:
            # what every object inherits computes nothing that a program is interested in
            if name in vars(base) and base is not object:
                return self._member(name, vars(base)[name], base)
        return None

    def _member(self, name: str, value: Any, home: type) -> Member:
        match value:
            case property(fget=FunctionType() as getter) if type(value) is property:
                return Member("property", live_entity(getter, None, self.record), home)
            case functools.cached_property():
                return Member("cached", live_entity(value.func, None, self.record), home)
            case staticmethod():
                return Member("static", live_entity(value.__func__, name, self.record), home)
            case classmethod():
                return Member("class", live_entity(value.__func__, name, self.record), home)
            case FunctionType() | Checkpointed() | Solver():
                return Member("method", live_entity(value, name, self.record), home)
        if isinstance(value, _STATE) or type(value) is _TUPLE_GETTER:
            return Member("state", None, home)
        kinds = {one for one in _DESCRIPTOR if hasattr(type(value), one)}
        if kinds & {"__set__", "__delete__"}:
            return Member("data", None, home)
        return Member("opaque" if kinds else "value", live_entity(value, name, self.record), home)

    def fields(self) -> Sequence[FieldOfClass] | None:
        """Return the fields that the constructor takes as arguments; None where the class has written its own."""
        if self.is_named_tuple:
            defaults = getattr(self.handle, "_field_defaults", {})
            names: Any = self.handle._fields  # type: ignore[attr-defined]
            return [FieldOfClass(name, self._default(defaults.get(name, ABSENT))) for name in names]
        home = next(base for base in self.handle.__mro__ if "__init__" in vars(base))
        if home is object:
            return []
        if not getattr(vars(home).get("__dataclass_params__"), "init", False):
            return None
        return [
            FieldOfClass(
                entry.name,
                self._default(entry.default),
                self._default(entry.default_factory),
                entry.init,
                entry.kw_only is True,
            )
            for entry in dataclasses.fields(home)
        ]

    def _default(self, value: Any) -> Entity | None:
        return None if value in (dataclasses.MISSING, ABSENT) else live_entity(value, None, self.record)

    def obstacle(self) -> str | None:
        """Return why objects of the class cannot be made while compiling, or None."""
        if self.is_named_tuple:
            return None if self._inherits("__new__") else "makes its objects in a way of its own"
        if not is_object_class(self.handle):
            return "inherits from a class that is not written in Python of yours"
        if type(self.handle) not in (type, ABCMeta):
            return f"has the metaclass {type(self.handle).__name__}"
        if _is_changed(self.handle, "__new__"):
            return "makes its objects in `__new__`"
        if _is_changed(self.handle, "__setattr__") and not self.is_frozen:
            return "overrides `__setattr__`"
        if getattr(self.handle, "__abstractmethods__", None):
            return "is abstract"
        entries = getattr(self.handle, "__dataclass_fields__", {})
        if any(repr(entry._field_type) == "_FIELD_INITVAR" for entry in entries.values()):
            return "has an `InitVar`"
        return None

    def _inherits(self, name: str) -> bool:
        """Tell whether a class of named tuples has left a method as it is."""
        home = next(base for base in self.handle.__mro__ if name in vars(base))
        return "_fields" in vars(home)

    @property
    def is_frozen(self) -> bool:
        """Whether attributes of its objects cannot be assigned to."""
        parameters = [vars(base).get("__dataclass_params__") for base in self.handle.__mro__]
        return self.is_named_tuple or any(getattr(one, "frozen", False) for one in parameters)

    @property
    def is_named_tuple(self) -> bool:
        """Whether it is a class of named tuples."""
        return issubclass(self.handle, tuple) and hasattr(self.handle, "_fields")


def _is_changed(cls: Any, name: str) -> bool:
    """Tell whether a class has replaced a method of `object`."""
    return getattr(cls, name) is not getattr(object, name)


def is_user_class(value: Any) -> bool:
    """Tell whether something is a class of the user's whose objects are records or named tuples."""
    if not isinstance(value, type):
        return False
    return is_object_class(value) or (issubclass(value, tuple) and hasattr(value, "_fields"))
