"""One sweep with a seed: jvp, vjp and hvp."""
from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import s2sad
from s2sad import DifferentiationError, hvp, jvp, vjp
from s2sad.numeric import leaves

RNG = np.random.default_rng(5)


@dataclass
class Weights:
    w: np.ndarray
    b: float


class Pair(NamedTuple):
    first: np.ndarray
    second: float


def dense(x, w):
    return np.tanh(x @ w)


def containers(p, x):
    h = np.tanh(p["w"] @ x) + p["b"][0]
    return {"h": h, "rest": (np.sum(h * h), [x * 2.0, p["b"][1]])}


def records(weights, x):
    return Pair(weights.w * x + weights.b, np.sum(weights.w) * weights.b)


def in_place(x, n):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] * x[i - 1]
    for _ in range(n):
        y[1:] += 0.5 * y[:-1] ** 2
    return y


def branches(x, c):
    total = 0.0
    for v in x:
        if v > c:
            total = total + v**3
        else:
            total = total - np.sin(v)
    return total, x * total


def power(x, n):
    return x if n == 0 else np.sin(power(x, n - 1) * x)


def scalar(x, y):
    return x * x * y


def keyword(x, *, scale=2.0):
    return x**2 * scale


def many(x, *rest):
    total = x * 1.0
    for one in rest:
        total = total * one
    return total, x * x


CASES = {
    "dense": (dense, (RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2)))),
    "containers": (containers, ({"w": RNG.normal(size=(3, 2)), "b": [0.5, 1.5]}, RNG.normal(size=2))),
    "records": (records, (Weights(RNG.normal(size=3), 0.5), RNG.normal(size=3))),
    "in_place": (in_place, (RNG.normal(size=5), 2)),
    "branches": (branches, (RNG.normal(size=6), 0.1)),
    "recursion": (power, (RNG.normal(size=3), 3)),
    "scalar": (scalar, (3.0, 2.0)),
    "keyword": (keyword, (RNG.normal(size=3),)),
    "many": (many, (RNG.normal(size=2), 2.0, 3.0)),
    "zero-d": (scalar, (np.array(3.0), np.array(2.0))),
    "empty": (scalar, (np.zeros(0), np.zeros(0))),
    "single precision": (dense, (np.ones((2, 2), np.float32), np.ones((2, 2), np.float32) / 3)),
}


def seed_like(tree, random):
    """Return a tree of the same structure with random floats, and None where there is no float."""
    from s2sad.numeric import is_real, map_leaves

    def change(_, leaf):
        if not is_real(leaf):
            return None
        noise = random.normal(size=np.shape(leaf))
        return noise.astype(leaf.dtype) if isinstance(leaf, np.ndarray) else type(leaf)(noise)

    return map_leaves(change, tree)


def dot(a, b):
    """Return the inner product of two trees."""
    other = dict(leaves(b))
    both = ((leaf, other[path]) for path, leaf in leaves(a))
    return sum(float(np.sum(one * two)) for one, two in both if one is not None and two is not None)


def norm(tree):
    return float(np.sqrt(dot(tree, tree)))


@pytest.mark.parametrize("name", CASES)
def test_the_two_sweeps_are_transposes_of_each_other(name):
    f, args = CASES[name]
    random = np.random.default_rng(1)
    v = tuple(seed_like(arg, random) for arg in args)
    value, tangent = jvp(f, args, v)
    w = seed_like(value, random)
    again, pullback = vjp(f, *args)
    back = pullback(w)
    eps = 1e-5 if name == "single precision" else 1e-12
    assert abs(dot(tangent, w) - dot(v, back)) <= eps * max(norm(tangent) * norm(w), 1e-300)
    for (_, a), (_, b), (_, c) in zip(leaves(value), leaves(again), leaves(f(*args)), strict=True):
        np.testing.assert_allclose(a, c, rtol=1e-6 if name == "single precision" else 1e-13)
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", CASES)
def test_cotangents_have_the_shapes_and_dtypes_of_the_arguments(name):
    f, args = CASES[name]
    value, pullback = vjp(f, *args)
    back = pullback(seed_like(value, np.random.default_rng(2)))
    assert len(back) == len(args)
    for arg, d in zip(args, back, strict=True):
        for (path, leaf), (other, part) in zip(leaves(arg), leaves(d), strict=True) if d is not None else ():
            assert path == other
            assert np.shape(part) == np.shape(leaf)
            assert np.asarray(part).dtype == np.asarray(leaf).dtype


