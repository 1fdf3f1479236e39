"""Recurrences, integrators, finance and filters: loops over scalars and small arrays."""

import numpy as np
from numpy import exp, sqrt

G = 9.81
DT = 0.05
STEPS = 4


def horner(coeffs, x):
    acc = 0.0
    for c in coeffs:
        acc = acc * x + c
    return acc


def horner_reversed(coeffs, x):
    result = coeffs[-1]
    for c in reversed(coeffs[:-1]):
        result = result * x + c
    return result


def newton_sqrt(a, n=5):
    x = a
    for _ in range(n):
        x = 0.5 * (x + a / x)
    return x


def newton_nested(a, b):
    def step(x):
        fx = x**3 - a * x - b
        return x - fx / (3 * x**2 - a)

    x = 2.0
    for _ in range(4):
        x = step(x)
    return x


def logistic_map(r, x0, n=6):
    x = x0
    for i in range(n):
        x = r * x * (1.0 - x)
    return x


def fibonacci_like(a, b, n):
    for _ in range(n):
        a, b = b, a + 0.5 * b
    return a * b


def black_scholes_tanh(S, K, T, r, sigma):
    """Black-Scholes call with a logistic approximation of the normal distribution."""

    def cdf(x):
        return 1.0 / (1.0 + exp(-1.5976 * x - 0.07056 * x**3))

    d1 = (np.log(S / K) + (r + 0.5 * sigma**2) * T) / (sigma * sqrt(T))
    d2 = d1 - sigma * sqrt(T)
    return S * cdf(d1) - K * exp(-r * T) * cdf(d2)


def bond_price(rate, coupons, face):
    price = 0.0
    for t, c in enumerate(coupons, start=1):
        price = price + c / (1 + rate) ** t
    return price + face / (1 + rate) ** len(coupons)


def binomial_tree(S, up, rate):
    down = 1 / up
    p = (np.exp(rate) - down) / (up - down)
    payoff = np.maximum(S * up ** np.arange(3.0, -4.0, -2.0) - 1.0, 0.0)
    for _ in range(3):
        payoff = np.exp(-rate) * (p * payoff[:-1] + (1 - p) * payoff[1:])
    return payoff[0]


def kalman_scalar(params, ys):
    q, r = params
    m, P = 0.0, 1.0
    ll = 0.0
    for y in ys:
        P = P + q**2
        S = P + r**2
        K = P / S
        v = y - m
        m = m + K * v
        P = (1 - K) * P
        ll = ll - 0.5 * (np.log(2 * np.pi * S) + v**2 / S)
    return -ll


def spring(x0, v0, k, c):
    x, v = x0, v0
    for _ in range(10):
        a = -k * x - c * v
        v = v + DT * a
        x = x + DT * v
    return 0.5 * k * x**2 + 0.5 * v**2


def orbit(pos, vel):
    dt = 0.1
    for step in range(STEPS):
        r = np.sqrt(np.sum(pos**2))
        acc = -pos / r**3
        vel = vel + dt * acc
        pos = pos + dt * vel
    return np.sum(pos * vel)


def three_body(masses, xs, vs, dt=0.01):
    n = len(masses)
    for _ in range(2):
        total = np.zeros(2)
        for i in range(n):
            a = np.zeros(2)
            for j in range(n):
                if i != j:
                    d = xs[j] - xs[i]
                    a = a + masses[j] * d / (np.sum(d * d) + 0.1) ** 1.5
            total = total + a * masses[i]
        vs = vs + dt * total
        xs = xs + dt * vs
    return np.sum(vs**2)


def projectile(angle, speed):
    vx = speed * np.cos(angle)
    vy = speed * np.sin(angle)
    t = 2 * vy / G
    return vx * t


def pendulum_rk4(theta, omega):
    def f(th, om):
        return om, -G * np.sin(th)

    h = DT
    for _ in range(3):
        k1, l1 = f(theta, omega)
        k2, l2 = f(theta + 0.5 * h * k1, omega + 0.5 * h * l1)
        k3, l3 = f(theta + 0.5 * h * k2, omega + 0.5 * h * l2)
        k4, l4 = f(theta + h * k3, omega + h * l3)
        theta = theta + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        omega = omega + h / 6 * (l1 + 2 * l2 + 2 * l3 + l4)
    return theta**2 + 0.1 * omega**2


def heat_equation(u, alpha):
    for _ in range(3):
        lap = u[2:] - 2 * u[1:-1] + u[:-2]
        u = np.concatenate([u[:1], u[1:-1] + alpha * lap, u[-1:]])
    return np.sum(u**2)


def wave_step(u, u_prev, c):
    lap = np.concatenate((u[1:], u[:1])) + np.concatenate((u[-1:], u[:-1])) - 2.0 * u
    return 2.0 * u - u_prev + c**2 * lap, u


def wave_energy(u0, c):
    u, prev = u0, u0
    for _ in range(3):
        u, prev = wave_step(u, prev, c)
    return np.sum((u - prev) ** 2) + np.sum(u**2)


def lotka_volterra(theta, y0):
    a, b, c, d = theta
    x, y = y0
    for _ in range(8):
        x, y = x + 0.05 * (a * x - b * x * y), y + 0.05 * (d * x * y - c * y)
    return x + y


