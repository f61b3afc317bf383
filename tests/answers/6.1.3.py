"""Readers' answers to 6.1.3."""
import numpy as np
import torch
from torch.nn import functional as F


@right
def coverage(i, n, k):                           # one minimum
    return min(i + 1, k, n - i, n - k + 1)


@right
def coverage(i, n, k):                           # counted
    return sum(start <= i < start + k for start in range(n - k + 1))


@right
def coverage(i, n, k):                           # transposed convolution
    return F.conv_transpose1d(torch.ones(1, 1, n - k + 1), torch.ones(1, 1, k))[0, 0, i]


@right
def coverage(i, n, k):                           # NumPy
    return np.convolve(np.ones(n - k + 1), np.ones(k))[i]


@wrong
def coverage(i, n, k):                           # from memory
    return min(i + 1, k, n - i)


@wrong
def coverage(i, n, k):                           # alike for all
    return k


@wrong
def coverage(i, n, k):                           # one too few
    return min(i, n - k) - max(0, i - k + 1)


@wrong
def coverage(i, n, k):                           # counted from 1
    return min(i, k, n - i + 1, n - k + 1)


@right
def frame(depth, k):
    return [(k - 1) // 2 * depth, k // 2 * depth]


@right
def frame(depth, k):
    return np.array([(k - 1) // 2, k // 2]) * depth


@right
def frame(depth, k):
    return torch.tensor([(k - 1) // 2, k // 2]) * float(depth)


@right
def frame(depth, k):                             # layer by layer
    left = right_side = 0
    for _ in range(depth):
        left, right_side = left + (k - 1) // 2, right_side + k // 2
    return left, right_side


@wrong
def frame(depth, k):                             # one layer
    return (k - 1) // 2, k // 2


@wrong
def frame(depth, k):                             # sides exchanged
    return depth * (k // 2), depth * ((k - 1) // 2)


@wrong
def frame(depth, k):                             # both sides alike
    return depth * (k - 1) / 2, depth * (k - 1) / 2


@wrong
def frame(depth, k):                             # the total
    return depth * (k - 1)


@wrong
def frame(depth, k):                             # doubled by every layer
    return 2 ** (depth - 1) * ((k - 1) // 2), 2 ** (depth - 1) * (k // 2)


modes = ("circular", "constant", "reflect", "replicate")
right(commutes_with_shifts={"replicate": False, "reflect": False, "constant": False, "circular": True})
right(commutes_with_shifts=dict(zip(modes, (1, 0, 0, 0))))
right(commutes_with_shifts={mode: np.bool_(mode == "circular") for mode in modes})
right(commutes_with_shifts={mode: torch.tensor(mode == "circular") for mode in modes})
wrong(commutes_with_shifts=dict.fromkeys(modes, True))
wrong(commutes_with_shifts=dict.fromkeys(modes, False))
wrong(commutes_with_shifts={"circular": True})
wrong(commutes_with_shifts={})
wrong(commutes_with_shifts={"circular": False, "constant": True, "reflect": True, "replicate": True})
