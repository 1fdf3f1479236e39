"""Rules of what surgery on a reverse sweep leaves behind; `with_adjoint` has none, the transforms know it."""

from __future__ import annotations

from s2sad.analysis.infer import types
from s2sad.ir import primitives, primitives_surgery
from s2sad.ir.program import Form
from s2sad.ir.types import Type
from s2sad.rules import registry

registry.linear(primitives.identity, lambda d, y, x: d)
registry.linear(primitives_surgery.checked_adjoint, lambda d, y, new, old: d)


@types(primitives.identity)
def _identity(_form: Form, x: Type) -> Type:
    return x


@types(primitives_surgery.with_adjoint)
def _with_adjoint(_form: Form, x: Type, *_others: Type) -> Type:
    return x


@types(primitives_surgery.checked_adjoint)
def _checked(_form: Form, _new: Type, old: Type) -> Type:
    return old
