"""From a function to the text of a standalone module."""

from __future__ import annotations

import ast
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import replace

from s2sad.analysis.memory import is_store
from s2sad.codegen.accumulation import find_sums_in_place
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
from s2sad.codegen.names import Names
from s2sad.codegen.plan import Plan
from s2sad.codegen.procedures import procedure_names, with_early_returns
from s2sad.codegen.schedule import Schedule
from s2sad.codegen.split import part_to_take_out
from s2sad.codegen.statements import Statements
from s2sad.codegen.text import render
from s2sad.codegen.wrap import WIDTH, filled, phrases, room
from s2sad.ir.primitives_python import ignore_warnings
from s2sad.ir.procedures import Integrand, reached
from s2sad.ir.program import Call, Constant, Function, Statement, Value, walk
from s2sad.ir.types import Literal
from s2sad.rules.homes import home_of

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
    module = _Module(function)
    *bodies, body = module.print(style, banner)
    imports = module.imports
    body = _without_warnings(module.functions, body, imports.numpy)
    if guard is not None:
        body = guard_lines(function, guard, imports) + body
    body = [*_docstring(function.doc), *body]
    named = [ast.Assign([ast.Name(name, ast.Store())], value, lineno=0) for name, value in module.constants.items()]
    said = "\n".join(piece.strip() for line in header.splitlines() for piece in phrases(line, WIDTH - len("# ")))
    top = [comment(said), _imports(imports), list(map(render, named))]
    parts = ["\n\n".join("\n".join(part) for part in top if part), *paste(imports.helpers, imports.numpy, imports.used)]
    parts += [_definition(one, lines) for one, lines in zip(module.functions, (*bodies, body), strict=True)]
    return "\n\n\n".join(parts) + "\n"


def _definition(function: Function, lines: list[str]) -> str:
    return "\n".join([*_signature(function), *(_INDENT + line if line else "" for line in lines)])


def _without_warnings(functions: Sequence[Function], body: list[str], numpy: str) -> list[str]:
    """Return the lines so that they emit none of the warnings that the user does not want."""
    ignored: dict[str, None] = {}
    for operation in (operation for function in functions for operation in walk(function.body)):
        if isinstance(operation, Call) and operation.function is ignore_warnings:
            ignored.update(
                (str(kind.type.value), None) for kind in operation.operands if isinstance(kind.type, Literal)
            )
    if not ignored:
        return body
    settings = ", ".join(f'{kind}="ignore"' for kind in ignored)
    return [f"with {numpy}.errstate({settings}):", *(_INDENT + line if line else "" for line in body)]


class _Module:
    """The functions of a module while they are printed: the procedures that the program calls, and itself.

    Attributes
    ----------
    functions : list of Function
        What is defined, in order.
    imports : Imports
        What they need of others.
    constants : dict
        The named constants that they read.
    """

    def __init__(self, function: Function) -> None:
        procedures = reached(function.body)
        names = procedure_names(procedures, _taken_by([function, *(one.function for one in procedures)]))
        bodies = (replace(with_early_returns(one.function), name=names[one]) for one in procedures)
        self.functions = [*bodies, function]
        self.imports = Imports(frozenset(), procedures=names)
        self.constants: dict[str, ast.expr] = {}

    def print(self, style: str, banner: str | None) -> list[list[str]]:
        """Return the lines of each function.

        Names are not known before it is decided what is nested, so lines may come out too long. Then parts of them
        are taken out, and all is printed again.
        """
        apart: list[set[Value]] = [set() for _ in self.functions]
        own = frozenset(self.imports.procedures.values())
        while True:
            plans = [_plan(one, style, parts, own) for one, parts in zip(self.functions, apart, strict=True)]
            used = own.union(
                *(names.used | _globals(one) for one, (_, names) in zip(self.functions, plans, strict=True))
            )
            shadowed = frozenset(parameter.name for one in self.functions for parameter in one.parameters)
            self.imports = Imports(shadowed, used, procedures=self.imports.procedures)
            self.constants.clear()
            bodies: list[list[str]] = []
            again = False
            for (plan, names), parts in zip(plans, apart, strict=True):
                expressions = Expressions(plan, names, self.imports, self.constants)
                statements = Statements(plan, names, expressions, comments=style == "readable")
                is_last = len(bodies) == len(plans) - 1
                bodies.append(_with_banner(statements.entries(plan.body), banner if is_last else None, style))
                found = {part_to_take_out(statement, plan, expressions) for statement in statements.long}
                parts.update(part for part in found if part is not None)
                again |= bool(found - {None})
            if not again:
                return bodies


def _plan(function: Function, style: str, apart: set[Value], own: frozenset[str]) -> tuple[Plan, Names]:
    readable = style == "readable"
    has_stores = any(map(is_store, walk(function.body)))
    schedule = Schedule(function, Aliases(function) if has_stores else None, readable, apart)
    plan = lower(function, schedule)
    params = function.body.params
    liveness = Liveness(plan, params)
    place_copies(plan, function, liveness)
    if readable:
        find_sums_in_place(plan, function, liveness)
    liveness.find_interference()
    classes = coalesce(plan, liveness, params, all_named=not readable)
    spelled = {param: parameter.name for param, parameter in zip(params, function.parameters, strict=True)}
    return plan, Names(plan, classes, spelled, _taken(function) | own)


def _globals(function: Function) -> set[str]:
    """Return the function's own name and those of its named constants."""
    constants = {operation.name for operation in walk(function.body) if isinstance(operation, Constant)}
    return {function.name, *filter(None, constants)}


def _taken(function: Function) -> set[str]:
    """Return the names that the module may use at its top level; helpers make way for variables instead."""
    taken = {"_np", *_globals(function)}
    for operation in walk(function.body):
        if isinstance(operation, Call) and not is_helper(operation.function):
            function_ = operation.function
            home, _ = function_.home if isinstance(function_, Integrand) else home_of(function_) or ("np", "")
            taken.add(home.partition(".")[0])
    return taken


def _taken_by(functions: Sequence[Function]) -> set[str]:
    """Return the names that procedures may not have."""
    taken = {parameter.name for function in functions for parameter in function.parameters}
    main = {functions[0].name, "np", "numpy", "builtins"}
    return taken.union(main, *(_taken(function) - {function.name} for function in functions))


def _imports(imports: Imports) -> list[str]:
    alias = "" if imports.numpy == "numpy" else f" as {imports.numpy}"
    lines = {name: f"import {name}{'' if own == name else f' as {own}'}" for name, own in imports.modules.items()}
    lines["numpy"] = f"import numpy{alias}"
    # Python's own modules come first
    return [lines[name] for name in sorted(lines, key=lambda name: (not _is_of_python(name), name))]


def _is_of_python(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


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
