"""Options and fixtures that all tests share."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# Several test processes run side by side: one BLAS thread each. Set before NumPy is imported for the first time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden modules instead of comparing")


@pytest.fixture
def update_golden(request):
    return request.config.getoption("--update-golden")


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def s2sad():
    """Run the command line in a process of its own."""

    def run(*arguments, stdin=None, **environment):
        env = {**os.environ, "PYTHONIOENCODING": "utf-8", **environment}
        env.pop("NO_COLOR", None) if "NO_COLOR" not in environment else None
        return subprocess.run(
            [sys.executable, "-m", "s2sad", *map(str, arguments)],
            input=stdin, capture_output=True, text=True, encoding="utf-8", env=env, cwd=ROOT,
        )

    return run
