"""The public functions: decorators that compile at the first call, and the static compiler."""

from __future__ import annotations

import functools
import inspect
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MethodType
from typing import Any

from s2sad.compiler import Argnums, Options, compile_derivative, refusal, resolve_argnums
from s2sad.frontend.arguments import shape_key, type_of_arguments
from s2sad.frontend.live import live_function, watcher
from s2sad.frontend.source import FunctionSource, parameter_names
from s2sad.frontend.static import read_function
from s2sad.frontend.typetext import parse_types
from s2sad.recipe import Recipe, Sweeps

_BACKENDS = ("numpy",)
_MODES = ("reverse", "forward")
_STYLES = ("readable", "ssa")
_PLAIN = frozenset({float, int, bool, complex, str, type(None)})


def grad(
    fun: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    mode: str = "reverse",
    backend: str = "numpy",
) -> Any:
    """Return a function that computes the gradient of a scalar-valued function.

    Parameters
    ----------
    fun : callable, optional
        A Python function, lambda or method of floats, arrays, and tuples, lists and dicts of these, that returns a real
        scalar. Without it, a decorator is returned.
    argnums : int, str, or sequence of these
        The argument to differentiate by: its position or name. With a sequence, a tuple of gradients is returned.
    has_aux : bool
        The function returns `(value, aux)`; the result is `(gradient, aux)`.
    mode : {"reverse", "forward"}
        How the gradient is computed: by one reverse sweep, or by a forward sweep for each entry of the arguments.
    backend : {"numpy"}
        What the code is generated for.

    Returns
    -------
    callable
        A function of the same arguments. The gradient has the structure of the argument; arrays keep dtype and shape.
        `.source` is its text, `.save(path)` writes that to a file, and `.primal` is the function itself.

    Raises
    ------
    DifferentiationError
        At the first call: the function, or the derivative for these arguments, is not supported.

    Examples
    --------
    >>> import s2sad
    >>> def f(x):
    ...     return x * x
    >>> s2sad.grad(f)(3.0)
    6.0
    """
    return _decorate(fun, Options(argnums, mode, False, has_aux), backend)


def value_and_grad(
    fun: Callable[..., Any] | None = None,
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    mode: str = "reverse",
    backend: str = "numpy",
) -> Any:
    """Return a function that computes the value and the gradient of a scalar-valued function.

    Parameters and errors are those of `grad`.

    Returns
    -------
    callable
        A function that returns `(value, gradient)`, or `((value, aux), gradient)` with `has_aux`.
    """
    return _decorate(fun, Options(argnums, mode, True, has_aux), backend)


def _decorate(fun: Callable[..., Any] | None, options: Options, backend: str) -> Any:
    _check_choice("backend", backend, _BACKENDS)
    _check_choice("mode", options.mode, _MODES)
    return functools.partial(Derivative, options=options) if fun is None else Derivative(fun, options)


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        known = ", ".join(map(repr, choices))
        raise refusal("S2S311", f"{name}={value!r} is not offered", f"use one of {known}")


def differentiate(
    source: str,
    name: str,
    *,
    argnums: Argnums = 0,
    mode: str = "reverse",
    value: bool = False,
    order: int = 1,
    style: str = "readable",
    types: str | None = None,
    backend: str = "numpy",
    filename: str | None = None,
) -> str:
    """Return the text of a module with the derivative of a function; nothing is executed.

    Parameters
    ----------
    source : str
        The text of a Python file.
    name : str
        The function in it: `f` or `Class.method`.
    argnums : int, str, or sequence of these
        The argument to differentiate by, by position or name.
    mode : {"reverse", "forward"}
        The gradient, or the value and the tangent for given tangents of the arguments.
    value : bool
        Return the value beside the gradient.
    order : int
        How often to differentiate.
    style : {"readable", "ssa"}
        Readable code, or one operation a line.
    types : str, optional
        Types of parameters, as in `"x: float64[N, D]; n: int"`.
    backend : {"numpy"}
        What the code is generated for.
    filename : str, optional
        Where the text comes from: for messages, and for finding the modules beside it.

    Returns
    -------
    str
        The text of the module.

    Raises
    ------
    DifferentiationError
        The text cannot be read, the function is not there, or it is not supported.
    """
    _check_choice("mode", mode, _MODES)
    _check_choice("style", style, _STYLES)
    _check_choice("backend", backend, _BACKENDS)
    function = read_function(filename or "<string>", name, source)
    options = Options(argnums, "jvp" if mode == "forward" else mode, value, False, order, style)
    return compile_derivative(function, options, parse_types(types) if types else {}).text


