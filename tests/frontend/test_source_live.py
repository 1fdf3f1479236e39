"""Finding the text of live functions, and what their names mean."""

import doctest
import functools
import importlib.util
import linecache
import math
import types
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from s2sad.errors import DifferentiationError
from s2sad.frontend.live import LiveScope, live_function, watcher
from s2sad.frontend.scope import Known, Namespace, Unreadable, UserFunction, attribute, entity_of

SCALE = 2.0
PAIR = (lambda x: x + 1.0), (lambda x: x + 2.0)
TWINS = (lambda x: x * x), (lambda x: x * x)


def helper(x):
    return x * SCALE


def wrapping(function):
    @functools.wraps(function)
    def wrapper(*args):
        return 2.0 * function(*args)

    return wrapper


@wrapping
def wrapped(x):
    return x


def documented(x, n=3, *, scale=SCALE):
    """Return something."""
    return np.sin(helper(x)) * n * scale


class Model:
    weight = 3.0

    def loss(self, x):
        return self.weight * x

    def __call__(self, x):
        return x


def load(tmp_path, text, name="user_module"):
    path = tmp_path / f"{name}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return path, module


def code_of(function):
    with pytest.raises(DifferentiationError) as caught:
        live_function(function)
    return caught.value.code


def test_function():
    source = live_function(documented)
    assert source.name == "documented"
    assert source.file.segment(source.node).startswith("def documented(x, n=3")
    assert {name: default.value for name, default in source.defaults.items()} == {"n": 3, "scale": 2.0}
    assert source.bound == ()


def test_the_same_function_gives_the_same_node():
    assert live_function(documented).node is live_function(documented).node


def test_lambdas_on_one_line_are_told_apart():
    texts = [live_function(function).file.segment(live_function(function).node) for function in PAIR]
    assert texts == ["lambda x: x + 1.0", "lambda x: x + 2.0"]
    assert live_function(PAIR[0]).name == "<lambda>"


def test_identical_lambdas_on_one_line_have_a_text():
    for function in TWINS:
        source = live_function(function)
        assert source.file.segment(source.node) == "lambda x: x * x"


def test_lambdas_that_differ_in_the_type_or_sign_of_a_constant():
    functions = [lambda x: x * 1, lambda x: x * 1.0, lambda x: x * True, lambda x: x + 0.0, lambda x: x + -0.0]
    texts = [live_function(one).file.segment(live_function(one).node) for one in functions]
    assert texts == [
        "lambda x: x * 1",
        "lambda x: x * 1.0",
        "lambda x: x * True",
        "lambda x: x + 0.0",
        "lambda x: x + -0.0",
    ]


def test_nested_lambda():
    outer = lambda x: lambda y: x + y  # noqa: E731
    inner = live_function(outer(1.0))
    assert inner.file.segment(inner.node) == "lambda y: x + y"
    assert inner.scope.lookup("x").value == 1.0


def test_lambda_in_a_default_and_in_a_decorator_line():
    def outer(f=lambda x: -x):
        return f

    source = live_function(outer())
    assert source.file.segment(source.node) == "lambda x: -x"


def test_wrapper_is_read_as_itself():
    source = live_function(wrapped)
    assert source.name == "wrapper"
    assert source.scope.lookup("function").value.__name__ == "wrapped"
    inner = source.scope.lookup("function").source
    assert inner.name == "wrapped"
    assert inner.file.segment(inner.node) == "def wrapped(x):\n    return x"


def test_bound_method():
    model = Model()
    source = live_function(model.loss)
    assert source.name == "Model.loss"
    assert source.bound[0].value is model


def test_unbound_method():
    assert live_function(Model.loss).bound == ()


def test_names():
    scope = live_function(documented).scope
    assert scope.lookup("np").value is np
    assert (scope.lookup("SCALE").value, scope.lookup("SCALE").name) == (2.0, "SCALE")
    assert isinstance(scope.lookup("helper"), UserFunction)
    assert scope.lookup("helper").source.name == "helper"
    assert scope.lookup("len").value is len
    assert scope.lookup("no_such_name") is None


def test_the_same_helper_is_the_same_entity():
    scope = live_function(documented).scope
    assert scope.lookup("helper") is scope.lookup("helper")