@pytest.mark.parametrize("name", [name for name in CASES if name != "single precision"])
def test_a_tangent_agrees_with_differences(name):
    f, args = CASES[name]
    v = tuple(seed_like(arg, np.random.default_rng(3)) for arg in args)
    _, tangent = jvp(f, args, v)

    def moved(h):
        from s2sad.numeric import map_leaves

        steps = [dict(leaves(one)) for one in v]

        def move(k):
            return lambda path, leaf: leaf if steps[k].get(path) is None else leaf + h * steps[k][path]

        return f(*(map_leaves(move(k), arg) for k, arg in enumerate(args)))

    h = 1e-5
    up, down = dict(leaves(moved(h))), dict(leaves(moved(-h)))
    for path, dot_ in leaves(tangent):
        np.testing.assert_allclose(dot_, (up[path] - down[path]) / (2 * h), rtol=1e-6, atol=1e-7)


def test_an_argument_that_does_not_count_gets_zeros():
    _, pullback = vjp(lambda x, y, z: x * 2.0, 3.0, np.ones((2, 3), np.float32), {"a": [1.0]})
    d_x, d_y, d_z = pullback(1.0)
    assert d_x == 2.0
    assert d_y.dtype == np.float32
    np.testing.assert_array_equal(d_y, np.zeros((2, 3)))
    assert d_z == {"a": [0.0]}


def test_a_constant_result_has_a_zero_tangent():
    assert jvp(lambda x: 3.0, (2.0,), (1.0,)) == (3.0, 0.0)
    _, pullback = vjp(lambda x: 3.0, 2.0)
    assert pullback(1.0) == (0.0,)


def test_an_argument_without_floats_has_no_cotangent():
    _, pullback = vjp(lambda x, n: x * n, 3.0, 2)
    assert pullback(1.0) == (2.0, None)
    assert jvp(lambda x, n: x * n, (3.0, 2), (1.0, None)) == (6.0, 2.0)
    assert jvp(lambda x, n: x * n, (3.0, 2), (1.0, 0)) == (6.0, 2.0)


def test_a_tangent_may_be_left_out():
    assert jvp(scalar, (3.0, 2.0), (None, 1.0)) == (18.0, 9.0)


def test_a_pullback_stays_when_arguments_and_results_change():
    x = np.ones(3)
    value, pullback = vjp(lambda x: x * x, x)
    x[:] = 5.0
    value[:] = 7.0
    np.testing.assert_array_equal(pullback(np.ones(3))[0], 2 * np.ones(3))


def test_nothing_is_shared_with_the_caller():
    x, seed = np.ones(3), np.ones(3)
    value, pullback = vjp(lambda x: x, x)
    (d_x,) = pullback(seed)
    assert not np.shares_memory(value, x)
    assert not np.shares_memory(d_x, seed)
    (d_x,) = vjp(lambda x: x, x)[1](seed)
    d_x[:] = 9.0
    np.testing.assert_array_equal(seed, np.ones(3))


def test_a_seed_is_not_written_into():
    seed = np.ones(5)
    vjp(in_place, np.ones(5), 2)[1](seed)
    np.testing.assert_array_equal(seed, np.ones(5))


def test_names_of_seeds_do_not_clash():
    def f(d_out, x_dot, x):
        return d_out * x_dot * x

    assert vjp(f, 2.0, 3.0, 5.0)[1](1.0) == (15.0, 10.0, 6.0)
    assert jvp(f, (2.0, 3.0, 5.0), (0.0, 0.0, 1.0)) == (30.0, 6.0)


