"""Sequences and functions as values: Markov chains, alignments, recursion, dispatch, iterators, quadrature."""
# ruff: noqa: C408, E731, E741, RUF007 (written as such code is found)

import itertools
import math
import operator
from functools import partial, reduce, wraps
from itertools import accumulate, chain, combinations, product

import numpy as np


def logsumexp(a, axis=None, keepdims=False):
    m = np.max(a, axis=axis, keepdims=True)
    s = np.log(np.sum(np.exp(a - m), axis=axis, keepdims=True)) + m
    return s if keepdims else np.squeeze(s, axis=axis)


def hmm_forward(log_pi, log_A, log_B, obs):
    alpha = log_pi + log_B[:, obs[0]]
    for o in obs[1:]:
        alpha = logsumexp(alpha[:, None] + log_A, axis=0) + log_B[:, o]
    return logsumexp(alpha)


def ctc_loss(logits, labels, blank=0):
    logp = logits - logsumexp(logits, axis=1, keepdims=True)
    ext = [blank]
    for l in labels:
        ext += [l, blank]
    S, T = len(ext), logits.shape[0]
    neg_inf = -1e30
    alpha = np.full(S, neg_inf)
    alpha[0] = logp[0, ext[0]]
    alpha[1] = logp[0, ext[1]]
    for t in range(1, T):
        new = np.full(S, neg_inf)
        for s in range(S):
            a = alpha[s]
            if s > 0:
                a = np.logaddexp(a, alpha[s - 1])
            if s > 1 and ext[s] != blank and ext[s] != ext[s - 2]:
                a = np.logaddexp(a, alpha[s - 2])
            new[s] = a + logp[t, ext[s]]
        alpha = new
    return -np.logaddexp(alpha[-1], alpha[-2])


def compose(*fs):
    def composed(x):
        for f in fs:
            x = f(x)
        return x

    return composed


def pipeline(x, w):
    f = compose(lambda v: v @ w, np.tanh, lambda v: v**2, np.sum)
    return f(x)


def compose_reduce(x, a):
    fs = [np.sin, lambda v: a * v, np.exp, partial(np.power, 2.0)]
    return reduce(lambda acc, f: f(acc), fs, x)


def dict_net(params, x):
    n = len(params) // 2
    for i in range(n):
        x = x @ params[f"W{i}"] + params[f"b{i}"]
        if i < n - 1:
            x = np.tanh(x)
    return np.sum(x**2)


def nested_dict_net(params, x):
    for name in ("enc", "dec"):
        layer = params[name]
        x = np.tanh(x @ layer["w"] + layer["b"])
    reg = sum(np.sum(l["w"] ** 2) for l in params.values())
    return x.sum() + 0.01 * reg


def logged(fn):
    @wraps(fn)
    def wrapper(*args, **kwargs):
        out = fn(*args, **kwargs)
        return out

    return wrapper


def scaled(factor):
    def deco(fn):
        def wrapper(*args, **kwargs):
            return factor * fn(*args, **kwargs)

        return wrapper

    return deco


@logged
def inner_energy(x, *, k=1.0):
    return 0.5 * k * np.sum(x**2)


@scaled(3.0)
def inner_cubic(x):
    return np.sum(x**3)


def decorated_sum(x, k):
    return inner_energy(x, k=k) + inner_cubic(x)


def kwargs_plumbing(x, **opts):
    return _kw_inner(x, **{"scale": 2.0, **opts})


def _kw_inner(x, scale=1.0, shift=0.0, power=2):
    return np.sum((scale * x + shift) ** power)


def call_kwargs(x, s):
    opts = dict(shift=s, power=3)
    return kwargs_plumbing(x, **opts)


