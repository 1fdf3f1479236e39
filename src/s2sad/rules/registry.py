"""Declaring derivatives: four kinds of rule, and the table that the transforms read.

A rule's body is an ordinary function over arrays. The transforms run it once on symbolic values (`s2sad.rules.staging`)
and what it computes becomes part of the derivative program.

- `elementwise`: the Jacobian is diagonal in every argument, so one expression serves both modes.
- `linear`: the function is linear in the arguments named, so its tangent is the function itself and only the transpose
  is declared.
- `full`: a pullback and a pushforward.
- `composed`: other functions that compute the same (`composing`), which are differentiated in its place.

No rule undoes broadcasting or adjusts dtypes: the reverse transform does that for every contribution.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from s2sad.ir import types
from s2sad.ir.program import Call


class Unsupported(Exception):
    """A rule does not cover the options or the kind of values that a function was called with."""


class _Missing:
    """The only value of its kind."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()
"""Stands for the cotangent of an argument whose derivative exists but has no rule: it is refused if it is needed."""

Kind = Literal["elementwise", "linear", "full", "composed"]


@dataclass(frozen=True, slots=True)
class Rule:
    """The derivative of one function.

    Attributes
    ----------
    function : callable
        The function that is differentiated, the key of the table.
    kind : {"elementwise", "linear", "full", "composed"}
        How `pullback` and `pushforward` are to be read.
    pullback : callable
        `pullback(d_y, y, *args, **kwargs)` returns the cotangent of each positional argument, in order, as a tuple (one
        that is not a tuple stands for a single argument; None where there is none; missing ones at the end are None).
        For an argument that is a tuple or list of arrays the cotangent is a list of cotangents. For a composed function
        it is the definition, `pullback(*args, **kwargs)`.
    pushforward : callable or None
        For a full rule: `pushforward(tangents, y, *args, **kwargs)` returns the tangent of `y`; `tangents` has one
        entry for each positional argument, None where it does not vary. None for the other two kinds.
    argnums : tuple of int
        For a linear rule: the positions in which the function is linear.
    singular : bool
        The derivative can be infinite or undefined at points where the function is finite (`sqrt` at 0), so an exactly
        zero cotangent must be made to give exactly zero.
    broadcasts : tuple of int or None
        The positions of arguments that the function broadcasts, so that a cotangent may have a larger shape than what
        it belongs to; None for all.
    own : bool
        The user has declared it. Then a linear function is refused where an argument varies that it is not declared to
        be linear in.
    several : bool
        The function returns a tuple: `d_y` and `y` are tuples then, with None in `d_y` where there is no cotangent.
    """

    function: Callable[..., Any]
    kind: Kind
    pullback: Callable[..., Any]
    pushforward: Callable[..., Any] | None = None
    argnums: tuple[int, ...] = (0,)
    singular: bool = False
    broadcasts: tuple[int, ...] | None = ()
    own: bool = False
    several: bool = False

    @property
    def parameters(self) -> list[inspect.Parameter]:
        """The parameters of the function, as the rule names them."""
        declared = list(inspect.signature(self.pullback).parameters.values())
        return declared if self.kind == "composed" else declared[2:]


def is_key(function: Any) -> bool:
    """Tell whether an object can be looked up in the tables: a callable that can be hashed."""
    if not callable(function) or type(function).__hash__ is None:
        return False
    try:
        hash(function)
    except TypeError:
        return False
    return True


RULES: dict[Callable[..., Any], Rule] = {}
"""The rule of each function that can be differentiated."""

HARMLESS: dict[Callable[..., Any], float] = {np.arcsin: 0.5, np.arccos: 0.5, np.arctanh: 0.5, np.arccosh: 1.5}
"""A number at which a singular function and its derivatives are finite, where 0.5 and 1 are not both such numbers."""

CONSTANT: set[Callable[..., Any]] = set()
"""Functions whose result never carries a derivative: comparisons, shapes, integer and boolean results."""


CONSTANT_OF_REALS: set[Callable[..., Any]] = set()
"""Functions with a rule whose results carry no derivative where no argument is complex: then the rule is not asked."""


def is_constant(call: Call) -> bool:
    """Tell whether the result of a call carries no derivative, whatever its arguments do."""
    if call.function in CONSTANT_OF_REALS:
        return all(kind_of(operand.type) not in (None, "c") for operand in call.operands)
    return call.function in CONSTANT or _makes_integers(call)


def _makes_integers(call: Call) -> bool:
    """Tell whether a call is asked by `dtype=` for integers, whatever it computes them from."""
    rule = RULES.get(call.function)
    if rule is None:
        return False
    names = [one.name for one in rule.parameters]
    asked = dict(zip(call.keywords, call.operands[len(call.positional) :], strict=True)).get("dtype")
    if asked is None and "dtype" in names and names.index("dtype") < len(call.positional):
        asked = call.positional[names.index("dtype")]
    found = None if asked is None or not isinstance(asked.type, types.Literal) else _dtype(asked.type.value)
    return found is not None and found.kind in "iub"


def _dtype(value: Any) -> np.dtype[Any] | None:
    """Return the dtype that a value names; None where it is None, or names none."""
    try:
        return None if value is None else np.dtype(value)
    except TypeError:
        return None


def kind_of(type_: types.Type) -> str | None:
    """Return the kind of a dtype as NumPy's letter, None where it is not known."""
    match type_:
        case types.Array(dtype):
            return None if dtype is None else dtype.kind
        case types.Scalar(kind):
            return kind[0]
        case types.Literal(value):
            return np.asarray(value).dtype.kind
        case types.Tuple(items) | types.List(items=tuple() as items) if items:
            kinds = [kind_of(item) for item in items]
            return None if None in kinds else "c" if "c" in kinds else kinds[0]
        case types.List(item):
            return kind_of(item)
        case _:
            return None


def register(rule: Rule) -> None:
    """Put a rule into the table.

    Raises
    ------
    ValueError
        The function has a rule already, or is a constant.
    """
    if rule.function in RULES or rule.function in CONSTANT:
        raise ValueError(f"{rule.function.__name__} has two rules, or is a constant and has one")
    RULES[rule.function] = rule


def elementwise(function: Callable[..., Any], partials: Callable[..., Any], *, singular: bool = False) -> None:
    """Declare a function with diagonal Jacobians: `partials(d_y, y, *args)` returns `d_y` times each partial."""
    register(Rule(function, "elementwise", partials, singular=singular, broadcasts=None))


def linear(
    function: Callable[..., Any],
    transpose: Callable[..., Any],
    *,
    argnums: tuple[int, ...] = (0,),
    broadcasts: tuple[int, ...] = (),
) -> None:
    """Declare a function that is linear in `argnums`: `transpose(d_y, y, *args, **kwargs)` returns their cotangents."""
    register(Rule(function, "linear", transpose, argnums=argnums, broadcasts=broadcasts))


def full(
    function: Callable[..., Any],
    pullback: Callable[..., Any],
    pushforward: Callable[..., Any],
    *,
    singular: bool = False,
    several: bool = False,
    broadcasts: tuple[int, ...] | None = (),
) -> None:
    """Declare a function by its pullback and its pushforward."""
    register(Rule(function, "full", pullback, pushforward, singular=singular, several=several, broadcasts=broadcasts))


def constant(*functions: Callable[..., Any]) -> None:
    """Declare functions whose results carry no derivative.

    Raises
    ------
    ValueError
        A function has a rule.
    """
    both = [function.__name__ for function in functions if function in RULES]
    if both:
        raise ValueError(f"constants have rules: {', '.join(both)}")
    CONSTANT.update(functions)
