"""Types of actual arguments, and the key under which they are looked up."""

from collections import OrderedDict, namedtuple
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2sad.errors import DifferentiationError
from s2sad.frontend.arguments import captured_type, shape_key, type_of_arguments
from s2sad.ir.dims import Opaque, Symbol
from s2sad.ir.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    FLOAT64,
    INT,
    STR,
    UNDEFINED,
    UNKNOWN,
    Array,
    Dict,
    List,
    Literal,
    Record,
    Tuple,
)

Point = namedtuple("Point", "x y")
z = np.zeros


def shown(*args):
    return [str(type_) for type_ in type_of_arguments(args)]


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        (1.0, FLOAT),
        (1, INT),
        (True, BOOL),
        (1j, COMPLEX),
        ("mean", STR),
        (None, Literal(None)),
        (np.float64(1), FLOAT64),
        (np.float32(1), Array(np.dtype("f4"), (), scalar=True)),
        (np.bool_(True), Array(np.dtype(bool), (), scalar=True)),
        (np.array(1.0), Array(np.dtype("f8"), ())),
        ([], List(UNDEFINED)),
        ((), Tuple(())),
        ([1.0, 2.0], List(FLOAT)),
        ([1.0, 2], List(UNKNOWN)),
        ((1.0, [True]), Tuple((FLOAT, List(BOOL)))),
        (Point(1.0, 2), Tuple((FLOAT, INT), Point)),
        ({"a": 1.0, "b": 2.0}, Dict(FLOAT, (("a", FLOAT), ("b", FLOAT)))),
        ({"a": 1.0, 3: 2}, Dict(UNKNOWN, (("a", FLOAT), (3, INT)))),
        ([(1.0,), (1.0, 2.0)], List(UNKNOWN)),
        ([{"a": 1.0}, {"b": 1.0}], List(UNKNOWN)),
        (SimpleNamespace(), Record(SimpleNamespace, (), rebuilt=False)),
        (SimpleNamespace(a=1.0), Record(SimpleNamespace, (("a", FLOAT),), rebuilt=False)),
        (OrderedDict(), UNKNOWN),
    ],
)
def test_values(value, type_):
    assert type_of_arguments([value]) == (type_,)


def test_equal_lengths_share_a_symbol():
    assert shown(z((3, 4)), z(4), z((4, 3)), z(5)) == ["float64[N, M]", "float64[M]", "float64[M, N]", "float64[K]"]


def test_a_length_of_one_is_one_and_zero_is_a_symbol():
    assert shown(z((1, 0)), z((0, 1))) == ["float64[1, N]", "float64[N, 1]"]


def test_the_pattern_does_not_depend_on_the_numbers():
    assert type_of_arguments([z((3, 4)), z(4)]) == type_of_arguments([z((30, 2)), z(2)])
    assert type_of_arguments([z((3, 4)), z(4)]) != type_of_arguments([z((4, 4)), z(4)])


def test_dtypes_are_kept():
    assert shown(z(3, int), z(3, "f4"), z(3, bool), z(3, complex)) == [
        "int64[N]",
        "float32[N]",
        "bool[N]",
        "complex128[N]",
    ]


def test_many_lengths_have_names_of_their_own():
    (type_,) = type_of_arguments([tuple(z(n) for n in range(2, 52))])
    assert len({item.shape for item in type_.items}) == 50


def test_layers_of_a_network():
    params = [(z((784, 128)), z(128)), (z((128, 10)), z(10))]
    types = type_of_arguments([params, z((64, 784)), z((64, 10))])
    weights, bias = types[0].item.items
    assert isinstance(weights.shape[0], Opaque)
    assert weights.shape[0] != weights.shape[1] == bias.shape[0]
    assert [type_.shape for type_ in types[1:]] == [(Symbol("N"), Symbol("M")), (Symbol("N"), Symbol("K"))]
    deeper = [(z((784, 30)), z(30)), (z((30, 20)), z(20)), (z((20, 10)), z(10))]
    assert type_of_arguments([deeper, z((64, 784)), z((64, 10))]) == types


def test_a_length_that_all_items_share_is_an_ordinary_symbol():
    assert shown([z((3, 5)), z((4, 5))], z(5)) == ["list[float64[_, N]]", "float64[N]"]
    assert shown([z(5), z(5)], z(5)) == ["list[float64[N]]", "float64[N]"]
    assert shown([z(1), z(1)]) == ["list[float64[1]]"]


