"""Whether a random program runs: it raises nothing, it ends, and what it returns is a number of moderate size."""
from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np

MOST_LINES = 3000
LARGEST = 1e4


class TooLong(Exception):
    """A program takes too many steps."""


@contextmanager
def limited(most: int = MOST_LINES) -> Iterator[None]:
    """Raise `TooLong` after so many lines of code; what traced lines before does so again afterwards."""
    left = most

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise TooLong
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def runs(function: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    """Tell whether a program may be asked for its derivative."""
    try:
        with limited():
            value = function(*copy.deepcopy(args))
    except Exception:
        return False
    return isinstance(value, float | np.floating) and bool(abs(value) < LARGEST)
