"""The data sets that scikit-learn carries, split and scaled."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]


class MissingDataError(Exception):
    """scikit-learn, which carries the data, is not installed."""


class Split(NamedTuple):
    """Features and labels to train on, and others to test with; shapes (n, k) and (n,)."""

    x: Array
    labels: Array
    x_test: Array
    labels_test: Array


def load(name: str) -> tuple[Array, Array]:
    """Return the features and labels of "breast_cancer" or "digits"."""
    try:
        from sklearn import datasets
    except ImportError as error:
        raise MissingDataError("scikit-learn, which carries the data, is missing: pip install 's2sad[demo]'") from error
    loader = {"breast_cancer": datasets.load_breast_cancer, "digits": datasets.load_digits}[name]
    return loader(return_X_y=True)  # type: ignore[no-any-return]


def split(data: tuple[Array, Array], seed: int) -> Split:
    """Hold a stratified quarter back, and standardise the features by what is left to train on."""
    from sklearn.model_selection import train_test_split

    x, x_test, labels, labels_test = train_test_split(*data, test_size=0.25, stratify=data[1], random_state=seed)
    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread = np.where(spread > 0.0, spread, 1.0)
    return Split((x - mean) / spread, labels, (x_test - mean) / spread, labels_test)
