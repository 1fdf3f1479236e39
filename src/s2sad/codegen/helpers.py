"""Pasting the functions that generated code cannot spell as an expression."""

from __future__ import annotations

import ast
import builtins
import copy
import inspect
import sys
import textwrap
from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any

from s2sad.parsing import syntax_tree

_HOME = "s2sad.ir.primitives"


def is_helper(function: Callable[..., Any]) -> bool:
    """Tell whether a function is one of the program's own primitives."""
    return (getattr(function, "__module__", None) or "").startswith(_HOME)


def printed_name(function: Callable[..., Any], used: Collection[str] = ()) -> str:
    """Return the name that a helper has in generated code: one that is not used for anything else."""
    name, count = f"_{function.__name__}", 0
    while name in used:
        count += 1
        name = f"_{function.__name__}_{count}"
    return name


def paste(functions: Iterable[Callable[..., Any]], numpy_name: str, used: Collection[str] = ()) -> list[str]:
    """Return the texts of helpers and of the helpers that they call, each once.

    Parameters
    ----------
    functions : iterable of function
        The helpers that generated code calls.
    numpy_name : str
        The name that NumPy is imported under.
    used : collection of str
        Names that the helpers must not have.

    Returns
    -------
    list of str
        One text for each, in the order of their names.
    """
    found: dict[str, Callable[..., Any]] = {}
    waiting = list(functions)
    while waiting:
        function = waiting.pop()
        name = printed_name(function, used)
        if name not in found:
            found[name] = function
            waiting += _called(function)
    texts = []
    for name in sorted(found):
        helpers = (found[name], *_called(found[name]))
        names = tuple((helper.__name__, printed_name(helper, used)) for helper in helpers)
        texts.append(_text(found[name], (*names, ("np", numpy_name))))
    return texts


@cache
def _tree(function: Callable[..., Any]) -> ast.FunctionDef:
    (tree,) = syntax_tree(_source(function)).body
    assert isinstance(tree, ast.FunctionDef)
    return tree


@cache
def _source(function: Callable[..., Any]) -> str:
    return textwrap.dedent(inspect.getsource(function))


def _annotations(tree: ast.FunctionDef) -> set[ast.AST]:
    """Return the nodes of all annotations, which are not pasted."""
    found: list[ast.expr | None] = [tree.returns]
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign):
            found.append(node.annotation)
    return {part for annotation in found if annotation is not None for part in ast.walk(annotation)}


@cache
def _free_names(function: Callable[..., Any]) -> list[ast.Name]:
    """Return where a helper reads names that it does not bind itself."""
    tree = _tree(function)
    skipped = _annotations(tree)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node not in skipped]
    bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {node.asname or node.name for node in ast.walk(tree) if isinstance(node, ast.alias)}
    return [node for node in names if node.id not in bound]


@cache
def _called(function: Callable[..., Any]) -> list[Callable[..., Any]]:
    home = vars(sys.modules[function.__module__])
    found = (home.get(name) for name in dict.fromkeys(node.id for node in _free_names(function)))
    return [other for other in found if inspect.isfunction(other) and is_helper(other)]


@cache
def _text(function: Callable[..., Any], names: tuple[tuple[str, str], ...]) -> str:
    """Return a helper's own text without annotations; `names` says what it and what it reads is called there."""
    tree = _tree(function)
    renamed = dict(names)
    unknown = {node.id for node in _free_names(function)} - {*renamed, *dir(builtins)}
    if unknown:
        raise NameError(f"{function.__name__} reads {', '.join(sorted(unknown))}, which a pasted function has not got")
    edits = [
        (node.lineno, node.col_offset, node.end_col_offset, renamed[node.id])
        for node in _free_names(function)
        if node.id in renamed
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and node.value is not None:
            edits.append((node.lineno, node.target.end_col_offset or 0, node.annotation.end_col_offset, ""))
    lines = _source(function).splitlines()
    for row, start, end, text in sorted(edits, reverse=True):
        line = lines[row - 1].encode()
        lines[row - 1] = (line[:start] + text.encode() + line[end:]).decode()
    header = f"def {renamed[function.__name__]}({_parameters(tree)}):"
    return "\n".join([header, *lines[tree.body[0].lineno - 1 :]])


def _parameters(tree: ast.FunctionDef) -> str:
    args = copy.deepcopy(tree.args)
    for argument in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
        if argument is not None:
            argument.annotation = None
    return ast.unparse(args)
