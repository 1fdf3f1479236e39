"""Textbook notation: subscripts, numbers to three decimals, and calls as formulas."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.ir.primitives import make_list, make_slice, make_tuple, mask
from s2sad.ir.program import Call, Constant, Form, Operation, Value

SUM, PRODUCT, NEGATION, POWER, APPLICATION, ATOM = range(1, 7)
"""How tightly a formula holds together, from loose to tight."""

_SUBSCRIPTS = str.maketrans("-0123456789", "₋₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_NAMES = {"log": "ln", "arctan": "arctan", "absolute": "abs"}

_INFIX: dict[Callable[..., Any], tuple[str, int]] = {
    np.add: ("+", SUM),
    np.subtract: ("−", SUM),
    np.multiply: ("×", PRODUCT),
    np.divide: ("/", PRODUCT),
    np.floor_divide: ("//", PRODUCT),
    np.remainder: ("mod", PRODUCT),
    np.matmul: ("@", PRODUCT),
    np.less: ("<", 0),
    np.less_equal: ("≤", 0),
    np.greater: (">", 0),
    np.greater_equal: ("≥", 0),
    np.equal: ("=", 0),
    np.not_equal: ("≠", 0),
    np.bitwise_and: ("and", -1),
    np.bitwise_or: ("or", -2),
}


@dataclass(frozen=True, slots=True)
class Formula:
    """A piece of text, and how tightly it holds together."""

    text: str
    level: int = ATOM

    def at(self, level: int) -> str:
        """Return the text, in parentheses where it holds together less tightly than `level`."""
        return self.text if self.level >= level else f"({self.text})"


def subscript(number: int) -> str:
    """Write a number as a subscript: `₋₁`."""
    return str(number).translate(_SUBSCRIPTS)


def variable(name: str) -> str:
    """Write a user's name: `x1` as `x₁`, anything longer as it stands."""
    found = re.fullmatch(r"([^\W\d_])(\d+)", name)
    return f"{found[1]}{subscript(int(found[2]))}" if found else name


def number(value: Any) -> str:
    """Write a number to three decimals, or to four digits where that would hide it; an integer without decimals."""
    if value != value or value in (float("inf"), float("-inf")):
        return {"inf": "∞", "-inf": "−∞"}.get(str(float(value)), "nan")
    size = abs(value)
    if size == int(size) and size < 1e15:
        text = str(int(size))
    elif 5e-4 <= size < 1e6:
        text = f"{size:.3f}".rstrip("0").rstrip(".")
    else:
        digits, _, exponent = f"{size:.3e}".partition("e")
        digits = digits.rstrip("0").rstrip(".")
        text = f"{digits} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    return f"−{text}" if value < 0 and text != "0" else text


def literal(value: Any) -> Formula:
    """Write a value: numbers and short arrays in full, long arrays with dots, everything else as Python would."""
    match value:
        case bool() | np.bool_():
            return Formula(str(bool(value)).lower())
        case int() | float() | np.integer() | np.floating():
            text = number(value)
            return Formula(text, NEGATION if text.startswith("−") else PRODUCT if "×" in text else ATOM)
        case np.ndarray():
            return Formula(_array(value))
        case tuple() | list():
            items = ", ".join(literal(item).text for item in value)
            return Formula(f"[{items}]" if isinstance(value, list) else f"({items})")
        case slice():
            return Formula(":".join("" if part is None else str(part) for part in (value.start, value.stop)))
        case _ if value is Ellipsis:
            return Formula("…")
        case _ if callable(value):
            return Formula(getattr(value, "__name__", repr(value)))
        case _:
            return Formula(repr(value))


def _array(value: np.ndarray[Any, Any]) -> str:
    if value.dtype.kind not in "fiub":
        return f"{value.dtype} of shape {value.shape}"
    text = np.array2string(
        value, threshold=8, edgeitems=2, separator=" ", formatter={"all": number}, max_line_width=10**6
    )
    text = re.sub(r"\s+", " ", text.replace("...", "…"))
    return text if value.size <= 8 else f"{text} {'×'.join(map(str, value.shape))}"


