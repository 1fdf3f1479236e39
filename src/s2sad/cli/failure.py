"""What the commands say when they cannot go on."""

from __future__ import annotations


class Failure(Exception):
    """A message for standard error, after which the exit status is 2."""


def describe(error: Exception) -> str:
    """Return the message for an exception that no command has dealt with."""
    from s2sad.errors import DifferentiationError

    if isinstance(error, DifferentiationError):
        return "\n".join(map(str, error.diagnostics[:1]))
    if isinstance(error, RecursionError):
        return "the source is nested too deeply to be read"
    if isinstance(error, OSError):
        return f"{error.filename or 'file'}: {error.strerror or error}"
    text = f"{type(error).__name__}: {error}".splitlines()[0]
    return f"internal error: {text} (this is a defect of s2sad; S2SAD_TRACEBACK=1 shows where)"
