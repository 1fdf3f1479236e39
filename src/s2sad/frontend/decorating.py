"""Functions under decorators: what a name means is what the decorators make of the function, one after another."""

from __future__ import annotations

import gast

from s2sad.frontend.calls import call_binding
from s2sad.frontend.context import Binding, Context
from s2sad.frontend.inlining import nested_function


def decorated(ctx: Context, node: gast.FunctionDef) -> Binding:
    """Return the binding of a function defined inside another one, with its decorators applied."""
    decorators = [(ctx.lower(decorator), decorator) for decorator in node.decorator_list]
    result: Binding = nested_function(ctx, node.name, node)
    for decorator, place in reversed(decorators):
        result = call_binding(ctx, decorator, [result], {}, place)
    return result
