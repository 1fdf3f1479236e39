"""The order and the numbering of the evaluation trace, for the style in which every operation has a line of its own."""

from __future__ import annotations

from dataclasses import replace

from s2sad.ir.program import Call, Constant, Function, Operation, Value, walk
from s2sad.transform.dead import has_effect
from s2sad.transform.rewrite import copy_region, read_inside


def order_by_depth(function: Function) -> Function:
    """Return the function with its top-level operations sorted by depth, ties in the order of the source.

    The depth of an operation is one more than the greatest depth of what it reads; parameters and constants have 0.
    What has an effect comes after what has had one before.
    """
    depths: dict[Value, int] = dict.fromkeys(function.body.params, 0)
    keys: dict[Operation, int] = {}
    latest = 0
    for operation in function.body.operations:
        read = (*operation.operands, *read_inside(operation))
        depth = max((depths[value] for value in read), default=0) + (not isinstance(operation, Constant))
        if has_effect(operation):
            latest = depth = max(depth, latest)
        keys[operation] = depth
        depths.update(dict.fromkeys(operation.results, depth))
    operations = tuple(sorted(function.body.operations, key=keys.__getitem__))
    return replace(function, body=replace(function.body, operations=operations))


def number_values(function: Function) -> Function:
    """Return the function with the results of its calls named v1, v2, … in program order."""
    new: dict[Value, Value] = {}
    count = 0
    taken = {parameter.name for parameter in function.parameters}
    for operation in walk(function.body):
        if not isinstance(operation, Call):
            continue
        for result in operation.results:
            count += 1
            while f"v{count}" in taken:
                count += 1
            new[result] = replace(result, hint=f"v{count}", named=False)
    for param in function.body.params:
        new[param] = param
    return replace(function, body=copy_region(function.body, new))
