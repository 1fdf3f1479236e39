"""Dtypes, shapes and sizes: the numbers themselves."""
from __future__ import annotations

import itertools

import numpy as np
import pytest
from tests.hazards.conftest import agrees, both_modes, forward_sweeps, identical, printed, refused, same

import s2sad

X = np.array([0.3, -0.7, 1.2])
F32 = X.astype(np.float32)
I64 = np.array([1, 2, 3])
NAN, INF = np.nan, np.inf


# -- dtypes ------------------------------------------------------------------------------------------------------------


def float32_network(w, b, x):
    h = np.tanh(x @ w + b) * 2.0 + 1
    h = np.maximum(h, 0.0) / 3 - 0.5 * np.exp(-h)
    return np.mean(h**2) + np.std(h) + np.log1p(np.sum(np.sqrt(np.abs(h) + 1.0)))


def test_float32_is_kept():
    rng = np.random.default_rng(0)
    args = [rng.normal(size=s).astype(np.float32) for s in [(3, 2), (2,), (4, 3)]]
    live = s2sad.value_and_grad(float32_network, (0, 1, 2))
    for engine in (live, printed(live.source), printed(live.signature_source(*args))):
        value, gradients = engine(*args)
        assert value.dtype == np.float32
        assert [g.dtype for g in gradients] == [np.dtype(np.float32)] * 3
    agrees(float32_network, *args, argnums=(0, 1, 2), tolerance=1e-4, forward=False)
    for _, sweep in forward_sweeps(float32_network, (0, 1, 2), args):
        value, tangent = sweep(*args, *args)
        assert value.dtype == tangent.dtype == np.float32


def mixed(x, y):
    return np.sum(np.sin(x) * y)


@pytest.mark.parametrize("y", [I64, I64.astype(np.int8), I64.astype(bool), I64.astype(np.uint8), 3, True, np.int64(2), F32, 2.0])
@pytest.mark.parametrize("x", [X, F32, 0.7, np.float64(0.7), np.float32(0.7), np.array(0.7)], ids=lambda x: type(x).__name__)
def test_other_arguments_of_every_dtype(x, y):
    live = s2sad.value_and_grad(mixed)
    untyped = printed(live.source)
    for engine in (live, untyped, printed(live.signature_source(x, y))):
        value, gradient = engine(x, y)
        identical(value, mixed(x, y))
        assert np.shape(gradient) == np.shape(x)
        expected = np.cos(x) * y
        expected = expected if np.shape(x) == np.shape(expected) else np.sum(expected)
        np.testing.assert_allclose(gradient, expected, rtol=1e-6)
        if isinstance(x, np.ndarray | np.generic):
            assert gradient.dtype == x.dtype
        else:
            assert isinstance(gradient, float)
        # arithmetic on arrays without axes gives NumPy scalars; only where the type is known is that made good
        if isinstance(x, np.ndarray) and (x.ndim or engine is not untyped):
            assert isinstance(gradient, np.ndarray)


def integer_arithmetic(x, n):
    return np.sum(x * n**2) + n // 2 * x[0] + x[n % 3] + (n & 1) * x[1]


def test_arithmetic_of_integers_beside_floats():
    agrees(integer_arithmetic, X, 4)
    agrees(integer_arithmetic, X, 0)


def integer_division(x, k):
    return x * (k / 2) + x * (k // 2)


def test_true_division_of_integers():
    assert agrees(integer_division, 2.0, 3) == 2.5


def integer_accumulator(x, counts):
    total = np.zeros_like(counts)
    total = total + x * counts
    return np.sum(total * total)


def test_zeros_like_integers_do_not_swallow_floats():
    agrees(integer_accumulator, X, I64)


def through_integers(x):
    return np.sum(x * x.astype(int)) + int(x[2]) * x[0] + np.sum(np.floor(x) * x)


def test_what_goes_through_integers_has_no_derivative():
    np.testing.assert_allclose(s2sad.grad(through_integers)(X), [0 + 1 + 0, 0 + 0 - 1, 1 + 0 + 1])


def through_float32(x):
    return np.sum(x.astype(np.float32) * x)


def test_a_cast_gives_the_adjoint_its_dtype_back():
    found = both_modes(through_float32, X, forward=False)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, 2 * X, rtol=1e-6)


