"""Linear algebra by hand, Gaussian processes, finance, optics and robots."""
# ruff: noqa: E731 (written as such code is found)

import math

import numpy as np
from numpy.linalg import cholesky, inv, norm, solve


def gauss_elim(A, b):
    n = len(b)
    M = np.hstack([A, b.reshape(-1, 1)])
    for k in range(n):
        p = np.argmax(np.abs(M[k:, k])) + k
        if p != k:
            M[[k, p]] = M[[p, k]]
        for i in range(k + 1, n):
            f = M[i, k] / M[k, k]
            M[i, k:] -= f * M[k, k:]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (M[i, -1] - M[i, i + 1 : n] @ x[i + 1 :]) / M[i, i]
    return np.sum(x**2)


def jacobi_solver(A, b, n=60):
    D = np.diag(A)
    R = A - np.diagflat(D)
    x = np.zeros_like(b)
    for _ in range(n):
        x = (b - R @ x) / D
    return x.sum()


def gauss_seidel(A, b, n_iter=20):
    x = np.zeros(len(b))
    for _ in range(n_iter):
        for i in range(len(b)):
            s = np.dot(A[i, :i], x[:i]) + np.dot(A[i, i + 1 :], x[i + 1 :])
            x[i] = (b[i] - s) / A[i, i]
    return norm(x) ** 2


def gmres(A, b, m=3):
    n = len(b)
    Q = np.zeros((n, m + 1))
    H = np.zeros((m + 1, m))
    beta = norm(b)
    Q[:, 0] = b / beta
    for k in range(m):
        v = A @ Q[:, k]
        for j in range(k + 1):
            H[j, k] = Q[:, j] @ v
            v = v - H[j, k] * Q[:, j]
        H[k + 1, k] = norm(v)
        Q[:, k + 1] = v / H[k + 1, k]
    e1 = np.zeros(m + 1)
    e1[0] = beta
    y = np.linalg.lstsq(H, e1, rcond=None)[0]
    x = Q[:, :m] @ y
    return x @ x


def householder_qr(A):
    m, n = A.shape
    R = A.copy()
    Q = np.eye(m)
    for k in range(n):
        x = R[k:, k]
        e = np.zeros_like(x)
        e[0] = np.copysign(norm(x), x[0])
        u = x + e
        v = u / norm(u)
        R[k:, k:] = R[k:, k:] - 2.0 * np.outer(v, v @ R[k:, k:])
        Q[:, k:] = Q[:, k:] - 2.0 * np.outer(Q[:, k:] @ v, v)
    return np.sum(np.triu(R)[:n] ** 3) + np.sum(Q[:, 0])


def givens(A):
    R = np.array(A, dtype=float)
    n = R.shape[0]
    for j in range(n - 1):
        for i in range(n - 1, j, -1):
            a, b = R[i - 1, j], R[i, j]
            r = np.hypot(a, b)
            c, s = a / r, -b / r
            G = np.array([[c, -s], [s, c]])
            R[i - 1 : i + 1, :] = G @ R[i - 1 : i + 1, :]
    return np.prod(np.diag(R))


def power_method(A, iters=30):
    v = np.ones(A.shape[0]) / np.sqrt(A.shape[0])
    lam = 0.0
    for _ in range(iters):
        w = A @ v
        lam_new = v @ w
        v = w / norm(w)
        if abs(lam_new - lam) < 1e-14:
            break
        lam = lam_new
    return lam


def svd_power(A, iters=25):
    u = np.ones(A.shape[0])
    for _ in range(iters):
        v = A.T @ u
        v /= norm(v)
        u = A @ v
        sigma = norm(u)
        u /= sigma
    return sigma


def inverse_newton(A, n=12):
    X = A.T / (np.abs(A).sum(axis=0).max() * np.abs(A).sum(axis=1).max())
    I2 = 2 * np.eye(len(A))
    for _ in range(n):
        X = X @ (I2 - A @ X)
    return np.trace(X)


def expm_taylor(A, terms=12):
    E = np.eye(A.shape[0])
    T = np.eye(A.shape[0])
    for k in range(1, terms):
        T = T @ A / k
        E = E + T
    return E.sum()


def thomas(a, b, c, d):
    n = len(d)
    cp = np.zeros(n - 1)
    dp = np.zeros(n)
    cp[0] = c[0] / b[0]
    dp[0] = d[0] / b[0]
    for i in range(1, n):
        den = b[i] - a[i - 1] * cp[i - 1]
        if i < n - 1:
            cp[i] = c[i] / den
        dp[i] = (d[i] - a[i - 1] * dp[i - 1]) / den
    x = np.zeros(n)
    x[-1] = dp[-1]
    for i in reversed(range(n - 1)):
        x[i] = dp[i] - cp[i] * x[i + 1]
    return np.dot(x, x)


def rbf(x1, x2, ell, sf):
    sq = np.sum(x1**2, 1)[:, None] + np.sum(x2**2, 1)[None, :] - 2 * x1 @ x2.T
    return sf**2 * np.exp(-0.5 * sq / ell**2)


def gp_nlml(theta, X, y):
    ell, sf, sn = np.exp(theta)
    K = rbf(X, X, ell, sf) + sn**2 * np.eye(len(X))
    L = cholesky(K)
    alpha = solve(L.T, solve(L, y))
    return 0.5 * y @ alpha + np.log(np.diagonal(L)).sum() + 0.5 * len(X) * np.log(2 * np.pi)


