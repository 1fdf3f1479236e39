"""Reversing branches and loops.

The cotangents of what a region reads from around it are threaded through its reversal: they enter with what is known so
far and leave with the region's contributions added. The reverse of a branch is a branch on the same test; the reverse
of a loop is a loop over the same trips backwards, in which the cotangents of carried values and of everything read from
around the loop are carried, and the cotangents of the items are collected.
"""

from __future__ import annotations

from dataclasses import replace
from operator import getitem

import numpy as np

from s2sad.ir.builder import Builder
from s2sad.ir.primitives import stack_like
from s2sad.ir.program import (
    Exit,
    ExitKind,
    Form,
    If,
    Operation,
    Region,
    Scan,
    Source,
    Value,
    free_values,
)
from s2sad.ir.types import INT, UNKNOWN, Array, List, Literal, Range, Tuple, Type, Unknown, widen
from s2sad.transform.bundles import export_bundle_from_branch
from s2sad.transform.cotangents import Accumulator, Cotangent, Parts, Whole
from s2sad.transform.dead import prune
from s2sad.transform.leaves import leaves
from s2sad.transform.patterns import at_hand, has_fixed_shape
from s2sad.transform.record import export_from_branch, export_from_loop
from s2sad.transform.reverse import Reversal, reverse_operations
from s2sad.transform.snapshots import count_trips, kept_states, replay
from s2sad.transform.structure import adjoint_name, adjoint_type


def reverse_if(operation: If, outer: Accumulator, reversal: Reversal) -> If:
    """Reverse a branch; return the primal branch, which yields what the reverse one reads from inside it."""
    seeds = {k: outer.found.pop(r) for k, r in enumerate(operation.results) if r in outer.found}
    seeds = {k: d for k, d in seeds.items() if operation.results[k] in reversal.active}
    if not seeds:
        return operation
    arms = (operation.then, operation.orelse)
    touched = _read_actively(arms, reversal)
    touched |= {arm.exit.values[k]: None for arm in arms for k in seeds if arm.exit.values[k] in reversal.active}
    inside = {v for arm in arms for op in arm.operations for v in op.results}
    roots = [v for v in touched if v not in inside]
    parts = [leaf for v in roots for leaf in leaves(v, arms, outer)]
    outer.builder.origin = replace(operation.origin, derived=True)
    prior = [leaf.find(outer) for leaf in parts]

    accumulators, primal_arms = [], []
    for arm in arms:
        inner = reversal.accumulator(outer.builder.nested())
        for leaf, cotangent in zip(parts, prior, strict=True):
            if cotangent is not None:
                leaf.set(inner, cotangent)
        for k, cotangent in seeds.items():
            value = arm.exit.values[k]
            if value in reversal.active:
                inner.add(value, _refit(cotangent, operation.results[k], value, inner))
        primal_arms.append(replace(arm, operations=tuple(reverse_operations(arm.operations, inner, reversal))))
        accumulators.append(inner)

    changed = [k for k, leaf in enumerate(parts) if any(leaf.find(inner) is not prior[k] for inner in accumulators)]
    # what only one arm adds to is handed on unchanged by the other
    before = {k: parts[k].start(outer) for k in changed if prior[k] is not None}
    yields = [
        [before[k] if k in before and parts[k].find(inner) is prior[k] else parts[k].end(inner) for k in changed]
        for inner in accumulators
    ]
    results = tuple(
        Value(_joined_type(parts[k].type, [side[j] for side in yields]), parts[k].name) for j, k in enumerate(changed)
    )
    regions = []
    for inner, values in zip(accumulators, yields, strict=True):
        kept = prune(inner.builder.operations, values)
        regions.append(Region((), kept, Exit(ExitKind.YIELD, tuple(values))))
    primal = replace(operation, then=primal_arms[0], orelse=primal_arms[1])
    if reversal.in_procedure and not reversal.loops:
        primal, then, orelse = export_bundle_from_branch(primal, regions[0], regions[1], reversal.definitions)
    else:
        primal, then, orelse = export_from_branch(
            primal, regions[0], regions[1], reversal.definitions, in_loop=reversal.loops > 0
        )
    if changed:
        outer.builder.branch(operation.test, then, orelse, results)
    for k, result in zip(changed, results, strict=True):
        parts[k].set(outer, Whole(result))
        if any(not inner.tainted.isdisjoint(side) for inner, side in zip(accumulators, yields, strict=True)):
            outer.tainted.add(result)
    return primal


def _refit(cotangent: Cotangent, result: Value, value: Value, inner: Accumulator) -> Cotangent:
    """Fit the cotangent of a branch's result to what the arm yields for it, whose type may be narrower."""
    if isinstance(cotangent, Parts) or adjoint_type(result.type) == adjoint_type(value.type):
        return cotangent
    if isinstance(widen(value.type), Tuple | List):
        return cotangent
    return Whole(inner.fit(inner.whole(result, cotangent), value))


