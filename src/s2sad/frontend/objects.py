"""Objects of the user's classes: their attributes, methods and properties, while a function is lowered.

There are three kinds of object. One that exists before the program runs is a `Known` object: what is read from it is
captured, and looked up again at each call. A parameter is a value of the program whose type is a `Record` or a named
tuple. What the program makes itself is an `Instance`: its attributes are bindings, like the variables of a frame.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np

from s2sad.frontend.attributes import Attribute, State
from s2sad.frontend.classes import ClassName, ClassView, LiveClass, Member, is_user_class
from s2sad.frontend.context import Binding, Context, Frame
from s2sad.frontend.inlining import inline
from s2sad.frontend.live import ABSENT, Dependencies, live_entity
from s2sad.frontend.records import is_object
from s2sad.frontend.scope import Collection, Compound, Known, Made, Recomputed, Solver, Unreadable, UserFunction
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.primitives_records import RecordKind, build_record, make_record
from s2sad.ir.program import Form, Value
from s2sad.ir.types import Record, Tuple, TupleOf, Type, Unknown


@dataclass(slots=True, eq=False)
class Instance(Made):
    """An object that the program makes; `builder` is the region in which that happens.

    Where a value of the program stands for it (`Context.records`), that would not see an assignment.
    """

    view: ClassView
    builder: Builder
    hint: str | None = None
    """The name of the variable that it was made for."""
    description = "an object"

    def state(self, ctx: Context) -> State:
        """Return what the object holds at this point of the program."""
        return ctx.objects[self]

    def inherited(self, ctx: Context, name: str) -> Binding | None:
        """Return the value that its class has under a name; None where there is none."""
        found = self.view.find(name)
        return None if found is None or found.kind != "value" else _class_value(ctx, self.view, found, self, name, None)

    def as_value(self, ctx: Context, node: Any) -> Value:
        """Return the object as a value of the program."""
        known = ctx.records.get(self)
        if known is not None:
            return ctx.current(known)
        made = materialise(ctx, self.view, self.state(ctx), node)
        ctx.records[self] = made if ctx.builder is self.builder else None
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Super(Compound):
    """What `super()` gives: the attributes of an object that come after those of a class."""

    view: ClassView
    after: Any
    owner: Any
    description = "what `super()` gives"


@dataclass(frozen=True, slots=True, eq=False)
class Native(Compound):
    """A method that a class of named tuples brings along; `apply` lowers a call of it."""

    apply: Callable[..., Any]
    description = "a method"


def recorder(ctx: Context) -> Dependencies:
    """Return where look-ups are noted; what is read from a file depends on nothing that can change."""
    record = getattr(ctx.frame.source.scope, "record", None)
    return record if isinstance(record, Dependencies) else Dependencies()


def view_of_class(ctx: Context, handle: Any) -> ClassView | None:
    """Return what is known of a class; None for what is no class of the user's."""
    if isinstance(handle, type):
        return LiveClass(handle, recorder(ctx)) if is_user_class(handle) else None
    handle = getattr(handle, "view", None) if isinstance(handle, ClassName) else handle
    return handle if isinstance(handle, ClassView) else None


def view_of(ctx: Context, owner: Binding) -> ClassView | None:
    """Return the class of an object, where it is one of the user's."""
    match owner:
        case Instance(view=view):
            return view
        case Value(type=Record(cls=handle)):
            return view_of_class(ctx, handle)
        case Value(type=Tuple(cls=handle)) if handle is not None:
            return view_of_class(ctx, handle)
        case Known(value) if is_object(value):
            return view_of_class(ctx, type(value))
        case _:
            return None


# -- attributes --------------------------------------------------------------------------------------------------------


