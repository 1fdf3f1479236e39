"""Arrays: slices, broadcasting, reductions, joining, shaping, dtypes and methods."""
import numpy as np

TABLE = np.array([[1.0, 2.0], [3.0, 4.0], [0.5, -1.0]])
WEIGHTS = [0.2, 0.3, 0.5]


def slices(x):
    return np.sum(x[1:] * x[:-1]) + np.sum(x[::2] ** 2) + x[-1] * x[0] + np.sum(x[1:-1]) + np.sum(x[-3:] * x[:3])


def negative_steps(x):
    return np.sum(x[::-1] * x) + np.sum(x[4:0:-2] ** 2) + np.sum(x[-1:-4:-1])


def slices_2d(A):
    return np.sum(A[1:, :-1] * A[:-1, 1:]) + np.sum(A[0] * A[:, 1][:4]) + np.sum(A[..., -1]) + A[1, 2] * A[-1, -2]


def newaxis_everywhere(x, y):
    outer = x[:, None] * y[None, :]
    return np.sum(outer**2) + np.sum((x[np.newaxis] + y[:, np.newaxis]) * 0.5)


def ellipsis_index(T):
    return np.sum(T[..., 0] * T[..., -1]) + np.sum(T[0, ...] ** 2) + np.sum(T[..., ::2, 1])


def integer_arrays(x, idx):
    return np.sum(x[idx] ** 2) + np.sum(x[np.array([0, 0, 2])] * np.array([1.0, 2.0, 3.0])) + np.sum(x[[1, 2]])


def integer_arrays_2d(A, rows, cols):
    return np.sum(A[rows, cols] ** 2) + np.sum(A[rows] * 0.5) + np.sum(A[:, cols] ** 3)


def boolean_mask(x):
    mask = x > 0
    return np.sum(np.where(mask, x**2, -x)) + np.sum(x * mask)


def boolean_index(x):
    return np.sum(x[x > 0] ** 2)


def safe_sqrt(x):
    return np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0))


def unsafe_log(x):
    return np.sum(np.where(x > 0, np.log(np.abs(x) + (x <= 0)), x))


def reductions(A):
    a = np.sum(A, axis=0)
    b = np.mean(A, axis=1, keepdims=True)
    c = np.max(A, axis=-1)
    d = np.min(A)
    return np.sum(a**2) + np.sum(A * b) + np.sum(c**3) + d


def tuple_axes(T):
    return np.sum(np.sum(T**2, axis=(0, 2)) ** 1.5) + np.sum(np.mean(T, axis=(1, -1), keepdims=True) * T)


def spread(A):
    return np.sum(np.var(A, axis=0, ddof=1)) + np.std(A) + A.std(axis=1, keepdims=True).sum() + np.var(A, ddof=2)


def broadcasting(a, b, c, s):
    # (n, 1) + (m,) * (k, 1, 1) + 0-d
    return np.sum((a + b) * c + s)


def broadcast_scalars(x, s, t):
    return np.mean((s * x + t) ** 2) + s * t


def broadcast_one(x, y):
    """(n, m) with (1, m), (n, 1) and (1, 1)."""
    return np.sum(x * y) + np.sum(x[:, :1] * x) + np.sum(x[:1] + x[:1, :1])


def zero_d(x, y):
    return np.sum(x * y) * x


def methods(x):
    a = x.sum(axis=0)
    b = x.mean() + x.max() - x.min()
    c = x.reshape(2, -1).T.dot(np.ones(2)).sum()
    d = x.copy().ravel().sum() if False else x.copy().sum()
    return (a * a).sum() + b * c + d + x.T.sum(axis=1).max() + x.std() + x.var(axis=1).sum()


def clipping(x):
    return np.sum(x.clip(-0.5, 0.5) * x) + np.sum(np.clip(x, 0, 1)) + np.sum(np.clip(x, None, 0.3) ** 2)


def numbers(x):
    first = float(x[0])
    second = x[1].item()
    return first * second + abs(x[2]) + len(x) * x[0]


def dtype_casts(x):
    y = x.astype(np.float64)
    return np.sum(y * y) + x.astype(float).sum()


def joined(x, y):
    z = np.concatenate([x, y, x])
    s = np.stack([x, x**2, np.sin(x)])
    return np.sum(z**2) + np.sum(s * s[::-1])


def joined_2d(A, B):
    rows = np.concatenate((A, B), axis=0)
    cols = np.concatenate([A.T, B.T], axis=-1)
    deep = np.stack((A, B), axis=-1)
    return np.sum(rows**2) + np.sum(cols**3) + np.sum(deep[..., 0] * deep[..., 1])


def built_array(a, b):
    v = np.array([a, b, a * b])
    M = np.array([[a, 0.0], [1.0, b]])
    return v @ v + np.sum(M @ M)


def rotation(theta, points):
    c, s = np.cos(theta), np.sin(theta)
    R = np.array([[c, -s], [s, c]])
    return np.sum((points @ R.T) ** 3)


