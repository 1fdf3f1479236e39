"""Functions that select elements, by indices that are computed from integers, and those that pad and choose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.ir.types import Literal, Scalar, Tuple
from s2sad.rules.arguments import array, is_static, kind, rank, refuse
from s2sad.rules.composing import composed
from s2sad.rules.homes import HOMES
from s2sad.rules.rearranging import along, as_array, axes_of, converted, counted, items, one_axis, shape
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol, record

# -- elements that stand at known places -----------------------------------------------------------------------------


def _places(a: Any) -> Any:
    """Return the number of each element of an array, in its shape."""
    lengths = shape(a)
    size = a.size
    counted = np.arange(size) if isinstance(size, int) else record(size.builder, np.arange, size)
    return counted if len(lengths) == 1 else np.reshape(counted, lengths)


def _moved(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return the definition of a function that puts elements elsewhere: it is applied to their numbers."""

    def definition(a: Any, *args: Any, **options: Any) -> Any:
        a = as_array(a)
        flat = a if axes_of(name, a) == 1 else np.ravel(a)
        places = _places(a)
        return flat[function(places, *args, **options) if isinstance(places, np.ndarray) else record(
            places.builder, function, places, *args, **options)]  # fmt: skip

    return definition


composed(np.diagonal, _moved(np.diagonal, "np.diagonal"))
composed(np.resize, _moved(np.resize, "np.resize"))


def _delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    a = as_array(arr)
    if axis is None:
        return _moved(np.delete, "np.delete")(a, obj)
    along_axis = one_axis("np.delete", axis, axes_of("np.delete", a))
    places = counted(a, along_axis)
    kept = np.delete(places, obj) if isinstance(places, np.ndarray) else record(places.builder, np.delete, places, obj)
    return a[along(along_axis, kept)]


def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    a, values = as_array(arr), as_array(values)
    if axis is None:
        a, axis = (a if axes_of("np.insert", a) == 1 else np.ravel(a)), 0
    axes = axes_of("np.insert", a)
    goal = one_axis("np.insert", axis, axes)
    axes_of("np.insert", values)
    if kind(a) != "f":
        raise Unsupported("np.insert into what is not known to be an array of floats has no derivative rule")
    block = _inserted(a, obj, values, goal)
    count = shape(block)[goal]
    # the places of what is inserted are numbered after those of the array
    old, length = counted(a, goal), shape(a)[goal]
    new = length + (np.arange(count) if isinstance(count, int) else record(count.builder, np.arange, count))
    places = (
        np.insert(old, obj, new)
        if all(isinstance(one, np.ndarray) for one in (old, new)) and is_static(obj)
        else record(_builder(old, new, obj), np.insert, old, obj, new)
    )
    return np.concatenate([a, block], axis=goal)[along(goal, places)]


def _builder(*values: Any) -> Any:
    return next(one.builder for one in values if isinstance(one, Symbol))


def _inserted(a: Any, obj: Any, values: Any, axis: int) -> Any:
    """Return the values that are inserted in the shape of the rows that they become."""
    axes, places = axes_of("np.insert", a), as_array(obj)
    if isinstance(places, slice) or kind(places) not in ("i", "u"):
        raise Unsupported("np.insert at what is not known to be integers has no derivative rule: give their numbers")
    missing = axes - axes_of("np.insert", values)
    spread = np.reshape(values, (*(1,) * missing, *shape(values))) if missing > 0 else values
    if axes_of("np.insert", places) == 0:
        spread = np.moveaxis(spread, 0, axis) if axis else spread
        count = shape(spread)[axis]
    else:
        (count,) = shape(places)
        count = shape(spread)[axis] if isinstance(count, int) and count == 1 else count
    whole = (*shape(a)[:axis], count, *shape(a)[axis + 1 :])
    spread = np.broadcast_to(spread, whole)
    dtype = getattr(a, "dtype", None)
    if dtype is None:
        raise Unsupported("np.insert into an array of unknown dtype has no derivative rule: give the types")
    return spread if getattr(spread, "dtype", None) == dtype else converted(spread, dtype=dtype.type)


