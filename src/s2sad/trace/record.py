"""Running a program and recording what it computes.

The inputs are v₁₋ₙ … v₀. Within straight-line code operations are numbered by depth, ties in source order. Loops and
branches are followed as they run, so a trace has no loops in it, and the reverse sweep walks it backwards.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad import notation
from s2sad.ir import primitives
from s2sad.ir.interpret import apply
from s2sad.ir.procedures import Integrand, Procedure
from s2sad.ir.program import Call, Constant, Function, If, Operation, Origin, Region, Scan, Value
from s2sad.ir.types import UNKNOWN
from s2sad.notation import Formula


@dataclass(slots=True, eq=False)
class Node:
    """One value of the trace.

    An input has a `name`, a constant neither a name nor a `call`; `number` is the i of vᵢ for what is numbered.
    """

    value: Any
    call: Call | None = None
    operands: tuple[Item, ...] = ()
    name: str | None = None
    number: int | None = None
    segment: int = -1
    depth: int = 0

    @property
    def symbol(self) -> Formula:
        """What the node is called wherever it is read."""
        if self.number is not None:
            return Formula(f"v{notation.subscript(self.number)}")
        if isinstance(self.value, bool | np.bool_) and self.call is not None:
            return self.formula
        return notation.literal(self.value)

    @property
    def formula(self) -> Formula:
        """How the node is computed from others."""
        if self.call is None:
            return self.symbol
        return notation.application(self.call, [symbol(item) for item in self.operands])

    @property
    def is_static(self) -> bool:
        """Tell whether rules see the plain value: literals, integers, shapes, flags."""
        return self.number is None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A tuple, list or dict of the trace, whose items are values of their own."""

    make: Callable[[Sequence[Any]], Any]
    items: tuple[Item, ...]
    keys: tuple[Any, ...] | None = None


Item = Node | Bundle


@dataclass(slots=True)
class Trace:
    """What ran: notes on loops and branches, and nodes, in the order in which they are to be shown."""

    inputs: list[Node] = field(default_factory=list)
    events: list[Node | str] = field(default_factory=list)
    result: Item | None = None

    @property
    def nodes(self) -> Iterator[Node]:
        """The numbered operations in order."""
        return (event for event in self.events if isinstance(event, Node))


def materialize(item: Item) -> Any:
    """Return the plain value of an item."""
    if isinstance(item, Node):
        return item.value
    return item.make([materialize(one) for one in item.items])


def symbol(item: Item) -> Formula:
    """Return how an item is written where it is read."""
    if isinstance(item, Node):
        return item.symbol
    inner = ", ".join(symbol(one).text for one in item.items)
    return Formula(f"[{inner}]" if item.make is list else f"({inner})")


def record(function: Function, args: Sequence[Any]) -> Trace:
    """Run a program and return its trace.

    Parameters
    ----------
    function : Function
        The program.
    args : sequence
        One argument for each parameter; nested tuples, lists and dicts of numbers and arrays.
    """
    trace = Trace()
    items = [_input(trace, arg, parameter.name) for parameter, arg in zip(function.parameters, args, strict=True)]
    for number, node in enumerate(trace.inputs, start=1 - len(trace.inputs)):
        node.number = number
    (trace.result,) = _Recorder(trace, {}).run(function.body, items)
    return trace


def _input(trace: Trace, arg: Any, path: str) -> Item:
    bundle = _bundle(arg, lambda item, key: _input(trace, item, f"{path}[{key!r}]"))
    if bundle is not None:
        return bundle
    if not (isinstance(arg, float) or (isinstance(arg, np.ndarray | np.floating) and arg.dtype.kind == "f")):
        return Node(arg)
    trace.inputs.append(Node(arg, name=path))
    return trace.inputs[-1]


def _bundle(value: Any, wrap: Callable[[Any, Any], Item]) -> Bundle | None:
    match value:
        case tuple() if hasattr(value, "_fields"):
            cls = type(value)
            return Bundle(lambda items: cls(*items), tuple(wrap(item, i) for i, item in enumerate(value)))
        case tuple() | list():
            return Bundle(type(value), tuple(wrap(item, i) for i, item in enumerate(value)))
        case dict():
            keys = tuple(value)
            return Bundle(
                lambda items: dict(zip(keys, items, strict=True)), tuple(wrap(value[key], key) for key in keys), keys
            )
        case _:
            return None


