"""Rules of the user's own: the derivatives of functions that s2sad does not know."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any, TypeVar

import numpy as np

from s2sad.analysis.infer import TYPE_RULES
from s2sad.analysis.types_elementwise import ufunc_type
from s2sad.ir.program import Call, Form
from s2sad.ir.types import UNKNOWN, Type
from s2sad.rules.homes import HOMES, home_of, leads_to
from s2sad.rules.lazy import load_all_imported, load_rules_of
from s2sad.rules.recording import Recorder, builder_of
from s2sad.rules.registry import CONSTANT, RULES, Kind, Rule, Unsupported, is_key

Body = TypeVar("Body", bound=Callable[..., Any])

DECLARED: dict[str, Callable[..., Any]] = {}
"""The functions with a rule of the user's, by their identity: a place to watch for one that is declared later."""

_KINDS = ("full", "elementwise", "linear")


def rule(
    function: Callable[..., Any],
    kind: Kind = "full",
    *,
    argnums: int | Sequence[int] = 0,
    forward: Callable[..., Any] | None = None,
    name: str | None = None,
    types: Callable[..., Any] | None = None,
) -> Callable[[Body], Body]:
    """Declare the derivative of a function that s2sad does not know: a ufunc, a function in C, a black box.

    Parameters
    ----------
    function : callable
        The function. It is not read and not differentiated through: generated code calls it, by its importable name.
        It must be a function of its arguments alone and must not write into them.
    kind : {"full", "elementwise", "linear"}
        What the decorated function, the rule's body, computes.

        ``"full"``
            ``body(d_y, y, *args, **kwargs)`` returns the cotangent of each argument, given `d_y`, the cotangent of the
            result `y`.
        ``"elementwise"``
            The same, for a function that applies to each element of its arguments, which are broadcast: then a
            cotangent is `d_y` times a partial derivative, and forward mode follows from it.
        ``"linear"``
            The same, for a function that is linear in the arguments at `argnums` while the others stay as they are;
            forward mode follows from that.
    argnums : int or sequence of int
        For a linear rule: the positions in which the function is linear.
    forward : callable, optional
        For a full rule: ``forward(tangents, y, *args, **kwargs)`` returns the tangent of `y`; `tangents` has an entry
        for each argument, None for one that does not vary. Without it, forward mode is refused.
    name : str, optional
        The importable name, such as ``"package.module.function"``. It need only be given for a function that neither
        says where it is defined nor is a global variable of the module that declares the rule.
    types : callable, optional
        A function of NumPy's whose result has the dtype and shape that this function's has, called in the same way:
        `np.exp` for floats element by element, `np.sum` for one number. Generated code relies on it. Without it, the
        code finds out when it runs (but the results of ufuncs with elementwise rules are known).

    Returns
    -------
    callable
        A decorator, which returns the body as it is.

    Raises
    ------
    TypeError
        `function`, or what is decorated, is not a function.
    ValueError
        There is no such kind, or `function` has a rule already, or nothing is known of what `types` gives.

    Notes
    -----
    *What a body returns.* A tuple with one cotangent for each positional argument (or for each parameter that the body
    declares after `d_y` and `y`), None for one that has no derivative. What is not a tuple stands for the only
    argument, or for the only one that a linear function is linear in. An argument that is a list has a list of
    cotangents. Each has the shape of its argument, or one that it is broadcast to: what was broadcast is summed up, and
    dtypes are adjusted, where the rule is applied.

    *How a body is run.* Once for each call in the program, while compiling, with symbols in place of arrays; what it
    computes becomes part of the derivative. It may use operators, NumPy's functions and every function that has a rule,
    and branch on what is known while compiling: options, `x.ndim` and `x.shape` where the types are known. It cannot
    branch on data: use `np.where`. Derivatives of higher order come from differentiating what it has computed, so
    whatever it calls needs a rule.

    *Where.* Static reading (`s2sad grad file.py:f`) runs nothing, so it knows no rules of the user's, and refuses a
    function for which a file that it reads declares one.

    Examples
    --------
    A ufunc of somebody else's, whose derivative is `1 / cosh`:

    >>> import numpy as np
    >>> import scipy.special
    >>> import s2sad
    >>> @s2sad.rule(scipy.special.gudermannian, kind="elementwise")  # doctest: +SKIP
    ... def _(d_y, y, x):
    ...     return d_y / np.cosh(x)

    A black box with two arguments and a rule for both modes:

    >>> @s2sad.rule(simulate, forward=lambda dots, y, k, x: dots[1] * y)  # doctest: +SKIP
    ... def _(d_y, y, k, x):
    ...     return None, d_y * y

    A function that is linear in its second argument:

    >>> @s2sad.rule(resample, kind="linear", argnums=1)  # doctest: +SKIP
    ... def _(d_y, y, n, x):
    ...     return resample(len(x), d_y)
    """
    if not is_key(function) or isinstance(function, type):
        raise TypeError(f"rule: a derivative is declared for a function, not for a {_described(function)}")
    if isinstance(function, MethodType):
        raise TypeError(f"rule: {function.__qualname__} is a bound method: define a function by `def` that calls it")
    if not isinstance(getattr(function, "__name__", None), str):
        raise TypeError(f"rule: a {type(function).__name__} has no __name__: define a function by `def` that calls it")
    if kind not in _KINDS:
        raise ValueError(f"rule: there is no kind {kind!r} of rules; there are {', '.join(_KINDS)}")
    if forward is not None and kind != "full":
        raise ValueError(f"rule: forward= belongs to a full rule; for the kind {kind!r} it follows from the body")
    positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    if kind == "linear" and (not positions or any(isinstance(k, bool) or k < 0 for k in positions)):
        raise ValueError("rule: argnums= names the positions in which the function is linear, counted from 0")
    if types is not None and types not in TYPE_RULES:
        raise ValueError(f"rule: nothing is known of the types that {getattr(types, '__name__', types)} gives")
    _refuse_known(function)

    def declare(body: Body) -> Body:
        if not callable(body):
            raise TypeError(f"rule: what is decorated is the rule's body, a function, not a {_described(body)}")
        _refuse_known(function)
        _find_home(function, body, name)
        pullback = _checked(function, kind, positions, body)
        pushforward = None if kind != "full" else _checked_forward(function, forward)
        RULES[function] = Rule(
            function, kind, pullback, pushforward, positions, singular=kind == "elementwise", broadcasts=None, own=True
        )
        DECLARED[str(id(function))] = function
        if types is not None:
            TYPE_RULES[function] = TYPE_RULES[types]
        elif isinstance(function, np.ufunc) and function not in TYPE_RULES and kind == "elementwise":
            TYPE_RULES[function] = functools.partial(_type_of_ufunc, function)
        return body

    return declare