def _trim_zeros(filt: Any, trim: Any = "fb", **options: Any) -> Any:
    refuse("np.trim_zeros", **options)
    a = as_array(filt)
    if axes_of("np.trim_zeros", a) != 1 or trim not in ("fb", "bf", "f", "b"):
        raise Unsupported("np.trim_zeros of what is no vector, or with trim= that is not known, has no derivative rule")
    counts = a != 0
    kept = []
    if "f" in trim:
        kept.append(np.cumsum(counts) > 0)
    if "b" in trim:
        kept.append(np.flip(np.cumsum(np.flip(counts))) > 0)
    return a[np.flatnonzero(kept[0] if len(kept) == 1 else kept[0] & kept[1])]


def _diagflat(v: Any, k: Any = 0) -> Any:
    a = as_array(v)
    axes = axes_of("np.diagflat", a)
    flat = a if axes == 1 else np.reshape(a, (1,)) if axes == 0 else np.ravel(a)
    return np.diag(flat) if isinstance(k, int) and k == 0 else np.diag(flat, k)


def _compress(condition: Any, a: Any, axis: Any = None) -> Any:
    a, condition = as_array(a), as_array(condition)
    if axis is None:
        return (a if axes_of("np.compress", a) == 1 else np.ravel(a))[np.flatnonzero(condition)]
    return a[along(one_axis("np.compress", axis, axes_of("np.compress", a)), np.flatnonzero(condition))]


def _extract(condition: Any, arr: Any) -> Any:
    a = as_array(arr)
    return (a if axes_of("np.extract", a) == 1 else np.ravel(a))[np.flatnonzero(as_array(condition))]


def _take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    axes = axes_of("np.take_along_axis", arr)
    if axis is None:
        return (arr if axes == 1 else np.ravel(arr))[indices]
    return arr[places_along_axis("np.take_along_axis", arr, indices, axis)]


def places_along_axis(name: str, arr: Any, indices: Any, axis: Any) -> Any:
    """Return the index of the elements that stand at `indices` along an axis, and at their own places otherwise."""
    axes = axes_of(name, arr)
    goal = one_axis(name, axis, axes)
    if axes_of(name, indices) != axes:
        raise Unsupported(f"{name} with indices of another number of axes has no derivative rule")
    places = [indices if k == goal else _upright(counted(arr, k), k, axes) for k in range(axes)]
    return tuple(places) if axes > 1 else indices


def _upright(counted: Any, axis: int, axes: int) -> Any:
    return np.reshape(counted, tuple(-1 if k == axis else 1 for k in range(axes)))


composed(np.delete, _delete)
composed(np.insert, _insert)
composed(np.trim_zeros, _trim_zeros)
composed(np.diagflat, _diagflat)
composed(np.compress, _compress)
composed(np.extract, _extract)
composed(np.take_along_axis, _take_along_axis)

# -- padding ---------------------------------------------------------------------------------------------------------

_GATHERING = ("edge", "reflect", "symmetric", "wrap")
_STATISTICS: dict[str, Any] = {"maximum": np.max, "minimum": np.min, "mean": np.mean, "median": np.median}


def _pad(array: Any, pad_width: Any, mode: Any = "constant", **options: Any) -> Any:
    a = as_array(array)
    axes = axes_of("np.pad", a)
    if not is_static(pad_width) or isinstance(pad_width, dict):
        raise Unsupported("np.pad by a width that is not a constant has no derivative rule")
    if mode in _STATISTICS or mode == "linear_ramp":
        return _extended(a, np.broadcast_to(np.asarray(pad_width), (axes, 2)).tolist(), mode, **options)
    if mode not in ("constant", *_GATHERING):
        raise Unsupported(f"np.pad with mode={mode!r} has no derivative rule")
    widths = np.broadcast_to(np.asarray(pad_width), (axes, 2)).tolist()
    values = options.pop("constant_values", 0)
    refuse("np.pad", **{key: value for key, value in options.items() if value != "even"})
    if not is_static(values):
        raise Unsupported("np.pad with constant_values that are not constants has no derivative rule")
    fills = np.broadcast_to(np.asarray(values), (axes, 2)).tolist()
    for axis, (before, after) in enumerate(widths):
        if mode == "constant":
            a = _framed(a, axis, before, after, fills[axis])
        elif before or after:
            places = counted(a, axis)
            a = a[along(axis, np.pad(places, (before, after), mode=mode))]
    return a


