"""The losses that the demonstration differentiates. The compiler reads this file; only predictions are run from it."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any


def sigmoid(x: Array) -> Array:
    """Return the logistic function of x."""
    return 1 / (1 + np.exp(-x))


def logistic_predictions(weights: Array, inputs: Array) -> Array:
    """Return the probability that each row of `inputs` belongs to the class."""
    return sigmoid(np.dot(inputs, weights))


def training_loss(weights: Array, inputs: Array, targets: Array) -> Array:
    """Return the negative log-likelihood of the targets."""
    preds = logistic_predictions(weights, inputs)
    label_probabilities = preds * targets + (1 - preds) * (1 - targets)
    return -np.sum(np.log(label_probabilities))


def mlp_logits(params: Array, x: Array) -> Array:
    """Return the class scores of a network whose layers are the pairs (W, b) of `params`."""
    h = x
    for W, b in params[:-1]:  # noqa: N806 - matrices are capitals
        h = np.maximum(h @ W + b, 0.0)
    W, b = params[-1]  # noqa: N806
    return h @ W + b


def mlp_loss(params: Array, x: Array, y: Array) -> Array:
    """Return the mean softmax cross-entropy for one-hot classes `y`."""
    logits = mlp_logits(params, x)
    z = logits - np.max(logits, axis=1, keepdims=True)
    log_probs = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(np.sum(log_probs * y, axis=1))
