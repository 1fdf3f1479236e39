"""Tangents and cotangents that a program gives, brought to the structure, shape and dtype of what they belong to.

What is known while compiling is checked then; shapes that are not are checked when the program runs.
"""

from __future__ import annotations

from typing import Any

from s2sad.frontend.collections import dict_of, entries_of, known_length, made, sequence_items, tuple_of
from s2sad.frontend.context import Context
from s2sad.ir import primitives
from s2sad.ir.primitives_seeds import fitted_seed
from s2sad.ir.program import Value
from s2sad.ir.types import Array, Dict, List, Literal, Record, Scalar, Tuple, Type, Unknown, is_differentiable, widen


def fit_seed(ctx: Context, name: str, like: Value, seed: Value, node: Any) -> Value:
    """Return a seed that fits a value.

    Parameters
    ----------
    ctx : Context
        The state of lowering.
    name : str
        What to call it in messages, as in `the tangent of 'x'`.
    like : Value
        What it belongs to. Where that holds no float, the seed must be None or zero, and becomes None.
    seed : Value
        What the program gives.
    node : gast node
        The place for messages.
    """
    target, given = widen(like.type), widen(seed.type)
    match target:
        case _ if not is_differentiable(target):
            if isinstance(seed.type, Literal) and (seed.type.value is None or seed.type.value == 0):
                return ctx.builder.constant(None)
            message = f"{name} belongs to a value of type {like.type}, which has no derivative"
            ctx.refuse("S2S304", message, "give None in this place", node)
        case Tuple(cls=None) | List() | Dict():
            return _fit_items(ctx, name, like, seed, node)
        case Tuple() | Record():
            message = f"{name} belongs to an object, which is not supported inside a function"
            ctx.refuse("S2S304", message, "pass its parts as arguments of their own", node)
        case Scalar("complex"):
            ctx.refuse("S2S305", f"{name} belongs to a complex number", "pass real and imaginary parts", node)
    if isinstance(given, Tuple | List | Dict | Record) or seed.type == Literal(None) or given == Scalar("str"):
        message = f"{name} must be like a value of type {like.type}, and is of type {seed.type}"
        ctx.refuse("S2S304", message, "give it the structure of what it belongs to", node)
    if target == Scalar("float") and isinstance(seed.type, Literal):
        return ctx.builder.constant(float(seed.type.value))
    if is_alike(target, given):
        return seed
    if rank(target) != rank(given) and None not in (rank(target), rank(given)):
        message = f"{name} is of type {seed.type} where one like {like.type} is needed"
        ctx.refuse("S2S304", message, "give it the shape of what it belongs to", node)
    return made(ctx, fitted_seed, seed, like)


def _fit_items(ctx: Context, name: str, like: Value, seed: Value, node: Any) -> Value:
    wanted, found = entries_of(ctx, like), entries_of(ctx, seed)
    if wanted is not None and found is not None and list(wanted) == list(found):
        pairs = {key: (ctx.as_value(wanted[key], node), ctx.as_value(found[key], node)) for key in wanted}
        parts = {key: fit_seed(ctx, f"{name}[{key!r}]", *pair, node) for key, pair in pairs.items()}
        return ctx.as_value(dict_of(ctx, parts, node), node)
    is_same = type(widen(like.type)) is type(widen(seed.type)) and not isinstance(widen(like.type), Dict)
    if not is_same or known_length(like) is None or known_length(like) != known_length(seed):
        message = f"{name} is of type {seed.type}, which is not known to be like {like.type}"
        ctx.refuse("S2S304", message, "give it the structure of what it belongs to, item by item", node)
    both = zip(sequence_items(ctx, like), sequence_items(ctx, seed), strict=True)
    items = [
        fit_seed(ctx, f"{name}[{k}]", ctx.as_value(one, node), ctx.as_value(part, node), node)
        for k, (one, part) in enumerate(both)
    ]
    if isinstance(widen(like.type), List):
        return made(ctx, primitives.make_list, *items)
    return ctx.as_value(tuple_of(ctx, items, node), node)


def is_alike(target: Type, given: Type) -> bool:
    """Tell whether values of two types are known to have the same shape and the same dtype of floats."""
    if is_number(target) and is_number(given):
        return str(target) == str(given) or {str(target), str(given)} == {"float", "float64"}
    if isinstance(target, Array) and isinstance(given, Array):
        known = target.dtype is not None and target.shape is not None
        return known and target == given
    return False


def is_number(type_: Type) -> bool:
    """Tell whether a value is known to be a float of Python's or of NumPy's."""
    match widen(type_):
        case Scalar("float"):
            return True
        case Array(dtype, (), True):
            return dtype is not None and dtype.kind == "f"
        case _:
            return False


def is_array_or_number(type_: Type) -> bool:
    """Tell whether a value may be a float or an array of floats, and nothing that holds these."""
    match widen(type_):
        case Unknown() | Scalar("float"):
            return True
        case Array(dtype):
            return dtype is None or dtype.kind == "f"
        case _:
            return False


def rank(type_: Type) -> int | None:
    """Return how many axes a value has; None where that is not known."""
    match widen(type_):
        case Scalar():
            return 0
        case Array() as array:
            return array.rank
        case _:
            return None
