"""Readers' answers to 6.1.3."""
import numpy as np
import torch
import torch.nn.functional as F


@right
def coverage(i, n, k):                           # counted
    return sum(start <= i < start + k for start in range(n - k + 1))


@right
def coverage(i, n, k):                           # as one minimum
    return min(i + 1, k, n - i, n - k + 1)


@right
def coverage(i, n, k):                           # by the transposed convolution
    return F.conv_transpose1d(torch.ones(1, 1, n - k + 1), torch.ones(1, 1, k))[0, 0, i]


@right
def coverage(i, n, k):                           # NumPy
    return np.convolve(np.ones(n - k + 1), np.ones(k))[i]


@right
def coverage(i, n, k):
    return len({start for start in range(n - k + 1)} & set(range(i - k + 1, i + 1)))


@wrong
def coverage(i, n, k):                           # quoted from memory
    return min(i + 1, k, n - i)


@wrong
def coverage(i, n, k):
    return min(i + 1, k)


@wrong
def coverage(i, n, k):                           # counted from 1
    return min(i - 1, n - k) - max(0, i - k) + 1


@wrong
def coverage(i, n, k):
    return k


@right
def frame(depth, k):
    return [(k - 1) // 2 * depth, k // 2 * depth]


@right
def frame(depth, k):
    return torch.tensor([(k - 1) // 2, k // 2]) * depth


@right
def frame(depth, k):                             # layer by layer
    left = right = 0
    for _ in range(depth):
        left, right = left + (k - 1) // 2, right + k // 2
    return left, right


@right
def frame(depth, k):
    return np.array([depth, depth]) * np.floor([(k - 1) / 2, k / 2])


@wrong
def frame(depth, k):
    return (k - 1) // 2, k // 2


@wrong
def frame(depth, k):                             # sides exchanged
    return depth * (k // 2), depth * ((k - 1) // 2)


@wrong
def frame(depth, k):                             # symmetric for even k, too
    return depth * (k // 2), depth * (k // 2)


@wrong
def frame(depth, k):                             # both ends together
    return depth * (k - 1)


@wrong
def frame(depth, k):
    return ((k - 1) // 2) ** depth, (k // 2) ** depth


modes = ("circular", "constant", "reflect", "replicate")
right(commutes_with_shifts=dict(zip(modes, (1, 0, 0, 0))))
right(commutes_with_shifts={mode: mode == "circular" for mode in reversed(modes)})
right(commutes_with_shifts={mode: np.bool_(mode == "circular") for mode in modes})
right(commutes_with_shifts={mode: torch.tensor(mode == "circular") for mode in modes})
wrong(commutes_with_shifts=dict.fromkeys(modes, True))
wrong(commutes_with_shifts=dict.fromkeys(modes, False))
wrong(commutes_with_shifts={"circular": True})
wrong(commutes_with_shifts={})
wrong(commutes_with_shifts=dict(zip(modes, (True, True, False, False))))
