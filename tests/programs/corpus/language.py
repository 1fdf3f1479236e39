"""Control flow, functions, names, unpacking: Python as people use it around NumPy."""
import activations as act
import numpy as np
import numpy as xp
from activations import logsumexp as lse
from numpy import sin

GAIN = 1.5
OFFSETS = (0.1, 0.2, 0.3)
MODE = "cubic"


def if_elif(x):
    if x < 0:
        y = -x
    elif x < 1:
        y = x**2
    elif x < 2:
        y = 2 * x - 1
    else:
        y = np.log(x) + 3
    return y * x


def early_returns(x, y):
    if x > y:
        return x * y
    if x > 0:
        z = np.exp(x)
        return z - y
    return y**2


def early_return_else(x, flag=True):
    if flag:
        if x > 0:
            return x**3
        else:
            return -x
    return 0.0 * x


def one_branch_defines(x):
    scale = 1.0
    if np.sum(x) > 0:
        scale = np.max(x)
        extra = scale * 2.0
    else:
        extra = np.sum(x)
    return scale * extra


def constant_branch(x, use):
    y = 3.0 if not use else x * x
    return y + x


def conditional_expressions(x, y):
    a = x if x > y else y
    b = (x - y if y > 0 else x + y) if x > 0 else x * y
    return a * b


def boolean_logic(x, y):
    if x > 0 and y > 0:
        return np.sqrt(x * y)
    if not (x < -1 or y < -1):
        return x - y
    return x + 2 * y


def chained_comparison(x):
    if 0 < x < 1:
        return x**2
    return -x


def type_changes(x):
    s = 0.0
    s = s + x
    s = s * np.ones(3)
    s = np.sum(s)
    return s


def accumulator_grows(xs):
    s = 0.0
    for x in xs:
        s = s + x
    return np.sum(s * s)


def swap(x, y):
    for _ in range(3):
        x, y = y, x
        x = x * 0.5 + y
    return x - 2 * y


def triple_rotate(a, b, c, n):
    for i in range(n):
        a, b, c = b, c, a * np.cos(b)
    return a + 2 * b + 3 * c


def loop_var_after(xs):
    total = 0.0
    for i, x in enumerate(xs):
        total = total + x * (i + 1)
    return total * x + i


def bound_in_loop(x):
    for k in range(3):
        y = x * k
        x = x + y
    return y * x


def bound_in_branch_in_loop(xs):
    best = xs[0]
    for x in xs[1:]:
        if x > best:
            best = x
            bonus = 0.5 * x
        else:
            bonus = 0.1
    return best + bonus


def zero_trips(x, n):
    y = x * 2
    for _ in range(n):
        y = np.sin(y)
    return y * y


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


def range_forms(x):
    a = 0.0
    for i in range(2, 9, 3):
        a = a + x**i
    for i in range(5, -1, -2):
        a = a + np.cos(i * x)
    for i in reversed(range(3)):
        a = a * x + i
    return a


def zip_three(xs, ys, zs):
    s = 0.0
    for x, y, z in zip(xs, ys, zs):
        s = s + x * y - z
    return s


def zip_uneven(xs, ys):
    s = 1.0
    for x, y in zip(xs, ys):
        s = s * (x + y)
    return s


def enumerate_zip(xs, ys):
    s = 0.0
    for i, (x, y) in enumerate(zip(xs, ys)):
        s = s + (i + 1) * x * np.sin(y)
    return s


def loop_over_literal(x):
    s = 0.0
    for f in (0.5, 1.0, 2.0):
        s = s + np.sin(f * x)
    for a, b in [(1, 2), (3, 4)]:
        s = s + a * x**b
    return s


def rows_and_columns(A):
    s = 0.0
    for row in A:
        s = s + np.max(row)
    for col in A.T:
        s = s * 0.5 + np.sum(col**2)
    return s


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


def integer_argument(x, n):
    return x**n + n * x


def shadowed_builtin(x, sum=2.0):
    max = x * sum
    return max**2


def reused_name(x):
    x = x + 1
    x = x * x
    x = np.log(x)
    return x


def underscore_names(x_, _y):
    d_x = x_ * _y
    x_saved = d_x + x_
    return d_x * x_saved


def names_that_clash(d_out, y, y_1, value):
    d_y = y * y_1
    y_dot = d_y + d_out
    return y_dot * value


