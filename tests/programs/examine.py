"""Everything that is asked of the derivative of one program, whichever way it was made."""
from __future__ import annotations

import ast
import copy
import functools
import inspect
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import s2sad
from s2sad.check import compare, differentiable_positions
from s2sad.compiler import Compiled, Options, compile_derivative
from s2sad.errors import DifferentiationError
from s2sad.frontend.arguments import type_of_arguments
from s2sad.frontend.static import read_function
from s2sad.ir.interpret import evaluate
from s2sad.ir.types import Type
from s2sad.numeric import leaves, map_leaves, numerical_gradient


@dataclass(frozen=True)
class Program:
    """A function with its text, and arguments to call it with."""

    name: str
    text: str
    filename: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    live: bool = False
    """Whether its text is found by the function object where types are known, as `grad(f)` finds it."""

    @property
    def all_args(self) -> dict[str, Any]:
        """Every argument by the name of its parameter, defaults filled in, in the order of the parameters."""
        bound = inspect.signature(self.function).bind(*self.args)
        bound.apply_defaults()
        return dict(bound.arguments)


@dataclass
class Verdict:
    """What was found wrong with the derivative of a program."""

    program: Program
    complaints: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    programs: dict[str, Compiled] = field(default_factory=dict)

    def complain(self, engine: str, message: str) -> None:
        self.complaints.append(f"{self.program.name} [{engine}]: {message[:400]}")

    def __str__(self) -> str:
        return "\n".join([*self.complaints, *self.refusals])


ENGINES = ("live", "readable", "ssa", "typed", "typed ssa")
"""The ways to the text of a gradient."""


def examine(program: Program, engines: Sequence[str] = ENGINES, numerical: bool = True, twice: bool = False) -> Verdict:
    """Make the derivative of a program in every way and compare all of them with each other.

    Parameters
    ----------
    program : Program
        The program.
    engines : sequence of str
        Which texts to make.
    numerical : bool
        Compare with extrapolated central differences as well.
    twice : bool
        Compile twice, and compare the texts.
    """
    verdict = Verdict(program)
    wrt = differentiable_positions(program.args)
    value = _quietly(verdict, "primal", lambda: program.function(*_fresh(program.args)))
    if verdict.complaints:
        return verdict
    results = {}
    for engine in engines:
        made = _quietly(verdict, engine, lambda engine=engine: _gradient_function(program, engine, wrt, verdict, twice))
        if made is None:
            continue
        result = _quietly(verdict, engine, lambda made=made, engine=engine: _call(verdict, engine, made))
        if result is not None:
            results[engine] = result[1]
            _same_value(verdict, engine, value, result[0])
            _same_structure(verdict, engine, [program.args[i] for i in wrt], result[1])
    for engine in [one for one in ("readable", "typed") if one in verdict.programs]:
        _quietly(verdict, "interpreter", lambda engine=engine: _interpret(verdict, engine, results))
    if not results:
        return verdict
    reference_engine, reference = next(iter(results.items()))
    for engine, gradient in results.items():
        _agree(verdict, f"{engine} against {reference_engine}", gradient, reference, 1e-12)
    for types in (False, True) if isinstance(value, float | np.floating) else ():
        _quietly(verdict, "forward", lambda types=types: _forward(verdict, wrt, types, reference, value))
    if numerical:
        _quietly(verdict, "numerical", lambda: _numerical(verdict, wrt, reference))
    return verdict


def _numerical(verdict: Verdict, wrt: tuple[int, ...], gradients: Any) -> None:
    """Compare with extrapolated central differences."""
    program = verdict.program
    for i, gradient in zip(wrt, gradients, strict=True):
        estimate = numerical_gradient(program.function, program.args, i)
        comparison = compare(f"argument {i}", program.args[i], gradient, estimate)
        if not comparison.agrees:
            verdict.complain("numerical", comparison.complaint)


def argument_types(program: Program) -> dict[str, Type]:
    """Return the types of the program's arguments, by the names of its parameters."""
    given = program.all_args
    return dict(zip(given, type_of_arguments(tuple(given.values())), strict=True))


_REFUSALS_WHEN_CALLED = ("has no gradient", "cannot differentiate")
"""What code for unknown types says of values that it is not meant for."""


def refuses_when_called(error: Exception) -> bool:
    """Tell whether code for unknown types says that it is not meant for the values that it was given."""
    return isinstance(error, TypeError) and any(words in str(error) for words in _REFUSALS_WHEN_CALLED)


