"""Laying out a statement that is too long for one line."""

from __future__ import annotations

import ast
import textwrap

from s2sad.parsing import syntax_tree

WIDTH = 108
"""No line of generated code is longer, but for names and strings that are longer by themselves."""

_INDENT = "    "
_NARROWEST = 40
_GLUE = "\0"
_RANKS: dict[type[ast.operator], int] = {
    ast.Add: 0,
    ast.Sub: 0,
    ast.Mult: 1,
    ast.Div: 1,
    ast.FloorDiv: 1,
    ast.Mod: 1,
    ast.MatMult: 1,
}


def room(depth: int) -> int:
    """Return how long lines may be that are indented so many times; deep in loops they get no narrower."""
    return max(WIDTH - len(_INDENT) * depth, _NARROWEST)


def wrapped(line: str, width: int) -> list[str]:
    """Return the lines of a statement that stands on one line, or of a condition that `and` may begin.

    Parameters
    ----------
    line : str
        The text.
    width : int
        How long the lines may be.

    Returns
    -------
    list of str
        The text, cut at commas or at operators inside brackets where it is too long.
    """
    if len(line) <= width:
        return [line]
    start = "and " if line.startswith("and ") else ""
    try:
        (statement,) = syntax_tree(line.removeprefix(start)).body
    except SyntaxError:
        return [line]
    value = getattr(statement, "value", None)
    if not isinstance(value, ast.expr):
        return [line]
    text = line.removeprefix(start).encode()
    if isinstance(value, ast.Compare) and start:
        left, right = _between(text, value.left), text[value.left.end_col_offset or 0 :].decode().strip()
        return [start + left, _INDENT + right]
    before, after = text[: value.col_offset].decode(), text[value.end_col_offset or 0 :].decode()
    lines = _Layout(text, width).lines(before, value, after)
    same = not start and ast.dump(syntax_tree("\n".join(lines))) == ast.dump(ast.Module([statement], []))
    return lines if same else [line]


def phrases(text: str, width: int) -> list[str]:
    """Return a sentence about types in pieces that end in their spaces, cut between types unless one is too long."""
    depth, marked = 0, ""
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        marked += _GLUE if character == " " and (depth > 0 or marked.endswith(":")) else character
    pieces = [piece.replace(_GLUE, " ") for piece in _pieces(marked, width)]
    return pieces if max(map(len, pieces), default=0) <= width else _pieces(text, width)


def _pieces(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, drop_whitespace=False, break_long_words=False, break_on_hyphens=False)


def filled(parts: list[str], width: int) -> list[str]:
    """Return parts with commas between them, as many on a line as fit, indented."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(part) + 2 < width:
            lines[-1] += f" {part},"
        else:
            lines.append(f"{part},")
    lines[-1] = lines[-1].removesuffix(",")
    return [_INDENT + line for line in lines]


def _between(text: bytes, node: ast.expr) -> str:
    return text[node.col_offset : node.end_col_offset].decode()


class _Layout:
    def __init__(self, text: bytes, width: int) -> None:
        self.text = text
        self.width = width

    def lines(self, before: str, node: ast.expr, after: str) -> list[str]:
        """Return the lines of an expression with what stands before and after it."""
        whole = before + _between(self.text, node) + after
        if len(whole) <= self.width:
            return [whole]
        match node:
            case ast.Call(func=func, args=args, keywords=keywords) if args or keywords:
                named = [(f"{k.arg}=" if k.arg else "**", k.value) for k in keywords]
                head = f"{before}{_between(self.text, func)}("
                return self.listed(head, [*(("", arg) for arg in args), *named], f"){after}")
            case ast.List(elts=elts) if elts:
                return self.listed(f"{before}[", [("", part) for part in elts], f"]{after}")
            case ast.Tuple(elts=elts) if len(elts) > 1:
                return self.listed(f"{before}(", [("", part) for part in elts], f"){after}")
            case ast.Dict(keys=keys, values=values) if keys and None not in keys:
                pairs = [(f"{_between(self.text, k)}: ", v) for k, v in zip(keys, values, strict=True) if k is not None]
                return self.listed(f"{before}{{", pairs, f"}}{after}")
            case ast.UnaryOp(operand=operand):
                sign = self.text[node.col_offset : operand.col_offset].decode()
                closing = self.text[operand.end_col_offset or 0 : node.end_col_offset].decode()
                return self.lines(before + sign, operand, closing + after)
            case ast.BinOp():
                return self.terms(before, node, after)
            case _:
                return [whole]

    def listed(self, opening: str, parts: list[tuple[str, ast.expr]], closing: str) -> list[str]:
        """Return parts between brackets, on one line of their own if they fit on it, else on one each."""
        together = _INDENT + ", ".join(before + _between(self.text, part) for before, part in parts)
        if len(together) <= self.width:
            return [opening, together, closing]
        inner = _Layout(self.text, self.width - len(_INDENT))
        rows = [row for before, part in parts for row in inner.lines(before, part, ",")]
        return [opening, *(_INDENT + row for row in rows), closing]

    def terms(self, before: str, node: ast.BinOp, after: str) -> list[str]:
        """Return a sum or a product, a term a line, in parentheses unless there are any around it."""
        terms = self.chain(node, _RANKS.get(type(node.op)), "", "")
        if len(terms) == 1:
            return [before + _between(self.text, node) + after]
        inner = _Layout(self.text, self.width - len(_INDENT))
        rows = [_INDENT + row for opening, term, closing in terms for row in inner.lines(opening, term, closing)]
        if before.endswith("(") and after.startswith(")"):
            return [before, *rows, after]
        return [f"{before}(", *rows, f"){after}"]

    def chain(self, node: ast.expr, rank: int | None, before: str, after: str) -> list[tuple[str, ast.expr, str]]:
        """Return the terms of a chain of operators of one rank, each with what stands right before and after it."""
        if not isinstance(node, ast.BinOp) or _RANKS.get(type(node.op)) != rank or rank is None or before.endswith("("):
            return [(before, node, after)]
        between = self.text[node.left.end_col_offset or 0 : node.right.col_offset].decode()
        closing = between[: len(between) - len(between.lstrip(")"))]
        opening = self.text[node.col_offset : node.left.col_offset].decode()
        right = self.text[node.right.end_col_offset or 0 : node.end_col_offset].decode() + after
        return [
            *self.chain(node.left, rank, before + opening, closing),
            (between[len(closing) :].lstrip(), node.right, right),
        ]
