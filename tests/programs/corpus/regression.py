"""Linear models and likelihoods, as people write them in notebooks."""
import numpy as np
from activations import logsumexp, softplus, standardize

LAMBDA = 0.3
PRIOR = {"scale": 2.0}


def least_squares(w, X, y):
    r = X @ w - y
    return r @ r


def half_mse(w, b, X, y):
    residual = np.dot(X, w) + b - y
    return 0.5 * np.mean(residual**2)


def ridge(w, X, y, lam=0.1):
    return np.sum((X @ w - y) ** 2) / len(y) + lam * np.sum(w**2)


def ridge_global(w, X, y):
    n = X.shape[0]
    return ((X.dot(w) - y) ** 2).sum() / (2 * n) + LAMBDA * w.dot(w)


def lasso_smooth(w, X, y, *, lam=0.05, eps=1e-3):
    err = y - X @ w
    return np.mean(err * err) + lam * np.sum(np.sqrt(w * w + eps))


def weighted_least_squares(w, X, y, weights):
    r = (X @ w - y) * np.sqrt(weights)
    return np.sum(r * r) / np.sum(weights)


def polynomial_fit(coeffs, x, y):
    powers = np.stack([x**0, x, x**2, x**3], axis=1)
    return np.mean((powers @ coeffs - y) ** 2)


def logistic_nll(w, X, y):
    z = X @ w
    return np.sum(softplus(z) - y * z)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def logistic_tanh(w, X, y):
    def squash(x):
        return 0.5 * (np.tanh(x / 2.0) + 1)

    p = squash(X @ w[:-1] + w[-1])
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def softmax_regression(W, b, X, Y):
    logits = X @ W + b
    logits = logits - logits.max(axis=1, keepdims=True)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return -(Y * np.log(p)).sum() / X.shape[0]


def softmax_integer_labels(W, b, X, labels):
    scores = X.dot(W) + b
    lse = logsumexp(scores, axis=1)
    picked = scores[np.arange(len(labels)), labels]
    return np.mean(lse - picked)


def gmm_log_likelihood(logits, mu, log_sigma, x):
    log_pi = logits - logsumexp(logits)
    z = (x[:, None] - mu[None, :]) / np.exp(log_sigma)
    log_n = -0.5 * z**2 - log_sigma - 0.5 * np.log(2 * np.pi)
    return np.sum(logsumexp(log_pi + log_n, axis=1))


def gmm_diagonal(params, X):
    """Mixture of Gaussians with diagonal covariances; params is a dict."""
    d = X.shape[1]
    diff = X[:, np.newaxis, :] - params["means"][np.newaxis, :, :]
    inv = np.exp(-2 * params["log_sd"])
    quad = np.sum(diff**2 * inv, axis=-1)
    logdet = 2.0 * params["log_sd"].sum(axis=-1)
    comp = -0.5 * (quad + logdet + d * np.log(2 * np.pi))
    a = params["alpha"]
    comp = comp + a - logsumexp(a)
    m = np.max(comp, axis=1, keepdims=True)
    return np.mean(m[:, 0] + np.log(np.sum(np.exp(comp - m), axis=1)))


def gaussian_nll(mu, log_sigma, x):
    sigma = np.exp(log_sigma)
    return np.sum(0.5 * ((x - mu) / sigma) ** 2 + log_sigma + 0.5 * np.log(2 * np.pi))


def poisson_regression(beta, X, counts):
    eta = X @ beta
    return np.sum(np.exp(eta) - counts * eta)


def batch_norm_regression(w, gamma, beta, X, y):
    h, mu, sd = standardize(X * w)
    out = np.sum(gamma * h + beta, axis=1)
    return np.mean((out - y) ** 2) + 0.01 * np.sum(mu) + 0.001 * sd.sum()


def huber_loop(w, xs, ys, delta=1.0):
    total = 0.0
    for x, y in zip(xs, ys):
        r = w[0] * x + w[1] - y
        if abs(r) <= delta:
            total += 0.5 * r * r
        else:
            total += delta * (abs(r) - 0.5 * delta)
    return total / len(xs)


def huber_vector(w, X, y, delta=0.7):
    r = X @ w - y
    a = np.abs(r)
    quad = np.minimum(a, delta)
    lin = a - quad
    return np.sum(0.5 * quad**2 + delta * lin)


def pinball(q, y, tau=0.3):
    e = y - q
    return np.mean(np.where(e >= 0, tau * e, (tau - 1) * e))


def cauchy_loss(theta, x, y):
    slope, intercept = theta
    r = y - (slope * x + intercept)
    return np.sum(np.log1p(r**2))


