"""A long campaign of random programs: `python tests/programs/campaign.py --count 10000 --seed 0`.

With `--mutating` they write into arrays, with `--sharing` they keep arrays and views of them in containers.
"""
from __future__ import annotations

import argparse
import importlib.util
import linecache
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import sharing_programs
from examine import Program, Verdict, examine
from generate import Generator, arguments
from judge import Judgement, judge
from mutating_programs import TRIPS, Mutating
from mutating_programs import arguments as arguments_of_mutating
from runs import runs
from sharing_programs import Sharing
from shrink import shrink

Run = Callable[[int, str, bool], tuple[str, Judgement]]
"""Writes and judges the program of a seed, with its files in a folder."""
Smaller = Callable[[str, int, str, Judgement], str]
"""Makes a program of a seed that fails smaller."""


class Seeded:
    """Choices from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def integer(self, low: int, high: int) -> int:
        return self._random.randint(low, high)


def load_program(text: str, args: tuple[Any, ...], folder: str, number: int | str, name: str = "program") -> Program:
    """Write a program's text to a file and import it; what is generated from it may import its classes."""
    path = Path(folder) / f"random_program_{number}.py"
    path.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
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
    programs = [load_program(text, arguments_of_mutating(text, seed, trips), folder, f"m{seed}") for trips in TRIPS]
    return text, judge(programs, thorough)


def load_sharing(text: str, seed: int, folder: str, number: int | str) -> list[Program]:
    """Load a program that keeps arrays in containers, with all numbers of trips that make a difference."""
    programs = [
        load_program(text, sharing_programs.arguments(text, seed, trips), folder, f"s{number}")
        for trips in sharing_programs.numbers_of_trips(text)
    ]
    return [replace(program, live=True) for program in programs]


def run_sharing(seed: int, folder: str, thorough: bool) -> tuple[str, Judgement]:
    """Write, compile and judge one program that keeps arrays in containers: the first of a seed's that runs."""
    choices = Seeded(seed)
    for attempt in count():
        text = Sharing(choices).program()
        programs = load_sharing(text, seed, folder, f"{seed}_{attempt}")
        if all(runs(program.function, program.args) for program in programs):
            return text, judge(programs, thorough)
    raise AssertionError("no program of this seed runs")


def shrink_sharing(text: str, seed: int, folder: str, verdict: Judgement) -> str:
    """Return a smaller program that is judged in the same way."""
    numbers = count()

    def fails(smaller: str) -> bool:
        try:
            programs = load_sharing(smaller, seed, folder, f"{seed}_smaller_{next(numbers)}")
        except Exception:
            return False
        if not all(runs(program.function, program.args) for program in programs):
            return False
        return judge(programs, thorough=True).symptom == verdict.symptom

    return shrink(text, fails)


def judged_campaign(run: Run, first: int, count: int, show: int, thorough: bool, smaller: Smaller | None = None) -> int:
    """Judge programs; print verdicts, and how often which code refuses, and make smaller what fails."""
    kinds: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    begin = time.perf_counter()
    for seed in range(first, first + count):
        with tempfile.TemporaryDirectory() as folder, np.errstate(all="ignore"):
            text, verdict = run(seed, folder, thorough)
            kinds[verdict.kind] += 1
            if verdict.kind == "refused":
                codes[verdict.fault] += 1
            elif verdict.kind != "right" and kinds["wrong"] + kinds["crash"] <= show:
                text = smaller(text, seed, folder, verdict) if smaller else text
                print(f"--- seed {seed}: {verdict.kind}: {verdict.fault}\n{text}\n{verdict.text}\n", flush=True)
        forget_programs()
        done = seed + 1 - first
        if done % 100 == 0 or done == count:
            rate = done / (time.perf_counter() - begin)
            print(f"{done} programs, {rate:.1f} a second: {dict(sorted(kinds.items()))}", flush=True)
    print(f"refused {100 * kinds['refused'] / max(count, 1):.1f} %: {dict(codes.most_common())}")
    return int(kinds["wrong"] + kinds["crash"] > 0)


def forget_programs() -> None:
    """Forget the modules of programs whose files are gone."""
    for name in [name for name in sys.modules if name.startswith("random_program_")]:
        del sys.modules[name]
    linecache.checkcache()


def main() -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many programs")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--show", type=int, default=5, help="how many failures to show in full")
    parser.add_argument("--mutating", action="store_true", help="programs that write into arrays")
    parser.add_argument("--sharing", action="store_true", help="programs that keep arrays and views in containers")
    parser.add_argument("--thorough", action="store_true", help="those two for unknown types and forward too")
    parser.add_argument("--shrink", action="store_true", help="make sharing programs that fail smaller")
    options = parser.parse_args()
    if options.mutating or options.sharing:
        run = run_sharing if options.sharing else run_mutating
        smaller = shrink_sharing if options.sharing and options.shrink else None
        return judged_campaign(run, options.seed, options.count, options.show, options.thorough, smaller)
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
