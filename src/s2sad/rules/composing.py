"""Functions that are declared by others: `np.kron` is a product and a reshape, and so is its derivative.

A definition is an ordinary function over arrays that computes what the NumPy function does. Its body is run once on
symbolic values, and the transforms differentiate what it records; the primal sweep goes on to call the function itself.
What the definition computes and the derivative does not read is dropped, so a linear function costs nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from s2sad.analysis.infer import TYPE_RULES, infer
from s2sad.ir.builder import Builder
from s2sad.ir.program import Call, Form, Operation, Value
from s2sad.ir.types import UNKNOWN, List, Literal, Tuple, Type, is_differentiable
from s2sad.rules.registry import RULES, Rule, Unsupported, is_constant, kind_of, register
from s2sad.rules.staging import Symbol, lift, lower


def composed(function: Callable[..., Any], definition: Callable[..., Any]) -> None:
    """Declare a function by others: `definition(*args, **kwargs)` takes the same arguments and returns the same.

    The type of a result is that of the definition's, unless the function has a type rule of its own.
    """
    register(Rule(function, "composed", definition))
    TYPE_RULES.setdefault(function, typed(definition))


def composed_for_complex(function: Callable[..., Any], definition: Callable[..., Any]) -> None:
    """Declare by others what a function is of complex arguments; it has another rule for real ones."""
    _FOR_COMPLEX[function] = Rule(function, "composed", definition)


def for_unknown(rule: Rule) -> None:
    """Declare the rule of a function for arguments of which it is not known whether they are complex."""
    _FOR_UNKNOWN[rule.function] = rule


def composed_with(function: Callable[..., Any], options: Iterable[str], definition: Callable[..., Any]) -> None:
    """Declare by others what a function is when any of some options is given; it has another rule without these."""
    _WITH_OPTIONS[function] = frozenset(options), Rule(function, "composed", definition)


def composed_where(
    function: Callable[..., Any], applies: Callable[[Call], bool], definition: Callable[..., Any]
) -> None:
    """Declare by others what a function is in calls that `applies` tells; it has another rule for the rest."""
    rule = Rule(function, "composed", definition)
    _FORMS.setdefault(function, []).append((applies, rule))


_FORMS: dict[Callable[..., Any], list[tuple[Callable[[Call], bool], Rule]]] = {}

SPECIAL: list[Callable[[Rule | None, Call], Rule | None]] = []
"""What may give a call a rule of its own, because of its options or of the kinds of its operands."""

_WITH_OPTIONS: dict[Callable[..., Any], tuple[frozenset[str], Rule]] = {}
_FOR_COMPLEX: dict[Callable[..., Any], Rule] = {}
_FOR_UNKNOWN: dict[Callable[..., Any], Rule] = {}


def rule_of(call: Call) -> Rule | None:
    """Return the rule of a call, which may depend on options and on the kinds of its operands; or None."""
    function = call.function
    for applies, form in _FORMS.get(function, ()):
        if applies(call):
            return form
    for special in SPECIAL:
        found = special(RULES.get(function), call)
        if found is not None:
            return found
    options, rule = _WITH_OPTIONS.get(function, (frozenset(), None))
    if options.intersection(call.keywords):
        return rule
    if function in _FOR_COMPLEX:
        kinds = [kind_of(operand.type) for operand in call.positional]
        if "c" in kinds:
            return _FOR_COMPLEX[function]
        if None in kinds and function in _FOR_UNKNOWN:
            return _FOR_UNKNOWN[function]
    return RULES.get(function)


def compose(rule: Rule, call: Call, builder: Builder) -> tuple[list[Operation], Value]:
    """Return what the definition of a called function records, and its result.

    Raises
    ------
    Unsupported
        The definition does not cover this call.
    """
    inner = builder.nested()
    inner.origin = replace(call.origin, derived=True)
    args = [lower(operand, inner, inner.definitions.get) for operand in call.operands]
    split = len(call.positional)
    result = rule.pullback(*args[:split], **dict(zip(call.keywords, args[split:], strict=True)))
    return inner.operations, lift(inner, result)


def activate(operations: list[Operation], active: set[Value]) -> None:
    """Add the results of operations to the values that a derivative reaches."""
    for operation in operations:
        is_reached = isinstance(operation, Call) and not is_constant(operation)
        if is_reached and active.intersection(operation.operands):
            active.update(value for value in operation.results if is_differentiable(value.type))


def typed(definition: Callable[..., Any]) -> Callable[..., Type]:
    """Return the type rule that a definition amounts to."""

    def type_(_form: Form, *args: Type, **kwargs: Type) -> Type:
        builder = Builder(infer)
        symbols = [_argument(one, builder) for one in args]
        try:
            result = definition(*symbols, **{key: _argument(one, builder) for key, one in kwargs.items()})
        except (Unsupported, AttributeError):
            return UNKNOWN
        return lift(builder, result).type

    return type_


def _argument(type_: Type, builder: Builder) -> Any:
    """Return what a definition gets for an argument of a type."""
    match type_:
        case Literal(value):
            return value
        case Tuple(items, None):
            return tuple(_argument(item, builder) for item in items)
        case List(items=tuple() as items):
            return [_argument(item, builder) for item in items]
        case _:
            return Symbol(Value(type_), builder)
