"""Methods of values: which function each calls, and which of them change their object."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.frontend.context import Binding
from s2sad.frontend.generators import is_generator
from s2sad.frontend.scope import Known
from s2sad.ir import primitives
from s2sad.ir.primitives_random import METHODS as DRAWN
from s2sad.ir.program import Value
from s2sad.ir.types import Dict, Generator, List, Literal, Scalar, Tuple, TupleOf, Unknown, widen

METHODS: dict[str, Callable[..., Any]] = {
    name: getattr(np, name)
    for name in [
        "all",
        "any",
        "argmax",
        "argmin",
        "argsort",
        "clip",
        "copy",
        "cumprod",
        "cumsum",
        "diagonal",
        "dot",
        "max",
        "mean",
        "min",
        "nonzero",
        "prod",
        "ptp",
        "ravel",
        "repeat",
        "reshape",
        "round",
        "searchsorted",
        "squeeze",
        "std",
        "sum",
        "swapaxes",
        "take",
        "trace",
        "transpose",
        "var",
    ]
} | {"astype": primitives.astype, "item": primitives.item, "flatten": np.ravel, "conj": np.conj, "conjugate": np.conj}
"""What a method of an array is: the function that it calls."""

MUTATORS = frozenset(
    [
        "append",
        "clear",
        "extend",
        "fill",
        "insert",
        "itemset",
        "partition",
        "pop",
        "popitem",
        "put",
        "remove",
        "resize",
        "reverse",
        "setdefault",
        "setfield",
        "setflags",
        "sort",
        "update",
    ]
)
"""Methods that change the object they are called on."""

SCALAR_METHODS: dict[str, Callable[..., Any]] = {
    "conjugate": np.conj,
    "is_integer": float.is_integer,
    "bit_length": int.bit_length,
}
"""Methods of Python's numbers."""


SEQUENCE_METHODS: dict[str, Callable[..., Any]] = {"index": operator.indexOf, "count": operator.countOf}
"""Methods of tuples and lists that read them."""


def method_function(owner: Value, name: str) -> Callable[..., Any] | None:
    """Return the function that a method of a value calls, None if there is none."""
    match widen(owner.type):
        case Scalar("str") | Literal():
            return None
        case Scalar():
            return SCALAR_METHODS.get(name)
        case Tuple() | List() | TupleOf() if name in SEQUENCE_METHODS:
            return SEQUENCE_METHODS[name]
        case Tuple() | List() | Dict():
            return np.copy if name == "copy" else None
        case Generator():
            return DRAWN.get(name)
        case Unknown():
            return METHODS.get(name) or DRAWN.get(name)
        case _:
            return METHODS.get(name)


def may_draw(owner: Binding, name: str) -> bool:
    """Tell whether what is called is a generator of random numbers, or a method that draws from whatever it is of."""
    if isinstance(owner, Known):
        return is_generator(owner.value)
    return isinstance(owner, Value) and isinstance(owner.type, Unknown) and name in DRAWN
