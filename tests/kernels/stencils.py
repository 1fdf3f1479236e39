"""Time stepping on grids: stencils in one, two and three dimensions that overwrite what they read."""
import numpy as np
from tests.kernels.case import Kernel


def heat_line(u, steps):
    for _ in range(steps):
        u[1:-1] = u[1:-1] + 0.2 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def heat_plane(a, b, steps):
    for _ in range(steps):
        b[1:-1, 1:-1] = a[1:-1, 1:-1] + 0.1 * (
            a[2:, 1:-1] + a[:-2, 1:-1] + a[1:-1, 2:] + a[1:-1, :-2] - 4.0 * a[1:-1, 1:-1]
        )
        a[1:-1, 1:-1] = b[1:-1, 1:-1] + 0.1 * (
            b[2:, 1:-1] + b[:-2, 1:-1] + b[1:-1, 2:] + b[1:-1, :-2] - 4.0 * b[1:-1, 1:-1]
        )
    return np.sum(np.sin(a)) + np.sum(a * b)


def heat_space(u, rate, steps):
    inner = slice(1, -1)
    for _ in range(steps):
        change = (
            u[2:, inner, inner] + u[:-2, inner, inner] + u[inner, 2:, inner] + u[inner, :-2, inner]
            + u[inner, inner, 2:] + u[inner, inner, :-2] - 6.0 * u[inner, inner, inner]
        )
        u[inner, inner, inner] += rate * change
    return np.sum(u**2)


def heat_space_by_items(u, steps):
    n, m, k = u.shape
    for _ in range(steps):
        old = u.copy()
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                for h in range(1, k - 1):
                    u[i, j, h] = 0.4 * old[i, j, h] + 0.1 * (
                        old[i - 1, j, h] + old[i + 1, j, h] + old[i, j - 1, h]
                        + old[i, j + 1, h] + old[i, j, h - 1] + old[i, j, h + 1]
                    )
    return np.sum(u * u)


def wave(u, speed, steps):
    previous, current, following = u.copy(), u.copy(), np.zeros_like(u)
    for _ in range(steps):
        bend = current[2:] - 2.0 * current[1:-1] + current[:-2]
        following[1:-1] = 2.0 * current[1:-1] - previous[1:-1] + speed * speed * bend
        previous, current, following = current, following, previous
    return np.sum(current * current) + np.sum(np.cos(previous))


def wave_plane(u, steps):
    before = u.copy()
    now = u.copy()
    for _ in range(steps):
        after = np.zeros_like(now)
        after[1:-1, 1:-1] = 2.0 * now[1:-1, 1:-1] - before[1:-1, 1:-1] + 0.2 * (
            now[2:, 1:-1] + now[:-2, 1:-1] + now[1:-1, 2:] + now[1:-1, :-2] - 4.0 * now[1:-1, 1:-1]
        )
        before, now = now, after
    return np.sum(now * before)


def upwind(u, courant, steps):
    n = len(u)
    for _ in range(steps):
        for i in range(n - 1, 0, -1):
            u[i] -= courant * (u[i] - u[i - 1])
    return np.sum(u * np.arange(n) * u)


def burgers_upwind(u, dt, steps):
    for _ in range(steps):
        u[1:] -= dt * u[1:] * (u[1:] - u[:-1])
    return np.sum(u * u)


def burgers_plane(u, v, dt, steps):
    for _ in range(steps):
        un = u.copy()
        vn = v.copy()
        u[1:, 1:] = un[1:, 1:] - dt * (
            un[1:, 1:] * (un[1:, 1:] - un[:-1, 1:]) + vn[1:, 1:] * (un[1:, 1:] - un[1:, :-1])
        )
        v[1:, 1:] = vn[1:, 1:] - dt * (
            un[1:, 1:] * (vn[1:, 1:] - vn[:-1, 1:]) + vn[1:, 1:] * (vn[1:, 1:] - vn[1:, :-1])
        )
        u[0, :] = 0.0
        v[:, 0] = 0.0
    return np.sum(u * v) + np.sum(u**2)


