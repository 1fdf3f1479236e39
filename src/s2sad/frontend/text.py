"""Lowering what is done with strings: formatted strings, methods and operators; none of it carries a derivative."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import gast
import numpy as np

from s2sad.frontend.comprehensions import as_sequence
from s2sad.frontend.context import Binding, Context, expression
from s2sad.frontend.handlers import Arguments, Keywords, handles
from s2sad.frontend.scope import Known
from s2sad.ir.interpret import OPERATORS
from s2sad.ir.program import Form, Value
from s2sad.ir.types import STR, Literal, widen
from s2sad.rules.text import TEXT_METHODS

_CONVERSIONS = {-1: "", 115: "!s", 114: "!r", 97: "!a"}


_LONGEST = 10_000
_PLAIN_FORMAT = re.compile(r"([^%]|%[sdr%])*")
_FOLDED = frozenset(
    ["capitalize", "endswith", "find", "format", "lower", "lstrip", "rstrip", "startswith", "strip", "title", "upper"]
)
"""Methods that are computed while compiling where all is known, so that they may spell the key of a dict."""


def is_text(value: Value) -> bool:
    """Tell whether a value is known to be a string."""
    return widen(value.type) == STR


def text_method(
    ctx: Context, owner: Value, name: str, args: list[Any], kwargs: Mapping[str, Any], node: Any
) -> Binding:
    """Lower a method of a string."""
    hint = ctx.hint
    function: Any = getattr(str, name, None)
    if function not in TEXT_METHODS:
        ctx.refuse("S2S132", f"the method {name!r} of a string is not supported", "write it in other terms", node)
    operands = [owner, *(ctx.as_value(as_sequence(ctx, arg, node), node) for arg in args)]
    named = {key: ctx.as_value(value, node) for key, value in kwargs.items()}
    known = [operand.type for operand in operands]
    ctx.hint = hint
    if name in _FOLDED and not named and all(isinstance(type_, Literal) and _is_plain(type_.value) for type_ in known):
        folded = _computed(function, [type_.value for type_ in known if isinstance(type_, Literal)])
        if folded is not None:
            return ctx.builder.constant(folded, hint=hint)
    return ctx.call(function, *operands, form=Form.METHOD, spelling=name, **named)


_READERS = frozenset([print, str, repr, format, len, int, bool, isinstance, warnings.warn])
"""Functions that may be given a text which is not a constant: their results are no floats."""


def refuse_numbers_from_text(ctx: Context, function: Any, operands: Sequence[Value], node: Any) -> None:
    """Refuse what may turn a text back into a number, since the derivative ends where the text was made."""
    texts = [value for value in operands if is_text(value) and not isinstance(value.type, Literal)]
    if texts and not (type(function).__hash__ is not None and function in _READERS):
        message = "a number that is read out of a text has no derivative"
        ctx.refuse("S2S127", message, "compute with the number itself", node)


def _is_plain(value: Any) -> bool:
    """Tell whether a value is short, so that what is computed with it is short too."""
    if isinstance(value, str):
        return len(value) <= _LONGEST
    return value is None or (isinstance(value, int) and abs(value) < 2**63)


def _computed(function: Any, values: list[Any]) -> Any:
    """Compute with strings that are known; None where that raises, or gives something that is no constant."""
    if function is str.format and ":" in values[0]:
        return None
    try:
        result = function(*values)
    except Exception:  # the program itself will raise it
        return None
    return result if isinstance(result, str | int) else None


def operate_on_text(ctx: Context, function: Any, left: Value, right: Value) -> Value | None:
    """Lower an operator of which one operand is a string; None where strings have no such operator."""
    texts = is_text(left), is_text(right)
    possible = (
        (function is np.add and (all(texts) or _may_be_text(left, right)))
        or (function is np.remainder and texts[0])
        or (function is np.multiply and not all(texts))
    )
    if function in (np.less, np.less_equal, np.greater, np.greater_equal) and (all(texts) or _may_be_text(left, right)):
        return ctx.call(function, left, right, form=Form.OPERATOR)
    if not possible:
        return None
    match left.type, right.type:
        case Literal(a), Literal(b) if _is_plain(a) and _is_plain(b) and _is_simple(function, a, b):
            folded = _computed(OPERATORS[function], [a, b])
            if folded is not None:
                return ctx.builder.constant(folded, hint=ctx.hint)
    return ctx.call(function, left, right, form=Form.OPERATOR, type_=STR)


def _is_simple(function: Any, a: Any, b: Any) -> bool:
    """Tell whether the result of an operator on short operands is short."""
    if function is np.remainder:
        return _PLAIN_FORMAT.fullmatch(a) is not None
    return function is np.add


def _may_be_text(*values: Value) -> bool:
    return all(is_text(value) or str(value.type).startswith("?") for value in values)


@expression(gast.JoinedStr)
def _formatted(ctx: Context, node: gast.JoinedStr) -> Binding:
    hint = ctx.hint
    template, values = _template(ctx, node)
    ctx.hint = hint
    return text_method(ctx, ctx.builder.constant(template), "format", values, {}, node)


def _template(ctx: Context, node: gast.JoinedStr) -> tuple[str, list[Value]]:
    """Return what `str.format` is called on to make a formatted string, and its arguments in the order of the text."""
    parts, values = [], []
    for piece in node.values:
        if isinstance(piece, gast.Constant):
            parts.append(str(piece.value).replace("{", "{{").replace("}", "}}"))
            continue
        value = ctx.value(piece.value)
        values.append(_spelled(ctx, value) if piece.conversion in (-1, 115) else value)
        shape = _CONVERSIONS[piece.conversion]
        if piece.format_spec is not None:
            inner, nested = _template(ctx, piece.format_spec)
            shape += f":{inner}"
            values += nested
        parts.append(f"{{{shape}}}")
    return "".join(parts), values


@handles(str)
def _str(ctx: Context, args: Arguments, kwargs: Keywords, node: Any) -> Binding | None:
    if len(args) != 1 or kwargs or not isinstance(args[0], Value | Known):
        return None
    value = ctx.as_value(args[0], node)
    spelled = _spelled(ctx, value)
    return None if spelled is value else spelled


def _spelled(ctx: Context, value: Value) -> Value:
    """Return the text of a dtype, which is printed as the class of its scalars everywhere else."""
    known = value.type.value if isinstance(value.type, Literal) else None
    return ctx.builder.constant(str(known)) if isinstance(known, np.dtype) else value
