"""Sorting, and what is found by sorting; equal elements keep their order in `sort` and share equally in quantiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.ir import primitives_sorting
from s2sad.rules import registry
from s2sad.rules.arguments import ABSENT, along, array, axes_of, call, flag, is_static, kind, rank, refuse
from s2sad.rules.reductions import expanded
from s2sad.rules.registry import Unsupported

registry.constant(np.argpartition, np.digitize, np.flatnonzero, np.nanargmax, np.nanargmin)


def _real(name: str, a: Any) -> None:
    array(name, a)
    if kind(a) == "c":
        raise Unsupported(f"{name} of complex numbers has no derivative rule")


def _axis(name: str, a: Any, axis: Any) -> int:
    if axis is None and rank(a) == 1:
        return 0
    if not isinstance(axis, int):
        raise Unsupported(f"{name} over an axis that is not a constant integer has no derivative rule")
    return axis


# -- order -----------------------------------------------------------------------------------------------------------


def _order(name: str, a: Any, axis: Any, rest: dict[str, Any]) -> tuple[Any, int]:
    # whatever algorithm the user chose, the values are the same; which of equal ones comes first is for us to say
    refuse(name, order=rest.pop("order", None))
    if set(rest) - {"kind", "stable"}:
        raise Unsupported(f"{name} with {', '.join(rest)} has no derivative rule")
    _real(name, a)
    over = _axis(name, a, axis)
    return np.argsort(a, axis=over, kind="stable"), over


def _sort(d: Any, y: Any, a: Any, axis: Any = -1, kind: Any = None, **rest: Any) -> Any:
    order, over = _order("np.sort", a, axis, rest)
    return call(d, primitives_sorting.permuted, d, np.argsort(order, axis=over), over)


def _sort_forward(tangents: Any, y: Any, a: Any, axis: Any = -1, kind: Any = None, **rest: Any) -> Any:
    order, over = _order("np.sort", a, axis, rest)
    return call(order, primitives_sorting.permuted, tangents[0], order, over)


def _permuted(d: Any, y: Any, x: Any, order: Any, axis: Any) -> Any:
    return call(d, primitives_sorting.permuted, d, np.argsort(order, axis=axis), axis)


def _partition(d: Any, y: Any, a: Any, kth: Any, axis: Any = -1, **rest: Any) -> Any:
    # which element of `a` has come where: both have the same elements, so they are sorted alike
    order, over = _order("np.partition", a, axis, rest)
    sorted_d = call(d, primitives_sorting.permuted, d, np.argsort(y, axis=over, kind="stable"), over)
    return call(d, primitives_sorting.permuted, sorted_d, np.argsort(order, axis=over), over)


def _partition_forward(tangents: Any, y: Any, a: Any, kth: Any, axis: Any = -1, **rest: Any) -> Any:
    order, over = _order("np.partition", a, axis, rest)
    sorted_dot = call(order, primitives_sorting.permuted, tangents[0], order, over)
    back = np.argsort(np.argsort(y, axis=over, kind="stable"), axis=over)
    return call(order, primitives_sorting.permuted, sorted_dot, back, over)


registry.full(np.sort, _sort, _sort_forward)
registry.full(np.partition, _partition, _partition_forward)
registry.linear(primitives_sorting.permuted, _permuted)


# -- quantiles -------------------------------------------------------------------------------------------------------


def one_or_all(name: str, a: Any, axis: Any, rest: dict[str, Any]) -> int | None:
    """Return the axis along which elements are put in order, None for all of them; refuse other options."""
    refuse(name, **rest)
    _real(name, a)
    known = rank(a)
    if known is None or known == 0:
        raise Unsupported(f"{name} of an array whose axes are not known has no derivative rule: give the types")
    if axis is not None and not is_static(axis):
        raise Unsupported(f"{name} over an axis that is not a constant has no derivative rule")
    axes = axes_of(axis, known)
    if len(axes) not in (1, known):
        raise Unsupported(f"{name} over some of the axes has no derivative rule: reshape the array")
    return axes[0] if len(axes) == 1 else None


def _share(name: str, a: Any, q: float, axis: Any, rest: dict[str, Any]) -> tuple[Any, int | None]:
    """Return the part that each element has in the quantile, and the axis (None for all elements)."""
    over = one_or_all(name, a, axis, rest)
    ordered: Any = np.sort(np.reshape(a, -1), axis=0) if over is None else np.sort(a, axis=over)
    n = a.size if over is None else a.shape[over]
    position = q * (n - 1)
    low = np.floor(position)
    weight = position - low
    low = low.astype(int) if isinstance(low, np.generic) else call(ordered, int, low)
    high = np.minimum(low + 1, n - 1)
    high = int(high) if isinstance(high, np.generic) else high
    front = (slice(None),) * (over or 0)

    def part(k: Any) -> Any:
        at = int(k) if isinstance(k, np.generic) else k
        index = (*front, at)
        value = ordered[index] if front else ordered[at]
        ties = a == (value if over is None else np.expand_dims(value, over))
        return ties / np.sum(ties, **along(over, True))

    return (1 - weight) * part(low) + weight * part(high), over


def quantile_rules(name: str, scale: float | None, share_of: Any = None) -> tuple[Any, Any]:
    """Return the pullback and the pushforward of a quantile; `scale` is what q is a fraction of, None for a median.

    `share_of` is called as `_share` and says which part each element has in the quantile.
    """
    share_of = _share if share_of is None else share_of

    def settled(args: tuple[Any, ...], options: dict[str, Any]) -> tuple[float, Any, Any, dict[str, Any]]:
        options = dict(options)
        positional = list(args)
        if scale is None:
            q: Any = 0.5
        else:
            q = positional.pop(0) if positional else options.pop("q", None)
        if not isinstance(q, int | float):
            raise Unsupported(f"{name} whose q is not one number known while compiling has no derivative rule")
        axis = positional.pop(0) if positional else options.pop("axis", None)
        if positional:
            raise Unsupported(f"{name} with options by position has no derivative rule: name them")
        kept = options.pop("keepdims", ABSENT)
        if options.get("method") == "linear":
            del options["method"]
        options.pop("overwrite_input", None) if options.get("overwrite_input") is False else None
        return q / (scale or 1.0), axis, kept, options

    def pullback(d: Any, y: Any, a: Any, *args: Any, **options: Any) -> Any:
        q, axis, kept, rest = settled(args, options)
        share, over = share_of(name, a, q, axis, rest)
        return expanded(d, a, over, flag(name, "keepdims", kept)) * share

    def pushforward(tangents: Any, y: Any, a: Any, *args: Any, **options: Any) -> Any:
        q, axis, kept, rest = settled(args, options)
        share, over = share_of(name, a, q, axis, rest)
        return np.sum(share * tangents[0], **along(over, flag(name, "keepdims", kept)))

    return pullback, pushforward


registry.full(np.median, *quantile_rules("np.median", None))
registry.full(np.quantile, *quantile_rules("np.quantile", 1.0))
registry.full(np.percentile, *quantile_rules("np.percentile", 100.0))


# -- cumulative products ---------------------------------------------------------------------------------------------


def _shifted(x: Any, like: Any) -> Any:
    """Return `x` moved by one along the first axis, with zeros in front."""
    return np.concatenate([np.zeros_like(like[:1]), x[:-1]], axis=0)


def _backwards(factors: Any, d: Any) -> Any:
    """Return the transpose of a recurrence in its terms, applied to `d`."""
    turned = _shifted(np.flip(factors, axis=0), factors)
    return np.flip(call(d, primitives_sorting.recurrence, turned, np.flip(d, axis=0)), axis=0)


def _recurrence(d: Any, y: Any, factors: Any, terms: Any) -> Any:
    d_terms = _backwards(factors, d)
    return d_terms * _shifted(y, y), d_terms


def _recurrence_forward(tangents: Any, y: Any, factors: Any, terms: Any) -> Any:
    factors_dot, terms_dot = tangents
    total: Any = None if factors_dot is None else factors_dot * _shifted(y, y)
    if terms_dot is not None:
        total = terms_dot if total is None else total + terms_dot
    return call(total, primitives_sorting.recurrence, factors, total)


def _product_before(y: Any) -> Any:
    """Return the product of what comes before each element."""
    return np.concatenate([np.ones_like(y[:1]), y[:-1]], axis=0)


def _first(x: Any, axis: int) -> Any:
    return x if axis == 0 or rank(x) == 1 else np.swapaxes(x, 0, axis)


def _cumprod(d: Any, y: Any, a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    refuse("np.cumprod", dtype=dtype, out=out)
    array("np.cumprod", a)
    over = _axis("np.cumprod", a, axis)
    result = _backwards(_first(a, over), _first(d, over)) * _product_before(_first(y, over))
    return _first(result, over)


def _cumprod_forward(tangents: Any, y: Any, a: Any, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
    refuse("np.cumprod", dtype=dtype, out=out)
    array("np.cumprod", a)
    over = _axis("np.cumprod", a, axis)
    terms = _first(tangents[0], over) * _product_before(_first(y, over))
    return _first(call(terms, primitives_sorting.recurrence, _first(a, over), terms), over)


registry.full(primitives_sorting.recurrence, _recurrence, _recurrence_forward)
registry.full(np.cumprod, _cumprod, _cumprod_forward)
