"""To-be-recorded: how each primal value that a reverse region reads is brought to it.

The reversal of a region is built with free references to the values inside the primal region. Each is satisfied in this
order: it is at hand (a constant, the item of a source, which is iterated backwards again), it is cheap to recompute
from what is at hand or saved anyway, or it is saved. See Hascoët, Naumann and Pascual, "TBR analysis in reverse-mode
automatic differentiation" (2003), and for recomputation Faure and Naumann, "Minimizing the tape size" (2002).
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from s2sad.ir import primitives
from s2sad.ir.program import (
    Call,
    Constant,
    Exit,
    ExitKind,
    If,
    Operation,
    Origin,
    Region,
    Scan,
    Source,
    Value,
    free_values,
)
from s2sad.ir.types import UNDEFINED, Array, List, Literal, Scalar, widen
from s2sad.transform.rewrite import copy_operation, substitute_region, with_collected

_CHEAP = frozenset(
    {
        *(np.add, np.subtract, np.multiply, np.divide, np.negative, np.positive, np.square, np.power, np.sqrt),
        *(np.exp, np.log, np.sin, np.cos, np.tan, np.tanh, np.sinh, np.cosh, np.absolute, np.sign, np.log1p, np.expm1),
        *(
            np.less,
            np.less_equal,
            np.greater,
            np.greater_equal,
            np.equal,
            np.not_equal,
            np.maximum,
            np.minimum,
            np.where,
        ),
        *(np.floor_divide, np.remainder, np.logical_and, np.logical_or, np.logical_not, np.arctan),
        *(np.shape, np.ndim, np.size, np.transpose, np.expand_dims, np.reshape, len, range, float, int, isinstance),
        *(operator.getitem, operator.not_),
        *(primitives.make_tuple, primitives.make_slice, primitives.unpack, primitives.mask),
    }
)
"""Functions that take no longer than storing their result and reading it back."""

_MAX_RECOMPUTED = 8
"""How many operations may be repeated to save one value."""


def export_from_branch(
    operation: If, then: Region, orelse: Region, definitions: dict[Value, Operation], *, in_loop: bool
) -> tuple[If, Region, Region]:
    """Make what reversed arms read from inside the primal arms available to them.

    Inside a loop these values may have to be collected, so the arm that was not taken yields None for them.

    Returns
    -------
    tuple of If, Region and Region
        The primal branch, which yields these values as further results, and the reversed arms, which read the results.
    """
    results = list(operation.results)
    yields = [list(operation.then.exit.values), list(operation.orelse.exit.values)]
    operations = [list(operation.then.operations), list(operation.orelse.operations)]
    reversed_arms = []
    for side, (arm, primal) in enumerate(((then, operation.then), (orelse, operation.orelse))):
        inside = _defined(primal)
        arm, demanded = _recompute_constants(arm, inside, definitions)
        new: dict[Value, Value] = {}
        for value in demanded:
            result = replace(value, type=widen(value.type))
            new[value] = result
            results.append(result)
            yields[side].append(value)
            missing = Value(Literal(None) if in_loop else UNDEFINED)
            operations[1 - side].append(
                Constant(None, missing, operation.origin)
                if in_loop
                else Call(primitives.undefined, (), (), (missing,), operation.origin)
            )
            yields[1 - side].append(missing)
        reversed_arms.append(substitute_region(arm, new))
    arms = [
        Region((), tuple(ops), Exit(region.exit.kind, tuple(values)))
        for ops, region, values in zip(operations, (operation.then, operation.orelse), yields, strict=True)
    ]
    primal_if = replace(operation, then=arms[0], orelse=arms[1], results=tuple(results))
    definitions.update(dict.fromkeys(results, primal_if))
    return primal_if, reversed_arms[0], reversed_arms[1]


def _defined(region: Region) -> set[Value]:
    return {*region.params, *(result for operation in region.operations for result in operation.results)}


def _recompute_constants(
    region: Region, inside: set[Value], definitions: Mapping[Value, Operation]
) -> tuple[Region, list[Value]]:
    """Copy the constants that a reversed region reads into it; return what else it reads from inside."""
    demanded = [value for value in free_values(region) if value in inside]
    new: dict[Value, Value] = {}
    copies: list[Operation] = []
    rest: list[Value] = []
    for value in demanded:
        made = definitions.get(value)
        if isinstance(made, Constant):
            copies.append(copy_operation(made, new))
        else:
            rest.append(value)
    region = substitute_region(region, new)
    return replace(region, operations=(*copies, *region.operations)), rest


def export_from_loop(
    loop: Scan, region: Region, definitions: dict[Value, Operation]
) -> tuple[Scan, Region, tuple[Source, ...], tuple[Value, ...]]:
    """Make what a reversed body reads from inside the primal body available to it.

    Returns
    -------
    tuple of Scan, Region, tuple of Source, and tuple of Value
        The primal loop, which collects the saved values as further lists; the reversed body; and what the reverse loop
        iterates for it, with the parameter for each item.
    """
    inside = _defined(loop.body)
    # operations as they now stand in the primal body: inner loops and branches may have got further results
    made = {result: op for op in loop.body.operations for result in op.results}
    demanded = [value for value in free_values(region) if value in inside]
    plan = _Plan(loop, made)
    saved = plan.choose(demanded)
    new: dict[Value, Value] = {}
    sources: list[Source] = []
    params: list[Value] = []
    lists: list[Value] = []
    for value in saved:
        param = replace(value, type=widen(value.type))
        collected = Value(List(param.type), _saved_name(value))
        new[value] = param
        params.append(param)
        lists.append(collected)
        sources.append(Source(collected, backwards=True))
    copies: list[Operation] = []
    for value in demanded:
        _materialise(value, plan, new, copies, sources, params)
    region = substitute_region(region, new)
    # what takes the items of the sources apart comes first, where it can be part of the loop's header
    copies.sort(key=lambda op: not _takes_apart(op, params))
    region = replace(region, operations=(*copies, *region.operations))
    if saved:
        loop = with_collected(loop, saved, lists)
        definitions.update(dict.fromkeys(loop.results, loop))
    return loop, region, tuple(sources), tuple(params)


def export_from_body(
    primal: Sequence[Operation], region: Region
) -> tuple[tuple[Value, ...], tuple[Value, ...], Region]:
    """Choose what a reversed region needs of operations that are out of its sight.

    Returns
    -------
    tuple of Value, tuple of Value, and Region
        The values to save; what stands for each of them in the reversed region; and the reversed region, which reads
        these and recomputes the rest.
    """
    body = Region((), tuple(primal), Exit(ExitKind.YIELD, ()))
    made = {result: operation for operation in primal for result in operation.results}
    plan = _Plan(Scan((), (), body, (), Origin()), made)
    demanded = [value for value in free_values(region) if value in made]
    saved = plan.choose(demanded)
    new = {value: replace(value, type=widen(value.type)) for value in saved}
    items = tuple(new.values())
    copies: list[Operation] = []
    for value in demanded:
        _materialise(value, plan, new, copies, [], [])
    region = substitute_region(region, new)
    return tuple(saved), items, replace(region, operations=(*copies, *region.operations))


def _takes_apart(operation: Operation, params: Iterable[Value]) -> bool:
    return isinstance(operation, Call) and operation.function is primitives.unpack and operation.operands[0] in params


def _saved_name(value: Value) -> str | None:
    return None if value.hint is None else f"{value.hint}_saved"


def _iterate_again(k: int, loop: Scan, new: dict[Value, Value], sources: list[Source], params: list[Value]) -> None:
    item = loop.items[k]
    if item in new:
        return
    new[item] = replace(item)
    sources.append(Source(loop.sources[k].value, not loop.sources[k].backwards))
    params.append(new[item])


def _materialise(
    value: Value,
    plan: _Plan,
    new: dict[Value, Value],
    copies: list[Operation],
    sources: list[Source],
    params: list[Value],
) -> None:
    """Enter into `new` what stands for a value in the reversed body, copying the operations that recompute it."""
    if value in new or value not in plan.inside:
        return
    if value in plan.items:
        _iterate_again(plan.items[value], plan.loop, new, sources, params)
        return
    operation = plan.made[value]
    # what is computed again needs no statement of its own
    new.update((result, replace(result, named=False)) for result in operation.results if result not in new)
    for operand in operation.operands:
        _materialise(operand, plan, new, copies, sources, params)
    copies.append(copy_operation(_derived(operation), new))


def _derived(operation: Operation) -> Operation:
    return replace(operation, origin=replace(operation.origin, derived=True))


class _Plan:
    """Which values of a loop's body to save so that everything demanded is at hand or cheap to recompute."""

    def __init__(self, loop: Scan, made: Mapping[Value, Operation]) -> None:
        self.loop = loop
        self.made = made
        self.inside = {*loop.body.params, *made}
        # where the loop may end before its sources do, these are not at the same place when read from their ends
        self.items = {item: k for k, item in enumerate(loop.items)} if loop.is_complete else {}
        self.saved: dict[Value, None] = {}
        self._memo: dict[Value, tuple[frozenset[Value], int]] = {}

    def choose(self, demanded: Iterable[Value]) -> list[Value]:
        """Return the values to save, in the order of their definition."""
        order = {value: k for k, value in enumerate((*self.loop.body.params, *self.made))}
        ordered = sorted(demanded, key=order.__getitem__)
        for value in ordered:
            if self.needs(value)[0] == {value}:
                self._save(value)
        for value in ordered:
            missing = [leaf for leaf in self.needs(value)[0] if leaf not in self.saved]
            if not missing:
                continue
            if len(missing) > 1 or self._is_better_saved(value, missing[0]):
                self._save(value)
            else:
                self._save(missing[0])
        return sorted(self.saved, key=order.__getitem__)

    def _save(self, value: Value) -> None:
        self.saved[value] = None
        self._memo.clear()

    def _is_better_saved(self, value: Value, leaf: Value) -> bool:
        """Tell whether to save the value itself and not the one other value that it can be recomputed from."""
        if _weight(value) != _weight(leaf):
            return _weight(value) < _weight(leaf)
        return value.named or not leaf.named

    def needs(self, value: Value) -> tuple[frozenset[Value], int]:
        """Return the values that must be saved to have this one, and how many operations recompute it."""
        if value not in self._memo:
            self._memo[value] = self._compute_needs(value)
        return self._memo[value]

    def _compute_needs(self, value: Value) -> tuple[frozenset[Value], int]:
        if value in self.saved:
            return frozenset((value,)), 0
        if value not in self.inside or value in self.items:
            return frozenset(), 0
        operation = self.made.get(value)
        match operation:
            case Constant():
                return frozenset(), 0
            case Call(function=function) if function in _CHEAP:
                parts = [self.needs(operand) for operand in operation.operands]
                leaves = frozenset().union(*(leaf for leaf, _ in parts))
                count = 1 + sum(count for _, count in parts)
                if count <= _MAX_RECOMPUTED:
                    return leaves, count
        return frozenset((value,)), 0


def _weight(value: Value) -> int:
    """Rank a value by how much it takes to save: numbers, then arrays, then what is not known."""
    match widen(value.type):
        case Scalar() | Literal():
            return 0
        case Array(shape=tuple() as shape):
            return len(shape)
        case _:
            return 9
