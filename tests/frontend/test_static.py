"""Reading functions out of files, without running them."""

import os

import numpy as np
import pytest

from s2sad.errors import DifferentiationError
from s2sad.frontend.scope import Decorated, Derived, Known, Namespace, Unreadable, UserFunction, attribute
from s2sad.frontend.static import read_function


@pytest.fixture
def read(tmp_path):
    def read(text, name="f", path="target.py"):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return read_function(str(file), name)

    return read


@pytest.fixture
def refused(read):
    def refused(text, name="f"):
        with pytest.raises(DifferentiationError) as caught:
            read(text, name)
        (found,) = caught.value.diagnostics
        return found

    return refused


def constant(read, text, name="A"):
    entity = read(f"{text}\ndef f(x): return x\n").scope.lookup(name)
    return entity.value if isinstance(entity, Known) else entity


def test_function(read):
    source = read("import numpy as np\n\ndef f(x, n=3, *, eps=1e-6):\n    return np.sum(x) * n\n")
    assert source.name == "f"
    assert source.file.segment(source.node) == "def f(x, n=3, *, eps=1e-6):\n    return np.sum(x) * n"
    assert {name: default.value for name, default in source.defaults.items()} == {"n": 3, "eps": 1e-6}
    assert source.scope.lookup("np").value is np
    assert source.scope.lookup("len").value is len
    assert source.scope.lookup("nothing") is None


def test_text_that_is_not_in_a_file():
    source = read_function("<stdin>", "f", "def f(x): return x\n")
    assert source.file.name == "<stdin>"


def test_nothing_is_executed(read, tmp_path):
    trace = tmp_path / "trace"
    text = f"""
def touch(name):
    open({str(trace)!r}, "a").write(name)
touch("top level")
class C(touch("base")):
    touch("class body")
def f(x, y=touch("default"), z: touch("annotation") = 1.0) -> touch("return"):
    return x * A
A = 2.0
B = touch("constant")
raise SystemExit(3)
"""
    source = read(text)
    assert source.scope.lookup("A").value == 2.0
    assert isinstance(source.scope.lookup("B"), Unreadable)
    assert isinstance(source.defaults["y"], Unreadable)
    assert not trace.exists()


def test_decorators_and_neighbours_are_not_executed(read, tmp_path):
    trace = tmp_path / "trace"
    (tmp_path / "helpers.py").write_text(f"open({str(trace)!r}, 'w')\ndef g(x): return x\n")
    source = read("from helpers import g\ndef f(x): return g(x)\n")
    assert source.scope.lookup("g").source.name == "g"
    assert not trace.exists()


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("import numpy as np", "np", np),
        ("import numpy", "numpy", np),
        ("import numpy.linalg", "numpy", np),
        ("import numpy.linalg as la", "la", np.linalg),
        ("from numpy import exp", "exp", np.exp),
        ("from numpy import exp as e", "e", np.exp),
        ("from numpy.linalg import norm", "norm", np.linalg.norm),
        ("from numpy import linalg", "linalg", np.linalg),
        ("from numpy import *", "sin", np.sin),
        ("sum = 1.0\nfrom numpy import *", "sum", np.sum),
        ("import numpy as np\nxp = np", "xp", np),
        ("import numpy as np\nexp = np.exp", "exp", np.exp),
        ("import numpy as np\nif True:\n    import numpy as np", "np", np),
        ("try:\n    import numpy as np\nexcept ImportError:\n    pass", "np", np),
    ],
)
def test_imports_of_numpy(read, text, name, value):
    assert constant(read, text, name) is value


