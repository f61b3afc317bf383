"""Readers' answers to 6.2.1."""
import math

import numpy as np
import torch
from torch.nn import functional as F


@right
def response(kind, n):                           # NumPy, by its definition
    X = {"eye": np.eye(n), "triu": np.triu(np.ones((n, n))), "tril": np.tril(np.ones((n, n)))}[kind]
    return X[:, :-1] - X[:, 1:]


@right
def response(kind, n):                           # lists
    value = {"eye": lambda i, j: (i == j) - (i == j + 1), "triu": lambda i, j: -(i == j + 1), "tril": lambda i, j: int(i == j)}[kind]
    return [[int(value(i, j)) for j in range(n - 1)] for i in range(n)]


@right
def response(kind, n):                           # diagonals of whole numbers
    plus, minus = np.eye(n, n - 1, dtype=int), np.eye(n, n - 1, k=-1, dtype=int)
    return {"eye": plus - minus, "triu": -minus, "tril": plus}[kind]


@right
def response(kind, n):                           # torch.diff
    return -torch.diff(image(kind, n).long(), dim=1)


@wrong
def response(kind, n):                           # always a line
    return torch.eye(n, n - 1) - torch.ones(n - 1).diag(-1)[:, :-1]


@wrong
def response(kind, n):                           # published: zeros
    return torch.zeros(n, n - 1)


@wrong
def response(kind, n):                           # the sign
    return torch.diff(image(kind, n), dim=1)


@wrong
def response(kind, n):                           # as wide as the image
    return F.pad(-torch.diff(image(kind, n), dim=1), (0, 1))


@wrong
def response(kind, n):                           # vertical differences
    return (-torch.diff(image(kind, n), dim=0)).T


def windows(X, K):
    X, K = np.asarray(X), np.asarray(K)
    return np.array([[(X[i:i + K.shape[0], j:j + K.shape[1]] * K).sum() for j in range(X.shape[1] - K.shape[1] + 1)]
                     for i in range(X.shape[0] - K.shape[0] + 1)])


@right
def transposed_image(X, K):                      # straight
    return windows(X.T, K)


@right
def transposed_image(X, K):                      # the built-in layer
    return F.conv2d(X[None, None], K.mT[None, None])[0, 0].mT


@right
def transposed_image(X, K):                      # lists
    return windows(X, K.T).T.tolist()


@right
def transposed_image(X, K):                      # float32
    return F.conv2d(X.T.float()[None, None], K.float()[None, None])[0, 0]


@wrong
def transposed_image(X, K):                      # nothing changes
    return windows(X, K)


@wrong
def transposed_image(X, K):                      # the transposed result
    return windows(X, K).T


@wrong
def transposed_image(X, K):                      # the last step forgotten
    return windows(X, K.T)


@wrong
def transposed_image(X, K):                      # both transposed
    return windows(X.T, K.T)


@right
def transposed_kernel(X, K):
    return windows(X, K.T)


@right
def transposed_kernel(X, K):
    return F.conv2d(X.mT[None, None], K[None, None])[0, 0].mT


@right
def transposed_kernel(X, K):
    return windows(X.T, K).T.tolist()


@right
def transposed_kernel(X, K):
    return F.conv2d(X.float()[None, None], K.T.float()[None, None])[0, 0]


@wrong
def transposed_kernel(X, K):                     # the result transposed
    return windows(X, K).T


@wrong
def transposed_kernel(X, K):                     # published: zeros
    return np.zeros((X.shape[0] - K.shape[1] + 1, X.shape[1] - K.shape[0] + 1))


@wrong
def transposed_kernel(X, K):                     # nothing changes
    return windows(X, K)


@wrong
def transposed_kernel(X, K):                     # the last step forgotten
    return windows(X.T, K)


@right
def sensitivity(K, angle):                       # by a ramp
    y, x = np.mgrid[:9, :9]
    return abs(windows(x * math.cos(angle) + y * math.sin(angle), K)[0, 0])


@right
def sensitivity(K, angle):                       # a tensor
    x, y = torch.arange(K.shape[1]).double(), torch.arange(K.shape[0]).double()
    direction = torch.tensor([math.cos(angle), math.sin(angle)]).double()
    return (torch.stack([(K * x).sum(), (K * y[:, None]).sum()]) @ direction).abs()


@right
def sensitivity(K, angle):                       # moments about the middle
    k, l = K.shape
    m_x = sum(K[a, b].item() * (b - (l - 1) / 2) for a in range(k) for b in range(l))
    m_y = sum(K[a, b].item() * (a - (k - 1) / 2) for a in range(k) for b in range(l))
    return abs(m_x * math.cos(angle) + m_y * math.sin(angle))


@right
def sensitivity(K, angle):                       # float32
    y, x = np.indices(K.shape)
    return np.float32(abs((np.asarray(K) * (x * math.cos(angle) + y * math.sin(angle))).sum()))


def moments(K):
    y, x = np.indices(K.shape)
    return (np.asarray(K) * x).sum(), (np.asarray(K) * y).sum()


@wrong
def sensitivity(K, angle):                       # only vertical edges
    return 1.0 if math.sin(angle) == 0 else 0.0


@wrong
def sensitivity(K, angle):                       # without the modulus
    m_x, m_y = moments(K)
    return m_x * math.cos(angle) + m_y * math.sin(angle)


@wrong
def sensitivity(K, angle):                       # x and y exchanged
    m_y, m_x = moments(K)
    return abs(m_x * math.cos(angle) + m_y * math.sin(angle))


@wrong
def sensitivity(K, angle):                       # degrees
    m_x, m_y = moments(K)
    return abs(m_x * math.cos(math.radians(angle)) + m_y * math.sin(math.radians(angle)))


@wrong
def sensitivity(K, angle):                       # the length of the moment
    return math.hypot(*moments(K))
