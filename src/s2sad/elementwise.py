"""The elementwise derivative, checked to be one: `f(x)[i]` must depend on `x[i]` alone."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.api import Derivative
from s2sad.compiler import Argnums, Options, refusal, resolve_argnums
from s2sad.frontend import derivatives
from s2sad.frontend.scope import DERIVATIVES
from s2sad.ir.primitives_seeds import is_scaled, probe_like
from s2sad.jacobians import Driver
from s2sad.numeric import Rewind, is_real
from s2sad.seeding import described


def derivative(fun: Callable[..., Any], argnums: Argnums = 0) -> ElementwiseDerivative:
    """Return a function that computes the derivative of an elementwise function, entry by entry.

    Parameters
    ----------
    fun : callable
        A function that returns a float or an array of the shape of the argument, each entry of which depends on that
        entry of the argument alone. That this is so for the given arguments is checked by one more forward sweep; what
        is no number but an array without axes, or a float, needs no check.
    argnums : int or str
        The argument to differentiate by: its position or name.

    Returns
    -------
    callable
        A function of the same arguments that returns `d f(x)[i] / d x[i]`, with the shape and dtype of `f(x)`. It can
        be differentiated again, `derivative(derivative(fun))`.

    Raises
    ------
    DifferentiationError
        At the first call: the function is not supported, its result has another shape than the argument, or depends on
        other entries (a `ValueError` as well); use `jacobian` for such functions.

    Examples
    --------
    >>> import s2sad
    >>> def f(x):
    ...     return x * x * x
    >>> s2sad.derivative(f)(2.0), s2sad.derivative(s2sad.derivative(f))(2.0)
    (12.0, 12.0)
    """
    return ElementwiseDerivative(fun, argnums)


class ElementwiseDerivative(Driver):
    """The elementwise derivative of a function, as a function of its arguments.

    Attributes
    ----------
    primal : callable
        The function that is differentiated.
    """

    def __init__(self, primal: Callable[..., Any], argnums: Argnums) -> None:
        if not isinstance(argnums, int | str):
            raise refusal("S2S302", "derivative takes one argument to differentiate by", "name one", ValueError)
        self._argnums: int | str = argnums
        self._latest = Derivative(primal, Options(argnums, "ones"))
        self._probe = Derivative(primal, Options((argnums,), "tangent"))
        self.primal = primal
        functools.update_wrapper(self, primal, updated=())

    def as_program(self) -> Options:
        """Return the derivative as a step of the compiler."""
        return Options(self._argnums, "ones")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the derivative."""
        values = self._probe.positional(args, kwargs)
        names = self._probe.parameter_names()
        (k,), _ = resolve_argnums(names, getattr(self.primal, "__name__", "function"), self._argnums)
        return self._checked(values, values[k], names[k])

    def _checked(self, values: tuple[Any, ...], x: Any, name: str) -> Any:
        """Return the derivative, once it is known to be one at every order."""
        if isinstance(self.primal, ElementwiseDerivative):
            self.primal._checked(values, x, name)
        if not is_real(x):
            message = f"the elementwise derivative by {name!r} does not exist: it is {described(x)}"
            raise refusal("S2S300", message, "pass a float or an array of floats", TypeError)
        rewind = Rewind(values)
        result = self._latest.sweep(values)(*values)
        if np.shape(result) != np.shape(x) or not isinstance(result, float | np.ndarray | np.generic):
            what = f"a result of shape {np.shape(result)}"
            if not isinstance(result, float | np.ndarray | np.generic):
                what = described(result)
            message = f"the function returns {what} for {name!r} of shape {np.shape(x)}, so it is not elementwise"
            raise refusal("S2S306", message, "use s2sad.jacobian", ValueError)
        if np.size(x) > 1:
            probe = probe_like(x)
            rewind()
            found = self._probe.sweep(values)(*values, probe)
            if not is_scaled(np.asarray(result), probe, np.asarray(found)):
                message = f"an entry of the result depends on other entries of {name!r}, so it is not elementwise"
                raise refusal("S2S306", message, "use s2sad.jacobian", ValueError)
        return result

    def signature_source(self, *args: Any, **kwargs: Any) -> str:
        """Return the text specialised to the types of the given arguments."""
        text: str = self._latest.signature_source(*args, **kwargs)
        return text

    def __repr__(self) -> str:
        return f"<elementwise derivative of {getattr(self.primal, '__qualname__', self.primal)!s}>"

    def __reduce__(self) -> Any:
        if self._home():
            return str(self.primal.__qualname__)
        return _restored, (self._argnums, self.primal if _is_own(self.primal) else None, self._latest, self._probe)


def _is_own(primal: Any) -> bool:
    return isinstance(primal, ElementwiseDerivative)


def _restored(argnums: Argnums, inner: Any, latest: Derivative, probe: Derivative) -> ElementwiseDerivative:
    """Return a pickled derivative, made of its pickled sweeps."""
    made = ElementwiseDerivative(inner or latest.primal, argnums)
    made._latest, made._probe = latest, probe
    return made


def _as_derived(made: ElementwiseDerivative) -> tuple[Any, dict[str, Any]] | None:
    return None if made._latest._pickled else (made.primal, {"argnums": made._argnums, "mode": "ones"})


DERIVATIVES[ElementwiseDerivative] = _as_derived
derivatives.makes(derivative, "ones")
