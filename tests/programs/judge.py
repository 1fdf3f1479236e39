"""The verdict on one program that writes into arrays: right, refused, wrong or a crash, and whose fault it is."""
from __future__ import annotations

import copy
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from examine import Program, argument_types, load, refuses_when_called

from s2sad.check import differentiable_positions
from s2sad.compiler import Compiled, Options, compile_derivative
from s2sad.errors import DifferentiationError
from s2sad.frontend.live import live_function
from s2sad.frontend.lower import lower_function
from s2sad.frontend.source import FunctionSource
from s2sad.frontend.static import read_function
from s2sad.ir.interpret import evaluate
from s2sad.numeric import leaves, map_leaves, numerical_gradient


@dataclass(frozen=True)
class Judgement:
    """What came out: the kind is one word, the fault names a stage and what is wrong there."""

    kind: str
    fault: str = ""
    text: str = ""

    @property
    def symptom(self) -> str:
        """The fault without the numbers in it: what two programs that show one fault have in common."""
        line = self.fault.partition("\n")[0].partition("(n =")[0]
        return f"{self.kind}: {re.sub(r'[-+]?[0-9][0-9.e+-]*', '#', line)}" if "Error" not in line else line


def identical(one: Any, other: Any) -> bool:
    """Tell whether nested numbers are the same to the bit."""
    pairs = zip(leaves(one), leaves(other), strict=True)
    return all(p == q and np.asarray(a).tobytes() == np.asarray(b).tobytes() for (p, a), (q, b) in pairs)


def near(one: Any, other: Any, tolerance: float) -> bool:
    """Tell whether nested numbers agree, relative to the largest or to one; what is no real number is left out."""
    ours = dict(leaves(one))
    reference = [(path, leaf) for path, leaf in leaves(other) if leaf is not None]
    scale = max([1.0, *(float(np.max(np.abs(leaf))) for _, leaf in reference if np.size(leaf))])
    return all(
        np.shape(ours.get(path)) == np.shape(leaf)
        and np.allclose(ours[path], leaf, rtol=0.0, atol=tolerance * scale, equal_nan=True)
        for path, leaf in reference
    )


def same_value(one: Any, other: Any) -> bool:
    """Tell whether two values of a program are the same, up to the rounding of sums and products.

    How these are rounded depends on how their operands lie in memory, so the last bits of a copy may be other ones.
    """
    return near(one, other, 1e-12)


def is_finite(program: Program) -> bool:
    """Tell whether a program's value is finite."""
    return bool(np.all(np.isfinite(program.function(*copy.deepcopy(program.args)))))


_CHAOTIC = 1e6
"""How much larger than the value a derivative is that differences in float64 can say nothing of."""


def is_chaotic(program: Program, wrt: tuple[int, ...], size: float, found: float, directions: Any) -> bool:
    """Tell whether a derivative that differences deny is one that they cannot see.

    It is much larger than the value, and the forward sweep, which shares no rule of transposition with the reverse one,
    finds the same.
    """
    value = float(program.function(*copy.deepcopy(program.args)))
    if not size > _CHAOTIC * max(1.0, abs(value)):
        return False
    made = compile_for(program, Options(wrt, "jvp", True), True)
    _, tangent = evaluate(made.function, (*copy.deepcopy(program.args), *directions, *made.captures.values()))
    return abs(float(tangent) - found) <= 1e-9 * size


def along(program: Program, wrt: Sequence[int], rng: np.random.Generator) -> tuple[Any, Any]:
    """Return a random direction and the derivative along it, extrapolated from differences."""

    def draw(_: str, leaf: Any) -> Any:
        return rng.normal(size=leaf.shape) if isinstance(leaf, np.ndarray) else float(rng.normal())

    directions = [map_leaves(draw, program.args[k]) for k in wrt]

    def line(t: float) -> float:
        args = copy.deepcopy(list(program.args))
        for k, direction in zip(wrt, directions, strict=True):
            steps = dict(leaves(direction))
            args[k] = map_leaves(lambda path, leaf, steps=steps: leaf + t * steps[path], args[k])
        return float(program.function(*args))

    return directions, numerical_gradient(line, (0.0,), 0)