def test_import_of_math_and_scipy(read):
    import math

    import scipy.special

    assert constant(read, "from math import log", "log") is math.log
    assert constant(read, "from scipy.special import expit", "expit") is scipy.special.expit


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A = 1.5", 1.5),
        ("A = -1.5", -1.5),
        ("A = +2 ** -3", 0.125),
        ("A = 1e-3 * (2 + 3)", 5e-3),
        ("A = 2j", 2j),
        ("A: float = 3.0", 3.0),
        ("A = 'mean'", "mean"),
        ("A = None", None),
        ("A = (1, (2.0, 'x'))", (1, (2.0, "x"))),
        ("A = [1, 2]", [1, 2]),
        ("A = {'lr': 0.1, 'n': [1]}", {"lr": 0.1, "n": [1]}),
        ("B = 2.0\nA = B * B", 4.0),
        ("A = B\nB = 2.0", 2.0),
        ("A = B = 2.0", 2.0),
        ("A, B = 1.0, 2.0", 1.0),
        ("import numpy as np\nA = 2 * np.pi", 2 * np.pi),
        ("import numpy as np\nA = np.float32", np.float32),
        ("import numpy as np\nA = -np.inf", -np.inf),
        ("if True:\n    A = 2.0", 2.0),
    ],
)
def test_constants(read, text, value):
    found = constant(read, text)
    assert found == value
    assert type(found) is type(value)


def test_a_constant_knows_the_global_that_it_was_read_from(read):
    source = read("import numpy as np\nTAU = 2 * np.pi\nALIAS = np.pi\ndef f(x): return x\n")
    assert source.scope.lookup("TAU").name == "TAU"
    assert source.scope.lookup("ALIAS").name == "ALIAS"


@pytest.mark.parametrize(
    "text",
    [
        "A = g()",
        "A = 0x" + "f" * 5000,
        "A = " + "-" * 900 + "1",
        "B0 = (1, 1)\n" + "".join(f"B{i + 1} = (B{i},) * 1\n" for i in range(3)) + "A = B3",
        "B0 = (1, 1)\n" + "".join(f"B{i + 1} = (B{i}, B{i})\n" for i in range(40)) + "A = B40",
        "A = 1 if True else 2",
        "A = 1.0\nif x:\n    from unknown import *",
        "A = 1.0\nA = 2.0",
        "A = 1.0\nA += 1.0",
        "A = 1.0\nif x:\n    A = 2.0",
        "A = 1.0\ndef set():\n    global A\n    A = 2.0",
        "A = 1.0\ndel A",
        "for A in [1.0]:\n    pass",
        "with open('x') as A:\n    pass",
        "A = 1.0\nprint(A := 2.0)",
        "A = 1.0\nif (A := 2.0):\n    pass",
        "A = 1.0\nB = [(A := 2.0) for _ in range(3)]",
        "try:\n    A = 1.0\nexcept ValueError as A:\n    pass",
        "match 1:\n    case A:\n        pass",
        "(A, B) = g()",
        "A, *B = 1, 2",
        "A = A",
        "A = B\nB = A",
        "A = B",
        "A = 10 ** 10 ** 10",
        "A = 1 / 0",
        "A = 'a' * 10 ** 10",
        "A = 2.0 ** 1e10",
        "A = {**B}",
        "A = {[]: 1}",
        "A = f'{1}'",
        "A = [x for x in (1, 2)]",
        "A = [1.0]\nA[0] = 2.0",
        "A = [1.0]\nA.append(2.0)",
        "A = [1.0]\nB = A\nB[0] = 2.0",
        "A = {'x': 1.0}\ndef change():\n    A['x'] = 2.0",
        "A = {'x': 1.0}\nupdate(A)",
        "import unknown as A",
        "from unknown import A",
        "from unknown import *",
        "async def A(): pass",
        "A = 1.0\nfrom unknown import *",
    ],
)
def test_values_that_are_not_certain_are_unreadable(read, text):
    found = constant(read, text)
    assert isinstance(found, Unreadable)
    assert found.name == "A"
    assert found.reason


def test_a_list_that_is_only_read_is_known(read):
    text = "SIZES = [3, 4]\nfor s in SIZES:\n    print(SIZES[0], len(SIZES), SIZES.index(3))"
    assert constant(read, text, "SIZES") == [3, 4]


def test_the_last_definition_wins(read):
    source = read("def f(x): return 1\ndef f(x): return 2\ndef g(x): return 3\ndef g(x): return 4\n")
    assert source.file.segment(source.node).endswith("2")
    assert source.scope.lookup("g").source.node.body[0].value.value == 4


