"""Lowering loops: what they carry, with the types and the sharing of memory that hold in every trip.

A loop carries the variables that its body binds and the memory from around it that the body stores into. Neither their
types nor what is stored into is known before the body has been lowered, so it is lowered on trial until what was
assumed of a trip holds at its end.
"""

from __future__ import annotations

from typing import Any

import gast

from s2sad.errors import Diagnostic, DifferentiationError
from s2sad.frontend import attributes
from s2sad.frontend.attributes import Variable, is_handed_on, is_shown, label
from s2sad.frontend.blocks import lower_block
from s2sad.frontend.branches import unbound_value, undefined
from s2sad.frontend.context import Binding, Context, statement
from s2sad.frontend.flow import (
    BROKE,
    DONE,
    RESULT,
    RETURNED,
    STOP,
    Exhausted,
    contains_break,
    contains_return,
    names_augmented,
    names_bound,
)
from s2sad.frontend.iteration import Iteration, by_index, iterate
from s2sad.frontend.logic import truth
from s2sad.frontend.memory import Lost
from s2sad.frontend.places import Place
from s2sad.frontend.roots import Root, add_ties, forget, tie, tie_of
from s2sad.frontend.scope import Known
from s2sad.frontend.trials import (
    Assumed,
    Trial,
    can_be_carried,
    is_array,
    is_number,
    note_results,
    note_stores,
    ties_around,
    widen_number,
)
from s2sad.ir.dims import tick
from s2sad.ir.program import Region, Value
from s2sad.ir.types import UNDEFINED, UNKNOWN, identified, instantiate, join

_MAX_ROUNDS = 20


@statement(gast.For)
def _for(ctx: Context, node: gast.For) -> None:
    _Loop(ctx, node, iterate(ctx, node.iter, node.target)).lower()


@statement(gast.While)
def _while(ctx: Context, node: gast.While) -> None:
    _Loop(ctx, node, None).lower()


