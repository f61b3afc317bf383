"""Readers' answers to 6.2.4."""
import itertools
import math
from fractions import Fraction

import numpy as np
import torch


@right
def second_derivative(h):
    return np.array([1, -2, 1]) / h ** 2


@right
def second_derivative(h):                        # differences of differences
    return np.convolve([-1 / h, 1 / h], [-1 / h, 1 / h])


@right
def second_derivative(h):                        # a float32 tensor
    return torch.tensor([1.0, -2.0, 1.0]) / h ** 2


@right
def second_derivative(h):                        # fourth order, five taps
    return [weight / (12 * h * h) for weight in (-1, 16, -30, 16, -1)]


@right
def second_derivative(h):                        # fractions
    return tuple(Fraction(k) / Fraction(h) ** 2 for k in (1, -2, 1))


@wrong
def second_derivative(h):                        # the sign
    return [-1 / h ** 2, 2 / h ** 2, -1 / h ** 2]


@wrong
def second_derivative(h):                        # h forgotten
    return [1, -2, 1]


@wrong
def second_derivative(h):                        # divided by h once
    return [1 / h, -2 / h, 1 / h]


@wrong
def second_derivative(h):                        # a first derivative
    return [-1 / h, 1 / h]


@wrong
def second_derivative(h):                        # a Laplacian, where a row is asked
    return [[0, 1 / h ** 2, 0], [1 / h ** 2, -4 / h ** 2, 1 / h ** 2], [0, 1 / h ** 2, 0]]


@right
def running_integral(n, h):
    return np.full(n, h), n - 1


@right
def running_integral(n, h):                      # a list of a tensor and a float
    return [torch.full((n,), float(h)), float(n - 1)]


@right
def running_integral(n, h):                      # one tap too many, which sees only zeros
    return [0.0] + n * [h], n


@right
def running_integral(n, h):                      # the difference of running sums, undone
    kernel = [h]
    while len(kernel) < n:
        kernel = kernel + [h]
    return tuple(kernel), len(kernel) - 1


@wrong
def running_integral(n, h):                      # five ones
    return [h] * 5, 4


@wrong
def running_integral(n, h):                      # h forgotten
    return [1] * n, n - 1


@wrong
def running_integral(n, h):                      # a mean
    return [1 / n] * n, n - 1


@wrong
def running_integral(n, h):                      # nothing in front: the integral over all
    return [h] * n, 0


@wrong
def running_integral(n, h):                      # a zero too many
    return [h] * n, n


@wrong
def running_integral(n, h):                      # a Gaussian
    weights = np.array([math.comb(n - 1, j) for j in range(n)]) / 2 ** (n - 1)
    return weights, n - 1


@wrong
def running_integral(n, h):
    return [h] * n


@right
def minimum_size(d):                             # by repeated differences
    return len(derivative(d))


@right
def minimum_size(d):
    return float(d + 1)


@right
def minimum_size(d):                             # by ranks
    return next(n for n in itertools.count(1) if np.linalg.matrix_rank(np.vander(np.arange(n), d + 1)) == d + 1)


right(minimum_size=lambda d: torch.tensor(d) + 1)


@wrong
def minimum_size(d):                             # published
    return 2 * d + 1


@wrong
def minimum_size(d):                             # odd
    return d + 1 if d % 2 == 0 else d + 2


@wrong
def minimum_size(d):
    return d


@wrong
def minimum_size(d):                             # right for d = 1 and 2
    return 2 ** (d - 1) + 1


@right
def derivative(d):                               # [-1, 1] again and again
    kernel = np.array([1])
    for _ in range(d):
        kernel = np.convolve(kernel, [-1, 1])
    return kernel


@right
def derivative(d):                               # a tuple
    return tuple((-1) ** (d - j) * math.comb(d, j) for j in range(d + 1))


@right
def derivative(d):                               # differences of the unit vectors
    return torch.diff(torch.eye(d + 1), n=d, dim=1).flatten() if d else torch.ones(1)


@right
def derivative(d):                               # the moments' equations, in floating point
    V = np.vander(np.arange(d + 1), increasing=True).T
    return np.linalg.solve(V, [0] * d + [math.factorial(d)])


@right
def derivative(d):                               # Lagrange, fractions
    return [Fraction(math.factorial(d), math.prod(i - j for j in range(d + 1) if j != i)) for i in range(d + 1)]


@wrong
def derivative(d):                               # without signs
    return [math.comb(d, j) for j in range(d + 1)]


@wrong
def derivative(d):                               # the section's [1, -1]
    return [(-1) ** j * math.comb(d, j) for j in range(d + 1)]


@wrong
def derivative(d):                               # central differences, which are longer
    kernel = [1]
    for _ in range(d):
        kernel = np.convolve(kernel, [-0.5, 0, 0.5])
    return kernel


@wrong
def derivative(d):                               # divided by d!
    return [(-1) ** (d - j) * math.comb(d, j) / math.factorial(d) for j in range(d + 1)]


@wrong
def derivative(d):                               # right for d = 1 only
    return [-1] + (d - 1) * [0] + [1]


@right
def laplacian(h):
    return np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]) / h ** 2


@right
def laplacian(h):                                # a row and a column
    row = torch.tensor([[0.0, 0, 0], [1, -2, 1], [0, 0, 0]])
    return (row + row.T) / h ** 2


@right
def laplacian(h):                                # nine points, isotropic: right up to degree 3 as well
    return np.array([[1, 4, 1], [4, -20, 4], [1, 4, 1]]) / (6 * h * h)


@right
def laplacian(h):
    a = Fraction(1) / Fraction(h) ** 2
    return ((0, a, 0), (a, -4 * a, a), (0, a, 0))


@wrong
def laplacian(h):                                # eight neighbours
    return -np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]) / h ** 2


@wrong
def laplacian(h):                                # published: with the sign turned as well
    return np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])


@wrong
def laplacian(h):                                # the sign
    return -np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]) / h ** 2


@wrong
def laplacian(h):                                # the row applied after the column
    return np.outer([1, -2, 1], [1, -2, 1]) / h ** 2


@wrong
def laplacian(h):                                # in x only
    return np.array([[0, 0, 0], [1, -2, 1], [0, 0, 0]]) / h ** 2
