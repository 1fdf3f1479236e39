"""Densities and distribution functions of `scipy.stats`.

A density is differentiated as it is inside the distribution's support. Parameters of which only the logarithm of the
density is differentiated with elementary functions (the degrees of freedom in a distribution function) have no rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as special
import scipy.stats as stats

from s2sad.analysis.infer import types
from s2sad.analysis.operands import broadcast, make_array, operand
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Type
from s2sad.rules import lazy, registry
from s2sad.rules.arguments import array, call, is_number, kind, mask, rank
from s2sad.rules.decompositions import folded, unfolded
from s2sad.rules.homes import HOMES
from s2sad.rules.registry import MISSING, Unsupported

lazy.load("scipy.special")

Slopes = Callable[..., tuple[Any, ...]]
"""The derivatives of a standard log density: by `z` first, then by each shape parameter."""


def _type_of_density(_form: Form, *args: Type, **options: Type) -> Type:
    operands = [operand(one) for one in (*args, *options.values())]
    known = [one for one in operands if one is not None and one.shape is not None]
    is_real = all(one.strong is not None and one.strong.kind in "fiub" for one in known)
    return make_array(np.dtype(float), broadcast(known)) if len(known) == len(operands) and is_real else UNKNOWN


def _declare(distribution: str, method: str, partials: Callable[..., Any]) -> None:
    function = getattr(getattr(stats, distribution), method)
    registry.elementwise(function, partials, singular=True)
    HOMES[function] = ("scipy.stats", f"{distribution}.{method}")
    types(function)(_type_of_density)


def _standard(x: Any, loc: Any, scale: Any) -> Any:
    """Return `(x - loc) / scale`, without what is not there."""
    moved = x if is_number(loc) and loc == 0 else x - loc
    return moved if is_number(scale) and scale == 1 else moved / scale


def _real(name: str, *values: Any) -> None:
    array(f"stats.{name}", *values)
    if any(kind(value) == "c" for value in values):
        raise Unsupported(f"stats.{name} of complex numbers has no derivative rule")


def _log_density(d: Any, slopes: Slopes, x: Any, shapes: tuple[Any, ...], loc: Any, scale: Any) -> tuple[Any, ...]:
    """Return the cotangents of a log density: by `x`, the shape parameters, `loc` and `scale`."""
    z = _standard(x, loc, scale)
    by_z, *by_shapes = slopes(z, *shapes)
    d_x = d * (by_z if is_number(scale) and scale == 1 else by_z / scale)
    return d_x, *(d * one for one in by_shapes), -d_x, -d * ((by_z * z + 1) / scale)


def _family(name: str, shapes: str, slopes: Slopes, *, bounded: bool = False) -> None:
    """Declare the densities and distribution functions of a distribution with these shape parameters.

    Outside a bounded support a density is constant.
    """
    own = getattr(stats, name)

    def densities(d: Any, x: Any, args: tuple[Any, ...], loc: Any, scale: Any, logarithmic: bool, y: Any) -> Any:
        _real(name, x, *args, loc, scale)
        found = _log_density(d if logarithmic else d * y, slopes, x, args, loc, scale)
        if not bounded:
            return found
        is_inside = y > (-np.inf if logarithmic else 0.0)
        return tuple(mask(is_inside, one) for one in found)

    def cumulative(d: Any, x: Any, args: tuple[Any, ...], loc: Any, scale: Any, sign: int, logarithm: Any) -> Any:
        """Return the cotangents of a distribution function, or of its logarithm `logarithm`."""
        _real(name, x, *args, loc, scale)
        options = _given(loc, scale)
        if logarithm is None:
            density = call(d, own.pdf, x, *args, **options)
        else:
            density = np.exp(call(d, own.logpdf, x, *args, **options) - logarithm)
        d_x = d * density if sign > 0 else -(d * density)
        return d_x, *(MISSING for _ in args), -d_x, -d_x * _standard(x, loc, scale)

    for method, rule in _methods(shapes, densities, cumulative).items():
        _declare(name, method, rule)


def _given(loc: Any, scale: Any) -> dict[str, Any]:
    """Return the options that are not the default ones."""
    pairs = {"loc": (loc, 0), "scale": (scale, 1)}
    return {key: value for key, (value, default) in pairs.items() if not (is_number(value) and value == default)}


def _methods(shapes: str, densities: Any, cumulative: Any) -> dict[str, Callable[..., Any]]:
    """Return the rule of each method; the names of the parameters are those of SciPy."""
    one = {
        "pdf": lambda d, y, x, args, loc, scale: densities(d, x, args, loc, scale, False, y),
        "logpdf": lambda d, y, x, args, loc, scale: densities(d, x, args, loc, scale, True, y),
        "cdf": lambda d, y, x, args, loc, scale: cumulative(d, x, args, loc, scale, 1, None),
        "sf": lambda d, y, x, args, loc, scale: cumulative(d, x, args, loc, scale, -1, None),
        "logcdf": lambda d, y, x, args, loc, scale: cumulative(d, x, args, loc, scale, 1, y),
        "logsf": lambda d, y, x, args, loc, scale: cumulative(d, x, args, loc, scale, -1, y),
    }
    return {method: _with_parameters(shapes, rule) for method, rule in one.items()}


def _with_parameters(shapes: str, rule: Callable[..., Any]) -> Callable[..., Any]:
    if not shapes:
        return lambda d, y, x, loc=0, scale=1: rule(d, y, x, (), loc, scale)
    if shapes == "df":
        return lambda d, y, x, df, loc=0, scale=1: rule(d, y, x, (df,), loc, scale)
    if shapes == "a":
        return lambda d, y, x, a, loc=0, scale=1: rule(d, y, x, (a,), loc, scale)
    return lambda d, y, x, a, b, loc=0, scale=1: rule(d, y, x, (a, b), loc, scale)


def _of_t(z: Any, df: Any) -> tuple[Any, ...]:
    ratio = z * z / df
    by_df = special.psi(0.5 * (df + 1)) - special.psi(0.5 * df) - np.log1p(ratio) + (z * z - 1) / (df + z * z)
    return -(df + 1) * z / (df + z * z), 0.5 * by_df


def _of_beta(z: Any, a: Any, b: Any) -> tuple[Any, ...]:
    both = special.psi(a + b)
    by_z = (a - 1) / z - (b - 1) / (1 - z)
    return by_z, np.log(z) - special.psi(a) + both, np.log1p(-z) - special.psi(b) + both


def _of_chi2(z: Any, df: Any) -> tuple[Any, ...]:
    return (0.5 * df - 1) / z - 0.5, 0.5 * (np.log(z) - math.log(2.0) - special.psi(0.5 * df))


_family("norm", "", lambda z: (-z,))
_family("expon", "", lambda z: (-1.0,), bounded=True)
_family("logistic", "", lambda z: (1 - 2 * special.expit(z),))
_family("t", "df", _of_t)
_family("gamma", "a", lambda z, a: ((a - 1) / z - 1, np.log(z) - special.psi(a)), bounded=True)
_family("chi2", "df", _of_chi2, bounded=True)
_family("beta", "a b", _of_beta, bounded=True)

# -- distributions of integers ---------------------------------------------------------------------------------------


def _poisson(method: str) -> Callable[..., Any]:
    def partials(d: Any, y: Any, k: Any, mu: Any, loc: Any = 0) -> Any:
        _real("poisson", k, mu, loc)
        if method == "cdf":
            options = {} if is_number(loc) and loc == 0 else {"loc": loc}
            return MISSING, -d * call(d, stats.poisson.pmf, np.floor(k), mu, **options), MISSING
        by_mu = _standard(k, loc, 1) / mu - 1
        return MISSING, d * (by_mu if method == "logpmf" else y * by_mu), MISSING

    return partials


for _method in ("logpmf", "pmf", "cdf"):
    _declare("poisson", _method, _poisson(_method))

# -- distributions of vectors ----------------------------------------------------------------------------------------


def _precision(cov: Any) -> Any:
    """Return the inverse of a covariance, of which SciPy reads the lower triangle."""
    return np.linalg.inv(unfolded(cov, True))


def _in_triangle(symmetric: Any, cov: Any) -> Any:
    """Return what a symmetric adjoint is for a covariance of which only the lower triangle is read."""
    return symmetric * folded(np.ones_like(cov), True)


def _whitened(name: str, x: Any, mean: Any, cov: Any, more: tuple[Any, ...]) -> Any:
    """Return what the log density changes by, for each point `x`."""
    array(f"stats.{name}", x, mean, cov)
    if more or rank(x) not in (1, 2) or rank(mean) != 1 or rank(cov) != 2:
        raise Unsupported(f"stats.{name} has a rule for vectors x, a mean and a matrix cov: give the types")
    return np.linalg.solve(unfolded(cov, True), (x - mean).T).T


def _normal(is_logarithm: bool) -> None:
    name = "multivariate_normal.logpdf" if is_logarithm else "multivariate_normal.pdf"

    def pullback(d: Any, y: Any, x: Any, mean: Any = None, cov: Any = 1, *more: Any) -> Any:
        weighted = _whitened(name, x, mean, cov, more)
        d = d if is_logarithm else d * y
        if rank(x) == 1:
            d_x = -(d * weighted)
            return d_x, -d_x, _in_triangle(0.5 * d * (np.outer(weighted, weighted) - _precision(cov)), cov)
        d_x = -(d[:, None] * weighted)
        d_cov = 0.5 * (-(d_x.T @ weighted) - np.sum(d) * _precision(cov))
        return d_x, -np.sum(d_x, axis=0), _in_triangle(d_cov, cov)

    def pushforward(tangents: Any, y: Any, x: Any, mean: Any = None, cov: Any = 1, *more: Any) -> Any:
        weighted = _whitened(name, x, mean, cov, more)
        x_dot, mean_dot, cov_dot = [*tangents, None, None][:3]
        terms = [] if x_dot is None else [-np.sum(weighted * x_dot, axis=-1)]
        terms += [] if mean_dot is None else [np.sum(weighted * mean_dot, axis=-1)]
        if cov_dot is not None:
            cov_dot = unfolded(cov_dot, True)
            spread = np.sum(_precision(cov) * cov_dot)
            terms.append(0.5 * (np.sum((weighted @ cov_dot) * weighted, axis=-1) - spread))
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        return total if is_logarithm else y * total

    _full("multivariate_normal", "logpdf" if is_logarithm else "pdf", pullback, pushforward)


def _full(distribution: str, method: str, pullback: Callable[..., Any], pushforward: Callable[..., Any]) -> None:
    function = getattr(getattr(stats, distribution), method)
    registry.full(function, pullback, pushforward)
    HOMES[function] = ("scipy.stats", f"{distribution}.{method}")


def _entropy(d: Any, y: Any, mean: Any = None, cov: Any = 1) -> Any:
    if rank(cov) != 2:
        raise Unsupported("stats.multivariate_normal.entropy has a rule for a matrix cov: give the types")
    return None, _in_triangle(0.5 * d * _precision(cov), cov)


def _entropy_forward(tangents: Any, y: Any, mean: Any = None, cov: Any = 1) -> Any:
    if len(tangents) < 2 or tangents[1] is None:
        return 0.0
    return 0.5 * np.sum(_precision(cov) * unfolded(tangents[1], True))


def _dirichlet(is_logarithm: bool) -> None:
    def slopes(x: Any, alpha: Any) -> tuple[Any, Any]:
        array("stats.dirichlet", x, alpha)
        if rank(x) != 1 or rank(alpha) != 1:
            raise Unsupported("stats.dirichlet has a rule for one vector x and a vector alpha: give the types")
        # x may have one element less than alpha, which the rule does not cover: then this raises
        by_x = np.reshape((alpha - 1) / x, x.shape)
        return by_x, np.log(x) - special.psi(alpha) + special.psi(np.sum(alpha))

    def pullback(d: Any, y: Any, x: Any, alpha: Any) -> Any:
        by_x, by_alpha = slopes(x, alpha)
        d = d if is_logarithm else d * y
        return d * by_x, d * by_alpha

    def pushforward(tangents: Any, y: Any, x: Any, alpha: Any) -> Any:
        pairs = zip(slopes(x, alpha), tangents, strict=False)
        terms = [np.sum(slope * dot) for slope, dot in pairs if dot is not None]
        total = terms[0] if len(terms) == 1 else terms[0] + terms[1]
        return total if is_logarithm else y * total

    _full("dirichlet", "logpdf" if is_logarithm else "pdf", pullback, pushforward)


for _is_logarithm in (True, False):
    _normal(_is_logarithm)
    _dirichlet(_is_logarithm)
_full("multivariate_normal", "entropy", _entropy, _entropy_forward)
