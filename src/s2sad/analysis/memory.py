"""Which functions make memory of their own, and which hand on that of their operands."""

from __future__ import annotations

import builtins
import enum
import operator
from typing import Any

import numpy as np

from s2sad.ir import (
    primitives,
    primitives_banded,
    primitives_bessel,
    primitives_implicit,
    primitives_math,
    primitives_nested,
    primitives_polynomials,
    primitives_python,
    primitives_records,
    primitives_schedule,
    primitives_seeds,
    primitives_signal,
    primitives_sorting,
    primitives_stop,
    primitives_stores,
    primitives_surgery,
)
from s2sad.ir.primitives_random import DRAWS
from s2sad.ir.procedures import Integrand
from s2sad.ir.program import Call, Form, Value
from s2sad.ir.types import Array, Generator, Literal, Path, Range, Scalar, TupleOf, Type, Unknown


class Memory(enum.Enum):
    """Where the memory of a call's result comes from."""

    FRESH = "fresh"
    VIEW = "view"
    FOREIGN = "foreign"


def _named(module: Any, names: str) -> dict[Any, None]:
    return dict.fromkeys(getattr(module, name) for name in names.split() if hasattr(module, name))


_FRESH = {
    **_named(
        np,
        "sum prod max min mean var std ptp median average any all argmax argmin count_nonzero where dot vdot inner "
        "outer tensordot kron cross trace concatenate stack vstack hstack dstack column_stack zeros ones full empty "
        "zeros_like ones_like full_like empty_like eye identity arange linspace copy sort argsort cumsum "
        "partition cumprod take take_along_axis "
        "tile repeat roll pad tril triu clip nansum nanmean bincount searchsorted "
        "append delete resize compress extract select choose vander nancumprod cumulative_sum cumulative_prod "
        "unwrap sinc i0 meshgrid "
        "nanprod nancumsum nanmax nanmin nanvar nanstd ediff1d gradient trapezoid "
        "interp convolve correlate quantile percentile nanmedian nanquantile nanpercentile "
        "logspace geomspace polyval polyadd polysub polymul poly polyfit diagflat insert cov "
        "corrcoef unique union1d setdiff1d setxor1d intersect1d tril_indices triu_indices "
        "tril_indices_from triu_indices_from mask_indices diag_indices diag_indices_from ravel_multi_index "
        "lexsort isneginf isposinf packbits unpackbits hamming hanning blackman bartlett kaiser shape ndim size "
        "issubdtype isscalar iscomplexobj isrealobj result_type promote_types can_cast array_equiv",
    ),
    **_named(np.linalg, "norm det slogdet inv solve cholesky eig eigvals eigh eigvalsh svd qr pinv"),
    **_named(np.linalg, "lstsq tensorsolve tensorinv"),
    **_named(builtins, "float int bool complex len range abs isinstance str"),
    **_named(primitives, "make_slice zeros_like empty_slots astype item mask undefined own"),
    **_named(primitives_math, "log_of_base positive_or_complex product_of_others count_reduced"),
    **_named(primitives_math, "dot_left dot_right matmul_left matmul_right"),
    **_named(primitives_python, "nbytes itemsize"),
    **_named(primitives_stores, "make_path"),
    **_named(primitives_banded, "banded_transpose banded_dot banded_outer"),
    **_named(primitives_bessel, "bessel_i1"),
    **_named(primitives_signal, "embed"),
    **_named(primitives_sorting, "permuted recurrence first_places"),
    **_named(primitives_seeds, "units dtype_of joined_shapes probe_like is_scaled"),
    **_named(primitives_schedule, "with_snapshots snapshot_steps next_snapshot room_for"),
    **_named(operator, "not_ is_ is_not contains"),
}
_VIEW = {
    # differences of order 0 are the array itself
    np.diff: None,
    np.einsum: None,
    **_named(np, "transpose swapaxes moveaxis reshape ravel squeeze expand_dims flip atleast_1d atleast_2d atleast_3d"),
    **_named(np, "asarray asanyarray ascontiguousarray asfortranarray asarray_chkfinite require"),
    **_named(np, "rot90 rollaxis matrix_transpose permute_dims"),
    **_named(np, "fliplr flipud split array_split hsplit vsplit dsplit unstack trim_zeros polyder polyint"),
    **_named(operator, "getitem"),
    **_named(builtins, "tuple list dict sorted reversed zip enumerate max min sum"),
    **_named(primitives, "make_tuple make_list make_dict unpack concatenate_lists accumulate unbroadcast identity"),
    **_named(primitives, "scatter pack_like stack_like"),
    **_named(primitives_records, "make_record build_record"),
    **_named(primitives_math, "expand_reduced sum_to_shape"),
    **_named(primitives_nested, "split_like unstack real_like"),
    **_named(primitives_polynomials, "of_leading"),
    **_named(primitives_signal, "crop"),
    **_named(primitives_stop, "stop_gradient"),
    **_named(primitives_seeds, "fitted_seed"),
    **_named(primitives_implicit, "solution"),
    **_named(primitives_surgery, "with_adjoint checked_adjoint"),
    **_named(primitives_stores, "stored_at"),
}
_HOLDS_ALL = {
    **_named(primitives, "make_tuple make_list make_dict concatenate_lists accumulate pack_like"),
    **_named(primitives_records, "make_record build_record"),
    **_named(builtins, "zip max min sum"),
    **_named(np, "add multiply einsum"),
}
_HOLDS = {primitives.scatter: 2, primitives.stack_like: 1}
_OWN_METHODS = frozenset({"copy", "flatten", "astype", "sum", "mean", "item", "tolist", "dot", "repeat", "take"})
_FOREIGN_METHODS = frozenset({"conj", "conjugate", "round", "diagonal", "view", "flat", "real", "imag"})


