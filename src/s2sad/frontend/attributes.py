"""The attributes of objects that a function makes: variables, which branches and loops hand on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from s2sad.frontend.memory import Lost
from s2sad.frontend.recovery import Poisoned
from s2sad.frontend.scope import Unreadable

if TYPE_CHECKING:
    from s2sad.frontend.context import Binding, Context

State = Mapping[str, "Binding"]
Objects = Mapping[Any, State]
"""What objects hold at a point of the program; a state is never changed, but replaced by another one."""


class Attribute(NamedTuple):
    """The attribute of an object as a variable."""

    owner: Any
    name: str


Variable = str | Attribute


def label(variable: Variable) -> str:
    """Return a name for what a variable is bound to."""
    if isinstance(variable, str):
        return variable.strip("<>")
    return f"{variable.owner.hint}_{variable.name}" if variable.owner.hint else variable.name


def is_shown(variable: Variable) -> bool:
    """Tell whether a variable is one of the user's text."""
    return isinstance(variable, str) and variable.isidentifier()


def held(ctx: Context, objects: Objects, attribute: Attribute) -> Binding | None:
    """Return what an object holds, or else inherits from its class; None where there is no such attribute."""
    owner, name = attribute
    return objects[owner].get(name) or owner.inherited(ctx, name)


class Variables(MutableMapping[Variable, "Binding"]):
    """The variables of the present frame, and the attributes of all objects that have been made."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx

    def __getitem__(self, variable: Variable) -> Binding:
        if isinstance(variable, Attribute):
            found = held(self.ctx, self.ctx.objects, variable)
            if found is None:
                raise KeyError(variable)
            return found
        return self.ctx.frame.env[variable]

    def __setitem__(self, variable: Variable, binding: Binding) -> None:
        if isinstance(variable, Attribute):
            state = self.ctx.objects.get(variable.owner, {})
            self.ctx.objects[variable.owner] = {**state, variable.name: binding}
        else:
            self.ctx.frame.env[variable] = binding

    def __delitem__(self, variable: Variable) -> None:
        raise AssertionError("variables are not taken away while a function is lowered")

    def __iter__(self) -> Iterator[Variable]:
        yield from list(self.ctx.frame.env)
        for owner, state in list(self.ctx.objects.items()):
            yield from (Attribute(owner, name) for name in state)

    def __len__(self) -> int:
        return len(self.ctx.frame.env) + sum(map(len, self.ctx.objects.values()))


def changed_attributes(before: Objects, after: Iterable[Objects]) -> list[Attribute]:
    """Return the attributes, of objects that there were before, that are bound to something else in one of `after`."""
    found: dict[Attribute, None] = {}
    for objects in after:
        for owner, state in before.items():
            now = objects.get(owner, state)
            if now is not state:
                found |= {Attribute(owner, n): None for n in now if now[n] is not state.get(n)}
    return list(found)


def changing(ctx: Context, loop: Any) -> list[Attribute]:
    """Return the attributes that the trips of a loop were found to assign to."""
    return [one for one in ctx.changing.get(loop, ((), ()))[0] if one.owner in ctx.objects]


def hidden(ctx: Context, loop: Any) -> Sequence[str]:
    """Return the names that the trips of a loop were found to bind to what no loop hands on."""
    return ctx.changing.get(loop, ((), ()))[1]


def is_handed_on(binding: Binding | None, around: Objects) -> bool:
    """Tell whether a loop can hand on what a trip binds: no function, and no object from around the loop.

    What may not be read any more, or has been refused, is dealt with elsewhere.
    """
    from s2sad.frontend.trials import can_be_carried

    return isinstance(binding, Lost | Poisoned) or (can_be_carried(binding) and binding not in around)


def hide(ctx: Context, loop: Any) -> None:
    """Leave variables unreadable that trips of a loop bind to what it cannot hand on."""
    for name in hidden(ctx, loop):
        ctx.frame.env[name] = Unreadable(name, "is bound to a function or to an object in a loop")


class Loop(Protocol):
    """A loop that is being lowered: what is watched of it."""

    ctx: Context
    node: Any
    key: Any
    before: dict[Variable, Binding | None]
    carried: list[Variable]


@contextmanager
def watching(loop: Loop) -> Iterator[list[Variable]]:
    """Yield a list that gets the variables for which a loop has to be lowered again.

    These are attributes that a trip assigns to and the loop does not hand on yet, and names that it binds to what no
    loop hands on, which nobody can read then. They are noted, and what was refused before they were is forgotten.
    """
    ctx, before = loop.ctx, loop.before
    objects, records, problems, found = dict(ctx.objects), dict(ctx.records), dict(ctx.problems), list[Variable]()
    hide(ctx, loop.key)
    yield found
    attributes = [one for one in changed_attributes(objects, [ctx.objects]) if one not in loop.carried]
    known, hidden = ctx.changing.get(loop.key, ((), ()))
    for owner, name in attributes:
        if Attribute(owner, name) in known:
            message = f"the attribute {name!r} is assigned to in a loop, and what it held before cannot be told"
            ctx.refuse("S2S142", message, "assign to it before the loop, or take a copy", loop.node)
        if not is_handed_on(objects[owner].get(name), {}):
            message = f"the attribute {name!r}, which holds functions or objects, is assigned to in a loop"
            ctx.refuse("S2S140", message, "choose it before the loop", loop.node)
    names = [one for one in before if isinstance(one, str) and one.isidentifier() and not _stays(loop, one, objects)]
    found += [*attributes, *names]
    if found:
        ctx.changing[loop.key] = ((*known, *attributes), (*hidden, *names))
        ctx.problems, ctx.records = problems, records


def _stays(loop: Loop, name: Variable, around: Objects) -> bool:
    """Tell whether a trip leaves a variable as it was, or binds it to what is handed on."""
    before, now = loop.before[name], loop.ctx.variables.get(name)
    return now is before or isinstance(before, Lost) or (name in loop.carried and is_handed_on(now, around))
