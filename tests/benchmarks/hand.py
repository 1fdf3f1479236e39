"""Derivatives as an expert would write them by hand, to measure generated ones against."""
from __future__ import annotations

import numpy as np


def lecture(x1, x2):
    """Gradient of log(x1) + x1 * x2 - sin(x2)."""
    return x2 + 1 / x1, x1 - np.cos(x2)


def logistic(weights, inputs, targets):
    """Value and gradient of the lecture's logistic loss, for the weights."""
    exp_x = np.exp(-np.dot(inputs, weights))
    preds = 1 / (1 + exp_x)
    misses = 1 - targets
    probabilities = preds * targets + (1 - preds) * misses
    loss = -np.sum(np.log(probabilities))
    d_preds = (misses - targets) / probabilities
    return loss, np.dot(d_preds * preds * preds * exp_x, inputs)


def _mlp(params, x, y, *, inputs):
    hidden, activations = [], []
    h = x
    for W, b in params[:-1]:
        hidden.append(h)
        a = h @ W + b
        activations.append(a)
        h = np.maximum(a, 0.0)
    W, b = params[-1]
    logits = h @ W + b
    highest = np.max(logits, axis=1, keepdims=True)
    z = logits - highest
    exp_z = np.exp(z)
    total = np.sum(exp_z, axis=1, keepdims=True)
    log_probs = z - np.log(total)
    loss = -np.mean(np.sum(log_probs * y, axis=1))

    d_params = [None] * len(params)
    d_log_probs = y * (-1 / x.shape[0])
    d_z = d_log_probs - exp_z * (np.sum(d_log_probs, axis=1, keepdims=True) / total)
    is_max = logits == highest
    d_logits = d_z - is_max * (np.sum(d_z, axis=1, keepdims=True) / np.sum(is_max, axis=1, keepdims=True))
    d_params[-1] = (h.T @ d_logits, np.sum(d_logits, axis=0))
    d_h = d_logits @ W.T
    for i in range(len(params) - 2, -1, -1):
        W, _ = params[i]
        d_a = np.where(activations[i] > 0, d_h, 0.0)
        d_params[i] = (hidden[i].T @ d_a, np.sum(d_a, axis=0))
        if i or inputs:
            d_h = d_a @ W.T
    return loss, d_params


def mlp(params, x, y):
    """Value and gradient of the softmax cross-entropy of a network of (W, b) layers, every trip of its loops alike."""
    return _mlp(params, x, y, inputs=True)


def mlp_without_inputs(params, x, y):
    """Leave out the adjoint of the network's inputs, which nobody asked for, by treating the last trip apart."""
    return _mlp(params, x, y, inputs=False)
