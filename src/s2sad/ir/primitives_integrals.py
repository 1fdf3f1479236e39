"""Helpers of the derivatives of differential equations; like those in `primitives`, they are pasted where needed.

They solve the adjoint equation backwards from each time to the one before: R. T. Q. Chen, Y. Rubanova, J. Bettencourt
and D. Duvenaud, "Neural ordinary differential equations" (2018), equations 4 and 5 and algorithm 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def adjoint_slope(state: Any, t: Any, slopes: Any, size: Any, args: Any) -> Any:
    """Return the slope of a state that is followed by its adjoint, and by those of arguments."""
    slope, *parts = slopes(state[:size], t, *args, state[size : 2 * size])
    return np.concatenate([slope, *(-np.ravel(part) for part in parts)])


def odeint_back(slopes: Any, ends: Any, times: Any, adjoints: Any, args: Any, **options: Any) -> Any:
    """Return the adjoints of the state and the arguments at the first of two times, from those at the second.

    The solution is followed backwards beside them, from its value at the second time.
    """
    from scipy.integrate import odeint

    size = len(ends[1])
    state = np.concatenate([ends[1], adjoints])
    back, report = odeint(adjoint_slope, state, times[::-1], args=(slopes, size, args), full_output=True, **options)
    if report["message"] != "Integration successful.":
        raise RuntimeError(f"the adjoint equation is not solved: {report['message']}")
    return back[-1, size:]


def solve_ivp_back(slopes: Any, ends: Any, times: Any, adjoints: Any, args: Any, **options: Any) -> Any:
    """Return the adjoints of the state and the arguments at the first of two times, from those at the second.

    The solution is found again between the times, forwards: an equation that damps much cannot be solved backwards.
    """
    from scipy.integrate import solve_ivp

    size = len(ends[0])
    none = np.zeros(size)
    path = solve_ivp(lambda t, y: slopes(y, t, *args, none)[0], times, ends[0], dense_output=True, **options)
    back = solve_ivp(
        lambda t, d: -np.concatenate([np.ravel(part) for part in slopes(path.sol(t), t, *args, d[:size])[1:]]),
        times[::-1],
        adjoints,
        t_eval=times[:1],
        **options,
    )
    if not (path.success and back.success):
        raise RuntimeError(f"the adjoint equation is not solved: {back.message if path.success else path.message}")
    return back.y[:, -1]


def integrated_back(back: Any, slopes: Any, path: Any, times: Any, args: Any, d_path: Any, **options: Any) -> Any:
    """Return the cotangents of the initial values, of the times, and of the arguments that vary.

    `slopes(y, t, *args, d)` returns the slope, and for its cotangent `d` the cotangents of `y` and of the arguments.
    """
    size = path.shape[1]
    like = slopes(path[0], times[0], *args, d_path[0])[2:]
    d_times = np.zeros(len(times))
    adjoints = np.zeros(size + sum(map(np.size, like)))
    for k in range(len(times) - 1, 0, -1):
        d_times[k] = slopes(path[k], times[k], *args, d_path[k])[0] @ d_path[k]
        adjoints[:size] += d_path[k]
        scale = np.max(np.abs(adjoints[:size]), initial=0.0)
        if scale != 0.0 and times[k] != times[k - 1]:
            # the equation is linear: of adjoints that are scaled to 1 an absolute tolerance is a relative one
            ends = np.concatenate([adjoints[:size] / scale, np.zeros(len(adjoints) - size)])
            ends = scale * back(slopes, path[[k - 1, k]], times[[k - 1, k]], ends, args, **options)
            adjoints = np.concatenate([ends[:size], adjoints[size:] + ends[size:]])
    d_start = adjoints[:size]
    d_times[0] -= slopes(path[0], times[0], *args, d_start)[0] @ d_start
    parts = np.split(adjoints[size:], np.cumsum([np.size(one) for one in like], dtype=int))
    d_args = (part.reshape(np.shape(one))[()] for part, one in zip(parts, like, strict=False))
    return d_start + d_path[0], d_times, *d_args


SOLUTION = ("t", "y", "sol", "t_events", "y_events", "nfev", "njev", "nlu", "status", "message", "success")
"""The items of what `scipy.integrate.solve_ivp` returns, in their order."""


def solution(slope: Any, state: Any, times: Any, args: Any = (), **options: Any) -> Any:
    """Return what `solve_ivp` finds; the times are the span, and those at which the solution is asked for, or None."""
    from scipy.integrate import solve_ivp

    span, at = times
    return solve_ivp(lambda t, y: slope(y, t, *args), span, state, t_eval=at, **options)


def path_at(slope: Any, state: Any, times: Any, args: Any = (), **options: Any) -> Any:
    """Return the solution at times, a row for each, by `solve_ivp`; the state is that at the first of them."""
    from scipy.integrate import solve_ivp

    if times[0] == times[-1]:
        return np.repeat([state], len(times), axis=0)
    found = solve_ivp(lambda t, y: slope(y, t, *args), times[[0, -1]], state, t_eval=times[1:], **options)
    if len(found.t) < len(times) - 1:
        raise RuntimeError(found.message)
    return np.vstack([state, found.y.T])
