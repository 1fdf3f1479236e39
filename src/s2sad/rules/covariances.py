"""Covariances and correlations: each is a product of deviations from the mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.arguments import is_static, kind, refuse
from s2sad.rules.composing import composed
from s2sad.rules.rearranging import as_array, axes_of, converted, shape
from s2sad.rules.registry import Unsupported
from s2sad.rules.staging import Symbol


def _variables(name: str, m: Any, rowvar: Any) -> Any:
    """Return the observations as a matrix of doubles with a row for each variable."""
    m = as_array(m)
    axes = axes_of(name, m)
    if axes not in (1, 2) or not is_static(rowvar):
        raise Unsupported(f"{name} of what is no vector or matrix, or with rowvar= that varies, has no derivative rule")
    if kind(m) not in ("f", "i"):
        raise Unsupported(f"{name} of what is not known to be real has no derivative rule: give the types")
    if getattr(m, "dtype", None) != np.float64:
        m = converted(m, dtype=np.float64)
    return m[None] if axes == 1 else m if rowvar else m.T


def _matrix(
    name: str, m: Any, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None, fweights: Any = None,
    aweights: Any = None,
) -> Any:  # fmt: skip
    x = _variables(name, m, rowvar)
    if y is not None:
        x = np.concatenate([x, _variables(name, y, rowvar)])
    if not isinstance(x, Symbol):
        raise Unsupported(f"{name} of constants is a constant")
    if not is_static(bias) or not (ddof is None or isinstance(ddof, int)):
        raise Unsupported(f"{name} with bias= or ddof= that are not constants has no derivative rule")
    lost = ddof if ddof is not None else 0 if bias else 1
    given = [as_array(one) for one in (fweights, aweights) if one is not None]
    if not given:
        deviation = x - np.mean(x, axis=1, keepdims=True)
        return deviation @ deviation.T / (shape(x)[1] - lost if lost else shape(x)[1])
    if any(axes_of(name, one) != 1 for one in given):
        raise Unsupported(f"{name} with weights that are no vectors has no derivative rule")
    weights = given[0] if len(given) == 1 else given[0] * given[1]
    total = np.sum(weights)
    # reliabilities count as their squares do
    count = total if not lost else total - lost * (
        1 if aweights is None else np.sum(weights * as_array(aweights)) / total
    )  # fmt: skip
    deviation = x - (x @ weights / total)[:, None]
    return (deviation * weights) @ deviation.T / count


def _one_or_many(c: Any) -> Any:
    """Return a matrix as NumPy does: as a number where it is of one variable."""
    (count, _) = shape(c)
    if isinstance(count, int):
        return np.reshape(c, ()) if count == 1 else c
    return np.squeeze(c)


def _cov(
    m: Any, y: Any = None, rowvar: Any = True, bias: Any = False, ddof: Any = None, fweights: Any = None,
    aweights: Any = None, *, dtype: Any = None,
) -> Any:  # fmt: skip
    refuse("np.cov", dtype=dtype)
    return _one_or_many(_matrix("np.cov", m, y, rowvar, bias, ddof, fweights, aweights))


def _corrcoef(x: Any, y: Any = None, rowvar: Any = True, **options: Any) -> Any:
    refuse("np.corrcoef", dtype=options.pop("dtype", None), **options)
    c = _matrix("np.corrcoef", x, y, rowvar)
    deviation = np.sqrt(np.diag(c))
    result = c / (deviation[:, None] * deviation)
    # that of one variable alone is a NumPy number
    return np.trace(result) if isinstance(shape(c)[0], int) and shape(c)[0] == 1 else _one_or_many(result)


composed(np.cov, _cov)
composed(np.corrcoef, _corrcoef)
