"""Functions off the path of the derivative: what uses them is right, of known types, and refused where it must be."""
from __future__ import annotations

import numpy as np
import pytest
from tests.rules.harness import Program, Sample, conforms

import s2sad
from s2sad.analysis.infer import TYPE_RULES
from s2sad.rules.registry import CONSTANT, RULES

A = np.array([[0.3, 0.7, 0.45], [0.62, 0.11, 0.83], [0.51, 0.4, 0.2]])

USES = {
    "tril_indices": "np.sum(a[np.tril_indices(3)] ** 2)",
    "triu_indices": "np.sum(a[np.triu_indices(3, 1)] ** 2)",
    "tril_indices_from": "np.sum(a[np.tril_indices_from(a, k=-1)] ** 2)",
    "triu_indices_from": "np.sum(a[np.triu_indices_from(a)] ** 2)",
    "diag_indices": "np.sum(a[np.diag_indices(len(a))] ** 2)",
    "diag_indices_from": "np.sum(a[np.diag_indices_from(a)] ** 2)",
    "mask_indices": "np.sum(a[np.mask_indices(3, np.triu)] ** 2)",
    "ravel_multi_index": "np.sum(a.ravel()[np.ravel_multi_index(([0, 1], [1, 2]), a.shape)] ** 2)",
    "lexsort": "np.sum(a[np.lexsort((a[:, 0], a[:, 1]))] * np.arange(9.0).reshape(3, 3))",
    "gcd": "np.sum(a * a * np.gcd(12, np.array([3, 4, 6])) * np.lcm(4, 6))",
    "isposinf": "np.sum(np.where(np.isneginf(a) | np.isposinf(a), 0.0, a * a))",
    "isscalar": "np.sum(a * a) if not np.isscalar(a) and np.isscalar(a[0, 0]) else 0.0",
    "iscomplexobj": "np.sum(a * a) if np.isrealobj(a) and not np.iscomplexobj(a) else 0.0",
    "result_type": "np.sum(a * a * np.ones(3, dtype=np.result_type(a, np.float32)))",
    "promote_types": "np.sum(a * a * np.ones(3, dtype=np.promote_types(float, int)))",
    "can_cast": "np.sum(a * a) if np.can_cast(np.float32, np.float64) else 0.0",
    "issubdtype": "np.sum(a * a) if np.issubdtype(np.result_type(a), np.floating) else 0.0",
    "broadcast_shapes": "np.sum(a * a * np.ones(np.broadcast_shapes(a.shape, (3,), (1, 3))))",
    "array_equiv": "np.sum(a * a) if not np.array_equiv(a, a[0]) else 0.0",
    "spacing": "np.sum(a * a * (2.0**52 * np.spacing(a)))",
    "hamming": "np.sum(a * a * (np.hamming(3) + np.hanning(len(a))))",
    "blackman": "np.sum(a * a * (np.blackman(5)[1:4] + np.bartlett(3) * np.kaiser(3, 2.0)))",
    "packbits": "np.sum(a[0] ** 2 * np.unpackbits(np.packbits(a > 0.5))[:3])",
    "array2string": "np.sum(a * a) * len(np.array2string(np.arange(3))) * len(np.base_repr(5))",
    "iterable": "np.sum(a * a) if np.iterable(a) else 0.0",
    "unique": "np.sum(a * a * np.unique(np.array([1, 2, 2, 5])))",
}
if hasattr(np, "unique_counts"):
    USES["unique_counts"] = "np.sum(a * a * np.unique_counts(np.array([1, 2, 2, 5]))[1])"


def written(expression, home):
    """Return the text of a function and the function, of which the text is at hand."""
    text = f"import numpy as np\n\n\ndef f(a):\n    return {expression}\n"
    path = home / "uses.py"
    path.write_text(text, "utf-8")
    space = {}
    exec(compile(text, str(path), "exec"), space)
    return text, space["f"]


