"""Stages one rule as a program of its own, runs that program, and checks every value in it against its type."""
from __future__ import annotations

import itertools
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

import numpy as np

import s2sad.rules  # noqa: F401 - fills the table
from s2sad.analysis.infer import infer
from s2sad.analysis.types_records import record_type
from s2sad.ir import dims, primitives, types
from s2sad.ir.builder import Builder
from s2sad.ir.interpret import evaluate
from s2sad.ir.primitives_records import RecordKind
from s2sad.ir.program import Call, ExitKind, Form, Function, Parameter, Value, definitions, walk
from s2sad.ir.verify import verify
from s2sad.rules.registry import RULES
from s2sad.rules.staging import Symbol, lift, lower
from s2sad.transform.structure import contribution

VARIANTS = ("literal", "symbolic", "unknown")
"""How much of its arguments' types a program is told: numbers for lengths, names for lengths, nothing."""


@dataclass(eq=False)
class Sample:
    """One call; floats, arrays and lists of these are inputs, everything else is a constant of the program."""

    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    form: Form = Form.FUNCTION
    spelling: str | None = None
    typed_only: bool = False
    opaque: bool = False
    results: int | None = None
    record: RecordKind | None = None
    """What is made, where the program that makes it has to say so."""

    def __str__(self) -> str:
        shapes = ",".join(describe(arg) for arg in (*self.args, *self.kwargs.values()))
        return f"{self.function.__name__}[{shapes}]{'' if self.form is Form.FUNCTION else self.form.value}"


