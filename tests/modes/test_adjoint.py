"""`adjoint(x, change)`: what is done to an adjoint stands in its place in the reverse sweep."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

import s2sad
from s2sad import adjoint, checkpoint

X, W = np.linspace(-1.0, 1.0, 3), np.arange(9.0).reshape(3, 3) / 9.0
SCALE = 0.25


def damp(d: Any) -> Any:
    """Shorten a long adjoint."""
    length = np.sqrt(np.sum(d * d))
    if length > 1.0:
        d = d / length
    return d


def chain(x: Any, w: Any, limit: Any) -> Any:
    """Change adjoints in a loop and after it, and store into what came of that."""
    h = x
    for _ in range(3):
        h = np.tanh(w @ h)
        h = adjoint(h, lambda d: np.clip(d, -limit, limit))
    h = adjoint(h, damp)
    h[0] = 3.0 * h[1]
    return np.sum(h * h)


def chain_by_hand(x: Any, w: Any, limit: float) -> Any:
    """Return the gradient of `chain` by x and w."""
    states = [x]
    for _ in range(3):
        states.append(np.tanh(w @ states[-1]))
    d = 2.0 * np.array([3.0 * states[-1][1], *states[-1][1:]])
    d = damp(np.array([0.0, d[1] + 3.0 * d[0], d[2]]))
    d_w = np.zeros_like(w)
    for before, after in zip(states[-2::-1], states[:0:-1], strict=True):
        d = np.clip(d, -limit, limit) * (1.0 - after**2)
        d_w += np.outer(d, before)
        d = w.T @ d
    return d, d_w


def test_the_change_is_ordinary_code_of_the_reverse_sweep() -> None:
    gradient = s2sad.grad(chain, (0, 1))
    untyped: dict[str, Any] = {}
    exec(gradient.source, untyped)
    for limit in (0.05, 0.3, 100.0):
        wanted = chain_by_hand(X, W, limit)
        for found in (gradient(X, W, limit), untyped["chain_grad"](X, W, limit)):
            np.testing.assert_allclose(found[0], wanted[0], rtol=1e-13)
            np.testing.assert_allclose(found[1], wanted[1], rtol=1e-13)
    main = gradient.source.partition("# reverse sweep")[2]
    assert "np.clip(d_h, -limit, limit)" in main and "length > 1.0" in main
    assert "adjoint" not in gradient.source.partition("import numpy")[2].replace("adjoint(h", "")
    assert chain(X, W, 0.3) == pytest.approx(s2sad.value_and_grad(chain)(X, W, 0.3)[0])


def all_kinds(x: Any, y: Any) -> Any:
    """Change adjoints by functions of all kinds, of numbers and arrays."""
    a = adjoint(x * y, np.negative)
    b = adjoint(np.sin(x), lambda d: np.multiply(SCALE, d))
    c = adjoint(a + b, lambda d: d.astype(np.float32))
    e = adjoint(np.sum(c), lambda d: 2.0 * d if d > 0.5 else d)
    return e + adjoint(y, lambda d: min(d, 1.0)) * 10.0


def test_functions_of_all_kinds() -> None:
    d_x, d_y = s2sad.grad(all_kinds, (0, 1))(X, 1.5)
    np.testing.assert_allclose(d_x, 2.0 * (-1.5 + SCALE * np.cos(X)), rtol=1e-6)
    assert d_y == pytest.approx(-2.0 * np.sum(X) + 1.0)
    assert d_x.dtype == np.float64


def looked_at(x: Any) -> Any:
    """Print an adjoint, and stop at one."""

    def show(d: Any) -> None:
        print("adjoint", d)

    y = adjoint(x * 3.0, show)
    z = adjoint(y * y, lambda d: breakpoint())
    return adjoint(z * 5.0, print)


def test_print_and_breakpoint(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = s2sad.grad(looked_at)
    text = gradient.source.partition("# reverse sweep")[2]
    space: dict[str, Any] = {}
    exec(gradient.source, space)
    monkeypatch.setattr(builtins, "breakpoint", lambda: print("stopped"))
    assert space["looked_at_grad"](2.0) == 2.0 * 9.0 * 2.0 * 5.0
    assert capsys.readouterr().out == "1.0\nstopped\nadjoint 60.0\n"
    assert text.index("print(") < text.index("breakpoint()") < text.rindex("print(")


def clipped(x: Any, c: Any) -> Any:
    """Scale an adjoint by a variable, under `checkpoint` and in a loop with snapshots."""

    @checkpoint
    def step(h: Any) -> Any:
        return adjoint(np.sin(h) * h, lambda d: d * c)

    for _ in checkpoint(range(4), snapshots=2):
        x = step(x)
        x = adjoint(x * 2.0, lambda d: d / c)
    return x


def plain(x: Any, c: Any) -> Any:
    """Do the same and leave adjoints alone."""
    for _ in range(4):
        x = np.sin(x) * x * 2.0
    return x


def test_inside_what_is_computed_again_and_second_derivatives() -> None:
    assert s2sad.grad(clipped)(0.9, 3.0) == pytest.approx(s2sad.grad(plain)(0.9, 3.0), rel=1e-13)
    found = s2sad.grad(s2sad.grad(clipped))(0.9, 3.0)
    assert found == pytest.approx(s2sad.grad(s2sad.grad(plain))(0.9, 3.0), rel=1e-11)

    def square(x: Any) -> Any:
        return adjoint(x * x, lambda d: d * d * x)

    # the second derivative is that of 2 x * x, what the first one computes
    assert s2sad.grad(s2sad.grad(square))(3.0) == pytest.approx(12.0)
    assert s2sad.hvp(square, (3.0,), (1.0,)) == pytest.approx(12.0)


def test_static_text() -> None:
    text = """