def member(ctx: Context, owner: Binding, name: str, node: Any) -> Binding | None:
    """Return the attribute of an object or class of the user's; None for an owner of any other kind."""
    name = mangled(ctx, name)
    if isinstance(owner, Super):
        found = owner.view.find(name, owner.after)
        if found is None:
            _refuse_missing(ctx, owner.view, name, node)
        return _bound(ctx, found, owner.owner, owner.view, name, node)
    if isinstance(owner, Known) and (view := view_of_class(ctx, owner.value)) is not None:
        return _of_class(ctx, view, owner, name, node)
    view = view_of(ctx, owner)
    if view is not None:
        if view.is_named_tuple and name == "_replace":
            return Native(lambda ctx, args, kwargs, node, hint: _replace(ctx, view, owner, args, kwargs, node))
        return _of_object(ctx, view, owner, name, node)
    if isinstance(owner, Value) and is_opaque(owner.type) and not hasattr(np.ndarray, name):
        # nothing else is known of it: the generated code reads the attribute
        return _read(ctx, owner, name)
    return None


def is_opaque(type_: Type) -> bool:
    """Tell whether a value may be an object of any class."""
    return isinstance(type_, Unknown) and not isinstance(type_, TupleOf)


def _of_class(ctx: Context, view: ClassView, owner: Binding, name: str, node: Any) -> Binding:
    found = view.find(name)
    if found is None:
        _refuse_missing(ctx, view, name, node)
    match found.kind:
        case "method" | "static":
            function: Binding = _entity(found)
            return function
        case "class":
            return bound_method(_entity(found), owner)
        case "value":
            return _class_value(ctx, view, found, owner, name, node)
        case _:
            message = f"{name!r} is read from the class {view.cls.__name__}"
            ctx.refuse("S2S123", message, "read it from an object of the class", node)


def _of_object(ctx: Context, view: ClassView, owner: Binding, name: str, node: Any) -> Binding:
    """Look an attribute up in the order of Python: descriptors of the class, the object, the rest of the class."""
    found = view.find(name)
    if found is not None and found.kind in ("property", "data"):
        return _bound(ctx, found, owner, view, name, node)
    own = _own(ctx, owner, name, node)
    if own is not None:
        return own
    if found is None or found.kind == "state":
        if view.find("__getattr__") is not None:
            message = f"{view.cls.__name__} computes attributes as they are asked for, with `__getattr__`"
            ctx.refuse("S2S123", message, f"define {name!r} as an attribute or a property", node)
        _refuse_missing(ctx, view, name, node)
    return _bound(ctx, found, owner, view, name, node)


def _own(ctx: Context, owner: Binding, name: str, node: Any) -> Binding | None:
    """Return what an object itself holds under a name; None where it holds nothing."""
    match owner:
        case Instance():
            held = owner.state(ctx).get(name)
            if isinstance(held, Value):
                ctx.check_bound(held, name)
            return held
        case Known(value, path):
            holder = recorder(ctx).object_state(value)
            found = holder.get(name, ABSENT)
            recorder(ctx).record(holder, name, found)
            return None if found is ABSENT else captured(ctx, holder, name, found, f"{path or 'self'}_{name}", node)
        case Value(type=Record(entries=entries)):
            return _read(ctx, owner, name) if name in dict(entries) else None
        case Value(type=Tuple(cls=cls)):
            fields = getattr(cls, "_fields", ())
            if name not in fields:
                return None
            at = ctx.builder.constant(fields.index(name))
            return ctx.call(operator.getitem, owner, at, form=Form.ATTRIBUTE, spelling=name)
        case _:
            return None


def _read(ctx: Context, owner: Value, name: str) -> Value:
    at = ctx.builder.constant(name)
    return ctx.call(operator.getitem, owner, at, form=Form.ATTRIBUTE, spelling=name)


def _replace(
    ctx: Context, view: ClassView, owner: Binding, args: list[Any], kwargs: Mapping[str, Any], node: Any
) -> Binding:
    """Lower `record._replace(name=value)` of a named tuple."""
    names = [one.name for one in view.fields() or ()]
    unknown = [name for name in kwargs if name not in names]
    if args or unknown:
        ctx.refuse("S2S134", f"`_replace` of a {view.cls.__name__} is called like this", "check the call", node)
    made = Instance(view, ctx.builder, ctx.hint)
    ctx.objects[made] = {}
    for name in names:
        kept = kwargs[name] if name in kwargs else _own(ctx, owner, name, node)
        if kept is None:
            _refuse_missing(ctx, view, name, node)
        ctx.variables[Attribute(made, name)] = kept
    return made