def test_ones_among_other_lengths_are_not_ones():
    assert shown([(z((1, 4)), z(1)), (z((3, 4)), z(3))]) == ["list[tuple[float64[_, N], float64[_]]]"]


def test_lists_do_not_share_symbols_of_items():
    a, b = type_of_arguments([[z(3), z(4)], [z(3), z(4)]])
    assert a.item.shape != b.item.shape
    (nested,) = type_of_arguments([[([z(3)], z(3)), ([z(4)], z(4))]])
    inner, outer = nested.item.items
    assert inner.item.shape != outer.shape
    assert captured_type(z(3)).shape[0] not in (a.item.shape[0], b.item.shape[0])


def test_items_that_differ_in_rank_or_dtype():
    assert shown([z(3), z((3, 4))]) == ["list[float64[...]]"]
    assert shown([z(3), z(3, "f4")]) == ["list[array[N]]"]


@pytest.mark.parametrize(
    "value",
    [
        np.array([None]),
        np.array(["a"]),
        np.array(["2020-01-01"], "datetime64[D]"),
        np.zeros(2, [("a", float)]),
        np.ma.masked_array([1.0]),
        np.array([1.0]).view(type("Mine", (np.ndarray,), {})),
        np.datetime64("2020-01-01"),
        [1.0, np.array([None])],
        [(1.0,), (1.0, np.array([None]))],
        [{"a": 1.0}, {"b": np.array([None])}],
    ],
)
def test_arrays_that_are_no_plain_arrays_of_numbers_are_refused(value):
    with pytest.raises(DifferentiationError) as caught:
        type_of_arguments([value])
    assert caught.value.code == "S2S013"
    assert isinstance(caught.value, TypeError)


def test_matrix_is_refused():
    with pytest.warns(PendingDeprecationWarning):
        value = np.matrix([[1.0]])
    with pytest.raises(DifferentiationError, match="class matrix"):
        type_of_arguments([value])


@pytest.mark.parametrize("function", [type_of_arguments, shape_key])
def test_an_argument_that_contains_itself(function):
    value = []
    value.append(value)
    with pytest.raises(DifferentiationError) as caught:
        function([value])
    assert caught.value.code == "S2S013"


def test_captured_objects_promise_no_lengths():
    array = captured_type(z((3, 3, 1)))
    assert array.shape[2] == 1
    assert array.shape[0] != array.shape[1]
    items = captured_type([z(3)]).item
    assert (items.dtype, items.rank) == (np.float64, 1)
    assert captured_type((1.0, [2.0])) == Tuple((FLOAT, List(FLOAT)))
    assert captured_type(2.0) == FLOAT


def test_keys_tell_what_types_tell():
    assert shape_key([1.0, 2.0]) == shape_key([3.0, 4.0])
    assert shape_key([1.0, 2.0]) != shape_key([1.0, 2])
    assert shape_key([1.0]) != shape_key([np.float64(1.0)])
    assert shape_key([True]) != shape_key([1])
    assert shape_key([z(3)]) != shape_key([z(3, "f4")])
    assert shape_key([[1.0]]) != shape_key([(1.0,)])
    assert shape_key([Point(1.0, 2.0)]) != shape_key([(1.0, 2.0)])
    assert shape_key([{"a": 1.0}]) != shape_key([{"b": 1.0}])


leaves = st.one_of(
    st.sampled_from([1.0, 2, True, 1j, None, "a", np.float64(1), np.float32(1), np.int64(3)]),
    st.builds(z, st.lists(st.integers(0, 4), max_size=3), st.sampled_from(["f8", "f4", "i8", "?"])),
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.builds(Point, inner, inner),
        st.dictionaries(st.sampled_from("ab"), inner),
    ),
    max_leaves=6,
)


@given(st.lists(values, max_size=3), st.lists(values, max_size=3))
def test_equal_keys_mean_equal_types(a, b):
    assert hash(shape_key(a)) is not None
    if shape_key(a) == shape_key(b):
        assert type_of_arguments(a) == type_of_arguments(b)
    if type_of_arguments(a) != type_of_arguments(b):
        assert shape_key(a) != shape_key(b)
