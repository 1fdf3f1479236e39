"""In-place kernels as scientific programs have them, differentiated unchanged."""

from __future__ import annotations

import copy
import functools
import inspect
import warnings

import numpy as np
import pytest
from tests.kernels import arrays, dynamics, linear_algebra, stencils
from tests.kernels.measure import directions, entries, hessian_product, inner, moved, slope
from tests.kernels.saved import saved_lists

import s2sad
from s2sad.numeric import leaves

KERNELS = {kernel.name: kernel for module in (stencils, linear_algebra, dynamics, arrays) for kernel in module.KERNELS}
every_kernel = pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
TRIPS = (3, 0, 1)


@functools.cache
def derivative(kernel):
    return s2sad.value_and_grad(kernel.function, kernel.wrt)


@functools.cache
def text_of(kernel):
    return s2sad.value_and_grad(kernel.function, kernel.wrt).signature_source(*arguments(kernel, 3))


def arguments(kernel, steps):
    return kernel.arguments(np.random.default_rng(11), steps)


def same_bits(one, other):
    """Assert that two nested results are equal to the bit, in types, dtypes and shapes too."""
    pairs = list(zip(leaves(one), leaves(other), strict=True))
    for (path, a), (other_path, b) in pairs:
        assert path == other_path
        assert type(a) is type(b), path
        assert np.asarray(a).dtype == np.asarray(b).dtype, path
        assert np.shape(a) == np.shape(b), path
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes(), path


