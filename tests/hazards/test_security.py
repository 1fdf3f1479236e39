"""Sources that nobody trusts: they are read and never run, and whatever they hold ends in a diagnostic or in right code."""
from __future__ import annotations

import ast
import os
import subprocess
import sys
import unicodedata
from pathlib import Path
from textwrap import dedent

import pytest
from tests.hazards.conftest import printed

import s2sad

SQUARE = "def f(x):\n    return x * x\n"


# -- nothing is run ----------------------------------------------------------------------------------------------------

TRAPS = [
    "open({trap!r}, 'w')",
    "__import__('os').system('touch ' + {trap!r})",
    "import evil",
    "from evil import *",
    "@open({trap!r}, 'w').write\ndef g():\n    pass",
    "def g(x=open({trap!r}, 'w')):\n    return x",
    "def g(x: open({trap!r}, 'w')) -> open({trap!r}, 'w'):\n    return x",
    "class A(open({trap!r}, 'w')):\n    y = open({trap!r}, 'w')",
    "class M(type):\n    def __prepare__(*a):\n        open({trap!r}, 'w')\n        return dict()\nclass B(metaclass=M):\n    pass",
    "C = [open({trap!r}, 'w') for _ in range(1)]",
    "C = f\"{{open({trap!r}, 'w')}}\"",
    "if open({trap!r}, 'w'):\n    C = 1.0",
    "__all__ = [open({trap!r}, 'w')]",
    "import numpy as np\nnp.save({trap!r}, 1)",
    "import pickle\nC = pickle.load(open({trap!r}, 'wb'))",
    "C = (lambda: open({trap!r}, 'w'))()",
    "x: open({trap!r}, 'w') = 1.0",
    "raise SystemExit(3)",
    "while True:\n    pass",
    "import sys\nsys.setrecursionlimit(10)",
]


@pytest.mark.parametrize("trap", TRAPS, ids=range(len(TRAPS)))
def test_what_stands_beside_the_function_is_not_run(trap, tmp_path):
    sign = tmp_path / "sign"
    (tmp_path / "evil.py").write_text(f"open({str(sign)!r}, 'w')\ndef h(x):\n    return x\n", encoding="utf-8")
    source = trap.format(trap=str(sign)) + "\n" + SQUARE
    text = s2sad.differentiate(source, "f", filename=str(tmp_path / "user.py"))
    assert printed(text)(3.0) == 6.0
    assert not sign.exists()


BODIES = [
    ("def f(x, y=open({trap!r}, 'w')):\n    return x * x", None),
    ("def f(x, y=__import__('os').system('touch ' + {trap!r})):\n    return x * x", None),
    ("@open({trap!r}, 'w').write\ndef f(x):\n    return x * x", "S2S008"),
    ("def f(x: open({trap!r}, 'w')) -> open({trap!r}, 'w'):\n    return x * x", None),
    ("def f(x: \"__import__('os').system('touch {trap}')\"):\n    return x * x", None),
    ("def f(x: 'float64[open({trap})]'):\n    return x * x", None),
    ("C = open({trap!r}, 'w')\ndef f(x):\n    return x * C", "S2S113"),
    ("from evil import h\ndef f(x):\n    return h(x) * x", None),
    ("import evil\ndef f(x):\n    return evil.h(x) * x", None),
    ("import evil.deep as d\ndef f(x):\n    return d.h(x) * x", None),
    ("def f(x):\n    open({trap!r}, 'w')\n    return x * x", "S2S200"),
    ("def f(x):\n    return x * (lambda: open({trap!r}, 'w'))()", "S2S200"),
    ("def f(x):\n    return x * eval(\"open({trap!r}, 'w')\")", "S2S200"),
    ("def f(x):\n    exec(\"open({trap!r}, 'w')\")\n    return x", "S2S200"),
    ("def f(x):\n    return x.__class__.__base__.__subclasses__()[0]", None),
    ("import numpy as np\ndef f(x):\n    np.save({trap!r}, x)\n    return x * x", "S2S200"),
    ("import numpy as np\ndef f(x):\n    return x * np.load({trap!r}, allow_pickle=True)", "S2S200"),
    ("import numpy as np\ndef f(x):\n    return np.f2py.os.system('touch ' + {trap!r}) * x", None),
    ("import numpy as np\ndef f(x):\n    return np.testing.runstring(\"open({trap!r}, 'w')\", {{}}) * x", None),
]


