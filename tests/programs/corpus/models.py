"""Losses and models of machine learning."""
# ruff: noqa: E731, E741, RUF059 (written as such code is found)


import numpy as np


def soft_kmeans(mu, X, beta):
    for _ in range(3):
        d = ((X[:, None, :] - mu[None]) ** 2).sum(-1)
        logits = -beta * d
        w = np.exp(logits - logits.max(axis=1, keepdims=True))
        w /= w.sum(axis=1, keepdims=True)
        mu = (w.T @ X) / w.sum(axis=0)[:, None]
    return np.sum(np.min(((X[:, None] - mu) ** 2).sum(-1), axis=1))


def em_gmm(mu, log_s, X):
    K = len(mu)
    pi = np.ones(K) / K
    for it in range(2):
        logp = np.stack(
            [np.log(pi[k]) - 0.5 * (X - mu[k]) ** 2 / np.exp(2 * log_s[k]) - log_s[k] for k in range(K)], axis=1
        )
        m = logp.max(1, keepdims=True)
        r = np.exp(logp - m)
        r = r / r.sum(1, keepdims=True)
        Nk = r.sum(0)
        mu = (r * X[:, None]).sum(0) / Nk
        pi = Nk / len(X)
    return mu @ np.arange(K) + np.sum(m)


def planar_flow(params, z):
    logdet = 0.0
    for u, w, b in params:
        a = np.tanh(z @ w + b)
        psi = (1 - a**2)[:, None] * w
        logdet = logdet + np.log(np.abs(1 + psi @ u))
        z = z + a[:, None] * u
    return np.mean(0.5 * np.sum(z**2, 1) - logdet)


def realnvp(params, x):
    d = x.shape[1] // 2
    ld = np.zeros(len(x))
    for i, p in enumerate(params):
        x1, x2 = x[:, :d], x[:, d:]
        if i % 2:
            x1, x2 = x2, x1
        h = np.tanh(x1 @ p["w"] + p["b"])
        s, t = np.split(h @ p["v"], 2, axis=1)
        x2 = x2 * np.exp(s) + t
        ld += s.sum(axis=1)
        x = np.concatenate([x2, x1] if i % 2 else [x1, x2], axis=1)
    return np.mean(0.5 * (x**2).sum(1) - ld)


def vae_elbo(enc, dec, x, eps):
    (W1, b1), (Wm, bm), (Ws, bs) = enc
    h = np.tanh(x @ W1 + b1)
    mu, logvar = h @ Wm + bm, h @ Ws + bs
    z = mu + np.exp(0.5 * logvar) * eps
    for i, (W, b) in enumerate(dec):
        z = z @ W + b
        if i != len(dec) - 1:
            z = np.maximum(z, 0)
    p = 1 / (1 + np.exp(-z))
    rec = np.sum(x * np.log(p) + (1 - x) * np.log(1 - p), axis=-1)
    kl = -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar), axis=-1)
    return -np.mean(rec - kl)


def multihead(x, Wq, Wk, Wv, Wo, n_heads=2, causal=True):
    T, D = x.shape
    dh = D // n_heads
    q = (x @ Wq).reshape(T, n_heads, dh).transpose(1, 0, 2)
    k = (x @ Wk).reshape(T, n_heads, dh).transpose(1, 0, 2)
    v = (x @ Wv).reshape(T, n_heads, dh).transpose(1, 0, 2)
    s = q @ k.transpose(0, 2, 1) / np.sqrt(dh)
    if causal:
        mask = np.triu(np.ones((T, T), dtype=bool), k=1)
        s = np.where(mask, -1e9, s)
    s = s - s.max(axis=-1, keepdims=True)
    a = np.exp(s)
    a = a / a.sum(axis=-1, keepdims=True)
    o = (a @ v).transpose(1, 0, 2).reshape(T, D)
    return np.sum((x + o @ Wo) ** 2)


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def layer_norm(x, g, b, eps=1e-5):
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.var(x, axis=-1, keepdims=True)
    return g * (x - mean) / np.sqrt(variance + eps) + b


