"""Functions that say of a solver which equation its result solves; both are the solver itself at run time."""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import MethodType
from typing import Any


class Solver:
    """A function whose result solves an equation, and the function itself everywhere but in derivatives.

    Attributes
    ----------
    primal : callable
        The function.
    equation : callable
        The residual, which is zero at the solution, or the map whose fixed point it is.
    is_fixed_point : bool
        Which of these.
    """

    def __init__(self, primal: Callable[..., Any], equation: Callable[..., Any], is_fixed_point: bool) -> None:
        self.primal = primal
        self.equation = equation
        self.is_fixed_point = is_fixed_point
        functools.update_wrapper(self, primal, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self.primal(*args, **kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind like a method."""
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<implicit {getattr(self.primal, '__qualname__', self.primal)!s}>"


def implicit(residual: Callable[..., Any]) -> Callable[[Callable[..., Any]], Solver]:
    """Say that a function solves an equation, so that its derivative is that of the equation.

    Parameters
    ----------
    residual : callable
        A function `g(x, ...)` that is zero where `x` is what the solver returns, of the shape of `x`. Its other
        parameters have the names of parameters of the solver, and get what these get.

    Returns
    -------
    callable
        A decorator of the solver, which returns a float or an array. Called in a function that is differentiated, the
        solver runs as it is. A reverse sweep does not go back through it: by the implicit function theorem it solves
        `(dg/dx).T @ lam = -d_x` and pulls `lam` back through `g`. A forward sweep solves `dg/dx @ x_dot = -g_dot`.

    Notes
    -----
    The derivative is exact where the solver has converged, and as good as its solution elsewhere. By what the residual
    does not read, such as a first guess or a tolerance, it is zero. The Jacobian is dense, and takes a sweep through
    `g` for each entry of `x`; where it is singular, `LinAlgError` is raised. Derivatives of higher order are those of
    the equation as well. Numerical derivatives, such as those of `check_grads`, run the solver.

    A solver whose text is not supported, because it calls a library for example, is called by its importable name.

    See A. Griewank and A. Walther, "Evaluating Derivatives" (2nd ed., 2008), chapter 15.

    Examples
    --------
    >>> import s2sad
    >>> def residual(x, a):
    ...     return x * x - a
    >>> @s2sad.implicit(residual)
    ... def root(a, x):
    ...     while abs(x * x - a) > 1e-12:
    ...         x = 0.5 * (x + a / x)
    ...     return x
    >>> s2sad.grad(root)(4.0, 1.0)
    0.25
    """
    _check_function("implicit", residual)
    return functools.partial(solver, "implicit", residual, False)


def fixed_point(step: Callable[..., Any]) -> Callable[[Callable[..., Any]], Solver]:
    """Say that a function returns a fixed point of a map, so that its derivative is that of the fixed point.

    Parameters
    ----------
    step : callable
        A map `T(x, ...)` that returns `x` where `x` is what the solver returns. Its other parameters have the names of
        parameters of the solver, and get what these get.

    Returns
    -------
    callable
        A decorator of the solver, as `implicit` returns one, with the residual `T(x, ...) - x`.

    Notes
    -----
    See B. Christianson, "Reverse accumulation and attractive fixed points" (1994). The adjoint fixed point is found by
    one dense solution, so that `T` need not be a contraction.

    Examples
    --------
    >>> import math
    >>> import s2sad
    >>> def step(x, a):
    ...     return a * math.cos(x)
    >>> @s2sad.fixed_point(step)
    ... def settle(a):
    ...     x = 0.5
    ...     for _ in range(200):
    ...         x = step(x, a)
    ...     return x
    >>> round(s2sad.grad(settle)(0.9), 6)
    0.496669
    """
    _check_function("fixed_point", step)
    return functools.partial(solver, "fixed_point", step, True)


def solver(name: str, equation: Callable[..., Any], is_fixed_point: bool, primal: Callable[..., Any]) -> Solver:
    """Decorate a solver: what `implicit` and `fixed_point` return, but for the first arguments."""
    _check_function(name, primal)
    return Solver(primal, equation, is_fixed_point)


def _check_function(name: str, f: Any) -> None:
    if not callable(f):
        raise TypeError(f"{name} takes a function, and returns a decorator of the solver: {f!r} is none")
