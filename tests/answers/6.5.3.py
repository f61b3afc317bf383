"""Readers' answers to 6.5.3."""
import math

import numpy as np
import torch
from torch.nn import functional as F


@right
def pooling_cost(c, h, w, k, p, s):              # a list
    m = [math.floor((n + 2 * p - k) / s) + 1 for n, k, p, s in zip((h, w), k, p, s)]
    n = c * math.prod(m)
    return [n * (math.prod(k) - 1), n * (math.prod(k) - 1), n]


@right
def pooling_cost(c, h, w, k, p, s):              # the windows counted by a layer
    windows = F.avg_pool2d(torch.zeros(1, c, h, w), k, s, p).numel()
    return torch.tensor([k[0] * k[1] - 1, k[0] * k[1] - 1, 1]) * windows


@right
def pooling_cost(c, h, w, k, p, s):              # NumPy, floats
    m = np.floor((np.array([h, w]) + 2 * np.array(p) - k) / s) + 1
    windows = float(c * m.prod())
    return np.array([windows * (np.prod(k) - 1)] * 2 + [windows])


@right
def pooling_cost(c, h, w, k, p, s):              # by counting starts
    windows = c * len(range(0, h + 2 * p[0] - k[0] + 1, s[0])) * len(range(0, w + 2 * p[1] - k[1] + 1, s[1]))
    entries = windows * k[0] * k[1]
    return entries - windows, entries - windows, windows


def with_sizes(size, less=1):
    def pooling_cost(c, h, w, k, p, s):
        windows = c * size(h, k[0], p[0], s[0]) * size(w, k[1], p[1], s[1])
        return windows * (k[0] * k[1] - less), windows * (k[0] * k[1] - less), windows
    return pooling_cost


wrong(pooling_cost=with_sizes(lambda n, k, p, s: (n + 2 * p - k) // s + 1, less=0))      # n operations in a window
wrong(pooling_cost=with_sizes(lambda n, k, p, s: math.ceil((n - k + p) / s)))            # rounded up, one side
wrong(pooling_cost=with_sizes(lambda n, k, p, s: (n - k) // s + 1))                      # no padding
wrong(pooling_cost=with_sizes(lambda n, k, p, s: (n + p - k) // s + 1))                  # padding of one side
wrong(pooling_cost=with_sizes(lambda n, k, p, s: n // s))
wrong(pooling_cost=with_sizes(lambda n, k, p, s: (n + k) // s + 1))                      # the literal reading, padding = window


@wrong
def pooling_cost(c, h, w, k, p, s):              # published
    n = c * h * w * k[0] * k[1] / (s[0] * s[1])
    return n, n, c * h * w / (s[0] * s[1])


@wrong
def pooling_cost(c, h, w, k, p, s):              # one number
    windows = c * ((h + 2 * p[0] - k[0]) // s[0] + 1) * ((w + 2 * p[1] - k[1]) // s[1] + 1)
    return windows * (k[0] * k[1] - 1)


@wrong
def pooling_cost(c, h, w, k, p, s):              # rows and columns exchanged
    windows = c * ((h + 2 * p[1] - k[1]) // s[1] + 1) * ((w + 2 * p[0] - k[0]) // s[0] + 1)
    return windows * (k[0] * k[1] - 1), windows * (k[0] * k[1] - 1), windows
