"""The pullback of a program: one reverse sweep from a cotangent of the result, whatever the structure of that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from s2sad.analysis.activity import active_values
from s2sad.ir import primitives
from s2sad.ir.program import Function, Region, Value
from s2sad.ir.types import FLOAT, Array, Dict, List, Record, Scalar, Tuple, Type, is_differentiable, widen
from s2sad.transform.cotangents import Whole
from s2sad.transform.forward import tangent_type
from s2sad.transform.refusals import type_error
from s2sad.transform.reverse import Reversal, check_parameter, gradient, reverse_operations
from s2sad.transform.seeds import seed_names, with_seeds


def vjp(
    function: Function, wrt: Sequence[int], *, with_value: bool, single: bool = False, explicit: bool = False
) -> Function:
    """Differentiate a program of any result in reverse mode.

    Parameters
    ----------
    function : Function
        The primal program.
    wrt : sequence of int
        Positions of the parameters to differentiate by.
    with_value : bool
        Return `(value, cotangents)` instead of the cotangents.
    single : bool
        Return the cotangent of the only parameter in `wrt`, not a tuple.
    explicit : bool
        Give every cotangent an operation of its own, as in a textbook.

    Returns
    -------
    Function
        A program whose parameters are those of the primal, then `d_out`, the cotangent of the result, which has the
        structure of the result.

    Raises
    ------
    DifferentiationError
        A parameter cannot be differentiated by, the result holds no real numbers, or a rule is missing.
    """
    params = [function.body.params[k] for k in wrt]
    for value in params:
        check_parameter(value)
    output = function.result
    check_output(output)
    reversal = Reversal.of(function, active_values(function, params, output), explicit=explicit)
    (name,) = seed_names(["d_out"], function)
    seed = Value(_cotangent_type(output.type), name, True)
    builder = reversal.builder()
    accumulator = reversal.accumulator(builder)
    if output in reversal.active:
        accumulator.add(output, Whole(seed))
    primal = reverse_operations(function.body.operations, accumulator, reversal)
    cotangents = [gradient(value, accumulator) for value in params]
    result = cotangents[0] if single else builder.call(primitives.make_tuple, *cotangents)
    if with_value:
        result = builder.call(primitives.make_tuple, function.result, result)
    parameters, values = with_seeds(function, [seed])
    body = Region(values, (*primal, *builder.operations), replace(function.body.exit, values=(result,)))
    return replace(function, name=f"{function.name}_vjp", parameters=parameters, body=body, doc=None)


def check_output(value: Value) -> None:
    """Refuse a result that is known to be complex or no number; what is in containers is looked at when it is there."""
    type_ = widen(value.type)
    if _is_complex(type_):
        message = f"a result of type {type_} is complex, and has no real derivative"
        raise type_error("S2S305", message, "return its real and imaginary parts")
    if isinstance(type_, Scalar | Array) and not is_differentiable(type_):
        message = f"a result of type {type_} has no derivative"
        raise type_error("S2S305", message, "return a float or an array of floats")


def _cotangent_type(type_: Type) -> Type:
    """Return the type that the cotangent of a result must have: a Python float for every number of double precision.

    Whether such a number is one of Python or of NumPy is not the same in every run, where it is a gradient itself.
    """

    def relaxed(type_: Type) -> Type:
        match type_:
            case Array(dtype, (), True) if dtype == np.float64 and dtype is not None:
                return FLOAT
            case Tuple(items, cls):
                return Tuple(tuple(map(relaxed, items)), cls)
            case List(item, items):
                return List(relaxed(item), None if items is None else tuple(map(relaxed, items)))
            case Dict(item, entries):
                return Dict(relaxed(item), None if entries is None else tuple((k, relaxed(one)) for k, one in entries))
            case Record(cls, entries, rebuilt):
                return Record(cls, tuple((k, relaxed(one)) for k, one in entries), rebuilt)
            case other:
                return other

    return relaxed(tangent_type(type_))


def _is_complex(type_: Type) -> bool:
    match type_:
        case Scalar("complex"):
            return True
        case Array(dtype) if dtype is not None:
            return dtype.kind == "c"
        case _:
            return False
