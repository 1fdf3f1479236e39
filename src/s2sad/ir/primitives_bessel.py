"""A helper of the derivative of `np.i0`; like those in `primitives`, it is pasted where it is needed."""

from __future__ import annotations

from typing import Any

import numpy as np


def bessel_i1(x: Any) -> Any:
    """Return the modified Bessel function I1 of real numbers.

    It is the mean of sinh(x cos t) cos t, for which the midpoint rule is exact to rounding: what 64 points leave out is
    of the size of I255. With e^|x| taken out, no term cancels another.
    """
    angles = (np.arange(64) + 0.5) * (np.pi / 128)
    cosines, drops = np.cos(angles), 2 * np.sin(angles / 2) ** 2
    size = np.abs(x)[..., None]
    terms = np.exp(-size * drops) * -np.expm1(-2 * size * cosines) * cosines
    return np.sign(x) * np.exp(np.abs(x)) * np.mean(terms, axis=-1) / 2
