"""check_grads beyond the first order: right derivatives pass, wrong ones are named with place and numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

import s2sad
from s2sad import check
from s2sad.api import Derivative


class Weights(NamedTuple):
    """Parameters of a layer."""

    w: Any
    b: Any


def layer(params: Any, x: Any, count: Any) -> Any:
    """Return the loss of a layer that is used a few times."""
    h = x
    for _ in range(count):
        h = np.tanh(params[0].w @ h + params[0].b)
    return np.sum(h * h) * params[1]["scale"]


def cube(x: Any, y: Any) -> Any:
    """Return a polynomial with a branch."""
    if x > 0.0:
        return x**3 * y**2
    return x * y


def stores(x: Any) -> Any:
    """Return a product by way of an array that is stored into."""
    y = x.copy()
    y[1] = y[0] * y[1]
    y *= y
    return y.sum()


def test_right_derivatives_pass_to_the_third_order() -> None:
    s2sad.check_grads(cube, (1.5, 2.0), order=3)
    s2sad.check_grads(stores, (np.array([0.5, -1.5, 0.25]),), order=3)


def test_any_structure_of_arguments() -> None:
    rng = np.random.default_rng(0)
    params = [Weights(rng.normal(size=(2, 2)), rng.normal(size=2)), {"scale": 0.5, "name": "a"}]
    s2sad.check_grads(layer, (params, rng.normal(size=2), 2), order=2)
    s2sad.check_grads(stores, (np.array([0.5, -1.5, 0.25], dtype=np.float32),), order=2)


@pytest.mark.parametrize(("mode", "name"), [("fwd", "forward"), ("rev", "reverse")])
def test_a_wrong_second_derivative_is_named(mode: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = Derivative.sweep

    def wrong(self: Any, args: Any) -> Any:
        call = sweep(self, args)
        if not isinstance(self.primal, Derivative) or self._options.mode == "tangent":
            return call
        return lambda *given: tuple(part + 0.25 * (k == 1) for k, part in enumerate(call(*given)))

    monkeypatch.setattr(check.Derivative, "sweep", wrong)
    message = rf"{name} mode, order 2: y: generated [-0-9.]+, numerical [-0-9.]+, relative difference"
    with pytest.raises(AssertionError, match=message):
        s2sad.check_grads(cube, (1.5, 2.0), order=2, modes=(mode,))


@pytest.mark.parametrize("order", [0, -1, 1.5, True, "2"])
def test_orders_are_positive_integers(order: Any) -> None:
    with pytest.raises(ValueError, match="order must be an integer of 1 or more"):
        s2sad.check_grads(cube, (1.5, 2.0), order=order)
