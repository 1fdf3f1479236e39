"""The evaluation trace of a program at a point, with tangents or adjoints beside it, as lectures write it."""

from __future__ import annotations

from s2sad.trace.text import Mode, trace_text

__all__ = ["Mode", "trace_text"]
