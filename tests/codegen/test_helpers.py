"""Helpers are pasted under names that nothing else has, and functions are found without importing more."""
from __future__ import annotations

import builtins
import dis
import inspect
import math
import subprocess
import sys

import numpy as np
import pytest
from tests.codegen.building import VECTOR, Build, compiled, copy_of

from s2sad.analysis.memory import STORES
from s2sad.codegen.functions import Imports
from s2sad.codegen.helpers import paste
from s2sad.codegen.module import emit_module
from s2sad.codegen.wrap import WIDTH
from s2sad.ir import (
    primitives,
    primitives_math,
    primitives_nested,
    primitives_python,
    primitives_records,
    primitives_stores,
)
from s2sad.ir.program import Value
from s2sad.ir.types import FLOAT, UNKNOWN


def test_a_parameter_keeps_the_name_of_a_helper():
    b, x = Build(), Value(UNKNOWN, "_unbroadcast", True)
    function = b.function("f", (x,), b.call(primitives.unbroadcast, x, x, type_=UNKNOWN))
    text = emit_module(function)
    assert "def _unbroadcast_1(d, x):" in text
    assert "return _unbroadcast_1(_unbroadcast, _unbroadcast)" in text
    assert compiled(text, "f")(2.0) == 2.0


def test_a_variable_keeps_the_name_of_a_helper():
    b, x = Build(), Value(UNKNOWN, "x", True)
    mine = b.call(np.sin, x, type_=UNKNOWN, hint="_accumulate", named=True)
    text = emit_module(b.function("f", (x,), b.call(primitives.accumulate, mine, mine, type_=UNKNOWN)))
    assert "_accumulate = np.sin(x)" in text
    assert "return _accumulate_1(_accumulate, _accumulate)" in text
    assert compiled(text, "f")(0.5) == 2 * np.sin(0.5)


def test_helpers_call_one_another_by_their_new_names():
    used = {"_zeros_like", "_scatter", "_scatter_1"}
    texts = "\n\n".join(paste([primitives.scatter], "np", used))
    assert "def _scatter_2(" in texts
    assert "def _zeros_like_1(" in texts
    assert "_zeros_like(" not in texts.replace("_zeros_like_1(", "").replace("np.zeros_like(", "")
    namespace = {"np": np}
    exec(texts, namespace)
    np.testing.assert_array_equal(namespace["_scatter_2"](np.ones(3), 1, 2.0), [0.0, 2.0, 0.0])


def test_a_parameter_keeps_the_name_of_a_module():
    b, x = Build(), Value(FLOAT, "math", True)
    text = emit_module(b.function("f", (x,), b.builder.call(math.gamma, x, type_=FLOAT)))
    assert "import math as _math\n" in text
    assert compiled(text, "f")(5.0) == 24.0


def test_parts_of_numpy_are_not_imported_to_look_into_them():
    code = (
        "import sys, numpy; before = set(sys.modules); from s2sad.codegen.functions import Imports;"
        "Imports(frozenset()).function(numpy.sum);"
        "print([n for n in set(sys.modules) - before if n.startswith('numpy')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_function_of_a_part_of_numpy_is_found():
    imports = Imports(frozenset())
    assert imports.function(np.linalg.norm).attr == "norm"
    assert imports.function(np.fft.fft).value.attr == "fft"


HELPERS = [
    function
    for module in (
        *(primitives, primitives_math, primitives_nested, primitives_python, primitives_records, primitives_stores),
    )
    for name, function in vars(module).items()
    if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
]
SPELT = {
    *STORES,
    *(primitives_stores.make_path, primitives_python.fail, primitives_python.check, primitives_python.ignore_warnings),
}
"""What is always printed as a statement of Python's own, and never pasted."""


@pytest.mark.parametrize("helper", [one for one in HELPERS if one not in SPELT], ids=lambda helper: helper.__name__)
def test_a_pasted_helper_stands_alone_and_fits_on_its_lines(helper):
    text = "\n\n".join(paste([helper], "np"))
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    namespace = {"np": np}
    exec(compile(text, "<pasted>", "exec"), namespace)
    read = {name for item in namespace.values() if inspect.isfunction(item) for name in globals_of(item.__code__)}
    assert read <= {*namespace, *dir(builtins)}


def globals_of(code):
    """Return the names of globals that a function reads, and those that functions inside it read."""
    found = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    return found.union(*(globals_of(inner) for inner in code.co_consts if inspect.iscode(inner)))


def test_no_store_is_pasted():
    """A store is a statement; it would be wrong in silence if a copy were changed in its place."""
    text = emit_module(stores())
    assert "def _set_at" not in text
    assert "def _add_at" not in text
    assert compiled(text, "f")(np.array([1.0, 2.0])).tolist() == [3.0, 5.0]


def stores():
    b, x = Build(), Value(VECTOR, "x", True)
    changed = b.set(copy_of(b, x, "y"), 0, 3.0)
    return b.function("f", (x,), b.add(changed, 1, 3.0))
