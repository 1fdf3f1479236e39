"""Statements of Python's own: what they do is done in the primal sweep, and none of it carries a derivative."""

from __future__ import annotations

import builtins
import warnings

from s2sad.analysis.infer import types
from s2sad.ir import primitives_python, primitives_schedule
from s2sad.ir.program import Form
from s2sad.ir.types import INT, List, Literal, Type
from s2sad.rules.registry import constant

constant(primitives_python.fail, primitives_python.check, primitives_python.ignore_warnings)
constant(builtins.print, builtins.breakpoint, warnings.warn)
constant(primitives_python.nbytes, primitives_python.itemsize, builtins.any, builtins.all)
constant(primitives_schedule.with_snapshots, primitives_schedule.snapshot_steps, primitives_schedule.next_snapshot)
constant(primitives_schedule.room_for)
constant(float.is_integer, int.bit_length, builtins.round)


@types(
    primitives_python.fail,
    primitives_python.check,
    primitives_python.ignore_warnings,
    builtins.print,
    builtins.breakpoint,
    warnings.warn,
)
def _nothing(_form: Form, *_args: Type, **_kwargs: Type) -> Type:
    return Literal(None)


@types(primitives_python.nbytes, primitives_python.itemsize, int.bit_length)
def _number(_form: Form, _x: Type) -> Type:
    return INT


@types(primitives_schedule.with_snapshots)
def _same(_form: Form, steps: Type, _count: Type) -> Type:
    return steps


@types(primitives_schedule.snapshot_steps)
def _steps(_form: Form, _steps: Type, _snapshots: Type) -> Type:
    return List(INT)


@types(primitives_schedule.next_snapshot, primitives_schedule.room_for)
def _step(_form: Form, *_args: Type) -> Type:
    return INT
