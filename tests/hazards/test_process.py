"""Threads, pickling, other processes, `python -O`, tracing, and caches that outlive an edit."""
from __future__ import annotations

import copy
import gc
import importlib.util
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import traceback
import weakref
from concurrent.futures import ThreadPoolExecutor
from textwrap import dedent

import numpy as np
import pytest
from tests.hazards.conftest import printed

import s2sad

X = np.array([0.3, -0.7, 1.2])
SCALE = 3.0
TABLE = np.array([1.0, 2.0, 4.0])


def loss(x, y=2.0):
    return np.sum(np.sin(x) * y) * SCALE


def reads_table(x):
    return np.sum(x * TABLE)


@s2sad.grad
def decorated(x):
    return x * x


def expected(x, y=2.0):
    return np.cos(x) * y * SCALE


# -- threads -----------------------------------------------------------------------------------------------------------


def test_threads_compile_and_call_at_the_same_time():
    live = s2sad.grad(loss)
    shapes = [(), (1,), (3,), (2, 3), (3, 1), (4,), (2, 2, 2)]
    barrier = threading.Barrier(8)

    def work(seed):
        rng = np.random.default_rng(seed)
        barrier.wait()
        for _ in range(15):
            x = rng.normal(size=shapes[rng.integers(len(shapes))])
            np.testing.assert_allclose(live(x), expected(x), rtol=1e-13)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))


def test_threads_that_compile_different_functions():
    def work(k):
        source = f"def f(x):\n    return x * {k}.0 * x\n"
        g = printed(s2sad.differentiate(source, "f"))
        return g(1.0) == 2.0 * k

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(1, 25)))


def test_reentrancy():
    inner = s2sad.grad(lambda x: x * x)

    def callback(x):
        return inner(x)

    outer = [s2sad.grad(lambda x: x * x * x)]
    results = [outer[0](callback(2.0)) for _ in range(2)]
    assert results == [48.0, 48.0]


# -- pickling ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_gradient_pickles(protocol):
    live = s2sad.grad(loss)
    again = pickle.loads(pickle.dumps(live, protocol))
    np.testing.assert_allclose(again(X), expected(X))
    live(X)
    again = pickle.loads(pickle.dumps(live, protocol))
    np.testing.assert_allclose(again(X), expected(X))
    np.testing.assert_allclose(again(X, y=3.0), expected(X, 3.0))
    assert again.__name__ == "loss"
    assert s2sad.value_and_grad(loss, ("y", 0)).__reduce_ex__(2)
    value, (d_y, d_x) = pickle.loads(pickle.dumps(s2sad.value_and_grad(loss, ("y", 0))))(X, 2.0)
    assert value == loss(X)
    assert d_y == pytest.approx(np.sum(np.sin(X)) * SCALE)
    np.testing.assert_allclose(d_x, expected(X))


def test_a_decorated_function_pickles():
    again = pickle.loads(pickle.dumps(decorated))
    assert again(3.0) == 6.0


def test_a_lambda_and_a_closure_pickle_once_compiled():
    """Compiled functions pickle by source: what they read travels with them."""
    table = np.array([1.0, 2.0, 3.0])
    scale = 2.0
    live = s2sad.grad(lambda x: np.sum(x * table) * scale)
    live(X)
    again = pickle.loads(pickle.dumps(live))
    np.testing.assert_array_equal(again(X), [2.0, 4.0, 6.0])


def test_a_pickle_carries_the_captured_arrays():
    live = s2sad.grad(reads_table)
    live(X)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(live))(X), TABLE)


def test_copies():
    live = s2sad.grad(loss)
    live(X)
    np.testing.assert_allclose(copy.copy(live)(X), expected(X))
    np.testing.assert_allclose(copy.deepcopy(live)(X), expected(X))


def call(pair):
    function, x = pair
    return function(x)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_other_processes(method):
    if method not in multiprocessing.get_all_start_methods():
        return
    script = dedent(f"""
        import multiprocessing
        import numpy as np
        import s2sad
        from worker import call, loss

        if __name__ == "__main__":
            with multiprocessing.get_context({method!r}).Pool(2) as pool:
                live = s2sad.grad(loss)
                before = pool.map(call, [(live, 1.0), (live, np.ones(3))])
                live(1.0)
                after = pool.map(call, [(live, 1.0), (live, np.ones(3))])
            for a, b in zip(before, after, strict=True):
                np.testing.assert_array_equal(a, b)
            assert before[0] == 2.0
            print("right")
    """)
    worker = "import numpy as np\ndef loss(x):\n    return np.sum(x * x)\ndef call(pair):\n    return pair[0](pair[1])\n"
    run_script(script, {"worker.py": worker})


def run_script(script, files=None, options=(), **environment):
    """Run a script in a folder of its own; it must print `right` and nothing else."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        for name, text in {"main.py": script, **(files or {})}.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        source = os.path.dirname(os.path.dirname(s2sad.__file__))
        env = {**os.environ, "PYTHONPATH": source, **environment}
        done = subprocess.run(
            [sys.executable, *options, "main.py"], cwd=folder, env=env, capture_output=True, text=True
        )
    assert (done.stdout, done.stderr, done.returncode) == ("right\n", "", 0)


# -- how Python runs ---------------------------------------------------------------------------------------------------

CHECKS = """
import numpy as np
import s2sad

