"""Fitting a parameter of an equation, by the implicit function theorem: `python examples/equilibrium.py`.

A rod is heated, conducts, and radiates. Its steady temperatures solve an equation, and the conductivity is looked for
with which they are those that were measured.
"""
import numpy as np

from s2sad import implicit, jacobian


def residual(x, conductivity, heating):
    """Return the heat that each part of the rod gains: zero where it is steady. Its ends are held at 1."""
    inner = np.concatenate([np.ones(1), x, np.ones(1)])
    return conductivity * (inner[:-2] - 2.0 * x + inner[2:]) + heating - 0.5 * x**4


residual_slope = jacobian(residual)


@implicit(residual)
def steady_temperatures(conductivity, heating):
    """Return the steady temperatures of the rod, found by Newton's method."""
    x = np.ones(len(heating))
    for _ in range(12):
        slope = residual_slope(x, conductivity, heating)
        x = x - np.linalg.solve(slope, residual(x, conductivity, heating))
    return x


def misfit(conductivity, heating, measured):
    """Return how far the steady temperatures are from what was measured."""
    return np.mean((steady_temperatures(conductivity, heating) - measured) ** 2)


def main():
    """Print the gradient of `misfit`, which does not go through Newton's method, and fit the conductivity."""
    from s2sad import grad, hvp

    heating = np.linspace(0.0, 2.0, 12)
    measured = steady_temperatures(3.0, heating) + 1e-3 * np.cos(np.arange(12.0))
    gradient = grad(misfit)
    conductivity = 1.5
    for step in range(8):
        slope = gradient(conductivity, heating, measured)
        if step == 0:
            print(gradient.source)
        curvature = hvp(misfit, (conductivity, heating, measured), (1.0, None, None))[0]
        conductivity -= slope / curvature
        print(f"step {step}: conductivity {conductivity:.6f}, slope {slope:+.1e}")


if __name__ == "__main__":
    main()