def _joined_type(type_: Type, yielded: list[Value]) -> Type:
    types = {widen(one.type) for one in yielded}
    return types.pop() if len(types) == 1 else adjoint_type(type_)


def _read_actively(regions: tuple[Region, ...], reversal: Reversal) -> dict[Value, None]:
    """Return the active values that regions read from around them."""
    return {v: None for region in regions for v in free_values(region) if v in reversal.active}


def reverse_scan(loop: Scan, outer: Accumulator, reversal: Reversal) -> tuple[Operation, ...]:
    """Reverse a loop; return the primal loop, which collects what the reverse one reads of each trip."""
    final_seeds = {k: outer.found.pop(f) for k, f in enumerate(loop.finals) if f in outer.found}
    list_seeds = {k: outer.found.pop(c) for k, c in enumerate(loop.lists) if c in outer.found}
    final_seeds = {k: d for k, d in final_seeds.items() if loop.finals[k] in reversal.active}
    if not final_seeds and not list_seeds:
        return (loop,)
    outer.builder.origin = replace(loop.origin, derived=True)
    kept = kept_states(loop, reversal.definitions)
    carried = [k for k, param in enumerate(loop.carried) if param in reversal.active or k in final_seeds]
    bound = set(loop.body.params)
    read = [v for v in _read_actively((loop.body,), reversal) if v not in bound]
    free = [leaf for v in read for leaf in leaves(v, (loop.body,), outer)]

    # what the reverse loop carries: cotangents of the carried values, then of what the body reads from around the loop
    initial = [
        outer.whole(loop.finals[k], final_seeds[k]) if k in final_seeds else outer.zeros(loop.finals[k])
        for k in carried
    ]
    initial += [leaf.start(outer) for leaf in free]
    # at the start of a reversed trip this is the cotangent of what the trip handed on, and has its type
    d_carried = [Value(adjoint_type(loop.next_values[k].type), adjoint_name(loop.carried[k])) for k in carried]
    d_free = [Value(adjoint_type(leaf.type), leaf.name) for leaf in free]
    d_lists = {k: outer.whole(loop.lists[k], d) for k, d in list_seeds.items()}
    d_items = {k: Value(adjoint_type(loop.collected[k].type), adjoint_name(loop.collected[k])) for k in d_lists}

    inner = reversal.accumulator(outer.builder.nested())
    for k, param in zip(carried, d_carried, strict=True):
        if loop.next_values[k] in reversal.active:
            inner.add(loop.next_values[k], Whole(param))
    for leaf, param in zip(free, d_free, strict=True):
        inner.add(leaf.root, leaf.wrap(Whole(param)))
    for k, param in d_items.items():
        if loop.collected[k] in reversal.active:
            inner.add(loop.collected[k], Whole(param))
    masked = not outer.tainted.isdisjoint((*initial, *d_lists.values()))
    if masked:
        outer.tainted.update((*d_carried, *d_free, *d_items.values()))
    reversal.loops += 1
    body = replace(loop.body, operations=tuple(reverse_operations(loop.body.operations, inner, reversal)))
    reversal.loops -= 1
    inner.builder.origin = replace(loop.origin, derived=True)

    items = [k for k, item in enumerate(loop.items) if item in reversal.active]
    yields = [_carried_at_start(loop.carried[k], d, inner) for k, d in zip(carried, d_carried, strict=False)]
    yields += [leaf.end(inner) for leaf in free]
    collected = [_at_start(loop.items[k], inner) for k in items]
    operations = prune(inner.builder.operations, (*yields, *collected))
    region = at_hand(Region((), operations, Exit(ExitKind.YIELD, (*yields, *collected))), (*d_carried, *d_free))

    primal: tuple[Operation, ...]
    snapshots: tuple[Value, ...] = ()
    if kept is None:
        counted, region, sources, params = export_from_loop(replace(loop, body=body), region, reversal.definitions)
        primal = (counted,)
    else:
        replayed = replay(loop, kept, body, region, reversal)
        primal, region = replayed.primal, replayed.region
        sources, params, snapshots = (replayed.source,), (replayed.item,), (replayed.param,)
        initial.append(replayed.snapshots)
    d_sources = tuple(Source(d, backwards=True) for d in d_lists.values())
    sources = (*d_sources, *sources)
    params = (*d_items.values(), *params)
    if not sources and loop.is_complete:
        sources, params = _trips(loop)
    elif not sources:
        begin, counted, trips = count_trips(counted, reversal)
        primal = (begin, counted)
        sources = (Source(outer.builder.call(range, trips, form=Form.BUILTIN, spelling="range"), backwards=True),)
        params = (Value(INT, "_"),)
    # at the end of the reverse loop these are the cotangents of what the primal loop began with, of the same shapes
    results = (
        *(Value(adjoint_type(_start_type(loop, k)), adjoint_name(loop.initial[k])) for k in carried),
        *(Value(adjoint_type(leaf.type), leaf.name) for leaf in free),
    )
    lists = tuple(Value(List(adjoint_type(loop.items[k].type)), _list_name(loop, k)) for k in items)
    region = replace(region, params=(*params, *d_carried, *d_free, *snapshots))
    left = tuple(map(replace, snapshots))
    outer.builder.scan(sources, tuple(initial), region, (*results, *left, *lists))

    if masked or not inner.tainted.isdisjoint(region.exit.values):
        outer.tainted.update((*results, *lists))
    for leaf, result in zip(free, results[len(carried) :], strict=True):
        leaf.set(outer, Whole(result))
    for k, result in zip(carried, results, strict=False):
        start = loop.initial[k]
        if start in reversal.active:
            outer.add(start, Whole(result))
    for k, collected_list in zip(items, lists, strict=True):
        _to_source(loop, loop.sources[k], collected_list, outer, reversal)
    return primal


