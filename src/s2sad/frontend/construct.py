"""Calls of classes and objects of the user's: making an object, calling one, and assigning to its attributes."""

from __future__ import annotations

import builtins
import dataclasses
from collections.abc import Mapping
from typing import Any

import gast
import numpy as np

from s2sad.errors import DifferentiationError
from s2sad.frontend.attributes import Attribute
from s2sad.frontend.classes import ClassView, FieldOfClass, LiveClass
from s2sad.frontend.context import Binding, Context
from s2sad.frontend.inlining import inline
from s2sad.frontend.objects import (
    Instance,
    Native,
    Super,
    bound_method,
    mangled,
    member,
    view_of,
    view_of_class,
)
from s2sad.frontend.operators import operate_on_objects
from s2sad.frontend.scope import Known, Unreadable, UserFunction
from s2sad.ir import primitives
from s2sad.ir.program import Value
from s2sad.ir.types import Record, Tuple, Unknown
from s2sad.rules.user import has_own_rule

_REPLACE = "dataclasses.replace"


def as_callable(ctx: Context, callee: Binding, node: Any) -> Binding:
    """Return the function that a call of an object calls, its `__call__`; anything else as it is."""
    if isinstance(callee, Known) and has_own_rule(callee.value):
        return callee
    view = view_of(ctx, callee)
    if view is None or (isinstance(callee, Value) and not isinstance(callee.type, Record)):
        return callee
    found = view.find("__call__")
    if found is None or found.kind != "method" or found.entity is None:
        name = view.cls.__name__
        ctx.refuse("S2S130", f"objects of the class {name} cannot be called", "define `__call__` in the class", node)
    return bound_method(found.entity, callee)


def call_object(
    ctx: Context, callee: Binding, args: list[Any], kwargs: Mapping[str, Any], node: Any, hint: str | None
) -> Binding | None:
    """Lower a call of a class of the user's, or of a function about objects; None for a call of anything else."""
    match callee:
        case Native(apply=apply):
            return apply(ctx, args, kwargs, node, hint)  # type: ignore[no-any-return]
        case Known(builtins.super):
            return _super(ctx, args, node)
        case Known(builtins.abs | builtins.len | builtins.iter) if len(args) == 1 and view_of(ctx, args[0]) is not None:
            function = np.absolute if callee.value is abs else callee.value
            return operate_on_objects(ctx, function, args, node)
        case Known(builtins.isinstance) if len(args) == 2:
            return _is_instance(ctx, args[0], args[1])
        case Known(object.__setattr__) if len(args) == 3 and isinstance(args[0], Instance):
            _store(ctx, args[0], _name_of_attribute(ctx, args[1], node), args[2], node)
            return Known(None)
        case Known(builtins.setattr) if len(args) == 3 and view_of(ctx, args[0]) is not None:
            _assign(ctx, args[0], _name_of_attribute(ctx, args[1], node), args[2], node)
            return Known(None)
        case Known(builtins.getattr) if len(args) in (2, 3) and view_of(ctx, args[0]) is not None:
            return _get_attribute(ctx, args, node)
        case Known(value) if (view := view_of_class(ctx, value)) is not None:
            return construct(ctx, view, args, kwargs, node, hint)
        case UserFunction(value=dataclasses.replace) | Unreadable(origin="dataclasses.replace"):
            return _replaced(ctx, args, kwargs, node, hint)
        case _:
            return None


def _name_of_attribute(ctx: Context, binding: Binding, node: Any) -> str:
    """Return the name of the attribute that `getattr` or `setattr` is given."""
    known = getattr(ctx.as_value(binding, node).type, "value", None)
    if not isinstance(known, str):
        ctx.refuse("S2S123", "an attribute is named by what is not known while compiling", "use a dict", node)
    return known


def _get_attribute(ctx: Context, args: list[Any], node: Any) -> Binding:
    """Lower `getattr(record, "name", default)`."""
    name = _name_of_attribute(ctx, args[1], node)
    try:
        found = member(ctx, args[0], name, node)
    except DifferentiationError:
        if len(args) == 2:
            raise
        return args[2]  # type: ignore[no-any-return]
    assert found is not None
    return found


# -- making objects ----------------------------------------------------------------------------------------------------


def construct(
    ctx: Context, view: ClassView, args: list[Any], kwargs: Mapping[str, Any], node: Any, hint: str | None = None
) -> Binding:
    """Lower a call of a class: its constructor is lowered in place of the call."""
    reason = view.obstacle()
    name = view.cls.__name__
    if reason is not None:
        ctx.refuse("S2S116", f"the class {name} {reason}", "make the object outside, and pass it as an argument", node)
    made = Instance(view, ctx.builder, hint)
    ctx.objects[made] = {}
    fields = view.fields()
    if fields is None:
        found = view.find("__init__")
        _run(ctx, found.entity if found is not None else None, made, args, kwargs, node, "__init__")
        return made
    ctx.objects[made] = _fill(ctx, name, fields, args, kwargs, node)
    after = view.find("__post_init__")
    if after is not None and not view.is_named_tuple:
        _run(ctx, after.entity, made, [], {}, node, "__post_init__")
    return made


def _run(
    ctx: Context, function: Any, made: Instance, args: list[Any], kwargs: Mapping[str, Any], node: Any, name: str
) -> None:
    if not isinstance(function, UserFunction):
        message = f"`{name}` of the class {made.view.cls.__name__} cannot be read"
        ctx.refuse("S2S116", message, "make the object outside, and pass it as an argument", node)
    inline(ctx, node, function.source, None, [made, *args], kwargs)


