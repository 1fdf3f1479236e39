"""Polynomials that are given by their coefficients, the highest power first.

NumPy's products leave out leading coefficients that are 0, so how many a product has depends on the numbers, and it has
no derivative by a coefficient that is left out: generated code raises ValueError there.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import operand
from s2sad.ir import dims, primitives_polynomials
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Array, Type
from s2sad.rules import registry
from s2sad.rules.arguments import array, call, is_number, kind, rank, refuse
from s2sad.rules.composing import composed, typed
from s2sad.rules.rearranging import as_array, axes_of, shape
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol, record


def _coefficients(name: str, p: Any) -> Any:
    """Return the coefficients of a polynomial as a vector; a number is a polynomial of degree 0."""
    p = as_array(p)
    if axes_of(name, p) == 0:
        return np.reshape(p, (1,))
    if rank(p) != 1:
        raise Unsupported(f"{name} of coefficients that are no vector has no derivative rule")
    return p


def _counted_down(p: Any, count: Any) -> Any:
    """Return the numbers from a count down to 1."""
    return record(p.builder, np.arange, count, 0, -1) if isinstance(p, Symbol) else np.arange(count, 0, -1)


# -- values ----------------------------------------------------------------------------------------------------------


def _polyval(p: Any, x: Any) -> Any:
    p = as_array(p)
    array("np.polyval", x)
    if axes_of("np.polyval", p) != 1:
        raise Unsupported("np.polyval of coefficients that are no vector has no derivative rule")
    (count,) = shape(p)
    if isinstance(count, int):
        total = np.zeros_like(x) + p[0] if count == 1 else p[0]
        for k in range(1, count):
            total = total * x + p[k]
        return total
    if rank(x) is None:
        raise Unsupported("np.polyval at points that are not known has no derivative rule: give the types")
    powers = _powers(x, count, increasing=False)
    return np.sum(powers * p, axis=-1)


def _powers(x: Any, count: Any, increasing: bool) -> Any:
    symbol = next((one for one in (count, x) if isinstance(one, Symbol)), None)
    exponents = np.arange(count) if symbol is None else record(symbol.builder, np.arange, count)
    return np.expand_dims(x, -1) ** (exponents if increasing else np.flip(exponents))


def _vander(x: Any, N: Any = None, increasing: Any = False) -> Any:  # noqa: N803 - NumPy's name
    if axes_of("np.vander", x) != 1:
        raise Unsupported("np.vander of what is no vector has no derivative rule")
    return _powers(x, shape(x)[0] if N is None else N, bool(increasing))


@types(np.polyval)
def _polyval_type(form: Form, p: Type, x: Type) -> Type:
    # NumPy starts from zeros of the dtype of x
    seen = [operand(one) for one in (p, x)]
    double = all(one is not None and one.strong in (None, np.dtype(float)) for one in seen)
    return typed(_polyval)(form, p, x) if double else UNKNOWN


composed(np.polyval, _polyval)
composed(np.vander, _vander)

# -- arithmetic ------------------------------------------------------------------------------------------------------


def _padded(p: Any, missing: Any) -> Any:
    """Return coefficients with zeros in front."""
    dtype = getattr(p, "dtype", None)
    if isinstance(missing, int):
        return np.concatenate([np.zeros(missing, dtype), p]) if missing else p
    kept = {} if dtype is None or dtype == np.float64 else {"dtype": dtype.type}
    return np.concatenate([record(missing.builder, np.zeros, missing, **kept), p])


def _of_one_length(name: str, p: Any, q: Any) -> tuple[Any, Any]:
    p, q = _coefficients(name, p), _coefficients(name, q)
    (n,), (m,) = shape(p), shape(q)
    if _dims(p) == _dims(q):
        return p, q
    if isinstance(n, int) and isinstance(m, int):
        return _padded(p, max(m - n, 0)), _padded(q, max(n - m, 0))
    longest = np.maximum(n, m)
    return _padded(p, longest - n), _padded(q, longest - m)


def _dims(p: Any) -> Any:
    return getattr(p.type, "shape", None) if isinstance(p, Symbol) else np.shape(p)


def _polyadd(a1: Any, a2: Any) -> Any:
    p, q = _of_one_length("np.polyadd", a1, a2)
    return p + q


def _polysub(a1: Any, a2: Any) -> Any:
    p, q = _of_one_length("np.polysub", a1, a2)
    return p - q


def _polymul(a1: Any, a2: Any) -> Any:
    factors = [_leading(_coefficients("np.polymul", one)) for one in (a1, a2)]
    return np.convolve(*factors)


def _leading(p: Any) -> Any:
    """Return coefficients, the first of which is made sure not to be 0."""
    if not isinstance(p, Symbol):
        return np.trim_zeros(p, "f")
    return record(p.builder, primitives_polynomials.of_leading, p, p)


def _polydiv(u: Any, v: Any) -> Any:
    u, v = _coefficients("np.polydiv", u), _coefficients("np.polydiv", v)
    (n,), (m,) = shape(u), shape(v)
    symbol = next((one for one in (u, v) if isinstance(one, Symbol)), None)
    if symbol is None or (isinstance(n, int) and isinstance(m, int) and n < m):
        raise Unsupported("np.polydiv of constants, or by a longer polynomial, has no derivative rule")
    # the quotient solves a triangular system, whose columns are the divisor moved down
    numbers = record(symbol.builder, np.arange, n - m + 1)
    place = numbers[:, None] - numbers
    columns = np.where((place >= 0) & (place < m), v[np.clip(place, 0, m - 1)], 0.0)
    quotient = np.linalg.solve(columns, u[: n - m + 1])
    return quotient, record(symbol.builder, primitives_polynomials.trimmed, u - np.convolve(v, quotient))


def _trimmed(d: Any, y: Any, r: Any) -> Any:
    return np.concatenate([call(d, np.zeros, np.size(r) - np.size(y)), d])


registry.full(primitives_polynomials.trimmed, _trimmed, lambda tangents, y, r: tangents[0][np.size(r) - np.size(y) :])
composed(np.polydiv, _polydiv)
composed(np.polyadd, _polyadd)
composed(np.polysub, _polysub)
composed(np.polymul, _polymul)
registry.linear(primitives_polynomials.of_leading, lambda d, y, x, p: call(d, primitives_polynomials.of_leading, d, p))

# -- slopes, integrals, roots ----------------------------------------------------------------------------------------


def _order(name: str, m: Any) -> int:
    if not isinstance(m, int) or m < 0:
        raise Unsupported(f"{name} of an order that is not a constant has no derivative rule")
    return m


def _polyder(p: Any, m: Any = 1) -> Any:
    p = _coefficients("np.polyder", p)
    for _ in range(_order("np.polyder", m)):
        (count,) = shape(p)
        if isinstance(count, int) and count < 2:
            raise Unsupported("np.polyder that leaves nothing has no derivative rule: the result is a constant")
        p = p[:-1] * _counted_down(p, count - 1)
    return p


def _polyint(p: Any, m: Any = 1, k: Any = None) -> Any:
    p, order = _coefficients("np.polyint", p), _order("np.polyint", m)
    if order == 0:
        raise Unsupported("np.polyint of order 0 has no derivative rule: it is the identity")
    constants = as_array(0.0 if k is None else k)
    for step in range(order):
        (count,) = shape(p)
        last = constants if rank(constants) == 0 else constants[_constant_at(constants, step)]
        p = np.concatenate([p / _counted_down(p, count), np.reshape(last, (1,))])
    return p


def _constant_at(constants: Any, step: int) -> Any:
    """Return which constant an integration adds: one for each, or a single one for all."""
    if axes_of("np.polyint", constants) != 1:
        raise Unsupported("np.polyint with k= that is no number or vector has no derivative rule")
    return np.minimum(step, shape(constants)[0] - 1) if step else 0


def _poly(seq_of_zeros: Any) -> Any:
    roots = as_array(seq_of_zeros)
    if axes_of("np.poly", roots) != 1 or not isinstance(shape(roots)[0], int):
        raise Unsupported("np.poly of what is no vector of known length has no derivative rule")
    if kind(roots) != "f":
        raise Unsupported("np.poly of roots that are not known to be real has no derivative rule")
    (count,) = shape(roots)
    p: Any = np.concatenate([np.ones(1, roots.dtype), -roots[:1]])
    for k in range(1, count):
        # p times (x - root): it is moved up by one power, and what the root takes off is added
        p = _padded_behind(p) - roots[k] * _padded(p, 1)
    return p


def _padded_behind(p: Any) -> Any:
    return np.concatenate([p, np.zeros(1, p.dtype)])


composed(np.polyder, _polyder)
composed(np.polyint, _polyint)
composed(np.poly, _poly)

# -- roots -----------------------------------------------------------------------------------------------------------


def _slopes(y: Any, p: Any) -> tuple[Any, Any]:
    """Return the powers that the coefficients are multiplied with at the roots, and the slopes there."""
    p = _coefficients("np.roots", p)
    (count,) = shape(p)
    powers = _powers(y, count, increasing=False)
    return powers, powers[:, 1:] @ (p[:-1] * _counted_down(p, count - 1))


def _roots(d: Any, y: Any, p: Any) -> Any:
    powers, slopes = _slopes(y, p)
    return -(d / slopes) @ powers


def _roots_forward(tangents: Any, y: Any, p: Any) -> Any:
    powers, slopes = _slopes(y, p)
    return -(powers @ tangents[0]) / slopes


@types(np.roots)
def _roots_type(_form: Form, p: Type) -> Type:
    seen = operand(p)
    # how many there are depends on leading zeros, and they are complex unless all are real
    return Array(None, (dims.fresh(),)) if seen is not None and seen.rank == 1 else UNKNOWN


registry.full(np.roots, _roots, _roots_forward, broadcasts=None)

# -- fitting ---------------------------------------------------------------------------------------------------------


def _polyfit(x: Any, y: Any, deg: Any, rcond: Any = None, full: Any = False, w: Any = None, cov: Any = False) -> Any:
    x, y = as_array(x), as_array(y)
    refuse("np.polyfit", rcond=rcond, full=full or None, cov=cov or None)
    if not is_number(deg):
        raise Unsupported("np.polyfit of a degree that is not a constant has no derivative rule")
    axes = axes_of("np.polyfit", y)
    powers = _vander(x, deg + 1)
    if w is not None:
        weights = as_array(w)
        powers, y = powers * weights[:, None], y * (weights if axes == 1 else weights[:, None])
    # the columns are made equally long, as NumPy does it
    scale = np.sqrt(np.sum(powers * powers, axis=0))
    found = np.linalg.lstsq(powers / scale, y)[0]
    return found / (scale if axes == 1 else scale[:, None])


composed(np.polyfit, _polyfit)