import numpy as np
import s2sad

def half(d):
    return 0.5 * d

def f(x):
    y = s2sad.adjoint(np.exp(x), half)
    return y * y
"""
    generated = s2sad.differentiate(text, "f", types="x: float")
    space: dict[str, Any] = {}
    exec(generated, space)
    assert space["f_grad"](0.3) == pytest.approx(np.exp(0.6)) and "import s2sad" not in generated


def shorter(x: Any) -> Any:
    """Return an adjoint of another shape."""
    return np.sum(adjoint(x * x, lambda d: np.sum(d)))


def writes(x: Any) -> Any:
    """Write into an adjoint."""

    def change(d: Any) -> Any:
        d[0] = 0.0
        return d

    return np.sum(adjoint(x * x, change))


def of_a_tuple(x: Any) -> Any:
    """Change a tuple of adjoints."""
    return adjoint((x, x), lambda d: d)[0][0]


def no_function(x: Any) -> Any:
    """Give a number."""
    return adjoint(x[0], 2.0)


def shared(x: Any) -> Any:
    """Write into memory under another name."""
    y = x * 2.0
    z = adjoint(y, damp)
    y[0] = 1.0
    return np.sum(z)


@pytest.mark.parametrize(
    ("f", "kind", "message"),
    [
        (shorter, ValueError, r"an adjoint of shape \(3,\) is changed to a value of shape \(\)"),
        (writes, s2sad.DifferentiationError, "'s2sad.adjoint' changes an adjoint, and it writes into 'd'"),
        (of_a_tuple, s2sad.DifferentiationError, "S2S201: `adjoint` of a value of type"),
        (no_function, s2sad.DifferentiationError, "S2S134: `adjoint` is given no function"),
        (shared, s2sad.DifferentiationError, "S2S142: 'z' may share its memory"),
    ],
)
def test_what_is_refused(f: Any, kind: Any, message: str) -> None:
    with pytest.raises(kind, match=message):
        s2sad.grad(f)(X)


def test_forward_mode_is_refused() -> None:
    with pytest.raises(s2sad.DifferentiationError, match=r"test_adjoint.py:\d+:\d+: S2S201: `adjoint` changes what"):
        s2sad.grad(chain, mode="forward")(X, W, 0.3)
    assert adjoint(3.0, print) == 3.0
    with pytest.raises(TypeError, match="adjoint takes a value and a function"):
        adjoint(3.0, 2.0)  # type: ignore[arg-type]
