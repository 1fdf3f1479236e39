"""Algebraic clean-up of what differentiation introduced; the user's own operations are never touched.

Every rule keeps the value's type exactly (shape and dtype included), and is applied while a region is rebuilt from its
first operation to its last, so that a rule sees operands that are simplified already.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from s2sad.analysis.infer import infer
from s2sad.ir import primitives
from s2sad.ir.primitives_records import make_record
from s2sad.ir.program import (
    Call,
    Constant,
    Exit,
    Form,
    Function,
    If,
    Operation,
    Origin,
    Region,
    Scan,
    Source,
    Value,
)
from s2sad.ir.types import Array, Literal, Scalar, Type, Unknown, widen
from s2sad.transform.structure import positions

Rule = Callable[["Simplifier", Call], Value | None]
RULES: dict[Callable[..., Any], list[Rule]] = {}


def simplify(function: Function) -> Function:
    """Return the function with its derived operations cleaned up."""
    simplifier = Simplifier()
    body = simplifier.region(function.body)
    return replace(function, body=body)


def _rule(*functions: Callable[..., Any]) -> Callable[[Rule], Rule]:
    def register(rule: Rule) -> Rule:
        for function in functions:
            RULES.setdefault(function, []).append(rule)
        return rule

    return register


@dataclass(slots=True)
class Simplifier:
    """The state of one rebuilding: what replaces each value, and what made each value."""

    new: dict[Value, Value] = field(default_factory=dict)
    made: dict[Value, Operation] = field(default_factory=dict)
    output: list[Operation] = field(default_factory=list)
    origin: Origin = Origin(derived=True)
    constants: dict[str, Value] = field(default_factory=dict)

    # -- walking -------------------------------------------------------------------------------------------------

    def region(self, region: Region) -> Region:
        """Rebuild a region."""
        outer, self.output = self.output, []
        for operation in region.operations:
            self.operation(operation)
        values = tuple(self.get(value) for value in region.exit.values)
        operations, self.output = tuple(self.output), outer
        return Region(region.params, operations, Exit(region.exit.kind, values))

    def get(self, value: Value) -> Value:
        """Return what stands for a value now."""
        while value in self.new:
            value = self.new[value]
        return value

    def operation(self, operation: Operation) -> None:
        """Rebuild an operation, or replace it."""
        match operation:
            case Constant():
                self.emit(operation)
            case Call():
                operation = operation.reading(tuple(map(self.get, operation.operands)))
                found = self.rewrite(operation) if _may_change(operation) else None
                if found is None:
                    self.emit(operation)
                elif found is not operation.result:
                    self.new[operation.result] = found
            case If():
                test = self.get(operation.test)
                then, orelse = (self.region(arm) for arm in (operation.then, operation.orelse))
                self.emit(replace(operation, test=test, then=then, orelse=orelse))
            case Scan():
                sources = tuple(Source(self.get(s.value), s.backwards) for s in operation.sources)
                initial = tuple(map(self.get, operation.initial))
                body = self.region(operation.body)
                again = None if operation.test is None else self.region(operation.test)
                self.emit(replace(operation, sources=sources, initial=initial, body=body, test=again))

    def emit(self, operation: Operation) -> None:
        """Append an operation as it is."""
        self.output.append(operation)
        self.made.update(dict.fromkeys(operation.results, operation))

    def rewrite(self, call: Call) -> Value | None:
        """Return the value that replaces a call, or None where it stays."""
        self.origin = call.origin
        for rule in RULES.get(call.function, ()):
            found = rule(self, call)
            if found is not None:
                return found
        return None

    # -- what rules use --------------------------------------------------------------------------------------------

    def call(self, function: Callable[..., Any], *operands: Value, like: Call, form: Form = Form.OPERATOR) -> Value:
        """Append a call, itself simplified, under the name of the call that it replaces."""
        types = tuple(operand.type for operand in operands)
        result = Value(infer(function, form, types, {}), like.result.hint, like.result.named)
        call = Call(function, operands, (), (result,), replace(self.origin, derived=True), form)
        found = self.rewrite(call)
        if found is not None:
            return found
        self.emit(call)
        return result

    def unnamed(self, function: Callable[..., Any], *operands: Value) -> Value:
        """Append an operator under no name."""
        stand_in = Call(function, operands, (), (Value(widen(operands[0].type)),), self.origin)
        return self.call(function, *operands, like=stand_in)

    def unnamed_twice(self, value: Value) -> Value:
        """Append `2 * value` under no name."""
        stand_in = Call(np.multiply, (value, value), (), (Value(widen(value.type)),), self.origin)
        return self.call(np.multiply, self.constant(2), value, like=stand_in)

    def constant(self, value: Any) -> Value:
        """Append a constant."""
        result = Value(Literal(value))
        self.emit(Constant(value, result, replace(self.origin, derived=True)))
        return result

    def match(self, value: Value, function: Callable[..., Any]) -> tuple[Value, ...] | None:
        """Return the operands of a derived call of a function without keywords that made the value, or None."""
        made = self.made.get(value)
        if isinstance(made, Call) and made.function is function and made.origin.derived and not made.keywords:
            return made.operands
        return None


@_rule(primitives.identity)
def _itself(_: Simplifier, call: Call) -> Value | None:
    (value,) = call.operands
    return value if value.type == call.result.type else None


def _may_change(call: Call) -> bool:
    return call.origin.derived and (not call.keywords or call.function is np.sum) and len(call.results) == 1


def _number(value: Value) -> float | int | None:
    """Return a value that is a known real number, else None."""
    if isinstance(value.type, Literal) and isinstance(value.type.value, int | float):
        return None if isinstance(value.type.value, bool | np.generic) else value.type.value
    return None


def _same(a: Type, b: Type) -> bool:
    """Tell whether a value of type `a` may stand for one of type `b`."""
    a, b = widen(a), widen(b)
    if a == b:
        return True
    real = (Scalar("float"), Array(np.dtype(float), (), scalar=True))
    return a in real and b in real


def _keep(value: Value, call: Call) -> Value | None:
    return value if _same(value.type, call.result.type) else None


@_rule(np.multiply)
def _multiply(s: Simplifier, call: Call) -> Value | None:
    a, b = call.operands
    x, y = _number(a), _number(b)
    if x is not None and y is not None:
        return s.constant(x * y)
    if x == 1:
        return _keep(b, call)
    if y == 1:
        return _keep(a, call)
    if x == -1:
        return s.call(np.negative, b, like=call)
    if y == -1:
        return s.call(np.negative, a, like=call)
    return _pull_sign(s, call, np.multiply)


@_rule(np.divide)
def _divide(s: Simplifier, call: Call) -> Value | None:
    a, b = call.operands
    x, y = _number(a), _number(b)
    if x is not None and y is not None and y != 0 and np.isfinite(x / y):
        return s.constant(x / y)
    if y == 1 and isinstance(a.type, Array | Scalar):
        return _keep(a, call)
    return _pull_sign(s, call, np.divide)


def _pull_sign(s: Simplifier, call: Call, function: Callable[..., Any]) -> Value | None:
    """Turn `-a * b` into `-(a * b)`, so that signs meet and cancel; a sign ends in a constant where there is one."""
    a, b = call.operands
    minus_a, minus_b = s.match(a, np.negative), s.match(b, np.negative)
    x, y = _number(a), _number(b)
    if minus_a is not None and minus_b is not None:
        return s.call(function, *minus_a, *minus_b, like=call)
    if minus_b is not None and x is not None:
        return s.call(function, s.constant(-x), *minus_b, like=call)
    if minus_a is not None and y is not None:
        return s.call(function, *minus_a, s.constant(-y), like=call)
    if minus_a is not None:
        return s.call(np.negative, s.unnamed(function, *minus_a, b), like=call)
    if minus_b is not None:
        return s.call(np.negative, s.unnamed(function, a, *minus_b), like=call)
    return None


@_rule(np.negative)
def _negative(s: Simplifier, call: Call) -> Value | None:
    (a,) = call.operands
    number = _number(a)
    if number is not None:
        return s.constant(-number)
    inner = s.match(a, np.negative)
    if inner is not None:
        return _keep(inner[0], call)
    for function in (np.multiply, np.divide):
        factors = s.match(a, function)
        if factors is not None:
            first = _number(factors[0])
            if first is not None:
                return s.call(function, s.constant(-first), factors[1], like=call)
    return None


@_rule(np.add)
def _add(s: Simplifier, call: Call) -> Value | None:
    a, b = call.operands
    x, y = _number(a), _number(b)
    if x is not None and y is not None:
        return s.constant(x + y)
    minus_a, minus_b = s.match(a, np.negative), s.match(b, np.negative)
    if minus_b is not None:
        return s.call(np.subtract, a, *minus_b, like=call)
    if minus_a is not None:
        return s.call(np.subtract, b, *minus_a, like=call)
    return _double(s, call)


def _double(s: Simplifier, call: Call) -> Value | None:
    """Turn `t + t` into `2 * t`, and the same at the end of a longer sum."""
    a, b = call.operands
    if not isinstance(widen(b.type), Array | Scalar):
        return None
    if a is b:
        return s.call(np.multiply, s.constant(2), b, like=call)
    inner = s.match(a, call.function)
    if inner is None or inner[1] is not b:
        return None
    return s.call(call.function, inner[0], s.unnamed_twice(b), like=call)


@_rule(np.subtract)
def _subtract(s: Simplifier, call: Call) -> Value | None:
    a, b = call.operands
    x, y = _number(a), _number(b)
    if x is not None and y is not None:
        return s.constant(x - y)
    minus_b = s.match(b, np.negative)
    if minus_b is not None:
        return s.call(np.add, a, *minus_b, like=call)
    return _double(s, call) if a is not b else None


@_rule(np.power)
def _power(s: Simplifier, call: Call) -> Value | None:
    base, exponent = call.operands
    return _keep(base, call) if _number(exponent) == 1 else None


@_rule(np.transpose)
def _transpose(s: Simplifier, call: Call) -> Value | None:
    """Undo a transpose, the user's own included: what comes back is the array that it was taken of."""
    made = s.made.get(call.operands[0])
    plain = len(call.operands) == 1 and isinstance(made, Call) and made.function is np.transpose
    if not plain or made is None or len(made.operands) != 1:
        return None
    return _keep(made.operands[0], call) if isinstance(made.operands[0].type, Array) else None