def _start_type(loop: Scan, k: int) -> Type:
    start = loop.initial[k].type
    return loop.carried[k].type if start == Literal(None) else start


def _carried_at_start(value: Value, d: Value, inner: Accumulator) -> Value:
    """Return the cotangent of a carried value at the start of a trip; zeros where the trip did not read it."""
    if value in inner.found:
        return inner.whole(value, inner.found[value])
    # of one shape in all trips: what is at hand serves as the pattern, and the primal value need not be kept
    return inner.zeros(d if d.type == value.type and has_fixed_shape(value.type) else value)


def _list_name(loop: Scan, k: int) -> str | None:
    hint = loop.items[k].hint or loop.sources[k].value.hint
    return None if hint is None else f"d_{hint}_items"


def _at_start(value: Value, inner: Accumulator) -> Value:
    found = inner.found.get(value)
    return inner.zeros(value) if found is None else inner.whole(value, found)


def _trips(loop: Scan) -> tuple[tuple[Source, ...], tuple[Value, ...]]:
    """Return sources that only count the trips of a loop."""
    kept = [k for k, s in enumerate(loop.sources) if isinstance(s.value.type, Range)][:1] or [0]
    sources = tuple(Source(loop.sources[k].value, not loop.sources[k].backwards) for k in kept)
    return sources, tuple(Value(loop.items[k].type, loop.items[k].hint) for k in kept)


def _to_source(loop: Scan, source: Source, collected: Value, outer: Accumulator, reversal: Reversal) -> None:
    """Turn the cotangents of items, collected from the last trip to the first, into that of what was iterated."""
    value = source.value
    if value not in reversal.active or value.type == INT:
        return
    builder = outer.builder
    from_the_end = source.backwards and not loop.is_complete
    if not source.backwards or from_the_end:
        collected = _turned(collected, value, builder)
    if from_the_end:
        # the items that no trip has reached are the first ones, and zeros come last
        turned = _turned(value, value, builder)
        d = builder.call(stack_like, turned, collected, type_=UNKNOWN)
        outer.add(value, Whole(_turned(d, value, builder, adjoint_type(value.type))))
        return
    match widen(value.type):
        case Tuple(items) if loop.is_complete:
            for k in range(len(items)):
                part = builder.call(getitem, collected, builder.constant(k), form=Form.OPERATOR)
                outer.add(value, Parts({k: Whole(part)}))
            return
        case List() if not loop.is_complete:
            d = builder.call(stack_like, value, collected, hint=adjoint_name(value), type_=adjoint_type(value.type))
        case List():
            d = collected
        case Array(dtype, shape) if shape is not None and dtype == np.float64 and loop.is_complete:
            d = builder.call(np.array, collected, type_=UNKNOWN)
            lengths = builder.call(np.shape, value, form=Form.ATTRIBUTE, spelling="shape")
            name = adjoint_name(value)
            d = builder.call(np.reshape, d, lengths, form=Form.METHOD, spelling="reshape", hint=name, type_=value.type)
        case Array() | Unknown() | Tuple():
            d = builder.call(stack_like, value, collected, hint=adjoint_name(value), type_=value.type)
        case other:
            raise AssertionError(f"{other} has no cotangent")
    outer.add(value, Whole(d))


def _turned(sequence: Value, source: Value, builder: Builder, type_: Type | None = None) -> Value:
    """Append `sequence[::-1]`, under the name of the cotangent of what was iterated."""
    at = builder.constant(slice(None, None, -1))
    return builder.call(getitem, sequence, at, form=Form.OPERATOR, hint=adjoint_name(source), type_=type_)
