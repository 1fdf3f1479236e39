"""The functions of `math`: many have the derivatives of NumPy's functions of these names, the others are below."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.ir.types import Array
from s2sad.rules import elementwise, powers, registry
from s2sad.rules.composing import composed
from s2sad.rules.rearranging import as_array
from s2sad.rules.registry import RULES, Unsupported
from s2sad.rules.staging import Symbol, record

_SAME = (
    *("exp", "exp2", "expm1", "log1p", "log2", "log10", "sqrt", "cbrt", "sin", "cos", "tan", "sinh", "cosh"),
    *("tanh", "fmod", "degrees", "radians", "nextafter"),
)
_NAMES = {
    **dict(zip(_SAME, _SAME, strict=True)),
    **{"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "fabs": "absolute", "pow": "power"},
    **{"asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh"},
}
"""The name in NumPy of each function of `math`."""

_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)

assert all(module is not None for module in (elementwise, powers))  # these declare the rules that are copied

for _own, _name in _NAMES.items():
    # `cbrt` and `exp2` are new in Python 3.11
    if hasattr(math, _own):
        registry.register(replace(RULES[getattr(np, _name)], function=getattr(math, _own)))


def _digamma(x: Any) -> Any:
    """Return the logarithmic derivative of the gamma function, which neither `math` nor NumPy has."""
    try:
        from scipy.special import psi

        import s2sad.rules.scipy_special  # noqa: F401 - declares the derivative of the derivative
    except ImportError:
        raise Unsupported("the derivative of the gamma function is computed by SciPy, which is not installed") from None
    return psi(x)


def _log(d: Any, z: Any, x: Any, base: Any = None) -> Any:
    if base is None:
        return d / x
    scale = np.log(base)
    return d / (x * scale), -d * z / (base * scale)


def _hypot(d: Any, z: Any, *coordinates: Any) -> tuple[Any, ...]:
    nonzero = np.where(z == 0, 1.0, z)
    return tuple(d * (x / nonzero) for x in coordinates)


def _copysign(d: Any, z: Any, x: Any, y: Any) -> tuple[Any, ...]:
    return d * (np.sign(x) * np.copysign(1.0, y)), None


def _remainder(d: Any, z: Any, x: Any, y: Any) -> tuple[Any, ...]:
    # the quotient, rounded to the nearest integer as the function does it
    return d, -d * np.rint((x - z) / y)


registry.elementwise(math.log, _log, singular=True)
registry.elementwise(math.hypot, _hypot)
registry.elementwise(math.copysign, _copysign)
registry.elementwise(math.remainder, _remainder, singular=True)
registry.elementwise(math.erf, lambda d, y, x: d * (_TWO_OVER_ROOT_PI * np.exp(-x * x)))
registry.elementwise(math.erfc, lambda d, y, x: -d * (_TWO_OVER_ROOT_PI * np.exp(-x * x)))
registry.elementwise(math.gamma, lambda d, y, x: d * (y * _digamma(x)), singular=True)
registry.elementwise(math.lgamma, lambda d, y, x: d * _digamma(x), singular=True)
registry.linear(math.ldexp, lambda d, y, x, i: np.ldexp(d, i))

# -- parts of numbers --------------------------------------------------------------------------------------------------


def _modf(x: Any) -> Any:
    whole = np.trunc(x)
    return x - whole, whole


def _frexp(d: Any, y: Any, x: Any) -> Any:
    return None if d[0] is None else np.ldexp(d[0], -y[1])


def _frexp_forward(tangents: Any, y: Any, x: Any) -> Any:
    return np.ldexp(tangents[0], -y[1]), np.zeros_like(y[1])


composed(math.modf, _modf)
registry.full(math.frexp, _frexp, _frexp_forward, several=True)

# -- sequences ---------------------------------------------------------------------------------------------------------


def _vector(items: Any) -> Any:
    """Return a sequence of numbers as an array."""
    if isinstance(items, Symbol) and not isinstance(items.type, Array):
        return record(items.builder, np.array, items)
    return as_array(items)


def _prod(items: Any, *, start: Any = 1) -> Any:
    # `math.prod` multiplies whatever has a product; of an array it goes through the first axis
    if not isinstance(items, tuple | list):
        return np.prod(_vector(items), axis=0) * start
    total = start
    for one in items:
        total = one if isinstance(total, int) and total == 1 else total * one
    return total


def _dist(p: Any, q: Any) -> Any:
    return np.linalg.norm(_vector(p) - _vector(q))


composed(math.prod, _prod)
composed(math.fsum, lambda seq: np.sum(_vector(seq)))
composed(math.dist, _dist)
if hasattr(math, "sumprod"):
    # new in Python 3.12
    composed(math.sumprod, lambda p, q: np.dot(_vector(p), _vector(q)))
