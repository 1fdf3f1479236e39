"""Products of arrays and matrices that are composed of simpler ones, and the names that NumPy 2 has for others."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from s2sad.ir import primitives
from s2sad.ir.program import Form
from s2sad.rules.arguments import array, is_static, refuse
from s2sad.rules.composing import composed
from s2sad.rules.rearranging import as_array, axes_of, items, one_axis, shape, times
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol, record


def _kron(a: Any, b: Any) -> Any:
    a, b = as_array(a), as_array(b)
    axes = max(axes_of("np.kron", a), axes_of("np.kron", b))
    if not axes:
        return a * b
    (first, m), (second, n) = (_spread(one, axes, at) for at, one in ((1, a), (0, b)))
    return np.reshape(first * second, tuple(times(x, y) for x, y in zip(m, n, strict=True)))


def _spread(a: Any, axes: int, at: int) -> tuple[Any, list[Any]]:
    """Return an array with a new axis beside each of its own, and the lengths of the latter."""
    lengths = [*(1,) * (axes - axes_of("np.kron", a)), *shape(a)]
    pairs = [(length, 1) if at else (1, length) for length in lengths]
    return np.reshape(a, tuple(one for pair in pairs for one in pair)), lengths


def _cross(a: Any, b: Any, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None) -> Any:
    a, b = as_array(a), as_array(b)
    if not is_static((axisa, axisb, axisc, axis)):
        raise Unsupported("np.cross with axes that are not constants has no derivative rule")
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = (_last(one, where) for one, where in ((a, axisa), (b, axisb)))
    for one in (a, b):
        if isinstance(shape(one)[-1], int) and shape(one)[-1] != 3:
            raise Unsupported("np.cross of vectors that have not three elements has no derivative rule")
    (a0, a1, a2), (b0, b1, b2) = (tuple(one[..., k] for k in range(3)) for one in (a, b))
    result = np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], axis=-1)
    axes = axes_of("np.cross", result)
    goal = one_axis("np.cross", axisc, axes)
    return result if goal == axes - 1 else np.moveaxis(result, -1, goal)


def _last(a: Any, axis: int) -> Any:
    axes = axes_of("np.cross", a)
    own = one_axis("np.cross", axis, axes)
    return a if own == axes - 1 else np.moveaxis(a, own, -1)


def _matrix_power(a: Any, n: Any) -> Any:
    if axes_of("np.linalg.matrix_power", a) < 2 or not isinstance(n, int):
        raise Unsupported("np.linalg.matrix_power to what is not a constant has no derivative rule")
    if n == 0:
        # the identity, whatever the matrix
        count = shape(a)[-1]
        identity = np.eye(count) if isinstance(count, int) else record(count.builder, np.eye, count)
        return np.where(identity > 0, np.ones_like(a), np.zeros_like(a))
    factor = a if n > 0 else np.linalg.inv(a)
    result, count = None, abs(n)
    while count:
        if count % 2:
            result = factor if result is None else result @ factor
        count //= 2
        factor = factor @ factor if count else factor
    return result


def _multi_dot(arrays: Any, **options: Any) -> Any:
    refuse("np.linalg.multi_dot", **options)
    return reduce(np.dot, items("np.linalg.multi_dot", arrays))


def _cond(x: Any, p: Any = None) -> Any:
    array("np.linalg.cond", x)
    if p in (1, -1, np.inf, -np.inf, "fro"):
        return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, axis=(-2, -1))
    if p not in (None, 2, -2):
        raise Unsupported(f"np.linalg.cond with p={p!r} has no derivative rule")
    values = np.linalg.svd(x, compute_uv=False)
    return values[..., -1] / values[..., 0] if p == -2 else values[..., 0] / values[..., -1]


composed(np.kron, _kron)
composed(np.cross, _cross)
composed(np.linalg.matrix_power, _matrix_power)
composed(np.linalg.multi_dot, _multi_dot)
composed(np.linalg.cond, _cond)


# -- names that only some versions of NumPy have ---------------------------------------------------------------------


def _matrix_transpose(x: Any) -> Any:
    axes_of("np.matrix_transpose", x)
    return np.swapaxes(x, -1, -2)


def _vecdot(x1: Any, x2: Any, *, axis: Any = -1, **options: Any) -> Any:
    refuse("np.vecdot", **options)
    return np.sum(np.conj(x1) * x2 if _may_be_complex(x1) else x1 * x2, axis=axis)


def _may_be_complex(x: Any) -> bool:
    return (x.kind if isinstance(x, Symbol) else np.asarray(x).dtype.kind) not in ("f", "i", "b")


def _matvec(x1: Any, x2: Any) -> Any:
    return np.sum(x1 * x2[..., None, :], axis=-1)


def _vecmat(x1: Any, x2: Any) -> Any:
    first = np.conj(x1) if _may_be_complex(x1) else x1
    return np.sum(first[..., :, None] * x2, axis=-2)


def _astype(x: Any, dtype: Any, **options: Any) -> Any:
    refuse("np.astype", **options)
    array("np.astype", x)
    if not isinstance(x, Symbol):
        return x.astype(dtype)
    return record(x.builder, primitives.astype, x, dtype, form=Form.METHOD)


_LATER: dict[str, Callable[..., Any]] = {
    "linalg.cross": lambda x1, x2, *, axis=-1: _cross(x1, x2, axis=axis),
    "linalg.outer": lambda x1, x2: np.outer(x1, x2),
    "linalg.matmul": lambda x1, x2: np.matmul(x1, x2),
    "linalg.tensordot": lambda x1, x2, *, axes=2: np.tensordot(x1, x2, axes),
    "linalg.vecdot": _vecdot,
    "linalg.matrix_transpose": _matrix_transpose,
    "linalg.svdvals": lambda x: np.linalg.svd(x, compute_uv=False),
    "linalg.diagonal": lambda x, *, offset=0: np.diagonal(x, offset, -2, -1),
    "matrix_transpose": _matrix_transpose,
    "vecdot": _vecdot,
    "matvec": _matvec,
    "vecmat": _vecmat,
    "astype": _astype,
}
"""What functions are made of that came with NumPy 2."""


for _name, _definition in _LATER.items():
    _module, _, _last_part = _name.rpartition(".")
    _home = np.linalg if _module else np
    if hasattr(_home, _last_part):
        composed(getattr(_home, _last_part), _definition)
