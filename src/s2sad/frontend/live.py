"""Reading the text of live function objects.

The text of a function is found by compiling its file again and comparing code objects, so that two lambdas on one line
are told apart, wrappers do not stand for what they wrap, and a file that was edited after it was imported is noticed.
"""

from __future__ import annotations

import ast
import functools
import importlib
import linecache
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NoReturn

import numpy as np

from s2sad import equations
from s2sad.errors import Diagnostic, DifferentiationError
from s2sad.frontend.matching import find_definition
from s2sad.frontend.prelude import calling
from s2sad.frontend.records import is_object
from s2sad.frontend.scope import (
    DERIVATIVES,
    Derived,
    Entity,
    Known,
    Namespace,
    Partial,
    Recomputed,
    Solver,
    Unreadable,
    UserFunction,
    Vectorized,
    builtin,
    library_of,
)
from s2sad.frontend.source import AstFunction, FunctionSource, SourceFile, convert, open_source
from s2sad.frontend.states import Contents, ObjectState, State
from s2sad.ir.program import Span
from s2sad.rules.user import DECLARED, has_own_rule
from s2sad.surgery import Checkpointed

ABSENT: Any = object()
"""Stands in a list of dependencies for a name that was not bound."""

_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x200


Holder = Mapping[str, Any] | CellType | FunctionType | State

_OWN_PARTS = ("__code__", "__defaults__", "__kwdefaults__")
"""What of a function object may be replaced after it was read."""


