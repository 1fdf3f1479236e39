"""The passes, in order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from s2sad.ir.procedures import map_procedures, reached
from s2sad.ir.program import Function
from s2sad.transform.collect import collect_lists
from s2sad.transform.common import merge_common
from s2sad.transform.dead import eliminate_dead_code
from s2sad.transform.fold_stores import fold_stores
from s2sad.transform.implicit import settle_solutions
from s2sad.transform.invariant import remove_invariants
from s2sad.transform.own import own_results
from s2sad.transform.parameters import drop_unread_parameters
from s2sad.transform.simplify import simplify
from s2sad.transform.sink import sink_clears

Pass = Callable[[Function], Function]

_OF_THE_WHOLE = (own_results, drop_unread_parameters)
"""Passes that are not done to one procedure after another."""

PRIMAL_PASSES: tuple[Pass, ...] = (eliminate_dead_code, remove_invariants, collect_lists, eliminate_dead_code)
"""What is done to a program before it is differentiated."""


LAST_PASSES: tuple[Pass, ...] = (settle_solutions, eliminate_dead_code, drop_unread_parameters)
"""What is done to a program that is not differentiated any more."""


def derivative_passes(style: str, keep: int) -> tuple[Pass, ...]:
    """Return what is done to a derivative program; `keep` counts the results that are the primal's own values."""
    own = partial(own_results, keep=keep)
    if style == "ssa":
        return eliminate_dead_code, drop_unread_parameters, own, sink_clears
    clean = (simplify, merge_common, fold_stores, remove_invariants, eliminate_dead_code)
    return eliminate_dead_code, *clean, *clean, drop_unread_parameters, own, eliminate_dead_code, sink_clears


def run_passes(function: Function, passes: tuple[Pass, ...], check: Pass | None = None) -> Function:
    """Apply passes one after another, to procedures too, with a check of what comes out."""
    # no pass makes calls of procedures where there were none
    alone = not reached(function.body)
    for step in passes:
        whole = alone or getattr(step, "func", step) in _OF_THE_WHOLE
        function = step(function) if whole else map_procedures(function, step)
    if check is not None:
        check(function)
        for procedure in reached(function.body):
            check(procedure.function)
    return function
