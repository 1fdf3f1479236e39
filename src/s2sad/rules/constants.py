"""Functions whose results carry no derivative."""

from __future__ import annotations

import builtins
import math
import operator

import numpy as np

from s2sad.ir import primitives, primitives_stop, primitives_stores
from s2sad.rules.registry import constant

constant(np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal)
constant(np.logical_and, np.logical_or, np.logical_xor, np.logical_not)
constant(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift)
constant(np.isnan, np.isinf, np.isfinite, np.isclose, np.allclose, np.array_equal, np.signbit)
constant(np.floor, np.ceil, np.rint, np.trunc, np.round, np.around, np.floor_divide, np.fix)
constant(np.argmax, np.argmin, np.argsort, np.any, np.all, np.count_nonzero, np.nonzero, np.searchsorted)
constant(np.argwhere, np.iscomplex, np.isreal, np.isin, np.tri, np.indices, np.ix_, np.unravel_index)
constant(primitives_stop.stop_gradient)
constant(np.shape, np.ndim, np.size)
constant(np.zeros, np.ones, np.empty, np.eye, np.identity)
constant(np.zeros_like, np.ones_like, np.empty_like)
constant(operator.is_, operator.is_not, operator.not_, operator.truth, operator.contains)
constant(builtins.len, builtins.int, builtins.bool, builtins.range, builtins.isinstance)
constant(primitives.make_slice, primitives.empty_slots, primitives.zeros_like, primitives.undefined)
constant(primitives.check_bound, primitives.check_scalar, primitives_stores.make_path)
constant(math.isfinite, math.isnan, math.isinf, math.isclose, math.floor, math.ceil, math.trunc, math.ulp)
constant(math.comb, math.factorial, math.gcd, math.isqrt, math.lcm, math.perm)
constant(operator.index, operator.countOf, operator.indexOf, operator.length_hint)
constant(primitives_stores.check_apart, primitives_stores.check_kinds)
constant(np.tril_indices, np.triu_indices, np.tril_indices_from, np.triu_indices_from, np.mask_indices)
constant(np.diag_indices, np.diag_indices_from, np.ravel_multi_index, np.lexsort)
constant(np.gcd, np.lcm, np.spacing, np.isneginf, np.isposinf, np.packbits, np.unpackbits)
constant(np.isscalar, np.iscomplexobj, np.isrealobj, np.array_equiv, np.iterable, np.broadcast_shapes)
constant(np.result_type, np.promote_types, np.can_cast, np.issubdtype, np.min_scalar_type, np.common_type)
constant(np.typename, np.mintypecode, np.base_repr, np.binary_repr)
constant(np.array2string, np.array_repr, np.array_str, np.format_float_positional, np.format_float_scientific)
# NumPy 2 has them
constant(*(getattr(np, name) for name in ("isdtype", "bitwise_count") if hasattr(np, name)))
