"""Lists that begin empty or hold lists: queues, stacks, logs and tables."""
# ruff: noqa: E731, RUF005 (written as such code is found)

import numpy as np


def nested_empty_const(xs):
    buckets = [[], []]
    for x in xs:
        buckets[0].append(x**2)
        buckets[1].append(x)
    return sum(buckets[0]) * sum(buckets[1])


def dict_empty(xs):
    log = {"loss": [], "grad": []}
    for x in xs:
        log["loss"].append(x**2)
        log["grad"].append(2 * x)
    return sum(log["loss"]) + log["grad"][-1]


def tuple_empty(xs):
    t = ([], [])
    for x in xs:
        t[0].append(np.sin(x))
    a, b = t
    for x in xs:
        b.append(x * x)
    return np.sum(np.array(a) * np.array(b))


def later_other_type(x):
    out = []
    out.append(1.0)
    out.append(x)
    return np.sum(out[1]) * out[0]


def maybe_empty(x):
    out = []
    for v in x:
        if v > 0:
            out.append(v)
    if not out:
        return 0.0 * np.sum(x)
    return np.mean(np.array(out)) + len(out) * x[0]


def list_of_lists(x):
    rows = []
    for i in range(3):
        row = []
        for j in range(2):
            row.append(x[i] * (j + 1))
        rows.append(row)
    return np.sum(np.array(rows) ** 2) + rows[1][0]


def extend_empty(x):
    out = []
    for i in range(2):
        out.extend([x[i], x[i] ** 2])
    out += [1.0]
    return sum(out)


def closure_list(x):
    trace = []

    def f(t):
        trace.append(t * t)
        return t + 1

    s = 0.0
    for v in x:
        s += f(v)
    return s * sum(trace)


def concat_empty(x):
    a = []
    for v in x:
        a = a + [v * v]
    b = [] + a
    return np.dot(np.array(a), np.array(b))


def default_list(x):
    h = [np.zeros(3)]
    c = []
    for k in range(3):
        h.append(np.tanh(h[-1] + x))
        c.append(h[-1] * k)
    return np.sum(np.stack(h)) + np.sum(np.concatenate(c))


def dp_1d(x):
    n = len(x)
    dp = [0.0] * (n + 1)
    for i in range(1, n + 1):
        dp[i] = max(dp[i - 1], x[i - 1] + (dp[i - 2] if i >= 2 else 0.0))
    return dp[n]


def while_pop(x):
    stack = [x]
    s = 0.0
    while stack:
        v = stack.pop()
        if len(v) == 1:
            s += v[0] ** 2
        else:
            m = len(v) // 2
            stack.append(v[:m])
            stack.append(v[m:] * 0.5)
    return s


def none_list(x):
    states = [None] * 3
    for k in range(3):
        states[k] = x * k
    return np.sum(states[1] * states[2])


def queue(x):
    q = []
    for v in x:
        q.append((v, v * v))
    total = 0.0
    while len(q) > 0:
        a, b = q.pop(0)
        total += a * b
    return total


def sorted_pairs(x):
    out = []
    for i, v in enumerate(x):
        out.append([v, i * 1.0])
    return np.sum(np.array(out)[:, 0] * np.array(out)[:, 1])


R = lambda rng, *s: rng.normal(size=s)


CASES = {
    nested_empty_const: lambda rng: (R(rng, 4),),
    closure_list: lambda rng: (R(rng, 4),),
    maybe_empty: lambda rng: (R(rng, 4),),
    concat_empty: lambda rng: (R(rng, 4),),
    while_pop: lambda rng: (R(rng, 4),),
    dp_1d: lambda rng: (R(rng, 4),),
    sorted_pairs: lambda rng: (R(rng, 4),),
    extend_empty: lambda rng: (R(rng, 4),),
    dict_empty: lambda rng: (R(rng, 4),),
    list_of_lists: lambda rng: (R(rng, 4),),
    queue: lambda rng: (R(rng, 4),),
    tuple_empty: lambda rng: (R(rng, 4),),
    later_other_type: lambda rng: (R(rng, 3),),
    default_list: lambda rng: (R(rng, 3),),
    none_list: lambda rng: (R(rng, 3),),
}