def inner(gradient: Any, directions: Any) -> tuple[float, float]:
    """Return an inner product, and the sum of the sizes of its terms."""
    found = dict(leaves(list(gradient)))
    terms = [float(np.sum(found[path] * step)) for path, step in leaves(directions)]
    return sum(terms), sum(map(abs, terms))


def judge(programs: Sequence[Program], thorough: bool = False) -> Judgement:
    """Judge one program on several arguments of the same types.

    Parameters
    ----------
    programs : sequence of Program
        The same function, with other arguments.
    thorough : bool
        Compile for unknown types and in forward mode as well.
    """
    # differences say nothing of a value that overflows
    programs = list(filter(is_finite, programs)) or programs
    first = programs[0]
    wrt = differentiable_positions(first.args)
    try:
        made = compile_for(first, Options(wrt, value=True), True)
    except DifferentiationError as error:
        other = attempt(untyped, programs, wrt) if thorough else Judgement("right")
        return refused(error) if other.kind == "right" else other
    except Exception as error:
        return Judgement("crash", f"compiling: {type(error).__name__}: {error}")
    fault = check(programs, wrt, made)
    if fault:
        return Judgement("wrong", fault, made.text)
    if thorough:
        for what in (untyped, forward, untyped_forward):
            verdict = attempt(what, programs, wrt)
            if verdict.kind != "right":
                return verdict
    return Judgement("right", text=made.text)


def refused(error: DifferentiationError) -> Judgement:
    """Return a refusal; one that names no place or no way out is a fault."""
    for diagnostic in error.diagnostics:
        if diagnostic.span is None or not diagnostic.line or not diagnostic.advice:
            return Judgement("crash", f"the refusal names no place: {error}")
    return Judgement("refused", str(error.code), str(error))


def compile_for(program: Program, options: Options, typed: bool) -> Compiled:
    """Compile a derivative of a program."""
    return compile_derivative(source_of(program, typed), options, argument_types(program) if typed else None)


def source_of(program: Program, typed: bool) -> FunctionSource:
    """Return the source of a program: that of its file, or of the function object."""
    if program.live and typed:
        return live_function(program.function)
    return read_function(program.filename, program.name, program.text)


def attempt(what: Callable[..., Judgement], programs: Sequence[Program], wrt: tuple[int, ...]) -> Judgement:
    """Run a check that compiles in another way; what it refuses is no fault."""
    try:
        return what(programs, wrt)
    except DifferentiationError as error:
        verdict = refused(error)
        return Judgement("right") if verdict.kind == "refused" else verdict
    except Exception as error:
        if refuses_when_called(error):
            return Judgement("right")
        return Judgement("crash", f"{what.__name__}: {type(error).__name__}: {error}")


def untyped(programs: Sequence[Program], wrt: tuple[int, ...]) -> Judgement:
    """Check the text for unknown types: right, or refused when it is compiled or called."""
    made = compile_for(programs[0], Options(wrt, value=True), False)
    fault = check(programs, wrt, made, interpreted=False)
    return Judgement("wrong", f"untyped: {fault}", made.text) if fault else Judgement("right")


