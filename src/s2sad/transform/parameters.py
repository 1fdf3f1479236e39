"""Parameters of procedures that nothing reads, but to be passed on to where nothing reads them either."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from s2sad.ir.procedures import Procedure, map_calls, reached
from s2sad.ir.program import Call, Function, Region, regions, walk
from s2sad.transform.dead import prune_region

_T = TypeVar("_T")


def drop_unread_parameters(function: Function) -> Function:
    """Return the program with procedures that take only what they read."""
    procedures = reached(function.body)
    read = _read(procedures)
    new = {procedure: procedure.renewed() for procedure in procedures}
    for procedure, made in new.items():
        own = procedure.function
        body = prune_region(_with_operands(own.body, read, new))
        body = replace(body, params=_kept(own.body.params, read[procedure]))
        made.define(replace(own, parameters=_kept(own.parameters, read[procedure]), body=body))
    if not procedures:
        return function
    return replace(function, body=prune_region(_with_operands(function.body, read, new)))


def _read(procedures: Iterable[Procedure]) -> dict[Procedure, set[int]]:
    """Return the positions of the parameters that are read: the least set that says so of all procedures."""
    read: dict[Procedure, set[int]] = {one: one.required(len(one.function.parameters)) for one in procedures}
    size = -1
    while size != sum(map(len, read.values())):
        size = sum(map(len, read.values()))
        for procedure, positions in read.items():
            body = prune_region(_with_operands(procedure.function.body, read, {}))
            values = {value for operation in walk(body) for value in operation.operands}
            inside = (inner for operation in walk(body) for inner in regions(operation))
            values.update(*(inner.exit.values for inner in (body, *inside)))
            positions.update(k for k, param in enumerate(body.params) if param in values)
    return read


def _with_operands(region: Region, read: Mapping[Procedure, set[int]], new: Mapping[Procedure, Procedure]) -> Region:
    """Return a region whose calls pass only what is read, to other procedures where these are given."""

    def change(call: Call, procedure: Procedure) -> Call:
        operands = _kept(call.operands, read[procedure])
        return replace(call, function=new.get(procedure, procedure), operands=operands)

    return map_calls(region, change)


def _kept(items: tuple[_T, ...], positions: set[int]) -> tuple[_T, ...]:
    return tuple(item for k, item in enumerate(items) if k in positions)
