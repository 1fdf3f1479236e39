"""Choosing what to compute on a line of its own where a statement is too long."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.codegen.expressions import Expressions
from s2sad.codegen.plan import Append, Compute, Moves, Plan, Return, Stmt, Store
from s2sad.ir import primitives
from s2sad.ir.program import Call, If, Value

_BEST = 0.45
"""The share of a line that is best taken out of it."""

_VAGUE: dict[Callable[..., Any], float] = {np.add: 0.3, np.subtract: 0.3}
"""Sums make poor names, so a part of another kind is preferred."""

_CONTAINERS = (primitives.make_tuple, primitives.make_list, primitives.make_dict)


def part_to_take_out(statement: Stmt, plan: Plan, expressions: Expressions) -> Value | None:
    """Return the nested value that should become a variable so that a statement gets shorter.

    Parameters
    ----------
    statement : Stmt
        The statement whose line is too long.
    plan : Plan
        Which values are nested.
    expressions : Expressions
        What they are spelled like.

    Returns
    -------
    Value or None
        The value; None where there is none.
    """
    match statement:
        case Compute(operation=Call() as operation) | Store(operation=operation):
            waiting = list(operation.operands)
        case Append(item=value) | Return(value=value):
            waiting = [value]
        case Moves(pairs=pairs):
            waiting = [source for _, source in pairs]
        case _:
            return None
    widths: dict[Value, int] = {}
    while waiting:
        value = waiting.pop()
        made = plan.definitions.get(value)
        if value not in plan.inline or not isinstance(made, Call | If):
            continue
        waiting += made.operands
        if value in plan.nested and not (isinstance(made, Call) and made.function in _CONTAINERS):
            widths[value] = len(ast.unparse(expressions.value(value)))
    whole = max(widths.values(), default=0)

    def fault(value: Value) -> float:
        made = plan.definitions[value]
        vague = _VAGUE.get(made.function, 0.0) if isinstance(made, Call) else 0.0
        return abs(widths[value] / whole - _BEST) + vague

    return min(widths, key=fault, default=None)
