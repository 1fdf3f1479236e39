"""Records: their cotangents and tangents are records too."""

from __future__ import annotations

from typing import Any

from s2sad.ir import primitives, primitives_records
from s2sad.ir.types import Record, Tuple
from s2sad.rules import registry
from s2sad.rules.arguments import call
from s2sad.rules.containers import active, filled
from s2sad.rules.registry import Unsupported


def _keys(y: Any) -> list[Any]:
    match y.type:
        case Record(entries=entries):
            return [name for name, _ in entries]
        case Tuple(items):
            return list(range(len(items)))
        case _:
            raise Unsupported("an object of a class that is not known while compiling has no derivative rule")


def _pullback(d: Any, y: Any, *operands: Any) -> Any:
    keys = _keys(y)
    return (*(None for _ in operands[: len(operands) - len(keys)]), *(d[key] for key in keys))


def _pushforward(tangents: Any, y: Any, *operands: Any) -> Any:
    first, count = active(tangents), len(_keys(y))
    return call(first, primitives.pack_like, y, *filled(first, tangents[-count:], operands[-count:]))


registry.full(primitives_records.make_record, _pullback, _pushforward)
registry.full(primitives_records.build_record, _pullback, _pushforward)
