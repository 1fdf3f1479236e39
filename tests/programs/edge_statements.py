"""Programs at the edge of the language: statements and functions.

Each is a function `f` of a number, in a module that imports NumPy.
"""
from __future__ import annotations

STATEMENTS = {
    "while_loop": """
def f(x):
    while x < 10.0:
        x = x * 2
    return x
""",
    "loop_break": """
def f(x):
    for i in range(3):
        x = x * 2
        if x > 3.0:
            break
    return x
""",
    "loop_continue": """
def f(x):
    for i in range(3):
        if i == 1:
            continue
        x = x * 2
    return x
""",
    "loop_return": """
def f(x):
    for i in range(3):
        if x > 1.0:
            return x
        x = x * 2
    return x
""",
    "loop_else": """
def f(x):
    for i in range(3):
        x = x * 2
    else:
        x = x + 1
    return x
""",
    "item_store": """
def f(x):
    y = np.zeros(3)
    y[0] = x
    return np.sum(y)
""",
    "slice_store": """
def f(x):
    y = np.zeros(3)
    y[1:] = x
    return np.sum(y)
""",
    "item_augmented": """
def f(x):
    y = np.ones(3)
    y[0] += x
    return np.sum(y)
""",
    "array_augmented": """
def f(x):
    y = np.ones(3) * x
    z = y
    y += x
    return np.sum(y * z)
""",
    "argument_augmented": """
def f(x):
    y = np.ones(2) + x
    g(y)
    return np.sum(y)


def g(a):
    a += 1
""",
    "out_argument": """
def f(x):
    y = np.ones(3) * x
    np.multiply(y, 2.0, out=y)
    return np.sum(y)
""",
    "add_at": """
def f(x):
    y = np.ones(3) * x
    np.add.at(y, [0, 0], x)
    return np.sum(y)
""",
    "fill_method": """
def f(x):
    y = np.ones(3)
    y.fill(x)
    return np.sum(y)
""",
    "sort_method": """
def f(x):
    y = np.array([x, 1.0])
    y.sort()
    return y[0]
""",
    "list_append": """
def f(x):
    ys = []
    ys.append(x)
    return ys[0] * 2
""",
    "list_augmented": """
def f(x):
    ys = [x]
    ys += [x * 2]
    return ys[1]
""",
    "list_extend_alias": """
def f(x):
    ys = [x]
    zs = ys
    zs.extend([x])
    return ys[-1] * len(ys)
""",
    "dict_store": """
def f(x):
    d = {}
    d['a'] = x
    return d['a']
""",
    "dict_update": """
def f(x):
    d = {'a': x}
    d.update(a=x * 2)
    return d['a']
""",
    "delete": """
def f(x):
    y = x
    del y
    return x
""",
    "global_name": """
T = 1.0


def f(x):
    global T
    T = x
    return x * T
""",
    "nonlocal_name": """
def f(x):
    y = x

    def g():
        nonlocal y
        y = y * 2

    g()
    return y
""",
    "try_statement": """
def f(x):
    try:
        y = x
    except ValueError:
        y = 0.0
    return y
""",
    "with_statement": """
def f(x):
    with np.errstate(all='ignore'):
        y = x * 2
    return y
""",
    "raise_statement": """
def f(x):
    if x < 0:
        raise ValueError
    return x
""",
    "generator_expression": """
def f(x):
    return sum(x * i for i in range(3))
""",
    "set_display": """
def f(x):
    s = {1, 2}
    return x * len(s)
""",
    "walrus": """
def f(x):
    return (y := x * 2) + y
""",
    "match_statement": """
def f(x):
    match x:
        case 1.0:
            return x
        case _:
            return x * 2
""",
    "local_class": """
def f(x):
    class A:
        pass
    return x
""",
    "local_import": """
def f(x):
    import numpy as xp
    return xp.sin(x)
""",
    "recursion": """
def f(x, n=2):
    if n == 0:
        return x
    return x * f(x, n - 1)
""",
    "generator": """
def f(x):
    yield x
""",
    "unknown_function": """
def f(x):
    return np.nextafter(x, 2.0)
""",
    "assert_statement": """
def f(x):
    assert x > 0
    return x
""",
    "star_kwargs": """
def f(x):
    return g(**{'a': x})


def g(a):
    return a * 2
""",
    "vector_output": """
def f(x):
    return np.ones(3) * x
""",
    "tuple_output": """
def f(x):
    return x, x * 2
""",
    "no_output": """
def f(x):
    y = x * 2
""",
    "some_paths_return": """
def f(x):
    if x > 0:
        return x
""",
    "complex_output": """
def f(x):
    return x * 1j
""",
    "string_output": """
def f(x):
    return 'a'
""",
    "array_attribute": """
def f(x):
    return (np.ones(3) * x).flags
""",
    "set_flag": """
def f(x):
    y = np.ones(2) * x
    y.shape = (1, 2)
    return np.sum(y)
""",
    "reshape_in_place": """
def f(x):
    y = np.ones(2) * x
    y.resize(3)
    return np.sum(y)
""",
    "float_to_int": """
def f(x):
    return int(x) * x
""",
    "decorated": """
import functools


@functools.lru_cache
def f(x):
    return x * x
""",
    "decorated_helper": """
import functools


@functools.lru_cache
def g(x):
    return x * x


def f(x):
    return g(x)
""",
    "f_string": """
def f(x):
    s = f'{x:.2f}'
    return x * len(s)
""",
}
"""What may be refused, and is right where it is not."""
