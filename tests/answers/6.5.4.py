"""Readers' answers to 6.5.4."""
import math

import numpy as np
import torch
from scipy import integrate, stats

names = ["shrinks the tensor", "is blind to the position within the window", "is linear", "commutes with increasing functions",
         "commutes with all affine functions", "keeps the height of a lone peak", "is unbiased under zero-mean noise",
         "sends gradient to every entry"]
of_max = [True, True, False, True, False, True, False, False]
of_average = [True, True, True, False, True, False, True, True]
right(properties={name: [a, b] for name, a, b in zip(names, of_max, of_average)})
right(properties={name: (int(a), int(b)) for name, a, b in zip(names, of_max, of_average)})
right(properties={name: np.array([a, b]) for name, a, b in zip(names, of_max, of_average)})
right(properties={name: torch.tensor([a, b]) for name, a, b in reversed(list(zip(names, of_max, of_average)))})
wrong(properties={name: (b, a) for name, a, b in zip(names, of_max, of_average)})
wrong(properties={name: (a, b) for name, a, b in zip(names[:-1], of_max, of_average)})
wrong(properties={})
wrong(properties={name: (a or "position" in name, b and "position" not in name) for name, a, b in zip(names, of_max, of_average)})
wrong(properties={name: a for name, a in zip(names, of_max)})
wrong(properties={name: (a or name == "is unbiased under zero-mean noise", b) for name, a, b in zip(names, of_max, of_average)})


@right
def auc(pooling, n, m, a):                       # scipy
    if pooling == "average":
        return stats.norm.cdf(m * a / np.sqrt(2 * n))
    noise = lambda t: n * stats.norm.cdf(t) ** (n - 1) * stats.norm.pdf(t)
    signal = lambda t: stats.norm.cdf(t) ** (n - m) * stats.norm.cdf(t - a) ** m
    return 1 - integrate.quad(lambda t: signal(t) * noise(t), -9, 12)[0]


@right
def auc(pooling, n, m, a):                       # single precision
    if pooling == "average":
        return torch.distributions.Normal(0., 1.).cdf(torch.tensor(m * a / (2 * n) ** 0.5))
    t = torch.linspace(-8, 8 + a, 20001)
    phi = torch.special.ndtr
    density = (phi(t) ** (n - m) * phi(t - a) ** m).diff()
    return (density * phi((t[1:] + t[:-1]) / 2) ** n).sum()


@right
def auc(pooling, n, m, a):                       # the error function, midpoints
    phi = lambda t: 0.5 * (1 + math.erf(t / math.sqrt(2)))
    if pooling == "average":
        return phi(m * a / math.sqrt(2 * n))
    edges = [-9 + i * (18 + a) / 3000 for i in range(3001)]
    G = [phi(t) ** (n - m) * phi(t - a) ** m for t in edges]
    return sum((G[i + 1] - G[i]) * phi((edges[i] + edges[i + 1]) / 2) ** n for i in range(3000))


@right
def auc(pooling, n, m, a):                       # the other way round: one minus the noise being larger
    t = np.linspace(-9, 9 + a, 8001)
    if pooling == "average":
        return 1 - stats.norm.sf(m * a / n / math.sqrt(2 / n))
    signal, noise = stats.norm.cdf(t) ** (n - m) * stats.norm.cdf(t - a) ** m, stats.norm.cdf(t) ** n
    return 1 - np.trapezoid(signal, noise)


def exact(pooling, n, m, a):
    t = np.linspace(-9, 9 + a, 8001)
    if pooling == "average":
        return stats.norm.cdf(m * a / math.sqrt(2 * n))
    return np.trapezoid(stats.norm.cdf(t) ** n, stats.norm.cdf(t) ** (n - m) * stats.norm.cdf(t - a) ** m)


@wrong
def auc(pooling, n, m, a):                       # the average dilutes, whatever m is
    return stats.norm.cdf(a / math.sqrt(2) if pooling == "max" else a / math.sqrt(2 * n))


@wrong
def auc(pooling, n, m, a):                       # no difference
    return exact("max", n, m, a)


@wrong
def auc(pooling, n, m, a):                       # the noise of one window forgotten
    return stats.norm.cdf(m * a / math.sqrt(n)) if pooling == "average" else exact(pooling, n, m, a)


@wrong
def auc(pooling, n, m, a):                       # as if all entries were raised
    return exact(pooling, n, n, a)


@wrong
def auc(pooling, n, m, a):                       # a guess
    return 0.5


@wrong
def auc(pooling, n, m, a):                       # the error instead of the success
    return 1 - exact(pooling, n, m, a)
