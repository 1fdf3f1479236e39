"""Factorisations and solves in place."""
import numpy as np
from tests.kernels.case import Kernel


def lu(a):
    n = len(a)
    for k in range(n - 1):
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return np.sum(np.sin(a))


def lu_by_items(a):
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            for k in range(j):
                a[i, j] -= a[i, k] * a[k, j]
            a[i, j] /= a[j, j]
        for j in range(i, n):
            for k in range(i):
                a[i, j] -= a[i, k] * a[k, j]
    return np.sum(np.log(np.abs(np.diag(a)))) + a[n - 1, 0]


def lu_with_pivots(a, pivots):
    n = len(a)
    for k in range(n - 1):
        p = pivots[k]
        row = a[k].copy()
        a[k] = a[p]
        a[p] = row
        for i in range(k + 1, n):
            a[i, k] = a[i, k] / a[k, k]
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
    return np.sum(a * a)


def swapped_rows(a, pivots):
    for k in range(len(pivots)):
        a[[k, pivots[k]]] = a[[pivots[k], k]]
        a[k] *= 0.5
    return np.sum(np.cos(a) * np.arange(a.shape[1]))


def cholesky(a):
    n = a.shape[0]
    for j in range(n):
        a[j, j] = np.sqrt(a[j, j] - np.dot(a[j, :j], a[j, :j]))
        for i in range(j + 1, n):
            a[i, j] = (a[i, j] - np.dot(a[i, :j], a[j, :j])) / a[j, j]
            a[j, i] = 0.0
    return np.sum(np.log(np.diag(a))) + np.sum(a[n - 1] * a[n - 1, 0])


def cholesky_by_items(a):
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]
            a[i, j] /= a[j, j]
        for k in range(i):
            a[i, i] -= a[i, k] ** 2
        a[i, i] = a[i, i] ** 0.5
    return np.sum(np.tril(a) ** 3)


def gram_schmidt(a):
    q = a.copy()
    n = a.shape[1]
    r = np.zeros((n, n))
    for k in range(n):
        r[k, k] = np.sqrt(np.sum(q[:, k] ** 2))
        q[:, k] /= r[k, k]
        for j in range(k + 1, n):
            r[k, j] = q[:, k] @ q[:, j]
            q[:, j] -= r[k, j] * q[:, k]
    return np.sum(np.sin(q)) + np.sum(r * r * r)


def householder(a):
    n = a.shape[1]
    for k in range(n):
        column = a[k:, k]
        length = np.sqrt(np.sum(column * column))
        mirror = column.copy()
        mirror[0] += length
        mirror /= np.sqrt(np.sum(mirror * mirror))
        a[k:, k:] -= 2.0 * np.outer(mirror, mirror @ a[k:, k:])
    return np.sum(np.triu(a) ** 3)


def forward_solve(lower, b):
    n = len(b)
    for i in range(n):
        b[i] = (b[i] - lower[i, :i] @ b[:i]) / lower[i, i]
    return np.sum(b * b)


def backward_solve(upper, right):
    x = right.copy()
    for i in range(len(x) - 1, -1, -1):
        x[i] -= upper[i, i + 1 :] @ x[i + 1 :]
        x[i] /= upper[i, i]
    return np.sum(np.sin(x))


def triangular_by_items(lower, b):
    x = np.empty_like(b)
    for i in range(b.shape[0]):
        total = b[i]
        for j in range(i):
            total -= lower[i, j] * x[j]
        x[i] = total / lower[i, i]
    return np.sum(x * x)


def thomas(lower, diagonal, upper, right):
    n = len(diagonal)
    c = upper.copy()
    d = right.copy()
    c[0] /= diagonal[0]
    d[0] /= diagonal[0]
    for i in range(1, n):
        pivot = diagonal[i] - lower[i] * c[i - 1]
        c[i] /= pivot
        d[i] = (d[i] - lower[i] * d[i - 1]) / pivot
    for i in range(n - 2, -1, -1):
        d[i] -= c[i] * d[i + 1]
    return np.sum(d * d)


def durbin(r):
    n = len(r)
    y = np.zeros(n)
    y[0] = -r[0]
    error, alpha = 1.0, -r[0]
    for k in range(1, n):
        error *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(r[:k][::-1], y[:k])) / error
        y[:k] = y[:k] + alpha * y[:k][::-1]
        y[k] = alpha
    return np.sum(y * y)


def levinson_by_items(r):
    n = r.shape[0]
    y, z = np.zeros(n), np.zeros(n)
    y[0] = -r[0]
    error = 1.0
    alpha = -r[0]
    for k in range(1, n):
        error = (1.0 - alpha * alpha) * error
        total = 0.0
        for i in range(k):
            total += r[k - i - 1] * y[i]
        alpha = -(r[k] + total) / error
        for i in range(k):
            z[i] = y[i] + alpha * y[k - i - 1]
        for i in range(k):
            y[i] = z[i]
        y[k] = alpha
    return np.sum(np.sin(y))


