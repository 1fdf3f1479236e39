"""The identity that no derivative passes; generated code has its argument in its place."""

from __future__ import annotations

from typing import Any


def stop_gradient(x: Any) -> Any:
    """Return `x`, as a constant of differentiation.

    Parameters
    ----------
    x : object
        A number, an array, or tuples, lists and dicts of these, as deep as you like.

    Returns
    -------
    object
        `x` itself: it shares its memory.

    Notes
    -----
    In a function that is not differentiated this is the identity. In a derivative no adjoint and no tangent passes
    through it, of whatever order, and the printed code has `x` in its place, so that it needs no s2sad. Numerical
    derivatives, such as those of `check_grads`, see the identity.

    Examples
    --------
    A straight-through estimator: the value is rounded, the derivative is that of the identity.

    >>> import numpy as np
    >>> import s2sad
    >>> def rounded(x):
    ...     return np.sum(x + s2sad.stop_gradient(np.round(x) - x))
    >>> float(rounded(np.array([0.4, 1.7])))
    2.0
    """
    return x
