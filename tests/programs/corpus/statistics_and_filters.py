"""Statistics, rankings, time series and filters."""
# ruff: noqa: E731, E741, RUF059 (written as such code is found)


import numpy as np


def kde_loo(x, h):
    n = len(x)
    total = 0.0
    for i in range(n):
        others = np.delete(x, i)
        total += np.log(np.mean(np.exp(-0.5 * ((x[i] - others) / h) ** 2)) / h)
    return total / n


def mutual_info(logits):
    p = np.exp(logits)
    p /= p.sum()
    px = p.sum(axis=1, keepdims=True)
    py = p.sum(axis=0, keepdims=True)
    return (p * np.log(p / (px * py))).sum()


def sinkhorn(C, a, b, eps=0.5, iters=8):
    K = np.exp(-C / eps)
    u = np.ones_like(a)
    for _ in range(iters):
        v = b / (K.T @ u)
        u = a / (K @ v)
    return np.sum(u[:, None] * K * v[None, :] * C)


def pagerank(W, d=0.85):
    A = np.exp(W)
    A = A / A.sum(axis=0)
    n = len(A)
    r = np.full(n, 1 / n)
    for _ in range(20):
        r = d * A @ r + (1 - d) / n
    return r @ np.arange(n)


def elo(ratings, games, k=32.0):
    r = ratings.copy()
    for i, j, s in games:
        e = 1 / (1 + 10 ** ((r[j] - r[i]) / 400))
        r[i] += k * (s - e)
        r[j] -= k * (s - e)
    return np.sum(r**2) / 1e6


def lstsq_fit(x, y, deg=2):
    V = np.vander(x, deg + 1)
    c, *_ = np.linalg.lstsq(V, y, rcond=None)
    return c[0] + c[-1]


def pca_loss(X):
    Xc = X - X.mean(axis=0)
    U, S, Vt = np.linalg.svd(Xc, full_matrices=False)
    return S[0] ** 2 / np.sum(S**2) + np.abs(Vt[0]).sum()


def procrustes(A, B):
    U, _, Vt = np.linalg.svd(A.T @ B)
    R = U @ Vt
    return np.sum((A @ R - B) ** 2)


def ridge_cv(X, y, lam):
    err = 0.0
    n = len(y)
    for i in range(n):
        m = np.ones(n, dtype=bool)
        m[i] = False
        w = np.linalg.solve(X[m].T @ X[m] + lam * np.eye(X.shape[1]), X[m].T @ y[m])
        err += (X[i] @ w - y[i]) ** 2
    return err / n


def cox_partial(beta, X, time, event):
    order = np.argsort(-time)
    eta = (X @ beta)[order]
    ll = 0.0
    for k in range(len(eta)):
        if event[order[k]]:
            ll += eta[k] - np.log(np.sum(np.exp(eta[: k + 1])))
    return -ll


def ar_model(phi, x):
    p = len(phi)
    pred = np.array([np.dot(phi, x[t - p : t][::-1]) for t in range(p, len(x))])
    return np.mean((x[p:] - pred) ** 2)


def holt_winters(alpha, beta, y):
    l, b = y[0], y[1] - y[0]
    sse = 0.0
    for t in range(1, len(y)):
        f = l + b
        sse += (y[t] - f) ** 2
        l, b = alpha * y[t] + (1 - alpha) * f, beta * (alpha * (y[t] - f)) + b
    return sse


def kalman_rts(q, r, ys):
    m, P = 0.0, 1.0
    ms, Ps = [], []
    for y in ys:
        Pp = P + q
        K = Pp / (Pp + r)
        m = m + K * (y - m)
        P = (1 - K) * Pp
        ms.append(m)
        Ps.append(P)
    out = [ms[-1]]
    for k in range(len(ys) - 2, -1, -1):
        G = Ps[k] / (Ps[k] + q)
        out.insert(0, ms[k] + G * (out[0] - ms[k]))
    return np.sum(np.array(out) ** 2)


def ukf_sigma(m, P, kappa=1.0):
    n = len(m)
    L = np.linalg.cholesky((n + kappa) * P)
    sig = np.vstack([m, m + L.T, m - L.T])
    w = np.full(2 * n + 1, 0.5 / (n + kappa))
    w[0] = kappa / (n + kappa)
    y = np.array([np.sin(s[0]) * s[1] for s in sig])
    mu = w @ y
    return mu + w @ (y - mu) ** 2


def particle_weights(x, y, s):
    logw = -0.5 * (y - x) ** 2 / s**2 - np.log(s)
    w = np.exp(logw - np.max(logw))
    w /= np.sum(w)
    ess = 1 / np.sum(w**2)
    return np.log(ess) + np.average(x, weights=w)


R = lambda rng, *s: rng.normal(size=s)


CASES = {
    kde_loo: lambda r: (R(r, 5), 0.5),
    mutual_info: lambda r: (R(r, 3, 4),),
    sinkhorn: lambda r: (r.uniform(size=(3, 4)), np.ones(3) / 3, np.ones(4) / 4),
    pagerank: lambda r: (R(r, 4, 4),),
    elo: lambda r: (1500 + 100 * R(r, 3), [(0, 1, 1.0), (1, 2, 0.5), (2, 0, 0.0)]),
    lstsq_fit: lambda r: (R(r, 6), R(r, 6)),
    pca_loss: lambda r: (R(r, 6, 3),),
    procrustes: lambda r: (R(r, 5, 2), R(r, 5, 2)),
    ridge_cv: lambda r: (R(r, 5, 2), R(r, 5), 0.3),
    cox_partial: lambda r: (R(r, 2), R(r, 5, 2), R(r, 5), np.array([1, 0, 1, 1, 0])),
    ar_model: lambda r: (R(r, 2), R(r, 7)),
    holt_winters: lambda r: (0.4, 0.2, R(r, 6)),
    kalman_rts: lambda r: (0.3, 0.5, R(r, 5)),
    ukf_sigma: lambda r: (R(r, 2), (lambda a: a @ a.T + np.eye(2))(R(r, 2, 2))),
    particle_weights: lambda r: (R(r, 5), 0.3, 0.7),
}

NEEDS_TYPES = {
    "kde_loo": "S2S201",
    "elo": "S2S142",
    "lstsq_fit": "S2S201",
    "pca_loss": "S2S201",
    "procrustes": "S2S201",
    "ridge_cv": "S2S201",
    "ukf_sigma": "S2S201",
    "particle_weights": "S2S201",
}