def run(kernel, args):
    """Return value and gradient; no warning is raised that the kernel itself does not raise."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return derivative(kernel)(*args)


def agrees_numerically(kernel, args, gradient, along):
    expected = slope(kernel.function, args, kernel.wrt, along)
    found, size = inner(gradient, along)
    assert abs(found - expected) <= 1e-6 * max(1.0, size), f"{found} where differences say {expected}"


def test_there_are_many():
    assert len({kernel.function for kernel in KERNELS.values()}) >= 60
    assert len(KERNELS) == sum(len(module.KERNELS) for module in (stencils, linear_algebra, dynamics, arrays))


@every_kernel
@pytest.mark.parametrize("steps", TRIPS)
def test_gradient(kernel, steps):
    args = arguments(kernel, steps)
    given = copy.deepcopy(args)
    value, gradient = run(kernel, args)
    same_bits(args, given)
    same_bits(value, kernel.function(*copy.deepcopy(args)))
    for k, part in zip(kernel.wrt, gradient, strict=True):
        assert [(path, np.shape(leaf)) for path, leaf in leaves(part)] == [
            (path, np.shape(leaf)) for path, leaf in leaves(args[k])
        ]
    rng = np.random.default_rng(12)
    for along in (directions(args, kernel.wrt, rng), *entries(args, kernel.wrt, rng, 3)):
        agrees_numerically(kernel, args, gradient, along)


@every_kernel
def test_the_second_call_is_like_the_first(kernel):
    args = arguments(kernel, 3)
    first = run(kernel, args)
    kept = copy.deepcopy(first)
    for _, leaf in leaves(first[1]):
        if isinstance(leaf, np.ndarray):
            leaf[...] = 99.0
    same_bits(run(kernel, args), kept)


@every_kernel
def test_frozen_arguments(kernel):
    args = arguments(kernel, 3)
    expected = derivative(kernel)(*args)
    for _, leaf in leaves(args):
        if isinstance(leaf, np.ndarray):
            leaf.flags.writeable = False
    same_bits(run(kernel, args), expected)


LAYOUTS = {
    "fortran": np.asfortranarray,
    "stepped": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "backwards": lambda a: np.ascontiguousarray(a[::-1])[::-1],
}


@every_kernel
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(kernel, layout):
    """What is a view in one layout may be a copy in another: the kernel itself, in the same layout, is what counts."""
    plain = arguments(kernel, 3)
    args = tuple(LAYOUTS[layout](arg) if isinstance(arg, np.ndarray) else arg for arg in plain)
    kept = [arg.copy("K") if isinstance(arg, np.ndarray) else arg for arg in args]
    value, gradient = run(kernel, args)
    for arg, before in zip(args, kept, strict=True):
        same_bits(arg, before)
    own = lambda: [LAYOUTS[layout](a.copy()) if isinstance(a, np.ndarray) else copy.deepcopy(a) for a in plain]  # noqa: E731
    np.testing.assert_allclose(value, kernel.function(*own()), rtol=1e-12)
    along = directions(plain, kernel.wrt, np.random.default_rng(13))

    def in_layout(*here):
        return kernel.function(*(LAYOUTS[layout](a) if isinstance(a, np.ndarray) else a for a in here))

    expected = slope(in_layout, plain, kernel.wrt, along)
    found, size = inner(gradient, along)
    assert abs(found - expected) <= 1e-6 * max(1.0, size)


@every_kernel
def test_the_text_stands_alone(kernel):
    args = arguments(kernel, 3)
    text = text_of(kernel)
    namespace = {"__name__": "alone"}
    exec(compile(text, "<alone>", "exec"), namespace)
    assert "s2sad" not in namespace
    public = [f for name, f in namespace.items() if inspect.isfunction(f) and name.endswith("_value_and_grad")]
    same_bits(public[0](*args), derivative(kernel)(*args))


@every_kernel
def test_forward_mode(kernel):
    args = arguments(kernel, 2)
    value, gradient = derivative(kernel)(*args)
    found = s2sad.value_and_grad(kernel.function, kernel.wrt, mode="forward")(*args)
    same_bits(found[0], value)
    size = max([1.0, *(float(np.max(np.abs(leaf))) for _, leaf in leaves(gradient) if np.size(leaf))])
    for (path, a), (_, b) in zip(leaves(found[1]), leaves(gradient), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-11 * size, err_msg=path)


SECOND = {name: kernel for name, kernel in KERNELS.items() if kernel.second}


@pytest.mark.parametrize("name", SECOND)
@pytest.mark.parametrize("steps", TRIPS)
def test_second_order(name, steps):
    kernel = SECOND[name]
    args = arguments(kernel, steps)
    rng = np.random.default_rng(14)
    tangents, along = directions(args, kernel.wrt, rng), directions(args, kernel.wrt, rng)
    product, text = hessian_product(kernel.function, arguments(kernel, 3), kernel.wrt)
    given = copy.deepcopy(args)
    found = product(*args, *tangents)
    same_bits(args, given)
    first_order = s2sad.grad(kernel.function, kernel.wrt)
    steps_of = dict(zip(kernel.wrt, along, strict=True))
    ahead, behind = (
        first_order(*[moved(arg, steps_of[k], t) if k in steps_of else arg for k, arg in enumerate(args)])
        for t in (1e-5, -1e-5)
    )
    expected = (inner(ahead, tangents)[0] - inner(behind, tangents)[0]) / 2e-5
    value, size = inner(found, along)
    assert abs(value - expected) <= 2e-5 * max(1.0, size, abs(expected)), text


SAVE_MORE = frozenset(
    [
        "adam",
        "alternating_directions",
        "bisection",
        "bodies",
        "butterfly",
        "cavity",
        "centred_rows",
        "cholesky",
        "cholesky_by_items",
        "convolve_by_shifts",
        "forward_solve",
        "gated",
        "gram_schmidt",
        "horner",
        "householder",
        "layers",
        "lu",
        "lu_by_items",
        "matrix_powers",
        "pooled",
        "power_iteration",
        "recurrent",
        "runge_kutta",
        "running_product",
        "swapped_rows",
        "thomas",
        "triangular_by_items",
    ]
)
"""Kernels of which more is saved than need be: elements one by one that a restored array would give together."""


@every_kernel
def test_saved(kernel):
    """No more is saved than a careful person would save, but for the kernels that are known for it."""
    is_lean = saved_lists(text_of(kernel)) <= kernel.saved
    assert is_lean != (kernel.function.__name__ in SAVE_MORE), f"{kernel.why}\n{text_of(kernel)}"
