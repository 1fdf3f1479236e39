"""Every rule against numerical derivatives, in both modes and with all that may be known of its arguments."""
from __future__ import annotations

import builtins
import functools
import itertools
import operator
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest
from tests.rules.harness import VARIANTS, Sample, Staged, calls, inexact, is_record, leaves, parts_of, run, seed
from tests.rules.samples_matrices import MATRICES
from tests.rules.samples_scipy import SCIPY, TESTED_WITH_CONSTRAINTS
from tests.rules.samples_statistics import STATISTICS
from tests.rules.samples_surgery import SURGERY

from s2sad.ir import (
    primitives,
    primitives_math,
    primitives_matrices,
    primitives_nested,
    primitives_records,
    primitives_sorting,
    primitives_stores,
)
from s2sad.ir.program import Form
from s2sad.rules import registry
from s2sad.rules.registry import CONSTANT, RULES

OPERATOR, METHOD, ATTRIBUTE, BUILTIN = Form.OPERATOR, Form.METHOD, Form.ATTRIBUTE, Form.BUILTIN
V = np.array([0.3, 0.7, 0.45])
W = np.array([0.9, 0.2, 0.6])
A = np.array([[0.3, 0.7, 0.45], [0.62, 0.11, 0.83]])
B = np.array([[0.5, 0.35, 0.91, 0.2], [0.15, 0.77, 0.4, 0.55], [0.66, 0.28, 0.95, 0.12]])
T = np.linspace(0.1, 0.9, 24).reshape(2, 3, 4) ** 2
U = np.linspace(0.2, 0.8, 40).reshape(2, 4, 5) ** 2
X, Y, Z = 0.37, 1.21, np.float64(0.58)
I = np.array([2, 0, 2])  # noqa: E741


@dataclass
class Pair:
    """A record."""

    x: float
    y: np.ndarray


Named = namedtuple("Named", "x y")
PAIR = primitives_records.RecordKind(Pair, ("x", "y"))
NAMED = primitives_records.RecordKind(Named, ("x", "y"))

UNARY = (
    *(np.exp, np.exp2, np.expm1, np.log, np.log2, np.log10, np.log1p, np.sqrt, np.cbrt, np.reciprocal),
    *(np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh, np.arctanh),
    *(np.deg2rad, np.rad2deg, np.radians, np.degrees, np.negative, np.positive, np.square, np.absolute, np.fabs),
)
BINARY = (
    *(np.add, np.subtract, np.multiply, np.divide, np.power, np.float_power),
    *(np.maximum, np.minimum, np.hypot, np.arctan2, np.logaddexp),
)

