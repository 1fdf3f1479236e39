"""Activity: which values vary with the chosen inputs, and which of these the output depends on.

Both are least fixed points over the program, in the sense of Hascoët and Pascual, "The Tapenade automatic
differentiation tool" (ACM TOMS 39(3), 2013), section 4.1.
"""

from __future__ import annotations

from collections.abc import Iterable

from s2sad.ir.program import Call, Constant, Function, If, Region, Scan, Value
from s2sad.ir.types import is_differentiable
from s2sad.rules.registry import is_constant


def varied_values(region: Region, sources: Iterable[Value]) -> set[Value]:
    """Return the values of a region, and of those inside it, that a derivative with respect to `sources` reaches."""
    varied = {value for value in sources if is_differentiable(value.type)}
    _propagate(region, varied)
    return varied


def _propagate(region: Region, varied: set[Value]) -> None:
    for operation in region.operations:
        match operation:
            case Constant():
                pass
            case Call():
                if not is_constant(operation) and any(v in varied for v in operation.operands):
                    varied.update(v for v in operation.results if is_differentiable(v.type))
            case If():
                for inner in (operation.then, operation.orelse):
                    _propagate(inner, varied)
                    _carry(inner.exit.values, operation.results, varied)
            case Scan():
                _carry((s.value for s in operation.sources), operation.items, varied)
                _carry(operation.initial, operation.carried, varied)
                size = -1
                while size != len(varied):
                    size = len(varied)
                    _propagate(operation.body, varied)
                    _carry(operation.next_values, operation.carried, varied)
                _carry(operation.initial, operation.finals, varied)
                _carry(operation.body.exit.values, operation.results, varied)


def _carry(sources: Iterable[Value], targets: Iterable[Value], varied: set[Value]) -> None:
    varied.update(t for s, t in zip(sources, targets, strict=False) if s in varied and is_differentiable(t.type))


def useful_values(region: Region, outputs: Iterable[Value]) -> set[Value]:
    """Return the values that `outputs` depend on by a path that a derivative can take."""
    useful = set(outputs)
    _pull(region, useful)
    return useful


def _pull(region: Region, useful: set[Value]) -> None:
    for operation in reversed(region.operations):
        match operation:
            case Constant():
                pass
            case Call():
                if not is_constant(operation) and any(v in useful for v in operation.results):
                    useful.update(operation.operands)
            case If():
                for inner in (operation.then, operation.orelse):
                    useful.update(v for v, r in zip(inner.exit.values, operation.results, strict=True) if r in useful)
                    _pull(inner, useful)
            case Scan():
                handed = operation.body.exit.values[: len(operation.results)]
                useful.update(v for v, r in zip(handed, operation.results, strict=True) if r in useful)
                size = -1
                while size != len(useful):
                    size = len(useful)
                    _pull(operation.body, useful)
                    useful.update(
                        n for n, c in zip(operation.next_values, operation.carried, strict=True) if c in useful
                    )
                useful.update(
                    i
                    for i, c, f in zip(operation.initial, operation.carried, operation.finals, strict=True)
                    if c in useful or f in useful
                )
                useful.update(
                    s.value for s, item in zip(operation.sources, operation.items, strict=True) if item in useful
                )


def active_values(function: Function, wrt: Iterable[Value], output: Value) -> set[Value]:
    """Return the values that vary with `wrt` and that `output` depends on."""
    return varied_values(function.body, wrt) & useful_values(function.body, (output,))
