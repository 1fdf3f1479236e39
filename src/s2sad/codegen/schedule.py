"""Deciding which values become statements and which are nested into the expression that uses them.

A value is nested where it is used once, in the region that it is made in, where the line stays short, and where no
store comes in between that could change what its expression reads. Constants, slices and arithmetic on lengths and
indices are always written in place.
"""

from __future__ import annotations

import builtins
import operator
from bisect import bisect_left, bisect_right
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from s2sad.analysis.memory import is_store
from s2sad.codegen.aliases import Aliases
from s2sad.codegen.exits import Exits
from s2sad.codegen.uses import (
    Use,
    is_container,
    is_index,
    is_index_of,
    is_length,
    is_return,
    is_running_sum,
    may_be_moved,
    stands_alone,
    written,
)
from s2sad.codegen.widths import width_of_call, width_of_name
from s2sad.codegen.wrap import WIDTH
from s2sad.ir import primitives
from s2sad.ir.primitives_stores import make_path
from s2sad.ir.program import (
    Call,
    Constant,
    ExitKind,
    Function,
    If,
    Operation,
    Region,
    Scan,
    Value,
    definitions,
    regions,
    walk,
)
from s2sad.ir.types import Array, Dict, List, Literal, Record, Scalar, Tuple, Undefined, Unknown

_CONDITIONAL_WIDTH = 72


@dataclass(slots=True)
class _Anchor:
    """The statement that an expression is evaluated in: where it stands, and how long its line is by now."""

    position: int
    length: int


