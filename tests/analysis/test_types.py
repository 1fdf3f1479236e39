"""The types of results: never wrong, and as exact as the printed code needs."""
from __future__ import annotations

import builtins
import operator
import subprocess
import sys

import numpy as np
import pytest
from tests.rules.harness import VARIANTS, Sample, Staged

from s2sad.analysis.infer import TYPE_RULES, infer
from s2sad.ir import primitives
from s2sad.ir.dims import Symbol
from s2sad.ir.program import Form
from s2sad.ir.types import (
    FLOAT,
    FLOAT64,
    INT,
    UNKNOWN,
    Array,
    Dict,
    List,
    Literal,
    Scalar,
    Tuple,
    Unknown,
)

OPERATOR, METHOD, ATTRIBUTE, BUILTIN = Form.OPERATOR, Form.METHOD, Form.ATTRIBUTE, Form.BUILTIN
N, M, K = Symbol("N"), Symbol("M"), Symbol("K")
F8, F4, I8, B1 = (np.dtype(name) for name in ("f8", "f4", "i8", "?"))
V, A, B = Array(F8, (N,)), Array(F8, (N, M)), Array(F8, (M, K))
A4, IDX = Array(F4, (N, M)), Array(I8, (K,))
n, m = Scalar("int", N), Scalar("int", M)


def L(value):
    return Literal(value)


