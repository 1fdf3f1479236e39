"""The check that a specialised module begins with: that its arguments have the types that it relies on."""

from __future__ import annotations

from s2sad.codegen.conditions import conditions
from s2sad.codegen.functions import Imports
from s2sad.codegen.text import double_quoted
from s2sad.codegen.wrap import WIDTH, phrases, wrapped
from s2sad.ir.program import Function
from s2sad.ir.types import Unknown

_INDENT = "    "


def guard_lines(function: Function, extra: tuple[str, ...], imports: Imports) -> list[str]:
    """Return the statement that refuses arguments of other types; nothing where nothing is known of them.

    Parameters
    ----------
    function : Function
        The program; the types of its parameters say what to check.
    extra : tuple of str
        Further conditions.
    imports : Imports
        How NumPy and the builtins are spelled.

    Returns
    -------
    list of str
        Lines, not indented.
    """
    places = [(p.name, value.type) for p, value in zip(function.parameters, function.body.params, strict=True)]
    required = [*map(double_quoted, conditions(places, imports)), *extra]
    if not required:
        return []
    whole = f"if not ({' and '.join(required)}):"
    # the body of a function is indented once
    test = [whole] if len(whole) <= WIDTH - len(_INDENT) else ["if not (", *_filled(required, WIDTH - 8), "):"]
    types = ", ".join(f"{name}: {type_}" for name, type_ in places if not isinstance(type_, Unknown))
    return [*test, *_raising(f"{function.name} was generated for {types or 'other values'}")]


def _filled(required: list[str], width: int) -> list[str]:
    """Return conditions in lines that are not too long, indented."""
    lines: list[str] = []
    for condition in required:
        joined = f"and {condition}" if lines else condition
        if lines and len(lines[-1]) + len(joined) + 1 <= width and not lines[-1].startswith(_INDENT):
            lines[-1] += f" {joined}"
        elif len(joined) <= width:
            lines.append(joined)
        elif condition.startswith("all("):
            checked, _, items = condition.removeprefix("all(").removesuffix(")").rpartition(" for ")
            lines += [joined[: joined.index("(") + 1], *_filled(checked.split(" and "), width - 4)]
            lines += [f"{_INDENT}for {items}", ")"]
        else:
            lines += wrapped(joined, width)
    return [_INDENT + line for line in lines]


def _raising(message: str) -> list[str]:
    """Return the lines that raise a `ValueError`, its message cut at spaces where it is long."""
    whole = f"{_INDENT}raise ValueError({_quoted(message)})"
    if len(whole) <= WIDTH - len(_INDENT):
        return [whole]
    pieces = phrases(message, WIDTH - 16)
    return [f"{_INDENT}raise ValueError(", *(f"{_INDENT * 2}{_quoted(piece)}" for piece in pieces), f"{_INDENT})"]


def _quoted(text: str) -> str:
    return repr(text) if '"' in text or "\\" in text else f'"{text}"'
