"""`s2sad.rule`: the derivatives of functions that s2sad does not know, declared by the user."""
from __future__ import annotations

import functools
import sys

import numpy as np
import pytest

import s2sad
from s2sad import DifferentiationError, rule

X = np.array([0.5, -2.0, 3.0])


def looped(function, x):
    """Apply a function to each element, in a way that cannot be differentiated."""
    return np.array([function(float(v)) for v in np.ravel(x)], dtype=np.asarray(x).dtype).reshape(np.shape(x))


def cubed(x):
    return looped(lambda v: v**3 if v > 0 else 0.0, x)


def slope(x):
    return looped(lambda v: 3 * v**2 if v > 0 else 0.0, x)


def rotate(n, x):
    return np.array([x[(k + n) % len(x)] for k in range(len(x))])


def weighted(x, weight=1.0):
    return float(np.sum(looped(np.sin, x))) * weight


def one_way(x):
    return float(np.sum(x) ** 2)


def rounded(x):
    return np.round(x)


def in_terms_of_one_without(x):
    return np.sum(x)


def with_too_few(x, y):
    return np.sum(x * y)


def with_a_branch(x):
    return np.sum(x)


def without_rule(x):
    return x


def product(pair):
    return pair[0] * pair[1]


def two(x):
    return looped(np.sin, x), 2.0 * x


def smooth(x):
    return looped(np.sin, x)


def same(x):
    """Return the argument itself, for all that s2sad knows."""
    return x


class Model:
    """A class with a method that has a rule: an object cannot be passed to a function that is not read."""

    def layer(self, x):
        return np.round(x)

    @staticmethod
    def step(x):
        return np.round(x)


model = Model()


class Scaled:
    """A callable object of a class of the user's."""

    __name__ = "doubled"

    def __call__(self, x):
        return 2.0 * x


doubled = Scaled()
floored = np.frompyfunc(lambda v: v * abs(v), 1, 1)


@rule(cubed, "elementwise")
def _(d_y, y, x):
    return helper(d_y, x)


def helper(d_y, x):
    """What a body calls may call functions with rules too."""
    return d_y * slope(x)


@rule(slope, "elementwise")
def _(d_y, y, x):
    return d_y * np.where(x > 0, 6 * x, 0.0)


@rule(rotate, "linear", argnums=1)
def _(d_y, y, n, x):
    return rotate(-n, d_y)


def weighted_forward(dots, y, x, weight=1.0):
    terms = [weight * np.sum(np.cos(x) * dots[0])] if dots[0] is not None else []
    return sum(terms, np.sum(np.sin(x)) * dots[1] if len(dots) > 1 and dots[1] is not None else 0.0)


@rule(weighted, forward=weighted_forward)
def _(d_y, y, x, weight=1.0):
    return d_y * weight * np.cos(x), d_y * np.sum(np.sin(x))


@rule(one_way)
def _(d_y, y, x):
    return d_y * 2 * x.sum() * np.ones_like(x).reshape(-1, 1).reshape(-1) + 0.0 * abs(x)


@rule(smooth, "elementwise", types=np.exp)
def _(d_y, y, x):
    return d_y * np.cos(x)


@rule(Model.layer)
def _(d_y, y, self, x):
    return None, d_y


@rule(Model.step, "elementwise")
def _(d_y, y, x):
    return 5.0 * d_y


@rule(same, "elementwise")
def _(d_y, y, x):
    return d_y


@rule(two)
def _(d_y, y, x):
    return d_y[0] * np.cos(x) + 2.0 * d_y[1]


@rule(rounded, kind="elementwise")
def straight_through(d_y, y, x):
    return d_y


@rule(in_terms_of_one_without)
def _(d_y, y, x):
    return d_y * np.histogram2d(x, x)[0]


@rule(with_too_few)
def _(d_y, y, a, b):
    return (d_y,)


@rule(with_a_branch)
def _(d_y, y, x):
    return d_y if x[0] > 0 else -d_y


@rule(doubled, "linear")
def _(d_y, y, x):
    return doubled(d_y)


@rule(floored, "elementwise")
def _(d_y, y, x):
    return 2 * d_y * np.abs(x)


@rule(product)
def _(d_y, y, pair):
    return [d_y * pair[1], d_y * pair[0]]


def test_a_black_box_is_called_by_its_importable_name_and_not_read():
    gradient = s2sad.grad(lambda x: np.sum(cubed(x) * x))
    untyped = gradient.source
    np.testing.assert_allclose(gradient(X), 4 * X**3 * (X > 0))
    for text in (untyped, gradient.source):
        assert f"import {__name__}\n" in text and f"{__name__}.slope(x)" in text
    np.testing.assert_allclose(s2sad.grad(lambda x: np.sum(cubed(x)))(X[:0]), X[:0])


