"""The local derivative of one operation of a trace: as a formula, with numbers, and its value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from s2sad import notation
from s2sad.analysis.infer import infer
from s2sad.errors import Diagnostic, DifferentiationError
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.interpret import apply
from s2sad.ir.procedures import Integrand
from s2sad.ir.program import Call, Constant, Value
from s2sad.ir.types import FLOAT, UNKNOWN, Array, Type
from s2sad.notation import PRODUCT, Formula
from s2sad.rules.registry import MISSING, RULES, Rule, Unsupported, is_constant
from s2sad.rules.staging import Symbol, lift
from s2sad.trace.record import Item, Node, materialize, nodes_of


@dataclass(frozen=True, slots=True)
class Term:
    """A tangent or a contribution to an adjoint: in symbols, in numbers (None for arrays), and its value."""

    symbols: Formula
    numbers: Formula | None
    value: Any


def partial_name(node: Node) -> str:
    """Return the name of a node's tangent or adjoint: `∂v₁`."""
    return f"∂{node.symbol.text}"


def rule_of(node: Node) -> Rule | None:
    """Return the rule of the operation of a node; None where its result carries no derivative."""
    if node.call is None or is_constant(node.call):
        return None
    if isinstance(node.call.function, Integrand):
        raise _refusal("S2S201", node, "the solution of a differential equation has no formula that a trace could show")
    rule = RULES.get(node.call.function)
    if rule is None:
        raise _refusal("S2S200", node, f"there is no derivative rule for {node.call.function.__name__}")
    if rule.kind == "composed" or rule.several:
        raise _refusal("S2S201", node, f"{node.call.function.__name__} has no formula that a trace could show")
    return rule


def _refusal(code: str, node: Node, message: str) -> DifferentiationError:
    span = node.call.origin.span if node.call is not None else None
    return DifferentiationError([Diagnostic(code, message, "write it in other terms", span)])


def _refuse_missing(node: Node, position: int, part: Any) -> None:
    if part is MISSING and node.call is not None:
        name = node.call.function.__name__
        raise _refusal("S2S201", node, f"the derivative of {name} by its argument {position} has no rule")


def pull(node: Node, adjoint: Any) -> Iterator[tuple[Node, Term]]:
    """Yield what the adjoint of a result contributes to the operands, in the order of the operands."""
    rule = rule_of(node)
    if rule is None:
        return
    stage = _Stage()
    result = stage.symbol(Formula(partial_name(node)), adjoint)
    args, named = stage.operands(node)
    try:
        contributions = rule.pullback(result, stage.of(node), *args, **named)
    except Unsupported as error:
        raise _refusal("S2S201", node, str(error)) from error
    if not isinstance(contributions, tuple):
        contributions = (contributions,)
    for position, contribution in zip(range(len(args)), contributions, strict=False):
        for target, part in _pair(node.operands[position], contribution):
            if target.is_static or part is None:
                continue
            _refuse_missing(node, position, part)
            term = stage.term(part)
            value = primitives.unbroadcast(np.asarray(term.value)[()], target.value)
            if rule.singular:
                silent = primitives.unbroadcast(np.asarray(adjoint * np.ones_like(node.value))[()], target.value) == 0
                value = np.where(silent, 0.0, value)[()]
            symbols = _times_one(term.symbols, Formula(partial_name(node)))
            numbers = None
            if term.numbers is not None:
                # which numbers are the adjoint itself is decided by the symbols
                plain = symbols == term.symbols
                numbers = term.numbers if plain else _times_one(term.numbers, notation.literal(adjoint))
            if np.shape(value) != np.shape(term.value):
                symbols, numbers = Formula(f"Σ({term.symbols.text})"), None
            yield target, Term(symbols, numbers, value)


def push(node: Node, tangents: Mapping[Node, Any]) -> Term:
    """Return the tangent of a result, given those of the operands."""
    try:
        return _push(node, tangents)
    except Unsupported as error:
        raise _refusal("S2S201", node, str(error)) from error


def _push(node: Node, tangents: Mapping[Node, Any]) -> Term:
    rule = rule_of(node)
    moving = [any(one in tangents for one in nodes_of(operand)) for operand in node.operands]
    if rule is None or not any(moving):
        return Term(Formula("0"), None, np.zeros_like(node.value)[()])
    stage = _Stage()
    args, named = stage.operands(node)
    pairs = zip(node.operands, moving, strict=True)
    ours = [stage.tangent(operand, tangents) if moves else None for operand, moves in pairs]
    parts: list[Any]
    match rule.kind:
        case "elementwise":
            parts = []
            for position, tangent in enumerate(ours):
                if tangent is not None:
                    partials = rule.pullback(tangent, stage.of(node), *args, **named)
                    parts.append(partials[position] if isinstance(partials, tuple) else partials)
                    _refuse_missing(node, position, parts[-1])
        case "linear":
            moved = [
                (ours[i] if ours[i] is not None else np.zeros_like(materialize(node.operands[i])))
                if i in rule.argnums
                else arg
                for i, arg in enumerate(args)
            ]
            parts = [stage.again(node, moved, named)]
        case "full":
            assert rule.pushforward is not None
            parts = [rule.pushforward(tuple(ours[: len(args)]), stage.of(node), *args, **named)]
    terms = [stage.term(part) for part in parts if part is not None]
    if not terms:
        return Term(Formula("0"), None, np.zeros_like(node.value)[()])
    total = terms[0]
    for term in terms[1:]:
        numbers = notation.add(total.numbers, term.numbers) if total.numbers and term.numbers else None
        total = Term(notation.add(total.symbols, term.symbols), numbers, total.value + term.value)
    value = np.broadcast_to(total.value, np.shape(node.value))[()] if np.ndim(node.value) else total.value
    return replace(total, value=value)


