"""What loops and branches hand on for nothing: values that no trip changes, and results that both arms agree on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from s2sad.ir.program import Call, Constant, Exit, Function, If, Operation, Region, Scan, Source, Value
from s2sad.ir.types import Literal, Undefined
from s2sad.transform.rewrite import substitute_region


def remove_invariants(function: Function) -> Function:
    """Return the function without carried values and results that are only other names for values at hand.

    A carried value that each trip hands on as it is is what the loop began with; two that begin and go on alike are
    one; the result of a branch is what both of its arms yield. A loop that a branch ends which does nothing else ends
    by the test of the branch.
    """
    return replace(function, body=_Cleaner().region(function.body))


class _Cleaner:
    def __init__(self) -> None:
        self.new: dict[Value, Value] = {}

    def get(self, value: Value) -> Value:
        while value in self.new:
            value = self.new[value]
        return value

    def all(self, values: tuple[Value, ...]) -> tuple[Value, ...]:
        return tuple(map(self.get, values))

    def region(self, region: Region) -> Region:
        operations = tuple(map(self.operation, region.operations))
        return Region(region.params, operations, Exit(region.exit.kind, self.all(region.exit.values)))

    def operation(self, operation: Operation) -> Operation:
        match operation:
            case Constant():
                return operation
            case Call():
                return operation.reading(self.all(operation.operands))
            case If():
                return self.branch(operation)
            case Scan():
                return self.scan(operation)

    def branch(self, branch: If) -> If:
        then, orelse = self.region(branch.then), self.region(branch.orelse)
        pairs = list(zip(then.exit.values, orelse.exit.values, strict=True))
        keep = [k for k, (a, b) in enumerate(pairs) if a is not b]
        self.new.update((branch.results[k], a) for k, (a, b) in enumerate(pairs) if a is b)
        results = tuple(branch.results[k] for k in keep)
        arms = (_restricted(arm, keep) for arm in (then, orelse))
        then, orelse = arms
        return replace(branch, test=self.get(branch.test), then=then, orelse=orelse, results=results)

    def scan(self, loop: Scan) -> Scan:
        sources = tuple(Source(self.get(s.value), s.backwards) for s in loop.sources)
        initial = self.all(loop.initial)
        body = _ended_by_test(self.region(loop.body), loop)
        test = None if loop.test is None else self.region(loop.test)
        loop = replace(loop, sources=sources, initial=initial, body=body, test=test)
        while True:
            same = _needless(loop)
            if not same:
                return loop
            loop = self.without(loop, same)

    def without(self, loop: Scan, same: Mapping[int, Value]) -> Scan:
        """Return the loop without carried values, given what stands for each of them inside."""
        params = {loop.carried[k]: value for k, value in same.items()}
        for k in same:
            # two carried values that are one end alike; what no trip changes is what it was
            alike = [j for j, param in enumerate(loop.carried) if param is params[loop.carried[k]]]
            self.new[loop.finals[k]] = loop.finals[alike[0]] if alike else loop.initial[k]
        keep = [k for k in range(len(loop.initial)) if k not in same]
        values = loop.body.exit.values
        kept = (*(values[k] for k in keep), *values[len(loop.initial) :])
        body = Region(
            (*loop.items, *(loop.carried[k] for k in keep)), loop.body.operations, Exit(loop.body.exit.kind, kept)
        )
        return replace(
            loop,
            initial=tuple(loop.initial[k] for k in keep),
            body=substitute_region(body, params),
            results=(*(loop.finals[k] for k in keep), *loop.lists),
            test=None if loop.test is None else substitute_region(loop.test, params),
        )


def _restricted(region: Region, keep: list[int]) -> Region:
    values = tuple(region.exit.values[k] for k in keep)
    return replace(region, exit=replace(region.exit, values=values))


def _needless(loop: Scan) -> dict[int, Value]:
    """Return the carried values that can go, by position, each with what stands for it inside the loop."""
    found: dict[int, Value] = {}
    seen: dict[tuple[Value, Value], Value] = {}
    for k, (start, param, following) in enumerate(zip(loop.initial, loop.carried, loop.next_values, strict=True)):
        if isinstance(start.type, Undefined):
            continue
        if following is param:
            found[k] = start
        elif (start, following) in seen:
            found[k] = seen[start, following]
        else:
            seen[start, following] = param
    return found


def _ended_by_test(body: Region, loop: Scan) -> Region:
    """Let the test of a branch end the loop where the branch has nothing else to say."""
    stop = body.exit.values[-1] if loop.stop is not None else None
    for operation in body.operations:
        if isinstance(operation, If) and operation.results == (stop,):
            arms = (operation.then, operation.orelse)
            empty = all(isinstance(inner, Constant) for arm in arms for inner in arm.operations)
            if empty and [arm.exit.values[0].type for arm in arms] == [Literal(True), Literal(False)]:
                return replace(body, exit=replace(body.exit, values=(*body.exit.values[:-1], operation.test)))
    return body
