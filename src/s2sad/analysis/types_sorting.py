"""Types of functions that sort or go on from element to element, and of reductions that leave out NaN."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import DYNAMIC, operand, static
from s2sad.analysis.types_reductions import _reduce
from s2sad.ir import primitives_sorting
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Array, Type


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
    if x is None or dtype is None or dtype.kind != "f" or set(options) - {"keepdims", "ddof"}:
        return UNKNOWN
    return _reduce(x, dtype, axis, options.get("keepdims"))


@types(np.median)
def _median(form: Form, a: Type, axis: Type | None = None, **options: Type) -> Type:
    return _without_nan(form, a, axis, **options)


@types(np.gradient)
def _gradient(_form: Form, f: Type, *_spacing: Type, **_options: Type) -> Type:
    x = operand(f)
    # along several axes it is a tuple
    if x is None or x.shape is None or len(x.shape) != 1 or x.strong != np.dtype(float) or _spacing:
        return UNKNOWN
    return Array(x.strong, x.shape)


_UNTYPED = (
    *(np.diff, np.ediff1d, np.interp, np.convolve, np.correlate, np.average, np.quantile, np.percentile),
    *(np.nanprod, np.nancumsum, np.argpartition, np.digitize, np.flatnonzero, np.nanargmax, np.nanargmin),
)


@types(*_UNTYPED)
def _untyped(_form: Form, *_args: Type, **_options: Type) -> Type:
    return UNKNOWN
