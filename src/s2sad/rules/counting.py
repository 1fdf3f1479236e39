"""Functions that count or weigh what falls into bins, and sets of numbers.

Which bin a number falls into does not vary, but where the edges of the bins lie may. A set has the derivative of the
first ones of its members, as if no other number were equal to them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.ir import primitives_sorting
from s2sad.rules import registry
from s2sad.rules.arguments import array, is_static, kind, rank, refuse
from s2sad.rules.composing import composed
from s2sad.rules.rearranging import as_array, axes_of, converted, shape
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol, record

# -- weights of integers ---------------------------------------------------------------------------------------------


def _bincount(d: Any, y: Any, x: Any, weights: Any = None, minlength: Any = 0) -> Any:
    array("np.bincount", weights)
    return None, d[x]


registry.linear(np.bincount, _bincount, argnums=(1,))

# -- histograms ------------------------------------------------------------------------------------------------------


def _flat(name: str, a: Any) -> Any:
    a = as_array(a)
    return a if axes_of(name, a) == 1 else np.ravel(a)


def _edges(a: Any, bins: Any, limits: Any) -> tuple[Any, Any]:
    """Return the edges of the bins, and how many bins there are."""
    bins = as_array(bins)
    if isinstance(bins, str) or axes_of("np.histogram", bins) not in (0, 1):
        raise Unsupported("np.histogram with bins that an estimator finds has no derivative rule: give their number")
    if rank(bins) == 1:
        return bins, shape(bins)[0] - 1
    if limits is not None:
        low, high = limits
        number = bins + 1
        symbol = next((one for one in (low, high, bins, a) if isinstance(one, Symbol)), None)
        assert symbol is not None
        return record(symbol.builder, np.linspace, low, high, number), bins
    low, high = np.min(a), np.max(a)
    # around equal numbers NumPy puts bins of total width 1
    alone = low == high
    return np.linspace(np.where(alone, low - 0.5, low), np.where(alone, high + 0.5, high), bins + 1), bins


def _histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    values = _flat("np.histogram", a)
    if not is_static(density) or kind(values) == "c" or not isinstance(values, Symbol):
        raise Unsupported("np.histogram of constants or complex numbers, or with density= that varies, has no rule")
    edges, count = _edges(values, bins, range)
    inside = (values >= edges[0]) & (values <= edges[-1])
    places = np.flatnonzero(inside)
    # the last bin has both its edges
    bin_of = np.minimum(np.searchsorted(edges, values[places], side="right") - 1, count - 1)
    if weights is None:
        total = record(values.builder, np.bincount, bin_of, minlength=count)
    else:
        total = _weighed(bin_of, _flat("np.histogram", weights)[places], count)
    if density:
        total = total / np.diff(edges) / np.sum(total)
    return total, edges


def _weighed(bin_of: Any, weights: Any, count: Any) -> Any:
    dtype = getattr(weights, "dtype", None)
    if dtype is None or dtype.kind != "f":
        raise Unsupported("np.histogram with weights that are not known to be floats has no rule: give the types")
    total = record(bin_of.builder, np.bincount, bin_of, weights, minlength=count)
    return total if dtype == np.float64 else converted(total, dtype=dtype.type)


composed(np.histogram, _histogram)

# -- sets ------------------------------------------------------------------------------------------------------------


def _first_places(x: Symbol) -> Any:
    return record(x.builder, primitives_sorting.first_places, x)


def _members(name: str, a: Any) -> Any:
    """Return the members of a set in order: the first element of each value."""
    flat = _flat(name, a)
    if kind(flat) not in ("f", "i", "u", "b"):
        raise Unsupported(f"{name} of what is not known to be real numbers has no derivative rule: give the types")
    return flat[_first_places(flat)] if isinstance(flat, Symbol) else np.unique(flat)


def _unique(
    ar: Any, return_index: Any = False, return_inverse: Any = False, return_counts: Any = False, axis: Any = None,
    **options: Any,
) -> Any:  # fmt: skip
    refuse("np.unique", axis=axis, **{key: value for key, value in options.items() if value is not True})
    wanted = (return_index, return_inverse, return_counts)
    if not is_static(wanted):
        raise Unsupported("np.unique with options that are not constants has no derivative rule")
    values = _members("np.unique", ar)
    if not any(wanted):
        return values
    flat = _flat("np.unique", ar)
    inverse = np.searchsorted(values, flat)
    found = (_first_places(flat), np.reshape(inverse, np.shape(as_array(ar))), np.bincount(inverse))
    return (values, *(one for one, is_wanted in zip(found, wanted, strict=True) if is_wanted))


def _union1d(ar1: Any, ar2: Any) -> Any:
    return _members("np.union1d", np.concatenate([_flat("np.union1d", ar1), _flat("np.union1d", ar2)]))


def _setdiff1d(ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
    if not is_static(assume_unique):
        raise Unsupported("np.setdiff1d with assume_unique= that is not a constant has no derivative rule")
    values = _flat("np.setdiff1d", ar1) if assume_unique else _members("np.setdiff1d", ar1)
    return values[np.flatnonzero(np.isin(values, as_array(ar2), invert=True))]


def _setxor1d(ar1: Any, ar2: Any, assume_unique: Any = False) -> Any:
    if not is_static(assume_unique):
        raise Unsupported("np.setxor1d with assume_unique= that is not a constant has no derivative rule")
    members = _flat if assume_unique else _members
    both = np.sort(np.concatenate([members("np.setxor1d", ar1), members("np.setxor1d", ar2)]))
    changes = np.concatenate([[True], both[1:] != both[:-1], [True]])
    return both[np.flatnonzero(changes[1:] & changes[:-1])]


def _intersect1d(ar1: Any, ar2: Any, assume_unique: Any = False, return_indices: Any = False) -> Any:
    if not is_static((assume_unique, return_indices)) or return_indices:
        raise Unsupported("np.intersect1d with indices, or with options that are not constants, has no derivative rule")
    values = np.sort(_flat("np.intersect1d", ar1)) if assume_unique else _members("np.intersect1d", ar1)
    return values[np.flatnonzero(np.isin(values, as_array(ar2)))]


composed(np.unique, _unique)
composed(np.intersect1d, _intersect1d)
composed(np.union1d, _union1d)
composed(np.setdiff1d, _setdiff1d)
composed(np.setxor1d, _setxor1d)
registry.constant(primitives_sorting.first_places)
