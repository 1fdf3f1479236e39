"""Rebuilding operations with other operands: the one place where regions are walked to be changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from s2sad.ir.program import Call, Constant, Exit, If, Operation, Region, Scan, Source, Value


def substitute(operation: Operation, values: Mapping[Value, Value]) -> Operation:
    """Return the operation with values replaced wherever it and its regions read them; its results stay."""
    if not values:
        return operation
    match operation:
        case Constant():
            return operation
        case Call():
            return replace(operation, operands=_all(operation.operands, values))
        case If():
            then, orelse = (substitute_region(region, values) for region in (operation.then, operation.orelse))
            return replace(operation, test=values.get(operation.test, operation.test), then=then, orelse=orelse)
        case Scan():
            sources = tuple(Source(values.get(s.value, s.value), s.backwards) for s in operation.sources)
            initial = _all(operation.initial, values)
            return replace(operation, sources=sources, initial=initial, body=substitute_region(operation.body, values))


def substitute_region(region: Region, values: Mapping[Value, Value]) -> Region:
    """Return the region with values replaced wherever it reads them."""
    operations = tuple(substitute(operation, values) for operation in region.operations)
    return Region(region.params, operations, Exit(region.exit.kind, _all(region.exit.values, values)))


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
            results = tuple(_fresh(r, new) for r in operation.results)
            return replace(operation, sources=sources, initial=initial, body=body, results=results)


def copy_region(region: Region, new: dict[Value, Value]) -> Region:
    """Return a copy of a region in which every value is a new one, entered into `new` (or found there already)."""
    params = tuple(_fresh(param, new) for param in region.params)
    operations = tuple(copy_operation(operation, new) for operation in region.operations)
    return Region(params, operations, Exit(region.exit.kind, _all(region.exit.values, new)))


def _fresh(value: Value, new: dict[Value, Value]) -> Value:
    if value not in new:
        new[value] = replace(value)
    return new[value]
