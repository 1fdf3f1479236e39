"""Derivatives inside functions that are differentiated: what the frontend needs of the transform.

Whoever can write such a function has imported something that loads this module: `grad` and its like, or the two
functions that say which equation a solver solves, which are public from here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.equations import fixed_point, implicit
from s2sad.frontend import derivatives, derived
from s2sad.frontend.scope import Derived
from s2sad.ir.program import Function
from s2sad.ir.types import UNKNOWN, Array, Literal, Scalar, Tuple, Type, widen
from s2sad.transform.forward import jvp
from s2sad.transform.pipeline import PRIMAL_PASSES, run_passes
from s2sad.transform.pullback import check_output, vjp
from s2sad.transform.refusals import check_repeatable
from s2sad.transform.reverse import value_and_grad
from s2sad.transform.structure import adjoint_type

__all__ = ["as_derived", "derivatives", "differentiate", "fixed_point", "implicit", "type_of"]


def differentiate(function: Function, wrt: tuple[int, ...], single: bool, what: Derived) -> Function:
    """Return the function of the derivative of a procedure by some of its parameters."""
    cleaned = run_passes(function, PRIMAL_PASSES)
    if what.mode == "reverse":
        value, aux = what.with_value, what.has_aux
        return value_and_grad(cleaned, wrt, with_value=value, single=single, has_aux=aux)
    if what.mode != "jvp":
        # such sweeps are made more than once at one point
        check_repeatable(cleaned, ())
    if what.mode == "vjp":
        return vjp(cleaned, wrt, with_value=False, single=single)
    check_output(cleaned.result)
    return jvp(cleaned, wrt, with_value=what.mode == "jvp", ones=what.mode == "ones")


def type_of(arguments: tuple[Type, ...], single: bool, value: Type, what: Derived) -> Type:
    """Return the type of a derivative from those of the arguments and of the value."""
    if what.mode == "jvp":
        return Tuple((widen(value), adjoint_type(value)))
    if what.mode in ("tangent", "ones"):
        return adjoint_type(value)
    gradients = tuple(map(_gradient, arguments))
    gradient: Type = gradients[0] if single else Tuple(gradients)
    if what.with_value:
        return Tuple((widen(value), gradient))
    if not what.has_aux:
        return gradient
    aux = value.items[1] if isinstance(value, Tuple) and len(value.items) == 2 else UNKNOWN
    return Tuple((gradient, aux))


def _gradient(type_: Type) -> Type:
    match widen(type_):
        case Scalar("float"):
            return Array(np.dtype(float), (), scalar=True)
        case Array() as array:
            return array
        case Tuple(items, cls) if not isinstance(type_, Literal):
            return Tuple(tuple(map(_gradient, items)), cls)
        case _:
            return UNKNOWN


def as_derived(derivative: Any) -> tuple[Any, dict[str, Any]] | None:
    """Return what a live gradient is made of; None for other derivatives."""
    options = derivative._options
    if options.mode != "reverse" or options.order != 1 or derivative._pickled:
        return None
    return derivative.primal, {
        "argnums": options.argnums,
        "with_value": options.value,
        "has_aux": options.has_aux,
    }


derived.declare(differentiate, type_of)
