"""Types that the user writes: in `--types` and in the annotations of parameters."""

from __future__ import annotations

import sys
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import gast
import numpy as np

from s2sad.errors import DifferentiationError
from s2sad.frontend.convert import to_gast
from s2sad.frontend.generators import generator_type
from s2sad.frontend.records import is_object_class
from s2sad.frontend.scope import Entity, Known, Scope, Unreadable, attribute, builtin
from s2sad.frontend.static_classes import StaticClass
from s2sad.frontend.typetext import DTYPES, parse_type, parse_types
from s2sad.ir.dims import Dim, Symbol, fresh
from s2sad.ir.types import BOOL, COMPLEX, FLOAT, INT, STR, UNKNOWN, Array, Dict, List, Literal, Record, Tuple, Type
from s2sad.parsing import syntax_tree

__all__ = ["annotation_type", "parse_type", "parse_types"]

_CLASSES: dict[type, Type] = {
    float: FLOAT,
    int: INT,
    bool: BOOL,
    complex: COMPLEX,
    str: STR,
    list: List(UNKNOWN),
    dict: Dict(UNKNOWN),
    np.ndarray: Array(),
}
_DEEPEST = 3
_SCALAR_CLASSES = {dtype.type: dtype for dtype in DTYPES.values()}
_JAXTYPING: dict[str, np.dtype[Any] | None] = {
    **dict.fromkeys(("Float", "Inexact", "Num", "Real", "Shaped", "Int", "UInt", "Integer", "Complex")),
    **{f"Float{n}": np.dtype(f"float{n}") for n in (16, 32, 64)},
    **{f"{sign}Int{n}": np.dtype(f"{sign.lower()}int{n}") for sign in ("", "U") for n in (8, 16, 32, 64)},
    **{f"Complex{n}": np.dtype(f"complex{n}") for n in (64, 128)},
    "Bool": np.dtype(bool),
}
"""The names of jaxtyping, and the dtype of each that stands for a single one."""


def annotation_type(node: Any, scope: Scope) -> Type | None:
    """Return the type that an annotation gives.

    Parameters
    ----------
    node : gast.expr or None
        The annotation.
    scope : Scope
        What the names in it mean.

    Returns
    -------
    Type or None
        None where the annotation says nothing that is of use here. Annotations are read for many purposes, so that
        one which is not understood is not an error.
    """
    match node:
        case None:
            return None
        case gast.Constant() if node.value is None:
            return Literal(None)
        case gast.Constant() if isinstance(node.value, str):
            return _of_text(node.value, scope)
        case gast.Name() | gast.Attribute():
            return _of_name(_meaning(node, scope), getattr(scope, "depth", 0))
        case gast.Subscript():
            return _of_subscript(node, scope)
        case _:
            return None


