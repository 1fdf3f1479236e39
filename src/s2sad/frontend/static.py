"""Reading a function out of a file without running anything in it."""

from __future__ import annotations

import ast
import os
import unicodedata
from collections.abc import Iterator
from typing import NoReturn

from s2sad.errors import Diagnostic, DifferentiationError
from s2sad.frontend.bindings import Assigned, Binding, Definition, bindings_of
from s2sad.frontend.decorators import check_decorators, is_solver
from s2sad.frontend.files import read_text
from s2sad.frontend.modules import Program, StaticModule
from s2sad.frontend.prelude import calling
from s2sad.frontend.scope import UserFunction
from s2sad.frontend.source import FunctionSource, open_source


def read_function(path: str, name: str, text: str | None = None) -> FunctionSource:
    """Read a function out of a file; nothing in the file is executed.

    Parameters
    ----------
    path : str
        The file; with `text`, what diagnostics call it, and whose directory neighbouring modules are looked for in.
    name : str
        The function: `f`, or `Class.method`.
    text : str, optional
        The text, where it does not come from a file.

    Raises
    ------
    DifferentiationError
        S2S001 and S2S002 for a file that cannot be read, S2S003 for a syntax error, S2S004 and S2S005 for a name that
        is not there or is no function, S2S008 for a decorator, S2S009 for a text that is not accepted.
    """
    file = open_source(path, read_text(path) if text is None else text)
    module = Program().module(file, os.path.dirname(os.path.abspath(path)))
    try:
        return _target(module, unicodedata.normalize("NFKC", name))
    except RecursionError:
        file.refuse("S2S009", "the text is nested too deeply", "split it into smaller statements")


def _target(module: StaticModule, name: str) -> FunctionSource:
    bindings, whole, owner = module.bindings, name.split("."), None
    for depth, part in enumerate(whole[:-1], start=1):
        match module.settled(part, bindings):
            case Binding(Definition(ast.ClassDef() as cls)):
                bindings = bindings_of(cls.body, module.file.text)
                owner = cls if depth == 1 else None
            case _:
                _refuse_missing(module, name, ".".join(whole[:depth]))
    binding = module.settled(whole[-1], bindings)
    match binding:
        case Binding(Definition(ast.FunctionDef() as node)) if owner is not None:
            return module.class_of(owner).target(name, node)  # type: ignore[no-any-return]
        case Binding(Definition(ast.FunctionDef() as node)):
            check_decorators(module, node, target=True)
            source = module.function(node, name)
            decorated = module.lookup(name) if is_solver(module, node) else None
            return source if decorated is None else calling(source, decorated)
        case Binding(Assigned(ast.Lambda() as function)):
            return module.function(function, name)
        case Binding(Definition(ast.AsyncFunctionDef() as coroutine)):
            module.file.refuse("S2S011", f"`{name}` is a coroutine", "differentiate an ordinary function", coroutine)
    if len(whole) == 1:
        entity = module.lookup(name)
        if isinstance(entity, UserFunction):
            return entity.source
    if whole[-1] not in bindings.names:
        _refuse_missing(module, name, name)
    place = bindings.names[whole[-1]][-1]
    line = module.file.line(place.line)
    span = module.span_of_line(place.line)
    message = f"`{name}` is not a function that can be read"
    advice = "name a function that is defined by `def` at the top of the file, once, or a method as `Class.method`"
    raise DifferentiationError([Diagnostic("S2S005", message, advice, span, line)])


def _refuse_missing(module: StaticModule, name: str, part: str) -> NoReturn:
    known = [f"`{one}`" for one in sorted(_functions(module))]
    message = f"there is no function `{name}`" if part == name else f"there is no class `{part}`"
    advice = f"the file defines {', '.join(known[:8])}" if known else "the file defines no function"
    if similar := _similar(f"`{name}`", known):
        advice = f"did you mean {similar}?"
    module.file.refuse("S2S004", message, advice)


def _functions(module: StaticModule) -> Iterator[str]:
    """Yield the names that may be given: functions, and methods with their class."""
    for name, bindings in module.bindings.names.items():
        match bindings[-1].meaning:
            case Definition(ast.FunctionDef()) | Assigned(ast.Lambda()):
                yield name
            case Definition(ast.ClassDef() as node):
                yield from (f"{name}.{item.name}" for item in node.body if isinstance(item, ast.FunctionDef))


def _similar(name: str, known: list[str]) -> str | None:
    from difflib import get_close_matches  # needed for this message alone, and slow to import

    return next(iter(get_close_matches(name, known, n=1)), None)