# -- live functions ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    """One compilation: the function to call, its text, and what it was compiled against."""

    call: Callable[..., Any]
    recipe: Recipe
    is_current: Callable[[], bool]
    """Whether everything that it was compiled against is bound as it was."""


class Derivative:
    """A compiled derivative of a function, specialised to the types of its arguments as calls bring them.

    Attributes
    ----------
    primal : callable
        The function that is differentiated.
    """

    def __init__(self, primal: Callable[..., Any], options: Options) -> None:
        if not callable(primal):
            raise refusal("S2S012", f"{primal!r} is not a function", "pass a function", TypeError)
        self.primal = primal
        self._options = options
        self._entries: dict[Any, _Entry] = {}
        self._plain: dict[tuple[type, ...], tuple[Callable[[], bool], Callable[..., Any]]] = {}
        self._calls: dict[Any, Callable[..., Any]] = {}
        self._latest: str | None = None
        self._lock = threading.RLock()
        self._pickled = False
        """Whether this comes from a pickle, so that the primal is not at hand."""
        # not the attributes of the primal, which may be a derivative itself
        functools.update_wrapper(self, primal, updated=())
        self._count = -1
        """How many parameters the primal has, once that is known."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the derivative."""
        if not kwargs:
            # numbers alone are told apart by their classes: the shortest way there is
            found = self._plain.get(tuple(map(type, args)))
            if found is not None and found[0]():
                return found[1](*args)
        return self._dispatch(args, kwargs)

    def _dispatch(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        if kwargs or len(args) != self._count:
            args = self._positional(args, kwargs)
        entry = self._entries.get(shape_key(args))
        if entry is None or not entry.is_current():
            entry = self._specialise(args)
        return entry.call(*args)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind like a method."""
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        what = "value and gradient" if self._options.value else "gradient"
        return f"<{what} of {getattr(self.primal, '__qualname__', self.primal)!s}>"

    def __reduce__(self) -> Any:
        home = _named(getattr(self.primal, "__module__", None), getattr(self.primal, "__qualname__", ""))
        if home is self:
            return self.__qualname__
        if home is self.primal:
            return Derivative, (self.primal, self._options)
        recipes = [(key, entry.recipe) for key, entry in self._entries.items()]
        return restore, (getattr(self.primal, "__name__", "function"), self.__doc__, self._options, recipes)

    @property
    def source(self) -> str:
        """The text of the module: for unknown types before the first call, then that of the latest specialisation."""
        if self._latest is None:
            inner, before = self._chain()
            return self._compile(live_function(inner), before, {}, None).recipe.text
        return self._latest

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `source` to a file."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.source)

    def signature_source(self, *args: Any, **kwargs: Any) -> str:
        """Return the text specialised to the types of the given arguments."""
        args = self._positional(args, kwargs)
        return self._specialise(args).recipe.text

    # -- compiling -------------------------------------------------------------------------------------------------

    def _positional(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return all arguments by position, as the primal would get them."""
        bound = self._read_signature().bind(*args, **kwargs)
        bound.apply_defaults()
        return tuple(bound.arguments.values())

    def _read_signature(self) -> inspect.Signature:
        """Return the signature of the primal as it is now; what is no plain function is refused."""
        live_function(self._chain()[0])
        return inspect.signature(self.primal)

    def _chain(self) -> tuple[Callable[..., Any], list[Options]]:
        """Return the function at the bottom of `grad(grad(f))`, and the derivatives that are taken of it first."""
        inner, before = self.primal, list[Options]()
        while isinstance(inner, Derivative):
            before.insert(0, inner._options)
            inner = inner.primal
        return inner, before

    def _specialise(self, args: tuple[Any, ...]) -> _Entry:
        if self._pickled:
            self.primal()
        with self._lock:
            inner, before = self._chain()
            source = live_function(inner)
            signature = inspect.signature(self.primal)
            kinds = {parameter.kind for parameter in signature.parameters.values()}
            if not kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
                self._count = len(signature.parameters)
            names = parameter_names(source.node)[len(source.bound) :]
            types = dict(zip(names, type_of_arguments(args), strict=True))
            entry = self._compile(source, before, types, dict(zip(names, args, strict=True)))
            self._entries[shape_key(args)] = entry
            if all(type(arg) in _PLAIN for arg in args):
                self._plain[tuple(map(type, args))] = (entry.is_current, entry.call)
            self._latest = entry.recipe.text
            return entry

    def _compile(
        self, source: FunctionSource, before: list[Options], types: Mapping[str, Any], values: Mapping[str, Any] | None
    ) -> _Entry:
        options = self._options
        if options.mode == "forward":
            options = replace(options, mode="jvp", value=True, scalar=True)
        compiled = compile_derivative(source, options, types, before)
        if (
            compiled.conditions
            and values is not None
            and not _hold(compiled.conditions, {**compiled.captures, **values})
        ):
            compiled = compile_derivative(source, replace(options, assume=False), types, before)
        names = tuple(parameter_names(source.node))
        sweeps = None
        if options.mode == "jvp":
            wrt, single = resolve_argnums(names, source.name, options.argnums)
            sweeps = Sweeps(wrt, single, self._options.value, self._options.has_aux)
            known = {*names, *compiled.captures}
            names += tuple(p.name for p in compiled.function.parameters if p.name not in known)
        function = compiled.function
        recipe = Recipe(compiled.text, function.name, function.parameters, names, dict(compiled.captures), sweeps)
        return self._entry(recipe, tuple(source.scope.dependencies))  # type: ignore[attr-defined]

    def _entry(self, recipe: Recipe, dependencies: tuple[Any, ...]) -> _Entry:
        """Return an entry, with the function made once for each text and what it captures."""
        captured = tuple((name, id(value)) for name, value in recipe.captures.items())
        key = (recipe.text, captured)
        if key not in self._calls:
            self._calls[key] = recipe.build()
        return _Entry(self._calls[key], recipe, watcher(dependencies))


def _hold(conditions: tuple[str, ...], values: Mapping[str, Any]) -> bool:
    return all(eval(condition, {"__builtins__": {}}, dict(values)) for condition in conditions)


def _named(module: str | None, name: str) -> Any:
    """Return what a module has under a dotted name, or None."""
    found: Any = sys.modules.get(module or "")
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def restore(name: str, doc: str | None, options: Options, recipes: list[tuple[Any, Recipe]]) -> Derivative:
    """Return a pickled derivative whose primal cannot be imported: what had been compiled, and nothing else."""

    def primal(*_args: Any, **_kwargs: Any) -> Any:
        advice = "call it with arguments of these types before it is pickled, or define the function in a module"
        raise refusal("S2S312", f"{name!r} was pickled without its source, and not for these arguments", advice)

    primal.__name__ = primal.__qualname__ = name
    primal.__doc__ = doc
    derivative = Derivative(primal, options)
    for key, recipe in recipes:
        derivative._entries[key] = derivative._entry(recipe, ())
        derivative._latest = recipe.text
        derivative._count = len(recipe.order) if recipe.sweeps is None else len(recipe.order) - len(recipe.sweeps.wrt)
    derivative._pickled = True
    return derivative