def test_a_pullback_is_printed_and_pickled(tmp_path):
    _, pullback = vjp(lambda x: (x * x, np.sum(x)), np.ones(2))
    assert "d_out" in pullback.source
    pullback.save(tmp_path / "pullback.py")
    assert (tmp_path / "pullback.py").read_text("utf-8") == pullback.source
    again = pickle.loads(pickle.dumps(pullback))
    np.testing.assert_array_equal(again((np.ones(2), 1.0))[0], [3.0, 3.0])
    namespace = {}
    exec(pullback.source, namespace)
    (name,) = [name for name in namespace if name.endswith("_vjp")]
    np.testing.assert_array_equal(namespace[name](np.ones(2), (np.ones(2), 1.0))[0], [3.0, 3.0])


MISFITS = [
    (lambda: jvp(scalar, (1.0, 2.0), (1.0,)), ValueError, "1 tangents for 2 arguments"),
    (lambda: jvp(scalar, (1.0, 2.0), (np.ones(3), 0.0)), ValueError, "shape (3,) where () is needed"),
    (lambda: jvp(dense, (np.ones((2, 2)), np.ones((2, 2))), (np.ones(2), None)), ValueError, "tangent of 'x'"),
    (lambda: jvp(scalar, 1.0, 2.0), TypeError, "must be a tuple or a list"),
    (lambda: jvp(lambda x: x[0], ([1.0, 2.0],), ((1.0, 2.0),)), TypeError, "a list of 2"),
    (lambda: jvp(lambda x: x[0], ([1.0, 2.0],), ([1.0],)), ValueError, "1 item where 2"),
    (lambda: jvp(lambda x: x["a"], ({"a": 1.0},), ({"b": 1.0},)), TypeError, "keys ['a']"),
    (lambda: jvp(lambda x: x * x, (1.0,), (1j,)), TypeError, "real numbers"),
    (lambda: jvp(lambda x: x * x, (1.0,), ("a",)), TypeError, "is a str"),
    (lambda: jvp(lambda x, n: x * n, (1.0, 2), (1.0, 1.0)), TypeError, "no derivative"),
    (lambda: jvp(lambda x: x * x, (3,), (1,)), TypeError, "value of type int, which has no derivative"),
    (lambda: vjp(lambda x: x * x, 3), TypeError, "no argument holds floats"),
    (lambda: vjp(lambda x: 3, 1.0), TypeError, "no derivative"),
    (lambda: vjp(lambda x: x * 1j, 1.0), TypeError, "complex"),
    (lambda: vjp(lambda x: "a", 1.0), TypeError, "no"),
    (lambda: vjp(lambda x: x * x, np.ones(3))[1](1.0), ValueError, "shape () where (3,)"),
    (lambda: vjp(lambda x: (x, x), 1.0)[1]((1.0,)), ValueError, "1 item where 2"),
    (lambda: vjp(lambda x: (x, x), 1.0)[1]([1.0, 1.0]), TypeError, "a tuple of 2"),
    (lambda: vjp(lambda x: (x, 2), 1.0)[1]((1.0, 1.0)), TypeError, "no derivative"),
    (lambda: hvp(lambda x: x * x, (np.ones(3),), (np.ones(3),)), TypeError, "scalar"),
    (lambda: jvp(3, (1.0,), (1.0,)), TypeError, "not a function"),
]


@pytest.mark.parametrize(("call", "also", "words"), MISFITS, ids=range(len(MISFITS)))
def test_what_does_not_fit_is_refused(call, also, words):
    with pytest.raises(DifferentiationError) as error:
        call()
    assert isinstance(error.value, also)
    assert words in str(error.value)


def test_compilation_is_kept():
    from s2sad.directional import kept

    assert kept(dense, "jvp", (0,)) is kept(dense, "jvp", (0,))

    class Model:
        def __init__(self, w):
            self.w = w

        def loss(self, x):
            return np.sum(self.w * x**2)

    first, second = Model(1.0), Model(2.0)
    for _ in range(2):
        assert jvp(first.loss, (3.0,), (1.0,))[1] == 6.0
        assert jvp(second.loss, (3.0,), (1.0,))[1] == 12.0
    first.w = 5.0
    assert jvp(first.loss, (3.0,), (1.0,))[1] == 30.0


