"""Readers' answers to 6.5.5."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


@right
def min_pool(x, k):                              # window only
    return -F.max_pool2d(-x, k)


@right
def min_pool(x, k, s, p, d):                     # the layer
    return -nn.MaxPool2d(k, s, p, d)(-x)


@right
def min_pool(x, k, stride, padding=0):           # NumPy, four arguments
    x = np.pad(np.asarray(x), [(0, 0), (0, 0), (padding, padding), (padding, padding)], constant_values=np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(2, 3))
    return windows[:, :, ::stride, ::stride].min((-1, -2))


@right
def min_pool(x, k, stride=None, padding=0, dilation=1):      # float32, as lists
    return (-F.max_pool2d(-x.float(), k, stride, padding, dilation)).tolist()


@right
def min_pool(x, k, stride=None, padding=0, dilation=1):      # from the largest of all downwards
    top = x.max()
    return top - F.max_pool2d(top - x, k, stride, padding, dilation)


@wrong
def min_pool(x, k, stride=None, padding=0, dilation=1):      # padded with zeros
    return -F.max_pool2d(-F.pad(x, [padding] * 4), k, stride, 0, dilation)


@wrong
def min_pool(x, k, stride=None, padding=0, dilation=1):      # padded with a thousand
    return -F.max_pool2d(-F.pad(x, [padding] * 4, value=1000), k, stride, 0, dilation)


@wrong
def min_pool(x, k, stride=None, padding=0, dilation=1):      # the outer sign forgotten
    return F.max_pool2d(-x, k, stride, padding, dilation)


@wrong
def min_pool(x, k, stride=None, padding=0, dilation=1):      # the inner sign forgotten
    return -F.max_pool2d(x, k, stride, padding, dilation)


@wrong
def min_pool(x, k, stride=None, padding=0, dilation=1):      # the reciprocal
    return 1 / F.max_pool2d(1 / (x + 0.5), k, stride, padding, dilation) - 0.5


@wrong
def min_pool(x, k, stride=None, padding=0, dilation=1):      # dilation left out
    return -F.max_pool2d(-x, k, stride, padding)


@wrong
def min_pool(x, k):                              # of the whole image
    return x.amin((-1, -2), keepdim=True)


@wrong
def min_pool(x, k):                              # stride 1
    return -F.max_pool2d(-x, k, 1)
