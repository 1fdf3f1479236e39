"""Helpers of the derivatives of functions that sort, and of those that go on from element to element.

Like the functions in `primitives`, these are pasted into generated code that needs them, so they use nothing but NumPy
and one another.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def permuted(x: Any, order: Any, axis: Any) -> Any:
    """Return `x` with the elements along an axis put into an order, which has each of them once."""
    return np.take_along_axis(x, order, axis)


def recurrence(factors: Any, terms: Any) -> Any:
    """Return y with y[i] = factors[i] * y[i - 1] + terms[i] along the first axis; factors[0] is not used."""
    y = np.array(terms, dtype=np.result_type(factors, terms))
    for i in range(1, len(y)):
        y[i] += factors[i] * y[i - 1]
    return y


def first_places(x: Any) -> Any:
    """Return where each value of a vector stands first, in the order of the values."""
    return np.unique(x, return_index=True)[1]