class Dependencies:
    """What reading a function and its helpers has looked up, each once; helpers share it with their caller."""

    def __init__(self) -> None:
        self._entries: dict[tuple[int, str], tuple[Holder, str, Any]] = {}
        self._functions: dict[Any, UserFunction] = {}
        self._states: dict[Any, Any] = {}
        self._names: dict[tuple[int, str], str] = {}

    def record(self, holder: Holder, name: str, value: Any) -> None:
        """Note that `name` was found in `holder` (a dict of globals or a cell) with this value."""
        self._entries.setdefault((id(holder), name), (holder, name, value))

    def name(self, holder: Holder, name: str, captured: str) -> None:
        """Note which parameter a value that was looked up comes in by, if it becomes one."""
        self._names[id(holder), name] = captured

    def place(self, captured: str, value: Any) -> tuple[Holder, str] | None:
        """Return the one place where a captured value was found, and can be looked up again; None if there are more."""
        found = [
            (holder, name)
            for key, (holder, name, known) in self._entries.items()
            if known is value and self._names.get(key) == captured
        ]
        return found[0] if len(found) == 1 else None

    def object_state(self, value: Any) -> ObjectState:
        """Return the attributes of an object as a place to look names up in, the same for the same object."""
        return self._state(("object", id(value)), lambda: ObjectState(value, type(value)))  # type: ignore[no-any-return]

    def class_state(self, cls: type) -> Any:
        """Return the attributes of a class as a place to look names up in."""
        return self._state(("class", cls), lambda: ClassState(cls))

    def contents(self, value: Any) -> Contents:
        """Return the items of a container as a place to look them up in."""
        keys = tuple(value) if isinstance(value, dict) else tuple(range(len(value)))
        return self._state(("items", id(value)), lambda: Contents(value, keys))  # type: ignore[no-any-return]

    def _state(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self._states:
            self._states[key] = make()
        return self._states[key]

    def function(self, function: FunctionType | MethodType) -> UserFunction:
        """Return the entity of a function, the same for the same object; a rule for it may be declared later."""
        if function not in self._functions:
            entity = UserFunction(function.__qualname__, lambda: _read(function, self), function)
            self._functions[function] = entity
            self.record(DECLARED, str(id(function)), ABSENT)
        return self._functions[function]

    @property
    def entries(self) -> list[tuple[Holder, str, Any]]:
        """Holder, name and value of each look-up, in order; the value is `ABSENT` for a name that was not bound."""
        return list(self._entries.values())


def watcher(dependencies: Sequence[tuple[Holder, str, Any]]) -> Callable[[], bool]:
    """Return a function that tells whether every name is still bound to the object that it was bound to.

    It is made for being called often: one expression, no loop.
    """
    names: dict[str, Any] = {"absent": ABSENT, "present": _present}
    terms = []
    for k, (holder, name, value) in enumerate(dependencies):
        names[f"value{k}"] = value
        if isinstance(holder, FunctionType):
            names[f"holder{k}"] = holder
            terms.append(f"holder{k}.{name} is value{k}")
        elif isinstance(holder, dict):
            names[f"get{k}"] = holder.get
            terms.append(f"get{k}({name!r}, absent) is value{k}")
        else:
            names[f"holder{k}"] = holder
            terms.append(f"present(holder{k}, {name!r}) is value{k}")
    return eval(f"lambda: {' and '.join(terms) or True}", names)  # type: ignore[no-any-return]


def _present(holder: Holder, name: str) -> Any:
    if isinstance(holder, FunctionType):
        return getattr(holder, name)
    if isinstance(holder, CellType):
        try:
            return holder.cell_contents
        except ValueError:
            return ABSENT
    return holder.get(name, ABSENT)


def look_up(holder: Holder, name: str) -> Any:
    """Return what stands under a name by now; `ABSENT` where nothing does."""
    return _present(holder, name)


@dataclass(frozen=True, slots=True)
class ClassState:
    """The attributes of a class and of what it inherits from, as a place in which names are looked up."""

    cls: type

    def get(self, name: str, default: Any = None) -> Any:
        """Return an attribute as it stands in the class."""
        return next((vars(base)[name] for base in self.cls.__mro__ if name in vars(base)), default)


class LiveScope:
    """The closure, globals and builtins of a function object, read when asked."""

    def __init__(self, function: FunctionType, dependencies: Dependencies | None = None) -> None:
        self._globals = function.__globals__
        self._cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        self.record = dependencies if dependencies is not None else Dependencies()

    @property
    def dependencies(self) -> list[tuple[Holder, str, Any]]:
        """What has been looked up so far, through this scope and those of helpers found through it."""
        return self.record.entries

    def lookup(self, name: str) -> Entity | None:
        """Return what a name is bound to at this moment."""
        cell = self._cells.get(name)
        holder: Holder = self._globals if cell is None else cell
        value = _present(holder, name)
        self.record.record(holder, name, value)
        self.record.name(holder, name, name)
        if value is not ABSENT:
            return live_entity(value, name, self.record)
        if cell is not None:
            return Unreadable(name, "is not bound yet in the enclosing function")
        return builtin(name)

    def imported(self, path: str, level: int) -> Entity | None:
        """Return the module that an import inside a function names; importing it is what the function would do."""
        try:
            module = importlib.import_module("." * level + path, self._globals.get("__package__"))
        except ImportError:
            return None
        return live_entity(module, None, self.record)


def live_entity(obj: Any, name: str | None, record: Dependencies) -> Entity:
    """Return what an object is; look-ups made through it are recorded."""
    if has_own_rule(obj):
        return Known(obj, name)
    if isinstance(obj, ModuleType) and library_of(obj) is None:
        return Namespace(obj.__name__, lambda attribute: _module_attribute(obj, attribute, record))
    if isinstance(obj, FunctionType) and library_of(obj) is None:
        return record.function(obj)
    if isinstance(obj, MethodType) and isinstance(obj.__func__, FunctionType) and library_of(obj.__func__) is None:
        return record.function(obj)
    if isinstance(obj, functools.partial):
        args = tuple(live_entity(arg, None, record) for arg in obj.args)
        named = {key: live_entity(value, key, record) for key, value in obj.keywords.items()}
        return Partial(live_entity(obj.func, None, record), args, named)
    if type(obj) is np.vectorize and obj.otypes is None and not obj.excluded and obj.signature is None:
        return Vectorized(live_entity(obj.pyfunc, name, record))
    made = DERIVATIVES[type(obj)](obj) if type(obj) in DERIVATIVES else None
    if made is not None:
        return Derived(live_entity(made[0], name, record), **made[1])
    if isinstance(obj, equations.Solver):
        return _solver(obj, obj.primal, name, record)
    if isinstance(obj, Checkpointed):
        return Recomputed(live_entity(obj.primal, name, record))
    if isinstance(obj, MethodType) and isinstance(obj.__func__, equations.Solver):
        return _solver(obj.__func__, MethodType(obj.__func__.primal, obj.__self__), name, record)
    if isinstance(obj, MethodType) and isinstance(obj.__func__, Checkpointed):
        return Recomputed(live_entity(MethodType(obj.__func__.primal, obj.__self__), name, record))
    if isinstance(obj, _CACHED):
        return live_entity(obj.__wrapped__, name, record)
    return Known(obj, name)


def _solver(made: equations.Solver, primal: Any, name: str | None, record: Dependencies) -> Entity:
    own = made if primal is made.primal else None
    return Solver(live_entity(primal, name, record), live_entity(made.equation, None, record), made.is_fixed_point, own)


_CACHED: Any = type(functools.cache(len))
"""What `functools.lru_cache` returns: the function, as far as its values go."""


def _module_attribute(module: ModuleType, name: str, record: Dependencies) -> Entity | None:
    try:
        value = getattr(module, name)
    except AttributeError:
        return None
    except Exception as error:  # a module's own `__getattr__`
        return Unreadable(f"{module.__name__}.{name}", f"cannot be read ({error})")
    if name in vars(module):
        record.record(vars(module), name, value)
    return live_entity(value, name, record)


def live_function(function: Callable[..., Any]) -> FunctionSource:
    """Return the source of a function object.

    Parameters
    ----------
    function : callable
        A Python function, lambda or bound method. A function that s2sad compiled stands for the one that it was
        compiled from.

    Raises
    ------
    DifferentiationError
        Where there is no such text: S2S006 no source, S2S007 the file has changed, S2S011 a generator or coroutine,
        S2S012 not a Python function.
    """
    if isinstance(function, equations.Solver):
        source = live_function(function.primal)
        return calling(source, live_entity(function, None, source.scope.record))  # type: ignore[attr-defined]
    if library_of(function) == "s2sad" and hasattr(function, "primal"):
        function = function.primal
    if has_own_rule(function):
        message = f"`{function.__name__}` has a rule of its own, so its text is not differentiated"
        advice = "differentiate a function that calls it, such as `lambda x: f(x)`"
        raise DifferentiationError([Diagnostic("S2S203", message, advice)])
    if type(function) is functools.partial:
        return _read_partial(function)
    call = ClassState(type(function)).get("__call__")
    if is_object(function) and isinstance(call, FunctionType):
        function = MethodType(call, function)
    if isinstance(function, FunctionType | MethodType) and isinstance(_plain(function), FunctionType):
        return _read(function, Dependencies())
    _refuse_callable(function)


def _read_partial(function: functools.partial[Any]) -> FunctionSource:
    """Read the function that a partial application calls; what is passed by keyword is a default."""
    source = live_function(function.func)
    record = source.scope.record  # type: ignore[attr-defined]
    given = tuple(live_entity(value, None, record) for value in function.args)
    defaults = {name: live_entity(value, None, record) for name, value in function.keywords.items()}
    return replace(source, bound=(*source.bound, *given), defaults={**source.defaults, **defaults})


def _plain(function: FunctionType | MethodType) -> Any:
    return function.__func__ if isinstance(function, MethodType) else function


def _read(function: FunctionType | MethodType, record: Dependencies) -> FunctionSource:
    plain: FunctionType = _plain(function)
    code = plain.__code__
    kind = _kind_of_code(code)
    if kind is not None:
        _refuse(code, "S2S011", f"`{plain.__qualname__}` is {kind}", "differentiate an ordinary function")
    for part in _OWN_PARTS:
        record.record(plain, part, getattr(plain, part))
    file, node = _find(plain)
    bound: tuple[Entity, ...] = ()
    if isinstance(function, MethodType):
        first = next(iter(code.co_varnames), "self")
        bound = (live_entity(function.__self__, first, record),)
    name = "<lambda>" if isinstance(node, ast.Lambda) else _name(plain)
    return FunctionSource(name, convert(file, node), file, LiveScope(plain, record), _defaults(plain, record), bound)


def _kind_of_code(code: CodeType) -> str | None:
    if code.co_flags & _COROUTINE:
        return "a coroutine"
    if code.co_flags & (_GENERATOR | _ASYNC_GENERATOR):
        return "a generator"
    return None


def _name(function: FunctionType) -> str:
    """Return `f` or `Class.method`: the qualified name from the last enclosing function on."""
    code_name = getattr(function.__code__, "co_qualname", function.__qualname__)
    name: str = code_name.rpartition("<locals>.")[2]
    return name if name.rpartition(".")[2] == function.__code__.co_name else function.__code__.co_name


def _defaults(function: FunctionType, record: Dependencies) -> dict[str, Entity]:
    code, values = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(values) : code.co_argcount]
    pairs = {**dict(zip(names, values, strict=True)), **(function.__kwdefaults__ or {})}
    return {name: live_entity(value, None, record) for name, value in pairs.items()}


