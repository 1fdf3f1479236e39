"""The imperative form of a program: statements over SSA values that are still one variable each.

Lowering makes it, the memory and naming passes read it, printing walks it. What a statement reads is the set of values
that stand in it as variables: a value that is nested into an expression is replaced by what its operation reads.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

from s2sad.ir.program import Call, Constant, ExitKind, If, Operation, Origin, Scan, Source, Value

Reader = Callable[[Value], frozenset[Value]]
"""Gives the variables that the expression of a value reads."""

Target = Value | tuple["Target", ...] | None
"""What a loop or an unpacking binds: a variable, a tuple of targets, or nothing (`_`)."""


@dataclass(slots=True, eq=False)
class Compute:
    """`target = expression`; the target is a tuple where the operation unpacks."""

    operation: Call | Constant | If
    target: Target


@dataclass(slots=True, eq=False)
class Store:
    """`new[index] = value` or `new[index] += value`, after `new = base` or `new = base.copy()`."""

    operation: Call

    @property
    def base(self) -> Value:
        """The version that is written over."""
        return self.operation.operands[0]

    @property
    def new(self) -> Value:
        """The version that the store makes."""
        return self.operation.result


@dataclass(slots=True, eq=False)
class NewList:
    """`list = []`."""

    value: Value
    origin: Origin


@dataclass(slots=True, eq=False)
class Append:
    """`list.append(item)`."""

    value: Value
    item: Value
    origin: Origin


@dataclass(slots=True, eq=False)
class Moves:
    """Assignments in parallel: `a, b = x, y`; `enters` marks those before a loop, which may begin with copies."""

    pairs: tuple[tuple[Value, Value], ...]
    origin: Origin
    enters: bool = False


@dataclass(slots=True, eq=False)
class Loop:
    """`for targets in zip(sources)`, or `while test` where there are no sources; without a test it is `while True`.

    `counted` is the pair of sources that print as one `enumerate`.
    """

    scan: Scan
    targets: tuple[Target, ...]
    body: list[Stmt]
    counted: bool = False
    test: Value | None = None

    @property
    def ends_at_head(self) -> bool:
        """Whether the loop can end where a trip would begin, and not only by a `break`."""
        return bool(self.scan.sources) or self.test is not None

    @property
    def sources(self) -> tuple[Source, ...]:
        """What is iterated."""
        return self.scan.sources


@dataclass(slots=True, eq=False)
class Branch:
    """`if test: … else: …`."""

    operation: If
    then: list[Stmt] = field(default_factory=list)
    orelse: list[Stmt] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Leave:
    """`break` or `continue`, in the innermost loop around it."""

    kind: ExitKind
    origin: Origin


@dataclass(slots=True, eq=False)
class Return:
    """`return expression`."""

    value: Value


Stmt = Compute | Store | NewList | Append | Moves | Loop | Branch | Leave | Return


@dataclass(slots=True, eq=False)
class Plan:
    """The statements of a function.

    Attributes
    ----------
    body : list of Stmt
        What the function does.
    inline : frozenset of Value
        The values that are nested into the expressions that use them.
    definitions : dict
        The operation that makes each value.
    nested : frozenset of Value
        The nested values that could as well be variables.
    same : dict
        The list that stands for a list of equal content.
    copies : set of Value
        New versions and carried values that begin as a copy of the old one, and views that are copied.
    detached : set of Value
        New versions whose index and value are copied because they may be parts of the buffer that is written.
    added : dict
        The sums that may be stored into the buffer of their first operand, and that operand.
    """

    body: list[Stmt]
    inline: frozenset[Value]
    definitions: dict[Value, Operation]
    nested: frozenset[Value] = frozenset()
    same: dict[Value, Value] = field(default_factory=dict)
    copies: set[Value] = field(default_factory=set)
    detached: set[Value] = field(default_factory=set)
    added: dict[Value, Value] = field(default_factory=dict)
    _reads: dict[Value, frozenset[Value]] = field(default_factory=dict)

    def reads(self, value: Value) -> frozenset[Value]:
        """Return the variables that the expression of a value reads: itself, unless it is nested."""
        if value not in self.inline:
            return frozenset((self.same.get(value, value),))
        if value not in self._reads:
            self._reads[value] = self.operation_reads(self.definitions[value])
        return self._reads[value]

    def operation_reads(self, operation: Operation) -> frozenset[Value]:
        """Return the variables that the expression of an operation reads."""
        values = operation.operands
        if isinstance(operation, If):
            values += (*operation.then.exit.values, *operation.orelse.exit.values)
        return self.union(values)

    def is_copied(self, moves: Moves, target: Value) -> bool:
        """Tell whether a move begins with a copy of what it hands on."""
        return moves.enters and target in self.copies

    def union(self, values: tuple[Value, ...]) -> frozenset[Value]:
        """Return the variables that the expressions of several values read."""
        return frozenset[Value]().union(*map(self.reads, values))

    def uses(self, statement: Stmt) -> frozenset[Value]:
        """Return the variables that a statement itself reads, without the statements inside it."""
        match statement:
            case Compute(operation):
                return self.operation_reads(operation)
            case Store(operation):
                return self.operation_reads(operation)
            case NewList() | Leave():
                return frozenset()
            case Append(value, item):
                return self.reads(item) | {value}
            case Moves(pairs=pairs):
                return self.union(tuple(source for _, source in pairs))
            case Loop(scan, test=test):
                read = self.union(tuple(source.value for source in scan.sources))
                return read if test is None else read | self.reads(test)
            case Branch(operation):
                return self.reads(operation.test)
            case Return(value):
                return self.reads(value)


def bound(target: Target) -> tuple[Value, ...]:
    """Return the variables that a target binds."""
    match target:
        case None:
            return ()
        case tuple():
            return tuple(value for part in target for value in bound(part))
        case Value():
            return (target,)


def defined(statement: Stmt) -> tuple[Value, ...]:
    """Return the variables that a statement itself binds, without the statements inside it."""
    match statement:
        case Compute(target=target):
            return bound(target)
        case Store():
            return (statement.new,)
        case NewList(value):
            return (value,)
        case Moves(pairs):
            return tuple(target for target, _ in pairs)
        case Loop(targets=targets):
            return bound(targets)
        case Append() | Branch() | Leave() | Return():
            return ()


def blocks(statement: Stmt) -> tuple[list[Stmt], ...]:
    """Return the lists of statements inside a statement."""
    match statement:
        case Loop(body=body):
            return (body,)
        case Branch(then=then, orelse=orelse):
            return then, orelse
        case _:
            return ()


def walk(body: list[Stmt]) -> Iterator[Stmt]:
    """Yield every statement, in program order."""
    for statement in body:
        yield statement
        for block in blocks(statement):
            yield from walk(block)


def drop_unread(plan: Plan, candidates: Collection[Value]) -> None:
    """Take moves to variables that nothing reads out of a plan, as far as the variables are among the candidates."""
    while candidates:
        read = {value for statement in walk(plan.body) for value in plan.uses(statement)}
        unread = {value for value in candidates if value not in read}
        dropped = 0
        for block in (plan.body, *(block for statement in walk(plan.body) for block in blocks(statement))):
            for k, statement in enumerate(block):
                if isinstance(statement, Moves) and any(target in unread for target, _ in statement.pairs):
                    kept = tuple(pair for pair in statement.pairs if pair[0] not in unread)
                    dropped += len(statement.pairs) - len(kept)
                    block[k] = replace(statement, pairs=kept)
        if not dropped:
            return


def is_derived(statement: Stmt) -> bool:
    """Tell whether differentiation introduced a statement."""
    match statement:
        case Compute(operation=operation) | Store(operation=operation) | Branch(operation=operation):
            return operation.origin.derived
        case NewList(origin=origin) | Append(origin=origin) | Moves(origin=origin) | Leave(origin=origin):
            return origin.derived
        case Loop(scan=scan):
            return scan.origin.derived
        case Return():
            return True
