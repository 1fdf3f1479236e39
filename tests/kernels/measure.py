"""Numerical derivatives of kernels along directions, and the product of the Hessian with a direction."""
from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np

from s2sad.codegen.module import emit_module
from s2sad.compiler import Options, differentiate_program
from s2sad.frontend.arguments import type_of_arguments
from s2sad.frontend.live import live_function
from s2sad.frontend.lower import lower_function
from s2sad.frontend.source import parameter_names
from s2sad.ir.program import Exit, definitions
from s2sad.numeric import is_real, leaves, map_leaves, numerical_gradient


def moved(tree, along, t):
    """Return a copy of nested numbers, moved by `t` along a direction."""
    steps = dict(leaves(along))
    return map_leaves(lambda path, leaf: leaf + t * steps[path] if is_real(leaf) else copy.copy(leaf), tree)


def directions(args, wrt, rng):
    """Return a random direction for each of the chosen arguments."""
    draw = lambda _, leaf: rng.normal(size=leaf.shape) if isinstance(leaf, np.ndarray) else float(rng.normal())  # noqa: E731
    return [map_leaves(draw, args[k]) for k in wrt]


def entries(args, wrt, rng, count):
    """Return directions that move one entry each."""
    found = []
    for _ in range(count):
        k = wrt[rng.integers(len(wrt))]
        sizes = [(path, np.size(leaf)) for path, leaf in leaves(args[k])]
        sizes = [(path, size) for path, size in sizes if size]
        if not sizes:
            continue
        where, size = sizes[rng.integers(len(sizes))]
        place = rng.integers(size)

        def unit(path, leaf, here=True, where=where, place=place):
            array = np.zeros(np.shape(leaf))
            if here and path == where:
                array.flat[place] = 1.0
            return array if isinstance(leaf, np.ndarray) else float(array)

        none = lambda path, leaf, unit=unit: unit(path, leaf, here=False)  # noqa: E731
        found.append([map_leaves(unit if i == k else none, args[i]) for i in wrt])
    return found


def inner(one, other):
    """Return the inner product of two nested structures of numbers, and the sum of its terms' sizes."""
    terms = [np.sum(np.asarray(a) * np.asarray(b)) for (_, a), (_, b) in zip(leaves(one), leaves(other), strict=True)]
    return float(sum(terms)), float(sum(map(abs, terms)))


def slope(function, args, wrt, along):
    """Return the derivative of a scalar function along a direction, by extrapolated central differences."""

    def line(t):
        here = [copy.deepcopy(arg) for arg in args]
        for k, direction in zip(wrt, along, strict=True):
            here[k] = moved(here[k], direction, t)
        return float(function(*here))

    return numerical_gradient(line, (0.0,), 0)


def hessian_product(function, args, wrt):
    """Return a function that computes the gradient of the derivative along a direction, and its text.

    The program of forward mode is differentiated in reverse: it takes the arguments, then a tangent for each of `wrt`.
    """
    source = live_function(function)
    types = dict(zip(parameter_names(source.node), type_of_arguments(args), strict=True))
    lowered = lower_function(source, types)
    forward = differentiate_program(lowered.function, Options(wrt, "jvp", True))
    pair = definitions(forward.body)[forward.result]
    tangent = replace(forward, body=replace(forward.body, exit=Exit(forward.body.exit.kind, (pair.operands[1],))))
    program = differentiate_program(tangent, Options(wrt))
    text = emit_module(program)
    namespace = {"__name__": "printed"}
    exec(compile(text, "<printed>", "exec"), namespace)
    return namespace[program.name], text
