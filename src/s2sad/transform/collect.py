"""Lists that a loop appends to once in each trip become lists that it collects.

What is collected in a list can be iterated backwards by the reverse of the loop, and no trip carries a list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from s2sad.ir import primitives
from s2sad.ir.primitives_stores import append
from s2sad.ir.program import Call, Exit, Function, If, Operation, Region, Scan, Value, regions
from s2sad.ir.types import List, widen
from s2sad.transform.rewrite import with_collected


def collect_lists(function: Function) -> Function:
    """Return the function with lists that are filled by one append in each trip of a loop collected by the loop."""
    return replace(function, body=_region(function.body, in_loop=False))


def _region(region: Region, *, in_loop: bool) -> Region:
    operations: list[Operation] = []
    made: dict[Value, Operation] = {}
    for operation in region.operations:
        match operation:
            case If():
                then, orelse = (_region(arm, in_loop=in_loop) for arm in (operation.then, operation.orelse))
                new: tuple[Operation, ...] = (replace(operation, then=then, orelse=orelse),)
            case Scan():
                loop = replace(operation, body=_region(operation.body, in_loop=True))
                new = _collected(loop, made, in_loop=in_loop)
            case _:
                new = (operation,)
        operations += new
        made.update((result, one) for one in new for result in one.results)
    return replace(region, operations=tuple(operations))


def _collected(loop: Scan, made: dict[Value, Operation], *, in_loop: bool) -> tuple[Operation, ...]:
    """Return the loop with what it can collect collected, and after it what puts a list together again."""
    after: list[Operation] = []
    found = [(loop.initial[k], loop.finals[k], call) for k, call in _appends(loop).items()]
    for start, final, call in found:
        item = call.operands[1]
        items = _displayed(made.get(start))
        if in_loop and items is None:
            # to put two lists together in each trip of a loop around this one would take ever longer
            continue
        is_empty = items == ()
        kept = final if is_empty else Value(List(widen(item.type)), final.hint)
        if not is_empty:
            after.append(Call(primitives.concatenate_lists, (start, kept), (), (final,), loop.origin))
        loop = with_collected(_without(loop, loop.finals.index(final), call), (item,), (kept,))
    return (loop, *after)


def _displayed(made: Operation | None) -> tuple[Value, ...] | None:
    """Return the items of a list that is written out."""
    if not isinstance(made, Call) or made.function is not primitives.make_list:
        return None
    return made.operands


def _appends(loop: Scan) -> dict[int, Call]:
    """Return the appends that are all that happens to a carried list, by its position."""
    tests = () if loop.test is None else (loop.test,)
    uses = _uses((loop.body, *tests))
    calls = {op.results[0]: op for op in loop.body.operations if isinstance(op, Call) and op.function is append}
    found: dict[int, Call] = {}
    for k, (param, following) in enumerate(zip(loop.carried, loop.next_values, strict=True)):
        call = calls.get(following)
        alone = call is not None and call.operands[0] is param and uses[param] == uses[following] == 1
        if call is not None and alone and isinstance(param.type, List):
            found[k] = call
    return found


def _uses(inside: Collection[Region]) -> Counter[Value]:
    uses: Counter[Value] = Counter()
    for region in inside:
        uses.update(region.exit.values)
        for operation in region.operations:
            uses.update(operation.operands)
            uses.update(_uses(regions(operation)))
    return uses


def _without(loop: Scan, k: int, call: Call) -> Scan:
    """Return a loop that does not carry its k-th value, and does not make the next version of it."""
    values = loop.body.exit.values
    exit_ = Exit(loop.body.exit.kind, (*values[:k], *values[k + 1 :]))
    carried = (*loop.carried[:k], *loop.carried[k + 1 :])
    operations = tuple(operation for operation in loop.body.operations if operation is not call)
    return replace(
        loop,
        initial=(*loop.initial[:k], *loop.initial[k + 1 :]),
        body=Region((*loop.items, *carried), operations, exit_),
        results=(*loop.results[:k], *loop.results[k + 1 :]),
    )
