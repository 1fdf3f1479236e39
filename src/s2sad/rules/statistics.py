"""Variance and standard deviation; where the deviation is 0 its derivative is 0 by convention."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules import registry
from s2sad.rules.arguments import ABSENT, along, array, flag, kind, refuse
from s2sad.rules.reductions import count, expanded
from s2sad.rules.registry import Unsupported


def _centred(name: str, d: Any, a: Any, axis: Any, ddof: Any, rest: dict[str, Any]) -> tuple[Any, Any]:
    """Return the deviations from the mean, and the number that their squares are divided by."""
    refuse(name, **rest)
    array(name, a)
    if kind(a) == "c":
        raise Unsupported(f"{name} of complex numbers has no derivative rule")
    total = count(d, a, axis)
    return a - np.mean(a, **along(axis, True)), total if not _given(ddof) else total - ddof


def _given(ddof: Any) -> bool:
    return not (isinstance(ddof, int | float) and ddof == 0)


def _nonzero(y: Any) -> Any:
    return np.where(y == 0, 1.0, y)


def _var(
    d: Any, y: Any, a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: Any = ABSENT, **rest: Any,
) -> Any:  # fmt: skip
    deviation, n = _centred("np.var", d, a, axis, ddof, {"dtype": dtype, "out": out, **rest})
    return expanded(2 * d / n, a, axis, flag("np.var", "keepdims", keepdims)) * deviation


def _var_forward(
    tangents: Any, y: Any, a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: Any = ABSENT, **rest: Any,
) -> Any:  # fmt: skip
    a_dot = tangents[0]
    deviation, n = _centred("np.var", a_dot, a, axis, ddof, {"dtype": dtype, "out": out, **rest})
    return 2 * np.sum(deviation * a_dot, **along(axis, flag("np.var", "keepdims", keepdims))) / n


def _std(
    d: Any, y: Any, a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: Any = ABSENT, **rest: Any,
) -> Any:  # fmt: skip
    deviation, n = _centred("np.std", d, a, axis, ddof, {"dtype": dtype, "out": out, **rest})
    return expanded(d / (n * _nonzero(y)), a, axis, flag("np.std", "keepdims", keepdims)) * deviation


def _std_forward(
    tangents: Any, y: Any, a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0,
    keepdims: Any = ABSENT, **rest: Any,
) -> Any:  # fmt: skip
    a_dot = tangents[0]
    deviation, n = _centred("np.std", a_dot, a, axis, ddof, {"dtype": dtype, "out": out, **rest})
    return np.sum(deviation * a_dot, **along(axis, flag("np.std", "keepdims", keepdims))) / (n * _nonzero(y))


registry.full(np.var, _var, _var_forward)
registry.full(np.std, _std, _std_forward)
