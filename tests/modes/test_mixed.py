"""Mixed partials commute, and the two sweeps of every kernel and example are transposes of each other."""
from __future__ import annotations

import copy

import numpy as np
import pytest
from tests.examples.test_examples import CASES as EXAMPLES
from tests.examples.test_examples import load
from tests.kernels import arrays, dynamics, linear_algebra, stencils
from tests.modes.test_directional import dot, norm, seed_like

from s2sad.api import Derivative
from s2sad.compiler import Options
from s2sad.numeric import leaves
from s2sad.seeding import as_cotangent

KERNELS = {kernel.name: kernel for module in (stencils, linear_algebra, dynamics, arrays) for kernel in module.KERNELS}
FAST = frozenset(list(KERNELS)[::6])
"""Those that are not left for the long run."""

every_kernel = pytest.mark.parametrize(
    "name", [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in KERNELS]
)


def products(f, args, wrt, seeds):
    """Return the Hessian times a vector in three ways, and the size of the gradient."""
    gradient = Derivative(f, Options(wrt))
    tangent = Derivative(f, Options(wrt, "tangent"))
    forward_over_reverse = Derivative(gradient, Options(wrt, "tangent")).sweep(args)(*args, *seeds)
    reverse_over_forward = Derivative(tangent, Options(wrt)).sweep(args)(*args, *seeds)
    reverse_over_reverse = Derivative(gradient, Options(wrt, "vjp")).sweep(args)(*args, as_cotangent(seeds))
    return forward_over_reverse, reverse_over_forward, reverse_over_reverse


def agree(f, args, wrt):
    given = copy.deepcopy(args)
    random = np.random.default_rng(21)
    seeds = tuple(seed_like(args[k], random) for k in wrt)
    first, *others = products(f, args, wrt, seeds)
    for (_, before), (_, after) in zip(leaves(given), leaves(args), strict=True):
        np.testing.assert_array_equal(before, after)
    flat = dict(leaves(first))
    size = max([1e-300, *(float(np.max(np.abs(leaf))) for leaf in flat.values() if leaf is not None and np.size(leaf))])
    assert np.isfinite(size)
    for other in others:
        for path, leaf in leaves(other):
            if leaf is not None:
                assert np.shape(leaf) == np.shape(flat[path])
                np.testing.assert_allclose(leaf, flat[path], rtol=1e-8, atol=1e-8 * size, err_msg=path)


def transposes(f, args, wrt):
    random = np.random.default_rng(22)
    v = tuple(seed_like(args[k], random) for k in wrt)
    value, tangent = Derivative(f, Options(wrt, "jvp")).sweep(args)(*args, *v)
    w = seed_like(value, random)
    back = Derivative(f, Options(wrt, "vjp")).sweep(args)(*args, as_cotangent(w))
    scale = max(norm(tangent) * norm(w), norm(v) * norm(back))
    assert abs(dot(tangent, w) - dot(v, back)) <= 1e-12 * max(scale, 1e-300)


@every_kernel
def test_mixed_partials_of_a_kernel_commute(name):
    kernel = KERNELS[name]
    agree(kernel.function, kernel.arguments(np.random.default_rng(11), 3), kernel.wrt)


@every_kernel
def test_the_sweeps_of_a_kernel_are_transposes(name):
    kernel = KERNELS[name]
    transposes(kernel.function, kernel.arguments(np.random.default_rng(11), 3), kernel.wrt)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name):
    function, args, wrt, _ = EXAMPLES[name]
    f = getattr(load(name), function)
    positions = tuple(range(len(wrt)))
    agree(f, args, positions)
    transposes(f, args, positions)