def augmented(x):
    y = x
    y += 2.0
    y *= x
    y -= 1
    y /= 3
    y **= 2
    return y


def unused(x, y):
    z = np.exp(y)
    w = z * 2  # noqa: F841
    return x * x


def docstring_and_pass(x):
    """Return a number."""
    if x > 0:
        pass
    else:
        x = -x
    ...
    return x * x


def annotated(x: float, n: int = 2) -> float:
    y: float = x * n
    return y * y


def multiple_targets(x):
    a = b = x * x
    a = a + 1
    return a * b


def walrus_free_tuple(x):
    pair = (x, x + 1)
    a, b = pair
    pair = (b, a * b)
    return pair[0] * pair[1]


def long_expression(x):
    return (x + 1) * (x + 2) * (x + 3) / (x + 4) - (x - 1) ** 2 + -x**2 + (-x) ** 2 - 2**x + x**-2


def if_in_loop(xs, t):
    s = 0.0
    for x in xs:
        if x > t:
            s = s + (x - t) ** 2
        elif x < -t:
            s = s - (x + t) ** 3
    return s


def index_branches(x):
    s = 0.0
    n = x.shape[0]
    for i in range(n):
        if i == 0:
            s = s + x[i]
        elif i == n - 1:
            s = s * x[i]
        else:
            s = s + x[i - 1] * x[i + 1]
    return s


CASES = {
    if_elif: lambda rng: (1.4,),
    early_returns: lambda rng: (0.5, 0.9),
    early_return_else: lambda rng: (0.5,),
    one_branch_defines: lambda rng: (np.array([0.5, 1.0, -0.2]),),
    constant_branch: lambda rng: (1.5, True),
    conditional_expressions: lambda rng: (0.5, 0.9),
    boolean_logic: lambda rng: (-0.5, 0.9),
    chained_comparison: lambda rng: (0.4,),
    type_changes: lambda rng: (0.4,),
    accumulator_grows: lambda rng: ([rng.normal(size=3) for _ in range(3)],),
    swap: lambda rng: (0.3, 1.2),
    triple_rotate: lambda rng: (0.3, 1.2, -0.4, 4),
    loop_var_after: lambda rng: ([0.3, 1.2, -0.4],),
    bound_in_loop: lambda rng: (0.7,),
    bound_in_branch_in_loop: lambda rng: (np.array([0.3, 0.1, 0.9, 1.4]),),
    zero_trips: lambda rng: (0.7, 0),
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
    range_forms: lambda rng: (0.7,),
    zip_three: lambda rng: ([0.1, 0.2], [1.0, 2.0], [3.0, 4.0]),
    zip_uneven: lambda rng: (rng.normal(size=2), rng.normal(size=3)),
    enumerate_zip: lambda rng: (rng.normal(size=3), rng.normal(size=3)),
    loop_over_literal: lambda rng: (0.7,),
    rows_and_columns: lambda rng: (rng.normal(size=(3, 4)),),
    dict_argument: lambda rng: ({"a": 1.2, "b": rng.normal(size=3), "scale": 0.7}, rng.normal(size=3)),
    deep_containers: lambda rng: (
        {"layers": [{"w": (rng.normal(size=(3, 3)), rng.normal(size=3))} for _ in range(2)],
         "head": ((0.5, rng.normal(size=2)), rng.normal(size=2))}, rng.normal(size=(4, 3))),
    dict_local: lambda rng: (rng.normal(size=3),),
    list_local: lambda rng: (rng.normal(size=3),),
    integer_argument: lambda rng: (1.3, 3),
    shadowed_builtin: lambda rng: (1.3,),
    reused_name: lambda rng: (1.3,),
    underscore_names: lambda rng: (1.3, 0.2),
    names_that_clash: lambda rng: (1.3, 0.2, 0.7, -0.4),
    augmented: lambda rng: (1.3,),
    unused: lambda rng: (1.3, 0.4),
    docstring_and_pass: lambda rng: (-1.3,),
    annotated: lambda rng: (1.3,),
    multiple_targets: lambda rng: (1.3,),
    walrus_free_tuple: lambda rng: (1.3,),
    long_expression: lambda rng: (1.3,),
    if_in_loop: lambda rng: (rng.normal(size=6), 0.2),
    index_branches: lambda rng: (rng.normal(size=5),),
}
