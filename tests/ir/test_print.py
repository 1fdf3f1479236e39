"""The text form of programs, and what the verifier refuses."""
from dataclasses import replace

import pytest

from s2sad.compiler import Options, differentiate_program
from s2sad.frontend.lower import lower_function
from s2sad.frontend.static import read_function
from s2sad.frontend.typetext import parse_types
from s2sad.ir.print import to_text
from s2sad.ir.program import Exit, Region
from s2sad.ir.verify import InvalidProgram, verify

SOURCE = """def f(x, n):
    y = x
    for i in range(n):
        y = y * x
    return y
"""


def lowered():
    return lower_function(read_function("user.py", "f", SOURCE), parse_types("x: float; n: int")).function


def test_a_loop_as_text():
    assert to_text(lowered()) == (
        "func f(%0_x: float, %1_n: int):\n"
        "  %2: range = range.builtin(%1_n)\n"
        "  %3 = const None\n"
        "  %8_i, %9_y = scan [%2] from (%3, %0_x) do (%4_i: int, %5_i: int, %6_y: float):\n"
        "    %7_y: float = multiply.operator(%6_y, %0_x)\n"
        "    yield %4_i, %7_y\n"
        "  return %9_y\n"
    )


def test_equal_programs_have_equal_texts():
    first, second = (differentiate_program(lowered(), Options()) for _ in range(2))
    assert to_text(first) == to_text(second)
    assert "backwards" in to_text(first)


def test_a_value_that_is_read_before_it_is_defined():
    function = lowered()
    turned = Region(function.body.params, function.body.operations[::-1], function.body.exit)
    with pytest.raises(InvalidProgram, match="not defined"):
        verify(replace(function, body=turned))


def test_a_function_that_returns_nothing():
    function = lowered()
    empty = Region(function.body.params, function.body.operations, Exit(function.body.exit.kind, ()))
    with pytest.raises(InvalidProgram, match="does not return one value"):
        verify(replace(function, body=empty))
