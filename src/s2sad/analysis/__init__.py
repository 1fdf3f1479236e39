"""Facts about a program, computed and never stored in it; importing this fills the table of type rules."""

from __future__ import annotations

from s2sad.analysis import (
    types_constants,
    types_containers,
    types_creation,
    types_decompositions,
    types_elementwise,
    types_gathering,
    types_indexing,
    types_joining,
    types_math,
    types_matrices,
    types_numerics,
    types_primitives,
    types_products,
    types_python,
    types_random,
    types_records,
    types_reductions,
    types_shaping,
    types_sorting,
)

__all__ = [
    "types_constants",
    "types_containers",
    "types_creation",
    "types_decompositions",
    "types_elementwise",
    "types_gathering",
    "types_indexing",
    "types_joining",
    "types_math",
    "types_matrices",
    "types_numerics",
    "types_primitives",
    "types_products",
    "types_python",
    "types_random",
    "types_records",
    "types_reductions",
    "types_shaping",
    "types_sorting",
]
