"""Writing to terminals: colours, and characters that could take a terminal over."""

from __future__ import annotations

import os
import sys
import unicodedata

_RESET = "\x1b[0m"
_STYLES = {"keyword": "\x1b[35m", "comment": "\x1b[90m", "number": "\x1b[36m", "string": "\x1b[32m"}


def escape(text: str) -> str:
    """Spell out control and format characters (bidirectional overrides among them), except line ends and tabs."""
    return "".join(_spelt(char) if _is_unsafe(char) else char for char in text)


def _is_unsafe(char: str) -> bool:
    return char not in "\n\t" and unicodedata.category(char) in ("Cc", "Cf", "Cs")


def _spelt(char: str) -> str:
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")


def wants_color(choice: str) -> bool:
    """Tell whether standard output is to be coloured: `choice` is "auto", "always" or "never"."""
    if choice == "auto":
        return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return choice == "always" and not os.environ.get("NO_COLOR")


def show(text: str, color: str = "never", *, python: bool = False) -> None:
    """Write text to standard output; on a terminal it is made safe, and Python text is coloured if that is wanted."""
    if sys.stdout.isatty():
        text = escape(text)
    sys.stdout.write(highlight(text) if python and wants_color(color) else text)


def highlight(text: str) -> str:
    """Colour the keywords, comments, numbers and strings of Python text."""
    import io
    import keyword
    import tokenize

    kinds = {tokenize.COMMENT: "comment", tokenize.NUMBER: "number", tokenize.STRING: "string"}
    lines = text.splitlines(keepends=True)
    marks: list[tuple[int, int, str]] = []
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            is_keyword = token.type == tokenize.NAME and keyword.iskeyword(token.string)
            kind = "keyword" if is_keyword else kinds.get(token.type)
            if kind:
                begin, end = (starts[row - 1] + column for row, column in (token.start, token.end))
                marks.append((begin, end, kind))
    except (tokenize.TokenError, SyntaxError):
        return text
    for begin, end, kind in reversed(marks):
        text = f"{text[:begin]}{_STYLES[kind]}{text[begin:end]}{_RESET}{text[end:]}"
    return text
