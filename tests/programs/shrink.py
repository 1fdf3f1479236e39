"""Make a failing program smaller: statements go, blocks are unwrapped, expressions give way to parts of themselves."""
from __future__ import annotations

import ast
import copy
import warnings
from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[tuple[str, int | None], ...]
"""The way from a module to one of its nodes: fields, and places in those that are lists."""


def shrink(text: str, fails: Callable[[str], bool], most: int = 3000) -> str:
    """Return a smaller program that still fails.

    Parameters
    ----------
    text : str
        The text of a module that fails.
    fails : callable
        Tells of a text whether it fails in the same way. It must return False for what does not run.
    most : int
        How many programs are tried at most.
    """
    seen = {text}
    left = most
    changed = True
    while changed and left > 0:
        changed = False
        for smaller in candidates(text):
            if smaller in seen:
                continue
            seen.add(smaller)
            left -= 1
            if left < 0:
                break
            if fails(smaller):
                text, changed = smaller, True
                break
    return text


def candidates(text: str) -> Iterator[str]:
    """Yield smaller programs, those that are much smaller first."""
    module = ast.parse(text)
    for edit in (without_statements, unwrapped, with_simpler_expressions):
        for path, replacement in edit(module):
            changed = copy.deepcopy(module)
            put(changed, path, copy.deepcopy(replacement))
            try:
                smaller = f"{ast.unparse(ast.fix_missing_locations(changed))}\n"
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    compile(smaller, "<smaller>", "exec")
            except (SyntaxError, ValueError):
                continue
            if len(smaller) < len(text):
                yield smaller


def put(module: ast.AST, path: Path, replacement: Any) -> None:
    """Put a node, or a list of statements, in the place of what a path leads to."""
    node: Any = module
    for name, place in path[:-1]:
        node = getattr(node, name) if place is None else getattr(node, name)[place]
    name, place = path[-1]
    if place is None:
        setattr(node, name, replacement)
    else:
        getattr(node, name)[place] = replacement


def walk(node: ast.AST, path: Path = ()) -> Iterator[tuple[Path, ast.AST]]:
    """Yield all nodes below a node with the ways to them, those outside first."""
    for name, value in ast.iter_fields(node):
        for place, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST):
                here = (*path, (name, place))
                yield here, child
                yield from walk(child, here)


def blocks(module: ast.Module) -> Iterator[tuple[Path, list[ast.stmt]]]:
    """Yield all lists of statements."""
    yield (("body", None),), module.body
    for path, node in walk(module):
        for name in ("body", "orelse"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                yield (*path, (name, None)), block


def without_statements(module: ast.Module) -> Iterator[tuple[Path, Any]]:
    """Yield blocks without some of their statements."""
    found = list(blocks(module))
    for length in (4, 2, 1):
        for path, block in found:
            if length > len(block):
                continue
            for first in range(len(block) - length, -1, -1):
                rest = block[:first] + block[first + length :]
                yield path, rest or ([] if path[-1][0] == "orelse" else [ast.Pass()])


def unwrapped(module: ast.Module) -> Iterator[tuple[Path, Any]]:
    """Yield blocks in which what is inside a compound statement stands in its place."""
    for path, block in blocks(module):
        for place, statement in enumerate(block):
            if isinstance(statement, ast.If | ast.For | ast.While):
                for inside in (statement.body, statement.orelse):
                    if inside:
                        yield path, [*block[:place], *inside, *block[place + 1 :]]


def with_simpler_expressions(module: ast.Module) -> Iterator[tuple[Path, Any]]:
    """Yield expressions for larger ones that they are a part of, and shorter lists of expressions."""
    for path, node in walk(module):
        if isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", ast.Load()), ast.Store):
            for way, part in walk(node):
                called = way[-1] == ("func", None)
                if isinstance(part, ast.expr) and not called and not isinstance(part, ast.Slice | ast.Starred):
                    yield path, part
        for name in ("elts", "args") if isinstance(node, ast.expr) else ():
            items = getattr(node, name, None)
            if isinstance(items, list) and len(items) > 1:
                for place in range(len(items)):
                    yield (*path, (name, None)), items[:place] + items[place + 1 :]
