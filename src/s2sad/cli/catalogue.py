"""The functions that s2sad can differentiate, each with the formula of its derivative."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.infer import infer
from s2sad.cli.emitted import emitted
from s2sad.cli.failure import Failure
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.dims import Shape
from s2sad.ir.dims import Symbol as Symbolic
from s2sad.ir.program import Value
from s2sad.ir.types import UNKNOWN, Array, Literal, Type
from s2sad.notation import Formula, formula, literal
from s2sad.rules.homes import home_of
from s2sad.rules.lazy import load_all
from s2sad.rules.registry import MISSING, RULES, Rule, Unsupported
from s2sad.rules.staging import Symbol


def spelling(function: Callable[..., Any]) -> str:
    """Return how a user writes a function: `np.sum`, `operator.getitem`."""
    name: str = getattr(function, "__name__", repr(function))
    if getattr(np, name, None) is function:
        return f"np.{name}"
    for module in ("linalg", "fft"):
        if getattr(getattr(np, module), name, None) is function:
            return f"np.{module}.{name}"
    module, path = home_of(function) or ("builtins", name)
    return path if module == "builtins" or module.startswith("s2sad") else f"{module}.{path}"


def listed() -> dict[str, Rule]:
    """Return the rules of what users write; the operations of generated code are left out."""
    shown = {primitives.astype, primitives.item}
    written = [f for f in RULES if f in shown or not str(getattr(f, "__module__", "")).startswith("s2sad")]
    return {name: RULES[function] for name, function in sorted((spelling(f), f) for f in written)}


def catalogue() -> str:
    """Return one line for each function, those of SciPy included where that is installed."""
    load_all()
    lines = []
    for name, rule in listed().items():
        written = formulas(rule)
        if rule.kind == "linear":
            lines.append(f"{name:<20} {'linear':<12} {_linear(rule, written)}")
        else:
            lines.append(f"{name:<20} {rule.kind:<12} {_pullback(written)}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def entry(name: str) -> str:
    """Return what is known of one function."""
    known = listed()
    wanted = [name, f"np.{name}", name.replace("numpy.", "np.", 1), f"math.{name}", f"operator.{name}"]
    found = next((key for key in wanted if key in known), None)
    if found is None:
        aliased = getattr(np, name.removeprefix("np.").removeprefix("numpy."), None)
        found = next((key for key, rule in known.items() if rule.function is aliased), None)
    if found is None:
        load_all()
        known = listed()
        found = next((key for key in known if key.startswith("scipy.") and f".{key}".endswith(f".{name}")), None)
    if found is None:
        import difflib

        near = difflib.get_close_matches(name, [*known, *(key.removeprefix("np.") for key in known)], n=1)
        advice = f": did you mean {near[0]}?" if near else ": `s2sad rules` lists those that exist"
        raise Failure(f"rules: there is no rule for {name!r}{advice}")
    rule = known[found]
    names, code = example(rule)
    lines = [f"{found}: {rule.kind}", f"  out = {found}({', '.join(names)})"]
    written = formulas(rule)
    lines += [f"  ∂{parameter} = {text}" for parameter, text in written.items()]
    lines += ["  in Python:", *(f"    {line}" for line in code)] if code else []
    if rule.kind == "linear":
        linear_in = ", ".join(names[i] for i in rule.argnums if i < len(names))
        lines.append(f"  linear in {linear_in}: the tangent is {found} itself")
    if rule.singular:
        lines.append("  the derivative can be infinite: an adjoint of exactly zero gives exactly zero")
    return "\n".join(lines) + "\n"


def example(rule: Rule) -> tuple[list[str], list[str]]:
    """Return the names of arguments, and the statements of generated code for such a call; none where none is found."""
    names = parameter_names(rule)
    declared = rule.parameters
    every = [one.name for one in declared if one.kind in _POSITIONAL]
    for those in (names, every):
        code = emitted(rule, those)
        if code:
            return those, code
    return names, []


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def parameter_names(rule: Rule) -> list[str]:
    """Return the names of the arguments, as the rule declares them."""
    declared = rule.parameters
    plain = [p.name for p in declared if p.kind in _POSITIONAL and p.default is p.empty]
    if plain or all(p.kind is not p.VAR_POSITIONAL for p in declared):
        return plain
    if isinstance(rule.function, np.ufunc):
        return ["x", "y", "z"][: rule.function.nin]
    try:
        return list(inspect.signature(rule.function).parameters)[:3]
    except ValueError:
        # some functions of `math` have no signature to read
        namesake = getattr(np, rule.function.__name__, None)
        return ["x", "y"][: getattr(namesake, "nin", 1)]


def formulas(rule: Rule) -> dict[str, str]:
    """Return the contribution to each argument as a formula; empty where the rule depends on more than the arguments.

    The rule runs on symbols of ever less general types until one is enough for it.
    """
    names = parameter_names(rule)
    shapes: tuple[Shape | None, ...] = (None, (Symbolic("n"),), ())
    candidates: list[Type] = [Array(np.dtype(np.float64), shape) for shape in shapes]
    for type_ in (*candidates, UNKNOWN):
        try:
            return _staged(rule, names, type_)
        except (Unsupported, TypeError, ValueError, AttributeError, IndexError, KeyError):
            continue
    return {}


def _staged(rule: Rule, names: list[str], type_: Type) -> dict[str, str]:
    builder = Builder(infer)
    letters: dict[Value, Formula] = {}

    def letter(name: str) -> Symbol:
        value = Value(type_, name)
        letters[value] = Formula(name)
        return Symbol(value, builder)

    contributions = rule.pullback(letter("∂out"), letter("out"), *map(letter, names))
    if not isinstance(contributions, tuple):
        contributions = (contributions,)
    written = {}
    for name, part in zip(names, contributions, strict=False):
        if isinstance(part, Symbol):
            whole = formula(part.value, letters, builder.operations)
            written[name] = literal(part.value.type.value).text if isinstance(part.value.type, Literal) else whole.text
        elif part is not None and part is not MISSING and not isinstance(part, list | tuple):
            written[name] = literal(part).text
    return written


def _pullback(written: dict[str, str]) -> str:
    return ", ".join(f"∂{name} = {text}" for name, text in written.items())


def _linear(rule: Rule, written: dict[str, str]) -> str:
    return _pullback(written) or f"linear in {', '.join(parameter_names(rule)) or 'its arguments'}"
