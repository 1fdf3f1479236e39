"""The whole table, and the page that is made of it."""
from __future__ import annotations

from pathlib import Path

from tests.language import calls, containers, control_flow, mutation, refusals, shapes
from tests.language.table import ROWS

__all__ = ["PAGE", "ROWS"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "language.md"
AREAS = [part.AREA.title for part in (control_flow, calls, containers, shapes, mutation, refusals)]
ROWS.sort(key=lambda row: AREAS.index(row.area))
