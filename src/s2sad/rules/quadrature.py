"""Nodes and weights of Gaussian quadrature: constants, of as many points as are asked for."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre

from s2sad.analysis.infer import types
from s2sad.analysis.operands import length
from s2sad.ir.program import Form
from s2sad.ir.types import Array, Tuple, Type
from s2sad.rules.registry import constant

_RULES = (chebyshev.chebgauss, hermite.hermgauss, hermite_e.hermegauss, laguerre.laggauss, legendre.leggauss)

constant(*_RULES)


@types(*_RULES)
def _points(_form: Form, count: Type) -> Type:
    points = Array(np.dtype(float), (length(count),))
    return Tuple((points, points))
