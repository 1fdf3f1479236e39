"""The ways through a block of statements, told from the text alone: what leaves it, and which names it binds."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Any

import gast

from s2sad.frontend.inlining import bound_names

DONE, STOP, BROKE, RETURNED, RESULT = "<done>", "<stop>", "<broke>", "<returned>", "<result>"
"""Whether the block has been left, the loop ends, it ended by `break`, a loop has returned; and what was returned."""

FLAGS = (DONE, STOP, BROKE, RETURNED, RESULT)


class Leave(gast.Pass):  # type: ignore[misc]
    """Leaves the block; `returned` says that the function has returned from a loop in it."""

    def __init__(self, returned: bool) -> None:
        super().__init__()
        self.returned = returned


class Exhausted(gast.Pass):  # type: ignore[misc]
    """Ends the loop because its test does not hold any more."""


class Flow(enum.Enum):
    """Whether the end of a block is reached: always, perhaps, never."""

    FALLS = "falls"
    MAY = "may"
    ENDS = "ends"


def outcome(body: Iterable[Any]) -> Flow:
    """Tell from the text alone whether the end of a block is reached."""
    result = Flow.FALLS
    for node in body:
        match node:
            case gast.Return() | gast.Break() | gast.Continue() | gast.Raise() | Leave() | Exhausted():
                return Flow.ENDS
            case gast.If():
                flows = {outcome(node.body), outcome(node.orelse)}
            case gast.Match():
                flows = {outcome(case.body) for case in node.cases} | {Flow.FALLS}
            case gast.With():
                flows = {outcome(node.body)}
            case gast.For() | gast.While() if contains_return(node):
                flows = {Flow.ENDS if is_endless(node) else Flow.MAY}
            case _:
                continue
        if flows == {Flow.ENDS}:
            return Flow.ENDS
        if flows != {Flow.FALLS}:
            result = Flow.MAY
    return result


def contains(node: Any, kind: type) -> bool:
    """Tell whether a loop has a `return` in it, or a `break` of its own."""
    for inner in gast.iter_child_nodes(node):
        if isinstance(inner, kind):
            return True
        if isinstance(inner, gast.FunctionDef | gast.AsyncFunctionDef | gast.ClassDef | gast.Lambda):
            continue
        if kind is gast.Break and isinstance(inner, gast.For | gast.While):
            # its `else` belongs to the loop around it
            if any(isinstance(part, gast.Break) or contains(part, gast.Break) for part in inner.orelse):
                return True
            continue
        if contains(inner, kind):
            return True
    return False


def contains_return(node: Any) -> bool:
    """Tell whether a loop has a `return` in its body."""
    return any(isinstance(part, gast.Return) or contains(part, gast.Return) for part in node.body)


def is_endless(node: Any) -> bool:
    """Tell whether a loop goes on until the function returns."""
    always = isinstance(node, gast.While) and isinstance(node.test, gast.Constant) and bool(node.test.value)
    return always and not contains_break(node)


def contains_break(node: Any) -> bool:
    """Tell whether a loop has a `break` of its own."""
    return any(isinstance(part, gast.Break) or _breaks(part) for part in node.body)


def _breaks(node: Any) -> bool:
    if isinstance(node, gast.For | gast.While):
        return any(isinstance(part, gast.Break) or _breaks(part) for part in node.orelse)
    return contains(node, gast.Break)


def flag(name: str, node: Any) -> Any:
    """Return the reading of a flag."""
    return gast.copy_location(gast.Name(name, gast.Load(), None, None), node)


def synthetic(made: Any, node: Any) -> Any:
    """Give a statement that is not in the text the place of one that is."""
    waiting = [made]
    while waiting:
        new = waiting.pop()
        if getattr(new, "lineno", None) is None:
            # what stands inside it and has a place of its own is the user's
            gast.copy_location(new, node)
            waiting += gast.iter_child_nodes(new)
    made.synthetic = True
    return made


def names_augmented(node: Any) -> set[str]:
    """Return the names that are the target of an augmented assignment in a statement."""
    return {
        inner.target.id
        for inner in gast.walk(node)
        if isinstance(inner, gast.AugAssign) and isinstance(inner.target, gast.Name)
    }


def names_bound(node: Any, *, augmented: bool = True) -> list[str]:
    """Return the names that a statement binds, in the order of their places in the text.

    Without `augmented`, the targets of augmented assignments are left out.
    """
    found: dict[str, None] = {}
    waiting = [node]
    while waiting:
        match waiting.pop():
            case gast.FunctionDef() | gast.ClassDef() | gast.Lambda() as definition:
                found.update(dict.fromkeys(sorted(bound_names(definition))))
            case gast.AugAssign(target=gast.Name()) as assignment if not augmented:
                waiting.append(assignment.value)
            case gast.Name(id=name, ctx=gast.Store() | gast.Del()):
                found[name] = None
            case other:
                waiting.extend(reversed(list(gast.iter_child_nodes(other))))
    return list(found)
