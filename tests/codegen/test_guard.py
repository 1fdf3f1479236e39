"""The guard lets through what the text was made for, and refuses everything else with a `ValueError`."""
from __future__ import annotations

import numpy as np
import pytest
from tests.codegen.building import Build, compiled

import s2sad
from s2sad.codegen.conditions import conditions
from s2sad.codegen.functions import Imports
from s2sad.codegen.module import emit_module
from s2sad.ir.dims import Symbol, fresh
from s2sad.ir.program import Value
from s2sad.ir.types import FLOAT, INT, UNKNOWN, Array, Dict, List, Literal, Scalar, Tuple

F8 = np.dtype(np.float64)
N, D = Symbol("N"), Symbol("D")
WIDTH = fresh()
LAYER = Tuple((Array(F8, (fresh(), WIDTH)), Array(F8, (WIDTH,))))


def ones(*shape, dtype=float):
    return np.ones(shape, dtype)


CASES = [
    ((FLOAT, FLOAT), [(1.0, np.float64(2.0))], [(1, 2.0), (1.0, "a"), (np.float32(1), 1.0), (np.ones(()), 1.0)]),
    (
        (Array(F8, (D,)), Array(F8, (N, D)), Array(F8, (N,))),
        [(ones(3), ones(5, 3), ones(5)), (ones(1), ones(1, 1), ones(1)), (ones(0), ones(5, 0), ones(5))],
        [
            (ones(4), ones(5, 3), ones(5)),
            (ones(3), ones(5, 3), ones(5, 1)),
            (ones(3), ones(5, 3), ones(4)),
            (ones(3), ones(5, 3), ones(5, dtype=np.float32)),
            ([1.0] * 3, ones(5, 3), ones(5)),
        ],
    ),
    ((Array(F8, (2, N)), INT), [(ones(2, 7), 3), (ones(2, 1), np.int64(3))], [(ones(3, 7), 3), (ones(2, 7), 3.0)]),
    (
        (List(LAYER),),
        [([],), ([(ones(2, 3), ones(3)), (ones(3, 4), ones(4))],)],
        [([(ones(2, 3), ones(4))],), ([[ones(2, 3), ones(3)]],), (((ones(2, 3), ones(3)),),), ([(ones(2, 3),)],)],
    ),
    (
        (Dict(UNKNOWN, (("W", Array(F8, (N,))), ("b", FLOAT))),),
        [({"W": ones(3), "b": 1.0},)],
        [({"W": ones(3)},), ({"b": 1.0, "W": ones(3)},), ({"W": ones(3, 1), "b": 1.0},), (None,)],
    ),
    (
        (Dict(Array(F8, (N,))), Array(F8, (N,))),
        [({"a": ones(3), "b": ones(3)}, ones(3))],
        [({"a": ones(3), "b": ones(4)}, ones(3)), ({"a": ones(3, 1)}, ones(3))],
    ),
    (
        (List(Tuple((Array(F8, (D, N)), Array(F8, (N,))))), FLOAT),
        [([], 1.0), ([(ones(2, 3), ones(3))] * 2, 1.0)],
        [
            ([(ones(2, 3), ones(3)), (ones(3, 3), ones(3))], 1.0),
            ([(ones(2, 3), ones(3)), (ones(2, 4), ones(4))], 1.0),
            ([(ones(6), ones(3))], 1.0),
        ],
    ),
    (
        (List(Tuple((Array(F8, (D, N)), Array(F8, (N,))))), Array(F8, (D, N))),
        [([], ones(4, 3)), ([(ones(4, 3), ones(3))], ones(4, 3))],
        [
            ([(ones(4, 3), ones(3))], ones(4, 2)),
            ([(ones(4, 3), ones(3))], ones(5, 3)),
            ([(ones(4), ones(3))], ones(4, 3)),
        ],
    ),
    (
        (List(Array(F8, (N,))), List(Array(F8, (N,)))),
        [([], []), ([ones(2)], []), ([], [ones(2), ones(2)]), ([ones(2)], [ones(2)])],
        [([ones(2), ones(3)], []), ([ones(2)], [ones(3)]), ([], [ones(2), ones(3)])],
    ),
    (
        (List(List(Array(F8, (N,)))),),
        [([],), ([[], [ones(2)], [ones(2), ones(2)]],)],
        [([[ones(2)], [ones(3)]],), ([[ones(2), ones(3)]],), ([[], ones(2)],)],
    ),
    (
        (List(Array(F8, (N, N))),),
        [([],), ([ones(2, 2)] * 2,)],
        [([ones(2, 3)],), ([ones(2, 2), ones(3, 3)],), ([ones(4)],)],
    ),
    (
        (Array(F8, (N, N)), Array(np.dtype(np.float32), (N, N)), Scalar("int", N)),
        [(ones(2, 2), ones(2, 2, dtype=np.float32), 2)],
        [
            (ones(2, 3), ones(2, 2, dtype=np.float32), 2),
            (ones(2, 2), ones(2, 2), 2),
            (ones(2, 2), ones(2, 2, dtype=np.float32), 3),
            (ones(4), ones(2, 2, dtype=np.float32), 2),
            (ones(2, 2).astype(">f8"), ones(2, 2, dtype=np.float32), 2),
        ],
    ),
    ((Array(F8, (N,)),), [(ones(3),)], [(np.ma.ones(3),), (ones(3, 1),), (None,), (np.float64(1),)]),
    (
        (Array(F8, ()), Array(np.dtype(complex), (2,))),
        [(ones(), ones(2, dtype=complex))],
        [(ones(1), ones(2, dtype=complex)), (ones(), ones(2))],
    ),
    ((Literal(None), Literal("mean"), Literal(True)), [(None, "mean", True)], [(0, "mean", True), (None, "sum", True)]),
    ((Array(F8, (), scalar=True),), [(np.float64(1),)], [(1.0,), (ones(),)]),
]


