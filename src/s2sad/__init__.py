"""s2sad: the derivative of NumPy code, as code.

Derivatives of ordinary Python/NumPy functions by source transformation: `grad(f)` reads the source of `f` and compiles
a Python function that computes the gradient by an explicit reverse sweep. Its text is `grad(f).source`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from s2sad.api import differentiate, grad, value_and_grad
    from s2sad.check import check_grads
    from s2sad.directional import hvp, jvp, vjp
    from s2sad.elementwise import derivative
    from s2sad.equations import fixed_point, implicit
    from s2sad.errors import DifferentiationError
    from s2sad.ir.primitives_stop import stop_gradient
    from s2sad.jacobians import hessian, jacfwd, jacobian, jacrev
    from s2sad.rules import rule
    from s2sad.surgery import adjoint, checkpoint

_HOMES = {
    "grad": "s2sad.api",
    "value_and_grad": "s2sad.api",
    "differentiate": "s2sad.api",
    "check_grads": "s2sad.check",
    "vjp": "s2sad.directional",
    "jvp": "s2sad.directional",
    "hvp": "s2sad.directional",
    "implicit": "s2sad.nesting",
    "fixed_point": "s2sad.nesting",
    "jacobian": "s2sad.jacobians",
    "jacfwd": "s2sad.jacobians",
    "jacrev": "s2sad.jacobians",
    "hessian": "s2sad.jacobians",
    "derivative": "s2sad.elementwise",
    "stop_gradient": "s2sad.ir.primitives_stop",
    "rule": "s2sad.rules",
    "adjoint": "s2sad.surgery",
    "checkpoint": "s2sad.surgery",
    "DifferentiationError": "s2sad.errors",
}

__all__ = [
    "DifferentiationError",
    "__version__",
    "adjoint",
    "check_grads",
    "checkpoint",
    "derivative",
    "differentiate",
    "fixed_point",
    "grad",
    "hessian",
    "hvp",
    "implicit",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "rule",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for, so that importing the package costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 's2sad' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