def discounted(rewards, gamma):
    g = 0.0
    for r in reversed(rewards):
        g = r + gamma * g
    return g


def discounted_array(rewards, gamma):
    g = 0.0
    for r in rewards[::-1]:
        g = r + gamma * g
    return g


def ema_loss(alpha, xs):
    s = xs[0]
    loss = 0.0
    for x in xs[1:]:
        loss += (x - s) ** 2
        s = alpha * x + (1 - alpha) * s
    return loss


def power_iteration(A, v):
    for _ in range(5):
        v = A @ v
        v = v / np.sqrt(v @ v)
    return v @ A @ v


def euler_exp(x, n=50):
    y = 1.0
    dx = x / n
    for i in range(n):
        y = y + y * dx
    return y


def continued_fraction(x, n=6):
    r = 1.0
    for k in range(n, 0, -1):
        r = k + x / r
    return r


def every_other(x, n):
    s = 0.0
    for k in range(1, n, 2):
        s += (-1) ** ((k - 1) // 2) * x**k / k
    return s


def double_loop(x, n):
    s = 0.0
    for i in range(n):
        for j in range(i):
            s = s + np.sin(x * (i - j))
        s = s * 0.9
    return s


def nested_accumulate(A):
    total = 0.0
    for row in A:
        prod = 1.0
        for v in row:
            prod = prod * v
        total = total + prod
    return total


def chebyshev(coeffs, x):
    b1 = 0.0
    b2 = 0.0
    for c in coeffs[:0:-1]:
        b1, b2 = 2 * x * b1 - b2 + c, b1
    return coeffs[0] + x * b1 - b2


def simpson(a, b, n=6):
    h = (b - a) / n
    s = np.exp(-(a**2)) + np.exp(-(b**2))
    for i in range(1, n):
        x = a + i * h
        w = 4 if i % 2 == 1 else 2
        s += w * np.exp(-(x**2))
    return s * h / 3


def trapezoid(x, y):
    return np.sum(0.5 * (x[1:] - x[:-1]) * (y[1:] + y[:-1]))


def lennard_jones(pos):
    d = pos[:, None, :] - pos[None, :, :]
    r2 = np.sum(d**2, axis=2) + np.eye(len(pos))
    inv6 = 1.0 / r2**3
    return np.sum(np.where(np.eye(len(pos)) > 0, 0.0, 4 * (inv6**2 - inv6))) / 2


def attenuate(signal, taps):
    n = len(taps)
    out = 0.0
    for k in range(len(signal) - n + 1):
        window = signal[k : k + n]
        out = out + np.tanh(np.dot(window, taps))
    return out


CASES = {
    horner: lambda rng: ([0.5, -1.0, 2.0, 0.3], 1.3),
    horner_reversed: lambda rng: ([0.5, -1.0, 2.0, 0.3], 1.3),
    newton_sqrt: lambda rng: (2.3,),
    newton_nested: lambda rng: (1.2, 0.7),
    logistic_map: lambda rng: (3.2, 0.3),
    fibonacci_like: lambda rng: (1.0, 1.5, 5),
    black_scholes_tanh: lambda rng: (100.0, 95.0, 0.5, 0.02, 0.3),
    bond_price: lambda rng: (0.04, [5.0, 5.0, 5.0], 100.0),
    binomial_tree: lambda rng: (1.1, 1.2, 0.02),
    kalman_scalar: lambda rng: ((0.5, 0.8), [0.3, 0.1, 0.9, 1.2]),
    spring: lambda rng: (1.0, 0.0, 2.0, 0.1),
    orbit: lambda rng: (np.array([1.0, 0.2]), np.array([0.1, 0.9])),
    three_body: lambda rng: (rng.uniform(1, 2, 3), rng.normal(size=(3, 2)), rng.normal(size=(3, 2))),
    projectile: lambda rng: (0.7, 12.0),
    pendulum_rk4: lambda rng: (0.8, -0.2),
    heat_equation: lambda rng: (rng.normal(size=7), 0.2),
    wave_energy: lambda rng: (rng.normal(size=6), 0.4),
    lotka_volterra: lambda rng: ((1.1, 0.4, 0.4, 0.1), (2.0, 1.0)),
    discounted: lambda rng: ([1.0, 0.5, -0.3], 0.9),
    discounted_array: lambda rng: (rng.normal(size=5), 0.9),
    ema_loss: lambda rng: (0.3, rng.normal(size=5)),
    power_iteration: lambda rng: (rng.normal(size=(3, 3)) + 3 * np.eye(3), rng.normal(size=3)),
    euler_exp: lambda rng: (0.7,),
    continued_fraction: lambda rng: (1.7,),
    every_other: lambda rng: (0.6, 9),
    double_loop: lambda rng: (0.4, 4),
    nested_accumulate: lambda rng: (rng.normal(size=(3, 4)),),
    chebyshev: lambda rng: (rng.normal(size=5), 0.3),
    simpson: lambda rng: (0.1, 1.4),
    trapezoid: lambda rng: (np.sort(rng.normal(size=6)), rng.normal(size=6)),
    lennard_jones: lambda rng: (1.5 * rng.normal(size=(4, 3)),),
    attenuate: lambda rng: (rng.normal(size=7), rng.normal(size=3)),
}
