"""From operations to expressions."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.analysis.memory import is_number
from s2sad.codegen.constants import spell, spell_index
from s2sad.codegen.functions import Imports, dotted
from s2sad.codegen.helpers import is_helper
from s2sad.codegen.names import Names
from s2sad.codegen.plan import Plan
from s2sad.ir import primitives, primitives_records
from s2sad.ir.primitives_integrals import integrated_back
from s2sad.ir.primitives_records import RecordKind
from s2sad.ir.primitives_schedule import with_snapshots
from s2sad.ir.primitives_stop import stop_gradient
from s2sad.ir.primitives_stores import make_path
from s2sad.ir.primitives_surgery import with_adjoint
from s2sad.ir.procedures import Integrand
from s2sad.ir.program import Call, Constant, Form, If, Operation, Scan, Value
from s2sad.ir.types import Array, List, Literal, Scalar, Tuple, Type, Unknown, widen

_BINARY: dict[Callable[..., Any], ast.operator] = {
    np.add: ast.Add(),
    np.subtract: ast.Sub(),
    np.multiply: ast.Mult(),
    np.divide: ast.Div(),
    np.floor_divide: ast.FloorDiv(),
    np.remainder: ast.Mod(),
    np.power: ast.Pow(),
    np.matmul: ast.MatMult(),
    np.bitwise_and: ast.BitAnd(),
    np.bitwise_or: ast.BitOr(),
    np.bitwise_xor: ast.BitXor(),
    np.left_shift: ast.LShift(),
    np.right_shift: ast.RShift(),
}
_COMPARE: dict[Callable[..., Any], ast.cmpop] = {
    np.less: ast.Lt(),
    np.less_equal: ast.LtE(),
    np.greater: ast.Gt(),
    np.greater_equal: ast.GtE(),
    np.equal: ast.Eq(),
    np.not_equal: ast.NotEq(),
    operator.is_: ast.Is(),
    operator.is_not: ast.IsNot(),
}
_UNARY: dict[Callable[..., Any], ast.unaryop] = {
    np.negative: ast.USub(),
    np.positive: ast.UAdd(),
    np.invert: ast.Invert(),
    operator.not_: ast.Not(),
}


class Expressions:
    """Builds the expression of a value: a variable, or the operation that is nested in its place."""

    def __init__(self, plan: Plan, names: Names, imports: Imports, constants: dict[str, ast.expr]) -> None:
        self._plan = plan
        self._names = names
        self._imports = imports
        self._constants = constants
        self._spelled: dict[Callable[..., Any], Callable[[Call], ast.expr]] = {
            primitives.make_tuple: lambda call: ast.Tuple(self._all(call), ast.Load()),
            primitives.make_list: lambda call: ast.List(self._all(call), ast.Load()),
            primitives.make_dict: self._dict,
            primitives_records.make_record: self._record,
            primitives.make_slice: lambda call: self._apply(self._imports.builtin("slice"), *self._all(call)),
            primitives.unpack: lambda call: self.value(call.operands[0]),
            primitives.identity: lambda call: self.value(call.operands[0]),
            stop_gradient: lambda call: self.value(call.operands[0]),
            with_snapshots: lambda call: self.value(call.operands[0]),
            with_adjoint: lambda call: self.value(call.operands[0]),
            primitives.undefined: lambda call: ast.Constant(None),
            primitives.concatenate_lists: self._joined,
            primitives.empty_slots: self._slots,
            primitives.astype: self._astype,
            primitives.item: lambda call: self._method(call, "item"),
            primitives.mask: self._mask,
            primitives.broadcast_like: self._broadcast_like,
            primitives.zeros_like: self._zeros_like,
            primitives.accumulate: self._accumulate,
        }

    def value(self, value: Value) -> ast.expr:
        """Return the expression that stands for a value where it is used."""
        if value not in self._plan.inline:
            return ast.Name(self._names[value], ast.Load())
        return self.operation(self._plan.definitions[value])

    def operation(self, operation: Operation) -> ast.expr:
        """Return the expression that computes an operation."""
        match operation:
            case Constant(name=name):
                if name is not None and name not in self._imports.shadowed:
                    self._constants.setdefault(name, spell(operation.value, self._imports.numpy))
                    return ast.Name(name, ast.Load())
                return spell(operation.value, self._imports.numpy)
            case Call():
                expression = self._call(operation)
                if any(result in self._plan.copies for result in operation.results):
                    return self._apply(ast.Attribute(expression, "copy", ast.Load()))
                return expression
            case If():
                return self._choice(operation)
            case Scan():
                raise TypeError("a loop is not an expression")

    def _choice(self, branch: If) -> ast.expr:
        """Return a conditional expression: `a or b` and `a and b` where an arm is the test itself."""
        then, orelse = branch.then.exit.values[0], branch.orelse.exit.values[0]
        if branch.test not in (then, orelse):
            return ast.IfExp(*map(self.value, (branch.test, then, orelse)))
        sign, other = (ast.Or(), orelse) if then is branch.test else (ast.And(), then)
        parts: list[ast.expr] = []
        for value in (branch.test, other):
            part = self.value(value)
            parts += part.values if isinstance(part, ast.BoolOp) and type(part.op) is type(sign) else [part]
        return ast.BoolOp(sign, parts)

    def builtin(self, name: str) -> ast.expr:
        """Return the expression of a builtin function."""
        return self._imports.builtin(name)

    def index(self, value: Value) -> ast.expr:
        """Return what stands between the brackets of a subscript."""
        made = self._plan.definitions.get(value) if value in self._plan.inline else None
        match made:
            case Call(function=primitives.make_slice):
                parts = (None if _is_none(part) else self.value(part) for part in made.operands)
                return ast.Slice(*parts)
            case Constant(name=None):
                return spell_index(made.value, self._imports.numpy)
            case Call(function=primitives.make_tuple, operands=operands) if operands:
                return ast.Tuple([self.index(operand) for operand in operands], ast.Load())
            case _:
                return self.value(value)

    def place(self, base: ast.expr, index: Value, apart: bool) -> tuple[ast.expr, ast.expr]:
        """Return what a store writes into, and what stands between the brackets there.

        `apart` says that this must not share memory with what is written into.
        """
        made = self._plan.definitions.get(index)
        spelled = self.index if not apart else lambda at: self.detached(self.index(at), at)
        if not isinstance(made, Call) or made.function is not make_path:
            return base, spelled(index)
        steps, *arguments = made.operands
        waiting = iter(arguments)
        at: ast.expr | None = None
        for function, count in steps.type.value:  # type: ignore[union-attr]
            if at is not None:
                base, at = ast.Subscript(base, at, ast.Load()), None
            taken = [next(waiting) for _ in range(count)]
            if function is operator.getitem:
                at = spelled(taken[0])
            elif function is np.transpose and not taken:
                base = ast.Attribute(base, "T", ast.Load())
            else:
                base = self._apply(self._imports.function(function), base, *map(self.value, taken))
        return base, at or ast.Constant(...)

    def detached(self, expression: ast.expr, value: Value) -> ast.expr:
        """Return an expression for a value that shares no memory with anything; slices and tuples do not."""
        if isinstance(expression, ast.Slice | ast.Constant) or _holds_no_array(value.type):
            return expression
        made = self._plan.definitions.get(value)
        if isinstance(expression, ast.Tuple) and isinstance(made, Call) and len(made.operands) == len(expression.elts):
            return ast.Tuple(list(map(self.detached, expression.elts, made.operands)), ast.Load())
        if isinstance(widen(value.type), Array | Scalar):
            return self._numpy("array", expression)
        # the items of a tuple that has a name of its own are copied one by one
        return self._apply(self._imports.function(primitives.own), expression)

    def copied(self, expression: ast.expr, type_: Type) -> ast.expr:
        """Return a copy that can be stored into: of what may be a list of arrays the arrays are copied too."""
        if isinstance(type_, Unknown):
            return self._apply(self._imports.function(primitives.own), expression)
        if isinstance(type_, Array) and type_.shape == ():
            # arithmetic with arrays that have no axes gives scalars, which nobody can store into
            return self._numpy("array", expression)
        return self._apply(ast.Attribute(expression, "copy", ast.Load()))

    def add(self, a: ast.expr, b: ast.expr, kinds: tuple[Type, ...]) -> ast.expr:
        """Return the sum of two cotangents: `a + b` where the types allow it."""
        if all(map(is_number, kinds)):
            return ast.BinOp(a, ast.Add(), b)
        return self._apply(self._imports.function(primitives.accumulate), a, b)

    # -- calls ---------------------------------------------------------------------------------------------------

    def _call(self, call: Call) -> ast.expr:
        if isinstance(call.function, Integrand):
            return self._integrated(call, call.function)
        spelled = self._spelled.get(call.function)
        if spelled is not None and not (call.keywords and call.function in (primitives.mask,)):
            return spelled(call)
        match call.form:
            case Form.OPERATOR:
                return self._operator(call)
            case Form.ATTRIBUTE:
                return ast.Attribute(self._receiver(call), call.spelling or call.function.__name__, ast.Load())
            case Form.METHOD:
                return self._method(call, call.spelling or call.function.__name__)
            case Form.BUILTIN:
                name = call.spelling or call.function.__name__
                return self._apply(self._imports.builtin(name), *self._positional(call), **self._keywords(call))
            case Form.FUNCTION:
                return self._apply(
                    self._imports.function(call.function), *self._positional(call), **self._keywords(call)
                )

    def _operator(self, call: Call) -> ast.expr:
        function, operands = call.function, call.operands
        if function is operator.getitem:
            return ast.Subscript(self._receiver(call), self.index(operands[1]), ast.Load())
        if function is operator.contains:
            return ast.Compare(self.value(operands[1]), [ast.In()], [self.value(operands[0])])
        if function in _UNARY:
            return ast.UnaryOp(_UNARY[function], self.value(operands[0]))
        if function in _COMPARE:
            return ast.Compare(self.value(operands[0]), [_COMPARE[function]], [self.value(operands[1])])
        if function in _BINARY:
            return ast.BinOp(self.value(operands[0]), _BINARY[function], self.value(operands[1]))
        return self._apply(self._imports.function(function), *self._all(call))

    def _method(self, call: Call, name: str) -> ast.expr:
        method = ast.Attribute(self._receiver(call), name, ast.Load())
        return self._apply(method, *self._positional(call)[1:], **self._keywords(call))

    def _receiver(self, call: Call) -> ast.expr:
        return self.value(call.operands[0])

    def _all(self, call: Call) -> list[ast.expr]:
        return [self.value(operand) for operand in call.operands]

    def _positional(self, call: Call) -> list[ast.expr]:
        return [self.value(operand) for operand in call.positional]

    def _keywords(self, call: Call) -> dict[str, ast.expr]:
        return {name: self.value(value) for name, value in call.named.items()}

    def _integrated(self, call: Call, integrand: Integrand) -> ast.expr:
        """Return the call of a solver that is given a function of the program."""
        slope, is_own = self._imports.function(integrand), is_helper(integrand.solver)
        solver = self._imports.function(integrand.solver) if is_own else self._imports.member(*integrand.home)
        options = {name: spell(value, self._imports.numpy) for name, value in integrand.options}
        state, times, *rest = self._all(call)
        if not integrand.is_reverse:
            given = {"args": ast.Tuple(rest, ast.Load())} if rest else {}
            return self._apply(solver, slope, state, times, **given, **options)
        *args, d_path = rest
        helper = self._imports.function(integrated_back)
        return self._apply(helper, solver, slope, state, times, ast.Tuple(args, ast.Load()), d_path, **options)

    @staticmethod
    def _apply(function: ast.expr, *args: ast.expr, **keywords: ast.expr) -> ast.expr:
        return ast.Call(function, list(args), [ast.keyword(name, value) for name, value in keywords.items()])

    # -- primitives ----------------------------------------------------------------------------------------------

    def numpy(self, name: str) -> ast.expr:
        """Return the expression of a function of NumPy."""
        return dotted(f"{self._imports.numpy}.{name}")

    def _numpy(self, name: str, *args: ast.expr) -> ast.expr:
        return self._apply(dotted(f"{self._imports.numpy}.{name}"), *args)

    def _helper(self, call: Call) -> ast.expr:
        return self._apply(self._imports.function(call.function), *self._positional(call), **self._keywords(call))

    def _dict(self, call: Call) -> ast.expr:
        keys, *values = call.operands
        if not isinstance(keys.type, Literal):
            return self._helper(call)
        spelled = [spell(key, self._imports.numpy) for key in keys.type.value]
        return ast.Dict([*spelled], [self.value(value) for value in values])

    def _record(self, call: Call) -> ast.expr:
        kind, *values = call.operands
        assert isinstance(kind.type, Literal)
        made: RecordKind = kind.type.value
        cls = self._imports.member(made.cls.__module__, made.cls.__qualname__)
        spelled = [self.value(value) for value in values]
        if made.keywords:
            return self._apply(cls, **dict(zip(made.names, spelled, strict=True)))
        build = self._imports.function(primitives_records.build_record)
        return self._apply(build, cls, spell(made.names, self._imports.numpy), *spelled)

    def _joined(self, call: Call) -> ast.expr:
        return ast.BinOp(self.value(call.operands[0]), ast.Add(), self.value(call.operands[1]))

    def _slots(self, call: Call) -> ast.expr:
        length = self._apply(self._imports.builtin("len"), self.value(call.operands[0]))
        return ast.BinOp(ast.List([ast.Constant(None)], ast.Load()), ast.Mult(), length)

    def _mask(self, call: Call) -> ast.expr:
        if all(_is_scalar(operand.type) for operand in call.operands):
            condition, x = self._all(call)
            return ast.IfExp(condition, x, ast.Constant(0.0))
        return self._numpy("where", *self._all(call), ast.Constant(0.0))

    def _astype(self, call: Call) -> ast.expr:
        """Return a conversion; what stands for a NumPy scalar may be a Python number, which has no such method."""
        kind = call.operands[-1].type
        is_numpy = isinstance(kind, Literal) and isinstance(kind.value, type) and issubclass(kind.value, np.generic)
        if call.origin.derived and is_numpy and _is_scalar(call.operands[0].type):
            value, dtype = self._all(call)
            return self._apply(dtype, value)
        return self._method(call, "astype")

    def _broadcast_like(self, call: Call) -> ast.expr:
        d, x = call.operands
        match x.type:
            case Array(shape=shape, scalar=False) if shape is not None and shape != ():
                return self._numpy("broadcast_to", self.value(d), ast.Attribute(self.value(x), "shape", ast.Load()))
            case Scalar():
                return self.value(d)
            case _:
                return self._helper(call)

    def _zeros_like(self, call: Call) -> ast.expr:
        (x,) = call.operands
        match x.type:
            case Array(dtype, scalar=False) if dtype is not None and dtype.kind in "fc":
                return self._numpy("zeros_like", self.value(x))
            case Array(dtype, scalar=True) if dtype == np.float64:
                return ast.Constant(0.0)
            case Scalar(kind) if kind in ("float", "int", "bool"):
                return ast.Constant(0.0)
            case _:
                return self._helper(call)

    def _accumulate(self, call: Call) -> ast.expr:
        a, b = call.operands
        return self.add(self.value(a), self.value(b), (a.type, b.type))


def _holds_no_array(type_: Type) -> bool:
    """Tell whether a value is a constant, or a list or a tuple of numbers."""
    match type_:
        case Literal():
            return True
        case List(item):
            return isinstance(widen(item), Scalar)
        case Tuple(items):
            return all(isinstance(widen(item), Scalar) for item in items)
        case _:
            return False


def _is_none(value: Value) -> bool:
    return isinstance(value.type, Literal) and value.type.value is None


def _is_scalar(type_: Type) -> bool:
    """Tell whether a value is known to be a number without axes, Python's or NumPy's."""
    match widen(type_):
        case Scalar():
            return True
        case Array(shape=(), scalar=True):
            return True
        case _:
            return False
