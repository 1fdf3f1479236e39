"""Random draws: constants of every sweep, done once and in order, saved where the reverse sweep reads them."""
from __future__ import annotations

import copy
import inspect
import random
from textwrap import dedent

import numpy as np
import pytest
from tests.hazards.conftest import agrees, printed

import s2sad
from s2sad import DifferentiationError, check_grads, checkpoint, grad, value_and_grad

X = np.array([0.3, -0.5, 0.8])
GLOBAL = np.random.default_rng(5)


def dropout(x, seed):
    rng = np.random.default_rng(seed)
    for _ in range(3):
        keep = rng.random(x.shape) < 0.7
        x = np.tanh(x * keep / 0.7 + 0.1 * rng.normal(size=x.shape))
    return np.sum(x**2)


def reparameterized(x, seed):
    rng = np.random.RandomState(seed)
    z = x + np.exp(x) * rng.standard_normal(len(x)) + rng.randn(3) * rng.rand()
    return np.sum(z**2) * rng.uniform(1.0, 2.0)


def shuffled(x, seed):
    rng = np.random.default_rng(seed)
    data = np.arange(12.0).reshape(4, 3) / 10
    for _epoch in range(2):
        for i in rng.permutation(4):
            error = data[i] @ x - 1.0
            x = x - 0.1 * error * data[i]
    return np.sum(x**2)


def numbers(x, seed):
    rng = np.random.default_rng(seed)
    a = rng.normal()
    b = rng.uniform(1.0, 2.0)
    rng.normal()
    k = rng.integers(5) + rng.poisson(3.0)
    return np.sum(x) * a - b * np.sum(x * x) + (rng.normal() - rng.normal()) * x[0] * k


def in_branches(x, seed):
    rng = np.random.default_rng(seed)
    s = 0.0
    for k in range(5):
        if rng.random() < 0.5:
            s = s + np.sum(x * rng.normal(size=x.shape[0]))
        else:
            s = s * 1.5 - np.sum(x)
            if k == 2:
                continue
        s = np.sin(s)
    while rng.random() < 0.8:
        s = s * np.sum(x) + 1.0
    return s


def noisy(x, rng):
    return np.sin(x * rng.normal())


def in_helpers(x, seed):
    rng = np.random.default_rng(seed)
    return np.sum(noisy(x, rng) * noisy(x, rng))


def stored(x, seed):
    rng = np.random.default_rng(seed)
    y = np.zeros(3)
    for i in range(3):
        y[i] = x[i] * rng.normal()
        y[: i + 1] *= rng.uniform(0.5, 1.5, size=i + 1)
    return np.sum(y * y)


def of_modules(x, seed):
    np.random.seed(seed)
    random.seed(seed)
    scale = random.gauss(0.0, 1.0) * random.randint(1, 6)
    return np.sum(np.exp(x * np.random.randn(3))) * np.random.uniform() + scale * x[0]


def of_python(x, seed):
    rng = random.Random(seed)
    return np.sum(x**2) * rng.random() + x[rng.randrange(3)] * rng.uniform(1.0, 2.0)


def chosen(x, seed):
    rng = np.random.default_rng(seed)
    batch = rng.choice(3, size=2)
    return np.sum(x[batch] ** 2) + np.sum(x[rng.permutation(3)] * np.arange(3.0))


def of_two(x, seed):
    rng, other = np.random.default_rng(seed), np.random.default_rng(seed)
    return np.sum(x * rng.normal(size=3)) * np.sum(x**2 * other.normal(size=3))


FUNCTIONS = [
    dropout, reparameterized, shuffled, numbers, in_branches, in_helpers, stored, of_modules, of_python, chosen, of_two,
]  # fmt: skip


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_the_gradient_is_that_of_the_numbers_drawn(f):
    for seed in (0, 3):
        agrees(f, X.copy(), seed, tolerance=1e-7)


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_second_order(f):
    # the generator of a module cannot be set back between forward sweeps
    modes = ("rev",) if f is of_modules else ("fwd", "rev")
    check_grads(f, (X.copy(), 1), order=2, modes=modes, rtol=1e-5)


