"""The examples run, and their derivatives are right."""
from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import s2sad
from s2sad.check import compare
from s2sad.numeric import numerical_gradient

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RNG = np.random.default_rng(3)
PARAMS = [(RNG.normal(size=(4, 5)), RNG.normal(size=5)), (RNG.normal(size=(5, 6)), RNG.normal(size=6)),
          (RNG.normal(size=(6, 3)), RNG.normal(size=3))]
CASES = {
    "lecture": ("f", (2.0, 5.0), ("x1", "x2"), "x1: float; x2: float"),
    "logistic": (
        "training_loss", (RNG.normal(size=4), RNG.normal(size=(9, 4)), (RNG.random(9) < 0.5) * 1.0), ("weights",),
        "weights: float64[D]; inputs: float64[N, D]; targets: float64[N]",
    ),
    "mlp": (
        "mlp_loss", (PARAMS, RNG.normal(size=(7, 4)), np.eye(3)[RNG.integers(0, 3, 7)]), ("params", "x"),
        "params: list[tuple[float64[_, _], float64[_]]]; x: float64[N, I]; y: float64[N, C]",
    ),
    "physics": (
        "physics_loss", (tuple(RNG.normal(size=(3, 4))), np.linspace(0.0, 3.0, 6)), ("params",),
        "params: tuple[float64[H], float64[H], float64[H]]; x: float64[N]",
    ),
    "equilibrium": (
        "misfit", (1.5, np.linspace(0.0, 2.0, 5), np.ones(5)), ("conductivity", "heating"),
        "conductivity: float; heating: float64[N]; measured: float64[N]",
    ),
}


def load(name):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def emitted(name, **options):
    function, args, wrt, _ = CASES[name]
    path = EXAMPLES / f"{name}.py"
    text = s2sad.differentiate(path.read_text("utf-8"), function, argnums=wrt, filename=path.name, **options)
    scope = {"__name__": "emitted"}
    exec(compile(text, f"<{name}>", "exec"), scope)
    return scope[f"{function}_grad"](*args)


@pytest.mark.parametrize("name", CASES)
def test_the_example_runs(name):
    done = subprocess.run([sys.executable, EXAMPLES / f"{name}.py"], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "def " in done.stdout


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_the_gradient_agrees_with_differences(name, mode):
    function, args, wrt, _ = CASES[name]
    f = getattr(load(name), function)
    gradients = s2sad.grad(f, wrt, mode=mode)(*args)
    for i, (parameter, gradient) in enumerate(zip(wrt, gradients, strict=True)):
        row = compare(parameter, args[i], gradient, numerical_gradient(f, args, i))
        assert row.agrees, row.complaint


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("style", ["readable", "ssa"])
@pytest.mark.parametrize("typed", [True, False])
def test_every_text_of_one_gradient_agrees(name, style, typed):
    reference = emitted(name)
    other = emitted(name, style=style, types=CASES[name][3] if typed else None)
    for a, b in zip(flat(reference), flat(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def flat(tree):
    if isinstance(tree, tuple | list):
        for item in tree:
            yield from flat(item)
    else:
        yield tree
