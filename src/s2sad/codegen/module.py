"""From a function to the text of a standalone module."""

from __future__ import annotations

import ast
import textwrap

from s2sad.codegen.aliases import Aliases
from s2sad.codegen.buffers import place_copies
from s2sad.codegen.coalesce import coalesce
from s2sad.codegen.comments import Entry, comment, with_comments
from s2sad.codegen.expressions import Expressions
from s2sad.codegen.functions import Imports
from s2sad.codegen.guard import guard_lines
from s2sad.codegen.helpers import is_helper, paste
from s2sad.codegen.liveness import Liveness
from s2sad.codegen.lower import lower
from s2sad.codegen.memory import is_store
from s2sad.codegen.names import Names
from s2sad.codegen.plan import Plan
from s2sad.codegen.schedule import Schedule
from s2sad.codegen.split import part_to_take_out
from s2sad.codegen.statements import Statements
from s2sad.codegen.text import render
from s2sad.codegen.wrap import WIDTH, filled, phrases, room
from s2sad.ir.program import Call, Constant, Function, Statement, Value, walk

_INDENT = "    "


def emit_module(
    function: Function,
    *,
    style: str = "readable",
    header: str = "",
    banner: str | None = None,
    guard: tuple[str, ...] | None = None,
) -> str:
    """Return the text of a module that holds a function and imports nothing but what the function calls.

    Parameters
    ----------
    function : Function
        The program.
    style : {"readable", "ssa"}
        Whether operations are nested into expressions, or stand one on a line under the names that are hinted at.
    header : str
        What the comment at the top says.
    banner : str, optional
        The comment that stands before what differentiation introduced.
    guard : tuple of str, optional
        Expressions that must hold besides what the types of the parameters demand; None for no guard at all.

    Returns
    -------
    str
        The text.
    """
    body, imports, constants = _body(function, style, banner)
    if guard is not None:
        body = guard_lines(function, guard, imports) + body
    lines = [*_docstring(function.doc), *body]
    named = [ast.Assign([ast.Name(name, ast.Store())], value, lineno=0) for name, value in constants.items()]
    said = "\n".join(piece.strip() for line in header.splitlines() for piece in phrases(line, WIDTH - len("# ")))
    top = [comment(said), _imports(imports), list(map(render, named))]
    definition = [*_signature(function), *(_INDENT + line if line else "" for line in lines)]
    parts = ["\n\n".join("\n".join(part) for part in top if part), *paste(imports.helpers, imports.numpy, imports.used)]
    return "\n\n\n".join([*parts, "\n".join(definition)]) + "\n"


def _body(function: Function, style: str, banner: str | None) -> tuple[list[str], Imports, dict[str, ast.expr]]:
    """Return the lines of the function, and what they need.

    Names are not known before it is decided what is nested, so lines may come out too long. Then parts of them are
    taken out, and all is printed again.
    """
    apart: set[Value] = set()
    while True:
        plan, names = _plan(function, style, apart)
        used = names.used | _globals(function)
        imports = Imports(frozenset(parameter.name for parameter in function.parameters), used)
        constants: dict[str, ast.expr] = {}
        expressions = Expressions(plan, names, imports, constants)
        statements = Statements(plan, names, expressions, comments=style == "readable")
        body = _with_banner(statements.entries(plan.body), banner, style)
        parts = {part_to_take_out(statement, plan, expressions) for statement in statements.long} - {None}
        if not parts:
            return body, imports, constants
        apart.update(part for part in parts if part is not None)


def _plan(function: Function, style: str, apart: set[Value]) -> tuple[Plan, Names]:
    readable = style == "readable"
    has_stores = any(map(is_store, walk(function.body)))
    schedule = Schedule(function, Aliases(function) if has_stores else None, readable, apart)
    plan = lower(function, schedule)
    params = function.body.params
    liveness = Liveness(plan, params)
    place_copies(plan, function, liveness)
    liveness.find_interference()
    classes = coalesce(plan, liveness, params, all_named=not readable)
    spelled = {param: parameter.name for param, parameter in zip(params, function.parameters, strict=True)}
    return plan, Names(plan, classes, spelled, _taken(function))


def _globals(function: Function) -> set[str]:
    """Return the function's own name and those of its named constants."""
    constants = {operation.name for operation in walk(function.body) if isinstance(operation, Constant)}
    return {function.name, *filter(None, constants)}


def _taken(function: Function) -> set[str]:
    """Return the names that the module may use at its top level; helpers make way for variables instead."""
    taken = {"_np", *_globals(function)}
    for operation in walk(function.body):
        if isinstance(operation, Call) and not is_helper(operation.function):
            taken.add((getattr(operation.function, "__module__", None) or "np").partition(".")[0])
    return taken


def _imports(imports: Imports) -> list[str]:
    alias = "" if imports.numpy == "numpy" else f" as {imports.numpy}"
    others = sorted(imports.modules.items())
    return [*(f"import {name}{'' if own == name else f' as {own}'}" for name, own in others), f"import numpy{alias}"]


def _signature(function: Function) -> list[str]:
    """Return the lines of the function's header."""
    parts: list[str] = []
    kinds = [parameter.kind for parameter in function.parameters]
    for k, parameter in enumerate(function.parameters):
        if parameter.kind == "KEYWORD_ONLY" and not {"KEYWORD_ONLY", "VAR_POSITIONAL"} & set(kinds[:k]):
            parts.append("*")
        stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind, "")
        default = "" if parameter.default is None else f"={parameter.default}"
        parts.append(f"{stars}{parameter.name}{default}")
        if parameter.kind == "POSITIONAL_ONLY" and kinds[k + 1 : k + 2] != ["POSITIONAL_ONLY"]:
            parts.append("/")
    header = f"def {function.name}({', '.join(parts)}):"
    return [header] if len(header) <= room(0) else [f"def {function.name}(", *filled(parts, room(1)), "):"]


def _docstring(doc: str | None) -> list[str]:
    if not doc:
        return []
    if '"""' in doc or "\\" in doc or doc.endswith('"') or not all(c.isprintable() or c == "\n" for c in doc):
        return [repr(doc)]
    lines = textwrap.dedent(doc).strip().splitlines()
    return [f'"""{lines[0]}"""'] if len(lines) == 1 else [f'"""{lines[0]}', *lines[1:], '"""']


def _with_banner(entries: list[Entry], banner: str | None, style: str) -> list[str]:
    """Return the lines of the function, with the banner where the derived part begins."""
    first = len(entries)
    while first and entries[first - 1].derived:
        first -= 1
    shown: set[Statement] = set()
    width = room(1)
    # the return statement alone is no sweep
    if banner is None or not 0 < first < len(entries) - 1:
        return with_comments(entries, shown, width)
    before, after = (with_comments(part, shown, width) for part in (entries[:first], entries[first:]))
    if style == "ssa":
        return ["# primal sweep", *before, f"# {banner}", *after]
    return [*before, "", f"# {banner}", *after]
