"""Text that is printed without types: a cotangent has the shape of what it belongs to, whatever a function spreads."""
from __future__ import annotations

import numpy as np
import pytest
from tests.rules.samples_composed import COMPOSED
from tests.rules.test_composed import IDS, program
from tests.rules.test_rules import SAMPLES

import s2sad

V = np.array([0.3, 0.7, 0.45])
A = np.array([[0.3, 0.7, 0.45], [0.62, 0.11, 0.83]])


def untyped(f, argnums, name="f_grad"):
    """Return what is printed where nothing is known of the arguments, as a function."""
    space = {"__name__": "printed"}
    exec(compile(s2sad.grad(f, argnums=argnums).source, "<printed>", "exec"), space)
    return space[name]


def agree(f, inputs):
    """Assert that the text without types says what the text with types says."""
    numbers = tuple(range(len(inputs)))
    expected = s2sad.grad(f, argnums=numbers)(*inputs)
    for found, right, given in zip(untyped(f, numbers)(*inputs), expected, inputs, strict=True):
        assert np.shape(found) == np.shape(given)
        np.testing.assert_allclose(found, right, rtol=1e-9, atol=1e-12)


SPREADS = [
    (np.full, ((2, 3), 0.7), {}),
    (np.full, ((2, 3), V), {}),
    (np.full_like, (A, 0.7), {}),
    (np.linspace, (0.7, 1.3), {"num": 4}),
    (np.linspace, (V, 1.3, 3), {}),
    (np.linspace, (0.7, V, 3, False), {}),
    (np.linspace, (A, V), {"num": 3}),
    (np.logspace, (0.7, 1.3, 4), {}),
    (np.broadcast_to, (V, (2, 3)), {}),
    (np.broadcast_to, (0.7, (2,)), {}),
    (np.ascontiguousarray, (0.7,), {}),
    (np.einsum, ("ij,ij->ij", A[:1], A), {}),
    (np.einsum, ("ij,j->i", A[:, :1], V), {}),
    (np.where, (np.array([True, False, True]), 0.7, V), {}),
]


@pytest.mark.parametrize(("function", "args", "options"), SPREADS)
def test_what_is_spread_is_added_up(function, args, options, tmp_path):
    f, inputs = program(function, args, options, tmp_path)
    s2sad.check_grads(f, inputs)
    agree(f, inputs)


def pushed(a, c):
    return s2sad.jvp(lambda t: np.sum(np.where(c > 0.4, t, 2.0) ** 3 * np.full((2, 3), t)), (a,), (a * a,))[1]


def test_tangents_that_are_spread_are_added_up():
    found = untyped(pushed, 0, "pushed_grad")(0.7, A)
    assert np.shape(found) == ()
    np.testing.assert_allclose(found, s2sad.grad(pushed)(0.7, A), rtol=1e-12)
    step = 1e-5
    np.testing.assert_allclose(found, (pushed(0.7 + step, A) - pushed(0.7 - step, A)) / (2 * step), rtol=1e-7)


def spread_over_axes(a):
    return np.sum(np.sum(a, axis=tuple(i for i in range(a.ndim) if i != 0)) ** 2)


def test_what_is_spread_over_axes_that_are_not_known_is_added_up():
    direction = np.cos(np.arange(6.0)).reshape(2, 3)
    product = s2sad.grad(lambda a: np.sum(s2sad.grad(spread_over_axes)(a) * direction))(A)
    np.testing.assert_allclose(product, 2 * np.sum(direction, axis=1, keepdims=True) * np.ones(3))


COMPLEX = [
    "np.var(z) + np.std(z) + np.nanvar(z) + np.nanstd(z)",
    "np.linalg.norm(z) + np.sum(np.linalg.norm(z, axis=0))",
    "np.real(np.vdot(z, z * z)) + np.abs(np.vdot(z, a)) ** 2",
    "np.sum(np.abs(np.correlate(z[0], z[1], 'full')) ** 2) + np.sum(np.abs(np.convolve(z[0], a[0])) ** 2)",
    "np.sum(np.abs(np.dot(z, a.T)) ** 2) + np.sum(np.abs(z @ a.T) ** 2) + np.sum(np.abs(np.outer(a, z)) ** 2)",
    "np.sum(np.abs(np.concatenate([z, a])) ** 2) + np.sum(np.abs(np.stack([a, z * z])) ** 2)",
    "np.sum(np.abs(np.array([a[0, 0], z[0, 1]])) ** 2) + np.sum(np.abs(a.astype(complex) * (1 + 2j)) ** 2)",
]


@pytest.mark.parametrize("expression", COMPLEX)
def test_complex_numbers_of_real_ones(expression, tmp_path):
    path = tmp_path / "calls.py"
    text = f"import numpy as np\n\n\ndef f(a):\n    z = a + 1j * a * np.arange(3.0)\n    return {expression}\n"
    path.write_text(text, "utf-8")
    space = {}
    exec(compile(text, str(path), "exec"), space)
    s2sad.check_grads(space["f"], (A,))
    found = untyped(space["f"], 0)(A)
    assert found.dtype == float
    np.testing.assert_allclose(found, s2sad.grad(space["f"])(A), rtol=1e-9, atol=1e-12)


EVERY = [pytest.param(*one, id=name) for name, one in zip(IDS, COMPOSED, strict=True)]
EVERY += [
    pytest.param(one.function, one.args, one.kwargs, id=str(one))
    for one in SAMPLES
    if any(getattr(home, one.function.__name__, None) is one.function for home in (np, np.linalg, np.fft))
]


def is_refused_by_name(error):
    """Assert that a refusal has a code, a place and a way out: the rule needs types, and says so where it stands."""
    for diagnostic in error.diagnostics:
        assert diagnostic.code
        assert diagnostic.line
        assert diagnostic.advice


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("function", "args", "options"), EVERY)
def test_every_sample_without_types(function, args, options, tmp_path):
    try:
        f, inputs = program(function, args, options, tmp_path)
        value = f(*inputs)
    except (ValueError, TypeError, SyntaxError, NameError):
        pytest.skip("no program can be written of this sample")
    try:
        untyped(f, tuple(range(len(inputs))))
    except s2sad.DifferentiationError as error:
        is_refused_by_name(error)
        return
    if not np.iscomplexobj(value) and all(np.asarray(one).dtype == float for one in inputs):
        agree(f, inputs)
