"""Tangents and cotangents that a caller gives: checked against what they belong to, and brought to its types."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from s2sad.errors import Diagnostic, DifferentiationTypeError, DifferentiationValueError
from s2sad.numeric import is_real, leaves, map_leaves


def fit_seed(name: str, like: Any, seed: Any) -> Any:
    """Return a tangent or cotangent with the structure, shapes and dtypes of what it belongs to.

    Parameters
    ----------
    name : str
        What to call it in messages, as in `the tangent of x`.
    like : object
        What it belongs to: an argument or a result.
    seed : object
        What the caller gave. Where `like` holds no float, None and zeros are taken, and become None.

    Raises
    ------
    DifferentiationError
        S2S304: another structure (a `TypeError` as well) or another shape (a `ValueError` as well).
    """
    match like:
        case tuple() | list():
            if type(seed) is not type(like):
                raise _structure(name, f"a {type(like).__name__} of {len(like)}", seed)
            if len(seed) != len(like):
                message = f"{name} has {_count(len(seed), 'item')} where {len(like)} are needed"
                raise DifferentiationValueError([Diagnostic("S2S304", message, "give one for each item")])
            pairs = enumerate(zip(like, seed, strict=True))
            parts = [fit_seed(f"{name}[{k}]", one, given) for k, (one, given) in pairs]
            return type(like)(*parts) if hasattr(like, "_fields") else type(like)(parts)
        case dict():
            if not isinstance(seed, dict) or set(seed) != set(like):
                raise _structure(name, f"a dict with the keys {list(like)!r}", seed)
            return {key: fit_seed(f"{name}[{key!r}]", one, seed[key]) for key, one in like.items()}
        case _ if dataclasses.is_dataclass(like) and not isinstance(like, type):
            if type(seed) is not type(like):
                raise _structure(name, f"a {type(like).__name__}", seed)
            fields = [entry.name for entry in dataclasses.fields(like)]
            parts_by_name = {one: fit_seed(f"{name}.{one}", getattr(like, one), getattr(seed, one)) for one in fields}
            return dataclasses.replace(seed, **parts_by_name)
        case _:
            return _fit_leaf(name, like, seed)


def _fit_leaf(name: str, like: Any, seed: Any) -> Any:
    if np.iscomplexobj(like) and isinstance(like, complex | np.ndarray | np.generic):
        message = f"{name} belongs to a complex number, and only real ones are offered"
        raise DifferentiationTypeError([Diagnostic("S2S305", message, "pass and return real and imaginary parts")])
    numeric = isinstance(seed, float | int | np.ndarray | np.generic) and np.asarray(seed).dtype.kind in "fiub"
    if not is_real(like):
        if seed is None or (numeric and not np.any(seed)):
            return None
        message = f"{name} belongs to a value of type {type(like).__name__}, which has no derivative"
        raise DifferentiationTypeError([Diagnostic("S2S304", message, "give None, or zero, in this place")])
    if not numeric:
        shape = f" of shape {like.shape}" if isinstance(like, np.ndarray) else ""
        raise _structure(name, f"real numbers{shape}", seed)
    if np.shape(seed) != np.shape(like):
        message = f"{name} has shape {np.shape(seed)} where {np.shape(like)} is needed"
        raise DifferentiationValueError([Diagnostic("S2S304", message, "give it the shape of what it belongs to")])
    if isinstance(like, np.ndarray):
        return np.array(seed, dtype=like.dtype)
    return like.dtype.type(seed) if isinstance(like, np.generic) else float(seed)


def _structure(name: str, wanted: str, seed: Any) -> DifferentiationTypeError:
    message = f"{name} must be {wanted}, and is {described(seed)}"
    return DifferentiationTypeError([Diagnostic("S2S304", message, "give it the structure of what it belongs to")])


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def as_cotangent(seed: Any) -> Any:
    """Return a seed with Python floats for NumPy's numbers of double precision, as pullbacks take them."""
    return map_leaves(lambda _, leaf: float(leaf) if isinstance(leaf, float) else leaf, seed)


def described(value: Any) -> str:
    """Return what a value is, for messages."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def holds_floats(value: Any) -> bool:
    """Tell whether any leaf of a value is a real inexact number or an array of these."""
    return any(is_real(leaf) for _, leaf in leaves(value))


def check_result(value: Any, *, everywhere: bool) -> None:
    """Refuse a result without a derivative: no float in it, something complex, or, for `everywhere`, any other leaf.

    Raises
    ------
    DifferentiationTypeError
        S2S305.
    """
    found = list(leaves(value))
    for path, leaf in found:
        if np.iscomplexobj(leaf) and isinstance(leaf, complex | np.ndarray | np.generic):
            message = f"the result{path} is complex, and has no real derivative"
            raise DifferentiationTypeError([Diagnostic("S2S305", message, "return its real and imaginary parts")])
        if everywhere and not is_real(leaf):
            message = f"the result{path} is {described(leaf)}, which has no derivative"
            raise DifferentiationTypeError([Diagnostic("S2S305", message, "return floats and arrays of floats only")])
    if not any(is_real(leaf) for _, leaf in found):
        message = "the function returns nothing that has a derivative: there is no float in its result"
        raise DifferentiationTypeError([Diagnostic("S2S305", message, "return a float or an array of floats")])
