"""Matrices of derivatives: a sweep for each entry of the arguments or of the result, whichever are fewer."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any

import numpy as np

from s2sad.api import Derivative
from s2sad.compiler import Argnums, Options, refusal, resolve_argnums
from s2sad.frontend import derivatives
from s2sad.frontend.scope import DERIVATIVES
from s2sad.numeric import Rewind, is_real, leaves, map_leaves
from s2sad.seeding import as_cotangent, check_result, described, holds_floats


def jacobian(fun: Callable[..., Any], argnums: Argnums = 0) -> Jacobian:
    """Return a function that computes the Jacobian of a function, by the cheaper mode.

    Forward sweeps are taken where the arguments have no more entries than the result, and reverse sweeps otherwise.

    Parameters
    ----------
    fun : callable
        A function of floats, arrays, and tuples, lists and dicts of these, that returns such values.
    argnums : int, str, or sequence of these
        The argument to differentiate by: its position or name. With a sequence, a tuple of Jacobians is returned.

    Returns
    -------
    callable
        A function of the same arguments. For an array by an array, the result has the axes of the result, then those of
        the argument, and the dtype of the argument. For containers it nests: the structure of the result, in it the
        tuple for `argnums`, in it the structure of the argument. `.source` is the text of the sweep that is run.

    Raises
    ------
    DifferentiationError
        At the first call: the function, or its derivative for these arguments, is not supported. Also where the result
        holds integers or complex numbers (a `TypeError` as well).

    Examples
    --------
    >>> import s2sad
    >>> def f(x):
    ...     return x * x, 3.0 * x
    >>> s2sad.jacobian(f)(5.0)
    (10.0, 3.0)
    """
    return Jacobian(fun, argnums, "auto")


def jacfwd(fun: Callable[..., Any], argnums: Argnums = 0) -> Jacobian:
    """Return a function that computes the Jacobian by forward sweeps, one for each entry of the arguments.

    Parameters, result and errors are those of `jacobian`.
    """
    return Jacobian(fun, argnums, "forward")


def jacrev(fun: Callable[..., Any], argnums: Argnums = 0) -> Jacobian:
    """Return a function that computes the Jacobian by reverse sweeps, one for each entry of the result.

    Parameters, result and errors are those of `jacobian`.
    """
    return Jacobian(fun, argnums, "reverse")


def hessian(fun: Callable[..., Any], argnums: Argnums = 0) -> Jacobian:
    """Return a function that computes the Hessian of a scalar function, by forward sweeps over its reverse sweep.

    Parameters
    ----------
    fun : callable
        A function that returns a real scalar.
    argnums : int, str, or sequence of these
        The argument to differentiate by. With a sequence, a tuple of tuples is returned.

    Returns
    -------
    callable
        A function of the same arguments. For an array argument, the result has its axes twice. Containers nest as in
        `jacobian(grad(fun, argnums), argnums)`.

    Raises
    ------
    DifferentiationError
        At the first call: the function, or its derivative for these arguments, is not supported.

    Examples
    --------
    >>> import s2sad
    >>> def f(x):
    ...     return x * x * x
    >>> s2sad.hessian(f)(2.0)
    12.0
    """
    return Jacobian(Derivative(fun, Options(argnums)), argnums, "forward")


class Driver:
    """A derivative that is made of sweeps: what such functions have in common."""

    primal: Callable[..., Any]
    _latest: Derivative

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind like a method."""
        return self if instance is None else MethodType(self, instance)  # type: ignore[arg-type]

    @property
    def source(self) -> str:
        """The text of the sweep: for unknown types before the first call, then that of the latest specialisation."""
        text: str = self._latest.source
        return text

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `source` to a file."""
        self._latest.save(path)

    def _home(self) -> bool:
        """Tell whether this is what its module has under the name of the primal, as after decorating."""
        found: Any = sys.modules.get(getattr(self.primal, "__module__", None) or "")
        for part in getattr(self.primal, "__qualname__", "").split("."):
            found = getattr(found, part, None)
        return found is self


class Jacobian(Driver):
    """The Jacobian of a function, as a function of its arguments.

    Attributes
    ----------
    primal : callable
        The function that is differentiated.
    """

    def __init__(self, primal: Callable[..., Any], argnums: Argnums, mode: str) -> None:
        self._argnums = tuple(argnums) if isinstance(argnums, list) else argnums
        self._mode = mode
        self._value = Derivative(primal, Options(mode="primal", repeated=True))
        wanted = self._argnums if isinstance(self._argnums, tuple) else (self._argnums,)
        self._forward = Derivative(primal, Options(wanted, "tangent", repeated=True))
        self._reverse = Derivative(primal, Options(wanted, "vjp", repeated=True))
        self.primal = primal
        self._latest = self._forward if mode == "forward" else self._reverse
        functools.update_wrapper(self, primal, updated=())

    def as_program(self) -> Options:
        """Return the Jacobian as a step of the compiler: that of a scalar function is its gradient."""
        return Options(self._argnums)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the Jacobian."""
        values = self._value.positional(args, kwargs)
        names = self._value.parameter_names()
        name = getattr(self.primal, "__name__", "function")
        wrt, single = resolve_argnums(names, name, self._argnums)
        for k in wrt:
            if not holds_floats(values[k]):
                message = f"the derivative by {names[k]!r} does not exist: it is {described(values[k])}"
                advice = "pass a float or an array of floats, or differentiate by another argument"
                raise refusal("S2S300", message, advice, TypeError)
        rewind = Rewind(values)
        value = self._value.sweep(values)(*values)
        check_result(value, everywhere=True)
        inputs = [dict(leaves(values[k])) for k in wrt]
        outputs = dict(leaves(value))
        entries = sum(np.size(leaf) for one in inputs for leaf in one.values() if is_real(leaf))
        forward = self._mode == "forward"
        if self._mode == "auto":
            forward = entries <= sum(map(np.size, outputs.values()))
        blocks = {
            (out, position, path): np.zeros((np.size(y), np.size(x)), np.asarray(x).dtype)
            for out, y in outputs.items()
            for position, one in enumerate(inputs)
            for path, x in one.items()
            if is_real(x)
        }
        self._latest = self._forward if forward else self._reverse
        if forward:
            self._push(values, wrt, inputs, blocks, rewind)
        else:
            self._pull(values, value, blocks, rewind)

        def entry(out: str, y: Any, position: int, path: str, x: Any) -> Any:
            if not is_real(x):
                return None
            block = blocks[out, position, path].reshape(np.shape(y) + np.shape(x))
            if isinstance(x, np.ndarray) or isinstance(y, np.ndarray):
                return block
            return type(x)(block[()])

        def row(out: str, y: Any) -> Any:
            parts = [
                map_leaves(lambda path, x: entry(out, y, position, path, x), values[k])  # noqa: B023
                for position, k in enumerate(wrt)
            ]
            return parts[0] if single else tuple(parts)

        return map_leaves(row, value)

    def _push(
        self,
        values: tuple[Any, ...],
        wrt: Sequence[int],
        inputs: list[dict[str, Any]],
        blocks: dict[Any, Any],
        rewind: Callable[[], None],
    ) -> None:
        """Fill in the columns: a forward sweep for each entry of the arguments."""
        sweep = self._forward.sweep(values)
        zeros = [map_leaves(lambda _, leaf: _zero(leaf), values[k]) for k in wrt]
        for position, one in enumerate(inputs):
            for path, leaf in one.items():
                for k in range(np.size(leaf) if is_real(leaf) else 0):
                    seeds = list(zeros)
                    seeds[position] = _unit(zeros[position], path, k)
                    rewind()
                    for out, dot in leaves(sweep(*values, *seeds)):
                        blocks[out, position, path][:, k] = np.ravel(dot)

    def _pull(self, values: tuple[Any, ...], value: Any, blocks: dict[Any, Any], rewind: Callable[[], None]) -> None:
        """Fill in the rows: a reverse sweep for each entry of the result."""
        sweep = self._reverse.sweep(values)
        zero = as_cotangent(map_leaves(lambda _, leaf: _zero(leaf), value))
        for out, leaf in leaves(value):
            for k in range(np.size(leaf)):
                rewind()
                for position, found in enumerate(sweep(*values, _unit(zero, out, k))):
                    for path, d in leaves(found):
                        if (out, position, path) in blocks:
                            blocks[out, position, path][k] = np.ravel(d)

    def signature_source(self, *args: Any, **kwargs: Any) -> str:
        """Return the text of the sweep, specialised to the types of the given arguments."""
        text: str = self._latest.signature_source(*args, **kwargs)
        return text

    def __repr__(self) -> str:
        return f"<Jacobian of {getattr(self.primal, '__qualname__', self.primal)!s}>"

    def __reduce__(self) -> Any:
        if self._home():
            return str(self.primal.__qualname__)
        state = (self._value, self._forward, self._reverse, self._latest is self._forward)
        return _restored, (self._argnums, self._mode, *state)


