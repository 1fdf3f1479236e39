"""Random programs that write into arrays: loops, branches, helpers, and whole modules with arguments."""
from __future__ import annotations

from typing import Any

import numpy as np
from generate import Choices
from mutating import NUMBER, PARAMETERS, Block, Helper, Kind, Writer


class Mutating(Writer):
    """The state of one program that is being written.

    Parameters
    ----------
    choices : Choices
        Where decisions come from.
    budget : int
        How many statements there may be, helpers included.
    """

    def __init__(self, choices: Choices, budget: int = 12) -> None:
        super().__init__(choices, budget)

    def statement(self, indent: int) -> None:
        """Write one statement."""
        kinds = [self.write, self.write, self.make, self.share, self.write, self.rebind, self.swap, self.containers]
        if self.helpers:
            kinds += [self.call, self.call]
        kinds.append(self.branch)
        if self.block.loops < 2:
            kinds += [self.count_loop, self.count_loop, self.item_loop, self.while_loop, self.gather]
        self.pick(kinds)(indent)

    def body(self, indent: int, leave: bool = False) -> None:
        """Write one to three statements, and now and then a way to leave the loop around them."""
        for _ in range(1 + self.choices.integer(0, 2)):
            if self.budget <= 0:
                break
            self.budget -= 1
            self.statement(indent)
            if leave and self.maybe(4):
                self.emit(indent, f"if {self.condition()}:")
                here = self.block
                self.block = here.copy()
                if self.maybe(2):
                    self.write(indent + 1)
                self.emit(indent + 1, self.pick(["break", "continue"]))
                self.block = here
        if self.lines[-1].endswith(":"):
            self.emit(indent, "pass")

    def branch(self, indent: int) -> None:
        before, after = self.block, []
        self.emit(indent, f"if {self.condition()}:")
        arms = self.pick([("",), ("else:",), ("elif", "else:")])
        for word in ("if", *arms):
            self.block = before.copy()
            if word == "elif":
                self.emit(indent, f"elif {self.condition()}:")
            elif word == "else:":
                self.emit(indent, word)
            if word:
                self.body(indent + 1)
            after.append(self.block)
        self.block = after[0]
        for other in after[1:]:
            self.join(other)

    def join(self, other: Block) -> None:
        """Keep what is known of this block and of another."""
        here = self.block
        here.scope = {name: kind for name, kind in here.scope.items() if other.scope.get(name) == kind}
        here.shortest = {name: min(here.shortest.get(name, 0), other.shortest.get(name, 0)) for name in here.scope}

    # -- loops --------------------------------------------------------------------------------------------------------

    def loop(self, indent: int, head: str, bound: dict[str, Kind], iterated: tuple[str, ...] = ()) -> None:
        """Write a loop with a head."""
        before = self.block
        inside = before.copy()
        inside.loops += 1
        inside.floor = {name: max(before.floor.get(name, 0), n) for name, n in before.shortest.items()}
        inside.scope.update(bound)
        inside.fixed += tuple(bound)
        inside.iterated += iterated
        self.block = inside
        self.emit(indent, head)
        if head.startswith("while"):
            self.emit(indent + 1, f"{next(iter(bound))} += 1")
        self.body(indent + 1, leave=True)
        self.block = before.copy()
        if self.maybe(8):
            self.emit(indent, "else:")
            self.block = before.copy()
            self.write(indent + 1)
            self.block = before

    def count_loop(self, indent: int) -> None:
        i = f"i{indent}"
        head = self.pick(["range(n)", "range(3)", "range(n)", "range(2, -1, -1)", "range(1, n)"])
        self.loop(indent, f"for {i} in {head}:", {i: Kind("counter")})

    def item_loop(self, indent: int) -> None:
        """Write a loop over the items of an array or a list."""
        e, i = f"e{indent}", f"i{indent}"
        options = []
        for name in self.named("array"):
            shape = self.block.scope[name].shape
            item = Kind("array", shape[1:]) if len(shape) == 2 else NUMBER
            options.append((f"for {e} in {name}:", {e: item}, ()))
            if shape[0] <= 3:
                options.append((f"for {i}, {e} in enumerate({name}):", {i: Kind("counter"), e: item}, ()))
        for name in self.named("list"):
            options.append((f"for {e} in {name}:", {e: Kind("array", (3,))}, (name,)))
            options.append((f"for {e} in reversed({name}):", {e: Kind("array", (3,))}, (name,)))
        if not options:
            return self.count_loop(indent)
        head, bound, iterated = self.pick(options)
        self.loop(indent, head, bound, iterated)
        return None

    def while_loop(self, indent: int) -> None:
        k = f"k{indent}"
        self.emit(indent, f"{k} = 0")
        self.loop(indent, f"while {self.pick([f'{k} < n', f'{k} < n and ({self.condition()})'])}:", {k: Kind("ticks")})

    def gather(self, indent: int) -> None:
        """Write a comprehension."""
        name, (source, shape) = self.fresh(), self.pick(self.arrays() or [("np.ones(3)", (3,))])
        if len(shape) == 2:
            self.emit(indent, f"{name} = sum([np.tanh(np.sum(e)) for e in {source}])")
            self.bind(name, NUMBER)
        else:
            self.emit(indent, f"{name} = np.array([np.sin(e) * {self.number(1)} for e in {source}])")
            self.bind(name, Kind("array", shape))

    # -- modules ------------------------------------------------------------------------------------------------------

    def helper(self) -> None:
        """Write a function that the program may call, and that may write into its arguments."""
        kinds = self.pick([
            (Kind("array", (3,)), NUMBER), (Kind("array", (3,)), Kind("array", (3,))), (Kind("array", (3, 3)), NUMBER),
            (Kind("array", (3,)), Kind("array", (3, 3)), NUMBER),
        ])
        names = ("u", "v", "w")[: len(kinds)]
        self.block = Block(dict(zip(names, kinds, strict=True)), loops=1)
        name = f"helper{len(self.helpers)}"
        self.emit(0, f"def {name}({', '.join([*names, 'n'])}):")
        for _ in range(1 + self.choices.integer(0, 2)):
            self.budget -= 1
            self.statement(1)
        result = None
        if self.maybe(2):
            text, shape = self.pick([("u", kinds[0].shape), *self.arrays()])
            self.emit(1, f"return {text}")
            result = Kind("array", shape)
        self.lines += ["", ""]
        self.helpers.append(Helper(name, kinds, result))

    def program(self) -> str:
        """Return the text of a module with a function `program`."""
        self.lines = ["import numpy as np", "", ""]
        for _ in range(self.choices.integer(0, 2)):
            self.helper()
        parameters: list[str] = []
        for _ in range(1 + self.choices.integer(0, 2)):
            parameters.append(self.pick([name for name in PARAMETERS if name not in parameters]))
        self.block = Block({name: PARAMETERS[name] for name in parameters}, {"vs": 2})
        self.emit(0, f"def program({', '.join([*parameters, 'n'])}):")
        for _ in range(2 + self.choices.integer(0, 5)):
            if self.budget > 0:
                self.budget -= 1
                self.statement(1)
            if self.maybe(12):
                self.emit(1, f"if {self.condition()}:")
                self.emit(2, f"return {self.number()}")
        self.emit(1, f"return {' + '.join(self.parts()) or '0.0'}")
        return "\n".join([*self.lines, ""])

    def parts(self) -> list[str]:
        """Return numbers made of everything that has a name."""
        parts = []
        for k, (name, kind) in enumerate(self.block.scope.items()):
            match kind.word:
                case "number":
                    parts.append(f"np.sin({name})")
                case "array":
                    parts.append(f"{1 + k % 3}.0 * np.sum(np.sin({name}))")
                case "pair":
                    parts.append(f"np.sum({name}[0]) * {name}[1]")
                case "list" if self.block.shortest.get(name, 0):
                    parts.append(f"np.sum(np.cos({name}[0])) + np.sum({name}[-1])")
        return parts


TRIPS = (3, 0, 1)


def arguments(text: str, seed: int, trips: int) -> tuple[Any, ...]:
    """Return arguments for the parameters of a program's text."""
    rng = np.random.default_rng(seed)
    given: list[Any] = []
    for name in text.split("def program(")[1].split(")")[0].split(", ")[:-1]:
        match PARAMETERS[name]:
            case Kind("number"):
                given.append(float(rng.normal()))
            case Kind("list", shape):
                given.append([rng.normal(size=shape) for _ in range(2)])
            case Kind(_, shape):
                given.append(rng.normal(size=shape))
    return (*given, trips)
