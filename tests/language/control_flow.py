"""Control flow."""
import math

import numpy as np
from tests.language.table import Area

AREA = Area("Control flow")


@AREA.supported("`if`, `elif`, `else`", more=[(-0.5,), (0.4,)])
def if_elif_else(a):
    if a < 0:
        y = -a
    elif a < 1:
        y = a * a
    else:
        y = np.log(a)
    return y * a


@AREA.supported("`if`, `elif`, `else`", more=[(-0.5,)])
def if_without_else(a):
    y = 2.0 * a
    if a > 0:
        y = y * a
        y = np.sin(y)
    return y


@AREA.supported("a branch that returns a constant", more=[(-0.5,)])
def constant_branch(a):
    if a < 0:
        return 3.0
    return a * a * a


@AREA.supported("a variable that one branch binds", "reading it where it may be unbound raises, as in Python")
def bound_in_one_branch(x):
    if np.sum(x) > -1e9:
        s = np.max(x)
    return s * np.sum(x)


@AREA.supported("conditional expressions", more=[(-0.5, 0.2), (0.5, 2.0)])
def conditional_expressions(a, b):
    c = a if a > b else b
    return (a * b if c > 1 else a / c) if b > 0.3 else c


@AREA.supported("`and`, `or`, `not`, with short circuit", more=[(0.0, 0.7), (-1.0, 0.7)])
def short_circuit(a, b):
    if a > 0 and b / a < 1 and not b > 5:
        return a * b
    if a < -5 or b > 0:
        return b * b
    return a


@AREA.supported("`and`, `or`, `not`, with short circuit", "as values of numbers", more=[(0.0, 0.7)])
def logic_as_a_value(a, b):
    return (a or b) * (a and b) + b


@AREA.supported("chained comparisons", more=[(0.2, 0.7), (3.0, 0.7)])
def chained_comparison(a, b):
    if 0 < b < a <= 2:
        return a * b
    return a - b * b


@AREA.supported("`for` over `range`", "any start and step")
def for_range(a, n):
    s = 0.0
    for i in range(n):
        s = s * np.sin(a) + a * i
    return s + a


@AREA.supported("`for` over `range`")
def for_range_with_steps(x, n):
    s = 0.0
    for i in range(2, -1, -1):
        s = s * x[i] + 1.0
    for i in range(0, 2 * n, 2):
        s = s + np.cos(s) * i
    for _ in range(n, 0):
        s = s * 100.0
    return s


@AREA.supported(
    "`for` over arrays", "items, or rows", only=[(np.arange(3.0), 0.5), (np.zeros(0), 0.5), (np.ones(1), 0.5)]
)
def for_array(x, a):
    s = a
    for item in x:
        s = s * np.cos(item) + item
    return s


@AREA.supported("`for` over arrays")
def for_rows(A, x):
    for row in A:
        x = np.tanh(row * x + 1.0)
    return np.sum(x)


@AREA.supported("`for` over lists and tuples", "lists may be empty", more=[([],), ([np.ones(3)],)])
def for_list(xs):
    s = 0.0
    for item in xs:
        s = np.sin(s) + np.sum(item * item)
    return s


@AREA.supported("`for` over lists and tuples")
def for_tuple(a, b):
    s = 1.0
    for item in (a, b, a * b):
        s = s * item + item
    return s


@AREA.supported("`for` over the keys, values and items of a dict")
def for_dict(table):
    s = 0.0
    for key in table:
        s = s + np.sum(table[key])
    for value in table.values():
        s = s + np.sum(value * value)
    for key, value in table.items():
        s = s * np.sum(np.sin(value)) + len(key)
    return s


@AREA.supported("`zip`, `enumerate`, `reversed` in loop headers", "nested too")
def zip_and_enumerate(x, y):
    s = 0.0
    for i, (p, q) in enumerate(zip(x, y)):
        s = s * p + q * i
    for p in reversed(x):
        s = s + s * p
    for i, p in enumerate(y, start=2):
        s += p * i
    return s


@AREA.supported("`zip`, `enumerate`, `reversed` in loop headers", "of unequal lengths: the shortest ends the loop")
def zip_of_unequal_lengths(x, B):
    s = 0.0
    for p, row in zip(x, B):
        s = s + p * np.sum(row * row)
    return s


@AREA.supported("nested loops", "an inner number of trips may depend on the outer loop")
def nested_loops(a, n):
    s = 0.0
    for i in range(n):
        for j in range(i):
            for k in range(j, n):
                s = np.sin(s + a * k) + a
        s = s * a
    return s


@AREA.supported("a loop variable after its loop", more=[(1.3, 2)], only=[(1.3, 3), (1.3, 1)])
def loop_variable_after(a, n):
    for i in range(n):
        t = a * i
    return t * a + i


@AREA.supported("an accumulator that begins as a number and becomes an array")
def accumulator_changes_type(x, n):
    s = 0.0
    for i in range(n):
        s = s + x * (i + 1)
    return np.sum(s) + np.sum(x)


