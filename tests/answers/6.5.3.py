"""Readers' answers to 6.5.3."""
import math
from fractions import Fraction

import numpy as np
import torch
import torch.nn.functional as F


@right
def pooling_cost(c, h, w, k, p, s):              # a list
    m = len(range(0, h + 2 * p[0] - k[0] + 1, s[0])) * len(range(0, w + 2 * p[1] - k[1] + 1, s[1]))
    return [c * m * (k[0] * k[1] - 1), c * m * (k[0] * k[1] - 1), c * m]


@right
def pooling_cost(c, h, w, k, p, s):              # the layer counts the windows
    windows = F.max_pool2d(torch.zeros(1, c, h, w), k, s, p).numel()
    return torch.tensor([windows * (k[0] * k[1] - 1.0), windows * (k[0] * k[1] - 1.0), windows])


@right
def pooling_cost(c, h, w, k, p, s):              # NumPy, floats
    (h, w), k, p, s = np.array([h, w]), np.array(k), np.array(p), np.array(s)
    m = np.floor((np.array([h, w]) + 2 * p - k) / s) + 1
    return c * m.prod() * (k.prod() - 1), c * m.prod() * (k.prod() - 1), c * m.prod()


@right
def pooling_cost(c, h, w, k, p, s):
    m = Fraction(c) * math.floor((h + 2 * p[0] - k[0]) / s[0] + 1) * math.floor((w + 2 * p[1] - k[1]) / s[1] + 1)
    n = k[0] * k[1]
    return m * n - m, m * n - m, m


@wrong
def pooling_cost(c, h, w, k, p, s):              # published
    n = c * h * w * k[0] * k[1] / (s[0] * s[1])
    return n, n, c * h * w / (s[0] * s[1])


@wrong
def pooling_cost(c, h, w, k, p, s):              # n operations in a window
    m = c * ((h + 2 * p[0] - k[0]) // s[0] + 1) * ((w + 2 * p[1] - k[1]) // s[1] + 1)
    return m * k[0] * k[1], m * k[0] * k[1], m


@wrong
def pooling_cost(c, h, w, k, p, s):              # rounded up, without the first window
    m = c * math.ceil((h + p[0] - k[0]) / s[0]) * math.ceil((w + p[1] - k[1]) / s[1])
    return m * (k[0] * k[1] - 1), m * (k[0] * k[1] - 1), m


@wrong
def pooling_cost(c, h, w, k, p, s):              # padding on one side only
    m = c * ((h + p[0] - k[0]) // s[0] + 1) * ((w + p[1] - k[1]) // s[1] + 1)
    return m * (k[0] * k[1] - 1), m * (k[0] * k[1] - 1), m


@wrong
def pooling_cost(c, h, w, k, p, s):              # all channels together
    m = ((h + 2 * p[0] - k[0]) // s[0] + 1) * ((w + 2 * p[1] - k[1]) // s[1] + 1)
    return m * (k[0] * k[1] - 1), m * (k[0] * k[1] - 1), m


@wrong
def pooling_cost(c, h, w, k, p, s):              # comparisons alone
    return c * ((h + 2 * p[0] - k[0]) // s[0] + 1) * ((w + 2 * p[1] - k[1]) // s[1] + 1) * (k[0] * k[1] - 1)
