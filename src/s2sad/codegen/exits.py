"""Where a trip of a loop ends early: following what is known of the flags that say so."""

from __future__ import annotations

from collections.abc import Mapping

from s2sad.ir.program import ExitKind, Function, If, Operation, Region, Scan, Value, walk
from s2sad.ir.types import Literal

_LEAVING = (ExitKind.BREAK, ExitKind.CONTINUE)


class Exits:
    """The arms of branches with which a trip of the loop around them ends, and the branches that such arms stand in.

    An arm ends the trip if the user left the body there, or if it hands on True for what stops the loop.

    Attributes
    ----------
    arms : dict of Region to ExitKind
        The arms, and whether they end the loop or only the trip.
    branches : set of If
        The branches.
    """

    def __init__(self, function: Function) -> None:
        self.arms: dict[Region, ExitKind] = {}
        self.branches: set[Operation] = set()
        for operation in walk(function.body):
            if isinstance(operation, Scan):
                self._find(operation.body, operation.stop)

    def _find(self, region: Region, stop: Value | None) -> bool:
        """Enter the branches of a region, given which value says that the loop ends; tell whether there are any."""
        found = False
        for operation in region.operations:
            if isinstance(operation, If):
                place = operation.results.index(stop) if stop in operation.results else None
                inside = [self._arm(arm, place) for arm in (operation.then, operation.orelse)]
                if any(inside):
                    self.branches.add(operation)
                    found = True
        return found

    def _arm(self, arm: Region, place: int | None) -> bool:
        stop = None if place is None else arm.exit.values[place]
        inside = self._find(arm, stop)
        if arm.exit.kind in _LEAVING:
            self.arms[arm] = arm.exit.kind
        elif stop is not None and stop.type == Literal(True):
            self.arms[arm] = ExitKind.BREAK
        return inside or arm in self.arms


class Known:
    """What is known on the way that is being followed: the truth of flags, and what results of branches are."""

    def __init__(self, truths: Mapping[Value, bool] | None = None, values: Mapping[Value, Value] | None = None) -> None:
        self._truths = dict(truths or {})
        self._values = dict(values or {})

    def value(self, value: Value) -> Value:
        """Return the value that a result of a branch is on this way."""
        while value in self._values:
            value = self._values[value]
        return value

    def of(self, value: Value) -> bool | None:
        """Return the truth of a value if it is known."""
        if isinstance(value.type, Literal) and isinstance(value.type.value, bool):
            return value.type.value
        return self._truths.get(value)

    def after(self, branch: If, arm: Region) -> Known:
        """Return what is known after a branch of which an arm has run."""
        found = Known(self._truths, {**self._values, **dict(zip(branch.results, arm.exit.values, strict=True))})
        for result, value in zip(branch.results, arm.exit.values, strict=True):
            truth = self.of(value)
            if truth is not None:
                found._truths[result] = truth
        return found

    def common(self, other: Known) -> Known:
        """Return what is known on two ways alike."""
        return Known({value: truth for value, truth in self._truths.items() if other._truths.get(value) is truth})
