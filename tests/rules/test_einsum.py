"""`np.einsum` in all its forms, in both modes and twice."""
from __future__ import annotations

import numpy as np
import pytest

import s2sad

_random = np.random.default_rng(0)
A, B, V, S = (_random.normal(size=size) for size in ((3, 4), (4, 5), (4,), (3, 3)))
T, U = _random.normal(size=(2, 3, 4)), _random.normal(size=(2, 4, 3))

CASES = [
    *(("ij,jk->ik", A, B), ("ij,jk", A, B), ("ii->i", S), ("ii", S), ("ij->", A), ("ij->j", A), ("ij,j", A, V)),
    *(("bij,bjk->bik", T, U), ("...ij,...jk->...ik", T, U), ("...ij,jk->...ik", T, B), ("...ij,jk", T, B)),
    *(("ij,ij->", A, 2 * A), ("i,j->ij", V, V[:3]), ("ij,jk,kl->il", A, B, B.T), (" i j, j k -> i k", A, B)),
    *(("iij->j", U[[0, 1], :2]), ("iji->j", T[:, :, :2]), ("ij->ji", A), ("i,i,i->i", V, 2 * V, V + 1), ("ji", A)),
    *(("ij,kj->ik", A[:, :1], B.T[:, :1]), ("ij,ij->ij", A[:, :1], A), ("...->...", A), ("i...->...", A)),
    *(("bij,b->ij", T, V[:2]), ("...i,...i", T, V), ("i,ij,j", V[:3], A, V)),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_both_sweeps_agree_with_differences(case, tmp_path):
    subscripts, *inputs = case
    names = ", ".join(f"p{k}" for k in range(len(inputs)))
    path = tmp_path / "einsum.py"
    path.write_text(
        f"import numpy as np\n\n\ndef f({names}):\n    y = np.einsum({subscripts!r}, {names})\n"
        "    return np.sum(np.sin(1.3 * y) * y)\n",
        "utf-8",
    )
    space = {}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), space)
    f, step = space["f"], 1e-5
    s2sad.check_grads(f, inputs)
    gradient = s2sad.grad(f, argnums=tuple(range(len(inputs))))
    along = [np.cos(np.arange(x.size)).reshape(x.shape) for x in inputs]
    products = s2sad.hvp(f, tuple(inputs), tuple(along))
    high, low = (gradient(*(x + sign * step * d for x, d in zip(inputs, along, strict=True))) for sign in (1, -1))
    for product, a, b in zip(products if len(inputs) > 1 else (products,), high, low, strict=True):
        np.testing.assert_allclose(product, (a - b) / (2 * step), rtol=1e-6, atol=1e-7)


def by_lists(a, b):
    return np.sum(np.einsum(a, [0, 1], b, [1, 2], [2, 0]) ** 2)


def by_lists_without_output(a, b):
    return np.sum(np.einsum(a, [0, 1], b, [1, 2], optimize=True) ** 2)


@pytest.mark.parametrize("f", [by_lists, by_lists_without_output])
def test_subscripts_as_lists(f):
    s2sad.check_grads(f, (A, B))


def test_the_letters_stay_the_users():
    text = s2sad.differentiate(
        "import numpy as np\n\n\ndef f(A, B):\n    return np.sum(np.einsum('ij,jk->ik', A, B) ** 2)\n",
        "f",
        argnums=(0, 1),
        types="A: float64[N, M]; B: float64[M, K]",
    )
    assert 'np.einsum("ik,jk->ij", ' in text
    assert 'np.einsum("ik,ij->jk", ' in text


def test_subscripts_that_are_no_constants_are_refused():
    source = "import numpy as np\n\n\ndef f(A, how):\n    return np.sum(np.einsum(how, A))\n"
    with pytest.raises(s2sad.DifferentiationError, match="S2S127"):
        s2sad.differentiate(source, "f", types="A: float64[N, M]; how: str")


def test_text_for_unknown_types():
    source = "import numpy as np\n\n\ndef f(A, B):\n    return np.sum(np.einsum('ij,jk->ik', A, B) ** 2)\n"
    space = {}
    exec(s2sad.differentiate(source, "f"), space)
    np.testing.assert_allclose(space["f_grad"](A, B), 2 * A @ B @ B.T)


def test_single_precision_stays():
    d_a, d_b = s2sad.grad(lambda a, b: np.sum(np.einsum("ij,jk", a, b)), argnums=(0, 1))(A.astype("f4"), B.astype("f4"))
    assert d_a.dtype == d_b.dtype == np.float32
