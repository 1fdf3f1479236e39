"""Which values are floats beyond doubt: the type of a NumPy scalar may stand for a Python integer that joined it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from s2sad.analysis.operands import resolve
from s2sad.ir.procedures import Procedure
from s2sad.ir.program import Call, Form, If, Operation, Scan, Value
from s2sad.ir.types import Array, Literal, Scalar


def is_float(value: Value, definitions: Mapping[Value, Operation], known: Collection[Value] = ()) -> bool:
    """Tell whether a value is certainly a float, or an array of floats.

    Parameters
    ----------
    value : Value
        A value whose type is a number or an array.
    definitions : mapping
        The operation that made each value.
    known : collection of Value
        Values that are floats, such as the elements of an array that a loop goes through.
    """
    match value.type:
        case Literal(known_value):
            return isinstance(known_value, float | np.floating)
        case Array(dtype, _, False):
            return dtype is not None and dtype.kind == "f"
        case Array() | Scalar("float"):
            return value in known or _is_made_float(value, definitions, known)
        case _:
            return False


def _is_made_float(value: Value, definitions: Mapping[Value, Operation], known: Collection[Value]) -> bool:
    made = definitions.get(value)
    match made:
        case If():
            place = made.results.index(value)
            return all(is_float(arm.exit.values[place], definitions, known) for arm in (made.then, made.orelse))
        case Scan() if value in made.results[: len(made.initial)]:
            place = made.results.index(value)
            # what is carried is a float if it begins as one and a trip that is given one leaves one
            trip = {*known, made.carried[place]}
            begins = is_float(made.initial[place], definitions, known)
            return begins and is_float(made.next_values[place], definitions, trip)
        case Call(function=np.ufunc() as ufunc, form=form):
            whole = resolve(ufunc, (int,) * ufunc.nin)
            if whole is not None and whole.kind == "f":
                return True
            # `max(a, b)` returns one of the two as it is
            one_or_all = all if form is Form.BUILTIN else any
            return one_or_all(is_float(operand, definitions, known) for operand in made.operands)
        case Call(function=Procedure()):
            return False
        case Call(function=function, operands=operands):
            if function is float or getattr(function, "__module__", None) == "math":
                return True
            arrays = (operand.type for operand in operands if isinstance(operand.type, Array))
            return any(not one.scalar and one.dtype is not None and one.dtype.kind == "f" for one in arrays)
        case _:
            return False
