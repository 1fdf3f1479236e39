"""The README shows what the commands print: each block of output is compared with the output of its command.

`pytest tests/test_readme.py --update-golden` writes the present output into it.
"""
from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[1] / "README.md"
BLOCK = re.compile(
    r"```console\n\$ (?P<command>s2sad (?:[^\n]*\\\n)*[^\n]*)\n(?P<inline>(?:(?!```).)*)```"
    r"(?:\n\n```python\n(?P<below>.*?)```)?",
    re.DOTALL,
)
COMMANDS = [match["command"] for match in BLOCK.finditer(README.read_text("utf-8"))]


def printed(command):
    """Return what a command of the README prints; a module that it writes to a file counts as printed."""
    line = re.sub(r" -o \S+", "", command).replace("s2sad", f"{sys.executable} -m s2sad", 1)
    env = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(["bash", "-c", line], capture_output=True, cwd=README.parent, env=env, check=False)
    return (done.stdout + done.stderr).decode("utf-8")


def stable(text):
    """Return the text without differences that are mere rounding, which machines do not agree on."""
    return re.sub(r"\b\d\.\de-1\d\b", "#.#e-1#", text)


def test_there_are_commands():
    assert len(COMMANDS) >= 5


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.split()[:3]))
def test_the_output_is_what_the_command_prints(command, update_golden):
    text = README.read_text("utf-8")
    match = next(match for match in BLOCK.finditer(text) if match["command"] == command)
    group = "inline" if match["below"] is None else "below"
    actual = printed(command)
    if update_golden:
        README.write_text(text[: match.start(group)] + actual + text[match.end(group) :], "utf-8")
    else:
        assert stable(match[group]) == stable(actual)