SAMPLES = [
    *(Sample(f, (x,)) for f in UNARY for x in (V, -V if f is np.absolute else A, X, Z)),
    *(Sample(np.arccosh, (x + 1.5,)) for x in (V, X)),
    *(
        Sample(f, pair)
        for f in BINARY
        for pair in ((V, W), (A, V), (A[:, :1], V), (X, A), (A, 0.41), (X, Y), (Z, X), (V.astype("f4"), W.astype("f4")))
    ),
    *(Sample(f, pair) for f in (np.remainder, np.fmod, np.nextafter) for pair in ((A + 0.05, V), (A, 0.4), (0.5, V),
      (Y, X),
      (-A, 0.4))),
    *(Sample(f, pair, form=OPERATOR) for f in (np.add, np.subtract, np.multiply, np.divide) for pair in ((A, V),
      (X, Y), (Z, V))),
    *(Sample(np.power, pair, form=OPERATOR) for pair in ((X, Y), (V, Y), (X, V), (Z, Z))),
    *(Sample(np.power, (x, p), form=OPERATOR) for x in (-V, -X, -Z, V.astype("f4")) for p in (0, 1, 2, 3, -2)),
    *(Sample(np.power, (x, p), form=OPERATOR) for x in (V, X) for p in (0.5, 2.0, 1.5, -0.5)),
    *(Sample(np.power, (-V, np.array(p))) for p in ([0, 1, 2], [3, -1, 2])),
    *(Sample(np.power, (p, x), form=OPERATOR) for x in (V, X) for p in (2, 2.5, 0)),
    *(Sample(np.divide, pair, form=OPERATOR) for pair in ((1, V), (1, X), (2.0, V), (V, 2))),
    *(Sample(f, pair) for f in (np.maximum, np.minimum) for pair in ((V, 0), (1, V), (0.4, V), (X, 0))),
    *(Sample(f, (X, Y), form=BUILTIN, spelling=s) for f, s in ((np.maximum, "max"), (np.minimum, "min"))),
    *(Sample(np.absolute, (x,), form=BUILTIN, spelling="abs") for x in (-X, -V, Z)),
    *(Sample(np.negative, (x,), form=OPERATOR) for x in (X, V)),
    *(Sample(np.where, (np.array([True, False, True]), *pair)) for pair in ((V, W), (V, 0), (A, X), (X, A))),
    Sample(np.where, (I, V, W)),
    *(Sample(np.clip, (x, *bounds)) for x in (V, A, X) for bounds in ((0, 1), (0.33, 0.5), (None, 0.5), (0.4, None))),
    Sample(np.clip, (V, X, Y)),
    *(Sample(np.clip, (V,), {"a_min": 0, "a_max": 1}) for _ in range(1)),
    *(
        Sample(f, (x, *args), options)
        for f in (np.sum, np.mean, np.max, np.min, np.amax, np.amin, np.var, np.std, np.prod)
        for x, args, options in (
            (V, (), {}), (A, (), {}), (A, (0,), {}), (A, (1,), {}), (A, (), {"axis": -1}), (T, (1,), {}), (T,
              (), {"axis": 0}),
            (A, (), {"axis": 1, "keepdims": True}), (A, (), {"keepdims": True}), (A, (None,), {}),
        )
    ),
    *(
        Sample(f, (T,), {"axis": axis})
        for f in (np.sum, np.mean, np.max, np.min, np.var, np.std)
        for axis in ((0, 2), (1, 2), (-1, 0), (0, 1, 2))
    ),
    *(Sample(f, (A,), {"axis": 0}, form=METHOD) for f in (np.sum, np.mean, np.max, np.std)),
    *(Sample(f, (x,)) for f in (np.sum, np.mean, np.max) for x in (X, Z)),
    *(Sample(f, (A.astype("f4"),), {"axis": 1}) for f in (np.sum, np.mean, np.max, np.var, np.std, np.prod)),
    *(Sample(np.sum, (A,), {"axis": 0, **extra}) for extra in ({"dtype": np.float64}, {"where": A > 0.4})),
    *(Sample(f, (A,), {"ddof": 1, "axis": axis}) for f in (np.var, np.std) for axis in (0, 1, None)),
    *(Sample(np.prod, (np.array(x),)) for x in ([0.0, 0.5, 0.7], [0.0, 0.0, 0.7])),
    *(Sample(primitives_math.product_of_others, (x,)) for x in (V, A, np.array([0.0, 0.5, 0.7]))),
    *(Sample(np.cumsum, args) for args in ((V,), (A, 0), (A, 1), (A, -1), (A,))),
    *(Sample(primitives_math.expand_reduced, (V, axis)) for axis in (0, 1, (0, 2), None)),
    *(
        Sample(f, pair, typed_only=f is np.inner)
        for f in (np.dot, np.inner)
        for pair in ((V, W), (X, A), (A, Y))
    ),
    *(Sample(np.dot, pair) for pair in ((A, V), (V, B), (A, B), (T, U[0]), (T, V), (T[0], U), (T, U),
      (V, T.swapaxes(1, 2)))
      if np.shape(pair[0])[-1] == np.shape(pair[1])[max(np.ndim(pair[1]) - 2, 0)]),
    *(Sample(np.matmul, pair, form=OPERATOR) for pair in (
        (V, W), (A, V), (V, B), (A, B), (T, U), (T, U[0]), (T[0], U), (T, B[0]), (V, T), (T[:1], U),
          (A.astype("f4"), B.astype("f4")))),
    *(Sample(np.dot, (A, B), form=METHOD) for _ in range(1)),
    *(Sample(np.outer, pair) for pair in ((V, W), (A, V), (X, V))),
    *(Sample(np.inner, pair, typed_only=True) for pair in ((A, V), (T, B.T[:, [0, 1, 2, 0]]), (A, A))),
    *(Sample(np.vdot, pair) for pair in ((V, W), (A, A[::-1] + 1))),
    *(Sample(np.tensordot, args, typed_only=True) for args in (
        (A, B, 1), (T, U, ((0, 2), (0, 1))), (T, U, ((2, 0), (1, 0))), (A, B, 0), (A, B, (1, 0)), (T, T, 3))),
    *(Sample(f, (A[:, :1] * np.ones((2, 4)), A, B)) for f in (primitives_math.dot_left, primitives_math.matmul_left)),
    *(Sample(f, (A[:, :1] * np.ones((2, 4)), A, B)) for f in (primitives_math.dot_right, primitives_math.matmul_right)),
    *(Sample(np.reshape, (A, shape)) for shape in ((3, 2), -1, (-1, 1), (6,), (2, -1))),
    *(Sample(np.reshape, (A, *dims), form=METHOD) for dims in ((3, 2), (-1,), ((6, 1),))),
    Sample(np.reshape, (X, (1, 1))),
    *(Sample(np.ravel, (x,)) for x in (V, A)),
    *(Sample(np.transpose, args) for args in ((A,), (V,), (T, (1, 2, 0)), (T, (0, -1, 1)), (T, (2, 1, 0)))),
    Sample(np.transpose, (A,), form=ATTRIBUTE, spelling="T"),
    *(Sample(np.transpose, (T, *axes), form=METHOD) for axes in ((), (1, 0, 2), ((1, 0, 2),))),
    *(Sample(np.swapaxes, (T, *axes)) for axes in ((0, 1), (-1, 0))),
    *(Sample(np.moveaxis, (T, *axes)) for axes in ((0, -1), (2, 0), ((0, 1), (1, 2)))),
    *(Sample(np.expand_dims, (x, axis)) for x in (V, A) for axis in (0, 1, -1, (0, 1))),
    *(Sample(np.squeeze, (x, *axis)) for x in (A[:, :1], A[:1, :1]) for axis in ((), (1,), (-1,))),
    *(Sample(np.broadcast_to, (x, shape)) for x, shape in ((V, (2, 3)), (A[:, :1], (2, 3)), (X, (2,)))),
    *(Sample(np.flip, args) for args in ((V,), (A, 0), (A, (0, 1)))),
    *(Sample(f, (A, *k), typed_only=True) for f in (np.tril, np.triu) for k in ((), (1,))),
    *(Sample(np.diag, args, typed_only=True) for args in ((V,), (V, 1), (B[:, :3],))),
    *(Sample(np.copy, (x,), form=form) for x, form in ((A, METHOD), (V, Form.FUNCTION))),
    *(Sample(primitives.astype, (x, t), spelling="astype") for x, t in ((V, float), (V.astype("f4"), np.float64),
      (X, np.float64))),
    Sample(primitives.astype, (A, np.float64), form=METHOD),
    *(Sample(np.float64, (x,)) for x in (X, V)),
    *(Sample(primitives.item, (x, *index), form=METHOD) for x, index in ((V[:1], ()), (A[:1, :1], ()), (A, (1, 2)))),
    *(Sample(builtins.float, (x,), form=BUILTIN) for x in (X, Z, V.sum())),
    *(Sample(f, ([V, W],)) for f in (np.concatenate, np.stack)),
    *(Sample(np.concatenate, (tuple(parts),), {"axis": axis}) for parts, axis in (
        ((A, A + 1), 0), ((A, B[:2], A), 1), ((A, B[:2]), -1), ((T, T[:, :1]), 1))),
    *(Sample(np.concatenate, ([V, [0.5, X]],)) for _ in range(1)),
    *(Sample(np.stack, ((V, W),), {"axis": axis}) for axis in (0, 1, -1, -2)),
    *(Sample(np.concatenate, ([A, A], axis), opaque=True) for axis in (0, 1)),
    *(Sample(np.stack, ([V, W], axis), opaque=True) for axis in (0, 1)),
    *(Sample(np.array, (x,)) for x in ([X, Y], [[X, Y], [Z, 0.5]], (X, 1, Y), [V, W], V, X)),
    *(Sample(np.array, (x,), opaque=True) for x in ([X, Y], [[X, Y], [X, Y]], [V, W])),
    *(Sample(f, (x,)) for f in (np.asarray, np.asanyarray) for x in ([X, Y], V)),
    *(Sample(primitives_nested.split_like, (A, [A[:, :1], A[:, 1:]], 1), opaque=True) for _ in range(1)),
    *(Sample(primitives_nested.unstack, (A, axis)) for axis in (0, 1)),
    *(Sample(primitives_nested.nested_like, (A, [[1, 2, 3], [4, 5, 6]])) for _ in range(1)),
    *(Sample(f, (A, B)) for f in (primitives_nested.real_like, primitives_nested.of_inexact)),
    *(Sample(np.arange, args) for args in ((X, 3), (X, Y, 0.25), (0, Y, Z), (X, 4, 2))),
    *(Sample(primitives_nested.rows_like, (A, [1])) for _ in range(1)),
    *(Sample(primitives_nested.repeated_like, (X, [1.0, 2.0]), opaque=True) for _ in range(1)),
    *(Sample(np.full, (shape, x)) for shape, x in (((2, 3), X), (3, Z))),
    *(Sample(np.full_like, (A, X)) for _ in range(1)),
    *(Sample(np.linspace, args, options) for args, options in (
        ((X, Y), {}), ((0, Y, 5), {}), ((X, 1, 4), {"endpoint": False}), ((X, Y), {"num": 3}))),
    *(Sample(operator.getitem, (x, index), form=OPERATOR) for x, index in (
        (V, 0), (V, -1), (V, slice(1, None)), (V, slice(None, -1)), (V, slice(None, None, -1)), (A,
          (slice(None), None)),
        (A, (0, 1)), (A, 1), (A, (slice(None), 1)), (A, (..., 0)), (T, (slice(1), ..., slice(1, 3))), (T, (0, ..., 1)),
        (V, np.array([True, False, True])), (V, I), (A, (I[1], I)), (A, (slice(None), I)), (T, (0, slice(None), I)),
          (V, (0, ...)))),
    *(Sample(operator.getitem, (x, index), form=OPERATOR, opaque=True) for x, index in (
        ([V, W], 1), ([X, Y], 0), ([V, W], slice(0, 1)), ([V, W], -1))),
    *(Sample(primitives.add_at, (x, index, value)) for x, index, value in ((V, 0, X), (A, (0, slice(None)), V),
      (A, 1, X))),
    *(Sample(primitives.set_at, (x, index, value)) for x, index, value in ((V, 0, X), (A, (0, slice(None)), V),
      (A, 1, 0.0))),
    *(Sample(primitives.scatter, (x, index, d)) for x, index, d in ((V, 0, X), (V, I, W), (A, 1, V), ([X, Y], 1, Z))),
    Sample(primitives.set_at, ([V, W], 0, V), opaque=True),
    *(Sample(primitives.mask, (c, x)) for c, x in ((np.array([True, False, True]), V), (np.array([True, False]), X))),
    *(Sample(primitives_stores.add_each_at, (x, index, value)) for x, index, value in ((V, I, W), (A, 1, V),
      (V, I, X), (A, (I[:2] - 1, I[:2]), V[:2]))),
    *(Sample(primitives_stores.stored_at, (x, index)) for x, index in ((V, I), (A, (I - 2, I)), (A, 1))),
    *(Sample(primitives_stores.append, ([V, W], A[0]), opaque=opaque) for opaque in (True, False)),
    Sample(primitives_stores.append, ([X, Y], Z), opaque=True),
    *(Sample(f, (x,), form=BUILTIN) for f, x in ((builtins.list, (X, Y)), (builtins.tuple, [V, W]))),
    *(Sample(primitives_records.make_record, (kind, X, V), typed_only=kind is PAIR) for kind in (PAIR, NAMED)),
    *(Sample(primitives_records.build_record, (kind.cls, kind.names, X, V), typed_only=True, record=kind)
      for kind in (PAIR, NAMED)),
    *(Sample(primitives.make_tuple, items) for items in ((X, V), (A, 1, Y))),
    *(Sample(primitives.make_list, items) for items in ((X, Y), (V, W, V))),
    Sample(primitives.make_dict, (("a", "b"), X, V)),
    *(Sample(primitives.unpack, (x,), results=2) for x in ([X, Y], (V, X), A)),
    Sample(primitives.unpack, ([V, W],), results=2, opaque=True),
    Sample(primitives.concatenate_lists, ([X, Y], [Z])),
    Sample(primitives.concatenate_lists, ([V, W], [V]), opaque=True),
    *(Sample(builtins.sum, (x,), form=BUILTIN) for x in ([V, W, V], (X, Y), A)),
    *(Sample(builtins.sum, (x,), form=BUILTIN, opaque=True) for x in ([V, W], [X, Y])),
    *(Sample(primitives.pack_like, (like, X, Y)) for like in ([1, 2], (1, 2), np.array([1, 2]))),
    *(Sample(primitives.stack_like, (A, [V]), opaque=opaque) for opaque in (True, False)),
    *(Sample(primitives.broadcast_like, (d, x)) for d, x in ((V, A), (X, V), (X, Y))),
    *(Sample(primitives.accumulate, pair) for pair in ((V, W), (X, Y))),
    *(Sample(primitives.own, (value,)) for value in (V, X)),
    *MATRICES,
    *STATISTICS,
    *(Sample(np.sinc, (x,)) for x in (V, X)),
    Sample(np.unwrap, (V,)),
    *SCIPY,
    *SURGERY,
    *(Sample(primitives.unbroadcast, (d, x)) for d, x in ((A, V), (A, A[:, :1]), (V, W), (A, X), (X, Y))),
]  # fmt: skip