def wrong_power(x):
    return (-2.0) ** x


def root(x):
    return x**0.5


def test_a_complex_result_of_real_numbers_is_refused():
    """Python makes a complex number of a power of a negative one; its real part is not the answer."""
    for f, x in ((wrong_power, 1.3), (root, -8.0)):
        assert isinstance(f(x), complex)
        for make in (s2sad.grad, s2sad.value_and_grad):
            with pytest.raises(TypeError):
                make(f)(x)
    assert s2sad.grad(root)(4.0) == 0.25


# -- shapes ------------------------------------------------------------------------------------------------------------

SHAPES = [(), (1,), (3,), (2, 1), (2, 3), (2, 1, 3), (0,), (0, 3)]
PAIRS = []
for _a, _b in itertools.product(SHAPES, SHAPES):
    try:
        np.broadcast_shapes(_a, _b)
    except ValueError:
        continue
    PAIRS.append((_a, _b))


def arithmetic(a, b):
    return np.sum(np.sin(a) * b + (a - b) / (2.0 + b * b) + np.maximum(a, b) * 0.5 + np.where(a > b, a * a, b))


def test_every_pair_of_shapes_that_broadcasts():
    rng = np.random.default_rng(1)
    live = s2sad.value_and_grad(arithmetic, (0, 1))
    untyped = printed(live.source)
    for a_shape, b_shape in PAIRS:
        a, b = rng.normal(size=a_shape), rng.normal(size=b_shape)
        value, (d_a, d_b) = live(a, b)
        typed = printed(live.source)
        np.testing.assert_array_equal(value, arithmetic(a, b))
        full_a, full_b = np.broadcast_arrays(a, b)
        bigger = (full_a > full_b).astype(float)
        den = 2.0 + full_b**2
        part_a = np.cos(full_a) * full_b + 1 / den + bigger * 0.5 + bigger * 2 * full_a
        part_b = np.sin(full_a) - 1 / den - (full_a - full_b) * 2 * full_b / den**2 + (1 - bigger) * 0.5 + (1 - bigger)
        for found, part, arg in ((d_a, part_a, a), (d_b, part_b, b)):
            extra = part.ndim - arg.ndim
            axes = tuple(k for k in range(part.ndim) if k < extra or arg.shape[k - extra] == 1)
            expected = np.sum(part, axis=axes).reshape(arg.shape) if axes else part
            assert isinstance(found, np.ndarray), (a_shape, b_shape)
            assert found.shape == arg.shape, (a_shape, b_shape)
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12, err_msg=str((a_shape, b_shape)))
        for other in (untyped, typed):
            same(other(a, b), (value, (d_a, d_b)))


def scalar_of_array(x):
    return x * x * 2.0


@pytest.mark.parametrize("x", [2.0, np.float64(2.0), np.float32(2.0), np.array(2.0), np.array(2.0, np.float32)])
def test_scalars_of_every_kind(x):
    found = both_modes(scalar_of_array, x)
    assert found == 8.0
    assert np.shape(found) == ()
    if isinstance(x, np.ndarray):
        assert isinstance(found, np.ndarray)
        assert found.dtype == x.dtype
    elif isinstance(x, np.generic):
        assert found.dtype == x.dtype
    else:
        assert isinstance(found, float)


@pytest.mark.parametrize("shape", [(1,), (1, 1)])
def test_an_array_with_one_entry_is_not_a_scalar(shape):
    refused(lambda: s2sad.grad(scalar_of_array)(np.full(shape, 2.0)), "S2S301")
    with pytest.raises((TypeError, ValueError)):
        printed(s2sad.grad(scalar_of_array).source)(np.full(shape, 2.0))


def test_an_untyped_module_refuses_a_result_that_is_no_scalar():
    g = printed(s2sad.differentiate("def f(x):\n    return x * x\n", "f"))
    assert g(3.0) == 6.0
    for bad in (X, np.ones((1,)), np.ones((0,))):
        with pytest.raises((TypeError, ValueError)):
            g(bad)