@pytest.mark.parametrize(("body", "code"), BODIES, ids=range(len(BODIES)))
def test_the_function_itself_is_not_run(body, code, tmp_path):
    sign = tmp_path / "sign"
    (tmp_path / "evil.py").write_text(f"open({str(sign)!r}, 'w')\ndef h(x):\n    return x\n", encoding="utf-8")
    source = body.format(trap=str(sign)) + "\n"
    for style in ("readable", "ssa"):
        try:
            s2sad.differentiate(source, "f", filename=str(tmp_path / "user.py"), style=style)
        except s2sad.DifferentiationError as error:
            assert code is None or error.code == code, str(error)
            assert not sign.exists()
        else:
            assert code is None
    assert not sign.exists()


def test_types_are_read_and_not_evaluated(tmp_path):
    sign = tmp_path / "sign"
    for types in [f"x: __import__('os').system('touch {sign}')", f"x: float64[open('{sign}', 'w')]", "x: float; y" * 1000, "x: \x00"]:
        with pytest.raises(s2sad.DifferentiationError) as caught:
            s2sad.differentiate(SQUARE, "f", types=types)
        assert caught.value.code == "S2S010"
    assert not sign.exists()


@pytest.mark.parametrize("name", ["f; import os", "__import__('os')", "f()", "", "\n", "f\x00", "lambda", "f.__globals__", "é" * 10000])
def test_names_of_targets_are_names(name):
    with pytest.raises(s2sad.DifferentiationError) as caught:
        s2sad.differentiate(SQUARE, name)
    assert caught.value.code in ("S2S004", "S2S005")


@pytest.mark.parametrize("module", ["__main__", "os", "sys", "subprocess", "antigravity", "this", "ctypes", "numpy.distutils", "..", "..x"])
def test_imports_of_other_modules_import_nothing(module, tmp_path):
    before = set(sys.modules)
    source = f"from {module} import h\ndef f(x):\n    return x * x\n"
    assert printed(s2sad.differentiate(source, "f", filename=str(tmp_path / "user.py")))(3.0) == 6.0
    with pytest.raises(s2sad.DifferentiationError):
        s2sad.differentiate(source.replace("x * x", "h(x) * x"), "f", filename=str(tmp_path / "user.py"))
    assert not {name for name in set(sys.modules) - before if not name.startswith(("numpy", "s2sad", "encodings"))}


def test_a_neighbour_outside_of_the_folder_is_not_read(tmp_path):
    (tmp_path / "secret.py").write_text("PASSWORD = 42.0\n", encoding="utf-8")
    inner = tmp_path / "inner"
    inner.mkdir()
    link = inner / "linked.py"
    for source in ["from ..secret import PASSWORD", "import secret\nPASSWORD = secret.PASSWORD"]:
        text = f"{source}\ndef f(x):\n    return x * PASSWORD\n"
        with pytest.raises(s2sad.DifferentiationError):
            s2sad.differentiate(text, "f", filename=str(inner / "user.py"))
    os.mkfifo(link)
    with pytest.raises(s2sad.DifferentiationError):
        s2sad.differentiate("from linked import h\ndef f(x):\n    return h(x)\n", "f", filename=str(inner / "user.py"))


def test_neighbours_that_import_each_other(tmp_path):
    (tmp_path / "a.py").write_text("from b import h\n", encoding="utf-8")
    (tmp_path / "b.py").write_text("from a import h\n", encoding="utf-8")
    with pytest.raises(s2sad.DifferentiationError):
        s2sad.differentiate("from a import h\ndef f(x):\n    return h(x)\n", "f", filename=str(tmp_path / "user.py"))


# -- hostile texts -----------------------------------------------------------------------------------------------------


def nested(opening, closing, depth, inner="x"):
    return f"def f(x):\n    return {opening * depth}{inner}{closing * depth}\n"


