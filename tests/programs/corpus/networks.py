"""Neural networks over every container that people keep parameters in."""
from itertools import pairwise

import activations
import numpy as np
from activations import leaky, softplus

SIZES = (3, 5, 2)


def relu(x):
    return np.maximum(0, x)


def cross_entropy(logits, y):
    z = logits - np.max(logits, axis=1, keepdims=True)
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(np.sum(y * log_p, axis=1))


def mlp_pairs(params, x, y):
    h = x
    for W, b in params[:-1]:
        h = np.tanh(h @ W + b)
    W, b = params[-1]
    return cross_entropy(h @ W + b, y)


def mlp_index_last(params, x, y):
    h = x
    for i in range(len(params) - 1):
        h = relu(np.dot(h, params[i][0]) + params[i][1])
    return cross_entropy(np.dot(h, params[-1][0]) + params[-1][1], y)


def mlp_dict_list(layers, x, y):
    for layer in layers[:-1]:
        x = leaky(x @ layer["W"] + layer["b"])
    out = x @ layers[-1]["W"] + layers[-1]["b"]
    return np.mean((out - y) ** 2)


def mlp_flat_dict(p, x, y):
    h1 = np.tanh(np.dot(x, p["W1"]) + p["b1"])
    h2 = np.tanh(np.dot(h1, p["W2"]) + p["b2"])
    return np.sum((h2 - y) ** 2)


def mlp_two_lists(weights, biases, x, y):
    a = x
    for W, b in zip(weights, biases):
        a = sigmoid(np.matmul(a, W) + b)
    return 0.5 * np.sum((a - y) ** 2)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def mlp_fixed_index(params, x, y):
    h = np.tanh(x @ params[0][0] + params[0][1])
    o = h @ params[1][0] + params[1][1]
    return ((o - y) ** 2).mean()


def mlp_nested_lists(params, x, y):
    inputs = x
    for W, b in params:
        outputs = np.dot(inputs, W) + b
        inputs = np.tanh(outputs)
    return np.mean(np.square(outputs - y))


def mlp_enumerate(params, x, y):
    n = len(params)
    h = x
    for i, (W, b) in enumerate(params):
        z = h @ W + b
        if i < n - 1:
            h = softplus(z)
        else:
            h = z
    return np.mean(np.abs(h - y) ** 3)


def mlp_flat_vector(theta, x, y):
    n_in, n_hid, n_out = SIZES
    k = n_in * n_hid
    W1 = theta[:k].reshape(n_in, n_hid)
    b1 = theta[k : k + n_hid]
    k = k + n_hid
    W2 = theta[k : k + n_hid * n_out].reshape((n_hid, n_out))
    b2 = theta[k + n_hid * n_out :]
    h = np.tanh(x @ W1 + b1)
    return np.mean((h @ W2 + b2 - y) ** 2)


def mlp_weight_decay(params, x, y, l2=0.01):
    reg = 0.0
    h = x
    for W, b in params:
        reg += np.sum(W**2)
        h = np.tanh(h @ W + b)
    return np.mean((h - y) ** 2) + l2 * reg


def resnet(blocks, x, y):
    for W in blocks:
        x = x + activations.swish(x @ W, beta=1.5)
    return np.mean((x - y) ** 2)


def layer_norm(x, g, b, eps=1e-6):
    mu = np.mean(x, axis=-1, keepdims=True)
    var = np.var(x, axis=-1, keepdims=True)
    return g * (x - mu) / np.sqrt(var + eps) + b


def attention(Wq, Wk, Wv, x):
    q, k, v = x @ Wq, x @ Wk, x @ Wv
    s = q @ k.T / np.sqrt(k.shape[-1])
    s = np.exp(s - s.max(axis=-1, keepdims=True))
    a = s / s.sum(axis=-1, keepdims=True)
    return np.sum((a @ v) ** 2)


def transformer_block(p, x):
    h = layer_norm(x, p["g"], p["b"])
    q, k, v = h @ p["q"], h @ p["k"], h @ p["v"]
    scores = np.matmul(q, np.transpose(k)) / np.sqrt(q.shape[1])
    e = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    x = x + (e / np.sum(e, axis=1, keepdims=True)) @ v
    return np.mean(x**2)


def autoencoder(params, x):
    enc, dec = params
    W, b = enc
    code = np.tanh(x @ W + b)
    W, b = dec
    return np.mean((code @ W + b - x) ** 2)


def tied_autoencoder(W, b, c, x):
    code = sigmoid(x @ W + b)
    recon = sigmoid(code @ W.T + c)
    return -np.sum(x * np.log(recon) + (1 - x) * np.log(1 - recon))


def rnn(Wx, Wh, b, xs):
    h = np.zeros(Wh.shape[0])
    for x in xs:
        h = np.tanh(x @ Wx + h @ Wh + b)
    return np.sum(h**2)


def rnn_all_losses(params, xs, ys):
    Wx, Wh, Wo = params
    h = np.zeros(Wh.shape[0])
    loss = 0.0
    for x, y in zip(xs, ys):
        h = np.tanh(Wx @ x + Wh @ h)
        loss = loss + np.sum((Wo @ h - y) ** 2)
    return loss / len(xs)


def lstm(p, xs):
    H = p["bf"].shape[0]
    h, c = np.zeros(H), np.zeros(H)
    for t in range(xs.shape[0]):
        z = np.concatenate([h, xs[t]])
        f = sigmoid(p["Wf"] @ z + p["bf"])
        i = sigmoid(p["Wi"] @ z)
        g = np.tanh(p["Wg"] @ z)
        o = sigmoid(p["Wo"] @ z)
        c = f * c + i * g
        h = o * np.tanh(c)
    return h @ h


