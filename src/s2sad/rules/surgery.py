"""Rules of what surgery on a sweep leaves behind; the transforms themselves know `with_adjoint` and `solution`."""

from __future__ import annotations

from s2sad.analysis.infer import types
from s2sad.ir import primitives, primitives_implicit, primitives_surgery
from s2sad.ir.program import Form
from s2sad.ir.types import Literal, Type
from s2sad.rules import registry

registry.linear(primitives.identity, lambda d, y, x: d)
registry.linear(primitives_surgery.checked_adjoint, lambda d, y, new, old: d)
registry.constant(primitives_implicit.check_regular)


@types(primitives.identity)
def _identity(_form: Form, x: Type) -> Type:
    return x


@types(primitives_surgery.with_adjoint, primitives_implicit.solution)
def _with_adjoint(_form: Form, x: Type, *_others: Type) -> Type:
    return x


@types(primitives_surgery.checked_adjoint)
def _checked(_form: Form, _new: Type, old: Type) -> Type:
    return old


@types(primitives_implicit.check_regular)
def _check_regular(_form: Form, *_args: Type) -> Type:
    return Literal(None)
