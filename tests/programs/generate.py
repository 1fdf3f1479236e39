"""Random programs: text and arguments, made from a source of choices that may be a seed or Hypothesis.

Every program is smooth where it is evaluated (conditions are far from a tie with probability one) and bounded (products
go through sines), so that finite differences tell right from wrong.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np

T = TypeVar("T")

LENGTH = 3
PARAMETERS = {"x": "s", "y": "s", "v": "v", "w": "v", "A": "m", "vs": "l", "p": "p", "q": "d", "n": "n"}
"""The names of parameters and their kinds: scalar, vector, matrix, list of vectors, pair, dict, number of trips."""

HELPERS = '''import numpy as np

RATE = 0.75


def blend(a, b, t=0.5):
    return t * a + (1 - t) * np.sin(b)


def both(a, b):
    c = np.tanh(a)
    return c * b, c - b


def soft(a, *, k=2.0):
    if np.sum(a) > 0.3:
        return np.tanh(k * a)
    return np.sin(a) * k


def repeat(a, count):
    for _ in range(count):
        a = np.sin(a) + 0.25 * a
    return a
'''


class Choices(Protocol):
    """Where a generator's decisions come from."""

    def integer(self, low: int, high: int) -> int:
        """Return an integer from low to high, both included."""


def choose(choices: Choices, options: Sequence[T]) -> T:
    """Return one of the options; the first is the simplest."""
    return options[choices.integer(0, len(options) - 1)]


