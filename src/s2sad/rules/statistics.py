"""Variance, standard deviation and weighted averages; where the deviation is 0 its derivative is 0 by convention."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules import registry
from s2sad.rules.arguments import (
    ABSENT,
    along,
    array,
    axes_of,
    broadcast_like,
    flag,
    is_static,
    kind,
    mask,
    rank,
    refuse,
)
from s2sad.rules.reductions import count, expanded
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol


def _centred(name: str, d: Any, a: Any, axis: Any, options: dict[str, Any]) -> tuple[Any, Any, bool]:
    """Return the conjugate deviations from the mean, what their squares are divided by, and whether axes are kept."""
    kept = flag(name, "keepdims", options.pop("keepdims", ABSENT))
    where, ddof = options.pop("where", ABSENT), options.pop("ddof", 0)
    # the array API's name for the same
    ddof = options.pop("correction", ddof)
    _check_dtype(name, options.pop("dtype", None))
    refuse(name, **options)
    array(name, a)
    if where is ABSENT or where is True:
        total, deviation = count(d, a, axis), a - np.mean(a, **along(axis, True))
    else:
        total = np.sum(np.broadcast_to(where, np.shape(a)), **along(axis, kept))
        deviation = mask(where, a - np.mean(a, **along(axis, True), where=where))
    if kind(a) in ("c", None):
        deviation = np.conj(deviation)
    return deviation, total - ddof if _given(ddof) else total, kept


def _given(ddof: Any) -> bool:
    return not (isinstance(ddof, int | float) and ddof == 0)


def _check_dtype(name: str, dtype: Any) -> None:
    """Refuse to compute in a dtype other than one of floats or complex numbers."""
    if dtype is not None and (isinstance(dtype, Symbol) or np.dtype(dtype).kind not in "fc"):
        raise Unsupported(f"{name} with a dtype= that is not known to be one of floats has no derivative rule")


def _options(dtype: Any, out: Any, ddof: Any, keepdims: Any, rest: dict[str, Any]) -> dict[str, Any]:
    return {"dtype": dtype, "out": out, "ddof": ddof, "keepdims": keepdims, **rest}


def _inner(deviation: Any, a: Any, a_dot: Any, axis: Any, kept: bool) -> Any:
    """Return the inner products of deviations and tangents."""
    total = np.sum(deviation * a_dot, **along(axis, kept))
    return total if kind(a) not in ("c", None) else np.real(total)


def _nonzero(y: Any) -> Any:
    return np.where(y == 0, 1.0, y)


def _var(
    d: Any, y: Any, a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: Any = ABSENT, **rest: Any,
) -> Any:  # fmt: skip
    deviation, n, kept = _centred("np.var", d, a, axis, _options(dtype, out, ddof, keepdims, rest))
    return expanded(2 * d / n, a, axis, kept) * deviation


def _var_forward(
    tangents: Any, y: Any, a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: Any = ABSENT, **rest: Any,
) -> Any:  # fmt: skip
    a_dot = tangents[0]
    deviation, n, kept = _centred("np.var", a_dot, a, axis, _options(dtype, out, ddof, keepdims, rest))
    return 2 * _inner(deviation, a, a_dot, axis, kept) / n


def _std(
    d: Any, y: Any, a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: Any = ABSENT, **rest: Any,
) -> Any:  # fmt: skip
    deviation, n, kept = _centred("np.std", d, a, axis, _options(dtype, out, ddof, keepdims, rest))
    return expanded(d / (n * _nonzero(y)), a, axis, kept) * deviation


def _std_forward(
    tangents: Any, y: Any, a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: Any = ABSENT, **rest: Any,
) -> Any:  # fmt: skip
    a_dot = tangents[0]
    deviation, n, kept = _centred("np.std", a_dot, a, axis, _options(dtype, out, ddof, keepdims, rest))
    return _inner(deviation, a, a_dot, axis, kept) / (n * _nonzero(y))


registry.full(np.var, _var, _var_forward)
registry.full(np.std, _std, _std_forward)


# -- weighted averages -----------------------------------------------------------------------------------------------


def weights_like(a: Any, axis: Any, weights: Any) -> Any:
    """Return the weights in a form that broadcasts against what they weigh."""
    axes, given = rank(a), rank(weights)
    if axes is None or given is None or not is_static(axis):
        raise Unsupported("np.average of arrays whose axes are not known has no derivative rule: give the types")
    if axes == given:
        return weights
    if given != 1 or not isinstance(axis, int):
        raise Unsupported("np.average with such weights has no derivative rule: give them the array's shape")
    after = axes - 1 - axes_of(axis, axes)[0]
    index = (slice(None), *(None,) * after)
    return weights[index] if axes > 1 else weights


def _average_parts(a: Any, y: Any, axis: Any, weights: Any, keepdims: Any, rest: dict[str, Any]) -> tuple[Any, ...]:
    refuse("np.average", **rest)
    array("np.average", a, weights)
    if kind(a) == "c" or kind(weights) == "c":
        raise Unsupported("np.average of complex numbers has no derivative rule")
    kept = flag("np.average", "keepdims", keepdims)
    spread = weights_like(a, axis, weights)
    total = np.sum(np.broadcast_to(spread, np.shape(a)), **along(axis, True))
    return spread, total, a - expanded(y, a, axis, kept), kept


def _average(
    d: Any, y: Any, a: Any, axis: Any = None, weights: Any = None, returned: Any = None, *,
    keepdims: Any = ABSENT, **rest: Any,
) -> Any:  # fmt: skip
    if weights is None:
        kept = flag("np.average", "keepdims", keepdims)
        refuse("np.average", returned=returned, **rest)
        array("np.average", a)
        return broadcast_like(expanded(d / count(d, a, axis), a, axis, kept), a)
    spread, total, deviation, kept = _average_parts(a, y, axis, weights, keepdims, {"returned": returned, **rest})
    scaled = expanded(d, a, axis, kept) / total
    d_weights = scaled * deviation
    if rank(weights) != rank(a):
        others = tuple(k for k in range(rank(a)) if k != axes_of(axis, rank(a))[0])  # type: ignore[arg-type]
        d_weights = np.sum(d_weights, axis=others)
    return scaled * spread, None, d_weights


def _average_forward(
    tangents: Any, y: Any, a: Any, axis: Any = None, weights: Any = None, returned: Any = None, *,
    keepdims: Any = ABSENT, **rest: Any,
) -> Any:  # fmt: skip
    a_dot, weights_dot = (*tangents, None, None)[0], (*tangents, None, None)[2]
    if weights is None:
        refuse("np.average", returned=returned, **rest)
        return np.mean(a_dot, **along(axis, flag("np.average", "keepdims", keepdims)))
    spread, total, deviation, kept = _average_parts(a, y, axis, weights, keepdims, {"returned": returned, **rest})
    moved = None if a_dot is None else spread * a_dot
    if weights_dot is not None:
        part = deviation * weights_like(a, axis, weights_dot)
        moved = part if moved is None else moved + part
    return np.sum(moved / total, **along(axis, kept))


registry.full(np.average, _average, _average_forward)
