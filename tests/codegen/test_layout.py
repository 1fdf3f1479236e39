"""Lines that are too long are cut, and parts of long statements get lines of their own."""
from __future__ import annotations

import ast

import numpy as np
import pytest
from tests.codegen.building import Build, compiled

from s2sad.codegen.module import emit_module
from s2sad.codegen.wrap import WIDTH, phrases, room, wrapped
from s2sad.ir import primitives
from s2sad.ir.interpret import evaluate
from s2sad.ir.program import Origin, Span, Statement, Value
from s2sad.ir.types import FLOAT, UNKNOWN, Range

LONG = "a_rather_long_name_of_a_variable"
LINES = [
    f"y = {LONG} * first + {LONG} * (second + third) - {LONG}",
    f"y = -({LONG} * first + {LONG} * (second + third) - {LONG})",
    f"y = function({LONG}, {LONG}, axis=({LONG}, 1), keepdims=True)",
    f"return {LONG}, ({LONG}, {LONG}), {{'key': {LONG}, 'other': {LONG}}}",
    f"x[{LONG}] += function({LONG} * ({LONG} + 1.0), inner({LONG}, {LONG}))",
    f"y = [{LONG}, {LONG}] + [({LONG},), {LONG}]",
    f"kept.append(({LONG} @ {LONG}, np.sum({LONG}, axis=0)))",
    f"ä = {LONG} + ü * {LONG} + 'é' * ({LONG} - {LONG})",
]


@pytest.mark.parametrize("line", LINES)
def test_a_wrapped_line_says_the_same(line):
    lines = wrapped(line, 60)
    assert len(lines) > 1
    assert max(map(len, lines)) <= 72
    assert ast.dump(ast.parse("\n".join(lines))) == ast.dump(ast.parse(line))
    assert wrapped(line, len(line)) == [line]


def test_terms_stand_one_below_the_other():
    assert wrapped(LINES[0], 60) == [
        "y = (",
        f"    {LONG} * first",
        f"    + {LONG} * (second + third)",
        f"    - {LONG}",
        ")",
    ]


def test_what_cannot_be_cut_stays_whole():
    name = "x" * 90
    assert wrapped(f"y = {name}", 60) == [f"y = {name}"]
    assert wrapped("for x in y:" + " " * 60, 60) == ["for x in y:" + " " * 60]


def test_a_condition_is_cut_at_its_sign():
    assert wrapped(f"and {LONG}.shape == (len({LONG}), 3)", 50) == [f"and {LONG}.shape", f"    == (len({LONG}), 3)"]


def test_deep_in_loops_there_is_still_room():
    assert room(1) == WIDTH - 4
    assert room(60) == room(40) > 0


def test_a_long_sum_fits_on_every_line():
    b, parameters = Build(), tuple(Value(FLOAT, f"parameter_number_{k}", True) for k in range(9))
    total = b.op(np.multiply, parameters[0], parameters[1])
    for parameter in parameters:
        product = b.op(np.multiply, parameter, b.call(np.sin, parameter))
        total = b.op(np.add, total, b.op(np.divide, product, b.op(np.add, parameter, 2.0)))
    function = b.function("f", parameters, total)
    text = emit_module(function)
    assert max(map(len, text.splitlines())) <= WIDTH
    args = tuple(0.1 * k for k in range(9))
    assert compiled(text, "f")(*args) == evaluate(function, args)


def test_a_long_tuple_is_returned_in_several_lines():
    b, parameters = Build(), tuple(Value(FLOAT, f"parameter_number_{k}", True) for k in range(9))
    function = b.function("f", parameters, b.call(primitives.make_tuple, *parameters, type_=UNKNOWN))
    text = emit_module(function)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert compiled(text, "f")(*range(9)) == tuple(range(9))


def test_a_loop_over_many_lists():
    b = Build()
    values = tuple(b.const(0.0) for _ in range(9))
    names = tuple(f"name_of_variable_{k}" for k in range(9))

    def body(inner, i, *carried):
        pairs = zip(carried, names, strict=True)
        new = tuple(inner.op(np.add, value, i, hint=name, named=True) for value, name in pairs)
        return (*new, *new)

    lists = tuple(Value(UNKNOWN) for _ in names)
    results = b.loop(b.range(2), values, body, collects=lists)
    total = b.call(primitives.make_tuple, *results, type_=UNKNOWN)
    text = emit_module(b.function("f", (), total))
    assert max(map(len, text.splitlines())) <= WIDTH
    assert compiled(text, "f")()[9:] == ([0.0, 1.0],) * 9


def test_comments_and_the_header_are_cut_between_words():
    b, x = Build(), Value(FLOAT, "x", True)
    words = " ".join(f"word{k}" for k in range(40))
    b.builder.origin = Origin(Span("f.py", 1, 0, 1, 1), Statement(f"y = x  # {words}", Span("f.py", 1, 0, 1, 1)))
    sine = b.call(np.sin, x)
    text = emit_module(b.function("f", (x,), b.op(np.multiply, sine, sine)), header=words)
    assert max(map(len, text.splitlines())) <= WIDTH
    comments = [line.strip().removeprefix("#").split() for line in text.splitlines() if line.strip().startswith("#")]
    said = [word for line in comments for word in line]
    assert [word for word in said if word.startswith("word")] == [*words.split(), *words.split()]


def test_loops_in_loops_take_no_longer_than_they_must():
    b = Build()

    def nest(build, start, depth):
        if depth == 0:
            return build.op(np.multiply, start, start, hint="y", named=True)
        source = build.builder.call(range, build.const(2), type_=Range())
        (final,) = build.loop(source, (start,), lambda inner, i, y: (nest(inner, y, depth - 1),), item=f"i{depth}")
        return final

    x = Value(FLOAT, "x", True)
    text = emit_module(b.function("f", (x,), nest(b, x, 18)))
    assert text.count("for i") == 18


def test_sentences_about_types_are_cut_between_them():
    sentence = "W1: float64[I, H], b1: float64[H], layers: list[tuple[float64[_, _], float64[_]]]"
    first, second = "W1: float64[I, H], b1: float64[H], ", "layers: list[tuple[float64[_, _], float64[_]]]"
    assert phrases(sentence, 50) == [first, second]
    assert "".join(phrases(sentence, 30)) == sentence