def test_closure_is_read_late():
    def outer():
        def inner(x):
            return x * factor

        early = live_function(inner)
        unbound = early.scope.lookup("factor")
        factor = 5.0
        return unbound, early.scope.lookup("factor").value, inner

    unbound, value, _ = outer()
    assert isinstance(unbound, Unreadable)
    assert value == 5.0


def test_dependencies_notice_a_rebound_global_helper_and_cell(tmp_path):
    _, module = load(tmp_path, "A = 1.0\ndef g(x): return x * A\ndef f(x): return g(x)\n")
    scope = live_function(module.f).scope
    assert scope.lookup("g").source.scope.lookup("A").value == 1.0
    assert scope.lookup("max").value is max
    before = scope.dependencies
    # a number stands for a function that may get a rule
    own_parts = {"__code__", "__defaults__", "__kwdefaults__"}
    assert [name for _, name, _ in before if name not in own_parts and not name.isdigit()] == ["g", "A", "max"]
    assert watcher(before)()
    module.A = 2.0
    assert not watcher(before)()
    module.A = next(value for _, name, value in before if name == "A")
    assert watcher(before)()
    module.max = min
    assert not watcher(before)()


def test_dependencies_notice_a_rebound_cell():
    factor = 1.0

    def inner(x):
        return x * factor

    scope = live_function(inner).scope
    scope.lookup("factor")
    assert watcher(scope.dependencies)()
    factor = 2.0
    assert not watcher(scope.dependencies)()


def test_dependencies_notice_a_helper_rebound_in_its_module(tmp_path):
    _, module = load(tmp_path, "def g(x): return x\n")
    space = types.FunctionType((lambda x: other.g(x)).__code__, {"other": module})  # noqa: F821
    scope = LiveScope(space)
    assert attribute(scope.lookup("other"), "g").source.name == "g"
    assert watcher(scope.dependencies)()
    module.g = min
    assert not watcher(scope.dependencies)()


def test_edited_file_is_noticed(tmp_path):
    path, module = load(tmp_path, "def f(x):\n    return x * 2.0\n")
    path.write_text("def f(x):\n    return x * 3.0\n")
    assert code_of(module.f) == "S2S007"


def test_edited_file_whose_text_was_read_before(tmp_path):
    path, module = load(tmp_path, "def f(x):\n    return x * 2.0\n")
    linecache.getlines(str(path))
    path.write_text("def f(x):\n    return x * 33.0\n")
    source = live_function(module.f)
    assert source.file.segment(source.node).endswith("x * 2.0")


def test_function_that_only_moved_is_found(tmp_path):
    path, module = load(tmp_path, "def f(x):\n    return x * 2.0\n")
    path.write_text("# a new comment\n\ndef f(x):\n    return x * 2.0\n")
    source = live_function(module.f)
    assert source.file.segment(source.node) == "def f(x):\n    return x * 2.0"
    assert source.file.span(source.node).line == 3


def test_reloaded_file(tmp_path):
    _, first = load(tmp_path, "def f(x):\n    return x * 2.0\n")
    live_function(first.f)
    _, second = load(tmp_path, "def f(x):\n    return x * 3.25\n")
    source = live_function(second.f)
    assert source.file.segment(source.node).endswith("x * 3.25")


def test_file_that_no_longer_parses(tmp_path):
    path, module = load(tmp_path, "def f(x):\n    return x\n")
    path.write_text("def f(x:\n")
    assert code_of(module.f) == "S2S003"


def test_function_with_an_assert_that_pytest_rewrites():
    def checked(x):
        assert x > 0
        return x

    source = live_function(checked)
    assert source.file.segment(source.node).startswith("def checked(x):\n    assert x > 0")


def test_future_annotations(tmp_path):
    _, module = load(tmp_path, "from __future__ import annotations\ndef f(x: Missing) -> Missing:\n    return x\n")
    assert live_function(module.f).node.args.args[0].annotation.id == "Missing"


def test_decorated_function_and_decorator_lambda(tmp_path):
    text = "def keep(f): return f\n@keep\n@(lambda f: f)\ndef f(x):\n    return x\n"
    _, module = load(tmp_path, text)
    source = live_function(module.f)
    assert source.file.segment(source.node) == "def f(x):\n    return x"


