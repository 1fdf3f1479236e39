from __future__ import annotations

from s2sad.cli.terminal import escape, highlight


def test_control_and_bidirectional_characters_are_spelt_out():
    assert escape("a\x1b[31mb\u202ec\td\n") == "a\\x1b[31mb\\u202ec\td\n"


def test_letters_of_any_script_pass():
    assert escape("∂v₋₁ = ξ × 2") == "∂v₋₁ = ξ × 2"


def test_highlighting_adds_nothing_but_colours():
    text = "def f(x):\n    # why\n    return 'a' + 1.5\n"
    coloured = highlight(text)
    plain = coloured
    for code in ("\x1b[35m", "\x1b[90m", "\x1b[36m", "\x1b[32m", "\x1b[0m"):
        plain = plain.replace(code, "")
    assert plain == text
    assert "\x1b[35mdef\x1b[0m" in coloured


def test_what_is_not_python_stays_as_it_is():
    assert highlight("(((") == "((("