@_rule(np.sum)
def _sum(s: Simplifier, call: Call) -> Value | None:
    """Take a sign out of a sum."""
    minus = s.match(call.operands[0], np.negative)
    if minus is None:
        return None
    total = Value(call.result.type)
    s.emit(replace(call, operands=(*minus, *call.operands[1:]), results=(total,)))
    return s.call(np.negative, total, like=call)


# -- broadcasting -----------------------------------------------------------------------------------------------------

_ELEMENTWISE = (np.add, np.subtract, np.multiply, np.divide, np.negative)


@_rule(*_ELEMENTWISE)
def _drop_broadcast(s: Simplifier, call: Call) -> Value | None:
    """Let an operator broadcast by itself; where no operand has the full shape, broadcast after it."""
    broadcast = [s.match(operand, primitives.broadcast_like) for operand in call.operands]
    if all(found is None for found in broadcast):
        return None
    operands = tuple(o if found is None else found[0] for o, found in zip(call.operands, broadcast, strict=True))
    types = tuple(operand.type for operand in operands)
    type_ = infer(call.function, call.form, types, {})
    if _same(type_, call.result.type) and not isinstance(type_, Unknown):
        return s.call(call.function, *operands, like=call)
    target = next(found[1] for found in broadcast if found is not None)
    if not _same_shape(target.type, call.result.type):
        return None
    if not isinstance(type_, Array) or not isinstance(call.result.type, Array):
        if not isinstance(type_, Scalar):
            return None
    elif type_.dtype_text != call.result.type.dtype_text:
        return None
    small = s.call(call.function, *operands, like=call)
    return s.call(primitives.broadcast_like, small, target, like=call, form=Form.FUNCTION)


