"""A long campaign of random programs: `python tests/programs/campaign.py --count 10000 --seed 0`."""
from __future__ import annotations

import argparse
import importlib.util
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from examine import Program, Verdict, examine
from generate import Generator, arguments


class Seeded:
    """Choices from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def integer(self, low: int, high: int) -> int:
        return self._random.randint(low, high)


def load_program(text: str, args: tuple[Any, ...], folder: str, number: int | str, name: str = "program") -> Program:
    """Write a program's text to a file and import it."""
    path = Path(folder) / f"random_program_{number}.py"
    path.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Program(name, text, str(path), getattr(module, name), args)


def kind_of(verdict: Verdict) -> str:
    """Return the verdict in one word."""
    if verdict.complaints:
        return "wrong"
    return "refused" if verdict.refusals else "right"


ENGINES = ("live", "readable", "ssa", "typed")
"""Enough to tell the stages of the compiler apart."""


def run_one(seed: int, folder: str) -> tuple[str, Verdict]:
    """Write, compile and check one program."""
    text = Generator(Seeded(seed)).program()
    with np.errstate(all="ignore"):
        return text, examine(load_program(text, arguments(text, seed), folder, seed), ENGINES)


def main() -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--show", type=int, default=5, help="how many failures to show in full")
    options = parser.parse_args()
    verdicts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.seed, options.seed + options.count):
            text, verdict = run_one(seed, folder)
            kind = kind_of(verdict)
            verdicts[kind] += 1
            if kind != "right" and verdicts["wrong"] + verdicts["refused"] <= options.show:
                print(f"--- seed {seed}: {kind}\n{text[text.index('def program') :]}\n{verdict}\n", flush=True)
            if (seed + 1 - options.seed) % 100 == 0:
                print(f"{seed + 1 - options.seed} programs: {dict(sorted(verdicts.items()))}", flush=True)
    print(f"right {verdicts['right']}, refused {verdicts['refused']}, wrong {verdicts['wrong']}")
    return int(verdicts["wrong"] > 0)


if __name__ == "__main__":
    sys.exit(main())