def linspace_poly(x, n):
    t = np.linspace(0.0, 1.0, n)
    return np.sum(x[0] + x[1] * t + x[2] * t**2)


def creation(x):
    z = np.zeros(3) + x
    o = np.ones_like(x) * 2
    f = np.full(3, 0.5) * x
    e = np.eye(3) @ x
    return np.sum(z * o + f * e) + np.sum(np.zeros_like(x) * x) + np.sum(np.arange(3) * x)


def shaping(T):
    a = T.reshape(-1)
    b = np.reshape(T, (T.shape[0], -1))
    c = np.transpose(T, (2, 0, 1))
    d = np.expand_dims(a, 0)
    e = np.squeeze(d)
    return np.sum(a * e) + np.sum(b @ b.T) + np.sum(c[0] * c[1]) + np.sum(T.transpose(1, 0, 2) ** 2)


def size_and_shape(A):
    n, m = A.shape
    return np.sum(A) / n + np.sum(A**2) / (n * m) + A.ndim * A[0, 0] + A.size * A[-1, -1] + len(A) * A[0, 1]


def products(A, B, v, w):
    return np.sum(A @ B) + np.dot(A, v) @ w + np.sum(np.outer(v, w) ** 2) + v @ v + np.dot(w, A) @ v + np.dot(v, v)


def batched_matmul(A, B):
    return np.sum(np.matmul(A, B) ** 2)


def batched_broadcast(A, B, v):
    return np.sum((A @ B) ** 2) + np.sum(A @ v)


def bilinear(x, A, y):
    return x @ A @ y + x.dot(A).dot(y) ** 2


def elementary(x):
    return np.sum(
        np.sin(x) * np.cos(x) + np.tan(x / 4) + np.sinh(x) - np.cosh(x) + np.tanh(x) + np.arctan(x) + np.sign(x) * x
    ) + np.sum(np.log1p(x**2) + np.expm1(x / 3) + np.square(x) + np.sqrt(x**2 + 1) + np.exp(-x))


def minimum_maximum(x, y):
    return np.sum(np.maximum(x, y) * np.minimum(x, 0.5)) + np.max(x) * np.min(y) + np.sum(np.maximum(0, x))


def logaddexp_loss(x, y):
    return np.sum(np.logaddexp(0, -x * y)) + np.sum(np.logaddexp(x, y))


def powers(x, y):
    return np.sum(x**y) + np.sum(x**-1.5) + np.sum(2.0**x) + np.sum(np.power(x, 3)) + np.sum(1 / x)


def float32_math(x, w):
    h = np.tanh(x * w + 0.5)
    return np.mean(h**2) / 2


def mixed_precision(x, y):
    return np.sum(x * y)


def global_array(x):
    return np.sum((TABLE @ x) ** 2) + np.sum(TABLE[:, 0] * TABLE[:, 1])


def global_list(x):
    s = 0.0
    for w, v in zip(WEIGHTS, x):
        s = s + w * v**2
    return s


def moving_average(x, k=3):
    total = x[: len(x) - k + 1]
    for i in range(1, k):
        total = total + x[i : len(x) - k + 1 + i]
    return np.sum((total / k) ** 2)


def row_loop_matrix(A, b):
    out = 0.0
    for i in range(A.shape[0]):
        out = out + np.tanh(A[i] @ b) * A[i, 0]
    return out


def total_variation(img):
    dx = img[:, 1:] - img[:, :-1]
    dy = img[1:, :] - img[:-1, :]
    return np.sum(np.sqrt(dx[:-1, :] ** 2 + dy[:, :-1] ** 2 + 1e-3))


def conv1d(x, k):
    n = len(x) - len(k) + 1
    idx = np.arange(n)[:, None] + np.arange(len(k))[None, :]
    return np.sum(np.maximum(x[idx] @ k, 0.0) ** 2)


def conv2d_loop(img, k):
    h, w = img.shape
    out = np.zeros((h - 2, w - 2))
    for i in range(3):
        for j in range(3):
            out = out + img[i : i + h - 2, j : j + w - 2] * k[i, j]
    return np.sum(np.tanh(out))


def softmax_stable(x):
    e = np.exp(x - x.max())
    p = e / e.sum()
    return -np.sum(p * np.log(p))


def pairwise_distances(X, Y):
    d2 = np.sum(X**2, 1)[:, None] + np.sum(Y**2, 1)[None] - 2 * X @ Y.T
    return np.sum(np.exp(-d2))


def triangle_sum(A):
    s = 0.0
    n = len(A)
    for i in range(n):
        s = s + np.sum(A[i, : i + 1]) * A[i, i]
    return s


def strided_view(x):
    return np.sum(x * np.arange(x.size).reshape(x.shape))


def column_argument(x, y):
    return np.sum((x - y.T) ** 2 * x)


def same_array_twice(x):
    return x @ x + np.sum(np.concatenate([x, x]) * 2) + np.sum(np.stack([x, x])[0] * x)


