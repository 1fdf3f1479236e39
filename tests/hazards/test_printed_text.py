"""The text itself: constants, precedence, strings of the user's, and the same text each time."""
from __future__ import annotations

import ast
import math
import os
import subprocess
import sys
from textwrap import dedent

import numpy as np
import pytest
from tests.hazards.conftest import identical, printed, refused

import s2sad
from s2sad.numeric import numerical_gradient

HEAD = "import numpy as np\nNEG = -2\nBIG = 2**80\nZERO = -0.0\nPAIR = (1.0, -0.0, -3.5)\n"

EXPRESSIONS = [
    "x ** NEG", "x * NEG ** 2", "NEG ** 2 * x", "(-2) ** 2 * x", "-2 ** 2 * x", "-x ** 2", "(-x) ** 2", "x ** -2", "2.0 ** -x",
    "-2.0 ** x", "x ** -2 ** 2", "(x ** 2) ** 3", "x ** 2 ** 3", "x - (x - (x * x - 1.0))", "x / (x / (x * x))", "x * x / x * x",
    "x / x / x", "x - x * x - x", "-(-x) * x", "+x * +x", "-(x * x)", "-(x + 1.0) * x", "1.0 - (x - x * x)", "2.0 / (3.0 / x)",
    "x * BIG", "x + ZERO", "x * PAIR[1]", "x * PAIR[-1]", "x * 1e-320", "x * 5e-324", "x * 1e300", "x * 0.1 + x * (1 / 3)",
    "x * 1_000.5", "x * 0x10", "x * 0b11", "x // 1.0 * x", "x % 2.0 * x", "x % -2.0 * x", "(x + 1.0) % 0.7 * (x - 1.0)",
    "x * (1 if x > 0 else 2)", "(x if x > 0 else -x) * 3", "(x > 0) * x", "(not x > 0) * x + x", "(x > 0 and x < 9) * x",
    "(x, x * x)[1]", "(lambda v: v * 2)(x) * x", "(lambda v, w=3.0: v * w)(x)", "{'a': x * x}['a']", "[x, x * x][-1]",
    "max(x, 0.5) * min(x, 9.0)", "abs(-x) * x", "sum([x, x * x])", "sum((x, x), 1.0)", "float(x) * x", "int(x) * x",
    "np.where(x > 0, x, -x) * x", "np.float64(x) * x", "len((x, x)) * x", "x * np.pi * np.e", "np.exp(-(x - 1.0) ** 2 / 2.0)",
    "np.exp(-x * x / -2.0)", "np.sum(np.array([x, -x, x * x]) ** 2)", "np.sum(np.array([[x, 1], [2, x * x]]))",
    "1.0 / (1.0 + np.exp(-x))", "(x if x > 0 else 1.0) ** (2 if x > 0 else 3)", "-(x if x > 0 else 1.0)",
    "(1.0 if x < 0 else x) - (x * x if x > 0 else 1.0)", "np.sin((lambda v: -v)(x))", "x * -1.0", "-1.0 * x * -1.0", "x - -x * x",
    "x - -2.0 * x", "x + -x ** 2", "x * (-3)", "(x - 1.0) ** 2.0", "(x * 2.0) ** 0.5", "0.5 ** x", "x ** x", "(x + 1.0) ** (x - 0.5)",
]  # fmt: skip


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions_survive_printing(expression):
    source = f"{HEAD}def f(x):\n    return {expression}\n"
    plain = {}
    exec(compile(source, "plain", "exec"), plain)
    for x in (1.3, 0.7):
        n = numerical_gradient(plain["f"], (x,))
        for style in ("readable", "ssa"):
            for types in (None, "x: float"):
                text = s2sad.differentiate(source, "f", value=True, style=style, types=types)
                value, gradient = printed(text)(x)
                identical(value, plain["f"](x))
                assert gradient == pytest.approx(n, rel=1e-6, abs=1e-6 * max(1.0, abs(n))), text


