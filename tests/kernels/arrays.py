"""Layers, reductions and rearrangements in place: views, masks, `out=` and scattered additions."""
import numpy as np
from tests.kernels.case import Kernel


def convolve(image, weights):
    height = image.shape[0] - weights.shape[0] + 1
    width = image.shape[1] - weights.shape[1] + 1
    out = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            for a in range(weights.shape[0]):
                for b in range(weights.shape[1]):
                    out[i, j] += weights[a, b] * image[i + a, j + b]
    return np.sum(out * out)


def convolve_by_shifts(signal, weights):
    out = np.zeros(len(signal) - len(weights) + 1)
    for k in range(len(weights)):
        out += weights[k] * signal[k : k + len(out)]
    return np.sum(np.tanh(out))


def running_sum(x):
    for i in range(1, len(x)):
        x[i] += x[i - 1]
    return np.sum(x * x)


def running_product(x):
    for i in range(1, len(x)):
        x[i] *= x[i - 1]
    return np.sum(np.sin(x))


def smoothing(x, keep):
    y = x.copy()
    for t in range(1, y.shape[1]):
        y[:, t] = keep * y[:, t - 1] + (1.0 - keep) * x[:, t]
    return np.sum(y * y)


def histogram(weights, bins, n):
    counts = np.zeros(n)
    np.add.at(counts, bins, np.exp(weights))
    counts /= np.sum(counts)
    return np.sum(counts * counts * np.arange(n))


def mesh_forces(x, edges):
    force = np.zeros_like(x)
    stretch = x[edges[:, 1]] - x[edges[:, 0]]
    np.add.at(force, edges[:, 0], stretch)
    np.subtract.at(force, edges[:, 1], stretch)
    return np.sum(force**2)


def softmax(z, target):
    np.subtract(z, np.max(z, axis=1, keepdims=True), out=z)
    np.exp(z, out=z)
    z /= np.sum(z, axis=1, keepdims=True)
    np.log(z, z)
    return -np.sum(z * target)


def batch_norm(x, gamma, beta):
    x -= np.mean(x, axis=0)
    x /= np.sqrt(np.mean(x * x, axis=0) + 1e-3)
    x *= gamma
    x += beta
    return np.sum(np.sin(x))


def layers(x, weights, biases):
    for w, b in zip(weights, biases):
        x = x @ w
        x += b
        np.maximum(x, 0.1 * x, out=x)
    x *= x
    return np.mean(x)


def centred_rows(a):
    for row in a:
        row -= np.mean(row)
        row *= 1.0 + row[0]
    return np.sum(a**3)


def clipped(a, slope):
    a[a < 0.0] *= slope
    a[a > 1.0] = 1.0
    return np.sum(a * a)


def horner(x, coefficients):
    y = np.zeros_like(x)
    for c in coefficients:
        np.multiply(y, x, out=y)
        y += c
    return np.sum(y * y)


def pooled(image):
    rows, columns = image.shape[0] // 2, image.shape[1] // 2
    out = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            out[i, j] = np.max(image[2 * i : 2 * i + 2, 2 * j : 2 * j + 2])
    return np.sum(out**2)


def gathered(table, which):
    total = 0.0
    for k in range(len(which)):
        table[which[k]] *= 0.5
        total += np.sum(table[which[k]] ** 2)
    return total + np.sum(table)


def bordered(a, edge):
    b = np.empty((a.shape[0] + 2, a.shape[1] + 2))
    b[...] = 0.0
    b[1:-1, 1:-1] = np.sin(a)
    top, bottom = b[0], b[-1]
    top[:] = edge
    bottom[1:-1] = a[-1] * edge[1:-1]
    b.T[0] += 1.5
    np.fill_diagonal(b, 0.5)
    return np.sum(b * b)