@dataclass(slots=True)
class _Recorder:
    trace: Trace
    env: dict[Value, Item]
    segment: int = 0
    waiting: list[Node] = field(default_factory=list)

    def run(self, region: Region, args: Sequence[Item]) -> tuple[Item, ...]:
        self.env.update(zip(region.params, args, strict=True))
        for operation in region.operations:
            self.env.update(zip(operation.results, self.step(operation), strict=True))
        self.flush()
        return tuple(self.env[value] for value in region.exit.values)

    def step(self, operation: Operation) -> tuple[Item, ...]:
        match operation:
            case Constant():
                return (Node(operation.value),)
            case Call():
                return self.call(operation, tuple(self.env[value] for value in operation.operands))
            case If():
                self.flush()
                test = self.env[operation.test]
                taken = self.is_true(operation, test)
                return self.run(operation.then if taken else operation.orelse, ())
            case Scan():
                return self.scan(operation)

    def call(self, call: Call, operands: tuple[Item, ...]) -> tuple[Item, ...]:
        function = call.function
        if isinstance(function, Procedure) and not isinstance(function, Integrand):
            return self.follow(call, function, operands)
        if function is primitives.unpack:
            return tuple(self.items(operands[0]))
        if function in (primitives.make_tuple, primitives.make_list):
            return (Bundle(tuple if function is primitives.make_tuple else list, operands),)
        if function is operator.getitem and isinstance(operands[0], Bundle):
            return (_select(operands[0], materialize(operands[1])),)
        if function is primitives.concatenate_lists and all(isinstance(operand, Bundle) for operand in operands):
            return (Bundle(list, tuple(item for operand in operands for item in self.items(operand))),)
        value = apply(call, [materialize(operand) for operand in operands])
        bundle = None
        if isinstance(function, Integrand):
            bundle = _bundle(value, lambda item, _: self.node(item, call, operands))
        return (bundle or self.node(value, call, operands),)

    def node(self, value: Any, call: Call, operands: tuple[Item, ...]) -> Node:
        """Record a value that a call has made."""
        node = Node(value, call, operands, segment=self.segment)
        inner = [one for operand in operands for one in nodes_of(operand)]
        node.depth = 1 + max((one.depth for one in inner if one.segment == self.segment), default=0)
        if isinstance(value, float | complex | np.inexact | np.ndarray):
            self.waiting.append(node)
        return node

    def follow(self, call: Call, procedure: Procedure, operands: tuple[Item, ...]) -> tuple[Item, ...]:
        """Record what a function does that calls itself; its variables are its own in each call."""
        self.flush()
        self.note(call, "called")
        around, self.env = self.env, {}
        results = self.run(procedure.function.body, operands)
        self.env = around
        return results

    def items(self, item: Item) -> Iterator[Item]:
        """Yield what iterating an item yields."""
        if isinstance(item, Bundle):
            yield from item.items if item.keys is None else map(Node, item.keys)
            return
        for i, value in enumerate(item.value):
            if isinstance(item.value, np.ndarray):
                index = Value(UNKNOWN)
                call = Call(operator.getitem, (Value(UNKNOWN), index), (), (Value(UNKNOWN),), Origin())
                yield from self.call(call, (item, Node(i)))
            else:
                yield Node(value)

    def scan(self, loop: Scan) -> tuple[Item, ...]:
        self.flush()
        carried = tuple(self.env[value] for value in loop.initial)
        lists: list[list[Item]] = [[] for _ in loop.lists]
        sources = [list(self.items(self.env[s.value]))[:: -1 if s.backwards else 1] for s in loop.sources]
        self.flush()
        trips = zip(*sources, strict=loop.strict) if sources else itertools.repeat(())
        for trip, items in enumerate(trips, start=1):
            if not self.goes_on(loop, carried):
                break
            self.note(loop, f"trip {trip}")
            values = self.run(loop.body, (*items, *carried))
            carried = values[: len(carried)]
            for collected, value in zip(lists, values[len(carried) : len(loop.results)], strict=True):
                collected.append(value)
            if loop.stop is not None and self.is_true(loop, values[-1]):
                break
        return (*carried, *(Bundle(list, tuple(collected)) for collected in lists))

    def goes_on(self, loop: Scan, carried: Sequence[Item]) -> bool:
        """Tell whether there is another trip, and note what says so."""
        if loop.test is None:
            return True
        self.env.update(zip(loop.carried, carried, strict=True))
        (test,) = self.run(loop.test, ())
        return self.is_true(loop, test)

    def is_true(self, operation: If | Scan, test: Item) -> bool:
        """Tell whether a test holds, and note it unless it is a plain constant."""
        holds = bool(materialize(test))
        if not isinstance(test, Node) or test.call is not None:
            self.note(operation, f"{symbol(test).text} is {str(holds).lower()}")
        return holds

    def note(self, operation: Operation, text: str) -> None:
        span = operation.origin.span
        self.trace.events.append(f"line {span.line}: {text}" if span else text)

    def flush(self) -> None:
        """Give the waiting nodes their numbers, and begin a new stretch of straight-line code."""
        count = sum(1 for _ in self.trace.nodes)
        self.waiting.sort(key=lambda node: node.depth)
        for number, node in enumerate(self.waiting, start=count + 1):
            node.number = number
        self.trace.events += self.waiting
        self.waiting = []
        self.segment += 1


def nodes_of(item: Item) -> Iterator[Node]:
    """Yield the nodes in an item."""
    if isinstance(item, Node):
        yield item
        return
    for one in item.items:
        yield from nodes_of(one)


def _select(bundle: Bundle, index: Any) -> Item:
    if isinstance(index, slice):
        return Bundle(bundle.make, bundle.items[index])
    place: int = index if bundle.keys is None else bundle.keys.index(index)
    return bundle.items[place]
