"""What `s2sad.grad`, `jvp`, `jacobian` and their like mean inside a function: each is made of sweeps (`derived`).

A Jacobian is a sweep for each entry of the argument or of the result, as a comprehension; an elementwise derivative is
a sweep of ones, and another one of a probe that checks it where the argument is an array.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.frontend.collections import known_length, made, sequence_items, tuple_of
from s2sad.frontend.context import Binding, Context
from s2sad.frontend.derived import DRIVERS, arguments_of, resolve, sweep
from s2sad.frontend.expressions import items_of
from s2sad.frontend.fitting import fit_seed, is_array_or_number, is_number, rank
from s2sad.frontend.handlers import Arguments, Keywords, handles
from s2sad.frontend.known_calls import call_prelude
from s2sad.frontend.scope import Derived, Known, Linear, Partial
from s2sad.ir.primitives_seeds import check_elementwise, dtype_of, joined_shapes, probe_like, units
from s2sad.ir.program import Value
from s2sad.ir.types import Array, Literal, is_differentiable

_UNKNOWN: Any = object()
_PARAMETERS = {"has_aux": False, "mode": "reverse", "backend": "numpy"}


def _constant(binding: Any) -> Any:
    match binding:
        case Known(value) | Value(type=Literal(value)):
            return value
        case _:
            return _UNKNOWN


def _refuse(ctx: Context, name: str, advice: str, node: Any) -> Any:
    ctx.refuse("S2S134", f"`{name}` with these arguments is not supported in here", advice, node)


# -- functions that make derivatives ----------------------------------------------------------------------------------


def makes_gradient(alone: Callable[..., Any], with_value: Callable[..., Any]) -> None:
    """Declare the functions that make the gradient of a function, and its value and gradient."""
    _makes_gradient(alone, False)
    _makes_gradient(with_value, True)


def _makes_gradient(function: Callable[..., Any], with_value: bool) -> None:

    def handler(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
        given = {**dict(zip(("fun", "argnums"), args, strict=False)), **kwargs}
        inner = given.pop("fun", None)
        known = {**_PARAMETERS, **{key: _constant(value) for key, value in given.items()}}
        if not args and inner is None:
            # `@grad(argnums=1)`: what is called is the decorator
            return Partial(Known(function), (), kwargs)
        wrong = set(known) - {*_PARAMETERS, "argnums"} or known["mode"] != "reverse" or known["backend"] != "numpy"
        if inner is None or len(args) > 2 or wrong or _UNKNOWN in known.values():
            _refuse(ctx, function.__name__, "pass one function, and constants for `argnums` and `has_aux`", node)
        argnums, has_aux = known.get("argnums", 0), bool(known["has_aux"])
        return Derived(inner, argnums, with_value=with_value, has_aux=has_aux)

    handles(function)(handler)


def makes(function: Callable[..., Any], mode: str, *, of_gradient: bool = False) -> None:
    """Declare a function that makes a derivative of a mode, or of the gradient, from a function and `argnums`."""

    def handler(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
        given = {**dict(zip(("fun", "argnums"), args, strict=False)), **kwargs}
        argnums = _constant(given["argnums"]) if "argnums" in given else 0
        if "fun" not in given or len(args) > 2 or set(given) - {"fun", "argnums"} or argnums is _UNKNOWN:
            _refuse(ctx, function.__name__, "pass one function, and a constant for `argnums`", node)
        inner = Derived(given["fun"], argnums) if of_gradient else given["fun"]
        return Derived(inner, argnums, mode)

    handles(function)(handler)


# -- sweeps with seeds ------------------------------------------------------------------------------------------------


def is_forward_sweep(function: Callable[..., Any]) -> None:
    """Declare the function that computes a value and its tangent, `jvp(f, args, tangents)`."""

    def handler(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
        hint = ctx.hint
        f, values, seeds, wrt = _directed(ctx, function.__name__, "tangents", args, kwargs, node)
        return sweep(ctx, Derived(f, wrt, "jvp"), values, {}, node, hint, seeds)

    handles(function)(handler)


def is_second_sweep(function: Callable[..., Any]) -> None:
    """Declare the function that computes a Hessian times a vector, `hvp(f, args, vectors)`."""

    def handler(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
        f, values, seeds, wrt = _directed(ctx, function.__name__, "vectors", args, kwargs, node)
        product = sweep(ctx, Derived(Derived(f, wrt), wrt, "tangent"), values, {}, node, None, seeds)
        parts = dict(zip(wrt, items_of(ctx, product), strict=True))
        spread = [parts[k] if k in parts else ctx.builder.constant(None) for k in range(len(values))]
        return spread[0] if len(spread) == 1 else tuple_of(ctx, spread, node)

    handles(function)(handler)


def _directed(
    ctx: Context, name: str, second: str, args: Arguments, kwargs: Keywords, node: Any
) -> tuple[Binding, Arguments, list[Value], tuple[int, ...]]:
    """Return a function, its arguments, the directions in which they go, and the positions of those that do."""
    given = {**dict(zip(("f", "args", second), args, strict=False)), **kwargs}
    if len(args) > 3 or set(given) != {"f", "args", second}:
        _refuse(ctx, name, f"pass a function, a tuple of arguments, and a tuple of {second}", node)
    count = known_length(given["args"])
    if count is None or known_length(given[second]) != count:
        _refuse(ctx, name, f"pass tuples of one length for the arguments and the {second}", node)
    values = sequence_items(ctx, given["args"])
    f, wrt, seeds = given["f"], [], []
    names = list(arguments_of(ctx, f, values, {}, node))
    _refuse_packed(ctx, name, names, len(values), node)
    for k, dot in enumerate(sequence_items(ctx, given[second])):
        if _constant(dot) is None:
            continue
        value, given_dot = ctx.as_value(values[k], node), ctx.as_value(dot, node)
        seed = fit_seed(ctx, f"the tangent of {names[k]!r}", value, given_dot, node)
        if seed.type != Literal(None):
            wrt.append(k)
            seeds.append(seed)
    if not wrt:
        message = f"no argument of `{name}` has a tangent, so there is nothing to differentiate by"
        ctx.refuse("S2S300", message, "give one that is a float or an array of floats", node)
    return f, values, seeds, tuple(wrt)


def _refuse_packed(ctx: Context, name: str, names: list[str], count: int, node: Any) -> None:
    if count > len(names):
        _refuse(ctx, name, "give the function a parameter for each argument", node)


def is_reverse_sweep(function: Callable[..., Any]) -> None:
    """Declare the function that computes a value and what takes cotangents back, `vjp(f, *args)`."""

    def handler(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding:
        from s2sad.frontend.calls import call_binding

        if not args or kwargs:
            _refuse(ctx, function.__name__, "pass a function and its arguments by position", node)
        f, values = args[0], [ctx.as_value(arg, node) if isinstance(arg, Value) else arg for arg in args[1:]]
        names = list(arguments_of(ctx, f, values, {}, node))
        _refuse_packed(ctx, function.__name__, names, len(values), node)
        wrt = tuple(k for k, arg in enumerate(values) if isinstance(arg, Value) and is_differentiable(arg.type))
        if not wrt:
            message = f"no argument of `{function.__name__}` holds floats, so there is nothing to differentiate by"
            ctx.refuse("S2S300", message, "pass a float or an array of floats", node)
        places = tuple(wrt.index(k) if k in wrt else None for k in range(len(values)))
        value = ctx.as_value(call_binding(ctx, f, values, {}, node), node)
        return tuple_of(ctx, [value, Linear(Derived(f, wrt, "vjp"), tuple(values), {}, value, places)], node)

    handles(function)(handler)


# -- what is more than a sweep ----------------------------------------------------------------------------------------


def _argument(
    ctx: Context, derived: Derived, args: list[Any], kwargs: Mapping[str, Any], node: Any
) -> tuple[Value | None, list[str]]:
    """Return the argument that a derivative is taken by, and its name; for a sequence of them, their names alone."""
    bound = arguments_of(ctx, derived, args, kwargs, node)
    names, single = resolve(ctx, derived, list(bound), node)
    if not single:
        return None, names
    x = ctx.as_value(bound[names[0]], node)
    if not is_array_or_number(x.type):
        message = f"the derivative by {names[0]!r}, a value of type {x.type}, is not supported inside a function"
        ctx.refuse("S2S300", message, "differentiate by a float or an array of floats", node)
    return x, names


def _elementwise(
    ctx: Context, derived: Derived, args: list[Any], kwargs: Mapping[str, Any], node: Any, hint: str | None
) -> Binding:
    x, _ = _argument(ctx, derived, args, kwargs, node)
    if x is None:
        ctx.refuse("S2S302", "`derivative` takes one argument to differentiate by", "name one", node)
    inner = derived.function
    if isinstance(inner, Derived) and inner.mode == "ones" and not is_number(x.type):
        _elementwise(ctx, inner, args, kwargs, node, None)
    slope = sweep(ctx, derived, args, kwargs, node, hint, unchecked=True)
    if is_number(x.type) and is_number(slope.type):
        return slope
    if not is_array_or_number(slope.type):
        message = f"the function returns a value of type {slope.type}, so it is not elementwise"
        ctx.refuse("S2S306", message, "use s2sad.jacobian", node)
    probe = made(ctx, probe_like, x)
    along = replace(derived, mode="tangent")
    tangent = sweep(ctx, along, args, kwargs, node, None, (probe,), unchecked=True)
    ctx.builder.call(check_elementwise, slope, x, probe, tangent, type_=Literal(None))
    return slope


_PULLED = """
def jacobian(pull, units, y, x, np{dtype}):
    rows = np.zeros((np.size(y), *np.shape(x)){dtype})
    for k, d_y in enumerate(units(y)):
        rows[k] = pull(d_y)
    return rows