def _find(function: FunctionType) -> tuple[SourceFile, AstFunction]:
    """Find the definition that a function object was compiled from."""
    code = function.__code__
    for attempt in range(2):
        if attempt:
            # what the cache holds does not match; the file itself may
            linecache.checkcache(code.co_filename)
        text = "".join(linecache.getlines(code.co_filename, function.__globals__))
        if not text.strip():
            continue
        file = open_source(code.co_filename, text)
        node = find_definition(file, code)
        if node is not None:
            return file, node
    if not text.strip() or code.co_filename.startswith("<"):
        _refuse(
            code,
            "S2S006",
            f"the source of `{function.__qualname__}` is not available",
            "define the function in a file or a notebook cell, not by `exec` or in the plain interactive interpreter",
        )
    _refuse(
        code,
        "S2S007",
        f"the text of `{function.__qualname__}` is not what was imported",
        "the file has changed since, or the function was rewritten: import it again",
    )


def _refuse(code: CodeType, number: str, message: str, advice: str) -> NoReturn:
    span = Span(code.co_filename, code.co_firstlineno, 0, code.co_firstlineno, 0)
    line = linecache.getline(code.co_filename, code.co_firstlineno).rstrip("\n") or None
    raise DifferentiationError([Diagnostic(number, message, advice, span, line)])


def _is_of_library(f: Any) -> bool:
    return isinstance(f, BuiltinFunctionType) or library_of(f) is not None


_KINDS_OF_CALLABLE: tuple[tuple[Callable[[Any], bool], str, str], ...] = (
    (lambda f: isinstance(f, type), "a class", "differentiate a function"),
    (_is_of_library, "not written in Python of yours", "differentiate a function that calls it"),
    (callable, "a callable object", "differentiate its `__call__` method or a function that calls it"),
    (lambda f: True, "not a function", "give a function that is written in Python"),
)  # fmt: skip


def _refuse_callable(obj: Any) -> NoReturn:
    name = getattr(obj, "__qualname__", None) or getattr(obj, "__name__", None) or type(obj).__qualname__
    kind, advice = next((kind, advice) for test, kind, advice in _KINDS_OF_CALLABLE if test(obj))
    raise DifferentiationError([Diagnostic("S2S012", f"`{name}` is {kind}, so it has no text to read", advice)])
