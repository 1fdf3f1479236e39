"""Convolutions of arrays of any rank, by `scipy.signal`."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.signal as signal

from s2sad.ir import primitives_signal
from s2sad.rules import registry
from s2sad.rules.arguments import array, call, kind
from s2sad.rules.homes import HOMES
from s2sad.rules.registry import Unsupported


def _mode(name: str, a: Any, v: Any, mode: Any) -> Any:
    array(f"signal.{name}", a, v)
    if mode not in ("full", "same", "valid") or any(kind(one) == "c" for one in (a, v)):
        raise Unsupported(f"signal.{name} has a rule for real arrays and a mode that is a constant")
    return mode


def _correlated(d: Any, whole: Any, v: Any) -> Any:
    """Return the correlation of the cotangent of a whole convolution with one factor: that of the other factor."""
    return call(d, signal.convolve, whole, np.flip(v), "valid")


def _convolve(d: Any, y: Any, a: Any, v: Any, mode: Any = "full", method: Any = "auto") -> Any:
    whole = d if _mode("convolve", a, v, mode) == "full" else call(d, primitives_signal.embed, d, a, v, mode)
    return _correlated(d, whole, v), _correlated(d, whole, a)


def _convolve_forward(tangents: Any, y: Any, a: Any, v: Any, mode: Any = "full", method: Any = "auto") -> Any:
    _mode("convolve", a, v, mode)
    a_dot, v_dot = [*tangents, None][:2]
    terms = []
    if a_dot is not None:
        terms.append(call(a_dot, signal.convolve, a_dot, v, mode))
    if v_dot is not None:
        terms.append(call(v_dot, signal.convolve, a, v_dot, mode))
    return terms[0] if len(terms) == 1 else terms[0] + terms[1]


def _crop(d: Any, y: Any, whole: Any, a: Any, v: Any, mode: Any) -> Any:
    return call(d, primitives_signal.embed, d, a, v, mode)


def _embed(d: Any, y: Any, part: Any, a: Any, v: Any, mode: Any) -> Any:
    return call(d, primitives_signal.crop, d, a, v, mode)


registry.full(signal.convolve, _convolve, _convolve_forward)
HOMES[signal.convolve] = ("scipy.signal", "convolve")
registry.linear(primitives_signal.embed, _embed)
registry.linear(primitives_signal.crop, _crop)
