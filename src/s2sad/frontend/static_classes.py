"""Classes that are known from their text: nothing in it is executed."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from s2sad.frontend.bindings import Assigned, Binding, Bindings, Definition, bindings_of
from s2sad.frontend.classes import ClassName, ClassView, FieldOfClass, Member
from s2sad.frontend.constants import evaluate
from s2sad.frontend.decorators import check_decorators, path_of
from s2sad.frontend.scope import Entity, Known, UserFunction
from s2sad.frontend.source import FunctionSource
from s2sad.ir.types import UNKNOWN, Record, Tuple, Type, Unknown

if TYPE_CHECKING:
    from s2sad.frontend.modules import StaticModule

_PLAIN_BASES = frozenset({"object", "abc.ABC", "typing.Protocol", "typing.Generic", "typing.NamedTuple"})
_KINDS = {
    "property": "property",
    "functools.cached_property": "cached",
    "staticmethod": "static",
    "classmethod": "class",
    "abc.abstractmethod": "method",
    "typing.override": "method",
}
_MOST_BASES = 32


@dataclass(frozen=True, slots=True)
class MethodScope:
    """What the free names of a method mean; `receiver` is the type of its first parameter."""

    module: StaticModule
    owner: StaticClass
    receiver: Type | None

    def lookup(self, name: str) -> Entity | None:
        """Return what a name is bound to; the name of the class itself is what `super()` looks for."""
        return Known(self.owner) if name == "__class__" else self.module.lookup(name)

    def imported(self, path: str, level: int) -> Entity | None:
        """Return the module that an import inside a function names."""
        return self.module.imported(path, level)


@dataclass(frozen=True, eq=False)
class StaticClass(ClassView):
    """A class definition at the top of a file."""

    module: StaticModule
    node: ast.ClassDef
    _functions: dict[str, UserFunction] = field(default_factory=dict)
    _pending: list[bool] = field(default_factory=list)

    # -- the class itself --------------------------------------------------------------------------------------------

    @cached_property
    def cls(self) -> Any:
        """What stands for the class in types."""
        names = tuple(one.name for one in self._own_fields) if self.is_named_tuple else None
        return ClassName(self, self._module_name(), self.node.name, names)

    def _module_name(self) -> str:
        directory, parts = self.module.directory, [os.path.splitext(os.path.basename(self.module.file.name))[0]]
        while os.path.isfile(os.path.join(directory, "__init__.py")) and os.path.dirname(directory) != directory:
            parts.insert(0, os.path.basename(directory))
            directory = os.path.dirname(directory)
        return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)

    @cached_property
    def bindings(self) -> Bindings:
        """What the statements of its body bind."""
        return bindings_of(self.node.body, self.module.file.text)

    @cached_property
    def order(self) -> list[StaticClass] | None:
        """The class and what it inherits from, in the order of look-ups; None where that is not known."""
        found: list[StaticClass] = [self]
        for base in self.node.bases:
            origin = base.value if isinstance(base, ast.Subscript) else base
            if path_of(self.module, origin) in _PLAIN_BASES:
                continue
            entity = evaluate(origin, self.module.lookup)
            above = entity.value.order if isinstance(entity, Known) and isinstance(entity.value, StaticClass) else None
            # how several bases are ordered is more than is looked into here
            if above is None or len(found) > 1 or len(found) + len(above) > _MOST_BASES:
                return None
            found += above
        return found

    @cached_property
    def _dataclass(self) -> dict[str, bool] | None:
        """The options of its `@dataclass`; None where it has none."""
        for decorator in self.node.decorator_list:
            if path_of(self.module, decorator) == "dataclasses.dataclass":
                given = decorator.keywords if isinstance(decorator, ast.Call) else []
                return {k.arg: bool(k.value.value) for k in given if k.arg and isinstance(k.value, ast.Constant)}
        return None

    @property
    def is_frozen(self) -> bool:
        """Whether attributes of its objects cannot be assigned to."""
        frozen = any((one._dataclass or {}).get("frozen", False) for one in self.order or [self])
        return self.is_named_tuple or frozen

    @cached_property
    def is_named_tuple(self) -> bool:
        """Whether it is a class of named tuples."""
        return any(path_of(self.module, base) == "typing.NamedTuple" for base in self.node.bases)

    def obstacle(self) -> str | None:
        """Return why objects of the class cannot be made while compiling, or None."""
        if self.order is None:
            return "inherits from a class that is not read"
        if any(one.node.keywords for one in self.order):
            return "has a metaclass, or arguments of its class statement"
        decorated = [d for one in self.order for d in one.node.decorator_list]
        if any(path_of(self.module, one) != "dataclasses.dataclass" for one in decorated):
            return "is decorated"
        for name in ("__new__", "__setattr__"):
            if any(name in one.bindings.names for one in self.order):
                return f"defines `{name}`"
        if any(one.name == "" for one in self.fields() or ()):
            return "has a field that is not written out"
        return None

    # -- attributes ---------------------------------------------------------------------------------------------------

    def find(self, name: str, after: Any = None) -> Member | None:
        """Return an attribute of the class or of what it inherits from; `after` a class, of what comes after that."""
        order = self.order or [self]
        for one in order[order.index(after) + 1 if after in order else 0 :]:
            if name in one.bindings.names:
                return one._member(name)
        return None

    def _member(self, name: str) -> Member:
        if self.order is None:
            # what it inherits may make something else of what is assigned in its body, as enumerations do
            return Member("opaque", None, self)
        binding = self.module.settled(name, self.bindings)
        match binding:
            case Binding(Assigned(ast.Name(id=other))) if other in self.bindings.names and other != name:
                return self._member(other)
            case Binding(Definition(ast.FunctionDef() as node)):
                return self._function(name, node)
            case Binding(Assigned(value)):
                if name in {one.name for one in self._own_fields}:
                    return Member("state", None, self)
                return Member("value", evaluate(value, self.module.lookup), self)
            case _:
                return Member("opaque", None, self)

    def _function(self, name: str, node: ast.FunctionDef) -> Member:
        paths = [path_of(self.module, decorator) for decorator in node.decorator_list]
        kinds = [_KINDS.get(path or "") for path in paths]
        if any(kind is None for kind in kinds):
            return Member("data", None, self)
        kind = next((kind for kind in kinds if kind not in (None, "method")), "method")
        return Member(kind or "method", self.function(name, node, kind or "method"), self)

    def function(self, name: str, node: ast.FunctionDef, kind: str) -> UserFunction:
        """Return a function of the class."""
        if name not in self._functions:
            whole = f"{self.node.name}.{name}"
            self._functions[name] = UserFunction(whole, lambda: self.source(whole, node, kind))
        return self._functions[name]

    def source(self, name: str, node: ast.FunctionDef, kind: str) -> FunctionSource:
        """Return the source of a function of the class, whose first parameter is an object of it."""
        source = self.module.function(node, name)
        receiver = self.type if kind in ("method", "property", "cached") else None
        scope = MethodScope(self.module, self, receiver)
        return FunctionSource(name, source.node, source.file, scope, source.defaults)

    def target(self, name: str, node: ast.FunctionDef) -> FunctionSource:
        """Return the source of a function of the class that is to be differentiated."""
        paths = [path_of(self.module, decorator) for decorator in node.decorator_list]
        kinds = [_KINDS[path] for path in paths if path in _KINDS]
        if "class" not in kinds and "property" not in kinds and "cached" not in kinds:
            check_decorators(self.module, node, target=True)
        return self.source(name, node, kinds[0] if kinds else "method")

    # -- objects ------------------------------------------------------------------------------------------------------

    @cached_property
    def _own_fields(self) -> list[FieldOfClass]:
        if self._dataclass is None and not self.is_named_tuple:
            return []
        only = (self._dataclass or {}).get("kw_only", False)
        return [
            self._field(statement.target.id, statement.value, only)
            for statement in self.node.body
            if isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and not ast.unparse(statement.annotation).startswith(("ClassVar", "typing.ClassVar"))
        ]

    def _field(self, name: str, value: ast.expr | None, keyword_only: bool) -> FieldOfClass:
        if value is None:
            return FieldOfClass(name, keyword_only=keyword_only)
        if not (isinstance(value, ast.Call) and path_of(self.module, value.func) == "dataclasses.field"):
            return FieldOfClass(name, evaluate(value, self.module.lookup), keyword_only=keyword_only)
        given = {keyword.arg: keyword.value for keyword in value.keywords}
        options = {key: one.value for key, one in given.items() if isinstance(one, ast.Constant)}
        default, factory = given.get("default"), given.get("default_factory")
        return FieldOfClass(
            name,
            None if default is None else evaluate(default, self.module.lookup),
            None if factory is None else self._factory(factory),
            bool(options.get("init", True)),
            bool(options.get("kw_only", keyword_only)),
        )

    def _factory(self, node: ast.expr) -> Entity:
        if isinstance(node, ast.Lambda):
            return UserFunction("<lambda>", lambda: self.module.function(node, "<lambda>"))
        return evaluate(node, self.module.lookup)

    def fields(self) -> Sequence[FieldOfClass] | None:
        """Return the fields that the constructor takes as arguments; None where the class has written its own."""
        order = self.order or [self]
        home = next((one for one in order if one._makes_init or "__init__" in one.bindings.names), None)
        if home is None:
            return self._own_fields
        if not home._makes_init:
            return None
        found = {one.name: one for above in reversed(home.order or [home]) for one in above._own_fields}
        return list(found.values())

    @property
    def _makes_init(self) -> bool:
        return self.is_named_tuple or (self._dataclass is not None and self._dataclass.get("init", True))

    @cached_property
    def type(self) -> Type:
        """The type of an object of the class of which nothing is known but its attributes."""
        if self._pending:
            # a field that holds an object of the class itself
            return UNKNOWN
        self._pending.append(True)
        try:
            return self._type()
        finally:
            self._pending.clear()

    def _type(self) -> Type:
        from s2sad.frontend.annotations import annotation_type
        from s2sad.frontend.convert import to_gast

        order = self.order or [self]
        notes: dict[str, Type] = {}
        for one in reversed(order):
            for statement in one.node.body:
                if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                    found = annotation_type(to_gast(statement.annotation), one.module)
                    notes[statement.target.id] = UNKNOWN if found is None or isinstance(found, Unknown) else found
        if self.is_named_tuple:
            return Tuple(tuple(notes[one.name] for one in self._own_fields), self.cls)
        if self._dataclass is not None:
            names = [one.name for above in reversed(order) for one in above._own_fields]
            return Record(self.cls, tuple((name, notes[name]) for name in dict.fromkeys(names)))
        assigned = dict.fromkeys(name for one in reversed(order) for name in one._assigned())
        return Record(self.cls, tuple((name, notes.get(name, UNKNOWN)) for name in {**notes, **assigned}), False)

    def _assigned(self) -> Iterator[str]:
        """Yield the attributes that the methods of the class assign to."""
        for method in self.node.body:
            if isinstance(method, ast.FunctionDef) and method.args.args:
                own = method.args.args[0].arg
                for node in ast.walk(method):
                    match node:
                        case ast.Attribute(value=ast.Name(id=name), attr=attr, ctx=ast.Store()) if name == own:
                            private = attr.startswith("__") and not attr.endswith("__")
                            yield f"_{self.node.name.lstrip('_')}{attr}" if private else attr
