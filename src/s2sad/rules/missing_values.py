"""Reductions that leave out what is not a number, which has the derivative 0."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.ir import primitives
from s2sad.rules import registry
from s2sad.rules.arguments import ABSENT, along, array, call, flag, kind, mask, rank, refuse
from s2sad.rules.reductions import expanded
from s2sad.rules.registry import RULES, Unsupported
from s2sad.rules.sorting import one_or_all, quantile_rules


def _reduction(function: Any, weights: Any, *, squares: bool = False) -> None:
    """Declare a reduction: `weights(a, y, axis, ddof)` differentiates `y`, axes kept, by each element.

    `squares` says that the result is real, whatever the elements are.
    """
    name = f"np.{function.__name__}"

    def prepared(y: Any, a: Any, axis: Any, kept: bool, ddof: Any, rest: dict[str, Any]) -> Any:
        refuse(name, **rest)
        array(name, a)
        if kind(a) == "c" and not squares:
            raise Unsupported(f"{name} of complex numbers has no derivative rule")
        return weights(a, expanded(y, a, axis, kept), axis, ddof)

    def pullback(d: Any, y: Any, a: Any, axis: Any = None, **rest: Any) -> Any:
        kept, ddof = flag(name, "keepdims", rest.pop("keepdims", ABSENT)), rest.pop("ddof", 0)
        weight = prepared(y, a, axis, kept, ddof, rest)
        return mask(np.logical_not(np.isnan(a)), expanded(d, a, axis, kept) * weight)

    def pushforward(tangents: Any, y: Any, a: Any, axis: Any = None, **rest: Any) -> Any:
        kept, ddof = flag(name, "keepdims", rest.pop("keepdims", ABSENT)), rest.pop("ddof", 0)
        weight = prepared(y, a, axis, kept, ddof, rest)
        total = np.sum(mask(np.logical_not(np.isnan(a)), weight * tangents[0]), **along(axis, kept))
        return np.real(total) if squares and kind(a) in ("c", None) else total

    registry.full(function, pullback, pushforward)


def _count(a: Any, axis: Any) -> Any:
    return np.sum(np.logical_not(np.isnan(a)), **along(axis, True))


def _ties(a: Any, y: Any, axis: Any, ddof: Any) -> Any:
    wins = a == y
    return wins / np.sum(wins, **along(axis, True))


def _deviation(a: Any, axis: Any) -> Any:
    """Return the conjugate deviation from the mean."""
    deviation = a - np.nanmean(a, **along(axis, True))
    return np.conj(deviation) if kind(a) in ("c", None) else deviation


def _var(a: Any, y: Any, axis: Any, ddof: Any) -> Any:
    return 2 * _deviation(a, axis) / (_count(a, axis) - ddof)


def _std(a: Any, y: Any, axis: Any, ddof: Any) -> Any:
    # where the deviation is 0 its derivative is 0 by convention
    scale = (_count(a, axis) - ddof) * np.where(y == 0, 1.0, y)
    return _deviation(a, axis) / scale


_reduction(np.nansum, lambda a, y, axis, ddof: np.ones_like(a))
_reduction(np.nanmean, lambda a, y, axis, ddof: np.ones_like(a) / _count(a, axis))
_reduction(np.nanmax, _ties)
_reduction(np.nanmin, _ties)
_reduction(np.nanvar, _var, squares=True)
_reduction(np.nanstd, _std, squares=True)


# -- products and cumulative sums ------------------------------------------------------------------------------------


def _is_number(a: Any) -> Any:
    return np.logical_not(np.isnan(a))


def _nanprod(d: Any, y: Any, a: Any, axis: Any = None, **rest: Any) -> Any:
    d_a = RULES[np.prod].pullback(d, y, np.where(np.isnan(a), 1.0, a), axis, **rest)
    return mask(_is_number(a), d_a)


def _nanprod_forward(tangents: Any, y: Any, a: Any, axis: Any = None, **rest: Any) -> Any:
    forward = RULES[np.prod].pushforward
    assert forward is not None
    return forward([mask(_is_number(a), tangents[0])], y, np.where(np.isnan(a), 1.0, a), axis, **rest)


def _nancumsum(d: Any, y: Any, a: Any, axis: Any = None, **rest: Any) -> Any:
    return mask(_is_number(a), RULES[np.cumsum].pullback(d, y, a, axis, **rest))


def _nancumsum_forward(tangents: Any, y: Any, a: Any, axis: Any = None, **rest: Any) -> Any:
    refuse("np.nancumsum", **rest)
    return np.cumsum(mask(_is_number(a), tangents[0]), axis=axis)


registry.full(np.nanprod, _nanprod, _nanprod_forward)
registry.full(np.nancumsum, _nancumsum, _nancumsum_forward)


# -- quantiles -------------------------------------------------------------------------------------------------------


def _share(name: str, a: Any, q: float, axis: Any, rest: dict[str, Any]) -> tuple[Any, int | None]:
    """Return the part that each element has in the quantile of those that are numbers, and the axis."""
    over = one_or_all(name, a, axis, rest)
    ordered: Any = np.sort(np.reshape(a, -1), axis=0) if over is None else np.sort(a, axis=over)
    along_axis = over or 0
    # NaN is sorted to the end; where there is nothing else, nothing has a part
    last = np.sum(_is_number(ordered), axis=along_axis, keepdims=True) - 1
    position = q * last
    low = np.floor(position)
    weight = position - low

    def part(k: Any) -> Any:
        places = call(ordered, primitives.astype, np.clip(k, 0, np.maximum(last, 0)), int)
        value = np.take_along_axis(ordered, places, along_axis)
        ties = a == (np.reshape(value, (1,) * rank(a)) if over is None else value)  # type: ignore[operator]
        return ties / np.maximum(np.sum(ties, **along(over, True)), 1)

    if over is None:
        weight = np.reshape(weight, (1,) * rank(a))  # type: ignore[operator]
    return (1 - weight) * part(low) + weight * part(low + 1), over


registry.full(np.nanmedian, *quantile_rules("np.nanmedian", None, _share))
registry.full(np.nanquantile, *quantile_rules("np.nanquantile", 1.0, _share))
registry.full(np.nanpercentile, *quantile_rules("np.nanpercentile", 100.0, _share))
