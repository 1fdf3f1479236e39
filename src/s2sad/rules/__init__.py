"""The derivatives of NumPy's functions; importing this fills the table that the transforms read."""

from __future__ import annotations

from s2sad.rules import (
    constants,
    containers,
    creation,
    elementwise,
    extrema,
    indexing,
    joining,
    linear_algebra,
    powers,
    reductions,
    shaping,
    statistics,
)

__all__ = [
    "constants",
    "containers",
    "creation",
    "elementwise",
    "extrema",
    "indexing",
    "joining",
    "linear_algebra",
    "powers",
    "reductions",
    "shaping",
    "statistics",
]
