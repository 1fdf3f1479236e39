"""Kernels that write into arrays: stencils, factorisations, relaxations and tables."""
# ruff: noqa: E731, RUF059 (written as such code is found)


import numpy as np


def jacobi_1d(TSTEPS, A, B):
    for t in range(1, TSTEPS):
        B[1:-1] = 0.33333 * (A[:-2] + A[1:-1] + A[2:])
        A[1:-1] = 0.33333 * (B[:-2] + B[1:-1] + B[2:])
    return np.sum(A * A) + np.sum(B)


def lu(A):
    for i in range(A.shape[0]):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, A.shape[0]):
            A[i, j] -= A[i, :i] @ A[:i, j]
    return np.sum(np.log(np.abs(np.diag(A)))) + np.sum(A[0] * A[:, 0])


def cholesky_kernel(A):
    A[0, 0] = np.sqrt(A[0, 0])
    for i in range(1, A.shape[0]):
        for j in range(i):
            A[i, j] -= np.dot(A[i, :j], A[j, :j])
            A[i, j] /= A[j, j]
        A[i, i] -= np.dot(A[i, :i], A[i, :i])
        A[i, i] = np.sqrt(A[i, i])
    return np.sum(np.tril(A) ** 3)


def floyd_warshall(path):
    for k in range(path.shape[0]):
        path[:] = np.minimum(path[:], np.add.outer(path[:, k], path[k, :]))
    return np.sum(path)


def covariance_kernel(M, float_n, data):
    mean = np.mean(data, axis=0)
    data -= mean
    cov = np.zeros((M, M), dtype=data.dtype)
    for i in range(M):
        cov[i:M, i] = cov[i, i:M] = data[:, i] @ data[:, i:M] / (float_n - 1.0)
    return np.sum(np.triu(cov) ** 2)


def correlation_kernel(M, float_n, data):
    mean = np.mean(data, axis=0)
    stddev = np.std(data, axis=0)
    stddev[stddev <= 0.1] = 1.0
    data -= mean
    data /= np.sqrt(float_n) * stddev
    corr = np.eye(M, dtype=data.dtype)
    for i in range(M - 1):
        corr[i + 1 : M, i] = corr[i, i + 1 : M] = data[:, i] @ data[:, i + 1 : M]
    return np.sum(corr**3)


def conv2d_bias(input, weights, bias):
    K = weights.shape[0]
    N, H_in, W_in, C_in = input.shape
    H_out = H_in - K + 1
    W_out = W_in - K + 1
    C_out = weights.shape[3]
    output = np.empty((N, H_out, W_out, C_out), dtype=input.dtype)
    for i in range(H_out):
        for j in range(W_out):
            output[:, i, j, :] = np.sum(
                input[:, i : i + K, j : j + K, :, np.newaxis] * weights[np.newaxis, :, :, :], axis=(1, 2, 3)
            )
    return np.sum(np.tanh(output + bias))


def maxpool2d(x):
    output = np.empty([x.shape[0], x.shape[1] // 2, x.shape[2] // 2, x.shape[3]], dtype=x.dtype)
    for i in range(x.shape[1] // 2):
        for j in range(x.shape[2] // 2):
            output[:, i, j, :] = np.max(x[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2, :], axis=(1, 2))
    return np.sum(output**2)


def softmax(x):
    tmp_max = np.max(x, axis=-1, keepdims=True)
    tmp_out = np.exp(x - tmp_max)
    tmp_sum = np.sum(tmp_out, axis=-1, keepdims=True)
    return tmp_out / tmp_sum


def mlp3(input, w1, b1, w2, b2, w3, b3):
    x = np.maximum(input @ w1 + b1, 0)
    x = np.maximum(x @ w2 + b2, 0)
    x = softmax(x @ w3 + b3)
    return -np.mean(np.log(x[np.arange(x.shape[0]), [0, 1, 1]]))


def azimint_hist_like(data, radius, npt):
    rmax = radius.max()
    res = np.zeros(npt)
    for i in range(npt):
        r1 = rmax * i / npt
        r2 = rmax * (i + 1) / npt
        mask_r12 = np.logical_and((r1 <= radius), (radius < r2))
        values_r12 = data[mask_r12]
        res[i] = values_r12.mean()
    return np.sum(res**2)


def spmv(A_row, A_col, A_val, x):
    y = np.empty(A_row.size - 1, A_val.dtype)
    for i in range(A_row.size - 1):
        cols = A_col[A_row[i] : A_row[i + 1]]
        vals = A_val[A_row[i] : A_row[i + 1]]
        y[i] = vals @ x[cols]
    return np.sum(y**2)


def contour_like(Ham, int_pts, NR):
    P0 = np.zeros((NR, NR))
    P1 = np.zeros((NR, NR))
    for z in int_pts:
        Tz = np.zeros((NR, NR))
        for n in range(3):
            zz = np.power(z, 1 - n)
            Tz += zz * Ham[n]
        X = np.linalg.solve(Tz, np.eye(NR))
        if abs(z) < 1.0:
            X = -X
        P0 += X
        P1 += z * X
    return np.sum(P0 * P1)


def crc_free_softmax(x):
    return np.sum(softmax(x)[..., 0] ** 2)


R = lambda rng, *s: rng.normal(size=s)


CASES = {
    jacobi_1d: lambda rng: (4, R(rng, 7), R(rng, 7)),
    lu: lambda rng: (R(rng, 4, 4) + 5 * np.eye(4),),
    cholesky_kernel: lambda rng: ((lambda a: a @ a.T + 4 * np.eye(4))(R(rng, 4, 4)),),
    floyd_warshall: lambda rng: (rng.uniform(1, 9, (5, 5)),),
    covariance_kernel: lambda rng: (3, 6.0, R(rng, 6, 3)),
    correlation_kernel: lambda rng: (3, 6.0, R(rng, 6, 3)),
    conv2d_bias: lambda rng: (R(rng, 1, 4, 4, 2), R(rng, 2, 2, 2, 3), R(rng, 3)),
    maxpool2d: lambda rng: (R(rng, 2, 4, 4, 2),),
    mlp3: lambda rng: (R(rng, 3, 4), R(rng, 4, 5), R(rng, 5), R(rng, 5, 5), R(rng, 5), R(rng, 5, 2), R(rng, 2)),
    azimint_hist_like: lambda rng: (R(rng, 60), rng.uniform(0, 1, 60), 4),
    spmv: lambda rng: (np.array([0, 2, 3, 5]), np.array([0, 1, 2, 0, 3]), R(rng, 5), R(rng, 4)),
    contour_like: lambda rng: (R(rng, 3, 3, 3) + 4 * np.eye(3), [0.5, 1.5], 3),
    crc_free_softmax: lambda rng: (R(rng, 2, 2, 3),),
}

NEEDS_TYPES = {
    "lu": "S2S201",
    "cholesky_kernel": "S2S201",
    "floyd_warshall": "S2S134",
    "covariance_kernel": "S2S140",
    "correlation_kernel": "S2S140",
}