@dataclass(slots=True)
class _Stage:
    """A rule's body under recording: how its symbols are written, in letters and in numbers, and their values."""

    builder: Builder = field(default_factory=lambda: Builder(infer))
    letters: dict[Value, Formula] = field(default_factory=dict)
    digits: dict[Value, Formula] = field(default_factory=dict)
    values: dict[Value, Any] = field(default_factory=dict)
    known: dict[Node, Symbol] = field(default_factory=dict)
    done: int = 0

    def symbol(self, name: Formula, value: Any) -> Symbol:
        made = Value(_type(value))
        self.letters[made], self.digits[made], self.values[made] = name, notation.literal(value), value
        return Symbol(made, self.builder)

    def of(self, item: Item) -> Any:
        """Return what a rule sees of an operand."""
        if not isinstance(item, Node):
            return item.make([self.of(one) for one in item.items])
        if item.is_static:
            return item.value
        if item not in self.known:
            self.known[item] = self.symbol(item.symbol, item.value)
        return self.known[item]

    def operands(self, node: Node) -> tuple[list[Any], dict[str, Any]]:
        """Return what a rule sees of all operands, by position and by name."""
        assert node.call is not None
        split = len(node.call.positional)
        items = [self.of(operand) for operand in node.operands]
        return items[:split], dict(zip(node.call.keywords, items[split:], strict=True))

    def again(self, node: Node, args: Sequence[Any], named: Mapping[str, Any]) -> Symbol:
        """Record the operation of a node on other arguments, spelt as it was."""
        call, builder = node.call, self.builder
        assert call is not None
        operands = [lift(builder, arg) for arg in args]
        keywords: dict[str, Any] = {key: lift(builder, arg) for key, arg in named.items()}
        result = builder.call(call.function, *operands, form=call.form, spelling=call.spelling, **keywords)
        return Symbol(result, builder)

    def tangent(self, item: Item, tangents: Mapping[Node, Any]) -> Any:
        if not isinstance(item, Node):
            return item.make([self.tangent(one, tangents) for one in item.items])
        if item not in tangents:
            return np.zeros_like(item.value)
        return self.symbol(Formula(partial_name(item)), tangents[item])

    def term(self, part: Any) -> Term:
        """Compute what the rule has returned, and write it down."""
        if not isinstance(part, Symbol):
            return Term(notation.literal(part), notation.literal(part), part)
        operations = self.builder.operations
        for operation in operations[self.done :]:
            match operation:
                case Constant():
                    self.values[operation.result] = operation.value
                case Call():
                    self.values[operation.result] = apply(operation, [self.values[v] for v in operation.operands])
                case _:
                    raise TypeError("a rule has recorded control flow")
        self.done = len(operations)
        letters = notation.formula(part.value, self.letters, operations)
        short = all(np.ndim(self.values[value]) == 0 for value in self.letters)
        digits = notation.formula(part.value, self.digits, operations) if short else None
        return Term(letters, digits, self.values[part.value])


def _type(value: Any) -> Type:
    if isinstance(value, np.ndarray):
        return Array(value.dtype, value.shape)
    if isinstance(value, np.generic):
        return Array(value.dtype, (), scalar=True)
    return FLOAT if isinstance(value, float) else UNKNOWN


def _pair(item: Item, contribution: Any) -> Iterator[tuple[Node, Any]]:
    """Yield the nodes of an operand, each with its part of the contribution."""
    if isinstance(item, Node):
        yield item, contribution
    elif contribution is not None:
        for one, part in zip(item.items, contribution, strict=True):
            yield from _pair(one, part)


def _times_one(term: Formula, adjoint: Formula) -> Formula:
    """Write the factor that a contribution without one has: `∂v₄` as `∂v₄ × 1`, `−∂v₅` as `∂v₅ × −1`."""
    if term == adjoint:
        return Formula(f"{adjoint.at(PRODUCT)} × 1", PRODUCT)
    if term == notation.negation(adjoint):
        return Formula(f"{adjoint.at(PRODUCT)} × −1", PRODUCT)
    return term
