"""A multi-layer perceptron with any number of layers, trained with a printed gradient: `python examples/mlp.py`."""
import numpy as np


def mlp_loss(params, x, y):
    """Return the mean softmax cross-entropy of a network whose layers are the pairs (W, b) of `params`."""
    h = x
    for W, b in params[:-1]:
        h = np.maximum(h @ W + b, 0.0)
    W, b = params[-1]
    logits = h @ W + b
    z = logits - np.max(logits, axis=1, keepdims=True)
    log_probs = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(np.sum(log_probs * y, axis=1))


def spirals(rng, points):
    """Return three spiral arms in the plane, shape (3 · points, 2), and their one-hot classes."""
    radius = np.tile(np.linspace(0.1, 1.0, points), 3)
    arm = np.repeat(np.arange(3), points)
    angle = 4.0 * radius + 2.0 * np.pi / 3.0 * arm + rng.normal(size=arm.size) * 0.1
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1), np.eye(3)[arm]


def main():
    """Print the gradient of `mlp_loss`, then train a network with two hidden layers."""
    from s2sad import value_and_grad

    rng = np.random.default_rng(0)
    x, y = spirals(rng, 100)
    sizes = [2, 32, 32, 3]
    params = [
        (rng.normal(size=(n_in, n_out)) * np.sqrt(2.0 / n_in), np.zeros(n_out))
        for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True)
    ]

    loss_and_gradient = value_and_grad(mlp_loss)
    for step in range(1001):
        loss, d_params = loss_and_gradient(params, x, y)
        if step == 0:
            print(loss_and_gradient.source)
        if step % 200 == 0:
            print(f"step {step:4d}  loss {loss:.4f}")
        params = [(W - 0.5 * d_W, b - 0.5 * d_b) for (W, b), (d_W, d_b) in zip(params, d_params, strict=True)]


if __name__ == "__main__":
    main()
