"""Functions that say, in the text of a primal, how its reverse sweep is to be done; all are identities at run time."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import MethodType
from typing import Any


class Checkpointed:
    """A function whose calls are computed again in a reverse sweep, and the function itself everywhere else.

    Attributes
    ----------
    primal : callable
        The function.
    """

    def __init__(self, primal: Callable[..., Any]) -> None:
        self.primal = primal
        functools.update_wrapper(self, primal, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self.primal(*args, **kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind like a method."""
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<checkpointed {getattr(self.primal, '__qualname__', self.primal)!s}>"


def checkpoint(f: Any, *, snapshots: int | None = None) -> Any:
    """Compute a call, or the steps of a loop, again in the reverse sweep instead of saving what happens inside.

    Where a differentiated function calls `checkpoint(f)`, the primal sweep keeps the arguments alone; the reverse sweep
    runs the function forward again, then back. That takes one more evaluation, and the memory of one call at a time.

    Where a differentiated function loops, as in `for t in checkpoint(range(n), snapshots=k):`, no more than `k` states
    of the loop are kept, besides the one it works on, and steps are done again from the nearest one. Where states are
    kept is the binomial schedule, which needs the least number of steps for so many states. A loop that may end early
    keeps every state at first, and every other one of them whenever there is no more room; the schedule goes on from
    these. What a step draws at random is saved and not drawn again.

    Parameters
    ----------
    f : callable or range
        A function that can be read and does not write into its arguments; or what a loop goes through: a range.
    snapshots : int, optional
        How many states of the loop to keep.

    Returns
    -------
    callable or range
        The same function, as far as its values go, or the same range. Forward mode makes no difference between these
        and what was given.

    Notes
    -----
    A loop that appends to a list is refused with `snapshots`. See A. Griewank and A. Walther,
    "Algorithm 799: revolve" (2000).

    Examples
    --------
    >>> import s2sad
    >>> @s2sad.checkpoint
    ... def layer(x):
    ...     return x - 0.01 * x**3
    >>> layer(1.0)
    0.99
    >>> def f(x):
    ...     for _ in s2sad.checkpoint(range(1000), snapshots=5):
    ...         x = layer(x)
    ...     return x
    >>> f(0.0)
    0.0
    """
    if snapshots is None:
        if not callable(f):
            raise TypeError(f"checkpoint takes a function, or a range and snapshots=, not {f!r} alone")
        return Checkpointed(f)
    if not isinstance(f, range):
        raise TypeError(f"checkpoint with snapshots takes a range, not {f!r}")
    if isinstance(snapshots, bool) or not hasattr(snapshots, "__index__"):
        raise TypeError(f"snapshots must be an integer, not {snapshots!r}")
    if snapshots < 1:
        raise ValueError(f"snapshots must be 1 or more, not {snapshots!r}")
    return f


def adjoint(x: Any, change: Callable[[Any], Any]) -> Any:
    """Read or change an adjoint in the middle of a reverse sweep.

    The value itself is returned. Where a differentiated function says `h = adjoint(h, change)`, the reverse sweep does
    `d_h = change(d_h)` in this place, as ordinary code: so an adjoint can be clipped, scaled, printed
    (`adjoint(h, print)`) or looked at in a debugger (`adjoint(h, lambda d: breakpoint())`). It is the adjoint of the
    result, of what comes after this statement.

    Parameters
    ----------
    x : float or array
        A value.
    change : callable
        A function of the adjoint, which has the type of `x`. It returns another adjoint of this shape, or None where it
        is to stay as it is. It is not called where nothing that is asked for depends on `x` here.

    Returns
    -------
    float or array
        The value `x` itself.

    Notes
    -----
    The result is the derivative of nothing, in general. Forward mode, which has no adjoints, is refused; a second
    derivative is that of the first one as it is computed.

    Examples
    --------
    >>> import s2sad
    >>> def f(x):
    ...     y = s2sad.adjoint(x * x, lambda d: min(d, 1.0))
    ...     return 10.0 * y
    >>> f(3.0), s2sad.grad(f)(3.0)
    (90.0, 6.0)
    """
    if not callable(change):
        raise TypeError(f"adjoint takes a value and a function, not {change!r}")
    return x
