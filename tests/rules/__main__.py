"""Write `docs/rules.md`: `python -m tests.rules`."""
from __future__ import annotations

from tests.rules.page import PAGE, markdown

PAGE.write_text(markdown(), "utf-8")
