"""Every program of the table: differentiated right, or refused with its code; and the page says so."""
from __future__ import annotations

import contextlib
import copy
import functools
import inspect
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from tests.language.rows import PAGE, ROWS
from tests.language.table import markdown, text_without_decorators

import s2sad
from s2sad.check import differentiable_positions
from s2sad.numeric import leaves, numerical_gradient

SUPPORTED = [row for row in ROWS if row.code is None]
REFUSED = [row for row in ROWS if row.code is not None]


def identical(one, other):
    for (path, a), (other_path, b) in zip(leaves(one), leaves(other), strict=True):
        assert path == other_path
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes(), path


def agrees(row, args, found, wrt):
    """Assert that value and gradient are right."""
    value, gradients = found
    expected = row.function(*copy.deepcopy(args))
    identical(value, expected)
    assert type(value) is type(expected)
    for k, gradient in zip(wrt, gradients, strict=True):
        reference = {path: leaf for path, leaf in leaves(numerical_gradient(row.function, args, k)) if leaf is not None}
        own = dict(leaves(gradient))
        scale = max([1.0, *(float(np.max(np.abs(leaf))) for leaf in reference.values() if np.size(leaf))])
        for path, leaf in reference.items():
            np.testing.assert_allclose(own[path], leaf, rtol=0, atol=2e-6 * scale, err_msg=f"argument {k}{path}")


def all_agree(row, derivative, wrt):
    for args in row.cases():
        given = copy.deepcopy(args)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = derivative(*given)
        identical(given, args)
        agrees(row, args, found, wrt)
        identical(derivative(*given)[1], found[1])


@pytest.mark.parametrize("row", SUPPORTED, ids=[row.name for row in SUPPORTED])
def test_supported(row):
    wrt = differentiable_positions(row.cases()[0])
    all_agree(row, s2sad.value_and_grad(row.function, wrt), wrt)


@functools.cache
def text_of(path):
    return text_without_decorators(path)


def compiled_statically(row, wrt=(0,)):
    path = inspect.getsourcefile(row.function)
    text = s2sad.differentiate(text_of(path), row.name, argnums=wrt, value=True, filename=path)
    # the text may import the user's own classes, from a module that is known by another name here
    sys.modules.setdefault(Path(path).stem, sys.modules[row.function.__module__])
    namespace = {"__name__": "printed"}
    exec(compile(text, "<printed>", "exec"), namespace)
    return namespace[f"{row.name}_value_and_grad"]


@pytest.mark.parametrize("row", SUPPORTED, ids=[row.name for row in SUPPORTED])
def test_supported_in_a_file_that_is_not_run(row):
    """Without the types of arguments: right, or refused when it is compiled or called."""
    wrt = differentiable_positions(row.cases()[0])
    try:
        derivative = compiled_statically(row, wrt)
    except s2sad.DifferentiationError as error:
        located(error.diagnostics[0])
        return
    all_agree(row, derivative, wrt)


SHAPES = [row for row in SUPPORTED if row.area == "Shapes"]


@pytest.mark.parametrize("row", SHAPES, ids=[row.name for row in SHAPES])
def test_shape_arithmetic_needs_no_types(row):
    wrt = differentiable_positions(row.cases()[0])
    all_agree(row, compiled_statically(row, wrt), wrt)


def located(diagnostic):
    assert diagnostic.span is not None, str(diagnostic)
    assert diagnostic.line, str(diagnostic)
    assert "^" in str(diagnostic)
    assert diagnostic.advice


@pytest.mark.parametrize("row", REFUSED, ids=[row.name for row in REFUSED])
def test_refused(row):
    args = row.cases()[0]
    wrt = differentiable_positions(args) or (0,)
    with pytest.raises(s2sad.DifferentiationError) as caught:
        s2sad.value_and_grad(row.function, wrt)(*args)
    assert row.code in [diagnostic.code for diagnostic in caught.value.diagnostics], str(caught.value)
    for diagnostic in caught.value.diagnostics:
        located(diagnostic)
    try:
        derivative = compiled_statically(row, wrt)
    except s2sad.DifferentiationError as error:
        located(error.diagnostics[0])
    else:
        # what types would have told is found out when the function runs
        late = pytest.raises(TypeError, match="no real scalar") if row.code == "S2S301" else contextlib.nullcontext()
        with late:
            all_agree(row, derivative, wrt)


def test_names_are_distinct():
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)
    assert len(names) >= 150


def test_the_page_is_what_the_table_says():
    assert PAGE.read_text("utf-8") == markdown(ROWS), "run `make docs`"
