"""Random programs that keep arrays in containers: loops, branches, functions, and whole modules with arguments."""
from __future__ import annotations

import re
from typing import Any

import numpy as np
from sharing import ARRAYS, COUNTER, KEY, MATRIX, NUMBER, PARAMETERS, VECTOR, VECTORS, Block, Function, Kind, list_of
from sharing_statements import Statements

TRIPS = (2, 0)
BOX = '''
class Box:
    def __init__(self, one, two):
        self.one = one
        self.two = two
'''
DATACLASS = '''
@dataclass
class Box:
    one: Any
    two: Any
'''
PAIR = '''
class Pair(NamedTuple):
    one: Any
    two: Any
'''


class Sharing(Statements):
    """The state of one program that is being written.

    Parameters
    ----------
    choices : Choices
        Where decisions come from.
    budget : int
        How many statements there may be, those of functions included.
    """

    def statement(self, indent: int) -> None:
        """Write one statement."""
        kinds = [self.write, self.observe, self.write, self.put, self.observe, self.write, self.unpack, self.hold]
        kinds += [self.share, self.put, self.rebind, self.branch, self.write, self.take, self.make]
        if self.block.functions:
            kinds += [self.call, self.call, self.call]
        if self.block.loops < 2:
            kinds += [self.item_loop, self.item_loop, self.item_loop, self.item_loop]
            kinds += [self.count_loop, self.drain, self.rotate, self.later]
        self.pick(kinds)(indent)

    def body(self, indent: int, leave: bool = False) -> None:
        """Write one to three statements, and now and then a way to leave the loop around them."""
        for _ in range(1 + self.choices.integer(0, 2)):
            if self.budget <= 0:
                break
            self.budget -= 1
            self.statement(indent)
            if leave and self.maybe(10):
                self.emit(indent, f"if {self.condition()}:")
                self.emit(indent + 1, self.pick(["break", "continue"]))
        if self.lines[-1].endswith(":"):
            self.observe(indent) if "t" in self.block.scope else self.write(indent)

    def branch(self, indent: int) -> None:
        """Write an `if`; what both arms bind is known afterwards."""
        before, arms = self.block, []
        self.emit(indent, f"if {self.condition()}:")
        for word in ("", *self.pick([(), ("else:",)])):
            if word:
                self.emit(indent, word)
            self.block = before.copy()
            self.body(indent + 1)
            arms.append(self.block)
        self.block = before.copy()
        first, last = arms[0].scope, arms[-1].scope
        if len(arms) > 1:
            self.block.scope = {name: kind for name, kind in first.items() if last.get(name) == kind}
        if self.maybe(2):
            self.choose_name(indent)

    def choose_name(self, indent: int) -> None:
        """Bind a name to one of two things that exist."""
        kinds = [kind for kind in self.block.scope.values() if kind not in (COUNTER, KEY, NUMBER)]
        if not kinds:
            return
        kind = self.pick(kinds)
        name = self.fresh(kind)
        self.emit(indent, f"if {self.condition()}:")
        self.emit(indent + 1, f"{name} = {self.value(kind)}")
        self.emit(indent, "else:")
        self.emit(indent + 1, f"{name} = {self.value(kind)}")
        self.block.scope[name] = kind

    # -- loops --------------------------------------------------------------------------------------------------------

    def loop(self, indent: int, head: str, bound: dict[str, Kind], runs: bool) -> None:
        """Write a loop with a head; what it binds is known afterwards if it surely runs."""
        before = self.block
        self.block = before.copy()
        self.block.loops += 1
        self.block.scope.update(bound)
        self.emit(indent, head)
        self.body(indent + 1, leave=True)
        inside = self.block.scope
        self.block = before
        if runs and self.maybe(2):
            self.block.scope.update({name: inside[name] for name in bound if bound[name] in ARRAYS})

    def count_loop(self, indent: int) -> None:
        i = f"i{indent}"
        head = self.pick(["range(n)", "range(2)", "range(n)", "(1, 0)"])
        self.loop(indent, f"for {i} in {head}:", {i: COUNTER}, "n" not in head)

    def item_loop(self, indent: int) -> None:
        """Write a loop over the items of something."""
        heads = self.heads(indent)
        if not heads:
            return self.hold(indent)
        head, bound = self.pick(self.pick(heads))
        return self.loop(indent, f"for {head}:", bound, True)

    def heads(self, indent: int) -> list[list[tuple[str, dict[str, Kind]]]]:
        """Return heads of loops, those over one thing together."""
        found = []
        for place in self.places():
            if place.kind.word == "dict":
                found.append(self.dict_heads(place.text, place.kind.items[0], indent))
            elif place.kind.word == "list":
                found.append(self.list_heads(place.text, place.kind.items[0], indent))
            elif place.kind == MATRIX:
                found.append(self.list_heads(place.text, VECTOR, indent))
            elif place.kind.word in ("tuple", "named") and place.kind.items[0] == place.kind.items[1]:
                found.append(self.list_heads(place.text, place.kind.items[0], indent)[:2])
        one, two, three = self.reference(VECTOR), self.reference(VECTOR), self.reference(VECTOR)
        e, f = f"e{indent}", f"f{indent}"
        found.append([
            (f"{e} in [{one}, {two}]", {e: VECTOR}), (f"{e} in ({one}, {two})", {e: VECTOR}),
            (f"{e}, {f} in [({one}, {two}), ({two}, {three})]", {e: VECTOR, f: VECTOR}),
            (f"{e}, {f} in (({one}, {two}), ({two}, {one}))", {e: VECTOR, f: VECTOR}),
        ])
        return found

    def list_heads(self, text: str, item: Kind, indent: int) -> list[tuple[str, dict[str, Kind]]]:
        e, f, i = f"e{indent}", f"f{indent}", f"i{indent}"
        found = [(f"{e} in {text}", {e: item})]
        if item.word in ("tuple", "named"):
            found = [(f"{e}, {f} in {text}", {e: item.items[0], f: item.items[1]}), *found]
        found += [(f"{i}, {e} in enumerate({text})", {i: COUNTER, e: item}), (f"{e} in reversed({text})", {e: item})]
        found += [(f"{i} in range(len({text}))", {i: COUNTER}), (f"{e} in {text}[:2]", {e: item})]
        others = [(other.text, own) for own in (item, VECTOR) for other in self.of_kind(list_of(own))]
        for other, own in [*others, *((place.text, VECTOR) for place in self.of_kind(MATRIX)), (f"{text}[1:]", item)]:
            found += [(f"{e}, {f} in zip({text}, {other})", {e: item, f: own})]
        found += [(f"{i}, ({e}, {f}) in enumerate(zip({text}, {text}[::-1]))", {i: COUNTER, e: item, f: item})]
        return found

    def dict_heads(self, text: str, item: Kind, indent: int) -> list[tuple[str, dict[str, Kind]]]:
        e, k = f"e{indent}", f"k{indent}"
        return [
            (f"{k}, {e} in {text}.items()", {k: KEY, e: item}), (f"{e} in {text}.values()", {e: item}),
            (f"{k} in {text}", {k: KEY}), (f"{k} in ('b', 'a')", {k: KEY}), (f"{k} in sorted({text})", {k: KEY}),
            (f"{k}, {e} in list({text}.items())", {k: KEY, e: item}), (f"{e} in list({text}.values())", {e: item}),
        ]

    def later(self, indent: int) -> None:
        """Name what will be gone through, write something else, and go through it."""
        heads = self.heads(indent)
        head, bound = self.pick(self.pick(heads))
        targets, iterated = head.split(" in ", 1)
        name = f"later{indent}"
        self.emit(indent, f"{name} = {iterated}")
        self.pick([self.write, self.write, self.put, self.observe])(indent)
        function = self.pick([None, None, None, *(f for f in self.block.functions if f.result == VECTOR)])
        if bound == {targets: VECTOR} and function and function.parameters == (VECTOR,) and function.name[0] != ".":
            name = f"map({function.name}, {name})"
        self.loop(indent, f"for {targets} in {name}:", bound, True)

    def drain(self, indent: int) -> None:
        """Write a loop that takes items off a list until there is none."""
        lists = [place for place in self.places() if place.kind.word == "list"]
        if not lists:
            return self.hold(indent)
        place = self.pick(lists)
        (item,) = place.kind.items
        stack, e = self.fresh(place.kind), f"e{indent}"
        copied = self.pick([f"{place.text}[:]", f"list({place.text})", place.text])
        self.emit(indent, f"{stack} = {copied}")
        before = self.block
        self.block = before.copy()
        self.block.loops += 1
        self.emit(indent, f"while {stack}:")
        self.emit(indent + 1, f"{e} = {stack}.{self.pick(['pop()', 'pop(0)'])}")
        self.block.scope[e] = item
        self.body(indent + 1)
        self.block = before
        return None

    def rotate(self, indent: int) -> None:
        """Write a loop that carries two names and swaps them."""
        kind = self.pick([VECTOR, VECTOR, VECTORS, MATRIX])
        one, two = self.fresh(kind), self.fresh(kind)
        self.emit(indent, f"{one}, {two} = {self.value(kind)}, {self.value(kind)}")
        self.block.scope |= {one: kind, two: kind}
        before = self.block
        self.block = before.copy()
        self.block.loops += 1
        self.emit(indent, f"for _ in range({self.pick(['n', '2'])}):")
        self.body(indent + 1)
        self.emit(indent + 1, self.pick([f"{one}, {two} = {two}, {one}", f"{one} = {two}"]))
        self.block = before

    # -- functions ----------------------------------------------------------------------------------------------------

    def call(self, indent: int) -> None:
        """Write a call of a function or of a method."""
        function = self.pick(self.block.functions)
        objects = [place.text for place in self.places() if place.kind == Kind("object", (VECTOR, VECTOR))]
        if function.name.startswith(".") and not objects:
            kind = Kind("object", (VECTOR, VECTOR))
            return self.bind(indent, self.container(kind), kind)
        name = self.pick(objects) + function.name if function.name.startswith(".") else function.name
        text = f"{name}({', '.join(self.value(kind) for kind in function.parameters)})"
        starred = self.of_kind(VECTORS)
        if function.parameters == (VECTOR, VECTOR) and starred and self.maybe():
            text = f"{name}(*{self.pick(starred).text}[:2])"
        if function.parameters == (VECTOR,) and self.maybe(4):
            lists = self.of_kind(VECTORS)
            if lists and function.result == VECTOR:
                how = self.pick(["[{0}(e) for e in {1}]", "list(map({0}, {1}))"])
                return self.bind(indent, how.format(name, self.pick(lists).text), VECTORS)
        if function.result is None:
            return self.emit(indent, text)
        return self.bind(indent, text, function.result)

    def function(self, indent: int, name: str, parameters: dict[str, Kind], shown: str, block: Block) -> Kind | None:
        """Write a function, and return the kind of what it returns."""
        outer, self.block = self.block, block
        self.block.scope.update(parameters)
        self.block.loops += 1
        self.emit(indent, f"def {name}({shown}):")
        for _ in range(1 + self.choices.integer(0, 1)):
            self.budget -= 1
            self.pick([self.write, self.write, self.put, self.statement])(indent + 1)
        result = None
        if self.maybe(2):
            places = [place for place in self.places() if place.kind not in (COUNTER, KEY)]
            views = [view for place in self.arrays() for view in self.views(place)]
            place = self.pick([*places, *views])
            others = self.of_kind(place.kind)
            if others and self.maybe(4):
                self.emit(indent + 1, f"if {self.condition()}:")
                self.emit(indent + 2, f"return {self.pick(others).text}")
            self.emit(indent + 1, f"return {place.text}")
            result = place.kind
        self.block = outer
        return result

    def helper(self, number: int) -> Function:
        """Write a function beside the program that may write into what it is given."""
        options = [(VECTOR,), (VECTOR, VECTOR), (VECTORS,), (VECTORS, VECTOR), (MATRIX,), (Kind("dict", (VECTOR,)),)]
        options += [(Kind("object", (VECTOR, VECTOR)),), (Kind("tuple", (VECTOR, VECTOR)),), (self.kind(),)]
        kinds = self.pick(options)
        name = f"helper{number}"
        parameters = dict(zip(("g", "h"), kinds, strict=False)) | {"n": COUNTER}
        result = self.function(0, name, parameters, ", ".join([*list(parameters)[:-1], "n=2"]), Block({}))
        self.lines += ["", ""]
        return Function(name, kinds, result)

    def closure(self, indent: int, number: int) -> Function:
        """Write a function in the program that writes into what is around it."""
        name = f"inner{number}"
        around = {key: kind for key, kind in self.block.scope.items() if key != "t"}
        block = Block(dict(around), fixed=frozenset(around))
        result = self.function(indent, name, {"g": VECTOR}, "g", block)
        return Function(name, (VECTOR,), result)

    def method(self) -> Function:
        """Write a method that may write into its object."""
        parameters = {"self": Kind("object", (VECTOR, VECTOR)), "g": VECTOR, "n": COUNTER}
        block = Block({}, fixed=frozenset({"self"}))
        return Function(".step", (VECTOR,), self.function(1, "step", parameters, "self, g, n=2", block))

    # -- modules ------------------------------------------------------------------------------------------------------

    def program(self) -> str:
        """Return the text of a module with a function `program`."""
        self.lines = self.pick([BOX, DATACLASS]).strip().splitlines()
        functions = []
        if self.maybe(4):
            self.lines.append("")
            functions = [self.method()]
        self.lines += ["", ""]
        start = len(self.lines)
        functions += [self.helper(k) for k in range(self.pick([0, 0, 0, 1, 1, 2]))]
        self.budget = min(self.budget, 2 + self.choices.integer(0, 6))
        names = list(PARAMETERS)
        parameters = [self.pick(names[: 3 + 4 * self.maybe(2)])]
        if self.maybe():
            parameters.append(self.pick([name for name in names if name not in parameters]))
        self.block = Block({name: PARAMETERS[name] for name in parameters}, functions=tuple(functions))
        self.emit(0, f"def program({', '.join([*parameters, 'n'])}):")
        self.emit(1, "t = 0.0")
        self.block.scope["t"] = NUMBER
        self.block.fixed = frozenset({"t"})
        self.make(1)
        self.pick([self.hold, self.hold, self.make])(1)
        if self.maybe(4):
            self.block.functions += (self.closure(1, 0),)
        if self.block.functions:
            self.call(1)
        while self.budget > 0:
            self.budget -= 1
            self.statement(1)
        self.emit(1, f"return {' + '.join(['t', *self.parts()])}")
        body = "\n".join([*self.lines[start:], ""])
        text = "\n".join([*self.lines[:start], body]) if "Box(" in body or ".one" in body else body
        if "Pair(" in text:
            text = f"{PAIR.strip()}\n\n\n{text}"
        imports = ["from dataclasses import dataclass"] if "@dataclass" in text else []
        imports += ["from functools import reduce"] if "reduce(" in text else []
        imports += ["from typing import Any, NamedTuple"] if "Any" in text else []
        return "\n".join([*imports, *([""] if imports else []), "import numpy as np", "", "", text])

    def parts(self) -> list[str]:
        """Return numbers made of some of what exists at the end."""
        arrays = self.arrays()
        if not arrays:
            return []
        picked = [self.pick(arrays).text for _ in range(1 + self.choices.integer(0, 2))]
        return [f"np.sum({text}**2)" for text in dict.fromkeys(picked)]


def numbers_of_trips(text: str) -> tuple[int, ...]:
    """Return the numbers of trips that make a difference to a program."""
    reads = re.search(r"\bn\b", text.split("def program(")[1].partition("\n")[2])
    return TRIPS if reads else TRIPS[:1]


def arguments(text: str, seed: int, trips: int) -> tuple[Any, ...]:
    """Return arguments for the parameters of a program's text."""
    rng = np.random.default_rng(seed)
    given: list[Any] = []
    for name in text.split("def program(")[1].split(")")[0].split(", ")[:-1]:
        match PARAMETERS[name]:
            case Kind("number"):
                given.append(float(rng.normal()))
            case Kind("list"):
                given.append([rng.normal(size=3) for _ in range(2)])
            case Kind("dict"):
                given.append({"a": rng.normal(size=3), "b": rng.normal(size=3)})
            case kind:
                given.append(rng.normal(size=ARRAYS[kind]))
    return (*given, trips)
