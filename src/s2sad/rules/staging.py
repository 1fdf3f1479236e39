"""Running a rule's body on symbolic values, so that what it computes is recorded as operations.

NumPy's own protocols do the recording: a `Symbol` takes part in operators, ufuncs (`__array_ufunc__`) and functions
(`__array_function__`). A rule may branch on what is static (axes, ranks, literal arguments, which arrive as ordinary
Python values); branching on data raises.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from s2sad.ir import primitives
from s2sad.ir.builder import Builder
from s2sad.ir.primitives_stores import Path, Step, make_path
from s2sad.ir.program import Form, Value
from s2sad.ir.types import Array, Literal, Scalar, Tuple, Type, Unknown

_METHODS = frozenset(
    {"sum", "mean", "prod", "max", "min", "std", "var", "cumsum", "dot", "clip", "reshape", "ravel", "squeeze"}
    | {"swapaxes", "transpose", "repeat", "take"}
)
"""Methods of arrays that a rule may use; NumPy's functions of these names are recorded, whatever the value is."""


class Symbol:
    """A value of the program under construction, as a rule sees it."""

    __slots__ = ("builder", "value")
    __array_priority__ = 1000.0
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Value, builder: Builder) -> None:
        self.value = value
        self.builder = builder

    @property
    def type(self) -> Type:
        """What is known of the value."""
        return self.value.type

    # -- what a rule may ask -------------------------------------------------------------------------------------

    @property
    def shape(self) -> Any:
        """A tuple with an int or a symbol for each axis, or one symbol where the rank is not known."""
        match self.type:
            case Scalar():
                return ()
            case Array(shape=shape) if shape is not None:
                lengths: list[Any] = []
                for axis, dim in enumerate(shape):
                    if isinstance(dim, int):
                        lengths.append(dim)
                        continue
                    owner, own_axis = self.builder.lengths.get(dim, (self.value, axis))
                    whole = self.builder.call(np.shape, owner, form=Form.ATTRIBUTE, spelling="shape")
                    index = self.builder.constant(own_axis)
                    lengths.append(
                        Symbol(self.builder.call(operator.getitem, whole, index, form=Form.OPERATOR), self.builder)
                    )
                return tuple(lengths)
            case Array():
                return Symbol(
                    self.builder.call(np.shape, self.value, form=Form.ATTRIBUTE, spelling="shape"), self.builder
                )
            case _:
                return Symbol(self.builder.call(np.shape, self.value), self.builder)

    @property
    def rank(self) -> int | None:
        """Number of axes where it is known, else None."""
        match self.type:
            case Scalar():
                return 0
            case Array(shape=shape) if shape is not None:
                return len(shape)
            case _:
                return None

    @property
    def ndim(self) -> Any:
        """Number of axes: an int where it is known, else a symbol."""
        rank = self.rank
        return rank if rank is not None else Symbol(self.builder.call(np.ndim, self.value), self.builder)

    @property
    def size(self) -> Any:
        """Number of elements: an int or a symbol."""
        shape = self.shape
        if isinstance(shape, tuple):
            total: Any = 1
            for length in shape:
                total = length if isinstance(total, int) and total == 1 else total * length
            return total
        return Symbol(self.builder.call(np.size, self.value), self.builder)

    @property
    def kind(self) -> str | None:
        """Kind of dtype as NumPy's letter ("f", "c", "i", "b", "u"), or None where it is not known."""
        match self.type:
            case Scalar(kind):
                return kind[0]
            case Array(dtype) if dtype is not None:
                return dtype.kind
            case _:
                return None

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """The dtype of an array where it is known, else None."""
        return self.type.dtype if isinstance(self.type, Array) else None

    @property
    def T(self) -> Any:  # noqa: N802 - NumPy's name
        """The transpose."""
        if self.rank is not None and self.rank < 2:
            return self
        if isinstance(self.type, Unknown):
            return Symbol(self.builder.call(np.transpose, self.value), self.builder)
        return Symbol(self.builder.call(np.transpose, self.value, form=Form.ATTRIBUTE, spelling="T"), self.builder)

    # -- what is recorded ----------------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or "out" in kwargs:
            raise TypeError(f"a rule cannot use np.{ufunc.__name__}.{method}")
        return record(self.builder, ufunc, *inputs, **kwargs)

    def __array_function__(self, function: Callable[..., Any], _types: Any, args: Any, kwargs: Any) -> Any:
        return record(self.builder, function, *args, **kwargs)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, Path):
            return self._along(index)
        return record(self.builder, operator.getitem, self, index, form=Form.OPERATOR)

    def _along(self, path: Path) -> Any:
        """Return the part that a path leads to."""
        result: Any = self
        for step in path.steps:
            form = Form.OPERATOR if step.function is operator.getitem else Form.FUNCTION
            result = record(self.builder, step.function, result, *step.arguments, form=form)
        return result

    def _operator(self, function: Callable[..., Any], *args: Any) -> Any:
        return record(self.builder, function, *args, form=Form.OPERATOR)

    def __add__(self, other: Any) -> Any:
        return self._operator(np.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return self._operator(np.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return self._operator(np.subtract, self, other)

    def __rsub__(self, other: Any) -> Any:
        return self._operator(np.subtract, other, self)

    def __mul__(self, other: Any) -> Any:
        return self._operator(np.multiply, self, other)

    def __rmul__(self, other: Any) -> Any:
        return self._operator(np.multiply, other, self)

    def __truediv__(self, other: Any) -> Any:
        return self._operator(np.divide, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._operator(np.divide, other, self)

    def __floordiv__(self, other: Any) -> Any:
        return self._operator(np.floor_divide, self, other)

    def __pow__(self, other: Any) -> Any:
        return self._operator(np.power, self, other)

    def __rpow__(self, other: Any) -> Any:
        return self._operator(np.power, other, self)

    def __matmul__(self, other: Any) -> Any:
        return self._operator(np.matmul, self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return self._operator(np.matmul, other, self)

    def __neg__(self) -> Any:
        return self._operator(np.negative, self)

    def __pos__(self) -> Any:
        return self._operator(np.positive, self)

    def __abs__(self) -> Any:
        return record(self.builder, np.absolute, self)

    def __mod__(self, other: Any) -> Any:
        return self._operator(np.remainder, self, other)

    def __getattr__(self, name: str) -> Any:
        if name not in _METHODS:
            raise AttributeError(f"a rule cannot read .{name} of a symbolic value: use NumPy's functions")

        def method(*args: Any, **kwargs: Any) -> Any:
            if name in ("reshape", "transpose") and len(args) > 1:
                args = (args,)
            return record(self.builder, getattr(np, name), self, *args, **kwargs)

        return method

    def __eq__(self, other: object) -> Any:
        return self._operator(np.equal, self, other)

    def __ne__(self, other: object) -> Any:
        return self._operator(np.not_equal, self, other)

    def __lt__(self, other: Any) -> Any:
        return self._operator(np.less, self, other)

    def __le__(self, other: Any) -> Any:
        return self._operator(np.less_equal, self, other)

    def __gt__(self, other: Any) -> Any:
        return self._operator(np.greater, self, other)

    def __ge__(self, other: Any) -> Any:
        return self._operator(np.greater_equal, self, other)

    def __and__(self, other: Any) -> Any:
        return self._operator(np.bitwise_and, self, other)

    def __or__(self, other: Any) -> Any:
        return self._operator(np.bitwise_or, self, other)

    def __invert__(self) -> Any:
        return self._operator(np.invert, self)

    # -- what a rule may not do ----------------------------------------------------------------------------------

    def _refuse(self, what: str) -> NoReturn:
        raise TypeError(f"a rule cannot take {what} of a symbolic value: it runs while compiling")

    def __bool__(self) -> bool:
        self._refuse("the truth")

    def __len__(self) -> int:
        self._refuse("the length")

    def __iter__(self) -> Any:
        self._refuse("an iterator")

    def __float__(self) -> float:
        self._refuse("the float")

    def __index__(self) -> int:
        self._refuse("the index")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        self._refuse("the array")


def record(
    builder: Builder, function: Callable[..., Any], *args: Any, form: Form = Form.FUNCTION, **kwargs: Any
) -> Any:
    """Append a call of a function on symbols and Python values, and return the symbol of its result."""
    operands = [lift(builder, arg) for arg in args]
    named = {key: lift(builder, value) for key, value in kwargs.items()}
    return Symbol(builder.call(function, *operands, form=form, keywords=named), builder)


def lift(builder: Builder, x: Any) -> Value:
    """Return the value of a symbol, of a constant, or of a tuple, list or slice with symbols in it."""
    match x:
        case Symbol():
            return x.value
        case tuple() if any(_is_symbolic(item) for item in x):
            return builder.call(primitives.make_tuple, *(lift(builder, item) for item in x))
        case list():
            return builder.call(primitives.make_list, *(lift(builder, item) for item in x))
        case Path(steps):
            kinds = builder.constant(tuple((step.function, len(step.arguments)) for step in steps))
            return builder.call(make_path, kinds, *(lift(builder, part) for step in steps for part in step.arguments))
        case slice() if any(_is_symbolic(part) for part in (x.start, x.stop, x.step)):
            return builder.call(primitives.make_slice, *(lift(builder, part) for part in (x.start, x.stop, x.step)))
        case _:
            return builder.constant(x)


def _is_symbolic(x: Any) -> bool:
    if isinstance(x, slice):
        return any(isinstance(part, Symbol) for part in (x.start, x.stop, x.step))
    return isinstance(x, Symbol) or (isinstance(x, tuple | list) and any(map(_is_symbolic, x)))


def lower(value: Value, builder: Builder, definition: Callable[[Value], Any]) -> Any:
    """Return what a rule gets for an argument.

    Literals come as they are, tuples and lists of known length as tuples and lists, everything else as a `Symbol`.
    `definition` gives the operation that made a value, or None.
    """
    match value.type:
        case Literal(known):
            return known
        case _:
            pass
    made = definition(value)
    function = getattr(made, "function", None)
    if made is not None and function is primitives.make_tuple:
        return tuple(lower(operand, builder, definition) for operand in made.operands)
    if made is not None and function is primitives.make_list:
        return [lower(operand, builder, definition) for operand in made.operands]
    if made is not None and function is primitives.make_slice:
        return slice(*(lower(operand, builder, definition) for operand in made.operands))
    if made is not None and function is make_path:
        steps, *arguments = (lower(operand, builder, definition) for operand in made.operands)
        waiting = iter(arguments)
        return Path(tuple(Step(step, tuple(next(waiting) for _ in range(count))) for step, count in steps))
    if isinstance(value.type, Tuple):
        symbol = Symbol(value, builder)
        return tuple(
            symbol[i] if not isinstance(item, Literal) else item.value for i, item in enumerate(value.type.items)
        )
    return Symbol(value, builder)


def is_integer(x: Any) -> bool:
    """Tell whether a rule's argument is known to be an integer (or boolean), whose value carries no derivative."""
    if isinstance(x, Symbol):
        return x.kind in ("i", "u", "b") or (isinstance(x.type, Scalar) and x.type.kind == "int")
    return isinstance(x, int | np.integer | np.bool_)
