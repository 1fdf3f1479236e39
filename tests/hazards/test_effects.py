"""Statements with effects: raising, asserting, printing, deleting, importing, contexts, `match`; and texts."""
from __future__ import annotations

import warnings

import numpy as np
import pytest
from tests.hazards.conftest import agrees, printed, refused_source

import s2sad

X = np.array([0.3, 1.2, 0.7])


def asserted(x):
    assert x.ndim == 1
    assert np.all(x > -100.0), f"bad {x[0]}"
    return np.sum(x * x)


def raises(x):
    if x[0] > 1.0:
        raise ValueError("too big", x[0])
    return np.sum(x * x)


def raises_in_a_loop(x):
    total = 0.0
    for v in x:
        if v > 1.0:
            raise ArithmeticError(f"big: {v:.1f}")
        total = total + v * v
    return total


def prints(x):
    print("begin")
    total = 0.0
    for v in x:
        print(f"{v:.1f}", end=";")
        total = total + v * v
    print("end", len(x))
    return total


def deletes(x):
    y = x * 2.0
    z = y + 1.0
    del y
    return np.sum(z * z)


def imports(x):
    import math as m

    from numpy import cos

    return np.sum(cos(x) * m.pi)


def declares(x):
    global X
    scale = 2.0

    def inner(t):
        nonlocal scale
        return t * scale

    return np.sum(inner(x))


def quiet(x):
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        y = np.where(x > 0.5, np.log(x - x), x * x)
    return np.sum(np.where(x > 0.5, x, y))


def leaves_a_context(x):
    with np.errstate(all="ignore"):
        if x[0] > 0.0:
            return np.sum(x * x)
    return np.sum(x)


def matches(x):
    total = 0.0
    for k in range(4):
        match k:
            case 0:
                continue
            case 1 | 2 if x[0] > 0.0:
                total = total + np.sum(x) * k
            case n:
                total = total + np.sum(x * x) * n
    return total


def matches_tuples(x):
    total = 0.0
    for pair in ((x,), (x, x * 2.0), (x, x, x)):
        pass
    match (x, x * 2.0):
        case (a,):
            total = np.sum(a)
        case (a, *rest):
            total = np.sum(a * rest[0]) * len(rest)
    match x[0] > 0.0, len(x), "text", None:
        case True, 3, str(word), None:
            return total * len(word)
        case _:
            return total


def matches_a_word(x):
    kind = "b"
    match kind:
        case "a":
            return np.sum(x)
        case "b" | "c":
            y = x * x
        case _:
            y = x
    return np.sum(y)


def texts(x):
    name = f"w{1}"
    weights = {"w1": x, "w2": x * 2.0}
    label = "%s-%d" % (name, 2) if False else "{}:{}".format(name, "b").upper()  # noqa: UP031
    y = x * 2.0 if label.startswith("W1") and "w" in name else x
    return np.sum(y * weights[name] * weights["w" + str(2)]) * len(label + f"{x[0]:.3f}!")


@pytest.mark.parametrize(
    "f",
    [asserted, deletes, imports, declares, quiet, leaves_a_context, matches, matches_tuples, matches_a_word, texts],
    ids=lambda f: f.__name__,
)
def test_effects_agree(f):
    agrees(f, X)


@pytest.mark.parametrize("f", [raises, raises_in_a_loop], ids=lambda f: f.__name__)
def test_what_is_raised_is_raised_by_the_derivative(f):
    small = np.array([0.3, 0.2, 0.7])
    agrees(f, small)
    derivative = s2sad.grad(f)
    first = derivative(small)
    with pytest.raises((ValueError, ArithmeticError)) as expected:
        f(np.array([1.5, 0.1, 2.0]))
    for engine in (derivative, printed(derivative.signature_source(small)), printed(derivative.source)):
        with pytest.raises(expected.type) as caught:
            engine(np.array([1.5, 0.1, 2.0]))
        assert caught.value.args == expected.value.args
    np.testing.assert_array_equal(derivative(small), first)


def test_an_assertion_fails_as_it_does_in_the_function():
    derivative = s2sad.grad(asserted)
    derivative(X)
    with pytest.raises(AssertionError, match="bad -200"):
        derivative(np.array([-200.0, 0.0]))