@dataclass
class Generator:
    """The state of one program that is being written."""

    choices: Choices
    lines: list[str] = field(default_factory=list)
    scope: dict[str, str] = field(default_factory=dict)
    names: int = 0
    budget: int = 14

    # -- expressions --------------------------------------------------------------------------------------------------

    def pick(self, options: Sequence[T]) -> T:
        return choose(self.choices, options)

    def of_kind(self, kind: str) -> list[str]:
        return [name for name, other in self.scope.items() if other == kind]

    def expression(self, kind: str, depth: int = 2) -> str:
        """Return an expression of a kind."""
        if depth <= 0 or not self.choices.integer(0, 3):
            return self.atom(kind)
        return getattr(self, {"s": "scalar", "v": "vector", "m": "matrix"}[kind])(depth - 1)

    def atom(self, kind: str) -> str:
        options = self.of_kind(kind)
        constants = {
            "s": ["0.5", "RATE", "1.0", "2"],
            "v": [f"np.ones({LENGTH})", f"np.full({LENGTH}, 0.3)", "np.array([0.2, -0.4, 0.7])"],
            "m": [f"np.eye({LENGTH})", f"np.zeros(({LENGTH}, {LENGTH}))"],
        }[kind]
        items = {
            "s": [f"{v}[{i}]" for v in self.of_kind("v") for i in (0, -1)],
            "v": [f"{A}[{i}]" for A in self.of_kind("m") for i in (1, -1)] + [f"{vs}[0]" for vs in self.of_kind("l")],
            "m": [f"{A}.T" for A in self.of_kind("m")],
        }[kind]
        if kind in "sv":
            items += [f"{p}[{'sv'.index(kind)}]" for p in self.of_kind("p")]
            items += [f'{q}["{kind}"]' for q in self.of_kind("d")]
        return self.pick([*options, *items, *constants])

    def common(self, kind: str, depth: int) -> str:
        a, b = self.expression(kind, depth), self.expression(kind, depth)
        return self.pick([
            f"{a} + {b}", f"({a}) - ({b})", f"np.sin({a}) * ({b})", f"np.tanh({a})", f"-({a})", f"0.5 * ({a})",
            f"np.where(np.sum({a}) > 0.2, {a}, {b})", f"blend({a}, {b})", f"blend({a}, {b}, t=0.25)", f"soft({a})",
            f"soft({a}, k=1.5)", f"repeat({a}, 2)", f"np.exp(-np.square({a}))", f"np.sin(({a}) / 2)",
            f"np.cos({a}) / (2 + np.sin({b}))", f"np.sqrt(1 + np.square({a}))",
            f"({a} if np.sum({b}) > 0.1 else np.cos({b}))", f"np.logaddexp({a}, {b})", f"np.maximum({a}, {b})",
            f"(np.sin({a})) ** 2",
        ])

    def scalar(self, depth: int) -> str:
        return self.pick([
            lambda: self.common("s", depth),
            lambda: f"np.sum({self.expression('v', depth)})",
            lambda: f"np.mean({self.expression('m', depth)})",
            lambda: f"np.dot({self.expression('v', depth)}, {self.expression('v', depth)})",
            lambda: f"np.max({self.expression('v', depth)})",
            lambda: f"np.std({self.expression('v', depth)} + np.array([0.1, 0.5, 1.2]))",
            lambda: f"({self.expression('v', depth)})[{self.choices.integer(0, LENGTH - 1)}]",
            lambda: f"np.sum(({self.expression('m', depth)})[1:, :-1])",
        ])()

    def vector(self, depth: int) -> str:
        return self.pick([
            lambda: self.common("v", depth),
            lambda: f"({self.expression('s', depth)}) * ({self.expression('v', depth)})",
            lambda: f"({self.expression('v', depth)}) + ({self.expression('s', depth)})",
            lambda: f"np.tanh(({self.expression('m', depth)}) @ ({self.expression('v', depth)}))",
            lambda: f"np.sum({self.expression('m', depth)}, axis={self.pick([0, 1, -1])}) / 2",
            lambda: f"({self.expression('v', depth)})[::-1]",
            lambda: f"np.concatenate([({self.expression('v', depth)})[1:], ({self.expression('v', depth)})[:1]])",
            lambda: f"np.array([{', '.join(self.expression('s', depth - 1) for _ in range(LENGTH))}])",
            lambda: f"({self.expression('m', depth)})[{self.choices.integer(0, LENGTH - 1)}]",
            lambda: f"({self.expression('m', depth)})[:, {self.choices.integer(0, LENGTH - 1)}]",
            lambda: f"({self.expression('v', depth)})[np.array([0, 2, 0])]",
        ])()

    def matrix(self, depth: int) -> str:
        return self.pick([
            lambda: self.common("m", depth),
            lambda: f"np.outer({self.expression('v', depth)}, {self.expression('v', depth)})",
            lambda: f"({self.expression('m', depth)}) * ({self.expression('v', depth)})",
            lambda: f"({self.expression('m', depth)}) + ({self.expression('v', depth)})[:, None]",
            lambda: f"np.tanh(({self.expression('m', depth)}) @ ({self.expression('m', depth)}))",
            lambda: f"np.stack([{', '.join(self.expression('v', depth - 1) for _ in range(LENGTH))}])",
            lambda: f"({self.expression('m', depth)}) - np.mean({self.expression('m', depth)}, axis=1, keepdims=True)",
            lambda: f"({self.expression('s', depth)}) * ({self.expression('m', depth)})",
        ])()

    # -- statements ---------------------------------------------------------------------------------------------------

    def fresh(self) -> str:
        self.names += 1
        return f"{self.pick(['a', 'b', 'c'])}{self.names}"

    def emit(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)

    def assignable(self) -> list[str]:
        return [name for name, kind in self.scope.items() if kind in "svm" and not name.startswith("i")]

    def block(self, indent: int, loops: int) -> None:
        """Write one to three statements."""
        for _ in range(1 + self.choices.integer(0, 2)):
            if self.budget > 0:
                self.budget -= 1
                self.statement(indent, loops)

    def statement(self, indent: int, loops: int) -> None:
        kinds = [self.assign, self.rebind, self.rebind, self.swap, self.unpack, self.branch, self.augment, self.retype]
        if loops:
            kinds += [self.loop, self.loop]
        if not self.scope_is_large():
            kinds += [self.containers]
        self.pick(kinds)(indent, loops)

    def scope_is_large(self) -> bool:
        return len(self.scope) > 14

    def assign(self, indent: int, loops: int) -> None:
        kind = self.pick(["s", "v", "m"])
        expression = self.expression(kind)
        name = self.fresh()
        self.emit(indent, f"{name} = {expression}")
        self.scope[name] = kind

    def rebind(self, indent: int, loops: int) -> None:
        names = self.assignable()
        if not names:
            return self.assign(indent, loops)
        name = self.pick(names)
        self.emit(indent, f"{name} = {self.expression(self.scope[name])}")

    def augment(self, indent: int, loops: int) -> None:
        names = [name for name in self.of_kind("s") if name not in ("i", "p")]
        if not names:
            return self.assign(indent, loops)
        name = self.pick(names)
        # a parameter may be an array as far as a compiler without types can tell, and would be changed in place
        operator = self.pick(["=", "+="]) if name[1:].isdigit() and name[0] in "abc" else "="
        right = self.expression("s", 1)
        self.emit(indent, f"{name} += {right}" if operator == "+=" else f"{name} = {name} + {right}")

    def retype(self, indent: int, loops: int) -> None:
        """Write an accumulator that begins as a number and becomes an array in a loop that may have no trip."""
        name, kind = self.fresh(), self.pick(["v", "m"])
        trips, item = self.pick(["n", "2", "3"]), f"t{indent}"
        self.emit(indent, f"{name} = 0.0")
        self.emit(indent, f"for {item} in range({trips}):")
        self.emit(indent + 1, f"{name} = {name} + ({self.expression(kind)}) * ({item} + 1)")
        self.emit(indent, f"{name} = np.mean({name})")
        self.scope[name] = "s"

    def swap(self, indent: int, loops: int) -> None:
        names = self.assignable()
        pairs = [(a, b) for a in names for b in names if a < b and self.scope[a] == self.scope[b]]
        if not pairs:
            return self.assign(indent, loops)
        a, b = self.pick(pairs)
        right = self.pick([f"{b}, {a}", f"{b}, {self.expression(self.scope[a], 1)}", f"{b} + {a}, {a}"])
        self.emit(indent, f"{a}, {b} = {right}")

    def unpack(self, indent: int, loops: int) -> None:
        kind = self.pick(["s", "v", "m"])
        call = f"both({self.expression(kind, 1)}, {self.expression(kind, 1)})"
        names = [name for name in self.assignable() if self.scope[name] == kind]
        first = self.pick([*names, self.fresh()])
        second = self.fresh()
        self.emit(indent, f"{first}, {second} = {call}")
        self.scope[first] = self.scope[second] = kind

    def containers(self, indent: int, loops: int) -> None:
        s, v = self.expression("s", 1), self.expression("v", 1)
        name = self.fresh()
        text, kind = self.pick([
            (f"({s}, {v})", "p"), (f'{{"s": {s}, "v": {v}}}', "d"), (f"[{v}, {self.expression('v', 1)}]", "l"),
        ])
        self.emit(indent, f"{name} = {text}")
        self.scope[name] = kind

    def condition(self) -> str:
        a = self.expression("s", 1)
        simple = f"{a} {self.pick(['>', '<'])} {self.pick(['0.1', '-0.3', '0.6'])}"
        other = f"np.sum({self.expression('v', 0)}) > 0.2"
        loop = [f"{i} % 2 == 0" for i in self.of_kind("i")] + [f"{i} > 0" for i in self.of_kind("i")]
        return self.pick([simple, f"{simple} and {other}", f"not ({simple})", f"{simple} or {other}", *loop])

    def branch(self, indent: int, loops: int) -> None:
        before = dict(self.scope)
        after = []
        test = self.condition()
        target, kind = self.fresh(), self.pick(["s", "v", "m"])
        arms = self.pick([("if", None), ("if", "else"), ("if", "elif", "else")])
        for word in arms:
            self.scope = dict(before)
            if word is None:
                after.append(dict(before))
                continue
            self.emit(indent, "else:" if word == "else" else f"{word} {test if word == 'if' else self.condition()}:")
            self.block(indent + 1, loops)
            if None not in arms:
                self.emit(indent + 1, f"{target} = {self.expression(kind)}")
                self.scope[target] = kind
            elif self.lines[-1].endswith(":"):
                self.emit(indent + 1, "pass")
            after.append(dict(self.scope))
        self.scope = {name: k for name, k in after[0].items() if all(other.get(name) == k for other in after)}

    def loop(self, indent: int, loops: int) -> None:
        before = dict(self.scope)
        i, item = f"i{indent}", f"e{indent}"
        sources = [
            (f"for {i} in range(3):", {i: "i"}), (f"for {i} in range(n):", {i: "i"}),
            (f"for {i} in range(2, -1, -1):", {i: "i"}), (f"for {i} in range(1, {LENGTH}):", {i: "i"}),
            *((f"for {item} in {v}:", {item: "s"}) for v in self.of_kind("v")),
            *((f"for {item} in reversed({v}):", {item: "v"}) for v in self.of_kind("l")),
            *((f"for {item} in {v}:", {item: "v"}) for v in self.of_kind("l")),
            *((f"for {item} in {A}:", {item: "v"}) for A in self.of_kind("m")),
            *((f"for {i}, {item} in enumerate({v}):", {i: "i", item: "s"}) for v in self.of_kind("v")),
            *((f"for {item}, f{indent} in zip({v}, {A}):", {item: "s", f"f{indent}": "v"})
              for v in self.of_kind("v") for A in self.of_kind("m")),
            *((f"for {i}, ({item}, f{indent}) in enumerate(zip({v}, {w})):", {i: "i", item: "s", f"f{indent}": "s"})
              for v in self.of_kind("v")[:2] for w in self.of_kind("v")[:2]),
        ]
        head, bound = self.pick(sources)
        self.emit(indent, head)
        self.scope.update(bound)
        self.block(indent + 1, loops - 1)
        indexed = self.of_kind("v")
        scalars = [s for s in self.of_kind("s") if s in before]
        if "i" in bound.values() and indexed and scalars and "range(n)" not in head:
            name = self.pick(scalars)
            self.emit(indent + 1, f"{name} = {name} * 0.5 + {self.pick(indexed)}[{i}]")
        if self.lines[-1].endswith(":"):
            self.emit(indent + 1, "pass")
        self.scope = {name: kind for name, kind in before.items() if self.scope.get(name) == kind}

    def program(self) -> str:
        """Return the text of a module with a function `program`."""
        count = 1 + self.choices.integer(0, 3)
        parameters = []
        for _ in range(count):
            parameters.append(self.pick([name for name in PARAMETERS if name not in parameters and name != "n"]))
        parameters.append("n")
        self.scope = {name: PARAMETERS[name] for name in parameters if name != "n"}
        for _ in range(1 + self.choices.integer(0, 4)):
            self.budget -= 1
            self.statement(1, 2)
            if self.choices.integer(0, 11) == 11:
                self.emit(1, f"if {self.condition()}:")
                self.emit(2, f"return np.tanh({self.expression('s')})")
        parts = []
        for name, kind in self.scope.items():
            parts += {
                "s": [name], "v": [f"np.sum({name})"], "m": [f"np.mean({name})"], "l": [f"np.sum({name}[-1])"],
                "p": [f"{name}[0] * np.sum({name}[1])"], "d": [f'{name}["s"] + np.sum({name}["v"])'],
            }[kind]
        self.emit(1, f"return np.sin({' + '.join(parts)})")
        return "\n".join([HELPERS, "", f"def program({', '.join(parameters)}):", *self.lines, ""])


def arguments(text: str, seed: int) -> tuple[Any, ...]:
    """Return arguments for the parameters of a program's text."""
    rng = np.random.default_rng(seed)
    header = text.split("def program(")[1].split(")")[0]
    make = {
        "s": lambda: float(rng.normal()),
        "v": lambda: rng.normal(size=LENGTH),
        "m": lambda: rng.normal(size=(LENGTH, LENGTH)),
        "l": lambda: [rng.normal(size=LENGTH) for _ in range(1 + seed % 3)],
        "p": lambda: (float(rng.normal()), rng.normal(size=LENGTH)),
        "d": lambda: {"s": float(rng.normal()), "v": rng.normal(size=LENGTH)},
        "n": lambda: (3, 0, 1)[seed % 3],
    }
    return tuple(make[PARAMETERS[name]]() for name in header.split(", "))
