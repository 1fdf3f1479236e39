"""Reverse mode: from a program to the program of its value and gradient, or of its pullback.

Operations are walked backwards and each adds its contributions to the cotangents of its operands; regions are in
`reverse_regions`. The derivative is built with free references to whatever primal values the rules touch; which of
these are kept, and how, is decided afterwards (`record`). See Griewank and Walther, "Evaluating Derivatives" (2nd ed.,
2008), chapter 3.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from s2sad.analysis.activity import active_values
from s2sad.analysis.infer import infer
from s2sad.analysis.lengths import axis_lengths
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.procedures import Procedure
from s2sad.ir.program import (
    Call,
    Constant,
    ExitKind,
    Form,
    Function,
    If,
    Operation,
    Origin,
    Region,
    Scan,
    Value,
    walk,
)
from s2sad.ir.types import Array, Dict, List, Literal, Path, Scalar, Type, Unknown, is_differentiable, widen
from s2sad.rules.composing import activate, compose, rule_of
from s2sad.rules.registry import HARMLESS, RULES, Rule, Unsupported
from s2sad.rules.staging import Symbol, lower
from s2sad.transform.containers import DISPLAYS, reverse_display, reverse_item, reverse_unpack, seeds_of_several
from s2sad.transform.cotangents import Accumulator, Masked, Parts, Whole, guarded
from s2sad.transform.refusals import check_draws, check_known, check_linear, missing_rule, type_error, unsupported
from s2sad.transform.structure import adjoint_name, argument_positions, is_same_shape, positions
from s2sad.transform.surgery import SURGERY, without_surgery


@dataclass(slots=True)
class Reversal:
    """The state shared by the reversal of all regions of one function."""

    active: set[Value]
    definitions: dict[Value, Operation]
    numeric: set[Value]
    lengths: dict[Any, tuple[Value, int]]
    tainted: set[Value] = field(default_factory=set)
    explicit: bool = False
    loops: int = 0
    """How many loops the operation at hand stands in."""
    pairs: dict[Any, Any] = field(default_factory=dict)
    """The pair of procedures that has been made of each procedure."""
    in_procedure: bool = False

    @classmethod
    def of(cls, function: Function, active: set[Value], **shared: Any) -> Reversal:
        """Return the state for reversing a function whose active values are known."""
        check_draws(function.body, active)
        definitions = {result: operation for operation in walk(function.body) for result in operation.results}
        return cls(active, definitions, numeric_values(function), axis_lengths(function), **shared)

    def accumulator(self, builder: Builder) -> Accumulator:
        """Return an accumulator for a region that is built with `builder`."""
        return Accumulator(builder, self.definitions.get, self.numeric, self.tainted, self.explicit)

    def builder(self) -> Builder:
        """Return a builder for derived operations."""
        return Builder(infer, Origin(derived=True), definitions=self.definitions, lengths=self.lengths)


def value_and_grad(
    function: Function,
    wrt: Sequence[int],
    *,
    with_value: bool,
    single: bool,
    has_aux: bool = False,
    explicit: bool = False,
) -> Function:
    """Differentiate a scalar-valued program in reverse mode.

    Parameters
    ----------
    function : Function
        The primal program.
    wrt : sequence of int
        Positions of the parameters to differentiate by.
    with_value : bool
        Return `(value, gradient)` instead of the gradient.
    single : bool
        The gradient is that of the only parameter in `wrt`, not a tuple.
    has_aux : bool
        The function returns `(value, aux)`; `aux` is handed on beside the gradient.
    explicit : bool
        Give every cotangent an operation of its own, as in a textbook.

    Returns
    -------
    Function
        A program with the same parameters.

    Raises
    ------
    DifferentiationError
        The result cannot be a scalar, a parameter cannot be differentiated by, or a rule is missing.
    """
    params = [function.body.params[k] for k in wrt]
    for value in params:
        check_parameter(value)
    output = scalar_output(function, has_aux)
    check_result(output)
    reversal = Reversal.of(function, active_values(function, params, output), explicit=explicit)
    builder = reversal.builder()
    accumulator = reversal.accumulator(builder)
    if not _is_real_scalar(output.type):
        builder.origin = Origin()
        builder.call(primitives.check_scalar, output, builder.constant(function.name), type_=Literal(None))
        builder.origin = Origin(derived=True)
    if output in reversal.active:
        seed = builder.constant(1.0, hint=None if explicit else adjoint_name(output))
        if explicit:
            seed = builder.call(primitives.identity, seed, hint=adjoint_name(output))
        accumulator.add(output, Whole(seed))
    primal = reverse_operations(function.body.operations, accumulator, reversal)
    gradients = [gradient(value, accumulator) for value in params]
    result = gradients[0] if single else builder.call(primitives.make_tuple, *gradients)
    if with_value:
        result = builder.call(primitives.make_tuple, function.result, result)
    elif has_aux:
        aux = _item_of(function, 1)
        result = builder.call(primitives.make_tuple, result, aux)
    suffix = "value_and_grad" if with_value else "grad"
    body = Region(function.body.params, (*primal, *builder.operations), replace(function.body.exit, values=(result,)))
    assert body.exit.kind is ExitKind.RETURN
    return replace(function, name=f"{function.name}_{suffix}", body=body, doc=None)


def scalar_output(function: Function, has_aux: bool) -> Value:
    """Return the value whose gradient is wanted: the result, or its first item."""
    if not has_aux:
        return function.result
    return _item_of(function, 0)


def _item_of(function: Function, position: int) -> Value:
    made = {r: op for op in function.body.operations for r in op.results}.get(function.result)
    if not isinstance(made, Call) or made.function is not primitives.make_tuple or len(made.operands) != 2:
        message = "with has_aux=True the function must return a pair (value, aux)"
        raise type_error("S2S303", message, "return the two as a tuple in one return statement")
    return made.operands[position]


def check_parameter(value: Value) -> None:
    """Refuse to differentiate by a parameter that is no float and no array of floats."""
    if not is_differentiable(value.type) or isinstance(value.type, Literal):
        message = f"the derivative by {value.hint!r} does not exist: its type is {value.type}"
        raise type_error("S2S300", message, "pass a float or an array of floats, or differentiate by another argument")


def check_result(value: Value) -> None:
    """Refuse a result that is known not to be a real scalar."""
    match widen(value.type):
        case Array(dtype) if dtype is not None and dtype.kind != "f":
            what = f"a value of type {value.type}"
        case Unknown() | Scalar("float") | Array(shape=()) | Array(shape=None):
            return
        case Scalar(kind):
            what = f"a value of type {kind}"
        case other:
            what = f"a value of type {other}"
    message = f"the gradient needs a function that returns a real scalar, and this one returns {what}"
    raise type_error("S2S301", message, "return a scalar, for example the sum, or use s2sad.jacobian")


def _is_real_scalar(type_: Type) -> bool:
    """Tell whether a result is known to be a real scalar; of others that is found out when they are computed."""
    match widen(type_):
        case Scalar("float"):
            return True
        case Array(dtype, ()):
            return dtype is not None and dtype.kind == "f"
        case _:
            return False


def numeric_values(function: Function) -> set[Value]:
    """Return the values that can only be numbers or arrays: the cotangents of arithmetic refuse anything else."""
    return {
        operand
        for operation in walk(function.body)
        if isinstance(operation, Call) and operation.function in RULES
        if RULES[operation.function].kind == "elementwise"
        for operand in operation.operands
    }


def gradient(value: Value, accumulator: Accumulator) -> Value:
    """Return the whole cotangent of a parameter, zeros where nothing reaches it."""
    found = accumulator.found.get(value)
    d = accumulator.zeros(value) if found is None else accumulator.whole(value, found)
    return accumulator.exact(d, value)


# -- operations -------------------------------------------------------------------------------------------------------


def reverse_operations(
    operations: Sequence[Operation], accumulator: Accumulator, reversal: Reversal
) -> list[Operation]:
    """Reverse operations into the accumulator's builder; return them as they must now stand in the primal sweep."""
    from s2sad.transform.procedures import reverse_procedure
    from s2sad.transform.reverse_regions import reverse_if, reverse_scan

    primal: list[Operation] = []
    for operation in reversed(operations):
        accumulator.builder.origin = replace(operation.origin, derived=True)
        match operation:
            case Constant():
                primal.append(operation)
            case Call(function=Procedure()):
                primal.extend(reversed(reverse_procedure(operation, accumulator, reversal)))
            case Call():
                _reverse_call(operation, accumulator, reversal)
                primal.append(without_surgery(operation))
            case If():
                primal.append(reverse_if(operation, accumulator, reversal))
            case Scan():
                primal.extend(reversed(reverse_scan(operation, accumulator, reversal)))
    primal.reverse()
    return primal


