"""Functions of Python's own that are lowered as what they do: each is given as a text, which takes the call's place."""

from __future__ import annotations

import builtins
import copy
import functools
import itertools
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from s2sad.frontend.convert import to_gast
from s2sad.frontend.scope import Entity, Known
from s2sad.frontend.source import FunctionSource, SourceFile, parameters
from s2sad.parsing import syntax_tree

PRELUDE: dict[Callable[..., Any], str] = {
    functools.reduce: """
def reduce(function, items, *initial):
    if len(initial) == 1:
        accumulator = initial[0]
        for item in items:
            accumulator = function(accumulator, item)
    else:
        accumulator = items[0]
        for item in items[1:]:
            accumulator = function(accumulator, item)
    return accumulator
""",
    divmod: """
def divmod(a, b, /):
    return a // b, a % b
""",
    operator.itemgetter: """
def itemgetter(key, *keys):
    if len(keys) == 0:
        return lambda items: items[key]
    return lambda items: (items[key], *[items[k] for k in keys])
""",
    operator.concat: "def concat(a, b, /): return a + b",
    operator.getitem: "def getitem(a, b, /): return a[b]",
    operator.setitem: "def setitem(a, b, c, /): a[b] = c",
    operator.delitem: "def delitem(a, b, /): del a[b]",
    operator.iconcat: "def iconcat(a, b, /):\n    a += b\n    return a",
    operator.truth: "def truth(a, /): return bool(a)",
    functools.wraps: """
def wraps(wrapped, assigned=None, updated=None):
    return lambda function: function
""",
    itertools.repeat: """
def repeat(item, times):
    return [item for _ in range(times)]
""",
    itertools.chain: """
def chain(*sequences):
    return [item for sequence in sequences for item in sequence]
""",
    itertools.product: """
def product(*sequences, repeat):
    if repeat is not None and len(sequences) == 1:
        if repeat == 1:
            return [(a,) for a in sequences[0]]
        if repeat == 2:
            return [(a, b) for a in sequences[0] for b in sequences[0]]
        if repeat == 3:
            return [(a, b, c) for a in sequences[0] for b in sequences[0] for c in sequences[0]]
    if repeat is None:
        if len(sequences) == 1:
            return [(a,) for a in sequences[0]]
        if len(sequences) == 2:
            return [(a, b) for a in sequences[0] for b in sequences[1]]
        if len(sequences) == 3:
            return [(a, b, c) for a in sequences[0] for b in sequences[1] for c in sequences[2]]
""",
    itertools.combinations: """
def combinations(items, r):
    count = len(items)
    if r == 2:
        return [(items[i], items[j]) for i in range(count) for j in range(i + 1, count)]
    if r == 3:
        return [
            (items[i], items[j], items[k])
            for i in range(count) for j in range(i + 1, count) for k in range(j + 1, count)
        ]
""",
    itertools.combinations_with_replacement: """
def combinations_with_replacement(items, r):
    count = len(items)
    if r == 2:
        return [(items[i], items[j]) for i in range(count) for j in range(i, count)]
""",
    itertools.permutations: """
def permutations(items, r):
    count = len(items)
    if r == 2:
        return [(items[i], items[j]) for i in range(count) for j in range(count) if i != j]
""",
    itertools.accumulate: """
def accumulate(items, *function, initial):
    if initial is None:
        sums = [item for item in items[:1]]
        rest = items[1:]
    else:
        sums = [initial]
        rest = items
    for item in rest:
        sums.append(function[0](sums[-1], item) if len(function) == 1 else sums[-1] + item)
    return sums
""",
    itertools.islice: "def islice(items, *bounds): return items[slice(*bounds)]",
    itertools.pairwise: """
def pairwise(items):
    return [(a, b) for a, b in zip(items[:-1], items[1:])]
""",
}
"""The text of each function. It sees the builtins and NumPy as `np`; a parameter's default is None."""

_OPERATORS = {
    "add": "a + b",
    "sub": "a - b",
    "mul": "a * b",
    "truediv": "a / b",
    "floordiv": "a // b",
    "mod": "a % b",
    "pow": "a ** b",
    "matmul": "a @ b",
    "and_": "a & b",
    "or_": "a | b",
    "xor": "a ^ b",
    "lshift": "a << b",
    "rshift": "a >> b",
    "lt": "a < b",
    "le": "a <= b",
    "gt": "a > b",
    "ge": "a >= b",
    "eq": "a == b",
    "ne": "a != b",
    "is_": "a is b",
    "is_not": "a is not b",
    "contains": "b in a",
}
_UNARY = {"neg": "-a", "pos": "+a", "inv": "~a", "invert": "~a", "not_": "not a", "abs": "abs(a)"}
_IN_PLACE = {
    **{"iadd": "+=", "isub": "-=", "imul": "*=", "itruediv": "/=", "ifloordiv": "//=", "imod": "%=", "ipow": "**="},
    **{"imatmul": "@=", "iand": "&=", "ior": "|=", "ixor": "^=", "ilshift": "<<=", "irshift": ">>="},
}

