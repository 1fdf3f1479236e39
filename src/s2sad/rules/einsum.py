"""`np.einsum` in all its forms: it is linear in each operand, and the adjoint of one is an einsum of all the others.

The letters stay those of the user. What only one operand has, and is summed over, is spread out again; an index that
stands twice in an operand (a diagonal) is put back by an identity matrix.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.analysis.infer import types
from s2sad.analysis.operands import make_array, operand, static
from s2sad.ir.dims import Dim, broadcast
from s2sad.ir.program import Form
from s2sad.ir.types import UNKNOWN, Type
from s2sad.rules import registry
from s2sad.rules.arguments import array, rank, refuse
from s2sad.rules.rearranging import shape
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol, record


@dataclass(frozen=True)
class Einsum:
    """The letters of each operand and of the result, and at which argument each operand stands."""

    inputs: tuple[str, ...]
    output: str
    places: tuple[int, ...]


def parsed(args: tuple[Any, ...], ranks: Any) -> Einsum:
    """Return the letters of a call; `ranks` tells the number of axes of an argument.

    Raises
    ------
    Unsupported
        The subscripts are no constant, or the numbers of axes that an ellipsis stands for are not known.
    """
    if isinstance(args[0], str):
        places = tuple(range(1, len(args)))
        left, arrow, right = args[0].replace(" ", "").partition("->")
        inputs, output = left.split(","), right if arrow else None
    else:
        places = tuple(range(0, len(args) - 1, 2))
        inputs = [_letters(args[k + 1]) for k in places]
        output = _letters(args[-1]) if len(args) % 2 else None
    if len(inputs) != len(places):
        raise Unsupported("np.einsum with another number of operands than subscripts has no derivative rule")
    if output is None:
        once = sorted(one for one in set("".join(inputs)) - {"."} if "".join(inputs).count(one) == 1)
        output = ("..." if any("..." in one for one in inputs) else "") + "".join(once)
    if any("." in one for one in (*inputs, output)):
        inputs, output = _without_ellipsis(inputs, output, [ranks(args[k]) for k in places])
    return Einsum(tuple(inputs), output, places)


def _letters(indices: Any) -> str:
    if not isinstance(indices, tuple | list) or not all(isinstance(one, int) or one is Ellipsis for one in indices):
        raise Unsupported("np.einsum with subscripts that are not constants has no derivative rule")
    return "".join("..." if one is Ellipsis else string.ascii_letters[one] for one in indices)


def _without_ellipsis(inputs: list[str], output: str, ranks: list[int | None]) -> tuple[list[str], str]:
    free = [one for one in string.ascii_uppercase[::-1] if one not in "".join((*inputs, output))]
    counts = []
    for one, axes in zip(inputs, ranks, strict=True):
        if "..." in one and axes is None:
            raise Unsupported("np.einsum with an ellipsis needs to know the numbers of axes: give the types")
        counts.append(0 if "..." not in one or axes is None else axes - len(one.replace("...", "")))
    letters = "".join(free[: max(counts)][::-1])
    spelled = [one.replace("...", letters[len(letters) - count :]) for one, count in zip(inputs, counts, strict=True)]
    return spelled, output.replace("...", letters)


# -- the rule --------------------------------------------------------------------------------------------------------


def _operands(args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Einsum, list[Any]]:
    refuse("np.einsum", **{key: value for key, value in options.items() if key != "optimize"})
    if isinstance(args[0], Symbol) and not isinstance(args[1], tuple | list):
        raise Unsupported("np.einsum with subscripts that are not constants has no derivative rule")
    form = parsed(args, rank)
    operands = [args[k] for k in form.places]
    array("np.einsum", *operands)
    return form, operands


def _einsum(d: Any, y: Any, *args: Any, **options: Any) -> Any:
    form, operands = _operands(args, options)
    found: list[Any] = [None] * len(args)
    for k, place in enumerate(form.places):
        if isinstance(operands[k], Symbol):
            found[place] = _adjoint(d, form, operands, k)
    return tuple(found)


def _adjoint(d: Any, form: Einsum, operands: list[Any], k: int) -> Any:
    """Return the cotangent of operand `k`."""
    own = form.inputs[k]
    others = [(one, operands[j]) for j, one in enumerate(form.inputs) if j != k]
    spare = iter(one for one in string.ascii_letters if one not in "".join((*form.inputs, form.output)))
    terms = [(form.output, d), *others]
    wanted = ""
    for axis, letter in enumerate(own):
        if letter not in wanted:
            wanted += letter
            continue
        # a diagonal: the second index is another one, and a matrix of ones and zeros says that both are equal
        other = next(spare)
        wanted += other
        terms.append((letter + other, record(d.builder, np.eye, shape(operands[k])[axis])))
    known = set("".join(letters for letters, _ in terms))
    lengths = shape(operands[k]) if rank(operands[k]) is not None else (None,) * len(own)
    kept = "".join(
        letter for letter, length in zip(wanted, lengths, strict=True) if letter in known and not _is_one(length)
    )
    inputs = ",".join(letters for letters, _ in terms)
    result = terms[0][1] if inputs == kept else np.einsum(f"{inputs}->{kept}", *(one for _, one in terms))
    if kept == wanted:
        return result
    if rank(operands[k]) is None:
        raise Unsupported("np.einsum that sums one operand alone over an index needs to know its shape: give the types")
    missing = tuple(axis for axis, letter in enumerate(wanted) if letter not in kept)
    spread = np.expand_dims(result, missing if len(missing) > 1 else missing[0])
    spreads = any(not _is_one(lengths[axis]) for axis in missing)
    return np.broadcast_to(spread, shape(operands[k])) if spreads else spread


def _is_one(length: Any) -> bool:
    return isinstance(length, int) and length == 1


def _einsum_forward(tangents: Any, y: Any, *args: Any, **options: Any) -> Any:
    form, operands = _operands(args, options)
    subscripts = f"{','.join(form.inputs)}->{form.output}"
    total: Any = None
    for k, place in enumerate(form.places):
        if place < len(tangents) and tangents[place] is not None:
            term = np.einsum(subscripts, *operands[:k], tangents[place], *operands[k + 1 :])
            total = term if total is None else total + term
    return total


registry.full(np.einsum, _einsum, _einsum_forward, broadcasts=None)


# -- the type --------------------------------------------------------------------------------------------------------


@types(np.einsum)
def _type(_form: Form, *args: Type, **options: Type) -> Type:
    if set(options) - {"optimize"}:
        return UNKNOWN
    seen = {id(one): operand(one) for one in args}
    values = [static(one) if isinstance(static(one), str | tuple | list) else one for one in args]
    try:
        form = parsed(tuple(values), lambda one: getattr(seen.get(id(one)), "rank", None))
    except (Unsupported, IndexError, AttributeError):
        return UNKNOWN
    found = [operand(args[k]) for k in form.places]
    lengths: dict[str, Dim] = {}
    for letters, one in zip(form.inputs, found, strict=True):
        if one is None or one.shape is None or len(one.shape) != len(letters) or one.strong != np.dtype(float):
            return UNKNOWN
        for letter, length in zip(letters, one.shape, strict=True):
            lengths[letter] = broadcast(lengths[letter], length) if letter in lengths else length
    return make_array(np.dtype(float), tuple(lengths[letter] for letter in form.output))
