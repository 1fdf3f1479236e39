"""Modules known from their text: what their names mean, and where the modules that they import are found."""

from __future__ import annotations

import ast
import importlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import Any

from s2sad.frontend.bindings import (
    Assigned,
    Binding,
    Bindings,
    Definition,
    ImportedModule,
    ImportedName,
    Other,
    Star,
    bindings_of,
)
from s2sad.frontend.constants import evaluate, is_written_into
from s2sad.frontend.decorators import check_decorators, check_rules, partial_of, under_decorators
from s2sad.frontend.files import read_text
from s2sad.frontend.scope import (
    LIBRARIES,
    Entity,
    Known,
    Namespace,
    Unreadable,
    UserFunction,
    attribute,
    builtin,
    entity_of,
)
from s2sad.frontend.source import AstFunction, FunctionSource, SourceFile, convert, open_source, parameters, parse
from s2sad.ir.program import Span


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """The modules that have been read, by path; a module that imports itself in a circle is read once."""

    modules: dict[str, StaticModule] = field(default_factory=dict)

    def module(self, file: SourceFile, directory: str) -> StaticModule:
        """Return the module of a file."""
        key = os.path.join(directory, os.path.basename(file.name))
        if key not in self.modules:
            try:
                bindings = bindings_of(parse(file).body, file.text)
            except RecursionError:
                file.refuse("S2S009", "the text is nested too deeply", "split it into smaller blocks")
            self.modules[key] = StaticModule(self, file, directory, bindings)
        return self.modules[key]

    def open(self, path: str) -> StaticModule:
        """Return the module that stands at a path."""
        return self.module(open_source(path, read_text(path)), os.path.dirname(os.path.abspath(path)))


