"""From a function's source to the text of its derivative: the stages of the compiler in one place."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from s2sad.analysis.activity import varied_values
from s2sad.analysis.lengths import settle_lengths
from s2sad.analysis.records import narrow_records
from s2sad.codegen.module import emit_module
from s2sad.errors import Diagnostic, DifferentiationError, DifferentiationTypeError, DifferentiationValueError
from s2sad.frontend.lower import Lowered, lower_function
from s2sad.frontend.source import FunctionSource
from s2sad.ir.program import Function, Value, free_values
from s2sad.ir.types import Record, Type, Unknown
from s2sad.ir.verify import verify
from s2sad.transform.forward import jvp
from s2sad.transform.order import number_values, order_by_depth
from s2sad.transform.pipeline import LAST_PASSES, PRIMAL_PASSES, derivative_passes, run_passes
from s2sad.transform.pullback import check_output, vjp
from s2sad.transform.refusals import check_repeatable
from s2sad.transform.reverse import check_parameter, check_result, scalar_output, value_and_grad

Argnums = int | str | Sequence[int | str]


_KINDS = {"jvp": "value and tangent", "tangent": "tangent", "ones": "elementwise derivative", "vjp": "pullback"}
"""What the header of a module calls what it holds, by mode."""


@dataclass(frozen=True, slots=True)
class Options:
    """What derivative is wanted, and how it is printed."""

    argnums: Argnums = 0
    mode: str = "reverse"
    """`reverse`, or `jvp` (value and tangent), `tangent`, `ones` (the tangent of ones), `vjp`, or `primal` itself."""
    value: bool = False
    has_aux: bool = False
    order: int = 1
    style: str = "readable"
    scalar: bool = False
    """In forward mode: the result must be a real scalar, since a gradient is made of the tangents."""
    assume: bool = True
    """Whether lengths in the items of a list may be assumed to agree where they meet (and be checked for it)."""
    repeated: bool = False
    """Whether the sweep is run more than once at one point, and has to draw the same random numbers each time."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A derivative: its program, its text, and the objects that it takes as keyword-only parameters."""

    function: Function
    text: str
    captures: Mapping[str, Any]
    conditions: tuple[str, ...] = ()
    """What was assumed of the lengths of the arguments, as expressions in the parameters' names."""


def compile_derivative(
    source: FunctionSource,
    options: Options,
    types: Mapping[str, Type] | None = None,
    before: Sequence[Options] = (),
) -> Compiled:
    """Compile the derivative of a function.

    Parameters
    ----------
    source : FunctionSource
        The function.
    options : Options
        What is wanted.
    before : sequence of Options
        Derivatives to be taken first, for `grad(grad(f))`.
    types : mapping from str to Type, optional
        Types of parameters.

    Returns
    -------
    Compiled
        The derivative.

    Raises
    ------
    DifferentiationError
        The function, or this derivative of it, is refused.
    """
    if options.order < 1:
        raise refusal("S2S310", f"there is no derivative of order {options.order}", "ask for order 1 or more")
    try:
        return _compile(source, options, types, before)
    except RecursionError:
        advice = "split it into smaller statements and functions"
        raise DifferentiationError(
            [source.file.diagnostic("S2S009", f"{source.name!r} is nested too deeply", advice, source.node)]
        ) from None


def _compile(
    source: FunctionSource, options: Options, types: Mapping[str, Type] | None, before: Sequence[Options]
) -> Compiled:
    _check_types(source, (before or (options,))[0], types or {})
    lowered = lower_function(source, types)
    narrowed = narrow_records(lowered.function)
    if narrowed:
        own = {name: type_ for name, type_ in narrowed.items() if name not in lowered.captures}
        lowered = lower_function(source, {**(types or {}), **own}) if own else lowered
    _check_objects(source, (before or (options,))[0], lowered.function)
    settled, conditions = settle_lengths(lowered.function, assume=options.assume)
    lowered = replace(lowered, function=settled)
    try:
        derivative = lowered.function
        if options.repeated:
            check_repeatable(derivative, {p.name for p in derivative.parameters} - set(lowered.captures))
        for step in (*before, options):
            derivative = differentiate_program(derivative, step)
        derivative = run_passes(derivative, LAST_PASSES, verify if __debug__ else None)
    except DifferentiationError as error:
        raise _located(error, source) from error.__cause__
    text = print_derivative(lowered, derivative, options, conditions)
    return Compiled(derivative, text, lowered.captures, conditions)


