"""Functions as values: passed, returned, stored, partially applied, decorated; and arguments unpacked by `*` and `**`."""
from __future__ import annotations

import functools
import itertools
import operator

import numpy as np
import pytest
from tests.hazards.conftest import agrees, printed, refused_source

import s2sad

X = np.array([0.3, 1.2, 0.7])


def scaled(x, scale=1.0, /, *, power):
    return np.sum(scale * x**power)


def forwarded_keywords(x):
    def outer(**options):
        return scaled(x, 2.0, **options)

    return outer(power=3)


def a_dict_of_arguments(x):
    options = {"power": 2}
    return scaled(*[x, 3.0], **options, **{})


def starred_parameters(x):
    return np.sum((lambda *a, **k: a[0] * k["s"] * len(a))(x, x, s=2.0))


def two_lambdas(x):
    return np.sum((lambda t: t * np.sin(t))(x)) + np.sum((lambda t: t * t)(x))


def a_dict_of_functions(x):
    table = {"sin": np.sin, "square": lambda t: t * t}
    return np.sum(table["sin"](x) * table["square"](x)) * len(table)


def a_tuple_of_functions(x):
    first, second = (np.sin, np.cos)
    both = (first, second)
    return np.sum(both[-1](both[0](x)))


def a_function_that_returns_one(x):
    def power(n):
        return lambda t: t**n

    return np.sum(power(3)(x)) + np.sum(power(2)(x))


def partial_applications(x):
    cube = functools.partial(np.power, x)
    line = functools.partial(functools.partial(lambda a, b, c: a * b + c, 2.0), c=x)
    return np.sum(cube(3) + line(x))


def reduced(x):
    chained = functools.reduce(lambda a, b: a * b + 1.0, x, 2.0)
    return chained + functools.reduce(operator.mul, [x[0], x[1], x[2]])


def a_loop_over_functions(x):
    for f, scale in ((np.sin, 2.0), (np.cos, 3.0)):
        x = f(x) * scale
    return np.sum(x)


def composed(x):
    def compose(*functions):
        def run(value):
            for f in functions:
                value = f(value)
            return value

        return run

    return np.sum(compose(np.sin, np.exp, lambda t: t * t)(x))


def operators(x):
    quotient, rest = divmod(7, 2)
    pick = operator.itemgetter(1, 2)
    a, b = pick(x)
    return np.sum(operator.mul(x, quotient)) + a * b * rest + np.sum(operator.neg(x)) + pow(a, 3)


def chains(x):
    total = 0.0
    for a, b in itertools.pairwise([x[0], x[1], x[2]]):
        total = total + a * b
    return total + sum(itertools.chain([x[0] * x[0]], [x[1]]))


def doubled(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return 2.0 * f(*args, **kwargs)

    return wrapper


def times(factor):
    def decorate(f):
        return lambda *args: factor * f(*args)

    return decorate


@doubled
def helper(x, scale=1.0):
    return np.sum(x * x) * scale


@times(3.0)
@doubled
def twice_decorated(x):
    return np.sum(np.sin(x))


@functools.cache
def weight(n):
    return n * 2.0


half = functools.partial(helper, scale=0.5)


def decorated_helpers(x):
    return helper(x, scale=2.0) + twice_decorated(x) * weight(3) + half(x)


def a_decorated_nested_function(x):
    @doubled
    @times(0.5)
    def inner(t):
        return t * t

    return np.sum(inner(x))


def extrema(x):
    return max(x[0], x[1], x[2]) * min([x[0], x[2]]) + max((x[0], x[1]))


def kinds(x):
    if isinstance(x, np.ndarray) and not isinstance(x, (float, int)):
        return np.sum(x * x)
    return x * 2.0


@pytest.mark.parametrize(
    "f",
    [
        *(forwarded_keywords, a_dict_of_arguments, starred_parameters, two_lambdas, a_dict_of_functions),
        *(a_tuple_of_functions, a_function_that_returns_one, partial_applications, reduced, a_loop_over_functions),
        *(composed, operators, chains, decorated_helpers, a_decorated_nested_function, extrema, kinds),
    ],
    ids=lambda f: f.__name__,
)
def test_functions_as_values_agree(f):
    agrees(f, X)


def test_a_printed_derivative_calls_no_wrapper():
    text = s2sad.differentiate("import functools\n" + DECORATED, "f")
    assert "functools" not in text
    assert "2.0 * " in text or "* 2.0" in text


DECORATED = (
    "def doubled(g):\n    @functools.wraps(g)\n    def wrapper(*args):\n        return 2.0 * g(*args)\n    return wrapper\n"
    "@doubled\ndef h(x):\n    return x * x\ndef f(x):\n    return h(x)\n"
)

REFUSED = {
    "x(1.0)": ("S2S130", "x(1.0)"),
    "(np.sin, np.cos)(x)": ("S2S130", "(np.sin"),
    "(np.sin if x > 0.0 else np.cos)(x)": ("S2S130", "(np.sin"),
    "[np.sin, np.cos][int(x)](x)": ("S2S117", "[np.sin"),
    "{'a': np.sin}['b'](x)": ("S2S117", "{'a'"),
    "np.sum([np.sin, x])": ("S2S112", "np.sum"),
    "h(**x)": ("S2S131", "x)"),
    "h(x=x, **{'x': x})": ("S2S134", "h("),
    "h(y=x)": ("S2S134", "h("),
    "h(x, x)": ("S2S134", "h("),
    "max([x, x], key=abs)": ("S2S134", "max("),
    "np.sum(t for t in [x])": ("S2S112", "np.sum("),
    "next(iter([x]))": ("S2S126", "next("),
    "sorted([x, 2.0 * x])[0]": ("S2S200", "sorted("),
    "operator.attrgetter('T')(x)": ("S2S130", "operator.attrgetter"),
}


@pytest.mark.parametrize("expression", REFUSED)
def test_what_is_refused(expression):
    code, needle = REFUSED[expression]
    source = f"import operator\nimport numpy as np\ndef h(x):\n    return x\ndef f(x):\n    return {expression}\n"
    refused_source(source, code, needle)


def test_a_function_chosen_in_a_branch_is_refused():
    body = "    if x > 0.0:\n        g = np.sin\n    else:\n        g = lambda t: t\n    return g(x)\n"
    refused_source(f"import numpy as np\ndef f(x):\n{body}", "S2S108", "if x")


def test_a_helper_under_grad_in_static_mode():
    source = "from s2sad import grad\n@grad\ndef h(x):\n    return x**3\ndef f(x):\n    return h(x)\n"
    assert printed(s2sad.differentiate(source, "f"))(2.0) == 12.0


def test_the_target_under_a_decorator_of_the_users_is_refused():
    refused_source(f"import functools\n{DECORATED}", "S2S008", "doubled", name="h")


def test_a_decorator_that_is_rebound_is_noticed():
    namespace = {"factor": 2.0}

    def call(x):
        return namespace_helper(x) * x

    global namespace_helper
    namespace_helper = functools.partial(lambda a, x: a * x, namespace["factor"])
    derivative = s2sad.grad(call)
    assert derivative(3.0) == pytest.approx(12.0)
    namespace_helper = functools.partial(lambda a, x: a * x, 5.0)
    assert derivative(3.0) == pytest.approx(30.0)
