"""Short ways to write programs down in tests."""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.dims import Symbol
from s2sad.ir.program import ExitKind, Form, Function, Origin, Parameter, Source, Value
from s2sad.ir.types import FLOAT, FLOAT64, INT, UNKNOWN, Array, Range, Type

N = Symbol("N")
VECTOR = Array(np.dtype(np.float64), (N,))
MATRIX = Array(np.dtype(np.float64), (N, N))


class Build:
    """A region being written; `derived` marks what follows as the work of differentiation."""

    def __init__(self, builder: Builder | None = None, derived: bool = False) -> None:
        self.builder = builder or Builder(lambda *_: UNKNOWN)
        if derived:
            self.derive()

    def derive(self) -> None:
        self.builder.origin = Origin(derived=True)

    def nested(self) -> Build:
        return Build(self.builder.nested())

    def const(self, value: Any) -> Value:
        return self.builder.constant(value)

    def op(
        self,
        function: Callable[..., Any],
        *args: Any,
        type_: Type = FLOAT,
        hint: str | None = None,
        named: bool = False,
    ) -> Value:
        return self.builder.call(
            function, *map(self.lift, args), form=Form.OPERATOR, type_=type_, hint=hint, named=named
        )

    def call(
        self,
        function: Callable[..., Any],
        *args: Any,
        type_: Type = FLOAT,
        hint: str | None = None,
        named: bool = False,
        **kw: Any,
    ) -> Value:
        keywords = {key: self.lift(value) for key, value in kw.items()}
        return self.builder.call(function, *map(self.lift, args), type_=type_, hint=hint, named=named, **keywords)

    def lift(self, x: Any) -> Value:
        if isinstance(x, Value):
            return x
        if isinstance(x, tuple) and any(isinstance(part, Value) for part in x):
            return self.call(primitives.make_tuple, *x, type_=UNKNOWN)
        return self.const(x)

    def range(self, *args: Any) -> Value:
        return self.builder.call(builtins.range, *map(self.lift, args), form=Form.BUILTIN, type_=Range())

    def get(self, x: Value, index: Any, type_: Type = FLOAT64, **kw: Any) -> Value:
        return self.op(operator.getitem, x, index, type_=type_, **kw)

    def set(self, x: Value, index: Any, value: Any, **kw: Any) -> Value:
        return self.call(primitives.set_at, x, index, value, type_=x.type, hint=kw.pop("hint", x.hint), **kw)

    def add(self, x: Value, index: Any, value: Any, **kw: Any) -> Value:
        return self.call(primitives.add_at, x, index, value, type_=x.type, hint=kw.pop("hint", x.hint), **kw)

    def loop(
        self,
        source: Value,
        initial: tuple[Value, ...],
        body: Callable[..., Any],
        backwards: bool = False,
        item: str = "i",
        collects: tuple[Value, ...] = (),
    ) -> tuple[Value, ...]:
        """Write a loop; `body(inner, item, *carried)` returns the next values and then what is collected."""
        inner = self.nested()
        counted = isinstance(source.type, Range)
        index = Value(INT if counted else getattr(source.type, "item", UNKNOWN), item)
        carried = tuple(Value(v.type, v.hint, v.named) for v in initial)
        out = body(inner, index, *carried)
        finals = tuple(Value(v.type, v.hint, v.named) for v in initial)
        region = inner.builder.region((index, *carried), tuple(out))
        self.builder.scan((Source(source, backwards),), initial, region, (*finals, *collects))
        return (*finals, *collects)

    def function(self, name: str, params: tuple[Value, ...], result: Value) -> Function:
        parameters = tuple(Parameter(param.hint or "x") for param in params)
        return Function(name, parameters, self.builder.region(params, (result,), ExitKind.RETURN))


def shape_of(build: Build, x: Value, axis: int, hint: str) -> Value:
    """Write `hint = x.shape[axis]`."""
    shape = build.builder.call(np.shape, x, form=Form.ATTRIBUTE, spelling="shape", type_=UNKNOWN)
    return build.get(shape, axis, type_=INT, hint=hint, named=True)


def copy_of(build: Build, x: Value, hint: str) -> Value:
    """Write `hint = x.copy()`."""
    return build.builder.call(np.copy, x, form=Form.METHOD, spelling="copy", type_=x.type, hint=hint, named=True)


def compiled(text: str, name: str) -> Callable[..., Any]:
    """Run a module's text and return its function."""
    namespace: dict[str, Any] = {}
    exec(compile(text, "<generated>", "exec", dont_inherit=True), namespace)
    return namespace[name]


def body_of(text: str) -> str:
    """Return the lines of the last function of a module, without its header."""
    _, _, rest = text.rpartition("\ndef ")
    return "\n".join(line.removeprefix("    ") for line in rest.splitlines()[1:])