def test_conditional_definitions(read):
    source = read("if a:\n    def f(x): return 1\nif b:\n    def g(x): return 1\nelse:\n    def g(x): return 2\n")
    assert source.name == "f"
    assert isinstance(source.scope.lookup("g"), Unreadable)


def test_lambda_and_method(read):
    text = """
f = lambda x: x * x
class Model:
    class Inner:
        def loss(self, x): return x
    @staticmethod
    def g(x): return x
"""
    assert read(text).name == "f"
    assert read(text, "Model.Inner.loss").name == "Model.Inner.loss"
    assert read(text, "Model.g").name == "Model.g"


def test_an_alias_names_the_function(read):
    assert read("def g(x): return x\nf = g\n").name == "g"


def test_unicode_names_are_normalized(read):
    assert read("def ﬁt(x): return x\n", "ﬁt").name == "fit"
    assert read("def ﬁt(x): return x\n", "fit").node.name == "fit"


def test_own_decorators_are_stripped_from_the_target(read):
    for head, decorator in [
        ("from s2sad import grad", "@grad"),
        ("import s2sad", "@s2sad.grad"),
        ("import s2sad as ad", "@ad.value_and_grad(argnums=(0, 1))"),
        ("from s2sad import *", "@grad"),
        ("from s2sad import grad as g\nfrom functools import partial", "@partial(g, argnums=1)"),
    ]:
        assert read(f"{head}\n{decorator}\ndef f(x): return x\n").name == "f"


def test_a_helper_under_an_own_decorator_means_its_gradient(read):
    source = read("from s2sad import grad\n@grad\ndef g(x): return x\ndef f(x): return g(x)\n")
    helper = source.scope.lookup("g")
    assert isinstance(helper, Decorated)
    assert helper.function.source.name == "g"


@pytest.mark.parametrize("made", ["grad(u, 1)", "grad(u, argnums=1)"])
def test_a_gradient_made_at_the_top_is_known(read, made):
    source = read(f"from s2sad import grad\ndef u(x, y): return x\ng = {made}\ndef f(x): return g(x, x)\n")
    found = source.scope.lookup("g")
    assert isinstance(found, Derived)
    assert found.argnums == 1


@pytest.mark.parametrize("made", ["grad(argnums=1)(u)", "grad(u, argnums=n())", "grad(u, mode='forward')", "grad(*u)"])
def test_a_gradient_made_in_another_way_is_not_read(read, made):
    source = read(f"from s2sad import grad\ndef u(x, y): return x\ng = {made}\ndef f(x): return g(x, x)\n")
    assert isinstance(source.scope.lookup("g"), Unreadable)


@pytest.mark.parametrize(
    ("head", "decorator"),
    [
        ("", "cache"),
        ("from functools import lru_cache", "lru_cache"),
        ("from functools import lru_cache", "lru_cache(maxsize=None)"),
        ("", "property"),
        ("def grad(f): return f", "grad"),
        ("from autograd import grad", "grad"),
        ("from s2sad import grad\nfrom unknown import *", "jit"),
        ("from s2sad import grad\ngrad = jit", "grad"),
        ("", "decorators[0]"),
    ],
)
def test_other_decorators_are_refused_at_their_place(refused, head, decorator):
    found = refused(f"{head}\n@{decorator}\ndef f(x): return x\n")
    assert found.code == "S2S008"
    assert found.line == f"@{decorator}"
    assert (found.span.column, found.span.end_column) == (1, 1 + len(decorator))


