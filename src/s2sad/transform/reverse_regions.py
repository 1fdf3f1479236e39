"""Reversing branches and loops.

The cotangents of what a region reads from around it are threaded through its reversal: they enter with what is known so
far and leave with the region's contributions added. The reverse of a branch is a branch on the same test; the reverse of
a loop is a loop over the same trips backwards, in which the cotangents of carried values and of everything read from
around the loop are carried, and the cotangents of the items are collected.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from operator import getitem
from typing import Any

import numpy as np

from s2sad.ir.primitives import stack_like, unpack
from s2sad.ir.program import (
    Call,
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
    regions,
    walk,
)
from s2sad.ir.types import (
    INT,
    UNDEFINED,
    UNKNOWN,
    Array,
    List,
    Literal,
    Range,
    Tuple,
    Type,
    Unknown,
    is_differentiable,
    widen,
)
from s2sad.transform.cotangents import (
    Accumulator,
    Cotangent,
    Masked,
    Parts,
    Whole,
    adjoint_name,
    adjoint_type,
    item_type,
    positions,
)
from s2sad.transform.dead import prune
from s2sad.transform.record import export_from_branch, export_from_loop
from s2sad.transform.reverse import Reversal, reverse_operations


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
    names = [v for v in touched if v not in inside]
    prior = {v: outer.found[v] for v in names if v in outer.found}
    outer.builder.origin = replace(operation.origin, derived=True)

    accumulators, primal_arms = [], []
    for arm in arms:
        inner = reversal.accumulator(outer.builder.nested())
        inner.found.update(prior)
        for k, cotangent in seeds.items():
            value = arm.exit.values[k]
            if value in reversal.active:
                inner.add(value, _refit(cotangent, operation.results[k], value, inner))
        primal_arms.append(replace(arm, operations=tuple(reverse_operations(arm.operations, inner, reversal))))
        accumulators.append(inner)

    changed = [v for v in names if any(inner.found.get(v) is not prior.get(v) for inner in accumulators)]
    before = {v: outer.whole(v, prior[v]) for v in changed if v in prior}
    yields = [[_in_arm(v, inner, prior, before) for v in changed] for inner in accumulators]
    results = tuple(Value(_joined_type(v, [side[k] for side in yields]), adjoint_name(v)) for k, v in enumerate(changed))
    regions = []
    for inner, values in zip(accumulators, yields, strict=True):
        kept = prune(inner.builder.operations, values)
        regions.append(Region((), kept, Exit(ExitKind.YIELD, tuple(values))))
    primal, then, orelse = export_from_branch(
        replace(operation, then=primal_arms[0], orelse=primal_arms[1]), regions[0], regions[1], reversal.definitions, in_loop=reversal.loops > 0
    )
    if changed:
        outer.builder.branch(operation.test, then, orelse, results)
    for value, result in zip(changed, results, strict=True):
        outer.found[value] = Whole(result)
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


def _in_arm(value: Value, inner: Accumulator, prior: dict[Value, Cotangent], before: dict[Value, Value]) -> Value:
    """Return what an arm yields as the cotangent of an outer value."""
    found = inner.found.get(value)
    if found is None:
        return inner.zeros(value)
    if found is prior.get(value):
        return before[value]
    return inner.whole(value, found)


def _joined_type(value: Value, yielded: list[Value]) -> object:
    types = {widen(one.type) for one in yielded}
    return types.pop() if len(types) == 1 else adjoint_type(value.type)


def _read_actively(regions: tuple[Region, ...], reversal: Reversal) -> dict[Value, None]:
    """Return the active values that regions read from around them."""
    return {v: None for region in regions for v in free_values(region) if v in reversal.active}


def reverse_scan(loop: Scan, outer: Accumulator, reversal: Reversal) -> list[Operation]:
    """Reverse a loop; return the primal loop, which collects what the reverse one reads of each trip.

    Operations that must now stand before the primal loop come before it in the list.
    """
    final_seeds = {k: outer.found.pop(f) for k, f in enumerate(loop.finals) if f in outer.found}
    list_seeds = {k: outer.found.pop(c) for k, c in enumerate(loop.lists) if c in outer.found}
    final_seeds = {k: d for k, d in final_seeds.items() if loop.finals[k] in reversal.active}
    if not final_seeds and not list_seeds:
        return [loop]
    outer.builder.origin = replace(loop.origin, derived=True)
    carried = [k for k, param in enumerate(loop.carried) if param in reversal.active or k in final_seeds]
    bound = set(loop.body.params)
    read = [v for v in _read_actively((loop.body,), reversal) if v not in bound]
    free = [leaf for v in read for leaf in _leaves(v, loop.body, outer)]

    # what the reverse loop carries: cotangents of the carried values, then of what the body reads from around the loop
    initial = [
        outer.whole(loop.finals[k], final_seeds[k]) if k in final_seeds else outer.zeros(loop.finals[k]) for k in carried
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
    reversal.loops += 1
    body = replace(loop.body, operations=tuple(reverse_operations(loop.body.operations, inner, reversal)))
    reversal.loops -= 1
    inner.builder.origin = replace(loop.origin, derived=True)

    items = [k for k, item in enumerate(loop.items) if item in reversal.active]
    yields = [_carried_at_start(loop.carried[k], d, inner) for k, d in zip(carried, d_carried, strict=False)]
    yields += [leaf.end(inner) for leaf in free]
    collected = [_at_start(loop.items[k], inner) for k in items]
    kept = prune(inner.builder.operations, (*yields, *collected))
    region = Region((), kept, Exit(ExitKind.YIELD, (*yields, *collected)))

    primal_operations, region, sources, params = export_from_loop(replace(loop, body=body), region, reversal.definitions)
    d_sources = tuple(Source(d, backwards=True) for d in d_lists.values())
    sources = (*d_sources, *sources)
    params = (*d_items.values(), *params)
    if not sources:
        sources, params = _trips(loop)
    # at the end of the reverse loop these are the cotangents of what the primal loop began with, of the same shapes
    results = (
        *(Value(adjoint_type(_start_type(loop, k)), adjoint_name(loop.initial[k])) for k in carried),
        *(Value(adjoint_type(leaf.type), leaf.name) for leaf in free),
    )
    lists = tuple(Value(List(adjoint_type(loop.items[k].type)), _list_name(loop, k)) for k in items)
    region = replace(region, params=(*params, *d_carried, *d_free))
    outer.builder.scan(sources, tuple(initial), region, (*results, *lists))

    for leaf, result in zip(free, results[len(carried) :], strict=True):
        leaf.put(outer, result)
    for k, result in zip(carried, results, strict=False):
        start = loop.initial[k]
        if start in reversal.active and start.type != UNDEFINED:
            outer.add(start, Whole(result))
    for k, collected_list in zip(items, lists, strict=True):
        _to_source(loop.sources[k], collected_list, outer, reversal)
    return primal_operations


def _start_type(loop: Scan, k: int) -> Type:
    start = loop.initial[k].type
    return loop.carried[k].type if start == UNDEFINED else start


def _carried_at_start(value: Value, d: Value, inner: Accumulator) -> Value:
    """Return the cotangent of a carried value at the start of a trip; zeros where the trip did not read it."""
    if value in inner.found:
        return inner.whole(value, inner.found[value])
    # of one shape in all trips: what is at hand serves as the pattern, and the primal value need not be kept
    return inner.zeros(d if d.type == value.type and has_fixed_shape(value.type) else value)


def has_fixed_shape(type_: Type) -> bool:
    """Tell whether every value of a type has the same shape, whatever trip of a loop it belongs to."""
    if not isinstance(type_, Array) or type_.shape is None:
        return False
    return not any("Opaque" in repr(dim) for dim in type_.shape)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """An outer value that a loop's body reads, or one item of a container: what has a cotangent carried of its own."""

    root: Value
    path: tuple[Any, ...]
    type: Type

    @property
    def name(self) -> str | None:
        """The name of the cotangent."""
        last = self.path[-1] if self.path else None
        if isinstance(last, str) and last.isidentifier():
            return f"d_{last}"
        return adjoint_name(self.root) if last is None or self.root.hint is None else f"d_{self.root.hint}_{last}"

    def wrap(self, cotangent: Cotangent) -> Cotangent:
        """Return the cotangent of the leaf as one of the root."""
        for key in reversed(self.path):
            cotangent = Parts({key: cotangent})
        return cotangent

    def find(self, accumulator: Accumulator) -> Cotangent | None:
        """Return the cotangent found for the leaf."""
        found = accumulator.found.get(self.root)
        for key in self.path:
            if isinstance(found, Parts):
                found = found.items.get(key)
            elif found is not None:
                at = accumulator.builder.constant(key)
                whole = accumulator.whole(self.root, found)
                found = Whole(accumulator.builder.call(getitem, whole, at, form=Form.OPERATOR))
        return found

    def item(self, accumulator: Accumulator) -> Value:
        """Return the leaf itself."""
        value = self.root
        for key in self.path:
            value = accumulator.builder.call(getitem, value, accumulator.builder.constant(key), form=Form.OPERATOR)
        return value

    def start(self, outer: Accumulator) -> Value:
        """Return the cotangent that the loop begins with."""
        found = self.find(outer)
        if not self.path:
            return outer.zeros(self.root) if found is None else outer.whole(self.root, found)
        return outer.zeros(self.item(outer)) if found is None else outer.whole(self.item(outer), found)

    def end(self, inner: Accumulator) -> Value:
        """Return the cotangent that a trip ends with."""
        found = self.find(inner)
        assert found is not None
        return inner.whole(self.item(inner) if self.path else self.root, found)

    def put(self, outer: Accumulator, result: Value) -> None:
        """Enter the cotangent that the loop ends with in place of the one that it began with."""
        if not self.path:
            outer.found[self.root] = Whole(result)
            return
        found = outer.found.get(self.root)
        outer.found[self.root] = replace_part(found, self.path, Whole(result))