@pytest.mark.parametrize(
    ("constant", "slope"),
    [("np.inf", 7), ("-np.inf", 8), ("np.nan", 8), ("1e999", 7), ("-1e999", 8), ("(1.0, 1e999)[1]", 7), ("-(-np.inf)", 7)],
)
def test_constants_that_have_no_literal(constant, slope):
    source = f"import numpy as np\nC = {constant}\ndef f(x):\n    return np.where(x > 9.0, {constant}, x * x) + x * (1 if x < {constant} else 2)\n"
    plain = {}
    exec(compile(source, "plain", "exec"), plain)
    for style in ("readable", "ssa"):
        value, gradient = printed(s2sad.differentiate(source, "f", value=True, style=style))(3.0)
        identical(value, plain["f"](3.0))
        assert gradient == slope


def test_index_expressions_survive_printing():
    source = dedent("""
        import numpy as np
        def f(x):
            a = x[1:, ::-1][..., None]
            b = x[-1, np.newaxis, 1::2]
            c = x[:, [0, 2]]
            d = x[np.array([True, False, True])]
            e = x[:, 2] * x[(-1, 0)]
            return np.sum(a * a) + np.sum(b * b) + np.sum(c * c * c) + np.sum(d ** 2) + np.sum(e) + x[0, 0] * x[-1, -1]
    """)
    x = np.arange(12.0).reshape(3, 4) / 7.0 - 0.5
    plain = {}
    exec(compile(source, "plain", "exec"), plain)
    n = numerical_gradient(plain["f"], (x,))
    for style in ("readable", "ssa"):
        for types in (None, "x: float64[3, 4]", "x: float64[N, M]"):
            np.testing.assert_allclose(printed(s2sad.differentiate(source, "f", style=style, types=types))(x), n, atol=1e-7)


# -- what the user wrote, in comments and docstrings -------------------------------------------------------------------


def test_strings_of_the_user_stay_strings():
    source = 'import numpy as np\nNAME = "a\\"\\"\\" + open(1) # \\\\"\ndef f(x, kind=NAME):\n    """Doc with \\"\\"\\" and \\\\ and \\n."""\n' \
             '    return x * x if kind == NAME else x * 3.0  # a # comment """\n'  # fmt: skip
    plain = {}
    exec(compile(source, "plain", "exec"), plain)
    for style in ("readable", "ssa"):
        g = printed(s2sad.differentiate(source, "f", style=style))
        assert g(2.0) == 4.0
        assert g(2.0, "other") == 3.0


def test_statements_over_several_lines_stay_comments():
    source = dedent('''
        import numpy as np
        def f(x):
            y = np.sin(
                x  # the argument
            ) + len("""
        import os; raise SystemExit
        """) * x
            z = (y
                 * x); w = z * y
            return (
                w
                + z
            )
    ''')
    plain = {}
    exec(compile(source, "plain", "exec"), plain)
    for style in ("readable", "ssa"):
        found = printed(s2sad.differentiate(source, "f", style=style))(0.7)
        assert found == pytest.approx(numerical_gradient(plain["f"], (0.7,)), rel=1e-8)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", ["\x0c", "\x85", "\u2028", "\u2029", "\x0b", "\x1c", "\r", "\u202e"])
def test_no_character_ends_a_comment_early(newline, separator):
    """A comment that holds a character which some reader takes for the end of a line must not become code."""
    text = f"def f(x, s='a'):\n    y = x * x if s != 'q{separator}raise SystemExit(1)' else x\n    return y * x\n".replace("\n", newline)
    try:
        made = s2sad.differentiate(text, "f", value=True)
    except s2sad.DifferentiationError as error:
        assert separator == "\r"
        assert error.code == "S2S003"
        return
    ast.parse(made)
    value, gradient = printed(made)(2.0)
    assert (value, gradient) == (8.0, 12.0)
    for line in made.splitlines():
        assert not line.lstrip().startswith("raise SystemExit")


def test_a_file_name_with_line_breaks_stays_in_its_comment():
    made = s2sad.differentiate("def f(x):\n    return x * x\n", "f", filename="a\nraise SystemExit(1)\n.py")
    assert printed(made)(3.0) == 6.0
    made = s2sad.differentiate("def f(x):\n    return x * x\n", "f", filename='a"""\\.py')
    assert printed(made)(3.0) == 6.0


