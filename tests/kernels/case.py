"""What is known of a kernel: how to call it, by what to differentiate it, and what its reverse sweep has to keep."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Kernel:
    """One kernel.

    Attributes
    ----------
    function : callable
        The kernel: arrays and numbers to a scalar.
    arguments : callable
        From a generator of random numbers and a number of steps to the arguments.
    wrt : tuple of int
        The arguments to differentiate by.
    saved : int
        How many lists of saved values a careful person's reverse sweep needs at most, see `case.saved_lists`.
    why : str
        Where that number comes from.
    second : bool
        Whether the gradient of a directional derivative is compared as well.
    """

    function: Callable[..., Any]
    arguments: Callable[[np.random.Generator, int], tuple[Any, ...]]
    wrt: tuple[int, ...] = (0,)
    saved: int = 0
    why: str = "linear in what is overwritten"
    second: bool = False

    @property
    def name(self) -> str:
        """The name, with the arguments where they are not the usual ones."""
        return self.function.__name__ + "".join(f"-{k}" for k in self.wrt if self.wrt != (0,))