def describe(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return "x".join(map(str, value.shape)) or "scalar"
    return "list" if isinstance(value, list) else "tuple" if isinstance(value, tuple) else str(value)


def is_input(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(is_input, value))
    return isinstance(value, float | np.ndarray | np.generic)


def is_record(value: Any) -> bool:
    """Tell whether a value is a dataclass's object."""
    return is_dataclass(value) and not isinstance(value, type | RecordKind)


def rebuilt(like: Any, items: Any) -> Any:
    """Return items as the kind of sequence or record that `like` is."""
    if is_record(like) or hasattr(like, "_fields"):
        return type(like)(*items)
    return type(like)(items)


def parts_of(value: Any) -> list[Any]:
    """Return the items of a sequence or dict, or the attributes of a record."""
    if isinstance(value, dict):
        return list(value.values())
    return [getattr(value, f.name) for f in fields(value)] if is_record(value) else list(value)


def type_of(value: Any, variant: str) -> types.Type:
    if variant == "unknown":
        return types.UNKNOWN
    if is_record(value):
        entries = tuple((f.name, type_of(getattr(value, f.name), variant)) for f in fields(value))
        return types.Record(type(value), entries)
    match value:
        case np.ndarray():
            named = tuple(dims.Symbol(f"n{n}") if n > 1 else n for n in value.shape)
            return types.Array(value.dtype, named if variant == "symbolic" else value.shape)
        case np.generic():
            return types.Array(value.dtype, (), scalar=True)
        case float():
            return types.FLOAT
        case int():
            return types.INT
        case tuple():
            return types.Tuple(tuple(type_of(item, variant) for item in value))
        case list():
            items = [type_of(item, variant) for item in value]
            joined = items[0]
            for item in items[1:]:
                joined = types.join(joined, item)
            return types.List(joined)
        case _:
            return types.Literal(value)


class Program:
    """A program under construction that calls one function on inputs."""

    def __init__(self, sample: Sample, variant: str) -> None:
        self.sample, self.variant = sample, variant
        self.builder = Builder(infer)
        self.params: list[Value] = []
        self.inputs: list[Any] = []
        self.operands = [self.operand(arg) for arg in sample.args]
        named = {key: self.operand(value) for key, value in sample.kwargs.items()}
        if sample.results is None:
            options = {"form": sample.form, "spelling": sample.spelling}
            if sample.record is not None:
                operands = self.operands[-len(sample.record.names) :]
                options["type_"] = record_type(sample.record, tuple(operand.type for operand in operands))
            self.y = self.builder.call(sample.function, *self.operands, **options, **named)
        else:
            parts = infer(sample.function, sample.form, tuple(o.type for o in self.operands), {})
            kinds = parts.items if isinstance(parts, types.Tuple) else (types.UNKNOWN,) * sample.results
            results = tuple(map(Value, kinds))
            self.builder.add(Call(sample.function, tuple(self.operands), (), results, self.builder.origin))
            self.y = self.builder.call(primitives.make_tuple, *results)
        self.named = {key: self.lowered(value) for key, value in named.items()}
        self.positional = [self.lowered(operand) for operand in self.operands]

    def operand(self, value: Any) -> Value:
        if not is_input(value):
            return self.builder.constant(value)
        if isinstance(value, list | tuple) and not self.sample.opaque:
            make = primitives.make_list if isinstance(value, list) else primitives.make_tuple
            return self.builder.call(make, *map(self.operand, value))
        return self.parameter(value)

    def parameter(self, value: Any) -> Value:
        self.params.append(Value(type_of(value, self.variant)))
        self.inputs.append(value)
        return self.params[-1]

    def symbol(self, value: Value) -> Symbol:
        return Symbol(value, self.builder)

    def lowered(self, value: Value) -> Any:
        region = self.builder.region((), ())
        return lower(value, self.builder, definitions(region).get)

    def finish(self, results: Any) -> Function:
        value = lift(self.builder, results)
        body = self.builder.region(tuple(self.params), (value,), ExitKind.RETURN)
        parameters = tuple(Parameter(f"p{k}") for k in range(len(self.params)))
        return verify(Function(self.sample.function.__name__, parameters, body))


def conforms(type_: types.Type, value: Any, lengths: dict[str, int]) -> bool:
    """Tell whether a value is of a type."""
    match type_:
        case types.Unknown():
            return True
        case types.Literal(known):
            return type(known) is type(value) and (known is value or repr(known) == repr(value))
        case types.Scalar(kind, dim):
            exact = type(value) is {"bool": bool, "int": int, "float": float, "complex": complex, "str": str}[kind]
            return exact and (dim is None or fits(dim, value, lengths))
        case types.Array(np.dtype(name="float64"), (), True) if type(value) is float:
            # the two are joined: a Python float may stand in for a float64 scalar
            return True
        case types.Array(dtype, shape, scalar):
            if not isinstance(value, np.ndarray | np.generic) or (scalar and not isinstance(value, np.generic)):
                return False
            if shape is not None and not scalar and not isinstance(value, np.ndarray):
                return False
            if dtype is not None and value.dtype != dtype:
                return False
            return shape is None or (
                len(shape) == value.ndim and all(fits(d, n, lengths) for d, n in zip(shape, value.shape, strict=True))
            )
        case types.Tuple(items):
            together = isinstance(value, tuple) and len(items) == len(value)
            return together and all(conforms(t, v, lengths) for t, v in zip(items, value, strict=True))
        case types.List(item, items):
            each = items if items is not None else (item,) * len(value)
            return isinstance(value, list) and all(conforms(t, v, lengths) for t, v in zip(each, value, strict=True))
        case types.Dict(_, entries):
            return isinstance(value, dict) and all(conforms(t, value[key], lengths) for key, t in entries or ())
        case types.Slice():
            return isinstance(value, slice)
        case types.Record(cls, entries):
            return isinstance(value, cls) and all(conforms(t, getattr(value, key), lengths) for key, t in entries)
        case _:
            return False


def fits(dim: dims.Dim, length: int, lengths: dict[str, int]) -> bool:
    known = measure(dim, lengths)
    return known is None or known == length


def measure(dim: dims.Dim, lengths: dict[str, int]) -> int | None:
    match dim:
        case int():
            return dim
        case dims.Symbol(name):
            return lengths[name]
        case dims.Shorter(base, amount):
            inner = measure(base, lengths)
            return None if inner is None else max(inner - amount, 0)
        case dims.Combined(operator, parts):
            inner = [measure(part, lengths) for part in parts]
            if None in inner:
                return None
            if operator == "|":
                return max(inner)
            return sum(inner) if operator == "+" else int(np.prod(inner))
        case _:
            return None


def run(function: Function, inputs: list[Any]) -> Any:
    """Run a program, checking every value in it against its type."""
    lengths = {f"n{n}": n for n in range(50)}

    def observe(operation: Any, results: tuple[Any, ...]) -> None:
        for value, result in zip(operation.results, results, strict=True):
            name = operation.function.__name__ if isinstance(operation, Call) else type(operation).__name__
            assert conforms(value.type, result, lengths), f"{name} gives {result!r}, which is not {value.type}"

    return evaluate(function, inputs, observe)


def leaves(value: Any) -> list[Any]:
    """Return the numbers and arrays in nested lists and tuples."""
    if isinstance(value, list | tuple | dict) or is_record(value):
        return list(itertools.chain.from_iterable(map(leaves, parts_of(value))))
    return [value]


def inexact(value: Any) -> bool:
    return isinstance(value, float | np.inexact) or (isinstance(value, np.ndarray) and value.dtype.kind in "fc")


class Staged:
    """The derivative programs of a sample, and what they compute."""

    def __init__(self, sample: Sample, variant: str = "literal") -> None:
        self.sample, self.variant = sample, variant
        self.rule = RULES[sample.function]

    def primal(self, inputs: list[Any]) -> Any:
        program = Program(self.sample, self.variant)
        return run(program.finish(program.symbol(program.y)), inputs)

    def inputs(self) -> list[Any]:
        return Program(self.sample, self.variant).inputs

    def reverse(self) -> tuple[Function, list[Any]]:
        """Return the program of the pullback; its result has one cotangent for each leaf of the arguments, or None."""
        program = Program(self.sample, self.variant)
        y = run(Program(self.sample, self.variant).finish(0), program.inputs)
        assert y == 0
        d = self.cotangent_parameter(program)
        found = self.rule.pullback(d, program.symbol(program.y), *program.positional, **program.named)
        # a rule may go on to arguments that the call leaves out
        found = (list(found) if isinstance(found, tuple) else [found])[: len(program.operands)]
        found += [None] * (len(program.operands) - len(found))
        return program.finish(found), program.inputs

    def cotangent_parameter(self, program: Program) -> Any:
        y = self.primal(program.inputs)
        if self.sample.results is not None:
            return tuple(program.symbol(program.parameter(part)) for part in seed(y))
        return program.symbol(program.parameter(seed(y)))

    def forward(self, directions: list[Any]) -> tuple[Function, list[Any]]:
        """Return the program of the tangent for tangents of the inputs."""
        program = Program(self.sample, self.variant)
        waiting = iter(directions)
        dots = [self.dot(program, arg, waiting) for arg in self.sample.args]
        if self.rule.kind == "full":
            y = program.symbol(program.y)
            result = self.rule.pushforward(dots, y, *program.positional, **program.named)
        elif self.rule.kind == "linear":
            result = self.linear(program, dots)
        else:
            result = None
            for k, dot in enumerate(dots):
                if dot is not None:
                    parts = self.rule.pullback(dot, program.symbol(program.y), *program.positional, **program.named)
                    part = contribution(parts, k)
                    result = part if result is None else result + part if part is not None else result
        return program.finish([result]), program.inputs

    def dot(self, program: Program, arg: Any, directions: Any) -> Any:
        if not is_input(arg):
            return None
        if isinstance(arg, list | tuple) and not self.sample.opaque:
            items = [self.dot(program, item, directions) for item in arg]
            if self.rule.kind == "elementwise":
                return items
            filled = [0.0 if item is None else item for item in items]
            value = program.builder.call(
                primitives.make_list if isinstance(arg, list) else primitives.make_tuple,
                *(lift(program.builder, item) for item in filled),
            )
            return program.symbol(value)
        direction = next(directions)
        return program.symbol(program.parameter(direction)) if any(map(inexact, leaves(arg))) else None

    def linear(self, program: Program, dots: list[Any]) -> Any:
        operands = list(program.operands)
        for k in self.rule.argnums:
            if k < len(operands):
                zeros = program.builder.call(primitives.zeros_like, operands[k]) if dots[k] is None else None
                operands[k] = dots[k].value if zeros is None else zeros
        named = {key: lift(program.builder, value) for key, value in program.named.items()}
        if self.sample.results is not None:
            results = tuple(Value(types.UNKNOWN) for _ in range(self.sample.results))
            call = Call(self.sample.function, tuple(operands), (), results, program.builder.origin)
            program.builder.add(call)
            return tuple(map(program.symbol, results))
        options = {"form": self.sample.form, "spelling": self.sample.spelling}
        return program.symbol(program.builder.call(self.sample.function, *operands, **options, **named))


def seed(y: Any) -> Any:
    """Return a cotangent of the structure of `y`."""
    if isinstance(y, list | tuple) or is_record(y):
        return rebuilt(y, [seed(item) for item in parts_of(y)])
    if isinstance(y, dict):
        return {key: seed(item) for key, item in y.items()}
    rng = np.random.default_rng(7)
    drawn = rng.uniform(0.5, 1.5, np.shape(y))
    return drawn.astype(y.dtype) if isinstance(y, np.ndarray) else type(y)(drawn)


def calls(function: Function) -> set[Any]:
    return {operation.function for operation in walk(function.body) if isinstance(operation, Call)}
