"""`s2sad check`: generated derivatives beside numerical ones, and the four ways to a derivative side by side."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from s2sad.check import Comparison, compare, differentiable_positions, parameter_names
from s2sad.cli.commands import known, names
from s2sad.cli.failure import Failure
from s2sad.cli.target import Target, load_target, raised, read_args, read_target
from s2sad.cli.terminal import show
from s2sad.errors import DifferentiationError


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked: a function, its arguments, and the positions of those to differentiate by."""

    target: Target
    function: Callable[..., Any]
    scope: dict[str, Any]
    args: tuple[Any, ...]
    positions: tuple[int, ...]

    @property
    def names(self) -> list[str]:
        """What the arguments are called."""
        return parameter_names(self.function, len(self.args))


def _subject(arguments: argparse.Namespace) -> Subject:
    target = read_target(arguments.target)
    function, scope = load_target(target)
    parameters = parameter_names(function, function.__code__.co_argcount if hasattr(function, "__code__") else 0)
    args = read_args(arguments.args, scope, parameters)
    wrt = names(arguments.wrt)
    chosen = (wrt,) if isinstance(wrt, str) else wrt or ()
    known(chosen, parameters, target.name)
    positions = tuple(map(parameters.index, chosen)) or differentiable_positions(args)
    if not positions:
        raise Failure("check: no argument holds floats, so there is nothing to differentiate: write 2.0 for 2")
    return Subject(target, function, scope, args, positions)


def check_gradients(arguments: argparse.Namespace) -> int:
    """Print a row an argument; return 1 where one of them differs."""
    from s2sad import grad
    from s2sad.numeric import numerical_estimates, own_copies

    subject = _subject(arguments)
    args = subject.args
    table = [("argument, worst index", "generated", "numerical", "difference", "step", "found by", "verdict")]
    agree = True
    try:
        gradients = grad(subject.function, subject.positions)(*map(own_copies, args))
        for i, gradient in zip(subject.positions, gradients, strict=True):
            numerical, estimates = numerical_estimates(subject.function, args, i, complex_steps=True)
            row = compare(subject.names[i], args[i], gradient, numerical)
            found = estimates.get(row.place.removeprefix(subject.names[i]))
            step = "" if found is None else f"{found.step:.1e}"
            kind = "" if found is None else "complex" if found.is_complex else "Richardson"
            numbers = f"{row.generated:.10g}", f"{row.numerical:.10g}", f"{row.difference:.1e}"
            table.append((row.place, *numbers, step, kind, _verdict(row)))
            agree = agree and row.agrees
    except DifferentiationError:
        raise
    except Exception as error:
        raise raised(subject.target, error) from error
    show(aligned(table))
    return 0 if agree else 1


def aligned(table: Sequence[Sequence[str]]) -> str:
    """Return a table as text: the first and the last column begin at the left, the others end at the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = []
    for first, *rest, last in table:
        middle = "  ".join(f"{cell:>{width}}" for cell, width in zip(rest, widths[1:-1], strict=True))
        lines.append(f"{first:<{widths[0]}}  {middle}  {last}".rstrip())
    return "\n".join(lines) + "\n"


def _verdict(row: Comparison) -> str:
    if row.agrees:
        return "agree"
    return "generated says 0" if "generated says 0" in row.complaint else "DIFFER"


def compare_methods(arguments: argparse.Namespace) -> int:
    """Print a row a method, and draw the error of difference quotients against their step."""
    from s2sad.methods import chart, compare_ways

    subject = _subject(arguments)
    manual = None
    if arguments.manual:
        manual = subject.scope.get(arguments.manual)
        if not callable(manual):
            raise Failure(f"check: {subject.target.path} has no function {arguments.manual!r}")
    try:
        ways = compare_ways(subject.function, subject.args, subject.positions, manual)
        best = next(way for name in ("symbolic", "automatic") for way in ways if way.name == name and way.gradients)
        drawn = chart(subject.function, subject.args, subject.positions[0], best.gradients[0])
    except DifferentiationError:
        raise
    except Exception as error:
        raise raised(subject.target, error) from error
    shown = [subject.names[i] for i in subject.positions if isinstance(subject.args[i], float)][:4]
    table = [("method", *(f"by {name}" for name in shown), "error", "time", "how")]
    for way in ways:
        by_name = dict(zip((subject.names[i] for i in subject.positions), way.gradients, strict=False))
        values = [f"{float(by_name[name]):.15g}" if name in by_name else "-" for name in shown]
        off = "-" if way.error is None else f"{way.error:.1e}"
        time = "-" if way.seconds is None else f"{way.seconds * 1e6:.3g} us"
        table.append((way.name, *values, off, time, way.remark))
    show(aligned(table))
    show(f"\n{drawn}")
    return 0
