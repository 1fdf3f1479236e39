"""Symbolic derivatives of scalar straight-line code, by SymPy, to compare the generated ones with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from s2sad.errors import DifferentiationError
from s2sad.frontend.arguments import type_of_arguments
from s2sad.frontend.live import live_function
from s2sad.frontend.lower import lower_function
from s2sad.ir import primitives
from s2sad.ir.program import Call, Constant, Function
from s2sad.transform.dead import eliminate_dead_code


class NotSymbolic(Exception):
    """Why SymPy is not asked for a derivative."""


_NAMES: dict[Any, str] = {
    np.add: "+", np.subtract: "-", np.multiply: "*", np.divide: "/", np.power: "**", np.negative: "neg",
    np.sin: "sin", np.cos: "cos", np.tan: "tan", np.arcsin: "asin", np.arccos: "acos", np.arctan: "atan",
    np.sinh: "sinh", np.cosh: "cosh", np.tanh: "tanh", np.exp: "exp", np.log: "log", np.sqrt: "sqrt",
    np.arcsinh: "asinh", np.arccosh: "acosh", np.arctanh: "atanh", np.arctan2: "atan2",
}  # fmt: skip
_OTHERS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.square: lambda x: x * x,
    np.positive: lambda x: x,
    np.reciprocal: lambda x: 1 / x,
    primitives.identity: lambda x: x,
    float: lambda x: x,
}


def symbolic_gradient(
    f: Callable[..., Any], args: Sequence[Any], argnums: Sequence[int]
) -> tuple[list[Any], list[Any], Any]:
    """Differentiate a function of numbers that has no loop and no branch, by SymPy.

    Parameters
    ----------
    f : callable
        The function.
    args : sequence
        Numbers; only their types matter.
    argnums : sequence of int
        The positions to differentiate by.

    Returns
    -------
    tuple
        The symbols of the arguments, the partial derivatives, and the value, as expressions.

    Raises
    ------
    NotSymbolic
        SymPy is not installed, or the function is more than an expression of numbers.
    """
    try:
        import sympy
    except ImportError:
        raise NotSymbolic("SymPy is not installed: pip install s2sad[symbolic]") from None
    if not all(type(arg) in (float, int) for arg in args):
        raise NotSymbolic("only for functions of numbers")
    try:
        source = live_function(f)
        types = dict(zip(source.names, type_of_arguments(args), strict=True))
        function = eliminate_dead_code(lower_function(source, types).function)
    except DifferentiationError as error:
        raise NotSymbolic(f"the function cannot be read: {error.diagnostics[0].message}") from error
    if len(function.parameters) != len(args):
        raise NotSymbolic("the function reads objects from around it")
    symbols = [sympy.Symbol(parameter.name, real=True) for parameter in function.parameters]
    value = _expression(function, symbols, sympy)
    return symbols, [sympy.diff(value, symbols[k]) for k in argnums], value


def _expression(function: Function, symbols: Sequence[Any], sympy: Any) -> Any:
    if not all(isinstance(operation, Constant | Call) for operation in function.body.operations):
        raise NotSymbolic("only for straight-line code: the function has a loop or a branch")
    known: dict[Any, Any] = dict(zip(function.body.params, symbols, strict=True))
    for operation in function.body.operations:
        match operation:
            case Constant(value, result):
                known[result] = _number(value, sympy)
            case Call() if not operation.keywords and len(operation.results) == 1:
                known[operation.result] = _applied(operation, [known[one] for one in operation.operands], sympy)
            case _:
                raise NotSymbolic("only for straight-line code of plain calls")
    return known[function.result]


def _number(value: Any, sympy: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotSymbolic(f"only for numbers, and there is {value!r}")
    # the float that the program computes with, exactly
    return sympy.Integer(value) if isinstance(value, int) else sympy.Rational(value)


def _applied(call: Call, operands: list[Any], sympy: Any) -> Any:
    if call.function in _OTHERS:
        return _OTHERS[call.function](*operands)
    name = _NAMES.get(call.function)
    match name, operands:
        case "+", (a, b):
            return a + b
        case "-", (a, b):
            return a - b
        case "*", (a, b):
            return a * b
        case "/", (a, b):
            return a / b
        case "**", (a, b):
            return a**b
        case "neg", (a,):
            return -a
        case str(), _:
            return getattr(sympy, name)(*operands)
    raise NotSymbolic(f"`{getattr(call.function, '__name__', call.function)}` is not among the functions translated")