def linear(x, w, b):
    return x @ w + b


def ffn(x, c_fc, c_proj):
    return linear(gelu(linear(x, **c_fc)), **c_proj)


def picogpt_block(x, mlp, ln_1, ln_2):
    x = x + ffn(layer_norm(x, **ln_1), **mlp)
    return layer_norm(x, **ln_2)


def picogpt(ids, wte, wpe, blocks, ln_f):
    x = wte[ids] + wpe[range(len(ids))]
    for block in blocks:
        x = picogpt_block(x, **block)
    logits = layer_norm(x, **ln_f) @ wte.T
    return np.mean(logits**2)


def im2col(x, k):
    C, H, W = x.shape
    cols = np.zeros((C * k * k, (H - k + 1) * (W - k + 1)))
    idx = 0
    for i in range(H - k + 1):
        for j in range(W - k + 1):
            cols[:, idx] = x[:, i : i + k, j : j + k].ravel()
            idx += 1
    return cols


def conv_im2col(x, w):
    O, C, k, _ = w.shape
    out = w.reshape(O, -1) @ im2col(x, k)
    return np.sum(np.maximum(out, 0.1 * out))


def batchnorm_train(x, gamma, beta, momentum=0.9):
    running = {"mean": np.zeros(x.shape[1]), "var": np.ones(x.shape[1])}
    mu = x.mean(0)
    var = ((x - mu) ** 2).mean(0)
    running["mean"] = momentum * running["mean"] + (1 - momentum) * mu
    running["var"] = momentum * running["var"] + (1 - momentum) * var
    xh = (x - mu) / np.sqrt(var + 1e-5)
    return np.sum((gamma * xh + beta) ** 3) + running["mean"].sum() * running["var"].sum()


def word2vec_ns(center, context, negs, V, U):
    v = V[center]
    pos = U[context] @ v
    neg = U[negs] @ v
    return -np.log(1 / (1 + np.exp(-pos))) - np.sum(np.log(1 / (1 + np.exp(neg))))


def matrix_fact(U, V, rows, cols, ratings, lam=0.1):
    pred = np.sum(U[rows] * V[cols], axis=1)
    return np.mean((ratings - pred) ** 2) + lam * (np.sum(U**2) + np.sum(V**2))


def bpr(U, V, u, i, j):
    x = np.einsum("nk,nk->n", U[u], V[i] - V[j])
    return np.sum(np.logaddexp(0, -x))


def contrastive(za, zb, tau=0.5):
    za = za / np.linalg.norm(za, axis=1, keepdims=True)
    zb = zb / np.linalg.norm(zb, axis=1, keepdims=True)
    s = za @ zb.T / tau
    n = len(za)
    lse = np.log(np.sum(np.exp(s), axis=1))
    return np.mean(lse - s[np.arange(n), np.arange(n)])


def focal(logits, y, gamma=2.0, alpha=0.25):
    p = 1 / (1 + np.exp(-logits))
    pt = np.where(y == 1, p, 1 - p)
    w = np.where(y == 1, alpha, 1 - alpha)
    return -(w * (1 - pt) ** gamma * np.log(np.clip(pt, 1e-7, 1.0))).mean()


def dice(p, y, eps=1.0):
    axes = tuple(range(1, p.ndim))
    inter = (p * y).sum(axis=axes)
    return 1 - ((2 * inter + eps) / (p.sum(axis=axes) + y.sum(axis=axes) + eps)).mean()


def triplet(a, p, n, margin=1.0):
    d = lambda u, v: np.sqrt(((u - v) ** 2).sum(axis=-1) + 1e-9)
    return np.mean(np.maximum(d(a, p) - d(a, n) + margin, 0))


def svm_multi(W, X, y, delta=1.0, reg=0.01):
    scores = X.dot(W)
    correct = scores[np.arange(len(y)), y][:, np.newaxis]
    margins = np.maximum(0, scores - correct + delta)
    margins[np.arange(len(y)), y] = 0
    return margins.sum() / len(y) + reg * np.sum(W * W)


