"""Methods of ufuncs that are no functions of NumPy's by another name, and ufuncs that take numbers apart."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.analysis.infer import TYPE_RULES, types
from s2sad.analysis.operands import operand
from s2sad.ir import primitives_stop
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Array, Literal, Type
from s2sad.rules import registry
from s2sad.rules.arguments import along, array, flag, is_static, kind, refuse
from s2sad.rules.composing import composed
from s2sad.rules.homes import HOMES
from s2sad.rules.rearranging import along as index_along
from s2sad.rules.rearranging import axes_of, counted, one_axis
from s2sad.rules.reductions import expanded
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol, record

_FIRST = Literal(0)

# -- running extrema ---------------------------------------------------------------------------------------------------


def _running(ufunc: np.ufunc) -> None:
    """Declare the running extremum: each result is an element, of equal ones the last so far."""
    function, name = ufunc.accumulate, f"np.{ufunc.__name__}.accumulate"

    def definition(a: Any, axis: Any = 0, **options: Any) -> Any:
        refuse(name, **options)
        axes = axes_of(name, a)
        over = one_axis(name, axis, axes)
        if not isinstance(a, Symbol):
            return function(a, axis=over)
        held = record(a.builder, primitives_stop.stop_gradient, a)
        places = [_upright(counted(a, k), axes - k) for k in range(axes)]
        numbers = np.where(held == record(a.builder, function, held, axis=over), places[over], 0)
        places[over] = record(a.builder, np.maximum.accumulate, numbers, axis=over)
        return a[tuple(places)] if axes > 1 else a[places[0]]

    @types(function)
    def type_(_form: Form, a: Type, *_axis: Type, **options: Type) -> Type:
        seen = operand(a)
        return UNKNOWN if seen is None or set(options) - {"axis"} else Array(seen.strong, seen.shape)

    composed(function, definition)
    HOMES[function] = ("numpy", f"{ufunc.__name__}.accumulate")


def _upright(numbers: Any, axes: int) -> Any:
    """Return a vector with axes of length 1 behind it."""
    return np.expand_dims(numbers, tuple(range(1, axes))) if axes > 1 else numbers


_running(np.maximum)
_running(np.minimum)

# -- logarithms of sums of exponentials --------------------------------------------------------------------------------


def _shares(a: Any, y: Any, axis: Any, kept: bool, options: dict[str, Any]) -> Any:
    """Return the derivative of the result by each element; 0 where all of them are -inf."""
    name = "np.logaddexp.reduce"
    refuse(name, **options)
    array(name, a)
    if kind(a) == "c" or not is_static(axis):
        raise Unsupported(f"{name} of complex numbers, or over an axis that is no constant, has no derivative rule")
    return np.exp(a - expanded(np.where(y > -np.inf, y, 0.0), a, axis, kept))


def _logaddexp(d: Any, y: Any, a: Any, axis: Any = 0, *, keepdims: Any = False, **options: Any) -> Any:
    kept = flag("np.logaddexp.reduce", "keepdims", keepdims)
    return expanded(d, a, axis, kept) * _shares(a, y, axis, kept, options)


def _logaddexp_forward(tangents: Any, y: Any, a: Any, axis: Any = 0, *, keepdims: Any = False, **options: Any) -> Any:
    kept = flag("np.logaddexp.reduce", "keepdims", keepdims)
    return np.sum(_shares(a, y, axis, kept, options) * tangents[0], **along(axis, kept))


@types(np.logaddexp.reduce)
def _logaddexp_type(_form: Form, a: Type, axis: Type = _FIRST, **options: Type) -> Type:
    seen = operand(a)
    if seen is None or seen.strong is None or seen.strong.kind != "f":
        return UNKNOWN
    return TYPE_RULES[np.sum](Form.FUNCTION, a, axis=axis, **options)


registry.full(np.logaddexp.reduce, _logaddexp, _logaddexp_forward)
HOMES[np.logaddexp.reduce] = ("numpy", "logaddexp.reduce")

# -- sums of pieces ----------------------------------------------------------------------------------------------------


def _reduceat(a: Any, indices: Any, axis: Any = 0, **options: Any) -> Any:
    name = "np.add.reduceat"
    refuse(name, **options)
    over = one_axis(name, axis, axes_of(name, a))
    if not is_static(indices):
        raise Unsupported(f"{name} at indices that are no constants has no derivative rule")
    starts = np.asarray(indices).tolist()
    pieces = []
    for start, stop in zip(starts, [*starts[1:], None], strict=True):
        # an index that is not below the next one takes a single element
        end = start + 1 if stop is not None and start >= stop else stop
        pieces.append(np.sum(a[index_along(over, slice(start, end))], axis=over, keepdims=True))
    return np.concatenate(pieces, axis=over)


composed(np.add.reduceat, _reduceat)
HOMES[np.add.reduceat] = ("numpy", "add.reduceat")