def replace_part(cotangent: Cotangent | None, path: tuple[Any, ...], part: Cotangent) -> Cotangent:
    """Return a cotangent of a container with another part at a path."""
    if not path:
        return part
    items = dict(cotangent.items) if isinstance(cotangent, Parts) else {}
    items[path[0]] = replace_part(items.get(path[0]), path[1:], part)
    return Parts(items)


def _leaves(value: Value, body: Region, outer: Accumulator) -> list[_Leaf]:
    """Take a container apart whose items the body reads one by one, so that only those that it reads are carried."""
    keys = positions(value.type)
    if keys is None or isinstance(outer.found.get(value), Whole | Masked):
        return [_Leaf(value, (), value.type)]
    read: dict[Any, None] = {}
    for operation in walk(body):
        if not isinstance(operation, Call) and value in operation.operands:
            return [_Leaf(value, (), value.type)]
        for inner in regions(operation):
            if value in inner.exit.values:
                return [_Leaf(value, (), value.type)]
        if isinstance(operation, Call) and value in operation.operands:
            at = operation.operands[1].type if operation.function is getitem else None
            if operation.function is unpack:
                read.update(dict.fromkeys(keys))
            elif isinstance(at, Literal) and isinstance(at.value, int | str) and not isinstance(at.value, bool):
                key = at.value
                read[key + len(keys) if isinstance(key, int) and key < 0 and key not in keys else key] = None
            else:
                return [_Leaf(value, (), value.type)]
    if value in body.exit.values:
        return [_Leaf(value, (), value.type)]
    items = {key: outer.item_stand_in(value, key).type for key in read}
    return [
        _Leaf(value, (key, *path), leaf)
        for key, type_ in items.items()
        if is_differentiable(type_)
        for path, leaf in _nested_leaves(type_)
    ]