def correlation(x, y):
    xm = x - np.mean(x)
    ym = y - np.mean(y)
    return np.sum(xm * ym) / (np.std(x) * np.std(y) * len(x))


def map_estimate(w, X, y):
    scale = PRIOR["scale"]
    return np.sum((X @ w - y) ** 2) + np.sum(w**2) / (2 * scale**2)


def elastic_net(w, X, y, l1=0.2, l2=0.1):
    penalty = l1 * np.abs(w).sum() + l2 * np.square(w).sum()
    return np.square(X @ w - y).mean() + penalty


def gaussian_process_like(theta, x, y):
    """A quadratic form with an RBF kernel (no inverse)."""
    ell, amp = np.exp(theta[0]), np.exp(theta[1])
    d = (x[:, None] - x[None, :]) / ell
    K = amp * np.exp(-0.5 * d * d) + 0.1 * np.eye(len(x))
    return y @ K @ y + np.sum(np.log(1.0 + K.sum(axis=0) ** 2))


def matrix_factorization(U, V, R, mask):
    E = (U @ V.T - R) * mask
    return np.sum(E**2) + 0.1 * (np.sum(U**2) + np.sum(V**2))


def _xy(rng, n=7, d=3):
    return rng.normal(size=(n, d)), rng.normal(size=n)


def _classes(rng, n=6, d=3, k=4):
    return rng.normal(size=(d, k)), rng.normal(size=k), rng.normal(size=(n, d)), np.eye(k)[rng.integers(0, k, n)]


CASES = {
    least_squares: lambda rng: (rng.normal(size=3), *_xy(rng)),
    half_mse: lambda rng: (rng.normal(size=3), 0.4, *_xy(rng)),
    ridge: lambda rng: (rng.normal(size=3), *_xy(rng)),
    ridge_global: lambda rng: (rng.normal(size=3), *_xy(rng)),
    lasso_smooth: lambda rng: (rng.normal(size=3), *_xy(rng)),
    weighted_least_squares: lambda rng: (rng.normal(size=3), *_xy(rng), rng.uniform(0.5, 2.0, 7)),
    polynomial_fit: lambda rng: (rng.normal(size=4), rng.uniform(0.5, 1.5, 9), rng.normal(size=9)),
    logistic_nll: lambda rng: (rng.normal(size=3), _xy(rng)[0], rng.integers(0, 2, 7).astype(float)),
    logistic_tanh: lambda rng: (rng.normal(size=4), _xy(rng)[0], rng.integers(0, 2, 7)),
    softmax_regression: _classes,
    softmax_integer_labels: lambda rng: (*_classes(rng)[:3], rng.integers(0, 4, 6)),
    gmm_log_likelihood: lambda rng: (rng.normal(size=3), rng.normal(size=3), rng.normal(size=3), rng.normal(size=8)),
    gmm_diagonal: lambda rng: (
        {"means": rng.normal(size=(3, 2)), "log_sd": 0.3 * rng.normal(size=(3, 2)), "alpha": rng.normal(size=3)},
        rng.normal(size=(5, 2)),
    ),
    gaussian_nll: lambda rng: (0.3, -0.2, rng.normal(size=6)),
    poisson_regression: lambda rng: (0.3 * rng.normal(size=3), _xy(rng)[0], rng.integers(0, 5, 7)),
    batch_norm_regression: lambda rng: (
        rng.normal(size=3), rng.normal(size=3), rng.normal(size=3), *_xy(rng)),
    huber_loop: lambda rng: (np.array([1.5, -0.3]), [0.1, 0.9, 2.0, -1.0], [0.0, 1.4, -2.0, 1.0]),
    huber_vector: lambda rng: (rng.normal(size=3), *_xy(rng)),
    pinball: lambda rng: (rng.normal(size=6), rng.normal(size=6)),
    cauchy_loss: lambda rng: ((0.7, -0.2), rng.normal(size=5), rng.normal(size=5)),
    correlation: lambda rng: (rng.normal(size=6), rng.normal(size=6)),
    map_estimate: lambda rng: (rng.normal(size=3), *_xy(rng)),
    elastic_net: lambda rng: (rng.normal(size=3), *_xy(rng)),
    gaussian_process_like: lambda rng: (np.array([0.2, -0.1]), rng.normal(size=5), rng.normal(size=5)),
    matrix_factorization: lambda rng: (
        rng.normal(size=(4, 2)), rng.normal(size=(5, 2)), rng.normal(size=(4, 5)),
        (rng.uniform(size=(4, 5)) > 0.4).astype(float)),
}