def draws(x, rng):
    rng.normal()
    y = x * rng.normal(size=3)
    for _ in range(2):
        y = y * y + rng.uniform()
    return np.sum(y)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_generator_is_drawn_from_as_often_as_by_the_function(mode):
    own, other = np.random.default_rng(0), np.random.default_rng(0)
    expected = draws(X, other)
    value, gradient = value_and_grad(draws, mode=mode)(X, own)
    assert value == expected
    assert own.bit_generator.state == other.bit_generator.state
    again = printed(grad(draws).source)(X, np.random.default_rng(0))
    np.testing.assert_allclose(gradient, again, rtol=1e-15)
    check_grads(draws, (X, np.random.default_rng(4)), order=2)


def test_a_global_generator_is_drawn_from():
    def f(x):
        return np.sum(x * GLOBAL.normal(size=3))

    state = copy.deepcopy(GLOBAL)
    np.testing.assert_array_equal(grad(f)(X), state.normal(size=3))
    np.testing.assert_array_equal(grad(f)(X), state.normal(size=3))


def test_the_text_keeps_the_draws_where_they_stand():
    text = s2sad.differentiate(
        dedent("""
        import numpy as np

        def f(x: "float64[N]", rng: np.random.Generator):
            rng.normal()
            mask = rng.random(x.shape) < 0.5
            y = np.where(mask, x, 0.0) * rng.normal()
            return np.sum(y**2)
        """),
        "f",
    )
    body = text[text.index("    rng.normal()") :]
    assert body == dedent("""\
        rng.normal()
        mask = rng.random(x.shape) < 0.5
        # y = np.where(mask, x, 0.0) * rng.normal()
        normal = rng.normal()
        y = np.where(mask, x, 0.0) * normal
        return np.where(mask, 2 * y * normal, 0.0)
    """).replace("\n", "\n    ").join(["    ", ""]).rstrip(" ")
    generator, other = np.random.default_rng(0), np.random.default_rng(0)
    gradient = printed(text)(X, generator)
    other.normal()
    mask, normal = other.random(3) < 0.5, other.normal()
    np.testing.assert_allclose(gradient, np.where(mask, 2 * X * normal**2, 0.0))


def test_the_order_of_draws_is_kept_in_the_style_of_the_trace():
    source = dedent("""
        import numpy as np
        def f(x, rng):
            a = np.sin(np.cos(x)) * rng.normal(size=3)
            return np.sum(a * x) * rng.uniform()
    """)
    gradient = printed(s2sad.differentiate(source, "f", types="x: float64[N]; rng: Generator", style="ssa"))
    rng = np.random.default_rng(0)
    normal, uniform = rng.normal(size=3), rng.uniform()
    inner = np.sin(np.cos(X))
    expected = uniform * normal * (inner + X * np.cos(np.cos(X)) * -np.sin(X))
    np.testing.assert_allclose(gradient(X, np.random.default_rng(0)), expected)


def normal_of(x, rng):
    return np.sum(rng.normal(x, 1.0))


def poisson_of(x, rng):
    return np.sum(x * rng.poisson(np.exp(x)))


def permuted_of(x, rng):
    return np.sum(rng.permutation(x) * np.arange(3.0))


def module_of(x, rng):
    return np.sum(np.random.exponential(x**2))


@pytest.mark.parametrize("f", [normal_of, poisson_of, permuted_of, module_of], ids=lambda f: f.__name__)
@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("known", [True, False])
def test_a_draw_whose_arguments_vary_is_refused(f, mode, known):
    types = "x: float64[N]; rng: Generator" if known else None
    source = "import numpy as np\n" + inspect.getsource(f)
    with pytest.raises(DifferentiationError, match=r"the arguments of the random draw .* vary") as caught:
        s2sad.differentiate(source, f.__name__, mode=mode, types=types)
    assert "S2S201" in str(caught.value) and "<string>:3" in str(caught.value)


