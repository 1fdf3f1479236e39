"""Functions with diagonal Jacobians: each line is the cotangent times the partial derivative for every argument."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.rules import registry
from s2sad.rules.arguments import array, is_number, kind, mask
from s2sad.rules.registry import Unsupported

_LN2 = math.log(2.0)
_LN10 = math.log(10.0)
_DEGREE = math.pi / 180.0


def declare(
    function: Callable[..., Any], partials: Callable[..., Any], *, singular: bool = False, real: bool = False
) -> None:
    """Declare an elementwise function; `real` says that the formula does not hold for complex arguments."""
    name = f"np.{function.__name__}"
    arity = getattr(function, "nin", None)

    def guarded(d_y: Any, y: Any, *args: Any, **options: Any) -> Any:
        if isinstance(function, np.ufunc) and (options or len(args) != arity):
            raise Unsupported(f"{name} with {', '.join(options) or 'an output argument'} has no derivative rule")
        array(name, *args)
        if real and any(kind(arg) == "c" for arg in args):
            raise Unsupported(f"{name} of complex numbers has no derivative rule")
        return partials(d_y, y, *args, **options)

    registry.elementwise(function, guarded, singular=singular)


# -- arithmetic -----------------------------------------------------------------------------------------------------


def _divide(d: Any, z: Any, x: Any, y: Any) -> Any:
    d_y = -d * z * z if is_number(x) and x == 1 else -d * z / y
    return d / y, d_y


declare(np.add, lambda d, z, x, y: (d, d))
declare(np.subtract, lambda d, z, x, y: (d, -d))
declare(np.multiply, lambda d, z, x, y: (d * y, d * x))
declare(np.divide, _divide, singular=True)
declare(np.negative, lambda d, y, x: -d)
declare(np.positive, lambda d, y, x: d)
declare(np.reciprocal, lambda d, y, x: -d * y * y, singular=True)
declare(np.square, lambda d, y, x: d * (2 * x))
declare(np.remainder, lambda d, z, x, y: (d, -d * np.floor_divide(x, y)), real=True, singular=True)
# the quotient of fmod is that of the result: x / y rounds up to an integer where x is a little less than a multiple
declare(np.fmod, lambda d, z, x, y: (d, -d * np.rint((x - z) / y)), real=True, singular=True)
declare(np.nextafter, lambda d, z, x, y: (d, None), real=True)

# -- exponentials and logarithms -------------------------------------------------------------------------------------


def _share(z: Any, x: Any, other: Any) -> Any:
    """Return exp(x - z) for z = log(exp(x) + exp(other)); where both are -inf it is 0."""
    if is_number(x) or is_number(other):
        return np.exp(x - z)
    return np.exp(x - np.where(z > -np.inf, z, 0.0))


declare(np.exp, lambda d, y, x: d * y)
declare(np.exp2, lambda d, y, x: d * (y * _LN2))
declare(np.expm1, lambda d, y, x: d * (y + 1))
declare(np.log, lambda d, y, x: d / x, singular=True)
declare(np.log2, lambda d, y, x: d / (x * _LN2), singular=True)
declare(np.log10, lambda d, y, x: d / (x * _LN10), singular=True)
declare(np.log1p, lambda d, y, x: d / (1 + x), singular=True)
declare(np.logaddexp, lambda d, z, x, y: (d * _share(z, x, y), d * _share(z, y, x)), real=True)

# -- roots -----------------------------------------------------------------------------------------------------------


def _hypot(d: Any, z: Any, x: Any, y: Any) -> Any:
    nonzero = np.where(z == 0, 1.0, z)
    return d * (x / nonzero), d * (y / nonzero)


def _arctan2(d: Any, z: Any, y: Any, x: Any) -> Any:
    squares = x * x + y * y
    return d * (x / squares), d * (-y / squares)


declare(np.sqrt, lambda d, y, x: d / (2 * y), singular=True)
declare(np.cbrt, lambda d, y, x: d / (3 * y * y), singular=True, real=True)
declare(np.hypot, _hypot, real=True)

# -- trigonometric and hyperbolic ------------------------------------------------------------------------------------

declare(np.sin, lambda d, y, x: d * np.cos(x))
declare(np.cos, lambda d, y, x: -d * np.sin(x))
declare(np.tan, lambda d, y, x: d * (1 + y * y), singular=True)
declare(np.arcsin, lambda d, y, x: d / np.sqrt(1 - x * x), singular=True, real=True)
declare(np.arccos, lambda d, y, x: -d / np.sqrt(1 - x * x), singular=True, real=True)
declare(np.arctan, lambda d, y, x: d / (1 + x * x))
declare(np.arctan2, _arctan2, singular=True, real=True)
declare(np.sinh, lambda d, y, x: d * np.cosh(x))
declare(np.cosh, lambda d, y, x: d * np.sinh(x))
declare(np.tanh, lambda d, y, x: d * (1 - y * y))
declare(np.arcsinh, lambda d, y, x: d / np.sqrt(x * x + 1))
declare(np.arccosh, lambda d, y, x: d / np.sqrt(x * x - 1), singular=True, real=True)
declare(np.arctanh, lambda d, y, x: d / (1 - x * x), singular=True)

for _to_radians in (np.deg2rad, np.radians):
    declare(_to_radians, lambda d, y, x: d * _DEGREE, real=True)
for _to_degrees in (np.rad2deg, np.degrees):
    declare(_to_degrees, lambda d, y, x: d * (1 / _DEGREE), real=True)

# -- choices ---------------------------------------------------------------------------------------------------------

declare(np.absolute, lambda d, y, x: d * np.sign(x), real=True)
declare(np.fabs, lambda d, y, x: d * np.sign(x), real=True)


def _greater(x: Any, y: Any, d: Any) -> Any:
    """Return the share of `d` that goes to the larger of two values: all, half of it at a tie, none at a literal."""
    if is_number(x) or is_number(y):
        return mask(x > y, d)
    return np.where(x == y, d / 2, mask(x > y, d))


declare(np.maximum, lambda d, z, x, y: (_greater(x, y, d), _greater(y, x, d)), real=True)
declare(np.minimum, lambda d, z, x, y: (_greater(y, x, d), _greater(x, y, d)), real=True)


def _where(d: Any, y: Any, condition: Any, *branches: Any) -> Any:
    if not branches:
        return None
    is_boolean_array = kind(condition) == "b" and getattr(condition, "dtype", None) is not None
    return None, mask(condition, d), mask(~condition if is_boolean_array else np.logical_not(condition), d)


def _clip(d: Any, y: Any, x: Any, *args: Any, **named: Any) -> Any:
    if set(named) - {"a_min", "a_max", "min", "max"}:
        raise Unsupported(f"np.clip with {', '.join(named)} has no derivative rule")
    if not all(value is None or is_number(value) for value in named.values()):
        raise Unsupported("np.clip with bounds that are not constants needs them by position")
    positional = (*args, None, None)
    low = named.get("a_min", named.get("min", positional[0]))
    high = named.get("a_max", named.get("max", positional[1]))
    return _clipped(d, x, low, high)[: 1 + len(args)]


def _clipped(d: Any, x: Any, low: Any, high: Any) -> tuple[Any, ...]:
    if low is None and high is None:
        return (d,)
    if low is None:
        return mask(x <= high, d), None, mask(x > high, d)
    if high is None:
        return mask(x >= low, d), mask(x < low, d)
    # where the bounds cross, the upper one wins
    return (
        mask((x >= low) & (x <= high), d),
        mask((x < low) & (low <= high), d),
        mask((x > high) | (low > high), d),
    )


declare(np.where, _where)
declare(np.clip, _clip, real=True)
