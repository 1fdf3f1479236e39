"""Types of the functions of `math`, which take numbers and return Python's."""

from __future__ import annotations

import math

from s2sad.analysis.infer import types
from s2sad.ir.program import Form
from s2sad.ir.types import BOOL, FLOAT, INT, Type

_FLOATS = (
    *(math.exp, math.expm1, math.log, math.log1p, math.log2, math.log10, math.sqrt, math.sin, math.cos, math.tan),
    *(math.sinh, math.cosh, math.tanh, math.asin, math.acos, math.atan, math.atan2, math.asinh, math.acosh, math.atanh),
    *(math.hypot, math.fabs, math.pow),
)


@types(*_FLOATS)
def _float(_form: Form, *_numbers: Type) -> Type:
    return FLOAT


@types(math.isfinite, math.isnan, math.isinf)
def _truth(_form: Form, _number: Type) -> Type:
    return BOOL


@types(math.floor, math.ceil)
def _integer(_form: Form, _number: Type) -> Type:
    return INT
