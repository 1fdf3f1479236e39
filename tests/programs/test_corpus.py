"""Every program of the corpus, differentiated in every way."""
from __future__ import annotations

import importlib
import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
CORPUS = HERE / "corpus"
sys.path[:0] = [str(HERE), str(CORPUS)]

from examine import Program, examine
from s2sad.check import differentiable_positions

MODULES = ("regression", "networks", "physics", "language", "arrays")


def programs():
    for module_name in MODULES:
        module = importlib.import_module(module_name)
        path = CORPUS / f"{module_name}.py"
        text = path.read_text("utf-8")
        for function, arguments in module.CASES.items():
            args = arguments(np.random.default_rng(zlib.crc32(function.__name__.encode())))
            yield Program(function.__name__, text, str(path), function, args)


PROGRAMS = list(programs())


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_derivative(program):
    verdict = examine(program)
    assert not verdict.complaints, str(verdict)
    assert not verdict.refusals, str(verdict)
