"""Stores, views and aliases."""
import numpy as np
from tests.language.table import Area

AREA = Area("Mutation and aliasing")


@AREA.supported("items", "`y[i] = …`, `y[i, j] = …`")
def items(a, x, A):
    x[0] = a * a
    x[-1] = x[0] * x[1]
    A[1, 2] = a
    A[0] = A[1]
    return np.sum(x * x) + np.sum(np.sin(A))


@AREA.supported("items", "of a store that reads what it overwrites")
def item_of_itself(x, n):
    for i in range(n):
        x[i] = np.sin(x[i]) * x[i - 1]
    return np.sum(x)


@AREA.supported("slices", "also backwards and stepped, ellipsis, new axes")
def slices(x, A):
    x[1:] = x[:-1] * 2.0
    x[::-1][:2] = A[0, 1:]
    A[..., 0] = x
    A[::2, 1:] = 0.5
    A[:, :2] = x[:, None]
    return np.sum(x * x) + np.sum(A**3)


@AREA.supported("masks")
def masks(x, a):
    x[x > 0] = a
    x[x < -0.5] *= 2.0
    return np.sum(x * x)


@AREA.supported("integer arrays", "a repeated index keeps the last value")
def integer_arrays(x, y):
    which = np.array([2, 0, 2])
    x[which] = y * y
    x[[0, 1]] = y[[1, 1]]
    return np.sum(x * np.array([1.0, 2.0, 3.0]))


@AREA.supported("augmented assignment", "of names, items, slices, masks and integer arrays")
def augmented(x, y, a):
    x += y
    x *= a
    x[0] -= y[1]
    x[1:] /= y[:-1]
    x[[0, 0]] += y[:2]
    x **= 2
    return np.sum(x)


@AREA.supported("augmented assignment", "of numbers: a new binding")
def augmented_numbers(a, n):
    total = 0.0
    alias = total
    for i in range(n):
        total += a * i
        total *= a
    total -= alias
    return total + a


@AREA.supported("augmented assignment", "`y = y + x` binds anew, `y += x` writes")
def rebinding_and_writing(x):
    y = x * 2.0
    z = y
    y = y + 1.0
    w = z
    z += 1.0
    return np.sum(y * z) + np.sum(w * w)


@AREA.supported("`out=`", "by keyword and by position")
def out(x, y):
    z = np.empty_like(x)
    np.multiply(x, y, out=z)
    np.exp(z, z)
    np.add(z, x, out=x)
    np.sin(x, out=x[...])
    return np.sum(z * x)


@AREA.supported("`out=`", "of a view")
def out_of_a_view(x, A):
    np.tanh(x, out=A[1])
    np.subtract(A[0], x, out=A[:, 0])
    return np.sum(A * A)


@AREA.supported("`np.add.at` and kin", "repeated indices add up")
def add_at(x, y):
    which = np.array([0, 2, 0])
    np.add.at(x, which, y * y)
    np.subtract.at(x, which, y)
    return np.sum(x * x)


@AREA.supported("`np.diagonal`, `np.broadcast_to` as values")
def diagonals(A, x):
    d = np.diagonal(A)
    A = A + np.broadcast_to(x, (3, 3))
    return np.sum(d * d) + np.sum(A**2)


@AREA.supported("`np.copyto`, `np.put`, `fill`, `np.fill_diagonal`")
def copying_functions(x, a, A):
    y = np.zeros(3)
    np.copyto(y, x)
    y[1:].fill(a)
    np.put(y, [0], a * a)
    np.fill_diagonal(A, a)
    return np.sum(y * x) + np.sum(A * A)


@AREA.supported("two names for one array")
def two_names(x):
    y = x
    y[0] = x[1] * 2.0
    x[1] = 3.0
    return np.sum(y * y) + np.sum(x)


@AREA.supported("views through slices")
def views_of_slices(x, a):
    tail = x[1:]
    last = tail[-1:]
    tail *= x[:-1]
    last[0] += a
    return np.sum(x * x) + np.sum(tail)


@AREA.supported("views through transposes")
def views_of_transposes(A, x):
    T = A.T
    T[0] = x
    T[1:] *= 2.0
    np.transpose(A)[2, 2] = 1.0
    return np.sum(A**3) + np.sum(T[0])


@AREA.supported("views through `reshape` and `ravel`", "of arrays that are known to lie in order: made by the function")
def views_of_reshapes(B, a):
    B = B.copy()
    flat = B.reshape(-1)
    flat[::2] = a
    B.ravel()[1] = a * a
    B.reshape(3, 2)[:, 0] += 1.0
    return np.sum(B**2) + np.sum(flat)


