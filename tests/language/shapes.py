"""Arithmetic with shapes, which is the same whether the number of axes is known or not."""
import math

import numpy as np
from tests.language.table import Area

AREA = Area("Shapes")


@AREA.supported("tuples that are joined to a shape", "in any order, of any length")
def joined_shapes(B):
    longer = np.ones(B.shape + (2,))  # noqa: RUF005
    first = np.ones((2,) + np.shape(B))  # noqa: RUF005
    rest = np.ones(B.shape[:-1] + (4,))  # noqa: RUF005
    middle = np.ones((B.shape[0],) + (1,) + B.shape[1:])  # noqa: RUF005
    total = np.sum(longer * B[:, :, None] ** 2) + np.sum(first * B**3) + np.sum(middle * B)
    return total + np.sum(rest * B[:, :1]) * np.sum(np.ones(np.shape(B[0]) + B[1].shape) * np.sin(B[0]))


@AREA.supported("shapes unpacked in tuples and lists", "`(*a.shape, 1)`, `[*a.shape, 1]`")
def unpacked_shapes(B):
    total = np.sum(np.reshape(B, (1, *np.shape(B))) ** 2) + np.sum(B.reshape([*B.shape, 1]) ** 3)
    return total * np.sum(np.broadcast_to(B[0], (4, *B.shape[1:])) ** 2)


@AREA.supported("shapes unpacked in calls", "of `reshape` and `transpose`")
def unpacked_in_calls(B):
    rows = B.reshape(*B.shape[:-1], -1, 1) ** 2
    flat = B.reshape(-1, *B.shape[2:])
    return np.sum(rows) * np.sum(flat**3) + np.sum(B.transpose(*range(B.ndim)) ** 2)


@AREA.supported("tuples and lists that are repeated as often as there are axes")
def repeated_for_each_axis(B):
    shape = [1] * B.ndim
    shape[0] = B.shape[0]
    weights = np.arange(1.0, 3.0).reshape(shape)
    column = B[(slice(None),) * (B.ndim - 1) + (0,)]
    square = np.ones((B.shape[1],) * 2) * np.ones(2 * B.shape[1:])
    return np.sum(weights * B**2) + np.sum(column**3) + np.sum(square * B[0] ** 2) + np.sum(B[(None,) * 2] ** 3)


@AREA.supported("axes that are counted", "`tuple(range(a.ndim))[::-1]`")
def counted_axes(B, A):
    turned = np.transpose(B, tuple(range(B.ndim))[::-1])
    moved = np.transpose(B, tuple(range(-1, B.ndim - 1)))
    rows = np.sum(B**2, axis=tuple(range(1, B.ndim)))
    return np.sum(turned**3 * np.arange(2.0)) + np.sum(moved**2 @ B) + np.sum(rows**2) + np.sum(A[tuple(range(2))])


@AREA.supported("a shape backwards, as a list, and item by item", "`a.shape[::-1]`, `reversed`, `list`, comprehensions")
def shapes_turned(B):
    grown = tuple(n + 2 for n in B.shape)
    padded = np.zeros(grown)
    padded[1:-1, 1:-1] = B
    lengths = list(B.shape)
    lengths[0] = 1
    total = np.sum(padded**2) + np.sum(np.ones(lengths) * B**3) + np.sum(np.ones(B.shape[::-1]) * B.T)
    return total * np.sum(np.ones(tuple(reversed(B.shape))) * B.T**2)


@AREA.supported("numbers that are computed from a shape", "products, `np.prod`, `math.prod`, `len`, `max`, `sum`")
def numbers_of_shapes(B):
    count = B.shape[0] * B.shape[1] + np.prod(B.shape) + math.prod(B.shape) + B.size
    flat = B.reshape(int(np.prod(B.shape[:-1])), -1)
    of_axes = len(B.shape) + max(B.shape) * sum(B.shape) + B.shape.index(3) + B.shape.count(2)
    return np.sum(B**2) / count + np.sum(flat**3) * of_axes + np.sum(B.reshape(B.shape[0] * B.shape[1]) ** 2)


@AREA.supported("a shape that is unpacked", "`n, m = a.shape`, `n, *rest = a.shape`")
def shapes_unpacked(B):
    n, m = B.shape
    *rest, last = B.shape
    weights = np.ones(rest + [last])  # noqa: RUF005
    return np.sum(B**2) / (n * m) + np.sum(weights * B**3) * len(rest)


@AREA.supported("shapes in dicts and conditions")
def shapes_in_dicts(B):
    sizes = {"shape": B.shape, "rows": B.shape[0]}
    shape = B.shape if B.ndim == 2 else (1,) + B.shape  # noqa: RUF005
    assert shape == sizes["shape"]
    return np.sum(np.ones(shape) * B**2) * sizes["rows"] if 3 in B.shape else np.sum(B)
