"""Write `docs/language.md`: `python -m tests.language`."""
from __future__ import annotations

from tests.language.rows import PAGE, ROWS
from tests.language.table import markdown

PAGE.write_text(markdown(ROWS), "utf-8")
