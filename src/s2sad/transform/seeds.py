"""Parameters that a derivative has besides those of its primal: tangents of arguments, the cotangent of the result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from s2sad.ir.builder import Builder
from s2sad.ir.program import Function, Parameter, Value
from s2sad.ir.types import Array, Scalar, widen


def with_seeds(function: Function, seeds: Sequence[Value]) -> tuple[tuple[Parameter, ...], tuple[Value, ...]]:
    """Return the parameters of a function and their values with seeds after those that can be given by position."""
    # a positional parameter may not follow a keyword-only one
    keyword_only = [k for k, p in enumerate(function.parameters) if p.kind == "KEYWORD_ONLY"]
    split = keyword_only[0] if keyword_only else len(function.parameters)
    kind = "POSITIONAL_OR_KEYWORD"
    head, tail = function.parameters[:split], function.parameters[split:]
    if any(p.kind == "VAR_POSITIONAL" for p in head):
        kind, head, tail = "KEYWORD_ONLY", function.parameters, ()
        split = len(function.parameters)
    if kind == "POSITIONAL_OR_KEYWORD":
        # seeds have no default, so nothing before them may have one
        head = tuple(replace(p, default=None) for p in head)
    parameters = (*head, *(Parameter(_named(seed), kind) for seed in seeds), *tail)
    return parameters, (*function.body.params[:split], *seeds, *function.body.params[split:])


def seed_names(stems: Iterable[str], function: Function) -> list[str]:
    """Return a name for each seed that clashes neither with a parameter nor with another seed."""
    taken = {parameter.name for parameter in function.parameters}
    names = []
    for name in stems:
        while name in taken:
            name += "_1"
        taken.add(name)
        names.append(name)
    return names


def _named(seed: Value) -> str:
    assert seed.hint is not None
    return seed.hint


def ones_like(value: Value, name: str, builder: Builder) -> Value:
    """Append the tangent of ones of a number or an array."""
    match widen(value.type):
        case Scalar() | Array(shape=(), scalar=True):
            return builder.constant(1.0, hint=name)
        case _:
            return builder.call(np.ones_like, value, hint=name)
