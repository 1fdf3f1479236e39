"""Generated code against hand-written code, in one process: `python tests/benchmarks/run.py`.

Candidates take turns, so that what else the machine does falls on all of them; medians are compared.
"""
from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[name] = "1"

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import hand
import numpy as np

import s2sad

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
LOGISTIC_TYPES = "weights: float64[D]; inputs: float64[N, D]; targets: float64[N]"
MLP_TYPES = "params: list[tuple[float64[_, _], float64[_]]]; x: float64[N, I]; y: float64[N, C]"


def emitted(file, function, **options):
    """Return the function of a printed module, run from its text alone."""
    path = EXAMPLES / file
    text = s2sad.differentiate(path.read_text("utf-8"), function, filename=path.name, **options)
    scope = {"__name__": "emitted"}
    exec(compile(text, f"<{function}>", "exec"), scope)
    return scope[f"{function}_value_and_grad" if options.get("value") else f"{function}_grad"]


def medians(candidates, args, seconds=2.0):
    """Return the median time of a call of each candidate, in seconds."""
    begin = time.perf_counter()
    for run in candidates:
        run(*args)
    once = max((time.perf_counter() - begin) / len(candidates), 1e-7)
    inner = max(1, int(2e-4 / once))
    rounds = max(15, int(seconds / (once * inner * len(candidates))))
    times = [[] for _ in candidates]
    for _ in range(rounds):
        for own, run in zip(times, candidates, strict=True):
            begin = time.perf_counter()
            for _ in range(inner):
                run(*args)
            own.append((time.perf_counter() - begin) / inner)
    return [statistics.median(own) for own in times]


def agree(a, b):
    """Compare two results, whatever their structure."""
    if isinstance(a, tuple | list):
        for x, y in zip(a, b, strict=True):
            agree(x, y)
    else:
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def ratio(title, generated, written, args):
    """Print the ratio of a generated function to the one written by hand."""
    agree(generated(*args), written(*args))
    ours, theirs = medians([generated, written], args)
    print(f"{title:<36} {ours * 1e6:10.2f} µs {theirs * 1e6:10.2f} µs   ratio {ours / theirs:.3f}")


def processes(*commands, environment, times=15):
    """Return the median time of each whole process, run in turns; a first run of each fills the bytecode cache."""
    taken = [[] for _ in commands]
    for turn in range(times + 1):
        for own, command in zip(taken, commands, strict=True):
            begin = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
            if turn:
                own.append(time.perf_counter() - begin)
    return [statistics.median(own) for own in taken]


def calls(rng):
    """Compare emitted functions with hand-written ones."""
    print(f"{'emitted ÷ hand-written':<36} {'emitted':>13} {'by hand':>13}")
    f_grad = emitted("lecture.py", "f", argnums=("x1", "x2"), types="x1: float; x2: float")
    ratio("lecture", f_grad, hand.lecture, (2.0, 5.0))

    inputs = rng.normal(size=(1000, 20))
    args = (0.1 * rng.normal(size=20), inputs, (rng.random(1000) < 0.5).astype(np.float64))
    logistic_grad = emitted("logistic.py", "training_loss", value=True, types=LOGISTIC_TYPES)
    ratio("logistic 1000 × 20", logistic_grad, hand.logistic, args)

    mlp_grad = emitted("mlp.py", "mlp_loss", value=True, types=MLP_TYPES)
    params = [(0.05 * rng.normal(size=shape), np.zeros(shape[1])) for shape in ((784, 128), (128, 10))]
    for batch in (64, 1024):
        x, y = rng.random((batch, 784)), np.eye(10)[rng.integers(0, 10, batch)]
        ratio(f"MLP 784-128-10, batch {batch}", mlp_grad, hand.mlp, (params, x, y))
        ratio("  without the adjoint of x", mlp_grad, hand.mlp_without_inputs, (params, x, y))


def overheads():
    """Print what the wrapper, the compiler and the imports take."""
    sys.path.insert(0, str(EXAMPLES))
    import lecture

    wrapped = s2sad.grad(lecture.f, argnums=(0, 1))
    wrapped(2.0, 5.0)
    scope = {"__name__": "emitted"}
    exec(compile(wrapped.source, "<source>", "exec"), scope)
    plain = scope["f_grad"]
    ours, bare = medians([wrapped, plain], (2.0, 5.0))
    print(f"\n{'@grad adds to a call':<36} {(ours - bare) * 1e6:10.2f} µs   (≤ 0.6 wanted)")

    text = (EXAMPLES / "logistic.py").read_text("utf-8")
    taken = []
    for _ in range(9):
        begin = time.perf_counter()
        s2sad.differentiate(text, "training_loss", types=LOGISTIC_TYPES, filename="logistic.py")
        taken.append(time.perf_counter() - begin)
    print(f"{'compile the logistic gradient':<36} {statistics.median(taken) * 1e3:10.1f} ms   (≤ 50 wanted)")

    with tempfile.TemporaryDirectory() as cache:
        startup({**os.environ, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""})


def startup(environment):
    """Print what importing and starting take, with bytecode compiled beforehand as for any installed package."""
    first = "import numpy, time; t = time.perf_counter(); from s2sad import grad; print(time.perf_counter() - t)"
    added = statistics.median(
        float(subprocess.run([sys.executable, "-c", first], check=True, capture_output=True, env=environment).stdout)
        for _ in range(9)
    )
    print(f"{'import s2sad and grad, over numpy':<36} {added * 1e3:10.1f} ms   (≤ 50 wanted)")

    target = str(EXAMPLES / "logistic.py") + ":training_loss"
    # what the installed script does
    start = "import sys; from s2sad.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", start, "grad", target, "--types", LOGISTIC_TYPES]
    whole, numpy_alone = processes(command, [sys.executable, "-c", "import numpy"], environment=environment)
    print(f"{'s2sad grad ÷ import numpy, process':<36} {whole / numpy_alone:10.2f}      (≤ 2 wanted)")


if __name__ == "__main__":
    calls(np.random.default_rng(0))
    overheads()