def test_class_with_private_names(tmp_path):
    _, module = load(tmp_path, "class C:\n    @staticmethod\n    def __f(x):\n        return x\n    g = __f\n")
    assert live_function(module.C.g).name == "C.__f"


def test_notebook_cell():
    name = "<ipython-input-1-abc>"
    text = "scale = 4.0\ndef f(x):\n    return x * scale\n"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    space = {}
    exec(compile(text, name, "exec"), space)
    source = live_function(space["f"])
    assert source.scope.lookup("scale").value == 4.0
    assert source.file.name == name


def test_doctest():
    found = []
    test = doctest.DocTestParser().get_doctest(
        ">>> f = lambda x: x * 7.5\n>>> found.append(live_function(f))\n",
        {"found": found, "live_function": live_function},
        "d",
        None,
        0,
    )
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0
    assert found[0].file.segment(found[0].node) == "lambda x: x * 7.5"


def test_exec_without_source():
    space = {}
    exec("def f(x):\n    return x\n", space)
    assert code_of(space["f"]) == "S2S006"


def generator(x):
    yield x


async def coroutine(x):
    return x


async def async_generator(x):
    yield x


@pytest.mark.parametrize("function", [generator, coroutine, async_generator, lambda x: (yield x)])
def test_generators_and_coroutines(function):
    assert code_of(function) == "S2S011"


@pytest.mark.parametrize(
    "thing",
    [math.sin, np.sin, np.sum, functools.partial(max, 1), Model, object(), functools.lru_cache(helper), [].append, 3],
)
def test_what_is_not_a_python_function(thing):
    assert code_of(thing) == "S2S012"


@pytest.mark.parametrize(
    "thing", [np, np.linalg, np.sum, np.sin, np.ones, np.eye, math.sin, len, float, 3, "a", Model, Model()]
)
def test_known_objects(thing):
    entity = entity_of(thing, "name")
    assert isinstance(entity, Known)
    assert entity.value is thing
    assert entity.name == "name"


def test_threads():
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: live_function(documented), range(64)))
    assert len({source.file.segment(source.node) for source in found}) == 1


def test_a_compiled_function_stands_for_its_primal():
    from s2sad.ir.primitives import item

    class Compiled:
        primal = staticmethod(helper)

    Compiled.__module__ = "s2sad.api"
    assert live_function(Compiled()).name == "helper"
    assert isinstance(entity_of(Compiled()), Known)
    assert isinstance(entity_of(item), Known)


def test_entity_of_a_wrapper_of_a_numpy_function_is_the_users():
    @functools.wraps(np.isscalar)
    def mine(x):
        return 2.0 * x

    assert mine.__module__.startswith("numpy")
    assert isinstance(entity_of(mine), UserFunction)


def test_entity_of_a_module_of_the_users(tmp_path):
    _, module = load(tmp_path, "A = 1.0\ndef g(x): return x\n")
    entity = entity_of(module)
    assert isinstance(entity, Namespace)
    assert attribute(entity, "A").value == 1.0
    assert attribute(entity, "g").source.name == "g"
    assert attribute(entity, "nothing") is None


def test_attributes():
    assert attribute(Known(np), "sin").value is np.sin
    assert attribute(attribute(Known(np), "linalg"), "norm").value is np.linalg.norm
    assert attribute(Known(np.add), "reduce").value == np.add.reduce
    assert attribute(Known(np), "no_such_function") is None
    assert attribute(Known(np.ones(3)), "T") is None
    assert attribute(Known(1.0), "real") is None


def test_properties_of_user_objects_are_not_run():
    class Loud:
        @property
        def weight(self):
            raise AssertionError("a property was run")

    assert isinstance(attribute(entity_of(Loud()), "weight"), Unreadable)


def nested_with_defaults(x, a):
    b = a * 2

    def inner(t, k=3.0, *, pair=(1, 2)):
        return a * t**2 + b * t + k + pair[0]

    def deep(t, r=(
        1.0
    )):  # fmt: skip
        def deeper(t, s=[1, 2][0]):
            return t * s

        return deeper(t) * r

    double = lambda t, q=2.0: t * q  # noqa: E731
    return inner(x) + deep(x) + double(x)


def test_definitions_inside_a_function_may_have_defaults():
    assert live_function(nested_with_defaults).name == "nested_with_defaults"