HOSTILE = {
    "brackets": nested("(", ")", 100_000),
    "lists": nested("[", "]", 100_000),
    "unbalanced": "def f(x):\n    return " + "(" * 100_000,
    "minus": nested("-", "", 100_000),
    "not": nested("not ", "", 100_000),
    "calls": nested("abs(", ")", 3_000),
    "attributes": "def f(x):\n    return x" + ".T" * 20_000 + "\n",
    "subscripts": "def f(x):\n    return x" + "[0]" * 20_000 + "\n",
    "sum": "def f(x):\n    return " + " + ".join(["x"] * 20_000) + "\n",
    "product": "def f(x):\n    return " + " * ".join(["x"] * 20_000) + "\n",
    "powers": "def f(x):\n    return " + " ** ".join(["x"] * 5_000) + "\n",
    "comparisons": "def f(x):\n    return x if " + " < ".join(["x"] * 20_000) + " else x * x\n",
    "and": "def f(x):\n    return x if " + " and ".join(["x"] * 20_000) + " else x * x\n",
    "conditionals": "def f(x):\n    return " + "x if x else " * 5_000 + "x\n",
    "lambdas": nested("(lambda x: ", ")(x)", 3_000),
    "blocks": "def f(x):\n" + "".join(" " * k + "if x:\n" for k in range(1, 99)) + " " * 99 + "x = x * x\n return x\n",
    "loops": "def f(x):\n" + "".join(" " * k + f"for i{k} in range(2):\n" for k in range(1, 19)) + " " * 19 + "x = x * x\n return x\n",
    "branches": "def f(x):\n" + "    if x > 1.0:\n        x = x * x\n" * 500 + "    return x\n",
    "returns": "def f(x):\n" + "".join(f"    if x > {k}.0:\n        return x * {k}\n" for k in range(2_000)) + "    return x\n",
    "both arms": "def f(x):\n" + "    if x > 1.0:\n        x = x * x\n    else:\n        if x > 2.0:\n            return x\n" * 300
    + "    return x\n",
    "doubling calls": "def g0(x):\n    return x * x\n"
    + "".join(f"def g{k}(x):\n    return g{k - 1}(x) + g{k - 1}(x + 1.0)\n" for k in range(1, 40))
    + "def f(x):\n    return g39(x)\n",
    "many calls": "def g(x):\n    return x * 1.01\ndef f(x):\n" + "    x = g(x)\n" * 300 + "    return x\n",
    "huge integer": "def f(x):\n    return x * " + "9" * 5_000 + "\n",
    "huge power": "def f(x):\n    return x * 10 ** 10 ** 10\n",
    "huge global": "C = 10 ** 10 ** 10\ndef f(x):\n    return x * C\n",
    "huge shift": "C = 1 << 10 ** 12\ndef f(x):\n    return x * C\n",
    "huge repeat": "C = (1.0,) * 10 ** 10\ndef f(x):\n    return x * C[0]\n",
    "huge text": "C = 'a' * 10 ** 11\ndef f(x):\n    return x * len(C)\n",
    "huge range": "C = list(range(10 ** 11))\ndef f(x):\n    return x * C[0]\n",
    "huge local": "def f(x):\n    y = (1.0,) * 10 ** 10\n    return x * y[0]\n",
    "huge float": "def f(x):\n    return x * 1" + "0" * 400 + ".0\n",
    "huge format": "C = '%999999999d' % 1\ndef f(x):\n    return x\n",
    "huge string": "def f(x, s='" + "a" * 1_000_000 + "'):\n    return x\n",
    "huge name": "def f(" + "x" * 100_000 + "):\n    return " + "x" * 100_000 + "\n",
    "many parameters": "def f(" + ", ".join(f"x{k}" for k in range(300)) + "):\n    return x0 * x1\n",
    "long line": "def f(x):\n    y = '" + "a" * 200_000 + "'; return x * x $\n",
    "null": "def f(x):\n    return x\x00 * x\n",
    "surrogate": "def f(x):\n    return x * '\ud800'\n",
    "byte order": "\ufeffdef f(x):\n    return x * x\n",
    "controls": "def f(x):\n    return x * x \x1b[31m\n",
    "bidi": "def f(x):\n    return x * x # \u202e } \u2066 if admin\n",
    "tabs": "def f(x):\n\tif x:\n        x = x * x\n\treturn x\n",
    "empty": "",
    "binary": "".join(map(chr, range(256))),
    "decorators": "@s2sad.grad\n" * 1_000 + "def f(x):\n    return x * x\n",
    "defs": "def f(x):\n    return x * x\n" * 2_000,
    "aliases": "def g(x):\n    return x * x\nh0 = g\n" + "".join(f"h{k} = h{k - 1}\n" for k in range(1, 5_000)) + "f = h4999\n",
    "cycle": "f = g\ng = f\n",
    "doubling tuples": "t0 = (1.0, 1.0)\n" + "".join(f"t{k} = (t{k - 1}, t{k - 1})\n" for k in range(1, 60)) + "def f(x):\n    return x * t59[0]\n",
    "doubling locals": "def f(x):\n    t0 = (x, x)\n" + "".join(f"    t{k} = (t{k - 1}, t{k - 1})\n" for k in range(1, 60)) + "    return t59\n",
    "doubling products": "def f(x):\n    y = x\n" + "    y = y * y + y\n" * 100 + "    return y\n",
}

