"""What the derivative is where a function is not smooth, or at the edge of its domain: the table of `docs/rules.md`."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import beta, multivariate_normal


@dataclass(frozen=True)
class Convention:
    """One line of the table: a point, what s2sad answers there, and a program that shows it."""

    area: str
    point: str
    answer: str
    function: Callable[[Any], Any]
    x: Any
    expected: Any


NAN, INF = np.nan, np.inf
A = np.array
PAIR = A([1.0, 1.0])

CONVENTIONS = [
    Convention("Ties", "`np.maximum(x, y)`, `np.minimum`, `max(a, b)` where both are equal", "half to each",
               lambda x: np.sum(np.maximum(x, x[::-1] + 0.0) * A([1.0, 3.0])), PAIR, [2.0, 2.0]),
    Convention("Ties", "the same with a literal, `np.maximum(x, 0.0)`", "none: relu has derivative 0 at 0",
               lambda x: np.sum(np.maximum(x, 0.0)), A([-1.0, 0.0, 2.0]), [0, 0, 1]),
    Convention("Ties", "`np.max`, `np.min`, `np.ptp` and their kin where several elements are extreme",
               "shared equally among all of them",
               lambda x: np.max(x), A([3.0, 1.0, 3.0]), [0.5, 0, 0.5]),
    Convention("Ties", "`np.sort`", "equal elements keep their order",
               lambda x: np.sum(np.sort(x) * A([1.0, 2.0, 4.0])), A([2.0, 1.0, 1.0]), [4, 1, 2]),
    Convention("Ties", "`np.median`, `np.quantile`", "elements that are equal to the middle one share equally",
               lambda x: np.median(x), A([1.0, 2.0, 2.0, 0.0, 5.0]), [0, 0.5, 0.5, 0, 0]),
    Convention("Ties", "`np.unique`, `np.union1d`, `np.setdiff1d`, `np.intersect1d`",
               "the first of equal elements stands for all",
               lambda x: np.sum(np.unique(x) * A([1.0, 3.0])), A([2.0, 1.0, 1.0]), [3, 1, 0]),
    Convention("Kinks", "`np.modf`, `np.frexp`, and the counts of `np.histogram`",
               "the whole part, the exponent and the bin do not vary",
               lambda x: np.sum(np.modf(x)[0] + np.frexp(x)[0]), A([0.0, 2.0, 2.5]), [2, 1.25, 1.25]),
    Convention("Kinks", "`np.abs` and norms of order 1 at 0", "0",
               lambda x: np.sum(np.abs(x)), A([-2.0, 0.0, 2.0]), [-1, 0, 1]),
    Convention("Kinks", "`np.sign`, `np.floor`, `np.ceil`, `np.round`, `np.trunc`, `x // y`", "0 everywhere",
               lambda x: np.sum(x * np.floor(x) + np.sign(x)), A([0.5, 1.0, 2.5]), [0, 1, 2]),
    Convention("Kinks", "`np.clip`", "1 inside and on the bounds, 0 outside",
               lambda x: np.sum(np.clip(x, 0.0, 1.0)), A([-1.0, 0.0, 0.5, 1.0, 2.0]), [0, 1, 1, 1, 0]),
    Convention("Kinks", "`np.linalg.norm`, `np.hypot` at 0", "0",
               lambda x: np.linalg.norm(x) + np.hypot(x[0], x[1]), A([0.0, 0.0]), [0, 0]),
    Convention("Kinks", "`np.std` of equal elements", "0", lambda x: np.std(x), A([2.0, 2.0]), [0, 0]),
    Convention("Kinks", "`np.interp` at a knot", "the slope to the right of it; 0 outside",
               lambda x: np.sum(np.interp(x, A([0.0, 1.0, 2.0]), A([0.0, 1.0, 4.0]))), A([-1.0, 1.0, 3.0]), [0, 3, 0]),
    Convention("Powers", "`x**n` at 0 with a whole number n", "that of the polynomial: 1 for n = 1, else 0",
               lambda x: np.sum(x**A([0.0, 1.0, 2.0])), A([0.0, 0.0, 0.0]), [0, 1, 0]),
    Convention("Powers", "`x**y` by `y` where x ≤ 0", "0",
               lambda y: np.sum(A([0.0, 0.0, 2.0]) ** y), A([2.0, 1.0, 1.0]), [0, 0, 2 * np.log(2)]),
    Convention("Powers", "`np.prod` with zeros", "the product of the other elements",
               lambda x: np.prod(x), A([0.0, 2.0, 3.0]), [6, 0, 0]),
    Convention("Edges", "`np.sqrt` at 0", "infinite", lambda x: np.sum(np.sqrt(x)), A([0.0, 4.0]), [INF, 0.25]),
    Convention("Edges", "`np.sqrt(x)[0]` where another element is 0",
               "NaN for that one, from 0 × ∞; choose before the function: `np.sqrt(x[0])`",
               lambda x: np.sqrt(x)[0], A([1.0, 0.0]), [0.5, NAN]),
    Convention("Kinks", "`np.arange(start, stop, step)`", "how many numbers there are does not vary",
               lambda x: np.sum(np.arange(x[0], x[1], x[2]) ** 2), A([0.5, 2.0, 0.5]), [6.0, 0.0, 8.0]),
    Convention("Kinks", "conversions to integers, `dtype=int`", "0",
               lambda x: np.sum(x.astype(int) * x), A([0.5, 2.5]), [0, 2]),
    Convention("Edges", "`np.log` at 0", "infinite; left of 0 that of the formula, though the value is NaN",
               lambda x: np.sum(np.log(x)), A([0.0, -2.0]), [INF, -0.5]),
    Convention("Edges", "a singular function in the branch of `np.where` that is not taken",
               "exactly 0: the adjoint is masked, so no NaN comes of 0 × ∞",
               lambda x: np.sum(np.where(x > 0, np.sqrt(x) * np.log(x), 0.0)), A([0.0, 1.0]), [0, 1]),
    Convention("Edges", "`np.arctan2(0, 0)`", "NaN", lambda x: np.arctan2(x[0], x[1]), A([0.0, 0.0]), [NAN, NAN]),
    Convention("Not finite", "`np.nansum`, `np.nanmean`, `np.nanmedian` and their kin", "0 for elements that are NaN",
               lambda x: np.nanmean(x), A([1.0, NAN, 3.0]), [0.5, 0, 0.5]),
    Convention("Not finite", "a comparison with NaN decides, as in `np.maximum(x, 0.0)`", "it is false, so 0",
               lambda x: np.sum(np.maximum(x, 0.0)), A([NAN, 1.0]), [0, 1]),
    Convention("Not finite", "arithmetic with NaN", "NaN", lambda x: np.sum(x * x), A([NAN, 1.0]), [NAN, 2]),
    Convention("Not finite", "infinite arguments of functions with an asymptote", "the limit",
               lambda x: np.sum(np.exp(x) + np.tanh(x)), A([-INF, 0.0]), [0, 2]),
    Convention("Not finite", "`np.logaddexp` of -∞ and -∞", "0",
               lambda x: np.logaddexp(x[0], x[1]), A([-INF, -INF]), [0, 0]),
    Convention("Matrices", "the vectors of `np.linalg.eig`",
               "of norm 1 with the largest element real, as LAPACK returns them",
               lambda a: np.sum(np.abs(np.linalg.eig(a)[1][1]) ** 2), A([[1.0, 0.5], [0.0, 2.0]]),
               [[-0.32, -0.64], [0.16, 0.32]]),
    Convention("Matrices", "what has to be symmetric: `cholesky` and `eigh` of NumPy and SciPy, a covariance in "
               "`scipy.stats`", "in the triangle that the function reads, as differences say",
               lambda a: multivariate_normal.entropy(PAIR, a), A([[2.0, 0.5], [0.5, 1.0]]),
               A([[0.5, 0.0], [-0.5, 1.0]]) / 1.75),
    Convention("Matrices", "densities of `scipy.stats` outside of their support", "0",
               lambda x: np.sum(beta.pdf(x, 2.0, 3.0)), A([-1.0, 2.0]), [0, 0]),
    Convention("Shapes", "arrays without elements", "an empty gradient", lambda x: np.sum(x * x), np.zeros(0), []),
]  # fmt: skip


def markdown() -> str:
    """Return the table, an area after another."""
    lines = ["| where | derivative |", "| --- | --- |"]
    for area in dict.fromkeys(row.area for row in CONVENTIONS):
        lines.append(f"| **{area}** | |")
        lines += [f"| {row.point} | {row.answer} |" for row in CONVENTIONS if row.area == area]
    return "\n".join(lines) + "\n"
