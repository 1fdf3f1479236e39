"""Random programs over vectors and numbers: loops, branches, swaps, stores, views, collected lists."""

from __future__ import annotations

import builtins
import operator
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.program import ExitKind, Form, Function, Origin, Parameter, Region, Source, Value
from s2sad.ir.types import BOOL, FLOAT64, INT, UNKNOWN, Array, List, Range, Tuple, Type

LENGTH = 4
VECTOR = Array(np.dtype(np.float64), (LENGTH,))
HINTS = (None, None, "x", "y", "u", "v", "d_x", "d_u", "a", "sum", "tail")
UNARY: tuple[Callable[..., Any], ...] = (np.sin, np.cos, np.tanh)
BINARY: tuple[Callable[..., Any], ...] = (np.add, np.subtract, np.multiply)
SLICES = (slice(1, None), slice(None, -1), slice(None, None, -1), slice(None), slice(0, 2), [3, 0], [1, 2, 3])


@dataclass
class Scope:
    """What can be read where the program is being built."""

    vectors: list[Value] = field(default_factory=list)
    numbers: list[Value] = field(default_factory=list)
    lists: list[Value] = field(default_factory=list)
    ints: list[Value] = field(default_factory=list)

    def copy(self) -> Scope:
        return Scope(list(self.vectors), list(self.numbers), list(self.lists), list(self.ints))


