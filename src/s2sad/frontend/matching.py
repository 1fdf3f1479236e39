"""Finding the definition in a file that a code object was compiled from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType
from typing import Any

from s2sad.frontend.source import AstFunction, SourceFile, no_warnings, parse
from s2sad.parsing import syntax_tree

_FUTURE_ANNOTATIONS = 0x1000000
_KIND_FLAGS = 0x3FF
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_BASE = 10_000_000


def find_definition(file: SourceFile, code: CodeType) -> AstFunction | None:
    """Return the definition whose code does what `code` does, or None.

    Lines are not compared: a definition that was only moved is still the same. Of several that do the same the nearest
    is taken, where there are columns the one whose columns agree.
    """
    compiled = _compiled(file, code.co_flags & _FUTURE_ANNOTATIONS)
    meaning = _meaning(code)
    alike = [(node, other) for node, other in compiled if other.co_name == code.co_name and _meaning(other) == meaning]
    if alike:
        node, _ = min(alike, key=lambda pair: _distance(code, *pair))
        return node
    return _rewritten(compiled, code)


def _distance(code: CodeType, node: AstFunction, other: CodeType) -> tuple[int, int]:
    return abs(_first(node).lineno - code.co_firstlineno), -_agreeing_positions(code, other)


def _agreeing_positions(code: CodeType, other: CodeType) -> int:
    """Count the instructions that stand at the same place; versions without columns count none."""
    places: list[list[Any]] = [list(getattr(one, "co_positions", tuple)()) for one in (code, other)]
    return sum(a == b for a, b in zip(*places, strict=False))


def _first(node: AstFunction) -> ast.expr | AstFunction:
    """Return the node whose line is the first line of the code: the first decorator's, or the definition's."""
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return decorators[0] if decorators else node


@lru_cache(maxsize=64)
def _compiled(file: SourceFile, flags: int) -> list[tuple[AstFunction, CodeType]]:
    """Compile a file and pair every definition in it with its code.

    In a second tree each definition has a line number of its own, which its code then shows. What is compared is the
    code of the text as it is: where a definition spans several lines the compiler may put in instructions that do
    nothing, so code with other line numbers can be different code. Both trees give their code objects in one order.
    """
    nodes = [node for node in ast.walk(parse(file)) if isinstance(node, _FUNCTIONS)]
    try:
        with no_warnings():
            marked = syntax_tree(file.text, file.name)
            copies = [node for node in ast.walk(marked) if isinstance(node, _FUNCTIONS)]
            for number, copy in enumerate(copies, start=_BASE):
                first = _first(copy)
                first.lineno, first.end_lineno = number, number + 1
            numbered, module = (
                compile(text, file.name, "exec", flags=flags, dont_inherit=True) for text in (marked, file.text)
            )
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # a text that parses but does not compile, such as a `return` outside a function, was never imported
        return []
    pairs = zip(_walk(numbered), _walk(module), strict=True)
    return [(nodes[n.co_firstlineno - _BASE], code) for n, code in pairs if n.co_firstlineno >= _BASE]


def _walk(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _walk(constant)


def _meaning(code: CodeType) -> tuple[Any, ...]:
    """Return all of a code object but its places."""
    return (
        code.co_name,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_flags & _KIND_FLAGS,
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        getattr(code, "co_exceptiontable", b""),
        tuple(map(_constant, code.co_consts)),
    )


def _constant(value: Any) -> Any:
    """Return a key that tells 1, 1.0 and True apart, and 0.0 and -0.0."""
    if isinstance(value, CodeType):
        return _meaning(value)
    if isinstance(value, tuple):
        return tuple(map(_constant, value))
    if isinstance(value, frozenset):
        return frozenset(map(_constant, value))
    return type(value), repr(value)


def _rewritten(compiled: list[tuple[AstFunction, CodeType]], code: CodeType) -> AstFunction | None:
    """Find a function in which pytest has rewritten the assertions: by name, line and parameters, if it is alone."""
    if not any(name.startswith("@pytest") for inner in (code, *_walk(code)) for name in inner.co_names):
        return None
    alike = [
        node
        for node, other in compiled
        if other.co_name == code.co_name
        and _first(node).lineno == code.co_firstlineno
        and _parameters(other) == _parameters(code)
        and {*other.co_names} <= {*code.co_names}
    ]
    return alike[0] if len(alike) == 1 else None


def _parameters(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
