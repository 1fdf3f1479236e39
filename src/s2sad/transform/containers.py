"""Reversing what makes and takes apart tuples, lists and dicts: their cotangents are handed on part by part."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from s2sad.ir import primitives, primitives_records
from s2sad.ir.program import Call, Form, Value
from s2sad.ir.types import Array, Dict, List, Literal, Tuple, widen
from s2sad.rules.staging import Symbol
from s2sad.transform.cotangents import Accumulator, Cotangent, Parts, Slots, Whole
from s2sad.transform.refusals import unsupported
from s2sad.transform.structure import adjoint_name, positions

DISPLAYS = (
    primitives.make_tuple,
    primitives.make_list,
    primitives.make_dict,
    primitives_records.make_record,
    primitives_records.build_record,
)
"""Operations that list the items of a container, last among their operands."""


def reverse_display(call: Call, cotangent: Cotangent, accumulator: Accumulator, active: set[Value]) -> None:
    """Hand the parts of a tuple's, list's or dict's cotangent to the items that it was made of."""
    keys: Sequence[Any] | None = positions(call.result.type)
    if keys is None:
        # the type has lost the length, but here the items are written out
        assert call.function in (primitives.make_tuple, primitives.make_list)
        keys = range(len(call.operands))
    operands = call.operands[len(call.operands) - len(keys) :]
    for key, operand in zip(keys, operands, strict=True):
        if operand not in active:
            continue
        if isinstance(cotangent, Parts):
            if key in cotangent.items:
                part = cotangent.items[key]
                if isinstance(part, Whole):
                    part = Whole(accumulator.fit(part.value, operand, exact=True))
                accumulator.add(operand, part)
        else:
            whole = accumulator.whole(call.result, cotangent)
            at = accumulator.builder.constant(key)
            item = accumulator.call(operator.getitem, whole, at, form=Form.OPERATOR, hint=adjoint_name(operand))
            accumulator.add(operand, Whole(item))


def reverse_item(call: Call, cotangent: Any, accumulator: Accumulator) -> bool:
    """Reverse `x[key]` of a container; tell whether it was one."""
    owner, at = call.operands
    keys = positions(owner.type)
    if keys is not None:
        if not isinstance(at.type, Literal):
            if isinstance(widen(owner.type), Tuple):
                advice = "index it with a constant, or use a list"
                raise unsupported(call, "a tuple is indexed with a value that is not constant", "S2S202", advice)
            return _scatter(call, cotangent, accumulator)
        key = at.type.value
        if isinstance(key, int | str) and not isinstance(key, bool):
            key = key + len(keys) if isinstance(key, int) and key < 0 and key not in keys else key
            if isinstance(owner.type, Dict) and isinstance(accumulator.found.get(owner), Whole):
                return _scatter(call, cotangent, accumulator)
            accumulator.add(owner, Parts({key: cotangent}))
            return True
        if isinstance(key, slice):
            whole = accumulator.whole(call.result, cotangent)
            for k, position in enumerate(keys[key]):
                part = accumulator.call(operator.getitem, whole, accumulator.builder.constant(k), form=Form.OPERATOR)
                accumulator.add(owner, Parts({position: Whole(part)}))
            return True
    if isinstance(owner.type, Array):
        return False
    return _scatter(call, cotangent, accumulator)


def _scatter(call: Call, cotangent: Any, accumulator: Accumulator) -> bool:
    """Reverse the reading of an item of a container, or of what may be one, at a place known only at run time."""
    owner, at = call.operands
    before = accumulator.found.get(owner)
    key = at.type.value if isinstance(at.type, Literal) else None
    if isinstance(owner.type, List) and isinstance(key, int | slice) and (before is None or isinstance(before, Slots)):
        accumulator.add(owner, Slots(((key, cotangent),)))
        return True
    d = accumulator.whole(call.result, cotangent)
    if isinstance(owner.type, List | Dict) and before is not None:
        base = accumulator.whole(owner, before)
        result = accumulator.call(primitives.add_at, base, at, d, hint=adjoint_name(owner), type_=base.type)
        accumulator.found[owner] = Whole(result)
        return True
    result = accumulator.call(primitives.scatter, owner, at, d, hint=adjoint_name(owner), type_=owner.type)
    accumulator.taint(result, d)
    accumulator.add(owner, Whole(result))
    return True


def reverse_unpack(call: Call, accumulator: Accumulator) -> None:
    """Reverse `a, b = x`."""
    (owner,) = call.operands
    found = {k: accumulator.found.pop(result) for k, result in enumerate(call.results) if result in accumulator.found}
    if positions(owner.type) is not None:
        accumulator.add(owner, Parts(dict(found)))
        return
    parts = [
        accumulator.whole(result, found[k]) if k in found else accumulator.zeros(result)
        for k, result in enumerate(call.results)
    ]
    d = accumulator.call(primitives.pack_like, owner, *parts, hint=adjoint_name(owner), type_=owner.type)
    accumulator.add(owner, Whole(d))


def seeds_of_several(result: Value, cotangent: Any, accumulator: Accumulator) -> tuple[Symbol | None, ...]:
    """Return the cotangent of each result of a function with several, None where there is none; else nothing."""
    keys = positions(result.type)
    if not keys:
        return ()
    if isinstance(cotangent, Parts):
        parts = {k: accumulator.whole(accumulator.item(result, k), part) for k, part in cotangent.items.items()}
    else:
        whole = accumulator.whole(result, cotangent)
        parts = {k: accumulator.item(whole, k) for k in keys}
    return tuple(Symbol(parts[k], accumulator.builder) if k in parts else None for k in keys)
