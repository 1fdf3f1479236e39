"""What derivatives of all kinds cost: `python tests/benchmarks/modes.py`.

Bounds that are promised: a Hessian-vector product of Rosenbrock takes at most 4 gradients, its gradient at most 5
evaluations; a loop with snapshots keeps so many states and makes the least number of steps; and the text of the
derivative of order n of `sin(exp(x))` and `tanh(x)` has at most 3^n statements.
"""
from __future__ import annotations

import ast
import time
import tracemalloc
from math import comb

import mpmath
import numpy as np

import s2sad

ORDERS = range(1, 6)


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def sin_exp(x):
    return np.sin(np.exp(x))


def tanh(x):
    return np.tanh(x)


EXACT = {sin_exp: lambda x: mpmath.sin(mpmath.exp(x)), tanh: mpmath.tanh}


def steps(x, n, k):
    for _ in s2sad.checkpoint(range(n), snapshots=k):
        x = x - 0.01 * x * np.sin(x)
    return np.sum(x)


def steps_saved(x, n):
    for _ in range(n):
        x = x - 0.01 * x * np.sin(x)
    return np.sum(x)


def seconds(f, *args, budget=0.3):
    """Return the time of a call, the least of several."""
    f(*args)
    best, end = float("inf"), time.perf_counter() + budget
    while time.perf_counter() < end:
        start = time.perf_counter()
        f(*args)
        best = min(best, time.perf_counter() - start)
    return best


def peak(f, *args):
    """Return the peak of memory of a call, in bytes."""
    f(*args)
    tracemalloc.start()
    f(*args)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found


def nth(f, order):
    """Return the derivative of an order."""
    for _ in range(order):
        f = s2sad.grad(f)
    return f


def statements(text):
    """Count the statements of all functions in a module, docstrings and the guard of the types left out."""
    count = 0
    for function in ast.parse(text).body:
        if isinstance(function, ast.FunctionDef):
            inner = [node for node in ast.walk(function) if isinstance(node, ast.stmt) and node is not function]
            guards = [node for node in inner if isinstance(node, ast.If) and isinstance(node.body[0], ast.Raise)]
            texts = [node for node in inner if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
            count += len(inner) - 2 * len(guards) - len(texts)
    return count


def worst(f, order, points):
    """Return the largest error of a derivative, relative to 1 or to the value."""
    derivative = nth(f, order)
    error = 0.0
    with mpmath.workdps(40):
        for x in points:
            exact = float(mpmath.diff(EXACT[f], mpmath.mpf(x), order))
            error = max(error, abs(derivative(float(x)) - exact) / max(1.0, abs(exact)))
    return error


def optimum(count, snapshots):
    """Return the least number of steps forward that reverse a loop, the initial ones included."""
    repeats = 0
    while comb(snapshots + repeats, snapshots) < count:
        repeats += 1
    return repeats * count - comb(snapshots + repeats, repeats - 1)


def main():
    rng = np.random.default_rng(0)
    x, v = rng.normal(size=1000), rng.normal(size=1000)
    gradient = s2sad.grad(rosenbrock)
    ratio = seconds(lambda: s2sad.hvp(rosenbrock, (x,), (v,))) / seconds(gradient, x)
    print(f"Hessian-vector product of Rosenbrock, n = 1000: {ratio:.2f} gradients (at most 4)")
    x = rng.normal(size=10**6)
    ratio = seconds(gradient, x, budget=2.0) / seconds(rosenbrock, x, budget=2.0)
    print(f"gradient of Rosenbrock, n = 1e6: {ratio:.2f} evaluations (at most 5)")

    n, k, x = 10_000, 10, np.linspace(0.0, 1.0, 5_000)
    with_snapshots, saved = s2sad.grad(steps), s2sad.grad(steps_saved)
    one_step = peak(saved, x, 2) - x.nbytes
    states = (peak(with_snapshots, x, n, k) - one_step) / x.nbytes
    print(f"checkpoint, {n} steps, {k} snapshots: {states:.1f} states beside one step's gradient (at most {k});")
    print(f"  {optimum(n, k)} steps forward, the least; the gradient is the same to the last bit:", end=" ")
    print(np.array_equal(with_snapshots(x, n, k), saved(x, n)))

    points = np.linspace(-2.0, 2.0, 41)
    for f in EXACT:
        for order in ORDERS:
            derivative = nth(f, order)
            derivative(0.5)
            count, error = statements(derivative.source), worst(f, order, points)
            print(f"{f.__name__}, order {order}: {count} statements (at most {3**order}), error {error:.1e} (1e-9)")


if __name__ == "__main__":
    main()
