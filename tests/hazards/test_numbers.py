"""Dtypes, shapes, singular points, ties, zeros, infinities: the numbers themselves."""
from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from tests.hazards.conftest import agrees, forward_sweeps, identical, printed, refused, same

import s2sad

X = np.array([0.3, -0.7, 1.2])
F32 = X.astype(np.float32)
I64 = np.array([1, 2, 3])
NAN, INF = np.nan, np.inf


def both_modes(f, *args, argnums=0, forward=True):
    """Return the gradient; forward mode and the text for unknown types must agree, NaN and infinities included."""
    live = s2sad.grad(f, argnums)
    first = live(*args)
    if forward:
        for _, sweep in forward_sweeps(f, argnums, args):
            with np.errstate(all="ignore"):
                same(by_forward_sweeps(sweep, args, argnums), first, rtol=1e-12)
    same(printed(s2sad.grad(f, argnums).source)(*args), first)
    same(printed(live.source)(*args), first)
    return first


def by_forward_sweeps(sweep, args, k):
    """Return the gradient by the k-th argument, one forward sweep for each entry."""
    x = args[k]
    if not isinstance(x, np.ndarray):
        return type(x)(sweep(*args, type(x)(1.0))[1])
    found = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        unit = np.zeros_like(x)
        unit[index] = 1.0
        found[index] = sweep(*args, unit)[1]
    return found


# -- dtypes --------------------------------------------------------------------------------------------------------------------


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
    for engine in (live, printed(live.source), printed(live.signature_source(x, y))):
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
        if isinstance(x, np.ndarray):
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
    agrees(through_float32, X, tolerance=1e-2, forward=False)
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


# -- shapes ---------------------------------------------------------------------------------------------------------------------

SHAPES = [(), (1,), (3,), (1, 1), (2, 1), (1, 3), (2, 3), (2, 1, 3), (0,), (2, 0), (0, 3)]
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


