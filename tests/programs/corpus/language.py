"""Control flow, assignment and names: Python as people use it around NumPy."""
import numpy as np


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
    range_forms: lambda rng: (0.7,),
    zip_three: lambda rng: ([0.1, 0.2], [1.0, 2.0], [3.0, 4.0]),
    zip_uneven: lambda rng: (rng.normal(size=2), rng.normal(size=3)),
    enumerate_zip: lambda rng: (rng.normal(size=3), rng.normal(size=3)),
    loop_over_literal: lambda rng: (0.7,),
    rows_and_columns: lambda rng: (rng.normal(size=(3, 4)),),
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