def lstm_fused(W, b, xs, h0, c0):
    n = len(h0)
    h = h0
    c = c0
    for x in xs:
        gates = np.dot(np.concatenate((x, h)), W) + b
        i, f, o = sigmoid(gates[:n]), sigmoid(gates[n : 2 * n]), sigmoid(gates[2 * n : 3 * n])
        c = f * c + i * np.tanh(gates[3 * n :])
        h = o * np.tanh(c)
    return np.sum(h)


def gru_step(x, h, Wz, Wr, Wh):
    xh = np.concatenate([x, h], axis=1)
    z = sigmoid(xh @ Wz)
    r = sigmoid(xh @ Wr)
    cand = np.tanh(np.concatenate([x, r * h], axis=1) @ Wh)
    return (1 - z) * h + z * cand


def gru(Wz, Wr, Wh, xs):
    h = np.zeros((xs.shape[1], Wz.shape[1]))
    for x in xs:
        h = gru_step(x, h, Wz, Wr, Wh)
    return np.mean(h**2)


def hinge(W, X, Y):
    margins = 1 - Y * (X @ W)
    return np.mean(np.maximum(0.0, margins)) + 0.5 * np.sum(W * W)


def float32_mlp(W1, b1, W2, x, y):
    h = np.maximum(x @ W1 + b1, 0)
    return np.mean((h @ W2 - y) ** 2)


def layers(rng, sizes=(3, 5, 4), kind=tuple):
    return [kind((rng.normal(size=(m, n)), rng.normal(size=n))) for m, n in pairwise(sizes)]


def _data(rng, n=6, d=3, k=4):
    return rng.normal(size=(n, d)), np.eye(k)[rng.integers(0, k, n)]


def _dicts(rng):
    return [{"W": W, "b": b} for W, b in layers(rng)]


def _f32(rng, *shape):
    return rng.normal(size=shape).astype(np.float32)


CASES = {
    mlp_pairs: lambda rng: (layers(rng, (3, 5, 5, 4)), *_data(rng)),
    mlp_index_last: lambda rng: (layers(rng), *_data(rng)),
    mlp_dict_list: lambda rng: (_dicts(rng), *_data(rng)),
    mlp_flat_dict: lambda rng: (
        {"W1": rng.normal(size=(3, 5)), "b1": rng.normal(size=5), "W2": rng.normal(size=(5, 4)), "b2": np.zeros(4)},
        *_data(rng)),
    mlp_two_lists: lambda rng: (
        [W for W, b in layers(rng)], [b for W, b in layers(rng)], *_data(rng)),
    mlp_fixed_index: lambda rng: (layers(rng), *_data(rng)),
    mlp_nested_lists: lambda rng: (layers(rng, kind=list), *_data(rng)),
    mlp_enumerate: lambda rng: (layers(rng, (3, 4, 4, 4)), *_data(rng)),
    mlp_flat_vector: lambda rng: (rng.normal(size=15 + 5 + 10 + 2), *_data(rng, k=2)),
    mlp_weight_decay: lambda rng: (layers(rng), *_data(rng)),
    resnet: lambda rng: ([rng.normal(size=(3, 3)) for _ in range(3)], *_data(rng, k=3)),
    attention: lambda rng: (*(rng.normal(size=(4, 3)) for _ in range(3)), rng.normal(size=(5, 4))),
    transformer_block: lambda rng: (
        {"g": np.ones(4), "b": np.zeros(4), **{k: rng.normal(size=(4, 4)) for k in "qkv"}}, rng.normal(size=(5, 4))),
    autoencoder: lambda rng: (tuple(layers(rng, (3, 2, 3))), rng.normal(size=(6, 3))),
    tied_autoencoder: lambda rng: (
        rng.normal(size=(4, 2)), rng.normal(size=2), rng.normal(size=4), rng.uniform(0.1, 0.9, (5, 4))),
    rnn: lambda rng: (rng.normal(size=(3, 4)), 0.5 * rng.normal(size=(4, 4)), rng.normal(size=4),
                      rng.normal(size=(5, 3))),
    rnn_all_losses: lambda rng: (
        (rng.normal(size=(4, 3)), rng.normal(size=(4, 4)), rng.normal(size=(2, 4))),
        rng.normal(size=(5, 3)), rng.normal(size=(5, 2))),
    lstm: lambda rng: (
        {"Wf": rng.normal(size=(3, 5)), "Wi": rng.normal(size=(3, 5)), "Wg": rng.normal(size=(3, 5)),
         "Wo": rng.normal(size=(3, 5)), "bf": rng.normal(size=3)}, rng.normal(size=(4, 2))),
    lstm_fused: lambda rng: (
        rng.normal(size=(5, 12)), rng.normal(size=12), rng.normal(size=(4, 2)), rng.normal(size=3),
        rng.normal(size=3)),
    gru: lambda rng: (*(rng.normal(size=(5, 3)) for _ in range(3)), rng.normal(size=(3, 4, 2))),
    hinge: lambda rng: (rng.normal(size=3), rng.normal(size=(6, 3)), rng.choice([-1.0, 1.0], 6)),
    float32_mlp: lambda rng: (_f32(rng, 3, 4), _f32(rng, 4), _f32(rng, 4, 2), _f32(rng, 5, 3), _f32(rng, 5, 2)),
}
