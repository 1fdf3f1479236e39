"""What is known of recursive functions, and what the variables of frames around a procedure are inside it.

A nested function may read variables of the functions around it. A procedure gets these as further parameters: the
frames around it are seen through `Lifted`, which makes a parameter of each value that is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

from s2sad.frontend.context import Binding, Closure, Context, Frame
from s2sad.frontend.procedure_types import Pattern, plain
from s2sad.frontend.records import is_object
from s2sad.frontend.scope import Applied, Compound, Decorated, Derived, Known, UserFunction
from s2sad.frontend.source import FunctionSource
from s2sad.ir.procedures import Procedure
from s2sad.ir.program import Value
from s2sad.ir.types import UNDEFINED, Literal, Type

ADJOINT = "s2sad.adjoint"
"""The name of a procedure that changes an adjoint; it is never printed."""


@dataclass(slots=True, eq=False)
class Instance:
    """A procedure that is made, or being made, of a function for arguments of certain types.

    `fixed` has the arguments that are known while compiling, `captures` the objects and `lifted` the variables of
    functions around it that it reads; `read` has what else it found there. A procedure at work has a `level`.
    """

    source: FunctionSource
    procedure: Procedure
    key: Any
    fixed: dict[str, Binding]
    pattern: Pattern
    outer: Frame | None
    result: Type = UNDEFINED
    captures: dict[str, Any] = field(default_factory=dict)
    lifted: dict[tuple[Frame, int, str], Type] = field(default_factory=dict)
    read: dict[tuple[Frame, int, str], Any] = field(default_factory=dict)
    loose: set[Any] = field(default_factory=set)
    level: Level | None = None
    is_widened: bool = False
    is_called: bool = False
    """Whether it has been called in its own body."""
    depends: int | None = None
    """How many procedures are around the outermost one, of those still being made, that it calls."""


@dataclass(slots=True, eq=False)
class Level:
    """One round of lowering a procedure: the frames around the function as they are seen from inside it."""

    instance: Instance
    depth: int
    state: Recursion
    ctx: Context
    frames: dict[Frame, Frame] = field(default_factory=dict)
    params: dict[tuple[Frame, int, str], Value] = field(default_factory=dict)

    def lift(self, frame: Frame) -> Frame:
        """Return a frame from around the procedure with parameters in place of values."""
        if frame not in self.frames:
            outer = None if frame.outer is None else self.lift(frame.outer)
            seen = Frame(frame.source, {}, frame.local_names, frame.depth, outer, None, path=frame.path)
            seen.env = Lifted(self, frame)
            self.frames[frame] = seen
            self.state.origins[seen] = frame
        return self.frames[frame]

    def lifted(self, binding: Binding) -> Binding:
        """Return a function as it is inside: what it reads from around the procedure becomes parameters."""
        match binding:
            case Closure(source, home):
                return Closure(source, self.lift(home))
            case Derived(function):
                return replace(binding, function=self.lifted(function))
            case _:
                return binding

    def look(self, frame: Frame, name: str, binding: Binding) -> Binding:
        """Return what a variable of a frame around the procedure is inside it."""
        place = (*self.state.origin(frame, self.depth), name)
        match binding:
            case Value():
                if place not in self.params:
                    if binding in self.ctx.unbound:
                        self.state.refuse(self.ctx, self.instance, f"{name!r} may not be bound where it is read")
                    value = Value(plain(binding.type), name, True)
                    self.ctx.memory.fresh(value)
                    self.params[place] = value
                return self.params[place]
            case Closure() | Derived():
                for level in self.state.levels[place[1] : self.depth]:
                    binding = level.lifted(binding)
                self.instance.read[place] = self.state.key(binding, self.depth)
                return self.lifted(binding)
            case Compound() if not isinstance(binding, Decorated):
                what = f"it reads {name!r}, which is {binding.description}, from the function around it"
                self.state.refuse(self.ctx, self.instance, what)
            case _:
                self.instance.read[place] = self.state.key(binding, self.depth)
                return binding


class Lifted(dict[str, Binding]):
    """The variables of a frame from around a procedure, as they are seen from inside it."""

    def __init__(self, level: Level, frame: Frame) -> None:
        super().__init__(frame.env)
        self._level, self._frame = level, frame

    def __getitem__(self, name: str) -> Binding:
        return self._level.look(self._frame, name, super().__getitem__(name))

    def get(self, name: str, default: Any = None) -> Any:
        """Return the variable, or the default where it is not bound."""
        return self[name] if super().__contains__(name) else default


@dataclass(slots=True, eq=False)
class Recursion:
    """What is known of recursive functions: the functions, the procedures made of them, and those being made."""

    nodes: set[Any] = field(default_factory=set)
    instances: list[Instance] = field(default_factory=list)
    levels: list[Level] = field(default_factory=list)
    origins: dict[Frame, Frame] = field(default_factory=dict)
    derivatives: dict[Any, Procedure] = field(default_factory=dict)
    """What has been made of procedures whose derivatives are called."""

    def origin(self, frame: Frame, depth: int) -> tuple[Frame, int]:
        """Return the activation that a frame stands for, and how many procedures are around that."""
        while frame in self.origins:
            frame, depth = self.origins[frame], depth - 1
        return frame, depth

    def key(self, binding: Any, depth: int) -> Any:
        """Return what tells a function or a known object from others; None where it can't be told."""
        match binding:
            case Closure(source, frame):
                return source.node, *self.origin(frame, depth)
            case UserFunction(source):
                bound = tuple(self.key(one, depth) for one in source.bound)
                return None if None in bound else (source.node, *bound)
            case Derived(function, argnums, mode, with_value, has_aux):
                inner = self.key(function, depth)
                return None if inner is None else ("derived", inner, repr(argnums), mode, with_value, has_aux)
            case Applied(procedure):
                return "procedure", id(procedure)
            case Decorated(function=function):
                return "decorated", self.key(function, depth)
            case Known(value) if callable(value) or is_object(value):
                return "object", id(value)
            case Known(value):
                return type(value), repr(value)
            case Value(type=Literal(value)):
                return type(value), repr(value)
            case _:
                return None

    def refuse(self, ctx: Context, instance: Instance, what: str) -> NoReturn:
        """Refuse a function that is called and not lowered in place."""
        message = f"{instance.source.name!r} {instance.procedure.why}, and {what}"
        ctx.refuse("S2S133", message, "write it as a loop, or pass what it needs as arguments", ctx.node)


def recursion_of(ctx: Context) -> Recursion:
    """Return what is known of recursive functions."""
    if ctx.recursion is None:
        ctx.recursion = Recursion()
    return ctx.recursion  # type: ignore[no-any-return]
