"""How programs read: nesting, names, loops, branches, constants, comments, signatures."""
from __future__ import annotations

import ast
import math

import numpy as np
import pytest
from tests.codegen.building import Build, body_of, compiled

from s2sad.codegen.constants import Unspellable, spell
from s2sad.codegen.module import emit_module
from s2sad.codegen.text import render
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.interpret import evaluate
from s2sad.ir.program import ExitKind, Form, Function, Origin, Parameter, Source, Span, Statement, Value
from s2sad.ir.types import BOOL, FLOAT, INT, UNDEFINED, UNKNOWN, Array, Dict, List, Tuple

X, Y, N = Value(FLOAT, "x", True), Value(FLOAT, "y", True), Value(INT, "n", True)


def agree(function, *cases, **options):
    text = emit_module(function, **options)
    program = compiled(text, function.name)
    for args in cases:
        np.testing.assert_equal(program(*args), evaluate(function, args), err_msg=text)
    return body_of(text)


def test_a_value_that_is_used_once_is_nested():
    b = Build()
    result = b.op(np.multiply, b.call(np.sin, X), b.op(np.add, X, 1.0))
    assert agree(b.function("f", (X,), result), (0.3,)) == "return np.sin(x) * (x + 1.0)"


def test_a_value_that_is_used_twice_is_named_for_what_it_holds():
    b = Build()
    wave = b.call(np.sin, X)
    text = agree(b.function("f", (X,), b.op(np.multiply, wave, wave)), (0.3,))
    assert text == "sin_x = np.sin(x)\nreturn sin_x * sin_x"


def test_a_variable_of_the_user_stays_a_statement():
    b = Build()
    wave = b.call(np.sin, X, hint="wave", named=True)
    assert agree(b.function("f", (X,), b.op(np.negative, wave)), (0.3,)) == "wave = np.sin(x)\nreturn -wave"


def test_two_live_values_of_one_name():
    b = Build()
    first = b.call(np.sin, X, hint="x", named=True)
    result = b.op(np.add, first, X)
    assert agree(b.function("f", (X,), result), (0.3,)) == "x_1 = np.sin(x)\nreturn x_1 + x"


def test_an_adjoint_never_takes_a_name_of_the_user():
    b = Build()
    mine = b.call(np.sin, X, hint="d_x", named=True)
    doubled = b.op(np.multiply, mine, mine)
    b.derive()
    adjoint = b.call(np.cos, doubled, hint="d_x")
    text = agree(b.function("f", (X,), b.op(np.multiply, adjoint, adjoint)), (0.3,))
    assert text == "d_x = np.sin(x)\nd_x_1 = np.cos(d_x * d_x)\nreturn d_x_1 * d_x_1"


@pytest.mark.parametrize("name", ["sum", "np", "lambda", "match", "d-x"])
def test_no_name_hides_what_the_text_needs(name):
    b = Build()
    value = b.call(np.sin, X, hint=name)
    agree(b.function("f", (X,), b.op(np.multiply, value, b.call(np.sum, value))), (0.3,))


def test_a_parameter_that_hides_a_builtin_or_numpy():
    b, hidden = Build(), Value(List(FLOAT), "np", True)
    length = b.builder.call(len, hidden, form=Form.BUILTIN, type_=INT)
    function = b.function("f", (hidden, Value(FLOAT, "len", True)), b.call(np.sqrt, length))
    text = emit_module(function)
    assert "return numpy.sqrt(builtins.len(np))" in text
    assert compiled(text, "f")([1.0] * 4, 0.0) == 2.0


@pytest.mark.parametrize(
    "value",
    [-1.0, -0.0, math.inf, -math.inf, math.nan, 2j, -2j, 1 - 2j, complex(-0.0, 2), complex(math.nan, -math.inf), 10**30,
     np.float32(0.1), np.float64(-3.5), np.bool_(True), np.dtype(">f8"), np.int64, float, None, ...,
     np.longdouble("0.1"), (1, (2.0,), ()), [1, -2], {"a": -1.0}, slice(1, None, -1), range(3), "it's \"quoted\"\n",
     b"\x00", np.pi],
    ids=repr,
)
def test_constants_read_back(value):
    text = render(ast.Assign([ast.Name("x", ast.Store())], spell(value), lineno=0))
    namespace = {"np": np}
    exec(text, namespace)
    assert repr(namespace["x"]) == repr(value)
    assert type(namespace["x"]) is type(value)


def test_a_dtype_is_written_as_its_type():
    assert ast.unparse(spell(np.dtype("float32"))) == "np.float32"