def _reverse_call(call: Call, accumulator: Accumulator, reversal: Reversal) -> None:
    if not any(result in accumulator.found for result in call.results):
        return
    if not any(operand in reversal.active for operand in call.operands):
        for result in call.results:
            accumulator.found.pop(result, None)
        return
    if call.function is primitives.unpack:
        reverse_unpack(call, accumulator)
        return
    cotangent = accumulator.found.pop(call.result)
    if call.function in SURGERY:
        SURGERY[call.function](call, cotangent, accumulator, reversal.active)
        return
    if call.function in DISPLAYS:
        reverse_display(call, cotangent, accumulator, reversal.active)
        return
    if call.function is operator.getitem and reverse_item(call, cotangent, accumulator):
        return
    _apply_rule(call, cotangent, accumulator, reversal)


def _apply_rule(call: Call, cotangent: Any, accumulator: Accumulator, reversal: Reversal) -> None:
    rule = rule_of(call)
    if rule is None:
        raise missing_rule(call)
    if rule.kind == "composed":
        _reverse_composition(rule, call, cotangent, accumulator, reversal)
        return
    builder, mask = accumulator.builder, None
    seed = seeds_of_several(call.result, cotangent, accumulator) if rule.several else ()
    if seed:
        d = next(one.value for one in seed if one is not None)
    elif rule.kind == "elementwise" and isinstance(cotangent, Masked):
        mask, d = cotangent.mask, cotangent.value
        if d in accumulator.tainted and rule.singular:
            # an inner mask has made exact zeros where this one holds
            counts = builder.call(np.not_equal, d, builder.constant(0.0), form=Form.OPERATOR)
            mask = builder.call(np.logical_and, mask, counts)
    else:
        d = accumulator.whole(call.result, cotangent)
        if d in accumulator.tainted and (rule.singular or _has_open_factor(call)):
            # a factor may be infinite where the cotangent is an exact zero
            mask = builder.call(np.not_equal, d, builder.constant(0.0), form=Form.OPERATOR)
    args = [lower(operand, builder, reversal.definitions.get) for operand in call.operands]
    y: Any = lower(call.result, builder, reversal.definitions.get) if seed else Symbol(call.result, builder)
    if rule.singular and mask is not None:
        y, args = (guarded(x, mask, accumulator, HARMLESS.get(call.function, 0.5)) for x in (y, args))
    split = len(call.positional)
    keywords = dict(zip(call.keywords, args[split:], strict=True))
    contributions = _stage(rule, call, seed or Symbol(d, builder), y, args[:split], keywords)
    for operand, position in zip(call.operands, argument_positions(call, rule), strict=True):
        if operand not in reversal.active:
            continue
        if position is None:
            message = f"an argument of {call.function.__name__} that the derivative depends on is passed by keyword"
            raise unsupported(call, message, advice="pass it by position")
        check_linear(rule, call, position)
        contribution = contributions[position] if position < len(contributions) else None
        check_known(call, position, contribution)
        if contribution is not None:
            exact = _is_put(call) or (rule.broadcasts is not None and position not in rule.broadcasts)
            _contribute(operand, contribution, exact, mask, d, accumulator)


