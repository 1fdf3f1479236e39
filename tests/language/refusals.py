"""What is refused."""
import asyncio
import contextlib

import numpy as np
from tests.language.table import Area

AREA = Area("Refused")

COUNT = 0.0
BUFFER = np.zeros(3)


@AREA.refused("generators", "S2S011")
def generator(a):
    yield a * a


@AREA.refused("coroutines", "S2S011")
async def coroutine(a):
    await asyncio.sleep(0)
    return a


@AREA.refused("generators", "S2S011", "that a function keeps alive")
def calls_a_generator(a):
    return sum(counting(a))


def counting(a):
    yield a
    yield a * a


@AREA.refused("`try`", "S2S101", "around active code")
def try_block(a):
    try:
        y = np.sqrt(a)
    except ValueError:
        y = a
    return y


@AREA.refused("`global` and `nonlocal` writes", "S2S162")
def global_write(a):
    global COUNT
    COUNT = a * a
    return COUNT


@AREA.refused("`global` and `nonlocal` writes", "S2S162")
def nonlocal_write(a):
    y = a

    def inner():
        nonlocal y
        y = y * a

    inner()
    return y


@AREA.refused("random draws", "S2S201", "whose arguments vary with the inputs")
def draws_around(a):
    return np.random.normal(a, 1.0) * a


@AREA.refused("`eval` and `exec`", "S2S200")
def evaluated(a):
    return eval("a * a")


@AREA.refused("`with`", "S2S164", "other than `np.errstate` and other neutral managers")
def with_block(a):
    with contextlib.suppress(ValueError):
        a = a * a
    return a


@AREA.supported("`with np.errstate`")
def errstate(a):
    with np.errstate(all="ignore"):
        y = np.sqrt(a)
    return y * a


@AREA.refused("functions without a rule", "S2S200")
def without_rule(x):
    return np.sum(np.histogram2d(x, x)[0])


@AREA.refused("`resize` of an array", "S2S140")
def resized(x):
    y = x * 2.0
    y.resize((3, 1))
    return np.sum(y)


@AREA.refused("stores into globals", "S2S140")
def global_buffer(x):
    BUFFER[0] = x[0]
    return np.sum(BUFFER * x)


@AREA.refused("an active number stored into an integer array", "S2S141")
def into_integers(x):
    y = np.zeros(3, dtype=int)
    y[0] = x[0]
    return np.sum(y * x)


@AREA.refused("aliasing that depends on data", "S2S142", "take a copy")
def aliased_by_data(x, a):
    y = x * 2.0
    z = y if a > 0 else x * 3.0
    z[0] = 1.0
    return np.sum(y * z)


@AREA.refused("aliasing that depends on data", "S2S142", "an array out of a list at a place that is not known")
def aliased_by_index(xs, n):
    y = xs[0]
    z = xs[n - 3]
    z[0] = 1.0
    return np.sum(y * z)


@AREA.refused("`match` on classes", "S2S165")
def match_class(a):
    match a:
        case float(real=v):
            return v * v
        case _:
            return 0.0


@AREA.refused("classes in functions", "S2S101")
def class_in_function(a):
    class Local:
        y = 2.0

    return a * Local.y


@AREA.refused("names that are not defined", "S2S111")
def undefined_name(a):
    return a * not_defined  # noqa: F821


@AREA.refused("what is no float", "S2S300", only=[(2,)])
def integer_argument(k):
    return k * k


@AREA.refused("what returns no scalar", "S2S301")
def array_result(x):
    return x * x


@AREA.refused("paths that return nothing", "S2S107")
def sometimes_none(a):
    if a > 0:
        return a * a


@AREA.refused("functions chosen by data", "S2S130")
def chosen_function(a):
    f = np.sin if a > 0 else np.cos
    return f(a)


@AREA.refused("calls that do not match", "S2S134")
def wrong_call(a):
    return sometimes_none(a, 2.0)


@AREA.refused("set comprehensions", "S2S126", "off the active path")
def set_comprehension(a):
    kinds = {i % 2 for i in range(5)}
    return a * len(kinds)


@AREA.refused("`partition` in place", "S2S140", "use `np.partition`")
def partitioning(x, y):
    z = x * y
    z.partition(1)
    return np.sum(z * np.array([1.0, 2.0, 4.0]))


def default_list(v, kept=[]):
    return np.sum(v) + len(kept)


@AREA.refused("mutable defaults", "S2S114")
def mutable_default(x):
    return default_list(x) * x[0]


@AREA.refused("augmented assignment to arrays that a list may hold twice", "S2S142", "write `a[i] = a[i] + …`")
def augmented_unknown_item(xs, n):
    xs.append(xs[0])
    for i in range(n):
        xs[i % 2] += 1.0
    return np.sum(xs[0] * xs[1])


@AREA.refused("stores through `reshape` of what may not lie in order", "S2S142", "such as an argument with two axes")
def reshaped_argument(B, a):
    flat = B.reshape(-1)
    flat[0] = a
    return np.sum(B**2)
