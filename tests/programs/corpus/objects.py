"""Classes whose methods change their objects: filters, optimisers and bodies."""
# ruff: noqa: E731, E741 (written as such code is found)

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np


class KalmanFilter:
    def __init__(self, F, H, Q, R, x0, P0):
        self.F, self.H, self.Q, self.R = F, H, Q, R
        self.x = x0
        self.P = P0
        self.log_likelihood = 0.0

    def predict(self):
        self.x = self.F @ self.x
        self.P = self.F @ self.P @ self.F.T + self.Q
        return self.x

    def update(self, z):
        y = z - self.H @ self.x
        S = self.H @ self.P @ self.H.T + self.R
        K = self.P @ self.H.T @ np.linalg.inv(S)
        self.x = self.x + K @ y
        I = np.eye(self.P.shape[0])
        self.P = (I - K @ self.H) @ self.P
        _, logdet = np.linalg.slogdet(2 * np.pi * S)
        self.log_likelihood += -0.5 * (y @ np.linalg.solve(S, y) + logdet)


def kalman_nll(log_q, log_r, zs, dt=0.1):
    F = np.array([[1.0, dt], [0.0, 1.0]])
    H = np.array([[1.0, 0.0]])
    Q = np.exp(log_q) * np.array([[dt**4 / 4, dt**3 / 2], [dt**3 / 2, dt**2]])
    R = np.exp(log_r) * np.eye(1)
    kf = KalmanFilter(F, H, Q, R, np.zeros(2), np.eye(2))
    for z in zs:
        kf.predict()
        kf.update(np.atleast_1d(z))
    return -kf.log_likelihood


@dataclass
class Params:
    W1: np.ndarray
    b1: np.ndarray
    W2: np.ndarray
    b2: np.ndarray


def mlp_dataclass(W1, b1, W2, b2, x):
    p = Params(W1, b1, W2, b2)
    h = np.tanh(x @ p.W1 + p.b1)
    p = replace(p, b2=p.b2 * 2)
    return np.sum((h @ p.W2 + p.b2) ** 2)


class Dual:
    def __init__(self, re, du=0.0):
        self.re = re
        self.du = du

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.re + other.re, self.du + other.du)

    __radd__ = __add__

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.re * other.re, self.re * other.du + self.du * other.re)

    __rmul__ = __mul__

    def __pow__(self, n):
        return Dual(self.re**n, n * self.re ** (n - 1) * self.du)


def dual_numbers(x):
    d = Dual(x, 1.0)
    y = 3.0 * d * d + 2.0 * d**3 + 1.0
    return y.du * y.re


class PID:
    kp: float = 1.0
    ki: float = 0.1
    kd: float = 0.05

    def __init__(self, gains=None):
        if gains is not None:
            self.kp, self.ki, self.kd = gains
        self.reset()

    def reset(self):
        self.integral = 0.0
        self.prev_error = None

    def __call__(self, error, dt):
        self.integral += error * dt
        derivative = 0.0 if self.prev_error is None else (error - self.prev_error) / dt
        self.prev_error = error
        return self.kp * error + self.ki * self.integral + self.kd * derivative


def pid_cost(gains, target, n=6, dt=0.1):
    pid = PID(gains)
    x, v = 0.0, 0.0
    cost = 0.0
    for _ in range(n):
        e = target - x
        u = pid(e, dt)
        v += (u - 0.5 * v) * dt
        x += v * dt
        cost += e**2 * dt
    return cost


class Tree:
    def __init__(self, value, children=()):
        self.value = value
        self.children = children

    def total(self):
        return np.tanh(self.value) + sum(c.total() for c in self.children)


def tree_sum(a, b, c, d):
    t = Tree(a, (Tree(b, (Tree(c),)), Tree(d)))
    return t.total() * t.children[0].value


class Config(NamedTuple):
    lr: float = 0.1
    momentum: float = 0.9
    steps: int = 4


def meta_learning(w0, lr, target):
    cfg = Config(lr=lr)
    w = w0
    m = np.zeros_like(w0)
    for _ in range(cfg.steps):
        g = 2 * (w - target)
        m = cfg.momentum * m + g
        w = w - cfg.lr * m
    return np.sum((w - target) ** 2)


def adam_steps(w0, lr):
    w, m, v = w0.copy(), np.zeros_like(w0), np.zeros_like(w0)
    b1, b2, eps = 0.9, 0.999, 1e-8
    for t in range(1, 5):
        g = 4 * w**3 - 2 * w + 0.5
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g**2
        m_hat = m / (1 - b1**t)
        v_hat = v / (1 - b2**t)
        w -= lr * m_hat / (np.sqrt(v_hat) + eps)
    return (w**4 - w**2).sum()


class Counter:
    def __init__(self):
        self.n = 0
        self.total = 0.0

    def __enter__(self):
        return self

    def __len__(self):
        return self.n

    def __iter__(self):
        return iter([self.n, self.total])

    def push(self, v):
        self.n += 1
        self.total += v
        return self


def running_mean(xs):
    c = Counter()
    for v in xs:
        c.push(v**2).push(v)
    return c.total / c.n


R = lambda rng, *s: rng.normal(size=s)


class Acc:
    def __init__(self, start=0.0):
        self.total = start
        self.n = 0
        self.last = None
        self.log = []

    def push(self, v):
        if v > 0:
            self.total += v**2
            self.n += 1
            return 1
        self.total -= v
        self.last = v
        return 0

    def take(self, v):
        while self.total > 1.0:
            self.total = 0.5 * self.total
            self.n += 1
        self.total += v
        self.log.append(self.total)


