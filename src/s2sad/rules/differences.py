"""Differences, integrals and interpolation along one axis, and convolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.ir import primitives
from s2sad.rules import registry
from s2sad.rules.arguments import array, call, kind, mask, rank, refuse
from s2sad.rules.composing import composed
from s2sad.rules.rearranging import as_array, axes_of, one_axis
from s2sad.rules.registry import Unsupported


def _along(axis: int, index: slice) -> Any:
    """Return the index of a slice along an axis."""
    if axis >= 0:
        return (*(slice(None),) * axis, index) if axis else index
    if axis == -1:
        return (Ellipsis, index)
    return (Ellipsis, index, *(slice(None),) * (-axis - 1))


def _axis(name: str, axis: Any) -> int:
    if not isinstance(axis, int):
        raise Unsupported(f"{name} over an axis that is not a constant integer has no derivative rule")
    return axis


def _undiffed(d: Any, a: Any, axis: int, n: int = 1) -> Any:
    """Return the transpose of `np.diff` at `d`."""
    for _ in range(n):
        zero = np.zeros_like(a[_along(axis, slice(0, 1))])
        d = -np.diff(np.concatenate([zero, d, zero], axis=axis), axis=axis)
    return d


def _diff(d: Any, y: Any, a: Any, n: Any = 1, axis: Any = -1, **rest: Any) -> Any:
    refuse("np.diff", **rest)
    array("np.diff", a)
    if not isinstance(n, int):
        raise Unsupported("np.diff with an order that is not a constant has no derivative rule")
    return _undiffed(d, a, _axis("np.diff", axis), n)


registry.linear(np.diff, _diff)


def _ediff1d(d: Any, y: Any, ary: Any, **rest: Any) -> Any:
    refuse("np.ediff1d", **rest)
    array("np.ediff1d", ary)
    if rank(ary) != 1:
        raise Unsupported("np.ediff1d of what is not known to have one axis has no derivative rule: use np.diff")
    return _undiffed(d, ary, 0)


registry.linear(np.ediff1d, _ediff1d)


# -- slopes and integrals --------------------------------------------------------------------------------------------


def _spacings(spacing: tuple[Any, ...], count: int) -> list[Any]:
    """Return the spacing along each axis: a distance, or the coordinates of the points."""
    if len(spacing) not in (0, 1, count):
        raise Unsupported("np.gradient takes one spacing, or one for each axis")
    each = list(spacing) if len(spacing) == count else [spacing[0] if spacing else 1.0] * count
    each = [as_array(one) for one in each]
    if any(rank(one) not in (0, 1) for one in each):
        raise Unsupported("np.gradient with a spacing of unknown number of axes has no derivative rule: give the types")
    return each


def _gradient(f: Any, *spacing: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    array("np.gradient", f)
    if edge_order not in (1, 2):
        raise Unsupported("np.gradient with an edge_order that is neither 1 nor 2 has no derivative rule")
    over = range(axes_of("np.gradient", f)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    along = [_axis("np.gradient", one) for one in over]
    slopes = [_slope(f, h, k, edge_order) for h, k in zip(_spacings(spacing, len(along)), along, strict=True)]
    return slopes[0] if len(along) == 1 else type(np.gradient(np.zeros((2, 2))))(slopes)


def _slope(f: Any, h: Any, axis: int, edge_order: int) -> Any:
    """Return second-order central differences along an axis, and one-sided ones at both ends."""

    def at(start: Any, stop: Any) -> Any:
        return f[_along(axis, slice(start, stop))]

    first, last = at(1, 2) - at(0, 1), at(-1, None) - at(-2, -1)
    inner = at(2, None) - at(None, -2)
    if rank(h) == 0:
        middle, begin, end = inner / (2 * h), first / h, last / h
        if edge_order == 2:
            begin = (4 * at(1, 2) - 3 * at(0, 1) - at(2, 3)) / (2 * h)
            end = (3 * at(-1, None) - 4 * at(-2, -1) + at(-3, -2)) / (2 * h)
    else:
        axes = axes_of("np.gradient", f)
        rest = axes - one_axis("np.gradient", axis, axes) - 1
        widths = np.reshape(np.diff(h), (-1, *(1,) * rest)) if rest else np.diff(h)
        left, right = widths[:-1], widths[1:]
        rising, falling = at(2, None) - at(1, -1), at(1, -1) - at(None, -2)
        middle = (falling / left * right + rising / right * left) / (left + right)
        begin, end = first / widths[:1], last / widths[-1:]
        if edge_order == 2:
            # the slope of the parabola through three points
            begin = begin - widths[:1] * (at(2, 3) - at(1, 2)) / (widths[1:2] * (widths[:1] + widths[1:2]))
            begin = begin + widths[:1] * first / (widths[:1] * (widths[:1] + widths[1:2]))
            end = end + widths[-1:] * last / (widths[-1:] * (widths[-1:] + widths[-2:-1]))
            end = end - widths[-1:] * (at(-2, -1) - at(-3, -2)) / (widths[-2:-1] * (widths[-1:] + widths[-2:-1]))
    return np.concatenate([begin, middle, end], axis=axis) if axis else np.concatenate([begin, middle, end])


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    array("np.trapezoid", y)
    over = _axis("np.trapezoid", axis)
    widths: Any = as_array(dx)
    if x is not None:
        x = as_array(x)
        if rank(x) is None or rank(y) is None:
            raise Unsupported("np.trapezoid with points that are not known has no derivative rule: give the types")
        along = one_axis("np.trapezoid", over, axes_of("np.trapezoid", y))
        rest = axes_of("np.trapezoid", y) - along - 1
        widths = np.diff(x) if rank(x) == 1 else np.diff(x, axis=over)
        widths = np.reshape(widths, (-1, *(1,) * rest)) if rank(x) == 1 and rest else widths
    known = rank(y)
    place = over if known is None else one_axis("np.trapezoid", over, known)
    sums = y[_along(place, slice(1, None))] + y[_along(place, slice(None, -1))]
    return np.sum(widths * sums, axis=over) / 2


composed(np.gradient, _gradient)
composed(np.trapezoid, _trapezoid)


# -- interpolation ---------------------------------------------------------------------------------------------------


def _interval(x: Any, xp: Any, fp: Any, rest: dict[str, Any]) -> tuple[Any, Any, Any, Any]:
    """Return the number of the interval, the place in it from 0 to 1, its slope, and who is inside."""
    refuse("np.interp", **rest)
    array("np.interp", xp, fp)
    if kind(fp) == "c":
        raise Unsupported("np.interp of complex numbers has no derivative rule")
    if rank(xp) != 1 or rank(fp) != 1 or not hasattr(fp, "value"):
        raise Unsupported("np.interp of points that are not known to be vectors has no derivative rule: give the types")
    k = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, xp.shape[0] - 2)
    width = xp[k + 1] - xp[k]
    place = np.clip((x - xp[k]) / width, 0.0, 1.0)
    return k, place, (fp[k + 1] - fp[k]) / width, (x >= xp[0]) & (x <= xp[-1])


def _interp(d: Any, y: Any, x: Any, xp: Any, fp: Any, **rest: Any) -> Any:
    k, place, slope, inside = _interval(x, xp, fp, rest)
    rise = mask(inside, d * slope)
    d_fp = call(d, primitives.scatter, fp, k, d * (1 - place)) + call(d, primitives.scatter, fp, k + 1, d * place)
    if not hasattr(xp, "value"):
        return rise, None, d_fp
    left, right = -rise * (1 - place), -rise * place
    return rise, call(d, primitives.scatter, xp, k, left) + call(d, primitives.scatter, xp, k + 1, right), d_fp


def _interp_forward(tangents: Any, y: Any, x: Any, xp: Any, fp: Any, **rest: Any) -> Any:
    k, place, slope, inside = _interval(x, xp, fp, rest)
    x_dot, xp_dot, fp_dot = tangents
    moved = x_dot
    if xp_dot is not None:
        knots = xp_dot[k] * (1 - place) + xp_dot[k + 1] * place
        moved = -knots if moved is None else moved - knots
    total = None if moved is None else mask(inside, slope * moved)
    if fp_dot is not None:
        values = fp_dot[k] * (1 - place) + fp_dot[k + 1] * place
        total = values if total is None else total + values
    return total


registry.full(np.interp, _interp, _interp_forward)


# -- convolution -----------------------------------------------------------------------------------------------------


def _convolve(d: Any, y: Any, a: Any, v: Any, mode: Any = "full") -> Any:
    _check_convolution("np.convolve", mode, a, v)
    if mode != "full":
        # the rest of the full convolution has no part in the result
        longer = np.maximum(np.size(a), np.size(v))
        shorter = np.minimum(np.size(a), np.size(v))
        before = (shorter - 1) // 2 if mode == "same" else shorter - 1
        after = (longer + shorter - 1) - before - (longer if mode == "same" else longer - shorter + 1)
        d = np.concatenate([call(d, np.zeros, before), d, call(d, np.zeros, after)])
    return np.correlate(d, _conjugate(v), "valid"), np.correlate(d, _conjugate(a), "valid")


def _conjugate(v: Any) -> Any:
    """Return the conjugate, which a correlation conjugates again; of real numbers it is themselves."""
    return np.conj(v) if kind(v) in ("c", None) else v


def _convolve_forward(tangents: Any, y: Any, a: Any, v: Any, mode: Any = "full") -> Any:
    _check_convolution("np.convolve", mode, a, v)
    return _bilinear(np.convolve, tangents, a, v, mode)


def _correlate(d: Any, y: Any, a: Any, v: Any, mode: Any = "valid") -> Any:
    # a correlation is a convolution with one of the two turned round; only the middle of an even one is another
    if mode == "same" and not _is_longer(a, v):
        raise Unsupported("np.correlate in mode 'same' has a rule only where the first vector is known to be longer")
    d_a, d_turned = _convolve(d, y, a, np.flip(_conjugate(v)), mode)
    return d_a, np.flip(_conjugate(d_turned) if kind(v) in ("c", None) else d_turned)


def _correlate_forward(tangents: Any, y: Any, a: Any, v: Any, mode: Any = "valid") -> Any:
    _check_convolution("np.correlate", mode, a, v)
    return _bilinear(np.correlate, tangents, a, v, mode)


def _bilinear(function: Any, tangents: Any, a: Any, v: Any, mode: Any) -> Any:
    a_dot, v_dot = tangents[:2]
    first = None if a_dot is None else function(a_dot, v, mode)
    if v_dot is None:
        return first
    second = function(a, v_dot, mode)
    return second if first is None else first + second


def _check_convolution(name: str, mode: Any, a: Any, v: Any) -> None:
    array(name, a, v)
    if mode not in ("full", "same", "valid"):
        raise Unsupported(f"{name} in a mode that is not known has no derivative rule")


def _is_longer(a: Any, v: Any) -> bool:
    if rank(a) != 1 or rank(v) != 1:
        return False
    n, m = a.shape[0], v.shape[0]
    return isinstance(n, int) and isinstance(m, int) and n >= m


registry.full(np.convolve, _convolve, _convolve_forward, broadcasts=None)
registry.full(np.correlate, _correlate, _correlate_forward, broadcasts=None)
