"""The program: a structured SSA form with regions for branches and loops.

Every class is frozen, holds tuples, and is compared by identity. A program has no mutation and no order of effects: an
operation is a function of its operands, and a store is an operation whose result is a new version of the array.

An operation is one of a closed set (`Operation`), so that a pass may `match` on it:

- `Constant`: a value that is known while compiling;
- `Call`: one application of a function to values. The function object is the key by which rules, types and printing
  find the operation; `form` remembers how the user spelt it;
- `If`: two regions, one of which runs;
- `Scan`: a loop, over ranges and sequences or while a test holds, that carries values and collects lists.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from s2sad.ir.types import Type


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a file; lines count from 1 and columns from 0."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A statement of the user's, word for word; `depth` counts the inlined calls that it stands in."""

    text: str
    span: Span
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an operation comes from; `derived` marks what differentiation introduced."""

    span: Span | None = None
    statement: Statement | None = None
    derived: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One value of the program: a parameter of a region or a result of an operation.

    `hint` is the name that it should be printed under, and `named` says that this is a variable of the user's.
    """

    type: Type
    hint: str | None = None
    named: bool = False


class Form(enum.Enum):
    """How a call is spelt: `np.sum(x)`, `a + b`, `x.sum()`, `x.T`, `abs(x)`."""

    FUNCTION = "function"
    OPERATOR = "operator"
    METHOD = "method"
    ATTRIBUTE = "attribute"
    BUILTIN = "builtin"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Constant:
    """A known value; `name` is the global it was read from, to be printed as a named constant."""

    value: Any
    result: Value
    origin: Origin
    name: str | None = None

    @property
    def operands(self) -> tuple[Value, ...]:
        """No values are read."""
        return ()

    @property
    def results(self) -> tuple[Value, ...]:
        """The constant itself."""
        return (self.result,)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Call:
    """`function(*operands)`; the last `len(keywords)` operands are passed by these names.

    `spelling` is the name of a method, attribute or builtin (`form` tells which). A call has several results only when
    the function is `unpack`.
    """

    function: Callable[..., Any]
    operands: tuple[Value, ...]
    keywords: tuple[str, ...]
    results: tuple[Value, ...]
    origin: Origin
    form: Form = Form.FUNCTION
    spelling: str | None = None

    @property
    def positional(self) -> tuple[Value, ...]:
        """The operands that are passed by position."""
        return self.operands[: len(self.operands) - len(self.keywords)]

    @property
    def named(self) -> dict[str, Value]:
        """The operands that are passed by keyword."""
        return dict(zip(self.keywords, self.operands[len(self.positional) :], strict=True))

    @property
    def result(self) -> Value:
        """The only result."""
        (result,) = self.results
        return result

    def reading(self, operands: tuple[Value, ...]) -> Call:
        """Return the call with other operands; the call itself where they are its own."""
        return self if operands == self.operands else replace(self, operands=operands)


class ExitKind(enum.Enum):
    """How a region ends.

    `BREAK` and `CONTINUE` hand values on as `YIELD` does. They say of an arm of an `If` that the user left the body of
    the loop there, so that nothing after the `If` but the handing on of its results takes place on this way; the arm of
    a `BREAK` hands on True for what stops the loop.
    """

    YIELD = "yield"
    BREAK = "break"
    CONTINUE = "continue"
    RETURN = "return"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Exit:
    """The end of a region, and the values that it hands on."""

    kind: ExitKind
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Region:
    """Operations in order, with parameters and one exit; it may read any value of the regions around it."""

    params: tuple[Value, ...]
    operations: tuple[Operation, ...]
    exit: Exit


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class If:
    """`then` runs where `test` is true, else `orelse`; both yield one value for each result."""

    test: Value
    then: Region
    orelse: Region
    results: tuple[Value, ...]
    origin: Origin

    @property
    def operands(self) -> tuple[Value, ...]:
        """The values read directly; what the regions read is `free_values`."""
        return (self.test,)


