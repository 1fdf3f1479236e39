"""Trajectories, optimisers and recurrences that write into arrays made beforehand."""
import numpy as np
from tests.kernels.case import Kernel


def attract(positions, masses, out):
    out[:] = 0.0
    n = len(masses)
    for i in range(n):
        for j in range(n):
            if i != j:
                apart = positions[j] - positions[i]
                out[i] += masses[j] * apart / (np.sum(apart * apart) + 0.1) ** 1.5


def bodies(positions, velocities, masses, steps):
    pull = np.empty_like(positions)
    attract(positions, masses, pull)
    for _ in range(steps):
        velocities += 0.05 * pull
        positions += 0.1 * velocities
        attract(positions, masses, pull)
        velocities += 0.05 * pull
    return np.sum(velocities**2) + np.sum(positions[0] * positions[1])


def bodies_as_arrays(positions, velocities, steps):
    for _ in range(steps):
        apart = positions[None, :, :] - positions[:, None, :]
        distance = np.sum(apart**2, axis=2) + 0.5
        velocities += 0.1 * np.sum(apart / distance[:, :, None], axis=1)
        positions += 0.1 * velocities
    return np.sum(positions * velocities)


def recurrent(w, u, b, inputs):
    steps, hidden = inputs.shape[0], len(b)
    states = np.zeros((steps + 1, hidden))
    for t in range(steps):
        states[t + 1] = np.tanh(states[t] @ w + inputs[t] @ u + b)
    return np.sum(states * states)


def gated(w, inputs):
    states = np.empty((len(inputs) + 1, w.shape[0]))
    states[0] = 0.1
    for t, x in enumerate(inputs):
        gate = 1.0 / (1.0 + np.exp(-(w @ states[t])))
        states[t + 1] = gate * states[t]
        states[t + 1] += (1.0 - gate) * x
    return np.sum(states[-1] ** 2) + np.sum(states)


def predator_slope(y, p):
    return np.array([p[0] * y[0] - p[1] * y[0] * y[1], p[2] * y[0] * y[1] - y[1]])


def runge_kutta(start, p, steps):
    h = 0.1
    path = np.empty((steps + 1, 2))
    path[0] = start
    for i in range(steps):
        y = path[i]
        k1 = predator_slope(y, p)
        k2 = predator_slope(y + 0.5 * h * k1, p)
        k3 = predator_slope(y + 0.5 * h * k2, p)
        k4 = predator_slope(y + h * k3, p)
        path[i + 1] = y + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return np.sum(path[:, 0]) + np.sum(path[-1] ** 2)


def verlet(start, steps):
    angle = np.zeros(steps + 2)
    angle[0] = start[0]
    angle[1] = start[0] + 0.1 * start[1]
    for t in range(1, steps + 1):
        angle[t + 1] = 2.0 * angle[t] - angle[t - 1] - 0.01 * np.sin(angle[t])
    return np.mean(angle**2)


def adam(params, target, steps):
    first = [np.zeros_like(p) for p in params]
    second = [np.zeros_like(p) for p in params]
    params = [p.copy() for p in params]
    for t in range(steps):
        for i in range(len(params)):
            slope = np.sin(params[i]) - target
            first[i] = 0.9 * first[i] + 0.1 * slope
            second[i] = 0.99 * second[i] + 0.01 * slope**2
            corrected = first[i] / (1.0 - 0.9 ** (t + 1))
            params[i] = params[i] - 0.1 * corrected / (np.sqrt(second[i] / (1.0 - 0.99 ** (t + 1))) + 0.1)
    total = 0.0
    for p in params:
        total += np.sum(p * p)
    return total


def momentum(weights, bias, x, y, steps):
    speed_w, speed_b = np.zeros_like(weights), 0.0
    for _ in range(steps):
        residual = np.tanh(x @ weights + bias) - y
        speed_w *= 0.9
        speed_w -= 0.05 * (x.T @ residual)
        speed_b = 0.9 * speed_b - 0.05 * np.sum(residual)
        weights += speed_w
        bias += speed_b
    return np.sum((np.tanh(x @ weights + bias) - y) ** 2)


def newton(a, start):
    x = start
    step = 1.0
    while abs(step) > 1e-9:
        step = (x**3 - a) / (3.0 * x * x)
        x -= step
    return np.sin(x)


def newton_of_arrays(a, limit):
    x = np.ones_like(a)
    count = 0
    while count < limit:
        step = (x * x - a) / (2.0 * x)
        x -= step
        count += 1
        if np.max(np.abs(step)) < 1e-12:
            break
    return np.sum(x * a)


def delayed(signal, feedback):
    line = np.zeros(2)
    total = 0.0
    for t in range(len(signal)):
        place = t % 2
        heard = signal[t] + feedback * line[place]
        line[place] = np.tanh(heard)
        total += heard * heard
    return total + np.sum(line)


def bisection(a, steps):
    low, high = np.zeros_like(a), a + 1.0
    for _ in range(steps):
        middle = 0.5 * (low + high)
        above = middle * middle > a
        high[above] = middle[above]
        low[~above] = middle[~above]
    return np.sum(low * high)


KERNELS = [
    Kernel(
        bodies,
        lambda rng, steps: (rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), rng.random(3) + 0.5, steps),
        (0, 1, 2), 3, "the positions; what is made of a difference is made again, or saved in the inner loops",
    ),
    Kernel(
        bodies_as_arrays, lambda rng, steps: (rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), steps), (0, 1),
        3, "the differences and distances, or the positions", second=True,
    ),
    Kernel(
        recurrent,
        lambda rng, steps: (*(rng.normal(size=size) for size in ((3, 3), (2, 3), 3)), rng.normal(size=(steps, 2))),
        (0, 1, 2), 1, "the state, which the store puts into its place", second=True,
    ),
    Kernel(
        gated, lambda rng, steps: (rng.normal(size=(3, 3)), rng.normal(size=(steps, 3))), (0, 1), 2,
        "the gate, and the state or what the stores overwrite",
    ),
    Kernel(
        runge_kutta, lambda rng, steps: (np.array([1.2, 0.6]), np.array([0.9, 0.7, 0.8]), steps), (0, 1), 7,
        "the arguments of four slopes, at most", second=True,
    ),
    Kernel(
        verlet, lambda rng, steps: (rng.normal(size=2), steps), (0,), 1,
        "an item of the path that the store overwrites, or the angle", second=True,
    ),
    Kernel(
        adam, lambda rng, steps: ([rng.normal(size=3), rng.normal(size=(2, 3))], 0.3, steps), (0,), 5,
        "the parameters, the slope, the two means and a root",
    ),
    Kernel(
        momentum,
        lambda rng, steps: (rng.normal(size=3), 0.1, rng.normal(size=(4, 3)), rng.normal(size=4), steps), (0, 1),
        1, "the tanh in the residual: everything else is linear", second=True,
    ),
    Kernel(newton, lambda rng, steps: (2.0 + steps, 1.5), (0,), 1, "x", second=True),
    Kernel(newton_of_arrays, lambda rng, steps: (1.0 + rng.random(3), steps), (0,), 1, "x"),
    Kernel(
        delayed, lambda rng, steps: (rng.normal(size=steps), 0.6), (0, 1), 3,
        "what is heard, what the store overwrites or the item that is read, the tanh", second=True,
    ),
    Kernel(bisection, lambda rng, steps: (1.0 + rng.random(3), steps), (0,), 2, "which entries are above and below"),
]
