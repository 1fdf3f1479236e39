"""What a compiled function reads from around it: looked up again at each call, or watched."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from s2sad.frontend.arguments import shape_key
from s2sad.frontend.live import ABSENT, Dependencies, Holder, look_up, watcher

_REPLACEABLE = (float, complex, np.generic, np.ndarray, list, tuple, dict)
"""Classes of objects of which a function relies upon nothing but the type."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The objects that a compiled function takes beside its arguments.

    Attributes
    ----------
    fixed : mapping from str to object
        Those that are what they were.
    places : mapping from str to (holder, name)
        Where the others are found by the time of a call.
    watched : tuple of (holder, name, value)
        What the text relies upon: where it is not so any more, the function is compiled again.
    """

    fixed: Mapping[str, Any]
    places: Mapping[str, tuple[Holder, str]]
    watched: tuple[tuple[Holder, str, Any], ...]

    @classmethod
    def of(cls, captures: Mapping[str, Any], record: Dependencies) -> Surroundings:
        """Return what a function that captures these objects relies upon."""
        places = {}
        for name, value in captures.items():
            # a class or an object of the user's was looked into while compiling, so it has to be the same one
            place = record.place(name, value) if isinstance(value, _REPLACEABLE) else None
            if place is not None:
                places[name] = place
        found = {(id(holder), name) for holder, name in places.values()}
        watched = tuple(entry for entry in record.entries if (id(entry[0]), entry[1]) not in found)
        return cls({name: value for name, value in captures.items() if name not in places}, places, watched)

    @property
    def key(self) -> Hashable:
        """What tells functions of one text apart."""
        fixed = tuple((name, id(value)) for name, value in self.fixed.items())
        return fixed, tuple((name, id(holder), inner) for name, (holder, inner) in self.places.items())

    def values(self) -> dict[str, Any]:
        """Return the objects by name, as they are now."""
        return {**self.fixed, **{name: look_up(*place) for name, place in self.places.items()}}

    def watcher(self) -> Callable[[], bool]:
        """Return a function that tells whether everything still is, or is of the type, that the text relies upon."""
        unchanged = watcher(self.watched)
        if not self.places and not self.fixed:
            return unchanged
        known = self._types()
        return lambda: unchanged() and self._types() == known

    def _types(self) -> Hashable:
        """Return what tells the types of all objects; nothing equals it where one is gone."""
        values = tuple(self.values().values())
        return object() if any(value is ABSENT for value in values) else shape_key(values)
