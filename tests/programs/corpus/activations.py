"""Helpers that other files of the corpus import."""
import numpy as np

SLOPE = 0.1


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def leaky(x, slope=SLOPE):
    return np.where(x > 0, x, slope * x)


def swish(x, *, beta=1.0):
    return x / (1 + np.exp(-beta * x))


def logsumexp(a, axis=None, keepdims=False):
    m = np.max(a, axis=axis, keepdims=True)
    s = np.log(np.sum(np.exp(a - m), axis=axis, keepdims=True)) + m
    if keepdims:
        return s
    return np.squeeze(s, axis=axis)


def standardize(x, eps=1e-5):
    mu = x.mean(axis=0)
    sd = np.sqrt(x.var(axis=0) + eps)
    return (x - mu) / sd, mu, sd
