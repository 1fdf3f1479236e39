"""Sample calls of functions of matrices, and of `np.roll`."""
from __future__ import annotations

import numpy as np
from tests.rules.harness import Sample

M = np.array([[1.3, 0.7, 0.45], [0.62, 2.1, 0.83], [0.2, 0.9, 1.7]])
S = np.stack([M, M.T + np.eye(3)])
V = np.array([0.3, 0.7, 0.45])
B = np.array([[0.3, 0.7], [0.62, 0.11], [0.45, 0.5]])
T = np.linspace(0.1, 0.9, 24).reshape(2, 3, 4) ** 2
X = np.random.default_rng(5).choice([-1.0, -0.7, -0.4, 0.3, 0.6, 0.9], (2, 3, 4)) + 0.1 * T

MATRICES = [
    *(Sample(f, (x,), typed_only=True) for f in (np.linalg.inv, np.linalg.det) for x in (M, S, M[:1, :1])),
    *(Sample(np.linalg.solve, (M, b), typed_only=True) for b in (V, B)),
    *(Sample(np.trace, (x,), typed_only=True) for x in (M, B)),
    *(Sample(np.linalg.norm, (x,), options) for x in (V, -B, T) for options in ({}, {"keepdims": True})),
    *(Sample(np.linalg.norm, (-B,), {"axis": axis, **options}) for axis in (0, 1, -1, (0, 1))
      for options in ({}, {"keepdims": True})),
    *(Sample(np.linalg.norm, (-B, ord, axis)) for ord in (1, 2, None) for axis in (0, -1)),
    *(Sample(np.linalg.norm, (-V, ord), typed_only=True) for ord in (1, 2)),
    Sample(np.linalg.norm, (B, "fro")),
    *(Sample(np.linalg.norm, (x, ord), typed_only=True) for x in (-V, M - 1) for ord in (1, -1, 2, -2)),
    *(Sample(np.linalg.norm, (-B, ord, 1)) for ord in (3, -3, 0)),
    *(Sample(np.linalg.norm, (X, ord), {"axis": (2, 0), "keepdims": True}, typed_only=True)
      for ord in ("nuc", 2, -2, 1, -1)),
    *(Sample(np.linalg.vector_norm, (X,), options) for options in ({}, {"ord": 3, "axis": (0, -1)})),
    *(Sample(np.linalg.matrix_norm, (X,), options, typed_only=True) for options in ({}, {"ord": "nuc"})),
    *(Sample(np.trace, args, typed_only=True) for args in ((T,), (T, 1, -1, 0), (M, -1), (B, 0, 1, 0))),
    *(Sample(np.linalg.trace, (T,), options, typed_only=True) for options in ({}, {"offset": 1})),
    *(Sample(np.linalg.solve, pair, typed_only=True) for pair in ((S, V), (S, B), (M, np.stack([B, B + 1])), (S, S))),
    *(Sample(np.roll, args) for args in ((V, 1), (B, -2), (B, 1, 0), (B, 4, -1), (T, (1, 2), (0, -1)))),
]  # fmt: skip