CASES = [
    pytest.param(sample, variant, id=f"{k}-{sample}-{variant}")
    for k, sample in enumerate(SAMPLES)
    for variant in VARIANTS
    if not (variant == "unknown" and sample.typed_only)
]

HELPERS = {
    *(primitives_sorting.permuted, primitives_sorting.recurrence),
    *(primitives_math.product_of_others, primitives_math.log_of_base),
    *(primitives_nested.split_like, primitives_nested.unstack, primitives_nested.nested_like),
    *(primitives_nested.rows_like, primitives_nested.repeated_like),
}
"""The helpers that a derivative may call although the types are known: what they do is no NumPy expression."""


def paired(a, b):
    """Return the inner product of two structures of numbers and arrays; None stands for zero."""
    if a is None or b is None:
        return 0.0
    if isinstance(a, list | tuple | dict) or is_record(a):
        return sum(paired(x, y) for x, y in itertools.zip_longest(parts_of(a), parts_of(b)))
    return float(np.sum(np.asarray(a, float) * np.asarray(b, float)))


def moved(value, direction, step):
    if isinstance(value, list | tuple):
        return type(value)(moved(v, d, step) for v, d in zip(value, direction, strict=True))
    return value + step * direction if inexact(value) else value


def directions(value, rng):
    """Return a random direction for inexact numbers, zero for others."""
    if isinstance(value, list | tuple):
        return type(value)(directions(item, rng) for item in value)
    drawn = rng.normal(size=np.shape(value))
    if not inexact(value):
        return 0.0 * drawn
    return drawn.astype(value.dtype) if isinstance(value, np.ndarray) else type(value)(drawn)


