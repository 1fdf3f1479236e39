"""Tuples, lists, dicts, comprehensions and text."""
import numpy as np
from tests.language.table import Area

AREA = Area("Containers, comprehensions and text")


@AREA.supported("tuples", "literals, indices, slices, nested unpacking")
def tuples(a, x):
    p = (a, (x, a * a))
    b, (y, c) = p
    q = p + (c,)  # noqa: RUF005
    return b * c + np.sum(y) + q[-1] + p[1][1] + sum(q[2:])


@AREA.supported("unpacking with stars")
def unpacking_with_stars(a, b):
    first, *rest = (a, b, a * b)
    *start, last = [a, b]
    p, q = (*rest, 1.0)[:2]
    return first * rest[1] + start[0] * last + p * q


@AREA.supported("unpacking of arrays")
def unpack_array(a):
    p, q = np.array([a, a * a])
    return p * q


@AREA.supported("lists", "literals, indices, slices, `+`")
def lists(xs, x):
    ys = [x, x * 2.0] + xs[1:]  # noqa: RUF005
    return np.sum(ys[0] * ys[-1]) + len(ys) + np.sum(xs[0] * ys[2])


@AREA.supported("`append`", "in loops")
def appended(a, n):
    ys = []
    for i in range(n):
        ys.append(a * i)
        a = np.sin(a)
    total = a
    for y in ys:
        total = total + y * y
    return total


@AREA.supported("`append`", "in a branch")
def appended_in_branch(x):
    ys = [1.0]
    for item in x:
        if item > 0:
            ys.append(item * ys[-1])
    return sum(ys) + ys[0]


@AREA.supported("`extend`, `insert`, `+=`, `*`")
def extended(a, b):
    ys = [a]
    ys.extend([b, a * b])
    ys.insert(0, a + b)
    ys += [a]
    zs = [a] * 3
    return ys[0] * ys[3] + ys[-1] + len(ys) + zs[2]


@AREA.supported("`pop`", "a stack in a loop")
def popped(a, n):
    stack = [a]
    total = 0.0
    for i in range(n):
        stack.append(stack[-1] * a)
        if i % 2 == 1:
            total = total + stack.pop()
    return total + stack.pop() + len(stack)


@AREA.supported("items of lists that are assigned")
def list_items(a, n):
    ys = [a, a, a]
    for i in range(n):
        ys[i] = ys[i - 1] * a
        ys[0] += 1.0
    return ys[0] + ys[1] * ys[2]


@AREA.supported("two names for one list")
def list_alias(a):
    ys = [a]
    zs = ys
    zs.append(a * a)
    return ys[1] + len(ys)


@AREA.supported("`reverse`, `clear`, `copy`, `del` of items")
def list_methods(a, b):
    ys = [a, b, a * b]
    zs = ys.copy()
    ys.reverse()
    del zs[0]
    return ys[0] * zs[0] + ys[2]


@AREA.supported("dicts", "literals, items, `in`, `len`, `get`")
def dicts(table, a):
    d = {"p": a, "q": table["w"]}
    d["r"] = d["p"] * 2.0
    k = d.get("s", 0.5) + d.get("p", 0.0)
    if "q" in d and "z" not in d:
        k = k * len(d)
    return k * np.sum(d["q"]) + d["r"] * table["b"]


@AREA.supported("items of dicts that are assigned", "also by `update` and `+=`; keys known")
def dict_items(table, a):
    d = dict(table, c=a)
    d["b"] = d["b"] * a
    d["w"] = d["w"] + 1.0
    d["b"] += a
    d.update({"e": a * a})
    d.update(f=a)
    return d["b"] * np.sum(d["w"]) + d["e"] + d["f"] + d.pop("c")


@AREA.supported("dicts in loops")
def dict_in_loop(a, n):
    state = {"y": a, "v": 0.0}
    for _ in range(n):
        state["v"] = state["v"] - 0.1 * np.sin(state["y"])
        state["y"] = state["y"] + 0.1 * state["v"]
    return state["y"] * state["v"] + state["y"]


