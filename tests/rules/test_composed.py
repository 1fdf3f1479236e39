"""Functions that are declared by others compute what NumPy computes, and so do both sweeps of them."""
from __future__ import annotations

import numpy as np
import pytest
from tests.rules.harness import Program, Sample, conforms
from tests.rules.samples_composed import COMPOSED, NAN

import s2sad
from s2sad.ir import primitives_matrices
from s2sad.rules.registry import RULES

IDS = [f"{k}-{function.__name__}" for k, (function, *_) in enumerate(COMPOSED)]


def has_arrays(value):
    """Tell whether a value holds arrays or floats, which are not written out."""
    if isinstance(value, tuple | list):
        return any(map(has_arrays, value))
    return isinstance(value, float | np.ndarray)


def spelled(value, inputs):
    """Return an argument as text; floats and arrays of floats become parameters."""
    match value:
        case tuple() | list() if has_arrays(value):
            items = ", ".join(spelled(one, inputs) for one in value)
            return f"[{items}]" if isinstance(value, list) else f"({items},)"
        case float():
            inputs.append(value)
        case np.ndarray() if value.dtype.kind == "f":
            inputs.append(value)
        case np.ndarray():
            return f"np.array({value.tolist()})"
        case _:
            return repr(value)
    return f"p{len(inputs) - 1}"


def program(function, args, options, tmp_path):
    """Return a scalar function that calls the NumPy function, and what to call it with."""
    inputs = []
    given = [spelled(arg, inputs) for arg in args] + [f"{key}={value!r}" for key, value in options.items()]
    names = ", ".join(f"p{k}" for k in range(len(inputs)))
    home = next(
        home for home in (np, np.linalg, np.fft) if getattr(home, function.__name__, None) is function
    ).__name__.replace("numpy", "np")
    call = f"{home}.{function.__name__}({', '.join(given)})"
    result = function(*args, **options)
    if isinstance(result, list | tuple):
        parts = "\n".join(f"    total = total + np.sum(np.sin({k + 1.3} * parts[{k}]))" for k in range(len(result)))
        body = f"    parts = {call}\n    total = 0.0\n{parts}\n    return total"
    elif np.iscomplexobj(result):
        body = f"    y = {call}\n    return np.sum(np.sin(np.real(y)) * np.imag(y) + np.abs(y))"
    else:
        body = f"    y = {call}\n    return np.sum(np.sin(1.3 * y) * y)"
    path = tmp_path / "calls.py"
    path.write_text(f"import numpy as np\n\n\ndef f({names}):\n{body}\n", "utf-8")
    space = {}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), space)
    return space["f"], inputs


SMOOTH = [
    pytest.param(function, args, options, id=name)
    for name, (function, args, options) in zip(IDS, COMPOSED, strict=True)
    if function not in (np.heaviside, np.unwrap) and not any(arg is NAN for arg in args)
]
"""Those that differences can be taken of; the others have tests of their own."""


@pytest.mark.parametrize(("function", "args", "options"), SMOOTH)
def test_both_sweeps_agree_with_differences(function, args, options, tmp_path):
    f, inputs = program(function, args, options, tmp_path)
    s2sad.check_grads(f, inputs)
    numbers = tuple(range(len(inputs)))
    for found, given in zip(s2sad.grad(f, argnums=numbers)(*inputs), inputs, strict=True):
        assert isinstance(found, type(given))
        assert np.shape(found) == np.shape(given)


def mixes_numbers(function, args):
    """Tell whether a choice has numbers beside arrays, which is refused for arrays that are not float64."""
    return function in (np.select, np.choose) and any(isinstance(one, float) for one in args[1])


ALL_BUT_MIXED = [
    pytest.param(function, args, options, id=name)
    for name, (function, args, options) in zip(IDS, COMPOSED, strict=True)
    if not mixes_numbers(function, args)
]


@pytest.mark.parametrize(("function", "args", "options"), ALL_BUT_MIXED)
def test_single_precision_stays(function, args, options, tmp_path):
    f, inputs = program(function, args, options, tmp_path)
    narrow = [x.astype("f4") if isinstance(x, np.ndarray) else x for x in inputs]
    for found, given in zip(s2sad.grad(f, argnums=tuple(range(len(inputs))))(*narrow), narrow, strict=True):
        assert isinstance(found, type(given))
        assert not isinstance(given, np.ndarray) or found.dtype == given.dtype


MIXED = [(function, args, options) for function, args, options in COMPOSED if mixes_numbers(function, args)]


