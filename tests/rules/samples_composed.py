"""Sample calls of the functions that are declared by others."""
from __future__ import annotations

import numpy as np

V = np.array([0.3, -0.7, 0.45, 1.2])
A = np.array([[0.3, 0.7, -0.45], [0.62, 0.11, 0.83]])
B = np.array([[1.3, 0.2, 0.4], [0.9, -1.1, 0.5]])
T = np.cos(np.arange(24.0)).reshape(2, 3, 4)
SQUARE = np.array([[1.2, 0.3, -0.4], [0.1, 1.7, 0.6], [-0.2, 0.5, 2.3]])
G = np.sin(np.arange(36.0) ** 2).reshape(2, 3, 3, 2) + 3.0 * np.eye(6).reshape(2, 3, 3, 2)
X, Y = 0.7, 1.3
NAN = np.array([0.3, np.nan, 0.45, 1.2])
EDGED = np.array([0.0, 0.0, 0.3, 0.0, -0.7, 0.0])
PLACES = np.array([2, 0, 0, 1])

COMPOSED = [
    *((f, (x,), {}) for f in (np.atleast_1d, np.atleast_2d, np.atleast_3d) for x in (X, V, A, T)),
    *((np.hstack, (parts,), {}) for parts in ([V, V * 2], (A, B), [X, V], [T, T * T])),
    *((f, (parts,), {}) for f in (np.vstack, np.dstack) for parts in ([V, V * 2], (A, B), [T, T * T])),
    *((np.column_stack, (parts,), {}) for parts in ([V, V * 2], (A, B), (V[:2], A))),
    *((np.append, args, {}) for args in ((V, X), (V, [X, Y]), (A, V), (A, B, 0), (A, B, 1), (A, B, -1))),
    *((np.block, (x,), {}) for x in ([V, V], [[A, B], [B, A]], [[A], [B]], [[A[0], X], [B[0], Y]], A)),
    *((f, (x,), {}) for f in (np.fliplr, np.flipud) for x in (A, T)),
    *((np.rot90, (x, k), {}) for x in (A, T) for k in (-1, 0, 1, 2, 3, 5)),
    (np.rot90, (T, 1, (1, 2)), {}),
    *((np.rollaxis, (T, *axes), {}) for axes in ((2,), (0, 3), (1, 2), (-1, 1))),
    *((np.tile, (x, reps), {}) for x, reps in ((V, 3), (A, 2), (A, (2, 1)), (V, (2, 3)), (X, 3), (T, (2, 1, 3)))),
    *((np.repeat, args, {}) for args in ((V, 2), (A, 2), (A, 3, 0), (A, 2, 1), (T, 2, -1), (X, 3), (V, [0, 2, 1, 3]))),
    (np.repeat, (A, np.array([2, 3]), 0), {}),
    (np.repeat, (V, 2), {"axis": 0}),
    *((np.split, args, {}) for args in ((V, 2), (V, [1, 3]), (A, 3, 1), (T, [1], -1))),
    *((np.array_split, args, {}) for args in ((V, 3), (A, 2, 1), (V, [2]))),
    *((f, (T, 2), {}) for f in (np.vsplit, np.dsplit)),
    *((np.hsplit, args, {}) for args in ((V, 2), (A, 3), (A, [1]))),
    *((np.diagonal, args, {}) for args in ((A,), (A, 1), (A, -1), (T, 0, 1, 2), (T, 1, 0, 2))),
    *((np.resize, args, {}) for args in ((V, (3, 2)), (A, 3), (A, (3, 4)))),
    *((np.delete, args, {}) for args in ((V, 1), (V, [0, 2]), (A, 1, 1), (A, slice(0, 2), 1), (A, 3))),
    *((np.compress, args, {}) for args in (
      ([True, False, True], V), ([False, True], A, 0), ([True, False, True], A, 1))),
    (np.extract, (A > 0.3, A), {}),
    *((np.take_along_axis, args, {}) for args in (
      (V, PLACES, 0), (A, np.array([[0, 2], [1, 1]]), 1), (A, np.array([[0, 1, 1]]), 0),
      (A, np.array([3, 0]), None), (T, np.zeros((2, 1, 4), int), 1), (T, np.array([[[3, 0]]]), -1),
      (A[:1], PLACES[:, None] // 2, 1))),
    *((np.pad, args, options) for args, options in (((V, 2), {}), ((V, (1, 0)), {}), ((A, ((1, 2), (0, 1))), {}),
      ((A, 1), {"constant_values": 2.0}), ((A, 1), {"constant_values": ((0, 1), (2, 3))}))),
    *((np.pad, (x, width), {"mode": mode}) for mode in ("edge", "reflect", "symmetric", "wrap")
      for x, width in ((V, 2), (A, ((1, 0), (2, 1))))),
    (np.select, ([A > 0.5, A > 0], [A * A, B]), {}),
    (np.select, ([A > 0.5, A > 0], [A * A, 2.0], X), {}),
    *((np.choose, (np.array([0, 2, 1, 0]), choices), {}) for choices in ([V, V * V, 3.0], (X, V, Y))),
    *((np.meshgrid, args, options) for args in ((V, A[0]), (V, A[0], V[:2]), (V,))
      for options in ({}, {"indexing": "ij"}, {"sparse": True})),
    *((np.broadcast_arrays, args, {}) for args in ((V[:3], A), (A[:, :1], X, V[:3]), (A,))),
    *((np.polyval, (p, x), {}) for p in (V, [X, Y, 2.0], V[:1]) for x in (X, A, np.array([0.0, 0.3]))),
    *((f, pair, {}) for f in (np.polyadd, np.polysub) for pair in ((V, V), (A[0], V), ([X, Y], V), (V, X))),
    *((np.polymul, pair, {}) for pair in ((V, A[0]), ([1, 2], V), (A[0], [X, Y]))),
    *((np.polyder, args, {}) for args in ((V,), (V, 2), ([X, Y, 2.0],))),
    *((np.polyint, args, options) for args, options in (((V,), {}), ((V, 2), {}), ((V, 1, X), {}), ((V, 3, A[0]), {}))),
    *((np.poly, (roots,), {}) for roots in ([X], [X, Y, -0.3])),
    *((np.polyfit, args, {}) for args in ((V, A[1, [0, 1, 2, 1]], 2), (V, T[0, 0], 1), (V, T[0].T, 2))),
    (np.polyfit, (V, T[0, 1], 1, None, False, np.array([1, 2, 1, 3])), {}),
    *((np.take, args, options) for args, options in (
      ((V, [0, 2]), {}), ((A, [2, 0], 1), {}), ((A, [[0, 5]]), {}), ((T, [1, 1]), {"axis": 1}), ((A, 1, 0), {}),
      ((V, [5, -1]), {"mode": "wrap"}), ((A, [7], 1), {"mode": "clip"}))),
    *((np.polydiv, pair, {}) for pair in ((V, A[0, :2]), ([X, Y, 2.0], [Y, X]), (V, [Y]), (NAN[[0, 2, 3]], V[:3]))),
    *((np.logspace, args, options) for args, options in (
      ((X, Y), {}), ((X, 2, 5), {"base": 2}), ((0, Y, 4, False), {}))),
    *((np.geomspace, args, options) for args, options in (
      ((X, Y), {}), ((-X, -Y, 5), {}), ((X, 2, 4), {"endpoint": False}))),
    *((f, (x,), {}) for f in (np.asarray_chkfinite, np.require, np.ascontiguousarray, np.asfortranarray)
      for x in (V, X, [X, Y])),
    (np.require, (A, None, "F"), {}),
    *((np.unstack, (x,), options) for x, options in ((V, {}), (T, {}), (T, {"axis": 1}), (A, {"axis": -1}))
      if hasattr(np, "unstack")),
    *((np.diagflat, args, {}) for args in ((V,), (A,), (V, 1), (X,), (A, -2))),
    *((np.trim_zeros, args, {}) for args in ((V,), (EDGED,), (EDGED, "f"), (EDGED, "b"), (0 * V,))),
    *((np.insert, args, {}) for args in ((V, 1, X), (V, [0, 3], [X, Y]), (V, [2, 2, 0], X), (A, 1, X), (A, 1, B[0], 0),
      (A, 1, V[:2], 1), (A, [0, 2], B[:, :2], 1), (A, [2], B[:, :2], 1), (T, -1, V, 1), (V, 4, V))),
    *((np.cov, args, options) for args, options in (
      ((A,), {}), ((V,), {}), ((V, V * V), {}), ((A, B), {"bias": True}), ((A.T,), {"rowvar": False}),
      ((A.T, B.T, False), {}), ((A, None, True, False, None, np.array([1, 2, 1])), {}),
      ((A, V[:3], True, False, 0), {}),
      ((A, None, True, False, None, np.array([1, 2, 1]), A[1]), {}))),
    *((np.corrcoef, args, {}) for args in ((A,), (V, V * V), (A.T, None, False))),
    *((np.histogram, args, options) for args, options in (
      ((V,), {}), ((A, 4), {}), ((A, 3, (0.15, Y)), {}), ((V, [-1.0, X, 2.0]), {}),
      ((V, np.array([-1, 0, 2]), None, None, V), {}), ((A, 3, None, None, B), {}), ((A, 3, None, True, B * B), {}))),
    *((np.unique, (x,), options) for x in (V, A) for options in ({}, {"return_counts": True})),
    (np.unique, (A, True, True), {}),
    *((f, (V, B[0]), {}) for f in (np.union1d, np.setdiff1d, np.setxor1d)),
    *((np.modf, (x,), {}) for x in (3 * V, X)),
    *((np.divmod, args, {}) for args in ((A, 0.29), (A * 7, B))),
    *((np.vander, args, options) for args, options in (
      ((V,), {}), ((V, 3), {}), ((np.array([0.0, 2.0]), 4), {"increasing": True}))),
    *((f, args, {}) for f in (np.fmax, np.fmin) for args in ((V, NAN), (NAN, V), (A, B), (A, X), (X, Y), (V, V))),
    *((np.logaddexp2, args, {}) for args in ((A, B), (A, X), (X, Y))),
    *((np.heaviside, args, {}) for args in ((np.array([-1.0, 0.0, 2.0]), V[:3]), (V, X))),
    *((np.copysign, args, {}) for args in ((A, B), (A, -X), (X, -Y))),
    *((np.nan_to_num, (x,), {}) for x in (V, NAN[[0, 2, 3]])),
    *((np.unwrap, (x,), {}) for x in (V * 9, A)),
    *((np.sinc, (x,), {}) for x in (V, np.array([0.0, 1e-9, 1e-4, 0.031, 0.0319, 2.0]), X)),
    *((f, (x,), options) for f in (np.nancumsum, np.nancumprod) for x in (NAN, A) for options in ({}, {"axis": 0})),
    *((getattr(np, name), (x,), {"axis": x.ndim - 1})
      for name in ("cumulative_sum", "cumulative_prod") if hasattr(np, name)
      for x in (V, A)),
    *((f, args, options) for f in (np.fft.rfft, np.fft.ihfft) for args in ((V,), (A,), (V, 3), (V, 7), (A, 4, 0))
      for options in ({}, {"norm": "ortho"})),
    *((np.fft.irfft, args, options) for args in ((V,), (A,), (V, 5), (V, 3), (V, 8), (A, 3, 0))
      for options in ({}, {"norm": "forward"})),
    *((np.fft.hfft, args, {}) for args in ((V,), (A, 5))),
    *((f, args, {}) for f in (np.fft.fft2, np.fft.ifft2, np.fft.rfft2) for args in ((A,), (T,), (A, (3, 2)))),
    *((f, args, {}) for f in (np.fft.fftn, np.fft.ifftn, np.fft.rfftn)
      for args in ((V,), (A,), (T, None, (0, 2)), (A, (4, 3), (0, 1)))),
    *((f, args, {}) for f in (np.fft.irfft2, np.fft.irfftn) for args in ((A,), (T,), (A, (2, 3), (0, 1)))),
    *((f, args, {}) for f in (np.fft.fftshift, np.fft.ifftshift) for args in ((V,), (A,), (A, 1), (T, (0, 2)))),
    *((np.gradient, args, options) for args, options in (
      ((V,), {}), ((V, 2), {}), ((A,), {"axis": 1}), ((A, 2), {"axis": 0}), ((T,), {"axis": -2}), ((V[:2],), {}),
      ((A,), {}))),
    *((np.trapezoid, args, options) for args, options in (
      ((V,), {}), ((A,), {"axis": 0}), ((A,), {"dx": 2}), ((T,), {"axis": -2}), ((V, V * V), {}),
      ((T, A[0]), {"axis": 1}))),
    *((np.modf, (x,), {}) for x in (A * 3.1, V)),
    *((np.divmod, args, {}) for args in ((A * 3.1, 0.7), (A * 3.1, B))),
    *((np.kron, args, {}) for args in ((V, V[:2]), (A, B), (A, V), (X, A), (T, A))),
    *((np.cross, args, {}) for args in ((A[0], B[0]), (A, B), (A, B[0]), (A.T, B.T, 0, 0), (A.T, B, 0, -1, 0))),
    (np.cross, (A.T, B.T), {"axis": 0}),
    *((np.linalg.matrix_power, (SQUARE, n), {}) for n in (0, 1, 2, 5, -1, -3)),
    (np.linalg.matrix_power, (np.stack([SQUARE, SQUARE.T]), 3), {}),
    *((np.linalg.multi_dot, (parts,), {}) for parts in ([A, B.T, A], (A[0], SQUARE, B[1]), [A, B.T])),
    *((np.linalg.tensorsolve, args, {}) for args in ((G, A), (np.moveaxis(G, -1, 0), A, (0,)))),
    *((np.linalg.tensorinv, args, {}) for args in ((G,), (SQUARE, 1))),
    *((np.linalg.cond, (SQUARE, *p), {}) for p in ((), (2,), (-2,))),
    *((getattr(home, name), args, options) for home, name, args, options in (
      (np.linalg, "cross", (A, B), {}), (np.linalg, "outer", (V, V * 2), {}), (np.linalg, "matmul", (A, B.T), {}),
      (np.linalg, "tensordot", (A, B.T), {"axes": 1}), (np.linalg, "vecdot", (A, B), {}), (np, "vecdot", (A, B), {}),
      (np.linalg, "matrix_transpose", (A,), {}), (np, "matrix_transpose", (T,), {}), (np.linalg, "svdvals", (A,), {}),
      (np.linalg, "diagonal", (T,), {}), (np.linalg, "trace", (SQUARE,), {}), (np, "matvec", (A, B[0]), {}),
      (np, "vecmat", (V[:2], A), {})) if hasattr(home, name)),
]  # fmt: skip
"""A function, arguments (floats and arrays of floats vary) and options."""