def length_one(x, y):
    """Arrays of length 1 broadcast."""
    return np.sum(x * y) + np.sum(x - y) ** 2


def empty_sum(x, n):
    return np.sum(x[:n] ** 2) + np.sum(x)


def _n(rng, *shape):
    return rng.normal(size=shape)


CASES = {
    slices: lambda rng: (_n(rng, 6),),
    negative_steps: lambda rng: (_n(rng, 6),),
    slices_2d: lambda rng: (_n(rng, 4, 4),),
    newaxis_everywhere: lambda rng: (_n(rng, 3), _n(rng, 4)),
    ellipsis_index: lambda rng: (_n(rng, 2, 4, 3),),
    integer_arrays: lambda rng: (_n(rng, 4), np.array([0, 3, 3, -1])),
    integer_arrays_2d: lambda rng: (_n(rng, 3, 4), np.array([0, 2, 2]), np.array([1, 1, 1])),
    boolean_mask: lambda rng: (_n(rng, 5),),
    boolean_index: lambda rng: (_n(rng, 5),),
    safe_sqrt: lambda rng: (np.array([0.4, -0.3, 2.0]),),
    unsafe_log: lambda rng: (_n(rng, 5),),
    reductions: lambda rng: (_n(rng, 3, 4),),
    tuple_axes: lambda rng: (_n(rng, 2, 3, 4),),
    spread: lambda rng: (_n(rng, 4, 3),),
    broadcasting: lambda rng: (_n(rng, 3, 1), _n(rng, 4), _n(rng, 2, 1, 1), np.array(0.7)),
    broadcast_scalars: lambda rng: (_n(rng, 3, 2), 0.4, np.float64(1.2)),
    broadcast_one: lambda rng: (_n(rng, 3, 4), _n(rng, 1, 4)),
    zero_d: lambda rng: (np.array(0.4), _n(rng, 3)),
    methods: lambda rng: (_n(rng, 4, 3),),
    clipping: lambda rng: (_n(rng, 6),),
    numbers: lambda rng: (_n(rng, 4),),
    dtype_casts: lambda rng: (_n(rng, 4),),
    joined: lambda rng: (_n(rng, 3), _n(rng, 3)),
    joined_2d: lambda rng: (_n(rng, 2, 3), _n(rng, 2, 3)),
    built_array: lambda rng: (0.4, 1.3),
    rotation: lambda rng: (0.4, _n(rng, 4, 2)),
    linspace_poly: lambda rng: (_n(rng, 3), 5),
    creation: lambda rng: (_n(rng, 3),),
    shaping: lambda rng: (_n(rng, 2, 3, 2),),
    size_and_shape: lambda rng: (_n(rng, 2, 3),),
    products: lambda rng: (_n(rng, 3, 3), _n(rng, 3, 2), _n(rng, 3), _n(rng, 3)),
    batched_matmul: lambda rng: (_n(rng, 2, 3, 4), _n(rng, 2, 4, 2)),
    batched_broadcast: lambda rng: (_n(rng, 2, 3, 4), _n(rng, 4, 2), _n(rng, 4)),
    bilinear: lambda rng: (_n(rng, 3), _n(rng, 3, 4), _n(rng, 4)),
    elementary: lambda rng: (_n(rng, 5),),
    minimum_maximum: lambda rng: (_n(rng, 5), _n(rng, 5)),
    logaddexp_loss: lambda rng: (_n(rng, 5), _n(rng, 5)),
    powers: lambda rng: (rng.uniform(0.5, 2, 4), _n(rng, 4)),
    float32_math: lambda rng: (_n(rng, 5).astype(np.float32), _n(rng, 5).astype(np.float32)),
    mixed_precision: lambda rng: (_n(rng, 5).astype(np.float32), _n(rng, 5)),
    global_array: lambda rng: (_n(rng, 2),),
    global_list: lambda rng: (_n(rng, 3),),
    moving_average: lambda rng: (_n(rng, 7),),
    row_loop_matrix: lambda rng: (_n(rng, 3, 2), _n(rng, 2)),
    total_variation: lambda rng: (_n(rng, 4, 5),),
    conv1d: lambda rng: (_n(rng, 7), _n(rng, 3)),
    conv2d_loop: lambda rng: (_n(rng, 5, 6), _n(rng, 3, 3)),
    softmax_stable: lambda rng: (_n(rng, 5),),
    pairwise_distances: lambda rng: (_n(rng, 3, 2), _n(rng, 4, 2)),
    triangle_sum: lambda rng: (_n(rng, 4, 4),),
    strided_view: lambda rng: (_n(rng, 6, 4)[::2, ::-1],),
    column_argument: lambda rng: (_n(rng, 3, 1), _n(rng, 3, 1)),
    same_array_twice: lambda rng: (_n(rng, 4),),
    length_one: lambda rng: (_n(rng, 1), _n(rng, 4)),
    empty_sum: lambda rng: (_n(rng, 4), 0),
}