def _is_put(call: Call) -> bool:
    """Tell whether this puts something into a list or a dict, which hold it as it is."""
    if call.function is not primitives.set_at:
        return False
    base, index, _ = (operand.type for operand in call.operands)
    return isinstance(widen(base), List | Dict) and not isinstance(index, Path)


def _has_open_factor(call: Call) -> bool:
    """Tell whether this is a product of which no factor is a known finite number."""
    known = (operand.type.value for operand in call.operands if isinstance(operand.type, Literal))
    finite = any(isinstance(value, int | float) and np.isfinite(value) for value in known)
    return call.function is np.multiply and not finite


def _reverse_composition(rule: Rule, call: Call, cotangent: Any, accumulator: Accumulator, reversal: Reversal) -> None:
    """Compute what a function is made of in the reverse sweep, as far as its derivative reads that, and reverse it."""
    try:
        operations, result = compose(rule, call, accumulator.builder)
    except (Unsupported, TypeError) as error:
        raise unsupported(call, str(error)) from error
    activate(operations, reversal.active)
    accumulator.builder.operations += operations
    accumulator.add(result, cotangent)
    reverse_operations(operations, accumulator, reversal)


def _stage(rule: Rule, call: Call, d: Any, y: Any, args: list[Any], keywords: dict[str, Any]) -> tuple[Any, ...]:
    try:
        contributions = rule.pullback(d, y, *args, **keywords)
    except Unsupported as error:
        raise unsupported(call, str(error)) from error
    except TypeError as error:
        raise unsupported(call, f"np.{call.function.__name__} is called in a way that has no rule: {error}") from error
    return contributions if isinstance(contributions, tuple) else (contributions,)