def _bound(ctx: Context, found: Member, owner: Binding, view: ClassView, name: str, node: Any) -> Binding:
    """Return what an attribute of the class is for an object."""
    match found.kind:
        case "property" | "cached":
            getter = _entity(found)
            if isinstance(getter, UserFunction):
                return inline(ctx, node, getter.source, None, [owner], {}, ctx.hint)
            message = f"the property {name!r} cannot be read"
            ctx.refuse("S2S123", message, "write its function in Python", node)
        case "method":
            return bound_method(_entity(found), owner)
        case "static":
            function: Binding = _entity(found)
            return function
        case "class":
            return bound_method(_entity(found), Known(view.cls))
        case "value":
            return _class_value(ctx, view, found, owner, name, node)
        case _:
            message = f"the attribute {name!r} of {view.cls.__name__} is computed by a descriptor"
            ctx.refuse("S2S123", message, "use a property", node)


def _entity(found: Member) -> Any:
    """Return the function or value that an attribute is; the kinds that have none do not come here."""
    return found.entity


def bound_method(function: Binding, owner: Binding) -> Binding:
    """Return a function with its first argument."""
    if isinstance(function, Recomputed):
        return Recomputed(bound_method(function.function, owner))
    if isinstance(function, Solver):
        return replace(function, function=bound_method(function.function, owner))
    if not isinstance(function, UserFunction):
        name = getattr(function, "name", None) or "a method"
        return Unreadable(name, "is a method that is not written in Python of yours")
    given: Any = owner
    return UserFunction(function.name, lambda: replace(function.source, bound=(given,)), function.value)


def _class_value(ctx: Context, view: ClassView, found: Member, owner: Binding, name: str, node: Any) -> Binding:
    entity = _entity(found)
    if isinstance(owner, Value) and not isinstance(view, LiveClass):
        # the object may hold a value of its own under this name
        return _read(ctx, owner, name)
    if not isinstance(entity, Known) or not isinstance(view, LiveClass):
        return entity  # type: ignore[no-any-return]
    holder = recorder(ctx).class_state(view.cls)
    return captured(ctx, holder, name, entity.value, f"{view.cls.__name__}_{name}", node)


def _refuse_missing(ctx: Context, view: ClassView, name: str, node: Any) -> NoReturn:
    message = f"objects of the class {view.cls.__name__} have no attribute {name!r}"
    ctx.refuse("S2S123", message, "check the spelling; a dataclass holds its fields only", node)


def mangled(ctx: Context, name: str) -> str:
    """Return the name that stands for `__name` inside a class."""
    if not name.startswith("__") or name.endswith("__"):
        return name
    frame: Frame = ctx.frame
    while frame.outer is not None:
        frame = frame.outer
    cls = frame.source.name.rpartition(".")[0].rpartition(".")[2].lstrip("_")
    return f"_{cls}{name}" if cls else name


# -- what objects hold -------------------------------------------------------------------------------------------------


def captured(ctx: Context, holder: Any, name: str, value: Any, path: str, node: Any) -> Binding:
    """Return what was found in an object that exists before the program runs.

    Numbers that can vary, arrays and containers become parameters, bound at each call. Everything else is a constant.
    """
    if isinstance(value, bool | int | str | bytes | slice | type(None)) or not isinstance(value, _CAPTURED):
        return live_entity(value, path, recorder(ctx))
    if isinstance(value, list | tuple | dict) and any(map(_is_static, _items(value))):
        return _collection(ctx, value, path, node)
    path = _free_name(ctx, path, value)
    recorder(ctx).name(holder, name, path)
    if isinstance(value, np.ndarray | list | tuple | dict):
        return Known(value, path)
    return ctx.capture(path, value, node)


