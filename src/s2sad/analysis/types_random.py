"""Types of random draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.infer import TYPE_RULES, TypeRule
from s2sad.analysis.operands import broadcast, dtype_of, length, lengths, operand, static
from s2sad.ir.primitives_random import FLOATS, INTEGERS, METHODS
from s2sad.ir.program import Form
from s2sad.ir.types import FLOAT, INT, UNKNOWN, Array, Generator, Literal, Scalar, Type, widen

_FLOAT, _INT = np.dtype(float), np.dtype(int)
_NONE = Literal(None)


def _distribution(count: int, default: np.dtype[Any]) -> TypeRule:
    """Return the type rule of a distribution with so many parameters."""

    def rule(_form: Form, *args: Type, size: Type = _NONE, dtype: Type | None = None, **named: Type) -> Type:
        given, rest = args[:count], args[count:]
        if rest:
            size, *_ = rest
        parameters = [operand(one) for one in (*given, *named.values())]
        of = dtype_of(dtype if dtype is not None or len(rest) < 2 else rest[1], default)
        if "out" in named or any(one is None for one in parameters) or (len(rest) > 1 and default is _INT):
            return UNKNOWN
        if static(size) is not None:
            shape = lengths(size)
            return UNKNOWN if shape is None else Array(of, shape)
        shape = broadcast([one for one in parameters if one is not None])
        if shape:
            return Array(of, shape)
        # a float of Python's, or an integer of either kind
        return FLOAT if shape == () and of == _FLOAT and default is _FLOAT else UNKNOWN

    return rule


def _of_lengths(_form: Form, *sizes: Type) -> Type:
    """Return the type of `rand(2, 3)`."""
    return Array(_FLOAT, tuple(map(length, sizes))) if sizes else FLOAT


def _choice(_form: Form, a: Type, size: Type = _NONE, *_args: Type, axis: Type | None = None, **_named: Type) -> Type:
    from_ = operand(a)
    shape = None if static(size) is None else lengths(size)
    if from_ is None or from_.shape is None or len(from_.shape) > 1 or shape is None or axis is not None:
        return UNKNOWN
    return Array(_INT if from_.shape == () else from_.strong, shape)


def _permutation(_form: Form, x: Type, **_named: Type) -> Type:
    match widen(x):
        case Scalar("int"):
            return Array(_INT, (length(x),))
        case Array(scalar=False) as array:
            return array
        case _:
            return UNKNOWN


def _multivariate(_form: Form, mean: Type, _cov: Type, size: Type = _NONE, **_named: Type) -> Type:
    of = operand(mean)
    shape = () if static(size) is None else lengths(size)
    return UNKNOWN if of is None or of.shape is None or shape is None else Array(_FLOAT, (*shape, *of.shape))


def _seed(_form: Form, *_args: Type, **_named: Type) -> Type:
    return _NONE


RULES_OF_NUMPY: dict[str, TypeRule] = {
    **{name: _distribution(count, _FLOAT) for name, count in FLOATS.items()},
    **{name: _distribution(count, _INT) for name, count in INTEGERS.items()},
    "rand": _of_lengths, "randn": _of_lengths, "choice": _choice, "permutation": _permutation,
    "multivariate_normal": _multivariate, "seed": _seed,
}  # fmt: skip
"""The types of the draws of NumPy's generators, by name."""


def _float(_form: Form, *_args: Type, **_named: Type) -> Type:
    return FLOAT


def _int(_form: Form, *_args: Type, **_named: Type) -> Type:
    return INT


RULES_OF_PYTHON: dict[str, TypeRule] = {
    **dict.fromkeys(("random", "uniform", "triangular", "betavariate", "expovariate", "gammavariate", "gauss"), _float),
    **dict.fromkeys(("lognormvariate", "normalvariate", "paretovariate", "vonmisesvariate", "weibullvariate"), _float),
    **dict.fromkeys(("randint", "randrange", "getrandbits"), _int),
    "seed": _seed,
}
"""The types of the draws of Python's generators, by name."""


def _method(name: str) -> Callable[..., Type]:
    def rule(form: Form, generator: Type, *args: Type, **named: Type) -> Type:
        if not isinstance(generator, Generator):
            return UNKNOWN
        rules = RULES_OF_PYTHON if generator.kind == "Random" else RULES_OF_NUMPY
        return rules[name](form, *args, **named) if name in rules else UNKNOWN

    return rule


TYPE_RULES.update({draw: _method(name) for name, draw in METHODS.items()})
