"""Discrete Fourier transforms: they are linear, and the matrix of a transform is symmetric.

The adjoint of what is transformed is therefore the same transform of the adjoint. Those of real sequences are one half
of a transform, or a transform of a half and its mirror image; those of several axes are composed. See
C. Van Loan, "Computational Frameworks for the Fast Fourier Transform" (1992), sections 1.1 and 4.3.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.types_fourier import half_of
from s2sad.ir import primitives
from s2sad.rules import registry
from s2sad.rules.arguments import array, is_static, refuse
from s2sad.rules.composing import composed
from s2sad.rules.rearranging import along, axes_of, one_axis, shape
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol, record

_fft, _ifft = np.fft.fft, np.fft.ifft


def _options(norm: Any, axis: int, axes: int) -> dict[str, Any]:
    """Return the keywords of a transform, without those that have the default value."""
    if not is_static(norm):
        raise Unsupported("a Fourier transform with norm= that is not a constant has no derivative rule")
    return ({} if axis == axes - 1 else {"axis": axis}) | ({} if norm is None else {"norm": norm})


def _resized(a: Any, axis: int, n: Any) -> Any:
    """Return an array cut off, or filled up with zeros, to a length along an axis."""
    lengths = shape(a)
    length = lengths[axis]
    both_known = isinstance(n, int) and isinstance(length, int)
    if n is None or n is length or (both_known and n == length):
        return a
    if both_known and n < length:
        return a[along(axis, slice(None, n))]
    if not isinstance(a, Symbol):
        return np.pad(a, [(0, n - length if k == axis else 0) for k in range(np.ndim(a))])
    if a.dtype is None:
        raise Unsupported("a Fourier transform to another length needs to know the types")
    kept = length if both_known else np.minimum(length, n)
    kept_dtype: dict[str, Any] = {} if a.dtype == float else {"dtype": a.dtype.type}
    room = record(a.builder, np.zeros, (*lengths[:axis], n, *lengths[axis + 1 :]), **kept_dtype)
    part = along(axis, slice(None, kept))
    return record(a.builder, primitives.set_at, room, part, a[part])


def _declare(function: Callable[..., Any], name: str) -> None:
    def transpose(d: Any, y: Any, a: Any, n: Any = None, axis: Any = -1, norm: Any = None, **rest: Any) -> Any:
        refuse(name, **rest)
        axes = axes_of(name, a)
        own = one_axis(name, axis, axes)
        back = function(d, **_options(norm, own, axes))
        return back if n is None else _resized(back, own, shape(a)[own])

    registry.linear(function, transpose)


_declare(np.fft.fft, "np.fft.fft")
_declare(np.fft.ifft, "np.fft.ifft")

# -- real sequences --------------------------------------------------------------------------------------------------


def _length(a: Any, n: Any, own: int) -> Any:
    return shape(a)[own] if n is None else n


def _rfft(d: Any, y: Any, a: Any, n: Any = None, axis: Any = -1, norm: Any = None, **rest: Any) -> Any:
    refuse("np.fft.rfft", **rest)
    axes = axes_of("np.fft.rfft", a)
    own = one_axis("np.fft.rfft", axis, axes)
    # the half that is not computed has no adjoint: it is filled up with zeros
    back = np.real(np.fft.fft(d, _length(a, n, own), **_options(norm, own, axes)))
    return back if n is None else _resized(back, own, shape(a)[own])


_SWAPPED = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def _swapped(norm: Any) -> Any:
    if not is_static(norm) or norm not in _SWAPPED:
        raise Unsupported("a Fourier transform with norm= that is not a constant has no derivative rule")
    return _SWAPPED[norm]


def _irfft(d: Any, y: Any, a: Any, n: Any = None, axis: Any = -1, norm: Any = None, **rest: Any) -> Any:
    refuse("np.fft.irfft", **rest)
    axes = axes_of("np.fft.irfft", a)
    own = one_axis("np.fft.irfft", axis, axes)
    length = 2 * (shape(a)[own] - 1) if n is None else n
    half = np.conj(np.fft.rfft(d, **_options(_swapped(norm), own, axes)))
    # all elements stand for their mirror images as well, but for the first and that in the middle of an even length
    k = record(d.builder, np.arange, length // 2 + 1)
    weights = np.where((k == 0) | (2 * k == length), 1.0, 2.0)
    back = half * (weights if own == axes - 1 else np.expand_dims(weights, tuple(range(1, axes - own))))
    return back if n is None or _is_half(a, y, own) else _resized(back, own, shape(a)[own])


def _is_half(a: Any, y: Any, own: int) -> bool:
    """Tell whether what is transformed is known to have just the length that is read."""
    if not isinstance(a, Symbol) or not isinstance(y, Symbol) or y.rank is None:
        return False
    return bool(a.type.shape[own] == half_of(y.type.shape[own]))  # type: ignore[union-attr, index]


registry.linear(np.fft.rfft, _rfft)
registry.linear(np.fft.irfft, _irfft)

composed(
    np.fft.hfft,
    lambda a, n=None, axis=-1, norm=None: np.fft.irfft(np.conj(a), n, axis, _swapped(norm)),
)
composed(
    np.fft.ihfft,
    lambda a, n=None, axis=-1, norm=None: np.conj(np.fft.rfft(a, n, axis, _swapped(norm))),
)

# -- several axes ----------------------------------------------------------------------------------------------------


def _chosen(name: str, a: Any, s: Any, axes: Any, default: Any) -> list[tuple[int, Any]]:
    """Return the axes that are transformed, in order, each with the length that is asked for."""
    count = axes_of(name, a)
    axes = default if axes is None else axes
    if not is_static(axes) or not is_static(s):
        raise Unsupported(f"{name} with axes or lengths that are not constants has no derivative rule")
    if axes is None:
        axes = range(count) if s is None else range(-len(s), 0)
    chosen = list(axes)
    lengths = [None] * len(chosen) if s is None else [None if n == -1 else n for n in s]
    return [(one_axis(name, axis, count), n) for axis, n in zip(chosen, lengths, strict=True)]


def _along_axes(name: str, transform: Callable[..., Any], default: Any) -> Callable[..., Any]:
    def definition(a: Any, s: Any = None, axes: Any = default, norm: Any = None, **rest: Any) -> Any:
        refuse(name, **rest)
        array(name, a)
        count = axes_of(name, a)
        for axis, n in reversed(_chosen(name, a, s, axes, default)):
            a = transform(_resized(a, axis, n), **_options(norm, axis, count))
        return a

    return definition


def _of_real(name: str, default: Any) -> Callable[..., Any]:
    def definition(a: Any, s: Any = None, axes: Any = default, norm: Any = None, **rest: Any) -> Any:
        refuse(name, **rest)
        *others, (last, n) = _chosen(name, a, s, axes, default)
        count = axes_of(name, a)
        a = np.fft.rfft(a, n, last, norm)
        for axis, length in others:
            a = np.fft.fft(_resized(a, axis, length), **_options(norm, axis, count))
        return a

    return definition


def _to_real(name: str, default: Any) -> Callable[..., Any]:
    def definition(a: Any, s: Any = None, axes: Any = default, norm: Any = None, **rest: Any) -> Any:
        refuse(name, **rest)
        *others, (last, n) = _chosen(name, a, s, axes, default)
        count = axes_of(name, a)
        for axis, length in others:
            a = np.fft.ifft(_resized(a, axis, length), **_options(norm, axis, count))
        return np.fft.irfft(a, n, last, norm)

    return definition


composed(np.fft.fft2, _along_axes("np.fft.fft2", _fft, (-2, -1)))
composed(np.fft.ifft2, _along_axes("np.fft.ifft2", _ifft, (-2, -1)))
composed(np.fft.fftn, _along_axes("np.fft.fftn", _fft, None))
composed(np.fft.ifftn, _along_axes("np.fft.ifftn", _ifft, None))
composed(np.fft.rfft2, _of_real("np.fft.rfft2", (-2, -1)))
composed(np.fft.rfftn, _of_real("np.fft.rfftn", None))
composed(np.fft.irfft2, _to_real("np.fft.irfft2", (-2, -1)))
composed(np.fft.irfftn, _to_real("np.fft.irfftn", None))

# -- the order of frequencies ----------------------------------------------------------------------------------------


def _shifted(name: str, forwards: bool) -> Callable[..., Any]:
    def definition(x: Any, axes: Any = None) -> Any:
        count = axes_of(name, x)
        if not is_static(axes):
            raise Unsupported(f"{name} over axes that are not constants has no derivative rule")
        chosen = range(count) if axes is None else axes if isinstance(axes, tuple | list) else (axes,)
        for axis in chosen:
            own = one_axis(name, axis, count)
            half = shape(x)[own] // 2
            x = np.roll(x, half if forwards else -half, axis=own)
        return x

    return definition


composed(np.fft.fftshift, _shifted("np.fft.fftshift", True))
composed(np.fft.ifftshift, _shifted("np.fft.ifftshift", False))
registry.constant(np.fft.fftfreq, np.fft.rfftfreq)
