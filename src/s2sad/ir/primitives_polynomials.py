"""Helpers of the derivatives of functions of polynomials; like those in `primitives`, they are pasted where needed."""

from __future__ import annotations

from typing import Any

import numpy as np


def of_leading(x: Any, p: Any) -> Any:
    """Return `x`; raise ValueError where the first coefficient of `p` is 0, which NumPy leaves out of a product."""
    if p[0] == 0:
        raise ValueError("a product of polynomials has no derivative where a leading coefficient is 0")
    return x


def trimmed(r: Any) -> Any:
    """Return a remainder without leading coefficients that are nearly 0, which `np.polydiv` leaves out."""
    while r.shape[-1] > 1 and np.allclose(r[0], 0, rtol=1e-14):
        r = r[1:]
    return r