"""
_PUSHED = """
def jacobian(push, units, y, x, np{dtype}):
    columns = np.zeros((*np.shape(y), np.size(x)){dtype})
    for k, x_dot in enumerate(units(x)):
        columns[..., k] = push(x_dot)
    return columns
"""
_PULLED_FLAT = """
def jacobian(pull, units, y, x, np{dtype}):
    rows = np.zeros((np.size(y), np.size(x)){dtype})
    for k, d_y in enumerate(units(y)):
        rows[k] = np.ravel(pull(d_y))
    return rows
"""
_PUSHED_FLAT = """
def jacobian(push, units, y, x, np{dtype}):
    columns = np.zeros((np.size(y), np.size(x)){dtype})
    for k, x_dot in enumerate(units(x)):
        columns[:, k] = np.ravel(push(x_dot))
    return columns
"""
_SHAPED = "def shaped(entries, y, x, np): return np.reshape(entries, (*np.shape(y), *np.shape(x)))"


def _jacobian(
    ctx: Context, derived: Derived, args: list[Any], kwargs: Mapping[str, Any], node: Any, hint: str | None
) -> Binding:
    from s2sad.frontend.calls import call_binding

    x, names = _argument(ctx, derived, args, kwargs, node)
    if x is None:
        parts = [_jacobian(ctx, replace(derived, argnums=name), args, kwargs, node, None) for name in names]
        return tuple_of(ctx, parts, node)
    y = ctx.as_value(call_binding(ctx, derived.function, args, kwargs, node), node)
    if not is_array_or_number(y.type):
        message = f"the Jacobian of a function that returns a value of type {y.type} is not supported in here"
        ctx.refuse("S2S305", message, "return one float or array of floats, and differentiate by one argument", node)
    if isinstance(x.type, Array) and isinstance(y.type, Array) and None is not x.type.shape == y.type.shape:
        # only the shape is needed of it
        y = x
    forward = derived.mode == "jacfwd" or (derived.mode == "jacobian" and _is_forward_cheaper(x, y))
    linear = Linear(replace(derived, mode="tangent" if forward else "vjp"), tuple(args), kwargs)
    along = x if forward else y
    if is_number(along.type):
        one = ctx.builder.constant(1.0)
        return sweep(ctx, linear.derived, args, kwargs, node, hint, (one,))
    numpy, shaped = Known(np), False
    text = _PUSHED_FLAT if forward else _PULLED_FLAT
    known = None not in (rank(x.type), rank(y.type))
    if known:
        # the axes of what one sweep returns are known, and are those of the entries
        text, shaped = _PUSHED if forward else _PULLED, rank(along.type) == 1
    dtype = _dtype(ctx, x)
    given, text = [linear, Known(units), y, x, numpy, *dtype], text.format(dtype=", dtype" if dtype else "")
    entries = call_prelude(ctx, text, given, {}, node, hint if shaped else None)
    if shaped or known:
        return entries if shaped else call_prelude(ctx, _SHAPED, [entries, y, x, numpy], {}, node, hint)
    ctx.hint = hint
    return ctx.call(np.reshape, ctx.as_value(entries, node), made(ctx, joined_shapes, y, x))


def _dtype(ctx: Context, x: Value) -> list[Binding]:
    """Return the dtype of a Jacobian, that of the argument, where it is not NumPy's usual one."""
    if is_number(x.type) and not isinstance(x.type, Array):
        return []
    if isinstance(x.type, Array) and x.type.dtype is not None:
        return [] if x.type.dtype == np.float64 else [Known(x.type.dtype.type)]
    return [made(ctx, dtype_of, x)]


def _is_forward_cheaper(x: Value, y: Value) -> bool:
    """Tell whether an argument is known to have no more entries than a result."""
    if is_number(x.type) or is_number(y.type):
        return is_number(x.type)
    alike = isinstance(x.type, Array) and isinstance(y.type, Array) and x.type.shape is not None
    return alike and x.type.shape == y.type.shape  # type: ignore[union-attr]


DRIVERS.update(ones=_elementwise, jacobian=_jacobian, jacfwd=_jacobian, jacrev=_jacobian)