# -- conventions at kinks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "args", "expected"),
    [
        (lambda x: np.sum(np.maximum(x, 0.0)), (np.array([-1.0, 0.0, -0.0, 2.0]),), [0, 0, 0, 1]),
        (lambda x: np.sum(np.maximum(0.0, x)), (np.array([-1.0, 0.0, 2.0]),), [0, 0, 1]),
        (lambda x: np.sum(np.maximum(x, 0)), (np.array([-1.0, 0.0, 2.0]),), [0, 0, 1]),
        (lambda x: np.sum(np.minimum(x, 1.0)), (np.array([0.0, 1.0, 2.0]),), [1, 0, 0]),
        (lambda x, y: np.sum(np.maximum(x, y)), (np.array([1.0, 2.0, 0.0]), np.array([1.0, 1.0, 1.0])), [0.5, 1, 0]),
        (lambda x: np.max(x), (np.array([1.0, 2.0, 2.0]),), [0, 0.5, 0.5]),
        (lambda x: np.max(x), (np.zeros(4),), [0.25] * 4),
        (lambda x: np.min(x), (np.array([1.0, 2.0, 1.0]),), [0.5, 0, 0.5]),
        (lambda x: np.sum(np.max(x, axis=1)), (np.array([[1.0, 1.0], [0.0, 3.0]]),), [[0.5, 0.5], [0, 1]]),
        (lambda x: np.sum(np.clip(x, 0.0, 1.0)), (np.array([-1.0, 0.0, 0.5, 1.0, 2.0]),), [0, 1, 1, 1, 0]),
        (lambda x: np.sum(x.clip(0.0, 1.0)), (np.array([-1.0, 0.0, 0.5, 1.0, 2.0]),), [0, 1, 1, 1, 0]),
        (lambda x: np.sum(np.abs(x)), (np.array([-2.0, 0.0, -0.0, 2.0]),), [-1, 0, 0, 1]),
        (lambda x: np.sum(abs(x)), (np.array([-2.0, 0.0, 2.0]),), [-1, 0, 1]),
        (lambda x: abs(x), (0.0,), 0),
        (lambda x: max(x, 0.0), (0.0,), 0),
        (lambda x: np.sum(np.sign(x) * x), (np.array([-2.0, 0.0, 2.0]),), [-1, 0, 1]),
        (lambda x: np.std(x), (np.array([2.0, 2.0, 2.0]),), [0, 0, 0]),
        (lambda x: np.var(x), (np.array([2.0, 2.0]),), [0, 0]),
        (lambda x: np.sum(x**0), (np.array([0.0, 2.0]),), [0, 0]),
        (lambda x: np.sum(x**1), (np.array([0.0, 2.0]),), [1, 1]),
        (lambda x: np.sum(x**2), (np.array([0.0, -3.0]),), [0, -6]),
        (lambda x: np.sum(x**3), (np.array([0.0, -3.0]),), [0, 27]),
        (lambda x: np.sum(x**2.0), (np.array([0.0, -3.0]),), [0, -6]),
        (lambda x, p: np.sum(x**p), (np.array([0.0, -3.0]), 2.0), [0, -6]),
        (lambda x, p: np.sum(x**p), (np.array([0.0, 3.0]), 0.0), [0, 0]),
        (lambda x, n: np.sum(x**n), (np.array([0.0, -3.0]), 2), [0, -6]),
        (lambda x, n: np.sum(x**n), (np.array([0.0, -3.0]), 0), [0, 0]),
        (lambda x: x**0, (0.0,), 0),
        (lambda x: x**2, (0.0,), 0),
        (lambda x: x**2, (-3.0,), -6),
        (lambda x, n: x**n, (0.0, 0), 0),
        (lambda x, n: x**n, (0.0, 1), 1),
        (lambda x, n: x**n, (-2.0, 3), 12),
        (lambda x: np.prod(x), (np.array([0.0, 2.0, 3.0]),), [6, 0, 0]),
        (lambda x: np.prod(x), (np.array([0.0, 0.0, 3.0]),), [0, 0, 0]),
        (lambda x: np.prod(x), (np.zeros(0),), []),
        (lambda x: np.logaddexp(x, 0.0), (-800.0,), 0),
        (lambda x: np.logaddexp(x, 0.0), (800.0,), 1),
        (lambda x: np.sum(np.logaddexp(0.0, x)), (np.array([-1e4, 0.0, 1e4]),), [0, 0.5, 1]),
    ],
)  # fmt: skip
def test_conventions(f, args, expected):
    found = both_modes(f, *args)
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected, float), rtol=1e-14)


def test_a_tie_of_two_variables_is_shared_whatever_is_active():
    f = lambda x, y: np.maximum(x, y)  # noqa: E731
    assert s2sad.grad(f)(1.0, 1.0) == 0.5
    assert s2sad.grad(f, 1)(1.0, 1.0) == 0.5
    assert s2sad.grad(f, (0, 1))(1.0, 1.0) == (0.5, 0.5)
    assert s2sad.grad(lambda x: np.maximum(x, x))(1.0) == 1.0


# -- branches that are guarded ------------------------------------------------------------------------------------------------


def guarded_root(x):
    return np.sum(np.where(x > 0.0, np.sqrt(np.where(x > 0.0, x, 1.0)), 0.0))


def half_guarded_root(x):
    return np.sum(np.where(x > 0.0, np.sqrt(x), 0.0))


def half_guarded_log(x):
    return np.sum(np.where(x > 0.0, np.log(x) * x, 0.0))


def half_guarded_division(x):
    return np.sum(np.where(x != 0.0, np.sin(x) / x, 1.0))


def half_guarded_power(x):
    return np.sum(np.where(x > 0.0, x**0.5 * 2.0, 3.0))


def half_guarded_norm(x):
    n = np.sqrt(np.sum(x * x, axis=1))
    return np.sum(np.where(n > 0.0, n, 0.0))


def masks_that_meet(x):
    r = np.sqrt(x)
    return np.sum(np.where(x > 0.0, r, 0.0) + np.where(x > 1.0, r * r, 0.0))


def guarded_through_shapes(x):
    r = np.sqrt(x.reshape(2, 2).T)
    picked = np.where(x.reshape(2, 2).T > 0.0, r * np.array([1.0, 3.0]), 0.0)
    return np.sum(picked[0]) + np.sum(picked)


