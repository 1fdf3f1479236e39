"""How hazards are tested: every engine against numerical derivatives and against each other, or refused by name."""
from __future__ import annotations

import copy
import functools
import inspect
import warnings
from pathlib import Path

import numpy as np
import pytest

import s2sad
from s2sad.compiler import Options, compile_derivative
from s2sad.frontend.arguments import type_of_arguments
from s2sad.frontend.live import live_function
from s2sad.numeric import leaves, map_leaves, numerical_gradient


def run_text(text):
    """Execute a printed module as a file of its own; return its public functions by name."""
    namespace = {"__name__": "printed"}
    exec(compile(text, "<printed>", "exec"), namespace)
    return {name: item for name, item in namespace.items() if inspect.isfunction(item) and not name.startswith("_")}


def printed(text):
    """Return the last public function of a printed module; those before it are what it calls."""
    *_, function = run_text(text).values()
    return function


def same(found, expected, rtol=1e-12, atol=1e-13):
    """Assert that two nested results have the same structure, shapes, dtypes and, nearly, numbers."""
    found, expected = list(leaves(found)), list(leaves(expected))
    assert [path for path, _ in found] == [path for path, _ in expected]
    for (path, a), (_, b) in zip(found, expected, strict=True):
        if a is None or b is None:
            assert a is b, path
            continue
        assert np.shape(a) == np.shape(b), path
        assert np.asarray(a).dtype == np.asarray(b).dtype, path
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg=path)


def identical(found, expected):
    """Assert that two values are the same bit for bit, and of the same type."""
    found, expected = list(leaves(found)), list(leaves(expected))
    assert [path for path, _ in found] == [path for path, _ in expected]
    for (path, a), (_, b) in zip(found, expected, strict=True):
        assert type(a) is type(b), path
        np.testing.assert_array_equal(a, b, err_msg=path)
        if isinstance(a, float | np.floating | np.ndarray) and np.asarray(a).dtype.kind == "f":
            np.testing.assert_array_equal(np.signbit(a), np.signbit(b), err_msg=path)


def like_arguments(gradient, argument):
    """Assert that a gradient has the structure of its argument: dtypes, shapes and kinds of scalars."""
    gradients = dict(leaves(gradient))
    for path, leaf in leaves(argument):
        if isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f":
            found = gradients[path]
            assert isinstance(found, np.ndarray), path
            assert (found.dtype, found.shape) == (leaf.dtype, leaf.shape), path
        elif isinstance(leaf, np.floating):
            assert np.asarray(gradients[path]).dtype == leaf.dtype, path
            assert np.shape(gradients[path]) == (), path
        elif isinstance(leaf, float):
            assert isinstance(gradients[path], float), path


def close(gradient, reference, tolerance):
    """Assert max |g − n| ≤ tolerance · max(1, ‖g‖∞), leaf by leaf, over the real leaves."""
    gradients = dict(leaves(gradient))
    real = [(path, n) for path, n in leaves(reference) if n is not None]
    scale = max([1.0, *(float(np.max(np.abs(gradients[path]))) for path, n in real if np.size(n))])
    for path, n in real:
        np.testing.assert_allclose(gradients[path], n, rtol=0, atol=tolerance * scale, err_msg=path)


def engines(f, argnums, args, static):
    """Yield a label and a function (value, gradient) for each way in which a derivative is computed."""
    live = s2sad.value_and_grad(f, argnums)
    untyped = live.source
    yield "live", live
    yield "live again", live
    if static and "<lambda>" not in f.__qualname__ and "<locals>" not in f.__qualname__:
        text = Path(inspect.getsourcefile(f)).read_text(encoding="utf-8")
        for style in ("readable", "ssa"):
            options = {"argnums": argnums, "value": True, "style": style, "filename": inspect.getsourcefile(f)}
            yield f"static {style}", printed(s2sad.differentiate(text, f.__name__, **options))
    captured = [p for p in inspect.signature(printed(untyped)).parameters if p not in inspect.signature(f).parameters]
    if not captured:
        yield "untyped", printed(untyped)
        yield "typed", printed(live.signature_source(*args))


def agrees(f, *args, argnums=0, tolerance=1e-6, forward=True, value=True, static=True):
    """Assert that every engine gives f's own value and the numerical gradient, and leaves the arguments alone.

    Returns the gradient.
    """
    chosen = [argnums] if isinstance(argnums, int) else list(argnums)
    given = copy.deepcopy(args)
    expected = f(*copy.deepcopy(args))
    reference = [numerical_gradient(f, args, k) for k in chosen]
    first = None
    for label, engine in engines(f, argnums, args, static):
        with np.errstate(all="warn"):
            found, gradient = engine(*args)
        try:
            if value:
                identical(found, expected)
            identical(args, given)
            parts = [gradient] if isinstance(argnums, int) else list(gradient)
            for k, part, n in zip(chosen, parts, reference, strict=True):
                like_arguments(part, args[k])
                close(part, n, tolerance)
            first = gradient if first is None else first
            same(gradient, first)
        except AssertionError as error:
            raise AssertionError(f"{label}: {error}") from error
    if forward:
        agrees_forward(f, args, argnums, first)
    return first


