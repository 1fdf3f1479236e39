"""The value of an expression that is written out, found without running it."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from typing import Any

from s2sad.frontend.scope import Entity, Known, Unreadable, attribute

Lookup = Callable[[str], Entity | None]

_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Invert: operator.invert,
    ast.Not: operator.not_,
}
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_NUMBERS = (bool, int, float, complex)
_LARGEST_BITS = 4096
_LARGEST_COUNT = 10_000
_READING_METHODS = frozenset({"get", "keys", "values", "items", "copy", "index", "count"})


def evaluate(node: ast.expr, lookup: Lookup) -> Entity:
    """Return the value of a literal, of arithmetic on literal numbers, and of names of such values.

    Parameters
    ----------
    node : ast.expr
        The expression.
    lookup : callable
        What the names in it mean.

    Returns
    -------
    Known
        The value; or `Unreadable` with the reason, or the entity itself for the name of a function or module.
    """
    try:
        return _evaluate(node, lookup)
    except RecursionError:
        return Unreadable("<expression>", "is nested too deeply")


def _evaluate(node: ast.expr, lookup: Lookup) -> Entity:
    match node:
        case ast.Constant(value=value):
            large = isinstance(value, int) and value.bit_length() > _LARGEST_BITS
            return Unreadable("<expression>", "is too large a number") if large else Known(value)
        case ast.Name(id=name):
            return _small(name, lookup(name) or Unreadable(name, "is not bound"))
        case ast.Attribute(value=inner, attr=name):
            return attribute(_evaluate(inner, lookup), name) or Unreadable(name, "is not an attribute")
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            return _evaluate_items(node, items, lookup)
        case ast.Dict(keys=keys, values=values) if None not in keys:
            return _evaluate_dict([key for key in keys if key is not None], values, lookup)
        case ast.UnaryOp(op=op, operand=operand):
            return _apply(_UNARY[type(op)], [operand], lookup)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _apply(_BINARY[type(op)], [left, right], lookup)
        case _:
            return Unreadable("<expression>", "is not a literal value")


def _small(name: str, entity: Entity) -> Entity:
    """Return the entity, unless it is a container that grows beyond measure when it is written out again."""
    if not isinstance(entity, Known):
        return entity
    pending, count = [entity.value], 0
    while pending and count <= _LARGEST_COUNT:
        value = pending.pop()
        count += 1
        if type(value) in (tuple, list, set):
            pending.extend(value)
        elif type(value) is dict:
            pending.extend(value.values())
    return entity if count <= _LARGEST_COUNT else Unreadable(name, "is too large a container")


def _values(nodes: list[ast.expr], lookup: Lookup) -> list[Any] | Unreadable:
    values = []
    for node in nodes:
        match _evaluate(node, lookup):
            case Known(value):
                values.append(value)
            case Unreadable() as entity:
                return entity
            case _:
                return Unreadable("<expression>", "is not a literal value")
    return values


def _evaluate_items(node: ast.Tuple | ast.List | ast.Set, items: list[ast.expr], lookup: Lookup) -> Entity:
    values = _values(items, lookup)
    if isinstance(values, Unreadable):
        return values
    try:
        return Known({ast.Tuple: tuple, ast.List: list, ast.Set: set}[type(node)](values))
    except TypeError:
        return Unreadable("<expression>", "holds a value that cannot be in a set")


def _evaluate_dict(keys: list[ast.expr], values: list[ast.expr], lookup: Lookup) -> Entity:
    known_keys, known_values = _values(keys, lookup), _values(values, lookup)
    if isinstance(known_keys, Unreadable):
        return known_keys
    if isinstance(known_values, Unreadable):
        return known_values
    try:
        return Known(dict(zip(known_keys, known_values, strict=True)))
    except TypeError:
        return Unreadable("<expression>", "has a key that a dict cannot have")


def _apply(function: Callable[..., Any], operands: list[ast.expr], lookup: Lookup) -> Entity:
    values = _values(operands, lookup)
    if isinstance(values, Unreadable):
        return values
    if not all(type(value) in _NUMBERS for value in values):
        return Unreadable("<expression>", "is not arithmetic on numbers")
    if _is_large(function, values):
        return Unreadable("<expression>", "is too large a number to be worked out")
    try:
        return Known(function(*values))
    except (ArithmeticError, TypeError, ValueError) as error:
        return Unreadable("<expression>", f"cannot be worked out ({error})")


def _is_large(function: Callable[..., Any], values: list[Any]) -> bool:
    """Tell whether an integer would become so large that working it out takes noticeable time."""
    if not all(isinstance(value, int) for value in values):
        return False
    bits: list[int] = [value.bit_length() for value in values]
    if function is operator.pow:
        return bits[0] * max(abs(int(values[1])), 1) > _LARGEST_BITS
    return sum(bits) > _LARGEST_BITS


def is_written_into(module: ast.Module, name: str) -> bool:
    """Tell whether a list, dict or set may be changed by the text of its module.

    Reading items, looping and measuring are harmless. Anything else is not followed, and counts as a change.
    """
    harmless = {id(node) for node in _harmless(module)}
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load) and id(node) not in harmless
        for node in ast.walk(module)
    )


def _harmless(module: ast.Module) -> Iterator[ast.expr]:
    """Yield the nodes that are only read."""
    for node in ast.walk(module):
        match node:
            case ast.Subscript(value=value, ctx=ast.Load()):
                yield value
            case ast.For(iter=iterated) | ast.comprehension(iter=iterated):
                yield iterated
            case ast.Call(func=ast.Name(id="len" | "zip" | "enumerate" | "sum" | "max" | "min"), args=args):
                yield from args
            case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in _READING_METHODS:
                yield value