@AREA.supported("`while`")
def while_counter(a, n):
    k = 0
    while k < n:
        a = np.sin(a) + 0.5 * a
        k += 1
    return a * a


@AREA.supported("`while`", "on a condition on data", more=[(0.01,), (70.0,)])
def while_data(a):
    y = a
    while y > 0.1:
        y = y * 0.5 - 0.01 * a
    return y * a


@AREA.supported("`while True`", more=[(9.0,)])
def while_true(a):
    y = a
    while True:
        step = (y * y - a) / (2 * y)
        y = y - step
        if abs(step) < 1e-12:
            break
    return y


@AREA.supported("`break`", "the trip that breaks counts up to the break")
def break_in_for(a, n):
    s = 0.0
    for i in range(n):
        s = s * a + a
        if s > 2.0:
            break
        s = s + i
    return s * s + a


@AREA.supported("`break`", "with assignments on the way out")
def break_with_work(x, n):
    s = 0.0
    for i in range(n):
        if i == 1:
            s = s * x[1]
            break
        s = s + x[i] * x[i]
    return s + np.sum(x)


@AREA.supported("`continue`")
def continue_in_for(x, n):
    s = 1.0
    for i in range(n):
        if i % 2 == 0:
            s = s * x[i]
            continue
        s = s + np.sin(s)
    return s + x[0]


@AREA.supported("`continue`", "and `break` in nested loops and `while`")
def exits_of_nested_loops(a, n):
    s = a
    k = 0
    while k < n:
        k += 1
        for j in range(3):
            if j == k:
                continue
            if s > 4.0:
                break
            s = s * np.cos(a) + j
        if k == 2:
            continue
        s = s + a
    return s


@AREA.supported("`else` of a loop")
def loop_else(a, n):
    s = a
    for i in range(n):
        s = s * a
        if i == 2:
            break
    else:
        s = s + np.sin(a)
    return s


@AREA.supported("`else` of a loop")
def while_else(a, n):
    while a < n:
        a = a * 1.5
        if a > 2.5:
            break
    else:
        a = a * a
    return a


@AREA.supported("early `return`", more=[(-0.5, 0.2), (0.1, 0.2)])
def early_returns(a, b):
    if a > b:
        c = np.exp(a)
        if c > 2:
            return c * b
    elif a < 0:
        return a
    return a * b


@AREA.supported("`return` inside loops")
def return_in_for(a, n):
    for i in range(n):
        a = a * a - 0.3
        if i == 1:
            return a * 3.0
    return np.sin(a)


@AREA.supported("`return` inside loops")
def return_in_nested_loops(x, n):
    s = 0.0
    for i in range(n):
        k = 0
        while k < 3:
            s = s + x[i] * x[k]
            if s < -1.0:
                return s * s
            k += 1
    return s


@AREA.supported("loops of no trip", "in the middle of other loops")
def loops_without_trips(x, n):
    s = 0.0
    for i in range(n):
        for _ in range(i - 1):
            s = s + np.sum(x * x)
    for _ in range(0):
        s = s * 0.0
    return s + np.sum(x)


@AREA.supported("`match` on constants", only=[(1.3, 0), (1.3, 1), (1.3, 2), (1.3, 5)])
def match_constants(a, kind):
    match kind:
        case 0:
            return a * a
        case 1 | 2:
            y = np.sin(a)
        case _:
            y = a
    return y * a


@AREA.supported("`match` on tuples", "with captures and guards", more=[(-1.3, 0.7), (0.4, 0.7)])
def match_tuple(a, b):
    match (a, b):
        case (p, q) if p > 1:
            return p * q
        case (p, q) if p < -1:
            return p * p + q
        case _:
            return b


@AREA.supported("`assert`")
def assertion(a, x):
    assert a > 0, "positive"
    assert x.shape == (3,)
    return a * np.sum(x)


@AREA.supported("`raise`", "in a branch: raises as the function itself does", more=[(0.2, 0.7)])
def raise_in_branch(a, b):
    if a < 0:
        raise ValueError(f"negative: {a}")
    return np.sqrt(a) * b


@AREA.supported("`pass`, `...` and docstrings")
def nothing(a):
    """Return the square."""
    if a > 0:
        pass
    else:
        ...
    return a * a


@AREA.supported("`print`", "runs once, in the primal sweep")
def printing(a, n):
    for i in range(n):
        a = a * a - 0.5
        print("step", i)
    return a


@AREA.supported("random draws", "`np.random`, `random` and generators: constants, each drawn once and in order")
def draws(a):
    rng = np.random.default_rng(3)
    for _ in range(3):
        if rng.random() < 0.5:
            a = np.sin(a) * rng.normal()
        a = a + rng.uniform(1.0, 2.0) * a
    return a


@AREA.supported("the walrus", more=[(0.1,)])
def walrus(a):
    if (c := a * a) > 1:
        return c * a
    return (d := c + 1.0) * d


@AREA.supported("functions of `math`", more=[(0.3,)])
def math_functions(a):
    y = math.sin(a) if math.isfinite(a) else 0.0
    return math.exp(y) + math.sqrt(a) * math.pi