def test_what_cannot_be_written_is_refused():
    with pytest.raises(Unspellable, match="type date"):
        spell(np.datetime64("2024-01-01"))


@pytest.mark.parametrize("base", [-2, -2.0, 2.0])
def test_powers_of_negative_constants(base):
    b = Build()
    result = b.op(np.add, b.op(np.power, base, 2), b.op(np.negative, b.op(np.power, X, 2)))
    agree(b.function("f", (X,), result), (3.0,))


def test_every_nesting_of_operators_keeps_its_meaning():
    functions = [np.add, np.subtract, np.multiply, np.divide, np.floor_divide, np.remainder, np.power]
    for outer in functions:
        for inner in functions:
            for left in (True, False):
                b = Build()
                nested = b.op(inner, X, Y)
                agree(b.function("f", (X, Y), b.op(outer, nested, Y) if left else b.op(outer, Y, nested)), (3.5, 2.25))
            b = Build()
            agree(b.function("f", (X, Y), b.op(np.negative, b.op(outer, b.op(np.negative, X), Y))), (3.0, 2.0))


def test_a_sum_of_very_many_terms():
    b = Build()
    total = X
    for _ in range(3000):
        total = b.op(np.add, total, Y)
    agree(b.function("f", (X, Y), total), (1.0, 2.0))


def arms(b, test, then, orelse, result):
    regions = []
    for arm in (then, orelse):
        inner = b.nested()
        value = arm(inner)
        regions.append(inner.builder.region((), (value,)))
    b.builder.branch(test, regions[0], regions[1], (result,))
    return result


def test_a_branch_of_short_values_is_a_conditional_expression():
    b = Build()
    test = b.op(np.greater, X, 0.0, type_=BOOL)
    result = arms(b, test, lambda i: i.call(np.sin, X), lambda i: i.const(0.0), Value(FLOAT, "s"))
    text = agree(b.function("f", (X,), b.op(np.multiply, result, 2.0)), (1.0,), (-1.0,))
    assert text == "return (np.sin(x) if x > 0.0 else 0.0) * 2.0"


def test_a_chain_of_branches():
    b = Build()
    named = {"hint": "s", "named": True}

    def second(i):
        test = i.op(np.greater, X, 0.0, type_=BOOL)
        return arms(
            i, test, lambda k: k.call(np.cos, X, **named), lambda k: k.call(np.tan, X, **named), Value(FLOAT, "s", True)
        )

    test = b.op(np.greater, X, 1.0, type_=BOOL)
    result = arms(b, test, lambda i: i.call(np.sin, X, **named), second, Value(FLOAT, "s", True))
    text = agree(b.function("f", (X,), result), (2.0,), (0.5,), (-1.0,))
    assert text == (
        "if x > 1.0:\n    s = np.sin(x)\nelif x > 0.0:\n    s = np.cos(x)\nelse:\n    s = np.tan(x)\nreturn s"
    )


def test_a_branch_that_changes_nothing_is_turned_round():
    b = Build()
    start = b.call(np.sin, X, hint="s", named=True)
    test = b.op(np.greater, X, 0.0, type_=BOOL)
    result = arms(
        b, test, lambda i: start, lambda i: i.op(np.add, start, Y, hint="s", named=True), Value(FLOAT, "s", True)
    )
    text = agree(b.function("f", (X, Y), result), (1.0, 2.0), (-1.0, 2.0))
    assert text == "s = np.sin(x)\nif not x > 0.0:\n    s = s + y\nreturn s"


def test_a_variable_that_one_branch_leaves_unbound():
    b = Build()
    test = b.op(np.greater, X, 0.0, type_=BOOL)
    maybe = arms(
        b, test, lambda i: i.call(np.sin, X, hint="s", named=True),
        lambda i: i.call(primitives.undefined, type_=UNDEFINED), Value(FLOAT, "s", True),
    )
    used = Value(FLOAT, "t", True)
    result = arms(b, test, lambda i: i.op(np.add, maybe, 1.0, hint="t", named=True), lambda i: X, used)
    text = agree(b.function("f", (X,), result), (1.0,), (-1.0,))
    assert "if x_above_zero:\n    s = np.sin(x)\nif x_above_zero:\n" in text