def test_every_name_is_an_identifier():
    source = "def f(x, W, été, 变量):\n    α = x * W * été * 变量\n    return α * x\n"
    for style in ("readable", "ssa"):
        tree = ast.parse(s2sad.differentiate(source, "f", argnums=(0, 1, 2, 3), style=style))
        assert all(node.id.isidentifier() for node in ast.walk(tree) if isinstance(node, ast.Name))


def test_printed_text_can_be_differentiated_again():
    source = "import numpy as np\ndef f(x):\n    return np.sin(x) * x\n"
    once = s2sad.differentiate(source, "f", types="x: float")
    try:
        twice = s2sad.differentiate(once, "f_grad", types="x: float")
    except s2sad.DifferentiationError as error:
        assert error.code == "S2S101"
        assert error.diagnostics[0].line.strip() == 'raise ValueError("f_grad was generated for x: float")'
        return
    assert printed(twice)(0.7) == pytest.approx(2 * math.cos(0.7) - 0.7 * math.sin(0.7), rel=1e-12)


def test_a_syntax_of_newer_pythons():
    if sys.version_info < (3, 12):
        refused(lambda: s2sad.differentiate("def f[T](x: T) -> T:\n    return x * x\n", "f"), "S2S003")
        return
    assert printed(s2sad.differentiate("def f[T](x: T) -> T:\n    return x * x\n", "f"))(3.0) == 6.0


# -- the same text each time -------------------------------------------------------------------------------------------

SCRIPT = """
import s2sad, sys
source = '''
import numpy as np
def f(params, x, zeta, alpha, n, flag):
    total = 0.0
    a = np.sin(x) * alpha
    b = a * zeta
    for W, c in params:
        x = np.tanh(x @ W + c) * a
        d = x * b
        b = d + a
        total = total + np.sum(b * d)
    if flag > 0.0:
        u, v, w = a * b, b * d, a * d
    else:
        u, v, w = b, a, d
    return total + np.sum(u * v + w) / n
'''
for style in ("readable", "ssa"):
    for types in (None, "params: list[tuple[float64[N, N], float64[N]]]; x: float64[N]; zeta: float64[N]; alpha: float; n: int; flag: float"):
        sys.stdout.write(s2sad.differentiate(source, "f", argnums=(0, 1, 2, 3), value=True, style=style, types=types))
"""


def test_the_text_is_the_same_under_every_hash_seed():
    found = set()
    for seed in ("1", "4242"):
        made = subprocess.run(
            [sys.executable, "-c", SCRIPT], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        )
        found.add(made.stdout)
    assert len(found) == 1
    assert found.pop().count("def ") >= 4


def test_the_text_is_the_same_in_one_process():
    def f(x, y):
        return np.sum(np.sin(x) * y)

    args = (np.ones(3), np.ones(3))
    texts = {s2sad.grad(f, (0, 1)).signature_source(*args) for _ in range(3)}
    texts |= {s2sad.grad(f, (0, 1)).signature_source(np.ones(5), np.ones(5))}
    assert len(texts) == 1


def test_what_is_printed_is_what_runs(tmp_path):
    """The text of a module, in a file of its own and a fresh interpreter without s2sad, gives the same numbers."""
    live = s2sad.value_and_grad(lambda w, x: np.sum(np.maximum(x @ w, 0.0) ** 2) / len(x), 0)
    rng = np.random.default_rng(0)
    w, x = rng.normal(size=3), rng.normal(size=(5, 3))
    expected = live(w, x)
    live.save(tmp_path / "emitted.py")
    np.savez(tmp_path / "data.npz", w=w, x=x)
    code = dedent("""
        import sys
        import numpy as np
        sys.modules["s2sad"] = None
        import emitted
        data = np.load("data.npz")
        (f,) = [v for k, v in vars(emitted).items() if callable(v) and not k.startswith("_")]
        value, gradient = f(data["w"], data["x"])
        np.savez("out.npz", value=value, gradient=gradient)
    """)
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, check=True, env={**os.environ, "PYTHONPATH": ""})
    with np.load(tmp_path / "out.npz") as out:
        np.testing.assert_array_equal(out["value"], expected[0])
        np.testing.assert_array_equal(out["gradient"], expected[1])
