"""From Python's own syntax tree, which differs between versions, to gast's, which does not."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any

import gast
from gast.ast3 import Ast3ToGAst


class _Converter(Ast3ToGAst):  # type: ignore[misc]
    """Conversion that does not recurse along a chain of operators, so that a sum may have thousands of terms."""

    def visit_BinOp(self, node: ast.BinOp) -> gast.BinOp:  # noqa: N802 - the name is the visitor's
        """Convert `a + b + … + z` from the innermost operation outwards."""
        chain = [node]
        while isinstance(chain[-1].left, ast.BinOp):
            chain.append(chain[-1].left)
        left: Any = self._visit(chain[-1].left)
        for link in reversed(chain):
            converted = gast.BinOp(left, self._visit(link.op), self._visit(link.right))
            left = gast.copy_location(converted, link)
        return left


@lru_cache(maxsize=1024)
def to_gast(node: ast.AST) -> Any:
    """Return the gast form of a node; the same object for the same node."""
    return _Converter().visit(node)
