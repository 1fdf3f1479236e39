"""From syntax trees to text, checked by reading the text back."""

from __future__ import annotations

import ast
import re


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
    ast.fix_missing_locations(statement)
    wanted = ast.dump(statement)
    for printer in (_astor, ast.unparse):
        text = printer(statement)
        if text is not None and "\n" not in text and _reads_as(text, wanted):
            return text
    raise ValueError(f"no printer gives text that reads back as {wanted}")


def render_header(statement: ast.For | ast.If) -> str:
    """Return the first line of a compound statement whose body is a `pass`."""
    ast.fix_missing_locations(statement)
    wanted = ast.dump(statement)
    for printer in (_astor, ast.unparse):
        lines = (printer(statement) or "").splitlines()
        if len(lines) == 2 and _reads_as("\n".join(lines), wanted):
            return lines[0]
    raise ValueError(f"no printer gives text that reads back as {wanted}")


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


def _reads_as(text: str, wanted: str) -> bool:
    try:
        (read,) = ast.parse(text).body
    except (SyntaxError, ValueError):
        return False
    return ast.dump(read) == wanted
