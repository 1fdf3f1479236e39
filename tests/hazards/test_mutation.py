"""Programs that change arrays in place: right through every name that shares the memory, or refused at the line."""
from __future__ import annotations

import numpy as np
import pytest
from tests.hazards.conftest import agrees, function_from, identical, printed, refused, refused_source, right, verdict

import s2sad
from s2sad.numeric import numerical_gradient

X = np.array([0.3, -0.7, 1.2])
M = np.arange(12.0).reshape(3, 4) / 7.0 - 0.5

RIGHT = "right"
STORES = [
    ("y = x * 2.0\n    y[0] = 1.0", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    y[1:] = x[1:]", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    y[0] += 1.0", RIGHT, RIGHT, None),
    ("y = x\n    y *= 2.0", RIGHT, "S2S140", "y *= 2.0"),
    ("y = x * 2.0\n    z = y\n    z += 1.0", RIGHT, "S2S142", "y * x"),
    ("y = x * 2.0\n    y += 1.0", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    for _ in range(2):\n        y *= np.sin(y)", RIGHT, RIGHT, None),
    ("y = np.sum(x)\n    z = y\n    y += 1.0\n    y = y * z", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    z = y[1:]\n    z -= 1.0", RIGHT, "S2S140", "z -= 1.0"),
    ("y = x * 2.0\n    z = y.T\n    z /= 2.0", RIGHT, "S2S140", "z /= 2.0"),
    ("y = x * 2.0\n    z = y.reshape(-1)\n    z **= 2.0", RIGHT, "S2S140", "z **= 2.0"),
    ("y = x\n    y @= np.eye(3)", RIGHT, "S2S140", "y @= np.eye(3)"),
    ("y = np.zeros(3)\n    y[0] = x[0]", RIGHT, RIGHT, None),
    ("y = np.zeros(3)\n    np.add(x, 1.0, out=y)", RIGHT, RIGHT, None),
    ("y = np.zeros(())\n    np.sum(x, out=y)", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    y.sort()", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    y.fill(0.0)", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    y.resize((1, 3))", "S2S140", "S2S140", "y.resize"),
    ("y = x * 2.0\n    y.put(0, 1.0)", RIGHT, "S2S140", "y.put(0, 1.0)"),
    ("y = [x, x]\n    y.append(x)\n    y = y[0]", RIGHT, RIGHT, None),
    ("y = [x, x]\n    y.extend([x])\n    y = y[0]", RIGHT, RIGHT, None),
    ("y = [x, x]\n    y.reverse()\n    y = y[0]", RIGHT, RIGHT, None),
    ("y = [x, x]\n    y[0] = x\n    y = y[0]", RIGHT, RIGHT, None),
    ("y = [x, x]\n    y += [x]\n    y = y[0]", RIGHT, RIGHT, None),
    ("y = [x, x]\n    y = y.pop()", RIGHT, RIGHT, None),
    ("y = [x, x]\n    y.insert(0, x)\n    y = y[0]", RIGHT, RIGHT, None),
    ("y = {'a': x}\n    y['a'] = x * 2.0\n    y = y['a']", RIGHT, RIGHT, None),
    ("y = {'a': x}\n    y.update({'a': x * 2.0})\n    y = y['a']", RIGHT, RIGHT, None),
    ("y = {'a': x}\n    y = y.pop('a')", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    y.shape = (3, 1)", "S2S140", "S2S140", "y.shape"),
    ("y = x * 2.0\n    y.T[0] = 1.0", RIGHT, "S2S142", "y * x"),
    ("y = x * 2.0\n    y.flat = 1.0", "S2S140", "S2S140", "y.flat"),
    ("y = x * 2.0\n    y, y[0] = x * 1.0, 2.0", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    for y[0] in (1.0, 2.0):\n        z = x", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    np.copyto(y, x)", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    np.copyto(y, x, where=x > 0)", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    np.put(y, 0, 1.0)", RIGHT, "S2S140", "np.put"),
    ("y = x * 2.0\n    np.add.at(y, 0, 1.0)", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    np.fill_diagonal(y, 1.0)", "S2S140", "S2S140", "np.fill_diagonal"),
    ("y = x * 2.0\n    np.random.shuffle(y)", "S2S200", "S2S200", "np.random.shuffle"),
    ("y = x * 2.0\n    setattr(y, 'shape', 3)", "S2S200", "S2S200", "setattr"),
    ("y = x * 2.0\n    y.__setitem__(0, 1.0)", "S2S132", "S2S132", "y.__setitem__"),
    ("y = x * 2.0\n    np.place(y, y > 0, 0.0)", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    np.putmask(y, y > 0, 0.5)", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    np.putmask(y, y > 0, x)", "S2S140", "S2S140", "np.putmask"),
    ("y = x * 2.0\n    y.__iadd__(x)", "S2S132", "S2S132", "y.__iadd__"),
    ("y = x * 2.0\n    y.setflags(write=False)", "S2S140", "S2S140", "y.setflags"),
    ("y = x * 2.0\n    y.partition(1)", "S2S140", "S2S140", "y.partition"),
    ("y = x * 2.0\n    np.exp(x, y)", RIGHT, RIGHT, None),
    ("y = x * 2.0\n    np.arctan2(x, 2.0, y)", RIGHT, RIGHT, None),
    ("y = np.zeros(())\n    np.dot(x, x, y)", RIGHT, RIGHT, None),
]
"""A body, what becomes of it for known and for unknown types, and where the caret stands if it is refused."""


@pytest.mark.parametrize(("body", "typed", "untyped", "needle"), STORES, ids=range(len(STORES)))
def test_a_store_is_right_or_refused_where_it_stands(body, typed, untyped, needle, tmp_path):
    source = f"import numpy as np\n\n\ndef f(x):\n    {body}\n    return np.sum(y * x)\n"
    f = function_from(source, tmp_path / "body.py")
    for types, expected in (("x: float64[3]", typed), (None, untyped)):
        if expected == RIGHT:
            assert verdict(source, f, X, types=types) == RIGHT
        else:
            refused_source(source, expected, needle, types=types)
    if typed == RIGHT:
        agrees(f, X, static=False) if untyped == RIGHT else right(s2sad.value_and_grad(f), f, X)
    else:
        refused(lambda: s2sad.grad(f)(X), typed, needle)


@pytest.mark.parametrize("call", ["np.sum(x, out=y)", "np.dot(x, x, y)", "np.add(x, np.ones((2, 3)), out=y)", "y[3] = 1.0"])
def test_a_store_that_does_not_fit_raises_as_the_primal_does(call, tmp_path):
    source = f"import numpy as np\ndef f(x):\n    y = np.zeros(3)\n    {call}\n    return np.sum(y * x)\n"
    f = function_from(source, tmp_path / "body.py")
    with pytest.raises((ValueError, IndexError)):
        f(X)
    for types in ("x: float64[3]", None):
        with pytest.raises((ValueError, IndexError, s2sad.DifferentiationError)):
            printed(s2sad.differentiate(source, "f", types=types))(X)


def test_an_unknown_variable_is_not_changed_in_place_in_silence():
    # where the type is unknown, `+=` may be a mutation or a new binding
    refused_source("def f(x):\n    y = x\n    y += x\n    return y\n", "S2S140", "y += x")


def helper_mutates(v):
    v *= 2.0
    return v


def mutates_by_a_helper(x):
    y = helper_mutates(x)
    return np.sum(y * x)


def test_a_helper_that_changes_its_argument():
    right(s2sad.value_and_grad(mutates_by_a_helper), mutates_by_a_helper, X)
    # without types, it may be a number that the helper binds anew
    diagnostic = refused(lambda: s2sad.grad(mutates_by_a_helper).source, "S2S140")
    assert diagnostic.line.strip() == "v *= 2.0"


def test_a_captured_buffer_is_not_written():
    buffer = np.zeros(3)

    def writes(x):
        buffer[0] = x[0]
        return np.sum(buffer * x)

    with pytest.raises(s2sad.DifferentiationError) as caught:
        s2sad.grad(writes)(X)
    assert caught.value.code == "S2S140"
    assert not buffer.any()


# -- augmented assignment of arrays ------------------------------------------------------------------------------------

TABLE = np.array([1.0, 2.0, 4.0])
BODIES = [
    "y = x*2.0; y += x; return np.sum(y*x)", "y = x*2.0; y += y; return np.sum(y*x)",
    "y = x*2.0; y *= np.sum(y); return np.sum(y*x)", "y = x*2.0; y += y[::-1]; return np.sum(y*x)",
    "y = x*2.0; s = np.exp(y); y += s; y *= y; return np.sum(s*y)", "y = x*2.0; z = y*y; y += 1.0; return np.sum(z*y)",
    "y = x; y += 1.0; return np.sum(y*x)", "y = +x; y += 1.0; return np.sum(y*x)", "y = x[:]; y += 1.0; return np.sum(y*x)",
    "y = x.copy(); y += x; return np.sum(y*x)", "y = np.array(x); y += x; return np.sum(y*x)",
    "y = np.array([x, x]); y += x; return np.sum(y*x)", "y = np.zeros(3); y += x; y *= x; return np.sum(y*y)",
    "y = np.zeros(3); z = y; y += x; return np.sum(z*y)", "y = np.zeros(3, dtype=int); y += x; return np.sum(y*y)",
    "y = x*2.0; z = y; y += 1.0; return np.sum(y*z)", "y = z = x*2.0; y += 1.0; return np.sum(y*z)",
    "y = x*2.0; z = y[1:]; y += x; return np.sum(z*z)+np.sum(y)", "y = x*2.0; z = y.T; y += x; return np.sum(z*y)",
    "y = x*2.0; z = y.reshape(-1); y += 1.0; return np.sum(z)+np.sum(y*y)",
    "y = x*2.0; z = y.reshape(-1); z += 1.0; return np.sum(y*x)", "y = x*2.0; z = y.ravel(); y += 1.0; return np.sum(z*y)",
    "y = x*2.0; z = np.asarray(y); y += 1.0; return np.sum(z*y)", "y = x*2.0; z = y[None]; y += 1.0; return np.sum(z*y)",
    "y = x*2.0; z = np.squeeze(y); y += 1.0; return np.sum(z*y)", "y = x*2.0; z = y[...]; y += 1.0; return np.sum(z*y)",
    "y = x*2.0; z = np.transpose(y); y += 1.0; return np.sum(z*y)",
    "y = x*2.0; z = (y, x); y += x; return np.sum(z[0]*y)", "y = x*2.0; z = [y]; y += x; return np.sum(z[0]*y)",
    "y = x*2.0; z = {'a': y}; y += x; return np.sum(z['a']*y)", "y = x*2.0; z = identity(y); y += 1.0; return np.sum(z*y)",
    "y = x*2.0; z = bump(y); return np.sum(y*z)", "y = x*2.0; bump(y); return np.sum(y*y)", "z = bump(x); return np.sum(x*z)",
    "z = bump(x*2.0); return np.sum(x*z)", "z = bump(x[1:]); return np.sum(x)*np.sum(z)",
    "y = x*2.0; z = y if c > 0.0 else x; y += 1.0; return np.sum(z*y)", "y = x if c > 0.0 else x*2.0; y += 1.0; return np.sum(y*x)",
    "y = x*2.0; z = x*1.0; |if c > 0.0: |    z = y; |y += 1.0; return np.sum(y*z)",
    "y = x*2.0; z = x*1.0; |if c > 0.0: |    y = z; |y += 1.0; return np.sum(y*z)",
    "y = x*2.0; z = x*1.0; |if c > 0.0: |    y += z; |else: |    y -= z; |return np.sum(y*z)",
    "y = x*2.0; g = lambda v: v*y; y += 1.0; return np.sum(g(x))", "y = x*2.0; |for i in range(3): |    y += x*i; |return np.sum(y*y)",
    "y = x*2.0; z = x; |for i in range(3): |    z = y; y += x*i; |return np.sum(y*z)",
    "y = x*2.0; z = x; |for i in range(3): |    y += x*i; z = y; |return np.sum(y*z)",
    "y = x*2.0; z = x*3.0; |for i in range(3): |    y += x*i; y, z = z, y; |return np.sum(y*z*y)",
    "y = x*2.0; z = x; |for i in range(3): |    y = z; y += x*i; |return np.sum(y*z)",
    "y = x*2.0; |for row in y: |    y += row; |return np.sum(y*x)",
    "y = x*2.0; |for row, k in zip(y, (1.0, 2.0, 3.0)): |    y += row*k; |return np.sum(y*x)",
    "y = [x*2.0, x]; z = y[0]; z += 1.0; return np.sum(y[0]*z)", "y = (x*2.0, x); z, w = y; w += 1.0; return np.sum(y[1]*w)",
    "z, w = x*2.0, x; w += 1.0; return np.sum(z*w)", "y = np.reshape(x, -1); y += 1.0; return np.sum(y)*np.sum(x)",
    "y = x.sum(axis=0, keepdims=True)*1.0; y += x; return np.sum(y)", "y = TABLE; y += 1.0; return np.sum(x)*np.sum(y)",
    "y = TABLE*1.0; y += 1.0; return np.sum(x*y)",
]  # fmt: skip
REFUSED = {
    "y = np.zeros(3, dtype=int); y += x; return np.sum(y*y)": "S2S141",
    "y = x*2.0; z = y if c > 0.0 else x; y += 1.0; return np.sum(z*y)": "S2S142",
    "y = x if c > 0.0 else x*2.0; y += 1.0; return np.sum(y*x)": "S2S142",
    "y = x*2.0; z = x*1.0; |if c > 0.0: |    z = y; |y += 1.0; return np.sum(y*z)": "S2S142",
    "y = x*2.0; z = x*1.0; |if c > 0.0: |    y = z; |y += 1.0; return np.sum(y*z)": "S2S142",
    "y = x*2.0; z = x; |for i in range(3): |    y = z; y += x*i; |return np.sum(y*z)": "S2S142",
    "y = np.reshape(x, -1); y += 1.0; return np.sum(y)*np.sum(x)": "S2S142",
    "y = TABLE; y += 1.0; return np.sum(x)*np.sum(y)": "S2S140",
}
NEEDLESSLY = {
    "y = x*2.0; z = x; |for i in range(3): |    z = y; y += x*i; |return np.sum(y*z)",
    "y = x*2.0; z = x; |for i in range(3): |    y += x*i; z = y; |return np.sum(y*z)",
}
"""Which may be refused as well, although nothing is in doubt: after each trip `z` is `y`."""
REFUSED |= dict.fromkeys(NEEDLESSLY, "S2S142")
"""Which of them are refused although their types are known: the memory that is written may be shared, or is no float's."""


def identity(x):
    return x


def bump(v):
    v += 1.0
    return v


def function_of(body, path):
    """Return a function of x and c with this body; `|` begins a line, `;` ends a statement."""
    lines = [line.rstrip("; ") for line in body.split("|")]
    text = "def f(x, c):\n" + "".join(f"    {line}\n" for line in lines)
    return function_from(text, path, TABLE=TABLE, identity=identity, bump=bump)


@pytest.mark.parametrize("body", BODIES)
def test_augmented_assignment_is_right_or_refused(body, tmp_path):
    """What changes an array in place is seen through every name that shares its memory."""
    f = function_of(body, tmp_path / "body.py")
    table = TABLE.copy()
    for c in (1.5, -1.5):
        live = s2sad.value_and_grad(f)
        for engine in ("live", "untyped"):
            try:
                run = live if engine == "live" else printed(live.source)
                keywords = {"TABLE": TABLE.copy()} if engine == "untyped" and "TABLE" in body else {}
                value, gradient = run(X, c, **keywords)
            except s2sad.DifferentiationError as error:
                # where types are not known, a number may be bound anew, so that only S2S140 is sure
                assert error.code == REFUSED.get(body) or (engine, error.code) == ("untyped", "S2S140"), str(error)
                continue
            except (TypeError, ValueError) as error:
                with pytest.raises(type(error)):
                    f(X.copy(), c)
                continue
            assert body not in REFUSED or body in NEEDLESSLY, "this is accepted now"
            np.testing.assert_array_equal(TABLE, table)
            expected = f(X.copy(), c)
            TABLE[:] = table
            identical(value, expected)
            np.testing.assert_allclose(gradient, numerical_gradient(f, (X.copy(), c), 0), atol=1e-6)
            TABLE[:] = table


def single_precision(x):
    y = x.astype(np.float32)
    y += x
    return np.sum(y * 1.0)


def test_what_is_stored_has_the_precision_of_where_it_is_stored():
    live = s2sad.value_and_grad(single_precision)
    for _ in range(2):
        value, gradient = live(X)
        identical(value, single_precision(X))
        identical(gradient, np.full(3, 2.0))


# -- what rebinds a number is no mutation ------------------------------------------------------------------------------


def augmented_scalars(x, n):
    total = 0.0
    count = 0
    for i in range(n):
        total += x * i
        total *= x
        count += 1
    total -= x / 3.0
    total /= 2.0
    total **= 2
    return total * count


@pytest.mark.parametrize("n", [0, 1, 3])
def test_augmented_assignment_of_numbers(n):
    live = s2sad.grad(augmented_scalars)
    reference = lambda v: augmented_scalars(v, n)  # noqa: E731
    step = 1e-6
    expected = (reference(1.3 + step) - reference(1.3 - step)) / (2 * step)
    assert live(1.3, n) == pytest.approx(expected, rel=1e-7, abs=1e-9)


def augmented_tuple(x):
    parts = (x,)
    alias = parts
    parts += (x * x,)
    return parts[1] * alias[0]


def augmented_entries(x):
    total = x[0]
    total += x[1] * x[2]
    total *= x[0]
    return total


def test_augmented_assignment_of_tuples_and_entries():
    live = s2sad.value_and_grad(augmented_tuple)
    assert live(2.0) == (8.0, 12.0)
    np.testing.assert_allclose(
        s2sad.grad(augmented_entries)(X), [2 * X[0] + X[1] * X[2], X[0] * X[2], X[0] * X[1]], rtol=1e-13
    )


# -- sharing without writing -------------------------------------------------------------------------------------------


def same_array_twice(x, y):
    return np.sum(np.sin(x) * y + x @ y)


def test_the_same_array_passed_twice():
    d_x, d_y = s2sad.grad(same_array_twice, (0, 1))(X, X)
    np.testing.assert_allclose(d_x, np.cos(X) * X + 3 * X)
    np.testing.assert_allclose(d_y, np.sin(X) + 3 * X)
    assert not np.shares_memory(d_x, d_y)


def aliases_and_views(x):
    y = x
    z = y.T
    w = y.ravel()
    v = y[1:, ::-1]
    y = y + 1.0
    return np.sum(y * z.T) + np.sum(v * v) + np.sum(w * w)


def test_aliases_and_views_that_are_only_read():
    agrees(aliases_and_views, M)


def entry(x):
    return x[1]


def sums(x, y):
    return np.sum(x) + np.sum(x.reshape(-1)) + np.sum(x.T) + np.sum(x + y)


def linear(x, y):
    return np.sum(x + y)


def test_gradients_are_arrays_of_their_own():
    """A caller may write into a gradient, so it is neither an argument, a read-only broadcast, nor another gradient."""
    for f, args in ((entry, (X,)), (sums, (M, M)), (linear, (M, M)), (same_array_twice, (X, X))):
        argnums = tuple(range(len(args)))
        live = s2sad.grad(f, argnums)
        for g in (live, printed(live.source), printed(live.signature_source(*args))):
            first = g(*args)
            for k, part in enumerate(first):
                assert part.flags.writeable
                assert not any(np.shares_memory(part, arg) for arg in args)
                assert not any(np.shares_memory(part, other) for other in first[k + 1 :])
                assert part.strides
                assert 0 not in part.strides
            kept = [part.copy() for part in first]
            for part in first:
                part[...] = 99.0
            identical(list(g(*args)), kept)


def nested_twice(params):
    return sum_all(params["a"]) + sum_all(params["b"])


def sum_all(pair):
    return np.sum(pair[0]) + np.sum(pair[1])


def test_gradients_in_a_structure_do_not_share_memory():
    params = {"a": (X, X), "b": [X, X]}
    found = s2sad.grad(nested_twice)(params)
    parts = [*found["a"], *found["b"]]
    for k, part in enumerate(parts):
        np.testing.assert_array_equal(part, np.ones(3))
        assert part.flags.writeable
        assert not any(np.shares_memory(part, other) for other in parts[k + 1 :])


def test_the_identity_and_the_seed():
    for value in (2.0, np.float32(2.0), np.array(2.0)):
        live = s2sad.grad(identity)
        first = live(value)
        assert first == 1.0
        assert live(value) == 1.0
        if isinstance(first, np.ndarray):
            first[...] = 0.0
            assert live(value) == 1.0


def value_is_an_argument(x, y):
    return y, np.sum(x * y)


def test_arguments_are_not_modified_when_results_are():
    given = X.copy()
    value, gradient = s2sad.value_and_grad(lambda x: (np.sum(x * x), x), has_aux=True)(given)
    assert value[1] is given
    np.testing.assert_array_equal(given, X)
    np.testing.assert_allclose(gradient, 2 * X)


def repeated_indices(x, i):
    return np.sum(x[i] * np.array([1.0, 10.0, 100.0]))


def test_repeated_indices_add_up():
    np.testing.assert_array_equal(s2sad.grad(repeated_indices)(X, np.array([1, 1, 0])), [100.0, 11.0, 0.0])


def read_only(x):
    return np.sum(np.broadcast_to(x, (4, 3)) * 2.0)


def test_inputs_that_cannot_be_written():
    x = X.copy()
    x.flags.writeable = False
    agrees(sum_of_squares, x)
    agrees(sum_of_squares, np.broadcast_to(2.0, (3,)))
    agrees(sum_of_squares, np.broadcast_to(X, (4, 3)))


def sum_of_squares(x):
    return np.sum(x * x) + np.sum(x[..., 1:] * x[..., :-1])


@pytest.mark.parametrize(
    "x",
    [M.T, M[::-1], M[:, ::-2], M[::2, 1:], np.asfortranarray(M), np.lib.stride_tricks.as_strided(M, (3, 4), (32, 0))],
    ids=["transposed", "reversed", "stepped", "cut", "fortran", "overlapping"],
)
def test_inputs_of_every_layout(x):
    agrees(sum_of_squares, x)
    agrees(layout, x)


def layout(x):
    y = np.sin(x.T.reshape(-1))
    z = np.reshape(x, (-1, 2))
    return np.sum(y * x.ravel()) + np.sum(z[:, 0] * z[:, 1] * z[:, 1])