def loss(x, y):
    '''Doc.'''
    return np.sum(np.sin(x) * y)

live = s2sad.value_and_grad(loss, (0, 1))
value, (d_x, d_y) = live(np.ones(3), np.full(3, 2.0))
if not np.allclose(d_x, 2 * np.cos(1.0)) or not np.allclose(d_y, np.sin(1.0)):
    raise SystemExit("wrong")
module = {}
exec(live.signature_source(np.ones(3), np.ones(3)), module)
try:
    module["loss_value_and_grad"](np.ones((3, 1)), np.ones(3))
except ValueError as error:
    if "generated for" not in str(error):
        raise SystemExit("message")
else:
    raise SystemExit("no guard")
try:
    s2sad.grad(loss)(np.arange(3), np.ones(3))
except s2sad.DifferentiationError as error:
    if error.code != "S2S300":
        raise SystemExit("code")
else:
    raise SystemExit("not refused")
print("right")
"""


@pytest.mark.parametrize("options", [(), ("-O",), ("-OO",), ("-W", "error"), ("-X", "dev"), ("-I",), ("-S",)], ids=" ".join)
def test_guards_do_not_depend_on_how_python_runs(options):
    source = os.path.dirname(os.path.dirname(s2sad.__file__))
    packages = os.path.dirname(os.path.dirname(np.__file__))
    script = f"import sys\nsys.path[:0] = [{source!r}, {packages!r}]\n{CHECKS}"
    run_script(script, options=options)


def test_tracing_does_not_disturb():
    seen = []

    def tracer(frame, event, arg):
        seen.append(event)
        return tracer

    live = s2sad.grad(loss)
    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        found = live(X)
    finally:
        sys.settrace(before)
    np.testing.assert_allclose(found, expected(X))
    assert seen


def test_a_traceback_shows_the_generated_line():
    def fails(x, w):
        return np.sum(np.dot(x, w))

    live = s2sad.grad(fails)
    with pytest.raises(ValueError, match=r"shapes|aligned|mismatch") as caught:
        live(X, np.ones((4, 2)))
    shown = "".join(traceback.format_exception(caught.value))
    assert "np.dot(x, w)" in shown or "np.matmul" in shown


# -- caches ------------------------------------------------------------------------------------------------------------


def load(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_file_that_is_edited_and_loaded_again(tmp_path):
    path = tmp_path / "edited.py"
    path.write_text("def f(x):\n    return x * x\n", encoding="utf-8")
    first = load(path, "edited")
    live = s2sad.grad(first.f)
    assert live(2.0) == 4.0
    path.write_text("# a line more\ndef f(x):\n    return x * x * x\n", encoding="utf-8")
    os.utime(path, (1, 1))
    second = load(path, "edited")
    assert s2sad.grad(second.f)(2.0) == 12.0
    assert live(2.0) == 4.0


def test_a_file_that_was_edited_after_its_import_is_refused(tmp_path):
    path = tmp_path / "stale.py"
    path.write_text("def f(x):\n    return x * x\n", encoding="utf-8")
    module = load(path, "stale")
    path.write_text("def f(x):\n    return x * x * x\n", encoding="utf-8")
    with pytest.raises(s2sad.DifferentiationError) as caught:
        s2sad.grad(module.f)(2.0)
    assert caught.value.code == "S2S007"


def test_static_reading_sees_an_edit(tmp_path):
    helper = tmp_path / "helper.py"
    helper.write_text("def h(x):\n    return x * x\n", encoding="utf-8")
    source = "from helper import h\ndef f(x):\n    return h(x)\n"
    filename = str(tmp_path / "main.py")
    assert printed(s2sad.differentiate(source, "f", filename=filename))(2.0) == 4.0
    helper.write_text("def h(x):\n    return x * x * x\n", encoding="utf-8")
    assert printed(s2sad.differentiate(source, "f", filename=filename))(2.0) == 12.0


def test_differentiating_keeps_no_argument_alive():
    live = s2sad.grad(loss)
    x = np.ones(1000)
    gone = weakref.ref(x)
    live(x)
    del x
    gc.collect()
    assert gone() is None


def test_importing_changes_nothing_global():
    script = dedent("""
        import sys, warnings, threading
        import numpy as np
        before = (sys.getrecursionlimit(), np.geterr(), list(warnings.filters), threading.active_count(), sys.gettrace())
        import s2sad
        s2sad.grad(eval)
        s2sad.differentiate("def f(x):\\n    return x * x\\n", "f")
        after = (sys.getrecursionlimit(), np.geterr(), list(warnings.filters), threading.active_count(), sys.gettrace())
        assert before == after, (before, after)
        assert "scipy" not in sys.modules and "sklearn" not in sys.modules
        print("right")
    """)
    run_script(script)