def test_hessians_times_vectors():
    def f(x):
        return np.sum(x**3) * x[0]

    x, v = RNG.normal(size=4), RNG.normal(size=4)
    np.testing.assert_allclose(hvp(f, (x,), (v,)), s2sad.hessian(f)(x) @ v, rtol=1e-13)
    assert hvp(scalar, (3.0, 2.0), (1.0, 0.0)) == (4.0, 6.0)
    assert hvp(lambda x, n: x**3 * n, (2.0, 3), (1.0, None)) == (36.0, None)


def test_jvp_of_grad_and_of_vjp():
    def f(x):
        return np.sum(np.sin(x) * x)

    x, v = RNG.normal(size=4), RNG.normal(size=4)
    gradient, product = jvp(s2sad.grad(f), (x,), (v,))
    np.testing.assert_allclose(gradient, s2sad.grad(f)(x), rtol=1e-14)
    np.testing.assert_allclose(product, hvp(f, (x,), (v,)), rtol=1e-14)
    np.testing.assert_allclose(vjp(s2sad.grad(f), x)[1](v)[0], product, rtol=1e-13)


def test_a_pullback_of_gradients_by_numbers():
    def f(x, c):
        for _ in range(2):
            x = x * c + np.sin(x)
        return np.sum(x * x)

    x, v = RNG.normal(size=3), RNG.normal(size=3)
    back = vjp(s2sad.grad(f, (0, 1)), x, 0.5)[1]((v, 1.0))
    forth = hvp(f, (x, 0.5), (v, 1.0))
    np.testing.assert_allclose(back[0], forth[0], rtol=1e-12)
    np.testing.assert_allclose(back[1], forth[1], rtol=1e-12)
    both = s2sad.hessian(f, (0, 1))(x, 0.5), s2sad.jacrev(s2sad.grad(f, (0, 1)), (0, 1))(x, 0.5)
    np.testing.assert_allclose(both[0][1][0], both[1][1][0], rtol=1e-12)
    assert both[0][1][1] == pytest.approx(both[1][1][1])


def test_single_precision_stays_where_a_number_of_double_precision_is_the_result():
    def f(x):
        return np.sum(x) * np.float64(2.0), x * x

    x = np.ones(3, np.float32)
    (d_x,) = vjp(f, x)[1]((1.0, x))
    assert d_x.dtype == np.float32
    np.testing.assert_array_equal(d_x, [4.0, 4.0, 4.0])


def test_a_call_that_has_been_made_before_takes_the_same_checks():
    def f(x, y=2.0):
        return np.sum(x * x) * y

    x, v = np.arange(3.0), np.ones(3)
    for _ in range(2):
        assert jvp(f, (x, 3.0), (v, None)) == jvp(f, [x, 3.0], [v, None]) == (15.0, 18.0)
        assert jvp(f, (x,), (v,)) == (10.0, 12.0)
        np.testing.assert_array_equal(hvp(f, (x, 3.0), (v, 1.0))[0], 6.0 + 2 * x)
        assert hvp(f, (x, 3.0), (v, None))[1] is None
    f.__defaults__ = (5.0,)
    assert jvp(f, (x,), (v,)) == (25.0, 30.0)
    assert jvp(f, (x, 3.0), (v.astype(np.float32), None)) == jvp(f, (x, 3.0), (v.astype(int), None)) == (15.0, 18.0)
    assert jvp(f, (x, 3.0), (v, 1)) == (15.0, 23.0)
    with pytest.raises(DifferentiationError, match="shape"):
        jvp(f, (x, 3.0), (np.ones(2), None))


def test_what_comes_back_shares_no_memory_with_the_tangent():
    v = np.ones(3)
    value, dot = jvp(lambda x: x, (np.arange(3.0),), (v,))
    dot[0] = 9.0
    assert v.tolist() == [1.0, 1.0, 1.0]
    assert value.tolist() == [0.0, 1.0, 2.0]
