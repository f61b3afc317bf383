"""Readers' answers to 6.5.6."""
import math

import numpy as np
import torch
from torch.nn import functional as F


@right
def softmax_pool(x, k, stride, beta):            # a quotient of average poolings, exponentials as they are
    weights = torch.exp(beta * x)
    return F.avg_pool2d(x * weights, k, stride) / F.avg_pool2d(weights, k, stride)


@right
def softmax_pool(x, k, stride, beta):            # float32
    x = x.float()
    windows = x.unfold(2, k, stride).unfold(3, k, stride).flatten(4)
    return (torch.softmax(beta * windows, -1) * windows).sum(-1)


@right
def softmax_pool(x, k, stride, beta):            # NumPy, the maximum subtracted
    windows = np.lib.stride_tricks.sliding_window_view(x.numpy(), (k, k), axis=(2, 3))[:, :, ::stride, ::stride]
    weights = np.exp(beta * (windows - windows.max((-1, -2), keepdims=True)))
    return (weights * windows).sum((-1, -2)) / weights.sum((-1, -2))


@right
def softmax_pool(x, k, stride, beta):            # loops and lists
    result = []
    for image in x.tolist():
        result.append([])
        for channel in image:
            rows = []
            for top in range(0, len(channel) - k + 1, stride):
                rows.append([])
                for left in range(0, len(channel[0]) - k + 1, stride):
                    window = [value for row in channel[top:top + k] for value in row[left:left + k]]
                    weights = [math.exp(beta * value) for value in window]
                    rows[-1].append(sum(w * v for w, v in zip(weights, window)) / sum(weights))
            result[-1].append(rows)
    return result


@right
def softmax_pool(x, k, stride, beta):            # by F.unfold
    n, c, h, w = x.shape
    windows = F.unfold(x, k, stride=stride).reshape(n, c, k * k, -1)
    pooled = (windows.mul(beta).softmax(2) * windows).sum(2)
    return pooled.reshape(n, c, (h - k) // stride + 1, (w - k) // stride + 1)


@wrong
def softmax_pool(x, k, stride, beta):            # the largest weight
    windows = x.unfold(2, k, stride).unfold(3, k, stride).flatten(4)
    return torch.softmax(beta * windows, -1).amax(-1)


@wrong
def softmax_pool(x, k, stride, beta):            # k and stride exchanged
    windows = x.unfold(2, k, k).unfold(3, k, k).flatten(4)
    return (torch.softmax(beta * windows, -1) * windows).sum(-1)


@wrong
def softmax_pool(x, k, stride, beta):            # beta ignored
    windows = x.unfold(2, k, stride).unfold(3, k, stride).flatten(4)
    return (torch.softmax(windows, -1) * windows).sum(-1)


@wrong
def softmax_pool(x, k, stride, beta):            # log-sum-exp
    if beta == 0:
        return F.avg_pool2d(x, k, stride)
    return torch.log(F.avg_pool2d(torch.exp(beta * x), k, stride)) / beta


@wrong
def softmax_pool(x, k, stride, beta):            # divided by the temperature
    windows = x.unfold(2, k, stride).unfold(3, k, stride).flatten(4)
    return (torch.softmax(windows / max(beta, 1e-9), -1) * windows).sum(-1)


@wrong
def softmax_pool(x, k, stride, beta):            # softmax of the whole image
    weights = torch.softmax(beta * x.flatten(2), -1).reshape(x.shape)
    return F.avg_pool2d(x * weights, k, stride) * k ** 2


@wrong
def softmax_pool(x, k, stride, beta):
    return F.max_pool2d(x, k, stride)


@right
def softmax_pool_gradient(x, beta):              # central differences
    def pooled(x):
        return (torch.softmax(beta * x, 0) * x).sum()
    steps = 1e-5 * torch.eye(len(x))
    return torch.stack([(pooled(x + step) - pooled(x - step)) / 2e-5 for step in steps])


@right
def softmax_pool_gradient(x, beta):              # by the Jacobian of softmax
    p = torch.softmax(beta * x, 0)
    return p + beta * (torch.diag(p) - torch.outer(p, p)) @ x


@right
def softmax_pool_gradient(x, beta):              # NumPy
    x = x.numpy()
    p = np.exp(beta * x) / np.exp(beta * x).sum()
    return p * (1 + beta * x - beta * p @ x)


@right
def softmax_pool_gradient(x, beta):              # autograd
    x = x.requires_grad_()
    return torch.autograd.grad((torch.softmax(beta * x, 0) * x).sum(), x)[0]


@right
def softmax_pool_gradient(x, beta):              # lists
    weights = [math.exp(beta * value) for value in x.tolist()]
    p = [weight / sum(weights) for weight in weights]
    S = sum(a * b for a, b in zip(p, x.tolist()))
    return [a * (1 + beta * (b - S)) for a, b in zip(p, x.tolist())]


@wrong
def softmax_pool_gradient(x, beta):              # the weights taken for constants
    return torch.softmax(beta * x, 0)


@wrong
def softmax_pool_gradient(x, beta):              # beta forgotten
    p = torch.softmax(beta * x, 0)
    return p * (1 + x - (p * x).sum())


@wrong
def softmax_pool_gradient(x, beta):              # the sign of the difference
    p = torch.softmax(beta * x, 0)
    return p * (1 - beta * (x - (p * x).sum()))


@wrong
def softmax_pool_gradient(x, beta):              # of max pooling
    return F.one_hot(x.argmax(), len(x)).to(x)


@wrong
def softmax_pool_gradient(x, beta):              # the mean in place of the pooled value
    return torch.softmax(beta * x, 0) * (1 + beta * (x - x.mean()))