_CAPTURED = (float, complex, np.generic, np.ndarray, list, tuple, dict)


def _items(value: Any) -> Iterator[Any]:
    return iter(value.values() if isinstance(value, dict) else value)


def _is_static(value: Any) -> bool:
    """Tell whether an item of a container is a function or an object, so that it exists while compiling only."""
    if isinstance(value, list | tuple | dict):
        return any(map(_is_static, _items(value)))
    return is_object(value) or (callable(value) and not isinstance(value, type))


def _collection(ctx: Context, value: Any, path: str, node: Any) -> Binding:
    """Return a container of objects or functions; what it holds is watched."""
    contents = recorder(ctx).contents(value)
    keys = tuple(value) if isinstance(value, dict) else tuple(range(len(value)))
    items = []
    for key, item in zip(keys, _items(value), strict=True):
        recorder(ctx).record(contents, str(key), item)
        inner = f"{path}_{key}"
        items.append(captured(ctx, contents, str(key), item, inner if inner.isidentifier() else path, node))
    return Collection(type(value), tuple(items), keys if isinstance(value, dict) else None)


def _free_name(ctx: Context, path: str, value: Any) -> str:
    """Return a name for a captured value that stands for nothing else."""
    root = ctx.frame
    while root.caller is not None:
        root = root.caller
    path, count = path.lstrip("_") or "value", 0
    name = path
    while name in root.local_names or (name in ctx.captures and ctx.captures[name][1] is not value):
        count += 1
        name = f"{path}_{count}"
    return name


# -- objects as values -------------------------------------------------------------------------------------------------


def materialise(ctx: Context, view: ClassView, state: State, node: Any) -> Value:
    """Append the making of a record from its attributes."""
    names = tuple(state)
    values = [ctx.as_value(binding, node) for binding in state.values()]
    fields = view.fields()
    plain = fields is not None and view.find("__post_init__") is None
    keywords = plain and [one.name for one in fields or ()] == list(names) and all(f.is_argument for f in fields or ())
    kind = RecordKind(view.cls, names, keywords or view.is_named_tuple)
    hint, ctx.hint = ctx.hint, None
    try:
        if isinstance(view.cls, ClassName) or _is_importable(view.cls):
            return ctx.call(make_record, ctx.builder.constant(kind), *values)
        name = _free_name(ctx, view.cls.__name__, view.cls)
        cls = ctx.capture(name, view.cls, node)
        type_ = Record(view.cls, tuple(zip(names, (value.type for value in values), strict=True)))
        whole = Tuple(tuple(value.type for value in values), view.cls) if view.is_named_tuple else type_
        return ctx.call(build_record, cls, ctx.builder.constant(names), *values, type_=whole)
    finally:
        ctx.hint = hint


def as_tuple(ctx: Context, binding: Binding, node: Any) -> Binding:
    """Return a named tuple that the program makes as a plain tuple, to be taken apart."""
    if not isinstance(binding, Instance) or not binding.view.is_named_tuple:
        return binding
    return ctx.builder.call(primitives.make_tuple, *(ctx.as_value(one, node) for one in binding.state(ctx).values()))


def _is_importable(cls: type) -> bool:
    """Tell whether a module that is generated can import a class."""
    import sys

    found: Any = sys.modules.get(cls.__module__)
    for part in cls.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is cls and cls.__module__ != "__main__"


def argument(ctx: Context, name: str, entity: Any, node: Any) -> Binding:
    """Return what a parameter of the function stands for that was given before: the object of a bound method."""
    if isinstance(entity, Known) and isinstance(entity.value, _CAPTURED):
        from s2sad.frontend.arguments import captured_type

        ctx.captures[name] = (Value(captured_type(entity.value), name, True), entity.value)
        return ctx.captures[name][0]
    return entity  # type: ignore[no-any-return]