def _check_types(source: FunctionSource, options: Options, types: Mapping[str, Type]) -> None:
    """Refuse arguments that have no derivative before anything is said of what the function does with them."""
    if options.mode == "primal":
        return
    names = source.names
    wanted = options.argnums if isinstance(options.argnums, tuple | list) else (options.argnums,)
    for one in wanted:
        inside = isinstance(one, int) and not isinstance(one, bool) and -len(names) <= one < len(names)
        name = names[one] if inside else one
        if isinstance(name, str) and name in types:
            try:
                check_parameter(Value(types[name], name))
            except DifferentiationError as error:
                raise _located(error, source) from None


def _check_objects(source: FunctionSource, options: Options, function: Function) -> None:
    """Refuse to differentiate by an object that a gradient cannot be made of."""
    if options.mode == "primal":
        return
    wrt, _ = resolve_argnums([parameter.name for parameter in function.parameters], function.name, options.argnums)
    for value in (function.body.params[k] for k in wrt):
        if isinstance(value.type, Record) and not value.type.rebuilt:
            cls = value.type.cls.__name__
            message = f"the derivative by {value.hint!r} is not defined: {cls} is no dataclass and no named tuple"
            advice = "make it a dataclass, or differentiate by another argument"
            raise _located(refusal("S2S300", message, advice, TypeError), source)


def differentiate_program(primal: Function, options: Options) -> Function:
    """Differentiate a program as often as `options.order` says, and clean it up.

    Raises
    ------
    DifferentiationError
        The derivative does not exist or is not supported.
    """
    wrt, single = resolve_argnums([p.name for p in primal.parameters], primal.name, options.argnums)
    checked = verify if __debug__ else None
    function = run_passes(primal, PRIMAL_PASSES, checked)
    ssa = options.style == "ssa"
    if options.mode == "primal":
        return run_passes(function, derivative_passes(options.style, 0), checked)
    for turn in range(options.order):
        if ssa:
            function = number_values(order_by_depth(function)) if turn == 0 else function
        if options.mode != "reverse" and turn == options.order - 1:
            function, keep = _with_seeds(function, wrt, single, options)
        else:
            last = turn == options.order - 1
            keep = int(options.value and last)
            function = value_and_grad(
                function, wrt, with_value=bool(keep), single=single, has_aux=options.has_aux and last, explicit=ssa
            )
        function = run_passes(function, derivative_passes(options.style, keep), checked)
    return function


def _with_seeds(function: Function, wrt: tuple[int, ...], single: bool, options: Options) -> tuple[Function, int]:
    """Return a sweep from given tangents or cotangents, and how many of its results are the primal's own."""
    if options.mode == "vjp":
        explicit = options.style == "ssa"
        return vjp(function, wrt, with_value=options.value, single=single, explicit=explicit), int(options.value)
    if options.scalar:
        check_result(scalar_output(function, options.has_aux))
    else:
        check_output(function.result)
    keep = int(options.mode == "jvp")
    pushed = jvp(function, wrt, with_value=bool(keep), has_aux=options.has_aux, ones=options.mode == "ones")
    return pushed, keep


def after_receiver(source: FunctionSource, argnums: Argnums) -> Argnums:
    """Count from what comes after the object, in a method read from a file of a class that has no derivative."""
    receiver = getattr(source.scope, "receiver", None)
    if not isinstance(receiver, Record) or receiver.rebuilt:
        return argnums
    if isinstance(argnums, tuple | list):
        return [after_receiver(source, one) for one in argnums]  # type: ignore[misc]
    return argnums + 1 if type(argnums) is int and argnums >= 0 else argnums