EXACT = [
    (np.add, OPERATOR, (A, V.__class__(F8, (M,))), {}, "float64[N, M]"),
    (np.add, OPERATOR, (Array(F8, (1, M)), A), {}, "float64[N, M]"),
    (np.add, OPERATOR, (V, V), {}, "float64[N]"),
    (operator.getitem, OPERATOR, (A, L((slice(None), np.array([0, 2, 2])))), {}, "float64[N, 3]"),
    (operator.getitem, OPERATOR, (V, L(np.array([0, 2]))), {}, "float64[2]"),
    (np.multiply, OPERATOR, (A4, L(2.0)), {}, "float32[N, M]"),
    (np.multiply, OPERATOR, (A4, FLOAT), {}, "float32[N, M]"),
    (np.multiply, OPERATOR, (A4, FLOAT64), {}, "float64[N, M]"),
    (np.multiply, OPERATOR, (FLOAT, INT), {}, "float"),
    (np.divide, OPERATOR, (INT, INT), {}, "float"),
    (np.add, OPERATOR, (L(2), L(3)), {}, "5"),
    (np.add, OPERATOR, (n, L(1)), {}, "int=(1+N)"),
    (np.add, OPERATOR, (n, INT), {}, "int"),
    (np.subtract, OPERATOR, (n, L(1)), {}, "int=(-1+N)"),
    (np.multiply, OPERATOR, (n, m), {}, "int=(M*N)"),
    (np.negative, OPERATOR, (L(1.5),), {}, "-1.5"),
    (np.power, OPERATOR, (FLOAT, L(2)), {}, "float"),
    (np.power, OPERATOR, (FLOAT, L(0.5)), {}, "?"),
    (np.power, OPERATOR, (L(2.0), FLOAT), {}, "float"),
    (np.power, OPERATOR, (INT, INT), {}, "?"),
    (np.less, OPERATOR, (FLOAT, L(0)), {}, "bool"),
    (np.less, OPERATOR, (A, L(0)), {}, "bool[N, M]"),
    (np.add, OPERATOR, (L(1j), FLOAT64), {}, "?"),
    (np.sin, Form.FUNCTION, (FLOAT,), {}, "float64"),
    (np.sin, Form.FUNCTION, (Array(F8, ()),), {}, "float64"),
    (np.maximum, BUILTIN, (FLOAT, FLOAT), {}, "float"),
    (np.sin, Form.FUNCTION, (Unknown("x"),), {}, "?x"),
    (np.multiply, OPERATOR, (Unknown("x"), Unknown("x")), {}, "?x"),
    (np.multiply, OPERATOR, (Unknown("x"), Unknown("y")), {}, "?"),
    (np.multiply, OPERATOR, (Unknown("x"), L(2.0)), {}, "?x"),
    (np.multiply, OPERATOR, (Unknown("x"), L(2)), {}, "?"),
    (np.add, OPERATOR, (Unknown("x"), Unknown("x")), {}, "?"),
    (np.add, OPERATOR, (Unknown("x"), L(1)), {}, "?x"),
    (np.power, OPERATOR, (Unknown("x"), L(2)), {}, "?x"),
    (np.power, OPERATOR, (Unknown("x"), L(0.5)), {}, "?"),
    (np.absolute, Form.FUNCTION, (Unknown("x"),), {}, "?"),
    (np.sum, Form.FUNCTION, (A,), {}, "float64"),
    (np.sum, Form.FUNCTION, (A, L(1)), {}, "float64[N]"),
    (np.sum, Form.FUNCTION, (A,), {"axis": L(-1), "keepdims": L(True)}, "float64[N, 1]"),
    (np.sum, Form.FUNCTION, (A,), {"axis": INT}, "float64[...]"),
    (np.sum, Form.FUNCTION, (Array(B1, (N,)),), {}, "int64"),
    (np.mean, Form.FUNCTION, (IDX,), {}, "float64"),
    (np.mean, METHOD, (A4,), {"axis": L(0)}, "float32[M]"),
    (np.matmul, OPERATOR, (A, B), {}, "float64[N, K]"),
    (np.dot, Form.FUNCTION, (A, Array(F8, (M,))), {}, "float64[N]"),
    (np.dot, Form.FUNCTION, (V, V), {}, "float64"),
    (np.outer, Form.FUNCTION, (V, Array(F4, (K,))), {}, "float64[N, K]"),
    (np.transpose, ATTRIBUTE, (A,), {}, "float64[M, N]"),
    (np.transpose, METHOD, (A, L(1), L(0)), {}, "float64[M, N]"),
    (np.reshape, Form.FUNCTION, (A, L(-1)), {}, "float64[(M*N)]"),
    (np.reshape, METHOD, (A, n, L(-1)), {}, "float64[N, M]"),
    (np.reshape, METHOD, (V, L(-1), L(1)), {}, "float64[N, 1]"),
    (np.expand_dims, Form.FUNCTION, (V, L(-1)), {}, "float64[N, 1]"),
    (np.squeeze, Form.FUNCTION, (Array(F8, (N, 1)),), {"axis": L(1)}, "float64[N]"),
    (np.squeeze, Form.FUNCTION, (Array(F8, (N, 1)),), {}, "float64[...]"),
    (np.concatenate, Form.FUNCTION, (Tuple((V, V)),), {}, "float64[(2*N)]"),
    (np.stack, Form.FUNCTION, (Tuple((V, V)),), {"axis": L(1)}, "float64[N, 2]"),
    (np.array, Form.FUNCTION, (List(FLOAT, (FLOAT, FLOAT)),), {}, "float64[2]"),
    (np.array, Form.FUNCTION, (List(V, (V, V)),), {}, "float64[2, N]"),
    (np.zeros, Form.FUNCTION, (Tuple((n, L(3))),), {}, "float64[N, 3]"),
    (np.zeros, Form.FUNCTION, (n,), {"dtype": L(np.float32)}, "float32[N]"),
    (np.ones_like, Form.FUNCTION, (A4,), {}, "float32[N, M]"),
    (np.eye, Form.FUNCTION, (n,), {}, "float64[N, N]"),
    (np.arange, Form.FUNCTION, (n,), {}, "int64[N]"),
    (np.arange, Form.FUNCTION, (L(1), L(7), L(2)), {}, "int64[3]"),
    (np.linspace, Form.FUNCTION, (FLOAT, L(1), L(5)), {}, "float64[5]"),
    (np.shape, ATTRIBUTE, (A,), {}, "tuple[int=N, int=M]"),
    (np.ndim, ATTRIBUTE, (A,), {}, "2"),
    (np.size, ATTRIBUTE, (A,), {}, "int=(M*N)"),
    (builtins.len, BUILTIN, (A,), {}, "int=N"),
    (builtins.range, BUILTIN, (n,), {}, "range"),
    (operator.getitem, OPERATOR, (A, L(0)), {}, "float64[M]"),
    (operator.getitem, OPERATOR, (V, INT), {}, "float64"),
    (operator.getitem, OPERATOR, (V, L(slice(1, None))), {}, "float64[N-1]"),
    (operator.getitem, OPERATOR, (V, L(slice(1, -1))), {}, "float64[N-2]"),
    (operator.getitem, OPERATOR, (V, L(slice(None, None, 2))), {}, "float64[N/2]"),
    (operator.getitem, OPERATOR, (A, L((slice(None), None))), {}, "float64[N, 1, M]"),
    (operator.getitem, OPERATOR, (A, L((..., 0))), {}, "float64[N]"),
    (operator.getitem, OPERATOR, (A, Tuple((INT, L(slice(None))))), {}, "float64[M]"),
    (operator.getitem, OPERATOR, (A, Tuple((INT, UNKNOWN))), {}, "float64[...]"),
    (operator.getitem, OPERATOR, (A, IDX), {}, "float64[K, M]"),
    (operator.getitem, OPERATOR, (A, Tuple((IDX, IDX))), {}, "float64[K]"),
    (operator.getitem, OPERATOR, (A, Array(B1, (N,))), {}, "float64[_, M]"),
    (operator.getitem, OPERATOR, (A, Array(B1, (N, M))), {}, "float64[_]"),
    (operator.getitem, OPERATOR, (Tuple((FLOAT, A)), L(-1)), {}, "float64[N, M]"),
    (operator.getitem, OPERATOR, (List(A), L(slice(1, None))), {}, "list[float64[N, M]]"),
    (operator.getitem, OPERATOR, (Dict(A, (("w", A), ("b", V))), L("b")), {}, "float64[N]"),
    (primitives.mask, Form.FUNCTION, (Array(B1, (N, M)), A4), {}, "float32[N, M]"),
    (primitives.item, METHOD, (A4,), {}, "float"),
    (primitives.astype, METHOD, (A, L(np.float32)), {}, "float32[N, M]"),
    (np.copy, METHOD, (A,), {}, "float64[N, M]"),
]


