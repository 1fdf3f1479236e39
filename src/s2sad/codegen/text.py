"""From syntax trees to text, checked by reading the text back."""

from __future__ import annotations

import ast
import re
from collections.abc import Hashable

from s2sad.parsing import syntax_tree

_KEPT = 10_000
"""How many texts are kept: a line is printed again whenever one near it turns out to be too long."""

_texts: dict[Hashable, str] = {}
"""The text of statements that have been printed, by what their trees say."""


def said(node: ast.AST) -> tuple[Hashable, ...]:
    """Return what a syntax tree says, apart from where it stands: equal for trees of which `ast.dump` is."""
    # one frame for each level of the tree, which may have hundreds
    parts: list[Hashable] = [type(node).__name__]
    for name in node._fields:
        part = getattr(node, name, None)
        for one in part if isinstance(part, list) else (part,):
            if isinstance(one, ast.AST):
                parts.append(said(one))
            else:
                # 1 is not True nor "1", and 0.0 is not -0.0
                parts.append((type(one).__name__, str(one)))
        parts.append(name)
    return tuple(parts)


def render(statement: ast.stmt) -> str:
    """Return the text of one statement without compound parts, on one line.

    Parameters
    ----------
    statement : ast.stmt
        An assignment, an expression statement or a return.

    Returns
    -------
    str
        Text that parses to the same tree.
    """
    return _printed(statement, lines=1)


def render_header(statement: ast.For | ast.While | ast.If) -> str:
    """Return the first line of a compound statement whose body is a `pass`."""
    return _printed(statement, lines=2).partition("\n")[0]


def _printed(statement: ast.stmt, lines: int) -> str:
    wanted = said(statement)
    if wanted in _texts:
        return _texts[wanted]
    ast.fix_missing_locations(statement)
    for printer in (_astor, ast.unparse):
        text = printer(statement)
        if text is not None and text.count("\n") + 1 == lines and _reads_as(text, wanted):
            if len(_texts) >= _KEPT:
                _texts.clear()
            _texts[wanted] = text
            return text
    raise ValueError(f"no printer gives text that reads back as {ast.dump(statement)}")


def _astor(statement: ast.stmt) -> str | None:
    import astor

    try:
        return _tidy(str(astor.to_source(statement, pretty_source="".join)).strip())
    except (AttributeError, ValueError, RecursionError):
        return None


def _tidy(text: str) -> str:
    """Write powers of simple operands without spaces; what this would spoil is found when the text is read back."""
    text = double_quoted(text)
    return re.sub(r"(?<![\w.\])])([\w.]+) \*\* (-?[\w.]+)(?![\w.(\[])", r"\1**\2", text)


def double_quoted(text: str) -> str:
    """Return code with its plain strings between double quotes, as people write them."""
    return text if '"' in text else re.sub(r"(?<!\w)'([^'\\]*)'", r'"\1"', text)


def _reads_as(text: str, wanted: Hashable) -> bool:
    try:
        (read,) = syntax_tree(text).body
    except (SyntaxError, ValueError):
        return False
    return said(read) == wanted
