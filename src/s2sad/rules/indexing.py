"""Reading, writing and masking elements."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from s2sad.ir import primitives, primitives_stores
from s2sad.ir.primitives_stores import Path, Step
from s2sad.ir.program import Call
from s2sad.ir.types import Array, Dict, List, Literal, Scalar, Slice
from s2sad.rules import registry
from s2sad.rules.arguments import array, call, kind, rank, refuse
from s2sad.rules.composing import composed
from s2sad.rules.rearranging import as_array
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol, lower


def meets_once(index: Any) -> bool:
    """Tell whether an index of an array is known to meet no element twice."""
    if isinstance(index, tuple):
        return all(map(meets_once, index))
    if isinstance(index, Path):
        return all(meets_once(at) for step in index.steps if step.function is operator.getitem for at in step.arguments)
    if not isinstance(index, Symbol):
        return index is None or index is Ellipsis or isinstance(index, int | np.integer | slice)
    match index.type:
        case Scalar("int") | Slice() | Literal(int() | slice()):
            return True
        case Array(dtype, shape) if dtype is not None:
            return dtype.kind == "b" or (dtype.kind in "iu" and shape == ())
        case _:
            return False


def zeros_for(d: Any, x: Any) -> Any:
    """Return zeros with the structure of `x`, to which the cotangents of its elements are added."""
    is_float_array = isinstance(x, Symbol) and isinstance(x.type, Array) and kind(x) in ("f", "c")
    return np.zeros_like(x) if is_float_array else call(d, primitives.zeros_like, x)


def _getitem(d: Any, y: Any, x: Any, index: Any) -> Any:
    if isinstance(x, tuple | list):
        if isinstance(index, int):
            return [d if k == index % len(x) else None for k in range(len(x))]
        raise Unsupported("a slice of a tuple has no derivative rule: name its items")
    if not isinstance(x, Symbol):
        raise Unsupported(f"an item of a {type(x).__name__} has no derivative rule")
    if x.rank == 0 and (index is Ellipsis or (isinstance(index, tuple) and not index)):
        return d
    if isinstance(x.type, Array) and meets_once(index):
        total, additions = zeros_for(d, x), _additions(d)
        if additions is None:
            return call(d, primitives.add_at, total, index, d)
        for at, part in additions:
            total = call(d, primitives.add_at, total, _along(index, at), part)
        return total
    if isinstance(x.type, List | Dict):
        return call(d, primitives.add_at, zeros_for(d, x), index, d)
    return call(d, primitives.scatter, x, index, d)


def _additions(d: Symbol) -> list[tuple[Any, Any]] | None:
    """Return what is added where, if a cotangent is nothing but zeros with something added at some places."""
    found: list[tuple[Any, Any]] = []
    definitions = d.builder.definitions
    made = definitions.get(d.value)
    while isinstance(made, Call) and made.function is primitives.add_at and isinstance(made.operands[0].type, Array):
        base, at, part = made.operands
        found.append((lower(at, d.builder, definitions.get), Symbol(part, d.builder)))
        made = definitions.get(base)
    is_zero = isinstance(made, Call) and made.function in (np.zeros_like, primitives.zeros_like)
    return found[::-1] if is_zero and found else None


def _along(index: Any, at: Any) -> Path:
    """Return the path to `x[index][at]`."""
    steps = at.steps if isinstance(at, Path) else (Step(operator.getitem, (at,)),)
    return Path((Step(operator.getitem, (index,)), *steps))


def _add_at(d: Any, y: Any, base: Any, index: Any, value: Any) -> Any:
    return d, None, d[index]


def _is_float(x: Any) -> bool:
    """Tell whether a value is known to be a float, or a NumPy scalar of that precision."""
    match getattr(x, "type", None):
        case Scalar("float") | Array(shape=(), scalar=True, dtype_text="<f8"):
            return True
        case _:
            return False


def _set_at(d: Any, y: Any, base: Any, index: Any, value: Any) -> Any:
    is_array = isinstance(base, Symbol) and isinstance(base.type, Array)
    if is_array and base.type.shape == () and not isinstance(index, Path):
        # all of it is overwritten; and its cotangent may be a scalar, which nobody can store into
        return None, None, d
    is_number = is_array or not isinstance(value, Symbol | tuple | list) or _is_float(value)
    zero = 0.0 if is_number else call(d, primitives.zeros_like, value)
    if isinstance(d.type, List | Dict) or meets_once(index):
        taken = d[index]
    elif isinstance(index, Path):
        raise Unsupported("a store at an index of a view that may repeat has no derivative rule: copy the view")
    else:
        taken = call(d, primitives_stores.stored_at, d, index)
    # what is taken is read before it is cleared
    return call(d, primitives.set_at, d, index, zero), None, taken


def _stored_at(d: Any, y: Any, x: Any, index: Any) -> Any:
    return call(d, primitives.set_at, zeros_for(d, x), index, d), None


def _append(d: Any, y: Any, items: Any, item: Any) -> Any:
    return d[:-1], d[-1]


def _take(a: Any, indices: Any, axis: Any = None, **options: Any) -> Any:
    array("np.take", a)
    mode = options.pop("mode", "raise")
    refuse("np.take", **options)
    if mode not in ("raise", "wrap", "clip"):
        raise Unsupported("np.take with mode= that is not a constant has no derivative rule")
    if axis is None:
        a, axis = a if rank(a) == 1 else np.ravel(a), 0
    if not isinstance(axis, int) or (axis < 0 and rank(a) is None):
        raise Unsupported("np.take along an axis that is not known has no derivative rule: count it from 0")
    axis = axis if axis >= 0 else axis + (rank(a) or 0)
    if mode != "raise":
        length = np.shape(a)[axis]
        at = as_array(indices)
        indices = np.remainder(at, length) if mode == "wrap" else np.clip(at, 0, length - 1)
    # a tuple would stand for several axes
    indices = list(indices) if isinstance(indices, tuple) else indices
    return a[(*(slice(None),) * axis, indices) if axis else indices]


def _mask(d: Any, y: Any, condition: Any, x: Any) -> Any:
    return None, call(d, primitives.mask, condition, d)


registry.linear(operator.getitem, _getitem)
composed(np.take, _take)
registry.linear(primitives.add_at, _add_at, argnums=(0, 2), broadcasts=(2,))
registry.linear(
    primitives.scatter, lambda d, y, like, index, value: (None, None, d[index]), argnums=(2,), broadcasts=(2,)
)
registry.linear(primitives.set_at, _set_at, argnums=(0, 2), broadcasts=(2,))
registry.linear(primitives_stores.add_each_at, _add_at, argnums=(0, 2), broadcasts=(2,))
registry.linear(primitives_stores.stored_at, _stored_at)
registry.linear(primitives_stores.append, _append, argnums=(0, 1))
registry.linear(primitives.mask, _mask, argnums=(1,), broadcasts=(1,))
