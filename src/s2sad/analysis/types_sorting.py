"""Types of functions that sort or go on from element to element, and of reductions that leave out NaN."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import DYNAMIC, Operand, common_dtype, length, make_array, operand, static
from s2sad.analysis.types_reductions import _reduce, is_whole
from s2sad.ir import dims, primitives_polynomials, primitives_sorting
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Array, Literal, Tuple, Type

_NONE, _TEN = Literal(None), Literal(10)


@types(np.sort)
def _sort(_form: Form, a: Type, axis: Type | None = None, *_args: Type, **_options: Type) -> Type:
    x = operand(a)
    if x is None or x.shape is None or x.shape == () or static(axis, -1) in (None, DYNAMIC):
        return UNKNOWN
    return Array(x.strong, x.shape)


@types(np.partition)
def _partition(form: Form, a: Type, _kth: Type, axis: Type | None = None, **options: Type) -> Type:
    return _sort(form, a, axis, **options)


@types(primitives_sorting.permuted)
def _permuted(_form: Form, x: Type, _order: Type, _axis: Type) -> Type:
    return x if isinstance(x, Array) else UNKNOWN


@types(primitives_sorting.recurrence)
def _recurrence(_form: Form, factors: Type, terms: Type) -> Type:
    if isinstance(factors, Array) and isinstance(terms, Array) and factors.dtype == terms.dtype:
        return terms
    return UNKNOWN


@types(np.nansum, np.nanmean, np.nanmax, np.nanmin, np.nanvar, np.nanstd, np.ptp)
def _without_nan(_form: Form, a: Type, axis: Type | None = None, **options: Type) -> Type:
    x = operand(a)
    dtype: np.dtype[Any] | None = None if x is None else x.strong
    if set(options) - {"keepdims", "ddof"}:
        return UNKNOWN
    if x is None or dtype is None or dtype.kind != "f":
        return make_array(None, ()) if is_whole(axis, options.get("keepdims")) else UNKNOWN
    return _reduce(x, dtype, axis, options.get("keepdims"))


@types(np.median, np.nanmedian)
def _median(form: Form, a: Type, axis: Type | None = None, **options: Type) -> Type:
    return _without_nan(form, a, axis, **options)


@types(np.gradient)
def _gradient(_form: Form, f: Type, *_spacing: Type, **_options: Type) -> Type:
    x = operand(f)
    # along several axes it is a tuple
    if x is None or x.shape is None or len(x.shape) != 1 or x.strong != np.dtype(float) or _spacing:
        return UNKNOWN
    return Array(x.strong, x.shape)


@types(primitives_polynomials.of_leading)
def _of_leading(_form: Form, x: Type, _p: Type) -> Type:
    return x if isinstance(x, Array) else UNKNOWN


@types(primitives_sorting.first_places)
def _first_places(_form: Form, _x: Type) -> Type:
    return Array(np.dtype(np.intp), (dims.fresh(),))


@types(np.intersect1d)
def _intersect1d(_form: Form, ar1: Type, ar2: Type, **options: Type) -> Type:
    found = [operand(one) for one in (ar1, ar2)]
    known = [one for one in found if one is not None]
    dtype = common_dtype(known) if len(known) == len(found) and not options else None
    return UNKNOWN if dtype is None else Array(dtype, (dims.fresh(),))


@types(np.bincount)
def _bincount(_form: Form, _x: Type, weights: Type | None = None, minlength: Type | None = None) -> Type:
    dtype = np.dtype(np.intp) if static(weights) is None else np.dtype(float)
    return Array(dtype, (dims.fresh(),))


@types(np.histogram)
def _histogram(
    _form: Form, a: Type, bins: Type = _TEN, range: Type = _NONE, density: Type = _NONE, weights: Type = _NONE
) -> Type:
    x, given, is_density = operand(a), operand(bins), static(density)
    if x is None or given is None or given.shape is None or is_density is DYNAMIC:
        return UNKNOWN
    edges = Array(given.strong, given.shape)
    if given.shape == ():
        edges = Array(x.strong if x.strong == np.float64 else None, (dims.add(length(bins), 1),))
    weighed = Operand(np.dtype(np.intp), ()) if static(weights) is None else operand(weights)
    dtype = np.dtype(float) if is_density else None if weighed is None else weighed.strong
    return Tuple((Array(dtype, (length(bins) if given.shape == () else dims.fresh(),)), edges))


_UNTYPED = (
    *(np.ediff1d, np.quantile, np.percentile, np.nanquantile, np.nanpercentile),
    *(np.nanprod, np.nancumsum, np.argpartition, np.nanargmax, np.nanargmin),
)


@types(*_UNTYPED)
def _untyped(_form: Form, *_args: Type, **_options: Type) -> Type:
    return UNKNOWN
