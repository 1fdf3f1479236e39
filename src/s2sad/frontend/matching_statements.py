"""Rewriting `match` statements as branches: the tests that a pattern makes, and the names that it binds.

Which kind of value is matched is known from its type; where it is not, a pattern that depends on the kind is refused.
Every test is an expression of the parts of the subject, which hidden variables hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gast

from s2sad.frontend.collections import known_length, sequence_items
from s2sad.frontend.context import Binding, Context
from s2sad.frontend.iterated import name_node
from s2sad.frontend.scope import Known
from s2sad.ir.program import Value
from s2sad.ir.types import Array, List, Range, Tuple, Unknown, widen

_MAX_GUARDS = 6
"""What follows a guard is tried on two ways, so that it is lowered twice."""


def as_branches(ctx: Context, node: gast.Match) -> list[Any]:
    """Return the statements that a `match` stands for: nested branches on the tests of its patterns.

    The subject is lowered now; hidden variables hold it and its parts.
    """
    subject = ctx.lower(node.subject)
    if sum(case.guard is not None for case in node.cases) > _MAX_GUARDS:
        ctx.refuse("S2S165", "too many cases have a guard", "write them with `if` and `elif`", node)
    branches: list[Any] = []
    for case in reversed(node.cases):
        found = _Match(ctx, case.pattern)
        found.visit(case.pattern, subject)
        body = [*found.bindings, *case.body]
        if case.guard is not None:
            # what follows is tried too where the guard does not hold
            body = [*found.bindings, _placed(gast.If(case.guard, case.body, branches), case.guard)]
        branches = body if not found.tests else [_branch(found.tests, body, branches, case.pattern)]
    return branches


def _branch(tests: list[Any], body: list[Any], orelse: list[Any], place: Any) -> Any:
    test = tests[0] if len(tests) == 1 else gast.BoolOp(gast.And(), tests)
    return _placed(gast.If(test, body, orelse), place)


def _placed(node: Any, place: Any) -> Any:
    for inner in gast.walk(node):
        if "lineno" in getattr(inner, "_attributes", ()) and getattr(inner, "lineno", None) is None:
            gast.copy_location(inner, place)
    return node


_NEVER = gast.Constant(False, None)


@dataclass(slots=True)
class _Match:
    """The tests and the bindings of one pattern."""

    ctx: Context
    whole: Any
    tests: list[Any] = field(default_factory=list)
    bindings: list[Any] = field(default_factory=list)

    def visit(self, pattern: Any, subject: Binding) -> None:
        match pattern:
            case gast.MatchValue(value=value):
                self.test(gast.Compare(self.hidden(subject), [gast.Eq()], [value]))
            case gast.MatchSingleton(value=value):
                self.test(gast.Compare(self.hidden(subject), [gast.Is()], [gast.Constant(value, None)]))
            case gast.MatchAs(pattern=inner, name=name):
                if inner is not None:
                    self.visit(inner, subject)
                if name is not None:
                    self.bind(name, subject)
            case gast.MatchOr(patterns=patterns):
                self.alternatives(patterns, subject)
            case gast.MatchSequence(patterns=patterns):
                self.sequence(pattern, patterns, subject)
            case gast.MatchClass():
                self.instance(pattern, subject)
            case _:
                self.refuse("patterns of dicts are not supported", "compare the entries with `if`", pattern)

    def refuse(self, message: str, advice: str, pattern: Any) -> None:
        self.ctx.refuse("S2S165", message, advice, pattern)

    def hidden(self, binding: Binding) -> Any:
        """Return an expression that reads something that has been lowered."""
        name = f"subject {len(self.ctx.frame.env)}"
        self.ctx.bind(name, binding)
        return name_node(name)

    def test(self, expression: Any) -> None:
        self.tests.append(_placed(expression, self.whole))

    def bind(self, name: str, subject: Binding) -> None:
        target = name_node(name, store=True)
        self.bindings.append(_placed(gast.Assign([target], self.hidden(subject), None), self.whole))

    def alternatives(self, patterns: list[Any], subject: Binding) -> None:
        tests = []
        for pattern in patterns:
            one = _Match(self.ctx, pattern)
            one.visit(pattern, subject)
            if one.bindings:
                self.refuse("alternatives that bind names are not supported", "write one case for each", pattern)
            if not one.tests:
                return
            tests.append(one.tests[0] if len(one.tests) == 1 else gast.BoolOp(gast.And(), one.tests))
        self.test(gast.BoolOp(gast.Or(), tests))

    def sequence(self, pattern: Any, patterns: list[Any], subject: Binding) -> None:
        kind = subject.type if isinstance(subject, Value) else None
        if isinstance(kind, Unknown):
            advice = "test with `isinstance` or `len`, or give the argument a type"
            self.refuse("it is not known whether this is a sequence", advice, pattern)
        if kind is not None and not isinstance(widen(kind), Tuple | List | Range):
            self.test(_NEVER)
            return
        length = known_length(subject)
        if length is None:
            self.refuse("the length of this sequence is not known", "test with `len`", pattern)
            return
        stars = [k for k, one in enumerate(patterns) if isinstance(one, gast.MatchStar)]
        if length < len(patterns) - len(stars) or (not stars and length != len(patterns)):
            self.test(_NEVER)
            return
        items = sequence_items(self.ctx, subject)
        if stars:
            after = len(patterns) - stars[0] - 1
            self.rest(patterns[stars[0]].name, items[stars[0] : length - after])
            patterns = [*patterns[: stars[0]], *patterns[stars[0] + 1 :]]
            items = [*items[: stars[0]], *items[length - after :]]
        for one, item in zip(patterns, items, strict=True):
            self.visit(one, item)

    def rest(self, name: str | None, items: list[Binding]) -> None:
        """Bind what a star stands for: a list."""
        if name is not None:
            parts = gast.List([self.hidden(item) for item in items], gast.Load())
            self.bindings.append(_placed(gast.Assign([name_node(name, store=True)], parts, None), self.whole))

    def instance(self, pattern: Any, subject: Binding) -> None:
        cls = self.ctx.lower(pattern.cls)
        if not isinstance(cls, Known) or not isinstance(cls.value, type) or not isinstance(subject, Value):
            self.refuse("this class is not known", "test with `isinstance`", pattern)
            return
        names = [*getattr(cls.value, "__match_args__", ())[: len(pattern.patterns)], *pattern.kwd_attrs]
        parts = [*pattern.patterns, *pattern.kwd_patterns]
        is_own = cls.value in (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)
        if isinstance(subject.type, Tuple) and subject.type.cls is not None:
            if subject.type.cls is not cls.value:
                self.test(_NEVER)
                return
        else:
            self.test(gast.Call(self.hidden(Known(isinstance)), [self.hidden(subject), pattern.cls], []))
        if is_own and len(parts) <= 1 and not pattern.kwd_attrs:
            for part in parts:
                self.visit(part, subject)
            return
        if len(names) != len(parts):
            self.refuse("the class takes fewer positional patterns", "name the attributes", pattern)
        for name, part in zip(names, parts, strict=True):
            self.visit(part, self.attribute(subject, name, pattern))

    def attribute(self, subject: Value, name: str, pattern: Any) -> Binding:
        if not isinstance(subject.type, Tuple | Array):
            self.refuse("the attributes of this value are not known", "read them with `.`", pattern)
        node = gast.Attribute(self.hidden(subject), name, gast.Load())
        return self.ctx.lower(_placed(node, self.whole))
