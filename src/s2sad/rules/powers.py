"""Powers, which are right at 0: `x**2`, `x**0`, `0**p`, integer and negative exponents."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from s2sad.ir import primitives_math
from s2sad.rules import registry
from s2sad.rules.arguments import call, is_number, kind, mask
from s2sad.rules.elementwise import declare
from s2sad.rules.staging import is_integer


def _base(d: Any, x: Any, p: Any) -> Any:
    """Return `d` times the derivative with regard to the base."""
    if is_number(x):
        return None
    if is_number(p):
        if p == 0:
            return None
        if p == 1:
            return d
        return d * (2 * x) if p == 2 else d * (p * x ** (p - 1))
    if kind(p) == "b":
        return mask(p, d)
    # the exponent p - 1, except that it stays 0 where p is: 0 * x**0 is 0 even at x = 0
    return d * (p * x ** (p - (p != 0)))


def _exponent(d: Any, y: Any, x: Any, p: Any) -> Any:
    """Return `d` times the derivative with regard to the exponent; 0 where the base is not positive."""
    if is_integer(p):
        return None
    if is_number(x):
        if isinstance(x, complex) or x < 0:
            return d * y * call(d, primitives_math.log_of_base, x, y)
        return None if x == 0 else d * (y * math.log(x))
    if kind(y) == "f":
        return d * (y * np.log(np.where(x > 0, x, 1.0)))
    return d * (y * call(d, primitives_math.log_of_base, x, y))


def _log_of_base(d: Any, z: Any, x: Any, y: Any) -> Any:
    # the logarithm is of a positive number, or of any nonzero one where the power is complex
    nonzero = np.where(x == 0, 1.0, x)
    return d * call(d, primitives_math.positive_or_complex, x, y) / nonzero


declare(np.power, lambda d, y, x, p: (_base(d, x, p), _exponent(d, y, x, p)), singular=True)
declare(np.float_power, lambda d, y, x, p: (_base(d, x, p), _exponent(d, y, x, p)), singular=True)
declare(primitives_math.log_of_base, _log_of_base)
registry.constant(primitives_math.positive_or_complex)
