"""Types of actual arguments, as general as one compilation can serve.

The lengths of axes become symbols: equal lengths one symbol, so that the type is a pattern of equal dimensions. An axis
of length 1 is the number 1, because it broadcasts.

The items of a list have one type between them. Where the items differ in a length, that length is an opaque one which
stands for *this item's* length: where it occurs twice in the type of an item, two axes of each item agree, and nothing
is said about two items. `ir.types.instantiate` gives whoever takes an item out opaque lengths of its own. Lengths that
are the same in every item are ordinary symbols.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import reduce
from typing import Any, NoReturn

import numpy as np

from s2sad.errors import Diagnostic, DifferentiationTypeError
from s2sad.frontend.generators import generator_type
from s2sad.frontend.records import is_object_class, is_rebuilt, state_of
from s2sad.ir.dims import Dim, Opaque, Symbol, fresh
from s2sad.ir.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    STR,
    UNDEFINED,
    UNKNOWN,
    Array,
    Dict,
    List,
    Literal,
    Record,
    Tuple,
    Type,
    join,
    map_dims,
)

_SCALARS: dict[type, Type] = {
    float: FLOAT,
    int: INT,
    bool: BOOL,
    complex: COMPLEX,
    str: STR,
    type(None): Literal(None),
}
_LETTERS = "NMKLPQRSTUVWABCDEFGH"
_NUMBER_KINDS = "biufc"
_DEEPEST = 4
"""How many objects may be inside one another: what is further in may lead back to where it is held."""


def type_of_arguments(args: Sequence[Any], lists_apart: bool = False) -> tuple[Type, ...]:
    """Return the types of arguments, with the pattern of equal lengths over all of them.

    Parameters
    ----------
    args : sequence of objects
        The arguments of one call.
    lists_apart : bool
        Whether lists have as many items as these, each with a type of its own.

    Returns
    -------
    tuple of Type
        One for each. A list without items is a `List(UNDEFINED)`: every type is more general than that of no item. An
        object of a class that is not understood is `UNKNOWN`.

    Raises
    ------
    DifferentiationTypeError
        S2S013 for an array of objects, strings or dates, and for a subclass of `np.ndarray`.
    """
    pattern = _Pattern(lists_apart)
    try:
        return tuple(pattern.type([arg], None) for arg in args)
    except RecursionError:
        _refuse("an argument contains itself, or is nested too deeply", "pass plain tuples, lists and dicts of arrays")


def captured_type(value: Any) -> Type:
    """Return the type of an object read from a global or a closure; it promises no length but 1."""
    (type_,) = type_of_arguments([value])
    return map_dims(type_, lambda dim: dim if isinstance(dim, int) else fresh())


class _Pattern:
    """The symbols given out so far.

    Every function here takes a *column*: the values that stand at one place in all the items of the lists around it.
    An argument that is in no list is a column of one.
    """

    def __init__(self, lists_apart: bool) -> None:
        self._lists_apart = lists_apart
        self._global: dict[int, Symbol] = {}
        self._item: dict[tuple[int, tuple[int, ...]], Opaque] = {}
        self._scopes = 0
        self._depth = 0

    def type(self, column: list[Any], scope: int | None) -> Type:
        """Return the type of all values of a column; `scope` numbers the innermost list around it."""
        cls = type(column[0])
        if any(type(value) is not cls for value in column):
            return self._unknown(column, scope)
        if cls in _SCALARS:
            return _SCALARS[cls]
        for kind, make in _STRUCTURES:
            if issubclass(cls, kind):
                return make(self, column, scope)
        drawn_from = generator_type(cls)
        if drawn_from is not None:
            return drawn_from
        return self.object_type(column, scope) if is_object_class(cls) else UNKNOWN

    def array_type(self, column: list[np.ndarray[Any, Any]], scope: int | None) -> Type:
        """Return the type of arrays."""
        for value in column:
            _check_array(value)
        dtypes = {value.dtype for value in column}
        dtype = dtypes.pop() if len(dtypes) == 1 else None
        if len({value.ndim for value in column}) > 1:
            return Array(dtype)
        axes = zip(*(value.shape for value in column), strict=True)
        return Array(dtype, tuple(self._dim(lengths, scope) for lengths in axes))

    def scalar_type(self, column: list[np.generic], scope: int | None) -> Type:
        """Return the type of NumPy scalars."""
        for value in column:
            _check_dtype(value.dtype, type(value).__name__)
        return Array(column[0].dtype, (), scalar=True)

    def tuple_type(self, column: list[tuple[Any, ...]], scope: int | None) -> Type:
        """Return the type of tuples and named tuples."""
        cls = type(column[0])
        if cls is not tuple and not hasattr(cls, "_fields"):
            return UNKNOWN
        if len({len(value) for value in column}) > 1:
            return self._unknown(column, scope)
        items = tuple(self.type(list(inner), scope) for inner in zip(*column, strict=True))
        return Tuple(items, None if cls is tuple else cls)

    def list_type(self, column: list[list[Any]], scope: int | None) -> Type:
        """Return the type of lists."""
        if type(column[0]) is not list:
            return UNKNOWN
        items = [item for value in column for item in value]
        if not items:
            return List(UNDEFINED)
        if self._lists_apart and len({len(value) for value in column}) == 1:
            types = tuple(self.type(list(inner), scope) for inner in zip(*column, strict=True))
            return List(reduce(join, types), types)
        self._scopes += 1
        return List(self.type(items, self._scopes))

    def dict_type(self, column: list[dict[Any, Any]], scope: int | None) -> Type:
        """Return the type of dicts."""
        if type(column[0]) is not dict:
            return UNKNOWN
        if any(list(value) != list(column[0]) for value in column):
            return self._unknown(column, scope)
        entries = tuple((key, self.type([value[key] for value in column], scope)) for key in column[0])
        types = {type_ for _, type_ in entries}
        return Dict(types.pop() if len(types) == 1 else UNKNOWN, entries)

    def object_type(self, column: list[Any], scope: int | None) -> Type:
        """Return the type of objects of one class: that of the attributes which they hold."""
        states = [state_of(value) for value in column]
        rebuilt = all(map(is_rebuilt, column))
        if any(list(state) != list(states[0]) for state in states) or self._depth >= _DEEPEST:
            return self._unknown(column, scope) if rebuilt else UNKNOWN
        self._depth += 1
        try:
            columns = {name: [state[name] for state in states] for name in states[0]}
            attribute = self.type if rebuilt else self._attribute
            entries = tuple((name, attribute(inner, scope)) for name, inner in columns.items())
        finally:
            self._depth -= 1
        return Record(type(column[0]), entries, rebuilt)

    def _attribute(self, column: list[Any], scope: int | None) -> Type:
        """Return the type of an attribute that the program may never look at."""
        try:
            return self.type(column, scope)
        except DifferentiationTypeError:
            return UNKNOWN

    def _unknown(self, column: list[Any], scope: int | None) -> Type:
        """Return the type of values that differ in structure; what is in them is checked all the same."""
        for value in column:
            self.type([value], scope)
        return UNKNOWN

    def _dim(self, lengths: tuple[int, ...], scope: int | None) -> Dim:
        if len(set(lengths)) == 1:
            if lengths[0] == 1:
                return 1
            return self._global.setdefault(lengths[0], Symbol(_name(len(self._global))))
        # only lists make a column of several values, so there is a scope; equal arguments must have equal types, so the
        # serial numbers are given out here: negative ones, which `fresh` never gives
        return self._item.setdefault((scope or 0, lengths), Opaque(-1 - len(self._item)))


_STRUCTURES: tuple[tuple[type, Callable[[_Pattern, Any, int | None], Type]], ...] = (
    (np.ndarray, _Pattern.array_type),
    (np.generic, _Pattern.scalar_type),
    (tuple, _Pattern.tuple_type),
    (list, _Pattern.list_type),
    (dict, _Pattern.dict_type),
)


def _name(number: int) -> str:
    """Return N, M, K and so on, and after the last letter N1, M1, K1."""
    turn, letter = divmod(number, len(_LETTERS))
    return _LETTERS[letter] + (str(turn) if turn else "")


def _check_array(value: np.ndarray[Any, Any]) -> None:
    if type(value) is not np.ndarray:
        name = type(value).__name__
        _refuse(f"arguments of class {name} are not supported", f"pass `np.asarray(...)` of the {name}")
    _check_dtype(value.dtype, f"an array of {value.dtype}")


def _check_dtype(dtype: np.dtype[Any], name: str) -> None:
    if dtype.kind not in _NUMBER_KINDS:
        _refuse(f"an argument of dtype {dtype} cannot be used ({name})", "pass arrays of numbers")


def _refuse(message: str, advice: str) -> NoReturn:
    raise DifferentiationTypeError([Diagnostic("S2S013", message, advice)])


_plain_patterns: set[tuple[type, ...]] = set()
"""Combinations of scalar classes that have been seen: the classes are the whole key."""


def shape_key(args: Sequence[Any]) -> Hashable:
    """Return a key for looking compiled functions up: arguments with equal keys have equal types.

    Parameters
    ----------
    args : sequence of objects
        The arguments of one call.
    """
    classes = tuple(map(type, args))
    if classes in _plain_patterns:
        return classes
    if all(cls in _SCALARS for cls in classes):
        _plain_patterns.add(classes)
        return classes
    try:
        # arrays first, without a call: they are what a loss is given most
        return tuple([(arg.dtype, arg.shape) if type(arg) is np.ndarray else _key(arg) for arg in args])
    except RecursionError:
        _refuse("an argument contains itself, or is nested too deeply", "pass plain tuples, lists and dicts of arrays")


def _key(value: Any, depth: int = 0) -> Any:
    cls = type(value)
    if cls is np.ndarray:
        return value.dtype, value.shape
    if cls in _SCALARS:
        return cls
    if cls is list or isinstance(value, tuple):
        return cls, *[_key(one, depth) for one in value]
    if cls is dict:
        return cls, *value, *[_key(one, depth) for one in value.values()]
    if isinstance(value, np.generic):
        return cls, value.dtype
    if is_object_class(cls) and depth < _DEEPEST:
        return cls, *((name, _key(one, depth + 1)) for name, one in state_of(value).items())
    return cls