def resolve_argnums(names: Sequence[str], function: str, argnums: Argnums) -> tuple[tuple[int, ...], bool]:
    """Return positions of parameters, and whether the gradient is that of one argument and not a tuple.

    Raises
    ------
    DifferentiationError
        S2S302: there is no such parameter, or none is named, or one twice.
    """
    names = list(names)
    single = not isinstance(argnums, tuple | list)
    wanted: Sequence[Any] = argnums if isinstance(argnums, tuple | list) else (argnums,)
    positions = []
    for one in wanted:
        if isinstance(one, str) and one in names:
            positions.append(names.index(one))
        elif isinstance(one, int | np.integer) and not isinstance(one, bool) and -len(names) <= one < len(names):
            positions.append(int(one) % len(names))
        else:
            what = f"{one!r}" if isinstance(one, str) else f"number {one!r}"
            advice = f"its parameters are {', '.join(names)}" if names else "it has no parameters"
            raise refusal("S2S302", f"{function!r} has no parameter {what}", advice, ValueError)
    if not positions or len(set(positions)) < len(positions):
        raise refusal(
            "S2S302", "the arguments to differentiate by must be distinct, and at least one", "name each once"
        )
    return tuple(positions), single


def print_derivative(lowered: Lowered, derivative: Function, options: Options, conditions: tuple[str, ...] = ()) -> str:
    """Return the text of the module that holds a derivative."""
    header = _header(lowered.function, options)
    banner = "reverse sweep" if options.mode in ("reverse", "vjp") else None
    return emit_module(derivative, style=options.style, header=header, banner=banner, guard=conditions)


def _header(primal: Function, options: Options) -> str:
    from s2sad import __version__

    wrt, _ = resolve_argnums([p.name for p in primal.parameters], primal.name, options.argnums)
    names = ", ".join(primal.parameters[k].name for k in wrt)
    order = {1: "", 2: "second ", 3: "third "}.get(options.order, f"{options.order}th ")
    if options.mode == "primal":
        return f"The value of `{primal.name}` ({os.path.basename(primal.file)}).\nGenerated by s2sad {__version__}."
    if options.mode in _KINDS:
        what = f"{order}{_KINDS[options.mode]}"
    elif options.order > 1:
        what = f"{order}derivative"
    else:
        what = "value and gradient" if options.value else "gradient"
    pairs = zip(primal.parameters, primal.body.params, strict=True)
    typed = [f"{p.name}: {value.type}" for p, value in pairs if not isinstance(value.type, Unknown)]
    types = f"Types: {'; '.join(typed)}." if typed else "Types: unknown."
    place = os.path.basename(primal.file)
    idle = _note_of_idle(primal, wrt, options)
    return f"The {what} of `{primal.name}` ({place}) by {names}.\n{idle}{types}\nGenerated by s2sad {__version__}."


def _note_of_idle(primal: Function, wrt: Sequence[int], options: Options) -> str:
    """Return a line that says by which arguments the derivative is zero whatever they are; nothing where there is none.

    Whether the result does not depend on them, or only by what has no derivative, is told apart.
    """
    function = run_passes(primal, PRIMAL_PASSES)
    output = scalar_output(function, options.has_aux)
    read = set(free_values(replace(function.body, params=())))
    lines = []
    for why, is_read in (("the result does not depend on", False), ("no derivative reaches", True)):
        idle = [
            (parameter.name, value)
            for k, (parameter, value) in enumerate(zip(function.parameters, function.body.params, strict=True))
            if k in wrt and output not in varied_values(function.body, [value]) and (value in read) is is_read
        ]
        if idle:
            them = "it" if len(idle) == 1 else "them"
            lines.append(f"The derivative by {' and '.join(name for name, _ in idle)} is zero: {why} {them}.\n")
    return "".join(lines)


def refusal(
    code: str, message: str, advice: str, also: type[TypeError | ValueError] | None = None
) -> DifferentiationError:
    """Return an error that concerns no place in the source."""
    kinds = {TypeError: DifferentiationTypeError, ValueError: DifferentiationValueError}
    cls = DifferentiationError if also is None else kinds[also]
    return cls([Diagnostic(code, message, advice)])


def _located(error: DifferentiationError, source: FunctionSource) -> DifferentiationError:
    """Give the diagnostics that name no place that of the function, and those without a line their line."""
    located = []
    for diagnostic in error.diagnostics:
        if diagnostic.span is None:
            located.append(source.file.diagnostic(diagnostic.code, diagnostic.message, diagnostic.advice, source.node))
        elif diagnostic.line is None and diagnostic.span.file == source.file.name:
            line = source.file.lines[diagnostic.span.line - 1]
            located.append(Diagnostic(diagnostic.code, diagnostic.message, diagnostic.advice, diagnostic.span, line))
        else:
            located.append(diagnostic)
    return type(error)(located)
