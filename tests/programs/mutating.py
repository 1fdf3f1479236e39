"""Random programs that write into arrays: text made from a source of choices that may be a seed or Hypothesis.

Names stand for numbers, arrays of a shape that is known here, lists of such arrays, and pairs. Several names may stand
for one memory. Everything that is stored goes through a sine or a hyperbolic tangent, so that numbers stay tame; what
is compared is far from a tie with probability one. The first option of every choice is the simplest.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from generate import Choices, T, choose

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Kind:
    """What a name stands for: a number, an array, a list of arrays, a pair of an array and a number.

    A counter is an index below `MOST_TRIPS`; ticks count from one.
    """

    word: str
    shape: Shape = ()


NUMBER = Kind("number")
PARAMETERS = {
    "x": Kind("array", (3,)), "s": NUMBER, "y": Kind("array", (3,)), "A": Kind("array", (3, 3)),
    "z": Kind("array", (4,)), "B": Kind("array", (2, 3)), "vs": Kind("list", (3,)),
}
MOST_TRIPS = 3


@dataclass(frozen=True)
class Helper:
    """A function that the program calls: its parameters, and what it returns."""

    name: str
    parameters: tuple[Kind, ...]
    result: Kind | None


@dataclass
class Block:
    """What is known inside a block of statements."""

    scope: dict[str, Kind]
    shortest: dict[str, int] = field(default_factory=dict)
    """How many items a list has at least."""
    floor: dict[str, int] = field(default_factory=dict)
    """How many items a list has at least when the loop body around begins: it must not shrink below that."""
    loops: int = 0
    iterated: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    """Names that keep what they are bound to."""

    def copy(self) -> Block:
        """Return a block of its own with the same knowledge."""
        return replace(self, scope=dict(self.scope), shortest=dict(self.shortest), floor=dict(self.floor))


class Writer:
    """The state of one program that is being written, and its simple statements."""

    def __init__(self, choices: Choices, budget: int = 12) -> None:
        self.choices = choices
        self.budget = budget
        self.lines: list[str] = []
        self.names = 0
        self.helpers: list[Helper] = []
        self.block = Block({})

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return choose(self.choices, options)

    def maybe(self, of: int = 3) -> bool:
        """Return True once in so many times."""
        return self.choices.integer(0, of - 1) == of - 1

    def fresh(self) -> str:
        self.names += 1
        return f"{'abcdfgh'[self.names % 7]}{self.names}"

    def emit(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)

    def named(self, word: str, shape: Shape | None = None) -> list[str]:
        return [
            name for name, kind in self.block.scope.items()
            if kind.word == word and (shape is None or kind.shape == shape)
        ]

    # -- expressions --------------------------------------------------------------------------------------------------

    def items(self, length: int) -> list[str]:
        """Return indices into an axis."""
        loop = [f"{i}" if length >= MOST_TRIPS else f"{i} % {length}" for i in self.named("counter")]
        loop += [f"{i} % {length}" for i in self.named("ticks")]
        return ["0", "-1", *loop, *(f"{i} - 1" for i in self.named("counter") if length >= MOST_TRIPS)]

    def views(self, shape: Shape) -> list[tuple[str, Shape]]:
        """Return what views of an array there are, and their shapes."""
        if len(shape) == 1:
            (n,) = shape
            cut = [("[1:]", (n - 1,)), ("[:-1]", (n - 1,)), ("[::2]", ((n + 1) // 2,))] if n > 1 else []
            return [*cut, ("[:]", shape), ("[::-1]", shape), ("[None]", (1, n))]
        rows, columns = shape
        found: list[tuple[str, Shape]] = [(f"[{i}]", (columns,)) for i in self.items(rows)]
        found += [(f"[:, {j}]", (rows,)) for j in self.items(columns)]
        found += [(".T", (columns, rows)), (".reshape(-1)", (rows * columns,)), ("[:, ::-1]", shape), ("[...]", shape)]
        if rows == columns:
            found += [(".T[0]", (rows,)), (".ravel()[::2]", ((rows * columns + 1) // 2,))]
        if rows > 1 and columns > 1:
            found += [("[1:]", (rows - 1, columns)), ("[1:, :-1]", (rows - 1, columns - 1))]
        return found

    def arrays(self) -> list[tuple[str, Shape]]:
        """Return expressions that stand for arrays that exist, and their shapes."""
        found = [(name, self.block.scope[name].shape) for name in self.named("array")]
        for name in self.named("list"):
            if self.block.shortest.get(name, 0) > 0:
                found += [(f"{name}[0]", self.block.scope[name].shape), (f"{name}[-1]", self.block.scope[name].shape)]
        return found + [(f"{name}[0]", self.block.scope[name].shape) for name in self.named("pair")]

    def array(self, shape: Shape, depth: int = 2) -> str:
        """Return an expression of a shape."""
        here = [text for text, own in self.arrays() if own == shape]
        if depth > 1 and self.maybe(2):
            return self.compound(shape, depth - 1)
        if not here or self.maybe(3):
            for text, own in self.arrays():
                here += [text + view for view, seen in self.views(own) if seen == shape]
        size = str(shape[0]) if len(shape) == 1 else str(shape)
        return self.pick([*here, f"np.full({size}, 0.3)"])

    def compound(self, shape: Shape, depth: int) -> str:
        a = self.array(shape, depth)
        options = [
            f"np.tanh({a})", f"0.5 * np.sin({a})", f"{a} * {self.number(depth)}", f"{a}.copy()",
            f"0.5 * ({a} + {self.array(shape, depth)})", f"np.sin({a} * {self.array(shape, depth)})",
            f"np.where({a} > 0.1, {self.array(shape, depth)}, {a} * 0.5)", f"np.tanh({a})[::-1]",
        ]
        if len(shape) == 1:
            product = f"{self.array((shape[0], 3), depth)} @ {self.array((3,), depth)}"
            options += [f"np.tanh({product})", f"np.cumsum({a}) * 0.3"]
        else:
            options += [f"np.tanh({a} + {self.array(shape[1:], depth)})"]
        return self.pick(options)

    def number(self, depth: int = 2) -> str:
        """Return an expression of a number between about -1 and 1."""
        options = [*self.named("number"), "0.5"]
        if depth > 0:
            for text, shape in self.arrays():
                options.append(f"np.tanh(np.sum({text}))")
                if len(shape) == 1:
                    options += [f"np.sin({text}[{i}])" for i in self.items(shape[0])]
        if depth > 1:
            a = self.pick(options)
            options += [f"np.tanh({a} + {self.number(1)})", f"np.cos({a})", f"{a} * {self.number(1)}"]
        return self.pick(options)

    def condition(self) -> str:
        counters = self.named("counter") + self.named("ticks")
        loop = [f"{i} == 1" for i in counters] + [f"{i} % 2 == 0" for i in counters]
        number = f"{self.number(1)} {self.pick(['>', '<'])} {self.pick(['0.1', '-0.2'])}"
        return self.pick([*loop, number, f"not ({number})", *(f"{one} or {number}" for one in loop[:1])])

    # -- simple statements --------------------------------------------------------------------------------------------

    def bind(self, name: str, kind: Kind, items: int = 0) -> None:
        self.block.scope[name] = kind
        self.block.shortest[name] = items

    def make(self, indent: int) -> None:
        """Write a new name for a new array or number."""
        shape = self.pick([(3,), (), (3, 3), (2, 3), (4,)])
        text = self.number() if shape == () else self.array(shape) if self.maybe(2) else self.compound(shape, 1)
        name = self.fresh()
        self.emit(indent, f"{name} = {text}")
        self.bind(name, Kind("array", shape) if shape else NUMBER)

    def share(self, indent: int) -> None:
        """Write another name for an array that exists, or for a part of it."""
        text, shape = self.pick(self.arrays() or [("np.zeros(3)", (3,))])
        if self.maybe(2):
            view, shape = self.pick(self.views(shape))
            text += view
        name = self.fresh()
        self.emit(indent, f"{name} = {text}")
        self.bind(name, Kind("array", shape))

    def rebind(self, indent: int) -> None:
        names = [
            name for name, kind in self.block.scope.items()
            if kind.word in ("array", "number") and name not in self.block.fixed
        ]
        if not names:
            return self.make(indent)
        name = self.pick(names)
        kind = self.block.scope[name]
        self.emit(indent, f"{name} = {self.number() if kind == NUMBER else self.array(kind.shape)}")
        return None

    def write(self, indent: int) -> None:
        """Write into an array."""
        arrays = self.arrays()
        if not arrays:
            return self.make(indent)
        text, shape = self.pick(arrays)
        for _ in range(self.choices.integer(0, 2)):
            view, shape = self.pick(self.views(shape))
            text += view
        if text.endswith(")") or text.endswith(".T"):
            text += "[:]" if len(shape) == 1 else "[...]"
        elif text.endswith("[0]") and text[:-3] in self.named("pair"):
            text += "[:]"
        elif "[" not in text:
            return self.write_name(indent, text, shape)
        in_list = text.split("[")[0] in self.named("list") and text.count("[") == 1
        value = self.pick([self.array(shape), self.number()])
        operator = self.pick(["+=", "*=", "-="] if in_list else ["=", "+=", "*=", "-="])
        self.emit(indent, f"{text} {operator} {value if operator in ('=', '*=') else f'0.5 * np.sin({value})'}")
        return None

    def write_name(self, indent: int, name: str, shape: Shape) -> None:
        """Write into the whole of an array, or into items of it."""
        value, number = self.array(shape), self.number()
        options = [
            f"{name} *= {number}", f"{name} += 0.5 * np.sin({value})", f"{name}[:] = np.tanh({value})",
            f"{name}[{name} > 0.1] = {number}", f"{name}[{name} < -0.1] *= 0.5", f"{name}.fill({number})",
            f"np.tanh({value}, out={name})", f"np.multiply({name}, {number}, out={name})",
            f"np.add({name}, 0.5 * np.cos({value}), {name})", f"np.copyto({name}, {value})",
        ]
        if len(shape) == 1:
            first = self.items(shape[0])
            entry = f"{name}[{self.pick(first)}]"
            options = [f"{entry} = {number}", f"{entry} += 0.5 * {number}", *options]
            pair = self.array((2,), 1)
            two = self.pick(["[0, 2]", "np.array([1, 0])", "[0, 0]"]) if shape[0] > 2 else "[0, 0]"
            options += [
                f"{name}[{two}] = {pair}", f"np.add.at({name}, {two}, 0.5 * np.sin({pair}))",
                f"{name}[{two}] *= {number}",
            ]
        else:
            options += [f"{name}[{self.pick(self.items(shape[0]))}, {self.pick(self.items(shape[1]))}] = {number}"]
            options += [f"{name}[{self.pick(self.items(shape[0]))}] += 0.5 * np.sin({self.array(shape[1:])})"]
        self.emit(indent, self.pick(options))

    def swap(self, indent: int) -> None:
        names = [name for name in self.block.scope if name not in self.block.fixed]
        scope = self.block.scope
        pairs = [
            (a, b) for i, a in enumerate(names) for b in names[i + 1 :]
            if scope[a] == scope[b] and scope[a].word in ("array", "number")
        ]
        if not pairs:
            return self.write(indent)
        a, b = self.pick(pairs)
        kind = self.block.scope[a]
        other = self.number() if kind == NUMBER else self.array(kind.shape)
        self.emit(indent, f"{a}, {b} = {self.pick([f'{b}, {a}', f'{b}, {other}'])}")
        return None

    def containers(self, indent: int) -> None:
        """Write a list or a pair, or what is done with one."""
        shape = (3,)
        lists = self.named("list")
        options = [self.new_list, self.new_pair]
        if lists:
            options = [self.grow_list, self.store_in_list, self.shrink_list, *options]
        self.pick(options)(indent, shape, lists)

    def new_list(self, indent: int, shape: Shape, lists: list[str]) -> None:
        name = self.fresh()
        parts = [self.array(shape, 1) for _ in range(self.choices.integer(0, 2))]
        self.emit(indent, f"{name} = [{', '.join(parts)}]")
        self.bind(name, Kind("list", shape), len(parts))

    def new_pair(self, indent: int, shape: Shape, lists: list[str]) -> None:
        name = self.fresh()
        self.emit(indent, f"{name} = ({self.array(shape, 1)}, {self.number(1)})")
        self.bind(name, Kind("pair", shape))

    def grow_list(self, indent: int, shape: Shape, lists: list[str]) -> None:
        name = self.pick([name for name in lists if name not in self.block.iterated] or [""])
        if not name:
            return self.new_list(indent, shape, lists)
        self.emit(indent, f"{name}.append({self.array(shape)})")
        self.block.shortest[name] += 1
        return None

    def store_in_list(self, indent: int, shape: Shape, lists: list[str]) -> None:
        name = self.pick([name for name in lists if self.block.shortest[name]] or [""])
        if not name:
            return self.grow_list(indent, shape, lists)
        self.emit(indent, f"{name}[{self.pick(['0', '-1'])}] = {self.array(shape)}")
        return None

    def shrink_list(self, indent: int, shape: Shape, lists: list[str]) -> None:
        shortest, floor = self.block.shortest, self.block.floor
        name = self.pick([
            name for name in lists if shortest[name] > floor.get(name, 0) and name not in self.block.iterated
        ] or [""])
        if not name:
            return self.grow_list(indent, shape, lists)
        new = self.fresh()
        self.emit(indent, f"{new} = {name}.pop()")
        shortest[name] -= 1
        self.bind(new, Kind("array", shape))
        return None

    def call(self, indent: int) -> None:
        """Write a call of a helper."""
        if not self.helpers:
            return self.write(indent)
        helper = self.pick(self.helpers)
        parts = [self.number(1) if kind == NUMBER else self.array(kind.shape, 1) for kind in helper.parameters]
        text = f"{helper.name}({', '.join([*parts, 'n'])})"
        if helper.result is None:
            self.emit(indent, text)
            return None
        name = self.fresh()
        self.emit(indent, f"{name} = {text}")
        self.bind(name, helper.result)
        return None