class Generator:
    """Builds one random program.

    Parameters
    ----------
    seed : int
        What the program is determined by.
    typed : bool
        Whether values carry their types or are all unknown.
    """

    def __init__(self, seed: int, typed: bool = True) -> None:
        self.random = random.Random(seed)
        self.typed = typed

    def type(self, known: Type) -> Type:
        return known if self.typed or isinstance(known, Range) else UNKNOWN

    def value(self, known: Type, hint: str | None = None, named: bool | None = None) -> Value:
        hint = hint or self.random.choice(HINTS)
        return Value(
            self.type(known), hint, hint is not None and (self.random.random() < 0.4 if named is None else named)
        )

    def function(self) -> Function:
        names = self.random.sample(["x", "y", "n", "d_x", "u"], 3)
        params = (self.value(VECTOR, names[0]), self.value(VECTOR, names[1]), Value(self.type(INT), names[2], True))
        builder = Builder(lambda *_: UNKNOWN)
        builder.origin = Origin(derived=self.random.random() < 0.5)
        scope = Scope(list(params[:2]), [], [], [params[2]])
        scope.numbers.append(builder.call(np.sum, params[0], type_=self.type(FLOAT64)))
        self.block(builder, scope, self.random.randint(3, 9), 0)
        kept = [*scope.vectors, *scope.numbers, *scope.lists]
        chosen = self.random.sample(kept, min(len(kept), self.random.randint(1, 4)))
        result = builder.call(primitives.make_tuple, *chosen, type_=self.type(Tuple(tuple(v.type for v in chosen))))
        parameters = tuple(Parameter(name) for name in names)
        return Function("program", parameters, builder.region(params, (result,), ExitKind.RETURN))

    # -- statements ----------------------------------------------------------------------------------------------

    def block(self, builder: Builder, scope: Scope, count: int, depth: int) -> None:
        for _ in range(count):
            choices = [self.compute] * 3 + [self.view] * 2 + [self.store] * 4 + [self.pick]
            if depth < 3:
                choices += [self.loop, self.loop, self.branch]
            self.random.choice(choices)(builder, scope, depth)

    def compute(self, builder: Builder, scope: Scope, depth: int) -> None:
        pick = self.random.choice
        if self.random.random() < 0.4:
            made = builder.call(pick(UNARY), pick(scope.vectors), type_=self.type(VECTOR))
        else:
            other = pick(scope.vectors + scope.numbers)
            made = builder.call(pick(BINARY), pick(scope.vectors), other, form=Form.OPERATOR, type_=self.type(VECTOR))
        scope.vectors.append(self.renamed(builder, made))
        if self.random.random() < 0.4:
            scope.numbers.append(builder.call(np.sum, pick(scope.vectors), type_=self.type(FLOAT64)))

    def renamed(self, builder: Builder, value: Value) -> Value:
        """Give the latest operation's result a random name."""
        named = self.value(VECTOR)
        (operation,) = builder.operations[-1:]
        assert operation.results == (value,)
        builder.operations[-1] = type(operation)(
            *(  # type: ignore[call-arg]
                (named,) if name == "results" else getattr(operation, name) for name in operation.__slots__
            )
        )
        return named

    def view(self, builder: Builder, scope: Scope, depth: int) -> None:
        """Make a whole view of a vector, or one that a part of another is read through."""
        source = self.random.choice(scope.vectors)
        index = builder.constant(self.random.choice((slice(None), slice(None, None, -1))))
        made = builder.call(operator.getitem, source, index, form=Form.OPERATOR, type_=self.type(VECTOR))
        scope.vectors.append(self.renamed(builder, made))

    def pick(self, builder: Builder, scope: Scope, depth: int) -> None:
        """Read an element, or an item of a collected list if it has one."""
        source = self.random.choice(scope.vectors)
        index = builder.constant(self.random.randrange(LENGTH))
        scope.numbers.append(
            builder.call(operator.getitem, source, index, form=Form.OPERATOR, type_=self.type(FLOAT64))
        )

    def store(self, builder: Builder, scope: Scope, depth: int) -> None:
        for _ in range(self.random.randint(1, 3)):
            position = self.random.randrange(len(scope.vectors))
            base = scope.vectors[position]
            function = self.random.choice((primitives.set_at, primitives.add_at))
            if self.random.random() < 0.5:
                index = builder.constant(self.random.randrange(LENGTH))
                value = self.random.choice(scope.numbers)
            else:
                where = self.random.choice(SLICES)
                index = builder.constant(where)
                source = self.random.choice(scope.vectors)
                count = len(np.arange(LENGTH)[where])
                if count < LENGTH:
                    part = self.type(Array(VECTOR.dtype, (count,)))
                    cut = builder.constant(
                        self.random.choice((slice(count), slice(-count, None), slice(None, -count - 1, -1)))
                    )
                    source = builder.call(operator.getitem, source, cut, form=Form.OPERATOR, type_=part)
                value = source
            new = builder.call(function, base, index, value, type_=self.type(VECTOR), hint=base.hint)
            if self.random.random() < 0.8:
                scope.vectors[position] = new
            else:
                scope.vectors.append(new)

    def loop(self, builder: Builder, scope: Scope, depth: int) -> None:
        counted = self.random.random() < 0.75
        sources, items = self.sources(builder, scope) if counted else ((), ())
        initial = tuple(self.random.choice(scope.vectors) for _ in range(self.random.randint(1, 3)))
        params = tuple(self.value(VECTOR) for _ in initial)
        inner = builder.nested()
        seen = scope.copy()
        seen.vectors += [
            *params,
            *(v for s, v in zip(sources, items, strict=True) if not isinstance(s.value.type, Range)),
        ]
        self.block(inner, seen, self.random.randint(1, 5), depth + 1)
        recent = [*params, *seen.vectors[-3:]]
        following = tuple(self.random.choice(recent) for _ in params)
        collected = tuple(self.random.choice([*recent, *seen.vectors]) for _ in range(self.random.randint(0, 2)))
        values = (*following, *collected)
        if self.random.random() < 0.4:
            values = self.ending(inner, seen, values, depth)
        test = None
        if not counted:
            values, params, initial, test = self.uncounted(builder, inner, scope, values, params, initial)
        elif self.random.random() < 0.2:
            test = self.test(builder, self.random.choice(params))
        body = inner.region((*items, *params), values)
        finals = tuple(self.value(VECTOR) for _ in following)
        counts = tuple(self.value(INT) for _ in params[len(following) :])
        lists = tuple(Value(self.type(List(VECTOR)), self.random.choice((None, "kept"))) for _ in collected)
        builder.scan(sources, initial, body, (*finals, *counts, *lists), strict=False, test=test)
        scope.vectors += finals
        scope.lists += lists

    def uncounted(
        self,
        builder: Builder,
        inner: Builder,
        scope: Scope,
        values: tuple[Value, ...],
        params: tuple[Value, ...],
        initial: tuple[Value, ...],
    ) -> tuple[Any, ...]:
        """Make a loop count its own trips."""
        count, limit = self.value(INT, "k"), self.random.choice(scope.ints)
        after = inner.call(np.add, count, inner.constant(1), form=Form.OPERATOR, type_=self.type(INT))
        tested = builder.nested()
        test = tested.call(np.less, count, limit, form=Form.OPERATOR, type_=self.type(BOOL))
        split = len(params)
        values = (*values[:split], after, *values[split:])
        region = tested.region((), (test,))
        return values, (*params, count), (*initial, builder.constant(0)), region

    def test(self, builder: Builder, vector: Value) -> Region:
        tested = builder.nested()
        total = tested.call(np.sum, vector, type_=self.type(FLOAT64))
        bound = tested.constant(self.random.choice((0.5, 2.0)))
        return tested.region((), (tested.call(np.less, total, bound, form=Form.OPERATOR, type_=self.type(BOOL)),))

    def condition(self, builder: Builder, scope: Scope) -> Value:
        bound = builder.constant(self.random.choice((-0.5, 0.25, 1.0)))
        number = self.random.choice(scope.numbers)
        return builder.call(np.greater, number, bound, form=Form.OPERATOR, type_=self.type(BOOL))

    def ending(self, inner: Builder, scope: Scope, values: tuple[Value, ...], depth: int) -> tuple[Value, ...]:
        """End the body so that a trip may be the last one, or is cut short, and what it yields depends on that."""
        test = self.condition(inner, scope)
        if self.random.random() < 0.3:
            return (*values, test)
        kind = self.random.choice((ExitKind.BREAK, ExitKind.CONTINUE))
        arms = [self.way(inner, scope, values, depth, kind), self.way(inner, scope, values, depth, ExitKind.YIELD)]
        if self.random.random() < 0.3:
            arms.reverse()
        results = (*(self.value(VECTOR) for _ in values), Value(self.type(BOOL)))
        inner.branch(test, arms[0], arms[1], results)
        if self.random.random() < 0.4:
            # what comes after is left out on the way that ends the loop
            seen = scope.copy()
            seen.vectors += results[:-1]
            arms = [self.way(inner, seen, results[:-1], depth, k) for k in (ExitKind.BREAK, ExitKind.YIELD)]
            stop = results[-1]
            results = (*(self.value(VECTOR) for _ in values), Value(self.type(BOOL)))
            inner.branch(stop, arms[0], arms[1], results)
        return results

    def way(self, builder: Builder, scope: Scope, values: tuple[Value, ...], depth: int, kind: ExitKind) -> Region:
        """Make an arm that ends in a certain way, with a branch like it inside now and then."""
        inner, seen = builder.nested(), scope.copy()
        if kind is ExitKind.YIELD or self.random.random() < 0.4:
            self.block(inner, seen, self.random.randint(0, 2), depth + 1)
        chosen = tuple(self.random.choice((value, value, *seen.vectors[-2:])) for value in values)
        if kind is ExitKind.YIELD and self.random.random() < 0.3 and depth < 3:
            return inner.region((), self.ending(inner, seen, chosen, depth + 1)[: len(values) + 1])
        return inner.region((), (*chosen, inner.constant(kind is ExitKind.BREAK)), kind)

    def sources(self, builder: Builder, scope: Scope) -> tuple[tuple[Source, ...], tuple[Value, ...]]:
        sources, items = [], []
        count = self.random.choice([*scope.ints, builder.constant(self.random.randrange(3))])
        if not scope.lists or self.random.random() < 0.5:
            made = builder.call(builtins.range, count, form=Form.BUILTIN, type_=Range())
            sources.append(Source(made, self.random.random() < 0.5))
            items.append(Value(self.type(INT), "i"))
        if scope.lists and (not sources or self.random.random() < 0.5):
            sources.append(Source(self.random.choice(scope.lists), self.random.random() < 0.5))
            items.append(self.value(VECTOR))
        return tuple(sources), tuple(items)

    def branch(self, builder: Builder, scope: Scope, depth: int) -> None:
        zero = builder.constant(0.25)
        number = self.random.choice(scope.numbers)
        test = builder.call(np.greater, number, zero, form=Form.OPERATOR, type_=self.type(BOOL))
        count = self.random.randint(1, 2)
        arms = [self.arm(builder, scope, count, depth) for _ in range(2)]
        results = tuple(self.value(VECTOR) for _ in range(count))
        builder.branch(test, arms[0], arms[1], results)
        scope.vectors += results

    def arm(self, builder: Builder, scope: Scope, count: int, depth: int) -> Region:
        inner = builder.nested()
        seen = scope.copy()
        self.block(inner, seen, self.random.randint(0, 3), depth + 1)
        return inner.region((), tuple(self.random.choice([*seen.vectors[-3:], *scope.vectors]) for _ in range(count)))
