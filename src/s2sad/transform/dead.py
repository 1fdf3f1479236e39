"""Dead-code elimination: what nothing reads goes, results of branches, carried values and collected lists included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from s2sad.ir.primitives_python import EFFECTS
from s2sad.ir.primitives_random import DRAWS
from s2sad.ir.procedures import Procedure, reached
from s2sad.ir.program import (
    Call,
    Constant,
    Exit,
    ExitKind,
    Function,
    If,
    Operation,
    Region,
    Scan,
    Value,
    free_values,
    regions,
    walk,
)
from s2sad.transform.rewrite import read_inside


def eliminate_dead_code(function: Function) -> Function:
    """Return the function without the operations that its result does not depend on."""
    return replace(function, body=prune_region(function.body))


def has_effect(operation: Operation) -> bool:
    """Tell whether an operation does something besides computing its results: prints, or may raise on purpose."""
    if isinstance(operation, Call) and isinstance(operation.function, Procedure):
        bodies = (one.function.body for one in reached(Region((), (operation,), Exit(ExitKind.YIELD, ()))))
        return any(
            isinstance(inner, Call) and (inner.function in EFFECTS or inner.function in DRAWS)
            for body in bodies
            for inner in walk(body)
        )
    if isinstance(operation, Call):
        return operation.function in EFFECTS or operation.function in DRAWS
    return any(has_effect(inner) for region in regions(operation) for inner in region.operations)


def prune_region(region: Region) -> Region:
    """Return the region without operations that its exit does not depend on."""
    operations = prune(region.operations, region.exit.values)
    return Region(region.params, operations, region.exit)


def prune(operations: Iterable[Operation], needed: Iterable[Value]) -> tuple[Operation, ...]:
    """Return the operations, in order, that `needed` depends on."""
    live = set(needed)
    kept: list[Operation] = []
    for operation in reversed(tuple(operations)):
        if live.isdisjoint(operation.results) and not has_effect(operation):
            continue
        pruned = _prune_operation(operation, live)
        live.update(pruned.operands, read_inside(pruned))
        kept.append(pruned)
    return tuple(reversed(kept))


def _prune_operation(operation: Operation, live: set[Value]) -> Operation:
    match operation:
        case Constant() | Call():
            return operation
        case If():
            keep = [k for k, result in enumerate(operation.results) if result in live]
            then, orelse = (_restrict(region, keep) for region in (operation.then, operation.orelse))
            return replace(operation, then=then, orelse=orelse, results=tuple(operation.results[k] for k in keep))
        case Scan():
            return _prune_scan(operation, live)


def _restrict(region: Region, keep: list[int]) -> Region:
    values = tuple(region.exit.values[k] for k in keep)
    return prune_region(Region(region.params, region.operations, Exit(region.exit.kind, values)))


def _prune_scan(loop: Scan, live: set[Value]) -> Scan:
    """Keep a carried value if its last version is live, or the live part of the body or the test reads it."""
    lists = [k for k in range(len(loop.initial), len(loop.results)) if loop.results[k] in live]
    carried = {k for k, final in enumerate(loop.finals) if final in live}
    test = None if loop.test is None else prune_region(loop.test)
    tested = set() if test is None else set(free_values(test))
    ends = [] if loop.stop is None else [len(loop.results)]
    while True:
        keep = [*sorted(carried), *lists]
        body = _restrict(loop.body, [*keep, *ends])
        read = {v for op in body.operations for v in (*op.operands, *read_inside(op))} | set(body.exit.values) | tested
        more = {k for k, param in enumerate(loop.carried) if param in read} - carried
        if not more:
            break
        carried |= more
    sources = range(len(loop.sources))
    if loop.origin.derived and loop.is_complete:
        # the lists that a derivative iterates have one length by construction: an unread one is not needed
        sources_read = [k for k in sources if loop.items[k] in read]
        kept_sources = sources_read or [0]
    else:
        kept_sources = list(sources)
    params = tuple(loop.items[k] for k in kept_sources) + tuple(loop.carried[k] for k in sorted(carried))
    return replace(
        loop,
        sources=tuple(loop.sources[k] for k in kept_sources),
        initial=tuple(loop.initial[k] for k in sorted(carried)),
        body=Region(params, body.operations, body.exit),
        results=tuple(loop.results[k] for k in keep),
        test=test,
    )
