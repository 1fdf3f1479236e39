"""Signals, images, splines, partial differential equations and finite elements."""
# ruff: noqa: C416, E731, E741, RUF007 (written as such code is found)


import numpy as np


def lowpass_energy(x, fc):
    n = len(x)
    X = np.fft.rfft(x)
    f = np.fft.rfftfreq(n, d=1.0)
    H = 1 / (1 + (f / fc) ** 4)
    y = np.fft.irfft(X * H, n)
    return np.sum(y**2) + y[0]


def fft_conv(x, k):
    n = len(x) + len(k) - 1
    return np.sum(np.abs(np.fft.ifft(np.fft.fft(x, n) * np.fft.fft(k, n)).real) ** 3)


def spectral_poisson(f):
    n = f.shape[0]
    k = 2 * np.pi * np.fft.fftfreq(n)
    KX, KY = np.meshgrid(k, k, indexing="ij")
    K2 = KX**2 + KY**2
    K2[0, 0] = 1.0
    F = np.fft.fft2(f)
    F[0, 0] = 0
    u = np.real(np.fft.ifft2(-F / K2))
    return np.sum(u**2)


def power_spectrum_slope(x):
    w = np.hanning(len(x))
    P = np.abs(np.fft.rfft(x * w)) ** 2
    f = np.arange(1, len(P))
    return np.polyfit(np.log(f), np.log(P[1:] + 1e-3), 1)[0]


def bilinear_warp(img, tx, ty):
    H, W = img.shape
    yy, xx = np.meshgrid(np.arange(H), np.arange(W), indexing="ij")
    xs = np.clip(xx + tx, 0, W - 1.001)
    ys = np.clip(yy + ty, 0, H - 1.001)
    x0 = np.floor(xs).astype(int)
    y0 = np.floor(ys).astype(int)
    dx, dy = xs - x0, ys - y0
    out = (
        img[y0, x0] * (1 - dx) * (1 - dy)
        + img[y0, x0 + 1] * dx * (1 - dy)
        + img[y0 + 1, x0] * (1 - dx) * dy
        + img[y0 + 1, x0 + 1] * dx * dy
    )
    return np.sum(out**2)


def sobel(img):
    Kx = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]], dtype=float)
    p = np.pad(img, 1, mode="edge")
    gx = np.zeros_like(img)
    gy = np.zeros_like(img)
    for i in range(3):
        for j in range(3):
            gx += Kx[i, j] * p[i : i + img.shape[0], j : j + img.shape[1]]
            gy += Kx.T[i, j] * p[i : i + img.shape[0], j : j + img.shape[1]]
    return np.sum(np.sqrt(gx**2 + gy**2 + 1e-3))


def gaussian_blur(img, sigma):
    r = 2
    x = np.arange(-r, r + 1)
    k = np.exp(-(x**2) / (2 * sigma**2))
    k /= k.sum()
    out = np.apply_along_axis(lambda m: np.convolve(m, k, mode="same"), 0, img)
    out = np.apply_along_axis(lambda m: np.convolve(m, k, mode="same"), 1, out)
    return np.sum(out**2)


def histogram_soft(x, edges, s):
    c = 0.5 * (edges[1:] + edges[:-1])
    w = np.exp(-0.5 * ((x[:, None] - c[None, :]) / s) ** 2)
    h = w.sum(0) / w.sum()
    return -np.sum(h * np.log(h + 1e-9))


def natural_cubic(x, y, xq):
    n = len(x) - 1
    h = np.diff(x)
    A = np.zeros((n + 1, n + 1))
    b = np.zeros(n + 1)
    A[0, 0] = A[n, n] = 1
    for i in range(1, n):
        A[i, i - 1] = h[i - 1]
        A[i, i] = 2 * (h[i - 1] + h[i])
        A[i, i + 1] = h[i]
        b[i] = 3 * ((y[i + 1] - y[i]) / h[i] - (y[i] - y[i - 1]) / h[i - 1])
    c = np.linalg.solve(A, b)
    i = np.searchsorted(x, xq, side="right") - 1
    i = np.clip(i, 0, n - 1)
    d = (c[i + 1] - c[i]) / (3 * h[i])
    bb = (y[i + 1] - y[i]) / h[i] - h[i] * (2 * c[i] + c[i + 1]) / 3
    t = xq - x[i]
    return np.sum(y[i] + bb * t + c[i] * t**2 + d * t**3)


