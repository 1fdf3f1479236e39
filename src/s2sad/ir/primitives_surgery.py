"""Operations for what is done to an adjoint in the middle of a reverse sweep."""

from __future__ import annotations

from typing import Any

import numpy as np


def with_adjoint(x: Any, _change: Any, *_read: Any) -> Any:
    """Return the value itself; the reverse sweep does to its adjoint what the procedure `_change` does."""
    return x


def checked_adjoint(new: Any, old: Any) -> Any:
    """Return a changed adjoint with the dtype of the old one; its shape must be the same."""
    if isinstance(old, tuple | list | dict) or np.shape(new) != np.shape(old) or np.iscomplexobj(new):
        raise ValueError(f"an adjoint of shape {np.shape(old)} is changed to a value of shape {np.shape(new)}")
    if isinstance(old, np.ndarray):
        return np.asarray(new, dtype=old.dtype)
    return old.dtype.type(new) if isinstance(old, np.generic) else float(new)