def reductions(x):
    return np.sum(x) + np.sum(np.sum(x, axis=0) ** 2) + np.sum(np.sum(x, axis=-1, keepdims=True) * x)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0), (1, 1), (1, 3), (3, 1), (2, 3)])
def test_empty_arrays_and_axes_of_one(shape):
    x = np.arange(float(np.prod(shape))).reshape(shape) / 5.0
    agrees(reductions, x)


def product(a, b):
    return np.sum(np.sin(a @ b))


@pytest.mark.parametrize(
    ("a", "b"),
    [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 2)), ((1, 1), (1,)), ((1,), (1, 1)), ((5, 2, 3), (3, 2)),
     ((2, 3), (5, 3, 2)), ((5, 2, 3), (1, 3, 2)), ((3,), (5, 3, 2)), ((5, 2, 3), (3,)), ((0, 3), (3, 2)), ((2, 0), (0, 2)),
     ((4, 1, 2, 3), (5, 3, 2)), ((1, 3), (3, 1))],
)  # fmt: skip
def test_matrix_products_of_all_ranks(a, b):
    rng = np.random.default_rng(2)
    agrees(product, rng.normal(size=a), rng.normal(size=b), argnums=(0, 1))


def rank_changes(x):
    return np.sum(x) if x.ndim == 1 else np.sum(x * x)


def test_branches_on_the_rank():
    np.testing.assert_array_equal(s2sad.grad(rank_changes)(X), np.ones(3))
    np.testing.assert_array_equal(s2sad.grad(rank_changes)(X[None]), 2 * X[None])
    untyped = printed(s2sad.grad(rank_changes).source)
    np.testing.assert_array_equal(untyped(X), np.ones(3))
    np.testing.assert_array_equal(untyped(X[None]), 2 * X[None])


# -- length and depth --------------------------------------------------------------------------------------------------


def test_a_sum_of_many_terms():
    terms = " + ".join(f"x * {k}.0" for k in range(400))
    source = f"def f(x):\n    return {terms}\n"
    for style in ("readable", "ssa"):
        assert printed(s2sad.differentiate(source, "f", style=style))(1.0) == sum(range(400))


def test_a_chain_of_many_statements():
    source = "import numpy as np\ndef f(x):\n" + "    x = np.sin(x) * 1.01\n" * 300 + "    return x\n"
    found = printed(s2sad.differentiate(source, "f", types="x: float"))(0.5)
    plain = {}
    exec(source, plain)
    slope = (plain["f"](0.5 + 1e-5) - plain["f"](0.5 - 1e-5)) / 2e-5
    assert found == pytest.approx(slope, rel=1e-6)


def test_deep_nesting():
    source = "import numpy as np\ndef f(x):\n    return " + "np.sin(" * 80 + "x" + ")" * 80 + "\n"
    found = printed(s2sad.differentiate(source, "f"))(0.5)
    plain = {}
    exec(source, plain)
    assert found == pytest.approx((plain["f"](0.5 + 1e-5) - plain["f"](0.5 - 1e-5)) / 2e-5, rel=1e-7)
    body = "    " * 1
    text = "def f(x, n):\n    y = x\n"
    for depth in range(1, 9):
        text += "    " * depth + f"for i{depth} in range(n):\n"
    text += "    " * 9 + "y = y * 1.01 + x\n" + body + "return y\n"
    g = printed(s2sad.differentiate(text, "f"))
    plain = {}
    exec(text, plain)
    assert g(1.0, 1) == pytest.approx(plain["f"](1.0, 1), rel=1e-12)


def many(x):
    return np.sum(x) * 2.0


def test_a_large_loop_does_not_recurse():
    live = s2sad.grad(lambda x, n: loop_of(x, n))
    assert live(0.5, 20000) == pytest.approx(20000 * 0.5 * 2.0)


def loop_of(x, n):
    y = 0.0
    for _ in range(n):
        y = y + x * x
    return y
