"""The three listings: the values; the values with tangents beside them; the values and then the adjoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from s2sad import notation
from s2sad.errors import Diagnostic, DifferentiationTypeError
from s2sad.ir.program import Function
from s2sad.notation import Formula
from s2sad.trace.record import Node, Trace, nodes_of, record
from s2sad.trace.sweeps import Term, partial_name, pull, push

Mode = Literal["primal", "forward", "reverse"]


def trace_text(function: Function, args: Sequence[Any], mode: Mode = "primal", wrt: Sequence[str] | None = None) -> str:
    """Return the trace of a program at a point.

    Parameters
    ----------
    function : Function
        The program.
    args : sequence
        One argument for each parameter.
    mode : {"primal", "forward", "reverse"}
        Whether tangents or adjoints are wanted.
    wrt : sequence of str, optional
        Parameters to differentiate with respect to: the first that is a float, for tangents; all, for adjoints.

    Raises
    ------
    DifferentiationError
        The result is not a scalar, or an operation has no derivative.
    """
    trace = record(function, args)
    match mode:
        case "primal":
            lines = _primal(trace)
        case "forward":
            lines = _forward(trace, _inputs(trace, wrt, trace.inputs[:1]))
        case "reverse":
            lines = _reverse(trace, function, _inputs(trace, wrt, trace.inputs))
    return "\n".join(lines) + "\n"


def _inputs(trace: Trace, wrt: Sequence[str] | None, default: list[Node]) -> list[Node]:
    chosen = default
    if wrt is not None:
        chosen = [node for node in trace.inputs if node.name is not None and node.name.partition("[")[0] in wrt]
    if not chosen:
        named = " or ".join(wrt) if wrt else "the arguments"
        raise DifferentiationTypeError(
            [Diagnostic("S2S300", f"there is no float in {named} to differentiate with respect to", "write 2.0 for 2")]
        )
    return chosen


def _values(node: Node) -> str:
    """Write the line of the primal trace."""
    parts = [node.symbol.text]
    if node.call is None:
        parts.append(notation.variable(node.name or ""))
    else:
        parts.append(node.formula.text)
        inner = [one for operand in node.operands for one in nodes_of(operand)]
        if all(np.ndim(one.value) == 0 for one in inner if not one.is_static) and np.ndim(node.value) == 0:
            parts.append(notation.application(node.call, [_number(operand) for operand in node.operands]).text)
    parts.append(notation.literal(node.value).text)
    return " = ".join(dict.fromkeys(parts))


def _number(operand: Any) -> Formula:
    if isinstance(operand, Node):
        return notation.literal(operand.value)
    inner = ", ".join(_number(one).text for one in operand.items)
    return Formula(f"[{inner}]" if operand.make is list else f"({inner})")


def _output(trace: Trace) -> str:
    taken = {(node.name or "").partition("[")[0] for node in trace.inputs}
    return next(name for name in ("y", "z", "out", "result") if name not in taken)


def _primal(trace: Trace) -> list[str]:
    lines = [_values(node) for node in trace.inputs]
    lines += [event if isinstance(event, str) else _values(event) for event in trace.events]
    return [*lines, *_outputs(trace)]


def _outputs(trace: Trace) -> list[str]:
    assert trace.result is not None
    name, results = _output(trace), list(nodes_of(trace.result))
    lines = []
    for i, node in enumerate(results):
        own = name if len(results) == 1 else f"{name}{notation.subscript(i + 1)}"
        lines.append(" = ".join(dict.fromkeys((own, node.symbol.text, notation.literal(node.value).text))))
    return lines


def _forward(trace: Trace, seeds: list[Node]) -> list[str]:
    tangents: dict[Node, Any] = {}
    rows: list[tuple[str, str]] = []
    for node in trace.inputs:
        moves = node in seeds
        if moves:
            tangents[node] = np.ones_like(node.value)[()]
        rows.append((_values(node), f"{partial_name(node)} = {'1' if moves else '0'}"))
        tangents.setdefault(node, np.zeros_like(node.value)[()])
    for event in trace.events:
        if isinstance(event, str):
            rows.append((event, ""))
            continue
        term = push(event, tangents)
        tangents[event] = term.value
        rows.append((_values(event), _equation(partial_name(event), term)))
    assert trace.result is not None
    for line, node in zip(_outputs(trace), nodes_of(trace.result), strict=True):
        tangent = notation.literal(tangents.get(node, 0)).text
        equation = f"∂{line.partition(' = ')[0]} = {partial_name(node)} = {tangent}"
        rows.append((line, equation if node.number is not None else ""))
    width = max(len(left) for left, right in rows if right)
    return [f"{left:<{width}}    {right}".rstrip() for left, right in rows]


def _equation(*names: str | Term) -> str:
    """Join what is equal by equals signs, each piece once where it repeats its neighbour."""
    parts: list[str] = []
    for name in names:
        if isinstance(name, str):
            parts.append(name)
            continue
        parts += [name.symbols.text, *([name.numbers.text] if name.numbers else []), notation.literal(name.value).text]
    return " = ".join(part for part, before in zip(parts, [None, *parts], strict=False) if part != before)


def _reverse(trace: Trace, function: Function, wrt: list[Node]) -> list[str]:
    result = trace.result
    if not isinstance(result, Node) or np.ndim(result.value) != 0:
        found = f"an array of shape {np.shape(result.value)}" if isinstance(result, Node) else "several values"
        advice = "return a scalar, for instance with np.sum, or trace forward"
        message = f"{function.name} returns {found}, and adjoints need a scalar"
        raise DifferentiationTypeError([Diagnostic("S2S301", message, advice)])
    active = set(wrt)
    for node in trace.nodes:
        if any(one in active for operand in node.operands for one in nodes_of(operand)):
            active.add(node)
    lines = [*_primal(trace), ""]
    name = _output(trace)
    adjoints: dict[Node, Any] = {}
    if result in active:
        adjoints[result] = 1.0
        lines.append(f"{partial_name(result)} = ∂{name}/∂{name} = 1")
    for node in reversed(list(trace.nodes)):
        if node in active and node in adjoints:
            lines += _contributions(node, adjoints, active)
    for node in reversed(wrt):
        final = adjoints.get(node, np.zeros_like(node.value)[()])
        value = notation.literal(final).text
        lines.append(f"{partial_name(node)} = ∂{name}/∂{notation.variable(node.name or '')} = {value}")
    return lines


def _contributions(node: Node, adjoints: dict[Node, Any], active: set[Node]) -> list[str]:
    lines = []
    for target, term in pull(node, adjoints[node]):
        if target not in active:
            continue
        ours, local = partial_name(target), f"{partial_name(node)} {partial_name(node)}/{partial_name(target)}"
        if target in adjoints:
            before = notation.literal(adjoints[target])
            numbers = notation.add(before, term.numbers) if term.numbers else None
            local = f"{ours} + {local}"
            term = Term(notation.add(Formula(ours), term.symbols), numbers, adjoints[target] + term.value)
        adjoints[target] = term.value
        lines.append(_equation(ours, local, term))
    return lines