def numerical(staged, d):
    """Return the derivative of <d, y> along the directions, by central differences extrapolated once."""
    inputs, along = staged

    def slope(step):
        high, low = (d(moved(inputs, along, s)) for s in (step, -step))
        return (high - low) / (2 * step)

    return (4 * slope(5e-4) - slope(1e-3)) / 3


def collapsed(cotangent, value):
    """Sum a contribution to the shape of its operand, as the reverse transform does."""
    if cotangent is None or not is_array_like(value):
        return cotangent
    return primitives.unbroadcast(np.asarray(cotangent)[()], value)


def is_array_like(value):
    return isinstance(value, float | np.ndarray | np.generic)


def widened(sample):
    """Return the sample in double precision, for numerical derivatives."""
    args = tuple(arg.astype(float) if isinstance(arg, np.ndarray) and arg.dtype == np.float32 else arg
      for arg in sample.args)
    return Sample(**{**sample.__dict__, "args": args})


def regrouped(cotangents, args, opaque):
    """Return one cotangent for each input, in the order of the program's parameters."""
    result = []
    for cotangent, arg in zip(cotangents, args, strict=True):
        if isinstance(arg, list | tuple) and not opaque:
            parts = [None] * len(arg) if cotangent is None else cotangent
            result += regrouped(parts, arg, opaque)
        elif isinstance(arg, list | tuple) or is_array_like(arg):
            result.append(cotangent)
    return result