def guarded_by_maximum(x):
    return np.sum(np.sqrt(np.maximum(x, 0.0)) * 0.0) + np.sum(x)


def guarded_entropy(p):
    return -np.sum(np.where(p > 0.0, p * np.log(p), 0.0))


GUARDED = [
    (guarded_root, [0.0, 4.0, -1.0, 1.0], [0, 0.25, 0, 0.5]),
    (half_guarded_root, [0.0, 4.0, 0.0, 1.0], [0, 0.25, 0, 0.5]),
    (half_guarded_power, [0.0, 4.0, 0.0, 1.0], [0, 0.5, 0, 1.0]),
    (masks_that_meet, [0.0, 4.0, 0.0, 0.25], [0, 1.25, 0, 1.0]),
    (guarded_through_shapes, [0.0, 4.0, 1.0, 0.0], [0, 0.25 * 3 * 1, 0.5 * 3 * 2 / 2, 0]),
]


@pytest.mark.parametrize(("f", "x", "expected"), GUARDED[:4], ids=lambda p: getattr(p, "__name__", ""))
def test_a_branch_that_is_not_taken_gives_exactly_zero_without_a_warning(f, x, expected):
    np.testing.assert_allclose(both_modes(f, np.array(x)), expected, rtol=1e-14)


def test_masks_pass_through_shapes():
    x = np.array([0.0, 4.0, 1.0, 0.0])
    found = both_modes(guarded_through_shapes, x)
    assert found[0] == found[3] == 0.0
    moved = np.array([1e-300, 4.0, 1.0, 1e-300])
    for k in (1, 2):
        high, low = moved.copy(), moved.copy()
        high[k] += 1e-6
        low[k] -= 1e-6
        slope = (guarded_through_shapes(high) - guarded_through_shapes(low)) / 2e-6
        assert found[k] == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (half_guarded_log, [0.0, np.e, -1.0, 1.0], [0, 2.0, 0, 1.0]),
        (half_guarded_division, [0.0, np.pi, 0.0, -np.pi], [0, -1 / np.pi, 0, 1 / np.pi]),
        (half_guarded_root, [-1.0, 4.0, 0.0, 1.0], [0, 0.25, 0, 0.5]),
        (guarded_entropy, [0.0, 1.0, 0.0, np.e], [0, -1, 0, -2]),
    ],
    ids=lambda p: getattr(p, "__name__", ""),
)
def test_a_branch_that_warns_in_the_primal_still_gives_exactly_zero(f, x, expected):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        np.testing.assert_allclose(both_modes(f, np.array(x)), expected, rtol=1e-13, atol=1e-16)


def test_a_norm_of_zero_rows_under_a_guard():
    x = np.array([[0.0, 0.0], [3.0, 4.0]])
    np.testing.assert_allclose(both_modes(half_guarded_norm, x), [[0, 0], [0.6, 0.8]], rtol=1e-14)


def guarded_by_a_branch(x):
    if x > 0.0:
        return np.sqrt(x)
    return x * 0.0


def safe_division(x, y):
    return x / y if y != 0.0 else 0.0


def test_branches_guard_scalars():
    assert both_modes(guarded_by_a_branch, 0.0) == 0.0
    assert both_modes(guarded_by_a_branch, 4.0) == 0.25
    assert both_modes(safe_division, 1.0, 0.0, argnums=(0, 1), forward=False) == (0.0, 0.0)


