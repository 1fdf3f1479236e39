"""Differentiating procedures: each becomes a pair in reverse mode, and one with tangents in forward mode.

Of a procedure `h` the primal sweep calls `h_primal`, which returns the value and what its reverse reads of it (a tree,
where `h` calls itself), and the reverse sweep calls `h_reverse`, which returns the cotangents. A pair is entered in the
table before its bodies are made, so recursive calls find it. There is one for each set of varied parameters, which is
grown first until recursive calls vary nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from s2sad.analysis.activity import active_values, varied_values
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.procedures import Integrand, Procedure
from s2sad.ir.program import (
    Call,
    Exit,
    ExitKind,
    Function,
    Operation,
    Origin,
    Parameter,
    Region,
    Value,
    walk,
)
from s2sad.ir.types import UNKNOWN, Tuple, Type, is_differentiable
from s2sad.transform.bundles import bundle, unbundle
from s2sad.transform.cotangents import Accumulator, Cotangent, Parts, Whole
from s2sad.transform.dead import prune
from s2sad.transform.recomputed import drawn, without_effects
from s2sad.transform.record import export_from_body
from s2sad.transform.reverse import Reversal, gradient, reverse_operations
from s2sad.transform.rewrite import copy_region, substitute_region
from s2sad.transform.structure import adjoint_name, adjoint_type, item_type, positions

_FILLED = (primitives.scatter, primitives.pack_like, primitives.stack_like, primitives.zeros_like)
"""Functions that make cotangents which are zero wherever nothing was known of them."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What a procedure becomes in reverse mode; `varied` are the positions of the parameters that get cotangents.

    Of one that is computed again, `primal` is the procedure itself, and its reverse takes nothing that was saved.
    """

    primal: Procedure
    reverse: Procedure
    varied: tuple[int, ...]


def varied_parameters(procedure: Procedure, given: Iterable[int]) -> tuple[int, ...]:
    """Return the parameters that vary in any call that a call with `given` varied ones leads to."""
    body = procedure.function.body
    varied = {k for k in given if is_differentiable(body.params[k].type)}
    while True:
        values = varied_values(body, [body.params[k] for k in varied])
        more = {
            k
            for call in walk(body)
            if isinstance(call, Call) and call.function is procedure
            for k, operand in enumerate(call.operands)
            if operand in values and is_differentiable(body.params[k].type)
        }
        if more <= varied:
            return tuple(sorted(varied))
        varied |= more


# -- reverse mode ------------------------------------------------------------------------------------------------------


def reverse_procedure(call: Call, accumulator: Accumulator, reversal: Reversal) -> tuple[Operation, ...]:
    """Reverse the call of a procedure; return what stands for it in the primal sweep."""
    if isinstance(call.function, Integrand):
        from s2sad.transform.integrals import reverse_integral

        return reverse_integral(call, accumulator, reversal)
    found = accumulator.found.pop(call.result, None)
    given = [k for k, operand in enumerate(call.operands) if operand in reversal.active]
    if found is None or not given:
        return (call,)
    d = accumulator.whole(call.result, found)
    tainted = d in accumulator.tainted or _holds_zeros(call.result, found, accumulator)
    pair = _pair(call, given, tainted, reversal)
    if pair is None:
        return (call,)
    if pair.primal is call.function:
        _contribute(pair, call, (d,), accumulator, reversal)
        return (call,)
    whole = Value(Tuple((call.result.type, UNKNOWN)))
    saved = Value(UNKNOWN, f"saved_{call.result.hint}" if call.result.named else "saved")
    primal = replace(call, function=pair.primal, results=(whole,))
    taken = Call(primitives.unpack, (whole,), (), (call.result, saved), call.origin)
    reversal.definitions.update({whole: primal, call.result: taken, saved: taken})
    _contribute(pair, call, (saved, d), accumulator, reversal)
    return primal, taken


def _contribute(pair: Pair, call: Call, last: tuple[Value, ...], accumulator: Accumulator, reversal: Reversal) -> None:
    operands = [call.operands[k] for k in pair.varied]
    for operand, part in zip(operands, _cotangents(pair, call, last, accumulator), strict=True):
        if operand in reversal.active:
            accumulator.taint(part, last[-1])
            accumulator.add(operand, Whole(part))


def _holds_zeros(value: Value, cotangent: Cotangent, accumulator: Accumulator) -> bool:
    """Tell whether a part of a cotangent may be an exact zero because nothing that is wanted depends on that part."""
    match cotangent:
        case Parts(items):
            keys = positions(value.type) or ()
            return set(items) != set(keys) or any(
                _holds_zeros(Value(item_type(value.type, key)), part, accumulator) for key, part in items.items()
            )
        case Whole(d):
            made = accumulator.definition(d)
            return isinstance(made, Call) and made.function in _FILLED
        case _:
            return True


def _cotangents(pair: Pair, call: Call, last: tuple[Value, ...], accumulator: Accumulator) -> tuple[Value, ...]:
    """Append the call of the reverse, and return the cotangents of the varied operands."""
    builder = accumulator.builder
    operands = [call.operands[k] for k in pair.varied]
    parts = tuple(Value(adjoint_type(operand.type), adjoint_name(operand)) for operand in operands)
    whole = parts[0] if len(parts) == 1 else Value(Tuple(tuple(part.type for part in parts)))
    builder.add(Call(pair.reverse, (*call.operands, *last), (), (whole,), builder.origin))
    if len(parts) > 1:
        builder.add(Call(primitives.unpack, (whole,), (), parts, builder.origin))
    return parts


def _pair(call: Call, given: Iterable[int], tainted: bool, reversal: Reversal) -> Pair | None:
    """Return the pair that a procedure becomes; None where its result does not vary."""
    procedure = call.function
    assert isinstance(procedure, Procedure)
    varied = varied_parameters(procedure, given)
    for key in ((procedure, varied, True), (procedure, varied, tainted)):
        if key in reversal.pairs:
            return reversal.pairs[key]  # type: ignore[no-any-return]
    function = procedure.function
    sources = [function.body.params[k] for k in varied]
    active = active_values(function, sources, function.result)
    if function.result not in active:
        return None
    again, draws = procedure.is_recomputed, drawn(function.body.operations)
    name = procedure.name
    is_same = again and not draws
    pair = Pair(procedure if is_same else Procedure(f"{name}_primal"), Procedure(f"{name}_reverse", again), varied)
    reversal.pairs[procedure, varied, tainted] = pair
    inner = Reversal.of(function, active, explicit=reversal.explicit, pairs=reversal.pairs, in_procedure=True)
    d_result = Value(adjoint_type(function.result.type), "d_out")
    primal, region = _reversed(function, sources, d_result, inner, tainted)
    masked = reversal.pairs.get((procedure, varied, True))
    if masked is not None and not tainted:
        # where it calls itself the cotangent comes out of a mask, so let it be so from the first call on
        reversal.pairs[procedure, varied, False] = masked
        return masked  # type: ignore[no-any-return]
    if again:
        # run forward again, then back; what it does besides has been done by the primal sweep
        forward = without_effects((one for one in primal if draws.keys().isdisjoint(one.results)), {})
        region = replace(region, operations=prune((*forward, *region.operations), region.exit.values))
        if is_same:
            define(pair.reverse, function, replace(region, params=(*function.body.params, d_result)))
            return pair
        saved, items = tuple(draws), tuple(replace(value, hint=name) for value, name in draws.items())
        primal = list(function.body.operations)
        region = substitute_region(region, dict(zip(saved, items, strict=True)))
    else:
        saved, items, region = export_from_body(primal, region)
    kept, made = bundle(saved, Origin())
    _define_primal(pair.primal, function, (*primal, *made), kept)
    bundled = Value(items[0].type if len(items) == 1 else UNKNOWN, "saved")
    region = unbundle(bundled, items, region)
    define(pair.reverse, function, replace(region, params=(*function.body.params, bundled, d_result)))
    return pair


def _reversed(
    function: Function, sources: list[Value], d_result: Value, reversal: Reversal, tainted: bool
) -> tuple[list[Operation], Region]:
    """Return the primal operations, and the reverse ones with free references to them."""
    builder = reversal.builder()
    accumulator = reversal.accumulator(builder)
    accumulator.add(function.result, _taken_apart(function.result.type, d_result, builder, accumulator, tainted))
    primal = reverse_operations(function.body.operations, accumulator, reversal)
    builder.origin = Origin(derived=True)
    values = [gradient(value, accumulator) for value in sources]
    result = values[0] if len(values) == 1 else builder.call(primitives.make_tuple, *values)
    operations = prune(builder.operations, (result,))
    return primal, Region((), operations, Exit(ExitKind.RETURN, (result,)))


def _taken_apart(type_: Type, d: Value, builder: Builder, accumulator: Accumulator, tainted: bool) -> Cotangent:
    """Return the cotangent of a result item by item where it is a tuple."""
    if tainted:
        accumulator.tainted.add(d)
    if not isinstance(type_, Tuple) or not type_.items or type_.cls is not None:
        return Whole(d)
    items = tuple(Value(adjoint_type(one), f"{d.hint}_{k}") for k, one in enumerate(type_.items))
    builder.add(Call(primitives.unpack, (d,), (), items, builder.origin))
    parts = enumerate(zip(type_.items, items, strict=True))
    return Parts({k: _taken_apart(one, item, builder, accumulator, tainted) for k, (one, item) in parts})


def _define_primal(procedure: Procedure, function: Function, operations: tuple[Operation, ...], saved: Value) -> None:
    result = Value(Tuple((function.result.type, saved.type)))
    both = Call(primitives.make_tuple, (function.result, saved), (), (result,), Origin(derived=True))
    body = Region(function.body.params, (*operations, both), Exit(ExitKind.RETURN, (result,)))
    procedure.define(replace(function, name=procedure.name, body=copy_region(body, {})))


def define(procedure: Procedure, function: Function, region: Region) -> None:
    """Give a procedure its body; what it takes besides the parameters of the primal gets names of its own."""
    region = copy_region(region, {})
    names = [parameter.name for parameter in function.parameters]
    for value in region.params[len(names) :]:
        base = value.hint or "value"
        name, count = base, 0
        while name in names:
            count += 1
            name = f"{base}_{count}"
        names.append(name)
    procedure.define(replace(function, name=procedure.name, parameters=tuple(map(Parameter, names)), body=region))
