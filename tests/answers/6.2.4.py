"""Readers' answers to 6.2.4."""
from fractions import Fraction
from math import comb, factorial

import numpy as np
import sympy
import torch


@right
def second_derivative(h):                        # a tensor, float32
    return torch.tensor([1.0, -2.0, 1.0]) / h ** 2


@right
def second_derivative(h):                        # an array, by two differences in a row
    return np.convolve([-1, 1], [-1, 1]) / h ** 2


@right
def second_derivative(h):                        # a tuple of fractions
    return tuple(k / Fraction(h) ** 2 for k in (1, -2, 1))


@right
def second_derivative(h):                        # five entries, fourth order
    return np.array([-1, 16, -30, 16, -1]) / (12 * h * h)


@right
def second_derivative(h):                        # as a layer's weight
    return torch.tensor([[[[1.0, -2.0, 1.0]]]], dtype=torch.float64) / h ** 2


@right
def second_derivative(h):                        # sympy, by interpolation on four samples, at the first of them
    return sympy.Matrix([2, -5, 4, -1]) / sympy.Float(h) ** 2


@wrong
def second_derivative(h):                        # the sign reversed
    return [-1 / h ** 2, 2 / h ** 2, -1 / h ** 2]


@wrong
def second_derivative(h):                        # without h
    return [1, -2, 1]


@wrong
def second_derivative(h):                        # divided by h, not by its square
    return np.array([1, -2, 1]) / h


@wrong
def second_derivative(h):                        # smoothing
    return [1 / h ** 2, 2 / h ** 2, 1 / h ** 2]


@wrong
def second_derivative(h):                        # a first derivative
    return [-1 / (2 * h), 0, 1 / (2 * h)]


@wrong
def second_derivative(h):                        # words
    return "[1, -2, 1] / h^2"


@right
def laplacian(h):                                # a tensor, float32
    return torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]) / h ** 2


@right
def laplacian(h):                                # row and column added
    kernel = np.zeros((3, 3))
    kernel[1] += [1, -2, 1]
    kernel[:, 1] += [1, -2, 1]
    return kernel / h ** 2


@right
def laplacian(h):                                # with the diagonal neighbours, scaled
    return np.array([[1, 4, 1], [4, -20, 4], [1, 4, 1]]) / (6 * h ** 2)


@right
def laplacian(h):                                # tuples of floats
    return ((0.0, h ** -2, 0.0), (h ** -2, -4 * h ** -2, h ** -2), (0.0, h ** -2, 0.0))


@right
def laplacian(h):                                # as a layer's weight
    return torch.tensor([[[[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]]]) / h ** 2


@wrong
def laplacian(h):                                # two kernels instead of their sum
    row = np.array([[0, 0, 0], [1, -2, 1], [0, 0, 0]]) / h ** 2
    return [row, row.T]


@wrong
def laplacian(h):                                # all eight neighbours
    return np.array([[1, 1, 1], [1, -8, 1], [1, 1, 1]]) / h ** 2


@wrong
def laplacian(h):                                # all eight neighbours, the middle positive
    return np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]) / h ** 2


@wrong
def laplacian(h):                                # the sign reversed
    return [[0, -1 / h ** 2, 0], [-1 / h ** 2, 4 / h ** 2, -1 / h ** 2], [0, -1 / h ** 2, 0]]


@wrong
def laplacian(h):                                # the product of the two
    return np.outer([1, -2, 1], [1, -2, 1]) / h ** 4


@wrong
def laplacian(h):                                # in x alone
    return [[1 / h ** 2, -2 / h ** 2, 1 / h ** 2]]


@wrong
def laplacian(h):                                # without h
    return [[0, 1, 0], [1, -4, 1], [0, 1, 0]]


@right
def running_integral(n, h):                      # a tensor, float32
    return h * torch.ones(n)


@right
def running_integral(n, h):                      # an array
    return np.full(n, h)


@right
def running_integral(n, h):                      # fractions
    return [Fraction(h)] * n


@right
def running_integral(n, h):                      # the impulse response of the cumulative sum
    return h * np.cumsum([1] + [0] * (n - 1))


@wrong
def running_integral(n, h):                      # a box of fixed size
    return [h] * 5


@wrong
def running_integral(n, h):                      # an average
    return [1 / n] * n


@wrong
def running_integral(n, h):                      # without h
    return np.ones(n)


@wrong
def running_integral(n, h):                      # a Gaussian filter
    weights = np.array([comb(n - 1, j) for j in range(n)])
    return h * weights / weights.sum()


@wrong
def running_integral(n, h):                      # one entry short
    return [h] * (n - 1)


@wrong
def running_integral(n, h):                      # longer than need be
    return [h] * (n + 1)


@wrong
def running_integral(n, h):                      # trapezoidal weights
    return [h / 2] + [h] * (n - 2) + [h / 2]


@right
def minimum_size(d):                             # a float
    return d + 1.0


@right
def minimum_size(d):                             # the length of the kernel
    return len(sympy.Poly((sympy.Symbol("z") - 1) ** d).all_coeffs())


@right
def minimum_size(d):                             # a tensor
    return torch.tensor(d) + 1


@right
def minimum_size(d):                             # as many as there are conditions, by rank
    powers = np.vander(range(d + 1), increasing=True)
    return np.linalg.matrix_rank(powers)


@wrong
def minimum_size(d):
    return 2 * d + 1


@wrong
def minimum_size(d):                             # odd sizes only
    return d + 1 if d % 2 == 0 else d + 2


@wrong
def minimum_size(d):
    return d


@wrong
def minimum_size(d):                             # always three
    return 3


@right
def derivative(d):                               # differences in a row
    kernel = [1]
    for _ in range(d):
        kernel = np.convolve(kernel, [-1, 1])
    return kernel


@right
def derivative(d):                               # a tuple of floats
    return tuple(float((-1) ** (d - j) * comb(d, j)) for j in range(d + 1))


@right
def derivative(d):                               # the Vandermonde system in floating point
    powers = np.vander(range(d + 1), increasing=True).T
    return np.linalg.solve(powers, [0] * d + [factorial(d)])


@right
def derivative(d):                               # a tensor, float32: differences of an impulse
    impulse = torch.zeros(2 * d + 1)
    impulse[d] = 1
    return torch.diff(impulse, n=d).flip(0)


@right
def derivative(d):                               # coefficients of (z - 1)^d by sympy
    return sympy.Poly((sympy.Symbol("z") - 1) ** d).all_coeffs()[::-1]


@wrong
def derivative(d):                               # the section's [1, -1], d times
    return [(-1) ** j * comb(d, j) for j in range(d + 1)]


@wrong
def derivative(d):                               # no signs
    return [comb(d, j) for j in range(d + 1)]


@wrong
def derivative(d):                               # a central difference, one entry too many
    kernel = [-0.5, 0, 0.5]
    for _ in range(d - 1):
        kernel = np.convolve(kernel, [-1, 1])
    return kernel


@wrong
def derivative(d):                               # divided by d!
    return [(-1) ** (d - j) * comb(d, j) / factorial(d) for j in range(d + 1)]


@wrong
def derivative(d):                               # the first derivative always
    return [-1, 1]


@wrong
def derivative(d):                               # the size instead of the kernel
    return d + 1
