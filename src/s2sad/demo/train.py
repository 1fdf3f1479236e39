"""Training loops: gradient descent for the logistic regression, minibatches with momentum for the network.

Both are given the function `loss_and_gradient` that a generated file holds, and know of no other derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from s2sad.demo.data import Split
from s2sad.demo.losses import logistic_predictions, mlp_logits

LossAndGradient = Callable[..., Any]
Report = Callable[[str], None]


def train_logistic(loss_and_gradient: LossAndGradient, split: Split, report: Report, steps: int = 200) -> float:
    """Descend along the full gradient, and return the accuracy on the data held back."""
    inputs, test_inputs = (np.c_[x, np.ones(len(x))] for x in (split.x, split.x_test))
    targets = split.labels.astype(np.float64)
    weights = np.zeros(inputs.shape[1])
    for step in range(steps + 1):
        loss, d_weights = loss_and_gradient(weights, inputs, targets)
        if step % (steps // 4) == 0:
            report(f"step {step:4d}   loss {loss / len(targets):.4f}")
        weights = weights - 0.5 * d_weights / len(targets)
    predicted = logistic_predictions(weights, test_inputs) > 0.5
    return float(np.mean(predicted == split.labels_test))


def train_mlp(
    loss_and_gradient: LossAndGradient, split: Split, report: Report, seed: int, epochs: int = 30, batch: int = 32
) -> float:
    """Train a network with one hidden layer on minibatches, and return the accuracy on the data held back."""
    rng = np.random.default_rng(seed)
    one_hot = np.eye(int(split.labels.max()) + 1)[split.labels]
    sizes = [split.x.shape[1], 64, one_hot.shape[1]]
    params = [
        (rng.normal(size=(fan_in, fan_out)) * np.sqrt(2.0 / fan_in), np.zeros(fan_out))
        for fan_in, fan_out in pairwise(sizes)
    ]
    velocities = [(np.zeros_like(weights), np.zeros_like(bias)) for weights, bias in params]
    for epoch in range(1, epochs + 1):
        losses = []
        order = rng.permutation(len(split.x))
        for start in range(0, len(order) - batch + 1, batch):
            rows = order[start : start + batch]
            loss, d_params = loss_and_gradient(params, split.x[rows], one_hot[rows])
            losses.append(loss)
            velocities = [
                (0.9 * v_weights - 0.02 * d_weights, 0.9 * v_bias - 0.02 * d_bias)
                for (v_weights, v_bias), (d_weights, d_bias) in zip(velocities, d_params, strict=True)
            ]
            params = [
                (weights + v_weights, bias + v_bias)
                for (weights, bias), (v_weights, v_bias) in zip(params, velocities, strict=True)
            ]
        if epoch == 1 or epoch % 10 == 0:
            report(f"epoch {epoch:3d}   loss {np.mean(losses):.4f}")
    predicted = np.argmax(mlp_logits(params, split.x_test), axis=1)
    return float(np.mean(predicted == split.labels_test))
