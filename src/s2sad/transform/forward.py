"""Forward mode: tangents travel beside the values, operation by operation and region by region.

See Griewank and Walther, "Evaluating Derivatives" (2nd ed., 2008), section 3.1.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from s2sad.analysis.infer import infer
from s2sad.analysis.lengths import axis_lengths
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.primitives_implicit import solution
from s2sad.ir.procedures import Procedure
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
    walk,
)
from s2sad.ir.types import (
    FLOAT,
    UNKNOWN,
    Array,
    Dict,
    List,
    Literal,
    Record,
    Scalar,
    Tuple,
    Type,
    Unknown,
    is_differentiable,
    widen,
)
from s2sad.rules.composing import activate, compose, rule_of
from s2sad.rules.registry import Rule, Unsupported
from s2sad.rules.staging import Symbol, lift, lower
from s2sad.transform.cotangents import Accumulator
from s2sad.transform.implicit import push_solution
from s2sad.transform.refusals import (
    check_covered,
    check_known,
    check_linear,
    checked_varied,
    missing_rule,
    unsupported,
)
from s2sad.transform.reverse import check_parameter, scalar_output
from s2sad.transform.seeds import ones_like, seed_names, with_seeds
from s2sad.transform.structure import adjoint_type, all_known, argument_positions, contribution, is_same_shape

_LINEAR_IN_EVERYTHING = frozenset(
    {
        primitives.make_tuple,
        primitives.make_list,
        primitives.concatenate_lists,
        primitives.accumulate,
    }
)


def jvp(
    function: Function, wrt: Sequence[int], *, with_value: bool = True, has_aux: bool = False, ones: bool = False
) -> Function:
    """Differentiate a program in forward mode.

    Parameters
    ----------
    function : Function
        The primal program.
    wrt : sequence of int
        Positions of the parameters to differentiate by.
    with_value : bool
        Return `(value, tangent)` instead of the tangent.
    has_aux : bool
        The function returns `(value, aux)`, and the tangent is that of its value alone.
    ones : bool
        The tangents are all ones, and no parameters.

    Returns
    -------
    Function
        A program whose parameters are those of the primal, then one tangent `x_dot` for each of `wrt`.

    Raises
    ------
    DifferentiationError
        A parameter cannot be differentiated by, or a rule is missing.
    """
    params = [function.body.params[k] for k in wrt]
    for value in params:
        check_parameter(value)
    names = seed_names([f"{function.parameters[k].name}_dot" for k in wrt], function)
    definitions: dict[Value, Operation] = {r: op for op in walk(function.body) for r in op.results}
    builder = Builder(infer, Origin(derived=True), definitions=definitions, lengths=axis_lengths(function))
    if ones:
        tangents = [ones_like(value, name, builder) for value, name in zip(params, names, strict=True)]
    else:
        tangents = [Value(tangent_type(v.type), name, True) for v, name in zip(params, names, strict=True)]
    push = Push(builder, checked_varied(function.body, params), dict(zip(params, tangents, strict=True)))
    push.operations(function.body.operations)
    result = push.tangent(scalar_output(function, has_aux))
    if with_value:
        result = push.derived(primitives.make_tuple, function.result, result)
    parameters, values = with_seeds(function, [] if ones else tangents)
    body = Region(values, tuple(push.builder.operations), replace(function.body.exit, values=(result,)))
    return replace(function, name=f"{function.name}_jvp", parameters=parameters, body=body, doc=None)


def tangent_type(type_: Type) -> Type:
    """Return the type that the tangent of a parameter must have: that of the parameter, Python floats included."""
    match widen(type_):
        case other if not is_differentiable(other):
            return UNKNOWN
        case Scalar("float"):
            return FLOAT
        case Tuple(items, cls):
            return Tuple(tuple(map(tangent_type, items)), cls)
        case List(item, items):
            return List(tangent_type(item), None if items is None else tuple(map(tangent_type, items)))
        case Dict(item, entries):
            pairs = None if entries is None else tuple((key, tangent_type(one)) for key, one in entries)
            return Dict(tangent_type(item), pairs)
        case Record(cls, entries, rebuilt):
            return Record(cls, tuple((name, tangent_type(one)) for name, one in entries), rebuilt)
        case other:
            return adjoint_type(other)


@dataclass(slots=True)
class Push:
    """The state of pushing tangents through one region."""

    builder: Builder
    varied: set[Value]
    tangents: dict[Value, Value] = field(default_factory=dict)
    procedures: dict[Any, Any] = field(default_factory=dict)
    """What each procedure has become."""

    def derived(self, function: Any, *args: Value, form: Form = Form.FUNCTION, **options: Any) -> Value:
        """Append a derived call."""
        self.builder.origin = replace(self.builder.origin, derived=True)
        return self.builder.call(function, *args, form=form, **options)

    def tangent(self, value: Value) -> Value:
        """Return the tangent of a value, zeros where it does not vary."""
        if value not in self.tangents:
            accumulator = Accumulator(self.builder, self.builder.definitions.get, set(), set())
            return accumulator.exact(accumulator.zeros(value), value)
        return self.tangents[value]

    def name(self, value: Value) -> str | None:
        """Return the name of the tangent of a value."""
        return None if value.hint is None else f"{value.hint}_dot"

    def operations(self, operations: Sequence[Operation]) -> None:
        """Append operations with their tangents."""
        from s2sad.transform.procedures_forward import push_procedure

        for operation in operations:
            self.builder.origin = operation.origin
            match operation:
                case Constant():
                    self.builder.add(operation)
                case Call(function=Procedure()):
                    push_procedure(operation, self)
                case Call():
                    self.builder.add(operation)
                    self.call(operation)
                case If():
                    self.branch(operation)
                case Scan():
                    self.scan(operation)

    # -- calls -----------------------------------------------------------------------------------------------------

    def call(self, call: Call) -> None:
        """Append the tangents of a call's results."""
        if not any(result in self.varied for result in call.results):
            return
        self.builder.origin = replace(call.origin, derived=True)
        if call.function is primitives.unpack:
            self._unpack(call)
            return
        if call.function is primitives.make_dict:
            operands = (call.operands[0], *map(self.tangent, call.operands[1:]))
            self.tangents[call.result] = self.derived(call.function, *operands, hint=self.name(call.result))
            return
        if call.function is operator.getitem or call.function in _LINEAR_IN_EVERYTHING:
            first, *rest = call.operands
            rest = rest if call.function is operator.getitem else list(map(self.tangent, rest))
            result = self.derived(
                call.function,
                self.tangent(first),
                *rest,
                form=call.form,
                spelling=call.spelling,
                hint=self.name(call.result),
            )
            self.tangents[call.result] = result
            return
        if call.function is solution:
            self.tangents[call.result] = push_solution(call, self)
            return
        rule = rule_of(call)
        if rule is None:
            raise missing_rule(call)
        try:
            tangent = self._composition(rule, call) if rule.kind == "composed" else self._apply(rule, call)
        except (Unsupported, TypeError) as error:
            raise unsupported(call, str(error)) from error
        self.tangents[call.result] = self.fit(tangent, call.result)

    def _composition(self, rule: Rule, call: Call) -> Value:
        operations, result = compose(rule, call, self.builder)
        activate(operations, self.varied)
        self.operations(operations)
        return self.tangent(result)

    def _unpack(self, call: Call) -> None:
        (owner,) = call.operands
        results = tuple(Value(adjoint_type(r.type), self.name(r)) for r in call.results)
        self.builder.add(Call(primitives.unpack, (self.tangent(owner),), (), results, self.builder.origin))
        self.tangents.update(zip(call.results, results, strict=True))

    def _apply(self, rule: Rule, call: Call) -> Value:
        split = len(call.positional)
        args = [lower(operand, self.builder, self.builder.definitions.get) for operand in call.operands]
        keywords = dict(zip(call.keywords, args[split:], strict=True))
        y = Symbol(call.result, self.builder)
        if rule.several and isinstance(call.result.type, Tuple):
            y = lower(call.result, self.builder, self.builder.definitions.get)
        if rule.kind == "linear":
            check_covered(rule, call, self.builder.nested())
            return self._apply_linear(rule, call)
        if rule.kind == "full":
            assert rule.pushforward is not None
            dots = self._dots(rule, call)
            return lift(self.builder, rule.pushforward(dots, y, *args[:split], **keywords))
        total: Any = None
        for operand, k in zip(call.operands, self._positions(rule, call), strict=True):
            if operand not in self.tangents or k is None:
                continue
            dot = Symbol(self.tangents[operand], self.builder)
            parts = rule.pullback(dot, y, *args[:split], **keywords)
            part = contribution(parts, k)
            check_known(call, k, part)
            if part is not None:
                total = part if total is None else total + part
        return lift(self.builder, total) if total is not None else self.tangent(call.result)

    def _positions(self, rule: Rule, call: Call) -> list[int | None]:
        """Return which argument of the function each operand is."""
        positions = argument_positions(call, rule)
        if any(k is None and operand in self.tangents for operand, k in zip(call.operands, positions, strict=True)):
            message = f"an argument of {call.function.__name__} that the derivative depends on is passed by keyword"
            raise unsupported(call, message, advice="pass it by position")
        return positions

    def _dots(self, rule: Rule, call: Call) -> list[Any]:
        """Return the tangent of each argument, by position."""
        positions = self._positions(rule, call)
        dots: list[Any] = [None] * (1 + max((k for k in positions if k is not None), default=-1))
        for operand, k in zip(call.operands, positions, strict=True):
            if k is not None:
                dots[k] = self._dot(operand)
        return dots

    def _dot(self, operand: Value) -> Any:
        """Return the tangent of an operand as a rule gets it: None, a symbol, or a list of these."""
        made = self.builder.definitions.get(operand)
        if isinstance(made, Call) and made.function in (primitives.make_list, primitives.make_tuple):
            return [self._dot(item) for item in made.operands]
        return Symbol(self.tangents[operand], self.builder) if operand in self.tangents else None

    def _apply_linear(self, rule: Rule, call: Call) -> Value:
        operands = list(call.operands)
        for k, position in enumerate(self._positions(rule, call)):
            if position in rule.argnums:
                operands[k] = self._linear_operand(operands[k])
            elif position is not None and operands[k] in self.tangents:
                check_linear(rule, call, position)
        types = tuple(operand.type for operand in operands)
        split = len(call.positional)
        kwargs = dict(zip(call.keywords, operands[split:], strict=True))
        type_ = infer(call.function, call.form, types[:split], {key: value.type for key, value in kwargs.items()})
        result = Value(type_, self.name(call.result))
        self.builder.add(replace(call, operands=tuple(operands), results=(result,), origin=self.builder.origin))
        return result

    def _linear_operand(self, operand: Value) -> Value:
        made = self.builder.definitions.get(operand)
        if isinstance(made, Call) and made.function in (primitives.make_list, primitives.make_tuple):
            return self.derived(made.function, *map(self._linear_operand, made.operands))
        return self.tangent(operand)

    def fit(self, tangent: Value, value: Value) -> Value:
        """Give a tangent the shape and dtype of its value."""
        target, source = widen(value.type), widen(tangent.type)
        accumulator = Accumulator(self.builder, self.builder.definitions.get, set(), set())
        match target, source:
            case _ if is_same_shape(source, target):
                return tangent
            case Array(dtype, shape), Array(other, given) if all_known(dtype, shape, other, given):
                if shape != given:
                    tangent = self.derived(primitives.broadcast_like, tangent, value, hint=tangent.hint)
                return accumulator.fit(tangent, value, exact=True) if dtype != other else tangent
            case Array(shape=shape), Array(shape=given):
                if shape is not None and shape == given:
                    return tangent
                return self.derived(primitives.broadcast_like, tangent, value, hint=tangent.hint, type_=target)
            case Array(dtype, shape), Scalar() if shape:
                tangent = self.derived(primitives.broadcast_like, tangent, value, hint=tangent.hint)
                return tangent
            case Unknown(like), Unknown(other) if like is not None and like == other:
                return tangent
            case Array(shape=()), Unknown():
                return tangent
            case (Unknown(), _) | (Array(), Unknown()):
                return self.derived(primitives.broadcast_like, tangent, value, hint=tangent.hint, type_=target)
            case _:
                return tangent

    # -- regions ---------------------------------------------------------------------------------------------------

    def _nested(self) -> Push:
        return Push(self.builder.nested(), self.varied, dict(self.tangents), self.procedures)

    def branch(self, operation: If) -> None:
        """Append a branch that yields the tangents of its results too."""
        varied = [k for k, result in enumerate(operation.results) if result in self.varied]
        results = [*operation.results]
        arms = []
        for arm in (operation.then, operation.orelse):
            inner = self._nested()
            inner.operations(arm.operations)
            inner.builder.origin = replace(operation.origin, derived=True)
            dots = [inner._start(arm.exit.values[k]) for k in varied]
            arms.append((inner, (*arm.exit.values, *dots), arm.exit.kind))
        regions = [inner.builder.region((), values, kind) for inner, values, kind in arms]
        for position, k in enumerate(varied, start=len(results)):
            types = {widen(values[position].type) for _, values, _ in arms}
            type_ = types.pop() if len(types) == 1 else adjoint_type(operation.results[k].type)
            dot = Value(type_, self.name(operation.results[k]))
            self.tangents[operation.results[k]] = dot
            results.append(dot)
        self.builder.add(replace(operation, then=regions[0], orelse=regions[1], results=tuple(results)))

    def scan(self, loop: Scan) -> None:
        """Append a loop that carries, iterates and collects tangents too."""
        self.builder.origin = replace(loop.origin, derived=True)
        items = [k for k, item in enumerate(loop.items) if item in self.varied]
        carried = [k for k, param in enumerate(loop.carried) if param in self.varied]
        lists = [k for k, value in enumerate(loop.collected) if value in self.varied]
        sources = (
            *loop.sources,
            *(Source(self.tangent(loop.sources[k].value), loop.sources[k].backwards) for k in items),
        )
        initial = (*loop.initial, *(self._start(loop.initial[k]) for k in carried))
        inner = self._nested()
        d_items = [Value(adjoint_type(loop.items[k].type), self.name(loop.items[k])) for k in items]
        d_carried = [Value(adjoint_type(loop.carried[k].type), self.name(loop.carried[k])) for k in carried]
        inner.tangents.update(zip((loop.items[k] for k in items), d_items, strict=True))
        inner.tangents.update(zip((loop.carried[k] for k in carried), d_carried, strict=True))
        inner.operations(loop.body.operations)
        inner.builder.origin = replace(loop.origin, derived=True)
        values = (
            *loop.next_values,
            *(inner.tangent(loop.next_values[k]) for k in carried),
            *loop.collected,
            *(inner.tangent(loop.collected[k]) for k in lists),
            *loop.body.exit.values[len(loop.results) :],
        )
        params = (*loop.items, *d_items, *loop.carried, *d_carried)
        finals = [Value(d.type, self.name(loop.finals[k])) for k, d in zip(carried, d_carried, strict=True)]
        d_lists = [Value(List(adjoint_type(loop.collected[k].type)), self.name(loop.lists[k])) for k in lists]
        results = (*loop.finals, *finals, *loop.lists, *d_lists)
        body = Region(params, tuple(inner.builder.operations), Exit(loop.body.exit.kind, values))
        self.builder.add(replace(loop, sources=sources, initial=initial, body=body, results=results))
        self.tangents.update(zip((loop.finals[k] for k in carried), finals, strict=True))
        self.tangents.update(zip((loop.lists[k] for k in lists), d_lists, strict=True))

    def _start(self, value: Value) -> Value:
        if value.type == Literal(None):
            return value
        return self.tangent(value)
