"""The table of functions whose calls are lowered in ways of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from s2sad.frontend.context import Binding, Context
from s2sad.rules.homes import leads_to

Arguments = list[Binding]
Keywords = Mapping[str, Binding]
Handler = Callable[[Context, Arguments, Keywords, Any], Binding | None]

HANDLERS: dict[Callable[..., Any], Handler] = {}
"""Functions whose arguments are not, or not all, values; None as the result means that this is an ordinary call."""

LATE: dict[tuple[str, str], Handler] = {}
"""Those of modules that need not have been imported, by the names of the module and of the function."""


def handles(*functions: Callable[..., Any]) -> Callable[[Handler], Handler]:
    """Register the handler of functions."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(functions, handler))
        return handler

    return register


def handles_late(module: str, name: str) -> Callable[[Handler], Handler]:
    """Register the handler of a function of a module that is not imported for that."""

    def register(handler: Handler) -> Handler:
        LATE[module, name] = handler
        return handler

    return register


def handler_of(function: Callable[..., Any]) -> Handler | None:
    """Return the handler of a function; None where all its arguments are values."""
    if function in HANDLERS:
        return HANDLERS[function]
    own = getattr(function, "__name__", None)
    late = (handler for (module, name), handler in LATE.items() if name == own and leads_to(module, name, function))
    return next(late, None)
