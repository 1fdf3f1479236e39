"""Putting the middle of a convolution back into its place, and taking it out."""

from __future__ import annotations

from typing import Any

import numpy as np


def embed(d: Any, a: Any, v: Any, mode: str) -> Any:
    """Return `d`, of the shape that convolving `a` and `v` in a mode gives, in zeros of the shape of the whole."""
    d = np.asarray(d)
    whole = np.zeros([m + n - 1 for m, n in zip(np.shape(a), np.shape(v), strict=True)], d.dtype)
    whole[kept(np.shape(a), np.shape(v), mode)] = d
    return whole


def crop(whole: Any, a: Any, v: Any, mode: str) -> Any:
    """Return what convolving `a` and `v` in a mode keeps of the whole."""
    return whole[kept(np.shape(a), np.shape(v), mode)]


def kept(a: Any, v: Any, mode: str) -> tuple[slice, ...]:
    """Return which part of a whole convolution of arrays of two shapes a mode keeps."""
    if mode == "full":
        return tuple(slice(None) for _ in a)
    if mode == "same":
        return tuple(slice((n - 1) // 2, (n - 1) // 2 + m) for m, n in zip(a, v, strict=True))
    return tuple(slice(min(m, n) - 1, max(m, n)) for m, n in zip(a, v, strict=True))