@pytest.mark.parametrize(("function", "form", "args", "kwargs", "text"), EXACT)
def test_type_is_exact(function, form, args, kwargs, text):
    assert str(infer(function, form, args, kwargs)) == text


x, y = 0.37, np.float32(1.5)
v, w = np.array([0.3, 0.7, 0.45]), np.array([0.9, 0.2, 0.6], "f4")
a, i = np.arange(6.0).reshape(2, 3), np.array([2, 0, 2])
c = a > 2.5

SAMPLES = [
    *(Sample(f, p, form=OPERATOR) for f in (np.add, np.divide, np.power, np.floor_divide, np.less, np.remainder)
      for p in ((v, 2), (w, 2), (w, 2.5), (w, x), (w, y), (x, y), (i, 2), (i, 2.5), (i, w), (3, 2), (2, x), (v, a),
        (True, v))),
    *(Sample(f, p) for f in (np.add, np.divide, np.maximum, np.logical_and, np.hypot, np.equal)
      for p in ((2, 3), (2.5, 3), (x, True), (w, v), (y, 2), (i, i), (c, c), (a[:, :1], v))),
    *(Sample(f, (p,)) for f in (np.exp, np.sqrt, np.sign, np.isnan, np.floor, np.logical_not, np.square, np.sinc)
      for p in (v, w, i, x, y, 2)),
    *(Sample(f, (p, *axis)) for f in (np.sum, np.prod, np.mean, np.std, np.max, np.any, np.argmax, np.cumsum)
      for p in (a, w.reshape(1, 3), c) for axis in ((), (0,), (-1,))),
    *(Sample(f, (a,), {"axis": axis, "keepdims": True}) for f in (np.sum, np.mean, np.all, np.argmin)
      for axis in (0, None)),
    *(Sample(np.where, (c, *p)) for p in ((a, 0.0), (1, 2), (w, 0.5), (w, x), (i, w), (i, 0.5))),
    *(Sample(f, (p,)) for f in (np.zeros, np.ones, np.empty) for p in ((2, 3), 4, ())),
    *(Sample(np.zeros, (3,), {"dtype": t}) for t in (np.float32, int, "f4", bool)),
    *(Sample(np.full, (3, p)) for p in (1, 2.5, x, y)),
    *(Sample(f, (p,)) for f in (np.zeros_like, np.ones_like) for p in (a, w, i, x)),
    *(Sample(np.full_like, (p, 2.5)) for p in (a, i)),
    *(Sample(np.eye, p) for p in ((3,), (2, 4))), Sample(np.identity, (3,)),
    *(Sample(np.arange, p) for p in ((4,), (1, 5), (5, 1, -2), (4.0,), (0.5, 2.0, 0.25), (y,))),
    *(Sample(np.linspace, p) for p in ((0, 1), (0, 1, 5), (x, y, 3), (y, y, 3))),
    *(Sample(f, (p,)) for f in (np.shape, np.ndim, np.size) for p in (a, v, x, [v, v])), Sample(np.size, (a, 1)),
    *(Sample(f, p) for f in (np.dot, np.inner, np.outer) for p in ((w, 2.0), (w, x), (v, w), (i, v), (i, i))),
    *(Sample(operator.getitem, (a, k), form=OPERATOR) for k in (
        0, (0, 1), (..., 1), (0, 1, ...), (i[:2] * 0, i[:2]), (0, i), (slice(None), i),
          (None, i[1], slice(None, 1)), c, ([0, 1], 0),
        (slice(5, None), 0), (slice(-1, None), slice(None, -5)), (slice(None, None, -1), slice(1, 2)),
          (i.reshape(3, 1) // 2, i))),
    *(Sample(np.squeeze, (p,)) for p in (a[:1], a[:1, :1], v)),
    *(Sample(np.concatenate, ((p, q),)) for p, q in ((v, w), (w, [1.0]), (i, [1]), (w, w))),
    *(Sample(np.array, (p,)) for p in ([x, 1], [1, 2], [y, y], [[1, x], [y, 2]], [w, w], x, 3, [True, 2.0])),
    *(Sample(np.array, (p,), {"dtype": t}) for p in ([x, 1], i) for t in (float, np.float32)),
    *(Sample(primitives.astype, (p, t), form=METHOD) for p in (a, y, np.array(1.0)) for t in (int, np.float32)),
    *(Sample(np.reshape, (a, s)) for s in ((3, 2), (-1, 2), -1, (1, -1, 1), ())[:4]), Sample(np.reshape, (x, ())),
    *(Sample(builtins.len, (p,), form=BUILTIN) for p in (a, [x, x], (x, 1))),
    *(Sample(builtins.sum, (p,), form=BUILTIN) for p in ([x, 1], [v, w], (y, x))),
    *(Sample(np.clip, p) for p in ((w, 0.0, 1.0), (i, 0, 1.5), (x, 0, 1), (v, w, 1))),
    *(Sample(np.round, p) for p in ((v,), (w, 1))), Sample(np.argsort, (a,)), Sample(np.isclose,
      (a, v)), Sample(np.tril, (a,)),
    *(Sample(f, (p,)) for f in (np.real, np.atleast_1d) for p in (v, a, y)), Sample(np.diag,
      (a[:, :2],)), Sample(np.diag, (v,)),
]  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("sample", SAMPLES, ids=[f"{k}-{sample}" for k, sample in enumerate(SAMPLES)])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_type_holds_what_numpy_returns(sample, variant):
    staged = Staged.__new__(Staged)
    staged.sample, staged.variant = sample, variant
    staged.primal(staged.inputs())


@pytest.mark.parametrize("function", list(TYPE_RULES), ids=lambda f: f.__name__)
def test_a_type_rule_survives_any_arguments(function):
    odd = [UNKNOWN, FLOAT, V, List(A), Tuple(()), L(None), L("name"), L(slice(None)), Dict(A), L(3), L(-2)]
    for form in Form:
        for one in odd:
            assert infer(function, form, (one,), {}) is not None
            assert infer(function, form, (one,), {"axis": one, "nonsense": one}) is not None
            for two in odd:
                assert infer(function, form, (one, two), {}) is not None
                assert infer(function, form, (one, two, one), {}) is not None


def test_what_has_a_rule_has_a_type():
    # in a process of its own: other tests declare rules, and load those of SciPy
    script = (
        "import s2sad.analysis, s2sad.rules\n"
        "from s2sad.analysis.infer import TYPE_RULES\n"
        "from s2sad.rules.registry import CONSTANT, RULES\n"
        "print(*(f.__name__ for f in (*RULES, *CONSTANT) if f not in TYPE_RULES))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == NO_TYPE


NO_TYPE = {
    *("allclose", "array_equal", "nonzero", "searchsorted"),
    *("check_bound", "check_scalar", "check_apart", "check_kinds", "is_integer", "own", "list"),
    *("argwhere", "isin", "indices", "tri"),
    *("iscomplex", "isreal", "fix", "unravel_index", "angle", "real_if_close", "unwrap", "matrix_rank"),
    *("expand_reduced", "log_of_base", "positive_or_complex"),
    *("result_type", "promote_types", "min_scalar_type", "common_type", "packbits", "unpackbits"),
    "ravel_multi_index",
    *(("bitwise_count",) if hasattr(np, "bitwise_count") else ()),
    *("split_like", "unstack", "nested_like", "rows_like", "repeated_like", "undefined"),
    *("real_like", "of_inexact", "trimmed"),
}
"""Functions whose results are of unknown type."""
