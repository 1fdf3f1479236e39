"""The state of lowering: the function being read, what its names are bound to, and the region under construction.

Handlers for each class of syntax register themselves in two tables. A class without a handler is refused by name, so
nothing in a program is ever skipped in silence.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, NoReturn

import gast

from s2sad.analysis.infer import infer
from s2sad.errors import Diagnostic, DifferentiationError
from s2sad.frontend.attributes import State, Variable, Variables
from s2sad.frontend.memory import Lost, Memory, Stale
from s2sad.frontend.records import is_object
from s2sad.frontend.recovery import check_poison, recovering
from s2sad.frontend.scope import Collection, Compound, Entity, Known, Made, Namespace, Unreadable, UserFunction
from s2sad.frontend.source import FunctionSource
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.program import Form, Origin, Statement, Value
from s2sad.ir.types import Literal


@dataclass(frozen=True, slots=True)
class Closure:
    """A function defined inside the function that is being lowered; it sees the variables of `frame` as they are."""

    source: FunctionSource
    frame: Frame


BINDING_CLASSES = (Value, Known, Made)
Binding = Value | Entity | Closure
"""What a name or an expression stands for: a value of the program, or something known while compiling."""


@dataclass(slots=True, eq=False, repr=False)
class Frame:
    """One activation of a function: its text, its variables, and the frames around it."""

    source: FunctionSource
    env: dict[str, Binding]
    local_names: frozenset[str]
    depth: int = 0
    outer: Frame | None = None
    """The frame in which a nested function was defined."""
    caller: Frame | None = None
    loops: int = 0
    """How many loops of the function the statement at hand stands in."""
    result_hint: str | None = None
    """The name for what the function returns."""
    path: tuple[int, ...] = ()
    """The calls by which the function was reached."""


_MAX_OPERATIONS = 20_000

Expression = Callable[["Context", Any], Binding]
StatementHandler = Callable[["Context", Any], None]
EXPRESSIONS: dict[type, Expression] = {}
STATEMENTS: dict[type, StatementHandler] = {}


def expression(*classes: type) -> Callable[[Expression], Expression]:
    """Register the handler of classes of expressions."""

    def register(handler: Expression) -> Expression:
        EXPRESSIONS.update(dict.fromkeys(classes, handler))
        return handler

    return register


def statement(*classes: type) -> Callable[[StatementHandler], StatementHandler]:
    """Register the handler of classes of statements."""

    def register(handler: StatementHandler) -> StatementHandler:
        STATEMENTS.update(dict.fromkeys(classes, handler))
        return handler

    return register


@dataclass(slots=True, eq=False, repr=False)
class Context:
    """Everything that a handler works on."""

    frame: Frame
    builder: Builder = field(default_factory=lambda: Builder(infer))
    memory: Memory = field(init=False)
    node: Any = None
    """The syntax that is being lowered."""
    hint: str | None = None
    """The name that the value of the expression at hand will be bound to."""
    captures: dict[str, tuple[Value, Any]] = field(default_factory=dict)
    """Arrays and objects read from globals and closures: the parameter made for each, and the object."""
    unbound: set[Value] = field(default_factory=set)
    """Values of variables that some path may not have bound: None stands for that."""
    checked: set[Value] = field(default_factory=set)
    """Those of them that have been found to be bound on the way here."""
    numbers: set[Value] = field(default_factory=set)
    """Variables of unknown type that are numbers or arrays, as they began as such and only `+=` has been applied."""
    turning: int = 0
    """How many loops around are lowered turn by turn."""
    unclear: set[Any] = field(default_factory=set)
    """Loops of which that does not tell what shares memory."""
    objects: dict[Any, State] = field(default_factory=dict)
    """What each object that has been made holds at this point."""
    records: dict[Any, Value | None] = field(default_factory=dict)
    """The objects for which a value of the program stands, with that value where it is made in their own region."""
    changing: dict[Any, tuple[tuple[Any, ...], tuple[str, ...]]] = field(default_factory=dict)
    """For each loop, the attributes that its trips were found to assign to, and the names that it cannot hand on."""
    regions: list[tuple[Builder, Builder, bool]] = field(default_factory=list)
    """The regions under construction, with what is around each, and whether changes of attributes are handed on."""
    problems: dict[Diagnostic, None] = field(default_factory=dict)
    """What has been refused so far."""
    loop_types: dict[Any, Any] = field(default_factory=dict)
    """What was found of each loop when it was last lowered, to begin with when it is lowered again."""
    recursion: Any = None
    """What is known of functions that call themselves (`recursion.Recursion`), once there is one."""

    def __post_init__(self) -> None:
        self.memory = Memory(self.builder.definitions, self.builder.births)

    # -- refusing ------------------------------------------------------------------------------------------------

    def refuse(self, code: str, message: str, advice: str, node: Any) -> NoReturn:
        """Raise a located `DifferentiationError`."""
        raise DifferentiationError([self.frame.source.file.diagnostic(code, message, advice, node)])

    # -- walking -------------------------------------------------------------------------------------------------

    def lower(self, node: Any, hint: str | None = None) -> Binding:
        """Lower an expression; its value, if one is made, will be bound to the variable `hint`."""
        if len(self.builder.definitions) > _MAX_OPERATIONS:
            advice = "differentiate a part of it, or use loops"
            self.refuse("S2S103", "the function is too large once its calls and loops are expanded", advice, node)
        handler = EXPRESSIONS.get(type(node))
        if handler is None:
            kind = type(node).__name__
            self.refuse("S2S100", f"expressions of the kind {kind} are not supported", "write it in other terms", node)
        outer_hint, self.hint = self.hint, hint
        try:
            with self.at(node):
                return handler(self, node)
        finally:
            self.hint = outer_hint

    def value(self, node: Any, hint: str | None = None) -> Value:
        """Lower an expression that must be a value of the program."""
        return self.as_value(self.lower(node, hint), node)

    def run(self, node: Any) -> None:
        """Lower a statement."""
        self.hint = None
        handler = STATEMENTS.get(type(node))
        if handler is None:
            what, advice = _UNSUPPORTED.get(
                type(node), (f"statements of the kind {type(node).__name__}", "write it in other terms")
            )
            with recovering(self, node):
                self.refuse("S2S101", f"{what} are not supported", advice, node)
            return
        with recovering(self, node), self.at(node, is_statement=True):
            handler(self, node)

    @contextmanager
    def at(self, node: Any, is_statement: bool = False) -> Any:
        """Give what is built meanwhile its place in the source; inlined code belongs to the statement that calls it."""
        before, node_before = self.builder.origin, self.node
        self.node = node
        file = self.frame.source.file
        span = file.span(node)
        shown = before.statement
        if is_statement and (self.frame.depth == 0 or shown is None):
            shown = Statement(file.segment(node), span, self.frame.depth)
        self.builder.origin = Origin(span, shown)
        try:
            yield
        finally:
            self.builder.origin, self.node = before, node_before

    # -- names ---------------------------------------------------------------------------------------------------

    def read(self, name: str, node: Any) -> Binding:
        """Return what a name stands for."""
        frame: Frame | None = self.frame
        while frame is not None:
            if name in frame.env:
                binding = frame.env[name]
                if isinstance(binding, Value):
                    self.check_bound(binding, name)
                return binding
            if name in frame.local_names:
                break
            frame = frame.outer
        if frame is not None:
            self.refuse("S2S110", f"the variable {name!r} may be read before it is bound", f"bind {name!r} first", node)
        entity = self.frame.source.scope.lookup(name)
        if entity is None:
            self.refuse("S2S111", f"the name {name!r} is not defined", "define or import it", node)
        return entity

    def check_bound(self, value: Value, name: str) -> None:
        """Append the check that a variable is bound, where it may not be."""
        if value in self.unbound and value not in self.checked:
            self.checked.add(value)
            text = self.builder.constant(name)
            self.builder.call(primitives.check_bound, value, text, type_=Literal(None))

    def bind(self, name: Variable, binding: Binding) -> None:
        """Bind a variable of the current frame, or an attribute."""
        if isinstance(binding, Value):
            self.memory.place(binding)
        self.variables[name] = binding

    @property
    def variables(self) -> Variables:
        """What variables and attributes are bound to at this point."""
        return Variables(self)

    @property
    def is_named(self) -> bool:
        """Whether the value at hand is a variable of the function itself, not of an inlined one."""
        return self.hint is not None and self.frame.depth == 0

    def call(self, function: Callable[..., Any], *args: Value, **options: Any) -> Value:
        """Append a call, of what its operands stand for by now; the result has the name at hand."""
        from s2sad.frontend.operators import check_operands

        args = tuple(map(self.current, args))
        check_operands(self, function, args, options.get("form", Form.FUNCTION))
        result = self.builder.call(function, *args, hint=self.hint, named=self.is_named, **options)
        # what it shares its memory with must be known before the next store
        self.memory.place(result)
        return result

    def current(self, value: Value) -> Value:
        """Return what a reference stands for by now, after all stores."""
        found = self.settled(value)
        if isinstance(found, Lost):
            self.refuse_stale(found.root.initial.hint or value.hint, found.store)
        return found

    def settled(self, value: Value) -> Value | Lost:
        """Return what a reference stands for by now, or what to bind where that cannot be told."""
        try:
            return self.memory.current(value, self.builder)
        except Stale as error:
            return Lost(error.root, error.store)

    def is_arithmetic(self, value: Value) -> bool:
        """Tell whether a value of unknown type is a number or an array that arithmetic has made."""
        return value in self.numbers or self.memory.is_made(value)

    def refuse_stale(self, name: str | None, store: Any) -> NoReturn:
        """Refuse to read what a store may have changed."""
        what = f"{name!r} may share" if name else "what is read here may share"
        line = getattr(store, "lineno", None)
        message = f"{what} its memory with what line {line} writes into, which cannot be told for sure"
        self.refuse("S2S142", message, "take a copy of one of the two, with `.copy()`, or give types", self.node)

    def as_value(self, binding: Binding, node: Any) -> Value:
        """Turn what is known while compiling into a constant of the program."""
        match binding:
            case Value():
                return self.current(binding)
            case Lost():
                self.refuse_stale(binding.root.initial.hint, binding.store)
            case Known(value, name):
                return self._constant(value, name, node)
            case UserFunction() | Closure():
                message = "a function is used as a value here"
                self.refuse("S2S112", message, "call it, or pass it straight to a function that calls it", node)
            case Made():
                return binding.as_value(self, node)  # type: ignore[no-any-return]
            case Collection(kind=kind, items=items) if kind is tuple:
                return self.call(primitives.make_tuple, *(self.as_value(item, node) for item in items))
            case Compound(description=what):
                check_poison(binding)
                advice = "use it in the expression in which it stands, or call it"
                self.refuse("S2S112", f"{what} is used as a value here", advice, node)
            case Namespace(name=name):
                self.refuse("S2S112", f"the module {name!r} is used as a value here", "name what you need of it", node)
            case Unreadable(name, reason):
                advice = f"pass {name!r} as an argument of the function"
                self.refuse(
                    "S2S113", f"the value of {name!r} is not known without running the file: it {reason}", advice, node
                )

    def _constant(self, value: Any, name: str | None, node: Any) -> Value:
        if isinstance(value, ModuleType):
            self.refuse(
                "S2S112", f"the module {value.__name__!r} is used as a value here", "name what you need of it", node
            )
        if is_printable(value):
            return self.builder.constant(value, name=name if isinstance(value, int | float | complex | str) else None)
        if name is None:
            advice = "pass it as an argument of the function"
            self.refuse(
                "S2S114", f"an object of the class {type(value).__name__} cannot be part of the program", advice, node
            )
        return self.capture(name, value, node)

    def capture(self, name: str, value: Any, node: Any) -> Value:
        """Return the parameter through which an array or container from around the function comes in."""
        from s2sad.frontend.arguments import captured_type

        root = self.frame
        while root.caller is not None:
            root = root.caller
        clash = name in root.local_names or (name in self.captures and self.captures[name][1] is not value)
        if clash:
            advice = "rename one of them, or pass it as an argument"
            self.refuse(
                "S2S115", f"{name!r} stands for two things: a variable and a global or closure value", advice, node
            )
        if name not in self.captures:
            self.captures[name] = (Value(captured_type(value), name, True), value)
        return self.captures[name][0]

    # -- regions -------------------------------------------------------------------------------------------------

    @contextmanager
    def region(self, hands_on: bool = False) -> Any:
        """Build into a region of its own, with all changes of variables undone at its end; yields the builder.

        Attributes of objects may change in regions that are lowered for a caller which hands such changes on.
        """
        outer, env, checked, memory = self.builder, dict(self.frame.env), set(self.checked), self.memory.snapshot()
        objects = dict(self.objects)
        self.builder = outer.nested()
        self.regions.append((self.builder, outer, hands_on))
        try:
            yield self.builder
        finally:
            self.regions.pop()
            self.builder = outer
            self.frame.env = env
            self.objects = objects
            self.checked = checked
            self.memory.restore(memory)

    def reaches(self, home: Builder) -> bool:
        """Tell whether an attribute of an object made in the region `home` can be assigned to here."""
        here = self.builder
        for inner, outer, hands_on in reversed(self.regions):
            if here is home or inner is not here or not hands_on:
                break
            here = outer
        return here is home

    @contextmanager
    def expression_region(self) -> Any:
        """Build a part of an expression that may not be reached into a region of its own: it may change nothing."""
        env, versions = dict(self.frame.env), dict(self.memory.versions)
        with self.region() as inner:
            yield inner
            rebound = any(env.get(name) is not binding for name, binding in self.frame.env.items())
            if rebound:
                message, advice = "an assignment expression stands", "assign in a statement of its own"
            else:
                message, advice = "a call that stores into an array or a list stands", "make it a statement of its own"
            if rebound or any(versions.get(root) is not version for root, version in self.memory.versions.items()):
                self.refuse("S2S125", f"{message} where it may not be reached", advice, self.node)


_UNSUPPORTED: dict[type, tuple[str, str]] = {
    gast.Try: ("`try` statements", "move them out of the function"),
    gast.With: ("`with` statements", "enter the context before the function is called"),
    gast.Raise: ("`raise` statements", "check the arguments before the function is called"),
    gast.Assert: ("`assert` statements", "check the arguments before the function is called"),
    gast.Delete: ("`del` statements", "leave the name bound"),
    gast.Global: ("`global` statements", "pass the value as an argument and return the new one"),
    gast.Nonlocal: ("`nonlocal` statements", "pass the value as an argument and return the new one"),
    gast.Match: ("`match` statements", "write it with `if` and `elif`"),
    gast.Import: ("imports inside a function", "import at the top of the file"),
    gast.ImportFrom: ("imports inside a function", "import at the top of the file"),
    gast.ClassDef: ("classes inside a function", "define the class at the top of the file"),
}
"""What is said of a statement that has no handler, and what to do instead."""


def is_printable(value: Any) -> bool:
    """Tell whether a value can stand in the program as a constant."""
    import numpy as np

    if isinstance(value, tuple):
        return all(map(is_printable, value))
    if value is None or value is Ellipsis or isinstance(value, bool | int | float | complex | str | slice | range):
        return True
    return isinstance(value, np.generic | np.dtype | type) or (callable(value) and not is_object(value))
