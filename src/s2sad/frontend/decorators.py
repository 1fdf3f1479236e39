"""Which decorators static reading sees through."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from s2sad.frontend.bindings import Binding, ImportedModule, ImportedName, Star

if TYPE_CHECKING:
    from s2sad.frontend.modules import StaticModule

_ADVICE = "name an undecorated function, or remove the decorator"
_OWN = frozenset(
    {"checkpoint", "derivative", "grad", "hessian", "jacfwd", "jacobian", "jacrev", "value_and_grad"},
)
"""Decorators of s2sad's own: what is read is the function below them."""


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
        any other function under `@grad` means the gradient.
    """
    for decorator in node.decorator_list:
        path = _path(module, decorator)
        own = path is not None and path.startswith("s2sad.") and path.rpartition(".")[2] in _OWN
        if path == "staticmethod" or (own and target):
            continue
        text = ast.unparse(decorator)
        if own:
            message = f"`{node.name}` is decorated with `@{text}`, so its name means a derivative"
            module.file.refuse("S2S008", message, "call a function that is not decorated", decorator)
        message = f"the decorator `@{text}` may change what `{node.name}` does, and it is not executed"
        module.file.refuse("S2S008", message, _ADVICE, decorator)


def _path(module: StaticModule, node: ast.expr) -> str | None:
    """Return the dotted path of what was imported under a decorator's name, or of the builtin."""
    match node:
        case ast.Call(func=func, args=[first, *_]) if _path(module, func) == "functools.partial":
            return _path(module, first)
        case ast.Call(func=func):
            return _path(module, func)
        case ast.Attribute(value=value, attr=name):
            path = _path(module, value)
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
