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


LONG = {
    "tests/programs/test_corpus.py::test_derivative": 4,
    "tests/rules/test_composed.py::test_both_sweeps_agree_with_differences": 2,
    "tests/rules/test_composed.py::test_single_precision_stays": 3,
    "tests/hazards/test_memory.py::test_every_store_under_every_name": 3,
    "tests/codegen/test_random_programs.py::test_text_does_what_the_program_does": 2,
    "tests/kernels/test_kernels.py::test_second_order": 3,
    "tests/programs/test_random.py::test_seeded_programs": 4,
    "tests/programs/test_random.py::test_trips": 3,
    "tests/programs/test_mutating.py::test_seeded_programs": 2,
    "tests/modes/test_nested.py::test_derivatives_of_what_calls_gradients": 2,
    "tests/modes/test_nested_sweeps.py::test_derivatives_of_what_calls_derivatives": 2,
    "tests/rules/test_call_forms.py::test_gradients_have_gradients": 3,
    "tests/rules/test_decompositions.py::test_both_sweeps_agree_with_differences": 2,
    "tests/recursion/test_recursion.py::test_functions_of_a_number": 2,
    "tests/recursion/test_recursion.py::test_functions_of_containers": 2,
    "tests/hazards/test_security.py::test_hostile_texts_give_a_diagnostic_or_code": 2,
    "tests/kernels/test_kernels.py::test_gradient": 2,
    "tests/kernels/test_kernels.py::test_forward_mode": 2,
    "tests/kernels/test_kernels.py::test_the_text_stands_alone": 2,
    "tests/cli/test_grad.py::test_a_refusal_is_one_diagnostic_and_status_2": 2,
    "tests/rules/test_call_forms.py::test_both_sweeps_agree_with_differences": 2,
}
"""Tests that have a long form, and how many of their cases stand for one that is run each time."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark the cases of long tests as slow but for every n-th one."""
    seen = dict.fromkeys(LONG, 0)
    for item in items:
        name = item.nodeid.partition("[")[0]
        if name in LONG and item.get_closest_marker("slow") is None:
            if seen[name] % LONG[name]:
                item.add_marker(pytest.mark.slow)
            seen[name] += 1


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
