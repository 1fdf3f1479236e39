"""Calls, functions as values, classes."""
from __future__ import annotations

import dataclasses
import functools
import operator
from functools import partial, reduce
from typing import NamedTuple

import numpy as np
from tests.language.table import Area

import s2sad

AREA = Area("Calls, functions and classes")

SCALE = 1.5


def blend(a, b, t=0.5):
    return t * a + (1 - t) * np.sin(b)


def options_of(a, *, k=2.0, shift=0.0):
    return np.tanh(k * a) + shift


def summed(*parts, **weights):
    total = 0.0
    for part in parts:
        total = total + np.sum(part)
    return total * weights.get("factor", 1.0)


def twice(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return 2.0 * f(*args, **kwargs)

    return wrapper


@twice
def doubled_sine(a):
    return np.sin(a)


@functools.lru_cache
def cached_square(a):
    return a * a


def apply(f, *args):
    return f(*args)


def maker(k):
    def scaled(v):
        return k * np.sin(v)

    return scaled


def power(a, n):
    if n == 0:
        return 1.0
    return a * power(a, n - 1)


def even(a, n):
    if n <= 0:
        return a
    return odd(np.sin(a), n - 1)


def odd(a, n):
    if n <= 0:
        return a * a
    return even(a * 1.5, n - 1)


def tree_sum(x, low, high):
    if high - low == 1:
        return x[low] * x[low]
    middle = (low + high) // 2
    return np.tanh(tree_sum(x, low, middle) * tree_sum(x, middle, high))


class Layer(NamedTuple):
    w: np.ndarray
    b: float


@dataclasses.dataclass
class Params:
    w: np.ndarray
    b: float

    def apply(self, x):
        return np.tanh(x * self.w + self.b)

    @property
    def size(self):
        return np.sum(self.w**2)


class Model:
    rate = 0.5

    def __init__(self, w):
        self.w = w

    def hidden(self, x):
        return np.sin(x * self.w)

    def __call__(self, x):
        return np.sum(self.hidden(x)) * self.rate

    @staticmethod
    def squash(x):
        return np.tanh(x)


MODEL = Model(np.array([0.5, -0.3, 1.2]))


@AREA.supported("helpers in the same file", "short ones are inlined")
def calls_helper(a, b):
    return blend(a, b) * blend(b, a, 0.25) + blend(a, b=b, t=0.1)


@AREA.supported("functions of other modules")
def calls_other_module(a, b):
    return operator.mul(a, operator.add(b, a)) + operator.neg(a)


@AREA.supported("nested functions")
def nested_function(a, b):
    def inner(c):
        return c * b + a

    return inner(a) * inner(2.0)


@AREA.supported("defaults, keywords, keyword-only and positional-only parameters")
def keywords(a):
    def positional(p, q, /, r=2.0):
        return p * q**r

    return options_of(a, shift=a) + options_of(a, k=a) + positional(a, 2.0) + positional(a, a, r=1.0)


@AREA.supported("`*args` and `**kwargs`", "of known length and keys")
def stars(a, x):
    parts = (x, x * a)
    named = {"factor": a}
    return summed(x, x * x) + summed(*parts, factor=2.0) + summed(*parts, **named)


@AREA.supported("lambdas")
def lambdas(a):
    f, g = lambda v: v * v, lambda v: np.sin(v) * a
    return f(a) + g(f(a)) + (lambda u, k=3.0: u * k)(a)


@AREA.supported("closures", "variables that are bound again later are read as they are at the call")
def late_binding(a):
    k = 2.0
    f = lambda v: v * k  # noqa: E731
    first = f(a)
    k = a
    return first + f(a)


@AREA.supported("functions passed as arguments")
def function_arguments(a, x):
    return apply(np.sin, a) + np.sum(apply(lambda u, v: u * v, x, a)) + apply(blend, a, a)


@AREA.supported("functions returned from functions")
def returned_function(a, b):
    f = maker(b)
    return f(a) * maker(a)(b)


@AREA.supported("functions in tuples, lists and dicts")
def functions_in_containers(a):
    table = {"sin": np.sin, "square": lambda v: v * v}
    y = table["sin"](a) + table["square"](a)
    for f in (np.tanh, np.cos):
        y = f(y) + a
    return y


@AREA.supported("`functools.partial`")
def partials(a, b):
    f = partial(blend, b)
    g = partial(f, t=a)
    return f(a) * g(b)


@AREA.supported("`np.vectorize`, `apply_along_axis`, `piecewise`, `fromfunction`", "of functions that return floats")
def numpy_calls_functions(a, x):
    total = np.sum(np.vectorize(lambda t, s: t * s if t > s else t)(x, a))
    total = total + np.sum(np.apply_along_axis(np.prod, 1, x[:, None] * x))
    total = total + np.sum(np.piecewise(x, [x > 0.5], [np.sin, lambda v: v * a]))
    return total + np.sum(np.fromfunction(lambda i, j: a * i + x[0] * j, (2, 3)))


@AREA.supported("`map`, `filter`, `sum`, `zip`, `reduce`", "`filter` by what is not active")
def functional(a, x, xs):
    total = sum(map(np.sum, xs))
    total = total + reduce(lambda p, q: np.tanh(p * q), [a, a + 1.0, total])
    total = total + reduce(operator.add, xs, x)[0]
    return total + sum([i * a for i in filter(lambda i: i > 1, [1, 2, 3])], a)


@AREA.supported("`sum`, `min`, `max`, `abs`, `pow`, `round`, `len`, `int`, `float` of numbers")
def builtins(a, b, x):
    return sum(x) * max(a, b) + min(a, b, 5.0) + abs(-a) ** 2 + pow(a, 2) + len(x) * float(a) + int(3.7) * round(2.6)


@AREA.supported("recursion")
def recursion(a, n):
    return power(a, n) + power(np.sin(a), 2)


@AREA.supported("recursion", "mutual")
def mutual_recursion(a, n):
    return even(a, n) + odd(a, 2)


@AREA.supported("recursion", "more than one call, in several arguments")
def tree_recursion(x):
    return tree_sum(x, 0, 3) + np.sum(x)


@AREA.supported("decorated helpers", "`functools.wraps`")
def decorated_helper(a):
    return doubled_sine(a) * a


@AREA.supported("decorated helpers", "`functools.lru_cache`: seen through")
def cached_helper(a):
    return cached_square(a) * a


@AREA.supported("annotated code")
def annotated(a: float, x: np.ndarray) -> float:
    y: np.ndarray = x * a
    total: float = 0.0
    for item in y:
        total += item
    return total


@AREA.supported("named tuples", "as values")
def named_tuple_values(a, x):
    layer = Layer(x * a, b=a)
    w, b = layer
    layer = layer._replace(b=b * 2.0)
    return np.sum(layer.w * w) + layer.b * layer[1]


@AREA.supported("named tuples", "as parameters", only=[(Layer(np.array([0.3, 0.5]), 0.7), 1.3)])
def named_tuple_parameter(layer, a):
    return np.sum(layer.w) * layer.b * a + layer[1]


@AREA.supported("dataclasses", "as values")
def dataclass_values(a, x):
    p = Params(x, b=a)
    p = dataclasses.replace(p, b=p.b * a)
    return np.sum(p.apply(x)) + p.size


@AREA.supported("dataclasses", "as parameters", only=[(Params(np.array([0.3, 0.5]), 0.7), np.array([1.0, 2.0]))])
def dataclass_parameter(p, x):
    return np.sum(p.apply(x)) * p.b


@AREA.supported("attributes that are assigned", "of objects made in the function; in branches, loops and methods")
def attribute_assignment(a, x):
    p = Params(x * 1.0, b=a)
    p.b = p.b * a
    p.b += 1.0
    p.w[0] = a
    for k in range(2):
        p.b = p.b * x[k] if p.b > 0 else p.b
    return np.sum(p.w) * p.b


@AREA.supported("objects made in the function")
def object_made(a, x):
    model = Model(x * a)
    return model(x) + np.sum(model.hidden(x)) + Model.squash(a)


@AREA.supported("objects from globals", "methods, `__call__`, attributes")
def object_from_global(x):
    return MODEL(x) + np.sum(MODEL.w * MODEL.hidden(x))


@AREA.supported("globals", "numbers become named constants, arrays keyword-only parameters")
def reads_globals(a):
    return a * SCALE + np.sum(MODEL.w) * a


def writes_first(v, k):
    v[0] = v[0] * k


def bowl(v, k):
    return np.sum(np.cosh(k * v))


bowl_slope, bowl_bend = s2sad.grad(bowl), s2sad.hessian(bowl)
blend_slope = s2sad.derivative(blend)


@AREA.supported("derivatives of functions", "every kind that s2sad makes; made outside, or in the function")
def derivatives_inside(a, x):
    step = np.linalg.solve(bowl_bend(x, a), bowl_slope(x, a))
    value, tangent = s2sad.jvp(bowl, (x, a), (step, 1.0))
    return blend_slope(a, 2.0) * value + tangent


def root_equation(y, a):
    return y**3 + y - a


@s2sad.implicit(root_equation)
def root_of(a, guess=1.0):
    for _ in range(40):
        guess = guess - (guess**3 + guess - a) / (3 * guess**2 + 1)
    return guess


@AREA.supported("solvers of equations", "`s2sad.implicit`, `s2sad.fixed_point`: by the equation, not by the steps")
def implicit_solution(a, b):
    return root_of(a * b) * b


@AREA.supported("functions that write into their arguments")
def helper_that_writes(a, x):
    y = x * 2.0
    writes_first(y, a)
    writes_first(y[1:], np.sin(a))
    return np.sum(y * x)


def fills_row(v, k):
    for i in range(len(v)):
        v[i] += k * v[i - 1]


@AREA.supported("functions that write into their arguments", "in loops, through rows of an argument")
def helper_writes_in_loop(A, n):
    for i in range(n):
        fills_row(A[i], 0.5)
    return np.sum(np.sin(A))