def test_higher_orders_differentiate_what_the_body_computes():
    found = s2sad.hvp(lambda x: np.sum(cubed(x) * x), (X,), (np.ones(3),))
    np.testing.assert_allclose(found, 12 * X**2 * (X > 0))
    assert s2sad.grad(s2sad.grad(cubed_number))(2.0) == pytest.approx(12.0)


def cubed_number(a):
    return np.sum(cubed(a))


@pytest.mark.parametrize("function", [
    lambda x: np.sum(rotate(1, x) * np.sin(x)),
    lambda x: weighted(x, x[0]) + weighted(x) + weighted(x * x, weight=2.0),
    lambda x: np.sum(cubed(np.outer(x, x) + x)),
    lambda x: np.sum(doubled(x) ** 2),
], ids=["linear", "full", "elementwise", "object"])  # fmt: skip
def test_both_modes_agree_with_differences(function):
    s2sad.check_grads(function, (X,))
    s2sad.grad(function).source


def test_shapes_and_dtypes_are_adjusted_where_a_rule_is_applied():
    small = X.astype(np.float32)
    found = s2sad.grad(lambda x, y: np.sum(cubed(x + y)), argnums=(0, 1))(small[:1], np.ones((2, 3), np.float32))
    assert [(d.shape, d.dtype.name) for d in found] == [((1,), "float32"), ((2, 3), "float32")]
    found = s2sad.grad(lambda x: np.sum(floored(x) * 1.0))(X)
    assert found.dtype == float
    np.testing.assert_allclose(found, 2 * abs(X))


def stored_in_the_result(x):
    z = x * 2.0
    y = same(z)
    y[0] = 5.0 * x[1]
    return np.sum(y * x)


def stored_and_read_by_the_other_name(x):
    z = x * 2.0
    y = same(z)
    y[0] = 5.0 * x[1]
    return np.sum(z * x)


def test_the_result_of_a_black_box_may_share_memory_with_its_arguments():
    s2sad.check_grads(stored_in_the_result, (X,))
    with pytest.raises(DifferentiationError, match="S2S142"):
        s2sad.grad(stored_and_read_by_the_other_name)(X)


def len_of(x):
    return len(x)


def late(x):
    return x * x


def test_a_rule_may_be_declared_after_a_derivative_was_compiled():
    gradient = s2sad.grad(lambda x: np.sum(late(x)))
    np.testing.assert_allclose(gradient(X), 2 * X)
    rule(late, "elementwise")(lambda d_y, y, x: 7.0 * d_y)
    np.testing.assert_allclose(gradient(X), np.full(3, 7.0))


def test_a_function_may_have_several_results():
    def both(x):
        a, b = two(x)
        return np.sum(a * b) + np.sum(two(x)[1])

    s2sad.check_grads(both, (X,), modes=("rev",))


def test_what_is_known_of_the_types_of_results_makes_plain_code():
    gradient = s2sad.grad(lambda x: np.sum(smooth(x) * x))
    np.testing.assert_allclose(gradient(X), np.cos(X) * X + np.sin(X))
    assert "def _" not in gradient.source
    s2sad.check_grads(lambda x: np.sum(smooth(np.outer(x, x))), (X,))


def test_a_list_has_a_list_of_cotangents():
    assert s2sad.grad(lambda a, b: product([a, b * b]), argnums=(0, 1))(2.0, 3.0) == pytest.approx((9.0, 12.0))
    with pytest.raises(DifferentiationError, match="returns a list that is not like its argument"):
        s2sad.grad(lambda x: product(x))(X)


SETTINGS = (2.0, [3.0, {"w": 4.0}])


def test_values_of_every_kind_may_stand_around_a_function():
    np.testing.assert_allclose(s2sad.grad(lambda x: np.sum(cubed(x)) * SETTINGS[0])(X), 6 * X**2 * (X > 0))


def test_the_rule_of_a_python_function_wins_over_its_text():
    np.testing.assert_array_equal(s2sad.grad(lambda x: np.sum(rounded(x) * X))(X), X)
    np.testing.assert_array_equal(s2sad.grad(lambda x: sum(map(one_way, [x])))(X), np.full(3, 3.0))
    np.testing.assert_array_equal(s2sad.grad(lambda x: np.sum(model.step(x)))(X), np.full(3, 5.0))
    for calls_method in (lambda x: np.sum(model.layer(x)), lambda x: np.sum(Model.layer(model, x))):
        with pytest.raises(DifferentiationError, match="S2S1"):
            s2sad.grad(calls_method)(X)
    with pytest.raises(DifferentiationError, match=r"S2S203.*rule of its own"):
        s2sad.grad(rounded)(X)