def agrees_forward(f, args, argnums, gradient, tolerance=1e-10):
    """Assert that the forward sweep along a direction gives the gradient times that direction."""
    rng = np.random.default_rng(7)
    chosen = [argnums] if isinstance(argnums, int) else list(argnums)
    parts = [gradient] if isinstance(argnums, int) else list(gradient)
    tangents, expected, size = [], 0.0, 1.0
    for k, part in zip(chosen, parts, strict=True):
        found = dict(leaves(part))
        tangent = map_leaves(lambda _, leaf: direction(leaf, rng), args[k])
        for path, entry in leaves(tangent):
            if entry is not None:
                expected += np.sum(np.asarray(found[path]) * entry)
                size += np.sum(np.abs(np.asarray(found[path]) * entry))
        tangents.append(tangent)
    bound = inspect.signature(f).bind(*args)
    bound.apply_defaults()
    args = bound.args
    for label, sweep in forward_sweeps(f, argnums, args):
        _, along = sweep(*args, *tangents)
        assert np.shape(along) == ()
        assert abs(along - expected) <= tolerance * size, f"forward, {label}: {along} where ⟨g, t⟩ is {expected}"


def forward_sweeps(f, argnums, args):
    """Yield the function of arguments and tangents that forward mode prints, for unknown and for known types."""
    options = Options(argnums, "jvp", True)
    names = [p.name for p in inspect.signature(f).parameters.values() if p.kind is not p.KEYWORD_ONLY]
    for label, types in (("untyped", {}), ("typed", dict(zip(names, type_of_arguments(args), strict=False)))):
        compiled = compile_derivative(live_function(f), options, types)
        yield label, functools.partial(printed(compiled.text), **compiled.captures)


def direction(leaf, rng):
    """Return a random tangent of a leaf, of its shape and dtype."""
    if isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f":
        return rng.normal(size=leaf.shape).astype(leaf.dtype)
    if isinstance(leaf, np.floating):
        return leaf.dtype.type(rng.normal())
    return float(rng.normal()) if isinstance(leaf, float) else None


def right(run, f, *args, argnums=0, tolerance=1e-6):
    """Assert that a function (value, gradient) gives f's own value and its numerical gradient, and is pure.

    It runs twice; the arguments stay as they are.
    """
    given = copy.deepcopy(args)
    expected = f(*copy.deepcopy(args))
    reference = numerical_gradient(f, args, argnums)
    for _ in range(2):
        value, gradient = run(*args)
        identical(value, expected)
        identical(args, given)
        close(gradient, reference, tolerance)


def function_from(source, path, name="f", **names):
    """Write a source into a file and return its function, which then has a text to be read; without a name, all."""
    path.write_text(source, encoding="utf-8")
    namespace = {"np": np, **names}
    exec(compile(source, str(path), "exec"), namespace)
    return namespace if name is None else namespace[name]


def verdict(source, f, *args, types=None, argnums=0):
    """Return the code that a text is refused with, or "right" after that has been asserted of both styles of text."""
    codes = set()
    for style in ("readable", "ssa"):
        try:
            text = s2sad.differentiate(source, "f", argnums=argnums, value=True, types=types, style=style)
        except s2sad.DifferentiationError as error:
            codes.add(error.code)
            continue
        right(printed(text), f, *args, argnums=argnums)
        codes.add("right")
    (code,) = codes
    return code


def refused(call, code, needle=None, file=None):
    """Assert that a call is refused with a code and, where given, that the caret stands under `needle`.

    Returns the diagnostic.
    """
    with pytest.raises(s2sad.DifferentiationError) as caught:
        call()
    error = caught.value
    diagnostic = error.diagnostics[0]
    assert error.code == code, str(error)
    assert diagnostic.message
    assert diagnostic.advice
    if needle is not None:
        assert diagnostic.span is not None, str(error)
        assert diagnostic.line[diagnostic.span.column :].startswith(needle), str(error)
    if file is not None:
        assert diagnostic.span.file == file
    return diagnostic


def refused_source(body, code, needle, name="f", **options):
    """Assert that `differentiate` refuses a text at a place, and with the right line number."""
    diagnostic = refused(lambda: s2sad.differentiate(body, name, filename="user.py", **options), code, needle, "user.py")
    assert body.splitlines()[diagnostic.span.line - 1] == diagnostic.line.rstrip("\n")
    return diagnostic


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


def right_or_refused(call, expected):
    try:
        found = call()
    except s2sad.DifferentiationError as error:
        assert error.code.startswith("S2S1") or error.code in ("S2S012", "S2S300", "S2S200"), str(error)
        assert error.diagnostics[0].advice
        return
    np.testing.assert_allclose(found, expected)


@pytest.fixture(autouse=True)
def quiet():
    """Turn every floating-point warning of generated code into a failure."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