def random_directions(sample):
    rng = np.random.default_rng(3)
    return [directions(value, rng) for value in Staged(sample).inputs()]


@functools.cache
def expected(sample):
    """Return the numerical derivative of <d, y> and the directions that it is taken along."""
    wide = widened(sample)
    along = random_directions(wide)
    staged = Staged(wide, "unknown")
    inputs = staged.inputs()
    d = seed(staged.primal(inputs))
    return numerical((inputs, along), lambda x: paired(d, Staged(wide, "unknown").primal(x))), along


def tolerance(sample):
    single = any(isinstance(arg, np.ndarray) and arg.dtype == np.float32 for arg in sample.args)
    return {"rel": 2e-5, "abs": 2e-5} if single else {"rel": 1e-7, "abs": 1e-8}


@pytest.mark.parametrize(("sample", "variant"), CASES)
def test_reverse_agrees_with_differences(sample, variant):
    number, along = expected(sample)
    staged = Staged(sample, variant)
    found = regrouped(run(*staged.reverse()), sample.args, sample.opaque)
    pairs = zip(found, staged.inputs(), along, strict=False)
    total = sum(paired(collapsed(c, x), v) for c, x, v in pairs if any(map(inexact, leaves(x))))
    assert total == pytest.approx(number, **tolerance(sample))


