"""Types of functions whose results carry no derivative: makers of indices, questions about types, texts, windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import length, lengths, of_length, operand, static
from s2sad.ir import dims
from s2sad.ir.program import Form
from s2sad.ir.types import BOOL, STR, UNKNOWN, Array, Literal, Scalar, Tuple, Type, Unknown, widen

_INDEX = np.dtype(np.intp)
_TWO = Literal(2)


def _index_arrays(count: int) -> Type:
    """Return the type of several index arrays of the same length."""
    return Tuple((Array(_INDEX, (dims.fresh(),)),) * count)


@types(np.tril_indices, np.triu_indices, np.tril_indices_from, np.triu_indices_from, np.mask_indices)
def _pairs(_form: Form, *_args: Type, **_options: Type) -> Type:
    return _index_arrays(2)


@types(np.diag_indices)
def _diagonal(_form: Form, n: Type, ndim: Type = _TWO) -> Type:
    count = static(ndim)
    return Tuple((Array(_INDEX, (length(n),)),) * count) if isinstance(count, int) else UNKNOWN


@types(np.diag_indices_from)
def _diagonal_of(_form: Form, a: Type) -> Type:
    seen = operand(a)
    return UNKNOWN if seen is None or not seen.shape else Tuple((Array(_INDEX, seen.shape[:1]),) * len(seen.shape))


@types(np.lexsort)
def _order(_form: Form, keys: Type, *_axis: Type, **_options: Type) -> Type:
    seen = operand(keys)
    return UNKNOWN if seen is None or not seen.shape else Array(_INDEX, seen.shape[1:] or None)


@types(np.isneginf, np.isposinf)
def _infinite(_form: Form, x: Type) -> Type:
    seen = operand(x)
    return UNKNOWN if seen is None or seen.shape is None else Array(np.dtype(bool), seen.shape, seen.shape == ())


@types(
    np.array_equiv, np.can_cast, np.issubdtype, np.iterable, *(getattr(np, n) for n in ("isdtype",) if hasattr(np, n))
)
def _truth(_form: Form, *_args: Type, **_options: Type) -> Type:
    return BOOL


@types(np.isscalar)
def _isscalar(_form: Form, x: Type) -> Type:
    match widen(x):
        case Scalar():
            return Literal(True)
        case Array(scalar=True):
            return Literal(True)
        case Array(shape=tuple() as shape) if shape:
            return Literal(False)
        case _:
            return BOOL


def _asks_for_complex(is_complex: bool) -> Callable[..., Type]:
    def rule(_form: Form, x: Type) -> Type:
        seen = None if isinstance(x, Unknown) else operand(x)
        if seen is None or seen.strong is None:
            return BOOL
        return Literal((seen.strong.kind == "c") is is_complex)

    return rule


types(np.iscomplexobj)(_asks_for_complex(True))
types(np.isrealobj)(_asks_for_complex(False))


@types(np.broadcast_shapes)
def _shape(_form: Form, *shapes: Type) -> Type:
    known = [one for one in map(lengths, shapes) if one is not None]
    common = dims.broadcast_shapes(*known) if len(known) == len(shapes) else None
    return UNKNOWN if common is None else Tuple(tuple(map(of_length, common)))


@types(
    *(np.base_repr, np.binary_repr, np.array2string, np.array_repr, np.array_str, np.typename, np.mintypecode),
    *(np.format_float_positional, np.format_float_scientific),
)
def _text(_form: Form, *_args: Type, **_options: Type) -> Type:
    return STR


# -- what may vary with an argument, so that it has a type and no rule: a derivative by it is refused ------------------


@types(np.hamming, np.hanning, np.blackman, np.bartlett)
def _window(_form: Form, M: Type) -> Type:  # noqa: N803 - NumPy's name
    return Array(np.dtype(float), (length(M),))


@types(np.kaiser)
def _kaiser(form: Form, M: Type, beta: Type) -> Type:  # noqa: N803 - NumPy's name
    return _window(form, M)


_SETS = ("unique_all", "unique_counts", "unique_inverse", "unique_values")


@types(*(getattr(np, name) for name in _SETS if hasattr(np, name)))
def _distinct(_form: Form, *_args: Any, **_options: Any) -> Type:
    return UNKNOWN
