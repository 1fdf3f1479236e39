"""What the statements at the top of a file bind, found without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """`def name` or `class name`."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class ImportedModule:
    """`import path as name`."""

    path: str


@dataclass(frozen=True, slots=True)
class ImportedName:
    """`from path import attribute as name`, with `level` dots before the path."""

    level: int
    path: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Star:
    """`from path import *`."""

    level: int
    path: str


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """`name = value`."""

    value: ast.expr


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else that binds a name; `reason` completes "`name` …"."""

    reason: str


Meaning = Definition | ImportedModule | ImportedName | Star | Assigned | Other


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """One statement that binds a name; `conditional` where it may not run."""

    meaning: Meaning
    line: int
    conditional: bool


@dataclass(frozen=True, slots=True)
class Bindings:
    """Every binding of each name, in the order of the text; `stars` are those of names that are not listed."""

    names: dict[str, list[Binding]] = field(default_factory=dict)
    stars: list[Binding] = field(default_factory=list)
    has_walrus: bool = False

    def add(self, name: str, meaning: Meaning, node: ast.AST, conditional: bool) -> None:
        """Note that a node binds a name."""
        line: int = getattr(node, "lineno", 0)
        self.names.setdefault(name, []).append(Binding(meaning, line, conditional))


def bindings_of(body: Iterable[ast.stmt], text: str) -> Bindings:
    """Return what the statements of a module or class bind; `text` is the file that they stand in."""
    # most files have neither of these, and looking for them means going through every expression
    found = Bindings(has_walrus=":=" in text)
    statements = list(body)
    _collect(found, statements, conditional=False)
    for statement in statements if "global" in text else ():
        for node in ast.walk(statement):
            if isinstance(node, ast.Global):
                for name in node.names:
                    found.add(name, Other("is rebound by a function"), node, conditional=True)
    return found


def _collect(found: Bindings, body: Iterable[ast.stmt], conditional: bool) -> None:
    for statement in body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(statement.name, Definition(statement), statement, conditional)
            case ast.Import():
                for alias in statement.names:
                    path = alias.name if alias.asname else alias.name.partition(".")[0]
                    found.add(alias.asname or path, ImportedModule(path), statement, conditional)
            case ast.ImportFrom():
                _collect_import(found, statement, conditional)
            case ast.Assign():
                for target in statement.targets:
                    _collect_target(found, target, statement.value, conditional)
            case ast.AnnAssign(value=value):
                if value is not None:
                    _collect_target(found, statement.target, value, conditional)
            case ast.AugAssign(target=ast.Name(id=name)):
                found.add(name, Other("is assigned more than once"), statement, conditional)
            case _:
                _collect_rest(found, statement)
        if found.has_walrus:
            _collect_walrus(found, statement)


def _collect_import(found: Bindings, statement: ast.ImportFrom, conditional: bool) -> None:
    if statement.module == "__future__":
        return
    level, path = statement.level, statement.module or ""
    for alias in statement.names:
        if alias.name == "*":
            found.stars.append(Binding(Star(level, path), statement.lineno, conditional))
        else:
            meaning = ImportedName(level, path, alias.name)
            found.add(alias.asname or alias.name, meaning, statement, conditional)


def _collect_target(found: Bindings, target: ast.expr, value: ast.expr, conditional: bool) -> None:
    match target, value:
        case ast.Name(id=name), _:
            found.add(name, Assigned(value), target, conditional)
        case (ast.Tuple(elts=targets) | ast.List(elts=targets)), (ast.Tuple(elts=values) | ast.List(elts=values)) if (
            len(targets) == len(values)
            and not any(isinstance(one, ast.Starred) for one in (*targets, *values))
        ):  # fmt: skip
            for inner, item in zip(targets, values, strict=True):
                _collect_target(found, inner, item, conditional)
        case _:
            _collect_names(found, target, "is taken out of a value that is not written out")


def _collect_rest(found: Bindings, statement: ast.stmt) -> None:
    """Collect from a compound statement, whose blocks may not run, and from whatever else binds a name."""
    for child in _heads(statement):
        _collect_names(found, child, "is bound by a statement that is not a plain assignment")
    for block in ("body", "orelse", "finalbody"):
        _collect(found, getattr(statement, block, ()), conditional=True)
    for handler in getattr(statement, "handlers", ()):
        if handler.name:
            found.add(handler.name, Other("is bound by `except`"), handler, conditional=True)
        _collect(found, handler.body, conditional=True)
    for case in getattr(statement, "cases", ()):
        _collect(found, case.body, conditional=True)


def _heads(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the parts of a statement that may bind names and are not blocks of statements."""
    match statement:
        case ast.For() | ast.AsyncFor():
            yield statement.target
        case ast.With() | ast.AsyncWith():
            yield from (item.optional_vars for item in statement.items if item.optional_vars is not None)
        case ast.Delete():
            yield from statement.targets
        case _ if type(statement).__name__ == "TypeAlias":  # of Python 3.12
            yield statement
        case ast.Match():
            yield from (case.pattern for case in statement.cases)


def _collect_names(found: Bindings, tree: ast.AST, reason: str) -> None:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name, Other(reason), node, conditional=True)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                found.add(name, Other(reason), node, conditional=True)


def _collect_walrus(found: Bindings, statement: ast.stmt) -> None:
    """Collect the targets of `:=`, which may stand in any expression of a statement."""
    parts: list[ast.AST] = []
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        children = ast.iter_child_nodes(statement)
        parts += [node for node in children if not isinstance(node, ast.stmt | ast.excepthandler | ast.match_case)]
    for part in parts:
        for node in ast.walk(part):
            if isinstance(node, ast.NamedExpr):
                found.add(node.target.id, Other("is bound by `:=`"), node, conditional=True)
