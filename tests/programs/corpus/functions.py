"""Functions, names and containers: how people pass things around."""
import activations as act
import numpy as np
import numpy as xp
from activations import logsumexp as lse
from numpy import sin

GAIN = 1.5
OFFSETS = (0.1, 0.2, 0.3)
MODE = "cubic"


def nested_unpack(pairs):
    (a, b), (c, (d, e)) = pairs
    return a * b + np.sum(c * d) - e


def starred(xs):
    first, *rest, last = xs
    total = first * last
    for r in rest:
        total = total + r**2
    return total


def starred_call(args, x):
    return weigh(*args, x)


def weigh(a, b, x, *, power=2):
    return a * x + b * x**power


def keyword_only(a, b, x):
    return weigh(x=x, a=a, b=b, power=3)


def defaults(x, y=2.0, *, z=0.5):
    return x * y + z * np.sin(x)


def tuple_returns(x):
    def both(t):
        s, c = np.sin(t), np.cos(t)
        return s, c, s * c

    s, c, sc = both(x)
    _, other, _ = both(2 * x)
    return s + c * other + sc


def closure(x, a):
    b = a * 2

    def inner(t, k=3.0):
        return a * t**2 + b * t + k

    return inner(x) * inner(x, 1.0)


def lambdas(x):
    square = lambda t: t * t  # noqa: E731
    shift = lambda t, by=1.0: square(t) + by  # noqa: E731
    return shift(x) * square(shift(x, by=x))


def higher_order(x, y):
    def apply_twice(f, v):
        return f(f(v))

    return apply_twice(np.sin, x) + apply_twice(lambda v: v * y, x)


def function_in_variable(x):
    f = np.tanh
    g = act.softplus
    return f(x) + g(x)


def helpers_elsewhere(x):
    return np.sum(act.leaky(x) + act.swish(x, beta=GAIN) + act.softplus(x)) + lse(x) + sin(x[0])


def module_alias(x):
    return xp.sum(xp.exp(-x) * np.arange(len(x)))


def global_tuple(x):
    s = 0.0
    for o in OFFSETS:
        s = s + (x - o) ** 2
    return s * OFFSETS[-1]


def string_mode(x):
    if MODE == "cubic":
        return x**3
    return x


def mode_argument(x, kind="sum"):
    if kind == "sum":
        return np.sum(x)
    elif kind == "mean":
        return np.mean(x)
    return np.max(x)


def none_default(x, weights=None):
    if weights is None:
        weights = np.ones_like(x)
    return np.sum(weights * x**2)


def dict_argument(p, x):
    y = p["a"] * x + p["b"]
    if p["scale"] > 0:
        y = y * p["scale"]
    return np.sum(y**2)


def deep_containers(model, x):
    h = x
    for layer in model["layers"]:
        h = np.tanh(h @ layer["w"][0] + layer["w"][1])
    (s, t), u = model["head"]
    return s * np.sum(h) + t @ u


def dict_local(x):
    state = {"pos": x, "vel": 2 * x}
    nxt = {"pos": state["pos"] + 0.1 * state["vel"], "vel": state["vel"] * 0.9}
    return np.sum(nxt["pos"] * nxt["vel"])


def list_local(x):
    parts = [x, x**2, np.sin(x)]
    w = [1.0, 0.5, 0.25]
    s = 0.0
    for p, c in zip(parts, w):
        s = s + c * np.sum(p)
    return s + np.sum(parts[-1] * parts[0])


CASES = {
    nested_unpack: lambda rng: (((0.3, 1.2), (rng.normal(size=3), (rng.normal(size=3), 0.5))),),
    starred: lambda rng: ((0.3, 1.2, 0.5, 2.0),),
    starred_call: lambda rng: ((0.3, 1.2), 0.5),
    keyword_only: lambda rng: (0.3, 1.2, 0.5),
    defaults: lambda rng: (0.3,),
    tuple_returns: lambda rng: (0.3,),
    closure: lambda rng: (0.3, 1.1),
    lambdas: lambda rng: (0.3,),
    higher_order: lambda rng: (0.3, 1.1),
    function_in_variable: lambda rng: (0.3,),
    helpers_elsewhere: lambda rng: (rng.normal(size=4),),
    module_alias: lambda rng: (rng.normal(size=4),),
    global_tuple: lambda rng: (0.7,),
    string_mode: lambda rng: (0.7,),
    mode_argument: lambda rng: (rng.normal(size=4), "mean"),
    none_default: lambda rng: (rng.normal(size=4),),
    dict_argument: lambda rng: ({"a": 1.2, "b": rng.normal(size=3), "scale": 0.7}, rng.normal(size=3)),
    deep_containers: lambda rng: (
        {"layers": [{"w": (rng.normal(size=(3, 3)), rng.normal(size=3))} for _ in range(2)],
         "head": ((0.5, rng.normal(size=2)), rng.normal(size=2))}, rng.normal(size=(4, 3))),
    dict_local: lambda rng: (rng.normal(size=3),),
    list_local: lambda rng: (rng.normal(size=3),),
}