@pytest.mark.parametrize(("function", "args", "options"), MIXED)
def test_numbers_beside_arrays_of_another_dtype_are_refused(function, args, options, tmp_path):
    f, inputs = program(function, args, options, tmp_path)
    with pytest.raises(s2sad.DifferentiationError, match="S2S201"):
        s2sad.grad(f)(*(narrowed(x) for x in inputs))


def narrowed(value):
    if isinstance(value, tuple | list):
        return type(value)(map(narrowed, value))
    return value.astype("f4") if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


@pytest.mark.parametrize("variant", ["literal", "symbolic"])
def test_types_are_those_of_what_numpy_returns(variant):
    lengths = {f"n{n}": n for n in range(30)}
    for k, (function, args, options) in enumerate(COMPOSED):
        for given in (args, narrowed(args)):
            if function in (np.select, np.choose) and given is not args:
                continue
            found = Program(Sample(function, tuple(given), options), variant).y.type
            result = function(*given, **options)
            assert conforms(found, result, lengths), (k, function.__name__, found, result)


ELSEWHERE = {
    *(complex, np.intersect1d, primitives_matrices.inverse_of_rank),
    *(np.maximum.accumulate, np.minimum.accumulate, np.add.reduceat, np.lib.stride_tricks.sliding_window_view),
}
"""Functions that are tested in `test_call_forms`."""


def test_every_composed_function_has_a_sample():
    ours = {rule.function for rule in RULES.values() if rule.kind == "composed"} - {getattr(np, "astype", None)}
    # the functions of `math` take numbers only, and have a test of their own
    ours = {function for function in ours if getattr(function, "__module__", None) != "math"} - ELSEWHERE
    assert ours - {function for function, *_ in COMPOSED} == set()


@pytest.mark.skipif(not hasattr(np, "astype"), reason="NumPy has it since 2.1")
def test_conversion_as_a_function():
    s2sad.check_grads(lambda x: np.sum(np.astype(x, np.float64) ** 3), (np.array([0.3, 0.7]),))


FIRST = {function: (function, args, options) for function, args, options in reversed(COMPOSED)}


@pytest.mark.parametrize("function", list(FIRST), ids=lambda function: function.__name__)
def test_gradients_have_gradients(function, tmp_path):
    f, inputs = program(*FIRST[function], tmp_path)
    numbers = tuple(range(len(inputs)))
    gradient = s2sad.grad(f, argnums=numbers)
    directions = [np.cos(1.7 * k + np.arange(np.size(x))).reshape(np.shape(x)) for k, x in enumerate(inputs)]
    directions = [d if isinstance(x, np.ndarray) else float(d) for x, d in zip(inputs, directions, strict=True)]
    products = s2sad.hvp(f, tuple(inputs), tuple(directions))
    products = products if len(inputs) > 1 else (products,)
    step = 1e-5
    high, low = (
        gradient(*(x + sign * step * d for x, d in zip(inputs, directions, strict=True))) for sign in (1, -1)
    )
    if function is np.heaviside or any(np.isnan(x).any() for x in inputs):
        return
    for product, a, b in zip(products, high, low, strict=True):
        np.testing.assert_allclose(product, (np.asarray(a) - b) / (2 * step), rtol=1e-6, atol=1e-8)


def test_the_value_of_heaviside_at_0_has_a_derivative():
    def f(x, h):
        return np.sum(np.heaviside(x, h) * np.array([2.0, 3.0, 5.0]))

    d_x, d_h = s2sad.grad(f, argnums=(0, 1))(np.array([-1.0, 0.0, 2.0]), np.array([0.1, 0.2, 0.3]))
    np.testing.assert_array_equal(d_x, [0.0, 0.0, 0.0])
    np.testing.assert_array_equal(d_h, [0.0, 3.0, 0.0])


def test_what_stands_for_nan_has_no_derivative():
    x, y = np.array([1.0, np.nan, 3.0]), np.array([2.0, 2.0, np.nan])
    for f in (
        lambda x, y: np.sum(np.fmax(x, y) ** 2),
        lambda x, y: np.sum(np.nan_to_num(x) ** 2 + np.nan_to_num(y) ** 2),
    ):
        for d, given in zip(s2sad.grad(f, argnums=(0, 1))(x, y), (x, y), strict=True):
            assert not np.isnan(d).any()
            assert (d[np.isnan(given)] == 0).all()


