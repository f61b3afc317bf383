"""Readers' answers to 6.2.3."""
import numpy as np
import torch
from torch.nn import functional as F


@right
def im2col(X, kh, kw):                           # F.unfold, transposed
    return F.unfold(X[None, None], (kh, kw))[0].T


@right
def im2col(X, kh, kw):                           # NumPy's windows
    return np.lib.stride_tricks.sliding_window_view(X.numpy(), (kh, kw)).reshape(-1, kh * kw)


@right
def im2col(X, kh, kw):                           # lists
    h, w = X.shape
    return [[X[i + a, j + b].item() for a in range(kh) for b in range(kw)] for i in range(h - kh + 1) for j in range(w - kw + 1)]


@right
def im2col(X, kh, kw):                           # float32
    return X.float().unfold(0, kh, 1).unfold(1, kw, 1).reshape(-1, kh * kw)


@wrong
def im2col(X, kh, kw):                           # windows as columns
    return F.unfold(X[None, None], (kh, kw))[0]


@wrong
def im2col(X, kh, kw):                           # each window by columns
    return X.unfold(0, kh, 1).unfold(1, kw, 1).mT.reshape(-1, kh * kw)


@wrong
def im2col(X, kh, kw):                           # outputs by columns
    return X.unfold(0, kh, 1).unfold(1, kw, 1).transpose(0, 1).reshape(-1, kh * kw)


@wrong
def im2col(X, kh, kw):                           # published: flipped both ways
    return X.unfold(0, kh, 1).unfold(1, kw, 1).reshape(-1, kh * kw).flip(1)


@right
def toeplitz(K, h, w):                           # the Jacobian
    pixels = torch.eye(h * w, dtype=K.dtype).reshape(-1, 1, h, w)
    return F.conv2d(pixels, K[None, None]).reshape(h * w, -1).T


@right
def toeplitz(K, h, w):                           # published: the padded kernel, rolled
    padded = F.pad(K, (0, w - K.shape[1], 0, h - K.shape[0])).flatten()
    return torch.stack([padded.roll(i * w + j) for i in range(h - K.shape[0] + 1) for j in range(w - K.shape[1] + 1)])


@right
def toeplitz(K, h, w):                           # Kronecker products, NumPy
    (kh, kw), K = K.shape, K.numpy()
    pick = lambda n, k, a: np.eye(n)[a:a + n - k + 1]
    return sum(K[a, b] * np.kron(pick(h, kh, a), pick(w, kw, b)) for a in range(kh) for b in range(kw))


@right
def toeplitz(K, h, w):                           # float64 whatever comes in, lists
    kh, kw = K.shape
    T = np.zeros((h - kh + 1, w - kw + 1, h, w))
    for i, j in np.ndindex(*T.shape[:2]):
        T[i, j, i:i + kh, j:j + kw] = K
    return T.reshape(-1, h * w).tolist()


@wrong
def toeplitz(K, h, w):                           # moves by one, always
    first = F.pad(K, (0, w - K.shape[1], 0, h - K.shape[0])).flatten()
    return torch.stack([first.roll(r) for r in range((h - K.shape[0] + 1) * (w - K.shape[1] + 1))])


def jacobian(K, h, w):
    return F.conv2d(torch.eye(h * w, dtype=K.dtype).reshape(-1, 1, h, w), K[None, None]).reshape(h * w, -1)


@wrong
def toeplitz(K, h, w):                           # transposed
    return jacobian(K, h, w)


@wrong
def toeplitz(K, h, w):                           # published: the kernel flipped
    return jacobian(K.flip(0, 1), h, w).T


@wrong
def toeplitz(K, h, w):                           # height and width exchanged
    return jacobian(K, w, h).T if min(h, w) >= max(K.shape) else torch.zeros(1, h * w)