def gp_ei(x, X, y, best):
    K = rbf(X, X, 1.0, 1.0) + 1e-3 * np.eye(len(X))
    Ki = inv(K)
    k = rbf(x[None], X, 1.0, 1.0)[0]
    mu = k @ Ki @ y
    var = 1.0 - k @ Ki @ k
    s = np.sqrt(var)
    z = (mu - best) / s
    cdf = 0.5 * (1 + math.erf(z / math.sqrt(2)))
    pdf = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return s * (z * cdf + pdf)


def garch_nll(params, r):
    omega, alpha, beta = params
    T = len(r)
    s2 = np.zeros(T)
    s2[0] = np.var(r)
    for t in range(1, T):
        s2[t] = omega + alpha * r[t - 1] ** 2 + beta * s2[t - 1]
    return 0.5 * np.sum(np.log(2 * np.pi * s2) + r**2 / s2)


def snell_trace(y0, theta0, radii, indices, gaps):
    y, th = y0, theta0
    n1 = 1.0
    for R, n2, d in zip(radii, indices, gaps):
        phi = np.arcsin(y / R)
        i = th + phi
        t = np.arcsin(n1 / n2 * np.sin(i))
        th = t - phi
        y = y + d * np.tan(th)
        n1 = n2
    return y**2 + th**2


def planar_arm(q, lengths, target):
    angles = np.cumsum(q)
    pos = np.array([np.sum(lengths * np.cos(angles)), np.sum(lengths * np.sin(angles))])
    return np.sum((pos - target) ** 2) + 0.01 * np.sum(np.diff(q) ** 2)


def ik_jacobian_steps(q, target):
    L = np.array([1.0, 0.8, 0.5])

    def fk(q):
        a = np.cumsum(q)
        return np.array([L @ np.cos(a), L @ np.sin(a)])

    def jac(q):
        a = np.cumsum(q)
        J = np.zeros((2, 3))
        for j in range(3):
            J[0, j] = -np.sum(L[j:] * np.sin(a[j:]))
            J[1, j] = np.sum(L[j:] * np.cos(a[j:]))
        return J

    for _ in range(3):
        J = jac(q)
        q = q + J.T @ np.linalg.solve(J @ J.T + 0.1 * np.eye(2), target - fk(q))
    return np.sum((fk(q) - target) ** 2)


def skew(w):
    return np.array([[0, -w[2], w[1]], [w[2], 0, -w[0]], [-w[1], w[0], 0]])


def rodrigues(w):
    th = np.linalg.norm(w)
    K = skew(w / th)
    return np.eye(3) + np.sin(th) * K + (1 - np.cos(th)) * K @ K


def rigid_body(omega0, inertia, dt=0.05):
    w = omega0
    Rm = np.eye(3)
    Iinv = np.diag(1 / np.diag(inertia))
    for _ in range(4):
        wdot = Iinv @ (-np.cross(w, inertia @ w))
        w = w + dt * wdot
        Rm = Rm @ rodrigues(w * dt)
    return np.trace(Rm @ np.diag([1.0, 2.0, 3.0])) + w @ w


R = lambda rng, *s: rng.normal(size=s)


spd = lambda rng, n: (lambda a: a @ a.T + n * np.eye(n))(R(rng, n, n))


CASES = {
    gauss_elim: lambda rng: (R(rng, 4, 4), R(rng, 4)),
    jacobi_solver: lambda rng: (R(rng, 4, 4) + 8 * np.eye(4), R(rng, 4)),
    gauss_seidel: lambda rng: (R(rng, 3, 3) + 8 * np.eye(3), R(rng, 3)),
    gmres: lambda rng: (R(rng, 4, 4) + 4 * np.eye(4), R(rng, 4)),
    householder_qr: lambda rng: (R(rng, 4, 3),),
    givens: lambda rng: (R(rng, 3, 3),),
    power_method: lambda rng: (spd(rng, 3),),
    svd_power: lambda rng: (R(rng, 3, 2),),
    inverse_newton: lambda rng: (R(rng, 3, 3) + 3 * np.eye(3),),
    expm_taylor: lambda rng: (0.3 * R(rng, 3, 3),),
    thomas: lambda rng: (R(rng, 4), R(rng, 5) + 5, R(rng, 4), R(rng, 5)),
    gp_nlml: lambda rng: (0.1 * R(rng, 3), R(rng, 5, 2), R(rng, 5)),
    gp_ei: lambda rng: (R(rng, 2), R(rng, 4, 2), R(rng, 4), 0.5),
    garch_nll: lambda rng: (np.array([0.1, 0.1, 0.8]), R(rng, 6)),
    snell_trace: lambda rng: (0.1, 0.02, [2.0, -3.0], [1.5, 1.0], [0.3, 1.0]),
    planar_arm: lambda rng: (R(rng, 3), np.array([1.0, 0.8, 0.5]), R(rng, 2)),
    ik_jacobian_steps: lambda rng: (R(rng, 3), R(rng, 2)),
    rigid_body: lambda rng: (R(rng, 3), np.diag([1.0, 2.0, 3.0])),
}

NEEDS_TYPES = {
    "gauss_elim": "S2S201",
    "jacobi_solver": "S2S201",
    "gmres": "S2S201",
    "householder_qr": "S2S201",
    "givens": "S2S201",
    "inverse_newton": "S2S201",
    "gp_nlml": "S2S201",
    "gp_ei": "S2S201",
    "ik_jacobian_steps": "S2S201",
    "rigid_body": "S2S201",
}
