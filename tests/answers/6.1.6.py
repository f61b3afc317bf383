"""Readers' answers to 6.1.6."""
import numpy as np
import torch


@right
def mirror(i, j, a, b):
    return [i - a, j - b]


@right
def mirror(i, j, a, b):                          # as an array
    return np.array([i, j]) - np.array([a, b])


@right
def mirror(i, j, a, b):                          # as a tensor of floats
    return torch.tensor([i - a, j - b], dtype=torch.float32)


@right
def mirror(i, j, a, b):                          # with other names: k + a = i
    k = next(k for k in range(-20, 20) if k + a == i)
    l = next(l for l in range(-20, 20) if l + b == j)
    return k, l


@wrong
def mirror(i, j, a, b):                          # cross-correlation
    return i + a, j + b


@wrong
def mirror(i, j, a, b):                          # the sign exchanged
    return a - i, b - j


@wrong
def mirror(i, j, a, b):                          # rows and columns exchanged
    return j - b, i - a


@wrong
def mirror(i, j, a, b):                          # one coordinate only
    return i - a, j


@wrong
def mirror(i, j, a, b):
    return i - a


@right
def substituted(l, r, x):                        # limits not swapped, sign kept
    return x - l, x - r, -1


@right
def substituted(l, r, x):
    return [float(x - r), float(x - l), 1.0]


@right
def substituted(l, r, x):
    return np.array([x - r, x - l, 1])


@right
def substituted(l, r, x):                        # by following the ends
    ends = sorted(x - y for y in (l, r))
    return ends[0], ends[1], +1


@wrong
def substituted(l, r, x):                        # limits forgotten
    return l, r, 1


@wrong
def substituted(l, r, x):                        # sign minded, limits forgotten
    return l, r, -1


@wrong
def substituted(l, r, x):                        # limits swapped and the sign kept
    return x - r, x - l, -1


@wrong
def substituted(l, r, x):                        # the sign forgotten
    return x - l, x - r, 1


@wrong
def substituted(l, r, x):
    return x - r, x - l


yes, no = True, False
right(commutes={"two channels": no, "same size as the first": no, "cross-correlation": no, "full convolution": yes})
right(commutes={"full convolution": 1, "cross-correlation": 0, "same size as the first": 0, "two channels": 0})
right(commutes={name: np.bool_(name == "full convolution") for name in ("full convolution", "cross-correlation", "same size as the first", "two channels")})
right(commutes={name: torch.tensor(name.startswith("full")) for name in ("full convolution", "cross-correlation", "same size as the first", "two channels")})
wrong(commutes={"full convolution": yes, "cross-correlation": yes, "same size as the first": yes, "two channels": yes})
wrong(commutes={"full convolution": yes, "cross-correlation": no, "same size as the first": no, "two channels": yes})
wrong(commutes={"full convolution": yes, "cross-correlation": no, "same size as the first": no})
wrong(commutes={})
wrong(commutes={"full convolution": yes, "cross-correlation": no, "same size as the first": yes, "two channels": no})
