"""Places in a file: lines, columns in characters, and the text of a node."""

import pytest

from s2sad.errors import DifferentiationError
from s2sad.frontend.source import convert, open_source, parse


def value_of_last(file):
    return parse(file).body[-1].value


def test_column_counts_characters_not_bytes():
    file = open_source("f.py", "ä = 1; é = ä + 'ü' + b\n")
    span = file.span(value_of_last(file).right)
    assert (span.line, span.column, span.end_column) == (1, 21, 22)
    assert file.segment(value_of_last(file)) == "ä + 'ü' + b"


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_newlines_of_every_platform(newline):
    file = open_source("f.py", newline.join(["a = 1", "b = (a +", "     2)", ""]))
    span = file.span(value_of_last(file))
    assert (span.line, span.column, span.end_line, span.end_column) == (2, 5, 3, 6)
    assert file.segment(value_of_last(file)) == "a +\n     2"


def test_form_feed_and_unicode_separators_end_no_line():
    file = open_source("f.py", "a = 'x\x0cy\u2028z'\nb = 2\n")
    assert file.segment(parse(file).body[1]) == "b = 2"


def test_segment_loses_the_indentation_of_its_first_line():
    file = open_source("f.py", "if x:\n    y = f(\n        1,\n    )\n")
    assert file.segment(parse(file).body[0].body[0]) == "y = f(\n    1,\n)"


def test_diagnostic_points_at_the_node():
    file = open_source("f.py", "y = ä @ b\n")
    text = str(file.diagnostic("S2S999", "wrong", "change it", parse(file).body[0].value.right))
    assert text.split("\n") == ["f.py:1:9: S2S999: wrong", "    y = ä @ b", "            ^", "  help: change it"]


def test_diagnostic_without_a_node_names_the_file():
    assert str(open_source("f.py", "").diagnostic("S2S999", "wrong", "change it")).startswith("f.py:1:1: S2S999")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("x = (1 +\n", 1, 4),
        ("def f(x)\n    return x\n", 1, 8),
        ("x = 1\ny = ä )\n", 2, 6),
        ("'abc", 1, 0),
        ("x = 0777", 1, 4),
    ],
)
def test_syntax_errors_have_line_and_caret(text, line, column):
    with pytest.raises(DifferentiationError) as caught:
        parse(open_source("f.py", text))
    (found,) = caught.value.diagnostics
    assert found.code == "S2S003"
    assert (found.span.file, found.span.line, found.span.column) == ("f.py", line, column)
    assert found.line == text.split("\n")[line - 1]
    assert str(found).split("\n")[2].startswith("    " + " " * column + "^")


@pytest.mark.parametrize(
    "text", ["  x = 1\n", "x = " + "9" * 5000, "if x:\n", "def f():\n\treturn 1\n        return 2\n"]
)
def test_syntax_errors_stay_inside_the_line(text):
    with pytest.raises(DifferentiationError) as caught:
        parse(open_source("f.py", text))
    (found,) = caught.value.diagnostics
    assert found.code == "S2S003"
    assert 0 <= found.span.column <= len(found.line)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        "-" * 100_000 + "1",
        "x" + "[x" * 100_000,
    ],
    ids=["open brackets", "brackets", "signs", "subscripts"],
)
def test_deep_nesting_is_a_diagnostic(text):
    with pytest.raises(DifferentiationError) as caught:
        parse(open_source("f.py", text))
    assert caught.value.code in ("S2S003", "S2S009")


def test_nul_character():
    with pytest.raises(DifferentiationError) as caught:
        parse(open_source("f.py", "x = 1\ny\0 = 2\n"))
    (found,) = caught.value.diagnostics
    assert (found.code, found.span.line, found.span.column) == ("S2S009", 2, 1)


def test_lone_surrogate():
    with pytest.raises(DifferentiationError) as caught:
        parse(open_source("f.py", "x = '\ud800'"))
    assert caught.value.code == "S2S009"


def test_text_with_invalid_escapes_is_read_without_a_warning():
    assert parse(open_source("f.py", "x = '\\d'\n")).body


def test_a_sum_of_two_thousand_terms_is_converted():
    file = open_source("f.py", "def f(x):\n    return " + " + ".join(["x"] * 2000) + "\n")
    node = convert(file, parse(file).body[0]).body[0].value
    depth = 0
    while hasattr(node, "left"):
        node, depth = node.left, depth + 1
    assert (depth, node.id) == (1999, "x")


def test_a_function_nested_too_deeply_is_refused_with_its_place():
    file = open_source("f.py", "\ndef f(x):\n    return " + "x" + ".a" * 900 + "\n")
    with pytest.raises(DifferentiationError) as caught:
        convert(file, parse(file).body[0])
    (found,) = caught.value.diagnostics
    assert (found.code, found.span.line, found.span.column) == ("S2S009", 2, 0)


@pytest.mark.parametrize("body", ["x" + ".a" * 100_000, "-" * 100_000 + "x"])
def test_a_function_nested_beyond_all_measure_is_refused(body):
    file = open_source("f.py", f"def f(x):\n    return {body}\n")
    with pytest.raises(DifferentiationError) as caught:
        convert(file, parse(file).body[0])
    assert caught.value.code == "S2S009"