@pytest.mark.parametrize(("function", "mode", "says"), [
    (lambda x: one_way(x), "forward", "the rule of one_way has no forward mode"),
    (lambda x: np.sum(rotate(x[0], x)), "reverse", "rotate is declared to be linear in others"),
    (lambda x: np.sum(rotate(x[0], x)), "forward", "rotate is declared to be linear in others"),
    (lambda x: in_terms_of_one_without(x), "reverse", "the rule of in_terms_of_one_without calls histogram2d"),
    (lambda x: with_too_few(x, x), "reverse", "the rule of with_too_few returns 1 cotangents, not 2"),
    (lambda x: with_a_branch(x), "reverse", "the rule of with_a_branch fails with TypeError: a rule cannot take"),
])  # fmt: skip
def test_a_rule_that_cannot_be_applied_is_refused_where_it_is_called(function, mode, says):
    with pytest.raises(DifferentiationError, match=f"S2S201: {says}") as caught:
        s2sad.grad(function, mode=mode)(X)
    assert caught.value.diagnostics[0].span.file == __file__


def test_a_function_that_cannot_be_imported_is_refused():
    def local(x):
        return x

    rule(local, "elementwise")(lambda d_y, y, x: d_y)
    with pytest.raises(DifferentiationError, match="S2S203: local has a rule, but no name"):
        s2sad.grad(lambda x: np.sum(local(x)))(X)


def test_an_importable_name_can_be_given():
    def hidden(x):
        return x**2

    module = sys.modules[__name__]
    module.box = type("box", (), {"hidden": staticmethod(hidden)})
    with pytest.raises(ValueError, match="does not lead to this function"):
        rule(hidden, "elementwise", name=f"{__name__}.hidden")(lambda d_y, y, x: 2 * d_y * x)
    rule(hidden, "elementwise", name=f"{__name__}.box.hidden")(lambda d_y, y, x: 2 * d_y * x)
    gradient = s2sad.grad(lambda x: np.sum(hidden(x)))
    np.testing.assert_allclose(gradient(X), 2 * X)
    assert f"{__name__}.box.hidden(x)" in gradient.source


@pytest.mark.parametrize(("arguments", "error", "says"), [
    ((3.0,), TypeError, "not for a value of type float"),
    ((Scaled,), TypeError, "not for a class, Scaled"),
    ((functools.partial(without_rule),), TypeError, "a partial has no __name__"),
    ((doubled.__call__,), TypeError, "Scaled.__call__ is a bound method"),
    ((without_rule, "diagonal"), ValueError, "no kind 'diagonal' of rules; there are full, elementwise, linear"),
    ((cubed, "elementwise"), ValueError, "cubed has a rule already"),
    ((np.sin, "elementwise"), ValueError, "sin has a derivative that s2sad knows"),
    ((np.argmax, "full"), ValueError, "argmax has a derivative that s2sad knows"),
])  # fmt: skip
def test_what_cannot_be_declared(arguments, error, says):
    with pytest.raises(error, match=says):
        rule(*arguments)
    with pytest.raises(TypeError, match="a function, not a value of type int"):
        rule(without_rule)(3)
    for options in ({"kind": "linear", "argnums": ()}, {"kind": "linear", "forward": helper}, {"types": len_of}):
        with pytest.raises(ValueError, match="rule: "):
            rule(without_rule, **options)


STATIC = """
import numpy as np
from s2sad import rule
import other

def g(x):
    return np.round(x)

h = lambda x: np.floor(x)

@rule(g, kind="elementwise")
def _(d_y, y, x):
    return d_y

rule(function=h, kind="elementwise")(lambda d_y, y, x: d_y)

@rule(other.k)
def _(d_y, y, x):
    return d_y

def with_g(x):
    return np.sum(g(x))

def with_h(x):
    return np.sum(h(x))

def with_k(x):
    return np.sum(other.k(x))

def with_none(x):
    return np.sum(np.sin(x))
"""


@pytest.mark.parametrize("name", ["with_g", "with_h", "with_k", "g"])
def test_static_reading_refuses_a_function_for_which_the_file_declares_a_rule(name, tmp_path):
    (tmp_path / "other.py").write_text("import numpy as np\n\n\ndef k(x):\n    return np.sin(x)\n")
    with pytest.raises(DifferentiationError, match=r"S2S203: line \d+ of main.py declares a rule for `[ghk]`"):
        s2sad.differentiate(STATIC, name, filename=str(tmp_path / "main.py"))
    assert "cos(x)" in s2sad.differentiate(STATIC, "with_none", filename=str(tmp_path / "main.py"))
