"""One sweep with a seed: tangents forward, cotangents back, and Hessians times vectors."""

from __future__ import annotations

import inspect
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any

import numpy as np

from s2sad.api import Derivative
from s2sad.compiler import Options, refusal
from s2sad.frontend import derivatives
from s2sad.numeric import Rewind, map_leaves, own_copies
from s2sad.seeding import as_cotangent, check_result, fit_seed, holds_floats

_KEPT = 256
"""For how many functions the derivatives are kept that `vjp`, `jvp` and `hvp` have compiled."""


def jvp(f: Callable[..., Any], args: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Compute the value of a function and its derivative along a direction, by one forward sweep.

    Parameters
    ----------
    f : callable
        The function.
    args : sequence
        Its arguments.
    tangents : sequence
        The direction: for each argument a tangent of its structure and shapes, or None for an argument that stays as
        it is, such as an integer.

    Returns
    -------
    tuple
        The value and its tangent, which has the structure of the value. Where the value holds integers or text the
        tangent says nothing.

    Raises
    ------
    DifferentiationError
        A tangent does not fit its argument (a `TypeError` or `ValueError` as well), or the function is refused.

    Examples
    --------
    >>> import s2sad
    >>> def f(x, y):
    ...     return x * x * y
    >>> s2sad.jvp(f, (3.0, 2.0), (1.0, 0.0))
    (18.0, 12.0)
    """
    values, wrt, dots, _ = _directions(f, args, tangents)
    value, tangent = kept(f, "jvp", wrt).sweep(values)(*values, *dots)
    check_result(value, everywhere=False)
    return value, tangent


def hvp(f: Callable[..., Any], args: Sequence[Any], vectors: Sequence[Any]) -> Any:
    """Compute the product of the Hessian of a scalar function and a vector, forward over reverse.

    Parameters
    ----------
    f : callable
        A function that returns a real scalar.
    args : sequence
        Its arguments.
    vectors : sequence
        The vector: a part for each argument, or None for an argument that is not differentiated.

    Returns
    -------
    object
        The derivative of the gradient along the vector. With one argument, it has the structure of that; with more, it
        is a tuple, with None where the vector has None.

    Raises
    ------
    DifferentiationError
        A vector does not fit its argument (a `TypeError` or `ValueError` as well), or the function is refused.

    Examples
    --------
    >>> import s2sad
    >>> def f(x, y):
    ...     return x * x * y
    >>> s2sad.hvp(f, (3.0, 2.0), (1.0, 0.0))
    (4.0, 6.0)
    """
    values, wrt, dots, places = _directions(f, args, vectors)
    product = kept(f, "hvp", wrt).sweep(values)(*values, *dots)
    parts = _spread(places, wrt, product)
    return parts[0] if len(parts) == 1 else parts


def vjp(f: Callable[..., Any], *args: Any) -> tuple[Any, Pullback]:
    """Compute the value of a function, and return what takes a cotangent of it back to the arguments.

    Parameters
    ----------
    f : callable
        The function.
    *args : object
        Its arguments. They are copied, so that the pullback stays what it is when they change.

    Returns
    -------
    tuple
        The value and the pullback: a function that takes a cotangent of the structure of the value, and returns a tuple
        with a cotangent for each argument, or None for an argument that holds no floats. Each call is one sweep through
        the function and back.

    Raises
    ------
    DifferentiationError
        The function is refused, or nothing in its arguments or its result has a derivative. The pullback raises it when
        the cotangent does not fit the value (a `TypeError` or `ValueError` as well).

    Examples
    --------
    >>> import s2sad
    >>> def f(x, y):
    ...     return x * y, x + y
    >>> value, pullback = s2sad.vjp(f, 3.0, 2.0)
    >>> value
    (6.0, 5.0)
    >>> pullback((1.0, 10.0))
    (12.0, 13.0)
    """
    primal = kept(f, "primal")
    values = own(primal.positional(args, {}))
    wrt = tuple(k for k, value in enumerate(values) if holds_floats(value))
    if not wrt:
        raise _nothing()
    sweep = kept(f, "vjp", wrt)
    sweep.sweep(values)
    # the pullback draws the same random numbers, from generators of its own
    again = tuple(map(own_copies, values))
    value = primal.sweep(values)(*values)
    check_result(value, everywhere=False)
    return value, Pullback(sweep, args, again, wrt, own(value))


class Pullback:
    """The linear function that takes a cotangent of a result back to the arguments."""

    def __init__(
        self, sweep: Derivative, args: Sequence[Any], values: tuple[Any, ...], wrt: tuple[int, ...], value: Any
    ) -> None:
        self._sweep = sweep
        self._places = _places(sweep.read_signature(), args)
        self._values = values
        self._rewind = Rewind(values)
        self._wrt = wrt
        self._value = value

    def __call__(self, cotangent: Any) -> tuple[Any, ...]:
        """Return the cotangents of the arguments."""
        seed = as_cotangent(fit_seed("the cotangent", self._value, cotangent))
        # the sweep never writes into its arguments
        self._rewind()
        cotangents = self._sweep.sweep(self._values)(*self._values, seed)
        return _spread(self._places, self._wrt, cotangents)

    def __repr__(self) -> str:
        return f"<pullback of {getattr(self.primal, '__qualname__', self.primal)!s}>"

    @property
    def primal(self) -> Callable[..., Any]:
        """The function that is differentiated."""
        return self._sweep.primal

    @property
    def source(self) -> str:
        """The text of the module that is run."""
        return self._sweep.signature_text(self._values)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `source` to a file."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.source)


# -- arguments and directions -----------------------------------------------------------------------------------------


def _directions(
    f: Callable[..., Any], args: Sequence[Any], tangents: Sequence[Any]
) -> tuple[tuple[Any, ...], tuple[int, ...], list[Any], tuple[tuple[int, int | None], ...]]:
    """Return arguments by position, the positions that have a tangent, these tangents, and the arguments' places."""
    primal = kept(f, "primal")
    signature = primal.read_signature()
    plain = _plain_directions(signature, args, tangents)
    if plain is not None:
        return plain
    for what, given in (("arguments", args), ("tangents", tangents)):
        if not isinstance(given, tuple | list):
            message = f"the {what} must be a tuple or a list, with one for each argument, not a {type(given).__name__}"
            raise refusal("S2S304", message, "write (x,) for a single one", TypeError)
    if len(args) != len(tangents):
        message = f"there are {len(tangents)} tangents for {len(args)} arguments"
        raise refusal("S2S304", message, "give one for each argument, None where it stays as it is", ValueError)
    values = primal.positional(tuple(args), {})
    by_name = signature.bind(*tangents).arguments
    wrt, dots = [], []
    for k, (name, value) in enumerate(zip(signature.parameters, values, strict=True)):
        tangent = by_name.get(name)
        if signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL and tangent is not None:
            # None among several arguments stands for zero
            tangent = tuple(
                map_leaves(lambda _, leaf: np.zeros_like(leaf), one) if part is None and holds_floats(one) else part
                for one, part in zip(value, tangent, strict=True)
            )
        if tangent is None:
            continue
        dot = fit_seed(f"the tangent of {name!r}", value, tangent)
        if holds_floats(value):
            wrt.append(k)
            dots.append(dot)
    if not wrt:
        raise _nothing()
    return values, tuple(wrt), dots, _places(signature, args)


def _plain_directions(
    signature: inspect.Signature, args: Sequence[Any], tangents: Sequence[Any]
) -> tuple[tuple[Any, ...], tuple[int, ...], list[Any], tuple[tuple[int, int | None], ...]] | None:
    """Return the same where each tangent is a float or an array just like its argument, and no parameter is special."""
    if type(args) is not tuple or type(tangents) is not tuple or len(args) != len(tangents):
        return None
    if _counts.get(id(signature), (None, -1)) != (signature, len(args)) and _count(signature) != len(args):
        return None
    wrt, dots = [], list[Any]()
    for k, (value, dot) in enumerate(zip(args, tangents, strict=True)):
        if dot is None:
            continue
        cls = type(value)
        if cls is not type(dot) or (cls is not float and cls is not np.ndarray):
            return None
        if cls is np.ndarray and (value.dtype != dot.dtype or value.shape != dot.shape or dot.dtype.kind != "f"):
            return None
        wrt.append(k)
        dots.append(dot if cls is float else dot.copy())
    return (args, tuple(wrt), dots, tuple([(k, None) for k in range(len(args))])) if wrt else None


_counts: dict[int, tuple[inspect.Signature, int]] = {}
"""How many parameters a signature has, by its identity; less than none where they take more than one argument each."""


def _count(signature: inspect.Signature) -> int:
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    if len(_counts) >= _KEPT:
        _counts.clear()
    _counts[id(signature)] = signature, -1 if any(kind in several for kind in kinds) else len(kinds)
    return _counts[id(signature)][1]


def _nothing() -> Exception:
    message = "no argument holds floats, so there is nothing to differentiate by"
    return refusal("S2S300", message, "pass a float or an array of floats", TypeError)


def _places(signature: inspect.Signature, args: Sequence[Any]) -> tuple[tuple[int, int | None], ...]:
    """Return, for each argument that was given, the position of its parameter, and where it stands in `*args`."""
    places: list[tuple[int, int | None]] = []
    for k, parameter in enumerate(signature.parameters.values()):
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            places += [(k, item) for item in range(len(args) - len(places))]
        elif len(places) < len(args):
            places.append((k, None))
    return tuple(places)


def _spread(places: Sequence[tuple[int, int | None]], wrt: Sequence[int], found: Sequence[Any]) -> tuple[Any, ...]:
    """Return what was found by parameters in `wrt` for each argument, None for the others."""
    by_parameter = dict(zip(wrt, found, strict=True))
    whole = ((by_parameter.get(k), item) for k, item in places)
    return tuple(part if item is None or part is None else part[item] for part, item in whole)


def own(value: Any) -> Any:
    """Return a value with its arrays copied."""
    return map_leaves(lambda _, leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, value)


# -- what has been compiled -------------------------------------------------------------------------------------------

_MAKERS: dict[str, Callable[[Any, tuple[int, ...]], Derivative]] = {
    "primal": lambda f, _: Derivative(f, Options(mode="primal", repeated=True)),
    "jvp": lambda f, wrt: Derivative(f, Options(wrt, "jvp")),
    "vjp": lambda f, wrt: Derivative(f, Options(wrt, "vjp", repeated=True)),
    "hvp": lambda f, wrt: Derivative(Derivative(f, Options(wrt)), Options(wrt, "tangent")),
}
_derivatives: OrderedDict[Any, tuple[Any, Derivative]] = OrderedDict()
_lock = threading.Lock()


def kept(f: Callable[..., Any], kind: str, wrt: tuple[int, ...] = ()) -> Derivative:
    """Return a derivative of a function by some arguments; the same one as long as it is not forgotten."""
    # a bound method is another object each time that it is asked for
    own_id = (id(f.__func__), id(f.__self__)) if isinstance(f, MethodType) else (id(f),)
    key = (own_id, kind, wrt)
    with _lock:
        if key in _derivatives:
            _derivatives.move_to_end(key)
            return _derivatives[key][1]
    derivative = _MAKERS[kind](f, wrt)
    with _lock:
        # the function is held as well, so that no other one gets its identity
        _derivatives[key] = (f, derivative)
        while len(_derivatives) > _KEPT:
            _derivatives.popitem(last=False)
    return derivative


derivatives.is_forward_sweep(jvp)
derivatives.is_second_sweep(hvp)
derivatives.is_reverse_sweep(vjp)
