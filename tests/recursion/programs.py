"""Functions that call themselves, which the tests differentiate."""
from __future__ import annotations

import numpy as np

WEIGHTS = np.array([1.0, -2.0, 0.5])


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def factorial(x):
    if x < 1.0:
        return 1.0
    return x * factorial(x - 1.0)


def fibonacci(x, n):
    if n < 2:
        return x
    return np.sin(fibonacci(x, n - 1)) * fibonacci(x, n - 2)


def even(x, n):
    return x if n == 0 else odd(x, n - 1)


def odd(x, n):
    return 1.0 if n == 0 else x * even(x, n - 1)


def first_of_three(x, n):
    return x if n <= 0 else x * second_of_three(x, n - 1)


def second_of_three(x, n):
    return x if n <= 0 else np.sin(third_of_three(x, n - 1)) + second_of_three(x, n - 2)


def third_of_three(x, n):
    return x if n <= 0 else first_of_three(x, n - 1) + x


def accumulated(x, total, n):
    if n == 0:
        return total
    return accumulated(x, total * x + 1.0, n - 1)


def from_two_starts(x, n):
    return accumulated(x, 0, n) + accumulated(x, 2, n) * x


def sum_of_squares(xs):
    if len(xs) == 0:
        return 0.0
    return xs[0] ** 2 + sum_of_squares(xs[1:])


def product(xs):
    if len(xs) == 0:
        return 1.0
    return xs[0] * product(xs[1:])


def tree(t):
    if isinstance(t, tuple):
        return tree(t[0]) * tree(t[1])
    return t


def forest(t):
    if isinstance(t, list):
        total = 0.0
        for branch in t:
            total = total + forest(branch) ** 2
        return total
    return t


def halves(a):
    if a.shape[0] == 1:
        return a[0] ** 3
    middle = a.shape[0] // 2
    return halves(a[:middle]) * halves(a[middle:])


def log_sum(a):
    n = len(a)
    if n == 1:
        return a[0]
    half = n // 2
    return np.logaddexp(log_sum(a[:half]), log_sum(a[half:]))


def merged(a):
    if a.shape[0] <= 1:
        return a
    middle = a.shape[0] // 2
    left, right = merged(a[:middle]), merged(a[middle:])
    return np.concatenate([left * right[0], right + left[0]])


def merged_loss(a):
    return np.sum(merged(a) ** 2)


def leading_minors(A):
    if A.shape[0] == 0:
        return 0.0
    return A[0, 0] ** 2 + np.sum(A[0]) * leading_minors(A[1:, 1:])


def early(x, n):
    for k in range(3):
        if k * x > 1.0:
            return x * k
        if n > 0:
            x = x + early(x * 0.5, n - 1) * 0.1
    return x * x


def in_a_loop(x, n):
    total = 0.0
    for k in range(n):
        total = total + power(x + total, k)
    return total


def horner(coefficients, x):
    if len(coefficients) == 1:
        return coefficients[0]
    return coefficients[0] + x * horner(coefficients[1:], x)


def of_two_types(x, a):
    return power(x, 2) + np.sum(power(a, 3) * a)


def pair(x, n):
    if n == 0:
        return x, 1.0
    a, b = pair(x, n - 1)
    return a * b, np.sin(a) + x * b


def of_a_pair(x, n):
    a, b = pair(x, n)
    return a * b


def singular_pair(x, n):
    if n == 0:
        return x, np.sqrt(x)
    a, b = singular_pair(x * x, n - 1)
    return a + x, b * x


def half_of_a_pair(x, n):
    a, _ = singular_pair(x, n)
    return a * a


def masked(x, n):
    if n == 0:
        return np.sqrt(x)
    return np.where(x > 0.5, masked(x - 0.5, n - 1), x)


def network(W, x, n):
    if n == 0:
        return x
    return np.tanh(W @ network(W, x, n - 1)) + x


def network_loss(W, x, n):
    return np.sum(network(W, x, n) ** 2)


def iterated(f, x, n):
    if n == 0:
        return x
    return f(iterated(f, x, n - 1))


def of_functions(x, n):
    w = x * x
    return iterated(np.sin, x, n) + iterated(lambda t: t * w, x, n)


def of_a_global(x, n):
    if n == 0:
        return x
    return np.sum(WEIGHTS * of_a_global(x, n - 1))


def closure(x, n):
    scale = x * 0.5

    def descend(k):
        if k == 0:
            return scale
        return descend(k - 1) * x + np.sum(WEIGHTS)

    return descend(n) + descend(2)


def closures(x, n):
    def outer(k):
        def inner(j):
            if j == 0:
                return x
            return inner(j - 1) * y

        y = x + k
        if k == 0:
            return inner(1)
        return outer(k - 1) + inner(2)

    return outer(n)


def keywords(x, n=3):
    if n == 0:
        return x
    return keywords(x=x * x, n=n - 1)


def continued(x, n):
    if n > 0:
        y = continued(x * 0.9, n - 1)
        y = y + np.exp(-y)
    else:
        y = x
    return y * y


def own_copy(x, n):
    if n == 0:
        return x
    y = x.copy()
    y[0] = y[0] * y[1]
    return own_copy(y, n - 1) * x


def of_own_copy(x, n):
    return np.sum(own_copy(x, n))


def writes(x, n):
    if n == 0:
        return np.sum(x)
    x[0] = 2.0 * x[0]
    return writes(x, n - 1)


def writes_a_view(x, n):
    if n == 0:
        return np.sum(x)
    y = x[1:]
    y *= 2.0
    return writes_a_view(x, n - 1)


def result_is_written(x, n):
    if n == 0:
        return x
    y = result_is_written(x, n - 1)
    y[0] = 3.0
    return y


def of_written_result(x, n):
    return np.sum(result_is_written(x, n))


def endless(x, n):
    return endless(x, n - 1)


def ever_new_functions(f, x, n):
    if n == 0:
        return f(x)
    return ever_new_functions(lambda t: f(f(t)), x, n - 1)


def of_ever_new_functions(x, n):
    return ever_new_functions(np.sin, x, n)


def ever_new_types(t, n):
    if n == 0:
        return 1.0
    return ever_new_types((t, t), n - 1)


def of_ever_new_types(x, n):
    return x * ever_new_types(x, n)


class Model:
    def __init__(self, w):
        self.w = w

    def run(self, x, n):
        if n == 0:
            return x
        return self.w * self.run(x * x, n - 1)


MODEL = Model(1.5)


def method(x, n):
    return MODEL.run(x, n)
