"""Types of the functions of `math` and of some of `operator`, which take numbers and return Python's."""

from __future__ import annotations

import math
import operator

import numpy as np

from s2sad.analysis.infer import infer, types
from s2sad.ir.program import Form
from s2sad.ir.types import BOOL, FLOAT, INT, UNKNOWN, List, Literal, Tuple, Type

_ONE = Literal(1)

_FLOATS = (
    *(math.exp, math.expm1, math.log, math.log1p, math.log2, math.log10, math.sqrt, math.sin, math.cos, math.tan),
    *(math.sinh, math.cosh, math.tanh, math.asin, math.acos, math.atan, math.atan2, math.asinh, math.acosh, math.atanh),
    *(math.hypot, math.fabs, math.pow, math.fmod, math.remainder, math.copysign, math.nextafter, math.ulp),
    *(math.degrees, math.radians, math.erf, math.erfc, math.gamma, math.lgamma, math.ldexp, math.dist, math.fsum),
    # new in Python 3.11
    *(getattr(math, name) for name in ("cbrt", "exp2") if hasattr(math, name)),
)
_INTEGERS = (
    *(math.floor, math.ceil, math.trunc, math.comb, math.factorial, math.gcd, math.isqrt, math.lcm, math.perm),
    *(operator.index, operator.countOf, operator.indexOf, operator.length_hint),
)


@types(*_FLOATS)
def _float(_form: Form, *_numbers: Type) -> Type:
    return FLOAT


@types(math.isfinite, math.isnan, math.isinf, math.isclose)
def _truth(_form: Form, *_numbers: Type, **_tolerances: Type) -> Type:
    return BOOL


@types(*_INTEGERS)
def _integer(_form: Form, *_numbers: Type) -> Type:
    return INT


@types(math.modf)
def _parts(_form: Form, _number: Type) -> Type:
    return Tuple((FLOAT, FLOAT))


@types(math.frexp)
def _mantissa_and_exponent(_form: Form, _number: Type) -> Type:
    return Tuple((FLOAT, INT))


@types(math.prod)
def _prod(_form: Form, items: Type, start: Type = _ONE) -> Type:
    match items:
        case Tuple(known, None) | List(_, tuple() as known):
            total: Type = start
            for item in known:
                total = infer(np.multiply, Form.OPERATOR, (total, item), {})
            return total
        case Literal(tuple() as values):
            return _prod(Form.FUNCTION, Tuple(tuple(map(Literal, values))), start)
        case _:
            return UNKNOWN