def jacobi(u, load, steps):
    v = u.copy()
    for _ in range(steps):
        v[1:-1, 1:-1] = 0.25 * (u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] + load[1:-1, 1:-1])
        u, v = v, u
    return np.sum(u * u)


def gauss_seidel(u, load, steps):
    n, m = u.shape
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] + load[i, j])
    return np.sum(u * u)


def red_black(u, load, steps):
    for _ in range(steps):
        u[1:-1:2] = 0.5 * (u[:-2:2] + u[2::2] + load[1:-1:2])
        u[2:-1:2] = 0.5 * (u[1:-2:2] + u[3::2] + load[2:-1:2])
    return np.sum(u * u)


def relaxation(u, load, omega, steps):
    for _ in range(steps):
        u[1:-1:2] += omega * (0.5 * (u[:-2:2] + u[2::2] + load[1:-1:2]) - u[1:-1:2])
        u[2:-1:2] += omega * (0.5 * (u[1:-2:2] + u[3::2] + load[2:-1:2]) - u[2:-1:2])
    return np.sum(u * u)


def alternating_directions(u, steps):
    n = u.shape[0]
    factor = np.zeros(n)
    for i in range(1, n - 1):
        factor[i] = -0.3 / (1.6 - 0.3 * factor[i - 1])
    half = np.zeros_like(u)
    for _ in range(steps):
        for j in range(1, n - 1):
            right = 0.3 * u[:, j - 1] + 0.4 * u[:, j] + 0.3 * u[:, j + 1]
            for i in range(1, n - 1):
                half[i, j] = (right[i] + 0.3 * half[i - 1, j]) / (1.6 - 0.3 * factor[i - 1])
            for i in range(n - 2, 0, -1):
                half[i, j] -= factor[i] * half[i + 1, j]
        for i in range(1, n - 1):
            right = 0.3 * half[i - 1] + 0.4 * half[i] + 0.3 * half[i + 1]
            for j in range(1, n - 1):
                u[i, j] = (right[j] + 0.3 * u[i, j - 1]) / (1.6 - 0.3 * factor[j - 1])
            for j in range(n - 2, 0, -1):
                u[i, j] -= factor[j] * u[i, j + 1]
    return np.sum(u * u)


def pressure(p, b, sweeps):
    for _ in range(sweeps):
        old = p.copy()
        p[1:-1, 1:-1] = 0.25 * (old[1:-1, 2:] + old[1:-1, :-2] + old[2:, 1:-1] + old[:-2, 1:-1] - b[1:-1, 1:-1])
        p[:, -1] = p[:, -2]
        p[0, :] = p[1, :]
        p[:, 0] = p[:, 1]
        p[-1, :] = 0.0


def cavity(u, v, p, dt, steps):
    b = np.zeros_like(p)
    for _ in range(steps):
        across = u[1:-1, 2:] - u[1:-1, :-2]
        along = v[2:, 1:-1] - v[:-2, 1:-1]
        b[1:-1, 1:-1] = (across + along) / dt - across**2 - 2.0 * (u[2:, 1:-1] - u[:-2, 1:-1]) * along
        pressure(p, b, 2)
        un, vn = u.copy(), v.copy()
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1] - dt * un[1:-1, 1:-1] * (un[1:-1, 1:-1] - un[1:-1, :-2])
            - dt * vn[1:-1, 1:-1] * (un[1:-1, 1:-1] - un[:-2, 1:-1]) - dt * (p[1:-1, 2:] - p[1:-1, :-2])
        )
        v[1:-1, 1:-1] = (
            vn[1:-1, 1:-1] - dt * un[1:-1, 1:-1] * (vn[1:-1, 1:-1] - vn[1:-1, :-2])
            - dt * vn[1:-1, 1:-1] * (vn[1:-1, 1:-1] - vn[:-2, 1:-1]) - dt * (p[2:, 1:-1] - p[:-2, 1:-1])
        )
        u[-1, :] = 1.0
        u[0, :] = 0.0
        v[:, 0] = v[:, -1] = 0.0
    return np.sum(u * u) + np.sum(v * v) + np.sum(p)