def _nested_leaves(type_: Type) -> list[tuple[tuple[Any, ...], Type]]:
    keys = positions(type_)
    if keys is None:
        return [((), type_)]
    stand_ins = [(key, item_type(type_, key)) for key in keys]
    return [
        ((key, *path), leaf)
        for key, inner in stand_ins
        if is_differentiable(inner)
        for path, leaf in _nested_leaves(inner)
    ]


def _list_name(loop: Scan, k: int) -> str | None:
    hint = loop.items[k].hint or loop.sources[k].value.hint
    return None if hint is None else f"d_{hint}_items"


def _at_start(value: Value, inner: Accumulator) -> Value:
    found = inner.found.get(value)
    return inner.zeros(value) if found is None else inner.whole(value, found)


def _trips(loop: Scan) -> tuple[tuple[Source, ...], tuple[Value, ...]]:
    """Return sources that only count the trips of a loop."""
    kept = [k for k, s in enumerate(loop.sources) if isinstance(s.value.type, Range)][:1] or [0]
    if not loop.strict:
        kept = list(range(len(loop.sources)))
    sources = tuple(Source(loop.sources[k].value, not loop.sources[k].backwards) for k in kept)
    return sources, tuple(Value(loop.items[k].type, loop.items[k].hint) for k in kept)


def _to_source(source: Source, collected: Value, outer: Accumulator, reversal: Reversal) -> None:
    """Turn the cotangents of items, collected from the last trip to the first, into the cotangent of what was iterated."""
    value = source.value
    if value not in reversal.active or value.type == INT:
        return
    builder = outer.builder
    if not source.backwards:
        at = builder.constant(slice(None, None, -1))
        collected = builder.call(getitem, collected, at, form=Form.OPERATOR, hint=adjoint_name(value))
    match widen(value.type):
        case Tuple(items):
            for k in range(len(items)):
                part = builder.call(getitem, collected, builder.constant(k), form=Form.OPERATOR)
                outer.add(value, Parts({k: Whole(part)}))
            return
        case List():
            d = collected
        case Array(dtype, shape) if shape is not None and dtype == np.float64:
            d = builder.call(np.array, collected, type_=UNKNOWN)
            lengths = builder.call(np.shape, value, form=Form.ATTRIBUTE, spelling="shape")
            name = adjoint_name(value)
            d = builder.call(np.reshape, d, lengths, form=Form.METHOD, spelling="reshape", hint=name, type_=value.type)
        case Array() | Unknown():
            d = builder.call(stack_like, value, collected, hint=adjoint_name(value), type_=value.type)
        case other:
            raise AssertionError(f"{other} has no cotangent")
    outer.add(value, Whole(d))
