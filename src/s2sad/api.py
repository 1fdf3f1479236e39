"""The public functions: decorators that compile at the first call, and the static compiler."""

from __future__ import annotations

import functools
import inspect
import operator
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from types import FunctionType, MethodType
from typing import Any

from s2sad import nesting
from s2sad.compiler import Argnums, Options, after_receiver, compile_derivative, refusal, resolve_argnums
from s2sad.errors import DifferentiationError
from s2sad.frontend import derivatives
from s2sad.frontend.arguments import shape_key, type_of_arguments
from s2sad.frontend.live import live_function
from s2sad.frontend.scope import DERIVATIVES
from s2sad.frontend.source import FunctionSource
from s2sad.frontend.static import read_function
from s2sad.frontend.surroundings import Surroundings
from s2sad.frontend.typetext import parse_types
from s2sad.frontend.unrolling import UNCLEAR
from s2sad.recipe import Entry, Recipe, Sweeps, named_in

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
        The argument to differentiate by, by position or name. In a method of a class that is no dataclass the object
        itself does not count: 0 is what comes after it.
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
    argnums = after_receiver(function, argnums)
    options = Options(argnums, "jvp" if mode == "forward" else mode, value, False, order, style)
    return compile_derivative(function, options, parse_types(types) if types else {}).text


# -- live functions ---------------------------------------------------------------------------------------------------


