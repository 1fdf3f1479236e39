"""What a name means: entities, the scopes that know them, and the attributes of entities."""

from __future__ import annotations

import builtins
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, EnumMeta
from functools import cached_property
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Protocol

import numpy as np

from s2sad.frontend.source import FunctionSource, SourceFile

LIBRARIES = frozenset(
    [
        "builtins",
        "contextlib",
        "functools",
        "itertools",
        "math",
        "numpy",
        "operator",
        "random",
        "s2sad",
        "scipy",
        "typing",
        "warnings",
    ]
)
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


class Compound:
    """Something that is put together of functions and values while compiling, and is no value of the program."""

    __slots__ = ()
    description = "this object"


class Made(Compound, ABC):
    """An object that the program makes, of which it can make a value."""

    __slots__ = ()

    @abstractmethod
    def as_value(self, ctx: Any, node: Any) -> Any:
        """Return the object as a value of the program."""


@dataclass(frozen=True, slots=True, eq=False)
class Partial(Compound):
    """A function with some of its arguments, as `functools.partial` makes one."""

    function: Any
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    description = "a function"


@dataclass(frozen=True, slots=True, eq=False)
class Recomputed(Compound):
    """A function whose calls a reverse sweep computes again, as `s2sad.checkpoint` makes one."""

    function: Any
    description = "a function"


@dataclass(frozen=True, slots=True, eq=False)
class Vectorized(Compound):
    """A function that is called for each element of its arguments, as `np.vectorize` makes one."""

    function: Any
    description = "a function"


@dataclass(frozen=True, slots=True, eq=False)
class Noted(Compound):
    """The identity; its argument is noted while compiling."""

    note: Callable[[Any], None]
    description = "a function"


@dataclass(frozen=True, slots=True, eq=False)
class Derived(Compound):
    """The derivative of a function, as `s2sad.grad`, `s2sad.derivative` and `s2sad.jacobian` make one.

    Attributes
    ----------
    function : binding
        What is differentiated.
    argnums : int, str, or tuple or list of these
        By which of its arguments.
    mode : str
        A sweep: `reverse` (the gradient), `jvp` and `tangent` (of given tangents), `ones` (of tangents that are one),
        `vjp` (of a given cotangent). Or what is made of sweeps: `jacobian`, `jacfwd`, `jacrev`.
    with_value : bool
        The value comes with the gradient.
    has_aux : bool
        The function returns a pair, of which the first item is differentiated.
    """

    function: Any
    argnums: Any
    mode: str = "reverse"
    with_value: bool = False
    has_aux: bool = False
    description = "a function"


@dataclass(frozen=True, slots=True, eq=False)
class Applied(Compound):
    """A procedure of the program, as a function of all that it reads."""

    procedure: Any
    description = "a function"


@dataclass(frozen=True, slots=True, eq=False)
class Solver(Compound):
    """A function whose result solves an equation, as `s2sad.implicit` and `s2sad.fixed_point` make one."""

    function: Any
    equation: Any
    is_fixed_point: bool
    value: Any = None
    """The object, where it is at hand."""
    description = "a function"


@dataclass(frozen=True, slots=True, eq=False)
class Linear(Compound):
    """A sweep through a function at given arguments, as a function of a seed, such as `s2sad.vjp` returns one.

    Attributes
    ----------
    derived : Derived
        The sweep.
    args, kwargs : tuple and mapping
        The arguments of the function.
    like : value, optional
        What the seed belongs to, if that is to be checked.
    places : tuple of (int or None), optional
        For each argument, where its part is in what comes out; None for one that has none.
    """

    derived: Derived
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    like: Any = None
    places: tuple[int | None, ...] | None = None
    description = "a function"


DERIVATIVES: dict[type, Callable[[Any], tuple[Any, dict[str, Any]] | None]] = {}
"""Classes of live derivatives: the function, and what a `Derived` of it is; None for one that has no place here."""


@dataclass(frozen=True, slots=True, eq=False)
class Decorated(Compound):
    """A function of the user's under decorators, which are expressions of the scope and the file that it stands in."""

    function: UserFunction
    decorators: tuple[Any, ...]
    file: SourceFile
    scope: Scope
    description = "a function"


@dataclass(frozen=True, slots=True, eq=False)
class Collection(Compound):
    """A tuple, list or dict that holds functions; `keys` are those of a dict."""

    kind: type
    items: tuple[Any, ...]
    keys: tuple[Any, ...] | None = None
    description = "a container of functions"

    def position(self, key: Any) -> int | None:
        """Return the place of a key of a dict, or of a position in a sequence; None where there is none."""
        if self.keys is not None:
            return next((k for k, own in enumerate(self.keys) if own == key and type(own) is type(key)), None)
        if not isinstance(key, int) or not -len(self.items) <= key < len(self.items):
            return None
        return key % len(self.items)


Entity = Known | UserFunction | Namespace | Unreadable | Compound


class Scope(Protocol):
    """What the free names of a function mean."""

    def lookup(self, name: str) -> Entity | None:
        """Return what a name is bound to; None for a name that is not bound."""

    def imported(self, path: str, level: int) -> Entity | None:
        """Return the module that an import inside a function names, with `level` dots; None where there is none."""


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
_TRANSPARENT = (ModuleType, type, np.ufunc, np.dtype, np.finfo, np.iinfo, BuiltinFunctionType)


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
        case Compound():
            return None
        case UserFunction():
            return Unreadable(f"{entity.name}.{name}", "is an attribute of a function")
        case Unreadable(whole, reason, origin):
            return Unreadable(f"{whole}.{name}", reason, f"{origin}.{name}" if origin is not None else None)


def _known_attribute(value: Any, name: str) -> Entity | None:
    if type(value) in _VALUES or (isinstance(value, np.generic) and library_of(value) is not None):
        return None
    if not isinstance(value, _TRANSPARENT) or library_of(value) is None:
        if type(value) is EnumMeta and name in value.__members__:
            return Known(value.__members__[name])
        if isinstance(value, Enum) and name in ("name", "value"):
            return Known(getattr(value, f"_{name}_"))
        own = getattr(value, name, None) if library_of(value) == "scipy" else None
        if isinstance(own, MethodType) and library_of(own.__func__) == "scipy":
            # a distribution of `scipy.stats`
            return Known(own)
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
