"""Generators of random numbers, as arguments, annotations and globals."""

from __future__ import annotations

from typing import Any

from s2sad.ir.types import Generator

KINDS = ("Generator", "RandomState", "Random")
"""The names of their classes: two of NumPy's, and that of Python's `random`."""

_MODULES = ("numpy.random._generator", "numpy.random.mtrand", "random")


def generator_type(cls: type) -> Generator | None:
    """Return the type of the generators of a class; None for any other class. Nothing is imported to find out."""
    return Generator(cls.__name__) if cls.__name__ in KINDS and cls.__module__ in _MODULES else None


def is_generator(value: Any) -> bool:
    """Tell whether a value is a generator of random numbers."""
    return generator_type(type(value)) is not None
