"""The functions that s2sad can differentiate, each with the formula of its derivative."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.infer import infer
from s2sad.cli.failure import Failure
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.dims import Shape
from s2sad.ir.dims import Symbol as Symbolic
from s2sad.ir.program import Value
from s2sad.ir.types import UNKNOWN, Array, Literal, Type
from s2sad.notation import Formula, formula, literal
from s2sad.rules.registry import RULES, Rule, Unsupported
from s2sad.rules.staging import Symbol


def spelling(function: Callable[..., Any]) -> str:
    """Return how a user writes a function: `np.sum`, `operator.getitem`."""
    name: str = getattr(function, "__name__", repr(function))
    if getattr(np, name, None) is function:
        return f"np.{name}"
    for module in ("linalg", "fft"):
        if getattr(getattr(np, module), name, None) is function:
            return f"np.{module}.{name}"
    return name


def _listed() -> dict[str, Rule]:
    """Return the rules of what users write; the operations of generated code are left out."""
    shown = {primitives.astype, primitives.item}
    written = [f for f in RULES if f in shown or not str(getattr(f, "__module__", "")).startswith("s2sad")]
    return {name: RULES[function] for name, function in sorted((spelling(f), f) for f in written)}


def catalogue() -> str:
    """Return one line for each function."""
    lines = []
    for name, rule in _listed().items():
        written = formulas(rule)
        if rule.kind == "linear":
            lines.append(f"{name:<20} {'linear':<12} {_linear(rule, written)}")
        else:
            lines.append(f"{name:<20} {rule.kind:<12} {_pullback(written)}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def entry(name: str) -> str:
    """Return what is known of one function."""
    listed = _listed()
    wanted = {name, f"np.{name}", name.replace("numpy.", "np.", 1)}
    found = next((key for key in listed if key in wanted), None)
    if found is None:
        aliased = getattr(np, name.removeprefix("np.").removeprefix("numpy."), None)
        found = next((key for key, rule in listed.items() if rule.function is aliased), None)
    if found is None:
        import difflib

        near = difflib.get_close_matches(name, [*listed, *(key.removeprefix("np.") for key in listed)], n=1)
        advice = f": did you mean {near[0]}?" if near else ": `s2sad rules` lists those that exist"
        raise Failure(f"rules: there is no rule for {name!r}{advice}")
    rule = listed[found]
    lines = [f"{found}: {rule.kind}", f"  out = {found}({', '.join(parameter_names(rule))})"]
    written = formulas(rule)
    lines += [f"  ∂{parameter} = {text}" for parameter, text in written.items()]
    if rule.kind == "linear":
        linear_in = ", ".join(parameter_names(rule)[i] for i in rule.argnums)
        lines.append(f"  linear in {linear_in}: the tangent is {found} itself")
    if rule.singular:
        lines.append("  the derivative can be infinite: an adjoint of exactly zero gives exactly zero")
    return "\n".join(lines) + "\n"


def parameter_names(rule: Rule) -> list[str]:
    """Return the names of the arguments, as the rule declares them."""
    declared = list(inspect.signature(rule.pullback).parameters.values())[2:]
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    plain = [p.name for p in declared if p.kind in kinds and p.default is p.empty]
    if plain or all(p.kind is not p.VAR_POSITIONAL for p in declared):
        return plain
    if isinstance(rule.function, np.ufunc):
        return ["x", "y", "z"][: rule.function.nin]
    return list(inspect.signature(rule.function).parameters)[:3]


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
    where = [names[i] for i in rule.argnums if i < len(names)] if rule.kind == "linear" else names
    written = {}
    for name, part in zip(where, contributions, strict=False):
        if isinstance(part, Symbol):
            whole = formula(part.value, letters, builder.operations)
            written[name] = literal(part.value.type.value).text if isinstance(part.value.type, Literal) else whole.text
        elif part is not None and not isinstance(part, list | tuple):
            written[name] = literal(part).text
    return written


def _pullback(written: dict[str, str]) -> str:
    return ", ".join(f"∂{name} = {text}" for name, text in written.items())


def _linear(rule: Rule, written: dict[str, str]) -> str:
    return _pullback(written) or f"linear in {', '.join(parameter_names(rule)) or 'its arguments'}"