def fields_line(electric, magnetic, steps):
    for t in range(steps):
        magnetic[:-1] += 0.5 * (electric[1:] - electric[:-1])
        electric[1:] += 0.5 * (magnetic[1:] - magnetic[:-1])
        electric[0] = np.sin(0.3 * t)
    return np.sum(electric * magnetic)


def fields_plane(ex, ey, hz, steps):
    for t in range(steps):
        ey[0, :] = 0.1 * t
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return np.sum(hz * hz) + np.sum(ex * ey)


def reaction(u, v, steps):
    for _ in range(steps):
        spread = np.concatenate((u[-1:], u[:-1])) + np.concatenate((u[1:], u[:1])) - 2.0 * u
        eaten = u * v * v
        u += 0.1 * (spread - eaten + 0.04 * (1.0 - u))
        v += 0.1 * (eaten - 0.1 * v)
    return np.sum(u * u) + np.sum(v)


KERNELS = [
    Kernel(heat_line, lambda rng, steps: (rng.normal(size=7), steps), second=True),
    Kernel(heat_plane, lambda rng, steps: (rng.normal(size=(5, 4)), rng.normal(size=(5, 4)), steps), (0, 1)),
    Kernel(heat_space, lambda rng, steps: (rng.normal(size=(4, 5, 4)), 0.1, steps)),
    Kernel(
        heat_space, lambda rng, steps: (rng.normal(size=(4, 5, 4)), 0.1, steps), (0, 1), 1,
        "d_rate reads the change, which is made of the restored u", second=True,
    ),
    Kernel(heat_space_by_items, lambda rng, steps: (rng.normal(size=(3, 4, 3)), steps)),
    Kernel(wave, lambda rng, steps: (rng.normal(size=7), 0.7, steps)),
    Kernel(
        wave, lambda rng, steps: (rng.normal(size=7), 0.7, steps), (0, 1), 1,
        "d_speed reads the bend of the restored middle level", second=True,
    ),
    Kernel(wave_plane, lambda rng, steps: (rng.normal(size=(5, 4)), steps)),
    Kernel(upwind, lambda rng, steps: (rng.normal(size=5), 0.4, steps)),
    Kernel(
        upwind, lambda rng, steps: (rng.normal(size=5), 0.4, steps), (0, 1), 1,
        "d_courant reads a difference of the restored u",
    ),
    Kernel(
        burgers_upwind, lambda rng, steps: (rng.normal(size=7), 0.1, steps), (0,), 1,
        "what the store overwrites", second=True,
    ),
    Kernel(
        burgers_plane, lambda rng, steps: (rng.normal(size=(4, 5)), rng.normal(size=(4, 5)), 0.1, steps), (0, 1), 2,
        "un and vn, copies of the state: nothing else is read",
    ),
    Kernel(jacobi, lambda rng, steps: (rng.normal(size=(5, 5)), rng.normal(size=(5, 5)), steps), (0, 1), second=True),
    Kernel(gauss_seidel, lambda rng, steps: (rng.normal(size=(4, 5)), rng.normal(size=(4, 5)), steps), (0, 1)),
    Kernel(red_black, lambda rng, steps: (rng.normal(size=9), rng.normal(size=9), steps), (0, 1)),
    Kernel(
        relaxation, lambda rng, steps: (rng.normal(size=9), rng.normal(size=9), 0.9, steps), (0, 1, 2), 2,
        "d_omega reads two residuals, each of a restored half of u", second=True,
    ),
    Kernel(alternating_directions, lambda rng, steps: (rng.normal(size=(5, 5)), steps)),
    Kernel(
        cavity, lambda rng, steps: (*(0.3 * rng.normal(size=(4, 4)) for _ in range(3)), 0.1, steps), (0, 1, 2), 4,
        "un and vn, and u and v before the pressure if they are not seen to be the same",
    ),
    Kernel(fields_line, lambda rng, steps: (rng.normal(size=6), rng.normal(size=6), steps), (0, 1)),
    Kernel(fields_plane, lambda rng, steps: (*(rng.normal(size=(4, 4)) for _ in range(3)), steps), (0, 1, 2)),
    Kernel(
        reaction, lambda rng, steps: (rng.normal(size=6), rng.normal(size=6), steps), (0, 1), 2,
        "u and v as they were", second=True,
    ),
]