def test_unwrapped_angles_move_with_the_angles():
    x = np.array([0.0, 3.0, -3.0, 0.5])
    np.testing.assert_array_equal(s2sad.grad(lambda x: np.dot(np.unwrap(x), np.arange(4.0)))(x), np.arange(4.0))


STORES = [
    "a, b = np.split(y, 2)\n    a[0] = 5.0",
    "a, b = np.split(y, 2)\n    y[0] = x[1]",
    "a, b = np.hsplit(y, [1])\n    a[0] = x[1]",
    "a = np.flipud(y[:, None])\n    a[0] = 5.0",
    "a = np.fliplr(y[None])\n    y[0] = 5.0",
    "a = np.rot90(y[None])\n    y[0] = x[2]",
    "a = np.atleast_2d(y)\n    a[0, 0] = 5.0",
    "a = np.atleast_1d(y)\n    y[1] = 5.0",
    "a = np.atleast_3d(y)\n    y[1] *= x[0]",
    "a = np.tile(y, 2)\n    a[0] = 5.0",
    "a = np.repeat(y, 2)\n    y[0] = 5.0",
    "a = np.hstack([y, x])\n    a[0] = 5.0",
    "a = np.vstack([y])\n    y[0] = 5.0",
    "a = np.block([y])\n    y[0] = 5.0",
    "a = np.append(y, x)\n    y[0] = 5.0",
    "a = np.pad(y, 1)\n    y[0] = 5.0",
    "a = np.diagonal(y[:, None] * x)\n    y[0] = 5.0",
    "a = np.broadcast_arrays(y, x)[0]\n    y[0] = 5.0",
    "a = np.meshgrid(y, x)[0]\n    y[0] = 5.0",
    "a = np.select([x > 0], [y], 0)\n    y[0] = 5.0",
    "a = np.delete(y, 1)\n    y[0] = 5.0",
    "a = np.compress([True, False, True, True], y)\n    a[0] = 5.0",
    "a = np.resize(y, 3)\n    y[0] = 5.0",
    "a = np.rollaxis(y[None], 1)\n    y[0] = 5.0",
    "a, *rest = np.unstack(y[:, None])\n    a[0] = 5.0",
    "a = np.asfortranarray(y)\n    y[0] = 5.0",
    "a = np.require(y)\n    a[0] = x[1]",
    "a = np.asarray_chkfinite(y)\n    a[0] = x[1]",
    "a = np.insert(y, 1, x)\n    a[0] = 5.0",
    "a = np.histogram(x, np.sort(y))[1]\n    y[0] = 5.0",
    "b = np.sort(y)\n    a = np.histogram(x, b)[1]\n    b[0] = -5.0",
    "a = np.polyder(y, 0)\n    y[0] = 5.0",
    "a = np.trim_zeros(y)\n    a[0] = 5.0",
    "a = np.diagflat(y)\n    y[0] = 5.0",
    "a = np.take_along_axis(y, np.array([0, 0]), 0)\n    y[0] = 5.0",
]


@pytest.mark.parametrize("body", STORES)
def test_stores_into_the_result_or_the_argument_are_right_or_refused(body, tmp_path):
    path = tmp_path / "stores.py"
    path.write_text(
        f"import numpy as np\n\n\ndef f(x):\n    y = np.sin(x)\n    {body}\n"
        "    return np.sum(a * a) + np.sum(y * y * x)\n",
        "utf-8",
    )
    space = {}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), space)
    x = np.array([0.3, 0.7, -0.4, 1.1])
    try:
        s2sad.grad(space["f"])(x)
    except s2sad.DifferentiationError as error:
        assert "S2S14" in str(error)  # noqa: PT017 - which of two outcomes it is does not matter
        return
    s2sad.check_grads(space["f"], (x,))


@pytest.mark.parametrize("f", [
    lambda x, c: np.sum(np.flip(x) * c), lambda x, c: np.sum(np.rot90(x, 2) * c), lambda x, c: np.sum(np.fliplr(x) * c),
    lambda x, c: np.sum(np.einsum("ij->ij", x) * c), lambda x, c: np.sum(np.atleast_2d(x) * c),
    lambda x, c: np.sum(np.split(x, 2)[0] * c[:1]),
], ids=["flip", "rot90", "fliplr", "einsum", "atleast_2d", "split"])  # fmt: skip
def test_a_gradient_is_no_view_of_an_argument(f):
    x, c = np.ones((2, 3)), np.arange(6.0).reshape(2, 3)
    found = s2sad.grad(f)(x, c)
    assert not np.shares_memory(found, c)
    assert found.flags.writeable
