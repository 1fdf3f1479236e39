"""Draws of random numbers: done once, where they stand, and constants to every derivative.

A draw changes the generator that it is made from, so it is an effect that has a result: it is never done again, left
out, merged with another one or moved past one. What the reverse sweep reads of it is saved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Draw:
    """A method of generators of random numbers, called as `draw(generator, *args, **kwargs)`."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __call__(self, generator: Any, *args: Any, **kwargs: Any) -> Any:
        """Draw."""
        return getattr(generator, self.__name__)(*args, **kwargs)

    def __repr__(self) -> str:
        return f"Draw({self.__name__!r})"


FLOATS = {
    **dict.fromkeys(("random", "standard_normal", "standard_exponential", "standard_cauchy", "random_sample"), 0),
    **dict.fromkeys(("ranf", "sample"), 0),
    **dict.fromkeys(("chisquare", "pareto", "power", "rayleigh", "standard_gamma", "standard_t", "weibull"), 1),
    **dict.fromkeys(("exponential",), 1),
    **dict.fromkeys(("beta", "f", "gamma", "gumbel", "laplace", "logistic", "lognormal", "normal", "uniform"), 2),
    **dict.fromkeys(("noncentral_chisquare", "vonmises", "wald"), 2),
    **dict.fromkeys(("noncentral_f", "triangular"), 3),
}
"""Distributions of floats in NumPy, each with the number of its parameters; the size follows them."""

INTEGERS = {
    **dict.fromkeys(("geometric", "logseries", "poisson", "zipf"), 1),
    **dict.fromkeys(("binomial", "negative_binomial", "integers", "randint"), 2),
    "hypergeometric": 3,
}
"""Distributions of integers in NumPy, likewise."""

OTHERS = (
    *("rand", "randn", "choice", "permutation", "permuted", "multivariate_normal", "dirichlet", "multinomial", "seed"),
)
"""Draws of NumPy's whose arguments are of other kinds, and the one that begins the sequence anew."""

OF_PYTHON = (
    *("betavariate", "choices", "expovariate", "gammavariate", "gauss", "getrandbits", "lognormvariate"),
    *("normalvariate", "paretovariate", "randrange", "vonmisesvariate", "weibullvariate"),
)
"""What generators of Python's `random` draw and those of NumPy do not."""

METHODS = {name: Draw(name) for name in (*FLOATS, *INTEGERS, *OTHERS, *OF_PYTHON)}
"""The draws, by the names of the methods."""

DRAWS: set[Callable[..., Any]] = set(METHODS.values())
"""All operations that draw, or make a generator to draw from; functions of modules join them once they are imported."""

MAKERS: set[Callable[..., Any]] = set()
"""Those of them that make a generator."""
