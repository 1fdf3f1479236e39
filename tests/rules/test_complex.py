"""Complex numbers: real functions of them, and real functions that go through them."""
from __future__ import annotations

import numpy as np
import pytest

import s2sad

Z = np.array([0.3 + 0.7j, -1.1 + 0.2j, 0.45 - 0.6j])
M = np.array([[1.2 + 0.1j, 0.3j, 0.2], [0.4, 1.5 - 0.3j, 0.1j], [0.2j, 0.3, 0.9]])

OF_COMPLEX = {
    "abs": lambda z: np.sum(np.abs(z) ** 3),
    "abs_builtin": lambda z: abs(z[0]) * abs(z[1]),
    "angle": lambda z: np.sum(np.angle(z) * np.arange(3.0)),
    "angle_deg": lambda z: np.sum(np.angle(z, deg=True)),
    "attributes": lambda z: np.sum(z.real * np.sin(z.imag)),
    "functions": lambda z: np.sum(np.real(z) ** 2 * np.imag(z)),
    "conj": lambda z: np.sum(np.real(np.conj(z) * z * z)),
    "real_if_close": lambda z: np.sum(np.real_if_close(z * np.conj(z)) ** 2) + np.real(z[0]),
    "conj_method": lambda z: np.sum((z * z.conj()).real),
    "holomorphic": lambda z: np.sum(np.real(np.exp(z) * np.sin(z) / (z + 2.0))),
    "powers": lambda z: np.sum(np.imag(z**3 + np.sqrt(z) + 1 / z)),
    "norm": lambda z: np.linalg.norm(z),
    "norm_along": lambda z: np.sum(np.linalg.norm(np.outer(z, z), axis=1) ** 3),
    "norm_of_order": lambda z: np.linalg.norm(z, 3) + np.linalg.norm(z, 1) + np.linalg.norm(z, np.inf),
    "norm_of_matrix": lambda z: np.linalg.norm(M * z, 1) + np.linalg.norm(M * z, np.inf) + np.linalg.norm(M * z, "fro"),
    "norm_spectral": lambda z: np.linalg.norm(M * z, 2) + np.linalg.norm(M * z, -2) + np.linalg.norm(M * z, "nuc"),
    "norm_of_stack": lambda z: np.sum(np.linalg.norm(np.stack([M * z, M]), 2, axis=(1, 2)) ** 2),
    "variance": lambda z: np.var(z) + np.std(z, ddof=1) + np.nanvar(z * z) + np.nanstd(z),
    "singular_values": lambda z: np.sum(np.linalg.svd(M * z, compute_uv=False) * np.arange(3.0)),
    "hermitian": lambda z: np.sum(np.linalg.eigvalsh(M * z) ** 3) + np.sum(np.linalg.eigvalsh(M * z, "U") ** 3),
    "eigenvalues": lambda z: np.sum(np.abs(np.linalg.eigvals(M * z) + 1.0) ** 2),
    "eigenvectors": lambda z: np.sum(np.abs(np.linalg.eig(M * z)[1][1] + 1.0) ** 2 + np.abs(np.linalg.eig(M * z)[0])),
    "log_determinant": lambda z: np.linalg.slogdet(M * z)[1] ** 2 + np.abs(np.linalg.slogdet(M * z)[0] + 1.0) ** 2,
    "systems": lambda z: np.sum(np.abs(np.linalg.solve(M, z)) ** 2) + np.sum(np.abs(np.linalg.inv(M * z)) ** 2),
    "convolution": lambda z: np.sum(np.abs(np.convolve(z, z * z, "same")) ** 2),
    "correlation": lambda z: np.sum(np.abs(np.correlate(z * z, z[:2], "full")) ** 2 * np.arange(4.0)),
    "roots": lambda z: np.sum(np.abs(np.roots(z) + 1.0) ** 2),
    "vdot": lambda z: np.real(np.vdot(z, z * z)),
    "product": lambda z: np.sum(np.abs(M @ z)),
    "fft": lambda z: np.sum(np.abs(np.fft.fft(z)) ** 2 * np.arange(3.0)),
    "fft_longer": lambda z: np.sum(np.abs(np.fft.fft(z, 5)) * np.arange(5.0)),
    "fft_shorter": lambda z: np.sum(np.angle(np.fft.ifft(z, 2))),
    "irfft": lambda z: np.sum(np.fft.irfft(z) ** 3),
    "irfft_odd": lambda z: np.sum(np.fft.irfft(z, 5) ** 3),
    "sums": lambda z: np.abs(np.sum(z)) + np.abs(np.mean(z * z)) + np.real(np.prod(z)),
    "where": lambda z: np.sum(np.where(np.real(z) > 0, np.real(z * z), np.imag(z))),
    "store": lambda z: _stored(z),
}


def _stored(z):
    y = z * 2.0
    y[0] = z[1] * z[2]
    return np.sum(np.abs(y) ** 2)


def differences(f, z, step=1e-6):
    """Return the derivative by the real part less i times that by the imaginary part."""
    result = np.zeros(z.shape, complex)
    for k in np.ndindex(z.shape):
        for part, factor in ((1.0, 1.0), (1j, -1j)):
            high, low = z.copy(), z.copy()
            high[k] += step * part
            low[k] -= step * part
            result[k] += factor * (f(high) - f(low)) / (2 * step)
    return result


@pytest.mark.parametrize("name", OF_COMPLEX)
def test_gradients_by_complex_arguments(name):
    f = OF_COMPLEX[name]
    found = s2sad.grad(f)(Z.copy())
    assert found.dtype == complex
    np.testing.assert_allclose(found, differences(f, Z), rtol=2e-7, atol=2e-8)


