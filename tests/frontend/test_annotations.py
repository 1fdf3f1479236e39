"""The notation for types, and annotations."""

import gast
import numpy as np
import pytest

from s2sad.errors import DifferentiationError
from s2sad.frontend.annotations import annotation_type, parse_type, parse_types
from s2sad.frontend.static import read_function
from s2sad.frontend.typetext import DTYPES
from s2sad.ir.dims import Opaque, Symbol
from s2sad.ir.types import BOOL, COMPLEX, FLOAT, INT, STR, UNKNOWN, Array, Dict, List, Literal, Tuple, Type

N, D = Symbol("N"), Symbol("D")
F8, F4 = np.dtype("f8"), np.dtype("f4")


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("float", FLOAT),
        ("int", INT),
        ("bool", BOOL),
        ("complex", COMPLEX),
        ("str", STR),
        ("None", Literal(None)),
        ("Any", UNKNOWN),
        ("float64", Array(F8, (), scalar=True)),
        ("bool_", Array(np.dtype(bool), (), scalar=True)),
        ("float64[N, D]", Array(F8, (N, D))),
        ("float64[N,]", Array(F8, (N,))),
        ("float64[]", Array(F8, ())),
        ("float32[N, 3]", Array(F4, (N, 3))),
        ("float64[...]", Array(F8, None)),
        ("float64[..., N]", Array(F8, None)),
        ("float[N]", Array(F8, (N,))),
        ("int[N]", Array(np.dtype(int), (N,))),
        ("bool[N]", Array(np.dtype(bool), (N,))),
        ("array[N]", Array(None, (N,))),
        ("array", Array()),
        (" list [ float64 [ N ] ] ", List(Array(F8, (N,)))),
        ("list", List(UNKNOWN)),
        ("tuple[float, tuple[int]]", Tuple((FLOAT, Tuple((INT,))))),
        ("tuple[]", Tuple(())),
        ("dict[str, list[float]]", Dict(List(FLOAT))),
        ("float64[ﬁ]", Array(F8, (Symbol("fi"),))),
    ],
)
def test_notation(text, type_):
    assert parse_type(text) == type_


@pytest.mark.parametrize("name", DTYPES)
def test_every_dtype_name(name):
    expected = FLOAT if name == "float" else Array(np.dtype(name), (), scalar=True)
    assert parse_type(name) == (BOOL if name == "bool" else expected)
    assert parse_type(f"{name}[N]") == Array(np.dtype(name), (N,))


def test_several_parameters_share_their_dimensions():
    types = parse_types("params: list[tuple[float64[_, _], float64[_]]]; x: float64[N, D];\n y: float64[N];")
    assert list(types) == ["params", "x", "y"]
    assert types["x"].shape[0] == types["y"].shape[0] == N
    weights, bias = types["params"].item.items
    assert len({*weights.shape, *bias.shape}) == 3
    assert all(isinstance(dim, Opaque) for dim in weights.shape)
    assert parse_types("") == {}


@pytest.mark.parametrize(
    ("text", "line", "column", "end", "message"),
    [
        ("x: float46[N]", 1, 3, 10, "`float46` is not a type"),
        ("x float64", 1, 2, 9, "a colon and the type of `x` is missing"),
        ("x: float64[N", 1, 12, 13, "a comma or a closing bracket is missing"),
        ("x: float64[N D]", 1, 13, 14, "a comma or a closing bracket is missing"),
        ("x: ", 1, 3, 4, "a type is missing"),
        ("x", 1, 1, 2, "a colon and the type of `x` is missing"),
        ("3: float", 1, 0, 1, "the name of a parameter is missing"),
        ("x: int y: int", 1, 7, 8, "a semicolon or the end is missing"),
        ("x: int; x: int", 1, 8, 9, "`x` has two types"),
        ("x: int;\ny: foo", 2, 3, 6, "`foo` is not a type"),
        ("x: list[float, int]", 1, 18, 19, "`list` takes one type"),
        ("x: dict[float]", 1, 13, 14, "`dict` takes the type of its keys and that of its values"),
        ("x: dict[float, int]", 1, 3, 7, "the keys of a dict are `str` or `int`"),
        ("x: tuple[float, ...]", 1, 16, 19, "a tuple of any length has no type here"),
        ("x: float64[N,,]", 1, 13, 14, "a dimension is missing"),
        ("x: float64[-1]", 1, 11, 12, "'-' has no meaning here"),
        ("x: float64[99999999999999999999]", 1, 11, 31, "no array is as long as that"),
        ("x: str[N]", 1, 6, 7, "`str` takes no dimensions"),
        ("x: float64[\u200bN]", 1, 11, 12, "'\\u200b' has no meaning here"),
        ("x: f\0", 1, 4, 5, "'\\x00' has no meaning here"),
    ],
)
def test_errors_have_their_place(text, line, column, end, message):
    with pytest.raises(DifferentiationError) as caught:
        parse_types(text)
    (found,) = caught.value.diagnostics
    assert (found.code, found.message) == ("S2S010", message)
    assert (found.span.line, found.span.column, found.span.end_column) == (line, column, end)
    assert found.line == text.split("\n")[line - 1]
    assert found.advice