def application(call: Call, operands: Sequence[Formula]) -> Formula:
    """Write a call on operands that are written already."""
    split = len(call.positional)
    positional, named = operands[:split], dict(zip(call.keywords, operands[split:], strict=True))
    function = call.function
    if function in _INFIX and len(positional) == 2 and not named:
        return _infix(*_INFIX[function], *positional)
    if function is np.power and len(positional) == 2:
        return _power(*positional)
    if function is np.square:
        return _power(positional[0], Formula("2"))
    if function in (np.negative, np.positive):
        return negation(positional[0]) if function is np.negative else positional[0]
    if function is np.abs and len(operands) == 1:
        return Formula(f"|{positional[0].text}|")
    if function is np.sqrt and len(operands) == 1:
        return Formula(f"√{positional[0].at(ATOM)}", APPLICATION)
    if function is mask:
        return Formula(f"[{positional[0].text}] {positional[1].at(NEGATION)}", PRODUCT)
    if function in (make_tuple, make_list):
        items = ", ".join(operand.text for operand in operands)
        return Formula(f"[{items}]" if function is make_list else f"({items})")
    if function is make_slice:
        return Formula(":".join("" if part.text == "None" else part.text for part in positional[:2]))
    spelling: str = call.spelling or function.__name__
    if spelling == "getitem":
        return Formula(f"{positional[0].at(ATOM)}[{positional[1].text.removeprefix('(').removesuffix(')')}]")
    if call.form is Form.ATTRIBUTE or (spelling == "transpose" and len(operands) == 1):
        return Formula(f"{positional[0].at(ATOM)}{'ᵀ' if spelling in ('T', 'transpose') else '.' + spelling}")
    return _function(_NAMES.get(spelling, spelling), positional, named)


def _infix(sign: str, level: int, left: Formula, right: Formula) -> Formula:
    # a sum with a negative term is written as a difference, and a difference of one as a sum
    if level == SUM and right.level == NEGATION and right.text.startswith("−"):
        sign, right = ("−" if sign == "+" else "+"), Formula(right.text[1:])
    if sign == "@":
        return Formula(f"{left.at(PRODUCT)} {sign} {right.at(NEGATION)}", PRODUCT)
    return Formula(f"{left.at(level)} {sign} {right.at(level + 1)}", level)


def _power(base: Formula, exponent: Formula) -> Formula:
    if re.fullmatch(r"−?\d+", exponent.text):
        return Formula(base.at(ATOM) + exponent.text.replace("−", "-").translate(_SUPERSCRIPTS), POWER)
    return Formula(f"{base.at(ATOM)} ^ {exponent.at(ATOM)}", POWER)


def add(left: Formula, right: Formula) -> Formula:
    """Write the sum of two formulas."""
    return _infix("+", SUM, left, right)


def negation(operand: Formula) -> Formula:
    """Write a formula with the opposite sign."""
    if operand.level == NEGATION and operand.text.startswith("−"):
        return Formula(operand.text[1:])
    return Formula(f"−{operand.at(POWER)}", NEGATION)


def _function(name: str, positional: Sequence[Formula], named: Mapping[str, Formula]) -> Formula:
    if len(positional) == 1 and not named and positional[0].level == ATOM and not positional[0].text.startswith("("):
        return Formula(f"{name} {positional[0].text}", APPLICATION)
    arguments = [operand.text for operand in positional] + [f"{key}={operand.text}" for key, operand in named.items()]
    return Formula(f"{name}({', '.join(arguments)})")


def formula(value: Value, names: Mapping[Value, Formula], operations: Sequence[Operation]) -> Formula:
    """Write a value that straight-line operations compute, in terms of the values that have names.

    Parameters
    ----------
    value : Value
        What to write.
    names : mapping from Value to Formula
        How to write what the operations start from.
    operations : sequence of Operation
        Calls and constants, in order.
    """
    written = dict(names)
    for operation in operations:
        match operation:
            case Constant():
                written[operation.result] = literal(operation.value)
            case Call():
                whole = application(operation, [written[operand] for operand in operation.operands])
                written.update(dict.fromkeys(operation.results, whole))
            case _:
                raise TypeError(f"a {type(operation).__name__} has no formula")
    return written[value]
