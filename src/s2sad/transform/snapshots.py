"""Loops under `checkpoint(range(…), snapshots=…)`: their reverse goes forward again from states that were kept.

The primal loop keeps its state before some of its steps. The reverse loop takes the last state that was kept, runs
forward from there to the step that is to be reversed, keeping states in the room that has become free, and then does
that step forward and back. Where states are kept is the binomial schedule of `ir/primitives_schedule.py`.

How long a loop is that may end before its range does is not known beforehand. It keeps every state at first; whenever
there is no more room it drops every other one, and keeps states twice as far apart from then on.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from s2sad.ir.builder import Builder
from s2sad.ir.primitives import make_list, make_tuple, unpack
from s2sad.ir.primitives_schedule import next_snapshot, room_for, snapshot_steps, with_snapshots
from s2sad.ir.primitives_stores import append
from s2sad.ir.program import Call, Constant, Exit, ExitKind, Form, Operation, Region, Scan, Source, Value
from s2sad.ir.types import INT, List, Literal, Scalar, Tuple
from s2sad.transform.dead import prune
from s2sad.transform.recomputed import drawn, without_effects
from s2sad.transform.refusals import unsupported
from s2sad.transform.reverse import Reversal
from s2sad.transform.rewrite import copy_region, with_carried, with_collected


@dataclass(frozen=True, slots=True)
class Kept:
    """What a loop is checkpointed with: the range that it goes through, and how many states are kept."""

    steps: Value
    count: Value
    is_simple: bool
    """The items of the range are their own positions."""


def kept_states(loop: Scan, made: Mapping[Value, Operation]) -> Kept | None:
    """Return what a loop is checkpointed with; None for other loops.

    Raises
    ------
    DifferentiationError
        S2S201: the loop can't be: it goes through more than a range, or collects a list.
    """
    marker = next((call for source in loop.sources if (call := _marker(source, made)) is not None), None)
    if marker is None:
        return None
    if len(loop.sources) != 1 or loop.sources[0].backwards:
        raise unsupported(marker, "a loop under `checkpoint` goes through more than the range", advice="index instead")
    if loop.test is not None:
        message = "the loop under `checkpoint` has a condition besides its range"
        raise unsupported(marker, message, advice="leave the loop by `break`")
    if loop.lists:
        message = "a loop under `checkpoint` collects a list, which takes memory in each step"
        raise unsupported(marker, message, advice="add up what is needed, or leave `checkpoint` out")
    steps, count = marker.operands
    counted = made.get(steps)
    is_simple = isinstance(counted, Call) and counted.function is range and len(counted.operands) == 1
    return Kept(steps, count, is_simple)


def _marker(source: Source, made: Mapping[Value, Operation]) -> Call | None:
    call = made.get(source.value)
    return call if isinstance(call, Call) and call.function is with_snapshots else None


@dataclass(frozen=True, slots=True)
class Replayed:
    """The primal operations, and the parts of the reverse loop; `snapshots` is what it carries besides cotangents."""

    primal: tuple[Operation, ...]
    source: Source
    item: Value
    region: Region
    snapshots: Value
    param: Value


def replay(loop: Scan, kept: Kept, body: Region, region: Region, reversal: Reversal) -> Replayed:
    """Make a loop keep states, and its reverse go forward again from them.

    Parameters
    ----------
    loop : Scan
        The primal loop.
    kept : Kept
        What it is checkpointed with.
    body : Region
        Its body as it must stand where its reverse reads what is inside.
    region : Region
        The reverse of one step, with free references to the body.
    reversal : Reversal
        The state of the reversal.
    """
    origin = replace(loop.origin, derived=True)
    item = Value(INT, loop.items[0].hint if kept.is_simple else "step")
    states = List(Tuple((INT, *(param.type for param in loop.carried))))
    before = replace(reversal.builder(), origin=origin)
    length = before.call(len, kept.steps, form=Form.BUILTIN, spelling="len")
    positions = kept.steps if kept.is_simple else before.call(range, length, form=Form.BUILTIN, spelling="range")
    room = kept.count if _is_number(kept.count) else before.call(room_for, kept.count, hint="room", type_=INT)
    first = before.call(make_list, hint="snapshots", type_=states)
    source, after = Source(positions, True), tuple[Operation, ...]()
    if loop.is_complete:
        marks = before.call(snapshot_steps, length, room, hint="marks", type_=List(INT))
        primal, snapshots = _keeping(loop, kept, positions, marks, first, before.nested())
    else:
        stride = before.constant(1)
        primal, snapshots = _thinning(loop, kept, positions, room, (first, stride), before.nested())
        begin, primal, trips = count_trips(primal, reversal)
        before.add(begin)
        made = replace(reversal.builder(), origin=origin)
        source = Source(made.call(range, trips, form=Form.BUILTIN, spelling="range"), True)
        after = tuple(made.operations)
    # what was drawn in a step is kept for all of them
    lists = {value: Value(List(value.type), f"{name}_saved") for value, name in drawn(loop.body.operations).items()}
    primal = with_collected(primal, lists, lists.values())
    reversal.definitions.update(dict.fromkeys(primal.results, primal))

    builder = before.nested()
    param = Value(states, "snapshots")
    last = builder.call(operator.getitem, param, builder.constant(-1), form=Form.OPERATOR, type_=states.item)
    state = _taken_apart(last, loop, builder)
    _, *carried, remaining = _forward(loop, kept, lists, (*state, param), item, builder)
    at = builder.constant(slice(None, -1))
    remaining = builder.call(operator.getitem, remaining, at, form=Form.OPERATOR, hint="snapshots", type_=states)
    new = dict(zip(loop.carried, carried, strict=True))
    new[loop.items[0]] = _item(kept, loop, item, builder)
    new.update(_drawn_at(item, lists, builder))
    step = (*_silent(body, lists), *region.operations)
    kept_operations = prune(step, region.exit.values)
    copied = copy_region(Region((), kept_operations, region.exit), new)
    exit_ = Exit(ExitKind.YIELD, (*copied.exit.values, remaining))
    region = Region((), (*builder.operations, *copied.operations), exit_)
    return Replayed((*before.operations, primal, *after), source, item, region, snapshots, param)


def _thinning(
    loop: Scan, kept: Kept, positions: Value, room: Value, start: tuple[Value, Value], builder: Builder
) -> tuple[Scan, Value]:
    """Return the primal loop, which keeps states further and further apart, and the list of them."""
    loop, position = _with_positions(loop, kept, positions)
    (before, stride), (after, further), (final, last) = (
        (Value(start[0].type, "snapshots"), Value(INT, "stride")) for _ in range(3)
    )
    apart = builder.call(np.remainder, position, stride, form=Form.OPERATOR, type_=INT)
    test = builder.call(np.equal, apart, builder.constant(0), form=Form.OPERATOR, type_=Scalar("bool"))
    keeping = builder.nested()
    longer = _append(before, position, loop.carried, keeping)
    count = keeping.call(len, longer, form=Form.BUILTIN, spelling="len")
    is_full = keeping.call(np.greater, count, room, form=Form.OPERATOR, type_=Scalar("bool"))
    dropping = keeping.nested()
    other = dropping.constant(slice(None, None, 2))
    fewer = dropping.call(operator.getitem, longer, other, form=Form.OPERATOR, hint="snapshots", type_=before.type)
    twice = dropping.call(np.multiply, dropping.constant(2), stride, form=Form.OPERATOR, hint="stride", type_=INT)
    left, wider = Value(before.type, "snapshots"), Value(INT, "stride")
    as_it_is = Region((), (), Exit(ExitKind.YIELD, (longer, stride)))
    keeping.branch(is_full, dropping.region((), (fewer, twice)), as_it_is, (left, wider))
    passing = Region((), (), Exit(ExitKind.YIELD, (before, stride)))
    builder.branch(test, keeping.region((), (left, wider)), passing, (after, further))
    body = replace(loop.body, operations=(*builder.operations, *loop.body.operations))
    loop = with_carried(replace(loop, body=body), start[0], before, after, final)
    return with_carried(loop, start[1], stride, further, last), final


def _with_positions(loop: Scan, kept: Kept, positions: Value) -> tuple[Scan, Value]:
    """Return the loop with the positions of its items among what it goes through."""
    if kept.is_simple:
        return replace(loop, sources=(Source(kept.steps),)), loop.items[0]
    position = Value(INT, "step")
    params = (loop.items[0], position, *loop.carried)
    sources = (Source(kept.steps), Source(positions))
    return replace(loop, sources=sources, body=replace(loop.body, params=params)), position


def _keeping(
    loop: Scan, kept: Kept, positions: Value, marks: Value, first: Value, builder: Builder
) -> tuple[Scan, Value]:
    """Return the primal loop, which keeps the states before the steps in `marks`, and the list of them."""
    loop, position = _with_positions(loop, kept, positions)
    before, after, final = (Value(first.type, "snapshots") for _ in range(3))
    test = builder.call(operator.contains, marks, position, form=Form.OPERATOR, type_=Scalar("bool"))
    arm = builder.nested()
    longer = _append(before, position, loop.carried, arm)
    builder.branch(test, arm.region((), (longer,)), Region((), (), Exit(ExitKind.YIELD, (before,))), (after,))
    body = replace(loop.body, operations=(*builder.operations, *loop.body.operations))
    return with_carried(replace(loop, body=body), first, before, after, final), final


def _is_number(count: Value) -> bool:
    return isinstance(count.type, Literal) and type(count.type.value) is int and count.type.value >= 1


def _append(snapshots: Value, step: Value, state: tuple[Value, ...], builder: Builder) -> Value:
    assert isinstance(snapshots.type, List)
    entry = builder.call(make_tuple, step, *state, type_=snapshots.type.item)
    return builder.call(append, snapshots, entry, hint="snapshots", type_=snapshots.type)


def _taken_apart(entry: Value, loop: Scan, builder: Builder) -> tuple[Value, ...]:
    parts = (Value(INT, "reached"), *(replace(param) for param in loop.carried))
    builder.add(Call(unpack, (entry,), (), parts, builder.origin))
    return parts


def _item(kept: Kept, loop: Scan, position: Value, builder: Builder) -> Value:
    if kept.is_simple:
        return position
    hint, type_ = loop.items[0].hint, loop.items[0].type
    return builder.call(operator.getitem, kept.steps, position, form=Form.OPERATOR, hint=hint, type_=type_)


def _drawn_at(position: Value, lists: Mapping[Value, Value], builder: Builder) -> dict[Value, Value]:
    """Append what takes out of their lists the numbers that were drawn in a step."""

    def at(value: Value, saved: Value) -> Value:
        return builder.call(operator.getitem, saved, position, form=Form.OPERATOR, hint=value.hint, type_=value.type)

    return {value: at(value, saved) for value, saved in lists.items()}


def _forward(
    loop: Scan,
    kept: Kept,
    lists: Mapping[Value, Value],
    start: tuple[Value, ...],
    stop: Value,
    outer: Builder,
) -> tuple[Value, ...]:
    """Append a loop that goes forward to a step, keeping states on its way, the last one included."""
    params = tuple(replace(value) for value in start)
    reached, *state, snapshots = params
    test = outer.nested()
    test_region = test.region((), (test.call(np.less, reached, stop, form=Form.OPERATOR, type_=Scalar("bool")),))
    builder = outer.nested()
    count = builder.call(len, snapshots, form=Form.BUILTIN, spelling="len")
    free = builder.call(np.subtract, kept.count, count, form=Form.OPERATOR)
    following = builder.call(next_snapshot, reached, stop, free, hint="following", type_=INT)
    inner = builder.nested()
    position = Value(INT, loop.items[0].hint if kept.is_simple else "step")
    carried = tuple(replace(param) for param in loop.carried)
    new = dict(zip(loop.carried, carried, strict=True))
    new[loop.items[0]] = _item(kept, loop, position, inner)
    new.update(_drawn_at(position, lists, inner))
    region = Region((), _silent(loop.body, lists), replace(loop.body.exit, values=loop.next_values))
    region = copy_region(replace(region, operations=prune(region.operations, region.exit.values)), new)
    body = Region((position, *carried), (*inner.operations, *region.operations), region.exit)
    finals = tuple(replace(param) for param in loop.carried)
    steps = builder.call(range, reached, following, form=Form.BUILTIN, spelling="range")
    builder.scan((Source(steps),), tuple(state), body, finals)
    longer = _append(snapshots, following, finals, builder)
    results = tuple(replace(value) for value in start)
    outer.scan((), start, builder.region(params, (following, *finals, longer)), results, test=test_region)
    return results


def _silent(body: Region, lists: Mapping[Value, Value]) -> tuple[Operation, ...]:
    return without_effects((one for one in body.operations if lists.keys().isdisjoint(one.results)), {})


def count_trips(loop: Scan, reversal: Reversal) -> tuple[Constant, Scan, Value]:
    """Return what a loop that counts its trips begins with, the loop, and the count."""
    origin = replace(loop.origin, derived=True)
    start, one = Constant(0, Value(Literal(0)), origin), Constant(1, Value(Literal(1)), origin)
    before, after, count = (Value(INT, "trips") for _ in range(3))
    step = Call(np.add, (before, one.result), (), (after,), origin, Form.OPERATOR)
    loop = with_carried(loop, start.result, before, after, count)
    loop = replace(loop, body=replace(loop.body, operations=(one, step, *loop.body.operations)))
    reversal.definitions.update({start.result: start, one.result: one, after: step})
    reversal.definitions.update(dict.fromkeys(loop.results, loop))
    return start, loop, count
