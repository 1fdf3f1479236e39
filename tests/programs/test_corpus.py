"""Every program of the corpus, differentiated in every way."""
from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from examine import ENGINES, Program, compiled, examine

import s2sad
from s2sad.check import differentiable_positions

HERE = Path(__file__).resolve().parent
CORPUS = HERE / "corpus"

MODULES = (
    *("regression", "networks", "physics", "language", "functions", "arrays"),
    *("stencils", "sequences", "objects", "layers", "lists", "numerics", "models", "science", "statistics_and_filters"),
)


def programs():
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        path = CORPUS / f"{module_name}.py"
        text = path.read_text("utf-8")
        for function, arguments in module.CASES.items():
            args = arguments(np.random.default_rng(zlib.crc32(function.__name__.encode())))
            yield Program(function.__name__, text, str(path), function, args)


PROGRAMS = {program.name: program for program in programs()}

NEEDS_A_RUN = {"global_array": "S2S113"}
"""Programs that read what only running their file tells: they can be differentiated live alone."""

NEEDS_TYPES = {"starred_call": "S2S131", "augmented": "S2S140", "simpson": "S2S140"}
"""Programs whose text says too little without the types of their arguments."""
for _module in MODULES:
    NEEDS_TYPES |= getattr(importlib.import_module(_module), "NEEDS_TYPES", {})


def test_the_corpus_is_large():
    assert len(PROGRAMS) >= 290


@pytest.mark.parametrize("name", PROGRAMS)
def test_derivative(name):
    verdict = examine(PROGRAMS[name], twice=True)
    assert not verdict.complaints, str(verdict)
    refused = {refusal.split("[")[1].split("]")[0] for refusal in verdict.refusals}
    if name in NEEDS_A_RUN:
        assert "live" not in refused
        assert all(NEEDS_A_RUN[name] in refusal for refusal in verdict.refusals)
    elif name in NEEDS_TYPES:
        assert not {engine for engine in refused if engine == "live" or "typed" in engine}
        assert all(NEEDS_TYPES[name] in refusal for refusal in verdict.refusals)
    else:
        assert not refused, str(verdict)


@pytest.mark.parametrize("name", ["ridge", "mlp_pairs", "lstm", "if_elif", "conv2d_loop", "pendulum_rk4"])
def test_differentiate_is_the_same_compiler(name):
    program = PROGRAMS[name]
    wrt = differentiable_positions(program.args)
    text = s2sad.differentiate(program.text, name, argnums=wrt, value=True, filename=program.filename)
    assert text == compiled(program, wrt, "readable").text


def all_texts():
    """Return a digest of the texts of every other program that can be compiled without running its file."""
    digest = hashlib.sha256()
    for name, program in list(PROGRAMS.items())[::2]:
        if name not in NEEDS_A_RUN | NEEDS_TYPES:
            digest.update(compiled(program, differentiable_positions(program.args), "readable").text.encode())
    return digest.hexdigest()


def test_texts_do_not_depend_on_the_hash_seed():
    script = "import test_corpus; print(test_corpus.all_texts())"
    path = os.pathsep.join([str(HERE), str(CORPUS), os.environ.get("PYTHONPATH", "")])
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    digests = [process.communicate()[0].strip() for process in running]
    assert digests[0] == digests[1] != ""


def test_every_engine_is_examined():
    verdict = examine(PROGRAMS["ridge"])
    assert set(verdict.texts) == {*ENGINES, "forward", "typed forward"}