def test_loops_unpack_and_count():
    b, items = Build(), Value(List(Tuple((FLOAT, FLOAT))), "items", True)
    count = b.range(b.builder.call(len, items, form=Form.BUILTIN, type_=INT))
    inner = b.nested()
    k, pair, total = Value(INT, "k"), Value(Tuple((FLOAT, FLOAT)), "pair"), Value(FLOAT, "s", True)
    left, right = Value(FLOAT, "a", True), Value(FLOAT, "b", True)
    inner.builder.add(_unpack(pair, left, right))
    step = inner.op(np.add, total, inner.op(np.multiply, left, k), hint="s", named=True)
    region = inner.builder.region((k, pair, total), (step,))
    final = Value(FLOAT, "s", True)
    b.builder.scan((Source(count), Source(items)), (b.const(0.0),), region, (final,))
    text = agree(b.function("f", (items,), final), ([(1.0, 2.0), (3.0, 4.0)],), ([],))
    assert text == "s = 0.0\nfor k, (a, _) in enumerate(items):\n    s = s + a * k\nreturn s"


def _unpack(value, *results):
    from s2sad.ir.program import Call

    return Call(primitives.unpack, (value,), (), results, Origin())


def test_containers_and_helpers():
    b, params = Build(), Value(UNKNOWN, "params", True)
    keys = b.const(("W", "b"))
    made = b.call(primitives.make_dict, keys, params, b.const(2.0), type_=Dict(UNKNOWN))
    function = b.function("f", (params,), b.call(primitives.accumulate, made, made, type_=UNKNOWN))
    text = emit_module(function)
    assert text.count("def _accumulate(a, b):") == 1
    assert "import s2sad" not in text
    assert compiled(text, "f")(np.ones(2))["b"] == 4.0


def test_the_statement_of_the_user_is_a_comment():
    builder = Builder(lambda *_: FLOAT)
    span = Span("m.py", 2, 4, 2, 30)
    builder.origin = Origin(span, Statement("y = np.exp(x) + 1  # why", span))
    wave = builder.call(np.exp, X)
    total = builder.call(np.add, wave, builder.constant(1), form=Form.OPERATOR, hint="y", named=True)
    builder.origin = Origin(span, Statement("z = y * 2", span))
    plain = builder.call(np.multiply, total, builder.constant(2), form=Form.OPERATOR, hint="z", named=True)
    builder.origin = Origin(span, derived=True)
    d = builder.call(np.multiply, wave, wave, form=Form.OPERATOR, hint="d_x")
    result = builder.call(primitives.make_tuple, plain, d, type_=UNKNOWN)
    function = Function("f", (Parameter("x"),), builder.region((X,), (result,), ExitKind.RETURN))
    assert agree(function, (0.5,), banner="reverse sweep") == (
        "# y = np.exp(x) + 1  # why\nexp_x = np.exp(x)\ny = exp_x + 1\nz = y * 2\n\n"
        "# reverse sweep\nd_x = exp_x * exp_x\nreturn z, d_x"
    )


def test_kinds_of_parameters_and_the_docstring():
    values = tuple(Value(FLOAT, name, True) for name in "abcde")
    parameters = (
        Parameter("a", "POSITIONAL_ONLY"), Parameter("b", default="1.0"), Parameter("c", "VAR_POSITIONAL"),
        Parameter("d", "KEYWORD_ONLY"), Parameter("e", "KEYWORD_ONLY", "None"),
    )
    b = Build()
    function = Function("f", parameters, b.builder.region(values, (values[0],), ExitKind.RETURN), doc="Say what.")
    text = emit_module(function, header="two\nlines")
    assert text == (
        "# two\n# lines\n\nimport numpy as np\n\n\n"
        'def f(a, /, b=1.0, *c, d, e=None):\n    """Say what."""\n    return a\n'
    )


def test_named_constants():
    b = Build()
    rate = b.builder.constant(0.1, name="RATE")
    text = emit_module(b.function("f", (X,), b.op(np.multiply, X, rate)))
    assert "import numpy as np\n\nRATE = 0.1\n" in text
    assert text.endswith("return x * RATE\n")


def test_ssa_style_keeps_every_name_that_is_hinted_at():
    b = Build()
    v1, v2 = b.call(np.log, X, hint="v1"), b.op(np.multiply, X, Y, hint="v2")
    v3 = b.op(np.add, v1, v2, hint="v3")
    b.derive()
    seed = b.builder.constant(1.0, hint="d_v3")
    d = b.op(np.multiply, seed, Y, hint="d_x")
    result = b.call(primitives.make_tuple, v3, d, type_=UNKNOWN)
    text = agree(b.function("f", (X, Y), result), (2.0, 5.0), style="ssa", banner="reverse sweep")
    assert text == (
        "# primal sweep\nv1 = np.log(x)\nv2 = x * y\nv3 = v1 + v2\n"
        "# reverse sweep\nd_v3 = 1.0\nd_x = d_v3 * y\nreturn v3, d_x"
    )


