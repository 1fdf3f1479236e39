"""Functions that fill new arrays with values that may vary."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.ir import primitives_nested
from s2sad.rules import registry
from s2sad.rules.arguments import array, call, kind, rank, refuse
from s2sad.rules.composing import composed
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol, record


def _full(d: Any, y: Any, shape: Any, fill_value: Any, dtype: Any = None, **options: Any) -> Any:
    refuse("np.full", **{key: value for key, value in options.items() if key != "order"})
    return None, _converted(d, y, dtype)


def _full_like(d: Any, y: Any, a: Any, fill_value: Any, dtype: Any = None, **options: Any) -> Any:
    refuse("np.full_like", **{key: value for key, value in options.items() if key not in ("order", "subok", "shape")})
    if dtype is None and kind(a) is None:
        d = call(d, primitives_nested.of_inexact, d, y)
    return None, _converted(d, y, dtype)


def _converted(d: Any, y: Any, dtype: Any) -> Any:
    """Return the cotangent of what is converted to a dtype, which may be one of integers where it is not known."""
    return call(d, primitives_nested.of_inexact, d, y) if isinstance(dtype, Symbol) else d


def _weights(y: Any, start: Any, stop: Any, num: Any, endpoint: Any, options: dict[str, Any]) -> Any:
    """Return how far each point lies on the way from `start` to `stop`."""
    array("np.linspace", start, stop)
    refuse("np.linspace", **{key: value for key, value in options.items() if key != "axis" or value != 0})
    # between arrays the points are rows, each of which lies equally far everywhere
    begin = 0.0 if rank(start) == rank(stop) == 0 else call(y, np.zeros, np.shape(y)[1:])
    return call(y, np.linspace, begin, 1.0, num, **({} if endpoint is True else {"endpoint": endpoint}))


def _linspace(
    d: Any, y: Any, start: Any, stop: Any, num: Any = 50, endpoint: Any = True, **options: Any
) -> Any:  # fmt: skip
    weights = _weights(y, start, stop, num, endpoint, options)
    return d * (1 - weights), d * weights


def _linspace_forward(
    tangents: Any, y: Any, start: Any, stop: Any, num: Any = 50, endpoint: Any = True, **options: Any
) -> Any:  # fmt: skip
    start_dot, stop_dot = [*tangents, None][:2]
    weights = _weights(y, start, stop, num, endpoint, options)
    if stop_dot is None:
        return start_dot * (1 - weights)
    return stop_dot * weights if start_dot is None else start_dot * (1 - weights) + stop_dot * weights


def _points(name: str, start: Any, stop: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Return how the points are spaced; refuse ends that are arrays, and other options."""
    array(name, start, stop)
    if rank(start) not in (0, None) or rank(stop) not in (0, None) or "c" in (kind(start), kind(stop)):
        raise Unsupported(f"{name} between arrays or complex numbers has no derivative rule")
    endpoint = options.pop("endpoint", True)
    refuse(name, **{key: value for key, value in options.items() if key != "axis" or value != 0})
    return {} if endpoint is True else {"endpoint": endpoint}


def _logspace(start: Any, stop: Any, num: Any = 50, endpoint: Any = True, base: Any = 10.0, **options: Any) -> Any:
    spaced = _points("np.logspace", start, stop, {"endpoint": endpoint, **options})
    if rank(base) not in (0, None):
        raise Unsupported("np.logspace with several bases has no derivative rule")
    return np.power(base, np.linspace(start, stop, num, **spaced))


def _geomspace(start: Any, stop: Any, num: Any = 50, endpoint: Any = True, **options: Any) -> Any:
    spaced = _points("np.geomspace", start, stop, {"endpoint": endpoint, **options})
    symbol = next((one for one in (start, stop, num) if isinstance(one, Symbol)), None)
    if symbol is None:
        raise Unsupported("np.geomspace of constants is a constant")
    # the ends have the same sign, or NumPy raises
    return start * (stop / start) ** record(symbol.builder, np.linspace, 0.0, 1.0, num, **spaced)


def _steps(y: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Return how many steps from the start each number is."""
    array("np.arange", *args)
    refuse("np.arange", **{key: value for key, value in options.items() if key != "device"})
    return call(y, np.arange, np.size(y))


def _arange(d: Any, y: Any, *args: Any, dtype: Any = None, **options: Any) -> Any:
    # how many numbers there are depends on all of them, and does not vary
    if len(args) < 2:
        return None
    d_step = np.sum(d * _steps(y, args, options)) if len(args) == 3 else None
    return np.sum(d), None, d_step


def _arange_forward(tangents: Any, y: Any, *args: Any, dtype: Any = None, **options: Any) -> Any:
    start_dot, _, step_dot = [*tangents, None, None][:3]
    if len(args) < 2 or (start_dot is None and step_dot is None):
        return np.zeros_like(y)
    steps = _steps(y, args, options)
    return (0 if start_dot is None else start_dot) + (0 if step_dot is None else step_dot) * steps


registry.full(np.arange, _arange, _arange_forward)
composed(np.logspace, _logspace)
composed(np.geomspace, _geomspace)

registry.linear(np.full, _full, argnums=(1,), broadcasts=(1,))
registry.linear(np.full_like, _full_like, argnums=(1,), broadcasts=(1,))
registry.full(np.linspace, _linspace, _linspace_forward, broadcasts=(0, 1))

for _float in (np.float64, np.float32, np.float16):
    registry.linear(_float, lambda d, y, x: d, broadcasts=(0,))
registry.constant(np.bool_, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64)