# -- singular points, infinities, NaN --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (lambda x: np.sum(np.sqrt(x)), np.array([0.0, 4.0]), [INF, 0.25]),
        (lambda x: np.sum(np.log(x)), np.array([0.0, 4.0]), [INF, 0.25]),
        (lambda x: np.sum(1.0 / x), np.array([0.0, 2.0]), [-INF, -0.25]),
        (lambda x: np.sum(x**0.5), np.array([0.0, 4.0]), [INF, 0.25]),
        (lambda x: np.sum(x * x), np.array([NAN, 1.0]), [NAN, 2.0]),
        (lambda x: np.sum(x * x), np.array([INF, 1.0]), [INF, 2.0]),
        (lambda x: np.sum(np.exp(x)), np.array([-INF, 0.0]), [0.0, 1.0]),
        (lambda x: np.sum(np.tanh(x)), np.array([INF, -INF, 0.0]), [0.0, 0.0, 1.0]),
        (lambda x: np.sum(x), np.array([INF, NAN]), [1.0, 1.0]),
        (lambda x: np.sum(np.maximum(x, 0.0)), np.array([INF, -INF]), [1.0, 0.0]),
        (lambda x: np.sum(np.abs(x)), np.array([INF, -INF]), [1.0, -1.0]),
        (lambda x: np.sum(np.where(x > 0.0, x, 0.0)), np.array([INF, NAN, -1.0]), [1.0, 0.0, 0.0]),
        (lambda x: np.sum(0.0 * x), np.array([INF, 1.0]), [0.0, 0.0]),
        (lambda x: np.sum(np.clip(x, 0.0, 1.0)), np.array([INF, -INF, 0.5]), [0.0, 0.0, 1.0]),
        (lambda x: np.sum(np.arctan(x)), np.array([INF, 0.0]), [0.0, 1.0]),
        (lambda x: np.max(x), np.array([INF, 1.0, INF]), [0.5, 0.0, 0.5]),
    ],
)
def test_singular_points(f, x, expected):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        # forward, a zero tangent meets an infinite factor: 0 · ∞ is NaN there
        found = both_modes(f, x, forward=False)
    np.testing.assert_array_equal(found, expected)


def stable_logsumexp(z):
    top = np.max(z)
    return top + np.log(np.sum(np.exp(z - top)))


def stable_softmax_loss(z, y):
    z = z - np.max(z, axis=1, keepdims=True)
    return -np.sum(y * (z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))))


def test_overflow_is_avoided_where_the_primal_avoids_it():
    found = both_modes(stable_logsumexp, np.array([1000.0, 1000.0, -1000.0]))
    np.testing.assert_allclose(found, [0.5, 0.5, 0.0], rtol=1e-14)
    z = np.array([[1e4, 0.0, -1e4], [5.0, 5.0, 5.0]])
    found = both_modes(stable_softmax_loss, z, np.eye(3)[[0, 1]])
    np.testing.assert_allclose(found, [[0, 0, 0], [1 / 3, -2 / 3, 1 / 3]], rtol=1e-14, atol=1e-16)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def log_loss(x):
    return np.sum(np.log(sigmoid(x)))


def test_no_warning_that_the_primal_does_not_give():
    x = np.array([-30.0, 0.0, 30.0, 700.0])
    found = both_modes(log_loss, x)
    np.testing.assert_allclose(found, 1.0 / (1.0 + np.exp(x)), rtol=1e-10, atol=1e-300)


def keeps_nan_of_zero_times(x, y):
    return np.sum(x * 0.0 * y)


def adds_zero(x):
    return x + 0.0


def test_values_are_not_folded():
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value, _ = s2sad.value_and_grad(keeps_nan_of_zero_times)(np.array([INF, 1.0]), np.array([1.0, 1.0]))
    assert np.isnan(value)
    value, _ = s2sad.value_and_grad(adds_zero)(-0.0)
    assert np.signbit(value) == np.signbit(adds_zero(-0.0))
    value, _ = s2sad.value_and_grad(lambda x: x * 1)(-0.0)
    assert np.signbit(value)
    value, _ = s2sad.value_and_grad(lambda x: -(-x) - 0.0)(-0.0)
    assert np.signbit(value)
    value, _ = s2sad.value_and_grad(lambda x: 0.0 - x)(0.0)
    assert not np.signbit(value)


def reciprocal(x):
    return 1.0 / x


def test_python_floats_keep_pythons_semantics():
    live = s2sad.value_and_grad(reciprocal)
    with pytest.raises(ZeroDivisionError):
        live(0.0)
    assert live(2.0) == (0.5, -0.25)


# -- length and depth ------------------------------------------------------------------------------------------------------------


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
