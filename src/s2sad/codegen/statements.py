"""From the statements of a plan to lines of text."""

from __future__ import annotations

import ast

import numpy as np

from s2sad.analysis.memory import index_of
from s2sad.codegen.comments import Entry, with_comments
from s2sad.codegen.expressions import Expressions
from s2sad.codegen.names import Names
from s2sad.codegen.plan import (
    Append,
    Branch,
    Compute,
    Leave,
    Loop,
    Moves,
    NewList,
    Plan,
    Return,
    Stmt,
    Store,
    Target,
    is_derived,
)
from s2sad.codegen.text import render, render_header
from s2sad.codegen.wrap import filled, room, wrapped
from s2sad.ir import primitives, primitives_python, primitives_stores
from s2sad.ir.program import Call, Source, Statement, Value
from s2sad.ir.types import UNKNOWN, Array, Dict, List

_INDENT = "    "

_Move = tuple[str, ast.expr, set[str]]
"""An assignment: the variable, the expression, and the variables that this reads."""


class Statements:
    """Prints the statements of one function."""

    def __init__(self, plan: Plan, names: Names, expressions: Expressions, comments: bool) -> None:
        self._plan = plan
        self._names = names
        self._expressions = expressions
        self._comments = comments
        self._shown: set[Statement] = set()
        self._depth = 1
        self.long: list[Stmt] = []
        """Statements that did not fit on one line."""

    def block(self, body: list[Stmt]) -> list[str]:
        """Return the lines of a block, not indented."""
        return with_comments(self.entries(body), self._shown, room(self._depth))

    def entries(self, body: list[Stmt]) -> list[Entry]:
        """Return the statements of a block that have any lines, each with where it comes from."""
        entries: list[Entry] = []
        for statement in body:
            lines = self._fitted(statement, self._lines(statement))
            if not lines:
                continue
            derived = is_derived(statement)
            origin = statement.operation.origin if isinstance(statement, Compute | Store) else None
            comes_from = origin.statement if origin is not None and self._comments and not derived else None
            neutral = isinstance(statement, Append | NewList)
            entries.append(Entry(lines, comes_from, neutral, derived))
        return entries

    def _fitted(self, statement: Stmt, lines: list[str]) -> list[str]:
        """Cut what does not fit on a line; the statements inside a compound one have been cut before."""
        width = room(self._depth)
        if isinstance(statement, Loop | Branch) or all(len(line) <= width for line in lines):
            return lines
        self.long.append(statement)
        return [piece for line in lines for piece in wrapped(line, width)]

    def _lines(self, statement: Stmt) -> list[str]:
        match statement:
            case Compute(Call(function=primitives.check_scalar) as check):
                return self._check_scalar(check)
            case Compute(Call(function=primitives.check_bound) as check):
                return self._check_bound(check)
            case Compute(Call(function=primitives_python.fail) as failure):
                return [render(ast.Raise(self._exception(failure), None))]
            case Compute(Call(function=primitives_python.check) as check):
                condition, *message = map(self._expressions.value, check.operands)
                return [render(ast.Assert(condition, *message))]
            case Compute(Call(function=primitives_python.ignore_warnings)):
                # the function as a whole is printed under `np.errstate`
                return []
            case Compute(Call(function=primitives_stores.check_apart) as check) if _is_pair_of_arrays(check):
                return self._check_apart(check)
            case Compute(Call() as effect, None):
                # done for what it does
                return [render(ast.Expr(self._expressions.operation(effect)))]
            case Compute(Call() as call, Value() as target) if self._is_in_place(target):
                added = self._expressions.value(call.operands[1])
                sign = ast.Add() if call.function is np.add else ast.Sub()
                return [render(ast.AugAssign(ast.Name(self._names[target], ast.Store()), sign, added))]
            case Compute(operation, target):
                return [render(ast.Assign([self._target(target)], self._expressions.operation(operation), lineno=0))]
            case Store():
                return self._store(statement)
            case NewList(value):
                return [render(ast.Assign([self._name(value)], ast.List([], ast.Load()), lineno=0))]
            case Append(value, item):
                append = ast.Attribute(ast.Name(self._names[value], ast.Load()), "append", ast.Load())
                kept = self._expressions.value(item)
                is_none = isinstance(kept, ast.Constant) and kept.value is None
                if value in self._plan.copies and not is_none:
                    kept = ast.Call(ast.Attribute(kept, "copy", ast.Load()), [], [])
                return [render(ast.Expr(ast.Call(append, [kept], [])))]
            case Moves(pairs):
                return self._moves(statement, pairs)
            case Loop():
                return self._loop(statement)
            case Branch():
                return self._branch(statement)
            case Leave(kind):
                return [kind.value]
            case Return(value):
                return [render(ast.Return(self._expressions.value(value)))]

    def _is_in_place(self, target: Value) -> bool:
        """Tell whether a sum is stored into the buffer of its first operand, whose name it has got."""
        base = self._plan.added.get(target)
        return base is not None and self._names[base] == self._names[target]

    def _check_scalar(self, check: Call) -> list[str]:
        value, name = (self._expressions.value(operand) for operand in check.operands)
        numpy = self._expressions.numpy
        test = ast.BoolOp(
            ast.Or(),
            [
                ast.Compare(ast.Call(numpy("ndim"), [value], []), [ast.NotEq()], [ast.Constant(0)]),
                ast.Call(numpy("iscomplexobj"), [value], []),
            ],
        )
        message = f"{ast.literal_eval(name)} returns no real scalar, so it has no gradient"
        error = ast.Call(ast.Name("TypeError", ast.Load()), [ast.Constant(message)], [])
        return [render_header(ast.If(test, [ast.Pass()], [])), _INDENT + render(ast.Raise(error, None))]

    def _check_apart(self, check: Call) -> list[str]:
        written, other, names = map(self._expressions.value, check.operands)
        test = ast.Call(self._expressions.numpy("shares_memory"), [written, other], [])
        message = f"{ast.literal_eval(names)} share memory, and one is changed in place: pass copies"
        error = ast.Call(ast.Name("ValueError", ast.Load()), [ast.Constant(message)], [])
        return [render_header(ast.If(test, [ast.Pass()], [])), _INDENT + render(ast.Raise(error, None))]

    def _check_bound(self, check: Call) -> list[str]:
        value, name = (self._expressions.value(operand) for operand in check.operands)
        test = ast.Compare(value, [ast.Is()], [ast.Constant(None)])
        message = f"{ast.literal_eval(name)} is read where it has not been bound"
        error = ast.Call(ast.Name("UnboundLocalError", ast.Load()), [ast.Constant(message)], [])
        return [render_header(ast.If(test, [ast.Pass()], [])), _INDENT + render(ast.Raise(error, None))]

    def _exception(self, failure: Call) -> ast.expr:
        kind, *args = map(self._expressions.value, failure.operands)
        return ast.Call(kind, args, []) if args else kind

    def _name(self, value: Value) -> ast.expr:
        return ast.Name(self._names[value], ast.Store())

    def _target(self, target: Target) -> ast.expr:
        match target:
            case None:
                return ast.Name("_", ast.Store())
            case Value():
                return self._name(target)
            case tuple():
                return ast.Tuple([self._target(part) for part in target], ast.Store())

    # -- stores --------------------------------------------------------------------------------------------------

    def _store(self, store: Store) -> list[str]:
        base, *_, value = store.operation.operands
        index = index_of(store.operation)
        lines = []
        old = self._expressions.value(base)
        if store.new in self._plan.copies:
            copied = self._expressions.copied(old, base.type)
            lines.append(render(ast.Assign([self._name(store.new)], copied, lineno=0)))
        elif not (isinstance(old, ast.Name) and old.id == self._names[store.new]):
            lines.append(render(ast.Assign([self._name(store.new)], old, lineno=0)))
        new: ast.expr = ast.Name(self._names[store.new], ast.Load())
        written = self._expressions.value(value)
        if index is None:
            append = ast.Attribute(new, "append", ast.Load())
            return [*lines, render(ast.Expr(ast.Call(append, [written], [])))]
        apart = store.new in self._plan.detached
        new, where = self._expressions.place(new, index, apart)
        if apart:
            written = self._expressions.detached(written, value)
        place = ast.Subscript(new, where, ast.Store())
        lines.append(render(self._write(store, place, written)))
        return lines

    def _write(self, store: Store, place: ast.Subscript, written: ast.expr) -> ast.stmt:
        base, value = store.base.type, store.operation.operands[2]
        if store.operation.function is primitives_stores.add_each_at:
            add_at = ast.Attribute(self._expressions.numpy("add"), "at", ast.Load())
            return ast.Expr(ast.Call(add_at, [place.value, self._apart(place.slice), written], []))
        if store.operation.function is primitives.set_at:
            meant = store.operation.spelling is not None or store.operation.origin.derived
            augmented = self._augmented(place, written) if meant and isinstance(base, Array) else None
            return augmented or ast.Assign([place], written, lineno=0)
        if isinstance(base, Array):
            match written:
                case ast.UnaryOp(ast.USub(), operand):
                    return ast.AugAssign(place, ast.Sub(), operand)
                case added:
                    return ast.AugAssign(place, ast.Add(), added)
        # an item of a list is never added to in place: its memory may be someone else's
        read = ast.Subscript(place.value, place.slice, ast.Load())
        kinds = (base.item if isinstance(base, List | Dict) else UNKNOWN, value.type)
        return ast.Assign([place], self._expressions.add(read, written, kinds), lineno=0)

    def _apart(self, index: ast.expr) -> ast.expr:
        """Return an index as it stands outside brackets."""
        if isinstance(index, ast.Slice):
            parts = [part or ast.Constant(None) for part in (index.lower, index.upper, index.step)]
            return ast.Call(self._expressions.builtin("slice"), parts, [])
        if isinstance(index, ast.Tuple):
            return ast.Tuple(list(map(self._apart, index.elts)), ast.Load())
        return index

    @staticmethod
    def _augmented(place: ast.Subscript, written: ast.expr) -> ast.stmt | None:
        """Return `a[i] += e` for what would be `a[i] = a[i] + e`."""
        if isinstance(written, ast.BinOp) and ast.unparse(written.left) == ast.unparse(place):
            return ast.AugAssign(place, written.op, written.right)
        return None

    # -- moves ---------------------------------------------------------------------------------------------------

    def _moves(self, moves: Moves, pairs: tuple[tuple[Value, Value], ...]) -> list[str]:
        """Print assignments that happen at once as a sequence that does the same, or as one where there is none."""
        waiting: list[_Move] = []
        for target, source in pairs:
            name, expression = self._names[target], self._expressions.value(source)
            if self._plan.is_copied(moves, target):
                expression = self._expressions.copied(expression, target.type)
            elif isinstance(expression, ast.Name) and expression.id == name:
                continue
            waiting.append((name, expression, {self._names[read] for read in self._plan.reads(source)}))
        lines: list[str] = []
        while waiting:
            free = next((one for one in waiting if not _is_read(one, waiting)), None)
            if free is None:
                targets = ast.Tuple([ast.Name(name, ast.Store()) for name, _, _ in waiting], ast.Store())
                sources = ast.Tuple([expression for _, expression, _ in waiting], ast.Load())
                return [*lines, render(ast.Assign([targets], sources, lineno=0))]
            waiting.remove(free)
            lines.append(render(ast.Assign([ast.Name(free[0], ast.Store())], free[1], lineno=0)))
        return lines

    # -- compound statements -------------------------------------------------------------------------------------

    def _loop(self, loop: Loop) -> list[str]:
        if not loop.sources:
            test = ast.Constant(True) if loop.test is None else self._expressions.value(loop.test)
            return [render_header(ast.While(test, [ast.Pass()], [])), *self._indented(loop.body)]
        sources = list(loop.sources)
        iterated = [self._source(source) for source in sources]
        bound = list(map(self._target, loop.targets))
        if loop.counted:
            counted = ast.Call(self._expressions.builtin("enumerate"), [iterated[1]], [])
            iterated[:2] = [counted]
            bound[:2] = [ast.Tuple(bound[:2], ast.Store())]
        if len(iterated) > 1:
            strict = [ast.keyword("strict", ast.Constant(True))] if loop.scan.strict else []
            iterated = [ast.Call(self._expressions.builtin("zip"), iterated, strict)]
            bound = [ast.Tuple(bound, ast.Store())]
        header = render_header(ast.For(bound[0], iterated[0], [ast.Pass()], [], lineno=0))
        headers = [header] if self._fits(header) else self._long_header(bound[0], iterated[0])
        return [*headers, *self._indented(loop.body)]

    def _fits(self, line: str) -> bool:
        return len(line) <= room(self._depth)

    def _long_header(self, bound: ast.expr, iterated: ast.expr) -> list[str]:
        """Return the header of a loop over several lists in lines that are not too long."""
        match bound, iterated:
            case ast.Tuple(elts=targets), ast.Call(func=ast.Name(zips), args=sources, keywords=keywords):
                width = room(self._depth + 1)
                names = list(map(ast.unparse, targets))
                strict = [f"{keyword.arg}={ast.unparse(keyword.value)}" for keyword in keywords]
                arguments = filled([*map(_argument, sources), *strict], width)
                start = f"for {', '.join(names)} in {zips}("
                if self._fits(start):
                    return [start, *arguments, "):"]
                return ["for (", *filled(names, width), f") in {zips}(", *arguments, "):"]
            case _:
                return [render_header(ast.For(bound, iterated, [ast.Pass()], [], lineno=0))]

    def _source(self, source: Source) -> ast.expr:
        expression = self._expressions.value(source.value)
        if not source.backwards:
            return expression
        return ast.Call(self._expressions.builtin("reversed"), [expression], [])

    def _branch(self, branch: Branch) -> list[str]:
        then, orelse = self._indented(branch.then, or_pass=False), self._indented(branch.orelse, or_pass=False)
        test = self._expressions.value(branch.operation.test)
        if not then and not orelse:
            return []
        if not then:
            test, then, orelse = ast.UnaryOp(ast.Not(), test), orelse, []
        lines = [render_header(ast.If(test, [ast.Pass()], [])), *then]
        if not orelse:
            return lines
        if self._is_chain(branch.orelse, orelse):
            first, *rest = (line.removeprefix(_INDENT) for line in orelse)
            return [*lines, f"el{first}", *rest]
        return [*lines, "else:", *orelse]

    def _is_chain(self, body: list[Stmt], lines: list[str]) -> bool:
        """Tell whether an `else` holds nothing but another `if`."""
        printed = [statement for statement in body if self._lines(statement)]
        return len(printed) == 1 and isinstance(printed[0], Branch) and lines[0].startswith(f"{_INDENT}if ")

    def _indented(self, body: list[Stmt], or_pass: bool = True) -> list[str]:
        self._depth += 1
        lines = [_INDENT + line for line in self.block(body)]
        self._depth -= 1
        return lines or ([f"{_INDENT}pass"] if or_pass else [])


def _is_pair_of_arrays(check: Call) -> bool:
    return all(isinstance(operand.type, Array) for operand in check.operands[:2])


def _argument(source: ast.expr) -> str:
    """Return an expression as it stands among arguments: a tuple keeps its parentheses there."""
    return ast.unparse(source) if isinstance(source, ast.Tuple) else render(ast.Expr(source))


def _is_read(move: _Move, others: list[_Move]) -> bool:
    """Tell whether another assignment still has to read the variable that one binds."""
    return any(move[0] in other[2] for other in others if other is not move)