def _quietly(verdict: Verdict, engine: str, action: Callable[[], Any]) -> Any:
    """Run a step with warnings as errors; what it raises is a complaint, or a refusal."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return action()
    except DifferentiationError as error:
        located = all(d.span is not None or engine == "live" for d in error.diagnostics)
        verdict.refusals.append(f"{verdict.program.name} [{engine}]: refused: {error}")
        if not located:
            verdict.complain(engine, f"the refusal names no place: {error}")
    except Exception as error:
        if refuses_when_called(error):
            verdict.refusals.append(f"{verdict.program.name} [{engine}]: refused when called: {error}")
        else:
            verdict.complain(engine, f"{type(error).__name__}: {error}")
    return None


def _gradient_function(
    program: Program, engine: str, wrt: tuple[int, ...], verdict: Verdict, twice: bool
) -> Callable[..., Any]:
    """Return a function that computes value and gradient."""
    if engine == "live":
        derivative = s2sad.value_and_grad(program.function, wrt)
        derivative(*_fresh(program.args))
        verdict.texts[engine] = derivative.source
        _check_text(verdict, engine, derivative.source)
        return derivative
    style = "ssa" if engine.endswith("ssa") else "readable"
    types = argument_types(program) if engine.startswith("typed") else None
    made = compiled(program, wrt, style, types)
    if twice and made.text != compiled(program, wrt, style, types).text:
        verdict.complain(engine, "two compilations differ")
    verdict.texts[engine] = made.text
    verdict.programs[engine] = made
    _check_text(verdict, engine, made.text)
    return functools.partial(load(made.text, f"{program.name}_value_and_grad"), **made.captures)


def compiled(program: Program, wrt: tuple[int, ...], style: str, types: dict[str, Type] | None = None) -> Compiled:
    """Compile value and gradient from the text of the program's file."""
    source = read_function(program.filename, program.name, program.text)
    return compile_derivative(source, Options(wrt, value=True, style=style), types)


def load(text: str, name: str) -> Callable[..., Any]:
    """Execute a module's text and return a function of it."""
    module: dict[str, Any] = {"__name__": "generated"}
    exec(compile(text, f"<{name}>", "exec"), module)
    return module[name]


def _check_text(verdict: Verdict, engine: str, text: str) -> None:
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in imports:
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module]
        if not set(names) <= {"numpy", "math"}:
            verdict.complain(engine, f"the text imports {names}")


def _call(verdict: Verdict, engine: str, made: Callable[..., Any]) -> Any:
    """Call twice; arguments must stay as they were and both results must be the same."""
    program = verdict.program
    args = _fresh(program.args)
    first = made(*args)
    kept = copy.deepcopy(first)
    if not _identical(args, program.args):
        verdict.complain(engine, "an argument was changed")
    _no_sharing(verdict, engine, args, first[1])
    second = made(*args)
    if not _identical(second, kept):
        verdict.complain(engine, "the second call gave another result")
    if not _identical(first, kept):
        verdict.complain(engine, "the second call changed the first result")
    return first


def _same_value(verdict: Verdict, engine: str, expected: Any, found: Any) -> None:
    if not _identical(expected, found):
        verdict.complain(engine, f"the value is {found!r} ({type(found).__name__}), not {expected!r}")


def _same_structure(verdict: Verdict, engine: str, args: Sequence[Any], gradient: Any) -> None:
    if type(gradient) is not tuple or len(gradient) != len(args):
        verdict.complain(engine, f"the gradient by {len(args)} arguments is a {type(gradient).__name__}")
        return
    _compare_structure(verdict, engine, "", list(args), list(gradient))


def _compare_structure(verdict: Verdict, engine: str, path: str, arg: Any, gradient: Any) -> None:
    match arg:
        case list() | tuple():
            if type(gradient) is not type(arg) or len(gradient) != len(arg):
                verdict.complain(engine, f"gradient{path} is {gradient!r} for {type(arg).__name__} of {len(arg)}")
                return
            for i, (one, other) in enumerate(zip(arg, gradient, strict=True)):
                _compare_structure(verdict, engine, f"{path}[{i}]", one, other)
        case dict():
            if type(gradient) is not dict or list(gradient) != list(arg):
                verdict.complain(engine, f"gradient{path} is {gradient!r} for a dict of {list(arg)}")
                return
            for key in arg:
                _compare_structure(verdict, engine, f"{path}[{key!r}]", arg[key], gradient[key])
        case np.ndarray() if arg.dtype.kind == "f":
            # arithmetic on arrays without axes gives NumPy scalars; only where types are known is that made good
            kinds = np.ndarray if arg.ndim or engine not in ("readable", "ssa") else np.ndarray | np.generic
            if not isinstance(gradient, kinds) or (gradient.dtype, gradient.shape) != (arg.dtype, arg.shape):
                found = f"{type(gradient).__name__} {np.asarray(gradient).dtype}{np.shape(gradient)}"
                verdict.complain(engine, f"gradient{path} is {found} for {arg.dtype}{arg.shape}")
            elif isinstance(gradient, np.ndarray) and not gradient.flags.writeable:
                verdict.complain(engine, f"gradient{path} is read-only")
        case np.floating():
            if type(gradient) is not type(arg):
                verdict.complain(engine, f"gradient{path} is a {type(gradient).__name__} for a {type(arg).__name__}")
        case float():
            if not isinstance(gradient, float):
                verdict.complain(engine, f"gradient{path} is a {type(gradient).__name__} for a float")


