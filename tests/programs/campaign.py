"""A long campaign of random programs: `python tests/programs/campaign.py --count 10000 --seed 0`.

With `--mutating` they write into arrays.
"""
from __future__ import annotations

import argparse
import importlib.util
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from examine import Program, Verdict, examine
from generate import Generator, arguments
from judge import Judgement, judge
from mutating_programs import TRIPS, Mutating
from mutating_programs import arguments as arguments_of_mutating


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


def run_mutating(seed: int, folder: str, thorough: bool) -> tuple[str, Judgement]:
    """Write, compile and judge one program that writes into arrays, with three trips, none and one."""
    text = Mutating(Seeded(seed)).program()
    with np.errstate(all="ignore"):
        programs = [
            load_program(text, arguments_of_mutating(text, seed, trips), folder, f"m{seed}") for trips in TRIPS
        ]
        return text, judge(programs, thorough)


def mutating_campaign(first: int, count: int, show: int, thorough: bool) -> int:
    """Judge programs that write into arrays; print verdicts, and how often which code refuses."""
    kinds: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(first, first + count):
            text, verdict = run_mutating(seed, folder, thorough)
            Path(folder, f"random_program_m{seed}.py").unlink()
            kinds[verdict.kind] += 1
            if verdict.kind == "refused":
                codes[verdict.fault] += 1
            elif verdict.kind != "right" and kinds["wrong"] + kinds["crash"] <= show:
                print(f"--- seed {seed}: {verdict.kind}: {verdict.fault}\n{text}\n{verdict.text}\n", flush=True)
            done = seed + 1 - first
            if done % 100 == 0 or done == count:
                rate = done / (time.perf_counter() - begin)
                print(f"{done} programs, {rate:.1f} a second: {dict(sorted(kinds.items()))}", flush=True)
    print(f"refused {100 * kinds['refused'] / max(count, 1):.1f} %: {dict(codes.most_common())}")
    return int(kinds["wrong"] + kinds["crash"] > 0)


def main() -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--show", type=int, default=5, help="how many failures to show in full")
    parser.add_argument("--mutating", action="store_true", help="programs that write into arrays")
    parser.add_argument("--thorough", action="store_true", help="mutating programs for unknown types and forward too")
    options = parser.parse_args()
    if options.mutating:
        return mutating_campaign(options.seed, options.count, options.show, options.thorough)
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
