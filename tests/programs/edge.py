"""Programs at the edge of the language: values, and what is no program at all.

Each is a function `f` of a number, in a module that imports NumPy.
"""
from __future__ import annotations

from edge_statements import STATEMENTS

VALUES = {
    "slice_object": """
def f(x):
    s = slice(0, 2)
    return np.sum((np.ones(3) * x)[s])
""",
    "iterate_dict": """
def f(x):
    d = {'a': x, 'b': x * 2}
    s = 0.0
    for k in d:
        s = s + d[k]
    return s
""",
    "dict_items": """
def f(x):
    d = {'a': x, 'b': x * 2}
    s = 0.0
    for k, v in d.items():
        s = s + v
    return s
""",
    "list_comprehension": """
def f(x):
    ys = [x * i for i in range(3)]
    return ys[0] + ys[2]
""",
    "builtin_sum": """
def f(x):
    return sum([x, x * 2])
""",
    "builtin_max": """
def f(x):
    return max(x, 2.0 * x)
""",
    "map_builtin": """
def f(x):
    ys = list(map(np.sin, [x, x]))
    return ys[0]
""",
    "sorted_builtin": """
def f(x):
    ys = sorted([x, 1.0])
    return ys[0]
""",
    "is_none": """
def f(x):
    return x if x is not None else 0.0
""",
    "membership": """
def f(x):
    return x if 1 in (1, 2) else 0.0
""",
    "matmul_assign": """
def f(x):
    A = np.eye(2) * x
    A @= A
    return np.sum(A)
""",
    "loop_over_string": """
def f(x):
    for c in 'ab':
        x = x * 2
    return x
""",
    "loop_modifies_sequence": """
def f(x):
    xs = [x, x * 2]
    s = 0.0
    for v in xs:
        xs = [v, v, v]
        s = s + v
    return s + len(xs)
""",
    "late_binding": """
def f(x):
    fs = []
    g = lambda: x * k
    k = 2.0
    a = g()
    k = 3.0
    return a + g()
""",
    "default_evaluated_once": """
def f(x):
    k = 2.0

    def g(a=k):
        return a * x

    k = 5.0
    return g() + k
""",
    "closure_sees_rebinding": """
def f(x):
    k = 1.0

    def g(a):
        return a * k

    k = x
    return g(x)
""",
    "mutable_default": """
def g(x, acc=[]):
    acc.append(x)
    return acc[-1]


def f(x):
    return g(x) * 2
""",
    "shadowed_np_function": """
def f(x):
    sin = np.cos
    return sin(x)
""",
    "comprehension_scope": """
def f(x):
    i = 5.0
    ys = [i * x for i in range(2)]
    return ys[1] * i
""",
    "conditional_function": """
def f(x):
    g = np.sin if x > 0 else np.cos
    return g(x)
""",
    "function_list": """
def f(x):
    for g in (np.sin, np.cos):
        x = g(x)
    return x
""",
    "method_of_literal": """
def f(x):
    return x * 'abc'.count('a')
""",
    "chained_targets": """
def f(x):
    a = b, c = (x, x * 2)
    return b * c + a[0]
""",
    "augmented_tuple": """
def f(x):
    t = (x,)
    t += (x * 2,)
    return t[1]
""",
    "power_of_negative": """
def f(x):
    return (x - 5.0) ** 2 ** 1 * -x ** 2
""",
    "integer_division": """
def f(x):
    return (x // 0.3) * x + x % 0.7
""",
    "bitwise": """
def f(x):
    m = (np.ones(3) * x > 0) & (np.arange(3) > 0)
    return np.sum(np.where(m, x, 0.0))
""",
    "double_star_display": """
def f(x):
    d = {**{'a': x}}
    return d['a']
""",
    "starred_display": """
def f(x):
    t = (*[x, x * 2], x)
    return t[1] * t[2]
""",
    "nested_tuple_loop": """
def f(x):
    s = 0.0
    for a, (b, c) in [(x, (1.0, x)), (2.0, (x, 3.0))]:
        s = s + a * b * c
    return s
""",
    "heterogeneous_loop": """
def f(x):
    s = 0.0
    for a in (x, np.ones(2) * x):
        s = s + np.sum(a)
    return s
""",
    "pass_only_branch": """
def f(x):
    if x > 100.0:
        pass
    return x * x
""",
    "type_comparison": """
def f(x):
    if isinstance(x, float):
        return x * 2
    return x
""",
    "shape_branch": """
def f(x):
    y = np.ones((2, 3)) * x
    if y.ndim == 2 and y.shape[0] > 1:
        y = y.T
    return np.sum(y[0])
""",
    "string_argument": """
def f(x):
    return np.sum(np.ones((2, 3)) * x, axis=(0, 1)) * x
""",
    "negative_zero": """
def f(x):
    return x * -0.0 + abs(x)
""",
    "infinite_constant": """
def f(x):
    return np.minimum(np.inf, x) * x
""",
    "huge_integer": """
def f(x):
    return x * 10**20 / 10**19
""",
    "unicode_name": """
def f(x):
    θ = x * 2
    return θ * x
""",
    "keyword_like_names": """
def f(x):
    d_x = x * 2
    x_saved = d_x * x
    out = x_saved
    loss = out * d_x
    return loss
""",
    "int_result": """
def f(x):
    return len([x, x])
""",
    "bool_result": """
def f(x):
    return x > 0
""",
    "constant_result": """
def f(x):
    return 3.0
""",
    "identity_result": """
def f(x):
    return x
""",
    "none_result": """
def f(x):
    return None
""",
}
"""What may be refused, and is right where it is not."""

EDGE = {**STATEMENTS, **VALUES}

INVALID = {
    "mutual_recursion": """
def f(x):
    return g(x)


def g(x):
    return f(x) + x
""",
    "undefined_name": """
def f(x):
    return x * undefined_thing
""",
    "unbound_local": """
def f(x):
    y = z * x
    z = 1.0
    return y
""",
    "wrong_call": """
def f(x):
    return g(x, x, x)


def g(a):
    return a * 2
""",
    "missing_argument": """
def f(x):
    return g()


def g(a):
    return a * 2
""",
    "unknown_keyword": """
def f(x):
    return g(x, b=1)


def g(a):
    return a * 2
""",
    "unpack_mismatch": """
def f(x):
    a, b, c = (x, x)
    return a
""",
    "numpy_attribute": """
def f(x):
    return np.not_a_function(x)
""",
    "random_numbers": """
def f(x):
    return np.random.normal(x)
""",
}
"""What Python itself does not accept, or what has no derivative: always refused."""

MAY_BE_UNBOUND = {
    "in_a_branch": """
def f(x):
    if x > 0:
        y = x * x
    return y
""",
    "in_a_loop": """
def f(x):
    n = 2 if x > 0 else 0
    for i in range(n):
        y = x * x
    return y
""",
}
"""What fails for negative numbers alone."""