@AREA.supported("nested containers")
def nested(a, x):
    net = {"layers": [(x, a), (x * 2.0, a * a)], "scale": (a,)}
    h = x
    for w, b in net["layers"]:
        h = np.tanh(h * w + b)
    return np.sum(h) * net["scale"][0]


@AREA.supported("containers as parameters")
def parameters(xs, table, pair):
    return np.sum(xs[0] * table["w"]) * table["b"] + pair[0] * np.sum(pair[1]) + len(xs)


@AREA.supported("list comprehensions")
def list_comprehension(a, x):
    ys = [a * i for i in range(4)]
    zs = [np.sin(v) for v in x]
    return ys[0] + ys[3] * zs[1] + sum(zs)


@AREA.supported("list comprehensions", "with conditions, several `for`s, over lists of arrays")
def list_comprehension_with_conditions(a, xs):
    ys = [p * q for p in (a, 2.0) for q in range(3) if q != 1]
    zs = [np.sum(v * v) for v in xs if v.shape == (3,)]
    return sum(ys) + sum(zs)


@AREA.supported("list comprehensions", "of conditions on data")
def list_comprehension_on_data(x):
    ys = [v * v for v in x if v > 0]
    return sum(ys) + np.sum(x)


@AREA.supported("list comprehensions", "their variables do not leak")
def comprehension_scope(a, x):
    v = a
    ys = [v * v for v in x]
    return v * ys[0]


@AREA.supported("dict comprehensions")
def dict_comprehension(table, a):
    d = {key: value * a for key, value in table.items()}
    return np.sum(d["w"]) * d["b"]


@AREA.supported("generator expressions", "consumed by `sum`, `max`, `min`, `any`, `all`, `list`, `tuple`")
def generator_expressions(a, x):
    total = sum(v * v for v in x) + max(np.sin(v) for v in x) * min(a * i for i in (1, 2))
    if any(v > 100 for v in x) or not all(v < 100 for v in x):
        total = 0.0
    p, q = tuple(a * i for i in range(2))
    return total + p + q + list(v * 2.0 for v in x)[1]  # noqa: C400


@AREA.supported("arrays of lists", "`np.array`, `np.stack`, `np.concatenate`")
def arrays_of_lists(a, xs):
    y = np.array([a * i for i in range(3)])
    stacked = np.stack([v * y for v in xs])
    return np.sum(np.concatenate(xs) ** 2) + np.sum(np.tanh(stacked))


@AREA.supported("f-strings and text", "off the active path")
def text(a, table):
    key = f"{'b'}"
    name = "w".upper().lower()
    label = "value: %s" % name + f", {a:.2f}"  # noqa: UP031
    return table[key] * np.sum(table[name]) if label.startswith("value") else a


@AREA.supported("sets and `in`", "off the active path")
def membership(a, n):
    y = a
    for i in range(n):
        if i in {0, 2}:
            y = y * a
        if i not in (1, 5):
            y = y + 1.0
    return y


@AREA.supported("arrays kept in lists", "and written into there")
def arrays_in_lists(x, a):
    ys = [x * 1.0, x * 2.0]
    ys[0][1] = a
    ys[1] *= a
    z = ys[0]
    z += 1.0
    return np.sum(ys[0] * ys[1]) + np.sum(z)


@AREA.supported("arrays kept in dicts", "and written into there")
def arrays_in_dicts(table, a):
    state = {"w": table["w"].copy(), "b": table["b"]}
    state["w"] *= a
    state["w"][0] += state["b"]
    return np.sum(state["w"] ** 2)


@AREA.supported("lists of arrays that a loop updates")
def list_updated_in_loop(xs, n):
    speeds = [np.zeros_like(v) for v in xs]
    for _ in range(n):
        for i in range(len(xs)):
            speeds[i] = 0.9 * speeds[i] - 0.1 * np.sin(xs[i])
            xs[i] = xs[i] + speeds[i]
    return sum([np.sum(v * v) for v in xs])