class _Loop:
    def __init__(self, ctx: Context, node: Any, iteration: Iteration | None) -> None:
        self.ctx = ctx
        self.node = node
        self.iteration = iteration
        self.start = ctx.builder.clock
        self.made: list[Root] = []
        self.clock = 0
        self.key = (*ctx.frame.path, id(node))
        self.body = list(node.body)
        self.tested = isinstance(node, gast.While)
        self.objects = dict(ctx.objects)
        self._lose_stale()
        self.before = {name: ctx.variables.get(name) for name in self._names()}
        self.carried = [name for name, binding in self.before.items() if can_be_carried(binding)]
        self.initial = {name: self._initial(self.before[name]) for name in self.carried}

    def _lose_stale(self) -> None:
        """Bind to nothing the variables that may not be read any more."""
        memory, env = self.ctx.memory, self.ctx.variables
        for name, binding in list(env.items()):
            lost = memory.lost(binding) if isinstance(binding, Value) else None
            if lost is not None:
                env[name] = lost

    def _names(self) -> list[Variable]:
        target = [self.node.target] if isinstance(self.node, gast.For) else [self.node.test]
        target_names = [name for part in target for name in names_bound(part)]
        names = [*target_names, *(name for part in self.body for name in names_bound(part))]
        if contains_return(self.node):
            self.ctx.frame.env[RETURNED] = Known(False)
            names += [RETURNED, RESULT]
        if self.node.orelse and contains_break(self.node):
            self.ctx.frame.env[BROKE] = Known(False)
            names.append(BROKE)
        changed = {name for part in self.body for name in names_augmented(part)} - set(target_names)
        for part in self.body:
            changed -= set(names_bound(part, augmented=False))
        # an array that is only ever changed in place stays where it is
        kept = {name for name in changed if is_array(self.ctx.frame.env.get(name))}
        kept.update(attributes.hidden(self.ctx, self.key))
        return [*(name for name in dict.fromkeys(names) if name not in kept), *attributes.changing(self.ctx, self.key)]

    def _initial(self, binding: Binding | None) -> Value:
        if binding is None:
            return unbound_value(self.ctx)
        return self.ctx.as_value(binding, self.node)

    # -- the fixpoint --------------------------------------------------------------------------------------------

    def lower(self) -> None:
        """Append the loop, and bind what it has changed."""
        assumed, problems = self._first(), dict(self.ctx.problems)
        for _ in range(_MAX_ROUNDS):
            self.ctx.problems = dict(problems)
            try:
                trial = self._trial(assumed)
            except DifferentiationError:
                if self._by_rows(problems):
                    return
                raise
            if trial.again:
                _Loop(self.ctx, self.node, self.iteration).lower()
                return
            if not trial.stored_items and self._by_rows(problems):
                return
            if trial.stores_into_source:
                message = "the loop stores into what it goes through, or into what may share memory with it"
                self.ctx.refuse("S2S142", message, "loop over a copy of it, or over indices", self.node)
            if trial.stored_items or trial.stale_names:
                self.ctx.problems, iteration = dict(problems), self.iteration
                if iteration is not None and trial.stored_items:
                    iteration = by_index(self.ctx, iteration, trial.stored_items)
                else:
                    self.ctx.variables.update(trial.stale_names)
                _Loop(self.ctx, self.node, iteration).lower()
                return
            if not self._widen(assumed, trial):
                break
        else:
            assumed.types = dict.fromkeys(assumed.types, UNKNOWN)
            trial = self._trial(assumed)
        self.ctx.loop_types[self.key] = (
            self.node,
            assumed,
            [name for name, binding in self.ctx.frame.env.items() if self._root(binding) in assumed.roots],
        )
        self._finish(assumed, trial)

    def _by_rows(self, problems: dict[Diagnostic, None]) -> bool:
        """Read the rows of arrays by index, where they are known to be views, if a trip has been unclear; tell that."""
        is_unclear = any(one.code == "S2S142" and one not in problems for one in self.ctx.problems)
        if self.iteration is None or not is_unclear or not self.iteration.rows():
            return False
        self.ctx.problems = dict(problems)
        _Loop(self.ctx, self.node, by_index(self.ctx, self.iteration, self.iteration.rows())).lower()
        return True

    def _root(self, binding: Binding | None) -> Root | None:
        return self.ctx.memory.root(binding) if isinstance(binding, Value) else None

    def _first(self) -> Assumed:
        """Return what to begin with: what was found when the loop was lowered before, or else the least there is."""
        types = {
            name: UNDEFINED if self.before[name] is None else widen_number(value.type)
            for name, value in self.initial.items()
        }
        around = {name: ties_around(self.start, self._root(value)) for name, value in self.initial.items()}
        assumed = Assumed(types, {}, around, {})
        for k, a in enumerate(self.carried):
            for b in self.carried[k + 1 :]:
                assumed.pairs[a, b] = tie_of(self._root(self.initial[a]), self._root(self.initial[b]))
        node, earlier, stored = self.ctx.loop_types.get(self.key, (None, None, ()))
        if node is self.node:
            assumed.loose = earlier.loose
            if earlier.types.keys() == types.keys():
                assumed.types = {name: assumed.resumed(type_, earlier.types[name]) for name, type_ in types.items()}
            for name in stored:
                root = self._root(self.ctx.frame.env.get(name))
                if root is not None:
                    assumed.roots[root] = self._version(root).type
        return assumed

    def _version(self, root: Root) -> Value:
        return self.ctx.memory.versions.get(root, root.initial)

    def _widen(self, assumed: Assumed, trial: Trial) -> bool:
        """Take in what a trial has shown; tell whether that was more than had been assumed."""
        before = assumed.state()
        for name in self.carried:
            type_ = assumed.lasting(trial.values[name].type, self.clock)
            assumed.types[name] = join(assumed.types[name], type_, assumed.loose)
        stored = {
            root: version
            for root, version in trial.versions.items()
            if root.birth < self.start and version is not trial.held.get(root, self._version(root))
        }
        extra = [root for root in assumed.roots if root not in stored]
        for root in extra:
            del assumed.roots[root]
        for root, version in stored.items():
            known = assumed.roots.get(root, widen_number(self._version(root).type))
            assumed.roots[root] = join(known, assumed.lasting(version.type, self.clock), assumed.loose)
            if root in trial.depths:
                assumed.depths[root] = min(trial.depths[root], assumed.depths.get(root, trial.depths[root]))
        owners = {self._root(param): name for name, param in trial.params.items() if self._root(param) is not None}
        for k, a in enumerate(self.carried):
            end = trial.ends[a]
            add_ties(assumed.around[a], ties_around(self.start, end))
            if end in owners:
                add_ties(assumed.around[a], assumed.around[owners[end]])
            add_ties(assumed.pairs, {(a, b): tie_of(end, trial.ends[b]) for b in self.carried[k + 1 :]})
        for root, store in trial.stale.items():
            if root.birth < self.start and root not in self.ctx.memory.stale:
                assumed.stale[root] = store
        return before != assumed.state()

    # -- one trial -----------------------------------------------------------------------------------------------

    def _trial(self, assumed: Assumed) -> Trial:
        """Lower the body once, for what is assumed."""
        ctx, frame = self.ctx, self.ctx.frame
        is_top = frame.depth == 0
        self.clock, known, begin = tick(), self.ctx.memory.versions, len(self.ctx.memory.made)
        with ctx.region(hands_on=True) as inner, attributes.watching(self) as again:
            ctx.memory.begin_trip(ctx.builder)
            items = self._items()
            params = self._params(assumed, is_top)
            held = {}
            for root, type_ in assumed.roots.items():
                lost = ctx.memory.lost(self._version(root))
                if lost is not None:
                    ctx.memory.stale[root] = lost.store
                held[root] = Value(type_, root.initial.hint, root.initial.named)
                ctx.memory.note_store(root, assumed.depths.get(root, 1), self.node, ctx.builder)
                ctx.memory.versions[root] = held[root]
                ctx.memory.places[held[root]] = Place(root)
            earlier = {root: len(stores) for root, stores in ctx.memory.stores.items()}
            sequences = [] if self.iteration is None else self.iteration.sequences
            listed = [ctx.memory.listed_versions(value) for value in sequences]
            for flag in (DONE, STOP):
                frame.env[flag] = Known(False)
            test = self._test() if self.tested else None
            frame.loops += 1
            try:
                if self.iteration is not None:
                    self.iteration.assemble(ctx, self.node.target, items)
                lower_block(ctx, self.body)
            finally:
                frame.loops -= 1
            values, stale_names = self._at_end()
            for root in held:
                self._settle_version(root)
            stop = frame.env[STOP]
            stopped = None if isinstance(stop, Known) and not stop.value else ctx.as_value(stop, self.node)
            ends = {name: self._root(ctx.variables.get(name)) for name in self.carried}
            memory = ctx.memory
            trial = Trial(
                inner, items, params, held, values, ends, dict(memory.versions), dict(memory.stale), stale_names,
                stopped, test, again,
            )  # fmt: skip
            if self.iteration is not None:
                note_stores(trial, memory, self.iteration, listed, lambda root: held.get(root, known.get(root)))
            new = {root: stores[earlier.get(root, 0) :] for root, stores in memory.stores.items()}
            trial.depths = {root: min(depth for _, depth, _ in stores) for root, stores in new.items() if stores}
        for root in self.made:  # what this trip has made stands for what all before it have made
            forget(root)
        self.made = [root for root in ctx.memory.made[begin:] if root.birth >= self.start]
        return trial

    def _items(self) -> list[Value]:
        if self.iteration is None:
            return []
        names = self.iteration.item_names(self.node.target)
        is_top = self.ctx.frame.depth == 0
        items = []
        for type_, name, source in zip(self.iteration.types, names, self.iteration.sources, strict=True):
            items.append(Value(instantiate(type_), name, is_top and name is not None))
            self.ctx.builder.enter(items[-1])
            self.ctx.memory.item_of(source.value, items[-1])
        return items

    def _params(self, assumed: Assumed, is_top: bool) -> dict[Variable, Value]:
        ctx, params = self.ctx, {}
        for name in self.carried:
            start = self.initial[name]
            param = Value(identified(assumed.types[name]), label(name), is_top and is_shown(name))
            params[name] = param
            ctx.builder.enter(param)
            ctx.memory.fresh(param)
            if self.before[name] is None or start in ctx.unbound:
                ctx.unbound.add(param)
            elif ctx.is_arithmetic(start) or is_number(start):
                ctx.numbers.add(param)
            # no trip begins after one that has left the loop
            ctx.variables[name] = Known(False) if name in (RETURNED, BROKE) else param
        self._connect(assumed, params)
        ctx.memory.stale.update(assumed.stale)
        return params

    def _connect(self, assumed: Assumed, values: dict[Variable, Value]) -> None:
        """Relate carried variables to memory around the loop, and to each other."""
        roots = {name: self._root(value) for name, value in values.items()}
        for name, around in assumed.around.items():
            for other, how in around.items():
                tie(roots[name], other, how)
        for (a, b), how in assumed.pairs.items():
            tie(roots[a], roots[b], how)

    def _test(self) -> Region | None:
        """Lower the test of a `while`; one that binds or stores becomes the first statement of the body."""
        ctx, node = self.ctx, self.node
        env, versions = dict(ctx.frame.env), dict(ctx.memory.versions)
        objects = dict(ctx.objects)
        with ctx.region(hands_on=True) as inner, ctx.at(node.test):
            value = ctx.value(node.test)
            pure = not attributes.changed_attributes(objects, [ctx.objects])
            pure = pure and all(env.get(name) is binding for name, binding in ctx.frame.env.items())
            pure = pure and all(versions.get(root) is version for root, version in ctx.memory.versions.items())
            test = inner.region((), (value,))
        if pure:
            return None if truth(value.type) is True else test
        leave = gast.If(gast.UnaryOp(gast.Not(), node.test), [Exhausted()], [])
        gast.copy_location(leave, node.test)
        gast.fix_missing_locations(leave)
        leave.synthetic = True
        self.body, self.tested = [leave, *node.body], False
        return None

    def _settle_version(self, root: Root) -> None:
        """Let a container that the trip hands on hold what its items are by now."""
        memory = self.ctx.memory
        found = self.ctx.settled(memory.versions[root])
        if isinstance(found, Lost):
            memory.stale[root] = found.store
            found = undefined(self.ctx)
        memory.versions[root] = found

    def _entered(self, root: Root) -> Value:
        """Return what a root holds before the loop."""
        found = self.ctx.settled(self._version(root))
        return unbound_value(self.ctx) if isinstance(found, Lost) else found

    def _at_end(self) -> tuple[dict[Variable, Value], dict[Variable, Any]]:
        """Return what the trip hands on for each variable, and which of them nobody may read any more."""
        values, stale = {}, {}
        for name in self.carried:
            binding = self.ctx.variables[name]
            found = self.ctx.settled(binding) if isinstance(binding, Value) else binding
            if isinstance(found, Lost):
                values[name], stale[name] = undefined(self.ctx), found
            elif is_shown(name) and not is_handed_on(found, self.objects):
                values[name] = undefined(self.ctx)
            else:
                values[name] = self.ctx.as_value(found, self.node)
        return values, stale

    # -- the result ----------------------------------------------------------------------------------------------

    def _finish(self, assumed: Assumed, trial: Trial) -> None:
        ctx = self.ctx
        is_top = ctx.frame.depth == 0
        settled = assumed.afterwards()
        results = {
            name: Value(settled(assumed.types[name]), label(name), is_top and is_shown(name)) for name in self.carried
        }
        held = {
            root: Value(settled(type_), root.initial.hint, root.initial.named) for root, type_ in assumed.roots.items()
        }
        sources = () if self.iteration is None else self.iteration.sources
        body = trial.builder.region(
            (*trial.items, *trial.params.values(), *trial.held.values()),
            (
                *trial.values.values(),
                *(trial.versions[root] for root in held),
                *(() if trial.stop is None else (trial.stop,)),
            ),
        )
        if not sources and trial.test is None and trial.stop is None:
            ctx.refuse("S2S152", "this loop never ends", "end it with `break` or `return`", self.node)
        initial = (*self.initial.values(), *(self._entered(root) for root in held))
        strict = self.iteration is None or self.iteration.strict
        note_results(ctx, self.iteration, self.initial, trial, results)
        ctx.builder.scan(sources, initial, body, (*results.values(), *held.values()), strict, trial.test)
        for result in results.values():
            ctx.memory.fresh(result)
        self._connect(assumed, results)
        ctx.memory.stale.update(assumed.stale)
        for root, result in held.items():
            ctx.memory.write(root, result, self.node, ctx.builder, assumed.depths.get(root, 1))
        for name, result in results.items():
            ctx.bind(name, result)
        attributes.hide(ctx, self.key)