def has_own_rule(function: Any) -> bool:
    """Tell whether the user has declared the derivative of a function."""
    known = RULES.get(function) if is_key(function) else None
    return known is not None and known.own


def _described(thing: Any) -> str:
    return f"class, {thing.__name__}" if isinstance(thing, type) else f"value of type {type(thing).__name__}"


def _refuse_known(function: Callable[..., Any]) -> None:
    load_rules_of(function)
    if function in RULES or function in CONSTANT:
        whose = "a rule already" if has_own_rule(function) else "a derivative that s2sad knows"
        raise ValueError(f"rule: {getattr(function, '__name__', function)} has {whose}")


def _type_of_ufunc(ufunc: np.ufunc, form: Form, *args: Type, **options: Type) -> Type:
    # of a ufunc that was made of a Python function the result is an array of objects
    found = UNKNOWN if options else ufunc_type(ufunc, form, args)
    return UNKNOWN if getattr(found, "dtype", None) == np.dtype(object) else found


def _find_home(function: Callable[..., Any], body: Callable[..., Any], name: str | None) -> None:
    """Note the importable name of a function that does not say it itself."""
    if name is not None:
        module, _, path = name.rpartition(".")
        while module and not leads_to(module, path, function):
            module, _, outer = module.rpartition(".")
            path = f"{outer}.{path}"
        if not module:
            raise ValueError(f"rule: {name!r} does not lead to this function from a module that has been imported")
        HOMES[function] = (module, path)
        return
    variables = getattr(inspect.unwrap(body), "__globals__", {})
    found = [key for key, value in variables.items() if value is function]
    if found and home_of(function) is None and "__name__" in variables:
        HOMES[function] = (variables["__name__"], found[0])


