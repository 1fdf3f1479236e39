"""Programs whose loops are not counted, written down operation by operation, and the same in Python."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.infer import infer
from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.program import ExitKind, Form, Function, Parameter, Region, Scan, Source, Value
from s2sad.ir.types import BOOL, FLOAT, INT, Array, List, Type
from s2sad.ir.verify import verify

Body = Callable[..., tuple[Value, ...]]

VECTOR = Array(np.dtype(float), (3,))


class Write:
    """A region being written with operators."""

    def __init__(self, builder: Builder | None = None) -> None:
        self.builder = builder or Builder(infer)

    def lift(self, x: Any) -> Value:
        return x if isinstance(x, Value) else self.builder.constant(x)

    def op(self, function: Callable[..., Any], *args: Any, hint: str | None = None) -> Value:
        return self.builder.call(function, *map(self.lift, args), form=Form.OPERATOR, hint=hint, named=hint is not None)

    def call(self, function: Callable[..., Any], *args: Any, hint: str | None = None, **options: Any) -> Value:
        return self.builder.call(function, *map(self.lift, args), hint=hint, named=hint is not None, **options)

    def range(self, *args: Any) -> Source:
        return Source(self.builder.call(builtins.range, *map(self.lift, args), form=Form.BUILTIN, spelling="range"))

    def branch(
        self,
        test: Value,
        then: Body,
        orelse: Body,
        names: tuple[str | None, ...],
        types: tuple[Type, ...] = (),
        kinds: tuple[ExitKind, ExitKind] = (ExitKind.BREAK, ExitKind.YIELD),
    ) -> tuple[Value, ...]:
        """Write an `if`; the bodies return what the arms yield, and `names` are those of the results."""
        regions = []
        for body, kind in zip((then, orelse), kinds, strict=True):
            inner = Write(self.builder.nested())
            values = tuple(map(inner.lift, body(inner)))
            regions.append(inner.builder.region((), values, kind))
        given = types or tuple(FLOAT if name is not None else BOOL for name in names)
        results = tuple(Value(t, name, name is not None) for t, name in zip(given, names, strict=True))
        self.builder.branch(test, regions[0], regions[1], results)
        return results

    def loop(
        self,
        body: Body,
        initial: dict[str, Any],
        sources: tuple[Source, ...] = (),
        items: tuple[Value, ...] = (),
        test: Body | None = None,
        collects: int = 0,
        strict: bool = True,
    ) -> tuple[Value, ...]:
        """Write a loop; `body(inner, *items, *carried)` returns what it yields."""
        starts = tuple(map(self.lift, initial.values()))
        types = tuple(_widened(start.type) for start in starts)
        carried = tuple(Value(t, name, True) for t, name in zip(types, initial, strict=True))
        inner = Write(self.builder.nested())
        values = tuple(map(inner.lift, body(inner, *items, *carried)))
        region = inner.builder.region((*items, *carried), values)
        again: Region | None = None
        if test is not None:
            tested = Write(self.builder.nested())
            again = tested.builder.region((), (test(tested, *carried)[0],))
        finals = tuple(Value(t, name, True) for t, name in zip(types, initial, strict=True))
        lists = tuple(Value(List(v.type), "kept") for v in values[len(initial) : len(initial) + collects])
        self.builder.add(
            Scan(sources, starts, region, (*finals, *lists), self.builder.origin, strict=strict, test=again)
        )
        return (*finals, *lists)

    def function(self, name: str, params: tuple[Value, ...], result: Value) -> Function:
        parameters = tuple(Parameter(param.hint or "x") for param in params)
        return verify(Function(name, parameters, self.builder.region(params, (result,), ExitKind.RETURN)))


def _widened(type_: Type) -> Type:
    from s2sad.ir.types import widen

    return widen(type_)


def small(w: Write, x: Any, bound: Any = 1e-12) -> Value:
    return w.op(np.less, w.call(np.absolute, x), bound)


def newton_sqrt() -> Function:
    w, a = Write(), Value(FLOAT, "a", True)

    def body(b: Write, x: Value) -> tuple[Any, ...]:
        top = b.op(np.subtract, b.op(np.multiply, x, x), a)
        step = b.op(np.divide, top, b.op(np.multiply, 2, x), hint="step")
        new = b.op(np.subtract, x, step, hint="x")
        return new, small(b, step)

    (x,) = w.loop(body, {"x": a})
    return w.function("newton_sqrt", (a,), x)


def newton_sqrt_py(a):
    x = a
    while True:
        step = (x * x - a) / (2 * x)
        x = x - step
        if abs(step) < 1e-12:
            break
    return x


def newton_by_branch() -> Function:
    """The same with the branch as a frontend writes it."""
    w, a = Write(), Value(FLOAT, "a", True)

    def body(b: Write, x: Value) -> tuple[Any, ...]:
        top = b.op(np.subtract, b.op(np.multiply, x, x), a)
        step = b.op(np.divide, top, b.op(np.multiply, 2, x), hint="step")
        new = b.op(np.subtract, x, step, hint="x")
        return b.branch(small(b, step), lambda _: (new, True), lambda _: (new, False), ("x", None))

    (x,) = w.loop(body, {"x": a})
    return w.function("newton_by_branch", (a,), x)


newton_by_branch_py = newton_sqrt_py


def halvings() -> Function:
    """`while x > 1: x = x * c`, of which nothing but the number of trips and `c` is read."""
    w, x, c = Write(), Value(FLOAT, "x", True), Value(FLOAT, "c", True)
    (y,) = w.loop(
        lambda b, y: (b.op(np.multiply, y, 0.5, hint="y"),),
        {"y": x},
        test=lambda t, y: (t.op(np.greater, y, 1.0),),
    )
    return w.function("halvings", (x, c), w.op(np.multiply, y, c))


def halvings_py(x, c):
    y = x
    while y > 1.0:
        y = y * 0.5
    return y * c


def shrinking() -> Function:
    w, x, c = Write(), Value(FLOAT, "x", True), Value(FLOAT, "c", True)

    def body(b: Write, y: Value, n: Value) -> tuple[Any, ...]:
        return b.op(np.multiply, b.call(np.sin, y), c, hint="y"), b.op(np.add, n, 1, hint="n")

    y, n = w.loop(
        body,
        {"y": x, "n": 0},
        test=lambda t, y, n: (t.op(np.greater, t.op(np.multiply, y, t.call(np.exp, y)), 0.9),),
    )
    return w.function("shrinking", (x, c), w.op(np.add, w.op(np.multiply, y, c), n))


def shrinking_py(x, c):
    y, n = x, 0
    while y * np.exp(y) > 0.9:
        y = np.sin(y) * c
        n = n + 1
    return y * c + n


def break_in_the_middle() -> Function:
    w, x, n = Write(), Value(FLOAT, "x", True), Value(INT, "n", True)

    def body(b: Write, i: Value, y: Value, total: Value) -> tuple[Any, ...]:
        y = b.op(np.multiply, y, b.call(np.cos, x), hint="y")

        def go_on(inner: Write) -> tuple[Any, ...]:
            grown = inner.op(np.multiply, b.op(np.multiply, total, y), 1.5, hint="total")
            return y, inner.op(np.add, grown, i), False

        return b.branch(b.op(np.less, y, 0.3), lambda _: (y, total, True), go_on, ("y", "total", None))

    y, total = w.loop(body, {"y": x, "total": 1.0}, (w.range(n),), (Value(INT, "i", True),))
    return w.function("break_in_the_middle", (x, n), w.op(np.add, y, total))


def break_in_the_middle_py(x, n):
    y, total = x, 1.0
    for i in range(n):
        y = y * np.cos(x)
        product = total * y
        if y < 0.3:
            break
        total = product * 1.5 + i
    return y + total


def skipping() -> Function:
    w, x, n = Write(), Value(FLOAT, "x", True), Value(INT, "n", True)

    def body(b: Write, i: Value, y: Value) -> tuple[Any, ...]:
        test = b.op(np.equal, b.op(np.remainder, i, 2), 1)

        def rest(inner: Write) -> tuple[Any, ...]:
            return (inner.op(np.add, inner.op(np.multiply, y, inner.call(np.sin, y)), x, hint="y"),)

        return b.branch(test, lambda _: (y,), rest, ("y",), kinds=(ExitKind.CONTINUE, ExitKind.YIELD))

    (y,) = w.loop(body, {"y": x}, (w.range(n),), (Value(INT, "i", True),))
    return w.function("skipping", (x, n), y)


def skipping_py(x, n):
    y = x
    for i in range(n):
        if i % 2 == 1:
            continue
        y = y * np.sin(y) + x
    return y


def until_found() -> Function:
    """A sum over the items of an array up to the first that is negative."""
    w, v = Write(), Value(VECTOR, "v", True)
    item = Value(Array(np.dtype(float), (), scalar=True), "a", True)

    def body(b: Write, a: Value, total: Value) -> tuple[Any, ...]:
        def go_on(inner: Write) -> tuple[Any, ...]:
            return inner.op(np.add, total, inner.op(np.multiply, a, a), hint="total"), False

        return b.branch(b.op(np.less, a, 0.0), lambda _: (total, True), go_on, ("total", None))

    (total,) = w.loop(body, {"total": 0.0}, (Source(v),), (item,))
    return w.function("until_found", (v,), w.op(np.multiply, total, total))


def until_found_py(v):
    total = 0.0
    for a in v:
        if a < 0.0:
            break
        total = total + a * a
    return total * total


def last_ones() -> Function:
    """The same from the end, so that the items which no trip reaches are the first."""
    w, v = Write(), Value(VECTOR, "v", True)
    item = Value(Array(np.dtype(float), (), scalar=True), "a", True)

    def body(b: Write, a: Value, total: Value) -> tuple[Any, ...]:
        return b.op(np.add, total, b.op(np.multiply, a, a), hint="total"), b.op(np.less, a, 0.0)

    (total,) = w.loop(body, {"total": 0.0}, (Source(v, backwards=True),), (item,))
    return w.function("last_ones", (v,), w.op(np.multiply, total, total))


def last_ones_py(v):
    total = 0.0
    for a in reversed(v):
        total = total + a * a
        if a < 0.0:
            break
    return total * total


def nested_break() -> Function:
    """A break inside a branch, with code after the branch that a break leaves out."""
    w, x, n = Write(), Value(FLOAT, "x", True), Value(INT, "n", True)

    def body(b: Write, i: Value, y: Value) -> tuple[Any, ...]:
        def odd(outer: Write) -> tuple[Any, ...]:
            z = outer.op(np.multiply, y, y, hint="y")

            def go_on(inner: Write) -> tuple[Any, ...]:
                return inner.op(np.multiply, z, 0.7, hint="y"), False

            return outer.branch(outer.op(np.greater, z, 2.0), lambda _: (z, True), go_on, ("y", None))

        test = b.op(np.equal, b.op(np.remainder, i, 2), 1)
        kinds = (ExitKind.YIELD, ExitKind.YIELD)
        y, left = b.branch(test, odd, lambda _: (y, False), ("y", None), kinds=kinds)

        def after(inner: Write) -> tuple[Any, ...]:
            return inner.op(np.add, inner.op(np.multiply, y, x), inner.call(np.sin, y), hint="y"), False

        return b.branch(left, lambda _: (y, True), after, ("y", None))

    (y,) = w.loop(body, {"y": x}, (w.range(n),), (Value(INT, "i", True),))
    return w.function("nested_break", (x, n), y)


def nested_break_py(x, n):
    y = x
    for i in range(n):
        if i % 2 == 1:
            y = y * y
            if y > 2.0:
                break
            y = y * 0.7
        y = y * x + np.sin(y)
    return y


def loop_in_loop() -> Function:
    w, x, n = Write(), Value(FLOAT, "x", True), Value(INT, "n", True)

    def body(b: Write, i: Value, y: Value) -> tuple[Any, ...]:
        (z,) = b.loop(
            lambda inner, z: (inner.op(np.multiply, z, 0.5, hint="z"),),
            {"z": b.op(np.add, y, 1.5)},
            test=lambda t, z: (t.op(np.greater, z, 1.0),),
        )
        return (b.op(np.add, b.op(np.multiply, z, z), x, hint="y"),)

    (y,) = w.loop(body, {"y": x}, (w.range(n),), (Value(INT, "i", True),))
    return w.function("loop_in_loop", (x, n), y)


def loop_in_loop_py(x, n):
    y = x
    for _ in range(n):
        z = y + 1.5
        while z > 1.0:
            z = z * 0.5
        y = z * z + x
    return y


def filled() -> Function:
    """Stores into an array until a test holds, and a list of what was there."""
    w, v, n = Write(), Value(VECTOR, "v", True), Value(INT, "n", True)
    start = w.call(np.copy, v, hint="u")

    def body(b: Write, i: Value, u: Value) -> tuple[Any, ...]:
        at = b.op(np.remainder, i, 3)
        old = b.op(_getitem(), u, at)
        new = b.call(primitives.set_at, u, at, b.op(np.multiply, old, b.op(_getitem(), u, 0)), hint="u")
        return new, b.call(np.sum, new), b.op(np.greater, b.op(_getitem(), new, 1), 6.0)

    u, sums = w.loop(body, {"u": start}, (w.range(n),), (Value(INT, "i", True),), collects=1)
    total = w.call(
        np.sum, w.call(np.array, w.call(primitives.concatenate_lists, sums, w.call(primitives.make_list, 0.0)))
    )
    return w.function("filled", (v, n), w.op(np.add, total, w.call(np.sum, w.op(np.multiply, u, u))))


def _getitem() -> Callable[..., Any]:
    import operator

    return operator.getitem


def filled_py(v, n):
    u, sums = v.copy(), [0.0]
    for i in range(n):
        u[i % 3] = u[i % 3] * u[0]
        sums.append(np.sum(u))
        if u[1] > 6.0:
            break
    return sum(sums) + np.sum(u * u)


PROGRAMS: dict[str, tuple[Callable[[], Function], Callable[..., Any], list[tuple[Any, ...]]]] = {
    "newton_sqrt": (newton_sqrt, newton_sqrt_py, [(2.3,), (9.7,)]),
    "newton_by_branch": (newton_by_branch, newton_by_branch_py, [(2.3,), (0.4,)]),
    "halvings": (halvings, halvings_py, [(0.3, 2.0), (1.7, 2.0), (6.1, 0.5)]),
    "shrinking": (shrinking, shrinking_py, [(0.2, 0.9), (0.7, 0.9), (2.0, 0.8)]),
    "break_in_the_middle": (break_in_the_middle, break_in_the_middle_py, [(0.8, 0), (0.8, 1), (0.8, 3), (0.8, 9)]),
    "skipping": (skipping, skipping_py, [(0.8, 0), (0.8, 1), (0.8, 5)]),
    "until_found": (
        until_found,
        until_found_py,
        [(np.array(v),) for v in ([-1.0, 2.0, 3.0], [1.5, -2.0, 3.0], [1.0, 2.0, 3.0])],
    ),
    "last_ones": (
        last_ones,
        last_ones_py,
        [(np.array(v),) for v in ([-1.0, 2.0, -3.0], [1.5, -2.0, 3.0], [1.0, 2.0, 3.0])],
    ),
    "nested_break": (nested_break, nested_break_py, [(0.8, 0), (0.8, 1), (0.8, 3), (1.4, 5)]),
    "loop_in_loop": (loop_in_loop, loop_in_loop_py, [(0.8, 0), (0.3, 1), (2.8, 3)]),
    "filled": (
        filled,
        filled_py,
        [(np.array([1.3, 0.7, 0.4]), k) for k in (0, 1, 3)] + [(np.array([2.0, 1.9, 3.0]), 9)],
    ),
}
"""The name of each program: how it is built, the same in Python, and arguments."""
