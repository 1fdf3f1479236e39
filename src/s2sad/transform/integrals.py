"""Differentiating solutions of differential equations: the slope is a procedure, and so are those of the derivatives.

In reverse mode the slope becomes a procedure that returns cotangents besides, and the adjoint equation is solved
backwards. In forward mode the state is followed by its tangent, and the equation of both is solved: the variational
equation. This one can be differentiated again, the reverse cannot.
"""

from __future__ import annotations

import operator
from dataclasses import replace

import numpy as np

from s2sad.analysis.activity import active_values, varied_values
from s2sad.analysis.infer import infer
from s2sad.analysis.lengths import axis_lengths
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.dims import Dim, fresh
from s2sad.ir.primitives_integrals import SOLUTION, odeint_back, path_at, solution, solve_ivp_back
from s2sad.ir.primitives_stop import stop_gradient
from s2sad.ir.procedures import Integrand
from s2sad.ir.program import Call, Exit, ExitKind, Form, Function, Operation, Origin, Parameter, Region, Value, walk
from s2sad.ir.types import Array, Scalar, Tuple, Type, widen
from s2sad.transform.cotangents import Accumulator, Cotangent, Parts, Whole
from s2sad.transform.dead import prune
from s2sad.transform.forward import Push
from s2sad.transform.procedures import _reversed, define
from s2sad.transform.recomputed import without_effects
from s2sad.transform.refusals import draws_in, unsupported
from s2sad.transform.reverse import Reversal
from s2sad.transform.structure import adjoint_name, adjoint_type

_FLOAT = np.dtype(float)


def _check(call: Call, varied: list[int], mode: str) -> Integrand:
    """Return the slope; refuse arguments that are no arrays, and what has been differentiated in reverse mode."""
    integrand = call.function
    assert isinstance(integrand, Integrand)
    if integrand.is_reverse:
        message = "the reverse of a differential equation has no derivative rule"
        raise unsupported(call, message, advice="differentiate in forward mode, which can be done again")
    if draws_in(integrand.function.body):
        message = "the slope that is integrated draws random numbers"
        raise unsupported(call, message, advice="draw before, and pass on what was drawn")
    if 1 in varied and integrand.is_solution:
        message = "the times of `solve_ivp` vary, and have no derivative"
        raise unsupported(call, message, advice="scale the time, so that it goes from 0 to 1: y' = T f(T t, y)")
    for k in varied:
        if not isinstance(widen(call.operands[k].type), Scalar | Array):
            what = call.operands[k].hint or "an argument"
            message = f"the slope that is integrated reads {what!r}, which varies and is not known to be an array"
            raise unsupported(call, message, advice="give the types, or pass arrays and numbers as args=")
    if 1 in varied and mode == "forward":
        message = "the times of a differential equation have a derivative in reverse mode only"
        raise unsupported(call, message, advice="use reverse mode, as in `grad` and `jacrev`")
    return integrand


# -- reverse mode ------------------------------------------------------------------------------------------------------


def reverse_integral(call: Call, accumulator: Accumulator, reversal: Reversal) -> tuple[Operation, ...]:
    """Reverse the solution of a differential equation; return what stands for it in the primal sweep."""
    found = accumulator.found.pop(call.result, None)
    given = [k for k, operand in enumerate(call.operands) if operand in reversal.active]
    if found is None or not given:
        return (call,)
    integrand = _check(call, given, "reverse")
    varied = [k for k in given if k > 1]
    path, times, d = _path(call, found, accumulator)
    builder = accumulator.builder
    operands = (call.operands[0], times, *(call.operands[k] for k in varied))
    parts = tuple(Value(_double(operand.type), adjoint_name(operand)) for operand in operands)
    whole = Value(Tuple(tuple(part.type for part in parts)))
    slopes = _with_cotangents(integrand, varied, d in accumulator.tainted, reversal)
    builder.add(Call(slopes, (path, times, *call.operands[2:], d), (), (whole,), builder.origin))
    builder.add(Call(primitives.unpack, (whole,), (), parts, builder.origin))
    for operand, part in zip(operands, parts, strict=True):
        if operand in reversal.active:
            accumulator.taint(part, d)
            accumulator.add(operand, Whole(accumulator.fit(part, operand, exact=True)))
    return (call,)


