"""Helpers of the derivatives of differential equations; like those in `primitives`, they are pasted where needed.

They solve the equation and its adjoint together, backwards from each time to the one before: R. T. Q. Chen,
Y. Rubanova, J. Bettencourt and D. Duvenaud, "Neural ordinary differential equations" (2018), algorithm 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def adjoint_slope(state: Any, t: Any, slopes: Any, size: Any, args: Any) -> Any:
    """Return the slope of a state that is followed by its adjoint, and by those of arguments."""
    slope, *parts = slopes(state[:size], t, *args, state[size : 2 * size])
    return np.concatenate([slope, *(-np.ravel(part) for part in parts)])


def integrated_back(solve: Any, slopes: Any, path: Any, times: Any, args: Any, d_path: Any, **options: Any) -> Any:
    """Return the cotangents of the initial values, of the times, and of the arguments that vary.

    `slopes(y, t, *args, d)` returns the slope, and for its cotangent `d` the cotangents of `y` and of the arguments.
    """
    size = path.shape[1]
    like = slopes(path[0], times[0], *args, d_path[0])[2:]
    d_times = np.zeros(len(times))
    state = np.zeros(2 * size + sum(map(np.size, like)))
    for k in range(len(times) - 1, 0, -1):
        d_times[k] = slopes(path[k], times[k], *args, d_path[k])[0] @ d_path[k]
        state[:size] = path[k]
        state[size : 2 * size] += d_path[k]
        state = solve(adjoint_slope, state, times[[k, k - 1]], args=(slopes, size, args), **options)[-1]
    d_start = state[size : 2 * size]
    d_times[0] -= slopes(path[0], times[0], *args, d_start)[0] @ d_start
    parts = np.split(state[2 * size :], np.cumsum([np.size(one) for one in like], dtype=int))
    d_args = (part.reshape(np.shape(one))[()] for part, one in zip(parts, like, strict=False))
    return d_start + d_path[0], d_times, *d_args
