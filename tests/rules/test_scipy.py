"""Functions of SciPy in programs: rules that are loaded when they are met, imports in printed code, refusals."""
from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import scipy.linalg
import scipy.linalg as sla
import scipy.signal
import scipy.special as sp
import scipy.stats
from scipy.special import expit, gammaln, logsumexp
from scipy.stats import beta, multivariate_normal, norm

import s2sad

X = np.array([0.3, 0.7, 1.5])
M = np.array([[1.3, 0.7, 0.45], [0.62, 2.1, 0.83], [0.2, 0.9, 1.7]])


def without_arguments(x):
    return np.sum(gammaln(x) + sp.erf(x) * expit(-x)) + logsumexp(2.0 * x)


def likelihood(x, mu, sigma):
    return np.sum(norm.logpdf(x, loc=mu, scale=sigma)) + np.sum(scipy.stats.t.logpdf(x, 3.0, mu, sigma)) + norm.cdf(mu)


def matrices(a, b):
    y = sla.solve_triangular(np.tril(a), b, lower=True)
    return np.sum(scipy.linalg.expm(a / 4.0) @ y) + np.sum(sla.solve(a, b) ** 2) + np.log(sla.det(sla.inv(a)))


def gaussian(x, root, mean):
    cov = root @ root.T + np.eye(3)
    return np.sum(multivariate_normal.logpdf(x, mean, cov)) + multivariate_normal.entropy(mean, cov)


def gaussian_density(x, root, mean):
    return multivariate_normal.pdf(x, mean, root @ root.T + np.eye(3))


def simplex(x, alpha):
    share = sp.softmax(x)
    return scipy.stats.dirichlet.logpdf(share, alpha) + scipy.stats.dirichlet.pdf(share, alpha)


def smoothed(x, kernel):
    return np.sum(scipy.signal.convolve(x, kernel, mode="same") ** 2)


def factors(a, x):
    cov = a @ a.T + np.eye(3)
    lower, upper = sla.cholesky(cov, lower=True), sla.cholesky(cov)
    return np.sum(np.sin(lower + upper)) + np.sum(sla.solve_triangular(lower, x, lower=True) ** 2)


PROGRAMS = [
    (factors, (M, X)),
    (without_arguments, (X,)),
    (likelihood, (X, 0.4, 1.3)),
    (matrices, (M, X)),
    (gaussian, (X, M, X[::-1] + 0.0)),
    (gaussian, (M, M.T + 0.0, X)),
    (gaussian_density, (X, M, X[::-1] + 0.0)),
    (simplex, (X, X + 1.0)),
    (smoothed, (M, M[:2, :2])),
]


@pytest.mark.parametrize(("function", "args"), PROGRAMS, ids=[f"{k}-{f.__name__}" for k, (f, _) in enumerate(PROGRAMS)])
def test_both_modes_agree_with_differences(function, args):
    s2sad.check_grads(function, args)


def test_derivatives_of_second_order_and_single_precision():
    found = s2sad.hvp(without_arguments, (X,), (np.ones(3),))
    gradient = s2sad.grad(without_arguments)
    np.testing.assert_allclose(found, (gradient(X + 1e-5) - gradient(X - 1e-5)) / 2e-5, rtol=1e-6)
    assert gradient(X.astype(np.float32)).dtype == np.float32
    assert s2sad.grad(s2sad.grad(lambda a: sp.gamma(a)))(2.5) == pytest.approx(
        sp.gamma(2.5) * (sp.psi(2.5) ** 2 + sp.polygamma(1, 2.5))
    )


def test_printed_code_imports_what_it_calls():
    text = s2sad.differentiate(
        "import numpy as np\nfrom scipy.special import expit as sigmoid\nfrom scipy import stats\n"
        "def f(x, scipy):\n    return np.sum(sigmoid(x) * stats.norm.cdf(x) * scipy)\n", "f", types="x: float64[N]")
    assert "import scipy.special as _scipy_special\nimport scipy.stats as _scipy_stats\n" in text
    gradient = s2sad.grad(without_arguments).source
    assert "import numpy as np\nimport scipy.special\n\n" in gradient
    assert "scipy.special.psi(x)" in gradient
    module = {}
    exec(gradient, module)
    np.testing.assert_allclose(module["without_arguments_grad"](X), s2sad.grad(without_arguments)(X))