def tsne_cost(Y, P):
    n = Y.shape[0]
    sum_Y = np.sum(np.square(Y), 1)
    num = -2.0 * np.dot(Y, Y.T)
    num = 1.0 / (1.0 + np.add(np.add(num, sum_Y).T, sum_Y))
    num[range(n), range(n)] = 0.0
    Q = num / np.sum(num)
    Q = np.maximum(Q, 1e-12)
    return np.sum(P * np.log(P / Q))


R = lambda rng, *s: rng.normal(size=s)


CASES = {
    soft_kmeans: lambda rng: (R(rng, 3, 2), R(rng, 6, 2), 0.7),
    em_gmm: lambda rng: (R(rng, 2), 0.1 * R(rng, 2), R(rng, 5)),
    planar_flow: lambda rng: ([(0.3 * R(rng, 2), R(rng, 2), 0.1), (0.3 * R(rng, 2), R(rng, 2), 0.2)], R(rng, 4, 2)),
    realnvp: lambda rng: (
        [{"w": R(rng, 2, 3), "b": R(rng, 3), "v": 0.3 * R(rng, 3, 4)} for _ in range(2)],
        R(rng, 3, 4),
    ),
    vae_elbo: lambda rng: (
        [(R(rng, 4, 3), R(rng, 3)), (R(rng, 3, 2), R(rng, 2)), (R(rng, 3, 2), R(rng, 2))],
        [(R(rng, 2, 3), R(rng, 3)), (R(rng, 3, 4), R(rng, 4))],
        rng.uniform(size=(3, 4)),
        R(rng, 3, 2),
    ),
    multihead: lambda rng: (R(rng, 3, 4), R(rng, 4, 4), R(rng, 4, 4), R(rng, 4, 4), R(rng, 4, 4)),
    picogpt: lambda rng: (
        [0, 2, 1],
        R(rng, 5, 4),
        R(rng, 6, 4),
        [
            {
                "mlp": {"c_fc": {"w": R(rng, 4, 6), "b": R(rng, 6)}, "c_proj": {"w": R(rng, 6, 4), "b": R(rng, 4)}},
                "ln_1": {"g": R(rng, 4), "b": R(rng, 4)},
                "ln_2": {"g": R(rng, 4), "b": R(rng, 4)},
            }
        ],
        {"g": R(rng, 4), "b": R(rng, 4)},
    ),
    conv_im2col: lambda rng: (R(rng, 2, 4, 4), R(rng, 3, 2, 2, 2)),
    batchnorm_train: lambda rng: (R(rng, 5, 3), R(rng, 3), R(rng, 3)),
    word2vec_ns: lambda rng: (1, 2, np.array([0, 3]), R(rng, 4, 3), R(rng, 4, 3)),
    matrix_fact: lambda rng: (R(rng, 3, 2), R(rng, 4, 2), np.array([0, 1, 2, 0]), np.array([1, 3, 0, 0]), R(rng, 4)),
    bpr: lambda rng: (R(rng, 3, 2), R(rng, 4, 2), np.array([0, 1]), np.array([1, 3]), np.array([0, 2])),
    contrastive: lambda rng: (R(rng, 3, 4), R(rng, 3, 4)),
    focal: lambda rng: (R(rng, 5), np.array([0, 1, 1, 0, 1])),
    dice: lambda rng: (rng.uniform(size=(2, 3, 3)), (rng.uniform(size=(2, 3, 3)) > 0.5) * 1.0),
    triplet: lambda rng: (R(rng, 3, 2), R(rng, 3, 2), R(rng, 3, 2)),
    svm_multi: lambda rng: (R(rng, 3, 4), R(rng, 5, 3), np.array([0, 1, 3, 2, 2])),
    tsne_cost: lambda rng: (R(rng, 4, 2), (lambda p: (p + p.T) / np.sum(p + p.T))(rng.uniform(0.1, 1, (4, 4)))),
}

NEEDS_TYPES = {
    "realnvp": "S2S201",
    "picogpt": "S2S131",
}
