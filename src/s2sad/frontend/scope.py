"""What a name means: entities, the scopes that know them, and the attributes of entities."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, Protocol

import numpy as np

from s2sad.frontend.source import FunctionSource

LIBRARIES = frozenset({"builtins", "functools", "itertools", "math", "numpy", "operator", "s2sad", "scipy", "typing"})
"""Packages whose objects are known by identity: never read as source, and the only ones that static reading imports."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A Python object that is at hand: NumPy, a function of it, a builtin, a constant.

    `name` is the global variable that it was read from, if it was read from one.
    """

    value: Any
    name: str | None = None


@dataclass(frozen=True, eq=False)
class UserFunction:
    """A function of the user's, read when its text is first asked for.

    `value` is the function object, or None for a function that was found by reading a file.
    """

    __match_args__ = ("source",)

    name: str
    load: Callable[[], FunctionSource]
    value: Any = None

    @cached_property
    def source(self) -> FunctionSource:
        """The text of the function; reading it may raise `DifferentiationError`."""
        return self.load()


@dataclass(frozen=True, slots=True, eq=False)
class Namespace:
    """A module of the user's; `lookup` returns what a name in it is bound to, or None."""

    name: str
    lookup: Callable[[str], Entity | None]


@dataclass(frozen=True, slots=True, eq=False)
class Unreadable:
    """A name that is bound to something of which nothing is known; `reason` completes "`name` …".

    `origin` is the dotted path of what was imported under this name, such as `jaxtyping.Float`.
    """

    name: str
    reason: str
    origin: str | None = None


Entity = Known | UserFunction | Namespace | Unreadable


class Scope(Protocol):
    """What the free names of a function mean."""

    def lookup(self, name: str) -> Entity | None:
        """Return what a name is bound to; None for a name that is not bound."""


def library_of(obj: Any) -> str | None:
    """Return the library of `LIBRARIES` that an object belongs to, or None."""
    path: Any
    if isinstance(obj, ModuleType):
        path = obj.__name__
    elif isinstance(obj, FunctionType):
        # `functools.wraps` overwrites `__module__`; the globals tell the truth
        path = obj.__globals__.get("__name__")
    elif isinstance(obj, type):
        path = obj.__module__
    else:
        path = type(obj).__module__
    root = path.partition(".")[0] if isinstance(path, str) else ""
    return root if root in LIBRARIES else None


def entity_of(obj: Any, name: str | None = None) -> Entity:
    """Return what a live object is: a function with a text, a module to look into, or a known object.

    Parameters
    ----------
    obj : object
        Any object.
    name : str, optional
        The global variable that it was read from.
    """
    # the reader of live functions stands above this module
    from s2sad.frontend.live import Dependencies, live_entity

    return live_entity(obj, name, Dependencies())


_VALUES = (bool, int, float, complex, str, bytes, tuple, list, dict, set, range, slice, type(None), np.ndarray)
_TRANSPARENT = (ModuleType, type, np.ufunc, np.dtype, BuiltinFunctionType)


def attribute(entity: Entity, name: str) -> Entity | None:
    """Return what `entity.name` means; None where there is no such attribute, and for attributes of values.

    Only the attributes of modules, classes and functions of NumPy's and Python's own are read here: those of values
    (`A.T`, `x.real`) are operations of the program, and reading one from an object of the user's could run a property.
    """
    match entity:
        case Namespace():
            return entity.lookup(name)
        case Known(value):
            return _known_attribute(value, name)
        case UserFunction():
            return Unreadable(f"{entity.name}.{name}", "is an attribute of a function")
        case Unreadable(whole, reason, origin):
            return Unreadable(f"{whole}.{name}", reason, f"{origin}.{name}" if origin is not None else None)


def _known_attribute(value: Any, name: str) -> Entity | None:
    if type(value) in _VALUES or (isinstance(value, np.generic) and library_of(value) is not None):
        return None
    if not isinstance(value, _TRANSPARENT) or library_of(value) is None:
        return Unreadable(name, f"is an attribute of an object of type {type(value).__name__}")
    try:
        found = getattr(value, name)
    except AttributeError:
        return None
    except Exception as error:  # a lazily loaded part of a library that does not load
        return Unreadable(name, f"cannot be loaded ({error})")
    return entity_of(found)


def builtin(name: str) -> Known | None:
    """Return what a name means where nothing else binds it."""
    if name.startswith("__") or not hasattr(builtins, name):
        return None
    return Known(getattr(builtins, name))
