"""The documentation says what the code does."""
from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = re.compile(r'"(S2S\d{3})"')


def codes_in_source():
    return {code for path in (ROOT / "src").rglob("*.py") for code in CODE.findall(path.read_text("utf-8"))}


def test_every_code_has_a_paragraph_and_every_paragraph_a_code():
    listed = re.findall(r"^\*\*(S2S\d{3})\*\*", (ROOT / "docs" / "errors.md").read_text("utf-8"), re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == codes_in_source()


def test_the_readme_lists_every_room():
    text = (ROOT / "README.md").read_text("utf-8")
    for path in (ROOT / "src" / "s2sad").iterdir():
        if path.name[0] not in "_." and path.name != "py.typed":
            assert path.name in text, path.name


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
