"""Strings: what is computed with them carries no derivative, and neither does what is printed."""

from __future__ import annotations

import builtins
from typing import Any

from s2sad.analysis.infer import types
from s2sad.ir.program import Form
from s2sad.ir.types import BOOL, INT, STR, List, Type
from s2sad.rules.registry import constant

_TO_TEXT = (
    str.capitalize,
    str.casefold,
    str.center,
    str.expandtabs,
    str.format,
    str.join,
    str.ljust,
    str.lower,
    str.lstrip,
    str.removeprefix,
    str.removesuffix,
    str.replace,
    str.rjust,
    str.rstrip,
    str.strip,
    str.swapcase,
    str.title,
    str.upper,
    str.zfill,
)
_TO_TRUTH = (
    str.endswith,
    str.isalnum,
    str.isalpha,
    str.isascii,
    str.isdecimal,
    str.isdigit,
    str.isidentifier,
    str.islower,
    str.isnumeric,
    str.isspace,
    str.istitle,
    str.isupper,
    str.startswith,
)
_TO_NUMBER = (str.count, str.find, str.index, str.rfind, str.rindex)
_TO_LIST = (str.split, str.rsplit, str.splitlines)
TEXT_METHODS: frozenset[Any] = frozenset((*_TO_TEXT, *_TO_TRUTH, *_TO_NUMBER, *_TO_LIST))
"""Methods of strings that can stand in a program."""

constant(*_TO_TEXT, *_TO_TRUTH, *_TO_NUMBER, *_TO_LIST)
constant(builtins.str, builtins.repr, builtins.format)


@types(*_TO_TEXT, builtins.str, builtins.repr, builtins.format)
def _text(_form: Form, *_args: Type, **_kwargs: Type) -> Type:
    return STR


@types(*_TO_TRUTH)
def _truth(_form: Form, *_args: Type) -> Type:
    return BOOL


@types(*_TO_NUMBER)
def _number(_form: Form, *_args: Type) -> Type:
    return INT


@types(*_TO_LIST)
def _list(_form: Form, *_args: Type, **_kwargs: Type) -> Type:
    return List(STR)