def _fill(
    ctx: Context, name: str, fields: Any, args: list[Any], kwargs: Mapping[str, Any], node: Any
) -> dict[str, Binding]:
    """Match the arguments of a generated constructor with fields."""
    taken = [one for one in fields if one.is_argument and not one.keyword_only]
    known = {one.name for one in fields if one.is_argument}
    if len(args) > len(taken):
        ctx.refuse("S2S134", f"{name!r} takes {len(taken)} arguments and gets {len(args)}", "check the call", node)
    given = {one.name: arg for one, arg in zip(taken, args, strict=False)}
    for key, value in kwargs.items():
        if key in given or key not in known:
            ctx.refuse("S2S134", f"{name!r} cannot take the keyword {key!r} here", "check the call", node)
        given[key] = value
    state: dict[str, Binding] = {}
    for one in fields:
        if one.name in given:
            state[one.name] = given[one.name]
        elif (made := _default(ctx, one, node)) is not None:
            state[one.name] = made
        elif one.is_argument:
            ctx.refuse("S2S134", f"the call of {name!r} lacks its argument {one.name!r}", "check the call", node)
    return state


def _default(ctx: Context, field: FieldOfClass, node: Any) -> Binding | None:
    if field.factory is None:
        return field.default
    from s2sad.frontend.calls import call_binding

    match field.factory:
        case Known(builtins.list):
            return ctx.call(primitives.make_list)
        case Known(builtins.dict):
            return ctx.call(primitives.make_dict, ctx.builder.constant(()))
        case factory:
            return call_binding(ctx, factory, [], {}, node)


def _replaced(ctx: Context, args: list[Any], kwargs: Mapping[str, Any], node: Any, hint: str | None) -> Binding:
    """Lower `dataclasses.replace(record, name=value)`."""
    view = view_of(ctx, args[0]) if len(args) == 1 else None
    fields = None if view is None else view.fields()
    if view is None or fields is None or view.is_named_tuple:
        ctx.refuse("S2S200", "`replace` of this is not supported", "make a new object of the class", node)
    for one in fields:
        if not one.is_argument and one.name in kwargs:
            ctx.refuse("S2S134", f"the field {one.name!r} cannot be replaced", "check the call", node)
    rest = {
        one.name: member(ctx, args[0], one.name, node) for one in fields if one.is_argument and one.name not in kwargs
    }
    return construct(ctx, view, [], {**rest, **kwargs}, node, hint)


# -- what classes know of objects --------------------------------------------------------------------------------------


def _super(ctx: Context, args: list[Any], node: Any) -> Binding:
    """Lower `super()`, and `super(Class, self)`."""
    frame = ctx.frame
    while frame.outer is not None:
        frame = frame.outer
    first = [param.id for param in (*frame.source.node.args.posonlyargs, *frame.source.node.args.args)][:1]
    if not args and first:
        args = [ctx.read("__class__", node), frame.env.get(first[0])]
    if len(args) == 2 and isinstance(args[0], Known) and args[1] is not None:
        view = view_of(ctx, args[1])
        if view is None and isinstance(args[1], Known):
            view = view_of_class(ctx, args[1].value)
        if view is not None:
            return Super(view, args[0].value, args[1])
    ctx.refuse("S2S116", "`super` is used for an object whose class is not known", "name the class instead", node)


def _is_instance(ctx: Context, owner: Binding, cls: Binding) -> Binding | None:
    """Fold `isinstance` of an object of the user's, or with such a class; None where the answer is not known."""
    if not isinstance(cls, Known):
        return None
    view, classes = view_of(ctx, owner), cls.value if isinstance(cls.value, tuple) else (cls.value,)
    asked = [view_of_class(ctx, one) for one in classes]
    if view is None:
        # a number or an array is no object of the user's
        is_plain = isinstance(owner, Value) and not isinstance(owner.type, Unknown | Record | Tuple)
        return ctx.builder.constant(False) if is_plain and None not in asked else None
    if isinstance(view, LiveClass):
        known = all(type(one) is type for one in classes)
        return ctx.builder.constant(issubclass(view.cls, tuple(classes))) if known else None
    order = getattr(view, "order", None)
    return None if order is None or None in asked else ctx.builder.constant(any(one in order for one in asked))


# -- assigning to attributes -------------------------------------------------------------------------------------------


def assign_attribute(ctx: Context, target: gast.Attribute, binding: Binding) -> None:
    """Lower `owner.name = value`."""
    _assign(ctx, ctx.lower(target.value), mangled(ctx, target.attr), binding, target)


def _assign(ctx: Context, owner: Binding, name: str, binding: Binding, target: Any) -> None:
    if not isinstance(owner, Instance):
        what = "an object that was not made in the function" if view_of(ctx, owner) is not None else "this value"
        message = f"the attribute {name!r} of {what} is assigned to"
        ctx.refuse("S2S140", message, "make a new object, for example with `dataclasses.replace`", target)
    found = owner.view.find(name)
    if owner.view.is_frozen:
        cls = owner.view.cls.__name__
        ctx.refuse("S2S140", f"objects of the class {cls} are frozen", "use `dataclasses.replace`", target)
    if found is not None and found.kind in ("property", "data"):
        message = f"the attribute {name!r} is computed by the class, which is assigned to"
        ctx.refuse("S2S140", message, "assign to what it is computed from", target)
    _store(ctx, owner, name, binding, target)


def _store(ctx: Context, owner: Instance, name: str, binding: Binding, node: Any) -> None:
    if not ctx.reaches(owner.builder):
        message = f"the attribute {name!r} is assigned to in a part of an expression that may not be reached"
        ctx.refuse("S2S140", message, "make the call a statement of its own", node)
    if owner in ctx.records:
        message = f"the attribute {name!r} is assigned to after the object has been stored, returned or carried"
        ctx.refuse("S2S140", message, "make a new object, for example with `dataclasses.replace`", node)
    ctx.bind(Attribute(owner, name), binding)