@dataclass(frozen=True, slots=True, eq=False)
class StaticModule:
    """A module known from its text; it is the scope of the functions in it.

    Attributes
    ----------
    program : Program
        The modules read so far.
    file : SourceFile
        Its text.
    directory : str
        Where it stands, an absolute path.
    bindings : Bindings
        What its top-level statements bind.
    """

    program: Program
    file: SourceFile
    directory: str
    bindings: Bindings
    _entities: dict[str, Entity] = field(default_factory=dict)
    _pending: set[str] = field(default_factory=set)
    _classes: dict[ast.ClassDef, Any] = field(default_factory=dict)

    # -- names ---------------------------------------------------------------------------------------------------

    def lookup(self, name: str) -> Entity | None:
        """Return what a name means in the module: a global, or a builtin."""
        found = self.member(name)
        return found if found is not None else builtin(name)

    def member(self, name: str) -> Entity | None:
        """Return what the module itself binds a name to, or None."""
        if name in self._entities:
            return self._entities[name]
        if name in self._pending:
            return Unreadable(name, "is defined by itself")
        self._pending.add(name)
        try:
            entity = self._read(name)
        finally:
            self._pending.discard(name)
        if entity is not None:
            self._entities[name] = entity
        return entity

    def settled(self, name: str, bindings: Bindings) -> Binding | None:
        """Return the one binding that a name has once the module has been loaded; None where that is not certain."""
        found = bindings.names.get(name, [])
        if not found or any(isinstance(binding.meaning, Other) for binding in found):
            return None
        last = found[-1]
        if len(found) == 1 or all(binding.meaning == last.meaning for binding in found):
            return last
        return None if last.conditional or isinstance(last.meaning, Assigned) else last

    def _read(self, name: str) -> Entity | None:
        binding = self.settled(name, self.bindings)
        explicit = self.bindings.names.get(name, [])
        starred = self._starred(name, after=explicit[-1].line if explicit else 0)
        if starred is not None:
            return starred
        if binding is not None:
            return self._entity(name, binding)
        if not explicit:
            return Unreadable(name, "is set when the module is run") if name in _MODULE_NAMES else None
        reasons = [b.meaning.reason for b in explicit if isinstance(b.meaning, Other)]
        lines = " and ".join(str(line) for line in sorted({b.line for b in explicit})[:2])
        return Unreadable(name, reasons[0] if reasons else f"is bound in several places (lines {lines})")

    def _starred(self, name: str, after: int) -> Entity | None:
        for binding in reversed(self.bindings.stars):
            if binding.line > after and isinstance(binding.meaning, Star):
                found = self._from_star(binding.meaning, name)
                if found is not None and binding.conditional:
                    return Unreadable(name, "may come from an `import *` that may not run")
                if found is not None:
                    return found
        return None

    def _from_star(self, star: Star, name: str) -> Entity | None:
        origin = self._imported(star.path, star.level)
        match origin:
            case Namespace(lookup=lookup):
                exported = lookup("__all__")
                names = exported.value if isinstance(exported, Known) else None
                hidden = name.startswith("_") if names is None else name not in names
                return None if hidden else lookup(name)
            case Known(module):
                names = getattr(module, "__all__", None) or [one for one in vars(module) if not one.startswith("_")]
                return attribute(origin, name) if name in names else None
            case _:
                # the names of a module that is not read are not known, so any name may be one of them
                return Unreadable(name, f"may come from `from {star.path} import *`, which is not read")

    def _entity(self, name: str, binding: Binding) -> Entity:
        match binding.meaning:
            case Definition(ast.FunctionDef() as node):
                return under_decorators(self, node, UserFunction(name, lambda: self._helper(node)))
            case Definition(ast.ClassDef() as definition):
                return Known(self.class_of(definition), name)
            case Definition():
                return Unreadable(name, "is a coroutine")
            case ImportedModule(path):
                return _called(name, self._imported(path, 0))
            case ImportedName(level, path, wanted):
                return _called(name, self._imported_name(level, path, wanted))
            case Assigned(ast.Lambda() as anonymous):
                return UserFunction(name, lambda: self.function(anonymous, name))
            case Assigned(value):
                return self._constant(name, value)
            case Star() | Other():
                raise AssertionError("a star has no name, and what is bound otherwise is not settled")

    def _constant(self, name: str, value: ast.expr) -> Entity:
        entity = partial_of(self, value) or evaluate(value, self.lookup)
        if isinstance(entity, Unreadable):
            return Unreadable(name, entity.reason)
        if not isinstance(entity, Known):
            return entity
        if isinstance(entity.value, list | dict | set) and is_written_into(parse(self.file), name):
            return Unreadable(name, "may be changed after it is made")
        return Known(entity.value, name)

    # -- functions -----------------------------------------------------------------------------------------------

    def _helper(self, node: ast.FunctionDef) -> FunctionSource:
        check_decorators(self, node, target=False)
        return self.function(node, node.name)

    def function(self, node: AstFunction, name: str) -> FunctionSource:
        """Return the source of a definition in this module."""
        if not isinstance(node, ast.Lambda) and any(map(_is_yield, _own_nodes(node))):
            self.file.refuse("S2S011", f"`{name}` is a generator", "differentiate an ordinary function", node)
        check_rules(self, node, name)
        with_default, values = parameters(node)
        defaults = {p.arg: evaluate(value, self.lookup) for p, value in zip(with_default, values, strict=True)}
        return FunctionSource(name, convert(self.file, node), self.file, self, defaults)

    def class_of(self, node: ast.ClassDef) -> Any:
        """Return a class that is defined at the top of the file, the same for the same definition."""
        from s2sad.frontend.static_classes import StaticClass

        return self._classes.setdefault(node, StaticClass(self, node))

    def span_of_line(self, number: int) -> Span:
        """Return the place of a whole line, without its indentation."""
        line = self.file.line(number) or ""
        return Span(self.file.name, number, len(line) - len(line.lstrip()), number, len(line.rstrip()))

    # -- imports -------------------------------------------------------------------------------------------------

    def _imported_name(self, level: int, path: str, wanted: str) -> Entity:
        origin = self._imported(path, level)
        found = attribute(origin, wanted)
        whole = f"{'.' * level}{path}"
        return found if found is not None else Unreadable(wanted, f"is not in `{whole}`", f"{whole}.{wanted}")

    def imported(self, path: str, level: int) -> Entity | None:
        """Return the module that an import inside a function names."""
        return self._imported(path, level)

    def _imported(self, path: str, level: int) -> Entity:
        """Return the module that an import names: a neighbour, which is read, or a library, which is loaded."""
        parts = path.split(".") if path else []
        for directory in self._search_path(level):
            found = _neighbour(self.program, directory, parts)
            if found is not None:
                return found
        if level == 0 and parts[0] in LIBRARIES:
            return _library(path)
        # a file of a package that is run as a script finds what stands beside it
        if level == 0 and (found := _neighbour(self.program, self.directory, parts)) is not None:
            return found
        return Unreadable(path, "is a module that static reading does not open", "." * level + path)

    def _search_path(self, level: int) -> Iterator[str]:
        """Yield the directories that an import with this many dots starts from."""
        directory = self.directory
        if level:
            for _ in range(level - 1):
                if not os.path.isfile(os.path.join(directory, "__init__.py")):
                    # Python does not look above a package either
                    return
                directory = os.path.dirname(directory)
            yield directory
            return
        while os.path.isfile(os.path.join(directory, "__init__.py")) and os.path.dirname(directory) != directory:
            directory = os.path.dirname(directory)
        yield directory