@pytest.mark.parametrize("style", ["typed", "untyped"])
def test_what_is_printed_is_printed_once_and_in_order(capsys, style):
    prints(X)
    expected = capsys.readouterr().out
    derivative = s2sad.value_and_grad(prints)
    text = derivative.signature_source(X) if style == "typed" else derivative.source
    value, gradient = printed(text)(X)
    assert capsys.readouterr().out == expected
    assert value == prints(X)
    np.testing.assert_allclose(gradient, 2.0 * X)


def test_a_gradient_alone_still_prints(capsys):
    gradient = s2sad.grad(prints)(X)
    assert capsys.readouterr().out.count("begin") == 1
    np.testing.assert_allclose(gradient, 2.0 * X)


def test_second_order_prints_once(capsys):
    def f(x):
        print("here")
        return x * x * x

    assert s2sad.grad(s2sad.grad(f))(2.0) == pytest.approx(12.0)
    assert capsys.readouterr().out == "here\n"


def test_a_warning_is_given_once():
    def f(x):
        warnings.warn("careful", stacklevel=2)
        return x * x

    derivative = s2sad.grad(f)
    with pytest.warns(UserWarning, match="careful") as seen:
        assert derivative(3.0) == 6.0
    assert len(seen) == 1


def test_ignored_warnings_are_ignored_in_the_derivative():
    text = s2sad.grad(quiet).source
    assert 'errstate(divide="ignore", invalid="ignore")' in text


REFUSED = {
    "raise": ("S2S160", "raise"),
    "raise KeyError(*x)": ("S2S160", "raise"),
    "raise Own(x)": ("S2S", "raise"),
    "del x[0]": ("S2S1", "x[0]"),
    "import nosuchmodule\n    x = nosuchmodule.f(x)": ("S2S1", ""),
    "with open('a'):\n        x = x": ("S2S164", "open"),
    "with np.errstate(all='raise'):\n        x = x": ("S2S164", "np.errstate"),
    "with np.errstate() as e:\n        x = x": ("S2S164", "e"),
    "match x:\n        case [a, b]:\n            x = a": ("S2S165", "[a, b]"),
    "match x:\n        case {'a': a}:\n            x = a": ("S2S165", "{'a'"),
    "global y\n    y = x": ("S2S162", "global"),
    "x = x * float(f'{x[0]}')": ("S2S127", "float("),
    "x = x * np.float64('%s' % x[0])": ("S2S127", "np.float64("),
}


@pytest.mark.parametrize("body", REFUSED)
def test_what_is_refused(body):
    code, needle = REFUSED[body]
    source = f"import numpy as np\nclass Own(Exception): pass\ny = 1.0\ndef f(x):\n    {body}\n    return np.sum(x)\n"
    with pytest.raises(s2sad.DifferentiationError) as caught:
        s2sad.differentiate(source, "f")
    problem = caught.value.diagnostics[0]
    assert problem.code.startswith(code), str(caught.value)
    assert problem.line[problem.span.column :].startswith(needle)


def test_a_name_is_unbound_after_del():
    refused_source("def f(x):\n    y = x * x\n    del y\n    return y\n", "S2S110", "y")


SEVERAL = """
import numpy as np
def f(x, n):
    y = np.nosuch(x)
    z = y * 2.0
    try:
        q = 1.0
    except ValueError:
        q = 2.0
    for k in range(n):
        u = unknown(x)
        z = z + u
    if x > 0.0:
        v = x.imag_part()
    else:
        v = q
    return missing * v + z
"""


def test_all_problems_are_reported_each_once():
    with pytest.raises(s2sad.DifferentiationError) as caught:
        s2sad.differentiate(SEVERAL, "f")
    found = [(problem.code, problem.span.line) for problem in caught.value.diagnostics]
    assert found == [("S2S111", 4), ("S2S101", 6), ("S2S111", 11), ("S2S132", 14), ("S2S111", 17)]


def test_a_problem_in_a_helper_is_reported_once():
    source = "def h(x):\n    y = nosuch(x)\n    return y\ndef f(x):\n    return h(x) + h(2.0 * x) + other\n"
    with pytest.raises(s2sad.DifferentiationError) as caught:
        s2sad.differentiate(source, "f")
    assert [problem.span.line for problem in caught.value.diagnostics] == [2]
