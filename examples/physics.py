"""A physics-informed network, which learns the sine from `u'' = -u` and its start: `python examples/physics.py`."""
import numpy as np

from s2sad import derivative


def network(x, params):
    """Return the output of a network with one hidden layer at each of some points."""
    weights, biases, outer = params
    return np.tanh(x[:, None] * weights + biases) @ outer


network_slope = derivative(network)
network_bend = derivative(network_slope)


def physics_loss(params, x):
    """Return how far the network is from solving the differential equation at the points, and at the start."""
    equation = network_bend(x, params) + network(x, params)
    start = np.zeros(1)
    return np.mean(equation**2) + network(start, params)[0] ** 2 + (network_slope(start, params)[0] - 1.0) ** 2


def main():
    """Print the gradient of `physics_loss`, then train with it."""
    from s2sad import value_and_grad

    rng = np.random.default_rng(1)
    params = rng.normal(size=8), rng.normal(size=8), 0.3 * rng.normal(size=8)
    x = np.linspace(0.0, np.pi, 20)

    loss_and_gradient = value_and_grad(physics_loss)
    means, squares = [0.0] * 3, [0.0] * 3
    for step in range(1, 601):
        loss, gradient = loss_and_gradient(params, x)
        if step == 1:
            print(loss_and_gradient.source)
            print(f"initial loss: {loss:.4f}")
        # Adam, the usual way to train such a network
        means = [0.9 * m + 0.1 * d for m, d in zip(means, gradient, strict=True)]
        squares = [0.99 * s + 0.01 * d * d for s, d in zip(squares, gradient, strict=True)]
        moments = zip(params, means, squares, strict=True)
        params = tuple(p - 0.03 * m / (np.sqrt(s) + 1e-8) for p, m, s in moments)
    print(f"final loss:   {physics_loss(params, x):.1e}")
    print(f"distance from the sine: {np.max(np.abs(network(x, params) - np.sin(x))):.1e}")


if __name__ == "__main__":
    main()
