import math
from fractions import Fraction

import numpy as np
import torch
from torch import nn


@right
def layer_cost(n, k, p, s, c_in, c_out):         # asks the layer
    layer = nn.Conv2d(c_in, c_out, k, stride=s, padding=p, bias=False)
    y = layer(torch.zeros(1, c_in, n, n))
    return {"outputs": y.numel(), "multiplications": y[0, 0].numel() * layer.weight.numel(), "weights": layer.weight.numel()}


@right
def layer_cost(n, k, p, s, c_in, c_out):         # counts positions
    positions = len(range(0, n + 2 * p - k + 1, s)) ** 2
    return dict(multiplications=positions * k ** 2 * c_in * c_out, outputs=positions * c_out, weights=k ** 2 * c_in * c_out, positions=positions)


@right
def layer_cost(n, k, p, s, c_in, c_out):         # real numbers
    m = math.floor((n + 2 * p - k) / s) + 1.0
    return {"multiplications": m ** 2 * k ** 2 * c_in * c_out, "outputs": m ** 2 * c_out, "weights": float(k ** 2 * c_in * c_out)}


@right
def layer_cost(n, k, p, s, c_in, c_out):         # NumPy and tensors
    m = np.floor_divide(n + 2 * p - k, s) + 1
    return {"multiplications": torch.tensor(m * m * k * k * c_in * c_out), "outputs": np.prod([m, m, c_out]),
            "weights": Fraction(k * k * c_in * c_out)}


def size(n, k, p, s):
    return (n + 2 * p - k) // s + 1


@wrong
def layer_cost(n, k, p, s, c_in, c_out):         # everything by s squared
    m = size(n, k, p, 1)
    return {"multiplications": m * m * k * k * c_in * c_out // s ** 2, "outputs": m * m * c_out // s ** 2, "weights": k * k * c_in * c_out // s ** 2}


@wrong
def layer_cost(n, k, p, s, c_in, c_out):         # weights saved as well
    m = size(n, k, p, s)
    return {"multiplications": m * m * k * k * c_in * c_out, "outputs": m * m * c_out, "weights": m * k * k * c_in * c_out // size(n, k, p, 1)}


@wrong
def layer_cost(n, k, p, s, c_in, c_out):         # with biases
    m = size(n, k, p, s)
    return {"multiplications": m * m * k * k * c_in * c_out, "outputs": m * m * c_out, "weights": (k * k * c_in + 1) * c_out}


@wrong
def layer_cost(n, k, p, s, c_in, c_out):         # saved in one direction only
    m = size(n, k, p, s)
    return {"multiplications": m * n * k * k * c_in * c_out, "outputs": m * n * c_out, "weights": k * k * c_in * c_out}


@wrong
def layer_cost(n, k, p, s, c_in, c_out):         # additions too
    m = size(n, k, p, s)
    return {"multiplications": 2 * m * m * k * k * c_in * c_out, "outputs": m * m * c_out, "weights": k * k * c_in * c_out}


@wrong
def layer_cost(n, k, p, s, c_in, c_out):         # an entry is missing
    m = size(n, k, p, s)
    return {"multiplications": m * m * k * k * c_in * c_out, "outputs": m * m * c_out}


@wrong
def layer_cost(n, k, p, s, c_in, c_out):         # padding in total
    m = (n + p - k) // s + 1
    return {"multiplications": m * m * k * k * c_in * c_out, "outputs": m * m * c_out, "weights": k * k * c_in * c_out}


@right
def stack_cost(n, strides, c, k):                # a tuple, sizes by the formula
    sizes = [n]
    for s in strides:
        sizes.append((sizes[-1] + 2 * (k // 2) - k) // s + 1)
    return tuple((m * k * c) ** 2 for m in sizes[1:])


@right
def stack_cost(n, strides, c, k):                # NumPy
    sizes = np.ceil(n / np.cumprod(strides))     # rounding up composes
    return sizes ** 2 * k * k * c * c


@right
def stack_cost(n, strides, c, k):                # a generator
    for s in strides:
        n = math.ceil(n / s)
        yield n * n * k * k * c * c


@right
def stack_cost(n, strides, c, k):                # asks the layers, a tensor
    x, costs = torch.zeros(1, c, n, n), []
    for s in strides:
        layer = nn.Conv2d(c, c, k, padding=k // 2, stride=s, bias=False)
        x = layer(x)
        costs.append(x[0, 0].numel() * layer.weight.numel())
    return torch.tensor(costs)


@wrong
def stack_cost(n, strides, c, k):                # later layers cost what they cost before
    return [(-(-n // s)) ** 2 * k * k * c * c for s in strides]


@wrong
def stack_cost(n, strides, c, k):                # rounded down
    costs = []
    for s in strides:
        n = n // s
        costs.append(n * n * k * k * c * c)
    return costs


@wrong
def stack_cost(n, strides, c, k):                # the saving comes one layer too late
    costs = []
    for s in strides:
        costs.append(n * n * k * k * c * c)
        n = -(-n // s)
    return costs


@wrong
def stack_cost(n, strides, c, k):                # divided by s squared exactly
    total, costs = 1, []
    for s in strides:
        total *= s ** 2
        costs.append(n * n * k * k * c * c / total)
    return costs


@wrong
def stack_cost(n, strides, c, k):                # the total
    total = 0
    for s in strides:
        n = -(-n // s)
        total += n * n * k * k * c * c
    return total


@right
def receptive_field(kernels, strides):           # from the last layer back
    size = 1
    for k, s in zip(reversed(kernels), reversed(strides)):
        size = (size - 1) * s + k
    return size


@right
def receptive_field(kernels, strides):           # the sum
    return 1 + sum((k - 1) * math.prod(strides[:layer]) for layer, k in enumerate(kernels))


@right
def receptive_field(kernels, strides):           # NumPy
    steps = np.cumprod([1, *strides])[:-1]
    return 1 + (np.array(kernels) - 1) @ steps


@right
def receptive_field(kernels, strides):           # by the set of pixels
    read = {0}
    for k, s in zip(kernels[::-1], strides[::-1]):
        read = {i * s + a for i in read for a in range(k)}
    return float(max(read) - min(read) + 1)


@wrong
def receptive_field(kernels, strides):           # the rule for stride 1
    return 1 + sum(k - 1 for k in kernels)


@wrong
def receptive_field(kernels, strides):           # the stride widens its own layer's window
    size, step = 1, 1
    for k, s in zip(kernels, strides):
        step *= s
        size += (k - 1) * step
    return size


@wrong
def receptive_field(kernels, strides):           # steps do not multiply
    return 1 + sum((k - 1) * s for k, s in zip(kernels, [1, *strides]))


@wrong
def receptive_field(kernels, strides):           # sizes multiplied
    return math.prod(kernels)


@wrong
def receptive_field(kernels, strides):           # the 1 forgotten
    return sum((k - 1) * math.prod(strides[:layer]) for layer, k in enumerate(kernels))