def _path(call: Call, found: Cotangent, accumulator: Accumulator) -> tuple[Value, Value, Value]:
    """Return the path of a solution, a row for each time, the times, and the cotangent of the path."""
    integrand, builder = call.function, accumulator.builder
    assert isinstance(integrand, Integrand)
    if not integrand.is_solution:
        return call.result, call.operands[1], accumulator.whole(call.result, found)
    start, values = call.operands[0], _item(builder, call.result, "y")
    match found:
        case Parts({"y": part}):
            d_values = accumulator.whole(values, part)
        case _:
            d_values = _item(builder, accumulator.whole(call.result, found), "y")
    rows = [builder.call(np.transpose, one, form=Form.ATTRIBUTE, spelling="T") for one in (values, d_values)]
    path = _stacked(builder, start, rows[0], "path")
    d_path = _stacked(builder, builder.call(np.zeros_like, start), rows[1], "d_path")
    accumulator.taint(d_path, d_values)
    return path, _times(call, builder), d_path


def _times(call: Call, builder: Builder) -> Value:
    """Return the time at which the path of a solution starts, and those at which its values are: constants."""
    span = builder.call(operator.getitem, call.operands[1], builder.constant(0), form=Form.OPERATOR)
    start = builder.call(operator.getitem, span, builder.constant(0), form=Form.OPERATOR)
    later = builder.call(stop_gradient, _item(builder, call.result, "t"))
    return builder.call(np.append, start, later, hint="grid")


def _stacked(builder: Builder, start: Value, later: Value, hint: str) -> Value:
    return builder.call(np.vstack, builder.call(primitives.make_list, start, later), hint=hint)


def _item(builder: Builder, owner: Value, key: str) -> Value:
    return builder.call(operator.getitem, owner, builder.constant(key), form=Form.OPERATOR)


def _double(type_: Type) -> Type:
    """Return the type of a cotangent that the solver has followed, which is of double precision."""
    found = adjoint_type(type_)
    assert isinstance(found, Array)
    return replace(found, dtype=_FLOAT)


def _with_cotangents(integrand: Integrand, varied: list[int], tainted: bool, reversal: Reversal) -> Integrand:
    """Return the procedure of a slope and of the cotangents of the state and of the arguments that vary."""
    function = integrand.function
    sources = [function.body.params[k] for k in (0, *varied)]
    active = active_values(function, sources, function.result)
    inner = Reversal.of(function, active, explicit=reversal.explicit, pairs=reversal.pairs, in_procedure=True)
    d_slope = Value(adjoint_type(function.result.type), "d_out")
    primal, region = _reversed(function, sources, d_slope, inner, tainted)
    values = region.exit.values
    made = region.operations
    if len(sources) > 1:
        *made, together = region.operations  # type: ignore[assignment]
        assert isinstance(together, Call) and together.function is primitives.make_tuple
        values = together.operands
    result = Value(Tuple((function.result.type, *(value.type for value in values))))
    both = Call(primitives.make_tuple, (function.result, *values), (), (result,), Origin(derived=True))
    operations = prune((*without_effects(primal, {}), *made, both), (result,))
    params = (*function.body.params, d_slope)
    back = solve_ivp_back if integrand.solver in (solution, path_at) else odeint_back
    slopes = Integrand(f"{integrand.name}_reverse", back, integrand.options, is_reverse=True)
    define(slopes, function, Region(params, operations, Exit(ExitKind.RETURN, (result,))))
    return slopes


# -- forward mode ------------------------------------------------------------------------------------------------------


