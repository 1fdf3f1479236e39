"""Finding the sums of the reverse sweep that can be added up in place: `d_x += …` for `d_x = d_x + …`."""

from __future__ import annotations

import numpy as np

from s2sad.codegen.aliases import Aliases
from s2sad.codegen.liveness import Liveness
from s2sad.codegen.plan import Compute, Plan
from s2sad.ir.program import Call, Function, Value
from s2sad.ir.types import Array, Literal, Scalar


def find_sums_in_place(plan: Plan, function: Function, liveness: Liveness) -> None:
    """Fill `plan.added` with the sums that may be stored into the buffer of their first operand.

    The operand is an array of the sum's own dtype and shape that the function has made, and nothing that is alive
    afterwards may share its memory. The user's own statements stay as they are.

    Parameters
    ----------
    plan : Plan
        The statements; where copies are made is decided.
    function : Function
        The program that they come from.
    liveness : Liveness
        Which variables are alive where.
    """
    sums = [(statement, after) for statement, after in liveness.after(Compute) if _is_sum(statement, plan)]
    if not sums:
        return
    aliases = Aliases(function, plan.copies)
    for statement, after in sums:
        (base, *_), (total,) = statement.operation.operands, statement.operation.results
        if not aliases.foreign(base) and not liveness.alive_among(aliases.relatives(base), after):
            plan.added[total] = base


def _is_sum(statement: Compute, plan: Plan) -> bool:
    """Tell whether a derived statement adds to an array in a variable and gets one just like it."""
    made, target = statement.operation, statement.target
    if not isinstance(made, Call) or made.function not in (np.add, np.subtract) or not isinstance(target, Value):
        return False
    base, other = made.operands[:2]
    array = base.type
    if not made.origin.derived or made.keywords or base in plan.inline or target.type != array:
        return False
    known = isinstance(array, Array) and not array.scalar and array.dtype is not None and bool(array.shape)
    return known and isinstance(other.type, Array | Scalar | Literal)
