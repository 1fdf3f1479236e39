"""Random programs that keep arrays and their views in containers: what names stand for, and how it is reached.

Names stand for numbers, arrays, lists, tuples, dicts, objects and named tuples, nested up to two deep. What a container
holds is mostly memory that has another name or lies in another array. Programs are short, because short ones show a
fault. The first option of every choice is the simplest.
"""
from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from generate import Choices, T, choose


@dataclass(frozen=True)
class Kind:
    """What a name stands for, and what its items are.

    A list and a dict have items of one kind, a tuple, an object and a named tuple have two items. A counter is an index
    into anything; a key is one of the two keys of every dict.
    """

    word: str
    items: tuple[Kind, ...] = ()


NUMBER, COUNTER, KEY = Kind("number"), Kind("counter"), Kind("key")
VECTOR, LONG, MATRIX = Kind("vector"), Kind("long"), Kind("matrix")
ARRAYS = {VECTOR: (3,), LONG: (4,), MATRIX: (3, 3)}
"""The kinds of arrays, and their shapes."""
VECTORS = Kind("list", (VECTOR,))
PARAMETERS = {
    "x": VECTOR, "A": MATRIX, "y": VECTOR, "w": LONG, "vs": VECTORS, "p": Kind("dict", (VECTOR,)), "s": NUMBER,
}
KEYS = ("'a'", "'b'")
PREFIXES = {
    "number": "s", "vector": "v", "long": "w", "matrix": "m", "list": "c", "tuple": "p", "dict": "d", "object": "o",
    "named": "q",
}


def list_of(item: Kind) -> Kind:
    """Return the kind of a list of items of a kind."""
    return Kind("list", (item,))


@dataclass(frozen=True)
class Place:
    """An expression that stands for something that exists, and whether it may be assigned to."""

    text: str
    kind: Kind
    settable: bool = True


@dataclass(frozen=True)
class Function:
    """A function or a method that the program calls: how it is called, its parameters, and what it returns."""

    name: str
    parameters: tuple[Kind, ...]
    result: Kind | None


@dataclass
class Block:
    """What is known inside a block of statements."""

    scope: dict[str, Kind]
    loops: int = 0
    fixed: frozenset[str] = frozenset()
    """Names that cannot be bound: they belong to the function around."""
    functions: tuple[Function, ...] = ()

    def copy(self) -> Block:
        """Return a block of its own with the same knowledge."""
        return replace(self, scope=dict(self.scope))


