"""Lowering statements that are there for what they do: raising, asserting, printing, deleting names, importing.

Each becomes an operation that stands in the primal sweep where it stood in the function, and is done once. What it
formats may vary with the inputs; no derivative goes that way.
"""

from __future__ import annotations

import builtins
import contextlib
import warnings
from typing import Any

import gast
import numpy as np

from s2sad.frontend.context import Binding, Context, statement
from s2sad.frontend.inlining import bound_names
from s2sad.frontend.logic import truth
from s2sad.frontend.matching_statements import as_branches
from s2sad.frontend.scope import Known, attribute
from s2sad.ir import primitives_python
from s2sad.ir.types import Dict, List, widen

__all__ = ["as_block", "as_branches"]


@statement(gast.Raise)
def _raise(ctx: Context, node: gast.Raise) -> None:
    """Lower `raise kind(arguments)`; what it is raised `from` is not seen by whoever catches it by its class."""
    if node.exc is None:
        ctx.refuse("S2S160", "a bare `raise` is not supported", "name the exception", node)
    called = node.exc if isinstance(node.exc, gast.Call) else None
    kind = ctx.lower(node.exc if called is None else called.func)
    if not isinstance(kind, Known) or not is_spellable(kind.value):
        message = "only exceptions of Python's and NumPy's own can be raised"
        ctx.refuse("S2S160", message, "raise a built-in exception, such as ValueError", node)
    if called is not None and (called.keywords or any(isinstance(arg, gast.Starred) for arg in called.args)):
        ctx.refuse("S2S160", "an exception with keyword or unpacked arguments is not supported", "pass a text", node)
    args = [] if called is None else [ctx.value(arg) for arg in called.args]
    ctx.hint = None
    ctx.call(primitives_python.fail, ctx.builder.constant(kind.value), *args)


def is_spellable(kind: Any) -> bool:
    """Tell whether an object is a class of exceptions that a module can name which imports nothing but NumPy."""
    if not isinstance(kind, type) or not issubclass(kind, BaseException):
        return False
    return getattr(builtins, kind.__name__, None) is kind or kind is np.linalg.LinAlgError


@statement(gast.Assert)
def _assert(ctx: Context, node: gast.Assert) -> None:
    """Lower an assertion. The message is computed where it is printed, inside the statement."""
    test = ctx.value(node.test)
    if truth(test.type):
        return
    message = [] if node.msg is None else [ctx.value(node.msg)]
    ctx.hint = None
    ctx.call(primitives_python.check, test, *message)


@statement(gast.Delete)
def _delete(ctx: Context, node: gast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, gast.Subscript):
            from s2sad.frontend.mutators import call_mutator

            owner, at = ctx.value(target.value), ctx.value(target.slice)
            if isinstance(widen(owner.type), List | Dict):
                call_mutator(ctx, owner, "pop", [at], {}, target)
                continue
        if not isinstance(target, gast.Name):
            ctx.refuse("S2S161", "`del` of anything but a name is not supported", "build a new value", target)
        ctx.read(target.id, target)
        del ctx.frame.env[target.id]


@statement(gast.Global, gast.Nonlocal)
def _outer_names(ctx: Context, node: Any) -> None:
    """Accept the declaration of names that are only read."""
    body = ctx.frame.source.node.body
    written = {name for one in (body if isinstance(body, list) else [body]) for name in bound_names(one)}
    for name in node.names:
        if name in written:
            kind = "global" if isinstance(node, gast.Global) else "nonlocal"
            message = f"the function writes to the {kind} variable {name!r}"
            ctx.refuse("S2S162", message, "pass the value as an argument and return the new one", node)


@statement(gast.Import)
def _import(ctx: Context, node: gast.Import) -> None:
    for alias in node.names:
        whole = alias.name if alias.asname else alias.name.partition(".")[0]
        if alias.asname is None and "." in alias.name:
            # the whole path is loaded, the name stands for its first part
            _imported(ctx, alias.name, 0, node)
        ctx.bind(alias.asname or whole, _imported(ctx, whole, 0, node))


@statement(gast.ImportFrom)
def _import_from(ctx: Context, node: gast.ImportFrom) -> None:
    module = _imported(ctx, node.module or "", node.level or 0, node)
    for alias in node.names:
        found = attribute(module, alias.name)
        if found is None and not node.level:
            found = _imported(ctx, f"{node.module}.{alias.name}", 0, node)
        if found is None:
            ctx.refuse("S2S111", f"there is no {alias.name!r} in this module", "check the spelling", node)
        ctx.bind(alias.asname or alias.name, found)


def _imported(ctx: Context, path: str, level: int, node: Any) -> Any:
    found = ctx.frame.source.scope.imported(path, level)
    if found is None:
        where = "." * level + path
        ctx.refuse("S2S163", f"the module {where!r} cannot be found", "import it at the top of the file", node)
    return found


# -- contexts ----------------------------------------------------------------------------------------------------------

_TRANSPARENT = (np.printoptions, contextlib.nullcontext, warnings.catch_warnings)
"""Context managers that change nothing about what is computed in them."""


def as_block(ctx: Context, node: gast.With) -> list[Any]:
    """Return the statements that a `with` stands for: those of its body, where the context changes no number."""
    for item in node.items:
        manager = _manager(ctx, item.context_expr)
        if not (manager in _TRANSPARENT or (manager is np.errstate and _only_ignores(item.context_expr))):
            message = "this context manager is not supported"
            advice = "enter it before the function is called"
            if manager is np.errstate:
                message, advice = "`np.errstate` may only ignore warnings here", "raise in an `if` of your own"
            ctx.refuse("S2S164", message, advice, item.context_expr)
        if item.optional_vars is not None:
            ctx.refuse("S2S164", "the object of a `with` is not available", "leave out the `as`", item.optional_vars)
        if manager is np.errstate:
            kinds = [keyword.arg for keyword in item.context_expr.keywords if keyword.value.value == "ignore"]
            ctx.hint = None
            ctx.call(primitives_python.ignore_warnings, *map(ctx.builder.constant, kinds))
    return list(node.body)


def _manager(ctx: Context, node: Any) -> Any:
    callee: Binding | None = ctx.lower(node.func) if isinstance(node, gast.Call) else None
    return callee.value if isinstance(callee, Known) and callable(callee.value) else None


def _only_ignores(node: gast.Call) -> bool:
    values = [keyword.value for keyword in node.keywords]
    return not node.args and all(isinstance(one, gast.Constant) and one.value in ("ignore", "warn") for one in values)


@statement(gast.With)
def _with(ctx: Context, node: gast.With) -> None:
    from s2sad.frontend.blocks import lower_block

    lower_block(ctx, as_block(ctx, node))


@statement(gast.Match)
def _match(ctx: Context, node: gast.Match) -> None:
    from s2sad.frontend.blocks import lower_block

    lower_block(ctx, as_branches(ctx, node))
