"""Rebuilding operations with other operands: the one place where regions are walked to be changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from s2sad.ir.program import Call, Constant, Exit, If, Operation, Region, Scan, Source, Value, free_values


def read_inside(operation: Operation) -> tuple[Value, ...]:
    """Return the values that the regions of an operation read from around it, each once."""
    match operation:
        case If():
            return tuple(dict.fromkeys((*free_values(operation.then), *free_values(operation.orelse))))
        case Scan(test=Region() as test):
            read = (*free_values(operation.body), *free_values(test))
            return tuple(value for value in dict.fromkeys(read) if value not in operation.body.params)
        case Scan():
            return free_values(operation.body)
        case _:
            return ()


def with_collected(loop: Scan, items: Iterable[Value], lists: Iterable[Value]) -> Scan:
    """Return a loop that collects further items, in lists that are given."""
    exit_ = loop.body.exit
    count = len(loop.results)
    values = (*exit_.values[:count], *items, *exit_.values[count:])
    body = replace(loop.body, exit=replace(exit_, values=values))
    return replace(loop, body=body, results=(*loop.results, *lists))


def with_carried(loop: Scan, initial: Value, param: Value, following: Value, final: Value) -> Scan:
    """Return a loop that carries one value more."""
    exit_ = loop.body.exit
    count = len(loop.initial)
    values = (*exit_.values[:count], following, *exit_.values[count:])
    body = replace(loop.body, params=(*loop.body.params, param), exit=replace(exit_, values=values))
    results = (*loop.finals, final, *loop.lists)
    return replace(loop, initial=(*loop.initial, initial), body=body, results=results)


def substitute(operation: Operation, values: Mapping[Value, Value]) -> Operation:
    """Return the operation with values replaced wherever it and its regions read them; its results stay."""
    if not values:
        return operation
    match operation:
        case Constant():
            return operation
        case Call():
            return operation.reading(_all(operation.operands, values))
        case If():
            then, orelse = (substitute_region(region, values) for region in (operation.then, operation.orelse))
            return replace(operation, test=values.get(operation.test, operation.test), then=then, orelse=orelse)
        case Scan():
            sources = tuple(Source(values.get(s.value, s.value), s.backwards) for s in operation.sources)
            initial = _all(operation.initial, values)
            body = substitute_region(operation.body, values)
            test = None if operation.test is None else substitute_region(operation.test, values)
            return replace(operation, sources=sources, initial=initial, body=body, test=test)


def substitute_region(region: Region, values: Mapping[Value, Value]) -> Region:
    """Return the region with values replaced wherever it reads them."""
    operations = tuple(substitute(operation, values) for operation in region.operations)
    return Region(region.params, operations, substitute_exit(region.exit, values))


def substitute_exit(exit_: Exit, values: Mapping[Value, Value]) -> Exit:
    """Return what leaves a region with values replaced."""
    return Exit(exit_.kind, _all(exit_.values, values))


def _all(values: Iterable[Value], new: Mapping[Value, Value]) -> tuple[Value, ...]:
    return tuple(new.get(value, value) for value in values)


def copy_operation(operation: Operation, new: dict[Value, Value]) -> Operation:
    """Return a copy with results of its own, entered into `new`; operands are replaced by what `new` has for them."""
    match operation:
        case Constant():
            result = _fresh(operation.result, new)
            return replace(operation, result=result)
        case Call():
            operands = _all(operation.operands, new)
            return replace(operation, operands=operands, results=tuple(_fresh(r, new) for r in operation.results))
        case If():
            test = new.get(operation.test, operation.test)
            then, orelse = (copy_region(region, new) for region in (operation.then, operation.orelse))
            results = tuple(_fresh(r, new) for r in operation.results)
            return replace(operation, test=test, then=then, orelse=orelse, results=results)
        case Scan():
            sources = tuple(Source(new.get(s.value, s.value), s.backwards) for s in operation.sources)
            initial = _all(operation.initial, new)
            body = copy_region(operation.body, new)
            again = None if operation.test is None else copy_region(operation.test, new)
            results = tuple(_fresh(r, new) for r in operation.results)
            return replace(operation, sources=sources, initial=initial, body=body, results=results, test=again)


def copy_region(region: Region, new: dict[Value, Value]) -> Region:
    """Return a copy of a region in which every value is a new one, entered into `new` (or found there already)."""
    params = tuple(_fresh(param, new) for param in region.params)
    operations = tuple(copy_operation(operation, new) for operation in region.operations)
    return Region(params, operations, Exit(region.exit.kind, _all(region.exit.values, new)))


def _fresh(value: Value, new: dict[Value, Value]) -> Value:
    if value not in new:
        new[value] = replace(value)
    return new[value]
