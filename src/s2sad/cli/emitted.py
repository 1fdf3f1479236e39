"""The derivative of one function as generated code has it."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from s2sad.analysis.infer import infer
from s2sad.codegen.module import emit_module
from s2sad.codegen.text import render
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.dims import Symbol as Symbolic
from s2sad.ir.program import ExitKind, Form, Function, Origin, Parameter, Value
from s2sad.ir.types import INT, UNKNOWN, Array, Literal, Tuple, Type
from s2sad.parsing import syntax_tree
from s2sad.rules.registry import MISSING, Rule
from s2sad.rules.staging import Symbol, lift
from s2sad.transform.common import merge_common
from s2sad.transform.dead import eliminate_dead_code
from s2sad.transform.simplify import simplify

_N = Symbolic("N")
_SHAPES = (None, (_N, _N), (_N,), ())
_SETTINGS: dict[str, Type] = {
    **{"axis": Literal(0), "axis1": Literal(0), "axis2": Literal(1), "source": Literal(0), "destination": Literal(1)},
    **{"shape": Literal((2, 3)), "newshape": Literal((2, 3)), "shift": INT, "repeats": Literal(2), "q": Literal(0.5)},
    **{"mean": Array(np.dtype(float), (_N,)), "cov": Array(np.dtype(float), (_N, _N))},
    **{"indices": Array(np.dtype(np.intp), (_N,)), "axes": Literal(1), "dtype": Literal(np.float32), "n": INT},
    **{"reps": Literal(2), "pad_width": Literal(1), "indices_or_sections": Literal(2), "k": Literal(1)},
}
"""What stands for an argument of this name where arrays will not do."""


_HELPER = re.compile(r"\b_[a-z]\w*\(")


def emitted(rule: Rule, names: Sequence[str]) -> list[str]:
    """Return the statements that compute the cotangent of each argument from `d_out`; none where no example is found.

    The rule runs on arguments of ever more special types until one is enough for it. What needs no helper is preferred.
    """
    arrays: tuple[Type, ...] = (*(Array(np.dtype(np.float64), shape) for shape in _SHAPES), UNKNOWN)
    first: list[str] = []
    for settings in ({}, _SETTINGS):
        for type_ in arrays:
            try:
                found = _statements_for(rule, names, [settings.get(name, type_) for name in names])
            except Exception:  # rules raise whatever comes of arguments that they were not made for
                continue
            first = first or found
            if not any(_HELPER.search(line) for line in found):
                return found
    return first


def _statements_for(rule: Rule, names: Sequence[str], types: Sequence[Type]) -> list[str]:
    if rule.kind == "composed":
        return statements(_defined(rule, names, types), ["out"], [True], "{}")
    function, wanted = _staged(rule, names, types)
    return statements(function, names, wanted)


def _defined(rule: Rule, names: Sequence[str], types: Sequence[Type]) -> Function:
    """Return the program of what a function is composed of."""
    builder = Builder(infer, Origin(derived=True))
    operands = [
        builder.constant(t.value) if isinstance(t, Literal) else Value(t, n) for n, t in zip(names, types, strict=True)
    ]
    args = [x.type.value if isinstance(x.type, Literal) else Symbol(x, builder) for x in operands]
    return program(builder, operands, (rule.pullback(*args),))


def _staged(rule: Rule, names: Sequence[str], types: Sequence[Type]) -> tuple[Function, list[bool]]:
    builder = Builder(infer, Origin(derived=True))
    operands = [
        builder.constant(t.value) if isinstance(t, Literal) else Value(t, n) for n, t in zip(names, types, strict=True)
    ]
    result = infer(rule.function, Form.FUNCTION, tuple(types), {})
    if isinstance(result, Tuple):
        raise TypeError("a function with several results has no plain cotangent")
    out, d_out = Value(result, "out"), Value(result, "d_out")
    args = [x.type.value if isinstance(x.type, Literal) else Symbol(x, builder) for x in operands]
    found = rule.pullback(Symbol(d_out, builder), Symbol(out, builder), *args)
    parts = (found if isinstance(found, tuple) else (found,))[: len(names)]
    wanted = [part is not None and part is not MISSING for part in parts]
    return program(builder, [d_out, out, *operands], parts), wanted


def program(builder: Builder, operands: Sequence[Value], cotangents: Sequence[Any]) -> Function:
    """Return the program that computes cotangents from arguments, cleaned up as derivatives are."""
    zeros = [0.0 if one is None or one is MISSING else one for one in cotangents]
    result = builder.call(primitives.make_tuple, *(lift(builder, one) for one in zeros))
    params = [value for value in operands if not isinstance(value.type, Literal)]
    body = builder.region(tuple(params), (result,), ExitKind.RETURN)
    parameters = tuple(Parameter(value.hint or "_") for value in params)
    function = Function("_cotangents_of", parameters, body)
    return eliminate_dead_code(merge_common(simplify(function)))


def statements(function: Function, names: Sequence[str], wanted: Sequence[bool], pattern: str = "d_{}") -> list[str]:
    """Return the statements of such a program, with an assignment for each cotangent that is wanted."""
    text = emit_module(function, guard=None)
    body = next(
        node.body for node in syntax_tree(text).body if isinstance(node, ast.FunctionDef) and node.name == function.name
    )
    *before, last = body
    if not isinstance(last, ast.Return) or not isinstance(last.value, ast.Tuple):
        raise TypeError("the cotangents are not written out")
    lines = text.splitlines()
    found = [line[4:] for line in lines[before[0].lineno - 1 : last.lineno - 1]] if before else []
    for name, one, is_wanted in zip(names, last.value.elts, wanted, strict=False):
        if is_wanted:
            assignment = ast.Assign([ast.Name(pattern.format(name), ast.Store())], one, lineno=0)
            found += render(assignment).splitlines()
    return found
