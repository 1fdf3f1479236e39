"""What regions carry of a container's cotangent: only the items that they read, each a value of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import getitem
from typing import Any

from s2sad.ir.primitives import unpack
from s2sad.ir.program import Call, Form, Region, Value, regions, walk
from s2sad.ir.types import Literal, Type, is_differentiable
from s2sad.transform.cotangents import Accumulator, Cotangent, Masked, Parts, Whole
from s2sad.transform.structure import adjoint_name, item_type, positions


@dataclass(frozen=True, slots=True)
class Leaf:
    """An outer value that a loop's body reads, or one item of a container: what has a cotangent carried of its own."""

    root: Value
    path: tuple[Any, ...]
    type: Type

    @property
    def name(self) -> str | None:
        """The name of the cotangent."""
        last = self.path[-1] if self.path else None
        if isinstance(last, str) and last.isidentifier():
            return f"d_{last}"
        return adjoint_name(self.root) if last is None or self.root.hint is None else f"d_{self.root.hint}_{last}"

    def wrap(self, cotangent: Cotangent) -> Cotangent:
        """Return the cotangent of the leaf as one of the root."""
        for key in reversed(self.path):
            cotangent = Parts({key: cotangent})
        return cotangent

    def find(self, accumulator: Accumulator) -> Cotangent | None:
        """Return the cotangent found for the leaf."""
        found = accumulator.found.get(self.root)
        for key in self.path:
            if isinstance(found, Parts):
                found = found.items.get(key)
            elif found is not None:
                at = accumulator.builder.constant(key)
                whole = accumulator.whole(self.root, found)
                found = Whole(accumulator.builder.call(getitem, whole, at, form=Form.OPERATOR))
        return found

    def item(self, accumulator: Accumulator) -> Value:
        """Return the leaf itself."""
        value = self.root
        for key in self.path:
            value = accumulator.builder.call(getitem, value, accumulator.builder.constant(key), form=Form.OPERATOR)
        return value

    def start(self, outer: Accumulator) -> Value:
        """Return the cotangent that the loop begins with."""
        found = self.find(outer)
        if not self.path:
            return outer.zeros(self.root) if found is None else outer.whole(self.root, found)
        return outer.zeros(self.item(outer)) if found is None else outer.whole(self.item(outer), found)

    def end(self, inner: Accumulator) -> Value:
        """Return the cotangent that a region ends with."""
        found = self.find(inner)
        value = self.item(inner) if self.path else self.root
        return inner.zeros(value) if found is None else inner.whole(value, found)

    def set(self, accumulator: Accumulator, cotangent: Cotangent) -> None:
        """Enter a cotangent of the leaf in place of the one that was found so far."""
        found = accumulator.found.get(self.root)
        accumulator.found[self.root] = replace_part(found, self.path, cotangent)


def replace_part(cotangent: Cotangent | None, path: tuple[Any, ...], part: Cotangent) -> Cotangent:
    """Return a cotangent of a container with another part at a path."""
    if not path:
        return part
    items = dict(cotangent.items) if isinstance(cotangent, Parts) else {}
    items[path[0]] = replace_part(items.get(path[0]), path[1:], part)
    return Parts(items)


def leaves(value: Value, bodies: Sequence[Region], outer: Accumulator) -> list[Leaf]:
    """Take a container apart whose items regions read one by one, so that only those that they read are carried."""
    keys = positions(value.type)
    if keys is None or isinstance(outer.found.get(value), Whole | Masked):
        return [Leaf(value, (), value.type)]
    read: dict[Any, None] = {}
    for operation in (operation for body in bodies for operation in walk(body)):
        if not isinstance(operation, Call) and value in operation.operands:
            return [Leaf(value, (), value.type)]
        for inner in regions(operation):
            if value in inner.exit.values:
                return [Leaf(value, (), value.type)]
        if isinstance(operation, Call) and value in operation.operands:
            at = operation.operands[1].type if operation.function is getitem else None
            if operation.function is unpack:
                read.update(dict.fromkeys(keys))
            elif isinstance(at, Literal) and isinstance(at.value, int | str) and not isinstance(at.value, bool):
                key = at.value
                read[key + len(keys) if isinstance(key, int) and key < 0 and key not in keys else key] = None
            else:
                return [Leaf(value, (), value.type)]
    if any(value in body.exit.values for body in bodies):
        return [Leaf(value, (), value.type)]
    items = {key: item_type(value.type, key) for key in read}
    return [
        Leaf(value, (key, *path), leaf)
        for key, type_ in items.items()
        if is_differentiable(type_)
        for path, leaf in _nested(type_)
    ]


def _nested(type_: Type) -> list[tuple[tuple[Any, ...], Type]]:
    keys = positions(type_)
    if keys is None:
        return [((), type_)]
    stand_ins = [(key, item_type(type_, key)) for key in keys]
    return [
        ((key, *path), leaf) for key, inner in stand_ins if is_differentiable(inner) for path, leaf in _nested(inner)
    ]