@dataclass
class Writer(ABC):
    """The state of one program that is being written, and its expressions."""

    choices: Choices
    budget: int = 9
    lines: list[str] = field(default_factory=list)
    names: int = 0
    block: Block = field(default_factory=lambda: Block({}))

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return choose(self.choices, options)

    def maybe(self, of: int = 3) -> bool:
        """Return True once in so many times."""
        return self.choices.integer(0, of - 1) == of - 1

    def emit(self, indent: int, text: str) -> None:
        self.lines.append("    " * indent + text)

    def fresh(self, kind: Kind) -> str:
        self.names += 1
        return f"{PREFIXES[kind.word]}{self.names}"

    def bind(self, indent: int, text: str, kind: Kind) -> None:
        """Write a new name for an expression."""
        name = self.fresh(kind)
        self.emit(indent, f"{name} = {text}")
        self.block.scope[name] = kind

    # -- places -------------------------------------------------------------------------------------------------------

    def named(self, kind: Kind) -> list[str]:
        """Return the names of a kind."""
        return [name for name, own in self.block.scope.items() if own == kind]

    def inside(self, place: Place) -> list[Place]:
        """Return the items of a container."""
        text, kind = place.text, place.kind
        counters = self.named(COUNTER)
        match kind.word:
            case "list":
                indices = ["0", "1", "-1", *(f"{i} % 2" for i in counters)]
                return [Place(f"{text}[{i}]", kind.items[0]) for i in indices]
            case "tuple":
                return [Place(f"{text}[{i}]", item, False) for i, item in enumerate(kind.items)]
            case "dict":
                return [Place(f"{text}[{key}]", kind.items[0]) for key in (*KEYS, *self.named(KEY))]
            case "object" | "named":
                parts = zip(("one", "two"), kind.items, strict=True)
                return [Place(f"{text}.{part}", item, kind.word == "object") for part, item in parts]
        return []

    def places(self) -> list[Place]:
        """Return everything that exists: what has a name, items, and items of items."""
        found = [Place(name, kind, name not in self.block.fixed) for name, kind in self.block.scope.items()]
        for place in list(found):
            items = self.inside(place)
            found += items
            for item in items:
                found += self.inside(item)
        return found

    def of_kind(self, kind: Kind) -> list[Place]:
        """Return what exists of a kind."""
        return [place for place in self.places() if place.kind == kind]

    def views(self, place: Place) -> list[Place]:
        """Return views of an array."""
        counters = self.named(COUNTER)
        match place.kind.word:
            case "vector":
                found = [("[::-1]", VECTOR), ("[:]", VECTOR), (".T", VECTOR), ("[None][0]", VECTOR)]
            case "long":
                found = [("[1:]", VECTOR), ("[:3]", VECTOR), ("[::-1]", LONG), ("[2::-1]", VECTOR), ("[:-1]", VECTOR)]
            case "matrix":
                found = [("[0]", VECTOR), ("[1]", VECTOR), (".T", MATRIX), ("[:, 1]", VECTOR), (".T[0]", VECTOR)]
                found += [("[::-1]", MATRIX), (".reshape(-1)[::4]", VECTOR), (".ravel()[1:4]", VECTOR)]
                found += [(".diagonal()", VECTOR), ("[:, ::-1]", MATRIX), (".reshape(-1)[2:6]", LONG)]
                found += [(f"[{i} % 3]", VECTOR) for i in counters]
            case _:
                found = []
        return [Place(place.text + step, kind) for step, kind in found]

    def arrays(self) -> list[Place]:
        """Return the arrays that exist."""
        return [place for place in self.places() if place.kind in ARRAYS]

    # -- expressions --------------------------------------------------------------------------------------------------

    def reference(self, kind: Kind) -> str:
        """Return an expression for an array that exists, or for a part of one; a new array if there is none."""
        options = [place.text for place in self.of_kind(kind)]
        if not options or self.maybe(2):
            seen = [view.text for place in self.arrays() for view in self.views(place) if view.kind == kind]
            options = seen or options
        return self.pick(options) if options else self.new_array(kind)

    def new_array(self, kind: Kind) -> str:
        """Return an expression whose value is an array of its own."""
        made = []
        for place in self.of_kind(kind)[:4]:
            made += [f"{place.text} * 1.0", f"np.sin({place.text})", f"{place.text}.copy()", f"np.array({place.text})"]
        vectors = [place.text for place in self.of_kind(VECTOR)]
        if vectors:
            one, other = self.pick(vectors), self.pick(vectors)
            of_vectors = {
                VECTOR: [f"{one} + {other}"], LONG: [f"np.append({one}, 0.5)", f"np.append({one}, 0.5)"],
                MATRIX: [f"np.outer({one}, {other})", f"np.array([{one}, {other}, {one}])"],
            }
            made = [*of_vectors[kind], *made]
        shape = ARRAYS[kind]
        return self.pick([*made, f"np.full({shape if len(shape) > 1 else shape[0]}, 0.3)"])

    def operand(self, kind: Kind) -> str:
        """Return an expression that is only read."""
        text = self.reference(kind)
        options = [text, f"np.sin({text})", f"{text} * {self.reference(kind)}"]
        return self.pick([*options, f"0.5 * ({text} + {self.reference(kind)})"] if self.maybe() else options[:2])

    def number(self) -> str:
        """Return an expression of a number of moderate size."""
        options = [*self.named(NUMBER), "0.5"]
        vectors = [place.text for place in self.of_kind(VECTOR)]
        if vectors:
            vector = self.pick(vectors)
            options += [f"np.sin({vector}[0])", f"np.tanh(np.sum({vector}))", f"np.cos({vector}[-1])"]
        return self.pick(options)

    def condition(self) -> str:
        """Return a test: on numbers, on counters, on keys."""
        tests = [f"{i} == 1" for i in self.named(COUNTER)] + [f"{k} == 'a'" for k in self.named(KEY)]
        tests += [f"len({place.text}) > 2" for place in self.places() if place.kind.word == "list"][:1]
        return self.pick([*tests, f"{self.number()} > 0.2", "n > 1", f"{self.number()} < 0.1"])

    def value(self, kind: Kind) -> str:
        """Return an expression of a kind: something that exists, or something new."""
        if kind in ARRAYS:
            return self.reference(kind) if not self.maybe(4) else self.new_array(kind)
        if kind == NUMBER:
            return self.number()
        existing = self.of_kind(kind)
        if existing and self.maybe(2):
            return self.pick(existing).text
        return self.container(kind)

    @abstractmethod
    def container(self, kind: Kind) -> str:
        """Return an expression for a container that is made here."""

    def kind(self, depth: int = 2) -> Kind:
        """Return a kind of container."""
        item: Callable[[], Kind] = lambda: self.item_kind(depth)  # noqa: E731
        word = self.pick(["list", "tuple", "list", "dict", "list", "object", "tuple", "named"])
        return Kind(word, (item(),) if word in ("list", "dict") else (item(), item()))

    def item_kind(self, depth: int) -> Kind:
        """Return the kind of an item of a container that may nest so deep."""
        if depth > 1 and self.maybe(4):
            return self.kind(depth - 1)
        return self.pick([VECTOR, VECTOR, VECTOR, VECTOR, VECTOR, MATRIX, LONG, NUMBER])