def butterfly(x, steps):
    half = len(x) // 2
    low, high = x[:half], x[half:]
    for _ in range(steps):
        kept = low.copy()
        low += 0.5 * high
        high -= 0.5 * kept
        low *= np.cos(low)
    return np.sum(x * np.arange(len(x)))


def folded(a, steps):
    a = a.copy()
    flat = a.reshape(-1)
    for _ in range(steps):
        flat[1:] += 0.3 * flat[:-1] ** 2
        a[:, 0] -= 0.1 * np.sin(a[:, -1])
    return np.sum(a * a)


def _network(rng):
    return rng.normal(size=(4, 3)), [rng.normal(size=(3, 3)) for _ in range(2)], [rng.normal(size=3) for _ in range(2)]


KERNELS = [
    Kernel(convolve, lambda rng, steps: (rng.normal(size=(4, 5)), rng.normal(size=(2, 3))), (0, 1), 0, "inputs stay"),
    Kernel(
        convolve_by_shifts, lambda rng, steps: (rng.normal(size=6), rng.normal(size=1 + steps)), (0, 1), 0,
        "inputs stay", second=True,
    ),
    Kernel(running_sum, lambda rng, steps: (rng.normal(size=1 + steps),)),
    Kernel(
        running_product, lambda rng, steps: (rng.normal(size=1 + steps),), (0,), 1, "what the store overwrites",
        second=True,
    ),
    Kernel(smoothing, lambda rng, steps: (rng.normal(size=(3, 1 + steps)), 0.7)),
    Kernel(
        smoothing, lambda rng, steps: (rng.normal(size=(3, 1 + steps)), 0.7), (0, 1), 1,
        "d_keep reads the column before, which the next restores", second=True,
    ),
    Kernel(
        histogram, lambda rng, steps: (rng.normal(size=6), np.array([0, 1, 1, 3, 0, 1]), 4), (0,), 0, "no loop",
        second=True,
    ),
    Kernel(
        mesh_forces, lambda rng, steps: (rng.normal(size=(4, 2)), np.array([[0, 1], [1, 2], [2, 3], [3, 0], [0, 2]])),
        (0,), 0, "no loop",
    ),
    Kernel(softmax, lambda rng, steps: (rng.normal(size=(4, 3)), rng.random((4, 3))), (0,), 0, "no loop", second=True),
    Kernel(
        batch_norm, lambda rng, steps: (rng.normal(size=(5, 3)), rng.normal(size=3), rng.normal(size=3)), (0, 1, 2), 0,
        "no loop", second=True,
    ),
    Kernel(layers, lambda rng, steps: _network(rng), (0, 1, 2), 2, "the input of each layer and of its maximum"),
    Kernel(
        centred_rows, lambda rng, steps: (rng.normal(size=(max(steps, 1), 4)),), (0,), 1,
        "the row after the mean is taken off, or what the second store overwrites", second=True,
    ),
    Kernel(clipped, lambda rng, steps: (rng.normal(size=(4, 3)), 0.3), (0, 1), 0, "no loop"),
    Kernel(
        horner, lambda rng, steps: (rng.normal(size=4), rng.normal(size=steps)), (0, 1), 1, "y, for d_x",
        second=True,
    ),
    Kernel(pooled, lambda rng, steps: (rng.normal(size=(4, 6)),), (0,), 1, "the largest of each block, or none"),
    Kernel(
        gathered, lambda rng, steps: (rng.normal(size=(4, 3)), np.array([2, 0, 2])[:steps]), (0,), 1,
        "the row that is squared",
    ),
    Kernel(bordered, lambda rng, steps: (rng.normal(size=(3, 4)), rng.normal(size=6)), (0, 1), 0, "no loop"),
    Kernel(
        butterfly, lambda rng, steps: (rng.normal(size=6), steps), (0,), 1, "low before it is multiplied",
        second=True,
    ),
    Kernel(
        folded, lambda rng, steps: (rng.normal(size=(3, 4)), steps), (0,), 2, "what each of the two stores overwrites",
        second=True,
    ),
]