@pytest.mark.parametrize(("types", "right", "wrong"), CASES, ids=[", ".join(map(str, case[0])) for case in CASES])
def test_guard(types, right, wrong):
    params = tuple(Value(type_, f"p{k}", True) for k, type_ in enumerate(types))
    text = emit_module(Build().function("f", params, params[0]), guard=())
    assert max(map(len, text.splitlines())) <= 108
    function = compiled(text, "f")
    for args in right:
        assert function(*args) is args[0]
    for args in wrong:
        with pytest.raises(ValueError, match="was generated for"):
            function(*args)


def test_nothing_known_needs_no_guard():
    x = Value(UNKNOWN, "x", True)
    text = emit_module(Build().function("f", (x,), x), guard=())
    assert "if not" not in text


def test_further_conditions():
    x = Value(UNKNOWN, "x", True)
    function = compiled(emit_module(Build().function("f", (x,), x), guard=("len(x) > 1",)), "f")
    assert function([1, 2]) == [1, 2]
    with pytest.raises(ValueError, match="was generated for"):
        function([1])


def test_the_guard_of_logistic_regression_is_short():
    types = (("weights", Array(F8, (D,))), ("inputs", Array(F8, (N, D))), ("targets", Array(F8, (N,))))
    assert conditions(types, Imports(frozenset())) == [
        "type(weights) is type(inputs) is type(targets) is np.ndarray",
        "weights.dtype == inputs.dtype == targets.dtype == float",
        "weights.ndim == targets.ndim == 1",
        "inputs.shape == (len(targets), len(weights))",
    ]


@pytest.mark.parametrize("name", ["float", "len", "type", "isinstance", "np", "all"])
def test_a_parameter_that_hides_what_the_guard_needs(name):
    params = Value(FLOAT, name, True), Value(List(Array(F8, (N,))), "xs", True), Value(Array(F8, (N,)), "y", True)
    function = compiled(emit_module(Build().function("f", params, params[0]), guard=()), "f")
    assert function(1.0, [ones(3)], ones(3)) == 1.0
    with pytest.raises(ValueError, match="was generated for"):
        function(1.0, [ones(3)], ones(4))


def test_a_long_message_is_cut():
    params = tuple(Value(Array(F8, (N, D)), f"parameter_with_a_long_name_{k}", True) for k in range(8))
    text = emit_module(Build().function("f", params, params[0]), guard=())
    assert max(map(len, text.splitlines())) <= 108
    with pytest.raises(ValueError, match="parameter_with_a_long_name_7: float64"):
        compiled(text, "f")(*[None] * 8)


def test_a_matrix_is_not_of_the_shape_of_a_stack_of_matrices():
    source = "import numpy as np\n\n\ndef f(a, b):\n    return np.sum(a) * np.sum(b)\n"
    text = s2sad.differentiate(source, "f", argnums=(0, 1), types="a: float64[N, M, K]; b: float64[N, M]")
    space = {}
    exec(text, space)
    d_a, d_b = space["f_grad"](np.ones((2, 3, 4)), np.ones((2, 3)))
    assert (d_a.shape, d_b.shape) == ((2, 3, 4), (2, 3))
    with pytest.raises(ValueError, match="generated for"):
        space["f_grad"](np.ones((2, 3, 4)), np.ones((3, 2)))
