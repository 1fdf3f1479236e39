"""Types of Fourier transforms along one axis; the others follow from what they are composed of."""

from __future__ import annotations

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import DYNAMIC, axes_of, lengths, operand, static
from s2sad.ir import dims
from s2sad.ir.dims import Dim
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Array, Type


@types(np.fft.fft, np.fft.ifft)
def _transform(_form: Form, a: Type, n: Type | None = None, axis: Type | None = None, norm: Type | None = None) -> Type:
    x, along = operand(a), static(axis, -1)
    if x is None or x.shape is None or along is DYNAMIC or not x.shape:
        return UNKNOWN
    axes = axes_of(along, len(x.shape))
    if axes is None or len(axes) != 1:
        return UNKNOWN
    # NumPy 2 keeps single precision, which NumPy 1 does not
    dtype = None if x.strong is None or x.strong.kind not in "fcbiu" else np.fft.fft(np.zeros(1, x.strong)).dtype
    shape = list(x.shape)
    if n is not None and static(n) is not None:
        asked = lengths(n)
        shape[axes[0]] = asked[0] if asked is not None and len(asked) == 1 else dims.fresh()
    return Array(dtype, tuple(shape))


def half_of(length: Dim) -> Dim:
    """Return how many frequencies of a real sequence there are that are no mirror images."""
    return dims.add(dims.computed("//", length, 2), 1)


@types(np.fft.rfft)
def _of_real(form: Form, a: Type, n: Type | None = None, axis: Type | None = None, norm: Type | None = None) -> Type:
    whole = _transform(form, a, n, axis, norm)
    if not isinstance(whole, Array) or whole.shape is None:
        return UNKNOWN
    shape, own = list(whole.shape), static(axis, -1)
    shape[own] = half_of(shape[own])
    return Array(whole.dtype, tuple(shape))


@types(np.fft.irfft)
def _to_real(form: Form, a: Type, n: Type | None = None, axis: Type | None = None, norm: Type | None = None) -> Type:
    whole = _transform(form, a, n, axis, norm)
    if not isinstance(whole, Array) or whole.shape is None:
        return UNKNOWN
    shape, own = list(whole.shape), static(axis, -1)
    if n is None or static(n) is None:
        shape[own] = 2 * (shape[own] - 1) if isinstance(shape[own], int) else dims.fresh()
    return Array(None if whole.dtype is None else np.empty(0, whole.dtype).real.dtype, tuple(shape))


@types(np.fft.fftfreq)
def _frequencies(_form: Form, n: Type, *_d: Type, **_options: Type) -> Type:
    shape = lengths(n)
    return Array(np.dtype(float), (dims.fresh(),) if shape is None or len(shape) != 1 else shape)


@types(np.fft.rfftfreq)
def _frequencies_of_real(_form: Form, n: Type, *_d: Type, **_options: Type) -> Type:
    return Array(np.dtype(float), (dims.fresh(),))
