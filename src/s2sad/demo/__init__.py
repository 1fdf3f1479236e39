"""The main job from start to end: print a gradient, write it to a file, and train on real data with that file."""

from __future__ import annotations

import importlib.util
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from s2sad import differentiate
from s2sad.demo import losses
from s2sad.demo.data import MissingDataError, load, split
from s2sad.demo.train import train_logistic, train_mlp

__all__ = ["MissingDataError", "run"]

_LOGISTIC_TYPES = "weights: float64[D]; inputs: float64[N, D]; targets: float64[N]"
_MLP_TYPES = "params: list[tuple[float64[_, _], float64[_]]]; x: float64[N, I]; y: float64[N, C]"


def run(output: str | None = None, seeds: int = 5) -> None:
    """Generate, train and test both models, printing as it goes.

    Parameters
    ----------
    output : str, optional
        The directory for the generated modules; a temporary one unless given.
    seeds : int
        How many splits to train on.
    """
    breast_cancer, digits = load("breast_cancer"), load("digits")
    with tempfile.TemporaryDirectory(prefix="s2sad-demo-") as temporary:
        directory = Path(output or temporary)
        directory.mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()

        _title("Logistic regression on the breast-cancer data")
        loss_and_gradient = generate("training_loss", _LOGISTIC_TYPES, directory)
        _repeat(seeds, lambda seed, report: train_logistic(loss_and_gradient, split(breast_cancer, seed), report))

        _title("Multi-layer perceptron on the digits data")
        loss_and_gradient = generate("mlp_loss", _MLP_TYPES, directory)
        _repeat(seeds, lambda seed, report: train_mlp(loss_and_gradient, split(digits, seed), report, seed))
        print(f"Both took {time.perf_counter() - began:.1f} s.")


def generate(name: str, types: str, directory: Path) -> Callable[..., Any]:
    """Print the derivative of a loss, write it to a file, and return the function that the file holds.

    Parameters
    ----------
    name : str
        A function of `s2sad.demo.losses`, whose text is read.
    types : str
        The types of its parameters.
    directory : Path
        Where the file goes.
    """
    source = Path(losses.__file__)
    text = differentiate(source.read_text("utf-8"), name, value=True, types=types, filename=source.name)
    path = directory / f"{name}_value_and_grad.py"
    path.write_text(text, "utf-8")
    print(text)
    print(f"(written to {path}, which is what trains)\n")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[..., Any] = getattr(module, path.stem)
    return function


def _title(text: str) -> None:
    print(f"{text}\n{'=' * len(text)}\n")


def _repeat(seeds: int, train: Callable[[int, Callable[[str], None]], float]) -> None:
    """Train once for each seed, and print every accuracy; the first run shows its progress too."""
    accuracies = []
    for seed in range(seeds):
        accuracies.append(train(seed, print if seed == 0 else lambda _: None))
        print(f"seed {seed}: accuracy on the held-back quarter {accuracies[-1]:.4f}", flush=True)
    print(f"mean accuracy over {seeds} {'seed' if seeds == 1 else 'seeds'}: {np.mean(accuracies):.4f}\n")