def _restored(
    argnums: Argnums, mode: str, value: Derivative, forward: Derivative, reverse: Derivative, latest_forward: bool
) -> Jacobian:
    """Return a pickled Jacobian, made of its pickled sweeps."""
    made = Jacobian(value.primal, argnums, mode)
    made._value, made._forward, made._reverse = value, forward, reverse
    made._latest = forward if latest_forward else reverse
    return made


def _zero(leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return np.zeros_like(leaf) if is_real(leaf) else None
    if not is_real(leaf):
        return None
    return leaf.dtype.type(0) if isinstance(leaf, np.generic) else 0.0


def _unit(zeros: Any, path: str, k: int) -> Any:
    """Return zeros with a one in the k-th entry of the leaf at a path."""

    def change(here: str, leaf: Any) -> Any:
        if here != path:
            return leaf
        if not isinstance(leaf, np.ndarray):
            return type(leaf)(1)
        unit = leaf.copy()
        unit[np.unravel_index(k, leaf.shape)] = 1
        return unit

    return map_leaves(change, zeros)


def _as_derived(made: Jacobian) -> tuple[Any, dict[str, Any]] | None:
    modes = {"auto": "jacobian", "forward": "jacfwd", "reverse": "jacrev"}
    if made._value._pickled:
        return None
    return made.primal, {"argnums": made._argnums, "mode": modes[made._mode]}


DERIVATIVES[Jacobian] = _as_derived
derivatives.makes(jacobian, "jacobian")
derivatives.makes(jacfwd, "jacfwd")
derivatives.makes(jacrev, "jacrev")
derivatives.makes(hessian, "jacfwd", of_gradient=True)
