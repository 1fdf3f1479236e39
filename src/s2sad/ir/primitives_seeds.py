"""Operations for derivatives inside functions: directions, and what is checked of them when the program runs.

Like the functions in `primitives`, these are pasted into generated code that needs them.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def fitted_seed(seed: Any, like: Any) -> Any:
    """Return a tangent or cotangent with the dtype of what it belongs to; its shape must be the same."""
    if isinstance(like, tuple | list | dict) or np.asarray(like).dtype.kind != "f":
        raise TypeError(f"a {type(like).__name__} has no tangent or cotangent that is one array of floats")
    if np.shape(seed) != np.shape(like) or np.iscomplexobj(seed):
        raise ValueError(f"a direction of shape {np.shape(seed)} is given where {np.shape(like)} is needed")
    if isinstance(like, np.ndarray):
        return np.asarray(seed, dtype=like.dtype)
    return like.dtype.type(seed) if isinstance(like, np.generic) else float(seed)


def dtype_of(x: Any) -> Any:
    """Return the dtype of a number or an array."""
    return np.asarray(x).dtype


def joined_shapes(y: Any, x: Any) -> Any:
    """Return the shape of the Jacobian of an array by another one."""
    return np.shape(y) + np.shape(x)


def units(like: Any) -> Any:
    """Return the directions of the entries of an array: for each one where it is, and zeros elsewhere."""
    if isinstance(like, tuple | list | dict) or np.asarray(like).dtype.kind != "f":
        raise TypeError(f"a {type(like).__name__} is no array of floats, so it has no Jacobian that is an array")
    x = np.asarray(like)
    return np.eye(x.size, dtype=x.dtype).reshape(x.size, *x.shape)


def probe_like(x: Any) -> Any:
    """Return powers of two in no order, different ones for entries that are not many: they round nothing."""
    x = np.asarray(x)
    reach = min(24, np.finfo(x.dtype).maxexp // 4)
    random = np.random.default_rng(20)
    rounds = -(-x.size // (2 * reach + 1))
    exponents = np.array([random.permutation(2 * reach + 1) for _ in range(rounds)], dtype=int).ravel() - reach
    return np.ldexp(np.ones_like(x), exponents[: x.size].reshape(x.shape))


def is_scaled(slope: Any, probe: Any, tangent: Any) -> bool:
    """Tell whether the tangent of a probe is that of ones, scaled entry by entry."""
    with np.errstate(all="ignore"):
        expected = slope * probe
        near = np.abs(tangent - expected) <= np.sqrt(np.finfo(probe.dtype).eps) * np.abs(expected)
        same = (tangent == expected) | (np.isnan(tangent) & np.isnan(expected))
    return bool(np.all(near | same))


def check_elementwise(slope: Any, x: Any, probe: Any, tangent: Any) -> None:
    """Raise `ValueError` where an entry of a result depends on other entries of an argument than its own."""
    if np.shape(slope) != np.shape(x) or not is_scaled(np.asarray(slope), probe, np.asarray(tangent)):
        raise ValueError("the function is not elementwise: s2sad.jacobian has its derivative")
