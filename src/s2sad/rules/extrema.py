"""The largest and smallest element; those that tie share the derivative equally."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.ir.program import Form
from s2sad.rules import registry
from s2sad.rules.arguments import ABSENT, along, array, flag, kind, named, rank, refuse
from s2sad.rules.reductions import expanded
from s2sad.rules.registry import Unsupported


def _winners(name: str, hint: str, d: Any, y: Any, a: Any, axis: Any, keepdims: Any, rest: dict[str, Any]) -> Any:
    """Return where `a` is extreme, and how often it is so along the axis."""
    refuse(name, **rest)
    array(name, a)
    if kind(a) == "c":
        raise Unsupported(f"{name} of complex numbers has no derivative rule")
    kept = flag(name, "keepdims", keepdims)
    wins = named(hint, d, np.equal, a, expanded(y, a, axis, kept), form=Form.OPERATOR)
    # the count is an integer, which would widen small floats
    narrow = {} if getattr(a, "dtype", None) in (None, np.float64) else {"dtype": a.dtype.type}
    return wins, np.sum(wins, **along(axis, True), **narrow)


def _declare(functions: tuple[Callable[..., Any], ...], name: str, hint: str) -> None:
    def pullback(d: Any, y: Any, a: Any, axis: Any = None, out: Any = None, keepdims: Any = ABSENT, **rest: Any) -> Any:
        if rank(a) == 0:
            refuse(name, out=out, **rest)
            return d
        wins, ties = _winners(name, hint, d, y, a, axis, keepdims, {"out": out, **rest})
        return wins * (expanded(d, a, axis, flag(name, "keepdims", keepdims)) / ties)

    def pushforward(
        tangents: Any, y: Any, a: Any, axis: Any = None, out: Any = None, keepdims: Any = ABSENT, **rest: Any
    ) -> Any:
        a_dot = tangents[0]
        if rank(a) == 0:
            refuse(name, out=out, **rest)
            return a_dot
        wins, ties = _winners(name, hint, a_dot, y, a, axis, keepdims, {"out": out, **rest})
        return np.sum(wins * a_dot / ties, **along(axis, flag(name, "keepdims", keepdims)))

    for function in functions:
        registry.full(function, pullback, pushforward)


_declare((np.max, np.amax), "np.max", "is_max")
_declare((np.min, np.amin), "np.min", "is_min")


def _ptp_winners(d: Any, a: Any, axis: Any, kept: bool, rest: dict[str, Any]) -> Any:
    """Return the derivative of the range of values by each element."""
    (high, highs), (low, lows) = (
        _winners("np.ptp", hint, d, extreme(a, **along(axis, True)), a, axis, True, rest)
        for extreme, hint in ((np.max, "is_max"), (np.min, "is_min"))
    )
    return high / highs - low / lows


def _ptp(d: Any, y: Any, a: Any, axis: Any = None, out: Any = None, keepdims: Any = ABSENT, **rest: Any) -> Any:
    kept = flag("np.ptp", "keepdims", keepdims)
    return expanded(d, a, axis, kept) * _ptp_winners(d, a, axis, kept, {"out": out, **rest})


def _ptp_forward(
    tangents: Any, y: Any, a: Any, axis: Any = None, out: Any = None, keepdims: Any = ABSENT, **rest: Any
) -> Any:
    kept = flag("np.ptp", "keepdims", keepdims)
    return np.sum(_ptp_winners(tangents[0], a, axis, kept, {"out": out, **rest}) * tangents[0], **along(axis, kept))


registry.full(np.ptp, _ptp, _ptp_forward)