def de_casteljau(P, t):
    pts = [p for p in P]
    while len(pts) > 1:
        pts = [(1 - t) * a + t * b for a, b in zip(pts[:-1], pts[1:])]
    return pts[0] @ pts[0]


def catmull_rom(P, t):
    out = 0.0
    for i in range(1, len(P) - 2):
        p0, p1, p2, p3 = P[i - 1], P[i], P[i + 1], P[i + 2]
        q = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
        out += np.linalg.norm(q)
    return out


def bspline_basis(knots, c, x, k=2):
    def B(i, k, x):
        if k == 0:
            return 1.0 if knots[i] <= x < knots[i + 1] else 0.0
        l = (x - knots[i]) / (knots[i + k] - knots[i]) * B(i, k - 1, x)
        r = (knots[i + k + 1] - x) / (knots[i + k + 1] - knots[i + 1]) * B(i + 1, k - 1, x)
        return l + r

    return sum(c[i] * B(i, k, x) for i in range(len(c)))


def lagrange(xs, ys, x):
    total = 0.0
    for i in range(len(xs)):
        term = ys[i]
        for j in range(len(xs)):
            if j != i:
                term *= (x - xs[j]) / (xs[i] - xs[j])
        total += term
    return total


def newton_divided(xs, ys, x):
    n = len(xs)
    coef = np.copy(ys)
    for j in range(1, n):
        coef[j:n] = (coef[j:n] - coef[j - 1 : n - 1]) / (xs[j:n] - xs[: n - j])
    p = coef[n - 1]
    for k in range(1, n):
        p = coef[n - k - 1] + (x - xs[n - k - 1]) * p
    return p


def interp_table(x, table):
    xp = np.linspace(0, 1, len(table))
    return np.sum(np.interp(x, xp, table) ** 2)


def rbf_interp(centers, values, x, eps):
    phi = lambda r: np.sqrt(1 + (eps * r) ** 2)
    r = np.linalg.norm(centers[:, None] - centers[None], axis=-1)
    w = np.linalg.solve(phi(r), values)
    return phi(np.linalg.norm(x - centers, axis=-1)) @ w


def wave_2d(u0, c, steps=3):
    u_prev = u0.copy()
    u = u0.copy()
    for _ in range(steps):
        lap = -4 * u
        lap[1:] += u[:-1]
        lap[:-1] += u[1:]
        lap[:, 1:] += u[:, :-1]
        lap[:, :-1] += u[:, 1:]
        u_next = 2 * u - u_prev + c**2 * lap
        u_prev, u = u, u_next
    return np.sum(u * u)


def upwind(q, v, dt=0.1):
    flux = np.empty(len(q) + 1)
    for _ in range(3):
        flux[1:-1] = np.where(v > 0, q[:-1] * v, q[1:] * v)
        flux[0] = flux[-1] = 0.0
        q = q - dt * (flux[1:] - flux[:-1])
    return q @ q


def minmod_limiter(u):
    d = np.diff(u)
    a, b = d[:-1], d[1:]
    s = 0.5 * (np.sign(a) + np.sign(b)) * np.minimum(np.abs(a), np.abs(b))
    return np.sum(s**2 + s)


def crank_nicolson(u, alpha, steps=2):
    n = len(u)
    A = (
        np.diag((1 + alpha) * np.ones(n))
        + np.diag(-alpha / 2 * np.ones(n - 1), 1)
        + np.diag(-alpha / 2 * np.ones(n - 1), -1)
    )
    B = (
        np.diag((1 - alpha) * np.ones(n))
        + np.diag(alpha / 2 * np.ones(n - 1), 1)
        + np.diag(alpha / 2 * np.ones(n - 1), -1)
    )
    for _ in range(steps):
        u = np.linalg.solve(A, B @ u)
    return u.sum() + u.max()


