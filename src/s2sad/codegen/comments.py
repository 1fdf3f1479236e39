"""Showing the user's statement above the lines that it became."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Hashable
from dataclasses import dataclass, field

from s2sad.codegen.text import said
from s2sad.codegen.wrap import WIDTH
from s2sad.ir.program import Statement
from s2sad.parsing import syntax_tree

_INDENT = "    "

_COMPOUND = ("for ", "if ", "elif ", "else", "while ", "with ", "def ", "try", "match ", "async ")


@dataclass(slots=True)
class Entry:
    """The lines of one statement; `comes_from` is the user's statement, `neutral` ones do not end a group."""

    lines: list[str]
    comes_from: Statement | None = None
    neutral: bool = False
    derived: bool = False


@dataclass(slots=True)
class _Group:
    comes_from: Statement | None
    entries: list[Entry] = field(default_factory=list)


def with_comments(entries: list[Entry], shown: set[Statement], width: int) -> list[str]:
    """Return the lines of a block, with each of the user's statements once above what it became.

    Parameters
    ----------
    entries : list of Entry
        The printed statements of a block.
    shown : set of Statement
        The statements that have been shown already; those shown now are added.
    width : int
        How long comments may be.

    Returns
    -------
    list of str
        The lines, not indented.
    """
    lines: list[str] = []
    for group in _groups(entries):
        own = [line for entry in group.entries if not entry.neutral for line in entry.lines]
        statement = group.comes_from
        if statement is not None and statement not in shown and not _is_plain(own, statement.text):
            shown.add(statement)
            lines += comment(statement.text, width)
        lines += [line for entry in group.entries for line in entry.lines]
    return lines


def comment(text: str, width: int = WIDTH) -> list[str]:
    """Return text as comment lines, with what cannot be printed escaped; long lines go on further in."""
    lines: list[str] = []
    for line in text.splitlines():
        shown = _visible(line)
        margin = shown[: len(shown) - len(shown.lstrip())]
        lines += (
            textwrap.wrap(
                shown.strip(),
                width,
                initial_indent=f"# {margin}",
                subsequent_indent=f"# {margin}{_INDENT}",
                break_long_words=False,
                break_on_hyphens=False,
            )
            if len(shown) + 2 > width
            else [f"# {shown}".rstrip()]
        )
    return lines


def _visible(line: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line.expandtabs(4))


def _groups(entries: list[Entry]) -> list[_Group]:
    groups: list[_Group] = []
    for entry in entries:
        last = groups[-1] if groups else None
        same = last is not None and (entry.neutral or entry.comes_from is last.comes_from)
        if last is not None and same and last.comes_from is not None:
            last.entries.append(entry)
        else:
            groups.append(_Group(None if entry.neutral else entry.comes_from, [entry]))
    return groups


def _is_plain(lines: list[str], text: str) -> bool:
    """Tell whether a statement needs no comment: it is printed as it was written, or it is a header."""
    if text.startswith(_COMPOUND) or not lines:
        return True
    written, printed = _parsed(text), _parsed("\n".join(lines))
    if isinstance(written, ast.Return):
        # what is returned may have got a name
        match printed:
            case ast.Return(value=value) | ast.Assign(targets=[ast.Name()], value=value):
                return _said(value) == _said(written.value)
    return written is not None and _said(written) == _said(printed)


def _parsed(text: str) -> ast.stmt | None:
    """Return the one statement that a text is."""
    try:
        body = syntax_tree(text).body
    except (SyntaxError, ValueError):
        return None
    return body[0] if len(body) == 1 else None


def _said(node: ast.AST | None) -> Hashable:
    """Return what code says, whatever its layout, with assignments in one form."""
    match node:
        case None:
            return None
        case ast.AnnAssign(target=target, value=value) if value is not None:
            return said(ast.Assign([target], value))
        case ast.AugAssign(target=ast.Name(name, _) as target, op=op, value=value):
            whole = ast.BinOp(ast.Name(name, ast.Load()), op, value)
            return said(ast.Assign([target], whole))
        case _:
            return said(node)