def _contribute(
    operand: Value, contribution: Any, exact: bool, mask: Value | None, d: Value, accumulator: Accumulator
) -> None:
    if isinstance(contribution, list | tuple):
        keys = positions(operand.type)
        assert keys is not None and len(keys) == len(contribution)
        for key, part in zip(keys, contribution, strict=True):
            if part is not None:
                value = part.value if isinstance(part, Symbol) else accumulator.builder.constant(part)
                accumulator.taint(value, d)
                accumulator.add(operand, Parts({key: Whole(value)}))
        return
    is_symbol = isinstance(contribution, Symbol)
    value = contribution.value if is_symbol else accumulator.builder.constant(contribution)
    if value is not d:
        value = with_hint(value, adjoint_name(operand), accumulator)
    elif accumulator.explicit:
        value = accumulator.call(primitives.identity, value, hint=adjoint_name(operand))
    accumulator.taint(value, d)
    if mask is not None:
        if isinstance(accumulator.classify(value), Masked):
            # a mask inside a mask: what it takes out is an exact zero
            accumulator.tainted.add(value)
        if is_same_shape(value.type, operand.type):
            accumulator.add(operand, Masked(mask, value))
            return
        value = accumulator.call(primitives.mask, mask, value)
        accumulator.tainted.add(value)
    found = accumulator.classify(value)
    if isinstance(found, Masked) and is_same_shape(found.value.type, operand.type):
        accumulator.add(operand, found)
        return
    if isinstance(found, Masked):
        accumulator.tainted.add(value)
    fitted = accumulator.fit(value, operand, exact=exact)
    accumulator.taint(fitted, value)
    accumulator.add(operand, Whole(fitted))


def with_hint(value: Value, hint: str | None, accumulator: Accumulator) -> Value:
    """Give a value that was just made, and that nothing else reads yet, a name."""
    operations = accumulator.builder.operations
    if hint is None or value.hint is not None:
        return value
    for k in range(len(operations) - 1, max(len(operations) - 8, -1), -1):
        made = operations[k]
        if isinstance(made, Call) and made.results == (value,):
            named = replace(value, hint=hint)
            operations[k] = replace(made, results=(named,))
            accumulator.builder.definitions[named] = operations[k]
            return named
        if value in made.operands:
            return value
    return value
