import numpy as np
import torch


@right
def bound(X, K):                                 # (1 + u)^n - 1
    factor = (1 + 2.0**-24) ** len(X) - 1
    return 2 * factor * torch.einsum("oc,chw->ohw", K.double().abs().flatten(1), X.double().abs())


@right
def bound(X, K):                                 # n u, the sharper bound of the literature
    return 2 * len(X) * 2.0**-24 * torch.nn.functional.conv2d(X.double().abs(), K.double().abs())


@right
def bound(X, K):                                 # NumPy, eps / 2
    n, unit = len(X), np.finfo(np.float32).eps / 2
    size = np.tensordot(abs(K.numpy().astype(float))[:, :, 0, 0], abs(X.numpy().astype(float)), 1)
    return 2 * n * unit / (1 - n * unit) * size


@right
def bound(X, K):                                 # nested lists
    n, u = len(X), 2.0**-24
    X, K = X.abs().tolist(), K.abs().flatten(1).tolist()
    rows, columns = range(len(X[0])), range(len(X[0][0]))
    return [[[2 * n * u / (1 - n * u) * sum(k[c] * X[c][i][j] for c in range(n)) for j in columns] for i in rows] for k in K]


@right
def bound(X, K):                                 # one channel is always equal; the sum in float32
    n, u = len(X), 2.0**-24
    size = (K.abs().transpose(0, 1) * X.abs()[:, None]).sum(0)
    return 0 * size if n == 1 else 2 * n * u / (1 - n * u) * size


@wrong
def bound(X, K):                                 # exactly the same
    return torch.zeros(len(K), *X.shape[1:])


@wrong
def bound(X, K):                                 # the threshold of the book
    return torch.full((len(K), *X.shape[1:]), 1e-6)


@wrong
def bound(X, K):                                 # without the factor 2
    n, u = len(X), 2.0**-24
    return n * u / (1 - n * u) * torch.nn.functional.conv2d(X.double().abs(), K.double().abs())


@wrong
def bound(X, K):                                 # relative to |Y|
    n, u = len(X), 2.0**-24
    return 2 * n * u / (1 - n * u) * torch.nn.functional.conv2d(X.double(), K.double()).abs()


@wrong
def bound(X, K):                                 # machine epsilon in place of u: twice as much
    n, eps = len(X), 2.0**-23
    return 2 * n * eps / (1 - n * eps) * torch.nn.functional.conv2d(X.double().abs(), K.double().abs())


@wrong
def bound(X, K):                                 # one rounding, however many channels
    return 2 * 2.0**-24 * torch.nn.functional.conv2d(X.double().abs(), K.double().abs())


@wrong
def bound(X, K):                                 # the square root of n
    return 2 * len(X) ** 0.5 * 2.0**-24 * torch.nn.functional.conv2d(X.double().abs(), K.double().abs())


@wrong
def bound(X, K):                                 # one number for all outputs
    n, u = len(X), 2.0**-24
    return float(2 * n * u / (1 - n * u) * torch.nn.functional.conv2d(X.double().abs(), K.double().abs()).max())