def _same_shape(a: Type, b: Type) -> bool:
    a, b = widen(a), widen(b)
    return isinstance(a, Array) and isinstance(b, Array) and a.shape is not None and a.shape == b.shape


@_rule(primitives.broadcast_like)
def _broadcast(s: Simplifier, call: Call) -> Value | None:
    d, like = call.operands
    if isinstance(widen(like.type), Scalar) or _same_shape(d.type, like.type):
        return d
    inner = s.match(d, primitives.broadcast_like)
    if inner is not None:
        return s.call(primitives.broadcast_like, inner[0], like, like=call, form=Form.FUNCTION)
    number = _repeated_number(s, d)
    if number is not None:
        return s.call(primitives.broadcast_like, number, like, like=call, form=Form.FUNCTION)
    return None


def _repeated_number(s: Simplifier, d: Value) -> Value | None:
    """Return the number that fills an array which was broadcast from it and given further axes, else None."""
    item = s.match(d, operator.getitem)
    if item is None or not isinstance(item[1].type, Literal) or not _only_adds_axes(item[1].type.value):
        return None
    small = s.match(item[0], primitives.broadcast_like)
    if small is None:
        return None
    type_ = widen(small[0].type)
    return small[0] if isinstance(type_, Scalar) or (isinstance(type_, Array) and type_.shape == ()) else None


@_rule(operator.getitem)
def _item(s: Simplifier, call: Call) -> Value | None:
    owner, at = call.operands
    made = s.made.get(owner)
    if not isinstance(made, Call) or not isinstance(at.type, Literal):
        return None
    key = at.type.value
    if made.function is primitives.make_tuple and isinstance(key, int):
        return made.operands[key]
    if made.function in (make_record, primitives.pack_like):
        keys = positions(owner.type) or []
        # the items come last among the operands
        return made.operands[keys.index(key) - len(keys)] if key in keys else None
    return None


def _only_adds_axes(key: Any) -> bool:
    parts = key if isinstance(key, tuple) else (key,)
    whole = (isinstance(part, slice) and part == slice(None) for part in parts)
    return all(part is None or part is Ellipsis or all_of_it for part, all_of_it in zip(parts, whole, strict=True))
