"""Readers' answers to 6.5.1."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def strided(x, weights, stride, padding):
    """Cross-correlation of each channel with `weights`, in NumPy."""
    (kh, kw), (sh, sw), (ph, pw) = weights.shape, stride, padding
    x = np.pad(np.asarray(x), ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]
    return (windows * weights).sum((-1, -2))


@right
def average_pool(x, w, s, p):                    # float32 kernel, input converted
    c = x.shape[1]
    return F.conv2d(x.float(), torch.ones((c, 1, *w), dtype=torch.float32) / (w[0] * w[1]), stride=s, padding=p, groups=c)


@right
def average_pool(x, w, s, p):                    # default dtype, as most published answers
    c = x.shape[1]
    return F.conv2d(x, torch.ones((c, 1, w[0], w[1])) / (w[0] * w[1]), stride=s, padding=p, groups=c)


@right
def average_pool(x, w, s, p):                    # dense, zero off the diagonal
    c = x.shape[1]
    weight = torch.zeros(c, c, *w)
    for channel in range(c):
        weight[channel, channel] = 1 / (w[0] * w[1])
    return F.conv2d(x, weight, None, s, p)


@right
def average_pool(x, w, s, p):                    # a module
    c = x.shape[1]
    layer = nn.Conv2d(c, c, w, s, p, groups=c, bias=False)
    nn.init.constant_(layer.weight, 1 / (w[0] * w[1]))
    return layer(x)


@right
def average_pool(x, w, s, p):                    # NumPy
    return strided(x, np.full(w, 1 / (w[0] * w[1])), s, p)


@right
def average_pool(x, w, s, p):                    # channels as images
    n, c, height, width = x.shape
    y = F.conv2d(x.reshape(n * c, 1, height, width), torch.full((1, 1, *w), 1 / (w[0] * w[1])), stride=s, padding=p)
    return y.reshape(n, c, *y.shape[2:])


@wrong
def average_pool(x, w, s, p):                    # the layer itself
    return F.avg_pool2d(x, w, s, p)


@wrong
def average_pool(x, w, s, p):
    return nn.AvgPool2d(w, s, p)(x)


@wrong
def average_pool(x, w, s, p):                    # groups forgotten
    c = x.shape[1]
    return F.conv2d(x, torch.ones(c, c, *w) / (w[0] * w[1]), stride=s, padding=p)


@wrong
def average_pool(x, w, s, p):                    # one channel only
    layer = nn.Conv2d(1, 1, w, s, p, bias=False)
    layer.weight.data.fill_(1 / (w[0] * w[1]))
    return layer(x)


@wrong
def average_pool(x, w, s, p):                    # the sum
    c = x.shape[1]
    return F.conv2d(x, torch.ones(c, 1, *w), stride=s, padding=p, groups=c)


@wrong
def average_pool(x, w, s, p):                    # stride and padding exchanged between the axes
    c = x.shape[1]
    return F.conv2d(x, torch.ones(c, 1, *w) / (w[0] * w[1]), stride=s[::-1], padding=p, groups=c)


@wrong
def average_pool(x, w, s, p):                    # a bias left in
    c = x.shape[1]
    return F.conv2d(x, torch.ones(c, 1, *w) / (w[0] * w[1]), torch.full((c,), 0.01), s, p, groups=c)


@right
def average_of_real_entries(x, window, stride, padding):
    c = x.shape[1]
    box = torch.ones(c, 1, *window)
    counted = F.conv2d(torch.ones_like(x), box, stride=stride, padding=padding, groups=c)
    return F.conv2d(x, box, stride=stride, padding=padding, groups=c) / counted


@right
def average_of_real_entries(x, window, stride, padding):     # NumPy
    x = np.asarray(x)
    box = np.ones(window)
    return strided(x, box, stride, padding) / strided(np.ones_like(x), box, stride, padding)


@right
def average_of_real_entries(x, window, stride, padding):     # float32
    c = x.shape[1]
    box = torch.ones(c, 1, *window, dtype=torch.float32)
    convolve = lambda image: F.conv2d(image, box, stride=stride, padding=padding, groups=c)
    return convolve(x.float()) / convolve(torch.ones_like(x).float())


@right
def average_of_real_entries(x, window, stride, padding):     # mask of one channel, loops over channels
    box = torch.ones(1, 1, *window)
    mask = F.conv2d(torch.ones(1, 1, *x.shape[2:]), box, stride=stride, padding=padding)
    return torch.cat([F.conv2d(channel, box, stride=stride, padding=padding) / mask for channel in x.split(1, dim=1)], dim=1)


@wrong
def average_of_real_entries(x, window, stride, padding):     # the layer itself
    return F.avg_pool2d(x, window, stride, padding, count_include_pad=False)


@wrong
def average_of_real_entries(x, window, stride, padding):     # the padding counted
    c = x.shape[1]
    return F.conv2d(x, torch.ones(c, 1, *window) / (window[0] * window[1]), stride=stride, padding=padding, groups=c)


@wrong
def average_of_real_entries(x, window, stride, padding):     # no padding at all
    c = x.shape[1]
    return F.conv2d(x, torch.ones(c, 1, *window) / (window[0] * window[1]), stride=stride, groups=c)


@wrong
def average_of_real_entries(x, window, stride, padding):     # zero pixels taken for padding
    c = x.shape[1]
    box = torch.ones(c, 1, *window)
    convolve = lambda image: F.conv2d(image, box, stride=stride, padding=padding, groups=c)
    return convolve(x) / convolve((x != 0).to(x)).clamp(min=1)


@wrong
def average_of_real_entries(x, window, stride, padding):     # groups forgotten
    c = x.shape[1]
    box = torch.ones(c, c, *window)
    convolve = lambda image: F.conv2d(image, box, stride=stride, padding=padding)
    return convolve(x) / convolve(torch.ones_like(x))