def _is_plain(f: Any) -> bool:
    """Tell whether the signature of a function is given by its code and the defaults of positional parameters."""
    return type(f) is FunctionType and not f.__dict__ and not f.__kwdefaults__


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
        self._entries: dict[Any, Entry] = {}
        self._plain: dict[tuple[type, ...], tuple[Callable[[], bool], Callable[..., Any]]] = {}
        self._calls: dict[Any, Callable[..., Any]] = {}
        self._latest: str | None = None
        self._lock = threading.RLock()
        self._pickled = False
        """Whether this comes from a pickle, so that the primal is not at hand."""
        # not the attributes of the primal, which may be a derivative itself
        functools.update_wrapper(self, primal, updated=())
        self._names: tuple[str, ...] | None = None
        """The names of the primal's parameters, where they come from a pickle."""
        self._signature: tuple[tuple[Any, Any], inspect.Signature] | None = None
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
            args = self.positional(args, kwargs)
        return self.sweep(args)(*args)

    def sweep(self, args: tuple[Any, ...]) -> Callable[..., Any]:
        """Return the function for all arguments, which takes them by position and then the seeds that it needs."""
        entry = self._entries.get(shape_key(args))
        if entry is None or not entry.is_current():
            entry = self._specialise(args)
        return entry.call

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind like a method."""
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        what = "value and gradient" if self._options.value else "gradient"
        return f"<{what} of {getattr(self.primal, '__qualname__', self.primal)!s}>"

    def __reduce__(self) -> Any:
        home = named_in(getattr(self.primal, "__module__", None), getattr(self.primal, "__qualname__", ""))
        if home is self:
            return self.__qualname__
        if home is self.primal or (isinstance(self.primal, MethodType) and home is self.primal.__func__):
            # a bound method takes its object along
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
        return self.signature_text(self.positional(args, kwargs))

    def signature_text(self, args: tuple[Any, ...]) -> str:
        """Return the text specialised to the types of all arguments by position."""
        entry = self._entries.get(shape_key(args))
        current = entry is not None and entry.is_current()
        return (entry if entry is not None and current else self._specialise(args)).recipe.text

    # -- compiling -------------------------------------------------------------------------------------------------

    def positional(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return all arguments by position, as the primal would get them."""
        if not kwargs and len(args) == self._count:
            return args
        bound = self.read_signature().bind(*args, **kwargs)
        bound.apply_defaults()
        return tuple(bound.arguments.values())

    def parameter_names(self) -> tuple[str, ...]:
        """Return the names of the primal's parameters."""
        return tuple(self.read_signature().parameters) if self._names is None else self._names

    def read_signature(self) -> inspect.Signature:
        """Return the signature of the primal as it is now; what is no plain function is refused."""
        f = self.primal
        # what a signature is made of, for a plain function: as long as that is the same, so is the signature
        parts = (f.__code__, f.__defaults__) if _is_plain(f) else None
        if parts is None or self._signature is None or any(map(operator.is_not, parts, self._signature[0])):
            live_function(self._chain()[0])
            self._signature = (parts or (None, None), inspect.signature(f))
        return self._signature[1]

    def _chain(self) -> tuple[Callable[..., Any], list[Options]]:
        """Return the function at the bottom of `grad(grad(f))`, and the derivatives that are taken of it first."""
        inner, before = self.primal, list[Options]()
        while hasattr(type(inner), "as_program"):
            before.insert(0, inner.as_program())  # type: ignore[attr-defined]
            inner = inner.primal  # type: ignore[attr-defined]
        return inner, before

    def as_program(self) -> Options:
        """Return the derivative as a step of the compiler, for derivatives of derivatives."""
        return self._options

    def _specialise(self, args: tuple[Any, ...]) -> Entry:
        if self._pickled:
            self.primal()
        with self._lock:
            inner, before = self._chain()
            source = live_function(inner)
            signature = inspect.signature(self.primal)
            kinds = {parameter.kind for parameter in signature.parameters.values()}
            if not kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
                self._count = len(signature.parameters)
            entry = self._compile_for(source, before, args)
            self._entries[shape_key(args)] = entry
            if all(type(arg) in _PLAIN for arg in args):
                self._plain[tuple(map(type, args))] = (entry.is_current, entry.call)
            self._latest = entry.recipe.text
            return entry

    def _compile_for(self, source: FunctionSource, before: list[Options], args: tuple[Any, ...]) -> Entry:
        """Compile for arguments: for lists of any length, or else, if it is not clear what shares memory, for these."""
        values = dict(zip(source.names, args, strict=True))
        types = type_of_arguments(args)
        try:
            return self._compile(source, before, dict(zip(source.names, types, strict=True)), values)
        except DifferentiationError as error:
            apart = type_of_arguments(args, lists_apart=True)
            if apart == types or not {one.code for one in error.diagnostics} <= UNCLEAR:
                raise
            with suppress(DifferentiationError):
                return self._compile(source, before, dict(zip(source.names, apart, strict=True)), values)
            raise

    def _compile(
        self, source: FunctionSource, before: list[Options], types: Mapping[str, Any], values: Mapping[str, Any] | None
    ) -> Entry:
        options = self._options
        if options.mode == "forward":
            options = replace(options, mode="jvp", value=True, scalar=True, repeated=True)
        compiled = compile_derivative(source, options, types, before)
        if (
            compiled.conditions
            and values is not None
            and not _hold(compiled.conditions, {**compiled.captures, **values})
        ):
            compiled = compile_derivative(source, replace(options, assume=False), types, before)
        names = tuple(source.names)
        sweeps = None
        if self._options.mode == "forward":
            wrt, single = resolve_argnums(names, source.name, options.argnums)
            sweeps = Sweeps(wrt, single, self._options.value, self._options.has_aux)
        function, count = compiled.function, len(names)
        known = {*names, *compiled.captures}
        names += tuple(p.name for p in function.parameters if p.name not in known)
        captures = dict(compiled.captures)
        recipe = Recipe(compiled.text, function.name, function.parameters, names, captures, sweeps, count)
        return self._entry(recipe, Surroundings.of(compiled.captures, source.scope.record))  # type: ignore[attr-defined]

    def _entry(self, recipe: Recipe, surroundings: Surroundings) -> Entry:
        """Return an entry, with the function made once for each text and the places that it captures from."""
        key = (recipe.text, surroundings.key)
        if key not in self._calls:
            self._calls[key] = recipe.build(surroundings.values)
        return Entry(self._calls[key], recipe, surroundings.watcher())


def _hold(conditions: tuple[str, ...], values: Mapping[str, Any]) -> bool:
    return all(eval(condition, {"__builtins__": {}}, dict(values)) for condition in conditions)


def restore(name: str, doc: str | None, options: Options, recipes: list[tuple[Any, Recipe]]) -> Derivative:
    """Return a pickled derivative whose primal cannot be imported: what had been compiled, and nothing else."""

    def primal(*_args: Any, **_kwargs: Any) -> Any:
        advice = "call it with arguments of these types before it is pickled, or define the function in a module"
        raise refusal("S2S312", f"{name!r} was pickled without its source, and not for these arguments", advice)

    primal.__name__ = primal.__qualname__ = name
    primal.__doc__ = doc
    derivative = Derivative(primal, options)
    for key, recipe in recipes:
        derivative._entries[key] = derivative._entry(recipe, Surroundings(dict(recipe.captures), {}, ()))
        derivative._latest = recipe.text
        derivative._count = recipe.count
        derivative._names = recipe.order[: recipe.count]
    derivative._pickled = True
    return derivative


derivatives.makes_gradient(grad, value_and_grad)
DERIVATIVES[Derivative] = nesting.as_derived