def forward(programs: Sequence[Program], wrt: tuple[int, ...], typed: bool = True) -> Judgement:
    """Check forward mode against differences."""
    made = compile_for(programs[0], Options(wrt, "jvp", True), typed)
    mode = "forward" if typed else "untyped forward"
    function = functools.partial(load(made.text, "program_jvp"), **made.captures)
    for program in programs:
        directions, expected = along(program, wrt, np.random.default_rng(3))
        names = [list(program.all_args)[k] for k in wrt]
        tangents = {f"{name}_dot": step for name, step in zip(names, directions, strict=True)}
        given = copy.deepcopy(program.args)
        value, tangent = function(*given, **tangents)
        if not identical(given, program.args):
            return Judgement("wrong", f"{mode}: an argument was changed", made.text)
        if not same_value(value, program.function(*copy.deepcopy(program.args))):
            return Judgement("wrong", f"{mode}: the value is {value}", made.text)
        # the reverse sweep has been held against it where it is so large that differences cannot see it
        is_large = abs(float(tangent)) > _CHAOTIC * max(1.0, abs(float(value)))
        if not is_large and not abs(float(tangent) - expected) <= 2e-6 * max(1.0, abs(expected)):
            return Judgement("wrong", f"{mode}: the tangent is {tangent}, not {expected}", made.text)
    return Judgement("right")


def untyped_forward(programs: Sequence[Program], wrt: tuple[int, ...]) -> Judgement:
    """Check the text of forward mode for unknown types."""
    return forward(programs, wrt, typed=False)


def check(programs: Sequence[Program], wrt: tuple[int, ...], made: Compiled, interpreted: bool = True) -> str:
    """Return what is wrong with a derivative on any of the arguments."""
    function = functools.partial(load(made.text, "program_value_and_grad"), **made.captures)
    for program in programs:
        try:
            fault = check_call(program, wrt, made, function, interpreted)
        except Exception as error:
            if not interpreted and refuses_when_called(error):
                return ""
            fault = f"{type(error).__name__} when called: {error}"
        if fault:
            return f"{fault} (n = {program.args[-1]})"
    return ""


def check_call(
    program: Program, wrt: tuple[int, ...], made: Compiled, function: Callable[..., Any], interpreted: bool
) -> str:
    """Return what is wrong on one set of arguments, and in which stage."""
    expected = program.function(*copy.deepcopy(program.args))
    given = copy.deepcopy(program.args)
    value, gradient = function(*given)
    kept = copy.deepcopy(gradient)
    if interpreted:
        own_value, own_gradient = evaluate(made.function, (*copy.deepcopy(program.args), *made.captures.values()))
        if not same_value(own_value, expected):
            return stage(program, f"the value is {own_value}, not {expected}")
        directions, differences = along(program, wrt, np.random.default_rng(3))
        found, size = inner(own_gradient, directions)
        if not abs(found - differences) <= 2e-6 * max(1.0, size):
            exact = [numerical_gradient(program.function, program.args, k) for k in wrt]
            denied = not near(list(own_gradient), exact, 2e-6)
            if denied and not is_chaotic(program, wrt, size, found, directions):
                return stage(program, f"the interpreter's gradient is\n{own_gradient}, not\n{exact}")
        if not near(gradient, own_gradient, 1e-11):
            return f"codegen: the printed gradient is\n{gradient}, not\n{own_gradient}"
    else:
        directions, differences = along(program, wrt, np.random.default_rng(3))
        found, size = inner(gradient, directions)
        denied = not abs(found - differences) <= 2e-6 * max(1.0, size)
        if denied and not is_chaotic(program, wrt, size, found, directions):
            return f"the gradient along a direction is {found}, not {differences}"
    if not same_value(value, expected) or type(value) is not type(expected):
        return f"codegen: the printed value is {value!r}, not {expected!r}"
    if not identical(given, program.args):
        return "codegen: an argument was changed"
    if not identical(function(*given)[1], kept):
        return "codegen: the second call gave another gradient"
    return ""


def stage(program: Program, fault: str) -> str:
    """Say whether the frontend or the transform is at fault, by running the primal program."""
    lowered = lower_function(source_of(program, True), argument_types(program))
    value = evaluate(lowered.function, (*copy.deepcopy(program.args), *lowered.captures.values()))
    right = same_value(value, program.function(*copy.deepcopy(program.args)))
    return f"{'transform' if right else 'frontend'}: {fault}"