def test_functions_are_found_where_they_are():
    b = Build()
    matrix = Value(Array(np.dtype(np.float64), (3, 3)), "x", True)
    root = b.builder.call(math.sqrt, b.call(np.linalg.norm, matrix), type_=FLOAT)
    text = emit_module(b.function("f", (matrix,), root))
    assert "import math\nimport numpy as np\n" in text
    assert "return math.sqrt(np.linalg.norm(x))" in text


LAYER = Tuple((Array(np.dtype(float), (2, 2)), Array(np.dtype(float), (2,))))


def test_parts_of_an_argument_are_read_where_they_are_needed():
    b, layers = Build(), Value(List(LAYER), "layers", True)
    first = b.get(layers, 0, type_=LAYER)
    matrix = b.get(first, 0, type_=LAYER.items[0])
    body = b.function("f", (layers,), b.op(np.matmul, b.op(np.add, matrix, matrix), b.get(first, 1)))
    text = agree(body, ([(np.ones((2, 2)), np.ones(2))],))
    assert text == "return (layers[0][0] + layers[0][0]) @ layers[0][1]"


def test_a_part_of_a_list_that_is_written_into_is_kept():
    b, layers = Build(), Value(List(FLOAT), "layers", True)
    first = b.get(layers, 0, type_=FLOAT)
    stored = b.set(layers, 0, 5.0)
    result = b.call(primitives.make_tuple, first, stored, b.op(np.multiply, first, first), type_=UNKNOWN)
    agree(b.function("f", (layers,), result), ([1.0, 2.0],))


def test_a_part_of_an_array_is_taken_once():
    b, x = Build(), Value(Array(np.dtype(float), (4,)), "x", True)
    tail = b.get(x, slice(1, None), type_=Array(np.dtype(float), (3,)))
    text = agree(b.function("f", (x,), b.op(np.multiply, tail, tail)), (np.arange(4.0),))
    assert text == "x_tail = x[1:]\nreturn x_tail * x_tail"


def test_an_item_of_a_saved_list_has_the_name_that_was_saved():
    b = Build()
    kept = Value(List(FLOAT))

    def body(inner, i, y):
        angle = inner.op(np.multiply, y, X)
        return inner.op(np.add, inner.call(np.sin, angle), angle), angle

    final, _ = b.loop(b.range(N), (X,), body, collects=(kept,))
    source = Value(FLOAT)
    carried = Value(FLOAT, "d_y")
    b.derive()
    inner = b.nested()
    region = inner.builder.region((source, carried), (inner.op(np.multiply, carried, inner.call(np.cos, source)),))
    end = Value(FLOAT, "d_y")
    b.builder.scan((Source(kept, True),), (b.const(1.0),), region, (end,))
    text = agree(b.function("f", (X, N), b.op(np.add, final, end)), (0.5, 0), (0.5, 3))
    assert "x_1_times_x_saved = []" in text
    assert "for x_1_times_x in reversed(x_1_times_x_saved):" in text


def test_a_variable_that_nobody_reads_stays_nameless():
    b = Build()
    (final,) = b.loop(b.range(3), (X,), lambda inner, i, y: (inner.op(np.multiply, y, 2.0),), item="_")
    assert "for _ in range(3):" in agree(b.function("f", (X,), final), (0.5,))


def test_what_is_returned_needs_no_comment_where_it_has_a_name():
    b = Build()
    span = Span("f.py", 1, 0, 1, 1)
    b.builder.origin = Origin(span, Statement("return np.sin(x) + 1", span))
    y = b.op(np.add, b.call(np.sin, X), 1, hint="y")
    b.derive()
    result = b.call(primitives.make_tuple, y, b.op(np.multiply, y, y), type_=UNKNOWN)
    assert agree(b.function("f", (X,), result), (0.5,)) == "y = np.sin(x) + 1\nreturn y, y * y"


def test_a_mask_and_a_scaled_cotangent_are_named_for_the_cotangent():
    b, d = Build(), Value(Array(np.dtype(float), (3,)), "d_h", True)
    masked = b.call(primitives.mask, b.op(np.greater, d, 0.0, type_=d.type), d, type_=d.type)
    scaled = b.op(np.multiply, b.op(np.multiply, d, b.call(np.cos, b.op(np.multiply, d, d))), masked, type_=d.type)
    text = agree(b.function("f", (d,), b.op(np.add, b.op(np.multiply, scaled, scaled), masked)), (np.arange(3.0),))
    assert "d_h_masked = np.where(d_h > 0.0, d_h, 0.0)" in text
    assert "d_h_scaled = " in text