def test_scipy_is_imported_by_whoever_uses_it():
    code = "import sys, s2sad; print(s2sad.differentiate('def f(x): return x * x', 'f')[:1], 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["#", "False"]


def test_outside_the_support_a_density_is_constant():
    found = s2sad.grad(lambda x: np.sum(beta.pdf(x, 2.0, 3.0)))(np.array([-1.0, 0.5, 2.0]))
    np.testing.assert_allclose(found, [0.0, 12 * (0.25 - 2 * 0.5 * 0.5), 0.0])


@pytest.mark.parametrize(("function", "says"), [
    (lambda x: np.sum(sp.jv(x, 1.0)), "the derivative of jv by its argument 0 has no rule"),
    (lambda x: np.sum(sp.gammainc(x, 1.0)), "the derivative of gammainc by its argument 0"),
    (lambda x: np.sum(scipy.stats.gamma.cdf(0.5, x)), "the derivative of cdf by its argument 1"),
    (lambda x: np.sum(sp.erf(x * 1j).imag), "of complex numbers"),
    (lambda x: logsumexp(x, return_sign=True)[0], "return_sign="),
    (lambda x: np.sum(sla.inv(np.outer(x, x), overwrite_a=True)), "may overwrite its argument"),
    (lambda x: np.sum(sla.solve(np.outer(x, x), x, assume_a="pos")), "with assume_a"),
    (lambda x: np.sum(sp.ellipk(x)), "S2S200"),
    (lambda x: np.sum(scipy.stats.cauchy.pdf(x)), "S2S200"),
], ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_what_has_no_rule_is_refused(function, says):
    for mode in ("reverse", "forward"):
        with pytest.raises(s2sad.DifferentiationError, match=says):
            s2sad.grad(function, mode=mode)(X)


def softened(x):
    return float(np.max(x))


@s2sad.rule(softened)
def _(d_y, y, x):
    return d_y * sp.softmax(4.0 * x)


def test_a_rule_of_the_users_may_call_functions_of_scipy():
    gradient = s2sad.grad(lambda x: softened(x * 1.0))
    np.testing.assert_allclose(gradient(X), sp.softmax(4.0 * X))
    assert "scipy.special.softmax(4.0 * " in gradient.source
    with pytest.raises(ValueError, match="erf has a derivative that s2sad knows"):
        s2sad.rule(sp.erf)


COVARIANCE = np.array([[2.0, 0.5, 0.3], [0.5, 1.0, 0.2], [0.3, 0.2, 1.5]])
WEIGHTS = np.arange(1.0, 10.0).reshape(3, 3)
POINT = np.array([0.3, 0.2, -0.4])
TRIANGLES = {
    "logpdf": lambda c: multivariate_normal.logpdf(POINT, np.zeros(3), c),
    "pdf": lambda c: multivariate_normal.pdf(POINT, np.zeros(3), c),
    "of points": lambda c: np.sum(multivariate_normal.logpdf(np.stack([POINT, 2 * POINT]), np.zeros(3), c)),
    "entropy": lambda c: multivariate_normal.entropy(np.zeros(3), c),
    "upper": lambda c: np.sum(sla.cholesky(c) * WEIGHTS),
    "lower": lambda c: np.sum(sla.cholesky(c, lower=True) * WEIGHTS),
    "of NumPy": lambda c: np.sum(np.linalg.cholesky(c) * WEIGHTS),
    "eigenvalues": lambda c: np.sum(np.linalg.eigvalsh(c) ** 2 * POINT),
    "eigenvalues, upper": lambda c: np.sum(np.linalg.eigvalsh(c, "U") ** 2 * POINT),
}


@pytest.mark.parametrize("name", TRIANGLES)
def test_the_triangle_that_is_read_has_the_derivative(name):
    f, direction, step = TRIANGLES[name], np.cos(WEIGHTS), 1e-5
    s2sad.check_grads(f, (COVARIANCE,))
    gradient = s2sad.grad(f)
    high, low = (gradient(COVARIANCE + sign * step * direction) for sign in (1, -1))
    product = s2sad.hvp(f, (COVARIANCE,), (direction,))
    np.testing.assert_allclose(product, (high - low) / (2 * step), rtol=1e-6, atol=1e-7)
