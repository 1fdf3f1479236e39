"""The meaning of a program, executed one operation at a time.

Every store makes a copy, nothing is shared and nothing is optimised: this is the reference that printed code is
compared with, and what shows the values of a trace.
"""

from __future__ import annotations

import builtins
import itertools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from s2sad.ir.primitives import unpack
from s2sad.ir.program import Call, Constant, Form, Function, If, Operation, Region, Scan, Value

OPERATORS: dict[Callable[..., Any], Callable[..., Any]] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.floor_divide: operator.floordiv,
    np.remainder: operator.mod,
    np.power: operator.pow,
    np.matmul: operator.matmul,
    np.negative: operator.neg,
    np.positive: operator.pos,
    np.invert: operator.invert,
    np.bitwise_and: operator.and_,
    np.bitwise_or: operator.or_,
    np.bitwise_xor: operator.xor,
    np.left_shift: operator.lshift,
    np.right_shift: operator.rshift,
    np.less: operator.lt,
    np.less_equal: operator.le,
    np.greater: operator.gt,
    np.greater_equal: operator.ge,
    np.equal: operator.eq,
    np.not_equal: operator.ne,
}
"""The Python operator that each function stands for where it is spelt as one; others are from `operator` themselves."""

Observer = Callable[[Operation, tuple[Any, ...]], None]


def evaluate(function: Function, args: Sequence[Any], observe: Observer | None = None) -> Any:
    """Run a program.

    Parameters
    ----------
    function : Function
        The program.
    args : sequence
        One argument for each parameter.
    observe : callable, optional
        Called after each operation with the operation and the tuple of its results.

    Returns
    -------
    object
        The value that the program returns.
    """
    (result,) = _run(function.body, tuple(args), {}, observe)
    return result


def apply(call: Call, args: Sequence[Any]) -> Any:
    """Compute a call for given operands, the way its form says."""
    split = len(call.positional)
    positional, named = args[:split], dict(zip(call.keywords, args[split:], strict=True))
    match call.form:
        case Form.FUNCTION:
            return call.function(*positional, **named)
        case Form.OPERATOR:
            return OPERATORS.get(call.function, call.function)(*positional)
        case Form.METHOD:
            return getattr(positional[0], call.spelling or call.function.__name__)(*positional[1:], **named)
        case Form.ATTRIBUTE:
            return getattr(positional[0], call.spelling or call.function.__name__)
        case Form.BUILTIN:
            return getattr(builtins, call.spelling or call.function.__name__)(*positional, **named)


def _run(region: Region, args: Sequence[Any], env: dict[Value, Any], observe: Observer | None) -> tuple[Any, ...]:
    env.update(zip(region.params, args, strict=True))
    for operation in region.operations:
        results = _step(operation, env, observe)
        env.update(zip(operation.results, results, strict=True))
        if observe is not None:
            observe(operation, results)
    return tuple(env[value] for value in region.exit.values)


def _step(operation: Operation, env: dict[Value, Any], observe: Observer | None) -> tuple[Any, ...]:
    match operation:
        case Constant(value=value):
            return (value,)
        case Call():
            result = apply(operation, [env[value] for value in operation.operands])
            return tuple(result) if operation.function is unpack else (result,)
        case If():
            return _run(operation.then if env[operation.test] else operation.orelse, (), env, observe)
        case Scan():
            return _scan(operation, env, observe)


def _scan(loop: Scan, env: dict[Value, Any], observe: Observer | None) -> tuple[Any, ...]:
    carried = tuple(env[value] for value in loop.initial)
    lists: list[list[Any]] = [[] for _ in loop.lists]
    sources = [reversed(env[s.value]) if s.backwards else env[s.value] for s in loop.sources]
    for items in zip(*sources, strict=loop.strict) if sources else itertools.repeat(()):
        env.update(zip(loop.carried, carried, strict=True))
        if loop.test is not None and not _run(loop.test, (), env, observe)[0]:
            break
        values = _run(loop.body, (*items, *carried), env, observe)
        carried = values[: len(carried)]
        for collected, value in zip(lists, values[len(carried) : len(loop.results)], strict=True):
            collected.append(value)
        if loop.stop is not None and values[-1]:
            break
    return (*carried, *lists)
