"""Logistic regression, trained by gradient descent with a printed gradient: `python examples/logistic.py`."""
import numpy as np


def sigmoid(x):
    """Return the logistic function of x."""
    return 1 / (1 + np.exp(-x))


def logistic_predictions(weights, inputs):
    """Return the probability that each row of `inputs` belongs to the class."""
    return sigmoid(np.dot(inputs, weights))


def training_loss(weights, inputs, targets):
    """Return the negative log-likelihood of the targets."""
    preds = logistic_predictions(weights, inputs)
    label_probabilities = preds * targets + (1 - preds) * (1 - targets)
    return -np.sum(np.log(label_probabilities))


def main():
    """Print the gradient of `training_loss`, then descend along it."""
    from s2sad import value_and_grad

    inputs = np.array([[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]])
    targets = np.array([1.0, 1.0, 0.0, 1.0])
    weights = np.zeros(3)

    loss_and_gradient = value_and_grad(training_loss)
    for step in range(100):
        loss, d_weights = loss_and_gradient(weights, inputs, targets)
        if step == 0:
            print(loss_and_gradient.source)
            print(f"initial loss: {loss:.4f}")
        weights = weights - 0.1 * d_weights
    print(f"final loss:   {training_loss(weights, inputs, targets):.4f}")
    print(f"weights:      {np.round(weights, 3)}")


if __name__ == "__main__":
    main()