def shortest_paths(d):
    n = len(d)
    for k in range(n):
        for i in range(n):
            for j in range(n):
                through = d[i, k] + d[k, j]
                if through < d[i, j]:
                    d[i, j] = through
    return np.sum(d * d)


def shortest_paths_by_planes(d):
    for k in range(d.shape[0]):
        np.minimum(d, d[:, k, None] + d[None, k, :], out=d)
    return np.sum(np.sin(d))


def power_iteration(a, start, limit):
    v = start / np.sqrt(start @ start)
    eigenvalue = 0.0
    for _ in range(limit):
        w = a @ v
        found = v @ w
        v = w / np.sqrt(np.sum(w * w))
        if abs(found - eigenvalue) < 1e-3:
            break
        eigenvalue = found
    return eigenvalue + np.sum(v**3)


def matrix_powers(a, steps):
    product = np.eye(len(a))
    work = np.empty_like(a)
    for _ in range(steps):
        np.matmul(product, a, out=work)
        product[...] = np.tanh(work)
    return np.sum(product)


def _positive(rng, n):
    half = rng.normal(size=(n, n))
    return half @ half.T + n * np.eye(n)


def _dominant(rng, n):
    return rng.normal(size=(n, n)) + 2 * n * np.eye(n)


KERNELS = [
    Kernel(
        lu, lambda rng, steps: (_dominant(rng, 1 + steps),), (0,), 2,
        "what each of the two stores overwrites", second=True,
    ),
    Kernel(
        lu_by_items, lambda rng, steps: (_dominant(rng, 1 + steps),), (0,), 3,
        "what each of the three stores overwrites",
    ),
    Kernel(
        lu_with_pivots,
        lambda rng, steps: (_dominant(rng, 1 + steps), np.array([2, 1, 3])[:steps] % (1 + steps)),
        (0,), 4, "what each of the four stores overwrites",
    ),
    Kernel(swapped_rows, lambda rng, steps: (rng.normal(size=(4, 3)), np.array([2, 1, 3])[:steps])),
    Kernel(
        cholesky, lambda rng, steps: (_positive(rng, 1 + steps),), (0,), 3,
        "what each of the three stores overwrites", second=True,
    ),
    Kernel(
        cholesky_by_items, lambda rng, steps: (_positive(rng, 1 + steps),), (0,), 4,
        "what each of the four stores overwrites",
    ),
    Kernel(
        gram_schmidt, lambda rng, steps: (rng.normal(size=(5, max(steps, 1))),), (0,), 4,
        "what the two stores into q overwrite, and what is stored into r", second=True,
    ),
    Kernel(
        householder, lambda rng, steps: (rng.normal(size=(5, max(steps, 1))),), (0,), 4,
        "what the store into a overwrites, the mirror before and after it is scaled, its length",
    ),
    Kernel(
        forward_solve, lambda rng, steps: (_dominant(rng, 1 + steps), rng.normal(size=1 + steps)), (0, 1), 1,
        "what the store overwrites", second=True,
    ),
    Kernel(
        backward_solve, lambda rng, steps: (_dominant(rng, 1 + steps), rng.normal(size=1 + steps)), (0, 1), 2,
        "what each of the two stores overwrites",
    ),
    Kernel(
        triangular_by_items, lambda rng, steps: (_dominant(rng, 1 + steps), rng.normal(size=1 + steps)), (0, 1), 1,
        "what the store overwrites, or the item of x",
    ),
    Kernel(
        thomas,
        lambda rng, steps: tuple(shift + rng.normal(size=2 + steps) for shift in (0.0, 9.0, 0.0, 0.0)),
        (0, 1, 2, 3), 3,
        "what the stores in loops overwrite", second=True,
    ),
    Kernel(
        durbin, lambda rng, steps: (0.3 * rng.normal(size=1 + steps),), (0,), 4,
        "error, alpha, and what the two stores overwrite", second=True,
    ),
    Kernel(
        levinson_by_items, lambda rng, steps: (0.3 * rng.normal(size=1 + steps),), (0,), 5,
        "error, alpha, and what the stores in loops overwrite",
    ),
    Kernel(
        shortest_paths, lambda rng, steps: (rng.random((steps + 1, steps + 1)) + 0.2,), (0,), 2,
        "which way was taken; what is overwritten, unless that is seen not to be read",
    ),
    Kernel(
        shortest_paths_by_planes, lambda rng, steps: (rng.random((steps + 1, steps + 1)) + 0.2,), (0,), 1,
        "the distances before, or which are kept",
    ),
    Kernel(
        power_iteration, lambda rng, steps: (_positive(rng, 3), rng.random(3) + 0.5, 4 * steps), (0, 1), 2,
        "v, and w where it is not computed again",
    ),
    Kernel(
        matrix_powers, lambda rng, steps: (0.5 * rng.normal(size=(3, 3)), steps), (0,), 1,
        "the product before each step", second=True,
    ),
]
