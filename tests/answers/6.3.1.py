import math

import numpy as np
import torch
from torch import nn


@right
def output_size(n, k, p, s):                     # counts windows
    return len(range(0, n + 2 * p - k + 1, s))


@right
def output_size(n, k, p, s):                     # the book's formula, with the padding in total
    return math.floor((n - k + 2 * p + s) / s)


@right
def output_size(n, k, p, s, d=1):                # with dilation
    return (n + 2 * p - d * (k - 1) - 1) // s + 1


@right
def output_size(n, k, p, s):                     # a real number, truncated
    return int((n + 2 * p - k) / s + 1)


@right
def output_size(n, k, p, s):                     # NumPy
    return np.floor((n + 2 * p - k) / s) + 1


@right
def output_size(n, k, p, s):                     # asks a pooling layer
    return nn.functional.pad(torch.zeros(1, n), (p, p)).unfold(-1, k, s).shape[1]


@right
def output_size(n, k, p, s):                     # refuses what is impossible
    if n + 2 * p < k:
        raise ValueError("no window fits")
    return torch.tensor((n + 2 * p - k) // s + 1)


@wrong
def output_size(n, k, p, s):                     # p once although it is per side
    return (n - k + p + s) // s


@wrong
def output_size(n, k, p, s):                     # rounded up
    return -((k - n - 2 * p) // s) + 1


@wrong
def output_size(n, k, p, s):                     # to the nearest whole number
    return round((n + 2 * p - k) / s) + 1


@wrong
def output_size(n, k, p, s):                     # not rounded
    return (n + 2 * p - k) / s + 1


@wrong
def output_size(n, k, p, s):                     # the first window forgotten
    return (n + 2 * p - k) // s


@wrong
def output_size(n, k, p, s):                     # padding ignored
    return (n - k) // s + 1


@wrong
def output_size(n, k, p, s):                     # TensorFlow's SAME
    return -(-n // s)


@wrong
def output_size(n, k, p, s):                     # right for the exercise only
    return 2
