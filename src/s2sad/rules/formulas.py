"""Functions that are short formulas of others: NaN-skipping sums, logarithms to base 2, parts of numbers, choices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from s2sad.ir import primitives_bessel
from s2sad.rules import registry
from s2sad.rules.arguments import array, call, is_number, kind, refuse
from s2sad.rules.composing import composed
from s2sad.rules.elementwise import declare
from s2sad.rules.registry import Unsupported

_LN2 = math.log(2.0)

# -- elementwise -----------------------------------------------------------------------------------------------------


def _ignoring_nan(extreme: Any) -> Any:
    def definition(x: Any, y: Any) -> Any:
        result = extreme(x, y)
        for one, other in ((y, x), (x, y)):
            if not is_number(one) or one != one:
                result = np.where(np.isnan(one), other, result)
        return result

    return definition


def _logaddexp2(x: Any, y: Any) -> Any:
    return np.logaddexp(x * _LN2, y * _LN2) / _LN2


def _heaviside(x: Any, h0: Any) -> Any:
    return np.where(x == 0, h0, np.where(x > 0, 1.0, 0.0))


def _copysign(x: Any, y: Any) -> Any:
    return np.absolute(x) * np.where(np.signbit(y), -1.0, 1.0)


def _nan_to_num(x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    array("np.nan_to_num", x)
    if copy is not True or not all(one is None or is_number(one) for one in (nan, posinf, neginf)):
        raise Unsupported("np.nan_to_num in place or with values that are not constants has no derivative rule")
    # what replaces NaN and the infinities is a constant, whichever it is
    return np.where(np.isfinite(x), x, 0.0)


def _modf(x: Any) -> Any:
    array("np.modf", x)
    if kind(x) != "f":
        raise Unsupported("np.modf of what is not known to be floats has no derivative rule: give the types")
    whole = np.trunc(x)
    return x - whole, whole


def _divmod(x1: Any, x2: Any) -> Any:
    array("np.divmod", x1, x2)
    return np.floor_divide(x1, x2), np.remainder(x1, x2)


def _frexp(d: Any, y: Any, x: Any) -> Any:
    array("np.frexp", x)
    return None if d[0] is None else np.ldexp(d[0], -y[1])


def _frexp_forward(tangents: Any, y: Any, x: Any) -> Any:
    array("np.frexp", x)
    return np.ldexp(tangents[0], -y[1]), np.zeros_like(y[1])


def _sinc_slope(x: Any) -> Any:
    """Return the derivative of sinc: by its series near 0, where the quotient cancels."""
    z = np.pi * x
    squares = z * z
    near = np.absolute(z) < 0.1
    apart = np.where(near, 1.0, z)
    series = z * (-1 / 3 + squares * (1 / 30 + squares * (-1 / 840 + squares * (1 / 45360 - squares / 3991680))))
    return np.pi * np.where(near, series, (np.cos(apart) - np.sin(apart) / apart) / apart)


def _bessel_i1_slope(y: Any, x: Any) -> Any:
    at_zero = x == 0
    return np.i0(x) - np.where(at_zero, 0.5, y / np.where(at_zero, 1.0, x))


def _unwrap(d: Any, y: Any, p: Any, *args: Any, **options: Any) -> Any:
    # what is added is a multiple of the period, which does not vary
    array("np.unwrap", p)
    return d


declare(np.sinc, lambda d, y, x: d * _sinc_slope(x), real=True)
declare(np.i0, lambda d, y, x: d * call(d, primitives_bessel.bessel_i1, x), real=True)
declare(primitives_bessel.bessel_i1, lambda d, y, x: d * _bessel_i1_slope(y, x))
registry.elementwise(np.unwrap, _unwrap)
declare(np.ldexp, lambda d, y, x, exponent: np.ldexp(d, exponent))
registry.full(np.frexp, _frexp, _frexp_forward, several=True)
composed(np.modf, _modf)
composed(np.divmod, _divmod)
composed(np.fmax, _ignoring_nan(np.maximum))
composed(np.fmin, _ignoring_nan(np.minimum))
composed(np.logaddexp2, _logaddexp2)
composed(np.heaviside, _heaviside)
composed(np.copysign, _copysign)
composed(np.nan_to_num, _nan_to_num)

# -- sums ------------------------------------------------------------------------------------------------------------


def _nancumprod(a: Any, axis: Any = None, **options: Any) -> Any:
    refuse("np.nancumprod", **options)
    array("np.nancumprod", a)
    counted = np.where(np.isnan(a), 1.0, a)
    return np.cumprod(np.ravel(counted), axis=0) if axis is None else np.cumprod(counted, axis=axis)


composed(np.nancumprod, _nancumprod)


def _cumulative(function: Any) -> Any:
    def definition(x: Any, *, axis: Any = None, **options: Any) -> Any:
        refuse(f"np.{function.__name__}", **options)
        array(f"np.{function.__name__}", x)
        return function(x) if axis is None else function(x, axis=axis)

    return definition


for _name, _function in {"cumulative_sum": np.cumsum, "cumulative_prod": np.cumprod}.items():
    # NumPy 2.1 has them
    if hasattr(np, _name):
        composed(getattr(np, _name), _cumulative(_function))