# -- running a body ----------------------------------------------------------------------------------------------------


def _checked(
    function: Callable[..., Any], kind: Kind, argnums: tuple[int, ...], body: Callable[..., Any]
) -> Callable[..., Any]:
    """Return the body as a pullback whose results are sure to be what they should be."""
    declared = _declared(body)

    @functools.wraps(body)
    def pullback(d_y: Any, y: Any, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        found: Any = _run(function, body, (d_y, y, *args), kwargs)
        if not isinstance(found, tuple):
            if kind == "linear" and len(argnums) == 1:
                return (None,) * argnums[0] + (found,)
            found = (found,)
        wanted = [len(args), len(args) if declared is None else declared]
        if len(found) not in wanted:
            count = " or ".join(dict.fromkeys(map(str, wanted)))
            raise Unsupported(f"the rule of {function.__name__} returns {len(found)} cotangents, not {count}")
        if not all(map(_fits, found, args)):
            raise Unsupported(f"the rule of {function.__name__} returns a list that is not like its argument")
        return tuple(found)

    return pullback


def _fits(cotangent: Any, arg: Any) -> bool:
    """Tell whether a cotangent is a list just where the argument is one, of its length."""
    if not isinstance(cotangent, list | tuple):
        return True
    return isinstance(arg, list | tuple) and len(arg) == len(cotangent) and all(map(_fits, cotangent, arg))


def _declared(body: Callable[..., Any]) -> int | None:
    """Return how many positional arguments of the function a body names; None for any number."""
    parameters = list(inspect.signature(body).parameters.values())
    if any(one.kind is one.VAR_POSITIONAL for one in parameters):
        return None
    return sum(one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in parameters) - 2


def _checked_forward(function: Callable[..., Any], forward: Callable[..., Any] | None) -> Callable[..., Any]:
    def pushforward(tangents: Any, y: Any, *args: Any, **kwargs: Any) -> Any:
        if forward is None:
            raise Unsupported(
                f"the rule of {function.__name__} has no forward mode, which `rule` takes as its argument forward="
            )
        padded = [*tangents, *(None for _ in args[len(tangents) :])]
        return _run(function, forward, (padded, y, *args), kwargs)

    return pushforward


def _run(function: Callable[..., Any], body: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a body on symbols, and see that whatever it calls can be differentiated again."""
    load_all_imported()
    builder = builder_of(args)
    start = len(builder.operations)
    try:
        found = Recorder(builder).view(body)(*args, **kwargs)
    except Unsupported:
        raise
    except Exception as error:
        raise Unsupported(f"the rule of {function.__name__} fails with {type(error).__name__}: {error}") from error
    for operation in builder.operations[start:]:
        called = operation.function if isinstance(operation, Call) else None
        if called is not None and called not in RULES and called not in CONSTANT and not _is_structure(called):
            name = getattr(called, "__name__", repr(called))
            raise Unsupported(f"the rule of {function.__name__} calls {name}, which has no rule itself")
        if called is not None and has_own_rule(called) and home_of(called) is None:
            raise Unsupported(f"the rule of {function.__name__} calls {called.__name__}, which cannot be imported")
    return found


def _is_structure(function: Callable[..., Any]) -> bool:
    """Tell whether a function is an operation of the program itself, which transforms know without a rule."""
    return (getattr(function, "__module__", None) or "").startswith("s2sad.")
