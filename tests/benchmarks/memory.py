"""How much memory a differentiated loop takes: `python tests/benchmarks/memory.py`.

A loop of n trips over a state of m floats, with a body that is not linear, keeps c · n · m · 8 bytes; c is printed. One
saved state in each trip is c = 1.
"""
from __future__ import annotations

import tracemalloc

import numpy as np

import s2sad


def rebound(x, n):
    for _ in range(n):
        x = np.sin(x) * x + 0.1
    return np.sum(x)


def overwritten(x, n):
    for _ in range(n):
        x[1:-1] -= 0.1 * x[1:-1] * (x[2:] - x[:-2])
    return np.sum(x * x)


def linear(x, n):
    for _ in range(n):
        x[1:-1] = 0.8 * x[1:-1] + 0.1 * (x[2:] + x[:-2])
    return np.sum(x * x)


def two_buffers(x, n):
    y = x.copy()
    for _ in range(n):
        y[1:-1] = np.tanh(x[2:] + x[:-2]) * x[1:-1]
        x, y = y, x
    return np.sum(x * x)


def while_loop(x, n):
    k = 0
    while k < n:
        x = x * np.cos(x)
        k += 1
    return np.sum(x)


def helper(u):
    return np.exp(-u * u)


def two_stages(x, n):
    for _ in range(n):
        y = x + 0.1 * helper(x)
        x = x + 0.05 * (helper(x) + helper(y))
    return np.sum(x)


FUNCTIONS = (rebound, overwritten, linear, two_buffers, while_loop, two_stages)
SIZES = ((100, 1000), (400, 1000), (100, 4000), (400, 4000))


def peak(gradient, *args) -> int:
    """Return the most memory that a call holds at a time, in bytes."""
    gradient(*args)
    tracemalloc.start()
    gradient(*args)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def main() -> None:
    """Print c for every function, number of trips and size of the state."""
    print(f"{'c in c·n·m·8 bytes':<16}" + "".join(f"{f'n={n}, m={m}':>16}" for n, m in SIZES))
    for function in FUNCTIONS:
        gradient = s2sad.grad(function)
        row = []
        for n, m in SIZES:
            x = np.random.default_rng(0).random(m) * 0.1
            row.append(peak(gradient, x, n) / (n * m * 8))
        print(f"{function.__name__:<16}" + "".join(f"{c:16.2f}" for c in row))


if __name__ == "__main__":
    main()