def _called(name: str, entity: Entity) -> Entity:
    """Return the entity as a diagnostic should name it: an import that leads nowhere by the name that it binds."""
    return replace(entity, name=name) if isinstance(entity, Unreadable) else entity


_MODULE_NAMES = frozenset({"__name__", "__file__", "__doc__", "__package__", "__spec__", "__loader__"})


def _is_yield(node: ast.AST) -> bool:
    return isinstance(node, ast.Yield | ast.YieldFrom)


def _own_nodes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """Yield the nodes of a body, without those of the functions defined in it."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))


def _neighbour(program: Program, directory: str, parts: list[str]) -> Entity | None:
    """Return the namespace of a module below a directory, or None; a name of Python's own is never a neighbour."""
    if parts and parts[0] in sys.builtin_module_names:
        return None
    base = os.path.join(directory, *parts)
    if parts and os.path.isfile(f"{base}.py"):
        return _namespace(program.open(f"{base}.py"), None)
    if os.path.isfile(os.path.join(base, "__init__.py")):
        return _namespace(program.open(os.path.join(base, "__init__.py")), base)
    # a folder without `__init__.py` gives way to an installed package of its name
    if os.path.isdir(base) and (not parts or (parts[0] not in LIBRARIES and _holds_python(base))):
        return Namespace(".".join(parts), lambda name: _neighbour(program, base, [name]))
    return None


def _holds_python(directory: str) -> bool:
    return any(name.endswith(".py") for name in os.listdir(directory))


def _namespace(module: StaticModule, package: str | None) -> Namespace:
    def lookup(name: str) -> Entity | None:
        found = module.member(name)
        if found is None and package is not None:
            return _neighbour(module.program, package, [name])
        return found

    return Namespace(module.file.name, lookup)


def _library(path: str) -> Entity:
    """Load a module of a well-known library; one that stands in the working directory is not it."""
    root = path.partition(".")[0]
    try:
        if root not in sys.modules:
            spec = find_spec(root)
            places = [spec.origin or ""] if spec is not None else []
            if any(os.path.dirname(os.path.dirname(os.path.abspath(p))) == os.getcwd() for p in places):
                return Unreadable(path, "stands in the working directory", path)
        module: Any = importlib.import_module(path)
    except Exception as error:
        return Unreadable(path, f"cannot be loaded ({error})", path)
    return entity_of(module)