def test_neighbours(read, tmp_path):
    files = {
        "pkg/__init__.py": "RATE = 0.5\nfrom .inner import deep\n",
        "pkg/inner.py": "from . import other\n"
        "from .other import g as renamed\nfrom ..pkg.other import g\nimport pkg.other\ndef deep(x): return x\n",
        "pkg/other.py": "from pkg.inner import deep\n_hidden = 1\nOPEN = 2\ndef g(x): return deep(x)\n",
        "flat.py": "def h(x): return x\nC = 3.0\n__all__ = ['h']\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    source = read(
        "import pkg, flat\n"
        "import pkg.other as other\nfrom pkg import inner, RATE, deep\nfrom flat import h, C\nfrom pkg.other import *\n"
        "def f(x): return x\n"
    )
    scope = source.scope
    assert isinstance(scope.lookup("pkg"), Namespace)
    assert scope.lookup("RATE").value == 0.5
    assert scope.lookup("C").value == 3.0
    assert scope.lookup("h").source.name == "h"
    assert scope.lookup("deep").source.file.name.endswith("inner.py")
    assert scope.lookup("OPEN").value == 2
    assert scope.lookup("_hidden") is None
    inner = scope.lookup("inner")
    for name in ("renamed", "g"):
        assert attribute(inner, name).source.name == "g"
    assert isinstance(attribute(inner, "other"), Namespace)
    assert attribute(attribute(attribute(inner, "pkg"), "other"), "OPEN").value == 2
    cycle = attribute(scope.lookup("other"), "g").source.scope.lookup("deep").source
    assert cycle.node is scope.lookup("deep").source.node


def test_a_file_of_a_package_finds_what_stands_beside_it(read, tmp_path):
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("")
    (tmp_path / "pkg" / "near.py").write_text("A = 2.0\n")
    assert read("import near\nA = near.A\ndef f(x): return x\n", path="pkg/target.py").scope.lookup("A").value == 2.0


def test_a_folder_named_like_numpy_is_not_numpy(read, tmp_path):
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "notes.py").write_text("")
    assert read("import numpy\ndef f(x): return x\n").scope.lookup("numpy").value is np


def test_star_import_respects_all(read, tmp_path):
    (tmp_path / "flat.py").write_text("def h(x): return x\nC = 3.0\n__all__ = ['h']\n")
    scope = read("from flat import *\ndef f(x): return x\n").scope
    assert scope.lookup("h").source.name == "h"
    assert scope.lookup("C") is None


def test_target_inside_a_package(read, tmp_path):
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("")
    (tmp_path / "pkg" / "math.py").write_text("A = 1.0\n")
    (tmp_path / "pkg" / "near.py").write_text("A = 2.0\n")
    text = "from .near import A\nfrom pkg.near import A as B\nimport math\ndef f(x): return x\n"
    scope = read(text, path="pkg/target.py").scope
    assert (scope.lookup("A").value, scope.lookup("B").value) == (2.0, 2.0)
    assert isinstance(scope.lookup("math"), Known)


def test_names_of_a_neighbour_that_are_not_there(read, tmp_path):
    (tmp_path / "flat.py").write_text("A = 1\n")
    found = read("from flat import B\ndef f(x): return x\n").scope.lookup("B")
    assert isinstance(found, Unreadable)


def test_a_neighbour_named_like_numpy_is_the_neighbour(read, tmp_path):
    (tmp_path / "numpy.py").write_text("def exp(x): return 0 * x\n")
    assert isinstance(read("from numpy import exp\ndef f(x): return exp(x)\n").scope.lookup("exp"), UserFunction)


def test_a_neighbour_that_does_not_parse_is_refused_at_its_own_place(read, tmp_path):
    (tmp_path / "broken.py").write_text("def g(:\n")
    scope = read("import broken\ndef f(x): return x\n").scope
    with pytest.raises(DifferentiationError) as caught:
        scope.lookup("broken")
    assert caught.value.code == "S2S003"
    assert caught.value.diagnostics[0].span.file.endswith("broken.py")


def test_missing_function(refused):
    found = refused("def loss(x): return x\nclass C:\n    def m(self): pass\n", "los")
    assert found.code == "S2S004"
    assert found.advice == "did you mean `loss`?"
    assert refused("def loss(x): return x\n", "zzz").advice == "the file defines `loss`"
    assert refused("", "f").advice == "the file defines no function"
    assert refused("def g(x): return x\n", "C.m").message == "there is no class `C`"
    assert refused("class C:\n    def method(self): pass\n", "C.methd").advice == "did you mean `C.method`?"


@pytest.mark.parametrize("name", ["", ".", "..", "f.", ".f", "f.g", "a b", "f\0", "\ud800"])
def test_names_that_cannot_be(refused, name):
    assert refused("def f(x): return x\n", name).code in ("S2S004", "S2S005")


