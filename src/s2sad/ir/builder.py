"""Building programs: operations are appended to a region under construction, and typed as they are made."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from s2sad.ir.dims import Dim
from s2sad.ir.program import Call, Constant, Exit, ExitKind, Form, If, Operation, Origin, Region, Scan, Source, Value
from s2sad.ir.types import Literal, Record, Type, identified


class Infer(Protocol):
    """Computes the type of a call's result from the types of its arguments."""

    def __call__(
        self, function: Callable[..., Any], form: Form, args: tuple[Type, ...], kwargs: dict[str, Type]
    ) -> Type:
        """Return the type of the result."""
        ...


@dataclass(slots=True, repr=False)
class Builder:
    """A region under construction; `origin` is given to what is built next.

    `definitions` has the operation that made each value, in this region and all those built together with it; `births`
    has how many values had come before it, parameters of regions that were noted included; `lengths` has, for a
    symbolic length, an array and the axis of it that has this length.
    """

    infer: Infer
    origin: Origin = Origin()
    operations: list[Operation] = field(default_factory=list)
    definitions: dict[Value, Operation] = field(default_factory=dict)
    births: dict[Value, int] = field(default_factory=dict)
    lengths: dict[Dim, tuple[Value, int]] = field(default_factory=dict)

    def nested(self) -> Builder:
        """Return a builder for a region inside this one."""
        return Builder(self.infer, self.origin, definitions=self.definitions, births=self.births, lengths=self.lengths)

    @property
    def clock(self) -> int:
        """How many values have come so far."""
        return len(self.births)

    def enter(self, param: Value) -> None:
        """Note a parameter of this region: it comes before what is made in the region."""
        self.births[param] = self.clock

    def add(self, operation: Operation) -> None:
        """Append an operation that exists already."""
        self.operations.append(operation)
        self.births.update(dict.fromkeys(operation.results, self.clock))
        self.definitions.update(dict.fromkeys(operation.results, operation))

    def constant(self, value: Any, hint: str | None = None, name: str | None = None) -> Value:
        """Append a constant and return its value."""
        result = Value(Literal(value), hint)
        self.add(Constant(value, result, self.origin, name))
        return result

    def call(
        self,
        function: Callable[..., Any],
        *args: Value,
        form: Form = Form.FUNCTION,
        spelling: str | None = None,
        hint: str | None = None,
        named: bool = False,
        type_: Type | None = None,
        keywords: Mapping[str, Value] | None = None,
        **kwargs: Value,
    ) -> Value:
        """Append a call with one result and return that; what is passed by keyword comes by name or in `keywords`.

        An item of a record is read as an attribute, whatever the form that is asked for.
        """
        kwargs.update(keywords or {})
        if function is operator.getitem and isinstance(args[0].type, Record):
            form, spelling = Form.ATTRIBUTE, getattr(args[1].type, "value", None)
        if type_ is None:
            types = tuple(arg.type for arg in args)
            type_ = identified(self.infer(function, form, types, {key: value.type for key, value in kwargs.items()}))
        result = Value(type_, hint, named)
        self.add(Call(function, (*args, *kwargs.values()), tuple(kwargs), (result,), self.origin, form, spelling))
        return result

    def branch(self, test: Value, then: Region, orelse: Region, results: tuple[Value, ...]) -> If:
        """Append an `if`."""
        operation = If(test, then, orelse, results, self.origin)
        self.add(operation)
        return operation

    def scan(
        self,
        sources: tuple[Source, ...],
        initial: tuple[Value, ...],
        body: Region,
        results: tuple[Value, ...],
        strict: bool = True,
        test: Region | None = None,
    ) -> Scan:
        """Append a loop."""
        operation = Scan(sources, initial, body, results, self.origin, strict, test)
        self.add(operation)
        return operation

    def region(self, params: tuple[Value, ...], values: tuple[Value, ...], kind: ExitKind = ExitKind.YIELD) -> Region:
        """Close the region."""
        return Region(params, tuple(self.operations), Exit(kind, values))