@AREA.supported("views through `reshape` and `ravel`", "`flatten` is a copy")
def copies_of_reshapes(B, a):
    flat = B.flatten()
    flat[0] = a
    return np.sum(B**2) + np.sum(flat)


@AREA.supported("views through `np.asarray`, `squeeze`, `swapaxes`, `np.newaxis`")
def other_views(x, A):
    np.asarray(x)[0] = 2.0
    x[None].squeeze()[1] = x[0] * 3.0
    A.swapaxes(0, 1)[0] = x
    x[:, np.newaxis][2, 0] *= 0.5
    return np.sum(x**2) + np.sum(A**2)


@AREA.supported("iteration over rows that are written")
def rows_written(A, a):
    for row in A:
        row *= a
        row[0] = row[1] * row[2]
    return np.sum(A**2)


@AREA.supported("arrays in a list, changed at an index", "where each is at one place of it")
def arrays_at_an_index(xs, n):
    for i in range(1, n):
        xs[i % 2] *= xs[i % 2 - 1]
    return np.sum(xs[0] * xs[-1])


@AREA.supported("arrays in a list, changed in turn", "`for p, g in zip(params, grads): p -= rate * g`")
def arrays_in_turn(x, a):
    params = [x * 1.0, x * a]
    for p, g in zip(params, [x, x * 2.0]):
        p -= 0.1 * g
    return np.sum(params[0] * params[1])


@AREA.supported("lists of lists", "`table[i][j] = …`")
def table_of_lists(x, n):
    table = [[a * k for k in range(3)] for a in x]
    for i in range(1, len(x)):
        for j in range(3):
            table[i][j] += table[i - 1][j] ** 2
    return table[-1][2]


@AREA.supported("copies", "`copy`, `np.array`, arithmetic, integer arrays: later stores do not reach them")
def copies(x):
    y, z, w, v = x.copy(), np.array(x), +x, x[[0, 1, 2]]
    x[:] = 1.0
    y[0] = 5.0
    return np.sum(x) + np.sum(y * z) + np.sum(w * v)


@AREA.supported("swaps of buffers")
def swapped_buffers(x, n):
    old, new = x.copy(), np.zeros(3)
    for _ in range(n):
        new[1:-1] = 0.5 * (old[2:] + old[:-2]) * old[1:-1]
        old, new = new, old
    return np.sum(old * old) + np.sum(new)


@AREA.supported("loops that overwrite what they read")
def overwritten_in_loop(x, n):
    for _ in range(n):
        for i in range(1, len(x)):
            x[i] = 0.5 * (x[i] + x[i - 1]) * x[i]
    return np.sum(x)


@AREA.supported("stores in branches", more=[(np.array([-1.0, 2.0, 0.5]), -2.0)])
def stores_in_branches(x, a):
    y = x * 1.0
    if a > 0:
        y[0] = a
    else:
        y *= a
        y[1:] = 0.5
    return np.sum(y * x)


@AREA.supported("stores before `break` and `continue`")
def stores_before_exits(x, n):
    for i in range(n):
        x[i] *= 2.0
        if x[i] > 1.0:
            x[0] = x[i] * x[1]
            continue
        if i == 2:
            x[1] += x[0]
            break
        x[i] += 1.0
    return np.sum(x * x)


@AREA.supported("an argument that is written", "is copied first: a caller's array comes back unchanged")
def argument_written(x, A):
    x *= 2.0
    A[0] += x
    return np.sum(x * x) + np.sum(A * A)


@AREA.supported("an argument returned unchanged, and the same array passed twice")
def nothing_written(x, y):
    z = x
    return np.sum(z * y) + x[0]


@AREA.supported("a buffer of the function, written by a nested function")
def buffer_of_a_closure(x, a):
    buffer = np.zeros(3)

    def put(i, v):
        buffer[i] = v * v

    put(0, a)
    put(2, x[1])
    return np.sum(buffer * x)


@AREA.supported("a trajectory in an array made beforehand")
def trajectory(a, n):
    path = np.zeros(4)
    path[0] = a
    for t in range(n):
        path[t + 1] = path[t] + 0.1 * np.sin(path[t])
    return np.sum(path * path)


@AREA.supported("empty selections and arrays", only=[(np.zeros(0), 1.3), (np.ones(1), 1.3), (np.arange(3.0), 1.3)])
def empty_selections(x, a):
    x[1:] *= a
    x[x > 1e9] = 0.0
    x += a
    return np.sum(x * x)


@AREA.supported(
    "narrow arrays", "what is stored into them is narrow",
    only=[(np.array([0.5, 1.5]), np.array([1.0, 2.0], np.float32))],
)
def narrow(x, y):
    z = y * 2.0
    z[:1] += x[1:] * y[0]
    return np.sum(z * x)