def layer(x, rng):
    z = x * rng.normal()
    return np.tanh(z + rng.uniform(size=z.shape) + z * z)


def test_a_call_that_is_computed_again_is_given_what_it_drew():
    def network(x, rng, layer):
        return np.sum(layer(layer(x, rng), rng))

    functions = [lambda x, rng: network(x, rng, checkpoint(layer)), lambda x, rng: network(x, rng, layer)]
    own, other = np.random.default_rng(3), np.random.default_rng(3)
    np.testing.assert_allclose(grad(functions[0])(X, own), grad(functions[1])(X, other), rtol=1e-14)
    assert own.bit_generator.state == other.bit_generator.state
    along = [s2sad.hvp(f, (X, np.random.default_rng(3)), (X, None))[0] for f in functions]
    np.testing.assert_allclose(*along, rtol=1e-12)


def in_a_branch(x, rng):
    return x * rng.normal() if x[0] > 0.0 else x


def in_a_loop(x, rng):
    for _ in range(2):
        x = np.sin(x * rng.normal())
    return x


def step(x, rng):
    for _ in checkpoint(range(8), snapshots=2):
        x = in_a_loop(x, rng)
    return np.sum(x)


@pytest.mark.parametrize(
    "f",
    [
        lambda x, rng: np.sum(checkpoint(in_a_branch)(x, rng)),
        lambda x, rng: np.sum(checkpoint(in_a_loop)(x, rng)),
        step,
    ],
)
def test_draws_further_inside_of_what_is_computed_again_are_refused(f):
    with pytest.raises(DifferentiationError, match="the random draw `normal` stands in what is computed again"):
        grad(f)(X, np.random.default_rng(0))


def entries(x, rng):
    return np.sin(x * rng.normal()) * np.sum(x)


def test_every_sweep_draws_the_same_numbers():
    rng = np.random.default_rng(0)
    normal = rng.normal()
    expected = np.sin(X * normal)[:, None] + np.diag(np.cos(X * normal) * normal) * np.sum(X)
    for mode in (s2sad.jacfwd, s2sad.jacrev, s2sad.jacobian):
        own = np.random.default_rng(0)
        np.testing.assert_allclose(mode(entries)(X, own), expected)
        assert own.bit_generator.state == rng.bit_generator.state
    value, pullback = s2sad.vjp(entries, X, own := np.random.default_rng(0))
    np.testing.assert_array_equal(value, np.sin(X * normal) * np.sum(X))
    for k in range(2):
        np.testing.assert_allclose(pullback(np.eye(3)[k])[0], expected[k])
    assert own.bit_generator.state == rng.bit_generator.state
    hessian = s2sad.hessian(draws)(X, np.random.default_rng(2))
    columns = [s2sad.hvp(draws, (X, np.random.default_rng(2)), (v, None))[0] for v in np.eye(3)]
    np.testing.assert_allclose(hessian, columns)
    slopes = s2sad.derivative(lambda x, rng: x * x * rng.normal())(X, np.random.default_rng(0))
    np.testing.assert_allclose(slopes, 2 * X * normal)


def unseeded(x):
    return np.sum(x * np.random.default_rng().normal(size=3))


def seeded_by_none(x):
    return np.sum(x * np.random.default_rng(None).normal(size=3))


def of_the_module(x):
    np.random.seed(0)
    return np.sum(x * np.random.normal(size=3))


def of_a_global(x):
    return np.sum(x * GLOBAL.normal(size=3))


@pytest.mark.parametrize("f", [unseeded, seeded_by_none, of_the_module, of_a_global], ids=lambda f: f.__name__)
def test_what_could_not_be_drawn_again_is_refused(f):
    for mode in (grad(f, mode="forward"), s2sad.jacobian(f), s2sad.hessian(f)):
        with pytest.raises(DifferentiationError, match="would draw other numbers in each sweep"):
            mode(X)
    assert grad(f)(X).shape == (3,)
