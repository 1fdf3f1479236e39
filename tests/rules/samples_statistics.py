"""Sample calls of functions that sort, average, difference and integrate."""
from __future__ import annotations

import numpy as np
from tests.rules.harness import Sample

from s2sad.ir import primitives_bessel, primitives_polynomials, primitives_sorting

V = np.array([0.3, 0.7, 0.45])
L = np.array([0.31, 0.12, 0.97, 0.55, 0.74])
A = np.array([[0.3, 0.7, 0.45], [0.62, 0.11, 0.83]])
N = np.array([[0.3, np.nan, 0.45], [0.62, 0.11, 0.83]])
T = np.linspace(0.1, 0.9, 24).reshape(2, 3, 4) ** 2
NAN = (np.nansum, np.nanmean, np.nanmax, np.nanmin, np.nanvar, np.nanstd)

STATISTICS = [
    *(Sample(np.sort, args, options) for args, options in (
        ((V,), {}), ((A,), {}), ((A, 0), {}), ((T, 1), {}), ((A,), {"axis": -2}), ((L,), {"kind": "stable"}))),
    *(Sample(primitives_sorting.permuted, (x, np.argsort(x, axis=axis), axis)) for x, axis in ((L, 0), (A, -1))),
    *(Sample(primitives_sorting.recurrence, pair) for pair in ((V, L[:3]), (A, A[::-1] + 1))),
    *(Sample(np.cumprod, args) for args in ((A, 0), (A, 1), (A, -1), (T, 1))),
    *(Sample(np.cumprod, (x,), typed_only=True) for x in (V, np.array([0.5, 0.0, 0.7, 0.0]))),
    *(Sample(f, (A, *axis), options) for f in (*NAN, np.ptp) for axis in ((), (0,), (1,), (-1,), ((0, 1),))
      for options in ({}, {"keepdims": True})),
    *(Sample(f, (T, (0, 2))) for f in NAN),
    *(Sample(f, (A,), {"axis": 1, "ddof": 1}) for f in (np.nanvar, np.nanstd)),
    *(Sample(np.median, (x, *axis), options, typed_only=True) for x, axis in (
        (V, ()), (L[:4], ()), (A, ()), (A, (0,)), (A, (-1,)), (T, (1,))) for options in ({}, {"keepdims": True})),
    *(Sample(np.quantile, (x, q, *axis), typed_only=True) for q in (1, 0) for x, axis in (
        (L, ()), (A, (1,)))),
    *(Sample(np.percentile, (x, q, *axis), typed_only=True) for q in (0, 40, 75, 100) for x, axis in (
        (L, ()), (A, (0,)), (A, ()), (T, (-2,)))),
    *(Sample(np.nanprod, (A, *axis), options) for axis in ((), (1,)) for options in ({}, {"keepdims": True})),
    *(Sample(np.nancumsum, (A, axis)) for axis in (0, 1)),
    *(Sample(np.mean, (A, *axis), {"where": A > 0.31, **options}) for axis in ((), (0,), (-1,), ((0, 1),))
      for options in ({}, {"keepdims": True})),
    *(Sample(np.average, (x, *axis), options) for x, axis in ((L, ()), (A, (0,)), (A, ()), (T, (-1,)))
      for options in ({}, {"keepdims": True})),
    *(Sample(np.average, (x, axis, w), options, typed_only=True) for x, axis, w in (
        (L, None, L[::-1] + 1), (L, 0, L + 1), (A, None, A[::-1] + 1), (A, 1, A + 1), (A, 0, L[:2]), (A, -1, V),
        (T, 1, V), (T, (0, 2), T + 1)) for options in ({}, {"keepdims": True})),
    *(Sample(np.diff, args, options) for args, options in (
        ((V,), {}), ((A,), {}), ((A, 1, 0), {}), ((L, 2), {}), ((T,), {"n": 2, "axis": 1}), ((A,), {"axis": -2}))),
    *(Sample(np.ediff1d, (x,), typed_only=True) for x in (L,)),
    *(Sample(np.interp, (x, np.array([0.1, 0.35, 0.6, 0.9]), L[:4]), typed_only=True) for x in (0.42, V, A)),
    *(Sample(np.interp, (x, V, L[:3]), typed_only=True) for V in (np.sort(V),) for x in (0.5, L, np.float64(0.4))),
    *(Sample(np.convolve, (a, v, *mode)) for mode in ((), ("full",), ("same",), ("valid",))
      for a, v in ((L, V), (V, L), (L, L[:2]), (L, L[:4]), (V, V))),
    *(Sample(f, (x, *axis), options, typed_only=True) for f in (np.nanmedian,) for x, axis in (
        (N, ()), (N, (0,)), (N, (-1,)), (T, (1,))) for options in ({}, {"keepdims": True})),
    *(Sample(np.nanquantile, (N, q, *axis), typed_only=True) for q in (1, 0) for axis in ((), (1,))),
    *(Sample(np.nanpercentile, (N, q, *axis), typed_only=True) for q in (40, 75) for axis in ((), (0,))),
    *(Sample(np.bincount, (np.array([2, 0, 2]), V, *length)) for length in ((), (5,))),
    *(Sample(np.ldexp, (x, np.array([2, 0, -1]))) for x in (V, A)),
    *(Sample(f, (x,)) for f in (np.i0, primitives_bessel.bessel_i1) for x in (3 * V, -A, 0.3)),
    Sample(primitives_polynomials.of_leading, (V, L)),
    Sample(primitives_polynomials.trimmed, (V,)),
    *(Sample(np.correlate, (a, v, "full")) for a, v in ((L, V), (V, L))),
    *(Sample(np.correlate, pair) for pair in ((L, V), (L, L[:4]), (V, L), (L[:4], L), (V, V))),
]  # fmt: skip