def _of_text(text: str, scope: Scope) -> Type | None:
    """Read a string: the notation for types, or an annotation that is quoted."""
    try:
        return parse_type(text)
    except DifferentiationError:
        pass
    try:
        node = to_gast(syntax_tree(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    quoted = isinstance(node, gast.Constant) and isinstance(node.value, str)
    return None if quoted else annotation_type(node, scope)


def _meaning(node: Any, scope: Scope) -> Any:
    """Return the object that a name stands for, or the dotted path of what was imported under it."""
    match _entity(node, scope):
        case Known(value):
            return value
        case Unreadable(origin=origin):
            return origin
        case _:
            return None


def _entity(node: Any, scope: Scope) -> Entity | None:
    match node:
        case gast.Name():
            return scope.lookup(node.id)
        case gast.Attribute():
            owner = _entity(node.value, scope)
            return None if owner is None else attribute(owner, node.attr)
        case _:
            return None


def _of_name(meaning: Any, depth: int = 0) -> Type | None:
    if isinstance(meaning, StaticClass):
        return meaning.type
    if not isinstance(meaning, type):
        return None
    scope = _Module(vars(sys.modules.get(meaning.__module__, object)), depth + 1)
    if depth > _DEEPEST:
        # a class may have fields of itself
        return None
    names = getattr(meaning, "_fields", None)
    if issubclass(meaning, tuple) and isinstance(names, tuple):
        notes = getattr(meaning, "__annotations__", {})
        return Tuple(tuple(_of_field(notes.get(name), scope) or UNKNOWN for name in names), meaning)
    if is_dataclass(meaning) and is_object_class(meaning):
        return Record(meaning, tuple((one.name, _of_field(one.type, scope) or UNKNOWN) for one in fields(meaning)))
    if issubclass(meaning, np.generic):
        dtype = _dtype(meaning)
        return None if dtype is None else Array(dtype, (), scalar=True)
    return _CLASSES.get(meaning) or generator_type(meaning)


@dataclass(frozen=True, slots=True)
class _Module:
    """The names of a module that has been imported."""

    names: Mapping[str, Any]
    depth: int

    def lookup(self, name: str) -> Entity | None:
        """Return what a name is bound to; None for a name that is not bound."""
        return Known(self.names[name]) if name in self.names else builtin(name)

    def imported(self, path: str, level: int) -> Entity | None:
        """Return nothing: an annotation imports no module."""
        return None


def _of_field(annotation: Any, scope: Scope) -> Type | None:
    """Return the type that the annotation of a field of a dataclass gives, an object or a text."""
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    return (
        _of_text(annotation, scope) if isinstance(annotation, str) else _of_name(annotation, getattr(scope, "depth", 0))
    )


def _dtype(meaning: Any) -> np.dtype[Any] | None:
    """Return the dtype of a scalar class; None for an abstract one such as `np.floating`, and for what is no number."""
    return _SCALAR_CLASSES.get(meaning) if isinstance(meaning, type) else None


def _of_subscript(node: Any, scope: Scope) -> Type | None:
    base = _meaning(node.value, scope)
    arguments = list(node.slice.elts) if isinstance(node.slice, gast.Tuple) else [node.slice]
    name = _jaxtyping_name(base)
    if name is not None:
        return _of_jaxtyping(name, arguments, scope)
    if base is np.ndarray:
        return _of_ndarray(arguments, scope)
    if base is not None and base is getattr(sys.modules.get("numpy.typing"), "NDArray", None):
        return Array(_dtype(_meaning(arguments[0], scope)))
    if base is list and len(arguments) == 1:
        return List(annotation_type(arguments[0], scope) or UNKNOWN)
    if base is tuple and not any(_is_ellipsis(one) for one in arguments):
        return Tuple(tuple(annotation_type(one, scope) or UNKNOWN for one in arguments))
    if base is dict and len(arguments) == 2:
        return Dict(annotation_type(arguments[1], scope) or UNKNOWN)
    if base is typing.Annotated:
        return annotation_type(arguments[0], scope)
    return None


def _is_ellipsis(node: Any) -> bool:
    return isinstance(node, gast.Constant) and node.value is Ellipsis


def _of_ndarray(arguments: list[Any], scope: Scope) -> Type:
    """Read `np.ndarray[shape, np.dtype[np.float64]]`."""
    dtype = None
    if len(arguments) == 2 and isinstance(arguments[1], gast.Subscript):
        dtype = _dtype(_meaning(arguments[1].slice, scope))
    shape = None
    first = arguments[0]
    if isinstance(first, gast.Subscript) and _meaning(first.value, scope) is tuple:
        axes = first.slice.elts if isinstance(first.slice, gast.Tuple) else [first.slice]
        shape = None if any(map(_is_ellipsis, axes)) else tuple(fresh() for _ in axes)
    return Array(dtype, shape)


def _jaxtyping_name(base: Any) -> str | None:
    path = base if isinstance(base, str) else f"{getattr(base, '__module__', '')}.{getattr(base, '__name__', '')}"
    name = path.rpartition(".")[2]
    return name if path.startswith("jaxtyping.") and name in _JAXTYPING else None


def _of_jaxtyping(name: str, arguments: list[Any], scope: Scope) -> Type | None:
    """Read `Float[np.ndarray, "N D"]`."""
    match arguments:
        case [array, gast.Constant() as axes] if isinstance(axes.value, str):
            scalar = annotation_type(array, scope)
            if scalar in (FLOAT, INT, BOOL, COMPLEX):
                return scalar
            return Array(_JAXTYPING[name], _axes(axes.value))
        case _:
            return None


def _axes(text: str) -> tuple[Dim, ...] | None:
    """Read the axes of jaxtyping; what is not a plain name or number is a length of which nothing is known."""
    dims: list[Dim] = []
    for axis in text.split():
        if axis == "..." or axis.startswith("*"):
            return None
        _, named, number = axis.rpartition("=")
        if number.isdecimal():
            dims.append(int(number))
        elif axis.isidentifier() and not axis.startswith("_") and not named:
            dims.append(Symbol(axis))
        else:
            dims.append(fresh())
    return tuple(dims)
