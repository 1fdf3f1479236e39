"""Helpers of the derivatives of decompositions.

Like the functions in `primitives`, these are pasted into generated code that needs them, so they use nothing but NumPy
and one another.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def gap_reciprocals(values: Any) -> Any:
    """Return 1 / (values[j] - values[i]) at [i, j], and 0 on the diagonal."""
    gaps = values[..., None, :] - values[..., :, None]
    same = np.eye(values.shape[-1], dtype=bool)
    least = np.finfo(values.dtype).eps * values.shape[-1] * np.max(np.abs(values), initial=0.0)
    if np.any((np.abs(gaps) <= least) & ~same):
        raise np.linalg.LinAlgError("vectors that belong to equal values have no derivative")
    return np.where(same, 0.0, 1.0 / np.where(same, 1.0, gaps)).astype(values.dtype)


def inverse_of_rank(a: Any, number: Any) -> Any:
    """Return the pseudoinverse of a matrix, of which no singular value must have been left out."""
    if number < min(a.shape):
        raise np.linalg.LinAlgError("least squares that leave singular values out have no derivative")
    return np.linalg.pinv(a)
