"""Differences, integrals and interpolation along one axis, and convolution."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.ir import primitives
from s2sad.rules import registry
from s2sad.rules.arguments import array, call, kind, mask, rank, refuse
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


def _gradient(d: Any, y: Any, f: Any, *spacing: Any, axis: Any = None, edge_order: Any = 1) -> Any:
    array("np.gradient", f)
    if edge_order != 1 or len(spacing) > 1:
        raise Unsupported("np.gradient with edge_order or several spacings has no derivative rule")
    if spacing and not isinstance(spacing[0], int | float):
        raise Unsupported("np.gradient with a spacing that is not a constant number has no derivative rule")
    if axis is None and rank(f) != 1:
        raise Unsupported("np.gradient along several axes has no derivative rule: give one axis")
    over = _axis("np.gradient", 0 if axis is None else axis)
    d = d / spacing[0] if spacing else d
    inner = (d[_along(over, slice(1, None))] + d[_along(over, slice(None, -1))]) / 2
    for end in (slice(0, 1), slice(-1, None)):
        at = _along(over, end)
        inner = call(d, primitives.add_at, inner, at, d[at] / 2)
    return _undiffed(inner, f, over)


registry.linear(np.gradient, _gradient)


def _trapezoid(d: Any, y: Any, values: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    array("np.trapezoid", values)
    if x is not None or not isinstance(dx, int | float):
        raise Unsupported("np.trapezoid with points x, or with a dx that is not a constant, has no derivative rule")
    over = _axis("np.trapezoid", axis)
    part = np.expand_dims(d, over) * (dx / 2)
    inner = np.broadcast_to(part, np.shape(np.diff(values, axis=over)))
    zero = np.zeros_like(values[_along(over, slice(0, 1))])
    return np.concatenate([zero, inner], axis=over) + np.concatenate([inner, zero], axis=over)


registry.linear(np.trapezoid, _trapezoid)


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
    return np.correlate(d, v, "valid"), np.correlate(d, a, "valid")


def _convolve_forward(tangents: Any, y: Any, a: Any, v: Any, mode: Any = "full") -> Any:
    _check_convolution("np.convolve", mode, a, v)
    return _bilinear(np.convolve, tangents, a, v, mode)


def _correlate(d: Any, y: Any, a: Any, v: Any, mode: Any = "valid") -> Any:
    # a correlation is a convolution with one of the two turned round; only the middle of an even one is another
    if mode == "same" and not _is_longer(a, v):
        raise Unsupported("np.correlate in mode 'same' has a rule only where the first vector is known to be longer")
    d_a, d_turned = _convolve(d, y, a, np.flip(v), mode)
    return d_a, np.flip(d_turned)


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
    if kind(a) == "c" or kind(v) == "c":
        raise Unsupported(f"{name} of complex numbers has no derivative rule")


def _is_longer(a: Any, v: Any) -> bool:
    if rank(a) != 1 or rank(v) != 1:
        return False
    n, m = a.shape[0], v.shape[0]
    return isinstance(n, int) and isinstance(m, int) and n >= m


registry.full(np.convolve, _convolve, _convolve_forward)
registry.full(np.correlate, _correlate, _correlate_forward)