def is_immutable(type_: Type) -> bool:
    """Tell whether a value of this type has no memory that a store could write into."""
    match type_:
        case Scalar() | Range() | Path() | Generator() | TupleOf():
            return True
        case Literal(value):
            return not isinstance(value, np.ndarray | list | dict)
        case Array(scalar=scalar):
            return scalar
        case _:
            return False


def is_number(type_: Type) -> bool:
    """Tell whether arithmetic with a value of this type cannot mean the concatenation of sequences."""
    if isinstance(type_, Literal):
        return isinstance(type_.value, int | float | complex | np.generic | np.ndarray)
    return isinstance(type_, Array) or (isinstance(type_, Scalar) and type_.kind != "str")


def memory_of(call: Call) -> Memory:
    """Return where the memory of a call's result comes from; what is not known is `FOREIGN`."""
    if len(call.results) == 1 and is_immutable(call.result.type):
        return Memory.FRESH
    function = call.function
    if call.form in (Form.METHOD, Form.ATTRIBUTE) and function is not operator.getitem:
        spelling = call.spelling or function.__name__
        if spelling in _FOREIGN_METHODS or "copy" in call.keywords:
            return Memory.FOREIGN
        if spelling in _OWN_METHODS:
            return Memory.FRESH
    if call.form is Form.OPERATOR and isinstance(function, np.ufunc):
        return Memory.VIEW if _may_concatenate(call) else Memory.FRESH
    if "out" in call.keywords or "copy" in call.keywords:
        return Memory.FOREIGN
    if isinstance(function, np.ufunc | Integrand) or function in _FRESH or function in DRAWS:
        return Memory.FRESH
    if is_product(call):
        return Memory.FRESH
    if function is np.array and len(call.positional) == 1:
        return Memory.FRESH
    return Memory.VIEW if function in _VIEW else Memory.FOREIGN


def is_product(call: Call) -> bool:
    """Tell whether a call of `np.einsum` has two arrays or more: of one it may be a view, `np.einsum("ij->ji", x)`."""
    first = call.operands[0].type if call.function is np.einsum else None
    return isinstance(first, Literal) and isinstance(first.value, str) and len(call.positional) > 2


def shared_operands(call: Call) -> tuple[Value, ...]:
    """Return the operands that the result of a call with `Memory.VIEW` may share memory with."""
    if call.function in _HOLDS_ALL:
        return call.operands
    place = _HOLDS.get(call.function, 0)
    return call.operands[place : place + 1] or call.operands


def _may_concatenate(call: Call) -> bool:
    """Tell whether `a + b` or `a * b` may stand for the concatenation or the repetition of lists."""
    if call.origin.derived or isinstance(call.result.type, Array):
        return False
    if call.function is np.add:
        return not any(is_number(value.type) for value in call.operands)
    if call.function is np.multiply:
        return any(isinstance(v.type, Unknown) for v in call.operands) and not any(map(_is_inexact, call.operands))
    return False


def _is_inexact(value: Value) -> bool:
    match value.type:
        case Array():
            return True
        case Scalar(kind):
            return kind in ("float", "complex")
        case Literal(known):
            return isinstance(known, float | complex | np.inexact)
        case _:
            return False


STORES = (primitives.set_at, primitives.add_at, primitives_stores.add_each_at, primitives_stores.append)
"""Operations that make a new version of a buffer: of their first operand, with the last one in it."""


def is_store(operation: object) -> bool:
    """Tell whether an operation makes a new version of a buffer."""
    return isinstance(operation, Call) and operation.function in STORES


def index_of(store: Call) -> Value | None:
    """Return the place that a store writes; None for one that appends."""
    return store.operands[1] if len(store.operands) == 3 else None


def may_harm(base: Type, other: Type) -> bool:
    """Tell whether writing into a value of type `base` can change a value of type `other` that shares its memory.

    A list's slots are not the memory of the arrays in it: writing into the list leaves an array alone.
    """
    if is_immutable(other):
        return False
    return isinstance(base, Array | Unknown) or not isinstance(other, Array)