@pytest.mark.parametrize(("sample", "variant"), CASES)
def test_forward_agrees_with_differences(sample, variant):
    number, along = expected(sample)
    staged = Staged(sample, variant)
    y = staged.primal(staged.inputs())
    (tangent,) = run(*staged.forward(along))
    if not (isinstance(y, list | tuple | dict) or is_record(y)):
        tangent = np.broadcast_to(0.0 if tangent is None else tangent, np.shape(y))
    assert paired(seed(y), tangent) == pytest.approx(number, **tolerance(sample))


@pytest.mark.parametrize("sample", SAMPLES, ids=[f"{k}-{sample}" for k, sample in enumerate(SAMPLES)])
def test_what_a_rule_emits_has_a_rule(sample):
    for variant in VARIANTS[: 2 if sample.typed_only else 3]:
        staged = Staged(sample, variant)
        emitted = calls(staged.reverse()[0]) | calls(staged.forward(random_directions(sample))[0])
        assert {f for f in emitted if f not in RULES and f not in CONSTANT} == set()
        if variant != "unknown":
            homes = (primitives_math.__name__, primitives_nested.__name__)
            helpers = {f for f in emitted if getattr(f, "__module__", None) in homes}
            assert helpers - HELPERS - {sample.function, *RELATED.get(sample.function, ())} == set()


RELATED = {
    primitives_math.dot_left: {primitives_math.dot_right},
    primitives_math.dot_right: {primitives_math.dot_left},
    primitives_math.matmul_left: {primitives_math.matmul_right},
    primitives_math.matmul_right: {primitives_math.matmul_left},
}


DECOMPOSITIONS = {
    *(np.linalg.eigh, np.linalg.eigvalsh, np.linalg.cholesky, np.linalg.svd, np.linalg.qr, np.linalg.slogdet),
    *(np.linalg.lstsq, np.frexp),
    *(np.linalg.pinv, np.linalg.eig, np.linalg.eigvals, np.partition, primitives_matrices.gap_reciprocals),
}
COMPLEX = {
    *(np.fft.rfft, np.fft.irfft),
    *(np.einsum, np.fft.fft, np.fft.ifft, np.real, np.imag, np.conjugate, np.angle, np.real_if_close, np.sign),
}
"""Functions that are tested in `test_decompositions`, `test_numeric_functions`, `test_complex` and `test_einsum`."""
FORMS = {np.logaddexp.reduce, np.frexp, np.ldexp, np.roots, np.float32, np.float16}
"""Functions that are tested in `test_call_forms`."""


def test_every_rule_has_a_sample():
    # the functions of `math` take numbers only, and have a test of their own
    ours = {f for f, rule in RULES.items() if getattr(f, "__module__", None) != "math" and not rule.own}
    composed = {f for f, rule in RULES.items() if rule.kind == "composed"}
    elsewhere = {primitives_math.log_of_base, *TESTED_WITH_CONSTRAINTS, *composed, *COMPLEX, *DECOMPOSITIONS, *FORMS}
    assert ours - {sample.function for sample in SAMPLES} - elsewhere == set()


def test_no_function_is_both_active_and_constant():
    assert set(RULES) & CONSTANT == set()


def test_a_second_rule_of_a_function_is_an_error():
    with pytest.raises(ValueError, match="sin has two rules"):
        registry.elementwise(np.sin, lambda d, y, x: d)
    with pytest.raises(ValueError, match="floor has two rules, or is a constant and has one"):
        registry.linear(np.floor, lambda d, y, x: d)
    with pytest.raises(ValueError, match="constants have rules: sin"):
        registry.constant(np.sin)
