"""Sample calls of functions of SciPy."""
from __future__ import annotations

import numpy as np
import scipy.linalg as linalg
import scipy.signal as signal
import scipy.special as special
import scipy.stats as stats
from tests.rules.harness import Sample

from s2sad.ir import primitives_banded, primitives_signal
from s2sad.rules import lazy

lazy.load_all()

V = np.array([0.3, 0.7, 0.45])
W = np.array([0.62, 0.11, 0.83])
A = np.array([[0.3, 0.7, 0.45], [0.62, 0.11, 0.83]])
SINGLE = V.astype(np.float32)

_UNARY = (
    *("erf", "erfc", "erfcx", "erfi", "erfinv", "erfcinv", "dawsn", "ndtr", "log_ndtr", "ndtri"),
    *("expit", "log_expit", "logit", "exp2", "exp10", "expm1", "log1p", "cosm1", "cbrt", "sindg", "cosdg", "tandg"),
    *("entr", "gamma", "gammaln", "loggamma", "rgamma", "psi"),
    *("j0", "j1", "y0", "y1", "i0", "i1", "k0", "k1", "i0e", "i1e", "k0e", "k1e"),
)
_BINARY = ("xlogy", "xlog1py", "rel_entr", "kl_div", "huber", "pseudo_huber", "beta", "betaln", "binom", "poch")


def present(*names):
    return [getattr(special, name) for name in names if hasattr(special, name)]


SPECIAL = [
    *(Sample(f, (V,)) for f in present(*_UNARY)),
    *(Sample(f, (x,)) for f in present("erf", "psi", "gammaln", "j1") for x in (0.4, SINGLE)),
    *(Sample(f, pair) for f in present(*_BINARY) for pair in ((W, V), (0.4, V))),
    Sample(special.psi, (-A,)), Sample(special.gammaln, (A - 2.0,)),
    *(Sample(f, (n, x)) for f in present("jv", "yv", "yn", "iv", "ive", "kv", "kn", "kve")
      for n, x in ((1, V), (3, A))),
    *(Sample(special.polygamma, (n, V)) for n in (0, 1, 2)), *(Sample(special.zeta, (n, V)) for n in (2, 3)),
    *(Sample(f, (2, V)) for f in present("gammainc", "gammaincc")),
    *(Sample(f, (2, 3, V)) for f in present("betainc", "betaincc")),
    *(Sample(special.multigammaln, (V + 2.0, dimension)) for dimension in (1, 3)),
    *(Sample(special.logsumexp, (A, *more), options) for more, options in (
        ((), {}), ((1,), {}), ((0,), {"keepdims": True}), (((0, 1),), {}), ((1, W[:2, None]), {}),
        ((None, A + 1.0), {}))),
    *(Sample(f, (A, *axis)) for f in (special.softmax, special.log_softmax) for axis in ((), (0,), (-1,))),
]  # fmt: skip

S, T = 0.4, 1.7
STATS = [
    *(Sample(getattr(stats.norm, f), args) for f in ("pdf", "logpdf", "cdf", "sf", "logcdf", "logsf")
      for args in ((A,), (V, 0.2), (V, W, A + 1.0))),
    *(Sample(getattr(stats.t, f), (V, 3.5)) for f in ("pdf", "logpdf")),
    *(Sample(getattr(stats.t, f), (V, 4)) for f in ("cdf", "logcdf", "sf")),
    *(Sample(getattr(stats.t, f), (V, 4, S, T)) for f in ("pdf", "logpdf", "cdf", "logsf")),
    *(Sample(getattr(stats.gamma, f), args) for f in ("pdf", "logpdf") for args in ((V, W + 1.0), (V, 2.5, -0.1, T))),
    *(Sample(getattr(stats.chi2, f), args) for f in ("pdf", "logpdf") for args in ((V, 3.5), (V, W, -0.1, T))),
    *(Sample(getattr(stats.beta, f), args) for f in ("pdf", "logpdf") for args in ((V, 2.5, W), (V, T, S, -0.1, 1.2))),
    *(Sample(getattr(stats.gamma, f), (V, 2, S / 2, T)) for f in ("cdf", "sf", "logcdf", "logsf")),
    *(Sample(getattr(stats.chi2, f), (V, 2)) for f in ("cdf", "sf", "logcdf", "logsf")),
    *(Sample(getattr(stats.beta, f), (V, 2, 3)) for f in ("cdf", "sf", "logcdf", "logsf")),
    *(Sample(getattr(family, f), (V, -S, T)) for family in (stats.expon, stats.logistic)
      for f in ("pdf", "logpdf", "cdf", "sf", "logcdf", "logsf")),
    *(Sample(getattr(stats.poisson, f), (2, V)) for f in ("pmf", "logpmf", "cdf")),
]  # fmt: skip

M = np.array([[1.3, 0.7, 0.45], [0.62, 2.1, 0.83], [0.2, 0.9, 1.7]])
U = np.triu(M)
LINALG = [
    *(Sample(f, (M,), typed_only=True) for f in (linalg.inv, linalg.det)),
    *(Sample(linalg.solve, (M, b), typed_only=True) for b in (V, A.T)),
    *(Sample(linalg.solve_triangular, (M, b, *options), typed_only=True) for b in (V, A.T)
      for options in ((), (1,), (0, True), ("T", True), (0, False, True), (1, True, True))),
    Sample(linalg.solve_sylvester, (M, A[:, :2] + np.eye(2), A.T), typed_only=True),
    *(Sample(getattr(linalg, f), (M,), typed_only=True)
      for f in ("expm", "logm", "sqrtm", "sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm")),
    *(Sample(linalg.norm, (x,)) for x in (V, A)),
]  # fmt: skip

BANDS = np.array([[0.0, 0.4, 0.3, 0.8], [2.3, 1.9, 2.7, 3.1], [0.5, 0.2, 0.7, 0.0], [0.6, 0.1, 0.0, 0.0]])
TALL = np.linspace(0.2, 1.3, 8).reshape(4, 2) ** 2
LINALG += [
    *(Sample(linalg.solve_banded, ((2, 1), BANDS, b)) for b in (TALL[:, 0], TALL)),
    Sample(linalg.solve_banded, ((1, 0), BANDS[1:3], TALL[:, 1])),
    Sample(primitives_banded.banded_transpose, (BANDS, (2, 1))),
    *(Sample(primitives_banded.banded_dot, (BANDS, b, (2, 1))) for b in (TALL[:, 0], TALL)),
    *(Sample(primitives_banded.banded_outer, (x, x + 1.0, (1, 2))) for x in (TALL[:, 0], TALL)),
]

B = np.array([[0.4, 0.9], [0.15, 0.6]])
SIGNAL = [
    *(Sample(signal.convolve, (a, v, mode)) for mode in ("full", "same", "valid")
      for a, v in ((V, W[:2]), (W[:2], V), (M, B), (B, M))),
    *(Sample(primitives_signal.embed, (V[:n], W, V[:2], mode)) for n, mode in ((2, "valid"), (3, "same"))),
    Sample(primitives_signal.crop, (np.arange(4.0), W, V[:2], "same")),
]  # fmt: skip

SCIPY = [*SPECIAL, *STATS, *LINALG, *SIGNAL]

TESTED_WITH_CONSTRAINTS = {
    *(stats.multivariate_normal.logpdf, stats.multivariate_normal.pdf, stats.multivariate_normal.entropy),
    *(linalg.cholesky, stats.dirichlet.logpdf, stats.dirichlet.pdf),
}
"""Functions that refuse to be moved in any direction: `test_scipy.py` moves them in those that they allow."""
