"""The function that every lecture on automatic differentiation begins with: `python examples/lecture.py`."""
import numpy as np


def f(x1, x2):
    """Return ln x₁ + x₁ x₂ − sin x₂."""
    return np.log(x1) + x1 * x2 - np.sin(x2)


def main():
    """Print the derivative of `f`, then use it at (2, 5)."""
    from s2sad import grad

    f_grad = grad(f, argnums=("x1", "x2"))
    d_x1, d_x2 = f_grad(2.0, 5.0)
    print(f_grad.source)
    print(f"f(2, 5)      = {f(2.0, 5.0):.3f}")
    print(f"∂f/∂x1(2, 5) = {d_x1:.3f}")
    print(f"∂f/∂x2(2, 5) = {d_x2:.3f}")


if __name__ == "__main__":
    main()