@pytest.mark.parametrize("name", USES)
def test_what_uses_a_constant_is_differentiated(name, tmp_path):
    text, f = written(USES[name], tmp_path)
    s2sad.check_grads(f, (A,))
    for types in (None, "a: float64[N, N]"):
        space = {}
        exec(s2sad.differentiate(text, "f", types=types), space)
        np.testing.assert_array_equal(space["f_grad"](A), s2sad.grad(f)(A))


REFUSED = {
    "the width of a window": ("np.sum(np.kaiser(3, a[0, 0]))", "S2S200"),
    "the length of a window": ("np.sum(np.hamming(a[0, 0]))", "S2S200"),
    "values without repetitions": ("np.sum(np.unique_values(a))", "S2S200"),
    "a number out of a text": ("float(np.array2string(a[0, 0])) * np.sum(a)", "S2S127"),
    # what shares memory in the text of a derivative is not what shares it in the user's
    "memory that is shared": ("np.sum(a) if np.shares_memory(a, a) else 0.0", "S2S200"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_what_could_vary_is_refused_where_it_stands(name, mode, tmp_path):
    expression, code = REFUSED[name]
    text, f = written(expression, tmp_path)
    with pytest.raises(s2sad.DifferentiationError, match=rf"uses.py:5:\d+: {code}"):
        s2sad.grad(f, mode=mode)(A)
    with pytest.raises(s2sad.DifferentiationError, match=rf":5:\d+: {code}"):
        s2sad.differentiate(text, "f", mode=mode)


def test_what_is_stored_into_an_index_or_a_window_is_seen(tmp_path):
    path = tmp_path / "stores.py"
    text = """
import numpy as np
def f(a):
    w = np.hamming(3)
    w[0] = a[0, 0]
    i, j = np.tril_indices(3)
    i[0] = 2
    return np.sum(w * w * a) * np.sum(a[i, j] ** 2)
"""
    path.write_text(text, "utf-8")
    space = {}
    exec(compile(text, str(path), "exec"), space)
    s2sad.check_grads(space["f"], (A,))


TYPED = [
    *((f, (3,)) for f in (np.tril_indices, np.triu_indices, np.diag_indices, np.hamming, np.hanning, np.blackman)),
    *((f, (A,)) for f in (np.tril_indices_from, np.triu_indices_from, np.diag_indices_from, np.isposinf, np.spacing)),
    *((f, (x,)) for f in (np.isscalar, np.iscomplexobj, np.isrealobj, np.isneginf) for x in (A, A[0, 0], 0.5)),
    *((np.lexsort, (keys,)) for keys in ((A[0], A[1]), A)),
    *((np.broadcast_shapes, shapes) for shapes in (((3, 1), (4,)), ((2, 3),), ())),
    *((f, pair) for f in (np.gcd, np.lcm) for pair in ((12, 8), (np.array([3, 4]), 6))),
    *((np.diag_indices, (3, 3)), (np.bartlett, (4,)), (np.kaiser, (4, 2.0)), (np.base_repr, (5,))),
    *((np.array_equiv, (A, A[0])), (np.can_cast, (float, int)), (np.array2string, (A,)), (np.iterable, (A,))),
]


@pytest.mark.parametrize("variant", ["literal", "symbolic"])
@pytest.mark.parametrize(("function", "args"), TYPED, ids=lambda one: getattr(one, "__name__", ""))
def test_types_are_those_of_what_numpy_returns(function, args, variant):
    found = Program(Sample(function, args), variant).y.type
    assert conforms(found, function(*args), {f"n{n}": n for n in range(10)})


def test_nothing_is_a_constant_and_has_a_rule():
    assert not {*RULES} & CONSTANT
    windows = {np.hamming, np.hanning, np.blackman, np.bartlett, np.kaiser}
    assert windows <= {*TYPE_RULES} - CONSTANT - {*RULES}
