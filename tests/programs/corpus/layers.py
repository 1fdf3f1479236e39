"""Classes that hold others and call them: layers, networks, grids and integrators."""
# ruff: noqa: E731, E741 (written as such code is found)

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np


class Module(ABC):
    def __init__(self):
        self.training = True

    @abstractmethod
    def forward(self, x): ...
    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def reg(self):
        return 0.0


class Linear(Module):
    def __init__(self, w, b=None):
        super().__init__()
        self.w = w
        self.b = b

    def forward(self, x):
        out = x @ self.w
        if self.b is not None:
            out = out + self.b
        return out

    def reg(self):
        return np.sum(self.w**2)


class ReLU(Module):
    def forward(self, x):
        return np.maximum(x, 0.0)


class Dropout(Module):
    def __init__(self, mask, p=0.5):
        super().__init__()
        self.mask, self.p = mask, p

    def forward(self, x):
        if not self.training:
            return x
        return x * self.mask / (1 - self.p)


class Seq(Module):
    def __init__(self, *layers):
        super().__init__()
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def reg(self):
        return sum(l.reg() for l in self.layers)

    def __len__(self):
        return len(self.layers)

    def __getitem__(self, i):
        return self.layers[i]

    def __iter__(self):
        return iter(self.layers)


def seq_net(w1, b1, w2, x, mask):
    net = Seq(Linear(w1, b1), ReLU(), Dropout(mask), Linear(w2))
    y = net(x)
    return np.mean(y**2) + 0.1 * net.reg()


def seq_iter(w1, b1, w2, x):
    net = Seq(Linear(w1, b1), ReLU(), Linear(w2))
    for i, layer in enumerate(net):
        x = layer(x) * (i + 1)
    return np.sum(x)


class ParamNet:
    def __init__(self, params):
        self.params = params
        self.n_layers = len(params)

    def predict(self, X):
        A = X
        self.cache = []
        for W, b in self.params[:-1]:
            A = np.tanh(A @ W + b)
            self.cache.append(A)
        W, b = self.params[-1]
        return A @ W + b

    def loss(self, X, y):
        err = self.predict(X) - y
        return 0.5 * np.mean(err**2) + 1e-3 * sum(np.sum(W**2) for W, _ in self.params) + np.mean(self.cache[-1])


def param_net(params, X, y):
    return ParamNet(params).loss(X, y)


@dataclass
class Body:
    m: float
    x: np.ndarray
    v: np.ndarray
    trail: list[np.ndarray] = field(default_factory=list)

    def kick(self, a, dt):
        self.v = self.v + a * dt

    def drift(self, dt):
        self.x = self.x + self.v * dt
        self.trail.append(self.x)

    @property
    def ke(self):
        return 0.5 * self.m * self.v @ self.v


def two_body(m1, m2, x1, x2, v1, v2):
    a = Body(m1, x1, v1)
    b = Body(m2, x2, v2)
    dt = 0.05
    for _ in range(4):
        r = b.x - a.x
        d3 = np.sum(r * r) ** 1.5
        a.kick(b.m * r / d3, dt)
        b.kick(-a.m * r / d3, dt)
        for body in (a, b):
            body.drift(dt)
    return a.ke + b.ke + np.sum(a.trail[1] * b.trail[-1])


def bodies_list(m1, m2, x1, x2, v1, v2):
    bodies = [Body(m1, x1, v1), Body(m2, x2, v2)]
    for _ in range(3):
        acc = []
        for i, p in enumerate(bodies):
            a = np.zeros(2)
            for j, q in enumerate(bodies):
                if i != j:
                    r = q.x - p.x
                    a += q.m * r / (np.sum(r * r) + 0.1) ** 1.5
            acc.append(a)
        for p, a in zip(bodies, acc):
            p.kick(a, 0.1)
            p.drift(0.1)
    return sum(p.ke for p in bodies)


class Grid:
    def __init__(self, n, L=1.0):
        self.n = n
        self.dx = L / (n - 1)
        self.u = np.zeros(n)

    def set_initial(self, f):
        self.u[:] = f
        return self

    def laplacian(self):
        lap = np.zeros_like(self.u)
        lap[1:-1] = (self.u[2:] - 2 * self.u[1:-1] + self.u[:-2]) / self.dx**2
        return lap

    def advance(self, dt, nu, nsteps=1):
        for _ in range(nsteps):
            self.u += dt * nu * self.laplacian()
            self.u[0] = 0.0
            self.u[-1] = self.u[-2]


def heat_grid(u0, nu):
    g = Grid(len(u0)).set_initial(u0)
    g.advance(0.01, nu, nsteps=4)
    return np.trapezoid(g.u**2, dx=g.dx)


R = lambda rng, *s: rng.normal(size=s)


CASES = {
    seq_net: lambda rng: (R(rng, 3, 4), R(rng, 4), R(rng, 4, 2), R(rng, 5, 3), (rng.uniform(size=(5, 4)) > 0.5) * 1.0),
    seq_iter: lambda rng: (R(rng, 3, 4), R(rng, 4), R(rng, 4, 2), R(rng, 5, 3)),
    param_net: lambda rng: (
        [(R(rng, 3, 4), R(rng, 4)), (R(rng, 4, 4), R(rng, 4)), (R(rng, 4, 1), R(rng, 1))],
        R(rng, 5, 3),
        R(rng, 5, 1),
    ),
    two_body: lambda rng: (1.0, 2.0, R(rng, 2), R(rng, 2) + 3, R(rng, 2), R(rng, 2)),
    bodies_list: lambda rng: (1.0, 2.0, R(rng, 2), R(rng, 2) + 3, R(rng, 2), R(rng, 2)),
    heat_grid: lambda rng: (R(rng, 6), 0.5),
}
