"""Facts about a program, computed and never stored in it; importing this fills the table of type rules."""

from __future__ import annotations

from s2sad.analysis import (
    types_containers,
    types_creation,
    types_elementwise,
    types_indexing,
    types_joining,
    types_primitives,
    types_products,
    types_python,
    types_reductions,
    types_shaping,
)

__all__ = [
    "types_containers",
    "types_creation",
    "types_elementwise",
    "types_indexing",
    "types_joining",
    "types_primitives",
    "types_products",
    "types_python",
    "types_reductions",
    "types_shaping",
]