@dataclass(frozen=True, slots=True)
class Source:
    """What a loop iterates: a range, a sequence or an array, backwards if so marked."""

    value: Value
    backwards: bool = False


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scan:
    """A loop in step over `sources`, or while `test` holds.

    The parameters of `body` are an item of each source, then each carried value; it yields each carried value's next
    version, then the items to collect, then, if it yields one value more than there are results, whether the loop ends
    after this trip. The results are the carried values' last versions (the initial ones after no trip), then one list
    for each collected item. Where `strict` the sources have one length; otherwise the shortest ends the loop.

    `test` has no parameters, reads those of the body, and yields whether there is another trip; it is computed before
    each trip, and what is made in it is not visible outside it. A loop without sources has a test or stops itself.
    """

    sources: tuple[Source, ...]
    initial: tuple[Value, ...]
    body: Region
    results: tuple[Value, ...]
    origin: Origin
    strict: bool = True
    test: Region | None = None

    @property
    def operands(self) -> tuple[Value, ...]:
        """The values read directly; what the body reads is `free_values`."""
        return (*(source.value for source in self.sources), *self.initial)

    @property
    def items(self) -> tuple[Value, ...]:
        """The body's parameters that stand for the items of the sources."""
        return self.body.params[: len(self.sources)]

    @property
    def carried(self) -> tuple[Value, ...]:
        """The body's parameters that stand for the carried values."""
        return self.body.params[len(self.sources) :]

    @property
    def next_values(self) -> tuple[Value, ...]:
        """What the body yields for the carried values."""
        return self.body.exit.values[: len(self.initial)]

    @property
    def collected(self) -> tuple[Value, ...]:
        """What the body yields to be collected."""
        return self.body.exit.values[len(self.initial) : len(self.results)]

    @property
    def stop(self) -> Value | None:
        """What the body yields last if it may end the loop: whether it does."""
        values = self.body.exit.values
        return values[-1] if len(values) > len(self.results) else None

    @property
    def is_complete(self) -> bool:
        """Whether the loop makes a trip for each item of its sources, of which there are equally many."""
        return self.strict and self.test is None and self.stop is None

    @property
    def finals(self) -> tuple[Value, ...]:
        """The results for the carried values."""
        return self.results[: len(self.initial)]

    @property
    def lists(self) -> tuple[Value, ...]:
        """The results for the collected items."""
        return self.results[len(self.initial) :]


Operation = Constant | Call | If | Scan


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as the user declared it; `kind` is one of inspect's names, `default` is Python text or None."""

    name: str
    kind: str = "POSITIONAL_OR_KEYWORD"
    default: str | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Function:
    """A whole program: `body.params` match `parameters` one to one, and its exit returns one value."""

    name: str
    parameters: tuple[Parameter, ...]
    body: Region
    doc: str | None = None
    file: str = field(default="<unknown>")

    @property
    def result(self) -> Value:
        """The value that is returned."""
        (result,) = self.body.exit.values
        return result


def regions(operation: Operation) -> tuple[Region, ...]:
    """Return the regions that an operation owns."""
    match operation:
        case If():
            return operation.then, operation.orelse
        case Scan():
            return (operation.body,) if operation.test is None else (operation.body, operation.test)
        case _:
            return ()


def walk(region: Region) -> Iterator[Operation]:
    """Yield every operation of a region and of the regions inside it, in program order."""
    for operation in region.operations:
        yield operation
        if isinstance(operation, If | Scan):
            for inner in regions(operation):
                yield from walk(inner)


def free_values(region: Region) -> tuple[Value, ...]:
    """Return the values that a region reads from around it, each once, in the order of first reading."""
    free: dict[Value, None] = {}
    bound: set[Value] = set()

    def visit(inner: Region) -> None:
        bound.update(inner.params)
        for operation in inner.operations:
            free.update(dict.fromkeys(v for v in operation.operands if v not in bound))
            for nested in regions(operation):
                visit(nested)
            bound.update(operation.results)
        free.update(dict.fromkeys(v for v in inner.exit.values if v not in bound))

    visit(region)
    return tuple(free)


def definitions(region: Region) -> dict[Value, Operation]:
    """Return the operation that defines each value in a region and the regions inside it."""
    return {result: operation for operation in walk(region) for result in operation.results}
