"""The page `docs/rules.md`: conventions, the derivative of every function as code, and what is covered.

All of it comes from the tables that the compiler reads, so a new rule is on the page once it is declared.
"""
from __future__ import annotations

import importlib
import inspect
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from tests.rules import conventions, coverage
from tests.rules.harness import Program

from s2sad.cli import catalogue
from s2sad.cli.emitted import program, statements
from s2sad.ir.types import Array
from s2sad.rules import lazy
from s2sad.rules.registry import Rule

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"

HEAD = """# The rules

For each function that s2sad differentiates: its derivative, as generated code has it. There are four kinds of rule. An
*elementwise* function has a diagonal Jacobian, and one expression serves both modes. A *linear* function is its own
tangent, and only its transpose is declared. A *full* rule has a pullback, which is shown, and a pushforward. A
*composed* function is differentiated as what it is composed of, which is shown. `out` is the function's result, `d_out`
its adjoint, and `d_x` what it contributes to the adjoint of `x`; what was broadcast is summed up afterwards. Functions
that begin with `_` are pasted into generated code. `s2sad rules NAME` prints one rule,
[`s2sad.rule`](#functions-of-your-own) declares more. This page is written by `make docs`.

## Points that are not smooth, and edges of domains

At these points a derivative is a matter of convention, and s2sad's are below. Each line is tested.

"""

OWN = """
## Functions of your own

`s2sad.rule` declares the derivative of a function that s2sad does not know: a ufunc, a function written in C, a Python
function that is not to be read. Generated code calls it by its importable name.

```python
@s2sad.rule(mymodule.airy, kind="elementwise")
def _(d_y, y, x):
    return d_y * mymodule.airy_prime(x)
```

The function must depend on nothing but its arguments and must not write into them; the type of its result is found out
when the code runs. Rules are declared by running code, so `s2sad grad FILE:f`, which runs nothing, refuses functions
for which the file declares a rule. `s2sad.stop_gradient(x)` is the identity that no derivative passes.

## Derivatives

"""

COVERED = """## What is covered

Public functions of NumPy {numpy} and of Python's `math` and `operator`; of SciPy {scipy} those that are differentiated.
*Differentiated*: there is a rule, or the function is put down to others that have one. *Constant*: the result carries
no derivative, since it is an integer, a boolean or locally constant. *Idle*: accepted where no argument varies.
*Refused*: with a message that says where.

"""


def titles() -> dict[str, str]:
    """Return the title of each module of rules, from its first line."""
    package = importlib.import_module("s2sad.rules")
    own = [getattr(package, name) for name in package.__all__ if inspect.ismodule(getattr(package, name))]
    late = map(importlib.import_module, sorted(lazy.LOADED))
    return {module.__name__: _title(module.__doc__) for module in (*own, *late)}


def _title(doc: str | None) -> str:
    return (doc or "").splitlines()[0].partition(":")[0].rstrip(".")


def home(rule: Rule) -> str:
    """Return the module that a rule is declared in."""
    return inspect.unwrap(rule.pullback).__module__


def examples() -> dict[Any, Any]:
    """Return a sample call for each function, with which its rule is tested."""
    from tests.rules.test_rules import SAMPLES

    found: dict[Any, Any] = {}
    for sample in SAMPLES:
        found.setdefault(sample.function, []).append(sample)
    return found


def derivative(rule: Rule, samples: list[Any]) -> tuple[list[str], list[str]]:
    """Return arguments and the statements of a derivative: for arguments of general types, else for a sample's."""
    names, found = catalogue.example(rule)
    for sample in samples:
        if not found and sample.results is None and not sample.kwargs:
            try:
                found = of_sample(rule, sample)
            except Exception:  # whatever a rule raises for arguments that it was not made for
                found = []
    return names, found


def of_sample(rule: Rule, sample: Any) -> list[str]:
    """Return the statements for a sample's arguments, with the rule's names."""
    made = Program(sample, "symbolic")
    names = list(inspect.signature(sample.function).parameters)
    for value, name in zip(made.params, names, strict=False):
        object.__setattr__(value, "hint", name)
    seed = made.parameter(np.asarray(made.y.type.dtype.type(1)) if isinstance(made.y.type, Array) else 1.0)
    object.__setattr__(seed, "hint", "d_out")
    object.__setattr__(made.y, "hint", "out")
    made.builder.operations.clear()
    parts = rule.pullback(made.symbol(seed), made.symbol(made.y), *made.positional, **made.named)
    parts = parts if isinstance(parts, tuple) else (parts,)
    function = program(made.builder, [seed, made.y, *made.params], parts)
    return statements(function, names, [part is not None for part in parts])


def derivatives() -> str:
    """Return a block of code for each module of rules."""
    samples = examples()
    groups: dict[str, list[str]] = {}
    for name, rule in catalogue.listed().items():
        if rule.own:
            continue
        arguments, lines = derivative(rule, samples.get(rule.function, []))
        special = "; may be infinite" if rule.singular else ""
        lines = lines or ["# depends on its arguments in ways of its own"]
        block = [f"# out = {name}({', '.join(arguments)})  ({rule.kind}{special})", *lines, ""]
        groups.setdefault(home(rule), []).extend(block)
    parts = []
    for module, title in titles().items():
        if module in groups:
            parts += [f"### {title}", "", "```python", *groups[module][:-1], "```", ""]
    return "\n".join(parts)


def versions() -> dict[str, str]:
    """Return the versions of the libraries whose functions are listed."""
    return {name: ".".join(version(name).split(".")[:2]) for name in ("numpy", "scipy")}


def markdown() -> str:
    """Return the page."""
    coverage.load_everything()
    covered = COVERED.format(**versions())
    return HEAD + conventions.markdown() + OWN + derivatives() + "\n" + covered + coverage.markdown()