def push_integral(call: Call, push: Push) -> None:
    """Append the solution of a differential equation, with its tangent where that varies."""
    push.builder.add(call)
    given = [k for k, operand in enumerate(call.operands) if operand in push.tangents]
    if not given or call.result not in push.varied:
        return
    integrand = _check(call, given, "forward")
    varied = [k for k in given if k > 1]
    start, times, *rest = call.operands
    if integrand.is_solution:
        times = _times(call, push.builder)
    ends = push.derived(primitives.make_list, start, push.tangent(start))
    state = push.derived(np.concatenate, ends)
    operands = (state, times, *rest, *(push.tangent(call.operands[k]) for k in varied))
    both = Value(Array(_FLOAT, (_length(times), fresh())))
    slopes = _with_tangents(integrand, varied, push)
    push.builder.add(Call(slopes, operands, (), (both,), push.builder.origin))
    halves = push.derived(np.split, both, push.builder.constant(2), axis=push.builder.constant(1))
    path = Array(_FLOAT, (_length(times), _length(start)))
    name = "path_dot" if integrand.is_solution else push.name(call.result)
    parts = tuple(Value(path, hint) for hint in (None, name))
    push.builder.add(Call(primitives.unpack, (halves,), (), parts, push.builder.origin))
    push.tangents[call.result] = _dict_of(call, parts[1], push) if integrand.is_solution else parts[1]


def _length(value: Value) -> Dim:
    assert isinstance(value.type, Array) and value.type.shape is not None
    return value.type.shape[0]


def _dict_of(call: Call, path_dot: Value, push: Push) -> Value:
    """Return the tangent of a solution, a dict as the solution is, from that of its path."""
    later = push.derived(operator.getitem, path_dot, push.builder.constant(slice(1, None)), form=Form.OPERATOR)
    dots = {
        "t": push.tangent(_item(push.builder, call.result, "t")),
        "y": push.derived(np.transpose, later, form=Form.ATTRIBUTE, spelling="T"),
    }
    # a text or a count has no derivative, and zero would claim that it has one
    items = [dots[key] if key in dots else push.builder.constant(None) for key in SOLUTION]
    keys = push.builder.constant(SOLUTION)
    return push.derived(primitives.make_dict, keys, *items, hint=push.name(call.result))


def _with_tangents(integrand: Integrand, varied: list[int], push: Push) -> Integrand:
    """Return the procedure of a slope followed by its tangent, for a state that is followed by its tangent."""
    function = integrand.function
    y, *params = function.body.params
    sources = [function.body.params[k] for k in varied]
    dots = [Value(adjoint_type(value.type), f"{value.hint}_dot") for value in sources]
    y_dot, state = Value(y.type, f"{y.hint}_dot"), Value(Array(_FLOAT, (fresh(),)), "state")
    definitions = {result: operation for operation in walk(function.body) for result in operation.results}
    builder = Builder(infer, Origin(derived=True), definitions=definitions, lengths=axis_lengths(function))
    halves = builder.call(np.split, state, builder.constant(2))
    builder.add(Call(primitives.unpack, (halves,), (), (y, y_dot), builder.origin))
    tangents = {y: y_dot, **dict(zip(sources, dots, strict=True))}
    inner = Push(builder, varied_values(function.body, [y, *sources]), tangents, push.procedures)
    inner.operations(function.body.operations)
    builder.origin = Origin(derived=True)
    ends = builder.call(primitives.make_list, function.result, inner.tangent(function.result))
    result = builder.call(np.concatenate, ends)
    region = Region((state, *params, *dots), tuple(builder.operations), Exit(ExitKind.RETURN, (result,)))
    solver = path_at if integrand.is_solution else integrand.solver
    made = Integrand(f"{integrand.name}_forward", solver, integrand.options)
    define(made, _renamed(function), region)
    return made


def _renamed(function: Function) -> Function:
    return replace(function, parameters=(Parameter("state"), *function.parameters[1:]))