PRELUDE |= {getattr(operator, name): f"def {name}(a, b, /): return {text}" for name, text in _OPERATORS.items()}
PRELUDE |= {getattr(operator, name): f"def {name}(a, /): return {text}" for name, text in _UNARY.items()}
PRELUDE |= {
    getattr(operator, name): f"def {name}(a, b, /):\n    a {sign} b\n    return a" for name, sign in _IN_PLACE.items()
}
if hasattr(operator, "call"):
    # new in Python 3.11
    PRELUDE[operator.call] = "def call(function, /, *args, **kwargs): return function(*args, **kwargs)"

_EXTREMUM = """
def {0}(items):
    largest = items[0]
    for item in items[1:]:
        largest = {0}(largest, item)
    return largest
"""
EXTREMA: dict[Callable[..., Any], str] = {max: _EXTREMUM.format("max"), min: _EXTREMUM.format("min")}
"""The largest and the smallest item of a sequence whose length is not known."""

REPEATED = """
def repeat_items(items, times):
    return [item for _ in range(times) for item in items]
"""
"""The meaning of `items * times`."""


class BuiltinScope:
    """A scope in which nothing but Python's builtins and NumPy has a name."""

    def lookup(self, name: str) -> Entity | None:
        """Return the builtin of a name, or NumPy."""
        if name == "np":
            return Known(np)
        return Known(getattr(builtins, name)) if hasattr(builtins, name) else None

    def imported(self, path: str, level: int) -> Entity | None:
        """Import nothing."""
        return None


def prelude_source(text: str, file: SourceFile, node: Any) -> FunctionSource:
    """Return a function of the prelude, all of it placed where it is called.

    Parameters
    ----------
    text : str
        The definition.
    file : SourceFile
        The file that the call stands in.
    node : gast node
        The call.
    """
    definition = placed(copy.deepcopy(_parsed(text)), node)
    absent = {one.id: Known(None) for one in (*parameters(definition)[0], *definition.args.kwonlyargs)}
    return FunctionSource(definition.name, definition, file, BuiltinScope(), absent)


@functools.cache
def _parsed(text: str) -> gast.FunctionDef:
    (definition,) = syntax_tree(text).body
    return to_gast(definition)


def placed(tree: Any, node: Any) -> Any:
    """Give every node of a new tree the place of an old one."""
    for inner in gast.walk(tree):
        if "lineno" in getattr(inner, "_attributes", ()):
            gast.copy_location(inner, node)
    return tree


class NamingScope:
    """The scope of a function, in which one name more is bound."""

    def __init__(self, scope: Any, name: str, entity: Entity) -> None:
        self._scope, self._name, self._entity = scope, name, entity

    def lookup(self, name: str) -> Entity | None:
        """Return what a name is bound to."""
        return self._entity if name == self._name else self._scope.lookup(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scope, name)


def calling(source: FunctionSource, entity: Entity) -> FunctionSource:
    """Return a function with the signature of another one, which returns what an entity does with the arguments.

    It stands for a function under a decorator that says how it is differentiated.
    """
    node, name = source.node, f"s2sad.{source.name}"
    positional = [*node.args.posonlyargs, *node.args.args][len(source.bound) :]
    args = [gast.Name(param.id, gast.Load(), None, None) for param in positional]
    if node.args.vararg is not None:
        args.append(gast.Starred(gast.Name(node.args.vararg.id, gast.Load(), None, None), gast.Load()))
    keywords = [gast.keyword(param.id, gast.Name(param.id, gast.Load(), None, None)) for param in node.args.kwonlyargs]
    call = gast.Call(gast.Name(name, gast.Load(), None, None), args, keywords)
    returns = [inner for inner in gast.walk(node) if isinstance(inner, gast.Return)]
    place = returns[-1] if returns else node
    whole = copy.copy(node)
    is_lambda = isinstance(node, gast.Lambda)
    whole.body = placed(call, node.body) if is_lambda else [placed(gast.Return(call), place)]
    return replace(source, node=whole, scope=NamingScope(source.scope, name, entity))
