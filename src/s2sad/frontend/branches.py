"""Joining the arms of a branch: what they bind, return and store becomes the results of the branch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gast

from s2sad.frontend.attributes import Attribute, Objects, Variable, changed_attributes, held, is_shown, label
from s2sad.frontend.context import BINDING_CLASSES, Binding, Context
from s2sad.frontend.flow import BROKE, DONE, FLAGS, RESULT, RETURNED, STOP, Exhausted, Flow, Leave
from s2sad.frontend.memory import Lost, Point
from s2sad.frontend.recovery import POISONED, Poisoned
from s2sad.frontend.roots import Root
from s2sad.frontend.scope import Known, Made
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.program import ExitKind, Value
from s2sad.ir.types import UNDEFINED, Literal, identified, join


@dataclass(slots=True, eq=False)
class Arm:
    """What lowering one arm of a branch has come to."""

    builder: Builder
    env: dict[str, Binding]
    versions: dict[Root, Value]
    stale: dict[Root, Any]
    objects: Objects
    flow: Flow
    last: Any
    """The statement that ends the block, if one does in all cases."""

    @property
    def is_over(self) -> bool:
        """Whether no variable is read any more after this arm."""
        return isinstance(self.last, gast.Return | gast.Raise) or (isinstance(self.last, Leave) and self.last.returned)

    def bound(self, ctx: Context, name: Variable) -> Binding | None:
        """Return what a variable is bound to at the end."""
        return held(ctx, self.objects, name) if isinstance(name, Attribute) else self.env.get(name)

    def hides(self, name: Variable) -> bool:
        """Tell whether a variable is not read any more after this arm; objects outlive the function that returns."""
        if isinstance(self.last, gast.Raise):
            return name not in (DONE, STOP, RETURNED, BROKE)
        return self.is_over and isinstance(name, str) and name not in FLAGS

    @property
    def kind(self) -> ExitKind:
        """How the arm hands on its values."""
        match self.last:
            case gast.Break() | Exhausted():
                return ExitKind.BREAK
            case gast.Continue():
                return ExitKind.CONTINUE
            case _:
                return ExitKind.YIELD


def merge(ctx: Context, test: Value, arms: Sequence[Arm], names: Iterable[str], node: Any, start: int) -> None:
    """Append the branch, and bind what differs between its arms to the results.

    `start` counts the values that had been made before the arms were lowered.
    """
    before = ctx.variables
    yields: tuple[list[Value], list[Value]] = ([], [])
    results: list[Value] = []
    known: dict[tuple[Value, Value], Value] = {}

    def result_for(values: tuple[Value, Value], hint: str | None, named: bool) -> Value:
        if values not in known:
            result = Value(identified(join(values[0].type, values[1].type)), hint, named)
            known[values] = result
            results.append(result)
            for side, value in zip(yields, values, strict=True):
                side.append(value)
        return known[values]

    bound: dict[Variable, Binding] = {}
    attributes = changed_attributes(ctx.objects, [arm.objects for arm in arms])
    variables: dict[Variable, None] = dict.fromkeys([*names, *FLAGS, *attributes])
    for name in variables:
        bindings = [_as_known(ctx, arm, arm.bound(ctx, name)) for arm in arms]
        if all(binding is before.get(name) for binding in bindings):
            continue
        over = [arm.hides(name) for arm in arms]
        going_on = [binding for binding, is_over in zip(bindings, over, strict=True) if not is_over]
        if not going_on:
            continue
        if len(going_on) == 1 and going_on[0] is not None and not isinstance(going_on[0], Value | Made):
            bound[name] = going_on[0]
            continue
        if any(isinstance(binding, Poisoned) for binding in going_on):
            bound[name] = POISONED
            continue
        lost = [binding for binding in going_on if isinstance(binding, Lost)]
        if lost:
            bound[name] = lost[0]
            continue
        if not all(binding is None or isinstance(binding, BINDING_CLASSES) for binding in going_on):
            ctx.refuse("S2S108", f"{label(name)!r} is bound to a function in a branch", "call it in the branch", node)
        if name == RESULT:
            _check_returned(ctx, bindings, arms, node)
        whole = _one_object(ctx, [None if hidden else one for one, hidden in zip(bindings, over, strict=True)], arms)
        if whole is not None:
            bound |= _joined(ctx, name, whole, arms, result_for, node)
            continue
        values = [
            _yielded(ctx, arm, binding, is_over, node)
            for arm, binding, is_over in zip(arms, bindings, over, strict=True)
        ]
        hint, named = _name_of(ctx, name, values)
        result = result_for((values[0], values[1]), hint, named)
        if any(b is None or (isinstance(b, Value) and b in ctx.unbound) for b in going_on):
            ctx.unbound.add(result)
        if all(map(ctx.is_arithmetic, values)):
            ctx.numbers.add(result)
        bound[name] = result
    versions = _merge_versions(ctx, arms, result_for, start)
    closed = [arm.builder.region((), tuple(side), arm.kind) for arm, side in zip(arms, yields, strict=True)]
    ctx.builder.branch(test, closed[0], closed[1], tuple(results))
    for arm in arms:
        ctx.memory.stale.update(arm.stale)
    for root, version in versions.items():
        ctx.memory.versions[root] = version
    for name, binding in bound.items():
        ctx.bind(name, binding)


def _one_object(ctx: Context, bindings: Sequence[Binding | None], arms: Sequence[Arm]) -> dict[Arm, Any] | None:
    """Return the objects that the arms bind a name to, if one can stand for them; None stands for no such thing.

    They are of one class and hold the same attributes, which are values.
    """
    from s2sad.frontend.objects import Instance

    found = {arm: one for arm, one in zip(arms, bindings, strict=True) if one is not None}
    objects: list[Any] = list(found.values())
    if not all(isinstance(one, Instance) for one in objects):
        return None
    states = [arm.objects.get(one) for arm, one in found.items()]
    if any(one.view.cls is not objects[0].view.cls for one in objects) or None in states:
        return None
    names = [list(state or {}) for state in states]
    held = [_as_known(ctx, arm, arm.objects[one][name]) for arm, one in found.items() for name in names[0] if one]
    return found if names[0] == names[-1] and all(isinstance(one, Value | Known) for one in held) else None


def _joined(
    ctx: Context, name: Variable, found: dict[Arm, Any], arms: Sequence[Arm], result_for: Any, node: Any
) -> dict[Variable, Binding]:
    """Return what a name and its attributes are bound to where arms bind it to objects: to one that stands for them.

    Which one of them it is cannot be told, so that none of them is changed any more.
    """
    (arm, first), *_ = found.items()
    whole = replace(first, builder=ctx.builder, hint=label(name))
    bound: dict[Variable, Binding] = {name: whole}
    for key in arm.objects[first]:
        held = [one.objects[found[one]][key] if one in found else None for one in arms]
        values = [_yielded(ctx, one, value, one not in found, node) for one, value in zip(arms, held, strict=True)]
        bound[Attribute(whole, key)] = result_for(tuple(values), f"{label(name)}_{key}", False)
    ctx.objects[whole] = {}
    ctx.records |= dict.fromkeys([whole, *found.values()])
    return bound


def _check_returned(ctx: Context, bindings: Sequence[Binding | None], arms: Sequence[Arm], node: Any) -> None:
    """Refuse a function that returns None on some ways and a value on others."""
    returned = [
        b for b, arm in zip(bindings, arms, strict=True) if b is not None and not isinstance(arm.last, gast.Raise)
    ]
    nothing = [
        b for b in returned if (isinstance(b, Known) and b.value is None) or getattr(b, "type", None) == Literal(None)
    ]
    if nothing and len(nothing) < len(returned):
        message = "on some paths the function returns None, on others a value"
        ctx.refuse("S2S107", message, "return a value on every path", node)


def _yielded(ctx: Context, arm: Arm, binding: Binding | None, is_over: bool, node: Any) -> Value:
    """Return what an arm hands on for a variable, appended to the arm."""
    outer, ctx.builder = ctx.builder, arm.builder
    memory, objects = ctx.memory.snapshot(), ctx.objects
    ctx.memory.restore(Point(arm.versions, arm.stale, trips=ctx.memory.trips))
    ctx.objects = dict(arm.objects)
    try:
        if is_over:
            return undefined(ctx)
        if binding is None:
            return unbound_value(ctx)
        if isinstance(binding, Value):
            return ctx.memory.current(binding, ctx.builder)
        return ctx.as_value(binding, node)
    finally:
        ctx.builder = outer
        ctx.memory.restore(memory)
        ctx.objects = objects


def undefined(ctx: Context) -> Value:
    """Return what stands for a variable that is not read any more on this path."""
    return ctx.builder.call(primitives.undefined, type_=UNDEFINED)


def _as_known(ctx: Context, arm: Arm, binding: Binding | None) -> Binding | None:
    """Return what a variable is bound to after an arm, if its value can still be told."""
    if not isinstance(binding, Value):
        return binding
    point = ctx.memory.snapshot()
    ctx.memory.restore(Point(arm.versions, arm.stale, trips=ctx.memory.trips))
    try:
        return ctx.memory.lost(binding) or binding
    finally:
        ctx.memory.restore(point)


def _name_of(ctx: Context, name: Variable, values: Sequence[Value]) -> tuple[str | None, bool]:
    if name == RESULT:
        hints = [value.hint for value in values if value.hint]
        return ctx.frame.result_hint or (hints[0] if hints else None), False
    return label(name), ctx.frame.depth == 0 and is_shown(name)


def _merge_versions(ctx: Context, arms: Sequence[Arm], result_for: Any, start: int) -> dict[Root, Value]:
    """Return the versions after a branch of the memory that an arm has stored into."""
    before = ctx.memory.versions
    changed = {
        root: None
        for arm in arms
        for root, version in arm.versions.items()
        if before.get(root) is not version and root.birth < start
    }
    versions = {}
    for root in changed:
        values = []
        for arm in arms:
            if isinstance(arm.last, gast.Raise):
                values.append(_yielded(ctx, arm, None, True, None))
            else:
                values.append(_version_after(ctx, arm, root))
        initial = root.initial
        versions[root] = result_for(tuple(values), initial.hint, initial.named)
        ctx.memory.places[versions[root]] = ctx.memory.places[initial]
    return versions


def _version_after(ctx: Context, arm: Arm, root: Root) -> Value:
    """Return what a root holds after an arm, a container with what its items are by then; appended to the arm."""
    outer, ctx.builder = ctx.builder, arm.builder
    point = ctx.memory.snapshot()
    ctx.memory.restore(Point(arm.versions, arm.stale, trips=ctx.memory.trips))
    try:
        found = ctx.settled(arm.versions.get(root, root.initial))
        if isinstance(found, Value):
            return found
        arm.stale[root] = found.store
        return undefined(ctx)
    finally:
        ctx.builder = outer
        ctx.memory.restore(point)


def unbound_value(ctx: Context) -> Value:
    """Return what stands for a variable that is not bound on this path."""
    return ctx.builder.constant(None)
