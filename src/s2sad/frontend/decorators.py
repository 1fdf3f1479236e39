"""Which decorators static reading sees through."""

from __future__ import annotations

import ast
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from s2sad.frontend.bindings import Binding, ImportedModule, ImportedName, Star
from s2sad.frontend.constants import evaluate
from s2sad.frontend.convert import to_gast
from s2sad.frontend.scope import Decorated, Derived, Entity, Known, Namespace, Partial, Recomputed, UserFunction
from s2sad.frontend.source import parse

if TYPE_CHECKING:
    from s2sad.frontend.modules import StaticModule

_ADVICE = "name an undecorated function, or remove the decorator"
_SOLVERS = frozenset({"fixed_point", "implicit"})
_OWN = _SOLVERS | {"checkpoint", "derivative", "grad", "hessian", "jacfwd", "jacobian", "jacrev", "value_and_grad"}
"""Decorators of s2sad's own: what is read is the function below them."""
_DERIVED: dict[str, dict[str, Any]] = {
    "grad": {},
    "value_and_grad": {"with_value": True},
    "derivative": {"mode": "ones"},
    "jacobian": {"mode": "jacobian"},
    "jacfwd": {"mode": "jacfwd"},
    "jacrev": {"mode": "jacrev"},
}
"""What functions of s2sad's make of a function at the top of a module."""


def check_decorators(module: StaticModule, node: ast.FunctionDef, *, target: bool) -> None:
    """Refuse a function whose name does not mean what its text says.

    Parameters
    ----------
    module : StaticModule
        Where it stands.
    node : ast.FunctionDef
        The definition.
    target : bool
        The function is the one to be differentiated, so that a `@grad` on it is what is being asked for; the name of
        any other function under `@grad` means the gradient. Functions of the user's are seen through as decorators.
    """
    for decorator in node.decorator_list:
        path = path_of(module, decorator)
        own = _is_own(module, decorator)
        if path == "staticmethod" or (own and target):
            continue
        if not target and (own or _is_transparent(path) or _is_user_function(module, decorator)):
            continue
        text = ast.unparse(decorator)
        message = f"the decorator `@{text}` may change what `{node.name}` does, and it is not executed"
        module.file.refuse("S2S008", message, _ADVICE, decorator)


def _is_own(module: StaticModule, decorator: ast.expr) -> bool:
    package, _, name = (path_of(module, decorator) or "").rpartition(".")
    return package == "s2sad" and name in _OWN


def is_solver(module: StaticModule, node: ast.FunctionDef) -> bool:
    """Tell whether a function is decorated with the equation that its result solves."""
    names = {(path_of(module, one) or "").removeprefix("s2sad.") for one in node.decorator_list}
    return bool(names & _SOLVERS)


def check_rules(module: StaticModule, node: ast.AST, name: str) -> None:
    """Refuse a function whose derivative is declared by a rule, which only running the text would make known.

    Rules are looked for in all that has been read, by the name of the function alone.
    """
    for other in module.program.modules.values():
        for call in _rules_of(other):
            what = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "function")]
            if any(ast.unparse(one).rpartition(".")[2] == name.rpartition(".")[2] for one in what):
                where = os.path.basename(other.file.name)
                message = f"line {call.lineno} of {where} declares a rule for `{name}`, and is not executed"
                advice = "import the file and use s2sad.grad, which knows the rules that have been declared"
                module.file.refuse("S2S203", message, advice, node)


@lru_cache(maxsize=8)
def _rules_of(module: StaticModule) -> list[ast.Call]:
    """Return the calls of `s2sad.rule` in a module's text."""
    if not any("rule" in line for line in module.file.lines):
        return []
    calls = (node for node in ast.walk(parse(module.file)) if isinstance(node, ast.Call))
    return [call for call in calls if path_of(module, call.func) == "s2sad.rule"]


