"""Gradients inside functions that are differentiated: what the frontend needs of the transform."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.ir.program import Function
from s2sad.ir.types import UNKNOWN, Array, Literal, Scalar, Tuple, Type, widen
from s2sad.transform.pipeline import PRIMAL_PASSES, run_passes
from s2sad.transform.reverse import value_and_grad


def differentiate(
    function: Function, wrt: tuple[int, ...], single: bool, with_value: bool, has_aux: bool
) -> Function:
    """Return the function of the gradient of a procedure by some of its parameters."""
    cleaned = run_passes(function, PRIMAL_PASSES)
    return value_and_grad(cleaned, wrt, with_value=with_value, single=single, has_aux=has_aux)


def type_of(
    arguments: tuple[Type, ...], single: bool, value: Type | None, with_value: bool, has_aux: bool
) -> Type:
    """Return the type of a gradient from those of the arguments and of the value."""
    gradients = tuple(map(_gradient, arguments))
    gradient: Type = gradients[0] if single else Tuple(gradients)
    if with_value:
        return Tuple((widen(value) if value is not None else UNKNOWN, gradient))
    if not has_aux:
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


def as_gradient(derivative: Any) -> tuple[Any, Any, bool, bool] | None:
    """Return what a live gradient is made of; None for other derivatives."""
    options = derivative._options
    if options.mode != "reverse" or options.order != 1 or derivative._pickled:
        return None
    return derivative.primal, options.argnums, options.value, options.has_aux