class Schedule:
    """Which values of a function are nested; `inline`, `nested` and `conditional` are the result.

    Lines are estimated here, because names are given later; values in `apart` are never nested.

    Attributes
    ----------
    inline : set of Value
        The values that are nested.
    nested : set of Value
        Those of them that are used once, and could as well be variables.
    conditional : set of If
        The branches that are printed as conditional expressions.
    """

    def __init__(
        self, function: Function, aliases: Aliases | None, readable: bool, apart: Collection[Value] = ()
    ) -> None:
        self.inline: set[Value] = set()
        self.nested: set[Value] = set()
        self.conditional: set[If] = set()
        self._apart = apart
        self._aliases = aliases
        self._readable = readable
        self._uses: dict[Value, list[Use]] = {}
        self._anchors: dict[Operation, _Anchor] = {}
        self._exits: dict[tuple[Region, int], _Anchor] = {}
        self._bases: set[Value] = set()
        self._leaving = Exits(function).branches
        self._function = function
        self._definitions = definitions(function.body)
        self._given = set(function.body.params)
        self._collect(function.body)
        self._region(function.body, 1)

    # -- uses ----------------------------------------------------------------------------------------------------

    def _collect(self, region: Region) -> None:
        for position, operation in enumerate(region.operations):
            for slot, value in enumerate(operation.operands):
                self._uses.setdefault(value, []).append(Use(region, position, operation, slot))
            if isinstance(operation, Call) and is_store(operation):
                self._bases.add(operation.operands[0])
            if isinstance(operation, Scan):
                self._given.update(
                    item
                    for item, source in zip(operation.items, operation.sources, strict=True)
                    if self._is_given(source.value)
                )
            for inner in regions(operation):
                self._collect(inner)
        for slot, value in enumerate(region.exit.values):
            self._uses.setdefault(value, []).append(Use(region, len(region.operations), region, slot))

    # -- decisions -----------------------------------------------------------------------------------------------

    def _region(self, region: Region, depth: int, collected: range = range(0)) -> None:
        end = len(region.operations)
        for slot, value in enumerate(region.exit.values):
            length = 4 * depth + (8 if region.exit.kind is ExitKind.RETURN else 3 + width_of_name(value))
            if slot in collected:
                # what a loop collects is appended where it is made, not at the end of the body
                end_of_value = self._made_at(region, value)
                self._exits[region, slot] = _Anchor(end_of_value, 4 * depth + 22)
            else:
                self._exits[region, slot] = _Anchor(end, length)
        stores = [(k, bases) for k, operation in enumerate(region.operations) if (bases := written(operation))]
        for position in range(end - 1, -1, -1):
            operation = region.operations[position]
            match operation:
                case Constant():
                    self._constant(operation, position, depth)
                case Call():
                    self._value(operation, region, position, depth, stores)
                case If():
                    for inner in regions(operation):
                        self._region(inner, depth + 1)
                    self._anchors[operation] = _Anchor(position, 4 * depth + 4)
                    self._branch(operation, region, position, depth, stores)
                case Scan():
                    self._anchors[operation] = _Anchor(position, 4 * depth + 12 + 4 * len(operation.items))
                    self._region(operation.body, depth + 1, range(len(operation.initial), len(operation.results)))
                    if operation.test is not None:
                        self._region(operation.test, depth)

    def _made_at(self, region: Region, value: Value) -> int:
        for position, operation in enumerate(region.operations):
            if value in operation.results:
                return position
        return -1

    def _constant(self, operation: Constant, position: int, depth: int) -> None:
        value = operation.result
        if (not self._readable and value.hint) or value in self._bases:
            self._anchors[operation] = _Anchor(position, 4 * depth)
        else:
            self.inline.add(value)

    def _value(
        self, call: Call, region: Region, position: int, depth: int, stores: list[tuple[int, list[Value]]]
    ) -> None:
        anchor = self._nest(call, region, position, stores)
        if anchor is not None:
            self.inline.add(call.result)
            self.nested.add(call.result)
            self._anchors[call] = anchor
        elif len(call.results) == 1 and (self._always(call) or self._is_repeated(call, region, position, stores)):
            self.inline.add(call.result)
        else:
            targets = 0 if is_store(call) else sum(width_of_name(result) + 2 for result in call.results) + 1
            self._anchors[call] = _Anchor(position, 4 * depth + targets + self._width(call))

    def _nest(
        self, operation: Call | If, region: Region, position: int, stores: list[tuple[int, list[Value]]]
    ) -> _Anchor | None:
        """Return the statement that the value is evaluated in, or None where it is a statement itself."""
        if stands_alone(operation):
            return None
        (value,) = operation.results
        uses = self._uses.get(value, [])
        if value.named or value in self._apart or len(uses) != 1 or uses[0].region is not region:
            return None
        (use,) = uses
        # whatever the style, a tuple is written where it is returned or indexes something
        in_place = is_container(operation) and (self._is_returned(use) or is_index_of(use))
        if not self._readable and not in_place:
            return None
        if isinstance(use.by, Call) and is_store(use.by) and use.slot == 0:
            return None
        # what is written out at each of its uses has no anchor: nothing but its like may be nested in it
        anchor = self._exits[region, use.slot] if isinstance(use.by, Region) else self._anchors.get(use.by)
        if anchor is None:
            return None
        if isinstance(use.by, Scan) and use.slot >= len(use.by.sources):
            anchor = _Anchor(use.position, 4 + width_of_name(use.by.carried[use.slot - len(use.by.sources)]))
        # an expression is not carried past a loop: it would keep what it reads alive all that time; nor past where
        # the trip may end: it would be written down on both ways
        between = region.operations[position + 1 : max(anchor.position, 0)]
        if any(isinstance(other, Scan) or other in self._leaving for other in between):
            return None
        if not may_be_moved(operation, between):
            return None
        if is_running_sum(operation, use) and any(self._is_statement(other) for other in between):
            return None
        kept = value.hint and self._returned_in_tuple(use) and not is_container(operation)
        if kept or self._overtaken(operation, position, anchor, stores):
            return None
        length = anchor.length - self._operand_width(value) + self._width(operation)
        if length > WIDTH and not is_container(operation):
            return None
        anchor.length = length
        return anchor

    def _is_statement(self, operation: Operation) -> bool:
        return any(result not in self.inline for result in operation.results)

    def _branch(
        self, branch: If, region: Region, position: int, depth: int, stores: list[tuple[int, list[Value]]]
    ) -> None:
        """Choose a conditional expression where both arms are nothing but a short value."""
        if not self._readable or len(branch.results) != 1 or branch.results[0] not in self._uses:
            return
        if branch in self._leaving or is_return(branch.then):
            return
        inner = (*branch.then.operations, *branch.orelse.operations)
        arms = (branch.then.exit.values[0], branch.orelse.exit.values[0])
        if any(isinstance(arm.type, Undefined) for arm in arms) or self._width(branch) > _CONDITIONAL_WIDTH:
            return
        if any(isinstance(op, If | Scan) or any(r not in self.inline for r in op.results) for op in inner):
            return
        self.conditional.add(branch)
        # `a or b` reads its test once
        self._uses[branch.test] = [use for use in self._uses[branch.test] if use.by not in (branch.then, branch.orelse)]
        anchor = self._nest(branch, region, position, stores)
        if anchor is not None:
            self.inline.add(branch.results[0])
            self.nested.add(branch.results[0])
            self._anchors[branch] = anchor

    def _always(self, call: Call) -> bool:
        """Tell whether a call is written out wherever its value is used."""
        if call.function in (primitives.make_slice, make_path):
            return True
        if call.function is primitives.unpack:
            return False
        value = call.result
        if call.function is builtins.range and not value.named:
            return all(isinstance(use.by, Scan) for use in self._uses.get(value, ()))
        if call.function is primitives.make_tuple:
            return self._is_plain_index(call)
        if value.named or not (is_length(call) or self._is_iterated_part(call) or self._is_part_of_argument(call)):
            return False
        return not self._bases or not any(self._touches(operand) for operand in call.operands)

    def _is_repeated(self, call: Call, region: Region, position: int, stores: list[tuple[int, list[Value]]]) -> bool:
        """Tell whether a derived value is as well written twice: a part of an array, or a multiple of one."""
        value = call.result
        uses = self._uses.get(value, [])
        if not self._readable or not call.origin.derived or value.named or not isinstance(value.type, Array):
            return False
        if value in self._apart or any(use.region is not region for use in uses) or value.type.scalar:
            return False
        if not all(self._is_operand(use) for use in uses):
            return False
        if not self._is_slice(value) and not (len(uses) == 2 and self._is_multiple(call)):
            return False
        last = max((self._reach(use) for use in uses), default=position)
        return last is not None and not self._overtaken(call, position, _Anchor(last, 0), stores)

    def _is_operand(self, use: Use) -> bool:
        """Tell whether a use is one of a computation, or of the value that a store writes."""
        if not isinstance(use.by, Call) or is_container(use.by) or len(use.by.results) != 1:
            return False
        return not is_store(use.by) or use.slot == len(use.by.operands) - 1

    def _reach(self, use: Use) -> int:
        """Return the position of the statement that a use ends up in, as far as is decided."""
        if isinstance(use.by, Region):
            return use.position
        anchor = self._anchors.get(use.by)
        return use.position if anchor is None else max(anchor.position, use.position)

    def _is_slice(self, value: Value) -> bool:
        made = self._definitions.get(value)
        if not isinstance(made, Call) or made.function is not operator.getitem or not isinstance(value.type, Array):
            return False
        index = made.operands[1].type
        known = isinstance(index, Literal) and isinstance(index.value, slice)
        return known and isinstance(made.operands[0].type, Array)

    def _is_multiple(self, call: Call) -> bool:
        if call.function is not np.multiply:
            return False
        parts = [v for v in call.operands if self._is_slice(v)]
        return len(parts) == 1 and all(v in parts or isinstance(v.type, Literal | Scalar) for v in call.operands)

    def _is_iterated_part(self, call: Call) -> bool:
        """Tell whether a value is a slice of a sequence that loops go through and nothing else reads."""
        if not self._readable or call.function is not operator.getitem or isinstance(call.result.type, Array):
            return False
        known = call.operands[1].type
        uses = self._uses.get(call.result, ())
        sliced = isinstance(known, Literal) and isinstance(known.value, slice)
        return sliced and all(isinstance(use.by, Scan) and use.slot < len(use.by.sources) for use in uses)

    def _is_plain_index(self, call: Call) -> bool:
        """Tell whether a tuple stands between brackets and holds only what is written out itself."""
        if not self._readable or not all(map(is_index_of, self._uses.get(call.result, ()))):
            return False
        makers = [(operand, self._definitions.get(operand)) for operand in call.operands]
        return all(
            isinstance(o.type, Literal) or (self._always(m) if isinstance(m, Call) else is_index(o)) for o, m in makers
        )

    def _is_part_of_argument(self, call: Call) -> bool:
        """Tell whether a value is read at a known place of a list, tuple or dict that came in from outside."""
        if (
            not self._readable
            or call.function is not operator.getitem
            or not isinstance(call.operands[1].type, Literal)
        ):
            return False
        if isinstance(call.operands[1].type.value, np.ndarray | list):
            return False
        holder = call.operands[0]
        if isinstance(holder.type, Unknown):
            # this may be an array, of which no part is taken again in each trip of a loop
            uses = self._uses.get(call.result, ())
            return holder in self._given and all(call in use.region.operations for use in uses)
        return isinstance(holder.type, List | Tuple | Dict | Record) and self._is_given(holder)

    def _is_given(self, value: Value) -> bool:
        """Tell whether a value is an argument, or stands at a known place of one."""
        made = self._definitions.get(value)
        return value in self._given or (isinstance(made, Call) and self._is_part_of_argument(made))

    def _touches(self, value: Value) -> bool:
        return self._aliases is not None and any(self._aliases.related(value, base) for base in self._bases)

    def _overtaken(
        self, operation: Call | If, position: int, anchor: _Anchor, stores: list[tuple[int, list[Value]]]
    ) -> bool:
        """Tell whether a store between a value and its use may change what the value is computed from."""
        if self._aliases is None:
            return False
        read = set(operation.operands)
        for inner in regions(operation):
            for deep in walk(inner):
                read.update(deep.operands)
            read.update(inner.exit.values)
        place = operator.itemgetter(0)
        between = slice(bisect_right(stores, position, key=place), bisect_left(stores, anchor.position, key=place))
        return any(
            self._aliases.related(value, base) for _, bases in stores[between] for base in bases for value in read
        )

    def _is_returned(self, use: Use) -> bool:
        return is_return(use.by) or self._returned_in_tuple(use)

    def _returned_in_tuple(self, use: Use) -> bool:
        by = use.by
        while isinstance(by, Call) and is_container(by):
            uses = self._uses.get(by.result, [])
            if len(uses) != 1:
                return False
            by = uses[0].by
            if is_return(by):
                return True
        return False

    # -- widths --------------------------------------------------------------------------------------------------

    def _width(self, operation: Operation) -> int:
        """Estimate how many characters the expression of an operation has as far as it is nested by now."""
        if isinstance(operation, If):
            arms = (operation.test, operation.then.exit.values[0], operation.orelse.exit.values[0])
            return 10 + sum(map(self._operand_width, arms))
        if not isinstance(operation, Call):
            return width_of_name(operation.results[0])
        widths = [self._operand_width(value) for value in operation.operands]
        widths[len(operation.positional) :] = [
            len(keyword) + 1 + width
            for keyword, width in zip(operation.keywords, widths[len(operation.positional) :], strict=True)
        ]
        return width_of_call(operation, widths)

    def _operand_width(self, value: Value) -> int:
        made = self._definitions.get(value)
        if value in self.inline and made is not None:
            return self._width(made)
        # what is written out wherever it is used counts before that has been decided
        if isinstance(made, Call) and len(made.results) == 1 and self._always(made):
            return self._width(made)
        return width_of_name(value)