def fft_recursive(x):
    n = len(x)
    if n == 1:
        return x.astype(complex)
    even = fft_recursive(x[::2])
    odd = fft_recursive(x[1::2])
    w = np.exp(-2j * np.pi * np.arange(n // 2) / n)
    return np.concatenate([even + w * odd, even - w * odd])


def spectrum_power(x, h):
    X = fft_recursive(x)
    return np.sum(np.abs(X) ** 2 * h)


def tree_reduce(xs):
    if len(xs) == 1:
        return xs[0]
    mid = len(xs) // 2
    l, r = tree_reduce(xs[:mid]), tree_reduce(xs[mid:])
    return l * r + np.sin(l + r)


def tree_root(xs):
    return tree_reduce(xs)


def rkf45(f, y, t0, t1, tol=1e-4):
    t, h = t0, 0.1
    steps = 0
    while t < t1 and steps < 50:
        h = min(h, t1 - t)
        k1 = h * f(t, y)
        k2 = h * f(t + h / 4, y + k1 / 4)
        k3 = h * f(t + 3 * h / 8, y + 3 / 32 * k1 + 9 / 32 * k2)
        k4 = h * f(t + 12 * h / 13, y + 1932 / 2197 * k1 - 7200 / 2197 * k2 + 7296 / 2197 * k3)
        k5 = h * f(t + h, y + 439 / 216 * k1 - 8 * k2 + 3680 / 513 * k3 - 845 / 4104 * k4)
        y4 = y + 25 / 216 * k1 + 1408 / 2565 * k3 + 2197 / 4104 * k4 - k5 / 5
        err = abs(k1 / 360 - 128 / 4275 * k3 - 2197 / 75240 * k4 + k5 / 50)
        if err < tol:
            t += h
            y = y4
            h *= 1.5
        else:
            h *= 0.5
        steps += 1
    return y


def adaptive_ode(a, y0):
    return rkf45(lambda t, y: -a * y + math.sin(t), y0, 0.0, 1.0)


def newton_while(a):
    x = 1.0
    while True:
        fx = x * math.exp(x) - a
        if abs(fx) < 1e-13:
            break
        x -= fx / (math.exp(x) * (1 + x))
    return x


def bisect_root(a):
    lo, hi = 0.0, 2.0
    for _ in range(40):
        mid = (lo + hi) / 2
        if mid**3 - a > 0:
            hi = mid
        else:
            lo = mid
    x = (lo + hi) / 2
    return x - (x**3 - a) / (3 * x**2)


def secant(a, b):
    x0, x1 = 1.0, 2.0
    f = lambda x: x**3 - a * x - b
    for i in range(30):
        f0, f1 = f(x0), f(x1)
        if abs(f1 - f0) < 1e-14:
            break
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
    else:
        raise RuntimeError("no convergence")
    return x1


def accumulate_product(xs):
    return sum(accumulate(xs, operator.mul))


def pair_energy(pos, q):
    e = 0.0
    for i, j in combinations(range(len(q)), 2):
        r = np.sqrt(np.sum((pos[i] - pos[j]) ** 2))
        e += q[i] * q[j] / r
    return e


def product_loop(x):
    s = 0.0
    for i, j, k in product(range(2), repeat=3):
        s += x[i] * np.sin(x[j]) * x[k] ** 2
    return s


def grid_product(a, b):
    out = []
    for x, y in itertools.product(a, b):
        out.append(x * y**2)
    return np.array(out).sum()


def chained(xs, ys):
    return sum(v**2 * (i + 1) for i, v in enumerate(chain(xs, ys)))


def unflatten(theta, shapes):
    out, i = [], 0
    for s in shapes:
        n = int(np.prod(s))
        out.append(theta[i : i + n].reshape(s))
        i += n
    return out


def flat_mlp(theta, x, y):
    sizes = [3, 4, 1]
    shapes = [s for a, b in zip(sizes[:-1], sizes[1:]) for s in ((a, b), (b,))]
    W1, b1, W2, b2 = unflatten(theta, shapes)
    h = np.tanh(np.dot(x, W1) + b1)
    return np.mean((np.dot(h, W2) + b2 - y) ** 2)


R = lambda rng, *s: rng.normal(size=s)


CASES = {
    hmm_forward: lambda rng: (R(rng, 3), R(rng, 3, 3), R(rng, 3, 4), np.array([0, 2, 1, 3])),
    ctc_loss: lambda rng: (R(rng, 5, 4), [1, 2]),
    pipeline: lambda rng: (R(rng, 3), R(rng, 3, 2)),
    compose_reduce: lambda rng: (0.4, 0.7),
    dict_net: lambda rng: ({"W0": R(rng, 3, 4), "b0": R(rng, 4), "W1": R(rng, 4, 2), "b1": R(rng, 2)}, R(rng, 5, 3)),
    nested_dict_net: lambda rng: (
        {"enc": {"w": R(rng, 3, 4), "b": R(rng, 4)}, "dec": {"w": R(rng, 4, 2), "b": R(rng, 2)}},
        R(rng, 5, 3),
    ),
    decorated_sum: lambda rng: (R(rng, 3), 0.7),
    call_kwargs: lambda rng: (R(rng, 3), 0.7),
    spectrum_power: lambda rng: (R(rng, 8), rng.uniform(0, 1, 8)),
    tree_root: lambda rng: (R(rng, 5),),
    adaptive_ode: lambda rng: (1.3, 0.5),
    newton_while: lambda rng: (1.3,),
    bisect_root: lambda rng: (1.3,),
    secant: lambda rng: (1.3, 0.7),
    accumulate_product: lambda rng: (R(rng, 4),),
    pair_energy: lambda rng: (R(rng, 4, 3), R(rng, 4)),
    product_loop: lambda rng: (R(rng, 3),),
    grid_product: lambda rng: (R(rng, 3), R(rng, 2)),
    chained: lambda rng: (R(rng, 3), R(rng, 2)),
    flat_mlp: lambda rng: (R(rng, 21), R(rng, 5, 3), R(rng, 5, 1)),
}

NEEDS_TYPES = {
    "nested_dict_net": "S2S132",
}
