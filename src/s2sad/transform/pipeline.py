"""The passes, in order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from s2sad.ir.program import Function
from s2sad.transform.common import merge_common
from s2sad.transform.dead import eliminate_dead_code
from s2sad.transform.own import own_results
from s2sad.transform.simplify import simplify

Pass = Callable[[Function], Function]

PRIMAL_PASSES: tuple[Pass, ...] = (eliminate_dead_code,)
"""What is done to a program before it is differentiated."""


def derivative_passes(style: str, keep: int) -> tuple[Pass, ...]:
    """Return what is done to a derivative program; `keep` counts the results that are the primal's own values."""
    own = partial(own_results, keep=keep)
    if style == "ssa":
        return eliminate_dead_code, own
    clean = (simplify, merge_common, eliminate_dead_code)
    return eliminate_dead_code, *clean, *clean, own, eliminate_dead_code


def run_passes(function: Function, passes: tuple[Pass, ...], check: Pass | None = None) -> Function:
    """Apply passes one after another, with a check of the program after each."""
    for step in passes:
        function = step(function)
        if check is not None:
            check(function)
    return function