def phases(x, a):
    z = np.exp(1j * a * x) + x
    return np.abs(np.sum(z * z)) + np.sum(np.angle(z))


def power_spectrum(x, a):
    spectrum = np.fft.rfft(x * a)
    return np.sum((spectrum * spectrum.conj()).real * np.arange(len(spectrum)))


def filtered(x, a):
    kernel = np.exp(-a * np.arange(3.0))
    return np.sum(np.fft.irfft(np.fft.rfft(x, 8) * np.fft.rfft(kernel, 8), 8) ** 3)


def derivative_by_fourier(x, a):
    k = np.fft.fftfreq(len(x))
    return np.sum((np.fft.ifft(1j * k * np.fft.fft(np.sin(a * x))).real) ** 2)


def low_pass(x, a):
    return np.sum(np.fft.irfft(np.fft.rfft(x) * a * np.array([1.0, 0.5, 0.2]), len(x)) ** 3)


@pytest.mark.parametrize("f", [low_pass, phases, power_spectrum, filtered, derivative_by_fourier])
def test_real_functions_through_complex_numbers(f):
    args = (np.array([0.3, -1.1, 0.7, 0.25, 1.3]), 0.7)
    s2sad.check_grads(f, args)
    d_x, d_a = s2sad.grad(f, argnums=(0, 1))(*args)
    assert d_x.dtype == float
    assert isinstance(d_a, float)
    gradient, step = s2sad.grad(f), 1e-5
    direction = np.cos(np.arange(5.0))
    product = s2sad.hvp(f, args, (direction, 0.0))[0]
    across = (gradient(args[0] + step * direction, 0.7) - gradient(args[0] - step * direction, 0.7)) / (2 * step)
    np.testing.assert_allclose(product, across, rtol=1e-6, atol=1e-7)


def test_the_modulus_has_derivative_0_at_0():
    z = np.array([0.0j, 3.0 + 4.0j])
    np.testing.assert_allclose(s2sad.grad(lambda z: np.sum(np.abs(z)))(z), [0.0, 0.6 - 0.8j])


def test_moduli_in_text_for_unknown_types():
    source = "import numpy as np\n\n\ndef f(x):\n    return np.sum(np.abs(x) ** 2)\n"
    space = {}
    exec(s2sad.differentiate(source, "f"), space)
    np.testing.assert_allclose(space["f_grad"](Z), 2 * np.conj(Z))
    np.testing.assert_allclose(space["f_grad"](Z.real), 2 * Z.real)


def test_parts_of_what_is_not_known_are_refused():
    source = "import numpy as np\n\n\ndef f(x):\n    return np.sum(np.imag(x))\n"
    with pytest.raises(s2sad.DifferentiationError, match="not known to be complex"):
        s2sad.differentiate(source, "f")


SIGNS = [
    lambda x: np.sum(np.real(np.sign(x[:2] + 1j * x[2:]) * np.array([1.0 + 2j, 0.5 - 1j]))),
    lambda x: np.real(np.sign(x[0] + 1j * x[1]) * (1.5 - 1j)),
    lambda x: np.sum(np.abs(np.sign(x[:2] + 1j * x[2:]) * x[2] - 1j) ** 2),
]


@pytest.mark.skipif(np.sign(1j) != 1j, reason="it is the direction of a number since NumPy 2")
@pytest.mark.parametrize("f", SIGNS)
def test_the_direction_of_a_complex_number_varies(f):
    x = np.array([0.3, -0.7, 0.45, 1.2])
    s2sad.check_grads(f, (x,))
    direction = np.array([0.4, -0.2, 0.9, 0.5])
    step = 1e-5
    high, low = (s2sad.grad(f)(x + sign * step * direction) for sign in (1, -1))
    np.testing.assert_allclose(s2sad.hvp(f, (x,), (direction,)), (high - low) / (2 * step), rtol=1e-6, atol=1e-9)


def test_the_sign_of_a_real_number_stays_a_constant():
    made = s2sad.differentiate("import numpy as np\ndef f(x):\n    return np.sum(np.sign(x) * x)\n", "f",
                               types="x: float64[N]")  # fmt: skip
    assert "d_x = np.sign(x)\n" in made or "return np.sign(x)\n" in made


@pytest.mark.skipif(np.sign(1j) != 1j, reason="it is the direction of a number since NumPy 2")
def test_a_sign_of_what_is_not_known_to_be_real_is_right_for_both():
    text = "import numpy as np\ndef f(x, y):\n    return np.real(np.sign(x) * y)\n"
    space = {}
    exec(s2sad.differentiate(text, "f", argnums=(0, 1)), space)
    assert space["f_grad"](-0.7, 2.0) == (0.0, -1.0)
    z, w, step = 0.3 - 0.7j, 1.1 + 0.4j, 1e-6
    d_z, _ = space["f_grad"](z, w)
    f = lambda z: np.real(np.sign(z) * w)  # noqa: E731
    slopes = [(f(z + e) - f(z - e)) / (2 * step) for e in (step, 1j * step)]
    np.testing.assert_allclose([d_z.real, -d_z.imag], slopes, rtol=1e-8)


def test_real_if_close_of_real_numbers_has_both_modes():
    s2sad.check_grads(lambda x: np.sum(np.real_if_close(x * x)), (np.array([0.3, 0.7]),))


def test_real_if_close_of_complex_numbers_is_refused_in_forward_mode():
    def f(x):
        return np.sum(np.real(np.real_if_close(x * (1.0 + 2j))))

    np.testing.assert_array_equal(s2sad.grad(f)(np.array([0.3, 0.7])), [1.0, 1.0])
    with pytest.raises(s2sad.DifferentiationError, match="S2S201"):
        s2sad.grad(f, mode="forward")(np.array([0.3, 0.7]))