def acc_branches(xs):
    a = Acc(0.5)
    c = 0
    for x in xs:
        c += a.push(x)
        if a.last is not None:
            a.total += 0.1 * a.last
    return a.total * (1 + c) / (1 + a.n)


def acc_while(xs):
    a = Acc(0.5)
    for x in xs:
        a.take(x)
    return a.total + sum(a.log)


class Buf:
    def __init__(self, n):
        self.data = np.zeros(n)
        self.prev = np.zeros(n)
        self.t = 0.0

    def step(self, v, dt):
        self.prev, self.data = self.data, self.prev
        self.data[:] = self.prev + dt * v
        self.data[0] = self.t
        self.t += dt


def swap_buffers(v):
    b = Buf(len(v))
    for k in range(4):
        b.step(v * (k + 1), 0.1)
    return np.sum(b.data**2) + np.sum(b.prev * v)


class Sim:
    def __init__(self, pos, vel, g=9.81, dt=0.01):
        self.pos = pos
        self.vel = vel
        self.g = g
        self.dt = dt
        self.trajectory = [pos]

    def acceleration(self):
        return -self.g * np.array([0.0, 1.0]) - 0.1 * self.vel * np.linalg.norm(self.vel)

    def step(self):
        a = self.acceleration()
        self.pos = self.pos + self.vel * self.dt + 0.5 * a * self.dt**2
        self.vel = self.vel + a * self.dt
        self.trajectory.append(self.pos)
        if self.pos[1] < 0:
            self.vel = self.vel * np.array([1.0, -0.8])
            self.pos = np.array([self.pos[0], -self.pos[1]])

    def run(self, n):
        for _ in range(n):
            self.step()
        return self


def projectile_sim(pos, vel, g):
    s = Sim(pos, vel, g).run(6)
    return s.pos[0] + np.sum(np.array(s.trajectory)[:, 1])


class Ema:
    def __init__(self, alpha):
        self.alpha, self.value = alpha, None

    def update(self, x):
        self.value = x if self.value is None else self.alpha * x + (1 - self.alpha) * self.value
        return self.value


def ema_none(alpha, xs):
    e = Ema(alpha)
    return sum([e.update(x) ** 2 for x in xs])


def ema_genexp(alpha, xs):
    e = Ema(alpha)
    out = sum(e.update(x) for x in xs)
    return out * e.value


class GD:
    def __init__(self, lr):
        self.lr = lr
        self.m = 0.0

    def __call__(self, w, g):
        self.m = 0.9 * self.m + g
        return w - self.lr * self.m


def gd_object(w, lr, t):
    opt = GD(lr)
    for _ in range(3):
        w = opt(w, 2 * (w - t))
    return np.sum((w - t) ** 2)


class Node:
    def __init__(self, v):
        self.v = v
        self.child = None


def linked(a, b):
    n = Node(a)
    n.child = Node(b)
    for k in range(3):
        n.v = n.v * b + n.child.v
        n.child.v += 0.1 * n.v
    return n.v * n.child.v


def break_attr(xs):
    a = Acc()
    for x in xs:
        if a.total > 2:
            a.n = 7
            break
        a.total += x * x
    else:
        a.total = a.total * 2
    return a.total * (a.n + 1)


class ODE:
    def __init__(self, k):
        self.k = k
        self.nfev = 0

    def rhs(self, t, y):
        self.nfev += 1
        return np.array([y[1], -self.k * y[0]])


def ode_class(k, y0):
    ode = ODE(k)
    y, t, h = y0, 0.0, 0.1
    for i in range(3):
        k1 = ode.rhs(t, y)
        k2 = ode.rhs(t + h / 2, y + h / 2 * k1)
        y = y + h * k2
        t += h
    return y[0] / ode.nfev


CASES = {
    kalman_nll: lambda rng: (-1.0, -0.5, R(rng, 5)),
    mlp_dataclass: lambda rng: (R(rng, 3, 4), R(rng, 4), R(rng, 4, 2), R(rng, 2), R(rng, 5, 3)),
    dual_numbers: lambda rng: (1.3,),
    pid_cost: lambda rng: ([1.0, 0.2, 0.1], 1.5),
    tree_sum: lambda rng: (0.1, 0.2, 0.3, 0.4),
    meta_learning: lambda rng: (R(rng, 3), 0.1, R(rng, 3)),
    adam_steps: lambda rng: (R(rng, 3), 0.1),
    running_mean: lambda rng: (R(rng, 4),),
    acc_branches: lambda rng: (R(rng, 5),),
    acc_while: lambda rng: (3 * R(rng, 4) ** 2,),
    swap_buffers: lambda rng: (R(rng, 3),),
    projectile_sim: lambda rng: (np.array([0.0, 0.01]), np.array([1.0, -0.5]), 9.0),
    ema_none: lambda rng: (0.3, R(rng, 4)),
    ema_genexp: lambda rng: (0.3, R(rng, 4)),
    gd_object: lambda rng: (R(rng, 3), 0.1, R(rng, 3)),
    linked: lambda rng: (1.1, 0.7),
    break_attr: lambda rng: (R(rng, 6),),
    ode_class: lambda rng: (2.0, R(rng, 2)),
}

NEEDS_TYPES = {
    "kalman_nll": "S2S201",
    "acc_while": "S2S142",
    "linked": "S2S142",
}