def _extended(a: Any, widths: list[Any], mode: str, *, stat_length: Any = None, end_values: Any = 0) -> Any:
    """Return an array with statistics of its ends, or ramps from these to a value, at both sides of each axis."""
    if not is_static(stat_length) or not is_static(end_values):
        raise Unsupported("np.pad with a stat_length or end_values that are no constants has no derivative rule")
    lengths = np.broadcast_to(np.asarray(stat_length), (len(widths), 2)).tolist()
    ends = np.broadcast_to(np.asarray(end_values), (len(widths), 2)).tolist()
    for axis, (before, after) in enumerate(widths):
        parts = [a]
        for k, count in enumerate((before, after)):
            taken = 1 if mode == "linear_ramp" else lengths[axis][k]
            start, stop = (None, taken) if k == 0 else (None if taken is None else -taken, None)
            edge = a[along(axis, slice(start, stop))]
            if mode == "linear_ramp":
                steps = np.arange(count) / max(count, 1)
                steps = np.reshape(steps if k == 0 else steps[::-1], (-1, *(1,) * (len(widths) - axis - 1)))
                block = ends[axis][k] * (1 - steps) + edge * steps
            else:
                block = np.repeat(_STATISTICS[mode](edge, axis=axis, keepdims=True), count, axis=axis)
            if count:
                parts = [*parts, block] if k else [block, *parts]
        a = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=axis)
    return a


def _framed(a: Any, axis: int, before: int, after: int, fills: list[Any]) -> Any:
    parts = [a]
    for count, fill, at in ((before, fills[0], 0), (after, fills[1], 1)):
        if count:
            size = (*shape(a)[:axis], count, *shape(a)[axis + 1 :])
            dtype = a.dtype.type if isinstance(a, Symbol) and a.dtype not in (None, np.float64) else None
            kept = {} if dtype is None else {"dtype": dtype}
            block = _constant(a, size, fill, kept)
            parts = [*parts, block] if at else [block, *parts]
    return a if len(parts) == 1 else np.concatenate(parts, axis=axis) if axis else np.concatenate(parts)


def _constant(a: Any, size: tuple[Any, ...], fill: Any, kept: dict[str, Any]) -> Any:
    if not isinstance(a, Symbol):
        return np.full(size, fill, **kept)
    if fill == 0:
        return record(a.builder, np.zeros, size, **kept)
    return record(a.builder, np.full, size, float(fill), **kept)


composed(np.pad, _pad)

# -- choosing --------------------------------------------------------------------------------------------------------


def _one_dtype(name: str, choices: list[Any]) -> None:
    """Refuse numbers beside arrays of another dtype than float64: NumPy gives them that of the arrays."""
    dtypes = {one.dtype for one in choices if isinstance(one, Symbol | np.ndarray) and rank(one) != 0}
    if dtypes - {None, np.dtype(float)} and any(rank(one) == 0 and not isinstance(one, int) for one in choices):
        raise Unsupported(f"{name} of numbers beside arrays that are not float64 has no derivative rule")


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    _one_dtype("np.select", [*items("np.select", choicelist), default])
    result = default
    pairs = zip(items("np.select", condlist), items("np.select", choicelist), strict=True)
    for condition, choice in reversed(list(pairs)):
        result = np.where(condition, choice, result)
    return result


