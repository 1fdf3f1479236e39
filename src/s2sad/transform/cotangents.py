"""Cotangents under accumulation: the one place where contributions are adjusted, masked and added up.

A cotangent is kept in the form in which it arises for as long as that is exact and cheap:

- `Whole`: an ordinary value;
- `Masked`: a value that counts only where a mask holds. The mask commutes with elementwise derivatives, so it is
  applied last, and a singular derivative in a branch that was not taken contributes exactly zero;
- `Parts`: the cotangents of single items of a tuple or dict, or of a list whose length is known;
- `Slots`: the cotangents of items and slices of a list whose length is not known.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.program import Call, Form, Operation, Value
from s2sad.ir.types import Array, Dict, List, Record, Scalar, Tuple, Unknown, is_differentiable, widen
from s2sad.rules.staging import Symbol
from s2sad.transform.structure import adjoint_name, adjoint_type, all_known, cover


@dataclass(frozen=True, slots=True)
class Whole:
    """A cotangent that is one value."""

    value: Value


@dataclass(frozen=True, slots=True)
class Masked:
    """A cotangent that is `value` where `mask` holds, and zero elsewhere."""

    mask: Value
    value: Value


@dataclass(frozen=True, slots=True)
class Parts:
    """Cotangents of items, by position or key; what is missing is zero."""

    items: dict[Any, Cotangent]


@dataclass(frozen=True, slots=True)
class Slots:
    """Cotangents of `x[key]` of a list, for keys that are integers or slices without a step, in the order found."""

    items: tuple[tuple[int | slice, Cotangent], ...]


Cotangent = Whole | Masked | Parts | Slots


@dataclass(slots=True)
class Accumulator:
    """The cotangents found so far in one region.

    `builder` is where operations go; `definition` finds the operation that made a value; `numeric` holds the values
    that are known to be numbers or arrays although their type is unknown; `tainted` the cotangents that came out of a
    mask.
    """

    builder: Builder
    definition: Callable[[Value], Operation | None]
    numeric: set[Value]
    tainted: set[Value]
    explicit: bool = False
    found: dict[Value, Cotangent] = field(default_factory=dict)

    # -- adding up -----------------------------------------------------------------------------------------------

    def add(self, value: Value, cotangent: Cotangent) -> None:
        """Add a contribution, which must have the type of the value already."""
        before = self.found.get(value)
        self.found[value] = cotangent if before is None else self._sum(value, before, cotangent)

    def _sum(self, value: Value, a: Cotangent, b: Cotangent) -> Cotangent:
        match a, b:
            case Parts(), Parts():
                items = dict(a.items)
                for key, part in b.items.items():
                    if key in items:
                        items[key] = self._sum(self.item(value, key), items[key], part)
                    else:
                        items[key] = part
                return Parts(items)
            case Slots(), Slots():
                slots = list(a.items)
                for key, d in b.items:
                    same = [k for k, (other, _) in enumerate(slots) if isinstance(key, int) and key == other]
                    if same:
                        slots[same[0]] = (key, self._sum(self.item(value, key), slots[same[0]][1], d))
                    else:
                        slots.append((key, d))
                return Slots(tuple(slots))
            case Masked(mask_a), Masked(mask_b):
                either = mask_a if mask_a is mask_b else self.call(np.logical_or, mask_a, mask_b)
                if mask_a is mask_b:
                    return Masked(either, self.plus(value, a.value, b.value))
                return Masked(either, self.plus(value, self.whole(value, a), self.whole(value, b)))
            case _:
                return Whole(self.plus(value, self.whole(value, a), self.whole(value, b)))

    def item(self, value: Value, key: Any) -> Value:
        """Append the reading of an item of a container; what nothing uses is dead code."""
        return self.builder.call(operator.getitem, value, self.builder.constant(key), form=Form.OPERATOR)

    def plus(self, value: Value, a: Value, b: Value) -> Value:
        """Append the sum of two cotangents of one value."""
        hint = adjoint_name(value)
        rebased = self._rebase(a, b, hint)
        if rebased is not None:
            return rebased
        type_ = widen(value.type)
        is_container = isinstance(type_, Tuple | List | Dict | Record)
        if is_container or (isinstance(type_, Unknown) and value not in self.numeric):
            result = self.builder.call(primitives.accumulate, a, b, hint=hint)
        else:
            result = self.builder.call(np.add, a, b, form=Form.OPERATOR, hint=hint)
        self.taint(result, a, b)
        return result

    def _rebase(self, a: Value, b: Value, hint: str | None) -> Value | None:
        """Add what `b` adds to fresh zeros straight to `a`: a few elements, and not two whole arrays."""
        if not isinstance(a.type, Array) or a.type != b.type:
            return None
        added: list[Call] = []
        made = self.definition(b)
        while isinstance(made, Call) and made.function is primitives.add_at:
            added.append(made)
            made = self.definition(made.operands[0])
        if not isinstance(made, Call) or made.function not in (primitives.zeros_like, np.zeros_like) or not added:
            return None
        result = a
        for call in reversed(added):
            _, at, d = call.operands
            result = self.builder.call(primitives.add_at, result, at, d, hint=hint, type_=a.type)
        self.taint(result, a, b)
        return result

    def call(self, function: Callable[..., Any], *args: Value, **options: Any) -> Value:
        """Append a call."""
        return self.builder.call(function, *args, **options)

    def taint(self, result: Value, *sources: Value) -> None:
        """Hand on that a cotangent came out of a mask."""
        if not self.tainted.isdisjoint(sources):
            self.tainted.add(result)

    # -- as one value ----------------------------------------------------------------------------------------------

    def whole(self, value: Value, cotangent: Cotangent) -> Value:
        """Return a cotangent as one value with the structure of its primal."""
        match cotangent:
            case Whole(d):
                return d
            case Masked(mask, d):
                result = self.builder.call(primitives.mask, mask, d, hint=adjoint_name(value))
                self.tainted.add(result)
                return self.fit(result, value)
            case Parts(items):
                return self._assemble(value, items)
            case Slots(slots):
                return self._fill(value, slots)

    def _fill(self, value: Value, items: tuple[tuple[int | slice, Cotangent], ...]) -> Value:
        """Return the cotangent of a list from those of its items: one display where they are sure to cover it."""
        hint, type_ = adjoint_name(value), adjoint_type(value.type)
        slots = []
        for key, cotangent in items:
            slots.append((key, self.whole(self.item(value, key), cotangent)))
        pieces = cover(slots)
        if pieces is None:
            (key, d), *rest = slots
            at = self.builder.constant(key)
            total = self.builder.call(primitives.scatter, value, at, d, hint=hint, type_=type_)
            for key, d in rest:
                at = self.builder.constant(key)
                total = self.builder.call(primitives.add_at, total, at, d, hint=hint, type_=type_)
            return total
        lists = [
            piece if isinstance(piece, Value) else self.builder.call(primitives.make_list, *piece) for piece in pieces
        ]
        total = lists[0]
        for piece in lists[1:]:
            total = self.builder.call(primitives.concatenate_lists, total, piece, hint=hint, type_=type_)
        return total

    def _assemble(self, value: Value, items: dict[Any, Cotangent]) -> Value:
        hint = adjoint_name(value)
        match widen(value.type):
            case Tuple(types, cls):
                parts = [self._item(value, k, items) for k in range(len(types))]
                if cls is not None:
                    type_ = adjoint_type(value.type)
                    return self.builder.call(primitives.pack_like, value, *parts, hint=hint, type_=type_)
                return self.builder.call(primitives.make_tuple, *parts, hint=hint)
            case List(items=tuple() as types):
                parts = [self._item(value, k, items) for k in range(len(types))]
                return self.builder.call(primitives.make_list, *parts, hint=hint)
            case Dict(entries=tuple() as entries):
                keys = tuple(key for key, _ in entries)
                parts = [self._item(value, key, items) for key in keys]
                return self.builder.call(primitives.make_dict, self.builder.constant(keys), *parts, hint=hint)
            case Record(entries=entries):
                parts = [self._item(value, name, items) for name, _ in entries]
                return self.builder.call(primitives.pack_like, value, *parts, hint=hint, type_=adjoint_type(value.type))
            case _:
                raise AssertionError(f"{value.type} has no items")

    def _item(self, value: Value, key: Any, items: dict[Any, Cotangent]) -> Value:
        item = self.item(value, key)
        if key in items:
            return self.whole(item, items[key])
        # an integer or a text has no derivative, and zero would claim that it has one
        return self.zeros(item) if is_differentiable(item.type) else self.builder.constant(None)

    def zeros(self, value: Value) -> Value:
        """Append a zero cotangent for a value."""
        match widen(value.type):
            case Scalar():
                return self.builder.constant(0.0, hint=adjoint_name(value))
            case Array(shape=(), scalar=True):
                return self.builder.constant(0.0, hint=adjoint_name(value))
            case Tuple() | Dict(entries=tuple()) | List(items=tuple()) | Record():
                return self._assemble(value, {})
            case _:
                result_type = adjoint_type(value.type)
                return self.builder.call(primitives.zeros_like, value, hint=adjoint_name(value), type_=result_type)

    # -- adjusting ---------------------------------------------------------------------------------------------------

    def fit(self, d: Value, operand: Value, *, exact: bool = False) -> Value:
        """Give a contribution the shape and dtype of the operand it belongs to: sum what was broadcast, cast the rest.

        `exact` says that the shapes agree although the types can't tell.
        """
        fitted = self._fitted(d, operand, exact=exact)
        self.taint(fitted, d)
        return fitted

    def _fitted(self, d: Value, operand: Value, *, exact: bool) -> Value:
        target, source = widen(operand.type), widen(d.type)
        hint = adjoint_name(operand) or d.hint
        match target, source:
            case ((Tuple() | List() | Dict() | Record()), _):
                return d
            case Unknown(like), Unknown(other) if like is not None and like == other:
                return d
            case Unknown(), _:
                return d if exact else self.call(primitives.unbroadcast, d, operand, hint=hint, type_=target)
            case Scalar("float"), Scalar("float" | "int" | "bool"):
                return d
            case Scalar(), Array(dtype, (), _) if dtype == np.float64:
                return d
            case Scalar("float"), Array(dtype, shape, _) if dtype is not None and shape is not None:
                d = self._to_real(d, dtype)
                if shape:
                    d = self.builder.call(np.sum, d, hint=hint)
                if dtype not in (np.float64, np.complex128):
                    d = self.builder.call(float, d, form=Form.BUILTIN, spelling="float")
                return d
            case Array(dtype, shape), Array(other, given) if all_known(dtype, shape, other, given):
                return self._fit_array(d, operand, target, source)
            case Array(shape=(), scalar=True), Scalar("float" | "int" | "bool"):
                # a Python number takes the dtype of what it meets
                return d
            case _:
                if (
                    exact
                    and isinstance(target, Array)
                    and isinstance(source, Array)
                    and source.dtype_text == target.dtype_text
                ):
                    return d
                return self.call(primitives.unbroadcast, d, operand, hint=hint, type_=adjoint_type(target))

    def _fit_array(self, d: Value, operand: Value, target: Array, source: Array) -> Value:
        hint = adjoint_name(operand) or d.hint
        assert target.shape is not None and source.shape is not None and target.dtype is not None
        if source.dtype is not None and target.dtype.kind == "f":
            d = self._to_real(d, source.dtype)
        if target.shape != source.shape:
            leading = len(source.shape) - len(target.shape)
            rest = source.shape[max(leading, 0) :]
            ones = tuple(k for k, (t, s) in enumerate(zip(target.shape, rest, strict=False)) if t == 1 and s != 1)
            agree = all(t == s or t == 1 for t, s in zip(target.shape, rest, strict=False))
            if leading < 0 or not agree:
                return self.call(primitives.unbroadcast, d, operand, hint=hint, type_=target)
            if leading:
                axes = self.builder.constant(0 if leading == 1 else tuple(range(leading)))
                d = self.builder.call(np.sum, d, axis=axes, hint=hint)
            if ones:
                axes = self.builder.constant(ones[0] if len(ones) == 1 else ones)
                d = self.builder.call(np.sum, d, axis=axes, keepdims=self.builder.constant(True), hint=hint)
        if isinstance(d.type, Array) and d.type.dtype is not None and d.type.dtype != target.dtype:
            d = self._cast(d, target.dtype)
        return d

    def exact(self, d: Value, value: Value) -> Value:
        """Give the gradient of a parameter exactly the dtype of it; an array without axes is an array again."""
        target, source = widen(value.type), widen(d.type)
        match target, source:
            case Array(dtype, (), scalar), _ if dtype is not None and (
                not scalar or (dtype != np.float64 and source != target)
            ):
                hint, kind = adjoint_name(value), self.builder.constant(dtype.type)
                function = np.asarray if not scalar else dtype.type
                options = {} if scalar else {"dtype": kind}
                return self.builder.call(function, d, hint=hint, type_=target, keywords=options)
            case Scalar("float"), Array() | Unknown() if source != Array(np.dtype(np.float64), (), scalar=True):
                return self.builder.call(float, d, form=Form.BUILTIN, spelling="float", hint=adjoint_name(value))
            case _:
                return d

    def _to_real(self, d: Value, dtype: np.dtype[Any]) -> Value:
        return self.builder.call(np.real, d) if dtype.kind == "c" else d

    def _cast(self, d: Value, dtype: np.dtype[Any]) -> Value:
        return self.builder.call(
            primitives.astype, d, self.builder.constant(dtype.type), form=Form.METHOD, spelling="astype", hint=d.hint
        )

    # -- masks -------------------------------------------------------------------------------------------------------

    def classify(self, d: Value) -> Cotangent:
        """Return a contribution in the form in which it arose: what a mask made is kept apart from its mask."""
        made = self.definition(d)
        if isinstance(made, Call) and made.function is primitives.mask:
            condition, value = made.operands
            if value.type == d.type:
                return Masked(condition, value)
            self.tainted.add(d)
        return Whole(d)


def guarded(x: Any, mask: Value, accumulator: Accumulator, point: float) -> Any:
    """Replace what a singular derivative would be evaluated at by a harmless point wherever it does not count."""
    if isinstance(x, list):
        return [guarded(item, mask, accumulator, point) for item in x]
    if not isinstance(x, Symbol) or not is_differentiable(x.type):
        return x
    safe = accumulator.builder.constant(point)
    result = accumulator.call(np.where, mask, x.value, safe, hint=x.value.hint and f"safe_{x.value.hint}")
    return Symbol(result, accumulator.builder)
