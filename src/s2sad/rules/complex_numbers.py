"""Parts of complex numbers, and functions that are not holomorphic: moduli, angles, norms.

The gradient of a real function of z = x + iy is ∂f/∂x - i ∂f/∂y, and so is every adjoint. A holomorphic function then
multiplies it by its derivative; the others are composed of real and imaginary parts, whose rules are below. See K.
Kreutz-Delgado, "The complex gradient operator and the CR-calculus" (2009), for the other conventions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules import registry
from s2sad.rules.arguments import array, kind
from s2sad.rules.composing import composed, composed_for_complex, for_unknown
from s2sad.rules.elementwise import declare
from s2sad.rules.registry import Rule, Unsupported

# -- parts -----------------------------------------------------------------------------------------------------------


def _real(d: Any, y: Any, val: Any) -> Any:
    array("np.real", val)
    return d


def _imag(d: Any, y: Any, val: Any) -> Any:
    array("np.imag", val)
    if kind(val) is None:
        raise Unsupported("np.imag of what is not known to be complex has no derivative rule: give the types")
    return d * -1j if kind(val) == "c" else None


def _real_if_close(d: Any, y: Any, a: Any, tol: Any = 100) -> Any:
    array("np.real_if_close", a)
    return d


def _real_if_close_forward(tangents: Any, y: Any, a: Any, tol: Any = 100) -> Any:
    if kind(a) in (None, "c"):
        # whether the tangent is real depends on the number
        raise Unsupported("np.real_if_close of what may be complex has no derivative rule in forward mode")
    return tangents[0]


declare(np.conjugate, lambda d, y, x: np.conj(d))
registry.linear(np.real, _real)
registry.linear(np.imag, _imag)


# -- what is not holomorphic -----------------------------------------------------------------------------------------


def _modulus(x: Any) -> Any:
    return np.hypot(np.real(x), np.imag(x))


def _angle(z: Any, deg: Any = False) -> Any:
    array("np.angle", z)
    if not isinstance(deg, bool):
        raise Unsupported("np.angle with deg= that is not a constant has no derivative rule")
    turned = np.arctan2(np.imag(z), np.real(z))
    return np.rad2deg(turned) if deg else turned


def _apart(x: Any) -> Any:
    """Return the modulus, or infinity at 0, where the direction of a number jumps and its derivative is 0."""
    modulus = np.absolute(x)
    return np.where(modulus == 0, np.inf, modulus)


def _sign(d: Any, y: Any, x: Any) -> Any:
    # what moves the number along its direction does not turn it; nothing turns a real number
    array("np.sign", x)
    return (d - np.real(d * y) * np.conj(y)) / _apart(x)


def _sign_forward(tangents: Any, y: Any, x: Any) -> Any:
    array("np.sign", x)
    dot = tangents[0]
    return (dot - np.real(np.conj(y) * dot) * y) / _apart(x)


def _vdot(a: Any, b: Any) -> Any:
    return np.dot(np.conj(np.ravel(a)), np.ravel(b))


def _complex(real: Any = 0.0, imag: Any = 0.0) -> Any:
    array("complex", real, imag)
    return real + 1j * imag


composed(complex, _complex)
composed_for_complex(np.absolute, _modulus)
composed_for_complex(np.angle, _angle)
composed_for_complex(np.vdot, _vdot)


def _absolute(d: Any, y: Any, x: Any) -> Any:
    array("np.absolute", x)
    return d * np.conj(np.sign(x))


def _absolute_forward(tangents: Any, y: Any, x: Any) -> Any:
    array("np.absolute", x)
    return np.real(np.conj(np.sign(x)) * tangents[0])


def _angle_of_real(d: Any, y: Any, z: Any, deg: Any = False) -> Any:
    array("np.angle", z)
    if kind(z) in (None, "c"):
        raise Unsupported("np.angle of what is not known to be real or complex has no derivative rule: give the types")
    # 0 or pi


if np.sign(1j) == 1j:
    registry.full(np.sign, _sign, _sign_forward, broadcasts=None)
    registry.CONSTANT_OF_REALS.add(np.sign)
else:
    # before NumPy 2 it is the sign of the real part
    registry.constant(np.sign)

# the type may not tell whether a number is complex
for_unknown(Rule(np.absolute, "full", _absolute, _absolute_forward))
registry.elementwise(np.angle, _angle_of_real)
registry.full(np.real_if_close, _real_if_close, _real_if_close_forward)
