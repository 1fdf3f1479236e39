from __future__ import annotations


def test_the_list_has_a_line_for_each_function(s2sad):
    done = s2sad("rules")
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    for name in ("np.exp", "np.sum", "np.matmul", "np.where", "np.maximum", "np.reshape", "np.stack"):
        assert name in lines
    assert lines["np.sin"].endswith("∂x = ∂out × cos x")


def test_one_function(s2sad):
    done = s2sad("rules", "tanh")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("np.tanh: elementwise\n  out = np.tanh(x)\n  ∂x = ")


def test_a_slip_of_the_pen(s2sad):
    done = s2sad("rules", "np.tannh")
    assert done.returncode == 2
    assert "did you mean np.tanh?" in done.stderr


def test_the_derivative_is_printed_as_code_for_functions_of_scipy_too(s2sad):
    for name in ("scipy.special.erfc", "special.erfc"):
        done = s2sad("rules", name)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("scipy.special.erfc: elementwise\n")
        assert "  in Python:\n    d_x = -(d_out * (1.1283791670955126 * np.exp(-(x * x))))\n" in done.stdout
