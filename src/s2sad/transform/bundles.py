"""What a procedure saves for its reverse: one value for each branch and for the whole body, a tuple where it is more.

A branch that is not in a loop hands on one saved value, whatever its arms save: the reversed arm that runs is the one
whose primal ran, and takes apart what that put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from s2sad.ir import primitives
from s2sad.ir.program import Call, Constant, If, Operation, Origin, Region, Value
from s2sad.ir.types import UNKNOWN, Array, Literal, Scalar, Type, widen
from s2sad.transform.record import export_from_body
from s2sad.transform.rewrite import substitute_region


def export_bundle_from_branch(
    operation: If, then: Region, orelse: Region, definitions: dict[Value, Operation]
) -> tuple[If, Region, Region]:
    """Make what reversed arms read from inside the primal arms available to them, as one result of the branch.

    Returns
    -------
    tuple of If, Region and Region
        The primal branch, and the reversed arms, which read its last result.
    """
    arms = (operation.then, operation.orelse)
    exports = [export_from_body(arm.operations, region) for arm, region in zip(arms, (then, orelse), strict=True)]
    if not any(saved for saved, _, _ in exports):
        return operation, exports[0][2], exports[1][2]
    bundles = [bundle(saved, operation.origin) for saved, _, _ in exports]
    value = _result([made for made, _ in bundles])
    primal_arms, reversed_arms = [], []
    for arm, (_, items, region), (made, operations) in zip(arms, exports, bundles, strict=True):
        exit_ = replace(arm.exit, values=(*arm.exit.values, made))
        primal_arms.append(replace(arm, operations=(*arm.operations, *operations), exit=exit_))
        reversed_arms.append(unbundle(value, items, region))
        definitions.update({result: one for one in operations for result in one.results})
    primal = replace(operation, then=primal_arms[0], orelse=primal_arms[1], results=(*operation.results, value))
    definitions.update(dict.fromkeys(primal.results, primal))
    return primal, reversed_arms[0], reversed_arms[1]


def _result(made: Sequence[Value]) -> Value:
    """Return the result of a branch whose arms save these values."""
    kept = [value for value in made if value.type != Literal(None)]
    hint = kept[0].hint if len({value.hint for value in kept}) == 1 else "saved"
    types = {widen(value.type) for value in kept}
    return Value(types.pop() if len(types) == 1 and _is_number(next(iter(types))) else UNKNOWN, hint)


def _is_number(type_: Type) -> bool:
    return isinstance(type_, Scalar) or (isinstance(type_, Array) and type_.scalar)


def bundle(saved: tuple[Value, ...], origin: Origin) -> tuple[Value, tuple[Operation, ...]]:
    """Return one value that holds all that is saved, and the operations that make it."""
    origin = replace(origin, derived=True)
    if len(saved) == 1:
        return saved[0], ()
    if not saved:
        nothing = Constant(None, Value(Literal(None)), origin)
        return nothing.result, (nothing,)
    made = Call(primitives.make_tuple, saved, (), (Value(UNKNOWN, "saved"),), origin)
    return made.result, (made,)


def unbundle(value: Value, items: tuple[Value, ...], region: Region) -> Region:
    """Return the region with what is saved taken apart at its start."""
    origin = Origin(derived=True)
    if not items:
        return region
    if len(items) == 1 and items[0].type == value.type:
        return substitute_region(region, {items[0]: value})
    if len(items) == 1:
        taken = Call(primitives.identity, (value,), (), (items[0],), origin)
    else:
        taken = Call(primitives.unpack, (value,), (), items, origin)
    return replace(region, operations=(taken, *region.operations))