DRIVER = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30))
resource.setrlimit(resource.RLIMIT_CPU, (300, 300))
import s2sad
for path in sys.argv[1:]:
    with open(path, encoding="utf-8", errors="surrogatepass", newline="") as file:
        source = file.read()
    for style in ("readable", "ssa"):
        try:
            text = s2sad.differentiate(source, "f", style=style)
            compile(text, "<printed>", "exec")
            outcome = "made"
        except s2sad.DifferentiationError as error:
            outcome = "refused" if len(str(error)) < 5_000 else "refused at great length"
        except BaseException as error:
            outcome = "crashed with " + type(error).__name__
        print(outcome, flush=True)
"""


def outcomes(names, folder):
    """Compile hostile texts in a process of their own; return what became of each.

    The process has 3 GiB of memory and five minutes of processor time, some ten times what it takes: a text that
    takes for ever is found, and a machine that is slow or busy is not mistaken for one.
    """
    paths = [Path(folder) / f"case{k}" for k in range(len(names))]
    for path, name in zip(paths, names, strict=True):
        path.write_bytes(HOSTILE[name].encode("utf-8", "surrogatepass"))
    command = [sys.executable, "-c", DRIVER, *map(str, paths)]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    lines, end = done.stdout.splitlines(), f"ended with {done.returncode}: {done.stderr[-500:]}"
    lines += [end] * (2 * len(names) - len(lines))
    return {name: lines[2 * k : 2 * k + 2] for k, name in enumerate(names)}


# those that could take memory or time for ever have a process each, so that one does not hide the others
ALONE = [name for name in HOSTILE if name.startswith(("huge", "doubling", "loops"))]
TOGETHER = [name for name in HOSTILE if name not in ALONE]


@pytest.mark.parametrize("names", [TOGETHER[k::4] for k in range(4)] + [[name] for name in ALONE], ids=lambda names: names[0])
def test_hostile_texts_give_a_diagnostic_or_code(names, tmp_path):
    found = outcomes(names, tmp_path)
    wrong = {name: lines for name, lines in found.items() if not set(lines) <= {"made", "refused"}}
    assert not wrong


CONTROLS = "\x1b\x07\x9b\u202e\u2066\u200b\ufeff\x7f\x08"


@pytest.mark.parametrize("command", [["grad"], ["check", "--args", "1.0"], ["trace", "--at", "2"]], ids=lambda words: words[0])
def test_control_characters_do_not_reach_the_terminal(command, tmp_path):
    """Escape sequences in a file must not act on the terminal: diagnostics show them escaped."""
    path = tmp_path / "case.py"
    first, *rest = command
    for text in (
        f"def f(x):\n    return unknown(x) * '{CONTROLS}[2J' # {CONTROLS}[31m red\n",
        f"def f(x):\n    return x * x {CONTROLS}\n",
    ):
        path.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "s2sad", first, f"{path}:f", *rest], capture_output=True, text=True,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        assert done.returncode == 2
        assert not set(CONTROLS) & set(done.stdout + done.stderr)
        assert "Traceback" not in done.stderr


def test_control_characters_do_not_reach_the_printed_text():
    source = "def f(x, kind='\x1b[31m'):\n    y = x * x if kind == '\u202e' else x * 2.0  # \x1b[2J \u202e\n    return y * x\n"
    for style in ("readable", "ssa"):
        text = s2sad.differentiate(source, "f", style=style)
        assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]
        assert printed(text)(3.0) == 12.0


def test_the_printed_module_calls_only_what_the_function_called():
    """Whatever stands in the source, the printed module imports NumPy alone and calls no builtin that reaches out."""
    source = dedent("""
        import numpy as np, os, subprocess
        def g(x, cmd="rm -rf /"):
            return x * len(cmd)
        def f(x):
            "os.system('boom')"
            return g(x) * np.sum(x)  # os.system('boom')
    """)
    tree = ast.parse(s2sad.differentiate(source, "f"))
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert imported == ["numpy"]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"os", "subprocess", "eval", "exec", "open", "__import__", "compile", "getattr"}
