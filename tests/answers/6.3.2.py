import math

import numpy as np
import torch
import torch.nn.functional as F


@right
def padding(kind, k):                            # a list, the odd zero in front, as in the book
    total = {"valid": 0, "same": k - 1, "full": 2 * k - 2}[kind]
    return [total - total // 2, total // 2]


@right
def padding(kind, k):                            # an array
    return {"valid": np.zeros(2, int), "same": np.array([(k - 1) // 2, k // 2]), "full": np.full(2, k - 1)}[kind]


@right
def padding(kind, k):                            # a tensor
    if kind == "full":
        return torch.tensor([k - 1, k - 1])
    return torch.tensor([0, 0]) if kind == "valid" else torch.tensor([math.ceil((k - 1) / 2), math.floor((k - 1) / 2)])


@right
def padding(kind, k):                            # real numbers
    if kind == "valid":
        return 0.0, 0.0
    return (float((k - 1) // 2), float(k // 2)) if kind == "same" else (k - 1.0, k - 1.0)


@wrong
def padding(kind, k):                            # k // 2
    each = {"valid": 0, "same": k // 2, "full": k - 1}[kind]
    return each, each


@wrong
def padding(kind, k):                            # rounded down
    each = {"valid": 0, "same": (k - 1) // 2, "full": k - 1}[kind]
    return each, each


@wrong
def padding(kind, k):                            # all zeros in front
    return {"valid": (0, 0), "same": (k - 1, 0), "full": (2 * k - 2, 0)}[kind]


@wrong
def padding(kind, k):                            # full by k
    return {"valid": (0, 0), "same": ((k - 1) // 2, k // 2), "full": (k, k)}[kind]


@wrong
def padding(kind, k):                            # totals
    return {"valid": 0, "same": k - 1, "full": 2 * k - 2}[kind]


@wrong
def padding(kind, k):                            # halves
    each = {"valid": 0, "same": (k - 1) / 2, "full": k - 1}[kind]
    return each, each


@right
def inputs_with_output(m, k, p, s):              # tried
    return [n for n in range(1, 200) if n + 2 * p >= k and (n + 2 * p - k) // s + 1 == m]


@right
def inputs_with_output(m, k, p, s):              # a set
    return {n for n in range((m - 1) * s + k - 2 * p, m * s + k - 2 * p) if n > 0}


@right
def inputs_with_output(m, k, p, s):              # NumPy, from large to small
    n = (m - 1) * s + k - 2 * p + np.arange(s)[::-1]
    return n[n >= 1]


@right
def inputs_with_output(m, k, p, s):              # a tensor
    first = (m - 1) * s + k - 2 * p
    return torch.arange(max(first, 1), max(first + s, 1))


@wrong
def inputs_with_output(m, k, p, s):              # one size only
    return [(m - 1) * s + k - 2 * p]


@wrong
def inputs_with_output(m, k, p, s):              # one too many
    first = (m - 1) * s + k - 2 * p
    return [n for n in range(first, first + s + 1) if n > 0]


@wrong
def inputs_with_output(m, k, p, s):              # sizes that do not exist
    first = (m - 1) * s + k - 2 * p
    return list(range(first, first + s))


@wrong
def inputs_with_output(m, k, p, s):              # padding once
    first = (m - 1) * s + k - p
    return [n for n in range(first, first + s) if n > 0]


@wrong
def inputs_with_output(m, k, p, s):              # the largest only
    return m * s + k - 2 * p - 1


@right
def mirror_pad(X, p):                            # PyTorch
    return F.pad(X[None], (p, p, p, p), mode="reflect")[0]


@right
def mirror_pad(X, p):                            # NumPy
    return np.pad(X, p, mode="reflect")


@right
def mirror_pad(X, p):                            # pieces put together
    X = torch.cat([X[1:p + 1].flip(0), X, X[len(X) - 1 - p:len(X) - 1].flip(0)])
    width = X.shape[1]
    return torch.cat([X[:, 1:p + 1].flip(1), X, X[:, width - 1 - p:width - 1].flip(1)], dim=1)


@right
def mirror_pad(X, p):                            # lists
    h, w = X.shape
    at = lambda i, n: -i if i < 0 else 2 * (n - 1) - i if i >= n else i
    return [[float(X[at(i, h), at(j, w)]) for j in range(-p, w + p)] for i in range(-p, h + p)]


@wrong
def mirror_pad(X, p):                            # the edge repeated
    return np.pad(X, p, mode="symmetric")


@wrong
def mirror_pad(X, p):                            # replicate
    return np.pad(X, p, mode="edge")


@wrong
def mirror_pad(X, p):                            # circular
    return np.pad(X, p, mode="wrap")


@wrong
def mirror_pad(X, p):                            # columns only
    return F.pad(X[None], (p, p, 0, 0), mode="reflect")[0]


@wrong
def mirror_pad(X, p):                            # zeros
    return F.pad(X, (p, p, p, p))