def under_decorators(module: StaticModule, node: ast.FunctionDef, function: UserFunction) -> Entity:
    """Return what the name of a function means: what decorators of s2sad's or of the user's own make of it."""
    applied = [one for one in node.decorator_list if _is_own(module, one) or _is_user_function(module, one)]
    if not applied:
        return function
    return Decorated(function, tuple(map(to_gast, applied)), module.file, module)


def _is_transparent(path: str | None) -> bool:
    """Tell whether a decorator returns a function with the values of the one below it."""
    return path in ("functools.cache", "functools.lru_cache")


def _is_user_function(module: StaticModule, node: ast.expr) -> bool:
    """Tell whether a decorator is a function that can be read, or a call of one."""
    match node:
        case ast.Call(func=func):
            return _is_user_function(module, func)
        case ast.Name(id=name):
            return isinstance(module.lookup(name), UserFunction | Decorated)
        case ast.Attribute(value=ast.Name(id=name), attr=wanted):
            owner = module.lookup(name)
            return isinstance(owner, Namespace) and isinstance(owner.lookup(wanted), UserFunction | Decorated)
        case _:
            return False


def partial_of(module: StaticModule, node: ast.expr) -> Entity | None:
    """Return what `partial(function, …)`, `checkpoint(function)` or `grad(function)` makes at the top of a module."""
    match node:
        case ast.Call(func=func, args=[function, *args], keywords=keywords) if (
            path_of(module, func) == "functools.partial"
            and not any(isinstance(arg, ast.Starred) for arg in node.args)
            and all(keyword.arg is not None for keyword in keywords)
        ):
            inner = partial_of(module, function) or evaluate(function, module.lookup)
            before = tuple(evaluate(arg, module.lookup) for arg in args)
            return Partial(inner, before, {str(k.arg): evaluate(k.value, module.lookup) for k in keywords})
        case ast.Call(func=ast.Name() | ast.Attribute() as func, args=[function, *args], keywords=keywords) if _is_own(
            module, func
        ) and not isinstance(function, ast.Starred):
            name = (path_of(module, func) or "").rpartition(".")[2]
            inner = partial_of(module, function) or evaluate(function, module.lookup)
            if name in _SOLVERS:
                return None
            options = {str(k.arg): evaluate(k.value, module.lookup) for k in keywords}
            options |= dict(zip(("argnums",), (evaluate(arg, module.lookup) for arg in args), strict=False))
            if name == "checkpoint":
                return None if options else Recomputed(inner)
            known = {key: one.value for key, one in options.items() if isinstance(one, Known)}
            if len(args) > 1 or len(known) < len(options) or not set(known) <= {"argnums", "has_aux"}:
                return None
            argnums = known.get("argnums", 0)
            if name == "hessian":
                return Derived(Derived(inner, argnums), argnums, "jacfwd")
            return Derived(inner, argnums, **_DERIVED[name], has_aux=known.get("has_aux", False))
        case _:
            return None


def path_of(module: StaticModule, node: ast.expr) -> str | None:
    """Return the dotted path of what was imported under a decorator's name, or of the builtin."""
    match node:
        case ast.Call(func=func, args=[first, *_]) if path_of(module, func) == "functools.partial":
            return path_of(module, first)
        case ast.Call(func=func):
            return path_of(module, func)
        case ast.Attribute(value=value, attr=name):
            path = path_of(module, value)
            return None if path is None else f"{path}.{name}"
        case ast.Name(id=name):
            return _path_of_name(module, name)
        case _:
            return None


def _path_of_name(module: StaticModule, name: str) -> str | None:
    match module.settled(name, module.bindings):
        case Binding(ImportedModule(path)):
            return path
        case Binding(ImportedName(0, path, attribute)):
            return f"{path}.{attribute}"
    if name in module.bindings.names:
        return None
    for star in module.bindings.stars:
        if star.meaning == Star(0, "s2sad"):
            return f"s2sad.{name}"
    return name if not module.bindings.stars else None
