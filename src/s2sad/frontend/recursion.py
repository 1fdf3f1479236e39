"""Recursion: a function that is reached from its own body becomes a procedure, which is called and not inlined.

A function is lowered in place of its call until a call of it turns up in its own body; then the attempt is given up
(`Recursive`), and the function is lowered once, as a procedure with parameters. There is one procedure for each
function, the functions that it is passed, and the kinds of its arguments. The types of its parameters, the type of its
result and what it reads from around it are a least fixed point: the body is lowered until they stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gast

from s2sad.analysis.infer import infer
from s2sad.errors import DifferentiationError
from s2sad.frontend.context import Binding, Context, Frame
from s2sad.frontend.lifting import ADJOINT, Instance, Level, Recursion, recursion_of
from s2sad.frontend.memory import Memory
from s2sad.frontend.procedure_types import Pattern, plain
from s2sad.frontend.records import is_object
from s2sad.frontend.roots import is_related
from s2sad.frontend.scope import Known, Made
from s2sad.frontend.source import FunctionSource
from s2sad.ir.builder import Builder
from s2sad.ir.procedures import Procedure
from s2sad.ir.program import Call, ExitKind, Form, Function, Parameter, Region, Value
from s2sad.ir.types import UNDEFINED, UNKNOWN, Literal, Type, Undefined, join

_MAX_ROUNDS = 12
_MAX_INSTANCES = 24
_MAX_OBJECTS = 16
_PLAIN = (int, float, complex)


class Recursive(Exception):
    """A function that is being lowered in place of its call calls itself."""

    def __init__(self, node: Any) -> None:
        super().__init__()
        self.node = node


def is_recursive(ctx: Context, source: FunctionSource) -> bool:
    """Tell whether a call is of a function that is known to call itself.

    Raises
    ------
    Recursive
        It is being lowered in place of a call.
    """
    if source.node in recursion_of(ctx).nodes:
        return True
    frame: Frame | None = ctx.frame
    others = 0
    while frame is not None:
        if frame.source.node is source.node:
            # the method of another object that the function makes goes deeper into a structure that is known
            others += _are_of_two_objects(frame.source, source)
            if others > _MAX_OBJECTS or not _are_of_two_objects(frame.source, source):
                raise Recursive(source.node)
        frame = frame.caller
    return False


def _are_of_two_objects(one: FunctionSource, other: FunctionSource) -> bool:
    """Tell whether two calls of a method are of different objects that the function makes."""
    owners = [source.bound[0] if source.bound else None for source in (one, other)]
    return all(isinstance(owner, Made) for owner in owners) and owners[0] is not owners[1]


@contextmanager
def attempt(ctx: Context, source: FunctionSource) -> Iterator[list[Recursive]]:
    """Lower a call in place; if the function turns out to call itself, undo that and say so in the list."""
    builder, memory = ctx.builder, ctx.memory
    count, snapshot, written = len(builder.operations), memory.snapshot(), dict(memory.written)
    captures, problems, given_up = dict(ctx.captures), dict(ctx.problems), list[Recursive]()
    objects, records = dict(ctx.objects), dict(ctx.records)
    try:
        yield given_up
    except Recursive as found:
        if found.node is not source.node:
            raise
        given_up.append(found)
        recursion_of(ctx).nodes.add(source.node)
        del builder.operations[count:]
        memory.restore(snapshot)
        memory.written, ctx.captures, ctx.problems = written, captures, problems
        ctx.objects, ctx.records = objects, records


def call_with_retry(ctx: Context, source: FunctionSource, call: Callable[[], Value]) -> Value:
    """Lower the call of a procedure whose function may turn out to call itself in another way."""
    with attempt(ctx, source) as given_up:
        return call()
    assert given_up
    return call()


def call_procedure(
    ctx: Context,
    node: Any,
    source: FunctionSource,
    outer: Frame | None,
    env: dict[str, Binding],
    hint: str | None,
    *,
    is_recomputed: bool = False,
    why: str = "calls itself",
) -> Value:
    """Lower a call of a function that is not lowered in place.

    Parameters
    ----------
    ctx : Context
        The state of lowering.
    node : gast node
        The call.
    source : FunctionSource
        The function.
    outer : Frame or None
        The frame in which it was defined, for a nested function.
    env : dict
        Its parameters and what they are bound to.
    hint : str or None
        The name of the variable that the result will be bound to.
    is_recomputed : bool
        The reverse sweep computes the call again.
    why : str
        Why it is not lowered in place, as diagnostics say it.
    """
    state = recursion_of(ctx)
    depth = len(state.levels)
    name = source.name
    if name != ADJOINT:
        name = name.rpartition(".")[2].replace("<lambda>", "function")
    procedure = Procedure(name, is_recomputed, why)
    given = {name: _argument(ctx, state, procedure, name, binding, node) for name, binding in env.items()}
    values = {name: one for name, one in given.items() if isinstance(one, Value)}
    fixed: dict[str, Binding] = {name: one for name, one in given.items() if not isinstance(one, Value)}
    home = None if outer is None else state.origin(outer, depth)
    key = (source.node, is_recomputed, home, tuple((name, state.key(one, depth)) for name, one in fixed.items()))
    pattern = Pattern.of({name: value.type for name, value in values.items()})
    instance = _find(ctx, key, pattern)
    if instance is None:
        instance = Instance(source, procedure, key, fixed, pattern.general(), outer)
        _make(ctx, instance, node)
    _note_dependence(state, instance)
    return _call(ctx, instance, values, pattern, node, hint)


def _note_dependence(state: Recursion, instance: Instance) -> None:
    """Note which procedures that are being made rely on what is assumed of one of them."""
    base = instance.depends
    if instance.level is not None:
        instance.is_called, base = True, instance.level.depth
    if base is not None:
        for level in state.levels[base + 1 :]:
            known = level.instance.depends
            level.instance.depends = base if known is None else min(base, known)


def _argument(ctx: Context, state: Recursion, procedure: Procedure, name: str, binding: Binding, node: Any) -> Binding:
    """Return an argument as a value, or as it is where it is a function or known to be a text, a flag or None."""
    match binding:
        case Value(type=Literal(value)) if value is None or isinstance(value, bool | str):
            return Known(value)
        case Known(value) if value is None or isinstance(value, bool | str) or callable(value) or is_object(value):
            return binding
        case Value() | Known() | Made():
            return ctx.as_value(binding, node)
        case _ if state.key(binding, len(state.levels)) is None:
            what = getattr(binding, "description", "a function that cannot be told from others")
            message = f"{procedure.name!r} {procedure.why}, and what is passed for {name!r} is {what}"
            ctx.refuse("S2S133", message, "pass values, or plain functions", node)
        case _:
            return binding


def _find(ctx: Context, key: Any, pattern: Pattern) -> Instance | None:
    """Return the procedure for a call; one that is being made is made to fit, if that is possible."""
    alike = [one for one in recursion_of(ctx).instances if one.key == key]
    for instance in reversed(alike):
        if instance.pattern.covers(pattern) and (instance.level is not None or _is_same_around(ctx, instance)):
            return instance
    for instance in reversed(alike):
        wider = instance.pattern.joined(pattern) if instance.level is not None else None
        if wider is not None:
            instance.pattern, instance.is_widened = wider, True
            return instance
    around = [one for one in recursion_of(ctx).instances if one.level is not None and one.key[0] is key[0]]
    if len(alike) >= _MAX_INSTANCES or len(around) >= _MAX_INSTANCES:
        name = (alike or around)[0].source.name
        message = f"{name!r} calls itself with arguments of ever new types"
        ctx.refuse("S2S133", message, "write it as a loop, or give the arguments one type", ctx.node)
    return None


def _is_same_around(ctx: Context, instance: Instance) -> bool:
    """Tell whether a procedure would find around it what it found when it was made."""
    state = recursion_of(ctx)
    depth = len(state.levels)
    return all(
        isinstance(value := _present(ctx, place), Value) and plain(value.type) == type_
        for place, type_ in instance.lifted.items()
    ) and all(state.key(_present(ctx, place), depth) == key for place, key in instance.read.items())


def _present(ctx: Context, place: tuple[Frame, int, str]) -> Binding | None:
    """Return what a variable of an activation is where the program is being lowered now."""
    frame, home, name = place
    for level in recursion_of(ctx).levels[home:]:
        frame = level.lift(frame)
    return frame.env.get(name)


def _make(ctx: Context, instance: Instance, node: Any) -> None:
    """Lower the body of a procedure until what is assumed of it holds."""
    state = recursion_of(ctx)
    state.instances.append(instance)
    count = len(state.instances)
    for turn in range(_MAX_ROUNDS):
        # what was made in the last round may rely on what was assumed then
        state.instances[count:] = [one for one in state.instances[count:] if one.depends is None]
        instance.is_widened = instance.is_called = False
        before = (instance.result, dict(instance.captures), dict(instance.lifted))
        problems, function = _round(ctx, instance)
        if problems is not None:
            fatal = any(one.code == "S2S133" for one in problems.diagnostics)
            if before[0] != UNDEFINED or fatal or not instance.is_called:
                state.instances.remove(instance)
                raise problems
            # what is not known yet may be the reason
            instance.result = UNKNOWN
        elif not instance.is_called and function is not None:
            instance.procedure.define(function)
            return
        elif turn == _MAX_ROUNDS - 3:
            instance.result = UNKNOWN
        elif before == (instance.result, instance.captures, instance.lifted) and not instance.is_widened:
            if instance.result == UNDEFINED:
                ctx.refuse("S2S133", f"{instance.source.name!r} always calls itself", "let it end", node)
            assert function is not None
            instance.procedure.define(function)
            return
    ctx.refuse("S2S133", f"what {instance.source.name!r} returns has no type", "write it as a loop", node)


def _round(ctx: Context, instance: Instance) -> tuple[DifferentiationError | None, Function | None]:
    """Lower the body once for what is assumed, and take in what that shows."""
    state = recursion_of(ctx)
    builder = Builder(_infer_strictly if instance.result == UNDEFINED else infer)
    before = (ctx.frame, ctx.builder, ctx.memory, ctx.captures, ctx.problems, ctx.hint, ctx.node)
    ctx.builder, ctx.memory = builder, Memory(builder.definitions, builder.births)
    ctx.captures, ctx.problems, ctx.hint = {}, {}, None
    level = Level(instance, len(state.levels), state, ctx)
    instance.level = level
    instance.read.clear()
    try:
        ctx.frame, params = _frame(ctx, level)
        state.levels.append(level)
        result = _body(ctx, instance.source)
        _refuse_stores(ctx, instance, [*params.values(), *level.params.values()])
        return None, _function(ctx, instance, params, result)
    except DifferentiationError as error:
        return DifferentiationError([*ctx.problems, *error.diagnostics] or error.diagnostics), None
    finally:
        del state.levels[level.depth :]
        instance.level = None
        (ctx.frame, ctx.builder, ctx.memory, ctx.captures, ctx.problems, ctx.hint, ctx.node) = before


def _infer_strictly(function: Any, form: Form, args: tuple[Type, ...], kwargs: dict[str, Type]) -> Type:
    """Infer a type; what is computed from a result of which nothing is known yet is no more known."""
    if any(isinstance(type_, Undefined) for type_ in (*args, *kwargs.values())):
        return UNDEFINED
    return infer(function, form, args, kwargs)


def _frame(ctx: Context, level: Level) -> tuple[Frame, dict[str, Value]]:
    from s2sad.frontend.inlining import local_names

    instance, source = level.instance, level.instance.source
    params = {name: Value(type_, name, True) for name, type_ in instance.pattern.types.items()}
    env: dict[str, Binding] = dict(params)
    for name, binding in instance.fixed.items():
        env[name] = level.lifted(binding)
    outer = None if instance.outer is None else level.lift(instance.outer)
    for value in params.values():
        ctx.memory.fresh(value)
    return Frame(source, env, local_names(source.node), 0, outer, None, path=(id(source.node),)), params


def _body(ctx: Context, source: FunctionSource) -> Value:
    from s2sad.frontend.statements import lower_body

    if isinstance(source.node, gast.Lambda):
        return ctx.value(source.node.body)
    returns = [inner for inner in gast.walk(source.node) if isinstance(inner, gast.Return)]
    binding = lower_body(ctx, source)
    result = ctx.as_value(binding, returns[-1] if returns else source.node)
    if ctx.problems:
        raise DifferentiationError([])
    return result


def _refuse_stores(ctx: Context, instance: Instance, params: list[Value]) -> None:
    """Refuse a procedure that stores into what it is passed, or into what may share memory with that."""
    given = [*params, *(value for value, _ in ctx.captures.values())]
    roots = [ctx.memory.root(value) for value in given]
    for root in ctx.memory.written:
        for value, own in zip(given, roots, strict=True):
            if is_related(own, root):
                ctx.node = instance.source.node
                recursion_of(ctx).refuse(ctx, instance, f"it writes into {value.hint!r}, which it may not own")


def _function(ctx: Context, instance: Instance, params: dict[str, Value], result: Value) -> Function:
    """Take in what a round has shown, and return the body."""
    assert instance.level is not None
    lifted = instance.level.params
    instance.result = join(instance.result, plain(result.type), instance.loose)
    instance.captures = {name: found for name, (_, found) in ctx.captures.items()}
    instance.lifted = {place: value.type for place, value in lifted.items()}
    values = [*params.values(), *(value for value, _ in ctx.captures.values()), *lifted.values()]
    names: list[str] = []
    for value in values:
        name, count = value.hint or "value", 0
        while name in names:
            count += 1
            name = f"{value.hint}_{count}"
        names.append(name)
    body: Region = ctx.builder.region(tuple(values), (result,), ExitKind.RETURN)
    name = instance.procedure.name
    return Function(name, tuple(map(Parameter, names)), body, None, instance.source.file.name)


def _call(
    ctx: Context, instance: Instance, values: dict[str, Value], pattern: Pattern, node: Any, hint: str | None
) -> Value:
    captured = [ctx.capture(name, found, node) for name, found in instance.captures.items()]
    lifted = []
    for place in instance.lifted:
        value = _present(ctx, place)
        assert isinstance(value, Value)
        lifted.append(ctx.current(value))
    operands = (*(values[name] for name in instance.pattern.types), *captured, *lifted)
    type_ = instance.pattern.seen_from(pattern, instance.result)
    named = hint is not None and ctx.frame.depth == 0
    result = Value(type_, hint or "value", named)
    ctx.builder.add(Call(instance.procedure, operands, (), (result,), ctx.builder.origin))
    ctx.memory.place(result)
    return result
