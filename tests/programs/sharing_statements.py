"""Random programs that keep arrays in containers: making containers, and statements that write.

Nothing in a loop makes a list longer than by one item: twice as long each trip is soon too long.
"""
from __future__ import annotations

from sharing import ARRAYS, COUNTER, KEY, KEYS, MATRIX, NUMBER, VECTOR, Kind, Place, Writer, list_of


class Statements(Writer):
    """The containers and the simple statements of one program that is being written."""

    # -- containers ---------------------------------------------------------------------------------------------------

    def container(self, kind: Kind) -> str:
        """Return an expression for a container that is made here, of new items or out of another one."""
        made = getattr(self, f"new_{kind.word}")(kind)
        copies = self.copies(kind)
        return self.pick([made, made, *copies[: 1 + self.choices.integer(0, 3)]] if copies else [made])

    def copies(self, kind: Kind) -> list[str]:
        """Return expressions that make another container of the items of one that exists."""
        existing = self.of_kind(kind)
        place = self.pick(existing).text if existing else ""
        other = self.pick(existing).text if existing else ""
        found: list[str] = []
        match kind.word:
            case "list":
                if place:
                    found = [
                        f"{place}[:]", f"list({place})", f"[e for e in {place}]", f"{place}.copy()", f"{place}[::-1]",
                        f"[*{place}, {self.value(kind.items[0])}]", f"list(reversed({place}))",
                        f"{place}[1:] + {place}[:1]", f"[{place}[k] for k in (1, 0)]",
                        f"list(map(lambda e: e, {place}))",
                    ]
                    if not self.block.loops:
                        found += [f"{place} + {other}", f"{place} * 2", f"[e for e in {place} for _ in range(2)]"]
                found += self.gathered(kind)
            case "dict" if place:
                found = [
                    f"dict({place})", f"{place}.copy()", f"{{k: e for k, e in {place}.items()}}", f"{{**{place}}}",
                    f"{{**{place}, 'a': {self.value(kind.items[0])}}}", f"{{k: {place}[k] for k in ('a', 'b')}}",
                ]
            case "dict":
                lists = self.of_kind(list_of(kind.items[0]))
                found = [f"dict(zip(('a', 'b'), {one.text}))" for one in lists]
            case "tuple" | "named":
                if place and kind.word == "named":
                    found = [f"{place}._replace(one={self.value(kind.items[0])})"]
                if kind.items[0] == kind.items[1] and kind.word == "tuple":
                    found += [f"tuple({one.text}[:2])" for one in self.of_kind(list_of(kind.items[0]))]
            case "object" if place:
                found = [f"Box({place}.one, {place}.two)"]
        if len(found) > 1:
            first = self.choices.integer(0, len(found) - 1)
            found = found[first:] + found[:first]
        return found

    def gathered(self, kind: Kind) -> list[str]:
        """Return lists of what is taken out of arrays and of other containers."""
        (item,) = kind.items
        found = []
        if item == VECTOR:
            for place in self.of_kind(MATRIX):
                found += [f"[r for r in {place.text}]", f"list({place.text})", f"list({place.text}.T)"]
                found += [f"np.split({place.text}.reshape(-1), 3)", f"[{place.text}[:, k] for k in range(3)]"]
        for place in self.of_kind(Kind("dict", (item,))):
            found += [f"list({place.text}.values())", f"[e for _, e in {place.text}.items()]"]
        if item.word == "tuple":
            one, two = self.of_kind(list_of(item.items[0])), self.of_kind(list_of(item.items[1]))
            if one and two:
                first, second = self.pick(one).text, self.pick(two).text
                found += [f"list(zip({first}, {second}))", f"[(e, f) for e, f in zip({first}, {second})]"]
        return found

    def new_list(self, kind: Kind) -> str:
        items = [self.value(kind.items[0]) for _ in range(2 + self.maybe(4))]
        return self.pick([f"[{', '.join(items)}]", f"[{items[0]}] * 2"]) if self.maybe(4) else f"[{', '.join(items)}]"

    def new_tuple(self, kind: Kind) -> str:
        return f"({self.value(kind.items[0])}, {self.value(kind.items[1])})"

    def new_dict(self, kind: Kind) -> str:
        one, two = self.value(kind.items[0]), self.value(kind.items[0])
        return self.pick([f"{{'a': {one}, 'b': {two}}}", f"{{'a': {one}, 'b': {two}}}", f"dict(a={one}, b={two})"])

    def new_object(self, kind: Kind) -> str:
        return f"Box({self.value(kind.items[0])}, {self.value(kind.items[1])})"

    def new_named(self, kind: Kind) -> str:
        return f"Pair({self.value(kind.items[0])}, {self.value(kind.items[1])})"

    # -- names --------------------------------------------------------------------------------------------------------

    def make(self, indent: int) -> None:
        """Write a new name for a new array."""
        kind = self.pick([VECTOR, VECTOR, MATRIX, Kind("long")])
        self.bind(indent, self.new_array(kind), kind)

    def hold(self, indent: int) -> None:
        """Write a new name for a container."""
        kind = self.kind()
        self.bind(indent, self.container(kind), kind)

    def share(self, indent: int) -> None:
        """Write another name for what exists."""
        places = [place for place in self.places() if place.kind not in (COUNTER, KEY, NUMBER)]
        views = [view for place in places if place.kind in ARRAYS for view in self.views(place)]
        if not places:
            return self.make(indent)
        place = self.pick(views if views and self.maybe(2) else places)
        others = self.of_kind(place.kind)
        text = place.text
        if others and self.maybe(4):
            text = f"{text} if {self.condition()} else {self.pick(others).text}"
        if place.kind.word == "dict" and self.maybe():
            return self.bind(indent, f"{text}.get('b')", place.kind.items[0])
        if others and self.maybe(6):
            settable = [other.text for other in others if other.settable]
            text = f"{self.pick(settable)} = {text}" if settable else text
        return self.bind(indent, text, place.kind)

    def rebind(self, indent: int) -> None:
        """Bind a name to something else of its kind."""
        names = [n for n, kind in self.block.scope.items() if n not in self.block.fixed and kind not in (COUNTER, KEY)]
        if not names:
            return self.make(indent)
        name = self.pick(names)
        self.emit(indent, f"{name} = {self.value(self.block.scope[name])}")
        return None

    def unpack(self, indent: int) -> None:
        """Take a container apart, or swap two places."""
        pairs = self.swappable()
        places = [place for place in self.places() if place.kind.word in ("tuple", "list", "named")]
        places += self.of_kind(MATRIX)
        if pairs and (not places or self.maybe(2)):
            one, two = self.pick(pairs)
            return self.emit(indent, f"{one}, {two} = {two}, {one}")
        if not places:
            return self.hold(indent)
        place = self.pick(places)
        if place.kind.word == "list":
            return self.unpack_list(indent, place)
        if place.kind == MATRIX:
            return self.emit(indent, f"{', '.join(self.targets(VECTOR) for _ in range(3))} = {place.text}")
        return self.emit(indent, f"{', '.join(map(self.targets, place.kind.items))} = {place.text}")

    def targets(self, kind: Kind) -> str:
        """Return a place to unpack to: a new name, several where what comes is taken apart too, or one that exists."""
        if kind.word in ("tuple", "named") and self.maybe(2):
            return f"({', '.join(map(self.targets, kind.items))})"
        settable = [place.text for place in self.of_kind(kind) if place.settable]
        if settable and self.maybe(4):
            return self.pick(settable)
        name = self.fresh(kind)
        self.block.scope[name] = kind
        return name

    def unpack_list(self, indent: int, place: Place) -> None:
        """Take a list apart, with a star or without."""
        (item,) = place.kind.items
        rest = self.fresh(place.kind)
        text = place.text
        left = self.pick([f"{{0}}, *{rest}", "{0}, {1}", f"*{rest}, {{0}}", f"{{0}}, *{rest}, {{1}}"])
        right = text if "*" in left else self.pick([f"{text}[:2]", f"{text}[1], {text}[0]", f"{text}[-1], {text}[0]"])
        self.emit(indent, f"{left.format(self.targets(item), self.targets(item) if '{1}' in left else '')} = {right}")
        if "*" in left:
            self.block.scope[rest] = place.kind

    def swappable(self) -> list[tuple[str, str]]:
        """Return pairs of places of one kind, near to each other."""
        places = [place for place in self.places() if place.settable and place.kind not in (COUNTER, KEY)]
        return [
            (a.text, b.text) for i, a in enumerate(places) for b in places[i + 1 : i + 4]
            if a.kind == b.kind
        ]

    # -- stores -------------------------------------------------------------------------------------------------------

    def write(self, indent: int) -> None:
        """Write into the memory of an array, whichever way it is reached."""
        places = self.arrays()
        if not places:
            return self.make(indent)
        place = self.pick(places)
        if self.maybe():
            place = self.pick(self.views(place))
        text, kind = place.text, place.kind
        entry = "[1, 1]" if kind == MATRIX else "[1]"
        options = [
            f"{text}[:] = {self.operand(kind)}", f"{text}{entry} = {self.number()}",
            f"{text}[:] *= {self.number()}", f"np.sin({self.reference(kind)}, out={text})",
            f"np.copyto({text}, {self.operand(kind)})", f"{text}.fill({self.number()})",
            f"np.add({text}, {self.operand(kind)}, out={text})", f"{text}{entry} += {self.number()}",
        ]
        if place.settable and not text.endswith(")"):
            options = [
                f"{text} *= 1.5", f"{text} += {self.operand(kind)}", f"{text} *= np.cos({self.reference(kind)})",
                f"{text} -= 0.5 * {self.operand(kind)}", *options,
            ]
        number = self.number()
        options += [f"{text}[...] = {number}", f"np.copyto({text}, {number})", f"np.cos({number}, out={text})"]
        options += [f"{text}[{text} > 0.2] = {number}", f"np.multiply({text}, {number}, out={text})"]
        if kind != MATRIX:
            options += [f"{text}[[0, 2]] += {number}", f"np.add.at({text}, [0, 0], {number})", f"{text}.sort()"]
        self.emit(indent, self.pick(options))
        return None

    def put(self, indent: int) -> None:
        """Put something into a container."""
        containers = [place for place in self.places() if place.kind.word in ("list", "dict", "object")]
        if not containers:
            return self.hold(indent)
        place = self.pick(containers)
        item = self.pick(self.inside(place))
        store = f"{item.text} = {self.value(item.kind)}"
        bind = [store, store]
        if item.kind in ARRAYS:
            bind += [f"{item.text} = {item.text} + {self.operand(item.kind)}"]
        text = place.text
        match place.kind.word:
            case "list":
                bind += self.grown(place, indent)
            case "dict":
                one, two = self.value(item.kind), self.value(item.kind)
                bind += [f"{text}.update(a={one})", f"{text}.update({{'b': {two}}})"]
                bind += [f"{text}.update({other.text})" for other in self.of_kind(place.kind)[:2]]
                bind += [f"{text} |= {{'a': {self.value(item.kind)}}}"] if place.settable else []
                bind += [f"{text}.setdefault({self.pick(KEYS)}, {self.value(item.kind)})"]
            case "object" if self.maybe(4):
                bind += [f"setattr({text}, 'one', {self.value(place.kind.items[0])})"]
        if place.kind.word == "list" and self.block.loops and self.maybe():
            self.emit(indent, f"if len({text}) < 4:")
            return self.emit(indent + 1, f"{text}.append({self.value(item.kind)})")
        return self.emit(indent, self.pick(bind))

    def grown(self, place: Place, indent: int) -> list[str]:
        """Return statements that make a list longer or shorter, or change its order."""
        (item,) = place.kind.items
        text = place.text
        found = [f"{text}.append({self.value(item)})", f"{text}.insert(0, {self.value(item)})", f"{text}.reverse()"]
        if self.maybe():
            found += [f"{text}.append({text}.pop(0))", f"{text}[:] = {text}[::-1]"]
            found += [f"{text}[:1] = [{self.value(item)}]", f"{text}.extend([{self.value(item)}])"]
            found += [f"{text} += [{self.value(item)}]"] if place.settable else []
            if not self.block.loops:
                found += [f"{text}.extend({other.text})" for other in self.of_kind(place.kind)[:2]]
                found += [f"{text} *= 2"] if place.settable else []
            found += [f"del {text}[0]", f"{text}.pop()", f"{text}[0], {text}[1] = {text}[1], {text}[0]"]
        return found

    def take(self, indent: int) -> None:
        """Take something out of a list or a dict."""
        places = [place for place in self.places() if place.kind.word in ("list", "dict")]
        if not places:
            return self.hold(indent)
        place = self.pick(places)
        ways = [".pop()", ".pop(0)", "[-1]"] if place.kind.word == "list" else [".pop('b')", "['a']"]
        return self.bind(indent, place.text + self.pick(ways), place.kind.items[0])

    def observe(self, indent: int) -> None:
        """Add what an array holds now to the result."""
        if "t" not in self.block.scope:
            return self.write(indent)
        places = self.arrays()
        if not places:
            return self.make(indent)
        place = self.pick(places)
        options = [f"np.sum({place.text}**2)", f"np.sum({place.text} * {self.reference(place.kind)})"]
        for one in self.of_kind(list_of(VECTOR))[:2]:
            options += [f"sum(np.sum(e**2) for e in {one.text})", f"np.sum(np.array({one.text}) ** 2)"]
            options += [f"np.sum(reduce(lambda e, f: {how}, {one.text}))" for how in ("e + f", "np.add(e, f, out=e)")]
        dicts = self.of_kind(Kind("dict", (VECTOR,)))
        options += [f"sum(np.sum(np.sin(e)) for e in {one.text}.values())" for one in dicts[:1]]
        self.emit(indent, f"t {'+=' if self.maybe(2) else '= t +'} {self.pick(options)}")
        return None
