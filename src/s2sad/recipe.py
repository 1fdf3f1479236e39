"""What a compiled derivative is made of: its text, and how to call the function in it; enough to make it again."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from s2sad.forward_gradient import forward_gradient
from s2sad.ir.program import Parameter


@dataclass(frozen=True, slots=True)
class Sweeps:
    """A gradient that is made of the tangents of forward sweeps."""

    wrt: tuple[int, ...]
    single: bool
    with_value: bool
    has_aux: bool


@dataclass(frozen=True, slots=True)
class Recipe:
    """One compiled derivative, as text.

    Attributes
    ----------
    text : str
        The module.
    name : str
        The function in it.
    parameters : tuple of Parameter
        Its parameters as they are declared.
    order : tuple of str
        The names of the arguments that a caller gives by position.
    captures : mapping from str to object
        Objects from around the primal, which are handed to the function by keyword.
    sweeps : Sweeps or None
        How a gradient is made of the function's tangents.
    count : int
        How many of the names in `order` are arguments of the primal; the others are seeds.
    """

    text: str
    name: str
    parameters: tuple[Parameter, ...]
    order: tuple[str, ...]
    captures: Mapping[str, Any]
    sweeps: Sweeps | None = None
    count: int = 0

    def build(self, captured: Callable[[], Mapping[str, Any]] | None = None) -> Callable[..., Any]:
        """Execute the text and return a function that takes every argument by position.

        Parameters
        ----------
        captured : callable, optional
            Returns what stands for the captured objects by the time of a call; without it, these are those themselves.
        """
        filename = f"<s2sad {self.name} {abs(hash(self.text)):x}>"
        linecache.cache[filename] = (len(self.text), None, self.text.splitlines(keepends=True), filename)
        module: dict[str, Any] = {"__name__": f"s2sad_generated_{self.name}"}
        exec(compile(self.text, filename, "exec"), module)
        call = module[self.name]
        names = tuple(parameter.name for parameter in self.parameters)
        plain = all(parameter.kind.startswith("POSITIONAL") for parameter in self.parameters)
        if not plain or names != self.order:
            call = self._by_position(call, captured or (lambda: self.captures))
        if self.sweeps is not None:
            sweeps = self.sweeps
            call = forward_gradient(
                call, sweeps.wrt, sweeps.single, with_value=sweeps.with_value, has_aux=sweeps.has_aux
            )
        return call  # type: ignore[no-any-return]

    def _by_position(self, call: Callable[..., Any], captured: Callable[[], Mapping[str, Any]]) -> Callable[..., Any]:
        """Return a function that is given every argument by position and hands them on as they are declared."""
        own = [parameter for parameter in self.parameters if parameter.name not in self.captures]

        def adapted(*args: Any) -> Any:
            values = dict(zip(self.order, args, strict=True))
            positional: list[Any] = []
            named = dict(captured())
            for parameter in own:
                value = values[parameter.name]
                if parameter.kind == "VAR_POSITIONAL":
                    positional.extend(value)
                elif parameter.kind == "KEYWORD_ONLY":
                    named[parameter.name] = value
                else:
                    positional.append(value)
            return call(*positional, **named)

        return adapted


@dataclass(frozen=True, slots=True)
class Entry:
    """One compilation: the function to call, its text, and what it was compiled against."""

    call: Callable[..., Any]
    recipe: Recipe
    is_current: Callable[[], bool]
    """Whether everything that it was compiled against is bound as it was."""


def named_in(module: str | None, name: str) -> Any:
    """Return what a module has under a dotted name, or None."""
    found: Any = sys.modules.get(module or "")
    for part in name.split("."):
        found = getattr(found, part, None)
    return found
