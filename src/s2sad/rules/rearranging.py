"""Functions that move the elements of arrays: each is composed of slices, gathers, reshapes and concatenations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.ir import primitives_nested
from s2sad.rules.arguments import array, is_static, rank, refuse
from s2sad.rules.composing import composed
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol, record


def axes_of(name: str, a: Any) -> int:
    """Return the number of axes of an argument, which has to be known."""
    array(name, a)
    axes = rank(a)
    if axes is None:
        raise Unsupported(f"{name} of an array of unknown number of axes has no derivative rule: give the types")
    return axes


def one_axis(name: str, axis: Any, axes: int) -> int:
    """Return an axis that is a constant, counted from 0."""
    if not isinstance(axis, int) or not -axes <= axis < axes:
        raise Unsupported(f"{name} with an axis that is no constant of the array has no derivative rule")
    return axis % axes


def shape(a: Any) -> tuple[Any, ...]:
    """Return the lengths of the axes of an array of known rank."""
    found = a.shape if isinstance(a, Symbol) else np.shape(a)
    if not isinstance(found, tuple):
        raise Unsupported("the number of axes of what this is composed of is not known: give the types")
    return found


def along(axis: int, index: Any) -> Any:
    """Return what selects by an index along one axis."""
    return (*(slice(None),) * axis, index) if axis else index


def items(name: str, arrays: Any) -> list[Any]:
    """Return the arrays of a tuple or list whose length is known."""
    if not isinstance(arrays, tuple | list) or not arrays:
        raise Unsupported(f"{name} of a list whose length is not known has no derivative rule: write the items down")
    return list(arrays)


def as_array(x: Any) -> Any:
    """Return an array for a list of values, anything else as it is."""
    if not isinstance(x, tuple | list):
        return x
    symbol = next((one for one in x if isinstance(one, Symbol)), None)
    return np.asarray(x) if symbol is None else record(symbol.builder, np.array, list(x))


def converted(a: Any, **options: Any) -> Any:
    """Return what `np.asarray` makes of an argument."""
    return record(a.builder, np.asarray, a, **options) if isinstance(a, Symbol) else np.asarray(a, **options)


# -- conversions -----------------------------------------------------------------------------------------------------


def _converted(name: str, *, at_least: int = 0) -> Callable[..., Any]:
    """Return the definition of a function that returns its argument as an array that is stored in some way."""

    def definition(a: Any, dtype: Any = None, *_how: Any, **options: Any) -> Any:
        refuse(name, **{key: value for key, value in options.items() if key not in ("order", "requirements")})
        kept = {} if dtype is None else {"dtype": dtype}
        made = as_array(a) if isinstance(a, tuple | list) and dtype is None else converted(a, **kept)
        if rank(made) is None and at_least:
            shape = record(made.builder, np.broadcast_shapes, np.shape(made), (1,))
            return record(made.builder, np.broadcast_to, made, shape)
        return _grown(name, made, at_least) if at_least else made

    return definition


composed(np.asarray_chkfinite, _converted("np.asarray_chkfinite"))
composed(np.require, _converted("np.require"))
composed(np.ascontiguousarray, _converted("np.ascontiguousarray", at_least=1))
composed(np.asfortranarray, _converted("np.asfortranarray", at_least=1))

# -- more axes -------------------------------------------------------------------------------------------------------


_NEW_AXES: dict[int, list[tuple[int, ...]]] = {1: [()], 2: [(), (0,)], 3: [(), (0, 2), (2,)]}
"""Which axes `np.atleast_1d` and its kin insert, for each number of axes that is too small."""


def _with_axes(name: str, least: int) -> Callable[..., Any]:

    def definition(*arrays: Any) -> Any:
        grown = [_grown(name, as_array(one), least) for one in arrays]
        return grown[0] if len(grown) == 1 else tuple(grown)

    return definition


def _grown(name: str, a: Any, least: int) -> Any:
    axes = axes_of(name, a)
    if axes == 0:
        return np.reshape(a, (1,) * least)
    if axes >= least:
        return a
    new = _NEW_AXES[least][axes]
    return np.expand_dims(a, new if len(new) > 1 else new[0])


_at_least = {least: _with_axes(f"np.atleast_{least}d", least) for least in (1, 2, 3)}
composed(np.atleast_1d, _at_least[1])
composed(np.atleast_2d, _at_least[2])
composed(np.atleast_3d, _at_least[3])

# -- joining ---------------------------------------------------------------------------------------------------------


def _joined(arrays: list[Any], axis: int) -> Any:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=axis) if axis else np.concatenate(arrays)


def _hstack(tup: Any, **options: Any) -> Any:
    refuse("np.hstack", **options)
    parts = [_at_least[1](one) for one in items("np.hstack", tup)]
    return _joined(parts, 0 if rank(parts[0]) == 1 else 1)


def _vstack(tup: Any, **options: Any) -> Any:
    refuse("np.vstack", **options)
    return _joined([_at_least[2](one) for one in items("np.vstack", tup)], 0)


def _dstack(tup: Any) -> Any:
    return _joined([_at_least[3](one) for one in items("np.dstack", tup)], 2)


def _column_stack(tup: Any) -> Any:
    parts = [_at_least[1](one) for one in items("np.column_stack", tup)]
    return _joined([one[:, None] if rank(one) == 1 else one for one in parts], 1)


def _append(arr: Any, values: Any, axis: Any = None) -> Any:
    arr, values = as_array(arr), as_array(values)
    if axis is not None:
        return _joined([arr, values], one_axis("np.append", axis, axes_of("np.append", arr)))
    return np.concatenate([_flat("np.append", arr), _flat("np.append", values)])


def _flat(name: str, a: Any) -> Any:
    axes = axes_of(name, a)
    return a if axes == 1 else np.reshape(a, (1,)) if axes == 0 else np.ravel(a)


def _block(arrays: Any) -> Any:
    depth, inner = 0, arrays
    while isinstance(inner, list):
        depth, inner = depth + 1, items("np.block", inner)[0]
    most = max(depth, _most_axes(arrays))
    return _blocks(arrays, depth, most)


def _most_axes(arrays: Any) -> int:
    if isinstance(arrays, list):
        return max(map(_most_axes, items("np.block", arrays)))
    return axes_of("np.block", arrays)


def _blocks(arrays: Any, depth: int, axes: int) -> Any:
    if not isinstance(arrays, list):
        missing = axes - axes_of("np.block", arrays)
        return np.reshape(arrays, (*(1,) * missing, *shape(arrays))) if missing else arrays
    return _joined([_blocks(one, depth - 1, axes) for one in arrays], axes - depth)


composed(np.hstack, _hstack)
composed(np.vstack, _vstack)
composed(np.dstack, _dstack)
composed(np.column_stack, _column_stack)
composed(np.append, _append)
composed(np.block, _block)

# -- turning and repeating -------------------------------------------------------------------------------------------


def _fliplr(m: Any) -> Any:
    array("np.fliplr", m)
    return np.flip(m, axis=1)


def _flipud(m: Any) -> Any:
    array("np.flipud", m)
    return np.flip(m, axis=0)


def _rot90(m: Any, k: Any = 1, axes: Any = (0, 1)) -> Any:
    count = axes_of("np.rot90", m)
    if not isinstance(k, int) or not is_static(axes):
        raise Unsupported("np.rot90 by what is not a constant has no derivative rule")
    first, second = (one_axis("np.rot90", axis, count) for axis in axes)
    turned = np.swapaxes(m, first, second) if k % 2 else m
    match k % 4:
        case 1:
            return np.flip(turned, axis=first)
        case 2:
            return np.flip(m, axis=(first, second))
        case 3:
            return np.flip(turned, axis=second)
        case _:
            return m


def _rollaxis(a: Any, axis: Any, start: Any = 0) -> Any:
    axes = axes_of("np.rollaxis", a)
    if not isinstance(start, int):
        raise Unsupported("np.rollaxis to what is not a constant has no derivative rule")
    source = one_axis("np.rollaxis", axis, axes)
    goal = start + axes if start < 0 else start
    return np.moveaxis(a, source, goal - 1 if source < goal else goal)


def _tile(A: Any, reps: Any) -> Any:  # noqa: N803 - NumPy's name
    a = as_array(A)
    counts = list(reps) if isinstance(reps, tuple | list) else [reps]
    axes = max(axes_of("np.tile", a), len(counts))
    counts = [1] * (axes - len(counts)) + counts
    lengths = [*(1,) * (axes - axes_of("np.tile", a)), *shape(a)]
    apart = [one for pair in zip(counts, lengths, strict=True) for one in pair]
    spread = np.reshape(a, tuple(one for length in lengths for one in (1, length)))
    whole = tuple(times(count, length) for count, length in zip(counts, lengths, strict=True))
    return np.reshape(np.broadcast_to(spread, tuple(apart)), whole)


def times(count: Any, length: Any) -> Any:
    """Return a multiple of a length; ones are left out."""
    if isinstance(count, int) and count == 1:
        return length
    return count if isinstance(length, int) and length == 1 else count * length


def _repeat(a: Any, repeats: Any, axis: Any = None) -> Any:
    a = as_array(a)
    axes = axes_of("np.repeat", a)
    if axis is None:
        a, axes, axis = _flat("np.repeat", a), 1, 0
    axis = one_axis("np.repeat", axis, axes)
    lengths = shape(a)
    if rank(as_array(repeats)) == 0:
        spread = np.broadcast_to(np.expand_dims(a, axis + 1), (*lengths[: axis + 1], repeats, *lengths[axis + 1 :]))
        return np.reshape(spread, (*lengths[:axis], times(repeats, lengths[axis]), *lengths[axis + 1 :]))
    return a[along(axis, np.repeat(counted(a, axis), as_array(repeats)))]


def counted(a: Any, axis: int) -> Any:
    """Return the numbers of the elements along an axis."""
    length = shape(a)[axis]
    return np.arange(length) if isinstance(length, int) else record(length.builder, np.arange, length)


composed(np.fliplr, _fliplr)
composed(np.flipud, _flipud)
composed(np.rot90, _rot90)
composed(np.rollaxis, _rollaxis)
composed(np.tile, _tile)
composed(np.repeat, _repeat)

# -- taking apart ----------------------------------------------------------------------------------------------------


def _array_split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> list[Any]:
    a = as_array(ary)
    along_axis = one_axis("np.split", axis, axes_of("np.split", a))
    if not is_static(indices_or_sections):
        raise Unsupported("np.split at what is not a constant has no derivative rule")
    if isinstance(indices_or_sections, int):
        stops = _stops(shape(a)[along_axis], indices_or_sections)
    else:
        stops = list(map(int, indices_or_sections))
    pairs = zip([None, *stops], [*stops, None], strict=True)
    return [a[along(along_axis, slice(start, stop))] for start, stop in pairs]


def _stops(length: Any, sections: int) -> list[Any]:
    """Return where all parts but the last end, the first ones having one element more if need be."""
    if isinstance(length, int):
        sizes = [len(part) for part in np.array_split(np.arange(length), sections)]
        return [int(stop) for stop in np.cumsum(sizes)[:-1]]
    size, longer = length // sections, np.remainder(length, sections)
    return [k * size + np.minimum(longer, k) for k in range(1, sections)]


def _split(ary: Any, indices_or_sections: Any, axis: Any = 0) -> list[Any]:
    a = as_array(ary)
    along_axis = one_axis("np.split", axis, axes_of("np.split", a))
    length = shape(a)[along_axis]
    if isinstance(indices_or_sections, int) and not isinstance(length, int):
        # the parts are equal, or NumPy raises
        size = length // indices_or_sections
        count = indices_or_sections
        stops = [size if k == 0 else (k + 1) * size if k < count - 1 else None for k in range(count)]
        pairs = zip([None, *stops[:-1]], stops, strict=True)
        return [a[along(along_axis, slice(start, stop))] for start, stop in pairs]
    return _array_split(a, indices_or_sections, axis)


def _unstack(x: Any, *, axis: Any = 0) -> Any:
    a = as_array(x)
    along_axis = one_axis("np.unstack", axis, axes_of("np.unstack", a))
    length = shape(a)[along_axis]
    if not isinstance(length, int):
        return record(a.builder, primitives_nested.unstack, a, along_axis)
    return tuple(a[along(along_axis, k)] for k in range(length))


composed(np.split, _split)
if hasattr(np, "unstack"):
    # NumPy 2.1 has it
    composed(np.unstack, _unstack)
composed(np.array_split, _array_split)
composed(np.vsplit, lambda ary, indices_or_sections: _split(ary, indices_or_sections, 0))
composed(np.dsplit, lambda ary, indices_or_sections: _split(ary, indices_or_sections, 2))
composed(np.hsplit, lambda ary, indices: _split(ary, indices, 0 if axes_of("np.hsplit", as_array(ary)) == 1 else 1))
