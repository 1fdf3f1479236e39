"""Roots of memory, and what is known of how they share it.

Two roots may be the same memory (they are *peers*), or one may be a container that holds the other. A store into an
array changes what may be the same array, and all containers that hold it; a store into a list leaves the arrays in it
alone. What a container holds is a *pool*: containers that may hold the same things have one pool, and what is taken out
of a pool may be anything in it, so that containers in it hold what that holds.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from s2sad.analysis.memory import may_harm
from s2sad.ir.program import Value
from s2sad.ir.types import Array, Dict, List, Record, Tuple, Unknown, widen


@dataclass(slots=True, eq=False, repr=False)
class Pool:
    """What containers hold: things put in or found at known places, and things taken out at unknown places.

    `given` has those of the things put in of which it is not known at how many places they are.
    """

    owners: dict[Root, None] = field(default_factory=dict)
    given: dict[Root, None] = field(default_factory=dict)
    put: dict[Root, None] = field(default_factory=dict)
    taken: dict[Root, None] = field(default_factory=dict)
    merged: Pool | None = None

    def find(self) -> Pool:
        """Return the pool that this one has become part of."""
        pool = self
        while pool.merged is not None:
            pool = pool.merged
        return pool


@dataclass(slots=True, eq=False, repr=False)
class Root:
    """Memory that was made at one place.

    `initial` is the value that it first held, and `birth` counts the values that had been made before that one. `pool`
    is what it holds if it is a container, `pools` are the pools that it is in.
    """

    initial: Value
    birth: int
    is_flat: bool = False
    """Whether other views than by slices and transposes were taken of it."""
    peers: dict[Root, None] = field(default_factory=dict)
    pool: Pool | None = None
    pools: dict[Pool, None] = field(default_factory=dict)
    is_distinct: bool = False
    """Whether this is a list of which it is known that its items are memory of their own, each at one place in it."""
    holds_itself: bool = False
    """Whether a part of it has been put elsewhere in it, so that one thing may be at two places, if this is a list."""
    sums: dict[Root, None] = field(default_factory=dict)
    """What arithmetic on values of unknown type has made of this: where these are lists, it holds the same things."""

    @property
    def may_hold(self) -> bool:
        """Whether this may be a container."""
        return isinstance(widen(self.initial.type), List | Dict | Tuple | Record | Unknown)


def near(root: Root) -> dict[Root, None]:
    """Return the other roots that may be the same memory."""
    found = dict(root.peers)
    for pool in _pools(root):
        found.update(pool.taken)
        if root in pool.taken:
            found.update(pool.put)
    found.pop(root, None)
    return found


def holders(root: Root) -> dict[Root, None]:
    """Return the containers that may hold a root."""
    return {owner: None for pool in _pools(root) for owner in pool.owners}


def held(root: Root) -> dict[Root, None]:
    """Return what a container may hold."""
    if root.pool is None:
        return {}
    pool = root.pool.find()
    return {**pool.put, **pool.taken}


def inside(root: Root) -> dict[Root, None]:
    """Return what a container may hold, through any number of containers, without what may be the container."""
    same = near(root)
    return {one: None for one in _reached([root], held) if one is not root and one not in same}


def is_seen(a: Root | None, b: Root | None) -> bool:
    """Tell whether two roots may be the same memory, or one may hold the other."""
    if a is None or b is None:
        return False
    return a is b or b in near(a) or b in holders(a) or a in holders(b)


def is_related(a: Root | None, b: Root | None) -> bool:
    """Tell whether a store into one of two roots, or into what it holds, may be seen in the other."""
    if a is None or b is None:
        return False
    if is_seen(a, b):
        return True
    return a.pool is not None and b.pool is not None and a.pool.find() is b.pool.find()


class Tie(enum.Flag):
    """How one root may be related to another: it may be the same memory, be held by it, hold it, or hold the like."""

    NONE = 0
    SAME = enum.auto()
    INSIDE = enum.auto()
    HOLDS = enum.auto()
    BESIDE = enum.auto()


def ties(root: Root) -> dict[Root, Tie]:
    """Return how a root may be related to others, through any number of containers."""
    found: dict[Root, Tie] = {}
    same = {root: None, **near(root)}
    beside = {} if root.pool is None else root.pool.find().owners
    for others, how in (
        (same, Tie.SAME),
        (_reached(same, holders), Tie.INSIDE),
        (_reached(same, held), Tie.HOLDS),
        (beside, Tie.BESIDE),
    ):
        add_ties(found, dict.fromkeys(others, how))
    return found


def tie_of(a: Root | None, b: Root | None) -> Tie:
    """Return how the first root may be related to the second."""
    return Tie.NONE if a is None or b is None else ties(a).get(b, Tie.NONE)


def add_ties(known: dict[Any, Tie], more: Mapping[Any, Tie]) -> None:
    """Take in more ways in which things may be related."""
    for key, how in more.items():
        known[key] = known.get(key, Tie.NONE) | how


def tie(a: Root | None, b: Root | None, how: Tie) -> None:
    """Note that the first root may be related to the second in these ways, and in no other."""
    if a is None or b is None:
        return
    if Tie.SAME in how:
        _pair(a, b)
    if Tie.INSIDE in how:
        hold(b, a)
    if Tie.HOLDS in how:
        hold(a, b)
    if Tie.BESIDE in how and a is not b:
        share_items(a, b)


def _reached(roots: Iterable[Root], step: Callable[[Root], Iterable[Root]]) -> dict[Root, None]:
    """Return what is reached from roots by one step or more, each to what it yields and what that may be."""
    found: dict[Root, None] = {}
    yielded: set[Root] = set()
    waiting = list(roots)
    while waiting:
        for reached in step(waiting.pop()):
            if reached not in yielded:
                yielded.add(reached)
                new = [one for one in (reached, *near(reached)) if one not in found]
                found.update(dict.fromkeys(new))
                waiting += new
    return found


def link(a: Root, b: Root) -> None:
    """Note that the first root may be the second, or whatever that may be."""
    for other in (b, *near(b)):
        _pair(a, other)


def connect(a: Root | None, b: Root | None) -> None:
    """Note that just these two roots may be the same memory, or one may hold the other."""
    if a is None or b is None or a is b:
        return
    _pair(a, b)
    for container, item in ((a, b), (b, a)):
        if container.may_hold and not item.may_hold:
            hold(container, item)


def entangle(a: Root, b: Root) -> None:
    """Note that the first root may be the second or whatever that may be, hold it or be held by it."""
    for other in (b, *near(b)):
        connect(a, other)


def hold(container: Root, item: Root) -> None:
    """Note that a container holds something."""
    if container is not item:
        pool = _own_pool(container)
        pool.given[item] = None
        for one in (item, *near(item)):
            _put(pool, one)


def share_items(container: Root, other: Root) -> None:
    """Note that a container holds what another one holds."""
    _merge(_own_pool(container), _own_pool(other))


def take(container: Root, item: Root) -> None:
    """Note that something was taken out of a container at a place that is not known."""
    pool = _own_pool(container)
    pool.put.pop(item, None)
    pool.taken[item] = None
    item.pools[pool] = None
    if item.may_hold:
        _join_contents(pool)


def take_part(container: Root, item: Root, others: Iterable[Root]) -> None:
    """Note that something was found in a container at a known place, which is none of the other known places."""
    pool, apart = _own_pool(container), {item, *others}
    for held_there in (*pool.put, *pool.taken):
        if held_there not in apart:
            link(item, held_there)
    _put(pool, item)


def stands_elsewhere(container: Root, item: Root) -> bool:
    """Tell whether a container may hold what was found at a known place of it, or a view of it, anywhere else."""
    given = _own_pool(container).given
    return not container.is_distinct and any(other in given for other in (item, *near(item)))


def affected(root: Root) -> Iterator[Root]:
    """Yield the roots in which a store into one may be seen."""
    same = near(root)
    for peer in same:
        if may_harm(root.initial.type, peer.initial.type):
            yield peer
    seen: set[Root] = {root}
    waiting = [root, *same]
    while waiting:
        for holder in holders(waiting.pop()):
            if holder not in seen:
                seen.add(holder)
                waiting.append(holder)
                if not isinstance(widen(holder.initial.type), Array):
                    yield holder


def all_sums(root: Root) -> dict[Root, None]:
    """Return what arithmetic has made of a root, and of that in turn."""
    found: dict[Root, None] = {}
    waiting = [root]
    while waiting:
        new = [one for one in waiting.pop().sums if one not in found]
        found.update(dict.fromkeys(new))
        waiting += new
    return found


def _pair(a: Root, b: Root) -> None:
    if a is b:
        return
    a.peers[b] = None
    b.peers[a] = None
    for one, other in ((a, b), (b, a)):
        for pool in _pools(other):
            _put(pool, one)
    if a.may_hold and b.may_hold and (a.pool is not None or b.pool is not None):
        share_items(a, b)


def _pools(root: Root) -> dict[Pool, None]:
    return dict.fromkeys(pool.find() for pool in root.pools)


def _own_pool(container: Root) -> Pool:
    if container.pool is None:
        # what may be the same container has the same contents
        others = near(container)
        shared = next((other.pool for other in others if other.pool is not None), None)
        container.pool = Pool() if shared is None else shared.find()
        container.pool.owners[container] = None
        for other in others:
            if other.may_hold and other.pool is None:
                other.pool = container.pool
                container.pool.owners[other] = None
    return container.pool.find()


def _put(pool: Pool, item: Root) -> None:
    if item in pool.put or item in pool.taken:
        return
    pool.put[item] = None
    item.pools[pool] = None
    if item.may_hold:
        _join_contents(pool)


def _join_contents(pool: Pool) -> None:
    """Let what was taken out of a pool hold what the containers in the pool hold."""
    if not any(item.may_hold for item in pool.taken):
        return
    members = [item for item in (*pool.put, *pool.taken) if item.may_hold]
    known = [item for item in members if item.pool is not None]
    for item in members if known else ():
        if item.pool is None or item.pool.find() is not _own_pool(known[0]):
            share_items(known[0], item)


def forget(root: Root) -> None:
    """Take a root out of all relations: it is memory of a program that has been given up."""
    for peer in root.peers:
        del peer.peers[root]
    for pool in _pools(root):
        for group in (pool.given, pool.put, pool.taken):
            group.pop(root, None)
    if root.pool is not None:
        root.pool.find().owners.pop(root, None)
    root.peers, root.pools, root.pool = {}, {}, None


def _merge(a: Pool, b: Pool) -> None:
    if a is b:
        return
    b.merged = a
    a.owners.update(b.owners)
    a.given.update(b.given)
    a.taken.update(b.taken)
    a.put.update({item: None for item in b.put if item not in a.taken})
    for item in (*b.put, *b.taken):
        item.pools[a] = None
    _join_contents(a.find())
