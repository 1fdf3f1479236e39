"""Functions of `scipy.special`: error functions, the gamma and Bessel functions, entropies, sums of exponentials."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as special

from s2sad.analysis.infer import TYPE_RULES, types
from s2sad.analysis.operands import make_array, operand
from s2sad.analysis.types_elementwise import ufunc_type
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Array, Type
from s2sad.rules import registry
from s2sad.rules.arguments import ABSENT, along, array, call, flag, is_static, kind
from s2sad.rules.homes import HOMES
from s2sad.rules.reductions import expanded
from s2sad.rules.registry import MISSING, Unsupported

_ROOT_PI = math.sqrt(math.pi)
_ROOT_TWO_PI = math.sqrt(2 * math.pi)
_DEGREE = math.pi / 180.0


def _declare(name: str, partials: Callable[..., Any], *, singular: bool = False) -> None:
    """Declare an elementwise function of real numbers, where this version of SciPy has it."""
    function = getattr(special, name, None)
    if function is None:
        return

    def guarded(d_y: Any, y: Any, *args: Any, **options: Any) -> Any:
        if options or (isinstance(function, np.ufunc) and len(args) != function.nin):
            given = ", ".join(options) or "an output argument"
            raise Unsupported(f"special.{name} with {given} has no derivative rule")
        array(f"special.{name}", *args)
        if any(kind(arg) == "c" for arg in args):
            raise Unsupported(f"special.{name} of complex numbers has no derivative rule")
        return partials(d_y, y, *args)

    guarded.__wrapped__ = partials  # type: ignore[attr-defined]
    registry.elementwise(function, guarded, singular=singular)
    HOMES.setdefault(function, ("scipy.special", name))
    if isinstance(function, np.ufunc):
        _type_of_ufunc(function)


def _type_of_ufunc(ufunc: np.ufunc) -> None:
    @types(ufunc)
    def rule(form: Form, *args: Type, **options: Type) -> Type:
        return ufunc_type(ufunc, form, args) if not options else UNKNOWN


# -- error functions and the normal distribution ---------------------------------------------------------------------

_declare("erf", lambda d, y, x: d * (2 / _ROOT_PI * np.exp(-x * x)))
_declare("erfc", lambda d, y, x: -d * (2 / _ROOT_PI * np.exp(-x * x)))
_declare("erfcx", lambda d, y, x: d * (2 * x * y - 2 / _ROOT_PI))
_declare("erfi", lambda d, y, x: d * (2 / _ROOT_PI * np.exp(x * x)))
_declare("erfinv", lambda d, y, x: d * (_ROOT_PI / 2 * np.exp(y * y)), singular=True)
_declare("erfcinv", lambda d, y, x: -d * (_ROOT_PI / 2 * np.exp(y * y)), singular=True)
_declare("dawsn", lambda d, y, x: d * (1 - 2 * x * y))
_declare("ndtr", lambda d, y, x: d * (np.exp(-0.5 * x * x) / _ROOT_TWO_PI))
_declare("log_ndtr", lambda d, y, x: d * (np.exp(-0.5 * x * x - y) / _ROOT_TWO_PI))
_declare("ndtri", lambda d, y, x: d * (_ROOT_TWO_PI * np.exp(0.5 * y * y)), singular=True)

# -- exponentials, logarithms and entropies --------------------------------------------------------------------------


def _huber(d: Any, z: Any, delta: Any, r: Any) -> Any:
    is_near = np.absolute(r) <= delta
    return d * np.where(is_near, 0.0, np.absolute(r) - delta), d * np.where(is_near, r, delta * np.sign(r))


def _pseudo_huber(d: Any, z: Any, delta: Any, r: Any) -> Any:
    root = np.sqrt(1 + (r / delta) ** 2)
    return d * (2 * delta * (root - 1) - r * r / (delta * root)), d * (r / root)


_declare("expit", lambda d, y, x: d * (y * (1 - y)))
_declare("log_expit", lambda d, y, x: d * special.expit(-x))
_declare("logit", lambda d, y, x: d / (x * (1 - x)), singular=True)
_declare("exp2", lambda d, y, x: d * (y * math.log(2.0)))
_declare("exp10", lambda d, y, x: d * (y * math.log(10.0)))
_declare("expm1", lambda d, y, x: d * (y + 1))
_declare("log1p", lambda d, y, x: d / (1 + x), singular=True)
_declare("cosm1", lambda d, y, x: -d * np.sin(x))
_declare("cbrt", lambda d, y, x: d / (3 * y * y), singular=True)
_declare("sindg", lambda d, y, x: d * (special.cosdg(x) * _DEGREE))
_declare("cosdg", lambda d, y, x: -d * (special.sindg(x) * _DEGREE))
_declare("tandg", lambda d, y, x: d * ((1 + y * y) * _DEGREE), singular=True)
_declare("xlogy", lambda d, z, x, y: (d * np.log(y), d * (x / y)), singular=True)
_declare("xlog1py", lambda d, z, x, y: (d * np.log1p(y), d * (x / (1 + y))), singular=True)
_declare("entr", lambda d, y, x: -d * (np.log(x) + 1), singular=True)
_declare("rel_entr", lambda d, z, x, y: (d * (np.log(x / y) + 1), -d * (x / y)), singular=True)
_declare("kl_div", lambda d, z, x, y: (d * np.log(x / y), d * (1 - x / y)), singular=True)
_declare("huber", _huber)
_declare("pseudo_huber", _pseudo_huber, singular=True)

# -- the gamma function and what is made of it -----------------------------------------------------------------------


def _zeta(d: Any, z: Any, s: Any, *q: Any) -> Any:
    if not q:
        return MISSING
    return MISSING, -d * (s * call(d, special.zeta, s + 1, q[0]))


def _polygamma(d: Any, y: Any, n: Any, x: Any) -> Any:
    return MISSING, d * call(d, special.polygamma, n + 1, x)


def _beta(d: Any, y: Any, a: Any, b: Any) -> Any:
    both = special.psi(a + b)
    return d * (y * (special.psi(a) - both)), d * (y * (special.psi(b) - both))


def _betaln(d: Any, y: Any, a: Any, b: Any) -> Any:
    both = special.psi(a + b)
    return d * (special.psi(a) - both), d * (special.psi(b) - both)


def _betainc(d: Any, y: Any, a: Any, b: Any, x: Any) -> Any:
    logarithm = special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b)
    return MISSING, MISSING, d * np.exp(logarithm)


def _gammainc(d: Any, y: Any, a: Any, x: Any) -> Any:
    return MISSING, d * np.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))


def _binom(d: Any, y: Any, n: Any, k: Any) -> Any:
    rest = special.psi(n - k + 1)
    return d * (y * (special.psi(n + 1) - rest)), d * (y * (rest - special.psi(k + 1)))


def _poch(d: Any, y: Any, z: Any, m: Any) -> Any:
    both = special.psi(z + m)
    return d * (y * (both - special.psi(z))), d * (y * both)


_declare("gamma", lambda d, y, x: d * (y * special.psi(x)), singular=True)
_declare("gammaln", lambda d, y, x: d * special.psi(x), singular=True)
_declare("loggamma", lambda d, y, x: d * special.psi(x), singular=True)
_declare("rgamma", lambda d, y, x: -d * (y * special.psi(x)), singular=True)
_declare("psi", lambda d, y, x: d * call(d, special.zeta, 2, x), singular=True)
_declare("zeta", _zeta, singular=True)
_declare("polygamma", _polygamma, singular=True)
_declare("beta", _beta, singular=True)
_declare("betaln", _betaln, singular=True)
_declare("betainc", _betainc, singular=True)
_declare("betaincc", lambda d, y, a, b, x: (MISSING, MISSING, -_betainc(d, y, a, b, x)[2]), singular=True)
_declare("gammainc", _gammainc, singular=True)
_declare("gammaincc", lambda d, y, a, x: (MISSING, -_gammainc(d, y, a, x)[1]), singular=True)
_declare("binom", _binom, singular=True)
_declare("poch", _poch, singular=True)
registry.constant(special.gammasgn)
HOMES[special.gammasgn] = ("scipy.special", "gammasgn")
_type_of_ufunc(special.gammasgn)


def _multigammaln(d: Any, y: Any, a: Any, dimension: Any) -> Any:
    if not isinstance(dimension, int | np.integer):
        raise Unsupported("special.multigammaln needs a dimension that is a constant")
    total = special.psi(a)
    for k in range(1, int(dimension)):
        total = total + special.psi(a - 0.5 * k)
    return d * total, None


_declare("multigammaln", _multigammaln, singular=True)

# -- Bessel functions; the order has no rule -------------------------------------------------------------------------


def _bessel(name: str, sign: float, scaled: Any = None) -> None:
    """Declare a function of an order `n` whose derivative is half of `f(n - 1) ± f(n + 1)`, with a sign."""

    def partials(d: Any, y: Any, n: Any, x: Any) -> Any:
        function = getattr(special, name)
        below, above = function(n - 1, x), function(n + 1, x)
        inner = below - above if name[0] in "jy" else below + above
        slope = sign * inner
        return MISSING, d * (slope if scaled is None else slope + scaled(y, x))

    _declare(name, partials, singular=name[0] in "yk")


_declare("j0", lambda d, y, x: -d * special.j1(x))
_declare("j1", lambda d, y, x: d * (0.5 * (special.j0(x) - special.jv(2, x))))
_declare("y0", lambda d, y, x: -d * special.y1(x), singular=True)
_declare("y1", lambda d, y, x: d * (0.5 * (special.y0(x) - special.yv(2, x))), singular=True)
_declare("i0", lambda d, y, x: d * special.i1(x))
_declare("i1", lambda d, y, x: d * (0.5 * (special.i0(x) + special.iv(2, x))))
_declare("k0", lambda d, y, x: -d * special.k1(x), singular=True)
_declare("k1", lambda d, y, x: -d * (0.5 * (special.k0(x) + special.kv(2, x))), singular=True)
_declare("i0e", lambda d, y, x: d * (special.i1e(x) - np.sign(x) * y))
_declare("i1e", lambda d, y, x: d * (0.5 * (special.i0e(x) + special.ive(2, x)) - np.sign(x) * y))
_declare("k0e", lambda d, y, x: d * (y - special.k1e(x)), singular=True)
_declare("k1e", lambda d, y, x: d * (y - 0.5 * (special.k0e(x) + special.kve(2, x))), singular=True)
_bessel("jv", 0.5)
_bessel("yv", 0.5)
_bessel("yn", 0.5)
_bessel("iv", 0.5)
_bessel("kv", -0.5)
_bessel("kn", -0.5)
_bessel("ive", 0.5, lambda y, x: -np.sign(x) * y)
_bessel("kve", -0.5, lambda y, x: y)

# -- sums of exponentials --------------------------------------------------------------------------------------------


def _logsumexp(
    d: Any, y: Any, a: Any, axis: Any = None, b: Any = None, keepdims: Any = ABSENT, return_sign: Any = ABSENT
) -> Any:
    kept, shares = _shares(y, a, axis, b, keepdims, return_sign)
    weighted = expanded(d, a, axis, kept) * shares
    return weighted if b is None else (weighted * b, None, weighted)


def _shares(y: Any, a: Any, axis: Any, b: Any, keepdims: Any, return_sign: Any) -> Any:
    """Return whether axes are kept, and `exp(a - y)`; where all terms vanish, 0."""
    array("special.logsumexp", a)
    if flag("special.logsumexp", "return_sign", return_sign):
        raise Unsupported("special.logsumexp with return_sign= has no derivative rule")
    if not is_static(axis) or kind(a) == "c" or kind(b) == "c":
        raise Unsupported("special.logsumexp has a rule for real numbers and an axis that is a constant")
    kept = flag("special.logsumexp", "keepdims", keepdims)
    whole = expanded(y, a, axis, kept)
    return kept, np.exp(a - np.where(whole > -np.inf, whole, 0.0))


def _logsumexp_forward(
    tangents: Any,
    y: Any,
    a: Any,
    axis: Any = None,
    b: Any = None,
    keepdims: Any = ABSENT,
    return_sign: Any = ABSENT,
) -> Any:
    kept, shares = _shares(y, a, axis, b, keepdims, return_sign)
    a_dot, _, b_dot = [*tangents, None, None][:3]
    total: Any = None if a_dot is None else shares * (a_dot if b is None else a_dot * b)
    if b_dot is not None:
        total = shares * b_dot if total is None else total + shares * b_dot
    return np.sum(total, **along(axis, kept))


def _softmax(d: Any, y: Any, x: Any, axis: Any = None) -> Any:
    array("special.softmax", x)
    if not is_static(axis):
        raise Unsupported("special.softmax over an axis that is not a constant has no derivative rule")
    weighted = d * y
    return weighted - y * np.sum(weighted, axis=axis, keepdims=True)


def _log_softmax(d: Any, y: Any, x: Any, axis: Any = None) -> Any:
    array("special.log_softmax", x)
    if not is_static(axis):
        raise Unsupported("special.log_softmax over an axis that is not a constant has no derivative rule")
    return d - np.exp(y) * np.sum(d, axis=axis, keepdims=True)


def _log_softmax_forward(tangents: Any, y: Any, x: Any, axis: Any = None) -> Any:
    _log_softmax(tangents[0], y, x, axis)
    return tangents[0] - np.sum(np.exp(y) * tangents[0], axis=axis, keepdims=True)


registry.full(special.logsumexp, _logsumexp, _logsumexp_forward)
# the Jacobian of softmax is symmetric
registry.full(special.softmax, _softmax, lambda tangents, y, x, axis=None: _softmax(tangents[0], y, x, axis))
registry.full(special.log_softmax, _log_softmax, _log_softmax_forward)
for _name in ("logsumexp", "softmax", "log_softmax"):
    HOMES[getattr(special, _name)] = ("scipy.special", _name)


@types(special.logsumexp)
def _type_of_logsumexp(form: Form, a: Type, axis: Type | None = None, b: Type | None = None, **named: Type) -> Type:
    options = {} if axis is None else {"axis": axis}
    is_double = isinstance(a, Array) and a.dtype == np.float64 and not a.scalar
    if not is_double or b is not None or set(named) - {"keepdims"}:
        return UNKNOWN
    return TYPE_RULES[np.max](form, a, **options, **named)


@types(special.softmax, special.log_softmax)
def _type_of_softmax(form: Form, x: Type, axis: Type | None = None) -> Type:
    is_double = isinstance(x, Array) and x.dtype == np.float64 and x.shape not in (None, ())
    return Array(x.dtype, x.shape) if is_double and isinstance(x, Array) else UNKNOWN


@types(special.zeta)
def _type_of_zeta(form: Form, s: Type, q: Type | None = None, **named: Type) -> Type:
    seen = None if q is None else operand(q)
    is_double = seen is not None and seen.strong == np.float64 and seen.shape is not None
    known = operand(s)
    return make_array(np.dtype(float), seen.shape) if is_double and seen and known and known.shape == () else UNKNOWN
