"""How many lists of saved values a printed module fills."""
from __future__ import annotations

import ast


def saved_lists(text: str) -> int:
    """Count the lists that begin empty and are filled with values by `append`.

    A list of which every item is such a list stands for one more loop around it, and counts with what is inside.
    """
    appended: dict[str, set[str | None]] = {}
    empty: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=[])):
                empty.add(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[item]):
                appended.setdefault(name, set()).add(item.id if isinstance(item, ast.Name) else None)
    filled = empty & set(appended)
    return sum(not appended[name] <= filled for name in filled)