@pytest.mark.parametrize(
    ("text", "line", "column", "end"),
    [
        ("a = 1\nf = 3\n", 2, 0, 5),
        ("class f:\n    pass\n", 1, 0, 8),
        ("if a:\n    def f(x): return 1\nelse:\n    def f(x): return 2\n", 4, 4, 22),
        ("from numpy import exp as f\n", 1, 0, 26),
        ("def f(x): return x\nf = jit(f)\n", 2, 0, 10),
    ],
)
def test_not_a_function(refused, text, line, column, end):
    found = refused(text)
    assert found.code == "S2S005"
    assert (found.span.line, found.span.column, found.span.end_column) == (line, column, end)
    assert found.line == text.split("\n")[line - 1]


@pytest.mark.parametrize(
    "text", ["async def f(x): return x\n", "def f(x):\n    yield x\n", "def f(x):\n    y = yield\n    return y\n"]
)
def test_generators_and_coroutines(refused, text):
    found = refused(text)
    assert (found.code, found.span.line, found.span.column) == ("S2S011", 1, 0)


def test_a_generator_inside_is_not_a_generator(read):
    assert read("def f(x):\n    def g():\n        yield x\n    return x\n").name == "f"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "S2S004"),
        (b"\xef\xbb\xbfdef f(x): return x\n", None),
        (b"def f(x):\r\n    return x\r\n", None),
        (b"def f(x):\r    return x\r", None),
        (b"# coding: latin-1\ndef f(x): return '\xe4'\n", None),
        (b"# -*- coding: utf-7 -*-\ndef f(x): return x\n", None),
        (b"# coding: nonsense\ndef f(x): return x\n", "S2S002"),
        (b"# coding: rot13\nqrs s(k): erghea k\n", "S2S002"),
        (b"# coding: undefined\ndef f(x): return x\n", "S2S002"),
        (b"\xef\xbb\xbf# coding: latin-1\ndef f(x): return x\n", "S2S002"),
        (b"x = 1\ndef f(x): return '\xff'\n", "S2S002"),
        (b"\xff\xfed\0e\0f\0", "S2S002"),
        (b"def f(x): return x\n\0", "S2S009"),
        (b"\0" * 1000, "S2S009"),
        (b"(" * 100_000, "S2S003"),
        (b"def f(x): return x\n" + b"-" * 100_000 + b"1", "S2S009"),
        (b"def f(x):\n" + b"".join(b" " * i + b"if x:\n" for i in range(1, 150)) + b" " * 150 + b"pass\n", "S2S003"),
    ],
)
def test_bytes_of_all_kinds(tmp_path, data, code):
    path = tmp_path / "target.py"
    path.write_bytes(data)
    if code is None:
        assert read_function(str(path), "f").name == "f"
        return
    with pytest.raises(DifferentiationError) as caught:
        read_function(str(path), "f")
    assert caught.value.code == code


def test_invalid_byte_is_placed(tmp_path):
    path = tmp_path / "target.py"
    path.write_bytes(b"x = 1\n\ny = '\xff'\n")
    with pytest.raises(DifferentiationError) as caught:
        read_function(str(path), "f")
    assert caught.value.diagnostics[0].span.line == 3
    assert "0xff" in str(caught.value)


def test_elif_chain_of_a_thousand(read):
    text = "if a: pass\n" + "elif b: pass\n" * 1000 + "def f(x): return x\n"
    with pytest.raises(DifferentiationError) as caught:
        read(text)
    assert caught.value.code == "S2S009"


def test_files_that_cannot_be_read(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, code in [
        (tmp_path / "none.py", "S2S001"),
        (tmp_path / "none" / "none.py", "S2S001"),
        ("a\0b", "S2S001"),
        ("x" * 5000, "S2S002"),
        (tmp_path, "S2S002"),
        (fifo, "S2S002"),
    ]:
        with pytest.raises(DifferentiationError) as caught:
            read_function(str(path), "f")
        assert caught.value.code == code
        assert "\n" not in caught.value.diagnostics[0].message
