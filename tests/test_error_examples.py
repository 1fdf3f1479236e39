"""Every example in the documentation of errors provokes just the code that it stands under."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path

import pytest

import s2sad

ROOT = Path(__file__).resolve().parents[1]
PARAGRAPH = re.compile(r"^\*\*(S2S\d{3})\*\*(.*?)(?=^\*\*S2S|^#|\Z)", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
WITHOUT = {"S2S102", "S2S105", "S2S312"}
"""Those that take more than a few lines to provoke."""


def paragraphs():
    """Return the kind and the text of each example, by code."""
    text = (ROOT / "docs" / "errors.md").read_text("utf-8")
    return {code: EXAMPLE.findall(paragraph) for code, paragraph in PARAGRAPH.findall(text)}


EXAMPLES = [
    pytest.param(code, kind, text, id=code) for code, examples in paragraphs().items() for kind, text in examples
]


def test_every_code_has_an_example():
    assert {code for code, examples in paragraphs().items() if not examples} == WITHOUT


@pytest.mark.parametrize(("code", "kind", "text"), [example for example in EXAMPLES if example.values[1] == "python"])
def test_an_example_is_refused_with_its_code(code, kind, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "example.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(s2sad.DifferentiationError) as caught:
        provoke(text, path)
    assert {diagnostic.code for diagnostic in caught.value.diagnostics} == {code}, str(caught.value)
    for diagnostic in caught.value.diagnostics:
        assert diagnostic.message
        assert diagnostic.advice


def provoke(text, path):
    """Run a script, or read a function's text."""
    if "import s2sad" in text:
        runpy.run_path(str(path))
    else:
        s2sad.differentiate(text, "f", filename=str(path))


@pytest.mark.parametrize(("code", "kind", "text"), [example for example in EXAMPLES if example.values[1] == "console"])
def test_a_command_is_refused_with_its_code(code, kind, text, s2sad):
    program, *arguments = shlex.split(text)
    assert program == "s2sad"
    done = s2sad(*arguments)
    assert done.returncode == 2
    assert f"{code}: " in done.stderr
