"""Syntax trees from text, one thread at a time.

CPython counts how deep the tree is that it builds for all threads together. Where two build trees at once, one of them
may raise `SystemError: AST constructor recursion depth mismatch` (https://github.com/python/cpython/issues/106905).
"""

from __future__ import annotations

import ast
import threading
from typing import Any

_PARSING = threading.RLock()

_TRIES = 20


def syntax_tree(text: str, filename: str = "<unknown>", mode: str = "exec") -> Any:
    """Return the syntax tree of a text, as `ast.parse` does, and raise what it raises."""
    for _ in range(_TRIES):
        try:
            with _PARSING:
                return ast.parse(text, filename, mode)
        except SystemError:
            # a thread of somebody else's builds a tree as well
            continue
    return ast.parse(text, filename, mode)