@pytest.mark.parametrize(
    "text", ["list[" * 100_000, "[" * 100_000, "x: " + "tuple[" * 50 + "]" * 50, "x: float64[" + "9" * 100_000 + "]"]
)
def test_hostile_notation(text):
    with pytest.raises(DifferentiationError) as caught:
        parse_types(text)
    assert caught.value.code == "S2S010"


def test_a_typing_error_suggests_a_name():
    with pytest.raises(DifferentiationError, match="did you mean `float64`"):
        parse_type("flaot64")


def test_what_is_left_over():
    with pytest.raises(DifferentiationError, match="more after the type"):
        parse_type("float64[N] float")


HEAD = """
import numpy as np
import numpy.typing as npt
import jaxtyping
import jaxtyping as jt
import typing
from jaxtyping import Float, Float32, Int
from numpy.typing import NDArray
"""


def annotated(text) -> Type | None:
    source = read_function("<annotated>", "f", f"{HEAD}\ndef f(x: {text}): return x\n")
    return annotation_type(source.node.args.args[0].annotation, source.scope)


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("float", FLOAT),
        ("int", INT),
        ("None", Literal(None)),
        ("np.ndarray", Array()),
        ("np.float64", Array(F8, (), scalar=True)),
        ("'float64[N, D]'", Array(F8, (N, D))),
        ("'np.ndarray'", Array()),
        ("'float'", FLOAT),
        ("Float[np.ndarray, 'N D']", Array(None, (N, D))),
        ("'Float[np.ndarray, \"N D\"]'", Array(None, (N, D))),
        ("Float32[np.ndarray, 'N 3']", Array(F4, (N, 3))),
        ("jaxtyping.Float64[np.ndarray, 'N']", Array(F8, (N,))),
        ("jt.Float64[np.ndarray, '']", Array(F8, ())),
        ("jt.Float64[np.ndarray, '... N']", Array(F8, None)),
        ("jt.Float64[np.ndarray, '*batch N']", Array(F8, None)),
        ("jt.Float64[np.ndarray, 'rows=3 N']", Array(F8, (3, N))),
        ("Float[float, '']", FLOAT),
        ("npt.NDArray[np.float64]", Array(F8, None)),
        ("NDArray[np.float32]", Array(F4, None)),
        ("NDArray[np.floating]", Array(None, None)),
        ("np.ndarray[typing.Any, np.dtype[np.float64]]", Array(F8, None)),
        ("list[float]", List(FLOAT)),
        ("list[Unknown]", List(UNKNOWN)),
        ("tuple[float, np.ndarray]", Tuple((FLOAT, Array()))),
        ("dict[str, NDArray[np.float64]]", Dict(Array(F8, None))),
        ("typing.Annotated[float, 'metres']", FLOAT),
    ],
)
def test_annotations(text, type_):
    assert annotated(text) == type_


@pytest.mark.parametrize(
    "text",
    ["Unknown", "Unknown[3]", "'Some words'", "'x +'", "''", "'(((('", "\"'float'\"", "float | None",
     "tuple[float, ...]", "np.floating",
     "typing.Optional[float]", "3", "lambda: 0", "Float['N']", "Float[np.ndarray, N]",
     "float64"],
)  # fmt: skip
def test_annotations_that_say_nothing(text):
    assert annotated(text) is None


@pytest.mark.parametrize("axes", ["_ N", "#M N", "N+1 N", "?M N", "{n} N", "_rows N"])
def test_axes_that_are_not_plain_are_lengths_of_their_own(axes):
    type_ = annotated(f"Float[np.ndarray, '{axes}']")
    assert isinstance(type_.shape[0], Opaque)
    assert type_.shape[1] == N


def test_ndarray_of_known_rank():
    found = annotated("np.ndarray[tuple[int, int], np.dtype[np.float64]]")
    assert (found.dtype, found.rank) == (F8, 2)
    assert found.shape[0] != found.shape[1]


def test_no_annotation():
    source = read_function("<annotated>", "f", "def f(x): return x\n")
    assert annotation_type(source.node.args.args[0].annotation, source.scope) is None
    assert annotation_type(gast.Constant(None, None), source.scope) == Literal(None)
