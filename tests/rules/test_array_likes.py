"""Lists and tuples of numbers where a function makes an array of them: right in both modes, to second order."""
from __future__ import annotations

import numpy as np
import pytest
from tests.rules.test_call_forms import A, written

import s2sad

CALLS = {
    "a sum": "np.sum([a, a * a]) + np.sum((a[0], a[1]), axis=0)[1] ** 2",
    "a mean of numbers": "np.mean([a[0, 0], a[0, 1] * 2]) ** 2",
    "extremes": "np.max([a[0, 0], a[0, 1] * 2]) ** 2 + np.min((a[1, 0], 0.2)) ** 2",
    "a product": "np.prod([a[0, 0], a[0, 1] * 2, 3.0])",
    "a list of unknown length": "np.sum([x * x for x in a[0]]) ** 2 + np.linalg.norm([np.sum(row) for row in a])",
    "dot": "np.dot([a[0, 0], 1.0], [a[0, 1], a[1, 1]])",
    "outer": "np.sum(np.outer([a[0, 0], 2.0], a[0]) ** 2)",
    "matmul of nested lists": "np.sum(np.matmul([[a[0, 0], a[0, 1]]], [[1.0], [a[1, 1]]]))",
    "a norm": "np.linalg.norm([a[0, 0], a[0, 1]])",
    "elementwise": "np.exp([a[0, 0], a[0, 1]])[1] + np.sum(np.abs([a[0, 0], -a[0, 1]]))",
    "broadcast": "np.sum(np.multiply([a[0, 0], 2.0, 3.0], a)) + np.sum(np.add([a[0]], [a[1], a[2]]) ** 2)",
    "constants beside what varies": "np.sum(np.multiply([1.0, 2.0, 3.0], a) ** 2)"
    " + np.sum(np.add(a, (1.0, 2.0, 3.0)) ** 2)",
    "choices": "np.sum(np.where(c > 3, [a[0, 0], 1.0, 2.0], a) ** 2)"
    " + np.sum(np.maximum([a[0, 0], 0.2], [0.5, a[1, 1]]))",
    "cumulative": "np.sum(np.cumsum([a[0, 0], a[0, 1]]) ** 2) + np.sum(np.diff([a[0, 0], a[0, 1], a[1, 1]]) ** 2)",
    "shapes": "np.sum(np.reshape([a[0, 0], a[0, 1]], (2, 1)) ** 2) + np.sum(np.transpose([a[0], a[1]]) ** 3)",
    "spread": "np.sum(np.broadcast_to([a[0, 0], 1.0], (3, 2)) ** 2) + np.sum(np.flip([a[0, 0], 1.0]) ** 2)",
    "deviations": "np.std([a[0, 0], a[0, 1]]) + np.sum(np.var([[a[0, 0], a[0, 1]], [1.0, a[0, 2]]], axis=0))",
    "in order": "np.sum(np.sort([a[0, 0], a[0, 1]]) * np.arange(2.0)) + np.median([a[0, 0], a[0, 1], a[1, 1]]) ** 2",
    "an average": "np.average([a[0, 0], a[0, 1]], weights=[1.0, a[0, 2]])",
    "a determinant": "np.linalg.det([[a[0, 0], a[0, 1]], [a[1, 0], a[1, 1]]])",
    "a system": "np.sum(np.linalg.solve([[a[0, 0], a[0, 1]], [a[1, 0], a[1, 1]]], [1.0, a[2, 2]]) ** 2)",
    "bounds": "np.sum(np.clip([a[0, 0], a[0, 1]], 0.42, 1.0)) + np.sum(np.clip(a, [0.21, 0.42, a[0, 0]], 0.6) ** 2)",
    "interpolation": "np.sum(np.interp([a[0, 0], a[0, 1]], [0.0, 1.0], [a[1, 1], 2.0]) ** 2)",
    "trapezoids": "np.trapezoid([a[0, 0], a[0, 1], 1.0], [0.0, 1.0, 2.0]) ** 2",
    "convolution": "np.sum(np.convolve([a[0, 0], a[0, 1], 1.0], [1.0, a[1, 1]]) ** 2)",
    "einsum": "np.sum(np.einsum('i,i->i', [a[0, 0], 1.0], [2.0, a[0, 1]]) ** 2)",
}


@pytest.mark.parametrize("name", CALLS)
def test_both_sweeps_agree_with_differences(name, tmp_path):
    s2sad.check_grads(written(CALLS[name], tmp_path), (A,))


@pytest.mark.parametrize("name", CALLS)
def test_gradients_have_gradients(name, tmp_path):
    f, direction, step = written(CALLS[name], tmp_path), np.cos(np.arange(9.0)).reshape(3, 3), 1e-5
    high, low = (s2sad.grad(f)(A + sign * step * direction) for sign in (1, -1))
    np.testing.assert_allclose(s2sad.hvp(f, (A,), (direction,)), (high - low) / (2 * step), rtol=1e-5, atol=1e-7)


def test_the_list_stays_as_it_is_written(tmp_path):
    text = s2sad.value_and_grad(written("np.sum([a[0, 0], a[0, 1]]) ** 2", tmp_path))
    text(A)
    assert "np.sum([a[0, 0], a[0, 1]])" in text.source


LISTS_OF_ARRAYS = ["np.sum(np.concatenate([a, a * a]) ** 2)", "np.sum(np.select([a > 0.5, c > 3], [a, a * a]) ** 2)"]


@pytest.mark.parametrize("expression", LISTS_OF_ARRAYS)
def test_lists_of_arrays_are_no_arrays(expression, tmp_path):
    s2sad.check_grads(written(expression, tmp_path), (A,))