def _choose(a: Any, choices: Any, **options: Any) -> Any:
    refuse("np.choose", **{key: value for key, value in options.items() if value != "raise"})
    _one_dtype("np.choose", items("np.choose", choices))
    a = as_array(a)
    result, *rest = reversed(items("np.choose", choices))
    for k, choice in zip(range(len(rest) - 1, -1, -1), rest, strict=True):
        result = np.where(a == k, choice, result)
    return result


composed(np.select, _select)
composed(np.choose, _choose)

# -- grids -----------------------------------------------------------------------------------------------------------


def _meshgrid(*xi: Any, copy: Any = True, sparse: Any = False, indexing: Any = "xy") -> Any:
    if not is_static((copy, sparse, indexing)) or not copy:
        raise Unsupported("np.meshgrid with copy=False or options that are not constants has no derivative rule")
    arrays = [as_array(one) for one in xi]
    flat = [one if axes_of("np.meshgrid", one) == 1 else np.ravel(one) for one in arrays]
    places = list(range(len(flat)))
    if indexing == "xy" and len(flat) > 1:
        places[:2] = [1, 0]
    lengths = [shape(flat[places.index(k)])[0] for k in range(len(flat))]
    grids = [_upright(one, k, len(flat)) for one, k in zip(flat, places, strict=True)]
    whole = grids if sparse or len(flat) == 1 else [np.broadcast_to(one, tuple(lengths)) for one in grids]
    return tuple(whole)


def _broadcast_arrays(*args: Any, **options: Any) -> Any:
    refuse("np.broadcast_arrays", **options)
    for one in args:
        array("np.broadcast_arrays", one)
        if rank(one) is None:
            raise Unsupported("np.broadcast_arrays of arrays that are not known has no derivative rule: give the types")
    total = np.zeros_like(args[0])
    for one in args[1:]:
        total = total + np.zeros_like(one)
    return tuple(np.broadcast_to(one, total.shape) for one in args)


composed(np.meshgrid, _meshgrid)
composed(np.broadcast_arrays, _broadcast_arrays)

# -- windows ---------------------------------------------------------------------------------------------------------


def _lengths(name: str, window_shape: Any) -> Any:
    """Return the lengths of windows along each axis, which may be numbers that the program computes."""
    if isinstance(window_shape, tuple | list):
        return window_shape
    type_ = window_shape.type if isinstance(window_shape, Symbol) else Literal(window_shape)
    match type_:
        case Tuple(items):
            return [window_shape[k] for k in range(len(items))]
        case Scalar("int") | Literal(int()):
            return (window_shape,)
    raise Unsupported(f"{name} of windows whose shape is not known has no derivative rule: give the types")


def _windows(x: Any, window_shape: Any, axis: Any = None, **options: Any) -> Any:
    name = "np.lib.stride_tricks.sliding_window_view"
    refuse(name, **{key: value for key, value in options.items() if value is not False})
    axes = axes_of(name, x)
    if not is_static(axis):
        raise Unsupported(f"{name} along axes that are no constants has no derivative rule")
    sizes = _lengths(name, window_shape)
    over = range(axes) if axis is None else axis if isinstance(axis, tuple | list) else (axis,)
    result = x
    for size, one in zip(sizes, over, strict=True):
        along_axis = one_axis(name, one, axes)
        numbers = counted(result, along_axis)
        if not is_static(size):
            numbers = numbers[: shape(result)[along_axis] - size + 1]
        elif size > 1:
            numbers = numbers[: 1 - size]
        within = record(size.builder, np.arange, size) if isinstance(size, Symbol) else np.arange(size)
        places = np.add(np.expand_dims(numbers, 1), within)
        taken = result[along(along_axis, places)]
        last = along_axis + 1
        behind = range(last + 1, axes_of(name, result) + 1)
        result = np.transpose(taken, (*range(last), *behind, last)) if behind else taken
    return result


composed(np.lib.stride_tricks.sliding_window_view, _windows)
HOMES[np.lib.stride_tricks.sliding_window_view] = ("numpy", "lib.stride_tricks.sliding_window_view")