def lattice_boltzmann(f, omega):
    c = np.array([[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]])
    w = np.array([1 / 3, 1 / 6, 1 / 6, 1 / 6, 1 / 6])
    for t in range(2):
        rho = np.sum(f, axis=0)
        ux = np.sum(c[:, 0, None, None] * f, axis=0) / rho
        uy = np.sum(c[:, 1, None, None] * f, axis=0) / rho
        feq = np.zeros_like(f)
        for i in range(5):
            cu = c[i, 0] * ux + c[i, 1] * uy
            feq[i] = rho * w[i] * (1 + 3 * cu)
        f = f - omega * (f - feq)
        for i in range(5):
            f[i] = np.roll(f[i], c[i], axis=(0, 1))
    return np.sum(f[1] ** 2)


def fem_1d(E, f):
    n = len(E)
    K = np.zeros((n + 1, n + 1))
    F = np.zeros(n + 1)
    h = 1.0 / n
    ke = np.array([[1, -1], [-1, 1]]) / h
    for e in range(n):
        dofs = [e, e + 1]
        K[np.ix_(dofs, dofs)] += E[e] * ke
        F[dofs] += f[e] * h / 2
    free = np.arange(1, n + 1)
    u = np.zeros(n + 1)
    u[free] = np.linalg.solve(K[np.ix_(free, free)], F[free])
    return F @ u


R = lambda rng, *s: rng.normal(size=s)


CASES = {
    lowpass_energy: lambda r: (R(r, 8), 0.2),
    fft_conv: lambda r: (R(r, 5), R(r, 3)),
    spectral_poisson: lambda r: (R(r, 4, 4),),
    power_spectrum_slope: lambda r: (R(r, 12),),
    bilinear_warp: lambda r: (R(r, 4, 5), 0.3, -0.4),
    sobel: lambda r: (R(r, 4, 5),),
    gaussian_blur: lambda r: (R(r, 6, 6), 0.8),
    histogram_soft: lambda r: (R(r, 6), np.linspace(-2, 2, 5), 0.4),
    natural_cubic: lambda r: (np.array([0.0, 1.0, 2.2, 3.0, 4.1]), R(r, 5), np.array([0.5, 1.7, 3.3])),
    de_casteljau: lambda r: (R(r, 4, 2), 0.3),
    catmull_rom: lambda r: (R(r, 5, 2), 0.4),
    bspline_basis: lambda r: (np.array([0.0, 1.0, 2.0, 3.1, 4.0, 5.0]), R(r, 3), 2.4),
    lagrange: lambda r: (np.array([0.0, 1.0, 2.5]), R(r, 3), 1.7),
    newton_divided: lambda r: (np.array([0.0, 1.0, 2.5]), R(r, 3), 1.7),
    interp_table: lambda r: (np.array([0.1, 0.45, 0.8]), R(r, 5)),
    rbf_interp: lambda r: (R(r, 4, 2), R(r, 4), R(r, 2), 0.5),
    wave_2d: lambda r: (R(r, 4, 4), 0.3),
    upwind: lambda r: (R(r, 5), R(r, 4)),
    minmod_limiter: lambda r: (R(r, 6),),
    crank_nicolson: lambda r: (R(r, 4), 0.3),
    lattice_boltzmann: lambda r: (r.uniform(1, 2, (5, 3, 3)), 0.7),
    fem_1d: lambda r: (r.uniform(1, 2, 4), R(r, 4)),
}

NEEDS_TYPES = {
    "lowpass_energy": "S2S201",
    "fft_conv": "S2S201",
    "spectral_poisson": "S2S201",
    "power_spectrum_slope": "S2S201",
    "sobel": "S2S201",
    "gaussian_blur": "S2S134",
    "lagrange": "S2S140",
    "interp_table": "S2S201",
    "rbf_interp": "S2S201",
    "crank_nicolson": "S2S201",
}