def _no_sharing(verdict: Verdict, engine: str, args: Any, gradient: Any) -> None:
    """Nothing that is returned may share memory with an argument or with another part of the result."""
    held = [leaf for _, leaf in leaves(gradient) if isinstance(leaf, np.ndarray)]
    for i, one in enumerate(held):
        for other in held[:i]:
            if np.shares_memory(one, other):
                verdict.complain(engine, "two parts of the gradient share memory")
        for _, leaf in leaves(args):
            if isinstance(leaf, np.ndarray) and np.shares_memory(one, leaf):
                verdict.complain(engine, "the gradient shares memory with an argument")
    containers = list(_containers(gradient))
    if len(set(map(id, containers))) < len(containers):
        verdict.complain(engine, "two parts of the gradient are one container")


def _containers(tree: Any) -> Iterator[Any]:
    if isinstance(tree, list | dict):
        yield tree
    if isinstance(tree, list | tuple | dict):
        for item in tree.values() if isinstance(tree, dict) else tree:
            yield from _containers(item)


def _interpret(verdict: Verdict, engine: str, results: dict[str, Any]) -> None:
    """Run the derivative's program in the interpreter."""
    program, made = verdict.program, verdict.programs[engine]
    given = _fresh(program.all_args)
    _, results[f"{engine} interpreter"] = evaluate(made.function, (*given.values(), *made.captures.values()))
    if not _identical(given, program.all_args):
        verdict.complain("interpreter", "an argument was changed")


def _forward(verdict: Verdict, wrt: tuple[int, ...], typed: bool, gradient: Any, value: Any) -> None:
    """Compare the tangent along a random direction with what the gradient says of it."""
    program = verdict.program
    engine = "typed forward" if typed else "forward"
    rng = np.random.default_rng(5)
    names = [list(program.all_args)[i] for i in wrt]
    directions = [map_leaves(lambda _, leaf: _direction(rng, leaf), program.args[i]) for i in wrt]
    tangents = {f"{name}_dot": direction for name, direction in zip(names, directions, strict=True)}
    source = read_function(program.filename, program.name, program.text)
    made = compile_derivative(source, Options(wrt, "jvp", True), argument_types(program) if typed else None)
    verdict.texts[engine] = made.text
    _check_text(verdict, engine, made.text)
    function = load(made.text, f"{program.name}_jvp")
    found, tangent = function(**_fresh(program.all_args), **tangents, **made.captures)
    if not _identical(found, value):
        verdict.complain(engine, f"the value is {found!r} ({type(found).__name__}), not {value!r}")
    expected, size = 0.0, 1.0
    for part, direction in zip(gradient, directions, strict=True):
        given = dict(_numbers(part))
        for path, along in leaves(direction):
            terms = np.asarray(given.get(path, 0.0), float) * np.asarray(along, float)
            expected += float(np.sum(terms))
            size += float(np.sum(np.abs(terms)))
    if not abs(float(tangent) - expected) <= _tolerance(program.args) * size:
        verdict.complain(engine, f"the tangent is {tangent!r} where the gradient says {expected!r}")


def _direction(rng: np.random.Generator, leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray):
        return rng.normal(size=leaf.shape).astype(leaf.dtype) if leaf.dtype.kind == "f" else np.zeros(leaf.shape)
    return type(leaf)(rng.normal()) if isinstance(leaf, float | np.floating) else 0.0


def _tolerance(args: Any) -> float:
    """1e-12 for float64, and what narrower floats allow."""
    narrow = any(getattr(leaf, "dtype", None) == np.float32 for _, leaf in leaves(args))
    return 2e-5 if narrow else 1e-12


def _agree(verdict: Verdict, engines: str, one: Any, other: Any, rtol: float) -> None:
    rtol = max(rtol, _tolerance(verdict.program.args))
    ours, reference = (dict(_numbers(tree)) for tree in (one, other))
    if list(ours) != list(reference):
        verdict.complain(engines, f"the structures differ: {list(ours)} and {list(reference)}")
        return
    scale = max([1.0, *(float(np.max(np.abs(v))) for v in map(np.asarray, reference.values()) if v.size)])
    for path in ours:
        a, b = np.asarray(ours[path]), np.asarray(reference[path])
        if a.shape != b.shape:
            verdict.complain(engines, f"{path} has shape {a.shape}, not {b.shape}")
        elif not np.allclose(a, b, rtol=0.0, atol=rtol * scale, equal_nan=True):
            verdict.complain(engines, f"{path} is {a!r}, not {b!r}")


def _numbers(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield the leaves of a gradient that stand for an argument that has one."""
    return ((path, leaf) for path, leaf in leaves(tree) if isinstance(leaf, float | np.ndarray | np.floating))


def _identical(one: Any, other: Any) -> bool:
    """Tell whether two results are the same, bit for bit, with their types."""
    if type(one) is not type(other):
        return False
    match one:
        case list() | tuple():
            return len(one) == len(other) and all(map(_identical, one, other))
        case dict():
            return list(one) == list(other) and all(_identical(one[key], other[key]) for key in one)
        case np.ndarray() | np.generic():
            return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
        case float():
            return np.float64(one).tobytes() == np.float64(other).tobytes()
        case _:
            return bool(one == other)


def _fresh(args: Any) -> Any:
    return copy.deepcopy(args)
