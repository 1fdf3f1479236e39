"""Operations for statements and attributes of Python's own: raising, asserting, and the memory that an array takes."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

from s2sad.ir import primitives
from s2sad.ir.primitives_implicit import check_regular
from s2sad.ir.primitives_seeds import check_elementwise
from s2sad.ir.primitives_stores import check_apart, check_kinds


def fail(kind: type[BaseException], *args: Any) -> NoReturn:
    """Raise an exception: `raise kind(*args)`."""
    raise kind(*args)


def check(condition: Any, *message: Any) -> None:
    """Raise `AssertionError` unless a condition holds: `assert condition, message`."""
    if not condition:
        raise AssertionError(*message)


def nbytes(x: Any) -> int:
    """Return how many bytes the elements of an array take: `x.nbytes`."""
    return int(x.nbytes)


def itemsize(x: Any) -> int:
    """Return how many bytes one element of an array takes: `x.itemsize`."""
    return int(x.itemsize)


def ignore_warnings(*kinds: str) -> None:
    """Say that NumPy's warnings of these kinds are not wanted: the whole function runs under `np.errstate`."""


EFFECTS: frozenset[Callable[..., Any]] = frozenset(
    {
        *(primitives.check_bound, primitives.check_scalar, check_apart, check_kinds, fail, check, ignore_warnings),
        *(check_elementwise, check_regular),
        *(builtins.print, builtins.breakpoint, warnings.warn),
    }
)
"""Functions that are called for what they do. They are kept where they stand, each in the order of the others."""
